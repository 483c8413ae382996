"""What made each department's score change between two years, as bars to both sides of nought."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from scoring.comparison import Comparison, DepartmentChange, Split
from scoring.points import shown, signed
from scoring.report.charts.city import ENDS, ends
from scoring.report.charts.sheet import (
    ACCENT,
    INK,
    LINE,
    MIDDLE,
    PAPER,
    SOFT,
    WIDTH,
    Chart,
    Sheet,
    Swatch,
    fitted,
    key_height,
    measured,
)

ROW: Final = 8.0
BAR: Final = 4.6
NAMES: Final = 38.0
#: Kept free at both ends of the bars for their figures.
FIGURES: Final = 13.0

#: Fill and edge of behaviour, rules, reading; the last one is told by its hatch as well.
_FILLS: Final = ((ACCENT, None, None), (MIDDLE, None, None), (PAPER, INK, "...."))
_KEY: Final = tuple(
    Swatch(words, fill, edge, hatch)
    for words, (fill, edge, hatch) in zip(("表现不同", "规则不同", "解读不同"), _FILLS, strict=True)
)

_CAPTION: Final = "向右为加分，向左为减分，两端的数是加分和减分各自的合计。"


def causes_of_change(comparison: Comparison) -> Chart:
    """What the totals changed by, cause by cause."""
    changes = comparison.departments
    drawn = ends(changes, ENDS, ENDS)
    head = key_height(_KEY) + 2
    sheet = Sheet(head + len(drawn) * ROW + 8, sample=any(change.sample for change in changes))
    sheet.key(_KEY)
    reach = [_reach(change.split) for change in changes if change.split is not None]
    gained = max((gain for gain, _ in reach), default=Fraction(0))
    lost = max((loss for _, loss in reach), default=Fraction(0))
    scale = (WIDTH - NAMES - 2 * FIGURES) / float(max(gained + lost, Fraction(1)))
    nought = NAMES + FIGURES + float(lost) * scale
    bottom = head + len(drawn) * ROW
    sheet.line([nought, nought], [head - 1, bottom], color=SOFT, width=0.9)
    sheet.write(nought, bottom + 3, "0", color=SOFT, align="center")
    sheet.write(WIDTH, bottom + 3, "总分的变化（分）", color=SOFT, align="right")
    for place, change in enumerate(drawn):
        top = head + place * ROW
        if change is None:
            words = f"…… 另有 {len(changes) - len(drawn) + 1} 个部门，见上面的表"
            sheet.write(0, top + ROW / 2, words, color=SOFT)
        else:
            _row(sheet, top, change, nought, scale)
    return Chart(sheet.figure, _alt(changes), "各部门的得分为什么变？", _CAPTION)


def _reach(split: Split) -> tuple[Fraction, Fraction]:
    """What was gained and what was lost, each added up."""
    parts = split.behaviour, split.rules, split.reading
    return sum((max(part, Fraction(0)) for part in parts), Fraction(0)), -sum(
        (min(part, Fraction(0)) for part in parts), Fraction(0)
    )


def _row(sheet: Sheet, top: float, change: DepartmentChange, nought: float, scale: float) -> None:
    middle = top + ROW / 2
    sheet.line([0, WIDTH], [top + ROW, top + ROW], color=LINE, width=0.4)
    sheet.write(0, middle, fitted(change.department, NAMES - 2))
    if change.split is None:
        sheet.write(nought + 2, middle, "待评，不作分解", color=SOFT)
        return
    right = left = nought
    parts = change.split.behaviour, change.split.rules, change.split.reading
    for part, (fill, edge, hatch) in zip(parts, _FILLS, strict=True):
        wide = float(abs(part)) * scale
        if part > 0:
            sheet.bar(right, middle - BAR / 2, wide, BAR, fill=fill, edge=edge, hatch=hatch)
            right += wide
        elif part < 0:
            left -= wide
            sheet.bar(left, middle - BAR / 2, wide, BAR, fill=fill, edge=edge, hatch=hatch)
    gained, lost = _reach(change.split)
    if gained:
        sheet.write(right + 1, middle, signed(gained))
        right += 1 + measured(signed(gained))
    if lost:
        sheet.write(left - 1, middle, signed(-lost), align="right")


def _alt(changes: Sequence[DepartmentChange]) -> str:
    rows = (
        f"{change.department}待评，不作分解"
        if change.split is None
        else f"{change.department}表现 {signed(change.split.behaviour)}、规则 {signed(change.split.rules)}、"
        f"解读 {signed(change.split.reading)}，合计 {shown(change.split.total)} 分"
        for change in changes
    )
    return f"各部门总分变化的原因。{'；'.join(rows)}。{_CAPTION}"
