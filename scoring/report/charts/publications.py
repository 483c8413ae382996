"""A department's publications over the year, and the stretches without an update that cost points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.points import shown
from scoring.report.charts.sheet import (
    ACCENT,
    HEADER,
    LINE,
    LINE_HEIGHT,
    LOSS,
    LOSS_PALE,
    PALE,
    SOFT,
    WIDTH,
    Chart,
    Sheet,
    Swatch,
    Year,
    count_scale,
    day_words,
    measured,
)
from scoring.scheme import Node
from scoring.scorecard import Finding, Scorecard

WEEK = 7
LEFT, PLOT_WIDE, PLOT_HIGH = 12.0, 156.0, 52.0
MOST_FLAG_ROWS = 3


@dataclass(frozen=True)
class Gap:
    """A stretch without an update, both days included, as its finding tells it."""

    since: pd.Timestamp
    until: pd.Timestamp
    finding: Finding

    @property
    def words(self) -> str:
        """Its days and what they count for."""
        days = (self.until - self.since).days + 1
        return f"{day_words(self.since)}至{day_words(self.until)}，{days}天，计{self.finding.times}次"


def publications_over_year(card: Scorecard) -> Chart | None:
    """Publications a week: the columns that must be updated most often, all others, and the windows missed.

    Returns
    -------
    Chart or None
        None when nothing was published and nothing is held against the department.
    """
    leaf = next(leaf for leaf in card.scheme.leaves if "days" in leaf.terms.get("every", {}))
    watched, others = _days_of(card, leaf)
    gaps = missed_windows(card, leaf, watched)
    if not gaps and watched.empty and others.empty:
        return None
    flags = _flag_rows(gaps)
    listed = gaps if flags is None else []
    top = HEADER + 3 + (max(flags, default=-1) + 1 if flags else 0) * LINE_HEIGHT + 5
    below = 8 + 8 + ((len(listed) + 1) // 2) * LINE_HEIGHT
    sheet = Sheet(top + PLOT_HIGH + below, sample=card.sample)
    year = Year(card.year, LEFT, PLOT_WIDE)
    sheet.key(_key(leaf, watched, others, gaps))
    _gaps(sheet, year, gaps, flags, top)
    _bars(sheet, year, watched, others, top)
    year.months(sheet, top, top + PLOT_HIGH)
    year.unknown_after(sheet, card.as_of, top, top + PLOT_HIGH)
    _checkpoints(sheet, year, card.source.tables["checkpoints"]["day"], top + PLOT_HIGH + 8)
    _list(sheet, listed, top + PLOT_HIGH + 17)
    title = f"{leaf.terms['category']}类栏目是否每{leaf.terms['every_is']}都有更新？"
    caption = _caption(card, leaf, watched, gaps)
    return Chart(sheet.figure, _alt(card, leaf, watched, others, gaps, caption), title, caption)


def _days_of(card: Scorecard, leaf: Node) -> tuple[pd.Series, pd.Series]:
    """Days of publication in the period: of the leaf's columns, and of all others."""
    columns, published = card.source.tables["columns"], card.source.tables["publications"]
    wanted = columns.loc[columns["category"] == leaf.terms["category"], "column"]
    is_watched = published["column"].isin(wanted)
    return published.loc[is_watched, "published"], published.loc[~is_watched, "published"]


def missed_windows(card: Scorecard, leaf: Node, watched: pd.Series) -> list[Gap]:
    """The findings of missed updates that stand, with their days.

    A finding's id ends with the first day without update; the last one is the day before the next publication.
    """
    gaps = []
    for finding in card.of(leaf.code):
        if finding.stands and finding.times and finding.points:
            since = pd.Timestamp(finding.id.removeprefix(f"{leaf.code}-{finding.kind.name}-")[:10])
            later = watched[watched > since]
            until = card.as_of if later.empty else later.min() - pd.Timedelta(days=1)
            gaps.append(Gap(since, until, finding))
    return sorted(gaps, key=lambda gap: gap.since)


def _key(leaf: Node, watched: pd.Series, others: pd.Series, gaps: Sequence[Gap]) -> list[Swatch]:
    both = ((f"{leaf.terms['category']}类栏目", watched, ACCENT), ("其他栏目", others, PALE))
    key = [Swatch(f"{name} {len(days)} 条", fill) for name, days, fill in both]
    return [*key, Swatch("未按时更新", LOSS_PALE, LOSS)] if gaps else key


def _flag_rows(gaps: Sequence[Gap]) -> list[int] | None:
    """The row over the plot for each gap's label, such that no leader crosses a label; None when there are too many.

    Each label begins over its gap, unless the page ends before it does.
    """
    if not gaps:
        return []
    year = Year(gaps[0].since.year, LEFT, PLOT_WIDE)
    flags = [year.at(gap.since) for gap in gaps]
    starts = [_label_start(flag, gap) for flag, gap in zip(flags, gaps, strict=True)]
    ends = [start + measured(gap.words) + 3 for start, gap in zip(starts, gaps, strict=True)]
    rows = [0] * len(gaps)
    for place in reversed(range(len(gaps))):
        crossed = [rows[later] for later in range(place + 1, len(gaps)) if starts[later] < ends[place]]
        rows[place] = 1 + max(crossed, default=-1)
    crossing = any(starts[place] <= flags[earlier] for place in range(len(gaps)) for earlier in range(place))
    return None if crossing or max(rows) >= MOST_FLAG_ROWS else rows


def _label_start(flag: float, gap: Gap) -> float:
    return min(flag + 1.2, WIDTH - measured(gap.words))


