"""Items that the portal took from a department, against the number required."""

from __future__ import annotations

from scoring.base.points import ZERO, shown
from scoring.engine.scorecard import Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.charts.bars import Row, bar_chart, told
from scoring.report.charts.sheet import ACCENT, PALE, Chart, Look
from scoring.report.view.words import bonus_words
from scoring.scheme import Node

BEFORE, THIS_MONTH = Look("此前累计", PALE), Look("当月", ACCENT)


def portal_items(card: Scorecard) -> Chart | None:
    """Portal items month by month against the number required; None in a scheme that asks for no such items."""
    leaf = next((leaf for leaf in card.scheme.leaves if "portal_news" in leaf.sheets), None)
    if leaf is None:
        return None
    months = card.source.tables["portal_news"]["published"].dt.month
    required, rows, before = int(leaf.terms["required"]), [], 0
    for month in range(1, card.as_of.month + 1):
        count = int((months == month).sum())
        parts, so_far = ((BEFORE, before), (THIS_MONTH, count)), before + count
        words = f"{month}月 {count} 条，累计 {so_far} 条"
        rows.append(Row(f"{month}月", parts, "", (str(count), str(so_far)), words))
        before = so_far
    caption = _caption(card, leaf, before, required)
    alt = f"条形图，{card.department}被门户网站采用信息的条数，要求 {required} 条。{told(rows)}{caption}"
    figure = bar_chart(rows, ("当月", "累计"), sample=card.sample, goal=(required, f"要求 {required} 条"))
    return Chart(figure, alt, f"被门户网站采用的信息够不够 {required} 条？", caption, told(rows))


def _caption(card: Scorecard, leaf: Node, count: int, required: int) -> str:
    against = f"比要求的 {required} 条{'少' if count < required else '多'} {abs(count - required)} 条"
    against = against if count != required else f"正好达到要求的 {required} 条"
    points = "该指标计 0 分" if card.nodes[leaf.code].status == VOIDED else _points(card, leaf)
    return f"被门户网站采用 {count} 条，{against}，{points}。"


def _points(card: Scorecard, leaf: Node) -> str:
    """What the number does to the score, as the ledger says."""
    if leaf.code in card.pending:
        return f"“{leaf.name}”待评，尚未计分"
    found = [finding for finding in card.of(leaf.code) if finding.points]
    standing = [finding for finding in found if finding.stands]
    if not standing:
        if any(finding.withdrawn for finding in found):
            return "有关发现已经复核撤销，不加减分"
        return "不扣分" if card.nodes[leaf.code].lost == 0 else "不得分"
    points = standing[0].points or ZERO
    if points < 0:
        return f"应扣 {shown(-points)} 分，得 {shown(card.nodes[leaf.code].low)} 分"
    return f"{'' if bonus_words(card) == shown(points) else '经限额后'}加 {bonus_words(card)} 分"
