"""What lies ahead: announced on the day on which it is lost, and nothing else; against the reference, day by day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from evidence_builder import Evidence, faultless
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import rows as reference_rows
from reference.random_evidence import random_readings, random_workbook
from reference.rulebook import Case, Outcome, outcomes
from reference.settling import Working
from reference.tree import LEAVES, READINGS
from schemes.test_census_2015.test_vetoes import site
from third import third, unfinished, vetoed

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.engine.assessment import assess_evidence
from scoring.engine.outlook import Loss, Outlook, outlooks
from scoring.evidence import Loaded, load_evidence
from scoring.evidence.model import Evidence as Tables
from scoring.scheme.readings import choose

SCHEME, CENSUS = load_scheme(2017), load_scheme(2017, "census_2015")
ON = dt.date(2017, 10, 16)


def ahead_of(path: Path, on: dt.date, scheme: Scheme = SCHEME, **readings: str) -> Outlook:
    chosen = choose(scheme.readings, {key.replace("_", "-"): option for key, option in readings.items()})
    loaded = load_evidence([path], scheme)
    assert loaded.faults == {}
    (found,), faults = outlooks(loaded.evidence, pd.Timestamp(on), chosen)
    assert faults == {}
    return found


def said(losses: Iterable[Loss], code: str) -> list[str]:
    """A leaf's losses, briefly: 10-20 咨询类逾期回复 0.5; 11-03? if it is judged; 2+1 on the way to a veto."""
    return [
        f"{f'{loss.day:%m-%d}' if loss.day else f'{loss.findings[0].counted}+{loss.findings[0].lacking}'}"
        f"{'?' if loss.if_judged else ''} {'、'.join(one.kind.name for one in loss.findings)} {float(loss.cost):g}"
        for loss in losses
        if loss.code == code
    ]


# --- Clause by clause, on 16 October ----------------------------------------------------------------------------------


RUNNING = faultless().replace(
    "领导信箱 | 类型=咨询 | 来信日期=2017-10-11",  # due on the 7th working day; its three months end after the year
    "领导信箱 | 类型=咨询 | 来信日期=2017-09-12",  # late already, and fatal on 12 December
    "领导信箱 | 类型=建议 | 来信日期=2017-09-14 | 回复日期=2017-10-17",  # a reply after the day, not known yet
    "领导信箱 | 类型=建议 | 来信日期=2017-09-15 | 回复日期=2017-10-16",
    "基本信息 | 常见问题更新日期=2017-05-01",
    "基本信息 | 年度运维报告提交日期=2017-11-20",
    "门户栏目报送 | 应报送日期=2017-10-16",  # lost today
    "门户栏目报送 | 应报送日期=2017-11-20",  # a due day is known in advance
    "门户信息采用 ×44",
    "门户征集调查 | 类型=征集",
    "网站征集调查 ×2 | 结果公布日期=2017-06-01",
)


def test_running_terms(tmp_path: Path) -> None:
    found = ahead_of(RUNNING.save(tmp_path), ON)
    assert {code: said(found.losses, code) for code in ("2.1", "2.2", "2.4", "3.2.1", "3.2.2", "3.3.4.2")} == {
        "2.1": ["12-31 采用未公布结果、未被采用 9"],
        "2.2": ["11-20 未报送 0.5"],
        "2.4": ["12-31 采用不足 1.8"],
        "3.2.1": [
            "10-20 咨询类逾期回复 0.5",
            "11-02 常见问题未更新 0.5",
            "12-12 三个月未回应 98",
            "12-14 三个月未回应 0",  # nothing is left to lose
        ],
        "3.2.2": ["12-31 次数不足、结果反馈不足 3"],
        "3.3.4.2": ["11-30 未按时提交 0"],  # 网站管理 has 18 points, of which 16 count
    }
    assert (found.now, found.then) == ((Fraction("76"), Fraction("99")), (0, 0))


def test_what_is_done_is_not_announced(tmp_path: Path) -> None:
    evidence = faultless().replace("基本信息 | 年度运维报告提交日期=2017-10-16", "门户信息采用 ×50")
    found = ahead_of(evidence.save(tmp_path), ON)
    assert [said(found.losses, code) for code in ("1.1", "2.1", "2.4", "3.2.1", "3.2.2", "3.3.4.2")] == [[]] * 6


