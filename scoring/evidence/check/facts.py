"""基本信息: each 项目 once, each 内容 of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from scoring.base.characters import plain, quoted
from scoring.base.tables import each_row
from scoring.evidence import suggest
from scoring.evidence.check.values import fits, found_and_expected, is_within, rewritten, with_hidden
from scoring.evidence.reading.cells import READERS, quoted_cell
from scoring.evidence.reading.workbook import Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Column, Kind

#: How many departments of a long list a message names.
_MOST_NAMES: Final = 12


def wide_facts(workbooks: Sequence[Workbook], items: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """One row per workbook: ``fact_<key>``, the 内容 of each 项目, and ``row_<key>``, its row; missing if absent."""
    facts = {fact.name: fact for fact in scheme.facts}
    records: list[dict[str, Any]] = [
        {"workbook": number, "department": workbook.department} for number, workbook in enumerate(workbooks)
    ]
    for item in each_row(items[items["item"].isin(list(facts))].drop_duplicates(["workbook", "item"])):
        fact = facts[item.item]
        content = None if pd.isna(item.content) else READERS[fact.kind](item.content)
        content = rewritten(fact).get(content, content) if isinstance(content, str) else content
        records[item.workbook] |= {f"fact_{fact.key}": content, f"row_{fact.key}": item.row}
    names = [f"{prefix}_{fact.key}" for fact in scheme.facts for prefix in ("fact", "row")]
    return pd.DataFrame(records, columns=["workbook", "department", *names], dtype=object)


def check_facts(workbooks: Sequence[Workbook], facts: pd.DataFrame, scheme: Scheme) -> None:
    """Check the names of the files and every fact; faults are added to the workbooks."""
    for row in each_row(facts):
        workbook = workbooks[row.workbook]
        if workbook.is_misnamed(scheme):
            workbook.add_fault(None, *_file_name(workbook, row.fact_department, scheme))
        if FACTS in workbook.cells and (FACTS, "item") in workbook.positions:
            for fact in scheme.facts:
                _check_fact(workbook, fact, row, scheme)


def _check_fact(workbook: Workbook, fact: Column, row: Any, scheme: Scheme) -> None:
    sheet, at = scheme.sheet(FACTS), getattr(row, f"row_{fact.key}")
    if pd.isna(at):
        if not fact.optional:
            workbook.add_fault(sheet, f"缺少项目“{fact.name}”", f"“项目”列中有一行“{fact.name}”")
    elif (FACTS, "content") in workbook.positions and not workbook.has_fault(sheet, at, "content"):
        cell = workbook.cell(sheet, sheet.column("content"), at)
        hidden = {cell: workbook.hidden.get((FACTS, at, "content"), "")}
        found, expected, meant = _fault_of(fact, row, workbook, scheme)
        if found:
            found = with_hidden(found, hidden)
            workbook.add_fault(sheet, found, expected, row=at, column="content", meant=meant)


def _fault_of(fact: Column, row: Any, workbook: Workbook, scheme: Scheme) -> tuple[str, str, str]:
    """For a wrong fact: what was found, what is expected and what was probably meant; else empty."""
    value = getattr(row, f"fact_{fact.key}")
    if pd.isna(value) and fact.required:
        return *found_and_expected(fact, None), ""
    if pd.isna(value):
        needing = (other for other in scheme.facts if other.needs == fact.key)
        other = next((one.name for one in needing if pd.notna(getattr(row, f"fact_{one.key}"))), "")
        found = f"“{fact.name}”为空，而“{other}”已填写"
        return (found, f"填写了{other}，就必须填写{fact.name}", "") if other else ("", "", "")
    if not fits(fact, value):
        return *found_and_expected(fact, value), suggest.of_value(fact, value)
    expected, meant = _disagreement(fact, value, workbook, scheme)
    return (f"“{quoted_cell(value)}”", expected, meant) if expected else ("", "", "")


def _disagreement(fact: Column, value: Any, workbook: Workbook, scheme: Scheme) -> tuple[str, str]:
    """For a fact of the right kind: what was expected (empty if it is right) and what was probably meant."""
    expected = meant = ""
    match fact.key:
        case "department" if workbook.is_misnamed(scheme):
            pass  # The file name is wrong, not the fact.
        case "department" if workbook.department not in scheme.positions:
            expected = f"考核对象之一：{_some(scheme.departments)}"
            meant = suggest.nearest(suggest.squeezed(workbook.department), scheme.departments)
        case "department" if plain(value) != plain(workbook.department):
            expected = f"与文件名一致的部门“{workbook.department}”"
        case "year" if value != str(scheme.year):
            expected = f"考核年度 {scheme.year}"
        case "cut_off" if value.year != scheme.year:
            expected = f"{scheme.year} 年内的一天，或留空（即 12月31日）"
        case _ if fact.kind is Kind.NUMBER and not is_within(fact, value):
            expected = f"{fact.range_words}{'' if fact.required else '，或留空'}"
    return expected, meant


def _file_name(workbook: Workbook, department: object, scheme: Scheme) -> tuple[str, str]:
    """What was found and what is expected, for a file that is not named after a department."""
    found = f"文件名“{quoted(workbook.file, 200)}”不是考核对象的名称"
    names = {plain(name): name for name in scheme.departments}
    stem = plain(workbook.file.rpartition(".")[0])
    within = [name for plainly, name in names.items() if plainly in stem or stem in plainly]
    own = names.get(plain(str(department))) or (within[0] if len(within) == 1 else "")
    others = f"考核对象之一的名称加 .xlsx：{_some(scheme.departments)}"
    return found, f"{own}.xlsx；如是多余的副本，请移走" if own else others


def _some(departments: Sequence[str]) -> str:
    """The departments; of a long list the first, and how many there are."""
    if len(departments) <= _MOST_NAMES:
        return "、".join(departments)
    return f"{'、'.join(departments[:_MOST_NAMES])}……等 {len(departments)} 个"
