"""Every fault of the evidence, told at once: what the one statement of the schema asks of columns, rows and sheets.

All departments' rows of a sheet are checked together, column by column; a row that fails is turned into a fault with
its cell, in Chinese.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd

from scoring.base.characters import CODE_POINT, plain, quoted
from scoring.base.tables import each_row
from scoring.evidence import suggest
from scoring.evidence.reading.cells import EARLIEST, LATEST, READERS, is_host_name, quoted_cell, written_date
from scoring.evidence.reading.columns import TEXTUAL, as_cells
from scoring.evidence.reading.read import MOST_FAULTS, Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, INSPECTED, INSPECTIONS, LEAVES, REVIEWS, Column, Kind, Sheet

Row = Any  # a named tuple of a table's row


class Cell(Protocol):
    """Names the cell of a column, in the row that failed or in another."""

    def __call__(self, key: str, at: int = 0) -> str: ...  # noqa: D102 - a function's type


#: Beyond so many faults of a workbook no intention is looked for: nobody would read it, and it may cost time.
_MOST_INTENTIONS: Final = 2000

#: So many departments are named where one of them is expected.
_MOST_NAMES: Final = 12

_IS_KIND: Final[dict[Kind, Callable[[Any], bool]]] = {
    **dict.fromkeys(TEXTUAL, lambda value: isinstance(value, str)),
    Kind.DATE: lambda value: isinstance(value, dt.date) and EARLIEST <= value <= LATEST,
    Kind.MOMENT: lambda value: isinstance(value, dt.datetime) and EARLIEST <= value.date() <= LATEST,
    Kind.HOST: lambda value: isinstance(value, str) and is_host_name(value),
    Kind.NUMBER: lambda value: isinstance(value, Decimal) and value.is_finite(),
    Kind.ANY: lambda _: True,
}


@dataclass(frozen=True)
class RowCheck:
    """A check across the cells of a row, or across rows and sheets.

    Attributes
    ----------
    column
        Key of the column whose cell is blamed.
    holds
        (the sheet's table, all tables) to a mask of the rows in order.
    found, expected
        What the message says, from the row that failed and a function that names other cells.
    meant
        From that row, what was probably meant.
    """

    sheet: str
    column: str
    holds: Callable[[pd.DataFrame, Tables], pd.Series]
    found: Callable[[Row, Cell], str]
    expected: str | Callable[[Row], str]
    meant: Callable[[Row], str] = lambda _: ""


def check(workbooks: Sequence[Workbook], given: Tables, scheme: Scheme) -> Tables:
    """Check all workbooks; each one's faults are added to it.

    Parameters
    ----------
    given
        Their rows, joined; see :func:`scoring.evidence.reading.read.joined`.

    Returns
    -------
    Tables
        The same, but under ``facts`` one row a department with the 项目 as columns. Rows of faulty workbooks are
        still in it.
    """
    tables = {sheet.key: _own_rows(given[sheet.key], sheet, scheme) for sheet in scheme.sheets}
    items, facts = tables[FACTS], scheme.sheet(FACTS)
    _run(workbooks, facts, items, tables, (_given_once(facts, facts.columns[0], items),))
    tables[FACTS] = _wide_facts(workbooks, items, scheme)
    _check_facts(workbooks, tables[FACTS], scheme)
    checks = (*_general_checks(tables, scheme), *_lists(scheme, workbooks, tables), *_of_inspections(scheme, workbooks))
    for sheet in scheme.rows_sheets:
        own = tuple(row_check for row_check in checks if row_check.sheet == sheet.key)
        _run(workbooks, sheet, tables[sheet.key], tables, own)
    for workbook in workbooks:
        workbook.faults.sort()
    return tables


def _own_rows(table: pd.DataFrame, sheet: Sheet, scheme: Scheme) -> pd.DataFrame:
    """The rows without those of other schemes: of their leaves, of findings on these, and of their 项目."""
    if sheet.key == FACTS:
        foreign = table["item"].isin(scheme.others.facts)
    elif sheet.key == REVIEWS:
        codes = [str(finding).partition("-")[0] for finding in table["finding"]]
        foreign = pd.Series(codes, index=table.index, dtype=object).isin(scheme.others.codes)
    elif sheet.of_leaf:
        foreign = table[sheet.of_leaf.key].isin(scheme.others.codes)
    else:
        return table
    return table[~foreign].reset_index(drop=True) if foreign.any() else table


def _run(
    workbooks: Sequence[Workbook], sheet: Sheet, table: pd.DataFrame, tables: Tables, row_checks: tuple[RowCheck, ...]
) -> None:
    """Check one sheet's table and turn each failure into a fault."""
    judged = _judged(sheet, table, tables, row_checks)
    failed = [(what, at) for what, fails in judged for at in np.flatnonzero(fails).tolist()]
    places = sorted({at for _, at in failed})
    rows = dict(zip(places, each_row(as_cells(table.iloc[places])), strict=True))
    told = Counter[int]()
    for what, at in failed:
        told[rows[at].workbook] += 1
        if told[rows[at].workbook] <= MOST_FAULTS:
            _tell(workbooks, sheet, what, rows[at])


def _judged(
    sheet: Sheet, table: pd.DataFrame, tables: Tables, row_checks: tuple[RowCheck, ...]
) -> Iterator[tuple[Column | RowCheck, np.ndarray]]:
    """Each check across columns, then each column, with which rows fail it (bool): a check says more of a cell."""
    for row_check in row_checks:
        yield row_check, ~row_check.holds(table, tables).to_numpy(bool)
    for column in sheet.columns:
        values, there = table[column.key], table[column.key].notna().to_numpy()
        fits = values.isin(column.choices) if column.choices else _of_kind(column.kind, values)
        yield column, np.where(there, ~fits.to_numpy(bool), column.required)


def _of_kind(kind: Kind, values: pd.Series) -> pd.Series:
    """Which cells are of a kind; a compact column holds nothing else."""
    if values.dtype.kind == "M":
        return values.between(pd.Timestamp(EARLIEST), pd.Timestamp(LATEST))
    if kind in TEXTUAL and isinstance(values.dtype, pd.StringDtype):
        return pd.Series(True, index=values.index)
    return pd.Series(map(_IS_KIND[kind], values), index=values.index, dtype=bool)


def _tell(workbooks: Sequence[Workbook], sheet: Sheet, failed: RowCheck | Column, row: Row) -> None:
    workbook = workbooks[row.workbook]
    hidden: dict[str, str] = {}

    def cell(key: str, at: int = 0) -> str:
        named: str = workbook.cell(sheet, sheet.column(key), at or row.row)
        hidden[named] = workbook.hidden.get((sheet.key, at or row.row, key), "")
        return named

    key = failed.column if isinstance(failed, RowCheck) else failed.key
    if (sheet.key, key) not in workbook.positions:
        return  # The missing column is a fault already; its empty cells are not.
    if _is_told(workbook, sheet, row.row, key):
        return
    cell(key)
    guess = len(workbook.faults) < _MOST_INTENTIONS
    if isinstance(failed, RowCheck):
        found = failed.found(row, cell)
        expected = failed.expected if isinstance(failed.expected, str) else failed.expected(row)
        meant = failed.meant(row) if guess else ""
    else:
        found, expected = found_and_expected(failed, getattr(row, key))
        meant = suggest.of_value(failed, getattr(row, key)) if guess else ""
    workbook.fault(sheet, _with_hidden(found, hidden), expected, row=row.row, column=key, meant=meant)


def _with_hidden(found: str, hidden: Mapping[str, str]) -> str:
    """What was found, and the characters that cannot be seen in these cells, where it does not name them already."""
    words = [
        f"{cell} 中有看不见或易混的字符：{characters}"
        for cell, characters in hidden.items()
        if any(code not in found for code in CODE_POINT.findall(characters))
    ]
    return f"{found}（{'；'.join(words)}）" if words else found


def _is_told(workbook: Workbook, sheet: Sheet, row: int, key: str) -> bool:
    """Whether a fault of the cell has been told already; one is enough."""
    return (sheet.order, row, workbook.positions[sheet.key, key]) in workbook.told


def found_and_expected(column: Column, value: Any) -> tuple[str, str]:
    """What a message says of one value that does not fit its column."""
    if pd.isna(value):
        return f"“{column.name}”为空", f"必须填写{column.expected}"
    expected = column.expected
    if column.kind is Kind.DATE and isinstance(value, str) and written_date(value):
        return f"“{quoted_cell(value)}”没有这一天", expected
    if column.kind in {Kind.CODE, Kind.REFERENCE} and isinstance(value, float):
        found = f"“{value:.0f}”是超过 15 位的数字，Excel 已丢失后面的位数"
        return found, "文字；请把单元格改为“文本”格式，再填写完整的编号"
    if column.kind is Kind.DATE and isinstance(value, float):
        return f"“{quoted_cell(value)}”是数字，不是日期", expected
    return f"“{quoted_cell(value)}”", expected


# --- 基本信息: each 项目 once, each 内容 of its kind ---------------------------------------------------------------


def _wide_facts(workbooks: Sequence[Workbook], items: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """One row a workbook with the 项目 as columns, and ``row_<key>`` telling where each stands (0: nowhere)."""
    facts = {fact.name: fact for fact in scheme.facts}
    records: list[dict[str, Any]] = [
        {"workbook": number, "department": workbook.department} for number, workbook in enumerate(workbooks)
    ]
    for item in each_row(items[items["item"].isin(list(facts))].drop_duplicates(["workbook", "item"])):
        fact = facts[item.item]
        content = None if pd.isna(item.content) else READERS[fact.kind](item.content)
        records[item.workbook] |= {f"fact_{fact.key}": content, f"row_{fact.key}": item.row}
    names = [f"{prefix}_{fact.key}" for fact in scheme.facts for prefix in ("fact", "row")]
    return pd.DataFrame(records, columns=["workbook", "department", *names], dtype=object)


def _check_facts(workbooks: Sequence[Workbook], facts: pd.DataFrame, scheme: Scheme) -> None:
    for row in each_row(facts):
        workbook = workbooks[row.workbook]
        if workbook.is_misnamed(scheme):
            workbook.fault(None, *_file_name(workbook, row.fact_department, scheme))
        if FACTS not in workbook.cells or (FACTS, "item") not in workbook.positions:
            continue
        for fact in scheme.facts:
            _check_fact(workbook, fact, row, scheme)


def _check_fact(workbook: Workbook, fact: Column, row: Row, scheme: Scheme) -> None:
    sheet, at = scheme.sheet(FACTS), getattr(row, f"row_{fact.key}")
    if pd.isna(at) and fact.optional:
        return
    if pd.isna(at):
        workbook.fault(sheet, f"缺少项目“{fact.name}”", f"“项目”列中有一行“{fact.name}”")
    elif (FACTS, "content") in workbook.positions and not _is_told(workbook, sheet, at, "content"):
        place = workbook.cell(sheet, sheet.column("content"), at)
        hidden = {place: workbook.hidden.get((FACTS, at, "content"), "")}
        for found, expected, meant in _fact_faults(fact, row, workbook, scheme):
            workbook.fault(sheet, _with_hidden(found, hidden), expected, row=at, column="content", meant=meant)


def _fact_faults(fact: Column, row: Row, workbook: Workbook, scheme: Scheme) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one fact's value: what stands there, what is expected, what was probably meant."""
    value = getattr(row, f"fact_{fact.key}")
    if pd.isna(value):
        asking = [
            one.name for one in scheme.facts if one.needs == fact.key and pd.notna(getattr(row, f"fact_{one.key}"))
        ]
        if fact.required:
            yield f"“{fact.name}”为空", f"必须填写{fact.expected}", ""
        elif asking:
            yield f"“{fact.name}”为空，而“{asking[0]}”已填写", f"填写了{asking[0]}，就必须填写{fact.name}", ""
        return
    fits = value in fact.choices if fact.choices else _IS_KIND[fact.kind](value)
    expected, meant = _unmet(fact, value, workbook, scheme) if fits else ("", "")
    if not fits:
        yield *found_and_expected(fact, value), suggest.of_value(fact, value)
    elif expected:
        yield f"“{quoted_cell(value)}”", expected, meant


def _unmet(fact: Column, value: Any, workbook: Workbook, scheme: Scheme) -> tuple[str, str]:
    """What a fact of the right kind should have been, empty when it is in order, and what was probably meant."""
    expected = meant = ""
    match fact.key:
        case "department" if workbook.is_misnamed(scheme):
            pass  # The file's name is what is wrong.
        case "department" if workbook.department not in scheme.places:
            expected = f"考核对象之一：{_some(scheme.departments)}"
            meant = suggest.nearest(suggest.squeezed(workbook.department), scheme.departments)
        case "department" if plain(value) != plain(workbook.department):
            expected = f"与文件名一致的部门“{workbook.department}”"
        case "year" if value != str(scheme.year):
            expected = f"考核年度 {scheme.year}"
        case "cut_off" if value.year != scheme.year:
            expected = f"{scheme.year} 年内的一天，或留空（即 12月31日）"
        case _ if fact.kind is Kind.NUMBER and not _within(fact, value):
            expected = f"{fact.range_words}{'' if fact.required else '，或留空'}"
    return expected, meant


def _within(column: Column, value: Any) -> bool:
    return (column.least is None or value >= column.least) and (column.most is None or value <= column.most)


def _file_name(workbook: Workbook, department: object, scheme: Scheme) -> tuple[str, str]:
    """What is told of a file that is not named after a department: what it is called, and what it should be."""
    names = {plain(name): name for name in scheme.departments}
    found = f"文件名“{quoted(workbook.file, 200)}”不是考核对象的名称"
    stem = workbook.file.rpartition(".")[0]
    within = [name for plainly, name in names.items() if plainly in plain(stem) or plain(stem) in plainly]
    own = names.get(plain(str(department))) or (within[0] if len(within) == 1 else "")
    if not own:
        return found, f"考核对象之一的名称加 .xlsx：{_some(scheme.departments)}"
    return found, f"{own}.xlsx；如是多余的副本，请移走"


def _some(departments: Sequence[str]) -> str:
    """The departments, but of a long list its beginning and how many there are."""
    if len(departments) <= _MOST_NAMES:
        return "、".join(departments)
    return f"{'、'.join(departments[:_MOST_NAMES])}……等 {len(departments)} 个"


# --- Checks across cells, rows and sheets -------------------------------------------------------------------------


def _dates(table: pd.DataFrame, key: str) -> pd.Series:
    """A column's days; what is no day is NaT and told elsewhere."""
    values = table[key]
    if values.dtype.kind == "M":
        return values
    days = [value if isinstance(value, dt.date) else None for value in values]
    return pd.to_datetime(pd.Series(days, index=table.index, dtype=object), errors="coerce")


def _general_checks(tables: Tables, scheme: Scheme) -> Iterator[RowCheck]:
    """Unique keys, orders of dates, and what goes together in a row, as the sheets state them."""
    for sheet in scheme.rows_sheets:
        for column in sheet.columns:
            if column.not_before:
                yield _not_before(sheet, column, sheet.column(column.not_before))
            if column.needs:
                yield _needed(sheet, column, sheet.column(column.needs))
            if column.pairs and column.paired_with:
                yield _paired(sheet, column, sheet.column(column.paired_with))
            if (column.least, column.most) != (None, None):
                yield _in_range(sheet, column)
        if sheet.unique:
            yield _given_once(sheet, sheet.column(sheet.unique), tables[sheet.key])


def _not_before(sheet: Sheet, column: Column, earlier: Column) -> RowCheck:
    return RowCheck(
        sheet.key,
        column.key,
        lambda table, _: ~(_dates(table, column.key) < _dates(table, earlier.key)),
        lambda row, cell: (
            f"“{getattr(row, column.key)}”早于{cell(earlier.key)}的{earlier.name}“{getattr(row, earlier.key)}”"
        ),
        f"不早于{earlier.name}的日期",
    )


def _given_once(sheet: Sheet, column: Column, rows: pd.DataFrame) -> RowCheck:
    @cache
    def first() -> dict[tuple[int, Any], int]:
        once = as_cells(rows[["workbook", column.key, "row"]].drop_duplicates(["workbook", column.key]))
        return {(row.workbook, getattr(row, column.key)): row.row for row in each_row(once)}

    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        return table[column.key].isna() | ~table.duplicated(["workbook", column.key])

    return RowCheck(
        sheet.key,
        column.key,
        holds,
        lambda row, cell: (
            f"“{quoted_cell(getattr(row, column.key))}”与"
            f"{cell(column.key, first()[row.workbook, getattr(row, column.key)])}重复"
        ),
        f"每个“{column.name}”只出现一次",
    )


def _needed(sheet: Sheet, column: Column, other: Column) -> RowCheck:
    """Where one column is filled in, another must be; the empty cell is blamed."""
    both = f"{column.name}与{other.name}同时填写或同时留空"
    return RowCheck(
        sheet.key,
        other.key,
        lambda table, _: table[column.key].isna() | table[other.key].notna(),
        lambda _, cell: f"“{other.name}”为空，而{cell(column.key)}已填写",
        both if other.needs == column.key else f"填写了{column.name}，就必须填写{other.name}",
    )


def _in_range(sheet: Sheet, column: Column) -> RowCheck:
    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        numbers = [not isinstance(value, Decimal) or _within(column, value) for value in table[column.key]]
        return pd.Series(numbers, index=table.index, dtype=bool)

    return RowCheck(
        sheet.key, column.key, holds, lambda row, _: f"“{quoted_cell(getattr(row, column.key))}”", column.range_words
    )


def _paired(sheet: Sheet, column: Column, by: Column) -> RowCheck:
    pairs = column.pairs
    return RowCheck(
        sheet.key,
        column.key,
        lambda table, _: pd.Series(
            [
                key not in pairs or word in pairs[key] or pd.isna(word)
                for key, word in zip(table[by.key], table[column.key], strict=True)
            ],
            index=table.index,
            dtype=bool,
        ),
        lambda row, cell: f"“{quoted_cell(getattr(row, column.key))}”与{cell(by.key)}的“{getattr(row, by.key)}”不相配",
        lambda row: f"该{by.name}的{column.name}：{'、'.join(pairs[getattr(row, by.key)])}",
        lambda row: suggest.choice(getattr(row, column.key), pairs[getattr(row, by.key)]),
    )


def _of_inspections(scheme: Scheme, workbooks: Sequence[Workbook]) -> Iterator[RowCheck]:
    """What 核查情况 must hold: by whom and when, and a day to judge on for leaves that are judged on days."""
    sheet = scheme.sheet(INSPECTIONS)
    for key in ("inspector", "inspected_on"):
        yield _inspected_with(sheet.column(key))
    for key in dict.fromkeys(leaf.judged_on for leaf in scheme.leaves if leaf.judged_on):
        yield _has_a_day(scheme, scheme.sheet(key), workbooks)


def _inspected_with(column: Column) -> RowCheck:
    return RowCheck(
        INSPECTIONS,
        column.key,
        lambda table, _: (table["status"] != INSPECTED) | table[column.key].notna(),
        lambda _, cell: f"“{column.name}”为空，而{cell('status')}为“{INSPECTED}”",
        f"{INSPECTED}的指标必须填写{column.name}",
    )


def _has_a_day(scheme: Scheme, sheet: Sheet, workbooks: Sequence[Workbook]) -> RowCheck:
    """A leaf that is judged on certain days is 已核查 only where the period has such a day."""
    dated = str(sheet.dated_by)
    judged = {leaf.code for leaf in scheme.leaves if leaf.judged_on == sheet.key}
    unread = _without(workbooks, sheet.key, dated)

    def holds(table: pd.DataFrame, tables: Tables) -> pd.Series:
        rows, facts = tables[sheet.key], tables[FACTS].set_index("workbook")
        days = _dates(rows, dated)
        ends = _dates(facts, "fact_cut_off").fillna(pd.Timestamp(scheme.year, 12, 31))
        inside = (days >= pd.Timestamp(scheme.year, 1, 1)) & (days <= ends.reindex(rows["workbook"]).to_numpy())
        asked = table["code"].isin(judged) & (table["status"] == INSPECTED)
        return ~asked | table["workbook"].isin({*rows.loc[inside, "workbook"], *unread})

    name = sheet.column(dated).name
    return RowCheck(
        INSPECTIONS,
        "status",
        holds,
        lambda row, _: f"{row.code} 为“{INSPECTED}”，而《{sheet.name}》在考核期内没有一行",
        f"《{sheet.name}》至少有一个考核期内的{name}",
    )


def _lists(scheme: Scheme, workbooks: Sequence[Workbook], tables: Tables) -> Iterator[RowCheck]:
    """Columns whose words stand elsewhere: codes of leaves, or the unique column of another sheet."""
    leaves = {leaf.code: leaf.name for leaf in scheme.leaves}
    for sheet in scheme.rows_sheets:
        for column in sheet.columns:
            if column.one_of == LEAVES:
                kinds = next((one.pairs for one in sheet.columns if one.paired_with == column.key), None)
                names = leaves if kinds is None else {code: leaves[code] for code in kinds}
                yield _code_among(sheet, column, names, among_few=kinds is not None)
            elif column.one_of:
                yield _listed(sheet, column, scheme.sheet(column.one_of), workbooks, tables)


def _code_among(sheet: Sheet, column: Column, names: Mapping[str, str], *, among_few: bool) -> RowCheck:
    """The column holds one of these codes."""
    codes = list(names)
    first, last = codes[0], codes[-1]
    if among_few:
        expected = f"可记《{sheet.name}》的指标之一：{'、'.join(names)}"
    else:
        expected = f"末级指标的编号之一，如 {'、'.join(dict.fromkeys((first, last)))}"
    return RowCheck(
        sheet.key,
        column.key,
        lambda table, _: table[column.key].isna() | table[column.key].isin(list(names)),
        lambda row, _: f"“{quoted_cell(getattr(row, column.key))}”",
        expected,
        lambda row: suggest.code(getattr(row, column.key), names),
    )


def _listed(sheet: Sheet, column: Column, lists: Sheet, workbooks: Sequence[Workbook], tables: Tables) -> RowCheck:
    """The word of a column is one that another sheet lists, where that could be read."""
    key = str(lists.unique)
    rows, unread = tables[lists.key], _without(workbooks, lists.key, key)
    given = pd.MultiIndex.from_frame(rows[["workbook", key]])

    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        named = pd.MultiIndex.from_frame(table[["workbook", column.key]])
        return table[column.key].isna() | named.isin(given) | table["workbook"].isin(unread)

    @cache
    def names(workbook: int) -> tuple[str, ...]:
        own = rows.loc[rows["workbook"] == workbook, key]
        return tuple(own.dropna().astype(str).unique()[: suggest.MOST + 1])

    return RowCheck(
        sheet.key,
        column.key,
        holds,
        lambda row, _: f"{column.name}“{quoted_cell(getattr(row, column.key))}”不在《{lists.name}》中",
        f"《{lists.name}》列出的{column.name}之一",
        lambda row: suggest.nearest(suggest.squeezed(getattr(row, column.key)), names(row.workbook)),
    )


def _without(workbooks: Sequence[Workbook], sheet: str, column: str) -> set[int]:
    """The workbooks that lack a column, or its whole sheet: a fault already, and the cause of whatever rests on it."""
    return {number for number, workbook in enumerate(workbooks) if (sheet, column) not in workbook.positions}
