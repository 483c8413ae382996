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

from scoring.characters import CODE_POINT, plain, quoted
from scoring.evidence import intentions
from scoring.evidence.cells import EARLIEST, LATEST, READERS, is_host_name, quoted_cell, written_date
from scoring.evidence.columns import TEXTUAL, as_cells
from scoring.evidence.read import MOST_FAULTS, Tables, Workbook
from scoring.evidence.schema import FACTS, FACTS_SHEET, INSPECTED, SHEETS, Column, Kind, Sheet
from scoring.points import shown
from scoring.scheme import Scheme
from scoring.tables import each_row

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
        Their rows, joined; see :func:`scoring.evidence.read.joined`.

    Returns
    -------
    Tables
        The same, but under ``facts`` one row a department with the 项目 as columns. Rows of faulty workbooks are
        still in it.
    """
    tables, items = dict(given), given["facts"]
    _run(workbooks, FACTS_SHEET, items, tables, (_given_once(FACTS_SHEET, FACTS_SHEET.columns[0], items),))
    tables["facts"] = _wide_facts(workbooks, items)
    _check_facts(workbooks, tables["facts"], scheme)
    checks = (
        *_general_checks(tables),
        *_checks_of_the_scheme(scheme, workbooks),
        _listed_column(workbooks, tables),
        *_CHECKS,
    )
    for sheet in SHEETS[1:]:
        own = tuple(row_check for row_check in checks if row_check.sheet == sheet.key)
        _run(workbooks, sheet, tables[sheet.key], tables, own)
    for workbook in workbooks:
        workbook.faults.sort()
    return tables


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
        meant = intentions.of_value(failed, getattr(row, key)) if guess else ""
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
    return (SHEETS.index(sheet), row, workbook.positions[sheet.key, key]) in workbook.told


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


def _wide_facts(workbooks: Sequence[Workbook], items: pd.DataFrame) -> pd.DataFrame:
    """One row a workbook with the 项目 as columns, and ``row_<key>`` telling where each stands (0: nowhere)."""
    facts = {fact.name: fact for fact in FACTS}
    records: list[dict[str, Any]] = [
        {"workbook": number, "department": workbook.department} for number, workbook in enumerate(workbooks)
    ]
    for item in each_row(items[items["item"].isin(list(facts))].drop_duplicates(["workbook", "item"])):
        fact = facts[item.item]
        content = None if pd.isna(item.content) else READERS[fact.kind](item.content)
        records[item.workbook] |= {f"fact_{fact.key}": content, f"row_{fact.key}": item.row}
    names = [f"{prefix}_{fact.key}" for fact in FACTS for prefix in ("fact", "row")]
    return pd.DataFrame(records, columns=["workbook", "department", *names], dtype=object)


def _check_facts(workbooks: Sequence[Workbook], facts: pd.DataFrame, scheme: Scheme) -> None:
    for row in each_row(facts):
        workbook = workbooks[row.workbook]
        if workbook.is_misnamed(scheme):
            workbook.fault(None, *_file_name(workbook, row.fact_department, scheme))
        if "facts" not in workbook.cells or ("facts", "item") not in workbook.positions:
            continue
        for fact in FACTS:
            at = getattr(row, f"row_{fact.key}")
            if pd.isna(at):
                workbook.fault(FACTS_SHEET, f"缺少项目“{fact.name}”", f"“项目”列中有一行“{fact.name}”")
            elif ("facts", "content") in workbook.positions and not _is_told(workbook, FACTS_SHEET, at, "content"):
                place = workbook.cell(FACTS_SHEET, FACTS_SHEET.column("content"), at)
                hidden = {place: workbook.hidden.get(("facts", at, "content"), "")}
                for found, expected, meant in _fact_faults(fact, row, workbook, scheme):
                    told = _with_hidden(found, hidden)
                    workbook.fault(FACTS_SHEET, told, expected, row=at, column="content", meant=meant)


def _fact_faults(fact: Column, row: Row, workbook: Workbook, scheme: Scheme) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one fact's value: what stands there, what is expected, what was probably meant."""
    value = getattr(row, f"fact_{fact.key}")
    if pd.isna(value):
        if fact.required:
            yield f"“{fact.name}”为空", f"必须填写{fact.expected}", ""
        elif fact.key == "performance_note" and pd.notna(row.fact_performance):
            yield "“网站性能评分说明”为空，而“网站性能得分”已填写", "有得分就必须填写评分说明", ""
        return
    fits = value in fact.choices if fact.choices else _IS_KIND[fact.kind](value)
    expected, meant = _unmet(fact.key, value, workbook, scheme) if fits else ("", "")
    if not fits:
        yield *found_and_expected(fact, value), intentions.of_value(fact, value, scheme.most_marks)
    elif expected:
        yield f"“{quoted_cell(value)}”", expected, meant


