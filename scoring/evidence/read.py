"""Workbooks to raw tables: every cell with the row it came from, nothing judged but the shape of the workbook."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from scoring.evidence.cells import READERS, Cell, narrowed
from scoring.evidence.faults import Fault, letter
from scoring.evidence.package import Package, UnreadableWorkbook, open_package
from scoring.evidence.schema import SHEETS, Sheet

_WANTED = {sheet.name for sheet in SHEETS}
_DAMAGED = "工作簿内部结构已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx"


@dataclass
class Workbook:
    """One workbook as it was read.

    Attributes
    ----------
    tables
        Sheet key to a table of objects: ``row`` (int, as Excel numbers it) and the sheet's columns by key.
    told
        (sheet order, row, column number) of the cells that have a fault already.
    positions
        (sheet key, column key) to the column's number in the workbook, from 1.
    """

    department: str
    file: str
    sha256: str = ""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    positions: dict[tuple[str, str], int] = field(default_factory=dict)
    told: set[tuple[int, int, int]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def fault(self, sheet: Sheet | None, found: str, expected: str, *, row: int = 0, column: str | int = 0) -> None:
        """Note a fault; ``column`` is a column key or number, 0 when the whole sheet is meant."""
        order = SHEETS.index(sheet) if sheet else -1
        number = column if isinstance(column, int) else self.positions.get((sheet.key if sheet else "", column), 0)
        cell = f"{letter(number)}{row}" if row and number else ""
        self.told.add((order, row, number))
        self.faults.append(Fault(self.file, order, row, number, sheet.name if sheet else "", cell, found, expected))


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
    for sheet in SHEETS:
        if sheet.key in found:
            name = found[sheet.key]
            workbook.tables[sheet.key] = _table(workbook, sheet, cells[name], package.marks.get(name, {}))
        elif sheet.optional:
            workbook.tables[sheet.key] = _typed(sheet, [], [])
        else:
            workbook.fault(sheet, "缺少这张工作表", f"名为“{sheet.name}”的工作表")
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
                workbook.notices.append(f"工作表《{name}》不在规定之列，未读取")
        elif sheet.key in found:
            workbook.fault(sheet, f"工作表重复：“{found[sheet.key]}”与“{name}”", "只有一张")
        else:
            found[sheet.key] = name
    return found


def _table(
    workbook: Workbook, sheet: Sheet, cells: Sequence[Sequence[Cell]], marks: dict[tuple[int, int], str]
) -> pd.DataFrame:
    _match_columns(workbook, sheet, cells[0] if cells else [])
    for (row, column), mark in sorted(marks.items()):
        if row > 1 and any(workbook.positions.get((sheet.key, wanted.key)) == column for wanted in sheet.columns):
            workbook.fault(sheet, f"“{mark}”", "数值或文字，而不是出错或没有结果的公式", row=row, column=column)
    rows, records = [], []
    for row, record in _records(workbook, sheet, cells):
        rows.append(row)
        records.append(record)
    return _typed(sheet, rows, records)


def _match_columns(workbook: Workbook, sheet: Sheet, header: Sequence[Cell]) -> None:
    """Find each column in the header row, in any order."""
    by_name = {column.name: column for column in sheet.columns}
    for number, cell in enumerate(header, start=1):
        name = narrowed(str(cell))
        column = by_name.get(name)
        if column is None:
            if name:
                workbook.notices.append(f"《{sheet.name}》{letter(number)}1 的列“{name}”不在规定之列，未读取")
        elif (sheet.key, column.key) in workbook.positions:
            workbook.fault(sheet, f"列“{name}”重复", "只有一列", row=1, column=number)
        else:
            workbook.positions[sheet.key, column.key] = number
    for column in sheet.columns:
        if (sheet.key, column.key) not in workbook.positions:
            workbook.fault(sheet, f"缺少列“{column.name}”", f"首行中有“{column.name}”一列")


def _records(workbook: Workbook, sheet: Sheet, cells: Sequence[Sequence[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    """Each row that is not wholly empty, its cells read as meant."""
    readers = [
        (workbook.positions.get((sheet.key, column.key), 0) - 1, READERS[column.kind]) for column in sheet.columns
    ]
    for row, values in enumerate(cells[1:], start=2):
        record = [read(values[at]) if at >= 0 and values[at] != "" else None for at, read in readers]
        if any(value is not None for value in record):
            yield row, record


def _typed(sheet: Sheet, rows: list[int], records: list[list[Cell]]) -> pd.DataFrame:
    table = pd.DataFrame(records, columns=[column.key for column in sheet.columns], dtype=object)
    table.insert(0, "row", pd.Series(rows, dtype="int64"))
    return table
