"""Charts of the whole city: the ranking, who lost what, and what the city loses most on."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import cycle
from typing import TypeVar

from matplotlib.colors import LinearSegmentedColormap, to_hex

from scoring.points import shown, shown_range
from scoring.report.charts.losses import lost_points
from scoring.report.charts.sheet import (
    ACCENT,
    HEADER,
    INK,
    LINE,
    LOSS,
    MIDDLE,
    PALE,
    PAPER,
    PENDING_HATCH,
    PENDING_SWATCH,
    SOFT,
    VOID_HATCH,
    VOID_SWATCH,
    WIDTH,
    Chart,
    Sheet,
    Swatch,
    fitted,
    key_height,
    measured,
)
from scoring.report.words import points_words, verdict
from scoring.scheme import Node
from scoring.scorecard import Ranked, Scorecard, rank
from scoring.settle import VOIDED

Entry = TypeVar("Entry")

NAMES, BARS, BARS_WIDE = 44.0, 46.0, 92.0
RANK_ROW, RANK_BAR = 8.0, 5.2
SECTION_FILLS = ((ACCENT, PAPER), (MIDDLE, INK), (PALE, INK))
LEAVES, LEAF_ROW = 61.0, 5.6
LOSS_SHADES = LinearSegmentedColormap.from_list("loss", ["#fdf0ec", "#e79a86", LOSS])
#: Points lost that have the deepest shade, and the share of it from which on white figures read better.
DEEPEST, DARK = 10, 0.72
MOST_LEAVES = 20
#: In a city of more departments than MANY the ranking shows so many of the first and of the last and half as many
#: provisional ones, the heat map so many of the last ones; figures and captions are always those of all.
MANY, ENDS, LAST = 60, 10, 9


def in_order(cards: Sequence[Scorecard]) -> list[Scorecard]:
    """Departments by rank, the provisional ones after them."""
    return [place.scorecard for place in rank(cards)] + [card for card in cards if card.pending]


# --- The ranking --------------------------------------------------------------------------------------------------


def ranking_stacked(cards: Sequence[Scorecard]) -> Chart | None:
    """Totals by rank, sections stacked; provisional departments apart, as ranges.

    Returns
    -------
    Chart or None
        None without a scorecard.
    """
    if not cards:
        return None
    ranked, waiting = rank(cards), [card for card in cards if card.pending]
    drawn, drawn_waiting = ends(ranked, ENDS, ENDS), ends(waiting, ENDS // 2, 0)
    key = _section_key(cards)
    head = key_height(key) + 3
    height = head + len(drawn) * RANK_ROW + (6 + len(drawn_waiting) * RANK_ROW if waiting else 0) + 7
    sheet = Sheet(height, sample=any(card.sample for card in cards))
    sheet.key(key)
    most = max(max(card.total.high, card.total.unvetoed, card.total.full) for card in cards)
    scale = BARS_WIDE / float(most)
    _ranking_axis(sheet, head - 1, height - 6, scale, int(cards[0].total.full))
    for place, entry in enumerate(drawn):
        _row_or_gap(sheet, head + place * RANK_ROW, entry, scale, len(ranked) - len(drawn) + 1)
    top = head + len(drawn) * RANK_ROW
    if waiting:
        sheet.write(0, top + 3, "待评，不参加排名", color=SOFT, bold=True)
    for place, card in enumerate(drawn_waiting):
        _row_or_gap(sheet, top + 6 + place * RANK_ROW, card, scale, len(waiting) - len(drawn_waiting) + 1)
    caption = _ranking_caption(ranked, waiting)
    alt = _ranking_alt([entry for entry in drawn if entry], [card for card in drawn_waiting if card], caption)
    return Chart(sheet.figure, alt, "各部门得分高低如何，分数来自哪一部分？", caption)


def ends(entries: Sequence[Entry], first: int, last: int) -> list[Entry | None]:
    """All of a few; of more than MANY the first and the last ones, with None for those between.

    >>> len(ends(range(60), 20, 20)), len(ends(range(61), 20, 20)), ends(range(61), 2, 1)
    (60, 41, [0, 1, None, 60])
    """
    if len(entries) <= MANY:
        return list(entries)
    return [*entries[:first], None, *entries[len(entries) - last :]]


def _row_or_gap(sheet: Sheet, top: float, entry: Ranked | Scorecard | None, scale: float, left_out: int) -> None:
    """A department's row, or what stands for those that are not drawn."""
    if isinstance(entry, Ranked):
        _ranked_row(sheet, top, entry, scale)
    elif entry is not None:
        _waiting_row(sheet, top, entry, scale)
    else:
        words = f"…… 另有 {left_out} 个部门，见考核汇总（Excel）"
        sheet.bar(BARS - 1, top + 1, WIDTH - BARS + 1, RANK_ROW - 2, fill=PAPER)
        sheet.write(11, top + RANK_ROW / 2, words, color=SOFT)