def _unmet(key: str, value: Any, workbook: Workbook, scheme: Scheme) -> tuple[str, str]:
    """What a fact of the right kind should have been, empty when it is in order, and what was probably meant."""
    expected = meant = ""
    match key:
        case "department" if workbook.is_misnamed(scheme):
            pass  # The file's name is what is wrong.
        case "department" if workbook.department not in scheme.places:
            expected = f"考核对象之一：{_some(scheme.departments)}"
            meant = intentions.nearest(intentions.squeezed(workbook.department), scheme.departments)
        case "department" if plain(value) != plain(workbook.department):
            expected = f"与文件名一致的部门“{workbook.department}”"
        case "year" if value != str(scheme.year):
            expected = f"考核年度 {scheme.year}"
        case "cut_off" if value.year != scheme.year:
            expected = f"{scheme.year} 年内的一天，或留空（即 12月31日）"
        case "domain" if not is_host_name(value):
            expected = "网站域名，如 rsj.leiyang.gov.cn（不含 http:// 和路径）"
            meant = intentions.host_name(value)
        case "performance" if scheme.most_marks is not None and not 0 <= value <= scheme.most_marks:
            expected = f"0 到 {shown(scheme.most_marks)} 之间的数字，或留空"
    return expected, meant


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


def _general_checks(tables: Tables) -> Iterator[RowCheck]:
    """Unique keys and orders of dates, as the schema states them."""
    for sheet in SHEETS[1:]:
        for column in sheet.columns:
            if column.not_before:
                yield _not_before(sheet, column, sheet.column(column.not_before))
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


def _both_or_neither(present: str, absent: str, words: str) -> RowCheck:
    """In 领导信箱 the one goes with the other; the empty cell is blamed."""
    return RowCheck(
        "letters",
        absent,
        lambda table, _: table[present].isna() | table[absent].notna(),
        lambda _, cell: f"{words}为空，而{cell(present)}已填写",
        "回复日期与回复内容同时填写或同时留空",
    )


def _inspected_with(key: str, name: str) -> RowCheck:
    return RowCheck(
        "inspections",
        key,
        lambda table, _: (table["status"] != INSPECTED) | table[key].notna(),
        lambda _, cell: f"“{name}”为空，而{cell('status')}为“{INSPECTED}”",
        f"{INSPECTED}的指标必须填写{name}",
    )


def _paired(scheme: Scheme, sheet: str, column: str, by: str, expected: str) -> RowCheck:
    pairs = scheme.pairs[sheet]
    return RowCheck(
        sheet,
        column,
        lambda table, _: pd.Series(
            [
                key not in pairs or word in pairs[key] or pd.isna(word)
                for key, word in zip(table[by], table[column], strict=True)
            ],
            index=table.index,
            dtype=bool,
        ),
        lambda row, cell: f"“{quoted_cell(getattr(row, column))}”与{cell(by)}的“{getattr(row, by)}”不相配",
        lambda row: f"{expected}{'、'.join(pairs[getattr(row, by)])}",
        lambda row: intentions.choice(getattr(row, column), pairs[getattr(row, by)]),
    )


