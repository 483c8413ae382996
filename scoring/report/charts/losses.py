"""Where a department's points went: a bar a leaf, what was kept and what was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from scoring.points import shown, shown_range
from scoring.report.charts.sheet import (
    INK,
    LINE,
    LOSS,
    LOSS_PALE,
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
from scoring.report.words import bonus_words, largest_losses, ordinal_section, points_words, scope_words
from scoring.scheme import TOTAL, Node
from scoring.scorecard import NodeScore, Scorecard
from scoring.settle import VOIDED

ROW, BAR = 6.0, 3.6
BARS_FROM, BARS_WIDE, LOST_AT = 66.0, 54.0, 145.0
#: Bars are drawn to the scale of the heaviest leaf, at least this one, so that notes find room beside them.
LONG_BAR = Fraction(10)


@dataclass(frozen=True)
class Row:
    """A leaf's bar; its parts add up to its full points, the bonus aside."""

    score: NodeScore
    kept: Fraction
    voided: Fraction
    unknown: Fraction
    lost: Fraction
    bonus: Fraction
    note: str

    @property
    def words(self) -> str:
        """The row as a sentence."""
        extra = f"（{self.note}）" if self.note else ""
        if self.unknown:
            return f"{self.score.code} {self.score.name}待评，{shown_range(self.score.low, self.score.high)} 分{extra}"
        lost = f"失 {shown(self.lost)} 分，" if self.lost else ""
        return (
            f"{self.score.code} {self.score.name}{lost}得 {points_words(self.score)} 分，"
            f"满分 {shown(self.score.full)} 分{extra}"
        )


def where_points_went(card: Scorecard) -> Chart | None:
    """Points lost by leaf, section by section; leaves without loss, bonus or doubt are left out.

    Returns
    -------
    Chart or None
        None when every leaf has its full points and there is no bonus.
    """
    rows = {section.code: list(_rows(card, section)) for section in card.scheme.sections}
    if not any(rows.values()) and not card.vetoes:
        return None
    banners, key = list(veto_banners(card)), list(_key(rows))
    lines = sum(map(len, rows.values())) + len(rows) + 1
    sheet = Sheet(key_height(key) + 7 + len(banners) * 6 + lines * ROW + 1, sample=card.sample)
    sheet.key(key)
    top = _head(sheet, key_height(key), banners)
    longest = max((row.score.full + row.bonus for part in rows.values() for row in part), default=Fraction(0))
    scale = BARS_WIDE / float(max(longest, LONG_BAR))
    for number, (code, part) in enumerate(rows.items(), start=1):
        _section(sheet, top, f"{ordinal_section(number)}、{card.nodes[code].name}", card, code, clean=not part)
        for place, row in enumerate(part, start=1):
            _draw(sheet, top + place * ROW, row, scale)
        top += (1 + len(part)) * ROW
    _section(sheet, top, "总分", card, TOTAL)
    return Chart(sheet.figure, _alt(card, rows, banners), "分数失在哪里？", _caption(card))


def lost_points(card: Scorecard, code: str) -> Fraction:
    """Points that a leaf lost, vetoes aside; one that nobody inspected lost them only where it is zero anyway."""
    return card.nodes[code].lost


def _rows(card: Scorecard, section: Node) -> Iterator[Row]:
    for code in card.scheme.under(section.code):
        score = card.nodes[code]
        bonus = card.bonus if score.node.bonus else Fraction(0)
        pending = code in card.pending and score.status != VOIDED
        lost = lost_points(card, code)
        if lost or pending or bonus:
            unknown = score.high - score.low if pending else Fraction(0)
            standing = score.full - lost - unknown
            by_veto = score.status == VOIDED
            yield Row(
                score,
                kept=Fraction(0) if by_veto else standing,
                voided=standing if by_veto else Fraction(0),
                unknown=unknown,
                lost=lost,
                bonus=bonus,
                note=_note(card, score, bonus),
            )


def _note(card: Scorecard, score: NodeScore, bonus: Fraction) -> str:
    notes = []
    if score.status == VOIDED:
        notes.append("归零")
    if bonus:
        notes.append(f"加分 {bonus_words(card)}")
    if score.code in card.spilt:
        notes.append(f"超出的 {shown(card.spilt[score.code])} 分扣上级")
    return "，".join(notes)


def veto_banners(card: Scorecard) -> Iterator[str]:
    """What each veto sets to zero, the total alone when it is among them."""
    scopes = dict.fromkeys(str(veto.scope) for veto in card.vetoes)
    for scope in [TOTAL] if TOTAL in scopes else scopes:
        node = card.nodes[scope]
        kinds = "、".join(dict.fromkeys(str(veto.veto) for veto in card.vetoes if veto.scope == scope))
        without = "" if card.pending else f"，若无否决为 {shown(node.unvetoed)} 分"
        yield f"{kinds}：{scope_words(card.scheme, scope)}归零{without}"


def _key(rows: dict[str, list[Row]]) -> Iterator[Swatch]:
    """What the bars are made of."""
    drawn = [row for part in rows.values() for row in part]
    if any(row.kept for row in drawn):
        yield Swatch("得分", PALE)
    if any(row.lost for row in drawn):
        yield Swatch("失分", LOSS)
    if any(row.voided for row in drawn):
        yield VOID_SWATCH
    if any(row.unknown for row in drawn):
        yield PENDING_SWATCH
    if any(row.bonus for row in drawn):
        yield Swatch("加分", PAPER, INK)


