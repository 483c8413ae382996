"""A department's publications month by month, and the stretches without an update that cost points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from scoring.base.points import ZERO, shown
from scoring.engine.scorecard import Finding, Scorecard
from scoring.report.charts.bars import Row, bar_chart, told
from scoring.report.charts.sheet import ACCENT, PALE, Chart, Look
from scoring.scheme import Node


@dataclass(frozen=True)
class Gap:
    """A stretch without an update, both days included, as its finding tells it."""

    since: pd.Timestamp
    until: pd.Timestamp
    finding: Finding

    @property
    def words(self) -> str:
        """Its days and what they count for."""
        since, until = (f"{day.month}月{day.day}日" for day in (self.since, self.until))
        return f"{since}至{until}，{(self.until - self.since).days + 1}天，计{self.finding.times}次"


def publications_over_year(card: Scorecard) -> Chart | None:
    """Publications a month: the columns that must be updated most often, all others, and the windows missed.

    None when nothing was published and nothing is held against the department.
    """
    leaf = next(leaf for leaf in card.scheme.leaves if "days" in leaf.terms.get("every", {}))
    columns, published = card.source.tables["columns"], card.source.tables["publications"]
    wanted = columns.loc[columns["category"] == leaf.where["columns"]["category"], "column"]
    is_watched = published["column"].isin(wanted)
    watched, others = published.loc[is_watched, "published"], published.loc[~is_watched, "published"]
    gaps = missed_windows(card, leaf, watched)
    if not gaps and published.empty:
        return None
    name = f"{leaf.where['columns']['category']}类栏目"
    looks = Look(name, ACCENT), Look("其他栏目", PALE)
    rows = []
    for month in range(1, card.as_of.month + 1):
        counts = [int((days.dt.month == month).sum()) for days in (watched, others)]
        parts, missed = tuple(zip(looks, counts, strict=True)), [gap for gap in gaps if gap.since.month == month]
        figures, words = tuple(map(str, counts)), f"{month}月{name} {counts[0]} 条，其他栏目 {counts[1]} 条"
        rows.append(Row(f"{month}月", parts, _missed(missed), figures, words, alarm=bool(missed)))
    caption = _caption(card, leaf, len(watched), gaps)
    stretches = "".join(f"{gap.words}。" for gap in gaps)
    alt = f"条形图，{card.department}各月发布信息条数。{told(rows)}{caption}{stretches}"
    figure = bar_chart(rows, (leaf.where["columns"]["category"], "其他"), sample=card.sample)
    return Chart(figure, alt, f"{name}是否每{leaf.terms['every_is']}都有更新？", caption)


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


def _missed(gaps: Sequence[Gap]) -> str:
    """The stretches that began in a month: a single one in full, else how many."""
    if len(gaps) == 1:
        return f"未更新：{gaps[0].words}"
    return f"未更新：{len(gaps)} 段，计 {sum(gap.finding.times for gap in gaps)} 次" if gaps else ""


def _caption(card: Scorecard, leaf: Node, count: int, gaps: Sequence[Gap]) -> str:
    category = leaf.where["columns"]["category"]
    if leaf.code in card.pending:
        return f"“{leaf.name}”待评，未判定是否按时更新。"
    if not gaps:
        return f"{category}类栏目共发布 {count} 条，没有一次未按时更新。"
    times = sum(gap.finding.times for gap in gaps)
    lost = -sum((gap.finding.points or ZERO for gap in gaps), ZERO)
    return f"{category}类栏目有 {len(gaps)} 段时间未按时更新，共计 {times} 次，应扣 {shown(lost)} 分。{_counting(gaps)}"


def _counting(gaps: Sequence[Gap]) -> str:
    """From when a stretch is counted where it is not known when it began."""
    return "".join(
        f"{gap.since.month}月{gap.since.day}日起的一段{gap.finding.counting}。" for gap in gaps if gap.finding.counting
    )
