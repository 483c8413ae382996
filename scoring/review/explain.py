"""Why a node has its score or result: clause, reading, finding, evidence, points, floor, cap or void, as text."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.base.points import shown
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Finding, Scorecard
from scoring.report.view import words
from scoring.scheme import TOTAL, Scheme


def explain(card: Scorecard, code: str) -> str:
    """The whole chain behind a node's score, or behind its result in a gate.

    Parameters
    ----------
    code
        A leaf's code for the chain from its clause on; a branch's, or ``total``, for the nodes under it.

    Raises
    ------
    KeyError
        When the scheme has no such node; the message is in Chinese.
    """
    if code not in card.nodes:
        raise KeyError(f"没有编号为“{code}”的指标")
    is_leaf, is_gate = code not in card.scheme.children, card.scheme.is_gate
    parts = [("部门", [f"{card.department}（{card.scheme.year_words}）"])]
    parts += [("结果", [_result(card, code)]) if is_gate else ("得分", [_score(card, code)])]
    if is_leaf:
        parts.append(("条款", list(_clause(card, code))))
    parts.append(("解读", list(_readings(card, code))))
    if is_leaf:
        parts += [("佐证", [words.looked_at(card, code)]), ("发现", list(_findings(card, code)))]
    if is_leaf and not is_gate:
        parts.append(("计算", [words.worked_sum(card, code)]))
    branches = [above for above in card.scheme.lineage(code) if above in card.scheme.children]
    parts += [("上级" if above != code else "合计", [_above(card, above)]) for above in branches]
    return "\n".join(f"【{title}】" + "\n　　".join(lines) for title, lines in parts if lines)


def findings_of(card: Scorecard, code: str | None = None) -> list[Finding]:
    """The findings of a leaf, those suspected and those of a pending one too; of all leaves when there is no code."""
    found = (*card.findings, *card.suspected, *card.set_aside)
    return [finding for finding in found if code in {None, finding.code}]


def result(card: Scorecard, code: str) -> str:
    """A node's result in a gate."""
    if code == TOTAL:
        return words.verdict(card)
    counted = words.veto_count(card, code)
    return f"{words.gate_result(card, code)}{f'（{counted}）' if counted else ''}"


def effect_label(scheme: Scheme) -> str:
    """The title of the column with a finding's effect: points, or in a gate the result."""
    return "效果" if scheme.is_gate else "分值"


def _named(card: Scorecard, code: str) -> str:
    return card.nodes[code].name if code == TOTAL else f"{code} {card.nodes[code].name}"


def _result(card: Scorecard, code: str) -> str:
    return f"{_named(card, code)}：{result(card, code)}"


def _score(card: Scorecard, code: str) -> str:
    node = card.nodes[code]
    state = {"pending": "，待评", "void": "，计 0 分"}.get(node.status, "")
    return f"{_named(card, code)}：满分 {shown(node.full)} 分，得 {words.points_words(node)} 分{state}"


def _above(card: Scorecard, code: str) -> str:
    """How a branch's score follows from the nodes under it."""
    if not card.scheme.is_gate:
        return words.branch_sum(card, code)
    under = "；".join(_result(card, child) for child in card.scheme.children[code])
    return f"{_result(card, code)}。其中 {under}"


def _clause(card: Scorecard, code: str) -> Iterator[str]:
    node, standard = card.scheme.by_code[code], "否决标准" if card.scheme.is_gate else "计分标准"
    mark = "（大意）" if card.scheme.paraphrased else ""
    for label, text in (("指标说明", node.description), (standard, node.standard), ("备注说明", node.remark)):
        if text:
            yield f"{label}{mark}：{'　'.join(text.split())}"
    if node.source_note:
        yield node.source_note


def _readings(card: Scorecard, code: str) -> Iterator[str]:
    lineage = card.scheme.lineage(code)
    for key, reading in card.scheme.readings.items():
        if set(reading.nodes) & set(lineage):
            option = card.readings[key]
            default = "（默认）" if option == reading.default else ""
            yield f"{reading.title}：{reading.options[option]}{default}"


def _findings(card: Scorecard, code: str) -> Iterator[str]:
    found = findings_of(card, code)
    if not found:
        yield "没有发现"
    for number, finding in enumerate(found, start=1):
        yield f"{number}. {finding.sentence}"
        yield f"　 编号：{finding.id}；{_effect(card, finding)}"
        cells = words.evidence_words(finding)
        yield f"　 佐证：{finding.where}{'：' + cells if cells else ''}"
        if finding.review:
            review = finding.review
            day = chinese_date(review.reviewed_on)
            stale = f"；已失效：{review.stale}" if review.stale else ""
            yield f"　 复核：{review.decision}（{review.reviewer}，{day}）：{review.reason}{stale}"


def _effect(card: Scorecard, finding: Finding) -> str:
    if finding.withdrawn:
        return f"{words.finding_status(card, finding)}，不计"
    if finding.only_suspected:
        return f"{words.finding_status(card, finding)}，确认之前不计"
    if finding.code in card.pending:
        return "指标待评，暂不计"
    if not finding.stands:
        return "所依据的发现不足，不再成立"
    return f"{effect_label(card.scheme)}：{words.finding_points(finding, card.scheme)}"