def _head(sheet: Sheet, top: float, banners: list[str]) -> float:
    """Banners and the heads of the columns; gives where the rows begin."""
    for words in banners:
        sheet.bar(0, top, WIDTH, 5.2, fill=LOSS_PALE)
        sheet.write(2, top + 2.7, fitted(words, WIDTH - 4, bold=True), color=LOSS, bold=True)
        top += 6
    sheet.write(0, top + 3.4, "指标", color=SOFT)
    sheet.write(LOST_AT, top + 3.4, "失分", color=SOFT, align="right")
    sheet.write(WIDTH, top + 3.4, "得分／满分", color=SOFT, align="right")
    return top + 7


def _section(sheet: Sheet, top: float, words: str, card: Scorecard, code: str, *, clean: bool = False) -> None:
    node, middle = card.nodes[code], top + ROW / 2
    sheet.line([0, WIDTH], [top + 0.2, top + 0.2], color=LINE, width=0.8)
    sheet.write(0, middle, words, bold=True)
    remarks = ["归零"] if node.status == VOIDED else []
    remarks += ["未失分"] if clean and node.status != VOIDED else []
    earning = any(card.scheme.by_code[leaf].bonus for leaf in card.scheme.under(code))
    remarks += [f"含加分 {bonus_words(card)}"] if earning and card.bonus and node.status != VOIDED else []
    at = max(BARS_FROM, measured(words, bold=True) + 4)
    sheet.write(at, middle, "，".join(remarks), color=LOSS if node.status == VOIDED else SOFT)
    sheet.write(WIDTH, middle, f"{points_words(node)}／{shown(node.full)}", bold=True, align="right")


def _draw(sheet: Sheet, top: float, row: Row, scale: float) -> None:
    x, y, middle = BARS_FROM, top + (ROW - BAR) / 2, top + ROW / 2
    label = fitted(f"{row.score.code} {row.score.name}", BARS_FROM - 5)
    sheet.write(3, middle, label)
    for part, fill, edge, hatch in (
        (row.kept, PALE, None, None),
        (row.voided, PAPER, SOFT, VOID_HATCH),
        (row.unknown, PAPER, SOFT, PENDING_HATCH),
        (row.lost, LOSS, None, None),
        (row.bonus, PAPER, INK, None),
    ):
        if part:
            sheet.bar(x, y, float(part) * scale, BAR, fill=fill, edge=edge, hatch=hatch)
            x += float(part) * scale
    sheet.write(x + 1.5, middle, row.note, color=LOSS if row.score.status == VOIDED else SOFT)
    lost = "待评" if row.unknown else f"−{shown(row.lost)}" if row.lost else "0"
    sheet.write(LOST_AT, middle, lost, color=LOSS if row.lost else SOFT, bold=bool(row.lost), align="right")
    sheet.write(WIDTH, middle, f"{points_words(row.score)}／{shown(row.score.full)}", align="right")


def _caption(card: Scorecard) -> str:
    losses = largest_losses(card)
    apart = "否决之外，" if card.vetoes else ""
    leading = "、".join(f"{node.code} {node.name}（失 {shown(node.lost)} 分）" for node in losses[:3])
    if len(card.pending) == len(card.scheme.leaves):
        return f"全部 {len(card.pending)} 个指标待评。"
    if len(losses) > 1:
        words = f"{apart}共有 {len(losses)} 个指标失分，失分最多的是 {leading}"
    else:
        words = f"{apart}失分的指标只有 {leading}" if losses else f"{apart}没有指标失分"
    words += f"；另有 {len(card.pending)} 个指标待评" if card.pending else ""
    words += f"；另有加分 {bonus_words(card)} 分" if card.bonus else ""
    return f"{words}。{_why_sums_differ(card)}"


def _why_sums_differ(card: Scorecard) -> str:
    """Where points lost by leaf do not add up to what the total lacks, say which reading makes the difference."""
    if card.vetoes or card.pending:
        return ""
    lost = sum((node.lost for node in largest_losses(card)), Fraction(0))
    reached = card.total.low - card.bonus
    lacking = card.total.full - reached
    if lost == lacking:
        return ""
    why = [
        f"{card.nodes[entry.node].name}{card.scheme.readings[entry.reading].options[card.readings[entry.reading]]}"
        for entry in card.scheme.contradictions
    ]
    why += ["超出分值的扣分从上一级指标中扣除"] if card.spilt else []
    base = f"总分（加分之外为 {shown(reached)} 分）" if card.bonus else "总分"
    return f"各指标失分合计 {shown(lost)} 分，{base}比满分少 {shown(lacking)} 分：{'；'.join(why)}。"


def _alt(card: Scorecard, rows: dict[str, list[Row]], banners: list[str]) -> str:
    nodes = [card.nodes[code] for code in rows]
    sections = "；".join(f"{node.name}得 {points_words(node)} 分，满分 {shown(node.full)} 分" for node in nodes)
    leaves = "；".join(row.words for part in rows.values() for row in part)
    vetoes = "".join(f"{words}。" for words in banners)
    return (
        f"条形图，{card.department}各指标失分。总分 {points_words(card.total)} 分，满分 {shown(card.total.full)} 分。"
        f"{vetoes}{sections}。{leaves + '。' if leaves else ''}"
    )