def test_how_many_are_lacking(tmp_path: Path) -> None:
    (loss,) = [loss for loss in ahead_of(RUNNING.save(tmp_path), ON).losses if loss.code == "2.4"]
    assert (loss.findings[0].lacking, loss.findings[0].kind.unit) == (6, "条")


STALE = "信息发布 | 栏目=通知公告 | 发布日期=2017-05-04..2017-12-31"


def test_where_the_site_is_monitored_once_more(tmp_path: Path) -> None:
    """The last notice is of 3 May: from 3 November on, monitoring finds the column stale."""
    evidence = faultless().without(STALE).add("信息发布 | 栏目=通知公告 | 发布日期=2017-05-03 | 首页显示=否")
    found = ahead_of(evidence.save(tmp_path), dt.date(2017, 11, 1))
    assert said(found.losses, "3.3.2.3")[:2] == ["11-03? 通知政策类未更新 1", "11-15? 首页无更新、动态要闻类未更新 99"]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (["监测发现 ×2 | 指标=3.3.2.1.3 | 问题类型=错别字"], ["2+1 错别字累计否决 16"]),
        (["监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字 | 监测日期=2017-10-17"], []),  # not known yet
        (["网站栏目 ×4 | 是否空白=是"], ["4+1? 空白栏目否决 100"]),
        (["网站栏目 ×4 | 是否空白=否"], ["4+6? 长期未更新栏目否决 100"]),
    ],
)
def test_counts_on_their_way_to_a_veto(edits: list[str], expected: list[str], tmp_path: Path) -> None:
    found = ahead_of(faultless().add(*edits).save(tmp_path), ON)
    assert [line for code in ("3.3.2.1.3", "3.3.2.3") for line in said(found.near, code)] == expected


@pytest.mark.parametrize(("reviewed_on", "near"), [("2017-10-16", ["2+1 错别字累计否决 16"]), ("2017-10-17", [])])
def test_a_decision_counts_from_its_day(reviewed_on: str, near: list[str], tmp_path: Path) -> None:
    evidence = faultless().add("监测发现 ×3 | 指标=3.3.2.1.3 | 问题类型=错别字")
    for row in evidence.sheets["核查情况"]:
        row["核查日期"] = dt.date(2017, 10, 10)
    (card,) = assess([evidence.save(tmp_path)], SCHEME).scorecards
    name = next(one.id for one in card.of("3.3.2.1.3") if not one.veto)
    evidence.add(f"复核记录 | 发现编号={name} | 复核日期={reviewed_on}")
    found = ahead_of(evidence.save(tmp_path), ON)
    assert (said(found.near, "3.3.2.1.3"), found.vetoes) == (near, () if near else ("错别字累计否决",))


@pytest.mark.parametrize(("day", "announced"), [(29, ["11-30 未按时提交 0"]), (30, [])])
def test_the_last_day_is_announced_until_the_day_before(day: int, announced: list[str], tmp_path: Path) -> None:
    evidence = faultless().fact("年度运维报告提交日期", None)
    assert said(ahead_of(evidence.save(tmp_path), dt.date(2017, 11, day)).losses, "3.3.4.2") == announced


def test_evidence_that_ends_before_the_day(tmp_path: Path) -> None:
    """Its terms run from its own last day: what has passed since is named, since nobody has looked."""
    evidence = faultless().fact("截止日期", dt.date(2017, 9, 30)).replace("领导信箱 | 来信日期=2017-09-26")
    found = ahead_of(evidence.save(tmp_path), ON)
    assert found.known == pd.Timestamp(2017, 9, 30)
    assert said(found.losses, "3.2.1") == ["10-11 咨询类逾期回复 0.5", "12-26 三个月未回应 99"]


def test_on_the_last_day_nothing_lies_ahead(tmp_path: Path) -> None:
    found = ahead_of(faultless().save(tmp_path), dt.date(2017, 12, 31))
    assert (found.losses, found.near, found.then) == ((), (), found.now)


def test_leaves_that_nobody_has_looked_at_are_named(tmp_path: Path) -> None:
    found = ahead_of(faultless().replace("核查情况 | 2.4=未核查", "门户信息采用 ×1").save(tmp_path), ON)
    assert (dict(found.unknown), said(found.losses, "2.4")) == ({"2.4": "尚未核查"}, [])


