"""The leaves of the 2017 scheme, one function per clause, each under the rulebook's own sentence.

Every function takes a :class:`Case` and gives an :class:`Outcome`. ``score_workbook`` is the entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from .rows import YEAR, Evidence, Row, add_months, number, text, working_day
from .settling import settle
from .tree import LEAVES, READINGS

Withdrawn = Callable[[str, str, int | None], bool]

FOBBING_PHRASES = ("已电话回复当事人", "已转相关部门")
FOBBING_PATTERN = re.compile(
    r"请联系[^，,。.！!？?；;\n]{0,20}?(部门|单位|科室|局|委|办|处|科|中心|所|站|窗口)"
    r"(?=[，,。.！!？?；;、（）()\s]|$|咨询|办理|处理|解决|反映|了解|核实|查询|电话)"
)


@dataclass
class Outcome:
    """What was found under one leaf: points changed, bonus, nodes made void, a veto, or pending."""

    change: Fraction = Fraction(0)
    bonus: Fraction = Fraction(0)
    voids: list[str] = field(default_factory=list)
    veto: bool = False
    pending: bool = False


@dataclass
class Case:
    """One department's evidence, the readings, and which findings a review withdrew."""

    evidence: Evidence
    readings: dict[str, str]
    withdrawn: Withdrawn

    def stands(self, code: str, row: Row) -> bool:
        return not self.withdrawn(code, row.sheet, row.number)

    def stands_without_row(self, code: str, sheet: str) -> bool:
        return not self.withdrawn(code, sheet, None)

    def total_veto(self) -> list[str]:
        """A single-item veto voids 网站管理 (3.3). For 3.2.1 and 3.3.2.3 the total is void as well."""
        if self.readings["total-veto-scope"] == "section":
            return ["3.3", "3"]
        return ["3.3", "total"]

    def site_veto(self) -> list[str]:
        """A one-vote veto voids section 3 (网站计0分)."""
        if self.readings["site-veto-scope"] == "total":
            return ["total"]
        return ["3"]

    def target_waits(self, *, unmet: bool) -> bool:
        """annual-target: a target for the year at a cut-off before 31 December. While it is unmet the leaf is pending
        (year-end). A cut-off of 31 December is never affected."""
        early = self.evidence.cut_off < date(YEAR, 12, 31)
        return unmet and early and self.readings["annual-target"] == "year-end"

    def fact_no(self, code: str, name: str, answer: str = "无") -> bool:
        """A fact with the bad answer that no review withdrew."""
        return self.evidence.fact(name) == answer and self.stands_without_row(code, "基本信息")


def faults(case: Case, code: str, kinds: tuple[str, ...]) -> list[Row]:
    """监测发现 of a leaf in the period that no review withdrew."""
    of_leaf = [row for row in case.evidence.in_period("监测发现", "监测日期") if row.text("指标") == code]
    return [row for row in of_leaf if row.text("问题类型") in kinds and case.stands(code, row)]


def integration(case: Case) -> Outcome:
    """1.1 Full points when 集约化完成日期 is on or before 30 June Y and 网站域名 is a name under leiyang.gov.cn
    (any letter case; leiyang.gov.cn itself, or xleiyang.gov.cn, is not one). Otherwise −10. Not met, and the cut-off
    is before 30 June: pending."""
    done = case.evidence.fact_day("集约化完成日期")
    host = case.evidence.fact("网站域名").lower()
    in_time = done is not None and done <= date(YEAR, 6, 30)
    if in_time and host.endswith(".leiyang.gov.cn"):
        return Outcome()
    if case.evidence.cut_off < date(YEAR, 6, 30):
        return Outcome(pending=True)
    if not case.stands_without_row("1.1", "基本信息"):
        return Outcome()
    return Outcome(change=Fraction(-10))


