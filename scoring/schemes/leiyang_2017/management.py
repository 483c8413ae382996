"""Section 3.3: 网站管理."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from scoring.engine.rulekit import (
    Clause,
    Evidence,
    Found,
    chinese_date,
    day_of_year,
    late_rows,
    nth_working_day,
    outcome,
    rule,
    unusual_days,
)

from .shared import faults_of


@rule("3.3.1")
def organisation(evidence: Evidence, clause: Clause) -> Found:
    """考核是否成立专门科室，安排专人管理，每年是否安排相应资金保障，以及部门网站管理人员变更报备情况

    未成立专门管理扣0.5分；未安排专人管理扣0.5分；未安排资金保障扣0.5分，部门网站管理人员变更未及时向市电子政务办网站
    科报备扣0.5分。

    The four items of 基本信息.
    """
    facts = evidence.facts
    yield clause.change("未成立专门科室", facts[facts["office"] == "无"], at="facts.office")
    yield clause.change("未安排专人管理", facts[facts["staff"] == "无"], at="facts.staff")
    yield clause.change("未安排资金保障", facts[facts["funding"] == "无"], at="facts.funding")
    yield clause.change("人员变更未报备", facts[facts["staff_change"] == "未报备"], at="facts.staff_change")


@rule("3.3.2.1.1", "3.3.2.1.2")
def unreachable(evidence: Evidence, clause: Clause) -> Found:
    """3.3.2.1.1 首页能否正常打开

    3.3.2.1.2 考核网站链接（含图片、附件、外链）能否正常访问

    每发现一次打不开扣0.5分

    Each 监测发现 (打不开) of the leaf.
    """
    yield clause.change("打不开", faults_of(evidence, clause, "打不开"), at="faults")


@rule("3.3.2.1.3")
def accuracy(evidence: Evidence, clause: Clause) -> Found:
    """考核网站内容是否准确，若出现3个错别字，网站单项否决，不得出现虚假、伪造、暴力、色情等内容。

    少于3个错别字每个扣1分。

    出现“单项否决”指标中的任意一种情形，则判定为不合格网站，“网站管理”计0分。

    Each typo is a finding of its own; three of them that stand void 网站管理, and so does any forbidden content.
    """
    typos = clause.change("错别字", faults_of(evidence, clause, "错别字"), at="faults")
    yield typos
    yield clause.veto_by_count("错别字累计否决", typos, at=clause.terms["veto_at"])
    forbidden = faults_of(evidence, clause, "虚假内容", "伪造内容", "暴力内容", "色情内容")
    yield clause.void("违规内容", forbidden, at="faults")


@rule("3.3.2.2")
def performance(evidence: Evidence, clause: Clause) -> Found:
    """网站响应时间、用户访问量等。

    The scheme gives no standard: the assessor's 网站性能得分 with its 说明; without it the leaf is pending.
    """
    facts = evidence.facts
    scored = facts["performance"].notna()
    yield clause.pending(facts[~scored], "考核人员尚未给出网站性能得分")
    given = facts[scored]
    marks = [Fraction(mark) for mark in given["performance"]]
    given = given.assign(lost=pd.Series([mark - clause.leaf.points for mark in marks], index=given.index, dtype=object))
    yield clause.change("性能评分", given[given["lost"].map(bool).astype(bool)], at="facts.performance", each="lost")


@rule("3.3.3.1")
def vulnerabilities(evidence: Evidence, clause: Clause) -> Found:
    """考核网站是否存在安全漏洞，以及安全漏洞级别和数量

    高危漏洞扣3分，中危漏洞扣2分，低危漏洞扣1分。

    发现重大网站安全事件，实施“一票否决”，网站计0分

    Every vulnerability by its level. A major incident (重大安全事件 in 安全通报) is the veto; how far it reaches is
    the reading ``site-veto-scope``.
    """
    found = evidence.rows("vulnerabilities")
    for level in ("高危", "中危", "低危"):
        yield clause.change(f"{level}漏洞", found[found["level"] == level], at="vulnerabilities")
    notices = evidence.rows("security_notices")
    yield clause.void("重大安全事件", notices[notices["major"] == "是"], at="security_notices")


@rule("3.3.3.2")
def written_notices(evidence: Evidence, clause: Clause) -> Found:
    """考核部门网站是否存在漏洞、挂马、篡改、失泄密；是否被国省市安全通报。

    被国省市正式书面通报每次扣2分。

    Every 安全通报 with 正式书面 是.
    """
    notices = evidence.rows("security_notices")
    written = notices[notices["written"] == "是"]
    written = written.assign(level_name=written["level"].map({"国家": "国家", "省": "省级", "市": "市级"}))
    yield clause.change("正式书面通报", written, at="security_notices")


@rule("3.3.3.3")
def incident_handling(evidence: Evidence, clause: Clause) -> Found:
    """考核收到安全事件通报单位处置是否及时彻底处理，有无被再次利用相同漏洞进行攻击的情况发生。

    1.安全事件通报发出后，在三天内没完成处置并书面回复的计0分；2.因相同漏洞问题再次被通报的“网站安全”计0分。

    Due three days after 通报日期, calendar days or working days (``three-days``). The same 漏洞编号 in two notices or
    more voids 网站安全 (3.3.3).
    """
    notices = evidence.rows("security_notices")
    days = clause.terms["due_days"]
    if clause.readings["three-days"] == "working":
        due = nth_working_day(notices["issued"], days)
        notices = notices.assign(counting=unusual_days(notices["issued"], due))
    else:
        due = notices["issued"] + pd.Timedelta(days=days)
    late = late_rows(notices, due, notices[["resolved", "answered"]].max(axis="columns", skipna=False))
    late = late.assign(outcome=list(_what_was_late(late)))
    yield clause.void("处置回复超期", late, at="security_notices")

    numbered = notices[notices["number"].notna()].sort_values(["department", "issued", "row"])
    again = numbered.duplicated(["department", "number"])
    first = numbered.groupby(["department", "number"])["issued"].transform("min")
    yield clause.void(
        "同一漏洞再次通报", numbered.assign(first=first)[again], at="security_notices", key=["number", "issued"]
    )


def _what_was_late(late: pd.DataFrame) -> Iterator[str]:
    unresolved, unanswered = (~(late[met] <= late["due"]) for met in ("resolved", "answered"))
    resolved = outcome(late, "resolved", "完成处置", "未完成处置")
    answered = outcome(late, "answered", "书面回复", "未书面回复")
    for index, handling, answer in zip(late.index, resolved, answered, strict=True):
        yield "，".join([*([handling] if unresolved[index] else []), *([answer] if unanswered[index] else [])])


@rule("3.3.4.1")
def assigned_work(evidence: Evidence, clause: Clause) -> Found:
    """市电子政务办通知开会出席、工作任务安排及完成情况、资料报送等落实

    未按要求落实到位每次扣1分

    Each 监测发现 (未落实).
    """
    yield clause.change("未落实", faults_of(evidence, clause, "未落实"), at="faults")


@rule("3.3.4.2")
def annual_report(evidence: Evidence, clause: Clause) -> Found:
    """每年11月30日前提交本年度网站运维报告，包括：部门网站内容保障情况，对市党政门户网站保障情况，组织保障、资金保障、制
    度保障、安全保障等

    未按时提交扣2分

    Missing, and the cut-off is before 30 November: pending.
    """
    facts = evidence.facts
    due = day_of_year(evidence, clause.terms["due"])
    submitted = facts["report_submitted"]
    early = submitted.isna() & (facts["cut_off"] < due)
    yield clause.pending(facts[early], f"提交期限（{chinese_date(due)}）在截止日期之后，尚未到期")
    late = late_rows(facts, pd.Series(due, index=facts.index), submitted)
    words = outcome(late, "report_submitted", "提交", "未提交")
    yield clause.change("未按时提交", late.assign(outcome=words), at="facts.report_submitted")
