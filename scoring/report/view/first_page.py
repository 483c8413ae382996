"""The first page of a department's report: the result, its parts, the largest losses, what to do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from scoring.base.points import ZERO, shown, shown_range
from scoring.engine.findings import VOID, chinese_date
from scoring.engine.readings import Decided
from scoring.engine.scorecard import Finding, NodeScore, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.view import words
from scoring.report.view.blocks import (
    Block,
    Text,
    bullets,
    column,
    heading,
    link,
    page_of,
    paragraph,
    table,
    verdict,
)
from scoring.report.view.decided import firmness
from scoring.report.view.followup import summary as follow_up_summary
from scoring.report.view.nodes import advice_for
from scoring.report.view.remedies import remedy_blocks
from scoring.report.view.suspected import sentence
from scoring.scheme import TOTAL

VETOES_LISTED, LOSSES_LISTED, ADVICE_LISTED = 3, 10, 3


def first_page(
    card: Scorecard, title: str, place: int | None, ranked: int, decided: Decided | None = None
) -> Iterator[Block]:
    """The blocks of the page; ``decided`` is what the readings decide."""
    yield heading(1, title)
    if card.sample:
        yield paragraph(words.SAMPLE_WORDS, role="sample")
    yield _gate_verdict(card) if card.scheme.is_gate else _verdict(card, place, ranked)
    yield from map(paragraph, summary(card, place, ranked))
    if decided and card.scheme.readings:
        yield paragraph(firmness(card.scheme, decided))
    if card.reviews:
        yield paragraph(words.review_summary(card))
    if followed := follow_up_summary(card):
        yield paragraph(followed)
    yield from sentence(card)
    if not card.scheme.is_gate:
        yield from _parts(card)
    yield from _vetoes(card)
    losses = largest_losses(card)
    yield from _losses(card, losses)
    yield from _advice(card, losses, decided.above if decided else None)
    yield paragraph(note_on(card), role="note")


def note_on(card: Scorecard) -> str:
    """The meaning of 合格, and whether clauses are paraphrased."""
    scheme = card.scheme
    gate, points = "不计分，没有一项否决即为合格。", "没有设合格分数线。"
    qualified = f"《{scheme.title}》{gate}" if scheme.is_gate else f"“合格”指未触发否决；《{scheme.title}》{points}"
    return qualified + ("所列条款均为条款大意，不是原文。" if scheme.paraphrased else "")


# --- What happened, and what cost most ----------------------------------------------------------------------------


def summary(card: Scorecard, rank: int | None, ranked: int) -> list[str]:
    """The result, why there is a veto, and what was lost."""
    if not card.scheme.is_gate:
        return [_result_sentence(card, rank, ranked), *_veto_sentences(card), _loss_sentence(card)]
    others = sum(finding.stands and not finding.veto for finding in card.findings)
    beside = [f"另有 {others} 项认定事项不单独构成否决。"] if others else []
    return [_result_sentence(card, rank, ranked), *_veto_sentences(card), *beside]


def _result_sentence(card: Scorecard, rank: int | None, ranked: int) -> str:
    who = f"{card.department}{card.scheme.year_words}网站管理工作"
    if card.scheme.is_gate:
        pending = f"有 {len(card.pending)} 个指标待评，" if card.pending else ""
        judged = "暂不判定是否合格" if card.qualified is None else f"判定为{words.verdict(card)}"
        return f"{card.department}{card.scheme.year_words}网站{pending}{judged}。"
    if card.pending:
        reach = f"总分在 {shown_range(card.total.low, card.total.high)} 分之间"
        return f"{who}有 {len(card.pending)} 个指标待评，{reach}，暂不排名。"
    place = f"，在已评定的 {ranked} 个部门中排第 {rank} 名" if rank else "，示例数据不参加排名"
    extra = f"（含加分 {words.bonus_words(card)} 分）" if card.bonus else ""
    return f"{who}考核得 {words.points_words(card.total)} 分{extra}{place}，{'判定为' + words.verdict(card)}。"


def _veto_sentences(card: Scorecard) -> list[str]:
    if not card.vetoes:
        return []
    named = card.vetoes[:2]
    reasons = "；".join(dict.fromkeys(finding.because for finding in named))
    more = f"等 {len(card.vetoes)} 项" if len(card.vetoes) > len(named) else ""
    kinds = "、".join(dict.fromkeys(str(finding.veto) for finding in card.vetoes))
    if card.scheme.is_gate:
        return [f"因{reasons}{more}，触发{kinds}。"]
    scopes = "、".join(dict.fromkeys(words.scope_words(card.scheme, finding.scope) for finding in card.vetoes))
    without = f"；不计否决，总分为 {shown(card.total.unvetoed)} 分" if not card.pending else ""
    return [f"因{reasons}{more}，触发{kinds}，{scopes}计 0 分{without}。"]


def _loss_sentence(card: Scorecard) -> str:
    losses = largest_losses(card)
    if not losses:
        judged = words.judged(card)
        return f"{judged}均未失分。" if judged else "各项指标均待评，有无失分尚不能判断。"
    apart = "否决之外，" if card.vetoes else ""
    if len(losses) == 1:
        return f"{apart}仅“{losses[0].code} {losses[0].name}”一项失分，失 {shown(losses[0].lost)} 分。"
    leading = "、".join(f"“{node.code} {node.name}”（失 {shown(node.lost)} 分）" for node in losses[:3])
    return f"{apart}共有 {len(losses)} 个指标失分，失分最多的是{leading}。"


def largest_losses(card: Scorecard) -> list[NodeScore]:
    """Leaves by points lost, vetoes aside, largest first; equal ones in the scheme's order."""
    losses = [card.nodes[leaf.code] for leaf in card.scheme.leaves if card.nodes[leaf.code].lost]
    return sorted(losses, key=lambda node: -node.lost)


