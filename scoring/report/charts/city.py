"""Bars of the whole city: the ranking, what it loses most on, and why scores changed between two years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import cycle
from typing import Final

from scoring.base.points import ZERO, shown, signed
from scoring.comparison import Comparison, DepartmentChange
from scoring.engine.scorecard import Scorecard, rank
from scoring.engine.settle import VOIDED
from scoring.report.charts.bars import ENDS, Row, as_sentences, bar_chart, ends
from scoring.report.charts.sheet import ACCENT, INK, LOST, MIDDLE, PALE, PAPER, PENDING, VOID, Chart, Look
from scoring.report.view.words import ends_words, points_words, verdict
from scoring.scheme import Node

#: Looks of the sections in order; figures are written inside where they are readable.
SECTIONS: Final = (
    Look("", ACCENT, ink=PAPER),
    Look("", MIDDLE, ink=INK),
    Look("", PALE, ink=INK),
    Look("", PAPER, INK, ink=INK),
    Look("", PALE, INK, "...."),
    Look("", MIDDLE, INK, "----"),
    Look("", PAPER, INK, "||||"),
)
BEHAVIOUR, RULES, READING = (Look("表现不同", ACCENT), Look("规则不同", MIDDLE), Look("解读不同", PAPER, INK, "...."))
_CAPTION: Final = "向右为加分，向左为减分，右边的数是加分和减分各自的合计。"

# --- The ranking --------------------------------------------------------------------------------------------------


def ranking_stacked(cards: Sequence[Scorecard]) -> Chart | None:
    """Totals by rank, sections stacked; provisional departments apart, as ranges; None without a total to show."""
    if not cards or cards[0].scheme.is_gate:
        return None
    ranked, waiting = rank(cards), [card for card in cards if card.pending]
    rows = list(_rows([(f"第 {entry.rank} 名", entry.scorecard) for entry in ranked], ENDS))
    if waiting:
        rows += [Row("待评，不参加排名", bold=True), *_rows([("", card) for card in waiting], 0)]
    caption = _ranking_caption([entry.scorecard for entry in ranked], waiting)
    alt = f"条形图，各部门总分及各部分得分。{caption}{as_sentences(rows)}"
    figure = bar_chart(rows, ("总分", "结论"), sample=any(card.sample for card in cards))
    return Chart(figure, alt, "各部门得分高低如何，分数来自哪一部分？", caption)


def _rows(entries: Sequence[tuple[str, Scorecard]], last: int) -> Iterator[Row]:
    """One row per department; of very many the first and last ones, and a row for the others."""
    drawn = ends(entries, ENDS, last)
    for entry in drawn:
        left_out = Row(f"…… 另有 {len(entries) - len(drawn) + 1} 个部门，见考核汇总（Excel）")
        yield _total_row(*entry) if entry else left_out


def _total_row(place: str, card: Scorecard) -> Row:
    sections = card.scheme.sections
    scores = [card.nodes[section.code].low for section in sections if card.total.status != VOIDED]
    looks = [replace(look, word=f"{one.code} {one.name}") for one, look in zip(sections, cycle(SECTIONS))]
    void = ZERO if card.pending else max(ZERO, card.total.unvetoed - card.total.low)
    parts = "，".join(f"{section.name} {points_words(card.nodes[section.code])}" for section in sections)
    without = f"，不计否决为 {shown(card.total.unvetoed)} 分" if card.vetoes and not card.pending else ""
    total = points_words(card.total)
    return Row(
        name=f"{place}　{card.department}" if place else card.department,
        parts=(*zip(looks, scores, strict=False), (VOID, void), (PENDING, card.total.high - card.total.low)),
        figures=(total, verdict(card)),
        words=f"{place}{card.department} {total} 分（{verdict(card)}；{parts}{without}）",
        alarm=bool(card.vetoes),
    )


def _ranking_caption(ranked: Sequence[Scorecard], waiting: Sequence[Scorecard]) -> str:
    parts = []
    if ranked:
        parts.append(f"已评定 {len(ranked)} 个部门，{ends_words(ranked[0], ranked[-1])}")
    failed, vetoed = (sum(card.qualified is False for card in some) for some in (ranked, waiting))
    parts += [f"{failed} 个部门不合格"] if failed else []
    also = f"（其中 {vetoed} 个已触发否决）" if vetoed else ""
    parts += [f"{len(waiting)} 个部门待评{also}，暂不排名"] if waiting else []
    return f"{'；'.join(parts)}。"


# --- What the city loses most on ----------------------------------------------------------------------------------


def losses_by_leaf(cards: Sequence[Scorecard]) -> list[tuple[Node, Fraction, list[Scorecard]]]:
    """The leaves on which points were lost, vetoes aside: how many by whom, the most first."""
    leaves = cards[0].scheme.leaves if cards else ()
    hits = ((leaf, [card for card in cards if card.nodes[leaf.code].lost]) for leaf in leaves)
    losses = [(leaf, sum((card.nodes[leaf.code].lost for card in hit), ZERO), hit) for leaf, hit in hits if hit]
    return sorted(losses, key=lambda one: -one[1])


def city_losses(cards: Sequence[Scorecard]) -> Chart | None:
    """Points lost by leaf, all departments together, and how many it hit; None where none lost any, vetoes aside."""
    losses = losses_by_leaf(cards)
    if not losses:
        return None
    rows = [
        Row(
            name=f"{leaf.code} {leaf.name}",
            parts=((LOST, points),),
            figures=(f"−{shown(points)}", f"{len(hit)} 个"),
            words=f"{leaf.code} {leaf.name}失 {shown(points)} 分，涉及 {len(hit)} 个部门",
        )
        for leaf, points, hit in losses
    ]
    most = (f"{leaf.code} {leaf.name}（{shown(points)} 分，{len(hit)} 个部门）" for leaf, points, hit in losses[:3])
    apart = "，否决计 0 分的不计在内" if any(card.vetoes for card in cards) else ""
    total = shown(sum((points for _, points, _ in losses), ZERO))
    caption = f"{len(cards)} 个部门在 {len(losses)} 个指标上共失 {total} 分{apart}；失分最多的是 {'、'.join(most)}。"
    alt = f"条形图，全市各指标失分合计。{caption}{as_sentences(rows)}"
    figure = bar_chart(rows, ("全市失分合计", "失分部门"), sample=any(card.sample for card in cards))
    return Chart(figure, alt, "全市在哪些指标上失分最多？", caption)


# --- Why scores changed -------------------------------------------------------------------------------------------


def causes_of_change(comparison: Comparison) -> Chart:
    """The change of the totals by cause."""
    changes = comparison.departments
    drawn = ends(changes, ENDS, ENDS)
    left_out = Row(f"…… 另有 {len(changes) - len(drawn) + 1} 个部门，见上面的表")
    rows = [_causes_row(change) if change else left_out for change in drawn]
    figure = bar_chart(rows, ("加分", "减分"), sample=any(change.sample for change in changes))
    alt = f"条形图，各部门总分变化的原因。{_CAPTION}{as_sentences(rows)}"
    return Chart(figure, alt, "各部门的得分为什么变？", _CAPTION)


def _causes_row(change: DepartmentChange) -> Row:
    split, name = change.split, change.department
    if split is None:
        return Row(name, note="待评，不作分解", words=f"{name}待评，不作分解")
    parts = (BEHAVIOUR, split.behaviour), (RULES, split.rules), (READING, split.reading)
    causes = "、".join(f"{look.word.removesuffix('不同')} {signed(points)}" for look, points in parts)
    gained, lost = (sum((max(points * sign, ZERO) for _, points in parts), ZERO) for sign in (1, -1))
    figures = f"+{shown(gained)}" if gained else "", f"−{shown(lost)}" if lost else ""
    return Row(name, parts, "", figures, f"{name}{causes}，合计 {shown(split.total)} 分")
