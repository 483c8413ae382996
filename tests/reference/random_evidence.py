"""Random valid workbooks that crowd the rulebook's boundaries, and random readings.

``random_workbook(path, seed)`` writes one; the same seed gives the same evidence. A ``Plan`` says how faulty it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from .random_publishing import publishing
from .rows import add_months, working_day
from .tree import LEAVES, READINGS
from .untidy import write_workbook

Rows = list[dict[str, Any]]

INSPECTOR = "示例核查员甲"
ONE_DAY = timedelta(1)
NEAR = (-1, 0, 1)
CUT_OFFS = (
    *((1, 1), (1, 14), (2, 28), (3, 31), (5, 31), (6, 29), (6, 30), (7, 1), (8, 31), (9, 29), (9, 30)),
    *((10, 8), (10, 9), (11, 29), (11, 30), (12, 1), (12, 30), (12, 31)),
)
LANDMARKS = (
    *((1, 1), (1, 2), (1, 19), (1, 25), (1, 31), (2, 28), (3, 31), (4, 1), (5, 26), (5, 31), (6, 30), (8, 31)),
    *((9, 20), (9, 26), (9, 28), (9, 29), (9, 30), (10, 9), (11, 30), (12, 20), (12, 31)),
)
FOBBING = (
    "您好，已电话回复当事人。",
    "已转相关部门处理",
    "已转相关部门，请联系规划部门。",
    "请联系部门",
    "请联系市人社局咨询",
    "请联系规划局（二楼）",
    "请联系窗口、科室",
    "请联系住建局\n谢谢",
    "请联系住建局 谢谢",
    "具体请联系本市养老保险处了解",
    "请联系" + "甲" * 20 + "局。",
    "请联系局长。请联系市民中心!",
    "请联系乙所\t谢谢",
)
HARMLESS = (
    "您好，现答复如下：按规定办理。",
    "请联系我们办理即可",
    "请联系局长",
    "请联系办公室",
    "请联系，规划局。",
    "请联系\n规划局。",
    "请联系" + "甲" * 21 + "局。",
    "请联系规划局：一楼大厅",
    "请联系规划局一楼大厅",
    "已电话 回复当事人",
    "已转有关部门",
    "请您联系规划局。",
    "请联系规划科室主任",
)


@dataclass
class Plan:
    """How a workbook is to be.

    ``severity`` 0 (faultless) to 1, ``untidy`` and ``uninspected`` are chances; ``update_veto`` is the kind of veto of
    3.3.2.3 (homepage, both, one, all, blank) or empty; ``cut_off`` is ``None`` for an empty 截止日期.
    """

    severity: float
    cut_off: date | None
    untidy: float
    uninspected: float
    letter_veto: bool
    update_veto: str
    accuracy_veto: bool
    major_incident: bool

    @property
    def end(self) -> date:
        return self.cut_off or date(2017, 12, 31)


def draw_cut_off(rng: random.Random, year: int) -> date | None:
    """Empty half of the time, late in the year or on any day otherwise."""
    kind = rng.random()
    if kind < 0.5:
        return None
    if kind < 0.7:
        return date(year, *rng.choice(((11, 30), (12, 1), (12, 30), (12, 31))))
    if kind < 0.75:
        return date(year, 6, 30)
    if kind < 0.9:
        return date(year, *rng.choice(CUT_OFFS))
    return date(year, 1, 1) + timedelta(rng.randrange(365))


def draw_plan(rng: random.Random, year: int, bias: dict[str, Any]) -> Plan:
    """A plan: about half of them without a total void. ``bias`` fixes any of its fields."""
    severity = rng.choice((0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0))
    great = rng.choices(("none", "letter", "update", "accuracy", "incident", "all"), (42, 12, 18, 12, 10, 6))[0]
    vetoes = ("letter", "update", "accuracy", "incident") if great == "all" else (great,)
    plan = Plan(
        severity=severity,
        cut_off=draw_cut_off(rng, year),
        untidy=rng.choice((0.0, 0.0, 0.15, 0.5)),
        uninspected=rng.choice((0.0, 0.0, 0.0, 0.0, 0.0, 0.04, 0.04, 0.15, 0.6, 1.0)),
        letter_veto="letter" in vetoes,
        update_veto=rng.choice(("homepage", "both", "one", "all", "blank")) if "update" in vetoes else "",
        accuracy_veto="accuracy" in vetoes,
        major_incident="incident" in vetoes,
    )
    unknown = set(bias) - {field.name for field in fields(Plan)}
    if unknown:
        raise TypeError(f"no such bias: {sorted(unknown)}")
    for name, value in bias.items():
        setattr(plan, name, value)
    return plan


class Draw:
    """A generator with the plan at hand."""

    def __init__(self, rng: random.Random, plan: Plan, year: int) -> None:
        self.rng = rng
        self.plan = plan
        self.year = year
        self.sleepy = self.fault(0.4)

    def fault(self, weight: float = 1.0) -> bool:
        return self.rng.random() < self.plan.severity * weight

    def yes(self, chance: float) -> str:
        return "是" if self.rng.random() < chance else "否"

    def day(self) -> date:
        """A day near a boundary or anywhere in the year; now and then outside the period."""
        kind = self.rng.random()
        if kind < 0.08:
            return self.rng.choice(
                (date(self.year - 1, 12, 31), date(self.year - 1, 11, 30), date(self.year + 1, 1, 1))
            )
        if kind < 0.2:
            return self.plan.end + ONE_DAY * self.rng.choice((-1, 0, 0, 1, 2))
        if kind < 0.5:
            return date(self.year, *self.rng.choice(LANDMARKS))
        return date(self.year, 1, 1) + ONE_DAY * self.rng.randrange(365)

    def inside(self) -> date:
        """A day in the period."""
        start = date(self.year, 1, 1)
        when = self.day()
        if start <= when <= self.plan.end:
            return when
        return start + ONE_DAY * self.rng.randrange((self.plan.end - start).days + 1)

    def after(self, start: date, *dues: date, absent: float = 0.2) -> date | None:
        """A day on or after ``start``: near a due day or the cut-off, or none at all."""
        if self.rng.random() < absent:
            return None
        around = [*dues, self.plan.end, start]
        when = self.rng.choice(around) + ONE_DAY * self.rng.choice(NEAR)
        return max(start, when)

    def soon(self, start: date) -> date:
        """A day on or shortly after ``start``, within the period where it can be."""
        return max(start, min(start + ONE_DAY * self.rng.randrange(3), self.plan.end))


def basic_facts(draw: Draw, department: str) -> Rows:
    """基本信息, the days near 30 June, 30 November and six months before the cut-off."""
    rng, year, end = draw.rng, draw.year, draw.plan.end
    hosts = ("leiyang.gov.cn", "xleiyang.gov.cn", "rsj.leiyang.gov.cn.example", "rsj-leiyang.gov.cn", "www.leiyang.com")
    good_hosts = ("rsj.leiyang.gov.cn", "RSJ.LeiYang.GOV.cn", "a.b.leiyang.gov.cn", "ｒｓｊ.leiyang.gov.cn")
    moved = min(date(year, 5, 20), end)
    if draw.fault():
        near = date(year, 6, 30) + ONE_DAY * rng.choice(NEAR)
        moved = rng.choice((near, end, end + ONE_DAY, None, date(year - 1, 12, 1)))
    questions = rng.choice((end, add_months(end, -3), add_months(end, -5)))
    if draw.fault(1.2):
        edge = add_months(end, -6) + ONE_DAY * rng.choice((-2, -1, 0, 1, 2))
        questions = rng.choice((edge, edge, None, end + ONE_DAY, date(year, 8, 31), date(year, 2, 28)))
    report = min(date(year, 11, 20), end) if rng.random() < 0.7 else date(year, 11, 30)
    if draw.fault():
        report = rng.choice((date(year, 11, 29), date(year, 11, 30), date(year, 12, 1), end + ONE_DAY, None))
    given = rng.choice((2, 2, 0, 1, 1.5, 1.25, 0.1, 1.005, 1.995, 0.125, 1.333, 0.3, "1.7"))
    if rng.random() < 0.05:
        given = None
    has = {name: "无" if draw.fault(0.5) else "有" for name in ("专门科室", "专人管理", "资金保障")}
    changed = rng.choice(("未变更", "已报备"))
    facts = {
        "部门": department,
        "年度": rng.choice((year, str(year))),
        "数据性质": "示例",
        "截止日期": draw.plan.cut_off,
        "网站域名": rng.choice(hosts if draw.fault(0.5) else good_hosts),
        "集约化完成日期": moved,
        "信箱栏目": "无" if draw.fault(0.15) else "有",
        "常见问题列表": "无" if draw.fault(0.4) else "有",
        "网站征集调查栏目": "无" if draw.fault(0.15) else "有",
        **has,
        "常见问题更新日期": questions,
        "管理人员变更": "未报备" if draw.fault(0.5) else changed,
        "年度运维报告提交日期": report,
        "网站性能得分": given,
        "网站性能评分说明": "示例说明" if given is not None or rng.random() < 0.3 else None,
    }
    items = [{"项目": name, "内容": value} for name, value in facts.items()]
    rng.shuffle(items)
    return items


def inspections(draw: Draw, points: list[date]) -> Rows:
    """核查情况: some leaves 未核查, some without a row. 3.3.2.3 is inspected only with a 监测时点 in the period."""
    rows = []
    seen = any(date(draw.year, 1, 1) <= day <= draw.plan.end for day in points)
    for code in LEAVES:
        open_leaf = draw.rng.random() < draw.plan.uninspected or (code == "3.3.2.3" and not seen)
        if open_leaf and draw.rng.random() < 0.4:
            continue
        signed = not open_leaf or draw.rng.random() < 0.2
        rows.append(
            {
                "指标": float(code) if code.count(".") == 1 and draw.rng.random() < draw.plan.untidy else code,
                "状态": "未核查" if open_leaf else "已核查",
                "核查人": INSPECTOR if signed else None,
                "核查日期": draw.plan.end if signed else None,
                "备注": draw.rng.choice((None, None, "示例备注")),
            }
        )
    return rows


def portal_consultations(draw: Draw) -> Rows:
    """门户征集调查: every combination of adopted and published, now and then of one kind only."""
    rows = []
    for kind in ("征集", "调查"):
        if not draw.fault(0.8):
            offered = draw.inside()
            rows.append({"类型": kind, "报送日期": offered, "是否采用": "是", "结果公布日期": draw.soon(offered)})
            continue
        for _ in range(draw.rng.choice((0, 1, 1, 2, 3))):
            offered = draw.day()
            adopted = draw.yes(0.7)
            published = draw.after(offered, absent=0.5)
            rows.append({"类型": kind, "报送日期": offered, "是否采用": adopted, "结果公布日期": published})
    draw.rng.shuffle(rows)
    return [row | {"标题": f"示例事项{count}"} for count, row in enumerate(rows)]


def portal_deliveries(draw: Draw) -> Rows:
    """门户栏目报送: due days on, before and after the cut-off; delivered early, on the day, a day late, never."""
    rows = []
    for column in ("走进耒阳", "投资耒阳"):
        for count in range(draw.rng.choice((0, 2, 4, 4, 8, 22))):
            due = draw.day()
            sent: date | None = min(due, draw.plan.end) - ONE_DAY * draw.rng.choice((0, 0, 1, 5, 40))
            if draw.fault(0.7):
                sent = draw.rng.choice((due, due + ONE_DAY, due + ONE_DAY * 9, draw.plan.end + ONE_DAY, None))
            rows.append({"栏目": column, "内容": f"示例稿件{count}", "应报送日期": due, "实际报送日期": sent})
    draw.rng.shuffle(rows)
    return rows


def portal_news(draw: Draw) -> Rows:
    """门户信息采用: as many in the period as the clause's 50 makes interesting, and some outside it."""
    count = draw.rng.choice((50, 51, 60, 73, 90))
    if draw.fault():
        count = draw.rng.choice((49, 49, 48, 45, 31, 17, 16, 0, 51, 120))
    days = [draw.inside() for _ in range(count)]
    outside = (date(draw.year - 1, 12, 31), draw.plan.end + ONE_DAY, date(draw.year + 1, 1, 1))
    days += draw.rng.choices(outside, k=draw.rng.choice((0, 0, 1, 3)))
    draw.rng.shuffle(days)
    return [{"发布日期": day, "标题": f"示例动态{place}", "网址": None} for place, day in enumerate(days)]


