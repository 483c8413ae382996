"""A summary in two or three sentences for the department's leader, and the largest losses."""

from __future__ import annotations

from scoring.base.points import shown, shown_range
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, NodeScore, Scorecard
from scoring.report.view.words import bonus_words, own_sum, points_words, scope_words, verdict


def summary(card: Scorecard, rank: int | None, ranked: int) -> list[str]:
    """The result, the reason for a veto, and the losses."""
    last = _beside_vetoes(card) if card.scheme.is_gate else _loss_sentences(card)
    return [_result_sentence(card, rank, ranked), *_veto_sentences(card), *last][:3]


def _result_sentence(card: Scorecard, rank: int | None, ranked: int) -> str:
    who = f"{card.department}{card.scheme.year_words}网站管理工作"
    if card.scheme.is_gate:
        pending = f"有 {len(card.pending)} 个指标待评，" if card.pending else ""
        judged = "暂不判定是否合格" if card.qualified is None else f"判定为{verdict(card)}"
        return f"{card.department}{card.scheme.year_words}网站{pending}{judged}。"
    if card.pending:
        reach = f"总分在 {shown_range(card.total.low, card.total.high)} 分之间"
        return f"{who}有 {len(card.pending)} 个指标待评，{reach}，暂不排名。"
    place = f"，在已评定的 {ranked} 个部门中排第 {rank} 名" if rank else "，示例数据不参加排名"
    extra = f"（含加分 {bonus_words(card)} 分）" if card.bonus else ""
    return f"{who}考核得 {points_words(card.total)} 分{extra}{place}，{'判定为' + verdict(card)}。"


def _veto_sentences(card: Scorecard) -> list[str]:
    if not card.vetoes:
        return []
    named = card.vetoes[:2]
    reasons = "；".join(dict.fromkeys(finding.because for finding in named))
    more = f"等 {len(card.vetoes)} 项" if len(card.vetoes) > len(named) else ""
    kinds = "、".join(dict.fromkeys(str(finding.veto) for finding in card.vetoes))
    if card.scheme.is_gate:
        return [f"因{reasons}{more}，触发{kinds}。"]
    scopes = "、".join(dict.fromkeys(scope_words(card.scheme, finding.scope) for finding in card.vetoes))
    without = f"；不计否决，总分为 {shown(card.total.unvetoed)} 分" if not card.pending else ""
    return [f"因{reasons}{more}，触发{kinds}，{scopes}计 0 分{without}。"]


def _beside_vetoes(card: Scorecard) -> list[str]:
    """Findings in a gate that are not vetoes."""
    others = sum(finding.stands and not finding.veto for finding in card.findings)
    return [f"另有 {others} 项认定事项不单独构成否决。"] if others else []


def _loss_sentences(card: Scorecard) -> list[str]:
    losses = largest_losses(card)
    if not losses:
        return ["已核查的指标均未失分。" if card.pending else "各项指标均未失分。"]
    apart = "否决之外，" if card.vetoes else ""
    if len(losses) == 1:
        return [f"{apart}仅“{losses[0].code} {losses[0].name}”一项失分，失 {shown(losses[0].lost)} 分。"]
    leading = "、".join(f"“{node.code} {node.name}”（失 {shown(node.lost)} 分）" for node in losses[:3])
    return [f"{apart}共有 {len(losses)} 个指标失分，失分最多的是{leading}。"]


def largest_losses(card: Scorecard) -> list[NodeScore]:
    """Leaves by points lost, without vetoes, largest first; equal ones in the scheme's order."""
    losses = [card.nodes[leaf.code] for leaf in card.scheme.leaves if card.nodes[leaf.code].lost]
    return sorted(losses, key=lambda node: -node.lost)


def main_reason(card: Scorecard, code: str) -> str:
    """Why a leaf lost points, in a few words: kinds of finding with their number."""
    counts: dict[str, int] = {}
    for finding in card.of(code):
        if finding.stands and not finding.veto and finding.kind.advice:
            counts[finding.kind.name] = counts.get(finding.kind.name, 0) + 1
    words = [f"{name}（{count} 项）" if count > 1 else name for name, count in counts.items()]
    words += [
        f"{void.kind.name}，{scope_words(card.scheme, void.scope)}计 0 分" for void in voids_from_above(card, code)[:1]
    ]
    return "、".join(words) or f"无扣分事项：{own_sum(card, code)}"


def voids_from_above(card: Scorecard, code: str) -> list[Finding]:
    """Findings of other leaves, other than vetoes, that set this one to zero with its branch (网站安全计0分)."""
    lineage = card.scheme.lineage(code)
    voids = (one for one in card.findings if one.stands and one.effect == VOID and not one.veto)
    return [one for one in voids if one.code != code and one.scope in lineage]
