"""计分表: every node of the tree with its sum and score; of a gate 核查结果, every node with its result."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.base.points import shown
from scoring.engine.scorecard import Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.view import words
from scoring.report.view.blocks import Block, Text, column, heading, link, page_of, paragraph, strong, table
from scoring.report.view.leaves import VOID_MARK, has_part
from scoring.scheme import TOTAL


def score_table(card: Scorecard) -> Iterator[Block]:
    """The table under its heading."""
    nodes = [code for code in card.nodes if code != TOTAL]
    if card.scheme.is_gate:
        columns = [
            column("指标", share=3),
            column("结果", whole=True),
            column("说明", share=4),
            column("页", number=True, paper=True),
        ]
        rows, foot = [_gate_row(card, code) for code in nodes], _gate_foot(card)
        yield heading(2, "核查结果")
        yield table(columns, rows, foot=foot, label="各指标的核查结果", role="score")
        return
    columns = [
        column("指标", share=3),
        column("满分", number=True),
        column("算式", share=4),
        *([column("不计否决", number=True)] if card.vetoes else []),
        column("计入得分", number=True),
        column("页", number=True, paper=True),
    ]
    rows = [_row(card, code) for code in nodes]
    yield heading(2, "计分表")
    yield table(columns, rows, foot=_row(card, TOTAL), label="各指标的算式和得分", role="score")
    voided = (code for code, node in card.nodes.items() if node.status == VOIDED)
    for reason in dict.fromkeys(words.void_reason(card, code) for code in voided):
        yield paragraph(f"{VOID_MARK} {reason}。", role="note")


def _name(card: Scorecard, code: str) -> Text:
    name = card.nodes[code].name if code == TOTAL else f"{code} {card.nodes[code].name}"
    if code in card.scheme.children:
        return strong(name)
    return link(name, f"#{code}") if has_part(card, code) else name


def _page(card: Scorecard, code: str) -> Text:
    return page_of(code) if has_part(card, code) else ""


def _row(card: Scorecard, code: str) -> list[Text]:
    node = card.nodes[code]
    worked = words.limited_sum(card, code) if code in card.scheme.children else words.own_sum(card, code)
    mark = VOID_MARK if node.status == VOIDED else ""
    pending = f"待评：{card.pending[code]}" if code in card.pending else ""
    return [
        _name(card, code),
        shown(node.full),
        pending or worked,
        *([words.unvetoed_words(node)] if card.vetoes else []),
        f"{words.points_words(node)}{mark}",
        _page(card, code),
    ]


def _gate_row(card: Scorecard, code: str) -> list[Text]:
    leaf = code not in card.scheme.children
    note = card.pending.get(code, "") or (words.veto_count(card, code) if leaf else "")
    return [_name(card, code), words.gate_result(card, code), note, _page(card, code)]


def _gate_foot(card: Scorecard) -> list[Text]:
    return [card.total.name, words.verdict(card), "", ""]
