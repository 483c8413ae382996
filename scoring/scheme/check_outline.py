"""Checks the outline against its scheme: what its sections and charts name must exist and be of the right kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scoring.scheme.model import Node, Scheme
from scoring.scheme.outline import Chart, CountAgainstTarget, RepliesByKind, UpdatesByMonth
from scoring.scheme.sheets import DAYS, Column, Kind, Sheet

_FILE: Final = "outline.toml"

Problem = tuple[str, str, str]


def disagreements(scheme: Scheme) -> Iterator[Problem]:
    """All mistakes in the outline; among them, that sections do not hold every leaf exactly once."""
    held = [section.node for section in scheme.outline.sections]
    for number, code in enumerate(held):
        if code not in scheme.by_code:
            yield _FILE, f"section[{number}].node", f"没有指标 {code}"
    for one in scheme.leaves if held else ():
        times = sum(code in scheme.lineage(one.code) for code in held)
        if times != 1:
            yield _FILE, "section", f"指标 {one.code} 在 {times} 节中；各节合起来应包括每个末级指标一次"
    leaves = {leaf.code: leaf for leaf in scheme.leaves}
    sheets = {sheet.key: sheet for sheet in scheme.sheets}
    for number, chart in enumerate(scheme.outline.charts):
        where, leaf, sheet = f"chart[{number}]", leaves.get(chart.leaf), sheets.get(chart.sheet)
        if leaf is None:
            yield _FILE, f"{where}.leaf", f"没有末级指标 {chart.leaf}"
        if sheet is None:
            yield _FILE, f"{where}.sheet", f"没有工作表 {chart.sheet}；应为 {'、'.join(sheets)} 之一"
        if leaf and sheet:
            if chart.sheet not in leaf.sheets:
                yield _FILE, f"{where}.sheet", f"指标 {leaf.code} 不看这张表；应为 {'、'.join(leaf.sheets)} 之一"
            yield from _texts(chart, leaf, where)
            yield from _chart(scheme, chart, leaf, sheet, where)


def _texts(chart: Chart, leaf: Node, where: str) -> Iterator[Problem]:
    for text in chart.texts:
        try:
            text.format_map(leaf.terms)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            terms = "、".join(leaf.terms) or "（没有）"
            yield _FILE, where, f"“{text}”的花括号中应为指标 {leaf.code} 的 terms：{terms}"


def _chart(scheme: Scheme, chart: Chart, leaf: Node, sheet: Sheet, where: str) -> Iterator[Problem]:
    for name in chart.needs:
        if name not in leaf.findings:
            key = "late" if isinstance(chart, RepliesByKind) else "finding"
            yield _FILE, f"{where}.{key}", f"指标 {leaf.code} 没有发现“{name}”；应为 {'、'.join(leaf.findings)} 之一"
    columns = {column.key: column for column in sheet.columns}
    if isinstance(chart, RepliesByKind):
        yield from _replies(scheme, chart, columns, where)
    elif not sheet.dated_by:
        yield _FILE, f"{where}.sheet", f"工作表 {sheet.key} 没有 dated_by，不能按月统计"
    if isinstance(chart, CountAgainstTarget):
        required = leaf.terms.get(chart.required)
        if not isinstance(required, int) or isinstance(required, bool) or required <= 0:
            yield _FILE, f"{where}.required", f"指标 {leaf.code} 的 terms 中应有正整数 {chart.required}"
    if isinstance(chart, UpdatesByMonth) and chart.column is not None:
        listed = {one.key for one in scheme.sheets if one.unique}
        if chart.column not in columns or columns[chart.column].one_of not in listed:
            yield _FILE, f"{where}.column", f"应为工作表 {sheet.key} 中 one_of 另一工作表的列，现为 {chart.column}"


def _replies(scheme: Scheme, chart: RepliesByKind, columns: Mapping[str, Column], where: str) -> Iterator[Problem]:
    by, done_on = columns.get(chart.by), columns.get(chart.done_on)
    if by is None or by.kind is not Kind.CHOICE:
        yield _FILE, f"{where}.by", f"应为工作表 {chart.sheet} 中有 choices 的列，现为 {chart.by}"
    if done_on is None or done_on.kind not in DAYS:
        yield _FILE, f"{where}.done_on", f"应为工作表 {chart.sheet} 中种类是 date 或 moment 的列，现为 {chart.done_on}"
    for number, limit in enumerate(chart.limits):
        at = f"{where}.limits[{number}]"
        for word in limit.kinds:
            if by and by.choices and word not in by.choices:
                yield _FILE, f"{at}.kinds", f"“{word}”不在列 {chart.by} 的选项中；应为 {'、'.join(by.choices)} 之一"
        for key, option in limit.reading.items():
            if key not in scheme.readings or option not in scheme.readings[key].options:
                yield _FILE, f"{at}.reading", f"没有解读 {key} 或它的选项 {option}"
