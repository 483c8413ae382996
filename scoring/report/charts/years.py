"""What made each department's score change between two years, as bars to both sides of nought."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from scoring.base.points import ZERO, shown, signed
from scoring.comparison import Comparison, DepartmentChange
from scoring.report.charts.bars import ENDS, Row, as_sentences, bar_chart, ends
from scoring.report.charts.sheet import ACCENT, INK, MIDDLE, PAPER, Chart, Look

BEHAVIOUR, RULES, READING = (Look("表现不同", ACCENT), Look("规则不同", MIDDLE), Look("解读不同", PAPER, INK, "...."))

_CAPTION: Final = "向右为加分，向左为减分，右边的数是加分和减分各自的合计。"


def causes_of_change(comparison: Comparison) -> Chart:
    """What the totals changed by, cause by cause."""
    changes = comparison.departments
    drawn = ends(changes, ENDS, ENDS)
    left_out = Row(f"…… 另有 {len(changes) - len(drawn) + 1} 个部门，见上面的表")
    rows = [_row(change) if change else left_out for change in drawn]
    figure = bar_chart(rows, ("加分", "减分"), sample=any(change.sample for change in changes))
    alt = f"条形图，各部门总分变化的原因。{_CAPTION}{as_sentences(rows)}"
    return Chart(figure, alt, "各部门的得分为什么变？", _CAPTION)


def _row(change: DepartmentChange) -> Row:
    split, name = change.split, change.department
    if split is None:
        return Row(name, note="待评，不作分解", words=f"{name}待评，不作分解")
    parts = (BEHAVIOUR, split.behaviour), (RULES, split.rules), (READING, split.reading)
    causes = "、".join(f"{look.word.removesuffix('不同')} {signed(points)}" for look, points in parts)
    gained, lost = (sum((max(points * sign, ZERO) for _, points in parts), Fraction(0)) for sign in (1, -1))
    figures = f"+{shown(gained)}" if gained else "", f"−{shown(lost)}" if lost else ""
    return Row(name, parts, "", figures, f"{name}{causes}，合计 {shown(split.total)} 分")