def faults_found(draw: Draw) -> Rows:
    """监测发现: each of the pairs none, once or a few times; typos 3 or more only where a veto is planned."""
    pairs = (
        *(("3.1.1.1", "未及时更新"), ("3.1.1.2", "未及时更新"), ("3.1.1.3", "未及时更新"), ("3.2.2", "未能提交信息")),
        *(("3.3.2.1.1", "打不开"), ("3.3.2.1.2", "打不开"), ("3.3.2.3", "发布不准确"), ("3.3.4.1", "未落实")),
    )
    found: list[tuple[str, str, date]] = []
    for code, kind in pairs:
        if draw.fault(0.6):
            times = draw.rng.choice((1, 1, 2, 3, 21 if code.startswith("3.1.1") else 4))
            found += [(code, kind, draw.day()) for _ in range(times)]
    found += accuracy_found(draw)
    draw.rng.shuffle(found)
    return [
        {"监测日期": when, "指标": code, "问题类型": kind, "描述": f"示例问题{place}", "网址": None}
        for place, (code, kind, when) in enumerate(found)
    ]


def accuracy_found(draw: Draw) -> list[tuple[str, str, date]]:
    """3.3.2.1.3: up to 2 typos without a veto, 3 or more or a forgery with one."""
    code, outside = "3.3.2.1.3", draw.plan.end + ONE_DAY
    typos = draw.rng.choice((1, 2)) if draw.fault() else 0
    found = []
    if draw.plan.accuracy_veto:
        typos = draw.rng.choice((3, 3, 4, 0))
        if typos == 0:
            found.append((code, draw.rng.choice(("虚假内容", "伪造内容", "暴力内容", "色情内容")), draw.inside()))
    found += [(code, "错别字", draw.inside()) for _ in range(typos)]
    if draw.fault(0.4):
        found += [(code, "错别字", outside), (code, draw.rng.choice(("虚假内容", "错别字")), outside)]
    return found


