"""Workbooks to raw tables: every cell with its row number, read as displayed or reported as a fault."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openpyxl.utils import get_column_letter

from scoring.base.characters import hidden_in, named, plain
from scoring.evidence.files import composed
from scoring.evidence.reading.cells import Cell, quoted_cell, read_cells
from scoring.evidence.reading.formats import is_error
from scoring.evidence.reading.odd_rows import odd_rows
from scoring.evidence.reading.workbook import Cells, Workbook, of_others, scheme_column
from scoring.evidence.reading.worksheet import FORMULA_WITHOUT_VALUE, Area, Broken, Grid, Unlike
from scoring.evidence.reading.xlsx import SheetPart, UnreadableWorkbook, book_of, open_book
from scoring.evidence.suggest import missing
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, FILLED_IN, Column, Kind, Sheet

#: Sheet of the blank workbook with instructions.
GUIDE: Final = "填写说明"
_UNMERGED: Final = "没有合并的单元格；请取消合并，并在每一行、每一列分别填写"
#: How many ranges of hidden rows a notice names.
_MOST_STRETCHES: Final = 6


def read_workbook(path: Path, scheme: Scheme, *, department: str = "", content: bytes | None = None) -> Workbook:
    """Read one file of a department's evidence; problems are added to its ``faults`` and never raised.

    Parameters
    ----------
    department
        Whose it is; the one that the file is named after when empty.
    content
        What the file will hold, where it is not on the disk yet.
    """
    workbook = Workbook(department or composed(path.stem), path.name, folder=path.parent)
    try:
        book = open_book(path) if content is None else book_of(content)
        workbook.sha256 = hashlib.sha256(book.content).hexdigest()
        found = _match_sheets(workbook, book.sheets, scheme)
        grids = {key: book.grid(part) for key, part in found.items()}
    except UnreadableWorkbook as error:
        workbook.readable = False
        workbook.add_fault(None, str(error), "")
        return workbook
    workbook.names = tuple(plain(part.name) for part in book.sheets)
    for sheet in scheme.sheets:
        if sheet.key in grids:
            part, grid = found[sheet.key], grids[sheet.key]
            workbook.cells[sheet.key] = _SheetReader(workbook, sheet, grid, scheme).read(hidden=part.hidden)
    return workbook


def _match_sheets(workbook: Workbook, parts: Sequence[SheetPart], scheme: Scheme) -> dict[str, SheetPart]:
    """Sheet key to the workbook's sheet; sheets unknown to every scheme get a notice and are not read."""
    found: dict[str, SheetPart] = {}
    for part in parts:
        sheet = scheme.sheet_names.get(plain(part.name))
        if sheet is None:
            if plain(part.name) not in {GUIDE, *scheme.others.sheets}:
                workbook.notices.append(f"工作表《{quoted_cell(part.name)}》不在规定之列，未读取")
        elif sheet.key in found:
            both = f"“{named(found[sheet.key].name)}”与“{named(part.name)}”"
            workbook.add_fault(sheet, f"工作表重复：{both}", "只有一张")
        else:
            found[sheet.key] = part
    return found