def _section_key(cards: Sequence[Scorecard]) -> list[Swatch]:
    sections = cards[0].scheme.sections
    key = [Swatch(f"{section.code} {section.name}", fill) for section, (fill, _) in zip(sections, cycle(SECTION_FILLS))]
    key += [VOID_SWATCH] if any(card.vetoes and not card.pending for card in cards) else []
    return [*key, PENDING_SWATCH] if any(card.pending for card in cards) else key


def _ranking_axis(sheet: Sheet, top: float, bottom: float, scale: float, full: int) -> None:
    for value in range(0, full + 1, 20):
        x = BARS + value * scale
        width, color = 0.9 if value in (0, full) else 0.5, LINE if value else SOFT
        sheet.line([x, x], [top, bottom], width=width, color=color, zorder=0)
        sheet.write(x, bottom + 3, str(value), color=SOFT, align="center")
    sheet.write(WIDTH, bottom + 3, "总分（分）", color=SOFT, align="right")


def _ranked_row(sheet: Sheet, top: float, entry: Ranked, scale: float) -> None:
    card, middle, y = entry.scorecard, top + RANK_ROW / 2, top + (RANK_ROW - RANK_BAR) / 2
    sheet.write(9, middle, f"第 {entry.rank}", color=SOFT, align="right")
    sheet.write(11, middle, fitted(card.department, NAMES - 11))
    x = BARS
    if card.total.status != VOIDED:
        for section, (fill, ink) in zip(card.scheme.sections, cycle(SECTION_FILLS)):
            points = card.nodes[section.code].low
            wide, words = float(points) * scale, shown(points)
            sheet.bar(x, y, wide, RANK_BAR, fill=fill, edge=PAPER)
            if measured(words) + 0.8 < wide:
                sheet.write(x + wide / 2, middle, words, color=ink, align="center")
            x += wide
    void = float(max(Fraction(0), card.total.unvetoed - card.total.low)) * scale
    if void:
        sheet.bar(x, y, void, RANK_BAR, fill=PAPER, edge=SOFT, hatch=VOID_HATCH)
    _total(sheet, x + void + 2, middle, shown(card.total.low), card)


def _total(sheet: Sheet, x: float, middle: float, words: str, card: Scorecard) -> None:
    sheet.write(x, middle, words, bold=True)
    if card.qualified is False:
        sheet.write(x + measured(words, bold=True) + 1.5, middle, "不合格", color=LOSS, bold=True)


def _waiting_row(sheet: Sheet, top: float, card: Scorecard, scale: float) -> None:
    middle, y = top + RANK_ROW / 2, top + (RANK_ROW - RANK_BAR) / 2
    low, high = float(card.total.low) * scale, float(card.total.high) * scale
    sheet.write(9, middle, "—", color=SOFT, align="right")
    sheet.write(11, middle, fitted(card.department, NAMES - 11))
    sheet.line([BARS, BARS + low], [middle, middle], color=SOFT, width=0.8)
    if high > low:
        sheet.bar(BARS + low, y, high - low, RANK_BAR, fill=PAPER, edge=SOFT, hatch=PENDING_HATCH)
    _total(sheet, BARS + high + 2, middle, shown_range(card.total.low, card.total.high), card)


