"""Leaf 3.3.2.3 更新量: judged at every 监测时点; what is found at each adds up (每次)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import Clause, chinese_date
from scoring.rules import rule
from scoring.workdays import months_after
from scoring.years.y2017.shared import faults_of


@rule("3.3.2.3")
def update_volume(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """1.以下情况之一网站单项否决，总分计0分……2.不存在单项否决的按如下计分…….

    A column marked blank counts as blank and never also as stale. Each blank or stale column at a 监测时点 is a finding
    of its own; the vetoes by count rest on those that stand.
    """
    yield from homepage(evidence, clause)
    columns = columns_at_checkpoints(evidence)
    blank = clause.change("空白栏目", columns[columns["blank"] == "是"], at="columns", key=["day", "column"])
    yield blank
    yield clause.veto_by_count("空白栏目否决", _with_day(blank, columns), at=clause.terms["blank_veto_at"], by="day")
    yield from stale_columns(columns[columns["blank"] == "否"], clause)
    inaccurate = faults_of(evidence, clause.leaf.code, "发布不准确")
    yield clause.change("信息发布不准确", inaccurate, at="faults")


def homepage(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """①2周内首页无更新: veto. 监测2周内首页更新总量少于10条每次扣5分."""
    required = clause.terms["homepage_required"]
    checkpoints = evidence.rows("checkpoints")
    published = evidence.publications_looked_back
    shown = published[published["on_homepage"] == "是"]
    pairs = checkpoints[["department", "day"]].merge(shown[["department", "published"]], on="department")
    window = pd.Timedelta(days=clause.terms["homepage_days"])
    inside = (pairs["published"] > pairs["day"] - window) & (pairs["published"] <= pairs["day"])
    counts = pairs[inside].groupby(["department", "day"]).size().rename("count").reset_index()
    counted = checkpoints.merge(counts, on=["department", "day"], how="left").assign(required=required)
    counted["count"] = counted["count"].fillna(0).astype("int64")
    yield clause.void("首页无更新", counted[counted["count"] == 0], at="checkpoints", key="day")
    yield clause.change("首页更新不足", counted[counted["count"] < required], at="checkpoints", key="day")


def columns_at_checkpoints(evidence: Evidence) -> pd.DataFrame:
    """Every column of a site at every 监测时点, with the ``latest`` day on which it was published in."""
    columns = evidence.rows("columns")[["department", "row", "column", "category", "blank"]]
    days = evidence.rows("checkpoints")[["department", "day"]]
    pairs = days.merge(columns, on="department").sort_values("day", ignore_index=True)
    published = evidence.publications_looked_back[["department", "column", "published"]].sort_values("published")
    by = ["department", "column"]
    latest = pd.merge_asof(
        pairs,
        published.rename(columns={"published": "latest"}).assign(at=published["published"]),
        left_on="day",
        right_on="at",
        by=by,
    )
    return latest.sort_values(["department", "day", "row"], ignore_index=True)


def stale_columns(columns: pd.DataFrame, clause: Clause) -> Iterator[pd.DataFrame]:
    """Columns without an update in their window, and the vetoes that many of them make."""
    terms, found = clause.terms, {}
    for group in terms["stale"]:
        of_kind = columns[columns["category"].isin(group["categories"])]
        start = window_start(of_kind["day"], group)
        stale = of_kind[~(of_kind["latest"] > start)]
        stale = stale.assign(last=[_last(day) for day in stale["latest"]])
        findings = clause.change(group["finding"], stale, at="columns", key=["day", "column"])
        yield findings
        found[group["finding"]] = _with_day(findings, columns)
    news, notices = found["动态要闻类未更新"], found["通知政策类未更新"]
    if clause.readings["stale-columns"] == "apart":
        yield clause.veto_by_count("动态要闻类未更新否决", news, at=terms["stale_veto_at"], by="day")
        yield clause.veto_by_count("通知政策类未更新否决", notices, at=terms["stale_veto_at"], by="day")
    else:
        both = pd.concat([news, notices])
        yield clause.veto_by_count("未更新栏目否决", both, at=terms["stale_veto_at"], by="day")
    every = pd.concat(found.values())
    yield clause.veto_by_count("长期未更新栏目否决", every, at=terms["all_stale_veto_at"], by="day")


def window_start(days: pd.Series, window: Mapping[str, int]) -> pd.Series:
    """The day after which an update is in the window that ends with each day."""
    return days - pd.Timedelta(days=window["days"]) if "days" in window else months_after(days, -window["months"])


def _with_day(findings: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Findings keep the index of the rows that they were made from."""
    return findings.assign(day=columns["day"].reindex(findings.index))


def _last(day: pd.Timestamp) -> str:
    return "佐证未列此前的发布记录" if pd.isna(day) else f"此前最近更新于{chinese_date(day)}"