@dataclass
class _SheetReader:
    """Reads one sheet; its faults and notices are added to the workbook."""

    workbook: Workbook
    sheet: Sheet
    grid: Grid
    scheme: Scheme
    #: Row, column number and value of each cell that shows no value, or not the stored one.
    broken: list[tuple[int, int, Broken | Unlike]] = field(default_factory=list)

    def read(self, *, hidden: bool) -> Cells:
        self._match_columns()
        cells = _side_by_side({column.key: self._column(column) for column in self.sheet.columns})
        cells, foreign = self._own(cells)
        for row, number, value in self.broken:
            if row not in foreign:
                self._report_broken(row, number, value)
        odd = odd_rows(self.sheet, cells, self.grid)
        for row, (column, found, expected) in odd.items():
            self.workbook.add_fault(self.sheet, found, expected, row=row, column=column)
        self._report_merged(cells, odd)
        self.workbook.notices += self._hidden(cells, hidden=hidden)
        return cells.only([row not in odd for row in cells.rows]) if odd else cells

    def _position(self, column: Column) -> int:
        """The column's number in the sheet, 0 where it is missing."""
        return self.workbook.positions.get((self.sheet.key, column.key), 0)

    def _match_columns(self) -> None:
        """Find each column in the header row, in any order; another scheme's columns need no notice."""
        workbook, sheet = self.workbook, self.sheet
        by_name = {plain(column.name): column for column in sheet.columns}
        others = self.scheme.others.columns.get(sheet.name, frozenset())
        names = {number: plain(str(cells[0])) for number, (rows, cells) in self.grid.columns.items() if rows[0] == 1}
        for number, name in names.items():
            column = by_name.get(name)
            if column is None:
                if name and name not in others:
                    where = f"《{sheet.name}》{get_column_letter(number)}1 的列“{quoted_cell(name)}”"
                    workbook.notices.append(f"{where}不在规定之列，未读取")
            elif (sheet.key, column.key) == FILLED_IN:
                continue
            elif self._position(column):
                workbook.add_fault(sheet, f"列“{name}”重复", "只有一列", row=1, column=number)
            else:
                workbook.positions[sheet.key, column.key] = number
        present = {column.name for column in sheet.columns if self._position(column)}
        for name, meant in missing(sheet.columns, present, names.values()).items():
            workbook.add_fault(sheet, f"缺少列“{name}”", f"首行中有“{name}”一列", meant=meant)

    def _column(self, column: Column) -> tuple[list[int], list[Cell]]:
        """The rows below the header in which a column is filled in, and its parsed cells."""
        number = self._position(column)
        rows, values = self.grid.columns.get(number, ([], []))
        if rows and rows[0] == 1:
            rows, values = rows[1:], values[1:]
        if {Broken, Unlike}.intersection(map(type, values)):
            self.broken += [
                (row, number, value)
                for row, value in zip(rows, values, strict=True)
                if type(value) is Broken or (type(value) is Unlike and column.kind not in DAYS)
            ]
            values = [None if type(value) is Broken else value for value in values]
        if column.kind is not Kind.TEXT:
            self._note_characters(column, rows, values)
        return rows, read_cells(column.kind, values)

    def _note_characters(self, column: Column, rows: Sequence[int], values: Sequence[Cell]) -> None:
        """Note a cell's invisible characters, for the messages of its faults."""
        hidden = {text: hidden_in(text) for text in set(values) if type(text) is str and not text.isascii()}
        if any(hidden.values()):
            for row, value in zip(rows, values, strict=True):
                if type(value) is str and hidden.get(value):
                    self.workbook.hidden[self.sheet.key, row, column.key] = hidden[value]

    def _own(self, cells: Cells) -> tuple[Cells, Collection[int]]:
        """The cells without the rows of other schemes, and the numbers of those rows."""
        key = scheme_column(self.sheet)
        words = cells.columns[key] if key else []
        foreign = of_others(set(words), self.sheet, self.scheme)
        if not foreign:
            return cells, ()
        own = [word not in foreign for word in words]
        return cells.only(own), {row for row, is_own in zip(cells.rows, own, strict=True) if not is_own}

    def _report_broken(self, row: int, column: int, value: Broken | Unlike) -> None:
        if isinstance(value, Unlike):
            found = f"单元格显示的内容与存储的数值 {float(value):.15g} 不同（由数字格式造成）"
            expected = "显示什么就存储什么；请改为“文本”格式后重新填写"
        elif value == FORMULA_WITHOUT_VALUE:
            found = value
            expected = "有计算结果的公式；请在 Excel 或 WPS 中打开，重新计算后保存，或“选择性粘贴”为数值"
        else:
            found = f"“{quoted_cell(value)}”{'是 Excel 的错误值' if is_error(value) else '不是有效的数值'}"
            expected = "数值或文字；请改正公式，或填写实际内容"
        self.workbook.add_fault(self.sheet, found, expected, row=row, column=column)

    def _report_merged(self, cells: Cells, odd: Mapping[int, object]) -> None:
        """Report merged ranges: they show one value for several cells, but only the first holds it."""
        workbook, sheet = self.workbook, self.sheet
        left = len(cells.rows) * len(sheet.columns)
        for area in self.grid.merged:
            if header := self._merged_header(area):
                found = f"表头合并了，“{header}”一列看不见列名"
                workbook.add_fault(sheet, found, _UNMERGED, row=1, cell=_named(area))
            rows = cells.rows[bisect_left(cells.rows, max(area[0], 2)) : bisect_right(cells.rows, area[2])]
            numbers = [number for column in sheet.columns if area[1] <= (number := self._position(column)) <= area[3]]
            covered = [(row, number) for row in rows for number in numbers] if len(rows) * len(numbers) <= left else []
            left -= len(covered)
            if not self._is_misleading(area, covered) or all(row in odd for row in rows):
                continue
            found, first = "这里的单元格合并了，只有左上角一格有内容", max(area[0], 2)
            workbook.add_fault(sheet, found, _UNMERGED, row=first, column=area[1], cell=_named(area))
            workbook.faulty |= {(sheet.order, row, number) for row, number in covered}

    def _merged_header(self, area: Area) -> str:
        """The column whose header is hidden because the range begins left of it; empty if none is."""
        beyond = range(area[1] + 1, area[3] + 1 if area[0] == 1 else 0)
        return next((column.name for column in self.sheet.columns if self._position(column) in beyond), "")

    def _is_misleading(self, area: Area, covered: Sequence[tuple[int, int]]) -> bool:
        """Whether a non-empty range covers a cell that is read other than the one that shows."""
        return any(cell != area[:2] for cell in covered) and any(
            area[0] <= row <= area[2]
            for column, (rows, _) in self.grid.columns.items()
            if area[1] <= column <= area[3]
            for row in rows[bisect_left(rows, area[0]) : bisect_right(rows, area[2])][:1]
        )

    def _hidden(self, cells: Cells, *, hidden: bool) -> Iterator[str]:
        """Notices of evidence that is hidden in Excel, but read."""
        name, asked = self.sheet.name, "请确认应当计入"
        if hidden and cells.rows:
            yield f"工作表《{name}》是隐藏的，其中的 {len(cells.rows)} 行已照常读取；{asked}"
        if rows := sorted(set(self.grid.hidden_rows) & set(cells.rows)):
            yield f"《{name}》第 {_stretches(rows)} 行是隐藏的，已照常读取；{asked}"
        for column in self.sheet.columns:
            number = self._position(column)
            is_hidden = any(first <= number <= last for first, last in self.grid.hidden_columns)
            if is_hidden and any(cell is not None for cell in cells.columns[column.key]):
                yield f"《{name}》{get_column_letter(number)} 列“{column.name}”是隐藏的，已照常读取；{asked}"


def _side_by_side(columns: Mapping[str, tuple[list[int], list[Cell]]]) -> Cells:
    """The rows of all columns, None in an empty cell, without rows that are wholly empty once they have been read."""
    longest = max((rows for rows, _ in columns.values()), key=len, default=[])
    others = {row for rows, _ in columns.values() if rows != longest for row in rows}
    rows = longest if others <= set(longest) else sorted(others.union(longest))
    aligned = {
        key: values if own == rows else list(map(dict(zip(own, values, strict=True)).get, rows))
        for key, (own, values) in columns.items()
    }
    cells = Cells(rows, aligned)
    if any(None not in values for values in aligned.values()):
        return cells
    return cells.only([any(cell is not None for cell in record) for record in zip(*aligned.values(), strict=True)])


def _named(area: Area) -> str:
    return f"{get_column_letter(area[1])}{area[0]}:{get_column_letter(area[3])}{area[2]}"


def _stretches(rows: Sequence[int]) -> str:
    """Row numbers as ranges.

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
    return "、".join(words[:_MOST_STRETCHES]) + (f"……等 {len(rows)}" if len(words) > _MOST_STRETCHES else "")