_CHECKS: Final = (
    _both_or_neither("replied", "reply", "“回复内容”"),
    _both_or_neither("reply", "replied", "“回复日期”"),
    _inspected_with("inspector", "核查人"),
    _inspected_with("inspected_on", "核查日期"),
)


def _checks_of_the_scheme(scheme: Scheme, workbooks: Sequence[Workbook]) -> Iterator[RowCheck]:
    """Checks that need the scheme: its words, the codes of its leaves, and its period."""
    yield _paired(scheme, "faults", "kind", "code", "该指标的问题类型：")
    yield _paired(scheme, "censures", "source", "kind", "该类型的来源：")
    leaves = {leaf.code: leaf.name for leaf in scheme.leaves}
    monitored = {code: name for code, name in leaves.items() if code in scheme.pairs["faults"]}
    first, *_, last = leaves
    yield _code_among("inspections", leaves, f"末级指标的编号之一，如 {first}、{last}")
    yield _code_among("faults", monitored, f"可记监测发现的指标之一：{'、'.join(monitored)}")
    unread = _without(workbooks, "checkpoints", "day")

    def has_checkpoint(table: pd.DataFrame, tables: Tables) -> pd.Series:
        checkpoints, facts = tables["checkpoints"], tables["facts"].set_index("workbook")
        days = _dates(checkpoints, "day")
        ends = _dates(facts, "fact_cut_off").fillna(pd.Timestamp(scheme.year, 12, 31))
        inside = (days >= pd.Timestamp(scheme.year, 1, 1)) & (days <= ends.reindex(checkpoints["workbook"]).to_numpy())
        judged = table["code"].isin(scheme.judged_at_checkpoints) & (table["status"] == INSPECTED)
        return ~judged | table["workbook"].isin({*checkpoints.loc[inside, "workbook"], *unread})

    yield RowCheck(
        "inspections",
        "status",
        has_checkpoint,
        lambda row, _: f"{row.code} 为“{INSPECTED}”，而《监测时点》在考核期内没有一行",
        "《监测时点》至少有一个考核期内的监测日期",
    )


def _code_among(sheet: str, names: Mapping[str, str], expected: str) -> RowCheck:
    """The column 指标 holds one of these codes."""
    return RowCheck(
        sheet,
        "code",
        lambda table, _: table["code"].isna() | table["code"].isin(list(names)),
        lambda row, _: f"“{quoted_cell(row.code)}”",
        expected,
        lambda row: intentions.code(row.code, names),
    )


def _listed_column(workbooks: Sequence[Workbook], tables: Tables) -> RowCheck:
    """The 栏目 of 信息发布 is one of 网站栏目, where that could be read."""
    columns, unread = tables["columns"], _without(workbooks, "columns", "column")
    listed = pd.MultiIndex.from_frame(columns[["workbook", "column"]])

    def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
        named = pd.MultiIndex.from_frame(table[["workbook", "column"]])
        return table["column"].isna() | named.isin(listed) | table["workbook"].isin(unread)

    @cache
    def names(workbook: int) -> tuple[str, ...]:
        own = columns.loc[columns["workbook"] == workbook, "column"]
        return tuple(own.dropna().astype(str).unique()[: intentions.MOST + 1])

    return RowCheck(
        "publications",
        "column",
        holds,
        lambda row, _: f"栏目“{quoted_cell(row.column)}”不在《网站栏目》中",
        "《网站栏目》列出的栏目之一",
        lambda row: intentions.nearest(intentions.squeezed(row.column), names(row.workbook)),
    )


def _without(workbooks: Sequence[Workbook], sheet: str, column: str) -> set[int]:
    """The workbooks that lack a column, or its whole sheet: a fault already, and the cause of whatever rests on it."""
    return {number for number, workbook in enumerate(workbooks) if (sheet, column) not in workbook.positions}
