"""Workbooks to raw tables: every cell with the row it came from, nothing judged but the shape of the workbook."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from pathlib import Path

import openpyxl
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from scoring.evidence.cells import Cell, displayed, narrowed
from scoring.evidence.columns import read_cells
from scoring.evidence.faults import Fault, letter
from scoring.evidence.intentions import renamed
from scoring.evidence.origin import Origin
from scoring.evidence.package import Package, UnreadableWorkbook, open_package
from scoring.evidence.schema import SHEETS, Column, Sheet

_WANTED = {sheet.name for sheet in SHEETS}
_DAMAGED = "工作簿内部结构已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx"


@dataclass
class Cells:
    """What a sheet holds: the number of each row that is not wholly empty, and its cells, a list a column by key."""

    rows: list[int]
    columns: dict[str, list[Cell]]

    def as_table(self) -> pd.DataFrame:
        """A table of objects: ``row`` and the columns by key."""
        table = pd.DataFrame(self.columns, dtype=object)
        table.insert(0, "row", pd.Series(self.rows, dtype="int64"))
        return table


@dataclass
class Workbook(Origin):
    """One workbook as it was read.

    Attributes
    ----------
    cells
        Sheet key to the cells of the sheet.
    told
        (sheet order, row, column number) of the cells that have a fault already.
    """

    cells: dict[str, Cells] = field(default_factory=dict)
    told: set[tuple[int, int, int]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Sheet key to a table of objects: ``row`` (int, as Excel numbers it) and the sheet's columns by key."""
        return {key: cells.as_table() for key, cells in self.cells.items()}

    @property
    def origin(self) -> Origin:
        """Where it stands, without what stands in it."""
        return Origin(self.department, self.file, self.sha256, self.positions)

    def fault(
        self,
        sheet: Sheet | None,
        found: str,
        expected: str,
        *,
        row: int = 0,
        column: str | int = 0,
        meant: str = "",
    ) -> None:
        """Note a fault; see :meth:`fault_at`."""
        fault = self.fault_at(sheet, found, expected, row=row, column=column, meant=meant)
        self.told.add((fault.sheet_order, row, fault.column))
        self.faults.append(fault)


def workbooks_in(folder: Path) -> list[Path]:
    """The evidence workbooks of a folder in the order of their names; Excel's lock files are no workbooks."""
    files = (path for path in folder.iterdir() if path.is_file() and path.suffix.lower() == ".xlsx")
    return sorted(path for path in files if not path.name.startswith(("~$", ".")))


def read_workbook(path: Path) -> Workbook:
    """Read one workbook; what is wrong with its shape is in ``faults``, never raised."""
    workbook = Workbook(path.stem, path.name)
    try:
        package = open_package(path)
        workbook.sha256 = hashlib.sha256(package.content).hexdigest()
        names, cells = _cells(package)
    except UnreadableWorkbook as error:
        workbook.fault(None, str(error), "")
        return workbook
    found = _match_sheets(workbook, names)
    near = _named_nearly(SHEETS, {sheet.name for sheet in SHEETS if sheet.key in found}, map(narrowed, names))
    for sheet in SHEETS:
        if sheet.key in found:
            name = found[sheet.key]
            workbook.cells[sheet.key] = _read(workbook, sheet, cells[name], package.marks.get(name, {}))
        elif sheet.optional:
            workbook.cells[sheet.key] = Cells([], {column.key: [] for column in sheet.columns})
        else:
            meant = near.get(sheet.name, "")
            workbook.fault(sheet, "缺少这张工作表", f"名为“{sheet.name}”的工作表", meant=meant)
    return workbook


def _cells(package: Package) -> tuple[list[str], dict[str, Sequence[Sequence[Cell]]]]:
    """Names of all sheets, and the cells of those that are read."""
    try:
        with _without_panic_messages(), CalamineWorkbook.from_filelike(io.BytesIO(package.content)) as source:
            names = source.sheet_names
            return names, {
                name: source.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in names
                if narrowed(name) in _WANTED
            }
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableWorkbook(_DAMAGED) from error
    except BaseException as error:
        # A panic of the Rust reader is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        return _cells_slowly(package)


