"""疑似问题: what a rule only suspects and no review has decided on; it has no effect, and nobody should overlook it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scoring.engine.scorecard import Scorecard
from scoring.report.view import words
from scoring.report.view.blocks import Block, column, heading, link, paragraph, table
from scoring.scheme import Scheme

#: How many findings, or departments, are listed before the report refers to the Excel ledger.
LISTED: Final = 100
#: How many letters of a cell are quoted: a reply has to be read before it is judged.
QUOTED: Final = 300
ANCHOR: Final = "suspected"


def title(scheme: Scheme) -> str:
    """The title of a list of them."""
    return f"待确认的疑似问题（不{'作认定' if scheme.is_gate else '计分'}）"


def sentence(card: Scorecard) -> Iterator[Block]:
    """A sentence with their number, for the first page; nothing without any."""
    if count := len(card.to_confirm):
        yield paragraph(f"另有 {count} 项疑似问题待人工确认，", link(f"见“{title(card.scheme)}”", f"#{ANCHOR}"), "。")


def suspected(card: Scorecard) -> Iterator[Block]:
    """Each with its evidence, and what to do about it; nothing without any."""
    if not (found := card.to_confirm):
        return
    gate = card.scheme.is_gate
    yield heading(2, title(card.scheme), ANCHOR)
    yield paragraph(
        f"下列 {len(found)} 项由程序比对得出，尚未经人确认，不{'影响结论' if gate else '计分，也不影响名次'}。"
        "请核对原文，在复核工作台或佐证工作簿的《复核记录》中逐项决定：属实的填“维持”，即确认，"
        f"确认后按“如经确认”一栏{'认定' if gate else '计分'}；不属实的填“撤销”，即排除。"
    )
    shares = {"指标": 2, "疑似问题": 4, "佐证": 5}
    columns = [*(column(name, share=share) for name, share in shares.items()), column("如经确认", whole=True)]
    rows = [
        [
            f"{one.code} {card.nodes[one.code].name}",
            f"{one.sentence}（编号：{one.id}）",
            f"{one.where}　{words.evidence_words(one, QUOTED)}",
            words.effect_words(one, card.scheme),
        ]
        for one in found[:LISTED]
    ]
    yield table(columns, rows, label="待确认的疑似问题")
    if (more := len(found) - LISTED) > 0:
        yield paragraph(f"其余 {more} 项见评分台账（Excel）。", role="note")


def of_departments(cards: Iterable[Scorecard]) -> Iterator[Block]:
    """How many each department has, for the city; nothing without any."""
    if not (waiting := [card for card in cards if card.to_confirm]):
        return
    yield heading(3, title(waiting[0].scheme))
    named = "、".join(f"{card.department} {len(card.to_confirm)} 项" for card in waiting[:LISTED])
    more = f"等 {len(waiting)} 个部门" if len(waiting) > LISTED else ""
    yield paragraph(f"{named}{more}。逐项见各部门的评分报告和考核汇总（Excel）。")
