"""The heat map of the city: which department lost points, or has a veto, on which leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from scoring.base.points import ZERO, shown
from scoring.engine.scorecard import Scorecard, rank
from scoring.engine.settle import VOIDED
from scoring.report.charts.bars import MANY
from scoring.report.charts.sheet import INK, LINE, LOSS, PAPER, PENDING, SOFT, VOID, WIDTH, Chart, Look, Sheet, fitted
from scoring.report.view.words import VETOED, gate_result, points_words, so_far, verdict
from scoring.scheme import Node

#: Left edge of the departments' columns, height of a row, and height of a line of a name.
LEAVES, LEAF_ROW, LINE_HIGH = 61.0, 5.6, 4.2
#: Shades by the share of a leaf's points that is lost; grey paper keeps their order.
SHADES: Final = tuple(
    (Fraction(quarters, 4), Look(word, fill, ink=ink))
    for quarters, word, fill, ink in (
        (1, "失四分之一以内", "#fbe9e3", INK),
        (2, "一半以内", "#eeb09f", INK),
        (3, "四分之三以内", "#cf6450", PAPER),
        (4, "更多", LOSS, PAPER),
    )
)
UNTOUCHED: Final = Look("", PAPER, LINE)
#: Look of a gate's veto.
VETO: Final = Look("触发否决", LOSS, ink=PAPER)
#: With more than MANY departments, the heat map shows this many of the last ones.
LAST: Final = 9


class Cell(NamedTuple):
    """A leaf of a department: text, look, and points lost."""

    words: str
    look: Look
    lost: Fraction


def loss_heatmap(cards: Sequence[Scorecard]) -> Chart | None:
    """Points lost (in a gate, vetoes) by leaf (rows) and department (columns); None without a scorecard."""
    if not cards:
        return None
    scheme, ranked = cards[0].scheme, [entry.scorecard for entry in rank(cards)]
    everyone = list(cards) if scheme.is_gate else [*ranked, *(card for card in cards if card.pending)]
    few = len(everyone) <= MANY
    drawn = everyone if few else (ranked if len(ranked) >= LAST else everyone)[-LAST:]
    cells = {card.department: {leaf.code: _cell(card, leaf.code) for leaf in scheme.leaves} for card in everyone}
    caption = _veto_caption(cells) if scheme.is_gate else _heat_caption(scheme.leaves, cells)
    if not any(cell.lost or cell.look is VETO for own in cells.values() for cell in own.values()):
        caption = so_far(everyone) + caption
    last = "名单" if scheme.is_gate else "排名"
    caption += "" if few else f"图中为{last}最后的 {len(drawn)} 个部门，其余见考核汇总（Excel）。"
    what, title = "失分", "哪个部门在哪项指标上失分？"
    if scheme.is_gate:
        what, title = "结果", "哪个部门触发了哪项否决？"
    each = "；".join(_as_sentence(card, cells[card.department]) for card in drawn)
    return Chart(_heat_map(drawn, cells).figure, f"热力图，各部门各指标的{what}。{caption}{each}。", title, caption)


def _cell(card: Scorecard, code: str) -> Cell:
    if card.scheme.is_gate and gate_result(card, code) == VETOED:
        return Cell("否决", VETO, ZERO)
    if lost := card.nodes[code].lost:
        share = lost / card.nodes[code].full
        return Cell(shown(lost), next(look for most, look in SHADES if share <= most), lost)
    if card.nodes[code].status == VOIDED:
        return Cell("计0分", VOID, lost)
    return Cell("待评", PENDING, lost) if code in card.pending else Cell("", UNTOUCHED, lost)


def _heat_map(cards: Sequence[Scorecard], cells: Mapping[str, Mapping[str, Cell]]) -> Sheet:
    scheme, names = cards[0].scheme, [wrapped(card.department) for card in cards]
    wide, head = (WIDTH - LEAVES) / len(cards), LINE_HIGH * max(map(len, names)) + 2
    foot = [] if scheme.is_gate else [("总分", [shown(card.total.low) for card in cards])]
    if any(card.pending for card in cards) and not scheme.is_gate:
        foot.append(("待评的最多", [f"～{shown(card.total.high)}" if card.pending else "" for card in cards]))
    foot.append(("结论", [verdict(card) for card in cards]))
    height = head + LEAF_ROW * (len(scheme.leaves) + len(foot)) + 1
    key = [VETO, PENDING] if scheme.is_gate else [*(look for _, look in SHADES), VOID, PENDING]
    sheet = Sheet(height, sample=any(card.sample for card in cards), key=key)
    for place, lines in enumerate(names):
        for line, words in enumerate(lines, start=1 - len(lines)):
            sheet.write(LEAVES + (place + 0.5) * wide, head - 2.6 + LINE_HIGH * line, words, align="center")
    for row, leaf in enumerate(scheme.leaves):
        _heat_row(sheet, head + row * LEAF_ROW, leaf, [cells[card.department][leaf.code] for card in cards], wide)
    for row, (words, figures) in enumerate(foot, start=len(scheme.leaves)):
        middle = head + (row + 0.5) * LEAF_ROW + 0.5
        sheet.write(0, middle, words, bold=True)
        for place, figure in enumerate(figures):
            color = LOSS if figure == "不合格" else INK
            sheet.write(LEAVES + (place + 0.5) * wide, middle, figure, color=color, bold=True, align="center")
    return sheet


def _heat_row(sheet: Sheet, top: float, leaf: Node, cells: Sequence[Cell], wide: float) -> None:
    middle = top + LEAF_ROW / 2
    sheet.write(0, middle, fitted(f"{leaf.code} {leaf.name}", LEAVES - 9))
    if leaf.points:
        sheet.write(LEAVES - 2, middle, shown(leaf.points), color=SOFT, align="right")
    for place, (words, look, _) in enumerate(cells):
        x = LEAVES + place * wide
        sheet.bar(x + 0.25, top + 0.25, wide - 0.5, LEAF_ROW - 0.5, look)
        sheet.write(x + wide / 2, middle, words, color=look.ink or SOFT, align="center", halo=bool(look.hatch))


def wrapped(name: str, most: int = 3) -> list[str]:
    """A department's name in lines of at most ``most`` characters, the short line first: 国土 / 资源局."""
    first = (len(name) - 1) % most + 1
    return [name[:first], *(name[at : at + most] for at in range(first, len(name), most))]


