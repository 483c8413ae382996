"""Where a department's points went: one bar per leaf, with points kept and lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scoring.base.points import ZERO, shown, shown_range
from scoring.engine.scorecard import NodeScore, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.charts.bars import Row, as_sentences, bar_chart
from scoring.report.charts.sheet import INK, LOST, PALE, PAPER, PENDING, VOID, Chart, Look
from scoring.report.view.words import bonus_words, points_words, scope_words, section_name
from scoring.scheme import TOTAL

KEPT, BONUS = Look("得分", PALE), Look("加分", PAPER, INK)


def where_points_went(card: Scorecard) -> Chart | None:
    """Points lost by leaf; leaves without loss, bonus or pending points are left out; None if none is left."""
    if card.scheme.is_gate:
        return None
    leaves: dict[str, list[NodeScore]] = {}
    for section in card.scheme.report_sections:
        nodes = (card.nodes[code] for code in card.scheme.under(section.node))
        leaves[section.node] = [
            node for node in nodes if node.lost or node.code in card.pending or (node.node.bonus and card.bonus)
        ]
    if not any(leaves.values()) and not card.vetoes:
        return None
    rows = [Row(words, words=words, bold=True, alarm=True) for words in _vetoes(card)]
    for code, shown_leaves in leaves.items():
        rows.append(_branch_row(card, code, section_name(card.scheme, code), clean=not shown_leaves))
        rows += [_leaf_row(card, leaf) for leaf in shown_leaves]
    rows.append(_branch_row(card, TOTAL, "总分"))
    alt = f"条形图，{card.department}各指标失分。{as_sentences(rows)}"
    caption = _caption(card, [leaf for part in leaves.values() for leaf in part])
    return Chart(bar_chart(rows, ("失分", "得分／满分"), sample=card.sample), alt, "分数失在哪里？", caption)


def _leaf_row(card: Scorecard, leaf: NodeScore) -> Row:
    """The bar's parts add up to the leaf's full points, the bonus aside."""
    pending, voided, lost = leaf.code in card.pending, leaf.status == VOIDED, leaf.lost
    bonus = card.bonus if leaf.node.bonus else ZERO
    unknown = leaf.high - leaf.low if pending else ZERO
    notes = ["计0分"] if voided else []
    notes += [f"加分 {bonus_words(card)}"] if bonus else []
    notes += [f"超出的 {shown(card.spilt[leaf.code])} 分扣上级"] if leaf.code in card.spilt else []
    note, name = "，".join(notes), f"{leaf.code} {leaf.name}"
    words = f"待评，{shown_range(leaf.low, leaf.high)} 分" if pending else f"失 {shown(lost)} 分，" if lost else ""
    words += "" if pending else f"得 {points_words(leaf)} 分，满分 {shown(leaf.full)} 分"
    rest = VOID if voided else KEPT
    figure = "待评" if pending else f"−{shown(lost)}" if lost else "0"
    return Row(
        name=f"　{name}",
        parts=((rest, leaf.full - lost - unknown), (PENDING, unknown), (LOST, lost), (BONUS, bonus)),
        note=note,
        figures=(figure, f"{points_words(leaf)}／{shown(leaf.full)}"),
        words=name + words + (f"（{note}）" if note else ""),
        alarm=voided,
    )


def _branch_row(card: Scorecard, code: str, name: str, *, clean: bool = False) -> Row:
    node = card.nodes[code]
    earning = code != TOTAL and any(card.scheme.by_code[leaf].bonus for leaf in card.scheme.under(code))
    notes = ["计0分"] if node.status == VOIDED else ["未失分"] if clean else []
    notes += [f"含加分 {bonus_words(card)}"] if earning and card.bonus and node.status != VOIDED else []
    points, full, alarm = points_words(node), shown(node.full), node.status == VOIDED
    words, figures = f"{name}得 {points} 分，满分 {full} 分", ("", f"{points}／{full}")
    return Row(name, note="，".join(notes), figures=figures, words=words, bold=True, alarm=alarm)


def _vetoes(card: Scorecard) -> Iterator[str]:
    """What the vetoes set to zero; only the total if it is included."""
    scopes = dict.fromkeys(str(veto.scope) for veto in card.vetoes)
    for scope in [TOTAL] if TOTAL in scopes else scopes:
        kinds = "、".join(dict.fromkeys(str(veto.veto) for veto in card.vetoes if veto.scope == scope))
        without = "" if card.pending else f"，不计否决为 {shown(card.nodes[scope].unvetoed)} 分"
        yield f"{kinds}：{scope_words(card.scheme, scope)}计 0 分{without}"


def _caption(card: Scorecard, leaves: Sequence[NodeScore]) -> str:
    losses = sorted((leaf for leaf in leaves if leaf.lost), key=lambda leaf: -leaf.lost)
    leading = "、".join(f"{leaf.code} {leaf.name}（失 {shown(leaf.lost)} 分）" for leaf in losses[:3])
    if len(card.pending) == len(card.scheme.leaves):
        return f"全部 {len(card.pending)} 个指标待评。"
    words = "否决之外，" if card.vetoes else ""
    if len(losses) > 1:
        words += f"共有 {len(losses)} 个指标失分，失分最多的是 {leading}"
    else:
        words += f"失分的指标只有 {leading}" if losses else "没有指标失分"
    words += f"；另有 {len(card.pending)} 个指标待评" if card.pending else ""
    words += f"；另有加分 {bonus_words(card)} 分" if card.bonus else ""
    return f"{words}。{_why_sums_differ(card)}"


def _why_sums_differ(card: Scorecard) -> str:
    """If the leaves' losses do not add up to the total's, name the readings that make the difference."""
    lost = card.unvetoed_steps.lost
    reached = card.total.low - card.bonus
    lacking = card.total.full - reached
    if card.vetoes or card.pending or lost == lacking:
        return ""
    why = [
        f"{card.nodes[entry.node].name}{card.scheme.readings[entry.reading].options[card.readings[entry.reading]]}"
        for entry in card.scheme.contradictions
    ]
    why += ["超出分值的扣分从上一级指标中扣除"] if card.spilt else []
    base = f"总分（加分之外为 {shown(reached)} 分）" if card.bonus else "总分"
    return f"各指标失分合计 {shown(lost)} 分，{base}比满分少 {shown(lacking)} 分{'：' if why else ''}{'；'.join(why)}。"