# --- Day by day, against the reference --------------------------------------------------------------------------------


def known_on(evidence: reference_rows.Evidence, on: dt.date) -> None:
    """Take out what happens after a day. Deliveries stay: their due days are known in advance."""
    evidence.cut_off = min(evidence.cut_off, on)
    dated = {"门户征集调查": "报送日期", "门户信息采用": "发布日期", "信息发布": "发布日期", "监测时点": "监测日期"}
    dated |= {"监测发现": "监测日期", "领导信箱": "来信日期", "网站征集调查": "开展日期", "安全漏洞": "发现日期"}
    dated |= {"安全通报": "通报日期", "通报曝光": "日期"}
    for sheet, column in dated.items():
        evidence.sheets[sheet] = [row for row in evidence.sheets[sheet] if evidence.known(row.day(column))]
    later = ("结果公布日期", "实际报送日期", "回复日期", "处置完成日期", "书面回复日期")
    for row in (row for rows in evidence.sheets.values() for row in rows):
        row.cells |= {name: None for name in later if name in row.cells and not evidence.known(row.day(name))}
    for name in ("集约化完成日期", "常见问题更新日期", "年度运维报告提交日期"):
        evidence.facts[name] = evidence.fact_day(name)


class Reference:
    """What every leaf is worth on every day, by the reference."""

    def __init__(self, path: Path, on: dt.date, readings: dict[str, str]) -> None:
        self.evidence = reference_rows.Evidence(path)
        known_on(self.evidence, on)
        self.case = Case(self.evidence, {name: options[0] for name, options in READINGS.items()} | readings, _nothing)
        first = self.evidence.cut_off
        self.days = [first + dt.timedelta(n) for n in range((dt.date(2017, 12, 31) - first).days + 1)]
        self.found = {day: self.on(day) for day in self.days}
        self.today = self.found[first]

    def on(self, day: dt.date, *, monitored: bool = False) -> dict[str, Outcome]:
        self.evidence.cut_off = day
        points = self.evidence.sheets["监测时点"]
        row = [reference_rows.Row("监测时点", 0, {"监测日期": day})] if monitored else []
        self.evidence.sheets["监测时点"] = points + row
        found = outcomes(self.case)
        self.evidence.sheets["监测时点"] = points
        return found

    def total(self, found: dict[str, Outcome]) -> Fraction:
        ends = (Working(found, self.case.readings, pending_full=full).points("total") for full in (False, True))
        return max(ends)

    def with_leaf(self, code: str, outcome: Outcome) -> Fraction:
        """The total today with another outcome of one leaf, vetoes of today aside."""
        found = {**self.today, code: outcome}
        for leaf, today in self.today.items():
            if today.veto and not today.pending:  # These leaves void by nothing but vetoes.
                found[leaf] = replace(found[leaf], voids=found[leaf].voids[len(today.voids) :])
        return self.total(found)


def _nothing(*_: object) -> bool:
    return False


def is_new_veto(before: Outcome, after: Outcome) -> bool:
    return not after.pending and after.veto and (before.pending or len(after.voids) > len(before.voids))


@settings(max_examples=5)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.dates(dt.date(2017, 7, 1), dt.date(2017, 12, 30)))
def test_what_is_lost_is_announced_and_what_is_announced_is_lost(seed: int, read: int, on: dt.date) -> None:
    """With nothing new coming in: on every later day, for every leaf, what it costs to the fraction."""
    with TemporaryDirectory() as folder:
        path, readings = Path(folder) / "人社局.xlsx", random_readings(read)
        random_workbook(path, seed, untidy=0.0, uninspected=0.0, cut_off=None)
        ahead, by_hand = ahead_of(path, on, **readings), Reference(path, on, readings)
    announced = {(loss.day.date(), loss.code): loss for loss in ahead.losses if loss.day and not loss.if_judged}
    for before, day in pairwise(by_hand.days):
        for code in LEAVES:
            was, now = by_hand.found[before][code], by_hand.found[day][code]
            cost = by_hand.with_leaf(code, was) - by_hand.with_leaf(code, now) if was != now else 0
            loss = announced.pop((day, code), None)
            assert loss or not (cost or is_new_veto(was, now)), (day, code)
            assert loss is None or (was != now and loss.cost == cost), (day, code)
    assert announced == {}
    assert ahead.now[1] == by_hand.total(by_hand.today)
    assert ahead.then[1] == by_hand.total(by_hand.found[by_hand.days[-1]])
    if_monitored(ahead, by_hand)