def letters(draw: Draw) -> Rows:
    """领导信箱: every type, replies around every due day, replies that fob off and near misses."""
    rows = []
    count = 0 if draw.fault(0.15) else draw.rng.choice((1, 2, 4, 8, 12))
    faulty = draw.rng.choice((1, 1, 2, 3, 12)) if draw.fault(2.0) else 0
    for place in range(count):
        received = draw.day()
        kind = draw.rng.choice(("咨询", "投诉", "举报", "建议"))
        replied: date | None = draw.soon(received)
        dues = [working_day(received, 7), working_day(received, 30), add_months(received, 3)]
        if place < faulty:
            own = dues[1] if kind in ("投诉", "举报") else dues[0]
            replied = draw.rng.choice((own, own + ONE_DAY, own + ONE_DAY, draw.after(received, *dues)))
        valid = draw.yes(0.9)
        if valid == "是" and not draw.plan.letter_veto and kind in ("咨询", "建议"):
            replied = answered_in_time(draw, dues[2], replied)
        rows.append(
            {"类型": kind, "来信日期": received, "回复日期": replied, "有效": valid, "信件编号": f"示例{place:03d}"}
        )
    if draw.plan.letter_veto:
        rows.append(forgotten_letter(draw))
    if rows and draw.rng.random() < 0.2:
        for place, row in enumerate(rows):
            row["信件编号"] = place + 1
    draw.rng.shuffle(rows)
    for row in rows:
        row["回复内容"] = reply_text(draw) if row["回复日期"] else None
    return rows