def main_reason(card: Scorecard, code: str) -> str:
    """Why a leaf lost points, in a few words: kinds of finding with their number."""
    problems = (finding for finding in card.of(code) if _is_problem(card, finding))
    kinds = Counter(f"{'经确认的' if one.confirmed else ''}{one.kind.name}" for one in problems)
    reasons = [f"{name}（{count} 项）" if count > 1 else name for name, count in kinds.items()]
    above = voids_from_above(card, code)[:1]
    reasons += [f"{void.kind.name}，{words.scope_words(card.scheme, void.scope)}计 0 分" for void in above]
    return "、".join(reasons) or f"无扣分事项：{words.own_sum(card, code)}"


def _is_problem(card: Scorecard, finding: Finding) -> bool:
    """Whether there is something to do about a finding; one that earns points must be outdone by another kind."""
    each, kinds = finding.each or ZERO, card.nodes[finding.code].node.findings.values()
    outdone = each <= 0 or any((kind.each or ZERO) > each for kind in kinds)
    return finding.stands and not finding.veto and bool(finding.kind.advice) and outdone


def voids_from_above(card: Scorecard, code: str) -> list[Finding]:
    """Findings of other leaves that set this one to zero with its branch, vetoes aside (网站安全计0分)."""
    lineage = card.scheme.lineage(code)
    voids = (one for one in card.findings if one.stands and one.effect == VOID and not one.veto)
    return [one for one in voids if one.code != code and one.scope in lineage]


# --- The blocks ---------------------------------------------------------------------------------------------------


def _verdict(card: Scorecard, place: int | None, ranked: int) -> Block:
    bonus = f"，含加分 {words.bonus_words(card)} 分" if card.bonus else ""
    if place:
        rank, hint = f"第 {place} 名", f"已评定 {ranked} 个部门"
    elif card.pending:
        rank, hint = "暂不排名", f"{len(card.pending)} 项指标待评"
    else:
        rank, hint = "暂不排名", f"示例数据不参加排名；已评定 {ranked} 个部门"
    facts = [
        ("满分", f"{shown(card.total.full)} 分", f"考核期至 {chinese_date(card.as_of)}{bonus}"),
        ("名次", rank, hint),
    ]
    return verdict(words.verdict_class(card), words.verdict(card), words.points_words(card.total), facts)


def _gate_verdict(card: Scorecard) -> Block:
    results = [words.gate_result(card, leaf.code) for leaf in card.scheme.leaves]
    facts = [
        ("指标", f"{len(results)} 个", f"考核期至 {chinese_date(card.as_of)}"),
        ("待评", f"{results.count(words.WAITING)} 个", "尚未核查或佐证不足"),
    ]
    vetoed = str(results.count(words.VETOED))
    return verdict(words.verdict_class(card), words.verdict(card), vetoed, facts, unit="个指标触发否决")


