"""基本信息: each 项目 once, each 内容 of its kind; its 项目 are checked as the columns of other sheets are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from scoring.base.characters import plain, quoted
from scoring.base.tables import each_row
from scoring.evidence import suggest
from scoring.evidence.check.rows import Row, RowCheck, fits, of_kind, quoting, rewritten, within_row
from scoring.evidence.reading.cells import READERS
from scoring.evidence.reading.workbook import Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS

#: How many departments of a long list a message names.
_MOST_NAMES: Final = 12


def wide_facts(workbooks: Sequence[Workbook], items: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """One row a workbook: the 内容 of each 项目 by key, and ``row_<key>``, its row; missing without one."""
    facts = {fact.name: fact for fact in scheme.facts}
    records: list[dict[str, Any]] = [{"workbook": number} for number in range(len(workbooks))]
    for item in each_row(items[items["item"].isin(list(facts))].drop_duplicates(["workbook", "item"])):
        fact = facts[item.item]
        content = None if pd.isna(item.content) else READERS[fact.kind](item.content)
        content = rewritten(fact).get(content, content) if isinstance(content, str) else content
        records[item.workbook] |= {fact.key: content, f"row_{fact.key}": item.row}
    names = [name for fact in scheme.facts for name in (fact.key, f"row_{fact.key}")]
    return pd.DataFrame(records, columns=["workbook", *names], dtype=object)


def check_items(workbooks: Sequence[Workbook], facts: pd.DataFrame, scheme: Scheme) -> None:
    """Check the names of the files and that every 项目 is there; faults are added to the workbooks."""
    for row in each_row(facts):
        workbook = workbooks[row.workbook]
        if workbook.is_misnamed(scheme):
            workbook.add_fault(None, *_file_name(workbook, row.department, scheme))
        if workbook.is_misnamed_part(scheme):
            continue  # What it lacks its department's other files have.
        if FACTS in workbook.cells and (FACTS, "item") in workbook.positions:
            for fact in scheme.facts:
                if not fact.optional and pd.isna(getattr(row, f"row_{fact.key}")):
                    found, expected = f"缺少项目“{fact.name}”", f"“项目”列中有一行“{fact.name}”"
                    workbook.add_fault(scheme.sheet(FACTS), found, expected)


def fact_checks(scheme: Scheme, workbooks: Sequence[Workbook]) -> Iterator[RowCheck]:
    """The checks of 内容."""
    facts = replace(scheme.sheet(FACTS), columns=scheme.facts)
    for fact in facts.columns:
        yield from within_row(facts, fact)

    def check(key: str, is_right: Callable[[Any, Workbook], bool], expected: Callable[[Row], str]) -> RowCheck:
        fact = facts.column(key)

        def holds(table: pd.DataFrame, _: Tables) -> pd.Series:
            contents = zip(table[key], map(workbooks.__getitem__, table["workbook"]), strict=True)
            right = [pd.isna(value) or not fits(fact, value) or is_right(value, book) for value, book in contents]
            return pd.Series(right, index=table.index, dtype=bool)

        return RowCheck(FACTS, key, holds, quoting(fact), expected)

    def is_own(value: str, workbook: Workbook) -> bool:
        own = workbook.department
        return workbook.is_misnamed(scheme) or (own in scheme.positions and plain(value) == plain(own))

    def expected(row: Row) -> str:
        own = workbooks[row.workbook].department
        known = f"与文件名一致的部门“{own}”"
        return known if own in scheme.positions else f"考核对象之一：{_some(scheme.departments)}"

    def meant(row: Row) -> str:
        own = workbooks[row.workbook].department
        return "" if own in scheme.positions else suggest.nearest(suggest.squeezed(own), scheme.departments)

    year = scheme.year
    yield replace(check("department", is_own, expected), meant=meant)
    yield check("year", lambda value, _: bool(value == str(year)), lambda _: f"考核年度 {year}")
    in_year = f"{year} 年内的一天，或留空（即 12月31日）"
    yield check("cut_off", lambda value, _: bool(value.year == year), lambda _: in_year)
    yield from (of_kind(facts, fact) for fact in facts.columns)


def _file_name(workbook: Workbook, department: object, scheme: Scheme) -> tuple[str, str]:
    """What was found and what is expected, for a file that is not named after a department."""
    found = f"文件名“{quoted(workbook.file, 200)}”不是考核对象的名称"
    names = {plain(name): name for name in scheme.departments}
    stem = plain(workbook.file.rpartition(".")[0])
    within = [name for plainly, name in names.items() if plainly in stem or stem in plainly]
    own = names.get(plain(str(department))) or (within[0] if len(within) == 1 else "")
    others = f"考核对象之一的名称加 .xlsx：{_some(scheme.departments)}"
    if own and workbook.is_misnamed_part(scheme):
        return found, f"{own}.xlsx，或分册，如 {own}.信箱.xlsx，分册名只用文字和数字；如是多余的副本，请移走"
    return found, f"{own}.xlsx；如是多余的副本，请移走" if own else others


def _some(departments: Sequence[str]) -> str:
    """The departments; of a long list the first, and how many there are."""
    if len(departments) <= _MOST_NAMES:
        return "、".join(departments)
    return f"{'、'.join(departments[:_MOST_NAMES])}……等 {len(departments)} 个"
