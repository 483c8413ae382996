"""The charts of a scheme's outline: rows counted against a target, updates by month, replies by kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from scoring.base.points import ZERO, shown
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.charts.bars import Row, as_sentences, bar_chart
from scoring.report.charts.sheet import ACCENT, INK, LOSS, LOSS_PALE, PALE, PAPER, SOFT, Chart, Look
from scoring.report.view.words import bonus_words
from scoring.scheme import Node
from scoring.scheme.outline import Chart as Outlined
from scoring.scheme.outline import CountAgainstTarget, RepliesByKind, UpdatesByMonth

BEFORE, THIS_MONTH = Look("此前累计", PALE), Look("当月", ACCENT)


def drawn(card: Scorecard, outline: Outlined) -> Chart | None:
    """A chart of the scheme's outline; None if the department has nothing to show."""
    match outline:
        case CountAgainstTarget():
            return _count_against_target(card, outline)
        case UpdatesByMonth():
            return _updates_by_month(card, outline)
        case RepliesByKind():
            return _replies_by_kind(card, outline)
    raise TypeError(outline)


def _months(card: Scorecard, outline: Outlined, rows: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Each month of the period with its number of rows."""
    counts = rows[card.scheme.sheet(outline.sheet).dated_by].dt.month.value_counts()
    for month in range(1, card.as_of.month + 1):
        yield month, int(counts.get(month, 0))


def _filled(card: Scorecard, outline: Outlined, text: str | None = None) -> str:
    """A text of the outline, the chart's title when None, with the leaf's terms in its braces."""
    return (outline.title if text is None else text).format_map(card.scheme.leaf(outline.leaf).terms)


# --- Counted against a target -------------------------------------------------------------------------------------


def _count_against_target(card: Scorecard, outline: CountAgainstTarget) -> Chart | None:
    """The rows month by month against the number required; None where there is nothing to count yet."""
    if outline.leaf in card.pending and card.source.tables[outline.sheet].empty:
        return None
    leaf, unit = card.scheme.leaf(outline.leaf), outline.unit
    required, rows, before = int(leaf.terms[outline.required]), [], 0
    for month, count in _months(card, outline, card.rows(outline.leaf, outline.sheet)):
        parts, so_far = ((BEFORE, before), (THIS_MONTH, count)), before + count
        words = f"{month}月 {count} {unit}，累计 {so_far} {unit}"
        rows.append(Row(f"{month}月", parts, "", (str(count), str(so_far)), words))
        before = so_far
    caption, goal = _against_target(card, leaf, outline, before), f"要求 {required} {unit}"
    alt = f"条形图，{card.department}{outline.counted}的{unit}数，{goal}。{as_sentences(rows)}{caption}"
    figure = bar_chart(rows, ("当月", "累计"), sample=card.sample, goal=(required, goal))
    return Chart(figure, alt, _filled(card, outline), caption, as_sentences(rows))


def _against_target(card: Scorecard, leaf: Node, outline: CountAgainstTarget, count: int) -> str:
    required, unit = int(leaf.terms[outline.required]), outline.unit
    against = f"比要求的 {required} {unit}{'少' if count < required else '多'} {abs(count - required)} {unit}"
    against = against if count != required else f"正好达到要求的 {required} {unit}"
    effect = _effect(card, leaf, short=count < required)
    return f"{outline.counted} {count} {unit}，{against}{f'，{effect}' if effect else ''}。"


def _effect(card: Scorecard, leaf: Node, *, short: bool) -> str:
    """What the number does to the score, as the ledger says; empty without points."""
    if leaf.code in card.pending:
        return f"“{leaf.name}”待评，尚未{'判定' if card.scheme.is_gate else '计分'}"
    if card.scheme.is_gate:
        return ""
    if card.nodes[leaf.code].status == VOIDED:
        return "该指标计 0 分"
    found = [finding for finding in card.of(leaf.code) if finding.points]
    if any(finding.stands for finding in found):
        return _points_words(card, leaf, [finding for finding in found if finding.stands], short=short)
    if any(finding.withdrawn for finding in found):
        return "有关发现已经复核撤销，不加减分"
    return "不得分" if card.nodes[leaf.code].lost else "不扣分"


def _points_words(card: Scorecard, leaf: Node, found: Sequence[Finding], *, short: bool) -> str:
    points = sum((finding.points or ZERO for finding in found), ZERO)
    score = f"得 {shown(card.nodes[leaf.code].low)} 分"
    if points < 0:
        return f"{'' if short else '该指标另因其他发现'}应扣 {shown(-points)} 分，{score}"
    if not found[0].bonus:
        return score
    return f"{'' if bonus_words(card) == shown(points) else '经限额后'}加 {bonus_words(card)} 分"


# --- Updates ------------------------------------------------------------------------------------------------------


def _updates_by_month(card: Scorecard, outline: UpdatesByMonth) -> Chart | None:
    """The rows month by month and the periods missed; None without rows and such periods."""
    table, is_watched = card.source.tables[outline.sheet], _is_watched(card, outline)
    missed = [one for one in card.of(outline.leaf) if one.stands and one.times and one.kind.name == outline.finding]
    missed.sort(key=lambda one: one.since or pd.Timestamp.max)
    if table.empty and not missed:
        return None
    looks = Look(outline.watched, ACCENT), Look("其他", PALE)
    rows = []
    counts = (_months(card, outline, table[mask]) for mask in (is_watched, ~is_watched))
    for (month, watched), (_, others) in zip(*counts, strict=True):
        # Periods that began before the year appear in January.
        begun = [
            one for one in missed if one.since and (one.since.month if one.since.year == card.year else 1) == month
        ]
        words = f"{month}月{outline.watched} {watched} 条，其他 {others} 条"
        parts = tuple(zip(looks, (watched, others), strict=True))
        rows.append(Row(f"{month}月", parts, _note(begun), (str(watched), str(others)), words, alarm=bool(begun)))
    caption = _missed_words(card, outline, int(is_watched.sum()), missed)
    periods = "".join(f"{_period(finding)}。" for finding in missed)
    alt = f"条形图，{card.department}各月发布信息条数。{as_sentences(rows)}{caption}{periods}"
    figure = bar_chart(rows, (outline.head, "其他"), sample=card.sample)
    return Chart(figure, alt, _filled(card, outline), caption)


def _is_watched(card: Scorecard, outline: UpdatesByMonth) -> pd.Series:
    """A mask of the rows about the leaf, by the entries that they name or by their own cells."""
    table = card.source.tables[outline.sheet]
    if outline.column is None:
        return table["row"].isin(card.rows(outline.leaf, outline.sheet)["row"])
    listed = card.scheme.sheet(str(card.scheme.sheet(outline.sheet).column(outline.column).one_of))
    return table[outline.column].isin(card.rows(outline.leaf, listed.key)[listed.unique])


def _period(finding: Finding) -> str:
    """First and last day of a period, and how often it counts."""
    times = f"计{finding.times}次"
    if finding.since is None or finding.until is None:
        return times
    since, until = (f"{day.month}月{day.day}日" for day in (finding.since, finding.until))
    return f"{since}至{until}，{(finding.until - finding.since).days + 1}天，{times}"


def _note(begun: Sequence[Finding]) -> str:
    """The periods that began in a month: a single one in full, else their number."""
    if len(begun) == 1:
        return f"未更新：{_period(begun[0])}"
    return f"未更新：{len(begun)} 段，计 {sum(one.times for one in begun)} 次" if begun else ""


def _missed_words(card: Scorecard, outline: UpdatesByMonth, count: int, missed: Sequence[Finding]) -> str:
    if outline.leaf in card.pending:
        return f"“{card.nodes[outline.leaf].name}”待评，未判定是否按时更新。"
    if not missed:
        return f"{outline.watched}共发布 {count} 条，没有一次未按时更新。"
    times = sum(finding.times for finding in missed)
    lost = -sum((finding.points or ZERO for finding in missed), ZERO)
    deducted = f"，应扣 {shown(lost)} 分" if lost else ""
    counted = "".join(
        f"{one.since.month}月{one.since.day}日起的一段{one.counting}。"
        for one in missed
        if one.counting and one.since is not None
    )
    return f"{outline.watched}有 {len(missed)} 段时间未按时更新，共计 {times} 次{deducted}。{counted}"


# --- Replies ------------------------------------------------------------------------------------------------------


def _replies_by_kind(card: Scorecard, outline: RepliesByKind) -> Chart | None:
    """The rows by kind and outcome; late ones are taken from the findings.

    None without rows, or if the leaf is zero for another reason, so that rows are not judged.
    """
    rows_judged, standing = card.rows(outline.leaf, outline.sheet), [one for one in card.of(outline.leaf) if one.stands]
    own_voids = (one for one in standing if one.effect == VOID and one.scope == outline.leaf)
    if rows_judged.empty or any(one.kind.name not in outline.late for one in own_voids):
        return None
    name = card.scheme.sheet(outline.sheet).name
    late = [one for one in standing if one.sheet == name and one.kind.name in outline.late]
    rows = list(_kind_rows(card, outline, rows_judged, late))
    caption, heads = _late_words(card, outline, len(rows_judged), late), ("期限", "合计", "按期", "逾期", "未判逾期")
    alt = f"条形图，{card.department}各类{outline.counted}的{outline.done}情况。{caption}{as_sentences(rows)}"
    figure = bar_chart(rows, heads, sample=card.sample)
    return Chart(figure, alt, _filled(card, outline), caption, as_sentences(rows))


def _kind_rows(card: Scorecard, outline: RepliesByKind, table: pd.DataFrame, late: list[Finding]) -> Iterator[Row]:
    """One row per kind: those with a limit first."""
    limits = outline.limits_under(card.readings)
    is_late, is_done = table["row"].isin([one.row for one in late]), table[outline.done_on].notna()
    verb = outline.done
    fates = (
        (Look(f"按期{verb}", ACCENT, ink=PAPER), ~is_late & is_done),
        (Look(f"逾期{verb}", LOSS, ink=PAPER), is_late & is_done),
        (Look(f"逾期未{verb}", LOSS_PALE, LOSS, "////"), is_late & ~is_done),
        (Look(f"未{verb}（未判逾期）", PAPER, SOFT, ink=INK), ~is_late & ~is_done),
    )
    for kind in dict.fromkeys((*limits, *card.scheme.sheet(outline.sheet).column(outline.by).choices)):
        of_kind = table[outline.by] == kind
        parts = [(look, int((of_kind & fate).sum())) for look, fate in fates]
        in_time, tardy, never, still = (count for _, count in parts)
        if total := int(of_kind.sum()):
            limit = _filled(card, outline, limits[kind]) if kind in limits else "—"
            figures = limit, str(total), str(in_time), str(tardy + never), str(still)
            became = "、".join(f"{look.word} {count} {outline.unit}" for look, count in parts if count)
            until = f"，期限 {limit}" if kind in limits else ""
            yield Row(kind, parts, "", figures, f"{kind} {total} {outline.unit}{until}：{became}")


def _late_words(card: Scorecard, outline: RepliesByKind, count: int, late: list[Finding]) -> str:
    unit, words = outline.unit, f"{outline.counted} {count} {outline.unit}"
    if outline.leaf in card.pending:
        return f"{words}；“{card.nodes[outline.leaf].name}”待评，未判定是否逾期。"
    rows, vetoed = {one.row for one in late}, {one.row for one in late if one.veto}
    longest = max((one.days_late for one in late if one.days_late is not None), default=0)
    words += f"，逾期 {len(rows)} {unit}" if rows else "，没有逾期"
    words += f"（最长的逾期 {longest} 天）" if longest else ""
    return words + (f"，其中 {len(vetoed)} {unit}触发否决。" if vetoed else "。")
