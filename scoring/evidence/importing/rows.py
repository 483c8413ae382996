"""The rows of an export, read as those of a workbook are and checked by what the scheme's sheets require."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from scoring.base.characters import unwritable
from scoring.evidence.check import check
from scoring.evidence.check.rows import rewritten
from scoring.evidence.importing.matching import Match, Words
from scoring.evidence.importing.stored import Section
from scoring.evidence.reading.cells import Cell, as_moment, quoted_cell, read_cells
from scoring.evidence.reading.workbook import Cells, Workbook, joined
from scoring.evidence.reading.worksheet import LAST_COLUMN, Broken, Unlike
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, Column, Kind, Sheet

#: A row of a sheet: key of a column to its cell.
Record = dict[str, Any]

_SCIENTIFIC: Final = re.compile(r"\d(\.\d+)?[Ee]\+\d+", re.ASCII)
#: Constants stand after every column that a file can have, so that a fault can name them.
_AFTER: Final = LAST_COLUMN + 1


class Rows:
    """The rows of an export under its header.

    Attributes
    ----------
    records
        The rows with anything in a matched column.
    skipped
        Numbers of the rows that have something, but nothing in a matched column.
    words
        The columns' words, with those that are not known.
    faults
        What does not fit, in Chinese, by row.
    """

    def __init__(self, found: Match, known: Section, scheme: Scheme, department: str, path: Path) -> None:
        self._found, self._sheet = found, found.sheet
        self.words = {
            column.key: Words(column, known.words.get(column.key, {}))
            for column in self._sheet.columns
            if column.key in found.columns and (column.choices or column.pairs)
        }
        self._faults: list[tuple[int, int, str]] = []
        filled = [number for number in range(found.header, len(found.table.rows)) if self._cells_of(number)]
        self.skipped = [
            number + 1 for number in filled if not set(found.columns.values()) & set(self._cells_of(number))
        ]
        self.numbers = [number + 1 for number in filled if number + 1 not in set(self.skipped)]
        columns = {column.key: self._column(column) for column in self._sheet.columns}
        self._check(columns, scheme, department, path)
        self.records: list[Record] = [
            dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
        ]

    @property
    def faults(self) -> list[str]:
        """Every fault with its row and column in the file."""
        return [f"第 {row} 行{self._name(number)}：{words}" for row, number, words in sorted(self._faults)]

    def _cells_of(self, number: int) -> Mapping[int, Any]:
        """Column number to the cells of a row that are not empty."""
        cells = enumerate(self._found.table.rows[number], start=1)
        return {at: cell for at, cell in cells if cell is not None and not (isinstance(cell, str) and not cell.strip())}

    def _name(self, number: int) -> str:
        if number >= _AFTER:
            return f"固定值“{self._sheet.columns[number - _AFTER].name}”"
        return (
            f"“{self._found.headers[number]}”" if number in self._found.headers else f"第 {number} 列" if number else ""
        )

    def _column(self, column: Column) -> list[Cell]:
        """A column's cells, read; the constant in each row, None in each for a column that is not there."""
        at = self._found.columns.get(column.key, 0)
        if not at:
            return [self._found.fixed.get(column.key)] * len(self.numbers)
        values = [self._value(number, at, column) for number in self.numbers]
        if column.kind is Kind.DATE:
            values = [_day(value) for value in values]
        if words := self.words.get(column.key):
            values = [words.read(value) for value in values]
        spelt = rewritten(column)
        read = [
            spelt.get(value, value) if isinstance(value, str) else value for value in read_cells(column.kind, values)
        ]
        for number, value in zip(self.numbers, read, strict=True):
            if isinstance(value, str) and (unfit := _unfit(value, column)):
                self._faults.append((number, at, unfit))
        return read

    def _value(self, number: int, at: int, column: Column) -> Cell:
        row = self._found.table.rows[number - 1]
        value: Cell = row[at - 1] if at <= len(row) else None
        if isinstance(value, Broken):
            self._faults.append((number, at, f"“{quoted_cell(value)}”没有可以读取的值；应为：数值或文字"))
            return None
        if isinstance(value, Unlike) and column.kind not in DAYS:
            self._faults.append(
                (number, at, f"单元格显示的内容与存储的数值 {float(value):.15g} 不同；请改为“文本”格式")
            )
        return value

    def _check(self, columns: Mapping[str, list[Cell]], scheme: Scheme, department: str, path: Path) -> None:
        """Hold the rows against the scheme's requirements, as if they stood in a workbook."""
        known = {(row, at) for row, at, _ in self._faults}
        book = _Export(department, path.name)
        book.cells[self._sheet.key] = Cells(self.numbers, dict(columns))
        for number, column in enumerate(self._sheet.columns):
            if column.key in self._found.columns:
                book.positions[self._sheet.key, column.key] = self._found.columns[column.key]
            elif column.key in self._found.fixed:
                book.positions[self._sheet.key, column.key] = _AFTER + number
        check([book], joined([book], scheme), scheme)
        self._faults += [
            (fault.row, fault.column, fault.message) for fault in book.faults if (fault.row, fault.column) not in known
        ]
        self._faults += chain(self._beyond(), self._merged())

    def _beyond(self) -> Iterator[tuple[int, int, str]]:
        """Cells of a text beyond its header: a separator or a line break within a cell has moved them."""
        last = max(self._found.headers, default=0)
        for number in self.numbers if self._found.table.is_text else ():
            if beyond := [at for at in self._cells_of(number - 1) if at > last]:
                yield number, beyond[0], "表头没有这一列；多半是内容里的分隔符没有加引号，各格错位了"

    def _merged(self) -> Iterator[tuple[int, int, str]]:
        used, numbers = set(self._found.columns.values()), set(self.numbers)
        for top, left, bottom, right in self._found.table.merged:
            columns = sorted(used.intersection(range(left, right + 1)))
            rows = sorted(numbers.intersection(range(top, bottom + 1)))
            if columns and rows:
                yield rows[0], columns[0], "这里的单元格合并了，只有左上角一格有内容；请取消合并，分别填写"


class _Export(Workbook):
    """An export as a workbook, in which a constant has no cell."""

    def location(self, sheet: Sheet | None, row: int, column: int) -> tuple[str, str]:
        return (self.file, "固定值") if column >= _AFTER else super().location(sheet, row, column)


def _day(value: Cell) -> Cell:
    """The day of a moment written as text; the reader of days takes those of Excel."""
    moment = as_moment(value) if isinstance(value, str) else value
    return moment.date() if isinstance(moment, dt.datetime) else value


def _unfit(text: str, column: Column) -> str:
    """Why a text does not fit a cell; empty when it does."""
    if column.kind is Kind.CODE and _SCIENTIFIC.fullmatch(text):
        return f"“{text}”是 Excel 的科学计数，后面的位数已经丢失；请在原系统重新导出，不要用 Excel 打开后另存"
    return unwritable(text)
