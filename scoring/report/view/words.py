"""Sentences and sums in Chinese, generated from a scorecard and agreeing with it to the digit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from scoring.base.points import shown, shown_range, signed
from scoring.base.tables import each_row
from scoring.engine.findings import VOID, chinese_date
from scoring.engine.scorecard import Finding, NodeScore, Scorecard
from scoring.engine.settle import VOIDED
from scoring.engine.steps import LeafSteps
from scoring.evidence.reading.cells import displayed
from scoring.scheme import TOTAL, Contradiction, Scheme, parent
from scoring.scheme.sheets import FACTS, INSPECTED

_DIGITS = "零一二三四五六七八九"
#: Results of a leaf or branch in a gate.
VETOED, NOT_VETOED, WAITING = "触发否决", "未触发", "待评"


SAMPLE_WORDS: Final = "示例数据　本页依虚构的示例佐证生成，不是任何单位的真实考核结果"
VERDICTS: Final = ("合格", "不合格", "待评")


def judged(card: Scorecard) -> str:
    """The leaves that a sentence about no loss speaks of; empty where not one has been judged."""
    if len(card.pending) == len(card.scheme.leaves):
        return ""
    return "已核查的指标" if card.pending else "各项指标"


def ends_words(best: Scorecard, worst: Scorecard) -> str:
    """The highest and the lowest total of a ranking, which may be the same."""
    if best.total.low == worst.total.low:
        return f"{'得分相同，均为' if best is not worst else '得'} {shown(best.total.low)} 分"
    high, low = (f"{card.department}（{shown(card.total.low)} 分）" for card in (best, worst))
    return f"得分最高的是{high}，最低的是{low}"


def so_far(cards: Iterable[Scorecard]) -> str:
    """What a sentence that nothing was found is about, where a leaf is pending; else empty."""
    return "按已评定的指标，" if any(card.pending for card in cards) else ""


def left_out(faulty: Collection[str], samples: Collection[str]) -> str:
    """The departments that a page does not have; empty when it has all."""
    named = {"佐证有差错、未列入的": faulty, "佐证为示例、未列入的": samples}
    return "".join(f"{name}：{'、'.join(who)}。" for name, who in named.items() if who)


def verdict(card: Scorecard) -> str:
    """合格, 不合格 or 待评."""
    return VERDICTS[(True, False, None).index(card.qualified)]


def verdict_class(card: Scorecard) -> str:
    """The CSS class of a verdict."""
    return ("pass", "fail", "pending")[(True, False, None).index(card.qualified)]


def points_words(node: NodeScore) -> str:
    """A node's score, or its range while it is pending."""
    return shown(node.score) if node.score is not None else shown_range(node.low, node.high)


def unvetoed_words(node: NodeScore) -> str:
    """A node's score, or its range if leaves are pending, without any veto."""
    return shown_range(node.unvetoed, node.at_best)


def bonus_words(card: Scorecard) -> str:
    """The bonus granted, or its range if pending leaves affect its limit."""
    return shown_range(*sorted(card.granted))


def scope_words(scheme: Scheme, scope: str | None) -> str:
    """What a void sets to zero, in the scheme's words: “总分”, or a node's name with its code."""
    if scope in {None, TOTAL}:
        return "总分"
    return f"“{scheme.by_code[str(scope)].name}”（{scope}）"


def ordinal_section(number: int) -> str:
    """一, 二, 三 ... for a heading.

    >>> [ordinal_section(number) for number in (1, 10, 11, 20, 34)]
    ['一', '十', '十一', '二十', '三十四']
    """
    tens, ones = divmod(number, 10)
    digit = _DIGITS[ones] if ones or not tens else ""
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + digit


def section_name(scheme: Scheme, code: str) -> str:
    """A section's heading, such as 三、政务公开; for other nodes, code and name."""
    for number, section in enumerate(scheme.report_sections, 1):
        if section.node == code:
            return f"{ordinal_section(number)}、{section.title or scheme.by_code[code].name}"
    return f"{code} {scheme.by_code[code].name}"


def gate_result(card: Scorecard, code: str) -> str:
    """A node's result in a gate: 触发否决, 待评 or 未触发."""
    leaves = card.scheme.under(code)
    if any(veto.code in leaves for veto in card.vetoes):
        return VETOED
    return NOT_VETOED if card.pending.keys().isdisjoint(leaves) else WAITING


def veto_count(card: Scorecard, code: str) -> str:
    """The number of vetoes and of other findings of a leaf."""
    valid = [finding for finding in card.of(code) if finding.stands]
    vetoes = sum(bool(finding.veto) for finding in valid)
    counted = (("否决情形", vetoes), ("其他认定事项", len(valid) - vetoes))
    return "，".join(f"{name} {count} 项" for name, count in counted if count)


