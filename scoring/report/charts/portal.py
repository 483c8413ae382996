"""Items that the portal took from a department, against the number required."""

from __future__ import annotations

import pandas as pd

from scoring.points import ZERO, shown
from scoring.report.charts.sheet import (
    ACCENT,
    HEADER,
    INK,
    LINE,
    LOSS,
    SOFT,
    Chart,
    Sheet,
    Year,
    count_scale,
    day_words,
)
from scoring.report.words import bonus_words
from scoring.scheme import Node
from scoring.scorecard import Scorecard
from scoring.settle import VOIDED

LEFT, PLOT_WIDE, PLOT_HIGH = 12.0, 124.0, 52.0
TOP = HEADER + 6
#: Where the end lies this near to what is required (mm), the difference is written beside both.
NEAR = 12


def portal_items(card: Scorecard) -> Chart | None:
    """Portal items added up over the year, the number required, and what is short or over.

    Returns
    -------
    Chart or None
        None in a scheme that asks for no such items.
    """
    leaf = next((leaf for leaf in card.scheme.leaves if "portal_news" in leaf.sheets), None)
    if leaf is None:
        return None
    days = card.source.tables["portal_news"]["published"].sort_values(ignore_index=True)
    required = int(leaf.terms["required"])
    sheet = Sheet(TOP + PLOT_HIGH + 8, sample=card.sample)
    year = Year(card.year, LEFT, PLOT_WIDE)
    scale = count_scale(max(required, len(days)) * 108 // 100 + 1, 5)
    year.months(sheet, TOP, TOP + PLOT_HIGH)
    year.unknown_after(sheet, card.as_of, TOP, TOP + PLOT_HIGH)
    _grid(sheet, scale)
    _steps(sheet, year, card.as_of, days, scale[-1])
    _against(sheet, year, card.as_of, len(days), required, scale[-1])
    caption = _caption(card, leaf, days, required)
    alt = _alt(card, days, required, caption)
    return Chart(sheet.figure, alt, f"被门户网站采用的信息够不够 {required} 条？", caption)


def _y(count: int, top: int) -> float:
    return TOP + PLOT_HIGH * (1 - count / top)


def _grid(sheet: Sheet, scale: list[int]) -> None:
    for value in scale:
        y = _y(value, scale[-1])
        width, color = (0.5, LINE) if value else (0.9, SOFT)
        sheet.line([LEFT, LEFT + PLOT_WIDE], [y, y], width=width, color=color, zorder=0)
        sheet.write(LEFT - 1.5, y, str(value), color=SOFT, align="right")
    sheet.write(0, TOP - 5, "累计条数", color=SOFT)


def _steps(sheet: Sheet, year: Year, cut_off: pd.Timestamp, days: pd.Series, top: int) -> None:
    x, y = [year.left], [_y(0, top)]
    for count, day in enumerate(days, start=1):
        x += [year.at(day)] * 2
        y += [y[-1], _y(count, top)]
    end = year.at(cut_off + pd.Timedelta(days=1))
    sheet.line([*x, end], [*y, y[-1]], color=ACCENT, width=1.8)
    sheet.page.plot([end], [y[-1]], marker="o", markersize=5, color=ACCENT, clip_on=False)


def _against(sheet: Sheet, year: Year, cut_off: pd.Timestamp, count: int, required: int, top: int) -> None:
    """The line of what is required, and how far the end is from it."""
    goal, end = _y(required, top), _y(count, top)
    right, at = LEFT + PLOT_WIDE, year.at(cut_off + pd.Timedelta(days=1))
    sheet.line([LEFT, right], [goal, goal], color=INK, width=1.0, linestyle=(0, (5, 2)))
    sheet.write(LEFT + 1.5, goal - 2.8, f"要求 {required} 条", halo=True)
    bracket = max(at, right) + 3
    if count != required:
        color = LOSS if count < required else ACCENT
        sheet.line([bracket - 1.2, bracket, bracket, bracket - 1.2], [goal, goal, end, end], color=color, width=1.0)
        words = f"少 {required - count} 条" if count < required else f"多 {count - required} 条"
        close = abs(goal - end) < NEAR
        middle = (goal + end) / 2 if not close else max(goal, end) + 3.5 if count > required else min(goal, end) - 3.5
        sheet.write(bracket + 2, middle, words, color=color, bold=True)
    sheet.write(bracket + 2, end, f"共 {count} 条", bold=True)


def _caption(card: Scorecard, leaf: Node, days: pd.Series, required: int) -> str:
    count, node = len(days), card.nodes[leaf.code]
    words = f"被门户网站采用 {count} 条，"
    if count == required:
        words += f"正好达到要求的 {required} 条"
    else:
        words += f"比要求的 {required} 条{'少' if count < required else '多'} {abs(count - required)} 条"
    points = "该指标归零，计 0 分" if node.status == VOIDED else _points(card, leaf)
    return f"{words}{_reached(days, required)}，{points}。"


def _reached(days: pd.Series, required: int) -> str:
    return f"，{day_words(days[required - 1])}达到 {required} 条" if len(days) >= required else ""


def _points(card: Scorecard, leaf: Node) -> str:
    """What the number does to the score, as the ledger says."""
    if leaf.code in card.pending:
        return f"“{leaf.name}”待评，尚未计分"
    found = [finding for finding in card.of(leaf.code) if finding.points]
    withdrawn = any(finding.withdrawn for finding in found)
    standing = [finding for finding in found if finding.stands]
    if withdrawn and not standing:
        return "有关发现已经复核撤销，不加减分"
    if not standing:
        return "不扣分" if card.nodes[leaf.code].lost == 0 else "不得分"
    points = standing[0].points or ZERO
    if points < 0:
        return f"应扣 {shown(-points)} 分，得 {shown(card.nodes[leaf.code].low)} 分"
    limited = "" if bonus_words(card) == shown(points) else "经限额后"
    return f"{limited}加 {bonus_words(card)} 分"


def _alt(card: Scorecard, days: pd.Series, required: int, caption: str) -> str:
    ends = [f"{month}月底 {int((days.dt.month <= month).sum())} 条" for month in range(3, card.as_of.month, 3)]
    ends.append(f"{day_words(card.as_of)} {len(days)} 条")
    return f"折线图，{card.department}被门户网站采用信息的累计条数，要求 {required} 条：{'，'.join(ends)}。{caption}"