def _parts(card: Scorecard) -> Iterator[Block]:
    """各部分得分, and how they make the total."""
    codes = card.scheme.children[TOTAL]
    notes = {code: _note(card, code) for code in (*codes, TOTAL)}
    figures = ("满分", *(["不计否决"] if card.vetoes else []), "得分")
    columns = [column("部分", share=3), *(column(name, number=True) for name in figures)]
    explained = [column("说明", share=2)] if any(notes.values()) else []

    def row(code: str, name: str) -> list[Text]:
        node = card.nodes[code]
        unvetoed = [words.unvetoed_words(node)] if card.vetoes else []
        return [name, shown(node.full), *unvetoed, words.points_words(node), *([notes[code]] if explained else [])]

    rows = [row(code, words.section_name(card.scheme, code)) for code in codes]
    yield table([*columns, *explained], rows, foot=row(TOTAL, "总分"), label="各部分得分")
    yield paragraph(words.branch_sum(card, TOTAL), role="note")


def _note(card: Scorecard, code: str) -> str:
    """A short remark on a part's figure: a bonus, pending leaves."""
    under = card.scheme.under(code)
    pending = sum(leaf in card.pending for leaf in under)
    earning = any(card.scheme.by_code[leaf].bonus for leaf in under)
    notes = [f"{pending} 项指标待评"] if pending else []
    if card.bonus and earning and card.nodes[code].status != VOIDED:
        notes.append(f"含加分 {words.bonus_words(card)} 分")
    return "；".join(notes)


def _vetoes(card: Scorecard) -> Iterator[Block]:
    if not (vetoes := card.vetoes):
        return
    yield heading(2, "否决情形")
    columns = [column("否决", whole=True), column("事由与佐证", share=3), column("处理结果")]
    rows: list[list[Text]] = []
    for veto in vetoes[:VETOES_LISTED]:
        leaf = link(f"{veto.code} {card.nodes[veto.code].name}", f"#{veto.code}")
        because = [leaf, f"：{words.veto_reason(card, veto)}"]
        rows.append([str(veto.veto), because, words.veto_effect(card.scheme, veto)])
    yield table(columns, rows, label="否决情形")
    if len(vetoes) > VETOES_LISTED:
        yield paragraph(f"共 {len(vetoes)} 项否决情形，此处列出前 {VETOES_LISTED} 项，其余见各指标。", role="note")


def _losses(card: Scorecard, losses: Sequence[NodeScore]) -> Iterator[Block]:
    """The largest losses with their causes and pages."""
    if not losses:
        return
    listed = losses if len(losses) <= LOSSES_LISTED else losses[: LOSSES_LISTED - 1]
    yield heading(2, "否决以外的失分" if card.vetoes else "失分情况")
    columns = [
        column("指标", share=3),
        column("满分", number=True),
        column("失分", number=True),
        column("主要问题", share=4),
        column("页", number=True, paper=True),
    ]
    rows = [
        [
            link(f"{node.code} {node.name}", f"#{node.code}"),
            shown(node.full),
            f"−{shown(node.lost)}",
            main_reason(card, node.code),
            page_of(node.code),
        ]
        for node in listed
    ]
    yield table(columns, rows, label="失分情况")
    if rest := losses[len(listed) :]:
        lost = shown(sum((node.lost for node in rest), ZERO))
        yield paragraph(f"其余 {len(rest)} 项合计失 {lost} 分，见计分表。", role="note")
    yield paragraph(words.reckoning(card), role="note")


def _advice(card: Scorecard, losses: Sequence[NodeScore], above: Fraction | None) -> Iterator[Block]:
    """What to do first: what helps most, then advice about vetoes and about what cost most."""
    first = [(veto.code, veto.kind.advice) for veto in card.vetoes if veto.kind.advice]
    others = [(node.code, one) for node in losses for one in advice_for(card, node.code)[:1]]
    advice = list(dict.fromkeys((*first, *others)))[:ADVICE_LISTED]
    mended = list(remedy_blocks(card, above))
    if advice or mended:
        yield heading(2, "整改重点")
        yield from mended
    if mended:
        yield paragraph("改正不改变本次结果，发现经复核撤销，本次结果方可改变。", role="note")
    if advice:
        leaves = [link(f"{code} {card.nodes[code].name}", f"#{code}") for code, _ in advice]
        entries = [[one.rstrip("。"), "（", leaf, "）"] for (_, one), leaf in zip(advice, leaves, strict=True)]
        yield bullets(entries, numbered=True)