def result_of(card: Scorecard, code: str) -> str:
    """A node's result, for use after its name: （满分 5 分，得 3 分）, or that of a gate."""
    node = card.nodes[code]
    if card.scheme.is_gate:
        return f"（{gate_result(card, code)}）"
    return f"（满分 {shown(node.full)} 分，得 {points_words(node)} 分）"


def veto_effect(scheme: Scheme, finding: Finding) -> str:
    """The effect of a veto: what it sets to zero, or in a gate the result."""
    return "不合格" if scheme.is_gate else f"{scope_words(scheme, finding.scope)}计 0 分"


def veto_reason(card: Scorecard, veto: Finding) -> str:
    """The reason for a veto, with its row or those of the findings that it counts."""
    where = veto.where if veto.row is not None else ""
    if veto.row is None and veto.rests_on:
        counted = [one.where for one in card.findings if one.id in veto.rests_on]
        where = f"依据{'、'.join(dict.fromkeys(counted))}"
    return f"{veto.because.rstrip('。')}。{where}"


# --- The sum of a leaf --------------------------------------------------------------------------------------------


def worked_sum(card: Scorecard, code: str) -> str:
    """The sum of a leaf, such as ``5 − 0.5×2 − 1 = 3``, with floor, cap, void and spill in words."""
    words = own_sum(card, code)
    if is_void_from_above(card, code):
        words += f"；因{void_reason(card, code)}，本项计 0 分"
    return words


def is_void_from_above(card: Scorecard, code: str) -> bool:
    """Whether a leaf is zero for another reason than its own."""
    return card.nodes[code].status == VOIDED and not _own_void(card, code)


def own_sum(card: Scorecard, code: str) -> str:
    """The sum of a leaf, ignoring voids of branches above it."""
    if code in card.pending:
        return f"待评：0～{shown(card.nodes[code].full)}"
    if (own_void := _own_void(card, code)) is not None:
        return f"{own_void.kind.name}，本项计 0 分"
    steps = card.steps.leaves[code]
    if not steps.changes:
        return "0（没有得分项）" if card.nodes[code].node.opens_at_zero else f"{shown(steps.opening)}，无扣分"
    return _added(card, code, steps) if steps.over is None else _proportional(card.nodes[code], steps)


def _own_void(card: Scorecard, code: str) -> Finding | None:
    """The finding that sets just this leaf to zero."""
    return next((one for one in card.of(code) if one.stands and one.effect == VOID and one.scope == code), None)


def _added(card: Scorecard, code: str, steps: LeafSteps) -> str:
    """Opening and changes, one term for each price."""
    node = card.nodes[code].node
    terms = "".join(_term(each, times) for each, times in steps.changes)
    words = f"{shown(steps.opening)}{terms} = {shown(steps.added)}"
    if steps.added < 0:
        above = card.scheme.by_code[parent(code)].name
        spilt = f"，超出的 {shown(steps.spilt)} 分从“{above}”中扣除" if steps.spilt else ""
        return f"{words}，扣至 0 分为止{spilt}"
    if steps.added > node.points and not node.bonus:
        return f"{words}，最多计 {shown(node.points)} 分"
    if not card.nodes[code].voided_by and bonus_words(card) != shown(steps.earned) and steps.earned:
        return f"{words}，加分经限额后为 {bonus_words(card)} 分"
    return words


def _proportional(node: NodeScore, steps: LeafSteps) -> str:
    """3 ×（1 − 扣分/10）, where the leaf loses points in proportion."""
    detail = "".join(_term(-each, times) for each, times in steps.changes).removeprefix(" + ")
    lost = shown(-steps.changed)
    return f"累计扣 {detail} = {lost} 分；{shown(node.node.points)} ×（1 − {lost}/{steps.over}）= {shown(steps.own)}"


def _term(each: Fraction, times: int) -> str:
    sign = "−" if each < 0 else "+"
    return f" {sign} {shown(abs(each))}" + (f"×{times}" if times > 1 else "")


# --- The sum of a branch ------------------------------------------------------------------------------------------