def portal_consultations(case: Case) -> Outcome:
    """2.1 Opens at 0. For each of 征集 and 调查: +6 if one was adopted and its result published; else +1 if one was
    adopted; else 0. Capped at 10. (both: 6 only when both kinds are adopted and published; otherwise 1 for each kind
    adopted) Short of 10 at a cut-off before 31 December: pending (annual-target)."""
    adopted: dict[str, Row] = {}
    published: dict[str, Row] = {}
    for row in case.evidence.in_period("门户征集调查", "报送日期"):
        if row.text("是否采用") == "是":
            adopted.setdefault(row.text("类型"), row)
            if case.evidence.known(row.day("结果公布日期")) is not None:
                published.setdefault(row.text("类型"), row)
    if case.target_waits(unmet=len(published) < 2):
        return Outcome(pending=True)
    if case.readings["consultation-credit"] == "both" and len(published) == 2:
        return Outcome(change=Fraction(6))
    earned = Fraction(0)
    for kind in ("征集", "调查"):
        if kind in published and case.readings["consultation-credit"] == "each":
            if case.stands("2.1", published[kind]):
                earned += 6
        elif kind in adopted and case.stands("2.1", adopted[kind]):
            earned += 1
    return Outcome(change=earned)


def deliveries(case: Case, code: str, column: str) -> Outcome:
    """2.2, 2.3 门户栏目报送 rows of that 栏目 whose 应报送日期 is in the period: −0.5 for each one delivered
    late or not at all. (forfeit: one late or missing delivery voids the leaf)"""
    outcome = Outcome()
    for row in case.evidence.in_period("门户栏目报送", "应报送日期"):
        if row.text("栏目") != column:
            continue
        due = row.day("应报送日期")
        assert due is not None
        if not case.evidence.late(due, row.day("实际报送日期")) or not case.stands(code, row):
            continue
        if case.readings["late-delivery"] == "forfeit":
            outcome.voids.append(code)
        else:
            outcome.change -= Fraction(1, 2)
    return outcome


def portal_news(case: Case) -> Outcome:
    """2.4 n = 门户信息采用 rows. n < 50: −0.3 for each one short. n > 50: bonus +0.1 for each one over.
    n < 50 at a cut-off before 31 December: pending (annual-target)."""
    count = len(case.evidence.in_period("门户信息采用", "发布日期"))
    if case.target_waits(unmet=count < 50):
        return Outcome(pending=True)
    if not case.stands_without_row("2.4", "门户信息采用"):
        return Outcome()
    if count < 50:
        return Outcome(change=Fraction(-3, 10) * (50 - count))
    return Outcome(bonus=Fraction(1, 10) * (count - 50))


def unrefreshed(case: Case, code: str) -> Outcome:
    """3.1.1.x −0.1 for each 监测发现 (未及时更新)."""
    return Outcome(change=Fraction(-1, 10) * len(faults(case, code, ("未及时更新",))))


def periods_later(start: date, count: int, *, days: int = 0, months: int = 0) -> date:
    """14 days is exact; months and years are calendar months and years, the day cut to the month's last."""
    if days:
        return start + timedelta(days * count)
    return add_months(start, months * count)


def missed_updates(case: Case, code: str, category: str, each: Fraction, **period: int) -> Outcome:
    """Let A = 31 December of Y−1, T = the day after the cut-off, and let the publication days in the period (each day
    once) lie between them. For every two neighbours p < q of A, those days, T: the number of whole numbers k ≥ 1 with
    p + k periods < q is missed. (per-gap: one for every gap that has at least one)"""
    columns = {row.text("栏目") for row in case.evidence.sheets["网站栏目"] if row.text("类别") == category}
    days = set()
    for row in case.evidence.in_period("信息发布", "发布日期"):
        if row.text("栏目") in columns:
            days.add(row.day("发布日期"))
    line = [date(YEAR - 1, 12, 31), *sorted(days), case.evidence.cut_off + timedelta(1)]
    missed = 0
    for before, after in pairwise(line):
        in_gap = 0
        while periods_later(before, in_gap + 1, **period) < after:
            in_gap += 1
        if case.readings["missed-update"] == "per-gap":
            in_gap = min(in_gap, 1)
        missed += in_gap
    if not case.stands_without_row(code, "信息发布"):
        return Outcome()
    return Outcome(change=-each * missed)


