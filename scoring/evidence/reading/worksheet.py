"""The cells of one worksheet part: value, formula, error and position of each, in one pass over its XML.

The pass reads any spelling: with or without a namespace prefix, with or without references (``r``), shared and inline
texts, rich text, CDATA. Most sheets consist of rows of plain cells; :mod:`.plain_rows` takes these out first.

ECMA-376, part 1, 18.3.1 (worksheets) and 18.4 (shared strings).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Any, Final

from openpyxl.utils import get_column_letter

from scoring.evidence.reading.events import Ends, Malformed, Refused, RichText, Starts, is_true
from scoring.evidence.reading.plain_rows import take_plain_rows

if TYPE_CHECKING:
    from scoring.evidence.reading.xlsx import Book

MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 1_000
MAX_TEXT: Final = 20_000_000
#: The last column that Excel has.
LAST_COLUMN: Final = 16_384
#: The most merged ranges, and array formulas over several cells, of a sheet: each is compared with many cells.
MAX_MERGED: Final = 20_000
MAX_ARRAYS: Final = 100

FORMULA_WITHOUT_VALUE: Final = "公式没有存储计算结果"

_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")
_ATTRIBUTE: Final = re.compile(r'([st])="(\w+)"', re.ASCII)

#: Row and column, from 1, of the first and of the last cell.
Area = tuple[int, int, int, int]
#: A column: the row numbers of its cells, ascending, and their values.
Column = tuple[list[int], list[Any]]


class Broken(str):
    """The text of a cell without a value: an error (``#N/A``), or :data:`FORMULA_WITHOUT_VALUE`."""

    __slots__ = ()


class Unlike(float):
    """A number whose cell shows something else, such as 50% for 0.5."""

    __slots__ = ()


@dataclass
class Grid:
    """The cells of a worksheet.

    Attributes
    ----------
    columns
        Column number, from 1, to the rows and values of its cells; empty cells are left out. A value is a text, a
        number (float), a day or time, True or False, :class:`Broken` or :class:`Unlike`.
    formulas
        Row and column to the formula of the cell.
    """

    columns: dict[int, Column] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    @property
    def height(self) -> int:
        """The last row that is not empty."""
        return max((rows[-1] for rows, _ in self.columns.values()), default=0)

    def table(self) -> list[list[Any]]:
        """The cells row by row, from A1 on, ``""`` for an empty one."""
        table: list[list[Any]] = [[""] * max(self.columns, default=0) for _ in range(self.height)]
        for column, (rows, values) in self.columns.items():
            for row, value in zip(rows, values, strict=True):
                table[row - 1][column - 1] = value
        return table


def read_worksheet(part: bytes, book: Book, *, recalculates: bool | None, times: int = 1) -> Grid:
    """Read a worksheet part; :class:`Malformed` or :class:`Refused` where it cannot be.

    Parameters
    ----------
    recalculates
        Whether the workbook asks to be recalculated when it is opened: then a stored 0 is not a formula's result. None
        accepts all stored results.
    times
        The limits apply to this many departments.
    """
    cells = _Cells(book)
    rest = take_plain_rows(part, cells.take_rows)
    if rest is None:
        cells, rest = _Cells(book), part
    _Worksheet(cells, recalculates=recalculates).read_all(rest)
    return cells.finished(times)


class _Worksheet(RichText):
    """Reads the part and gives its cells to ``cells``, and all else to their grid."""

    def __init__(self, cells: _Cells, *, recalculates: bool | None) -> None:
        super().__init__()
        self._cells, self._grid, self._recalculates = cells, cells.grid, recalculates
        self._row = self._column = 0
        self._type: str | None = None
        self._style: str | None = None
        self._value: str | None = None
        self._formula: str | None = None
        self._arrays: list[Area] = []
        self._has_data = self._in_cell = False

    def read_all(self, part: bytes) -> None:
        starts: Starts = {
            "sheetData": self._start_data,
            "col": self._column_width,
            "row": self._start_row,
            "c": self._start_cell,
            "f": self._start_formula,
            "v": self._start_value,
            "mergeCell": self._merge,
        }
        ends: Ends = {"f": self._end_formula, "v": self._end_value, "c": self._end_cell}
        self.read(part, "worksheet", starts, ends, 0)  # The book has counted its tags.
        if not self._has_data:
            raise Malformed("no <sheetData>")

    def _start_data(self, _: object) -> None:
        if self._has_data:
            raise Malformed("two <sheetData>")
        self._has_data = True

    def _column_width(self, attributes: Mapping[str, str]) -> None:
        if _is_hidden(attributes, "width"):
            first = _number(attributes.get("min"))
            self._grid.hidden_columns.append((first, _number(attributes.get("max", str(first)))))

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        if self._in_cell:
            raise Malformed("a row in a cell")
        row = attributes.get("r")
        self._row = self._row + 1 if row is None else _number(row)
        self._column = 0
        if ("hidden" in attributes or "ht" in attributes) and _is_hidden(attributes, "ht"):
            self._grid.hidden_rows.append(self._row)

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        self._column += 1
        self._in_cell = True
        if reference := attributes.get("r"):
            self._row, self._column = position_of(reference)
        if self._column > LAST_COLUMN:
            raise Malformed(f"column {self._column}")
        self._type, self._style = attributes.get("t"), attributes.get("s")
        self._value = self._formula = None
        self.runs = []

    def _start_formula(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("t") in {"array", "dataTable"} and ":" in attributes.get("ref", ""):
            if len(self._arrays) == MAX_ARRAYS:
                raise Refused("数组公式多得异常；请“选择性粘贴”为数值后重新保存")
            self._arrays.append(area_of(attributes["ref"]))
        self.begin_text()

    def _end_formula(self) -> None:
        self._formula = self.text()

    def _start_value(self, _: object) -> None:
        if self._value is not None:
            raise Malformed("two values in a cell")
        self.begin_text()

    def _end_value(self) -> None:
        self._value = self.text()

    def _end_cell(self) -> None:
        value, self._in_cell = self._value, False
        if self.runs:
            self._type, value = "inlineStr", "".join(self.runs)
        row, column = self._row, self._column
        in_array = any(area[0] <= row <= area[2] and area[1] <= column <= area[3] for area in self._arrays)
        if in_array or self._formula is not None:
            self._grid.formulas[self._row, self._column] = f"={self._formula or ''}"
            if self._lacks_result(value):
                self._cells.put(self._row, self._column, Broken(FORMULA_WITHOUT_VALUE))
                return
        if value is not None:
            self._cells.take(self._row, self._column, self._type, self._style, value)

    def _lacks_result(self, value: str | None) -> bool:
        if self._recalculates is None:
            return False
        if value is None or not value.strip():
            return True
        return self._recalculates and self._type in {None, "n"} and _float(value) == 0

    def _merge(self, attributes: Mapping[str, str]) -> None:
        if len(self._grid.merged) == MAX_MERGED:
            raise Refused("合并的单元格多得异常；请取消合并后重新保存")
        self._grid.merged.append(area_of(attributes.get("ref", "")))


class _Cells:
    """Collects the cells of a sheet by column."""

    def __init__(self, book: Book) -> None:
        self.grid = Grid()
        self._book = book
        self._columns: defaultdict[int, Column] = defaultdict(lambda: ([], []))

    def take(self, row: int, column: int, kind: str | None, style: str | None, text: str) -> None:
        """Add a cell as the XML has it."""
        self.put(row, column, self._book.value(kind, style, text))

    def put(self, row: int, column: int, value: Any) -> None:
        """Add a cell's value."""
        rows, values = self._columns[column]
        rows.append(row)
        values.append(value)

    def take_rows(self, letters: Sequence[str], rows: Sequence[str], cells: Sequence[Sequence[str | None]]) -> None:
        """Add whole rows of plain cells; see :data:`scoring.evidence.reading.plain_rows.TakeRows`."""
        numbers = list(map(int, rows))
        for letter, attributes, texts in zip(letters, cells[::2], cells[1::2], strict=True):
            column_rows, values = self._columns[position_of(f"{letter}1")[1]]
            column_rows += numbers
            read_as = {one: self._read_as(one, texts) for one in set(attributes)}
            if len(read_as) == 1:
                values += map(read_as[attributes[0]].__getitem__, texts)
            else:
                values += [read_as[one][text] for one, text in zip(attributes, texts, strict=True)]

    def _read_as(self, attributes: str | None, texts: Iterable[str | None]) -> Mapping[str | None, Any]:
        """Text to value, for cells with these attributes."""
        named = dict(_ATTRIBUTE.findall(attributes or ""))
        kind, style = named.get("t"), named.get("s")
        if kind == "s":
            return self._book.texts
        if kind != "b":
            return self._book.numbers(style)
        return {text: None if text is None else self._book.value(kind, style, text) for text in set(texts)}

    def finished(self, times: int) -> Grid:
        """The grid, its rows in order; refused if it is too large or has a cell twice."""
        for number, found in sorted(self._columns.items()):
            rows, values = _in_order(number, *_filled(*found))
            if rows and (number > MAX_COLUMNS or rows[-1] > MAX_ROWS * times):
                cell = f"{get_column_letter(number)}{rows[-1]}"
                raise Refused(f"单元格 {cell} 离表格太远，行列数远大于正常的工作簿；请删除多余的行列后重新保存")
            if rows:
                self.grid.columns[number] = rows, values
        columns = self.grid.columns.values()
        size = self._book.longest * sum(len(rows) for rows, _ in columns)  # An upper bound; counted where it is large.
        if size > MAX_TEXT:
            size = sum(len(value) for _, values in columns for value in values if type(value) is str)
        if size > MAX_TEXT * times:
            raise Refused("文字展开后远大于正常的工作簿，未予打开；请核对文件来源")
        return self.grid


def _filled(rows: list[int], values: list[Any]) -> Column:
    """The cells of a column that are not empty."""
    if None not in values:
        return rows, values
    filled = [value is not None for value in values]
    return list(compress(rows, filled)), list(compress(values, filled))


def _in_order(column: int, rows: list[int], values: list[Any]) -> Column:
    """The cells in the order of their rows; refused if one is there twice."""
    ordered = sorted(set(rows))
    if rows == ordered:
        return rows, values
    if len(ordered) < len(rows):
        twice = next(row for row, next_row in pairwise(sorted(rows)) if row == next_row)
        cell = f"{get_column_letter(column)}{twice}"
        raise Refused(f"单元格 {cell} 出现了两次，不知以哪个为准；请在 Excel 或 WPS 中另存后再试")
    by_row = dict(zip(rows, values, strict=True))
    return ordered, [by_row[row] for row in ordered]


def position_of(reference: str) -> tuple[int, int]:
    """Row and column, from 1.

    >>> position_of("B7"), position_of("$AB$12")
    ((7, 2), (12, 28))
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise Malformed(f"reference {reference!r}")
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("@")
    return int(match[2]), column


def area_of(reference: str) -> Area:
    """First and last row and column.

    >>> area_of("D3:E4")
    (3, 4, 4, 5)
    """
    first, _, last = reference.partition(":")
    top, left = position_of(first)
    bottom, right = position_of(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or has no size."""
    return is_true(attributes.get("hidden")) or _float(attributes.get(size, "")) == 0


def _float(text: str) -> float | None:
    """A text as a number; None if it is not one."""
    try:
        return float(text)
    except ValueError:
        return None


def _number(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError as error:
        raise Malformed(f"number {text!r}") from error
