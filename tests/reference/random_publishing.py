"""Random columns, publications and days of inspection, close to the windows of 3.1.2 to 3.1.5 and 3.3.2.3."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from .rows import add_months

if TYPE_CHECKING:
    from .random_evidence import Draw

ONE_DAY = timedelta(1)
FORTNIGHT = ("工作动态",)
HALF_YEAR = ("通知公告", "政策文件", "文件解读")
WHOLE_YEAR = ("人事信息", "规划计划", "其他")
GALLERY = "图片新闻"


@dataclass
class Column:
    """A column of the site, and the days on which it published; ``stale`` marks one that may run dry."""

    name: str
    category: str
    blank: bool = False
    stale: bool = False
    days: list[date] = field(default_factory=list)

    def last_stale_day(self, inspected: date) -> date:
        """The latest day that no longer counts as fresh on the day of inspection."""
        if self.category in FORTNIGHT:
            return inspected - ONE_DAY * 14
        return add_months(inspected, -6 if self.category in HALF_YEAR else -12)


def inspection_days(draw: Draw) -> list[date]:
    """One to four days of inspection in the period, ends of months and early January among them, some outside it."""
    year, end = draw.year, draw.plan.end
    likely = [(1, 5), (1, 14), (1, 31), (2, 28), (3, 31), (5, 31), (6, 30), (8, 31), (9, 30), (10, 31), (12, 31)]
    days = {draw.inside()} if draw.rng.random() < 0.97 else set()
    for _ in range(draw.rng.choice((0, 1, 2, 3)) if days else 0):
        days.add(min(date(year, *draw.rng.choice(likely)), end))
    if draw.rng.random() < 0.2:
        days.add(end + ONE_DAY)
    if draw.rng.random() < 0.1:
        days.add(date(year - 1, 12, 31))
    shuffled = sorted(days)
    draw.rng.shuffle(shuffled)
    return shuffled


def stale_names(draw: Draw) -> list[str]:
    """Categories of the columns that may run dry: at most 4 (and 9 of all kinds) where no veto is planned."""
    rng, veto = draw.rng, draw.plan.update_veto
    if veto == "both":
        fortnight = rng.choice((1, 2, 3, 4))
        return ["工作动态"] * fortnight + [rng.choice(HALF_YEAR) for _ in range(5 - fortnight)]
    if veto == "one":
        return ["工作动态"] * 5 if rng.random() < 0.5 else [rng.choice(HALF_YEAR) for _ in range(5)]
    if veto == "all":
        short = rng.choice((0, 0, 3))
        return [rng.choice(HALF_YEAR) for _ in range(short)] + ["其他"] * (10 - short)
    if not draw.fault(1.2):
        return []
    if rng.random() < 0.4:
        return ["其他"] * rng.choice((1, 9))
    short = [rng.choice(FORTNIGHT + HALF_YEAR) for _ in range(rng.choice((0, 0, 1, 1, 2, 4)))]
    return short + [rng.choice(WHOLE_YEAR) for _ in range(rng.choice((0, 0, 1, 9 - len(short))))]


def draw_columns(draw: Draw) -> list[Column]:
    """Columns of every category (now and then one lacks), with stale ones and up to 4 blank ones (5 for a veto)."""
    rng = draw.rng
    usual = [category for category in FORTNIGHT + HALF_YEAR + WHOLE_YEAR if not draw.fault(0.15)]
    columns = [Column(GALLERY, "其他"), *(Column(category, category) for category in usual)]
    if rng.random() < 0.5:
        columns.append(Column("部门要闻", "工作动态"))
    dry = stale_names(draw)
    columns += [Column(f"专栏A{place + 1}", category, stale=True) for place, category in enumerate(dry)]
    blanks = rng.choice((5, 6)) if draw.plan.update_veto == "blank" else rng.choice((1, 3, 4)) if draw.fault(0.4) else 0
    for place in range(blanks):
        category = rng.choice(FORTNIGHT + HALF_YEAR + WHOLE_YEAR)
        columns.append(Column(f"空栏{place + 1}", category, blank=True))
    rng.shuffle(columns)
    return columns


def steps(draw: Draw, category: str, when: date) -> date:
    """The next publication after ``when``: within the clause's period, or around it, or one or two periods off."""
    rng = draw.rng
    if category in FORTNIGHT:
        if not draw.sleepy and not draw.fault(0.2):
            return when + ONE_DAY * rng.choice((7, 10, 13, 14))
        return when + ONE_DAY * rng.choice((14, 15, 15, 16, 28, 29, 30, 43))
    months = 6 if category in HALF_YEAR else 12
    if not draw.fault(0.6):
        return add_months(when, rng.choice((months // 2, months - 1)))
    return add_months(when, months) + ONE_DAY * rng.choice((-1, 0, 1, 2))


def publish(draw: Draw, column: Column, points: list[date]) -> None:
    """Fill a column's days: a walk through the year or nothing, then fresh (or just stale) at each inspection."""
    rng, year = draw.rng, draw.year
    if column.blank:
        column.days = [draw.day()] if rng.random() < 0.3 else []
        return
    when = date(year - 1, 12, rng.choice((17, 18, 19, 30, 31))) if rng.random() < 0.7 else date(year, 1, 1)
    if (column.stale and rng.random() < 0.4) or draw.fault(0.3):
        when = date(year + 1, 1, 1)
    if draw.sleepy and column.category in FORTNIGHT and column.name != "工作动态":
        when = date(year + 1, 1, 1)
    while when <= date(year, 12, 31):
        column.days.append(when)
        when = steps(draw, column.category, when)
    for point in points:
        edge = column.last_stale_day(point)
        if column.stale and (draw.plan.update_veto or rng.random() < 0.7):
            column.days = [day for day in column.days if not edge < day <= point]
            column.days += rng.choice(([], [edge], [edge, point + ONE_DAY]))
    if not column.stale:
        for point in points:
            edge = column.last_stale_day(point)
            if not any(edge < day <= point for day in column.days):
                column.days.append(rng.choice((edge + ONE_DAY, edge + ONE_DAY, point)))


def shown_rows(draw: Draw, columns: list[Column], points: list[date]) -> list[dict[str, Any]]:
    """信息发布 rows, with about 0, 9, 10 or more of them on the homepage at each day of inspection."""
    rng = draw.rng
    share = rng.choice((0.1, 0.5, 0.9))
    rows = [
        {"发布日期": day, "栏目": column.name, "首页显示": draw.yes(share)} for column in columns for day in column.days
    ]
    for point in points:
        window = [row for row in rows if point - ONE_DAY * 14 < row["发布日期"] <= point]
        wanted = rng.choice((10, 10, 11, 15))
        if draw.fault(0.7):
            wanted = rng.choice((1, 9, 9, 10, 5))
        if draw.plan.update_veto == "homepage":
            wanted = 0
        show_some(draw, rows, window, point, wanted)
    if draw.plan.update_veto != "homepage":
        for point in points:
            if not any(row["首页显示"] == "是" and point - ONE_DAY * 14 < row["发布日期"] <= point for row in rows):
                rows.append({"发布日期": point, "栏目": GALLERY, "首页显示": "是"})
    rng.shuffle(rows)
    return [row | {"标题": f"示例信息{place}"} for place, row in enumerate(rows)]


def show_some(draw: Draw, rows: list[dict[str, Any]], window: list[dict[str, Any]], point: date, wanted: int) -> None:
    """Bring the homepage's rows in one window to ``wanted``, with days on both edges of the window."""
    shown = [row for row in window if row["首页显示"] == "是"]
    for row in shown[wanted:]:
        row["首页显示"] = "否"
    edges = (point, point - ONE_DAY * 13, point - ONE_DAY * 13, point - ONE_DAY * draw.rng.randrange(14))
    days = draw.rng.choices(edges, k=max(0, wanted - len(shown)))
    days += draw.rng.choices((point + ONE_DAY, point - ONE_DAY * 14), k=draw.rng.choice((0, 1, 2)))
    rows += [{"发布日期": day, "栏目": GALLERY, "首页显示": "是"} for day in days]


def publishing(draw: Draw) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[date]]:
    """Rows of 网站栏目 and 信息发布, and the days of 监测时点."""
    points = inspection_days(draw)
    columns = draw_columns(draw)
    for column in columns:
        publish(draw, column, points)
    listed = [
        {"栏目": column.name, "类别": column.category, "是否空白": "是" if column.blank else "否"} for column in columns
    ]
    return listed, shown_rows(draw, columns, points), points