def leaders_mailbox(case: Case) -> Outcome:
    """3.2.1 Letters: 来信日期 in the period and 有效 是. 信箱栏目 无: void leaf, and no letter is judged. No
    letter: void leaf."""
    if case.fact_no("3.2.1", "信箱栏目"):
        return Outcome(voids=["3.2.1"])
    letters = [row for row in case.evidence.in_period("领导信箱", "来信日期") if row.text("有效") == "是"]
    if not letters:
        if case.stands_without_row("3.2.1", "领导信箱"):
            return Outcome(voids=["3.2.1"])
        return Outcome()
    outcome = Outcome()
    for row in letters:
        if not case.stands("3.2.1", row):
            continue
        if letter_left_three_months(case, row):
            outcome.veto = True
            outcome.voids += case.total_veto()
        if letter_late(case, row):
            outcome.change -= Fraction(1, 2)
        if letter_fobbed_off(case, row):
            outcome.change -= 1
    outcome.change += common_questions(case)
    return outcome


def letter_left_three_months(case: Case, row: Row) -> bool:
    """A letter of type 咨询 or 建议 whose reply is late, due 3 calendar months after receipt: single-item veto, total
    void."""
    if row.text("类型") not in ("咨询", "建议"):
        return False
    received = row.day("来信日期")
    assert received is not None
    return case.evidence.late(add_months(received, 3), row.day("回复日期"))


def letter_late(case: Case, row: Row) -> bool:
    """咨询: reply due on the 7th working day; 投诉, 举报: on the 30th. Late: −0.5 each. 建议: no such due day
    (reading suggestion-deadline: consultation, 7 working days)."""
    allowed = {"咨询": 7, "投诉": 30, "举报": 30}
    if case.readings["suggestion-deadline"] == "consultation":
        allowed["建议"] = 7
    received = row.day("来信日期")
    assert received is not None
    if row.text("类型") not in allowed:
        return False
    return case.evidence.late(working_day(received, allowed[row.text("类型")]), row.day("回复日期"))


def common_questions(case: Case) -> Fraction:
    """常见问题列表 无: −1. Else, 常见问题更新日期 missing, or that day + 6 calendar months before the cut-off:
    −0.5."""
    if case.evidence.fact("常见问题列表") == "无":
        return Fraction(-1) if case.fact_no("3.2.1", "常见问题列表") else Fraction(0)
    updated = case.evidence.fact_day("常见问题更新日期")
    if updated is not None and not add_months(updated, 6) < case.evidence.cut_off:
        return Fraction(0)
    return Fraction(-1, 2) if case.stands_without_row("3.2.1", "基本信息") else Fraction(0)


def letter_fobbed_off(case: Case, row: Row) -> bool:
    """A reply that fobs the writer off, −1 a letter, however many phrases it holds. Only replies dated on or before
    the cut-off."""
    if case.evidence.known(row.day("回复日期")) is None:
        return False
    reply = str(row.cells.get("回复内容") or "")
    for phrase in FOBBING_PHRASES:
        if phrase in reply:
            return True
    return FOBBING_PATTERN.search(reply) is not None


def site_consultations(case: Case) -> Outcome:
    """3.2.2 网站征集调查栏目 is 无: void leaf. No activity in the period: void leaf. Else −0.2 for each 监测发现
    (未能提交信息); fewer than 3 activities −3; for each published result short of 3, −1. Fewer than 3 activities or 3
    published results at a cut-off before 31 December, 网站征集调查栏目 有: pending (annual-target)."""
    if case.fact_no("3.2.2", "网站征集调查栏目"):
        return Outcome(voids=["3.2.2"])
    activities = case.evidence.in_period("网站征集调查", "开展日期")
    published = 0
    for row in activities:
        if case.evidence.known(row.day("结果公布日期")) is not None:
            published += 1
    has_column = case.evidence.fact("网站征集调查栏目") == "有"
    if case.target_waits(unmet=has_column and (len(activities) < 3 or published < 3)):
        return Outcome(pending=True)
    change = Fraction(-1, 5) * len(faults(case, "3.2.2", ("未能提交信息",)))
    if not case.stands_without_row("3.2.2", "网站征集调查"):
        return Outcome(change=change)
    if not activities:
        return Outcome(voids=["3.2.2"])
    if len(activities) < 3:
        change -= 3
    change -= max(0, 3 - published)
    return Outcome(change=change)


