"""The sample evidence: valid, the same at every run, large and realistic enough, and its stories."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import chinese_calendar
import openpyxl
import pytest
from evidence_builder import EXERCISE

from scoring.engine.assessment import assess
from scoring.scheme import load_scheme
from tools.sample import write_samples
from tools.sample.story import load_stories, load_texts

Rows = list[dict[str, Any]]

SCHEME = load_scheme(2017)
DEPARTMENTS = SCHEME.departments

#: Department to (status, 合格, lowest total, highest total) under the default readings.
STORIES = {
    "人社局": ("final", True, 99, 100),
    "教育局": ("final", True, 100, 102),
    "卫计局": ("final", False, 80, 90),
    "国土资源局": ("final", False, 0, 0),
    "住建局": ("final", True, 80, 90),
    "林业局": ("final", True, 35, 55),
    "规划局": ("provisional", None, 75, 92),
    "统计局": ("final", True, 70, 80),
    "市经济开发区办公室": ("final", True, 80, 90),
}

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎潘杜戴夏钟汪田姜范石谭邹熊陆郝孔崔康"
    "毛邱秦侯邵孟龙段雷钱汤尹黎易贺赖龚"
)
PERSON = re.compile(
    rf"(?<![\u4e00-\u9fff])[{SURNAMES}][\u4e00-\u9fff]{{0,2}}(局长|主任|书记|市长|先生|女士|同志|校长|院长)"
    rf"|[{SURNAMES}]某"
)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_samples(tmp_path_factory.mktemp("raw"), SCHEME)


@pytest.fixture(scope="module")
def books(samples: list[Path]) -> dict[str, dict[str, Rows]]:
    return {path.stem: _read(path) for path in samples}


def _read(path: Path) -> dict[str, Rows]:
    sheets = {}
    for page in openpyxl.load_workbook(path):
        header, *rows = page.iter_rows(values_only=True)
        sheets[page.title] = [dict(zip(header, row, strict=True)) for row in rows if any(row)]
    return sheets


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    year, month, day = re.findall(r"\d+", value)
    return date(int(year), int(month), int(day))


def test_written_again_alone_they_have_the_same_bytes(samples: list[Path], tmp_path: Path) -> None:
    assert [path.stem for path in samples] == list(DEPARTMENTS)
    for first in samples[-2:]:
        (second,) = write_samples(tmp_path, SCHEME, [first.stem])
        assert first.read_bytes() == second.read_bytes(), first.name


def test_without_stories_or_a_calendar_there_are_no_samples(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="方案 another 没有示例数据"):
        write_samples(tmp_path, replace(SCHEME, name="another", folder=tmp_path / "another"))
    with pytest.raises(ValueError, match="日历只到 2026 年，不能生成 2026 年的示例"):
        write_samples(tmp_path, load_scheme(2026))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("year", "named"), [(2017, ""), (2019, ""), (2018, EXERCISE), (2015, "census")])
def test_samples_are_evidence_of_their_scheme(year: int, named: str, tmp_path: Path) -> None:
    """Each department can be scored, in a later year as well."""
    scheme = load_scheme(year, named)
    assessment = assess(write_samples(tmp_path, scheme), scheme)
    assert (assessment.faults, len(assessment.scorecards)) == ({}, len(scheme.departments))


def test_each_department_has_its_story(samples: list[Path]) -> None:
    cards = {card.department: card for card in assess(samples, SCHEME, {}).scorecards}
    assert cards.keys() == STORIES.keys() == set(DEPARTMENTS)
    for department, (status, qualified, low, high) in STORIES.items():
        card = cards[department]
        assert (card.status, card.qualified) == (status, qualified), department
        assert low <= card.total.low <= card.total.high <= high, department


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_each_workbook_is_large_real_and_marked(books: dict[str, dict[str, Rows]], department: str) -> None:
    sheets = books[department]
    facts = {row["项目"]: row["内容"] for row in sheets["基本信息"]}
    assert (facts["数据性质"], facts["部门"], len(sheets)) == ("示例", department, 15)
    assert facts["网站域名"].endswith(".leiyang.gov.cn")
    published, letters = sheets["信息发布"], sheets["领导信箱"]
    assert 300 <= len(published) <= 2000
    assert 20 <= len(letters) <= 310
    days, titles = [_day(row["发布日期"]) for row in published], [row["标题"].strip() for row in published]
    assert all(chinese_calendar.is_workday(day) for day in days)
    assert (min(days).year, min(days).month) == (2016, 12)
    assert len(set(titles)) > 0.95 * len(titles)
    assert not [title for day, title in zip(days, titles, strict=True) if day.year < 2017 and "十九大" in title]
    replies = [row["回复内容"] for row in letters if row["有效"].strip() == "是" and row["回复内容"]]
    assert sum("“" in reply for reply in replies) >= len(replies) - 2, "each quotes what was asked"
    rows = (row for sheet in sheets.values() for row in sheet)
    for text in (value for row in rows for value in row.values() if isinstance(value, str)):
        assert not re.search(r"[{}]", text), text
        assert not PERSON.search(text), text


def test_a_persons_name_would_be_caught() -> None:
    assert PERSON.search("张三局长到哲桥镇调研")
    assert PERSON.search("网友李某反映")
    assert not PERSON.search("局党组书记、局长到哲桥镇调研")


def test_every_blank_of_every_text_has_its_words() -> None:
    of_the_day = {"year", "last_year", "month", "quarter", "last_month", "last_quarter"}
    of_the_reply = {"ask", "verb", "matter", "verified"}
    common = load_texts("common", 2017)
    for story in load_stories(SCHEME):
        texts = load_texts(story.texts, 2017)
        known = of_the_day | of_the_reply | set(common["slots"]) | set(texts["slots"])
        blanks = re.findall(r"\{(\w+)\}", f"{common}{texts}")
        assert set(blanks) <= known, story.department