def reckoning(card: Scorecard) -> str:
    """How full points, losses and corrections of branches make the total without vetoes; empty at full points."""
    steps = card.unvetoed_steps
    if not steps.lost:
        return ""
    terms = "".join(_corrections(card)) + (f"+ {shown(steps.gained)}（加分）" if steps.gained else "")
    apart = "、".join([*(["不计否决"] if card.vetoes else []), *(["待评指标按满分计"] if card.pending else [])])
    result = f"{shown(card.total.at_best)} 分{f'（{apart}）' if apart else ''}"
    unequal = "".join(
        f"；“{node.name}”标明 {shown(node.full)} 分，所属指标合计 {shown(branch.full_added)} 分"
        for code, branch in steps.branches.items()
        if (node := card.nodes[code]).full != branch.full_added and code != TOTAL
    )
    return (
        f"总分核算：{shown(steps.full)}（各指标满分合计{unequal}）− {shown(steps.lost)}（失分合计）{terms}= {result}。"
    )


def _corrections(card: Scorecard) -> Iterator[str]:
    """Points taken from branches beyond the losses of leaves."""
    for code, steps in card.unvetoed_steps.branches.items():
        if steps.taken:
            why = _settled_by(card, steps.contradiction) if steps.contradiction else "另扣下级指标超出的分值"
            name = card.scheme.by_code[code].name if code != TOTAL else "总分"
            yield f"− {shown(steps.taken)}（“{name}”{why}）"


def _settled_by(card: Scorecard, contradiction: Contradiction) -> str:
    """How the reading settles a contradiction."""
    return card.scheme.readings[contradiction.reading].options[card.readings[contradiction.reading]]


def branch_sum(card: Scorecard, code: str) -> str:
    """A node's sum of the nodes under it: ``3.2 政民互动 = 3.2.1 … 1.5 + 3.2.2 … 2 = 3.5``."""
    node = card.nodes[code]
    children = [card.nodes[child] for child in card.scheme.children[code]]
    name = node.name if code == TOTAL else f"{code} {node.name}"
    if node.status == VOIDED:
        return f"{name}：因{void_reason(card, code)}；{_sum_without_void(card, node, children)}"
    terms = _terms((child, points_words(child)) for child in children)
    return f"{name} = {terms} = {shown_range(*card.steps.branches[code].added)}{correction(card, code)}"


def limited_sum(card: Scorecard, code: str) -> str:
    """The sum of the nodes under a node and its corrections; empty if there are none."""
    steps = card.unvetoed_steps if card.nodes[code].status == VOIDED else card.steps
    corrected = correction(card, code)
    return corrected and f"所属指标合计 {shown_range(*steps.branches[code].added)} 分{corrected}"


def _sum_without_void(card: Scorecard, node: NodeScore, children: Sequence[NodeScore]) -> str:
    """A void branch's points without any veto, or, if another void remains, its own points."""
    steps = card.steps.branches[node.code]
    if not node.unvetoed and steps.own_added:
        owns = ((child, shown(card.steps.own(child.code))) for child in children)
        return f"各下级自身得分：{_terms(owns)} = {shown(steps.own_added)}"
    without = card.unvetoed_steps.branches[node.code].added
    limited = f"，按限额和扣减计 {unvetoed_words(node)} 分" if without != (node.unvetoed, node.at_best) else ""
    terms = _terms((child, unvetoed_words(child)) for child in children)
    return f"不计否决：{terms} = {shown_range(*without)}{limited}"


def _terms(parts: Iterable[tuple[NodeScore, str]]) -> str:
    """A part is called by its name alone, since its number before the name reads like a count (2 部门)."""
    return " + ".join(
        f"{child.code} {child.name} {points}" if "." in child.code else f"{child.name} {points}"
        for child, points in parts
    )


def correction(card: Scorecard, code: str) -> str:
    """The correction of a branch's sum: a settled contradiction, spilt points, or none."""
    node, steps = card.nodes[code], card.steps.branches[code]
    counted = points_words(node) if node.status != VOIDED else unvetoed_words(node)
    if steps.contradiction:
        return f"；{_settled_by(card, steps.contradiction)}，计 {counted} 分"
    if steps.spilt:
        return f"；扣除下级指标超出的 {shown(steps.spilt)} 分，计 {counted} 分"
    return ""


def void_reason(card: Scorecard, code: str) -> str:
    """Why a node is zero although its own sum is not: the widest void above it."""
    widest = next(finding for finding in card.findings if finding.id == card.nodes[code].voided_by)
    return f"{widest.veto or widest.kind.name}，{scope_words(card.scheme, widest.scope)}计 0 分"


# --- What was examined --------------------------------------------------------------------------------------------


def looked_at(card: Scorecard, code: str) -> str:
    """What was examined for a leaf: its sheets with their rows, the inspector and the day."""
    node = card.scheme.by_code[code]
    sheets = [_sheet_words(card, key, code) for key in node.sheets]
    rows = card.source.inspections[card.source.inspections["code"] == code]
    words = f"查看材料：{'、'.join(sheets)}。"
    for row in each_row(rows):
        if row.status == INSPECTED:
            words += f"核查：{row.inspector}，{chinese_date(row.inspected_on)}。"
    return words