def organisation(case: Case) -> Outcome:
    """3.3.1 −0.5 each: 专门科室 无; 专人管理 无; 资金保障 无; 管理人员变更 未报备."""
    wrong = 0
    for name in ("专门科室", "专人管理", "资金保障"):
        if case.fact_no("3.3.1", name):
            wrong += 1
    if case.fact_no("3.3.1", "管理人员变更", "未报备"):
        wrong += 1
    return Outcome(change=Fraction(-1, 2) * wrong)


def availability(case: Case, code: str) -> Outcome:
    """3.3.2.1.1, 3.3.2.1.2 −0.5 for each 监测发现 (打不开)."""
    return Outcome(change=Fraction(-1, 2) * len(faults(case, code, ("打不开",))))


def accuracy(case: Case) -> Outcome:
    """3.3.2.1.3 监测发现: 错别字 counted over the period. −1 each. 3 or more, or any 虚假内容, 伪造内容, 暴力内容,
    色情内容: a single-item veto (单项否决)."""
    typos = faults(case, "3.3.2.1.3", ("错别字",))
    forged = faults(case, "3.3.2.1.3", ("虚假内容", "伪造内容", "暴力内容", "色情内容"))
    outcome = Outcome(change=Fraction(-len(typos)))
    if len(typos) >= 3 or forged:
        outcome.veto = True
        outcome.voids.append("3.3")
    return outcome


def performance(case: Case) -> Outcome:
    """3.3.2.2 The scheme gives no standard: the assessor's 网站性能得分 (0 to 2) with its 说明. No score: the leaf is
    pending."""
    given = number(case.evidence.facts.get("网站性能得分"))
    if given is None:
        return Outcome(pending=True)
    return Outcome(change=given - 2)


def published_within(case: Case, after: date, until: date, column: str | None) -> int:
    """How many 信息发布 rows fall in ``after < date ≤ until``: of one column, or (``None``) shown on the homepage."""
    count = 0
    for row in case.evidence.sheets["信息发布"]:
        when = row.day("发布日期")
        assert when is not None
        chosen = row.text("首页显示") == "是" if column is None else row.text("栏目") == column
        if chosen and after < when <= until:
            count += 1
    return count


def stale_after(category: str, inspected: date) -> date:
    """Window of 14 days: D−14 < date ≤ D. Of 6 months, 1 year: D minus that, calendar-wise, < date ≤ D."""
    if category == "工作动态":
        return inspected - timedelta(14)
    if category in ("通知公告", "政策文件", "文件解读"):
        return add_months(inspected, -6)
    return add_months(inspected, -12)


@dataclass
class Inspection:
    """What one 监测时点 found."""

    deducted: Fraction = Fraction(0)
    fortnight: int = 0
    half_year: int = 0
    stale: int = 0
    blank: int = 0
    homepage_still: bool = False


def inspect(case: Case, point: Row) -> Inspection:
    """Homepage (首页显示 是) rows within 14 days: 0 is a veto; fewer than 10 is −5. Stale columns: 工作动态
    with nothing in 14 days −3 each; 通知公告, 政策文件, 文件解读 with nothing in 6 months −4 each; 人事信息,
    规划计划 with nothing in 1 year −5 each; 其他: nothing in 1 year is stale but costs nothing. A column with
    是否空白 是 counts as blank and never also as stale."""
    when = point.day("监测日期")
    assert when is not None
    found = Inspection()
    shown = published_within(case, when - timedelta(14), when, None)
    if case.stands("3.3.2.3", point):
        found.homepage_still = shown == 0
        if shown < 10:
            found.deducted += 5
    cost = {"工作动态": 3, "通知公告": 4, "政策文件": 4, "文件解读": 4, "人事信息": 5, "规划计划": 5, "其他": 0}
    for row in case.evidence.sheets["网站栏目"]:
        if not case.stands("3.3.2.3", row):
            continue
        category = row.text("类别")
        if row.text("是否空白") == "是":
            found.blank += 1
        elif published_within(case, stale_after(category, when), when, row.text("栏目")) == 0:
            found.stale += 1
            found.deducted += cost[category]
            found.fortnight += category == "工作动态"
            found.half_year += category in ("通知公告", "政策文件", "文件解读")
    return found


