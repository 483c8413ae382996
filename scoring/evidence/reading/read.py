"""Workbooks to raw tables: every cell with the row it came from, nothing judged but the shape of the workbook."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from openpyxl.utils import get_column_letter

from scoring.base.characters import hidden_in, named, plain
from scoring.evidence.faults import Fault, Origin
from scoring.evidence.files import department_of
from scoring.evidence.reading.cells import Cell, quoted_cell
from scoring.evidence.reading.columns import compact, read_cells, texts
from scoring.evidence.reading.odd_rows import odd_rows
from scoring.evidence.reading.worksheet import FORMULA_WITHOUT_VALUE, Area, Broken, Grid, Unlike
from scoring.evidence.reading.xlsx import SheetPart, UnreadableWorkbook, is_error, open_book
from scoring.evidence.suggest import missing
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, FACTS, Column, Kind, Sheet

_GUIDE = "填写说明"
#: So many faults of a workbook are told; nobody would read more, and a hostile one must not take memory.
MOST_FAULTS = 5_000

#: Sheet key to its table: ``department``, ``workbook`` (its number), ``row`` and the columns by key.
Tables = dict[str, pd.DataFrame]


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

    def only(self, wanted: Sequence[bool]) -> Cells:
        """Some of the rows."""
        columns = {key: list(compress(values, wanted)) for key, values in self.columns.items()}
        return Cells(list(compress(self.rows, wanted)), columns)


@dataclass
class Workbook(Origin):
    """One workbook as it was read.

    Attributes
    ----------
    cells
        Sheet key to the cells of the sheet.
    told
        (sheet order, row, column number) of the cells that have a fault already.
    hidden
        (sheet key, row, column key) to the characters of the cell that cannot be seen or told from others.
    readable
        Whether the file could be opened at all.
    absent
        Keys of the optional sheets that it lacks.
    """

    cells: dict[str, Cells] = field(default_factory=dict)
    told: set[tuple[int, int, int]] = field(default_factory=set)
    hidden: dict[tuple[str, int, str], str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    readable: bool = True
    absent: set[str] = field(default_factory=set)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Sheet key to a table of objects: ``row`` (int, as Excel numbers it) and the sheet's columns by key."""
        return {key: cells.as_table() for key, cells in self.cells.items()}

    @property
    def origin(self) -> Origin:
        """Where it stands, without what stands in it."""
        return Origin(self.department, self.file, self.sha256, self.positions)

    def is_misnamed(self, scheme: Scheme) -> bool:
        """Whether it is a file that is not named after any department."""
        return self.department == self.file and self.department not in scheme.places

    def fault(self, sheet: Sheet | None, found: str, expected: str, **where: Any) -> None:
        """Note a fault; see :meth:`fault_at`."""
        fault = self.fault_at(sheet, found, expected, **where)
        self.told.add((fault.sheet_order, fault.row, fault.column))
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        elif len(self.faults) == MOST_FAULTS:
            self.faults.append(self.fault_at(None, f"差错超过 {MOST_FAULTS} 处，其余没有列出", "改正以上各处后再检查"))


def read_workbook(path: Path, scheme: Scheme) -> Workbook:
    """Read one workbook; what is wrong with its shape is in ``faults``, never raised."""
    workbook = Workbook(department_of(path), path.name)
    try:
        book = open_book(path)
        workbook.sha256 = hashlib.sha256(book.content).hexdigest()
        found = _match_sheets(workbook, book.sheets, scheme)
        grids = {key: book.grid(part) for key, part in found.items()}
    except UnreadableWorkbook as error:
        workbook.readable = False
        workbook.fault(None, str(error), "")
        return workbook
    names = [plain(part.name) for part in book.sheets]
    lacking = missing(scheme.sheets, {sheet.name for sheet in scheme.sheets if sheet.key in found}, names)
    for sheet in scheme.sheets:
        if sheet.key in grids:
            others = scheme.others
            known = others.facts if sheet.key == FACTS else others.columns.get(sheet.name, frozenset())
            workbook.cells[sheet.key] = _read(workbook, sheet, grids[sheet.key], known, hidden=found[sheet.key].hidden)
        elif sheet.optional:
            workbook.absent.add(sheet.key)
            workbook.cells[sheet.key] = Cells([], {column.key: [] for column in sheet.columns})
        else:
            workbook.fault(sheet, "缺少这张工作表", f"名为“{sheet.name}”的工作表", meant=lacking[sheet.name])
    return workbook


