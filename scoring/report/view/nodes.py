"""The tree in a department's report: the table of all nodes, and for each leaf its clause, findings, sum and advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scoring.base.points import shown
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.view import words
from scoring.report.view.blocks import Block, Run, Text, column, group, heading, link, page_of, paragraph, strong, table
from scoring.scheme import TOTAL, Scheme

#: How many findings of a kind a leaf lists before it refers to the Excel ledger.
LISTED: Final = 10
#: The anchor of the files that rows name, in the appendix.
ATTACHMENTS: Final = "attachments"
#: Marks what a veto sets to zero.
VOID_MARK: Final = "◆"


def found(card: Scorecard, code: str) -> list[Finding]:
    """The findings of a leaf that a report lists: all but a bonus that was withdrawn."""
    return [finding for finding in card.of(code) if not finding.bonus or finding.stands]


def has_part(card: Scorecard, code: str) -> bool:
    """Whether a node is a leaf with its own part in the report: not pending, with findings or losses."""
    if card.scheme.children.get(code) or code in card.pending:
        return False
    return bool(card.nodes[code].lost or found(card, code))


def advice_for(card: Scorecard, code: str) -> list[str]:
    """整改建议 for the findings of a leaf."""
    valid = (one for one in found(card, code) if one.stands and (one.effect == VOID or not one.bonus))
    return list(dict.fromkeys(one.kind.advice for one in valid if one.kind.advice))


def numbers_of(card: Scorecard) -> dict[str, int]:
    """Finding to its number in the report."""
    return {finding.id: number for number, finding in enumerate(card.findings, 1)}


def clause_blocks(scheme: Scheme, code: str) -> Iterator[Block]:
    """The clause word for word, or labelled 大意 in a paraphrased scheme, and what is garbled in the source."""
    node, mark = scheme.by_code[code], "（大意）" if scheme.paraphrased else ""
    standard = node.standard or "（未列计分标准，由考核人员评分）"
    for label, text in (("指标说明", node.description), ("计分标准", standard), ("备注说明", node.remark)):
        name = "否决标准" if scheme.is_gate and label == "计分标准" else label
        for number, line in enumerate(one for one in text.strip().split("\n") if one):
            yield paragraph(*([strong(f"{name}{mark}"), "　"] if number == 0 else []), line)
    if node.source_note:
        yield paragraph(node.source_note, role="note")


def leaf_blocks(card: Scorecard, code: str, numbers: Mapping[str, int]) -> Block:
    """The leaf's part of the report."""
    advice, sums = "".join(advice_for(card, code)), []
    if not card.scheme.is_gate:  # its own sum; zeros set from above are explained under the 计分表
        is_void = card.nodes[code].status == VOIDED and card.steps.own(code)
        counted = f"；计入 0 分{VOID_MARK}" if is_void else ""
        sums.append(paragraph(f"计分：{words.own_sum(card, code)}{counted}", role="sum"))
    return group(
        "leaf",
        [
            heading(3, f"{code} {card.nodes[code].name}{words.result_of(card, code)}", code),
            group("clause", clause_blocks(card.scheme, code)),
            *_findings(card, code, numbers),
            *sums,
            paragraph(words.looked_at(card, code), role="note"),
            *([group("advice", [paragraph(strong("整改建议"), "　", advice)])] if advice else []),
        ],
    )


def _findings(card: Scorecard, code: str, numbers: Mapping[str, int]) -> Iterator[Block]:
    of_kind: dict[str, list[Finding]] = {}
    for finding in found(card, code):
        of_kind.setdefault(finding.kind.name, []).append(finding)
    points = column("效果", whole=True) if card.scheme.is_gate else column("分值", number=True)
    columns = [column("序号", number=True), column("认定事项", share=5), column("佐证", share=2), points]
    listed = {finding.id for of_one in of_kind.values() for finding in of_one[:LISTED]}
    rows = [_row(card, finding, numbers) for finding in found(card, code) if finding.id in listed]
    if rows:
        yield table(columns, rows, label=f"{code} 的认定事项", role="findings")
    for kind, of_one in of_kind.items():
        if len(of_one) > LISTED:
            more = f"“{kind}”共 {len(of_one)} 项，此处列出前 {LISTED} 项，其余见评分台账（Excel）。"
            yield paragraph(more, role="note")


def _row(card: Scorecard, finding: Finding, numbers: Mapping[str, int]) -> list[Text]:
    sentence: list[Run] = [finding.sentence]
    if review := finding.review:
        status = strong(f"［{words.finding_status(card, finding)}］")
        sentence += [status, f"{review.reason}（复核人：{review.reviewer}）"]
    if finding.attachments:
        files = "、".join(one.name for one in finding.attachments)
        sentence += ["［", link("附件", f"#{ATTACHMENTS}"), f"：{files}］"]
    return [str(numbers[finding.id]), sentence, finding.where, words.finding_points(finding, card.scheme)]


# --- The table of all nodes -----------------------------------------------------------------------------------------


def score_table(card: Scorecard) -> Iterator[Block]:
    """The table under its heading."""
    if gate := card.scheme.is_gate:
        columns = [column("结果", whole=True), column("说明", share=4)]
    else:
        without = [column("不计否决", number=True)] if card.vetoes else []
        columns = [column("满分", number=True), column("算式", share=4), *without, column("计入得分", number=True)]
    columns = [column("指标", share=3), *columns, column("页", number=True, paper=True)]
    rows = {code: (_gate_row if gate else _score_row)(card, code) for code in card.nodes}
    foot = rows.pop(TOTAL)
    yield heading(2, "核查结果" if gate else "计分表")
    label = "各指标的核查结果" if gate else "各指标的算式和得分"
    yield table(columns, rows.values(), foot=foot, label=label, role="score")
    voided = (code for code, node in card.nodes.items() if node.status == VOIDED and not gate)
    for reason in dict.fromkeys(words.void_reason(card, code) for code in voided):
        yield paragraph(f"{VOID_MARK} {reason}。", role="note")


def _node_name(card: Scorecard, code: str) -> Text:
    name = card.nodes[code].name if code == TOTAL else f"{code} {card.nodes[code].name}"
    if code in card.scheme.children:
        return strong(name)
    return link(name, f"#{code}") if has_part(card, code) else name


def _page(card: Scorecard, code: str) -> Text:
    return page_of(code) if has_part(card, code) else ""


def _score_row(card: Scorecard, code: str) -> list[Text]:
    node = card.nodes[code]
    worked = words.limited_sum(card, code) if code in card.scheme.children else words.own_sum(card, code)
    mark = VOID_MARK if node.status == VOIDED else ""
    pending = f"待评：{card.pending[code]}" if code in card.pending else ""
    return [
        _node_name(card, code),
        shown(node.full),
        pending or worked,
        *([words.unvetoed_words(node)] if card.vetoes else []),
        f"{words.points_words(node)}{mark}",
        _page(card, code),
    ]


def _gate_row(card: Scorecard, code: str) -> list[Text]:
    if code == TOTAL:
        return [card.total.name, words.verdict(card), "", ""]
    leaf = code not in card.scheme.children
    note = card.pending.get(code, "") or (words.veto_count(card, code) if leaf else "")
    return [_node_name(card, code), words.gate_result(card, code), note, _page(card, code)]
