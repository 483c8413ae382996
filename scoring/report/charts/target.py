"""Rows by month, added up, against the number that a clause requires."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.base.points import ZERO, shown
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.charts.bars import Row, as_sentences, bar_chart
from scoring.report.charts.rows import filled, months, rows_of
from scoring.report.charts.sheet import ACCENT, PALE, Chart, Look
from scoring.report.view.words import bonus_words
from scoring.scheme import Node
from scoring.scheme.outline import CountAgainstTarget

BEFORE, THIS_MONTH = Look("此前累计", PALE), Look("当月", ACCENT)


def count_against_target(card: Scorecard, outline: CountAgainstTarget) -> Chart | None:
    """The rows month by month against the number required; None where there is nothing to count yet."""
    rows_counted = rows_of(card, outline)
    if rows_counted is None:
        return None
    leaf, unit = card.scheme.leaf(outline.leaf), outline.unit
    required, rows, before = int(leaf.terms[outline.required]), [], 0
    for month, count in months(card, outline, rows_counted):
        parts, so_far = ((BEFORE, before), (THIS_MONTH, count)), before + count
        words = f"{month}月 {count} {unit}，累计 {so_far} {unit}"
        rows.append(Row(f"{month}月", parts, "", (str(count), str(so_far)), words))
        before = so_far
    caption, goal = _caption(card, leaf, outline, before), f"要求 {required} {unit}"
    alt = f"条形图，{card.department}{outline.counted}的{unit}数，{goal}。{as_sentences(rows)}{caption}"
    figure = bar_chart(rows, ("当月", "累计"), sample=card.sample, goal=(required, goal))
    return Chart(figure, alt, filled(card, outline), caption, as_sentences(rows))


def _caption(card: Scorecard, leaf: Node, outline: CountAgainstTarget, count: int) -> str:
    required, unit = int(leaf.terms[outline.required]), outline.unit
    against = f"比要求的 {required} {unit}{'少' if count < required else '多'} {abs(count - required)} {unit}"
    against = against if count != required else f"正好达到要求的 {required} {unit}"
    effect = _effect(card, leaf)
    return f"{outline.counted} {count} {unit}，{against}{f'，{effect}' if effect else ''}。"


def _effect(card: Scorecard, leaf: Node) -> str:
    """What the number does to the score, as the ledger says; empty without points."""
    if leaf.code in card.pending:
        return f"“{leaf.name}”待评，尚未{'判定' if card.scheme.is_gate else '计分'}"
    return "" if card.scheme.is_gate else _effect_on_score(card, leaf)


def _effect_on_score(card: Scorecard, leaf: Node) -> str:
    if card.nodes[leaf.code].status == VOIDED:
        return "该指标计 0 分"
    found = [finding for finding in card.of(leaf.code) if finding.points]
    if any(finding.stands for finding in found):
        return _points(card, leaf, [finding for finding in found if finding.stands])
    if any(finding.withdrawn for finding in found):
        return "有关发现已经复核撤销，不加减分"
    return "不得分" if card.nodes[leaf.code].lost else "不扣分"


def _points(card: Scorecard, leaf: Node, found: Sequence[Finding]) -> str:
    points = sum((finding.points or ZERO for finding in found), ZERO)
    score = f"得 {shown(card.nodes[leaf.code].low)} 分"
    if points < 0:
        return f"应扣 {shown(-points)} 分，{score}"
    if not found[0].bonus:
        return score
    return f"{'' if bonus_words(card) == shown(points) else '经限额后'}加 {bonus_words(card)} 分"