def _match_sheets(workbook: Workbook, parts: Sequence[SheetPart], scheme: Scheme) -> dict[str, SheetPart]:
    """Sheet key to the workbook's own sheet; sheets that no scheme knows are noted and left alone."""
    by_name = {plain(sheet.name): sheet for sheet in scheme.sheets}
    found: dict[str, SheetPart] = {}
    for part in parts:
        sheet = by_name.get(plain(part.name))
        if sheet is None:
            if plain(part.name) not in {_GUIDE, *scheme.others.sheets}:
                workbook.notices.append(f"工作表《{quoted_cell(part.name)}》不在规定之列，未读取")
        elif sheet.key in found:
            workbook.fault(sheet, f"工作表重复：“{named(found[sheet.key].name)}”与“{named(part.name)}”", "只有一张")
        else:
            found[sheet.key] = part
    return found


# --- All departments' rows of a sheet in one table: what checks and rules work on -----------------------------------


def joined(workbooks: Sequence[Workbook], scheme: Scheme) -> Tables:
    """The tables of all sheets; where a workbook lacks one, it has no rows in it."""
    return {sheet.key: _joined(workbooks, sheet) for sheet in scheme.sheets}


def _joined(workbooks: Sequence[Workbook], sheet: Sheet) -> pd.DataFrame:
    present = [(number, book.cells[sheet.key]) for number, book in enumerate(workbooks) if sheet.key in book.cells]
    numbers = np.repeat([number for number, _ in present], [len(cells.rows) for _, cells in present])
    columns = {
        column.key: compact(column.kind, list(chain.from_iterable(cells.columns[column.key] for _, cells in present)))
        for column in sheet.columns
    }
    rows = np.fromiter(chain.from_iterable(cells.rows for _, cells in present), dtype="int64")
    return labelled(pd.DataFrame({"row": rows, **columns}), numbers, [book.department for book in workbooks])


def labelled(table: pd.DataFrame, numbers: np.ndarray, departments: Sequence[str]) -> pd.DataFrame:
    """The table with each row's workbook, by its number, and the department of that workbook."""
    workbook = numbers.astype("int64")
    names = pa.array(departments, pa.large_string()).take(pa.array(workbook))
    return table.assign(department=texts(names), workbook=workbook)


# --- One sheet ------------------------------------------------------------------------------------------------------


def _read(workbook: Workbook, sheet: Sheet, grid: Grid, known: Container[str], *, hidden: bool) -> Cells:
    _match_columns(workbook, sheet, grid, known)
    columns = dict(_columns(workbook, sheet, grid))
    rows = _all_rows(columns)
    cells = _filled(Cells(rows, {column.key: _aligned(columns.get(column.key), rows) for column in sheet.columns}))
    if sheet.key == FACTS:
        cells = cells.only([item not in known for item in cells.columns["item"]])
    odd = odd_rows(sheet, cells, grid)
    for row, fault in odd.items():
        workbook.fault(sheet, fault.found, fault.expected, row=row, column=fault.column)
    _tell_merged(workbook, sheet, cells, grid, odd)
    workbook.notices += _hidden(workbook, sheet, grid, cells, hidden=hidden)
    return cells.only([row not in odd for row in cells.rows]) if odd else cells


