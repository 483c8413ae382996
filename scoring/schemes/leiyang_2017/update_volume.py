"""Leaf 3.3.2.3 更新量: judged at every 监测时点; what is found at each adds up (每次)."""

from __future__ import annotations

import pandas as pd

from scoring.engine.rulekit import Clause, Evidence, Found, count_in_window, last_before, rule, stale_since

from .shared import faults_of


@rule("3.3.2.3")
def update_volume(evidence: Evidence, clause: Clause) -> Found:
    """考核2周内首页更新情况；动态要闻类栏目更新情况；通知公告、政策文件类更新情况；人事、规划计划类更新情况；信息发布是
    否准确。

    1.以下情况之一网站单项否决，总分计0分：①2周内首页无更新；(2周内动态要闻类栏目，6个月内通知公告政策类栏目无更新超
    过（含）5个；(网站中应更新但长期未更新栏目超过（含）10个；④空白栏目数量超过（含）5个。

    2. 不存在单项否决的按如下计分：①监测2周内首页更新总量少于10条每次扣5分；(2周内动态要闻类每发现1个栏目未更新的扣3
    分；6个月内通知公告、政策文件类每发现1个栏目未更新的扣4分；1年内人事、规划计划类栏目每发现1个栏目未更新的扣5分；(
    若此项累计扣分超过10分按0分计算；④信息发布不准确每发现1次扣0.5分。

    Judged at every 监测时点; what is found at each adds up (每次). A column marked blank counts as blank and never
    also as stale. Each blank or stale column at a 监测时点 is a finding of its own; the vetoes by count rest on the
    valid ones.
    """
    yield from homepage(evidence, clause)
    columns = last_before(
        evidence.rows("checkpoints"),
        evidence.rows("columns")[["department", "row", "column", "category", "blank"]],
        evidence.looked_back("publications").rename(columns={"published": "day"}),
        "column",
    )
    blank = clause.change("空白栏目", columns[columns["blank"] == "是"], at="columns", key=["day", "column"])
    yield blank
    yield clause.veto_by_count("空白栏目否决", blank, at=clause.terms["blank_veto_at"], by=columns["day"])
    yield from stale_columns(columns[columns["blank"] == "否"], clause)
    yield clause.change("信息发布不准确", faults_of(evidence, clause, "发布不准确"), at="faults")


def homepage(evidence: Evidence, clause: Clause) -> Found:
    """①2周内首页无更新: veto. 监测2周内首页更新总量少于10条每次扣5分."""
    required = clause.terms["homepage_required"]
    published = evidence.looked_back("publications")
    shown = published[published["on_homepage"] == "是"].rename(columns={"published": "day"})
    counted = count_in_window(evidence.rows("checkpoints"), shown, {"days": clause.terms["homepage_days"]})
    counted = counted.assign(required=required, lacking=required - counted["count"])
    yield clause.void("首页无更新", counted[counted["count"] == 0], at="checkpoints", key="day")
    yield clause.change("首页更新不足", counted[counted["count"] < required], at="checkpoints", key="day")


def stale_columns(columns: pd.DataFrame, clause: Clause) -> Found:
    """Columns without an update in their window, and the vetoes by their number."""
    terms = clause.terms
    found = [
        clause.change(group["finding"], stale_since(columns, group), at="columns", key=["day", "column"])
        for group in terms["stale"]
    ]
    yield from found
    news, notices, *_ = found
    if clause.readings["stale-columns"] == "apart":
        yield clause.veto_by_count("动态要闻类未更新否决", news, at=terms["stale_veto_at"], by=columns["day"])
        yield clause.veto_by_count("通知政策类未更新否决", notices, at=terms["stale_veto_at"], by=columns["day"])
    else:
        both = pd.concat([news, notices])
        yield clause.veto_by_count("未更新栏目否决", both, at=terms["stale_veto_at"], by=columns["day"])
    yield clause.veto_by_count("长期未更新栏目否决", pd.concat(found), at=terms["all_stale_veto_at"], by=columns["day"])
