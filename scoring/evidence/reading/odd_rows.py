"""Rows of a sheet that are not records: a repeated header, a total, a note below the table.

Each becomes one fault that names it, instead of one for every cell that does not fit.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scoring.base.characters import plain
from scoring.evidence.reading.cells import Cell, quoted_cell
from scoring.evidence.reading.workbook import Cells
from scoring.evidence.reading.worksheet import Grid
from scoring.evidence.suggest import choice
from scoring.scheme.sheets import DAYS, Column, Kind, Sheet

_TOTAL: Final = re.compile(
    r"(本页|本月|本季|本年|全年)?(合计|总计|小计|共计|累计|总数|总和)[:：]?|共计?\d+[条项件个次封]|[Tt]otal|TOTAL"
)
_NOTE: Final = re.compile(
    r"(注|备注|说明|附注|附|填表|制表|填报|审核|复核|经办|统计|截至|截止|以上|以下|数据来源|来源|单位|日期|联系|打印|导出)"
    r".*[:：，,。；;].*|(以上|以下|截至|共).{4,}",
    re.DOTALL,
)

#: Kinds whose parsed cells are not texts.
_NO_TEXT: Final = DAYS | {Kind.NUMBER}
#: The most rows that are examined.
_MOST: Final = 1_000


def odd_rows(sheet: Sheet, cells: Cells, grid: Grid) -> Mapping[int, tuple[int, str, str]]:
    """For rows that are not records: row to the column of its first cell, what it is, and what is expected."""
    found = {}
    for row in sorted({*_suspects(sheet, cells)})[:_MOST]:
        filled = _filled(grid, row)
        if filled and (odd := _odd(sheet, cells, row, list(filled.values()))):
            found[row] = next(iter(filled)), *odd
    return found


def _suspects(sheet: Sheet, cells: Cells) -> Iterator[int]:
    """The rows with a column's name in it, an empty cell that is required, or a cell of no kind that belongs there."""
    for column in sheet.columns:
        values = cells.columns[column.key]
        if odd := {value for value in set(values) if value == column.name or not _fits(column, value)}:
            yield from (row for row, value in zip(cells.rows, values, strict=True) if value in odd)


def _fits(column: Column, value: Cell) -> bool:
    if value is None:
        return not column.required
    if column.choices:
        return value in column.choices
    return column.kind not in _NO_TEXT or not isinstance(value, str)


def _filled(grid: Grid, row: int) -> dict[int, Any]:
    """Column number to the cells of a row that are not empty, also in columns that are not read."""
    filled = {}
    for number, (rows, values) in grid.columns.items():
        at = bisect_left(rows, row)
        if at < len(rows) and rows[at] == row and plain(str(values[at])):
            filled[number] = values[at]
    return filled


def _odd(sheet: Sheet, cells: Cells, row: int, values: list[Any]) -> tuple[str, str] | None:
    """What a row is instead of a record, and what is expected; None if it may be a record."""
    texts = {"".join(plain(value).split()): value for value in values if isinstance(value, str)}
    names = {column.name for column in sheet.columns}
    if len(texts) == len(values) and names.issuperset(texts) and (len(texts) > 1 or len(names) == 1):
        return "这一行又是表头", "一条记录；请删除这一行"
    here = bisect_left(cells.rows, row)
    unfit = [column for column in sheet.columns if not _fits(column, cells.columns[column.key][here])]
    if not unfit:
        return None
    if total := next(filter(_TOTAL.fullmatch, texts), None):
        return f"“{quoted_cell(texts[total])}”：这一行是合计，不是记录", "一条记录；请删除这一行，程序会自行统计"
    only = next(iter(texts), "")
    if len(values) == len(texts) == 1 and (_NOTE.fullmatch(only) or _is_misplaced(sheet, cells, here)):
        found = f"“{quoted_cell(texts[only])}”：这一行只有说明文字，不是记录"
        return found, "一条记录；请把说明移到别的工作表，或补全这一行"
    return None


def _is_misplaced(sheet: Sheet, cells: Cells, here: int) -> bool:
    """Whether the only text of a row is in a column for other values, or in one that is not read."""
    filled = next((column for column in sheet.columns if cells.columns[column.key][here] is not None), None)
    if filled is None:
        return True
    value = cells.columns[filled.key][here]
    misspelt = bool(filled.choices) and bool(choice(value, filled.choices))
    return len(sheet.columns) > 1 and not _fits(filled, value) and not misspelt