def _gaps(sheet: Sheet, year: Year, gaps: Sequence[Gap], flags: list[int] | None, top: float) -> None:
    for place, gap in enumerate(gaps):
        left, right = year.at(gap.since), year.at(gap.until + pd.Timedelta(days=1))
        sheet.bar(left, top, right - left, PLOT_HIGH, fill=LOSS_PALE)
        sheet.bar(left, top, right - left, 0.9, fill=LOSS)
        if flags is None:
            sheet.write((left + right) / 2, top + 3.6, str(place + 1), color=LOSS, bold=True, align="center", halo=True)
            continue
        y = top - 8 - flags[place] * LINE_HEIGHT
        start = _label_start(left, gap)
        sheet.line([left, left], [y - 1.8 if start > left else y + 2, top], color=LOSS, width=0.6)
        sheet.write(start, y, gap.words, color=LOSS)


def _bars(sheet: Sheet, year: Year, watched: pd.Series, others: pd.Series, top: float) -> None:
    """Stacked bars, one for every seven days from 1 January; the last one is as narrow as its days are few."""
    first, both = _weekly(year, watched), _weekly(year, watched) + _weekly(year, others)
    scale = count_scale(int(both.max()), 4)
    high = PLOT_HIGH / scale[-1]
    bottom = top + PLOT_HIGH
    for value in scale:
        y = bottom - value * high
        width, color = (0.5, LINE) if value else (0.9, SOFT)
        sheet.line([LEFT, LEFT + PLOT_WIDE], [y, y], width=width, color=color, zorder=0)
        sheet.write(LEFT - 1.5, y, str(value), color=SOFT, align="right")
    sheet.write(0, top - 3.2, "条／周", color=SOFT)
    day = PLOT_WIDE / year.days
    for week, (low, full) in enumerate(zip(first, both, strict=True)):
        x, wide = LEFT + week * WEEK * day + 0.35, min(WEEK, year.days - week * WEEK) * day - 0.7
        wide = max(wide, 0.4)
        if full > low:
            sheet.bar(x, bottom - full * high, wide, (full - low) * high, fill=PALE)
        if low:
            sheet.bar(x, bottom - low * high, wide, low * high, fill=ACCENT)


def _weekly(year: Year, days: pd.Series) -> npt.NDArray[np.int64]:
    weeks = (days - year.start).dt.days // WEEK
    return np.bincount(weeks.astype("int64"), minlength=-(-year.days // WEEK)).astype("int64")


def _checkpoints(sheet: Sheet, year: Year, days: pd.Series, top: float) -> None:
    """A tick for every day on which the site was monitored, dated as far as there is room."""
    free = measured("监测时点") + 3
    sheet.write(0, top + 2.6, "监测时点", color=SOFT)
    for day in sorted(set(days)):
        x, words = year.at(day) + PLOT_WIDE / year.days / 2, f"{day.month}/{day.day}"
        sheet.page.plot([x], [top - 1.5], marker="^", markersize=4.5, color=SOFT, linestyle="none")
        wide = measured(words)
        left = min(max(x - wide / 2, free), WIDTH - wide)
        if left >= free and abs(left + wide / 2 - x) < wide / 2:
            sheet.write(left, top + 2.6, words, color=SOFT)
            free = left + wide + 2


def _list(sheet: Sheet, gaps: Sequence[Gap], top: float) -> None:
    """Where the labels do not fit over the plot: two columns under it."""
    half = (len(gaps) + 1) // 2
    for place, gap in enumerate(gaps):
        x, y = WIDTH / 2 * (place // half), top + (place % half) * LINE_HEIGHT
        sheet.write(x + 5, y, str(place + 1), color=LOSS, bold=True, align="right")
        sheet.write(x + 7, y, gap.words)


def _caption(card: Scorecard, leaf: Node, watched: pd.Series, gaps: Sequence[Gap]) -> str:
    category = leaf.terms["category"]
    if leaf.code in card.pending:
        return f"“{leaf.name}”待评，未判定是否按时更新。"
    if not gaps:
        return f"{category}类栏目共发布 {len(watched)} 条，没有一次未按时更新。"
    times = sum(gap.finding.times for gap in gaps)
    lost = -sum((gap.finding.points or Fraction(0) for gap in gaps), Fraction(0))
    return f"{category}类栏目有 {len(gaps)} 段时间未按时更新，共计 {times} 次，应扣 {shown(lost)} 分。{_counting(gaps)}"


def _counting(gaps: Sequence[Gap]) -> str:
    """From when a stretch is counted where it is not known when it began."""
    return "".join(f"{day_words(gap.since)}起的一段{gap.finding.counting}。" for gap in gaps if gap.finding.counting)


def _alt(card: Scorecard, leaf: Node, watched: pd.Series, others: pd.Series, gaps: Sequence[Gap], caption: str) -> str:
    months = [f"{month}月 {int((watched.dt.month == month).sum())} 条" for month in range(1, card.as_of.month + 1)]
    missed = "；".join(gap.words for gap in gaps)
    days = "、".join(map(day_words, sorted(set(card.source.tables["checkpoints"]["day"]))))
    return (
        f"柱形图，{card.department}每周发布信息条数，截止{day_words(card.as_of)}。"
        f"{leaf.terms['category']}类栏目共 {len(watched)} 条，其他栏目共 {len(others)} 条。"
        f"{leaf.terms['category']}类栏目各月：{'，'.join(months)}。{caption}{missed + '。' if missed else ''}"
        f"{f'监测时点：{days}。' if days else '没有监测时点。'}"
    )
