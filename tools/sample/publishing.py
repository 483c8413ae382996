"""What the site and the portal published: 网站栏目, 信息发布, 门户信息采用."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from chinese_calendar import get_workdays

from tools.sample.story import Story
from tools.sample.wording import Filler

Row = dict[str, Any]

NEWS, NOTICE = "工作动态", "通知公告"
#: How likely an item of a 类别 shows on the homepage.
HOMEPAGE: Final = {
    NEWS: 0.9,
    NOTICE: 0.8,
    "政策文件": 0.4,
    "文件解读": 0.4,
    "规划计划": 0.5,
    "人事信息": 0.6,
    "其他": 0.0,
}
#: How often a news or notice title is one of the season's, and else one that all offices share.
SEASONAL: Final = 0.2
COMMON: Final = 0.4
#: How often a title is drawn anew when it was used before.
ATTEMPTS: Final = 40


def spread(days: Sequence[date], number: int, rng: Random) -> list[date]:
    """Draw ``number`` days, in order: one at random from each of as many equal stretches of ``days``."""
    return [days[int((index + rng.random()) * len(days) / number)] for index in range(number)]


class Titles:
    """Writes titles that fit their day and hardly repeat."""

    def __init__(self, texts: Mapping[str, Any], common: Mapping[str, Any], rng: Random) -> None:
        self._slots = common["slots"] | texts["slots"]
        self._common, self._rng, self._used = common, rng, set[str]()

    def __call__(self, column: Mapping[str, Any], day: date) -> str:
        """A title for an item that ``column`` publishes on ``day``."""
        title = ""
        for _ in range(ATTEMPTS):
            template = self._rng.choice(self._templates(column, day))
            title = Filler(self._slots, day, self._rng)(template)
            if title not in self._used:
                break
        self._used.add(title)
        return title

    def _templates(self, column: Mapping[str, Any], day: date) -> list[str]:
        own: list[str] = column["titles"]
        for season in column.get("seasons", ()):
            if _in_season(day, season):
                return list(season["titles"])
        if column["category"] not in (NEWS, NOTICE) or column.get("own_titles_only"):
            return own
        if column.get("local"):
            return own + list(self._common["local"]["titles"])
        kind = "titles" if column["category"] == NEWS else "notices"
        seasons = [one for one in self._common["seasonal"] if one.get("year", day.year) == day.year]
        seasonal = [title for one in seasons if _in_season(day, one) for title in one[kind]]
        if seasonal and self._rng.random() < SEASONAL:
            return seasonal
        shared: list[str] = self._common["news" if kind == "titles" else "notices"]["titles"]
        return shared if self._rng.random() < COMMON else own


def _in_season(day: date, season: Mapping[str, Any]) -> bool:
    """Whether ``day`` falls into a season ("MM-DD" to "MM-DD") of any year."""
    return bool(season["from"] <= f"{day:%m-%d}" <= season["to"])


def site_columns(texts: Mapping[str, Any], story: Story) -> list[Row]:
    """Rows of 网站栏目."""
    blank = {True: "是", False: "否"}
    return [
        {"栏目": one["name"], "类别": one["category"], "是否空白": blank[one["name"] in story.blank]}
        for one in texts["columns"]
    ]


def publications(
    texts: Mapping[str, Any], common: Mapping[str, Any], story: Story, year: int, rng: Random
) -> list[Row]:
    """Rows of 信息发布, by day: from December of the year before to the first days of the year after."""
    days = get_workdays(date(year - 1, 12, 1), date(year + 1, 1, 5))
    titles = Titles(texts, common, rng)
    rows = [
        (day, column)
        for column, number in _numbers(texts["columns"], story.publications)
        if column["name"] not in story.blank
        for day in spread(days, number, rng)
        if not _quiet(column, day, story)
    ]
    rows.sort(key=lambda row: row[0])
    return [
        {
            "发布日期": day,
            "栏目": column["name"],
            "标题": titles(column, day),
            "首页显示": "是" if rng.random() < HOMEPAGE[column["category"]] else "否",
        }
        for day, column in rows
    ]


def _numbers(columns: list[Mapping[str, Any]], publications: int) -> list[tuple[Mapping[str, Any], int]]:
    """How many items each column publishes: its ``yearly`` number, or its ``share`` of what is left."""
    left = publications - sum(column.get("yearly", 0) for column in columns)
    shares = sum(column.get("share", 0) for column in columns)
    return [(column, column.get("yearly") or round(left * column["share"] / shares)) for column in columns]


def _quiet(column: Mapping[str, Any], day: date, story: Story) -> bool:
    names = {"*", column["name"], column["category"]}
    return any(names & set(quiet["columns"]) and quiet["from"] <= day <= quiet["to"] for quiet in story.quiet)


def portal_news(published: list[Row], news: set[str], story: Story, year: int, rng: Random) -> list[Row]:
    """Rows of 门户信息采用: what the portal took from the columns ``news``, one item of them in the year after."""
    candidates = [row for row in published if row["栏目"] in news and row["发布日期"].year == year]
    candidates = [row for row in candidates if row["发布日期"] <= date(year, 12, 26)]
    chosen = sorted(rng.sample(range(len(candidates)), story.portal_news))
    rows = [_adopted(candidates[index], rng) for index in chosen]
    after = next((row for row in reversed(published) if row["栏目"] in news and row["发布日期"].year > year), None)
    return [*rows, _adopted(after, rng)] if after else rows


def _adopted(row: Row, rng: Random) -> Row:
    day = row["发布日期"] + timedelta(days=rng.choice((0, 0, 1)))
    url = f"http://www.leiyang.gov.cn/zwgk/bmdt/{day:%Y%m}/t{day:%Y%m%d}_{rng.randint(410000, 689999)}.html"
    return {"发布日期": day, "标题": row["标题"], "网址": url}
