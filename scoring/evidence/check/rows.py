"""Checks across the cells of a row, across rows and across sheets, as the scheme's sheets state them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, Protocol

import pandas as pd

from scoring.base.tables import each_row
from scoring.evidence import suggest
from scoring.evidence.check.values import is_within
from scoring.evidence.reading.cells import quoted_cell
from scoring.evidence.reading.columns import as_cells
from scoring.evidence.reading.workbook import Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, INSPECTED, INSPECTIONS, LEAVES, Column, Sheet

Row = Any  # a named tuple of a table's row
_DAY: Final = pd.Timedelta(days=1)


class CellName(Protocol):
    """Names the cell of a column, in the row that failed or in another."""

    def __call__(self, key: str, at: int = 0) -> str: ...  # noqa: D102 - a function's type


@dataclass(frozen=True)
class RowCheck:
    """A check across the cells of a row, or across rows and sheets; messages are made from the row that failed."""

    sheet: str
    column: str  # whose cell is at fault
    holds: Callable[[pd.DataFrame, Tables], pd.Series]  # the sheet's table and all tables to a mask of the rows
    found: Callable[[Row, CellName], str]
    expected: Callable[[Row], str]
    meant: Callable[[Row], str] = lambda _: ""


def row_checks(scheme: Scheme, workbooks: Sequence[Workbook], tables: Tables) -> Iterator[RowCheck]:
    """The checks of every sheet but 基本信息."""
    for sheet in scheme.rows_sheets:
        for column in sheet.columns:
            yield from _within_row(sheet, column)
            if column.one_of == LEAVES:
                yield _code_of_leaf(sheet, column, scheme)
            elif column.one_of:
                yield _listed(sheet, column, scheme.sheet(column.one_of), workbooks, tables)
        if sheet.unique:
            yield given_once(sheet, sheet.column(sheet.unique), tables[sheet.key])
    for key in ("inspector", "inspected_on"):
        yield _inspected_with(scheme.sheet(INSPECTIONS).column(key))
    for key in dict.fromkeys(leaf.judged_on for leaf in scheme.leaves if leaf.judged_on):
        yield _has_a_day(scheme, scheme.sheet(key), workbooks)


def _within_row(sheet: Sheet, column: Column) -> Iterator[RowCheck]:
    if column.not_before:
        yield _not_before(sheet, column, sheet.column(column.not_before))
    if column.needs:
        yield _needed(sheet, column, sheet.column(column.needs))
    if column.pairs and column.paired_with:
        yield _paired(sheet, column, sheet.column(column.paired_with))
    if column.least is not None or column.most is not None:
        yield _in_range(sheet, column)


def _moments(table: pd.DataFrame, key: str) -> pd.Series:
    """A column's days or moments; NaT for anything else, which is reported separately."""
    values = table[key]
    if values.dtype.kind == "M":
        return values
    days = [value if isinstance(value, dt.date) else None for value in values]
    return pd.to_datetime(pd.Series(days, index=table.index, dtype=object), errors="coerce")


def _not_before(sheet: Sheet, column: Column, earlier: Column) -> RowCheck:
    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        later, first = _moments(table, column.key), _moments(table, earlier.key)
        if column.kind is not earlier.kind:  # A day and a moment of that day are in order.
            later, first = later.dt.normalize(), first.dt.normalize()
        return ~(later < first)

    def found(row: Row, cell: CellName) -> str:
        first = f"{cell(earlier.key)}的{earlier.name}“{quoted_cell(getattr(row, earlier.key))}”"
        return f"“{quoted_cell(getattr(row, column.key))}”早于{first}"

    return RowCheck(sheet.key, column.key, holds, found, lambda _: f"不早于{earlier.name}的日期")


def given_once(sheet: Sheet, column: Column, rows: pd.DataFrame) -> RowCheck:
    """Each value of the column occurs once in a workbook."""

    @cache
    def first() -> dict[tuple[int, Any], int]:
        once = as_cells(rows[["workbook", column.key, "row"]].drop_duplicates(["workbook", column.key]))
        return {(row.workbook, getattr(row, column.key)): row.row for row in each_row(once)}

    def found(row: Row, cell: CellName) -> str:
        value = getattr(row, column.key)
        return f"“{quoted_cell(value)}”与{cell(column.key, first()[row.workbook, value])}重复"

    return RowCheck(
        sheet.key,
        column.key,
        lambda table, _: table[column.key].isna() | ~table.duplicated(["workbook", column.key]),
        found,
        lambda _: f"每个“{column.name}”只出现一次",
    )


def _needed(sheet: Sheet, column: Column, other: Column) -> RowCheck:
    """Where one column is filled in, another must be; the empty cell is at fault."""
    both = f"{column.name}与{other.name}同时填写或同时留空"
    expected = both if other.needs == column.key else f"填写了{column.name}，就必须填写{other.name}"
    return RowCheck(
        sheet.key,
        other.key,
        lambda table, _: table[column.key].isna() | table[other.key].notna(),
        lambda _, cell: f"“{other.name}”为空，而{cell(column.key)}已填写",
        lambda _: expected,
    )


