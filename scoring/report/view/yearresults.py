"""Two years of a gate side by side: results and vetoes, since there are no points to compare."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.comparison import Comparison, DepartmentChange
from scoring.report.view.blocks import Block, column, heading, paragraph, table, verdict
from scoring.report.view.words import VETOED, gate_result
from scoring.report.view.words import verdict as verdict_of


def is_by_result(comparison: Comparison) -> bool:
    """Whether one of the years gives no points, so that only results can be compared."""
    return comparison.before.scheme.is_gate or comparison.after.scheme.is_gate


def compared(comparison: Comparison) -> Iterator[Block]:
    """Every department's result in both years."""
    changes = comparison.departments
    results = [(verdict_of(change.before), verdict_of(change.after)) for change in changes]
    facts = [
        ("转为合格", f"{results.count(('不合格', '合格'))} 个", ""),
        ("转为不合格", f"{results.count(('合格', '不合格'))} 个", ""),
        ("有一年待评", f"{sum('待评' in pair for pair in results)} 个", ""),
    ]
    yield verdict("none", "两年对比", f"{len(changes)}", facts, unit="个部门")
    names = (f"{comparison.before.year}年度", f"{comparison.after.year}年度")
    columns = [column("部门", share=2), *(column(name, whole=True) for name in names)]
    rows = [[change.department, *pair] for change, pair in zip(changes, results, strict=True)]
    yield table(columns, rows, label="各部门结果的变化")


def department(comparison: Comparison, change: DepartmentChange) -> Iterator[Block]:
    """The leaves whose result changed, and the vetoes behind it."""
    yield heading(3, change.department)
    rows = []
    for leaf in change.leaves:
        sides = (change.before, leaf.before), (change.after, leaf.after)
        own = [(card, side.node.code if side else None) for card, side in sides]
        results = ["无" if code is None else gate_result(card, code) for card, code in own]
        reasons = [
            f"{card.year}年度：{veto.because}"
            for (card, code), result in zip(own, results, strict=True)
            if result == VETOED
            for veto in card.vetoes
            if veto.code == code
        ]
        if results[0] != results[1]:
            rows.append([f"{leaf.node.code} {leaf.node.name}", *results, "；".join(reasons)])
    if not rows:
        yield paragraph("各指标的结果没有变化。")
        return
    names = (f"{comparison.before.year}", f"{comparison.after.year}")
    columns = [column("指标", share=2), *(column(name, whole=True) for name in names), column("否决事由", share=4)]
    yield table(columns, rows, label=f"{change.department}的变化")