def answered_in_time(draw: Draw, due: date, replied: date | None) -> date | None:
    """A reply no later than three months when that day is on or before the cut-off."""
    if due > draw.plan.end:
        return replied
    return due if replied is None else min(replied, due)


def forgotten_letter(draw: Draw) -> dict[str, Any]:
    """A letter that is answered a day after its three months, or never: a veto where the period is long enough."""
    latest = add_months(draw.plan.end, -3)
    received = draw.rng.choice((date(draw.year, 1, 31), date(draw.year, 5, 31), date(draw.year, 8, 31), latest))
    received = min(received, latest)
    late = draw.rng.choice((add_months(received, 3) + ONE_DAY, None, draw.plan.end + ONE_DAY))
    kind = draw.rng.choice(("咨询", "建议"))
    return {"类型": kind, "来信日期": received, "回复日期": late, "有效": "是", "信件编号": "示例遗忘"}


def reply_text(draw: Draw) -> str:
    return draw.rng.choice(FOBBING if draw.fault(0.3) else HARMLESS)


def site_consultations(draw: Draw) -> Rows:
    """网站征集调查: around 3 activities, with around 3 published results."""
    rows = []
    count = draw.rng.choice((3, 3, 4))
    if draw.fault():
        count = draw.rng.choice((0, 1, 2, 3, 4))
    for place in range(count):
        opened = draw.day() if draw.fault(0.5) else draw.inside()
        published = draw.after(opened) if draw.fault(0.6) else draw.soon(opened)
        kind = draw.rng.choice(("征集", "调查"))
        rows.append({"类型": kind, "标题": f"示例活动{place}", "开展日期": opened, "结果公布日期": published})
    return rows