def _heat_caption(leaves: Sequence[Node], cells: Mapping[str, Mapping[str, Cell]]) -> str:
    losses = [(cell.lost, name, code) for name, own in cells.items() for code, cell in own.items() if cell.lost]
    if not losses:
        return f"{len(cells)} 个部门均未失分。"
    lost, department, code = max(losses, key=lambda loss: loss[0])
    leaf = next(leaf for leaf in leaves if leaf.code == code)
    most = f"失分最多的一处是{department}的“{code} {leaf.name}”，失 {shown(lost)} 分"
    return f"{len(cells)} 个部门共有 {len(losses)} 处失分，{most}。"


def _veto_caption(cells: Mapping[str, Mapping[str, Cell]]) -> str:
    vetoed = [sum(cell.look is VETO for cell in own.values()) for own in cells.values()]
    if not any(vetoed):
        return f"{len(cells)} 个部门均未触发否决。"
    return f"{len(cells)} 个部门中 {sum(map(bool, vetoed))} 个触发否决，共 {sum(vetoed)} 处。"


def _as_sentence(card: Scorecard, cells: Mapping[str, Cell]) -> str:
    named = "、".join(f"{code} {cell.words}" for code, cell in cells.items() if cell.words)
    if card.scheme.is_gate:
        return f"{card.department}（{verdict(card)}）{named or '未触发否决'}"
    return f"{card.department}（总分 {points_words(card.total)}，{verdict(card)}）{named or '未失分'}"