def _ranking_caption(ranked: Sequence[Ranked], waiting: Sequence[Scorecard]) -> str:
    parts = []
    if ranked:
        first, last = ranked[0].scorecard, ranked[-1].scorecard
        parts.append(
            f"已评定 {len(ranked)} 个部门，最高 {shown(first.total.low)} 分（{first.department}），"
            f"最低 {shown(last.total.low)} 分（{last.department}）"
        )
    failed = sum(1 for place in ranked if place.scorecard.qualified is False)
    parts += [f"{failed} 个部门不合格"] if failed else []
    vetoed = sum(1 for card in waiting if card.qualified is False)
    also = f"（其中 {vetoed} 个已触发否决）" if vetoed else ""
    parts += [f"{len(waiting)} 个部门待评{also}，暂不排名"] if waiting else []
    return "；".join(parts) + "。"


def _ranking_alt(ranked: Sequence[Ranked], waiting: Sequence[Scorecard], caption: str) -> str:
    rows = [f"第 {place.rank} 名{_card_words(place.scorecard)}" for place in ranked]
    rows += [f"待评：{_card_words(card)}" for card in waiting]
    return f"条形图，各部门总分及各部分得分。{caption}{'；'.join(rows)}。"


def _card_words(card: Scorecard) -> str:
    sections = "，".join(f"{section.name} {points_words(card.nodes[section.code])}" for section in card.scheme.sections)
    without = f"，若无否决为 {shown(card.total.unvetoed)} 分" if card.vetoes and not card.pending else ""
    return f"{card.department} {points_words(card.total)} 分（{verdict(card)}；{sections}{without}）"


# --- Who lost what ------------------------------------------------------------------------------------------------


def loss_heatmap(cards: Sequence[Scorecard]) -> Chart | None:
    """Points lost, leaves down, departments across; the figures stand in the cells.

    Returns
    -------
    Chart or None
        None without a scorecard.
    """
    if not cards:
        return None
    everyone, scheme = in_order(cards), cards[0].scheme
    cards = everyone if len(everyone) <= MANY else _lowest(everyone)
    names = [wrapped(card.department) for card in cards]
    head = HEADER + 2 + 4.2 * max(map(len, names)) + 1
    wide = (WIDTH - LEAVES) / len(cards)
    height = head + len(scheme.leaves) * LEAF_ROW + len(scheme.sections) * 1.6 + _totals_height(cards, wide) + 2
    sheet = Sheet(height, sample=any(card.sample for card in cards))
    _heat_key(sheet)
    for place, lines in enumerate(names):
        for down, words in enumerate(lines, start=1 - len(lines)):
            sheet.write(LEAVES + (place + 0.5) * wide, head - 2.6 + 4.2 * down, words, align="center")
    top = head
    for section in scheme.sections:
        for code in scheme.under(section.code):
            _heat_row(sheet, top, code, cards, wide)
            top += LEAF_ROW
        top += 1.6
    _heat_totals(sheet, top, cards, wide)
    caption = _heat_caption(everyone)
    if len(cards) < len(everyone):
        caption += f"图中为排名最后的 {len(cards)} 个部门，其余见考核汇总（Excel）。"
    return Chart(sheet.figure, _heat_alt(cards, caption), "哪个部门在哪项指标上失分？", caption)


def _lowest(cards: Sequence[Scorecard]) -> list[Scorecard]:
    """The last ones of the ranking, or of the provisional ones where few are ranked."""
    ranked = [card for card in cards if not card.pending]
    return (ranked if len(ranked) >= LAST else list(cards))[-LAST:]