def _cells_slowly(package: Package) -> tuple[list[str], dict[str, Sequence[Sequence[Cell]]]]:
    """The same with openpyxl, which tells what made calamine panic: a number formatted as a date that is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What openpyxl warns of becomes an error value, told with its cell.
            source = openpyxl.load_workbook(io.BytesIO(package.content), data_only=True)
        cells: dict[str, Sequence[Sequence[Cell]]] = {
            sheet.title: [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
            for sheet in source.worksheets
            if narrowed(sheet.title) in _WANTED
        }
    except Exception as error:
        raise UnreadableWorkbook(_DAMAGED) from error
    return source.sheetnames, cells


@contextmanager
def _without_panic_messages() -> Iterator[None]:
    """Keep what the Rust runtime writes of a panic, past Python, from the analyst's screen."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _match_sheets(workbook: Workbook, names: list[str]) -> dict[str, str]:
    """Sheet key to the workbook's own name of it; unknown sheets are noted and left alone."""
    by_name = {sheet.name: sheet for sheet in SHEETS}
    found: dict[str, str] = {}
    for name in names:
        sheet = by_name.get(narrowed(name))
        if sheet is None:
            if narrowed(name) != "填写说明":
                workbook.notices.append(f"工作表《{displayed(name)}》不在规定之列，未读取")
        elif sheet.key in found:
            workbook.fault(sheet, f"工作表重复：“{found[sheet.key]}”与“{name}”", "只有一张")
        else:
            found[sheet.key] = name
    return found


def _read(
    workbook: Workbook, sheet: Sheet, cells: Sequence[Sequence[Cell]], marks: dict[tuple[int, int], str]
) -> Cells:
    _match_columns(workbook, sheet, cells[0] if cells else [])
    for (row, column), mark in sorted(marks.items()):
        if row > 1 and any(workbook.positions.get((sheet.key, wanted.key)) == column for wanted in sheet.columns):
            workbook.fault(
                sheet, f"“{displayed(mark)}”", "数值或文字，而不是出错或没有结果的公式", row=row, column=column
            )
    return _filled(workbook, sheet, cells[1:])


def _match_columns(workbook: Workbook, sheet: Sheet, header: Sequence[Cell]) -> None:
    """Find each column in the header row, in any order."""
    by_name = {column.name: column for column in sheet.columns}
    for number, cell in enumerate(header, start=1):
        name = narrowed(str(cell))
        column = by_name.get(name)
        if column is None:
            if name:
                workbook.notices.append(
                    f"《{sheet.name}》{letter(number)}1 的列“{displayed(name)}”不在规定之列，未读取"
                )
        elif (sheet.key, column.key) in workbook.positions:
            workbook.fault(sheet, f"列“{name}”重复", "只有一列", row=1, column=number)
        else:
            workbook.positions[sheet.key, column.key] = number
    present = {column.name for column in sheet.columns if (sheet.key, column.key) in workbook.positions}
    near = _named_nearly(sheet.columns, present, (narrowed(str(cell)) for cell in header))
    for column in sheet.columns:
        if column.name not in present and not column.optional:
            meant = near.get(column.name, "")
            workbook.fault(sheet, f"缺少列“{column.name}”", f"首行中有“{column.name}”一列", meant=meant)


def _named_nearly(wanted: Sequence[Sheet | Column], present: set[str], names: Iterable[str]) -> dict[str, str]:
    """For each sheet or column that is missing the name nearest to it among those that nothing was made of."""
    known = {one.name for one in wanted}
    missing = [one.name for one in wanted if one.name not in present and not one.optional]
    return renamed(missing, [name for name in names if name and name not in known]) if missing else {}


def _filled(workbook: Workbook, sheet: Sheet, cells: Sequence[Sequence[Cell]]) -> Cells:
    """The rows that are not wholly empty, their cells read as meant."""
    standing = list(zip(*cells, strict=True))
    columns: dict[str, list[Cell]] = {}
    for column in sheet.columns:
        number = workbook.positions.get((sheet.key, column.key), 0)
        columns[column.key] = read_cells(column.kind, standing[number - 1]) if number and cells else [None] * len(cells)
    rows = list(range(2, 2 + len(cells)))
    if any(None not in values for values in columns.values()):
        return Cells(rows, columns)
    full = [any(cell is not None for cell in record) for record in zip(*columns.values(), strict=True)]
    return Cells(list(compress(rows, full)), {key: list(compress(values, full)) for key, values in columns.items()})