def _sheet_words(card: Scorecard, key: str, code: str) -> str:
    sheet, table = card.scheme.sheet(key), card.source.tables[key]
    if key == FACTS:
        return f"《{sheet.name}》"
    wanted, own = card.scheme.looked_at(card.scheme.by_code[code], key), card.rows(code, key)
    if sheet.of_leaf:
        return f"《{sheet.name}》中本指标 {len(own)} 条"
    about = "、".join(f"“{sheet.column(column).name}”为“{word}”的" for column, word in wanted.items())
    return f"《{sheet.name}》全表 {len(table)} 条" + (f"，其中{about} {len(own)} 条" if about else "")


def evidence_words(finding: Finding, limit: int = 40) -> str:
    """The cells of the evidence row, texts cut to that many letters; the Excel ledger has them in full."""
    return "；".join(
        f"{name}：{displayed(value, limit=300 if name == '网址' else limit).rstrip('。；')}"
        for name, value in finding.cells.items()
    )


# --- Reviews ------------------------------------------------------------------------------------------------------


def finding_status(card: Scorecard, finding: Finding) -> str:
    """Whether a finding counts, the review's decision, and an objection that waits for one."""
    return _status(card, finding) + ("，申诉待复核" if finding.id in card.undecided_objections else "")


def _status(card: Scorecard, finding: Finding) -> str:
    review = finding.review
    if finding.withdrawn:
        return "已排除" if finding.kind.suspected else "已撤销"
    if finding.only_suspected:
        return "疑似，待确认（复核失效）" if review else "疑似，待确认"
    if review and review.stale:
        return "成立（复核失效）" if finding.stands else "复核失效"
    if finding.code in card.pending:
        return "搁置"
    if not finding.stands:
        return "不再成立"
    return ("已确认" if finding.confirmed else "复核维持") if review else "成立"


def review_effects(card: Scorecard) -> dict[int, str]:
    """The change of the total by each decision in turn, by the decision's row."""
    return {
        after.review.row: changed_words(before.low, before.high, after.low, after.high)
        for before, after in pairwise(card.stages)
        if after.review is not None
    }


def changed_words(low: Fraction, high: Fraction, new_low: Fraction, new_high: Fraction) -> str:
    """The change of a score or range: +0.5 分, 不变, or a range's two ends."""
    ends = new_low - low, new_high - high
    if not any(ends):
        return "不变"
    return f"{signed(ends[0])} 分" if ends[0] == ends[1] else f"{signed(ends[0])}～{signed(ends[1])} 分"


def review_summary(card: Scorecard) -> str:
    """One sentence on the effect of reviews; empty without reviews."""
    if not card.reviews:
        return ""
    raw, now = card.stages[0], card.stages[-1]
    dismissed = sum(finding.withdrawn for finding in card.suspected)
    confirmed = sum(finding.confirmed for finding in (*card.findings, *card.set_aside))
    counts = (
        ("撤销 {} 项发现", sum(review.withdraws for review in card.reviews) - dismissed),
        ("维持 {} 项", sum(review.upholds for review in card.reviews) - confirmed),
        ("确认 {} 项疑似问题", confirmed),
        ("排除 {} 项疑似问题", dismissed),
        ("{} 项决定因佐证已改动而失效，不计入", sum(bool(review.stale) for review in card.reviews)),
    )
    done = [text.format(count) for text, count in counts if count]
    if card.scheme.is_gate:
        return f"复核{'、'.join(done)}。"
    before, after = shown_range(raw.low, raw.high), shown_range(now.low, now.high)
    change = changed_words(raw.low, raw.high, now.low, now.high)
    return f"复核{'、'.join(done)}；复核前总分 {before} 分，复核后 {after} 分（{change}）。"


def finding_points(finding: Finding, scheme: Scheme) -> str:
    """The effect of a finding, or none if it was withdrawn or is not confirmed."""
    return "不计" if finding.withdrawn or finding.only_suspected else effect_words(finding, scheme)


def effect_words(finding: Finding, scheme: Scheme) -> str:
    """What a finding is worth when it counts: −0.5, −0.5×3 = −1.5, a zero, or a veto."""
    if scheme.is_gate:
        return finding.veto or "不单独否决"
    if finding.effect == VOID:
        return f"{scope_words(scheme, finding.scope)}计 0 分" if finding.scope != finding.code else "本项计 0 分"
    if finding.points is None or finding.each is None:
        return ""
    worked = f"{signed(finding.each)}×{finding.times} = " if finding.times > 1 else ""
    return f"{worked}{signed(finding.points)}"