def wrapped(name: str, most: int = 3) -> list[str]:
    """A department's name in lines of at most ``most`` characters, the short line first: 国土 / 资源局."""
    lines = -(-len(name) // most)
    first = len(name) - most * (lines - 1)
    return [name[:first], *(name[at : at + most] for at in range(first, len(name), most))]


def _heat_key(sheet: Sheet) -> None:
    sheet.key(
        [
            Swatch("失分（越深越多）", to_hex(LOSS_SHADES(0.6))),
            Swatch("因否决归零", PAPER, "#b9c0ca", VOID_HATCH),
            Swatch("待评", PAPER, "#8a94a3", PENDING_HATCH),
            Swatch("未失分", PAPER, LINE),
        ]
    )


def _heat_row(sheet: Sheet, top: float, code: str, cards: Sequence[Scorecard], wide: float) -> None:
    leaf, middle = cards[0].scheme.by_code[code], top + LEAF_ROW / 2
    full = shown(cards[0].nodes[code].full)
    sheet.write(0, middle, fitted(f"{code} {leaf.name}", LEAVES - 9))
    sheet.write(LEAVES - 2, middle, full, color=SOFT, align="right")
    for place, card in enumerate(cards):
        _heat_cell(sheet, LEAVES + place * wide, top, wide, card, code)


def _heat_cell(sheet: Sheet, x: float, top: float, wide: float, card: Scorecard, code: str) -> None:
    lost, words = lost_points(card, code), cell_words(card, code)
    fill, edge, hatch, ink = PAPER, LINE, None, SOFT
    if lost:
        share = min(1.0, (float(lost) / DEEPEST) ** 0.5)
        fill, ink = to_hex(LOSS_SHADES(share)), PAPER if share > DARK else INK
    elif card.nodes[code].status == VOIDED:
        edge, hatch = "#b9c0ca", VOID_HATCH
    elif code in card.pending:
        edge, hatch = "#8a94a3", PENDING_HATCH
    sheet.bar(x + 0.25, top + 0.25, wide - 0.5, LEAF_ROW - 0.5, fill=fill, edge=edge, hatch=hatch)
    if words:
        sheet.write(x + wide / 2, top + LEAF_ROW / 2, words, color=ink, align="center", halo=hatch is not None)


def cell_words(card: Scorecard, code: str) -> str:
    """What stands in a cell: the points lost, 归零 for a leaf that is void for another reason, 待评, or nothing."""
    lost = lost_points(card, code)
    if lost:
        return shown(lost)
    if card.nodes[code].status == VOIDED:
        return "归零"
    return "待评" if code in card.pending else ""


def _heat_totals(sheet: Sheet, top: float, cards: Sequence[Scorecard], wide: float) -> None:
    sheet.line([0, WIDTH], [top, top], color=SOFT, width=0.8)
    sheet.write(0, top + LEAF_ROW / 2 + 0.4, "总分", bold=True)
    depth = _totals_height(cards, wide) - LEAF_ROW
    sheet.write(0, top + depth + LEAF_ROW / 2, "判定", bold=True)
    for place, card in enumerate(cards):
        x = LEAVES + (place + 0.5) * wide
        for line, words in enumerate(_total_lines(card, wide)):
            sheet.write(x, top + LEAF_ROW / 2 + 0.4 + line * 4.2, words, bold=True, align="center")
        color = LOSS if card.qualified is False else INK
        sheet.write(x, top + depth + LEAF_ROW / 2, verdict(card), color=color, align="center")


def _totals_height(cards: Sequence[Scorecard], wide: float) -> float:
    return LEAF_ROW * 2 + 4.2 * (max(len(_total_lines(card, wide)) for card in cards) - 1)


def _total_lines(card: Scorecard, wide: float) -> list[str]:
    """A total, its range in two lines where the column is narrow."""
    words = shown_range(card.total.low, card.total.high)
    return [words] if measured(words, bold=True) < wide else [f"{shown(card.total.low)}～", shown(card.total.high)]


def _heat_caption(cards: Sequence[Scorecard]) -> str:
    sums = {
        (card.department, f"{leaf.code} {leaf.name}"): lost
        for card in cards
        for leaf in card.scheme.leaves
        if (lost := lost_points(card, leaf.code))
    }
    if not sums:
        return "各部门各项指标均未失分。"
    (department, leaf), most = max(sums.items(), key=lambda item: item[1])
    return f"{len(cards)} 个部门共有 {len(sums)} 处失分，失分最多的一处是{department}的“{leaf}”，失 {shown(most)} 分。"


def _heat_alt(cards: Sequence[Scorecard], caption: str) -> str:
    rows = []
    for card in cards:
        cells = [f"{leaf.code} {words}" for leaf in card.scheme.leaves if (words := cell_words(card, leaf.code))]
        total = f"总分 {points_words(card.total)}，{verdict(card)}"
        rows.append(f"{card.department}（{total}）{'、'.join(cells) if cells else '未失分'}")
    return f"热力图，各部门各指标的失分。{caption}{'；'.join(rows)}。"


# --- What the city loses most on ----------------------------------------------------------------------------------


def city_losses(cards: Sequence[Scorecard]) -> Chart | None:
    """Points lost by leaf, all departments together, and how many of them it hit.

    Returns
    -------
    Chart or None
        None when no department lost a point, vetoes aside.
    """
    sums = [_city_loss(cards, leaf) for leaf in cards[0].scheme.leaves] if cards else []
    sums = sorted((entry for entry in sums if entry[1]), key=lambda entry: -entry[1])
    if not sums:
        return None
    drawn, rest = sums[:MOST_LEAVES], sums[MOST_LEAVES:]
    sheet = Sheet(HEADER + 5 + (len(drawn) + bool(rest)) * 6.2 + 1, sample=any(card.sample for card in cards))
    scale = 78.0 / float(sums[0][1])
    sheet.write(64, HEADER + 1.5, "全市失分合计", color=SOFT)
    sheet.write(WIDTH, HEADER + 1.5, "失分部门", color=SOFT, align="right")
    for place, (leaf, lost, hit) in enumerate(drawn):
        middle = HEADER + 5 + place * 6.2 + 3.1
        sheet.write(0, middle, fitted(f"{leaf.code} {leaf.name}", 60))
        sheet.bar(64, middle - 1.9, float(lost) * scale, 3.8, fill=LOSS)
        sheet.write(64 + float(lost) * scale + 1.5, middle, f"−{shown(lost)}", color=LOSS, bold=True)
        sheet.write(WIDTH, middle, f"{hit} 个", align="right")
    if rest:
        middle = HEADER + 5 + len(drawn) * 6.2 + 3.1
        lost = sum((entry[1] for entry in rest), Fraction(0))
        sheet.write(0, middle, f"其余 {len(rest)} 个指标，合计失 {shown(lost)} 分", color=SOFT)
    caption = _city_caption(cards, sums)
    return Chart(sheet.figure, _city_alt(sums, caption), "全市在哪些指标上失分最多？", caption)


def _city_loss(cards: Sequence[Scorecard], leaf: Node) -> tuple[Node, Fraction, int]:
    losses = [lost for card in cards if (lost := lost_points(card, leaf.code))]
    return leaf, sum(losses, Fraction(0)), len(losses)


def _city_caption(cards: Sequence[Scorecard], sums: Sequence[tuple[Node, Fraction, int]]) -> str:
    total = sum((lost for _, lost, _ in sums), Fraction(0))
    leading = "、".join(f"{leaf.code} {leaf.name}（{shown(lost)} 分，{hit} 个部门）" for leaf, lost, hit in sums[:3])
    apart = "，否决归零的分数不计在内" if any(card.vetoes for card in cards) else ""
    return f"{len(cards)} 个部门在 {len(sums)} 个指标上共失 {shown(total)} 分{apart}；失分最多的是 {leading}。"


def _city_alt(sums: Sequence[tuple[Node, Fraction, int]], caption: str) -> str:
    rows = "；".join(f"{leaf.code} {leaf.name}失 {shown(lost)} 分，涉及 {hit} 个部门" for leaf, lost, hit in sums)
    return f"条形图，全市各指标失分合计。{caption}{rows}。"