def weaknesses(draw: Draw) -> Rows:
    """安全漏洞 of each grade."""
    count = draw.rng.choice((1, 1, 2)) if draw.fault(0.8) else 0
    grades = ("高危", "中危", "低危", "低危")
    return [
        {"发现日期": draw.day(), "级别": draw.rng.choice(grades), "漏洞编号": f"V-{place}", "描述": "示例漏洞"}
        for place in range(count)
    ]


def security_notices(draw: Draw) -> Rows:
    """安全通报: handled around the third calendar and working day; numbers the same, alike, or blank."""
    rows = []
    repeated = draw.fault(0.3)
    count = draw.rng.choice((1, 2, 3)) if draw.fault() else draw.rng.choice((0, 0, 1, 2))
    for place in range(count):
        notified = draw.day()
        dues = (notified + ONE_DAY * 3, working_day(notified, 3))
        handled, answered = draw.soon(notified), draw.soon(notified)
        if draw.fault(0.3):
            handled, answered = draw.after(notified, *dues, absent=0.1), draw.after(notified, *dues, absent=0.1)
        elif draw.fault(2.0):
            handled, answered = dues[0], draw.rng.choice((dues[0], dues[0] + ONE_DAY, dues[1], dues[1] + ONE_DAY))
        same = draw.rng.choice(("V-1", "Ｖ-１", " V-1"))
        rows.append(
            {
                "通报日期": notified,
                "层级": draw.rng.choice(("国家", "省", "市")),
                "正式书面": draw.yes(draw.plan.severity * 0.7),
                "漏洞编号": same if repeated else draw.rng.choice((None, None, f"W-{place}")),
                "处置完成日期": handled,
                "书面回复日期": answered,
                "重大安全事件": "否",
                "描述": "示例通报",
            }
        )
    if draw.plan.major_incident:
        when = draw.inside()
        rows.append(
            {
                **dict.fromkeys(("通报日期", "处置完成日期", "书面回复日期"), when),
                "层级": "市",
                "正式书面": "否",
                "漏洞编号": None,
                "重大安全事件": "是",
                "描述": "示例事件",
            }
        )
    draw.rng.shuffle(rows)
    return rows


def circulars(draw: Draw) -> Rows:
    """通报曝光 of each pair."""
    sources = {
        "通报": ("国办", "省政府办公厅", "市电子政务办"),
        "曝光": ("中国政府网", "省政府门户网站", "市党政门户网站"),
    }
    rows = []
    for kind, names in sources.items():
        for _ in range(draw.rng.choice((1, 1, 2, 3)) if draw.fault(0.8) else 0):
            name = names[-1] if draw.rng.random() < 0.5 else draw.rng.choice(names)
            rows.append({"日期": draw.day(), "类型": kind, "来源": name, "描述": "示例情况"})
    draw.rng.shuffle(rows)
    return rows


def random_workbook(path: Path | str, seed: int, department: str = "人社局", year: int = 2017, **bias: Any) -> Plan:
    """Write a random valid workbook to ``path`` and give the plan it followed; ``bias`` fixes fields of the plan."""
    rng = random.Random(f"workbook {seed}")  # noqa: S311 - a seeded draw, no secret
    plan = draw_plan(rng, year, bias)
    draw = Draw(rng, plan, year)
    columns, published, points = publishing(draw)
    sheets: dict[str, Rows] = {
        "基本信息": basic_facts(draw, department),
        "核查情况": inspections(draw, points),
        "门户征集调查": portal_consultations(draw),
        "门户栏目报送": portal_deliveries(draw),
        "门户信息采用": portal_news(draw),
        "网站栏目": columns,
        "信息发布": published,
        "监测时点": [{"监测日期": day} for day in points],
        "监测发现": faults_found(draw),
        "领导信箱": letters(draw),
        "网站征集调查": site_consultations(draw),
        "安全漏洞": weaknesses(draw),
        "安全通报": security_notices(draw),
        "通报曝光": circulars(draw),
    }
    write_workbook(Path(path), sheets, rng, plan.untidy)
    return plan


def random_readings(seed: int) -> dict[str, str]:
    """One option for each of the readings; the default about half of the time."""
    rng = random.Random(f"readings {seed}")  # noqa: S311 - a seeded draw, no secret
    return {name: options[0] if rng.random() < 0.4 else rng.choice(options) for name, options in READINGS.items()}
