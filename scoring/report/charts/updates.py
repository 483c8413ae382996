"""Rows by month, those that a clause watches apart, and the periods without an update that cost points."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from scoring.base.points import ZERO, shown
from scoring.engine.scorecard import Finding, Scorecard
from scoring.report.charts.bars import Row, as_sentences, bar_chart
from scoring.report.charts.rows import filled, months
from scoring.report.charts.sheet import ACCENT, PALE, Chart, Look
from scoring.scheme.outline import UpdatesByMonth


def updates_by_month(card: Scorecard, outline: UpdatesByMonth) -> Chart | None:
    """The rows month by month and the periods missed; None without a row and without such a period."""
    table, is_watched = card.source.tables[outline.sheet], _is_watched(card, outline)
    missed = sorted(_missed(card, outline), key=lambda one: one.since or pd.Timestamp.max)
    if table.empty and not missed:
        return None
    looks = Look(outline.watched, ACCENT), Look("其他", PALE)
    rows = []
    counts = (months(card, outline, table[mask]) for mask in (is_watched, ~is_watched))
    for (month, watched), (_, others) in zip(*counts, strict=True):
        begun = [one for one in missed if one.since is not None and _month(card, one.since) == month]
        words = f"{month}月{outline.watched} {watched} 条，其他 {others} 条"
        parts = tuple(zip(looks, (watched, others), strict=True))
        rows.append(Row(f"{month}月", parts, _note(begun), (str(watched), str(others)), words, alarm=bool(begun)))
    caption = _caption(card, outline, int(is_watched.sum()), missed)
    periods = "".join(f"{_period(finding)}。" for finding in missed)
    alt = f"条形图，{card.department}各月发布信息条数。{as_sentences(rows)}{caption}{periods}"
    figure = bar_chart(rows, (outline.head, "其他"), sample=card.sample)
    return Chart(figure, alt, filled(card, outline), caption)


def _is_watched(card: Scorecard, outline: UpdatesByMonth) -> pd.Series:
    """Which rows of the sheet the leaf watches: by the entries that they name, or by themselves."""
    table = card.source.tables[outline.sheet]
    if outline.column is None:
        return table["row"].isin(card.rows(outline.leaf, outline.sheet)["row"])
    listed = card.scheme.sheet(str(card.scheme.sheet(outline.sheet).column(outline.column).one_of))
    return table[outline.column].isin(card.rows(outline.leaf, listed.key)[listed.unique])


def _missed(card: Scorecard, outline: UpdatesByMonth) -> list[Finding]:
    return [one for one in card.of(outline.leaf) if one.stands and one.times and one.kind.name == outline.finding]


def _month(card: Scorecard, day: pd.Timestamp) -> int:
    """The month of the period in which a day is drawn: January for what began before it."""
    return day.month if day.year == card.year else 1


def _period(finding: Finding) -> str:
    """The days of a period, both ends included, and how often it counts."""
    times = f"计{finding.times}次"
    if finding.since is None or finding.until is None:
        return times
    since, until = (f"{day.month}月{day.day}日" for day in (finding.since, finding.until))
    return f"{since}至{until}，{(finding.until - finding.since).days + 1}天，{times}"


def _note(begun: Sequence[Finding]) -> str:
    """The periods that began in a month: a single one in full, else how many."""
    if len(begun) == 1:
        return f"未更新：{_period(begun[0])}"
    return f"未更新：{len(begun)} 段，计 {sum(one.times for one in begun)} 次" if begun else ""


def _caption(card: Scorecard, outline: UpdatesByMonth, count: int, missed: Sequence[Finding]) -> str:
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
