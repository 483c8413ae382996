"""甲 内容保障, 丙 日常巡查."""

from __future__ import annotations

import pandas as pd

from scoring.engine.rulekit import (
    Clause,
    Evidence,
    Found,
    chinese_date,
    day_of_year,
    last_before,
    rule,
    window_start,
)


@rule("甲.1.1")
def empty_columns(evidence: Evidence, clause: Clause) -> Found:
    """发现一个空栏目扣2.5分。"""
    yield clause.change("栏目空缺", clause.rows(evidence, "issues"), at="issues")


@rule("甲.1.2")
def errors(evidence: Evidence, clause: Clause) -> Found:
    """一般差错每处扣0.5分；敏感信息2处以上的，直接不合格，内容保障计0分。"""
    issues = clause.rows(evidence, "issues")
    yield clause.change("一般差错（含错别字）", issues[issues["kind"] == "一般差错（含错别字）"], at="issues")
    sensitive = clause.change("敏感信息", issues[issues["kind"] == "敏感信息"], at="issues")
    yield sensitive
    yield clause.veto_by_count("敏感信息累计", sensitive, at=clause.terms["veto_at"])


@rule("甲.2")
def submissions(evidence: Evidence, clause: Clause) -> Found:
    """每少1条扣0.5分。

    Pending while the year runs and the number is not reached.
    """
    items, facts = evidence.rows("submissions"), evidence.facts
    if clause.readings["counted-items"] == "accepted":
        items = items[items["result"] == clause.terms["accepted"]]
    required = clause.terms["required"]
    counted = facts["department"].map(items.groupby("department").size()).fillna(0).astype("int64")
    table = facts[["department"]].assign(counted=counted, required=required, times=required - counted)
    short = counted < required
    yield clause.pending(facts[short & (facts["cut_off"] < day_of_year(evidence, "12-31"))], "到年底才判断")
    yield clause.change("报送不足", table[short], times="times")


@rule("丙.1")
def topics(evidence: Evidence, clause: Clause) -> Found:
    """一个专题未更新扣0.5分。"""
    in_use = clause.rows(evidence, "topics")[["department", "row", "topic"]]
    seen = last_before(evidence.rows("patrols"), in_use, evidence.looked_back("updates"), "topic")
    stale = seen[~(seen["latest"] > window_start(seen["day"], clause.terms["window"]))]
    last = ["没有更新记录" if pd.isna(day) else f"最近更新于{chinese_date(day)}" for day in stale["latest"]]
    yield clause.change("专题未更新", stale.assign(last=last), at="topics", key=["day", "topic"])
