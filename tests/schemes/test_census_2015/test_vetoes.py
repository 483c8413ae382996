"""The census of 2015: its five vetoes at their boundaries, on a workbook that the scheme of 2017 judges as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from evidence_builder import HEADERS, Evidence, Row, faultless

from scoring import Scorecard, assess, load_scheme

CENSUS, LEIYANG = load_scheme(2017, "census_2015"), load_scheme(2017)
VISITS = "可用性监测"
DAY = dt.date(2017, 6, 15)
NO_CHECKPOINTS, CHECKPOINT = "监测时点 | 无", "监测时点 | 监测日期=2017-06-15"


def moment(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # noqa: DTZ001 - local time, as it was noted down


def week(failed: int = 0, *, a_day: int = 20, day: dt.date = DAY, **cells: object) -> list[Row]:
    """The visits of the week that ends with a day; the last ones fail."""
    moments = [
        dt.datetime.combine(day - dt.timedelta(days=back), dt.time(hour))
        for back in reversed(range(7))
        for hour in range(a_day)
    ]
    good, bad = {"结果": "打开", "用时": 1.5}, {"结果": "打不开"} | cells
    return [
        {"监测时间": at, **(bad if left <= failed else good)}
        for left, at in zip(range(len(moments), 0, -1), moments, strict=True)
    ]


def site(visits: Sequence[Row] | None = (), *lines: str, inspected: str = "普1 普2 普3 普4 普5") -> Evidence:
    """A site that passes, inspected once, on 15 June; None leaves the sheet of visits out."""
    evidence = faultless().replace(NO_CHECKPOINTS, CHECKPOINT, *lines)
    row = {"状态": "已核查", "核查人": "核查员甲", "核查日期": dt.date(2017, 12, 30)}
    evidence.sheets["核查情况"] += [{"指标": code, **row} for code in inspected.split()]
    if visits is not None:
        evidence.headers[VISITS] = ["监测时间", "结果", "用时", "说明"]
        evidence.sheets[VISITS] = list(visits or week())
    return evidence


def card_of(evidence: Evidence, folder: Path, **readings: str) -> Scorecard:
    chosen = {key.replace("_", "-"): option for key, option in readings.items()}
    assessment = assess([evidence.save(folder)], CENSUS, chosen)
    assert assessment.faults == {}, [str(fault) for fault in assessment.faults[evidence.department]]
    return assessment.scorecards[0]


def vetoes(card: Scorecard) -> list[str]:
    return [f"{veto.code} {veto.kind.name}" for veto in card.vetoes]


def test_one_workbook_two_schemes(tmp_path: Path) -> None:
    evidence = site()
    card = card_of(evidence, tmp_path)
    assert (card.qualified, vetoes(card), dict(card.pending)) == (True, [], {})
    (of_2017,) = assess([evidence.save(tmp_path)], LEIYANG).scorecards
    assert of_2017.total.score == 100
    assert not [notice for notice in (*card.source.notices, *of_2017.source.notices) if "不在规定之列" in notice]


def test_a_gate_has_no_points(tmp_path: Path) -> None:
    scorecard = card_of(site(), tmp_path).to_json()
    assert [scorecard[key] for key in ("total", "range", "bonus")] == [None, None, None]
    assert {node[key] for node in scorecard["nodes"] for key in ("max", "score", "range")} == {None}
    assert scorecard["qualified"] is True


@pytest.mark.parametrize(
    ("visits", "vetoed"),
    [
        (week(6), False),
        (week(7), True),  # 7 of 140 are 5 %
        (week(7, 结果="打开", 用时=15), True),
        (week(7, 结果="打开", 用时=14.99), False),
        (week(7, 结果="打不开", 用时=3), True),
        ([*week(7), {"监测时间": moment(2017, 6, 12, 23), "结果": "打开", "用时": 2}], False),  # 7 of 141
        ([*week(7), {"监测时间": moment(2017, 6, 12, 23), "结果": "未能测得"}], True),
        ([*week(6), {"监测时间": moment(2017, 6, 8, 23), "结果": "打不开"}], False),  # D−7 is outside
        ([*week(6), {"监测时间": moment(2017, 6, 16), "结果": "打不开"}], False),
    ],
)
def test_availability(visits: list[Row], vetoed: bool, tmp_path: Path) -> None:
    assert vetoes(card_of(site(visits), tmp_path)) == (["普1 站点无法访问"] if vetoed else [])


def test_too_few_visits_on_a_day_leave_it_open_even_where_all_fail(tmp_path: Path) -> None:
    few = [visit for visit in week(140) if visit["监测时间"] != moment(2017, 6, 11)]
    card = card_of(site(few), tmp_path)
    assert dict(card.pending) == {"普1": "这些天测得的访问不足20次：2017年6月11日"}
    assert (card.qualified, card.status) == (None, "provisional")


def test_visits_that_were_not_measured_are_too_few(tmp_path: Path) -> None:
    card = card_of(site(week(1, 结果="未能测得")), tmp_path)
    assert dict(card.pending) == {"普1": "这些天测得的访问不足20次：2017年6月15日"}


def test_without_the_sheet_availability_is_open_and_2017_is_whole(tmp_path: Path) -> None:
    evidence = site(None)
    assert dict(card_of(evidence, tmp_path).pending) == {"普1": "佐证中没有《可用性监测》"}
    assert assess([evidence.save(tmp_path)], LEIYANG).scorecards[0].total.score == 100


def test_a_site_is_judged_at_every_checkpoint(tmp_path: Path) -> None:
    second = dt.date(2017, 9, 20)
    evidence = site([*week(), *week(7, day=second)]).add("监测时点 | 监测日期=2017-09-20")
    (veto,) = card_of(evidence, tmp_path).vetoes
    assert veto.id == "普1-站点无法访问-2017-09-20"
    assert "测得140次访问，打不开或用时满15秒的7次，占5%（达到5%即否决）" in veto.because


@pytest.mark.parametrize(
    ("published", "vetoed"),
    [("2017-06-01", True), ("2017-06-02", False), ("2017-06-15", False), ("2017-06-16", True)],
)
def test_a_homepage_is_looked_at_for_fourteen_days(published: str, vetoed: bool, tmp_path: Path) -> None:
    evidence = site(
        (), f"信息发布 | 发布日期={published} | 首页显示=是 | 栏目=工作动态", f"信息发布 | 发布日期={DAY} | 首页显示=否"
    )
    assert ("普2 首页无更新" in vetoes(card_of(evidence, tmp_path))) is vetoed


COLUMN = "网站栏目 | 栏目={0} | 类别={1} | 是否空白={2}"


def columns(*groups: tuple[int, str, str]) -> list[str]:
    """A site of columns: how many, of which 类别, blank or not; a living one keeps the homepage fresh."""
    names = [
        (f"{category}{number}{blank}", category, blank) for count, category, blank in groups for number in range(count)
    ]
    return [
        COLUMN.format("常新", "其他", "否"),
        *(COLUMN.format(*name) for name in names),
        "信息发布 | 发布日期=2017-06-10 | 栏目=常新 | 首页显示=是",
    ]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([(4, "工作动态", "否")], []),
        ([(5, "工作动态", "否")], ["普3 未更新栏目否决"]),
        (
            [(2, "工作动态", "否"), (1, "通知公告", "否"), (1, "政策文件", "否"), (1, "文件解读", "否")],
            ["普3 未更新栏目否决"],
        ),
        ([(4, "工作动态", "否"), (5, "人事信息", "否")], []),
        ([(4, "工作动态", "否"), (3, "人事信息", "否"), (3, "其他", "否")], ["普3 长期未更新栏目否决"]),
        ([(4, "工作动态", "是")], []),
        ([(5, "其他", "是")], ["普3 空白栏目否决"]),
        ([(4, "工作动态", "否"), (4, "工作动态", "是")], []),  # a blank one is never also stale
    ],
)
def test_columns(groups: list[tuple[int, str, str]], expected: list[str], tmp_path: Path) -> None:
    assert vetoes(card_of(site((), *columns(*groups)), tmp_path)) == expected


def test_news_and_notices_may_be_counted_apart(tmp_path: Path) -> None:
    mixed = site((), *columns((4, "工作动态", "否"), (4, "政策文件", "否")))
    assert vetoes(card_of(mixed, tmp_path)) == ["普3 未更新栏目否决"]
    assert vetoes(card_of(mixed, tmp_path, stale_columns="apart")) == []
    news = site((), *columns((5, "工作动态", "否")))
    assert vetoes(card_of(news, tmp_path, stale_columns="apart")) == ["普3 动态要闻类未更新否决"]


@pytest.mark.parametrize("kind", CENSUS.leaf("普4").fault_kinds)
def test_one_grave_error_is_enough(kind: str, tmp_path: Path) -> None:
    fault = f"监测发现 | 指标=普4 | 问题类型={kind}"
    evidence = site().add(fault, "监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字")
    assert vetoes(card_of(evidence, tmp_path)) == ["普4 严重错误"]
    (of_2017,) = assess([evidence.save(tmp_path)], LEIYANG).scorecards
    assert [finding.code for finding in of_2017.findings if (finding.points or 0) < 0] == ["3.3.2.1.3"]


@pytest.mark.parametrize(
    ("letter", "vetoed"),
    [
        ("类型=咨询 | 来信日期=2017-03-15", False),  # three months end on D itself
        ("类型=咨询 | 来信日期=2017-03-14", True),
        ("类型=咨询 | 来信日期=2017-03-14 | 回复日期=2017-06-14", False),
        ("类型=咨询 | 来信日期=2017-03-13 | 回复日期=2017-06-14", True),  # answered, but later than that
        ("类型=咨询 | 来信日期=2016-06-16", True),
        ("类型=咨询 | 来信日期=2016-06-15", False),  # not within the year up to D
        ("类型=建议 | 来信日期=2017-03-01", False),
        ("类型=投诉 | 来信日期=2017-01-05", False),
        ("类型=咨询 | 来信日期=2017-03-01 | 有效=否", False),
    ],
)
def test_letters(letter: str, vetoed: bool, tmp_path: Path) -> None:
    assert vetoes(card_of(site((), f"领导信箱 | {letter}"), tmp_path)) == (["普5 超过3个月未答复"] if vetoed else [])


def test_suggestions_count_by_a_reading(tmp_path: Path) -> None:
    evidence = site((), "领导信箱 | 类型=建议 | 来信日期=2017-03-01")
    assert vetoes(card_of(evidence, tmp_path, consultations="咨询和建议")) == ["普5 超过3个月未答复"]


def test_a_letter_is_one_finding_however_often_it_is_found(tmp_path: Path) -> None:
    evidence = site(
        [*week(), *week(day=dt.date(2017, 9, 20))],
        "领导信箱 | 信件编号=信1 | 类型=咨询 | 来信日期=2017-03-01",
    ).add("监测时点 | 监测日期=2017-09-20")
    (veto,) = card_of(evidence, tmp_path).vetoes
    assert veto.id == "普5-超过3个月未答复-信1"


def test_a_withdrawn_finding_no_longer_counts(tmp_path: Path) -> None:
    evidence = site((), *columns((5, "其他", "是")))
    blank = [finding.id for finding in card_of(evidence, tmp_path).findings if finding.kind.name == "空白栏目"]
    evidence.add(f"复核记录 | 发现编号={blank[0]}")
    card = card_of(evidence, tmp_path)
    assert (card.qualified, len(card.reviews)) == (True, 1)
    (of_2017,) = assess([evidence.save(tmp_path)], LEIYANG).scorecards
    assert of_2017.reviews == ()


def test_the_sheet_is_in_no_other_schemes_workbook() -> None:
    assert VISITS not in HEADERS
    assert VISITS in LEIYANG.others.sheets
