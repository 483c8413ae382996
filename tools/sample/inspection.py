"""What the assessor recorded: facts, inspections, portal deliveries, consultations, faults, security, censures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from chinese_calendar import get_workdays, is_workday

from tools.sample.story import Story

Row = dict[str, Any]

DELIVERY_MONTHS: Final = {"走进耒阳": (1, 3, 5, 7, 9, 11, 12), "投资耒阳": (2, 4, 6, 7, 8, 10, 11, 12)}


def working_day_after(start: date, number: int) -> date:
    """The working day that is ``number`` working days after ``start`` (1 is the next one)."""
    day = start
    while number > 0:
        day += timedelta(days=1)
        number -= is_workday(day)
    return day


def facts(texts: Mapping[str, Any], story: Story, year: int) -> list[Row]:
    """Rows of 基本信息: a well-run site's, but for what the story changes."""
    values: dict[str, Any] = {
        "部门": story.department,
        "年度": str(year),
        "数据性质": "示例",
        "截止日期": None,
        "网站域名": texts["host"],
        "集约化完成日期": date(year, 6, 12),
        "信箱栏目": "有",
        "常见问题列表": "有",
        "网站征集调查栏目": "有",
        "专门科室": "有",
        "专人管理": "有",
        "资金保障": "有",
        "常见问题更新日期": date(year, 11, 8),
        "管理人员变更": "未变更",
        "年度运维报告提交日期": date(year, 11, 22),
        "网站性能得分": 2,
        "网站性能评分说明": "抽测20次，首页平均打开时间1.4秒，访问量统计正常，未见超时。",
    }
    return [{"项目": item, "内容": value or None} for item, value in (values | dict(story.facts)).items()]


def inspections(leaves: Iterable[str], story: Story, year: int, rng: Random) -> list[Row]:
    """Rows of 核查情况: every leaf, inspected in the first weeks after the year unless the story says otherwise."""
    days = get_workdays(date(year + 1, 1, 8), date(year + 1, 1, 26))
    return [_inspection(code, story, rng.choice(days)) for code in leaves]


def _inspection(code: str, story: Story, day: date) -> Row:
    if code in story.not_inspected:
        return {"指标": code, "状态": "未核查", "备注": story.not_inspected[code]}
    return {"指标": code, "状态": "已核查", "核查人": story.inspector, "核查日期": day}


def portal_consultations(texts: Mapping[str, Any], story: Story, year: int) -> list[Row]:
    """Rows of 门户征集调查: the department's offers, and their outcome."""
    rows = []
    for offer in texts["portal_consultations"]:
        outcome = story.portal_consultations.get(offer["kind"], "已公布")
        if outcome != "未报送":
            rows.append(
                {
                    "类型": offer["kind"],
                    "标题": offer["title"].replace("{year}", str(year)),
                    "报送日期": offer["submitted"],
                    "是否采用": "否" if outcome == "未采用" else "是",
                    "结果公布日期": offer["published"] if outcome == "已公布" else None,
                }
            )
    return rows


def portal_deliveries(texts: Mapping[str, Any], story: Story, year: int, rng: Random) -> list[Row]:
    """Rows of 门户栏目报送: monthly deliveries, some days early unless the story says otherwise."""
    rows = []
    for column, contents in texts["deliveries"].items():
        months = DELIVERY_MONTHS[column]
        late, missing = story.late.get(column, 0), story.missing.get(column, 0)
        fates = ["late"] * late + ["missing"] * missing + ["early"] * (len(months) - late - missing)
        rng.shuffle(fates)
        for index, (month, fate) in enumerate(zip(months, fates, strict=True)):
            due = date(year, month, 20)
            content = f"{contents[index % len(contents)]}（{month}月更新）"
            delivered = _delivered(due, fate, rng)
            rows.append({"栏目": column, "内容": content, "应报送日期": due, "实际报送日期": delivered})
    return sorted(rows, key=lambda row: row["应报送日期"])


def _delivered(due: date, fate: str, rng: Random) -> date | None:
    if fate == "missing":
        return None
    return due - timedelta(days=rng.randint(1, 9)) if fate == "early" else working_day_after(due, rng.randint(2, 15))


def site_consultations(texts: Mapping[str, Any], story: Story) -> list[Row]:
    """Rows of 网站征集调查: the first ones the department held, the first of them with results."""
    return [
        {
            "类型": held["kind"],
            "标题": held["title"],
            "开展日期": held["held"],
            "结果公布日期": held["published"] if index < story.results else None,
        }
        for index, held in enumerate(texts["consultations"][: story.consultations])
    ]


def fault_rows(texts: Mapping[str, Any], story: Story) -> list[Row]:
    """Rows of 监测发现, by day; a 网址 that starts with / is a path on the department's site."""
    rows = sorted((dict(fault) for fault in story.faults), key=lambda row: row["监测日期"])
    for row in rows:
        if row.get("网址", "").startswith("/"):
            row["网址"] = f"http://{texts['host']}{row['网址']}"
    return rows