def inspection_vetoed(case: Case, found: Inspection) -> bool:
    """Vetoes: 14-day and 6-month stale columns together 5 or more (apart: 5 of either kind); all stale columns 10 or
    more; blank columns 5 or more."""
    if case.readings["stale-columns"] == "apart":
        many_stale = found.fortnight >= 5 or found.half_year >= 5
    else:
        many_stale = found.fortnight + found.half_year >= 5
    return found.homepage_still or many_stale or found.stale >= 10 or found.blank >= 5


def update_volume(case: Case) -> Outcome:
    """3.3.2.3 Judged at every 监测时点 D in the period; what is found at each D adds up ("每次"). 监测发现
    (发布不准确): −0.5 each. (proportional: 3 × (1 − deducted/10), 0 from 10 up)"""
    outcome = Outcome()
    deducted = Fraction(1, 2) * len(faults(case, "3.3.2.3", ("发布不准确",)))
    for point in case.evidence.in_period("监测时点", "监测日期"):
        found = inspect(case, point)
        deducted += found.deducted
        if inspection_vetoed(case, found):
            outcome.veto = True
            outcome.voids += case.total_veto()
    if case.readings["update-volume"] == "proportional":
        outcome.change = -3 * min(Fraction(1), deducted / 10)
    else:
        outcome.change = -deducted
    return outcome


def vulnerabilities(case: Case) -> Outcome:
    """3.3.3.1 安全漏洞 rows: 高危 −3, 中危 −2, 低危 −1. A one-vote veto (一票否决: an 安全通报 with
    重大安全事件 是, in leaf 3.3.3.1) makes the site 不合格 and voids section 3 (网站计0分)."""
    outcome = Outcome()
    for row in case.evidence.in_period("安全漏洞", "发现日期"):
        if case.stands("3.3.3.1", row):
            outcome.change -= {"高危": 3, "中危": 2, "低危": 1}[row.text("级别")]
    for row in case.evidence.in_period("安全通报", "通报日期"):
        if row.text("重大安全事件") == "是" and case.stands("3.3.3.1", row):
            outcome.veto = True
            outcome.voids += case.site_veto()
    return outcome


def security_notices(case: Case) -> Outcome:
    """3.3.3.2 −2 for each 安全通报 with 正式书面 是."""
    outcome = Outcome()
    for row in case.evidence.in_period("安全通报", "通报日期"):
        if row.text("正式书面") == "是" and case.stands("3.3.3.2", row):
            outcome.change -= 2
    return outcome


def incident_handling(case: Case) -> Outcome:
    """3.3.3.3 Any 安全通报 whose 处置完成 or 书面回复 is late, due three days after 通报日期: void leaf. The
    same 漏洞编号 in two 安全通报 or more: 网站安全 (3.3.3) void."""
    outcome = Outcome()
    seen = set()
    for row in case.evidence.in_period("安全通报", "通报日期"):
        if not case.stands("3.3.3.3", row):
            continue
        notified = row.day("通报日期")
        assert notified is not None
        due = notified + timedelta(3)
        if case.readings["three-days"] == "working":
            due = working_day(notified, 3)
        for column in ("处置完成日期", "书面回复日期"):
            if case.evidence.late(due, row.day(column)):
                outcome.voids.append("3.3.3.3")
        weakness = row.text("漏洞编号")
        if weakness and weakness in seen:
            outcome.voids.append("3.3.3")
        seen.add(weakness)
    return outcome


def work_done(case: Case) -> Outcome:
    """3.3.4.1 −1 for each 监测发现 (未落实)."""
    return Outcome(change=Fraction(-len(faults(case, "3.3.4.1", ("未落实",)))))


def yearly_report(case: Case) -> Outcome:
    """3.3.4.2 年度运维报告提交日期 missing or after 30 November Y: −2. Missing, and the cut-off is before 30
    November: pending."""
    handed_in = case.evidence.fact_day("年度运维报告提交日期")
    if handed_in is None and case.evidence.cut_off < date(YEAR, 11, 30):
        return Outcome(pending=True)
    if handed_in is not None and handed_in <= date(YEAR, 11, 30):
        return Outcome()
    if not case.stands_without_row("3.3.4.2", "基本信息"):
        return Outcome()
    return Outcome(change=Fraction(-2))