def _in_range(sheet: Sheet, column: Column) -> RowCheck:
    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        numbers = [not isinstance(value, Decimal) or is_within(column, value) for value in table[column.key]]
        return pd.Series(numbers, index=table.index, dtype=bool)

    return RowCheck(sheet.key, column.key, holds, _quoting(column), lambda _: column.range_words)


def _quoting(column: Column) -> Callable[[Row, CellName], str]:
    return lambda row, _: f"“{quoted_cell(getattr(row, column.key))}”"


def _paired(sheet: Sheet, column: Column, by: Column) -> RowCheck:
    pairs = column.pairs

    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        words = zip(table[by.key], table[column.key], strict=True)
        fit = [key not in pairs or word in pairs[key] or pd.isna(word) for key, word in words]
        return pd.Series(fit, index=table.index, dtype=bool)

    return RowCheck(
        sheet.key,
        column.key,
        holds,
        lambda row, cell: f"“{quoted_cell(getattr(row, column.key))}”与{cell(by.key)}的“{getattr(row, by.key)}”不相配",
        lambda row: f"该{by.name}的{column.name}：{'、'.join(pairs[getattr(row, by.key)])}",
        lambda row: suggest.choice(getattr(row, column.key), pairs[getattr(row, by.key)]),
    )


def _code_of_leaf(sheet: Sheet, column: Column, scheme: Scheme) -> RowCheck:
    """The cell holds the code of a leaf; if another column holds its kinds, of a leaf that has kinds."""
    names = {leaf.code: leaf.name for leaf in scheme.leaves}
    pairs = next((one.pairs for one in sheet.columns if one.paired_with == column.key), None)
    if pairs is None:
        expected = f"末级指标的编号之一，如 {'、'.join(dict.fromkeys((next(iter(names)), next(reversed(names)))))}"
    else:
        names = {code: names[code] for code in pairs}
        expected = f"可记《{sheet.name}》的指标之一：{'、'.join(names)}"
    return RowCheck(
        sheet.key,
        column.key,
        lambda table, _: table[column.key].isna() | table[column.key].isin(list(names)),
        _quoting(column),
        lambda _: expected,
        lambda row: suggest.code(getattr(row, column.key), names),
    )


def _listed(sheet: Sheet, column: Column, lists: Sheet, workbooks: Sequence[Workbook], tables: Tables) -> RowCheck:
    """A word that another sheet lists, where that sheet could be read."""
    key = str(lists.unique)
    rows, unread = tables[lists.key], _without(workbooks, lists.key, key)
    given = pd.MultiIndex.from_frame(rows[["workbook", key]])

    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        words = pd.MultiIndex.from_frame(table[["workbook", column.key]])
        return table[column.key].isna() | words.isin(given) | table["workbook"].isin(unread)

    @cache
    def names(workbook: int) -> tuple[str, ...]:
        own = rows.loc[rows["workbook"] == workbook, key]
        return tuple(own.dropna().astype(str).unique()[: suggest.MOST + 1])

    return RowCheck(
        sheet.key,
        column.key,
        holds,
        lambda row, _: f"{column.name}“{quoted_cell(getattr(row, column.key))}”不在《{lists.name}》中",
        lambda _: f"《{lists.name}》列出的{column.name}之一",
        lambda row: suggest.nearest(suggest.squeezed(getattr(row, column.key)), names(row.workbook)),
    )


def _inspected_with(column: Column) -> RowCheck:
    return RowCheck(
        INSPECTIONS,
        column.key,
        lambda table, _: (table["status"] != INSPECTED) | table[column.key].notna(),
        lambda _, cell: f"“{column.name}”为空，而{cell('status')}为“{INSPECTED}”",
        lambda _: f"{INSPECTED}的指标必须填写{column.name}",
    )


def _has_a_day(scheme: Scheme, sheet: Sheet, workbooks: Sequence[Workbook]) -> RowCheck:
    """A leaf that is judged on certain days is 已核查 only where the period has such a day."""
    dated = str(sheet.dated_by)
    judged = {leaf.code for leaf in scheme.leaves if leaf.judged_on == sheet.key}
    unread = _without(workbooks, sheet.key, dated)

    def holds(table: pd.DataFrame, tables: Tables) -> pd.Series:
        rows, facts = tables[sheet.key], tables[FACTS].set_index("workbook")
        days = _moments(rows, dated)
        ends = _moments(facts, "fact_cut_off").fillna(pd.Timestamp(scheme.year, 12, 31)) + _DAY
        inside = (days >= pd.Timestamp(scheme.year, 1, 1)) & (days < ends.reindex(rows["workbook"]).to_numpy())
        asked = table["code"].isin(judged) & (table["status"] == INSPECTED)
        return ~asked | table["workbook"].isin({*rows.loc[inside, "workbook"], *unread})

    name = sheet.column(dated).name
    return RowCheck(
        INSPECTIONS,
        "status",
        holds,
        lambda row, _: f"{row.code} 为“{INSPECTED}”，而《{sheet.name}》在考核期内没有一行",
        lambda _: f"《{sheet.name}》至少有一个考核期内的{name}",
    )


def _without(workbooks: Sequence[Workbook], sheet: str, column: str) -> set[int]:
    """The workbooks that lack a column or its sheet: that is reported, and not what depends on it."""
    return {number for number, workbook in enumerate(workbooks) if (sheet, column) not in workbook.positions}
