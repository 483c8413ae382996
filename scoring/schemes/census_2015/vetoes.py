"""The five vetoes; each is judged at every 监测时点 D of the period."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from scoring.base.points import shown
from scoring.engine.rulekit import (
    Clause,
    Evidence,
    Found,
    chinese_date,
    count_in_window,
    last_before,
    late_rows,
    months_after,
    rule,
    stale_since,
)

_DAY = pd.Timedelta(days=1)


@rule("普1")
def unreachable(evidence: Evidence, clause: Clause) -> Found:
    """连续监测一周，每天间隔性访问20次以上，首页超过15秒仍打不开的次数占全部次数的5%以上。

    Visits of the days D−7 < day ≤ D. A visit fails when its 结果 is 打不开 or it took 15 seconds or more; one that
    could not be measured is left out. With fewer than 20 measured on one of the seven days the leaf is pending.
    """
    terms = clause.terms
    visits = evidence.looked_back("visits")
    measured = visits[~visits["outcome"].isin(terms["unmeasured"])]
    slow = pd.Series(
        [pd.notna(took) and took >= terms["seconds"] for took in measured["seconds"]], measured.index, bool
    )
    measured = measured.assign(
        day=measured["at"].dt.normalize(), failed=measured["outcome"].isin(terms["failed"]) | slow
    )
    daily = measured.groupby(["department", "day"])["failed"].agg(["size", "sum"]).reset_index()
    checkpoints = evidence.rows("checkpoints")
    week = pd.concat(
        [checkpoints.assign(visited=checkpoints["day"] - back * _DAY) for back in range(terms["days"])],
        ignore_index=True,
    )
    week = week.merge(daily.rename(columns={"day": "visited"}), on=["department", "visited"], how="left")
    few = week[~(week["size"] >= terms["visits"])].sort_values("visited")
    for department, days in few.groupby("department", sort=False):
        named = "、".join(chinese_date(day) for day in days["visited"].drop_duplicates())
        lacking = f"这些天测得的访问不足{terms['visits']}次：{named}"
        yield clause.pending(pd.DataFrame({"department": [department]}), lacking)
    counts = week.groupby(["department", "row", "day"], as_index=False)[["size", "sum"]].sum()
    yield clause.void(
        "站点无法访问", _failing(counts, Fraction(terms["share"]), terms["seconds"]), at="checkpoints", key="day"
    )


def _failing(counts: pd.DataFrame, limit: Fraction, seconds: int) -> pd.DataFrame:
    """The days on which the share of failed visits reaches the limit."""
    shares = pd.Series(
        [Fraction(int(failed), int(size) or 1) for size, failed in zip(counts["size"], counts["sum"], strict=True)],
        counts.index,
        object,
    )
    failing = counts.rename(columns={"size": "measured", "sum": "failed"}).assign(percent=shares * 100)
    failing = failing.astype({"measured": "int64", "failed": "int64"})
    return failing[shares >= limit].assign(limit=shown(100 * limit), seconds=seconds)


@rule("普2")
def homepage_without_update(evidence: Evidence, clause: Clause) -> Found:
    """首页各栏目在监测时间点前2周内没有更新；没有标明发布日期的信息视为没有更新。

    Window: D−14 < date ≤ D.
    """
    published = clause.looked_back(evidence, "publications").rename(columns={"published": "day"})
    counted = count_in_window(evidence.rows("checkpoints"), published, clause.terms["window"])
    yield clause.void("首页无更新", counted[counted["count"] == 0], at="checkpoints", key="day")


@rule("普3")
def columns_without_update(evidence: Evidence, clause: Clause) -> Found:
    """①2周内没有更新的动态、要闻类栏目，与6个月内没有更新的通知公告、政策文件类栏目，合计5个以上；②应更新而长期没有更新的栏目
    10个以上；③空白栏目5个以上。

    A blank column counts as blank and never also as stale. Each is a finding; the vetoes rest on the valid
    ones. Under the reading ``stale-columns`` = ``apart``, ① counts its two kinds apart.
    """
    terms = clause.terms
    columns = last_before(
        evidence.rows("checkpoints"),
        evidence.rows("columns")[["department", "row", "column", "category", "blank"]],
        evidence.looked_back("publications").rename(columns={"published": "day"}),
        "column",
    )
    is_blank = columns["blank"] == terms["blank"]
    blank = clause.change("空白栏目", columns[is_blank], at="columns", key=["day", "column"])
    yield blank
    yield clause.veto_by_count("空白栏目否决", blank, at=terms["blank_veto_at"], by=columns["day"])
    found = [
        clause.change(group["finding"], stale_since(columns[~is_blank], group), at="columns", key=["day", "column"])
        for group in terms["stale"]
    ]
    yield from found
    news, notices, _ = found
    if clause.readings["stale-columns"] == "apart":
        yield clause.veto_by_count("动态要闻类未更新否决", news, at=terms["stale_veto_at"], by=columns["day"])
        yield clause.veto_by_count("通知政策类未更新否决", notices, at=terms["stale_veto_at"], by=columns["day"])
    else:
        both = pd.concat([news, notices])
        yield clause.veto_by_count("未更新栏目否决", both, at=terms["stale_veto_at"], by=columns["day"])
    yield clause.veto_by_count("长期未更新栏目否决", pd.concat(found), at=terms["all_stale_veto_at"], by=columns["day"])


@rule("普4")
def grave_errors(evidence: Evidence, clause: Clause) -> Found:
    """网站出现严重错别字（如写错国家领导人姓名），虚假或伪造内容，以及反动、暴力、色情等内容。

    One is enough.
    """
    yield clause.void("严重错误", clause.rows(evidence, "faults"), at="faults")


@rule("普5")
def unanswered(evidence: Evidence, clause: Clause) -> Found:
    """监测时间点前1年内，政务咨询类栏目中应当答复的来信，有超过3个月没有答复的；在线访谈、调查征集、举报投诉类不在此列。

    Valid letters received within the year up to D that at D had gone more than three calendar months without an answer,
    or were answered later than that. A letter is one finding, at the first such D.
    """
    terms = clause.terms
    kinds = terms["or_kinds"] if clause.readings["consultations"] == "咨询和建议" else terms["kinds"]
    letters = clause.looked_back(evidence, "letters")
    asked = letters[letters["kind"].isin(kinds)]
    late = late_rows(asked, months_after(asked["received"], terms["months"]), asked["replied"])
    pairs = late.merge(evidence.rows("checkpoints")[["department", "day"]], on="department")
    within = pairs["received"] > months_after(pairs["day"], -terms["year_months"])
    seen = pairs[within & (pairs["received"] <= pairs["day"]) & (pairs["due"] < pairs["day"])]
    first = seen.sort_values("day").drop_duplicates(["department", "number"]).sort_values(["department", "row"])
    outcome = ["没有答复" if pd.isna(day) else f"{chinese_date(day)}才答复" for day in first["replied"]]
    yield clause.void("超过3个月未答复", first.assign(outcome=outcome), at="letters", key="number")
