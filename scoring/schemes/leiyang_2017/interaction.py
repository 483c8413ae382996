"""Section 3.2: 政民互动."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from scoring.base.characters import as_seen
from scoring.base.tables import each_row
from scoring.engine.rulekit import (
    Clause,
    Evidence,
    Found,
    chinese_date,
    late_rows,
    months_after,
    nth_working_day,
    outcome,
    rule,
    unusual_days,
)

from .shared import faults_of, target_open


@rule("3.2.1")
def mailbox(evidence: Evidence, clause: Clause) -> Found:
    """考核是否建立领导（主任、局长）信箱，渠道是否保持畅通，是否有无有效信件，回复质量能否得到保证；

    考核年度内公开的咨询、投诉、信件数量、常见问题列表和满意度评价。

    1.未建立本级网站领导（主任、局长）信箱的计0分，建立了栏目1年内无有效信件计0分。

    2.1年内信箱来信除举报投诉类以外3个月内未回应的单项否决，总分计0分。

    3. 咨询类信件7个工作日内回复，投诉举报类信件30个工作日内回复。未按期回复每件扣0.5分。

    4. 无常见问题列表扣1分，6个月未更新扣0.5分。

    5.回复内容中出现‘已电话回复当事人’、‘已转相关部门’、‘请联系**部门’等“万能回复”，每件扣1分。

    Valid letters received in the period. Without a mailbox no letter is judged; without a letter the leaf is void.
    Each of the numbered sentences from 2 on has a function of its own below.
    """
    facts = evidence.facts
    open_boxes = facts[facts["mailbox"] == "有"]
    letters = clause.rows(evidence, "letters")
    letters = letters[letters["department"].isin(open_boxes["department"])]
    yield clause.void("未建立信箱", facts[facts["mailbox"] == "无"], at="facts.mailbox")
    yield clause.void("全年无有效信件", open_boxes[~open_boxes["department"].isin(letters["department"])])
    yield from unanswered(letters, clause)
    yield from late_replies(letters, clause)
    yield from frequent_questions(open_boxes, clause)
    yield from fobbed_off(letters, clause)


def unanswered(letters: pd.DataFrame, clause: Clause) -> Found:
    """2.1年内信箱来信除举报投诉类以外3个月内未回应的单项否决，总分计0分.

    咨询 and 建议; due three calendar months after receipt.
    """
    asked = letters[letters["kind"].isin(clause.terms["veto_kinds"])]
    late = late_rows(asked, months_after(asked["received"], clause.terms["veto_months"]), asked["replied"])
    late = late.assign(outcome=["" if pd.isna(day) else f"（{chinese_date(day)}才回复）" for day in late["replied"]])
    yield clause.void("三个月未回应", late, at="letters", key="number")


def late_replies(letters: pd.DataFrame, clause: Clause) -> Found:
    """3. 咨询类信件7个工作日内回复，投诉举报类信件30个工作日内回复。未按期回复每件扣0.5分.

    建议 has no such due day, unless the reading ``suggestion-deadline`` gives it that of 咨询.
    """
    for due in clause.terms["due"]:
        if any(clause.readings[key] != option for key, option in due.get("reading", {}).items()):
            continue
        owed = letters[letters["kind"].isin(due["kinds"])]
        owed = owed.assign(days=due["days"])
        late = late_rows(owed, nth_working_day(owed["received"], due["days"]), owed["replied"])
        late = late.assign(
            outcome=outcome(late, "replied", "回复", "未回复"), counting=unusual_days(late["received"], late["due"])
        )
        yield clause.change(due["finding"], late, at="letters", key="number")


def frequent_questions(facts: pd.DataFrame, clause: Clause) -> Found:
    """4. 无常见问题列表扣1分，6个月未更新扣0.5分."""
    yield clause.change("无常见问题列表", facts[facts["faq"] == "无"], at="facts.faq")
    listed = facts[facts["faq"] == "有"]
    kept = months_after(listed["faq_updated"], clause.terms["faq_months"]) >= listed["cut_off"]
    stale = listed[~kept]
    stale = stale.assign(
        outcome=[
            f"截至{chinese_date(row.cut_off)}没有更新记录"
            if pd.isna(row.faq_updated)
            else f"最近更新于{chinese_date(row.faq_updated)}，至{chinese_date(row.cut_off)}"
            for row in each_row(stale)
        ]
    )
    yield clause.change("常见问题未更新", stale, at="facts.faq_updated")


def fobbed_off(letters: pd.DataFrame, clause: Clause) -> Found:
    """5.回复内容中出现‘已电话回复当事人’、‘已转相关部门’、‘请联系**部门’等“万能回复”，每件扣1分.

    One finding per letter, however many phrases; only replies dated on or before the cut-off. Other replies whose words
    come close (等) are suspected: whether one also answers the matter itself is for a person to say.
    """
    phrases = clause.scheme.phrases
    replied = letters[letters["replied"].notna()]
    found = _containing(replied, phrases["fob_off"], phrases["fob_off_pattern"])
    yield clause.change("万能回复", found, at="letters", key="number")
    if "疑似万能回复" in clause.leaf.findings:  # A scheme that takes this rule over may do without.
        others = replied[~replied.index.isin(found.index)]
        close = _containing(others, phrases["fob_off_suspected"], phrases["fob_off_suspected_pattern"])
        yield clause.change("疑似万能回复", close, at="letters", key="number")


def _containing(letters: pd.DataFrame, contained: Iterable[str], patterns: Iterable[str]) -> pd.DataFrame:
    """The letters whose reply contains some of the words or matches a pattern, with the ``phrase`` that does."""
    pattern = re.compile("|".join([*map(re.escape, contained), *patterns]))
    # Invisible characters are ignored: replies copied from a page may have some.
    matches = [pattern.search(as_seen(reply)) for reply in letters["reply"]]
    found = letters.assign(phrase=[match[0] if match else "" for match in matches])
    return found[found["phrase"] != ""]


@rule("3.2.2")
def consultations(evidence: Evidence, clause: Clause) -> Found:
    """考核是否建立渠道及畅通，围绕本部门工作重点和公众关注重点开展3次以上征集调查，并把征集意见结果和采纳情况公布。

    1. 没有建立栏目计0分，建立栏目全年未更新计0分。

    2.未能提交信息每次扣0.2分；3.全年征集调查少于3次扣3分，结果反馈少于3次每少一次扣1分。

    Where there is a column, the leaf is pending until both targets are met while the year runs (``annual-target``).
    """
    facts = evidence.facts
    required = clause.terms["required"]
    activities = evidence.rows("site_consultations").groupby("department")
    held = facts["department"].map(activities.size()).fillna(0).astype("int64")
    results = facts["department"].map(activities["result_published"].count()).fillna(0).astype("int64")
    table = facts.assign(held=held, results=results, required=required, times=required - results)
    has_column = facts["consultation_column"] == "有"
    active = has_column & (held > 0)
    yield target_open(evidence, clause, has_column & ((held < required) | (results < required)))
    yield clause.void("未建立栏目", table[~has_column], at="facts.consultation_column")
    yield clause.void("全年未更新", table[has_column & (held == 0)])
    failed = faults_of(evidence, clause, "未能提交信息")
    yield clause.change("未能提交信息", failed[failed["department"].isin(table.loc[active, "department"])], at="faults")
    few, short = table[active & (held < required)], table[active & (results < required)]
    yield clause.change("次数不足", few.assign(lacking=few["required"] - few["held"]))
    yield clause.change("结果反馈不足", short.assign(lacking=short["times"]), times="times")
