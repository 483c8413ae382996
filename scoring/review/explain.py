"""Why a node has the score that it has: clause, reading, finding, evidence, points, floor, cap or void, as text."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.base.points import shown
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Finding, Scorecard
from scoring.report.view import words
from scoring.scheme import TOTAL


def explain(card: Scorecard, code: str) -> str:
    """The whole chain behind a node's score.

    Parameters
    ----------
    code
        A leaf's code for the chain from its clause on; a branch's, or ``total``, for its sum.

    Raises
    ------
    KeyError
        When the scheme has no such node; the message is in Chinese.
    """
    if code not in card.nodes:
        raise KeyError(f"没有编号为“{code}”的指标")
    parts = [("得分", [_score(card, code)])]
    if code in card.scheme.children:
        parts += [("解读", list(_readings(card, code)))]
    else:
        parts += [
            ("条款", list(_clause(card, code))),
            ("解读", list(_readings(card, code))),
            ("佐证", [words.looked_at(card, code)]),
            ("发现", list(_findings(card, code))),
            ("计算", [words.worked_sum(card, code)]),
        ]
    parts += [("上级" if above != code else "合计", [words.branch_sum(card, above)]) for above in _branches(card, code)]
    return "\n".join(f"【{title}】" + "\n　　".join(lines) for title, lines in parts if lines)


def _score(card: Scorecard, code: str) -> str:
    node = card.nodes[code]
    name = node.name if code == TOTAL else f"{code} {node.name}"
    state = {"pending": "，待评", "void": "，计 0 分"}.get(node.status, "")
    return f"{name}：满分 {shown(node.full)} 分，得 {words.points_words(node)} 分{state}"


def _clause(card: Scorecard, code: str) -> Iterator[str]:
    node = card.scheme.by_code[code]
    for label, text in (("指标说明", node.description), ("计分标准", node.standard), ("备注说明", node.remark)):
        if text:
            yield f"{label}：{'　'.join(text.split())}"


def _readings(card: Scorecard, code: str) -> Iterator[str]:
    lineage = card.scheme.lineage(code)
    for key, reading in card.scheme.readings.items():
        if set(reading.nodes) & set(lineage):
            option = card.readings[key]
            default = "，默认" if option == reading.default else ""
            yield f"{reading.title}：{reading.options[option]}（{key}={option}{default}）"


def _findings(card: Scorecard, code: str) -> Iterator[str]:
    found = card.of(code) or [finding for finding in card.set_aside if finding.code == code]
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
        return "已撤销，不计"
    if finding.code in card.pending:
        return "指标待评，暂不计"
    if not finding.stands:
        return "所依据的发现不足，不再成立"
    return f"分值：{words.finding_points(finding, card.scheme)}"


def _branches(card: Scorecard, code: str) -> list[str]:
    """The node itself where it is a branch, and all above it."""
    return [above for above in card.scheme.lineage(code) if above in card.scheme.children]