def _match_columns(workbook: Workbook, sheet: Sheet, grid: Grid, known: Container[str]) -> None:
    """Find each column in the header row, in any order; those that another scheme knows need no mention."""
    by_name = {plain(column.name): column for column in sheet.columns}
    names = {number: plain(str(values[0])) for number, (rows, values) in grid.columns.items() if rows[0] == 1}
    for number, name in names.items():
        column = by_name.get(name)
        if column is None:
            if name and name not in known:
                workbook.notices.append(
                    f"《{sheet.name}》{get_column_letter(number)}1 的列“{quoted_cell(name)}”不在规定之列，未读取"
                )
        elif (sheet.key, column.key) in workbook.positions:
            workbook.fault(sheet, f"列“{name}”重复", "只有一列", row=1, column=number)
        else:
            workbook.positions[sheet.key, column.key] = number
    present = {column.name for column in sheet.columns if (sheet.key, column.key) in workbook.positions}
    for name, meant in missing(sheet.columns, present, names.values()).items():
        workbook.fault(sheet, f"缺少列“{name}”", f"首行中有“{name}”一列", meant=meant)


def _columns(workbook: Workbook, sheet: Sheet, grid: Grid) -> Iterator[tuple[str, tuple[list[int], list[Cell]]]]:
    """Column key to the rows below the header in which something stands, and the cells, read as meant."""
    for column in sheet.columns:
        number = workbook.positions.get((sheet.key, column.key), 0)
        rows, values = grid.columns.get(number, ([], []))
        if rows and rows[0] == 1:
            rows, values = rows[1:], values[1:]
        if {Broken, Unlike}.intersection(map(type, values)):
            for row, value in zip(rows, values, strict=True):
                if type(value) is Broken or (type(value) is Unlike and column.kind not in DAYS):
                    _tell_broken(workbook, sheet, row, number, value)
            values = [None if type(value) is Broken else value for value in values]
        read = read_cells(column.kind, values)
        if column.kind is not Kind.TEXT:
            _note_hidden(workbook, sheet, column, rows, values)
        yield column.key, (rows, read)


def _tell_broken(workbook: Workbook, sheet: Sheet, row: int, column: int, value: Broken | Unlike) -> None:
    if isinstance(value, Unlike):
        found = f"单元格显示的内容与存储的数值 {float(value):.15g} 不同（由数字格式造成）"
        workbook.fault(sheet, found, "显示什么就存储什么；请改为“文本”格式后重新填写", row=row, column=column)
    elif value == FORMULA_WITHOUT_VALUE:
        expected = "有计算结果的公式；请在 Excel 或 WPS 中打开，重新计算后保存，或“选择性粘贴”为数值"
        workbook.fault(sheet, value, expected, row=row, column=column)
    else:
        what = "是 Excel 的错误值" if is_error(value) else "不是有效的数值"
        expected = "数值或文字；请改正公式，或填写实际内容"
        workbook.fault(sheet, f"“{quoted_cell(value)}”{what}", expected, row=row, column=column)


def _note_hidden(workbook: Workbook, sheet: Sheet, column: Column, rows: Sequence[int], values: Sequence[Cell]) -> None:
    """Remember what cannot be seen in a cell: a fault of the cell names it."""
    hidden = {text: hidden_in(text) for text in set(values) if type(text) is str and not text.isascii()}
    if any(hidden.values()):
        for row, value in zip(rows, values, strict=True):
            if type(value) is str and hidden.get(value):
                workbook.hidden[sheet.key, row, column.key] = hidden[value]


def _all_rows(columns: Mapping[str, tuple[list[int], list[Cell]]]) -> list[int]:
    """The rows of all columns."""
    longest = max((rows for rows, _ in columns.values()), key=len, default=[])
    others = {row for rows, _ in columns.values() if rows != longest for row in rows}
    return longest if others <= set(longest) else sorted(others.union(longest))


def _aligned(column: tuple[list[int], list[Cell]] | None, rows: list[int]) -> list[Cell]:
    """The cells of a column in every row, None where nothing stands."""
    if column is None or not column[0]:
        return [None] * len(rows)
    if column[0] == rows:
        return column[1]
    return list(map(dict(zip(*column, strict=True)).get, rows))


def _filled(cells: Cells) -> Cells:
    """The rows that are not wholly empty, once their cells have been read."""
    if any(None not in values for values in cells.columns.values()):
        return cells
    return cells.only(
        [any(cell is not None for cell in record) for record in zip(*cells.columns.values(), strict=True)]
    )