def if_monitored(ahead: Outlook, by_hand: Reference) -> None:
    """If the site is monitored on a later day, it costs what is announced up to that day."""
    code, tried = "3.3.2.3", [loss for loss in ahead.losses if loss.if_judged]
    assert {loss.code for loss in tried} <= {code}
    for day in by_hand.days[1:]:
        alone, monitored = by_hand.found[day][code], by_hand.on(day, monitored=True)[code]
        so_far = [loss for loss in tried if loss.day is not None and loss.day.date() <= day]
        cost = by_hand.with_leaf(code, alone) - by_hand.with_leaf(code, monitored)
        assert sum(loss.cost for loss in so_far) == cost, day
        assert any(loss.veto for loss in so_far) == is_new_veto(alone, monitored), day


# --- Any scheme, against the program itself ---------------------------------------------------------------------------


def played(known: Tables, day: pd.Timestamp, sheet: str = "") -> Scorecard:
    """The scorecard at a cut-off, with one more row of that day on a sheet."""
    tables = {
        key: table.assign(cut_off=day).astype({"cut_off": table["cut_off"].dtype})
        for key, table in known.everything.items()
    }
    if sheet:
        table, by = tables[sheet], known.scheme.sheet(sheet).dated_by
        one = table.iloc[[-1]].assign(row=999, **{str(by): day}).astype(table.dtypes)
        tables[sheet] = pd.concat([table, one], ignore_index=True)
    (card,) = assess_evidence(Loaded(replace(known, everything=tables), {})).scorecards
    return card


def worse(before: Scorecard, after: Scorecard, code: str) -> bool:
    was, now = (Counter(veto.kind.name for veto in card.vetoes if veto.code == code) for card in (before, after))
    return bool(now - was) or after.nodes[code].at_best < before.nodes[code].at_best


@pytest.mark.parametrize(
    ("evidence", "scheme", "on", "at_least"),
    [
        (vetoed(), third(), dt.date(2021, 9, 5), {"乙.1 09-06 重大故障逾期", "丙.1 09-06? 专题未更新"}),
        (unfinished(), third(), dt.date(2021, 6, 20), {"丁.2 12-20 总结逾期", "甲.2 12-31 报送不足"}),
        (site(), CENSUS, dt.date(2017, 6, 16), {"普2 06-30? 首页无更新"}),
        (
            site((), "领导信箱 | 编号=1 | 类型=咨询 | 来信日期=2017-06-01"),
            CENSUS,
            dt.date(2017, 6, 16),
            {"普5 09-02? 超过3个月未答复"},
        ),
    ],
    ids=["third, an outage", "third, a sheet missing", "census", "census, a letter"],
)
def test_other_schemes(evidence: Evidence, scheme: Scheme, on: dt.date, at_least: set[str], tmp_path: Path) -> None:
    """What is announced is lost on that day and not before, and nothing is lost in between."""
    path = evidence.save(tmp_path)
    found = ahead_of(path, on, scheme)
    first, end = pd.Timestamp(on), pd.Timestamp(scheme.year, 12, 31)
    known, one_day = load_evidence([path], scheme).evidence.as_of(first), pd.Timedelta(days=1)
    told = {f"{loss.code} {said([loss], loss.code)[0].rpartition(' ')[0]}" for loss in found.losses}
    assert at_least <= told
    for leaf in scheme.leaves:
        for judged in (False, True) if leaf.judged_on else (False,):
            days = {loss.day for loss in found.losses if (loss.code, loss.if_judged) == (leaf.code, judged)}
            around = sorted({first, first + one_day, *(day - one_day for day in days), *days, end})
            sheet = str(leaf.judged_on) if judged else ""
            cards = [played(known, first), *(played(known, day, sheet) for day in around[1:])]
            for (_, before), (day, after) in pairwise(zip(around, cards, strict=True)):
                assert worse(before, after, leaf.code) == (day in days), (leaf.code, day)