def census(case: Case, code: str, kind: str, cost: dict[str, int]) -> Outcome:
    """3.4.1 通报: 国办 −10, 省政府办公厅 −6, 市电子政务办 −4, each. 3.4.2 曝光: 中国政府网 −10, 省政府门户网站 −6,
    市党政门户网站 −4, each."""
    outcome = Outcome()
    for row in case.evidence.in_period("通报曝光", "日期"):
        if row.text("类型") == kind and case.stands(code, row):
            outcome.change -= cost[row.text("来源")]
    return outcome


CLAUSES: dict[str, Callable[[Case], Outcome]] = {
    "1.1": integration,
    "2.1": portal_consultations,
    "2.2": lambda case: deliveries(case, "2.2", "走进耒阳"),
    "2.3": lambda case: deliveries(case, "2.3", "投资耒阳"),
    "2.4": portal_news,
    "3.1.1.1": lambda case: unrefreshed(case, "3.1.1.1"),
    "3.1.1.2": lambda case: unrefreshed(case, "3.1.1.2"),
    "3.1.1.3": lambda case: unrefreshed(case, "3.1.1.3"),
    "3.1.2": lambda case: missed_updates(case, "3.1.2", "工作动态", Fraction(1, 2), days=14),
    "3.1.3.1": lambda case: missed_updates(case, "3.1.3.1", "政策文件", Fraction(1, 2), months=6),
    "3.1.3.2": lambda case: missed_updates(case, "3.1.3.2", "文件解读", Fraction(1, 2), months=6),
    "3.1.4": lambda case: missed_updates(case, "3.1.4", "规划计划", Fraction(1), months=12),
    "3.1.5": lambda case: missed_updates(case, "3.1.5", "人事信息", Fraction(1), months=12),
    "3.2.1": leaders_mailbox,
    "3.2.2": site_consultations,
    "3.3.1": organisation,
    "3.3.2.1.1": lambda case: availability(case, "3.3.2.1.1"),
    "3.3.2.1.2": lambda case: availability(case, "3.3.2.1.2"),
    "3.3.2.1.3": accuracy,
    "3.3.2.2": performance,
    "3.3.2.3": update_volume,
    "3.3.3.1": vulnerabilities,
    "3.3.3.2": security_notices,
    "3.3.3.3": incident_handling,
    "3.3.4.1": work_done,
    "3.3.4.2": yearly_report,
    "3.4.1": lambda case: census(case, "3.4.1", "通报", {"国办": 10, "省政府办公厅": 6, "市电子政务办": 4}),
    "3.4.2": lambda case: census(case, "3.4.2", "曝光", {"中国政府网": 10, "省政府门户网站": 6, "市党政门户网站": 4}),
}


def inspected_leaves(evidence: Evidence) -> set[str]:
    """Pending (待评): a leaf whose 核查情况 is not 已核查; a leaf without a row is 未核查."""
    done = set()
    for row in evidence.sheets["核查情况"]:
        if row.text("状态") == "已核查":
            done.add(text(row.cells.get("指标")))
    return done


def outcomes(case: Case) -> dict[str, Outcome]:
    """Nothing found under a pending leaf is applied, not even a veto."""
    inspected = inspected_leaves(case.evidence)
    found = {}
    for code in LEAVES:
        if code in inspected:
            found[code] = CLAUSES[code](case)
        else:
            found[code] = Outcome(pending=True)
    return found


def score_workbook(
    path: Path | str, readings: dict[str, str] | None = None, withdrawn: Withdrawn | None = None
) -> dict[str, Any]:
    """Score one valid workbook.

    Parameters: the workbook's path; readings that differ from the default; a predicate
    ``withdrawn(code, sheet, row)`` that is true of findings a review withdrew (``row`` is ``None`` where a finding
    rests on facts or on something missing).

    Returns the scorecard's ``status``, ``qualified``, ``total``, ``range``, ``bonus``, ``as_of``, and ``nodes``
    (a dict by code, ``total`` first, of ``score``, ``range``, ``status``, ``max``), figures rounded half up.
    """
    chosen = {name: options[0] for name, options in READINGS.items()} | (readings or {})
    evidence = Evidence(path)
    case = Case(evidence, chosen, withdrawn or (lambda code, sheet, row: False))
    return {"as_of": evidence.cut_off.isoformat(), **settle(outcomes(case), chosen)}
