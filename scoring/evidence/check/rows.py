"""What a cell, a row and a sheet must hold, as the scheme states it, and what a message says where it does not."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any, Final, Protocol

import pandas as pd

from scoring.base.characters import CODE_POINT, plain
from scoring.base.tables import each_row
from scoring.evidence import suggest
from scoring.evidence.reading.cells import (
    EARLIEST,
    LATEST,
    TEXTUAL,
    as_cells,
    is_host_name,
    quoted_cell,
    written_date,
    written_moment,
)
from scoring.evidence.reading.workbook import Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, FACTS, INSPECTED, INSPECTIONS, LEAVES, Column, Kind, Sheet

Row = Any  # a named tuple of a table's row
_DAY: Final = pd.Timedelta(days=1)


_FITS: Final[dict[Kind, Callable[[Any], bool]]] = {
    **dict.fromkeys(TEXTUAL, lambda value: isinstance(value, str)),
    Kind.DATE: lambda value: isinstance(value, dt.date) and EARLIEST <= value <= LATEST,
    Kind.MOMENT: lambda value: isinstance(value, dt.datetime) and EARLIEST <= value.date() <= LATEST,
    Kind.HOST: lambda value: isinstance(value, str) and is_host_name(value),
    Kind.NUMBER: lambda value: isinstance(value, Decimal) and value.is_finite(),
    Kind.ANY: lambda _: True,
}


def rewritten(column: Column) -> dict[str, str]:
    """The words of a column's lists that reading changes, by what it makes of them."""
    words = (*column.choices, *chain.from_iterable(column.pairs.values()))
    return {plain(word): word for word in words if plain(word) != word}


def fits(column: Column, value: Any) -> bool:
    """Whether a value, not an empty one, is of its column's kind and in its list."""
    return value in column.choices if column.choices else _FITS[column.kind](value)


def _which_fit(column: Column, values: pd.Series) -> pd.Series:
    """The same for every cell of a column; what it says of empty cells means nothing."""
    if column.choices:
        return values.isin(column.choices)
    if values.dtype.kind == "M":
        return (values >= pd.Timestamp(EARLIEST)) & (values < pd.Timestamp(LATEST) + pd.Timedelta(days=1))
    if column.kind in TEXTUAL and isinstance(values.dtype, pd.StringDtype):
        return pd.Series(True, index=values.index)
    return pd.Series(map(_FITS[column.kind], values), index=values.index, dtype=bool)


def _found_and_expected(column: Column, value: Any) -> tuple[str, str]:
    """What a message says of a value that does not fit its column."""
    expected = column.expected
    if pd.isna(value):
        return f"“{column.name}”为空", f"必须填写{expected}"
    found = f"“{quoted_cell(value)}”"
    if column.kind in {Kind.CODE, Kind.REFERENCE} and isinstance(value, float):
        found = f"“{value:.0f}”是超过 15 位的数字，Excel 已丢失后面的位数"
        return found, "文字；请把单元格改为“文本”格式，再填写完整的编号"
    if column.kind in DAYS and isinstance(value, float):
        return f"{found}是数字，不是{'日期' if column.kind is Kind.DATE else '日期和时间'}", expected
    if isinstance(value, str) and column.kind is Kind.DATE and written_date(value):
        found += "没有这一天"
    elif isinstance(value, str) and column.kind is Kind.MOMENT and written_moment(value):
        found += "没有这个时间"
    return found, expected


def with_hidden(found: str, hidden: Mapping[str, str]) -> str:
    """What was found, and which characters of these cells cannot be seen, where it does not name them already."""
    words = [
        f"{cell} 中有看不见或易混的字符：{characters}"
        for cell, characters in hidden.items()
        if any(code not in found for code in CODE_POINT.findall(characters))
    ]
    return f"{found}（{'；'.join(words)}）" if words else found


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


def of_kind(sheet: Sheet, column: Column) -> RowCheck:
    """A cell holds what belongs in its column, and is not empty where it must be filled in."""
    return RowCheck(
        sheet.key,
        column.key,
        lambda table, _: _which_fit(column, table[column.key]).where(table[column.key].notna(), not column.required),
        lambda row, _: _found_and_expected(column, getattr(row, column.key))[0],
        lambda row: _found_and_expected(column, getattr(row, column.key))[1],
        lambda row: suggest.of_value(column, getattr(row, column.key)),
    )


def row_checks(scheme: Scheme, workbooks: Sequence[Workbook], tables: Tables) -> Iterator[RowCheck]:
    """The checks of every sheet but 基本信息; of a cell's faults, the first is reported."""
    for sheet in scheme.rows_sheets:
        for column in sheet.columns:
            yield from within_row(sheet, column)
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
    yield from (of_kind(sheet, column) for sheet in scheme.rows_sheets for column in sheet.columns)


def within_row(sheet: Sheet, column: Column) -> Iterator[RowCheck]:
    """The checks of a cell against others of its row, and against its column's bounds."""
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
    is_fact = sheet.key == FACTS
    both = f"{column.name}与{other.name}同时填写或同时留空"
    expected = both if other.needs == column.key else f"填写了{column.name}，就必须填写{other.name}"
    return RowCheck(
        sheet.key,
        other.key,
        lambda table, _: table[column.key].isna() | table[other.key].notna(),
        lambda _, cell: f"“{other.name}”为空，而{f'“{column.name}”' if is_fact else cell(column.key)}已填写",
        lambda _: expected,
    )


def _in_range(sheet: Sheet, column: Column) -> RowCheck:
    least, most = (
        -math.inf if column.least is None else column.least,
        math.inf if column.most is None else column.most,
    )

    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        numbers = [value if isinstance(value, Decimal) else None for value in table[column.key]]
        within = [number is None or (least <= number <= most) for number in numbers]
        return pd.Series(within, index=table.index, dtype=bool)

    words = f"{column.range_words}{'，或留空' if sheet.key == FACTS and not column.required else ''}"
    return RowCheck(sheet.key, column.key, holds, quoting(column), lambda _: words)


def quoting(column: Column) -> Callable[[Row, CellName], str]:
    """Says of a cell what it holds."""
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
        quoting(column),
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
        ends = _moments(facts, "cut_off").fillna(pd.Timestamp(scheme.year, 12, 31)) + _DAY
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
