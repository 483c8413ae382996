"""乙 运行服务, 丁 队伍建设."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from scoring.engine.rulekit import (
    Clause,
    Evidence,
    Found,
    day_of_year,
    late_rows,
    nth_working_day,
    outcome,
    rule,
    unusual_days,
)


@rule("乙.1")
def outages(evidence: Evidence, clause: Clause) -> Found:
    """逾期恢复每次扣2.5分；重大故障逾期恢复的，一票否决，运行服务计0分。"""
    table = evidence.rows("outages")
    late = late_rows(table, nth_working_day(table["reported"], clause.terms["days"]), table["restored"])
    received = late["reported"].dt.normalize()
    late = late.assign(
        outcome=outcome(late, "restored", "恢复", "未恢复"), counting=unusual_days(received, late["due"])
    )
    grave = late["grade"] == clause.terms["grave"]
    yield clause.change("逾期恢复", late[~grave], at="outages", key="number")
    yield clause.void("重大故障逾期", late[grave], at="outages", key="number")


@rule("乙.2")
def accessibility(evidence: Evidence, clause: Clause) -> Found:
    """一项不通过扣1.5分。"""
    tests = evidence.rows("access")
    yield clause.change("检测不通过", tests[tests["passed"] == "不通过"], at="access")


@rule("丁.1")
def trainings(evidence: Evidence, clause: Clause) -> Found:
    """每学时计0.5分，最多10分。"""
    table = evidence.rows("trainings")
    an_hour = Fraction(clause.terms["an_hour"])
    earned = pd.Series([Fraction(hours) * an_hour for hours in table["hours"]], index=table.index, dtype=object)
    yield clause.change("培训", table.assign(earned=earned), at="trainings", each="earned")


@rule("丁.2")
def system(evidence: Evidence, clause: Clause) -> Found:
    """没有制度扣2.5分；未按时提交总结扣2.5分。"""
    facts = evidence.facts
    yield clause.change("没有制度", facts[facts["rules"] == "未建立"], at="facts.rules")
    late = late_rows(facts, pd.Series(day_of_year(evidence, clause.terms["due"]), index=facts.index), facts["summary"])
    late = late.assign(outcome=outcome(late, "summary", "提交", "未提交"))
    yield clause.change("总结逾期", late, at="facts.summary")