# --- Merged and hidden cells ----------------------------------------------------------------------------------------


def _tell_merged(workbook: Workbook, sheet: Sheet, cells: Cells, grid: Grid, odd: Mapping[int, object]) -> None:
    """A merged range shows one value for several cells, of which only the first holds it."""
    left = len(cells.rows) * len(sheet.columns)
    for area in grid.merged:
        if header := _merged_headers(workbook, sheet, area):
            workbook.fault(sheet, f"表头合并了，“{header}”一列看不见列名", _UNMERGED, row=1, cell=_named(area))
        rows = cells.rows[bisect_left(cells.rows, max(area[0], 2)) : bisect_right(cells.rows, area[2])]
        keys = [
            key for (of, key), column in workbook.positions.items() if of == sheet.key and area[1] <= column <= area[3]
        ]
        covered = [(row, key) for row in rows for key in keys] if len(rows) * len(keys) <= left else []
        left -= len(covered)
        if not _is_misleading(workbook, sheet, grid, area, covered) or all(row in odd for row in rows):
            continue
        found, first = "这里的单元格合并了，只有左上角一格有内容", max(area[0], 2)
        workbook.fault(sheet, found, _UNMERGED, row=first, column=area[1], cell=_named(area))
        workbook.told |= {(sheet.order, row, workbook.positions[sheet.key, key]) for row, key in covered}


_UNMERGED = "没有合并的单元格；请取消合并，并在每一行、每一列分别填写"


def _named(area: Area) -> str:
    return f"{get_column_letter(area[1])}{area[0]}:{get_column_letter(area[3])}{area[2]}"


def _merged_headers(workbook: Workbook, sheet: Sheet, area: Area) -> str:
    """The column whose header nobody sees, because the range begins left of it; empty without one."""
    beyond = range(area[1] + 1, area[3] + 1 if area[0] == 1 else 0)
    hidden = (one.name for one in sheet.columns if workbook.positions.get((sheet.key, one.key)) in beyond)
    return next(hidden, "")


def _is_misleading(
    workbook: Workbook, sheet: Sheet, grid: Grid, area: Area, covered: Sequence[tuple[int, str]]
) -> bool:
    """Whether a range covers a cell that is read besides the one that shows, and anything stands in it."""
    others = [(row, key) for row, key in covered if (row, workbook.positions[sheet.key, key]) != area[:2]]
    return bool(others) and any(
        area[0] <= row <= area[2]
        for column, (rows, _) in grid.columns.items()
        if area[1] <= column <= area[3]
        for row in rows[bisect_left(rows, area[0]) : bisect_right(rows, area[2])][:1]
    )


def _hidden(workbook: Workbook, sheet: Sheet, grid: Grid, cells: Cells, *, hidden: bool) -> Iterator[str]:
    """What of a sheet was read and cannot be seen in Excel."""
    if hidden and cells.rows:
        yield f"工作表《{sheet.name}》是隐藏的，其中的 {len(cells.rows)} 行已照常读取；请确认应当计入"
    if rows := sorted(set(grid.hidden_rows) & set(cells.rows)):
        yield f"《{sheet.name}》第 {_stretches(rows)} 行是隐藏的，已照常读取；请确认应当计入"
    for column in sheet.columns:
        number = workbook.positions.get((sheet.key, column.key), 0)
        if any(first <= number <= last for first, last in grid.hidden_columns) and any(
            cell is not None for cell in cells.columns[column.key]
        ):
            yield f"《{sheet.name}》{get_column_letter(number)} 列“{column.name}”是隐藏的，已照常读取；请确认应当计入"


def _stretches(rows: Sequence[int], most: int = 6) -> str:
    """Rows in one phrase.

    >>> _stretches([2, 3, 4, 7])
    '2–4、7'
    """
    found: list[list[int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    words = [str(first) if first == last else f"{first}–{last}" for first, last in found]
    return "、".join(words[:most]) + (f"……等 {len(rows)}" if len(words) > most else "")
