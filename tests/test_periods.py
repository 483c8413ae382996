"""What a period of the year finds: each problem in the period that established it, and nothing before its time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from evidence_builder import SCHEME, Evidence, faultless, minimal
from reference.random_evidence import random_workbook

from scoring.base.points import shown
from scoring.engine.periods import DepartmentPeriod, Period, over
from scoring.evidence import Loaded, load_evidence
from scoring.scheme import TOTAL
from scoring.scheme.readings import choose
from scoring.scheme.sheets import INSPECTIONS

QUARTERS = [
    Period(pd.Timestamp(f"2017-{first}"), pd.Timestamp(f"2017-{last}"))
    for first, last in (("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31"))
]
EARLY = dt.date(2017, 1, 5)


def inspected_on(workbook: Evidence, day: dt.date, *codes: str) -> Evidence:
    """The workbook with another 核查日期 of some leaves, or of all."""
    for row in workbook.sheets["核查情况"]:
        if not codes or row["指标"] in codes:
            row["核查日期"] = day
    return workbook


def periods(loaded: Loaded, *numbers: int, **readings: str) -> list[DepartmentPeriod]:
    """The department over some quarters, each judged on its own."""
    assert loaded.faults == {}
    made = [over(loaded, QUARTERS[number - 1], choose(SCHEME.readings, readings)) for number in numbers]
    assert [result.assessment.faults for result in made] == [{}] * len(made)
    return [result.departments[0] for result in made]


def loaded(workbook: Evidence, folder: Path) -> Loaded:
    return load_evidence([workbook.save(folder)], SCHEME)


#: What happened, the leaf and kind of problem, the quarters that find it, and what it costs there.
HAPPENED: list[tuple[str, str, list[int]]] = [
    # the day it was found
    ("监测发现 | 监测日期=2017-05-10 | 指标=3.3.4.1", "3.3.4.1 未落实", [2]),
    # received in one quarter, late in the next
    ("领导信箱 | 信件编号=甲 | 来信日期=2017-03-29 | 回复日期=2017-06-01", "3.2.1 咨询类逾期回复", [2]),
    # due on 30 November
    ("基本信息 | 年度运维报告提交日期=2017-12-05", "3.3.4.2 未按时提交", [4]),
    # due on 30 June, the last day of the quarter
    ("基本信息 | 集约化完成日期=2017-07-05", "1.1 未完成整合", [2]),
    ("通报曝光 | 日期=2017-09-30 | 类型=通报 | 来源=市电子政务办", "3.4.1 市电子政务办通报", [3]),
    # not delivered by the end of March, delivered in May: the same problem, under another name
    ("门户栏目报送 | 应报送日期=2017-03-20 | 实际报送日期=2017-05-02", "2.2 未报送", [1]),
    # without a day: known from its inspection on 3 August
    ("基本信息 | 专门科室=无", "3.3.1 未成立专门科室", [3]),
    # a form that cannot be sent, although the leaf's points wait for December
    ("监测发现 | 监测日期=2017-05-11 | 指标=3.2.2", "3.2.2 未能提交信息", [2]),
    ("网站征集调查 | 类型=征集", "3.2.2 结果反馈不足", [4]),
    # kept up to date until 20 June
    ("基本信息 | 常见问题更新日期=2016-12-20", "3.2.1 常见问题未更新", [2]),
    # three typos: one in the first quarter, two in the second
    ("监测发现 | 监测日期=2017-02-01 | 指标=3.3.2.1.3", "3.3.2.1.3 错别字", [1, 2, 2]),
    ("监测发现 ×2 | 监测日期=2017-05-02 | 指标=3.3.2.1.3", "3.3.2.1.3 错别字", [1, 2, 2]),
    # on a leaf that nobody inspected
    ("监测发现 | 监测日期=2017-05-10 | 指标=3.3.2.1.1", "3.3.2.1.1 打不开", []),
]
#: 1: the delivery; 网站管理 counts 16 of the 18 points under it, so the typo costs nothing yet, nor the work of May.
#: 2: 10 for the integration, 0.5 each for letter and questions. 3: 0.5 for the office, beyond those two points, and 4
#: for the circular. 4: 2 for the report, and all 3 of 3.2.2.
LOST = {1: "0.5", 2: "11", 3: "4.5", 4: "5"}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> dict[int, DepartmentPeriod]:
    """All that in one year, by quarter."""
    workbook = faultless().without("网站征集调查 | 类型=征集").add(*(line for line, *_ in HAPPENED))
    workbook = inspected_on(workbook, EARLY).inspection("3.3.2.1.1", "未核查")
    inspected_on(workbook, dt.date(2017, 8, 3), "3.3.1")
    numbers = (1, 2, 3, 4)
    return dict(zip(numbers, periods(loaded(workbook, tmp_path_factory.mktemp("year")), *numbers), strict=True))


@pytest.mark.parametrize(("happened", "problem", "quarters"), HAPPENED)
def test_a_problem_belongs_to_the_period_that_established_it(
    happened: str, problem: str, quarters: list[int], year: dict[int, DepartmentPeriod]
) -> None:
    found = [number for number, one in year.items() for each in one.found if f"{each.code} {each.kind.name}" == problem]
    assert found == quarters, happened


def test_vetoes_stand_in_their_period(year: dict[int, DepartmentPeriod]) -> None:
    assert {number: [veto.kind.name for veto in one.vetoes] for number, one in year.items()} == {
        **{number: [] for number in year},
        2: ["错别字累计否决"],
    }


def test_each_period_has_its_own_losses(year: dict[int, DepartmentPeriod]) -> None:
    assert {number: shown(one.lost) for number, one in year.items()} == LOST


def test_what_is_not_due_and_what_nobody_inspected_are_told_apart(year: dict[int, DepartmentPeriod]) -> None:
    assert "3.3.2.1.1" in year[2].after.card.pending
    yearly = ["2.4", "3.2.2", "3.3.4.2"]
    assert [sorted(one.after.not_due) for one in year.values()] == [["1.1", "2.1", *yearly], yearly, yearly, []]


@pytest.mark.parametrize("reading", ["year-end", "cut-off"])
def test_what_the_year_can_still_bring_is_no_loss(reading: str, tmp_path: Path) -> None:
    """No letter, one of fifty items, no consultation, nothing for the portal: 未到期, whatever the reading of 全年."""
    lacking = ("领导信箱 | 无", "门户信息采用 ×1", "网站征集调查 | 无", "门户征集调查 | 无")
    workbook = inspected_on(minimal().replace(*lacking), EARLY)
    second, fourth = periods(loaded(workbook, tmp_path), 2, 4, **{"annual-target": reading})
    codes = {"3.2.1", "2.4", "3.2.2", "2.1"}
    assert codes <= second.after.not_due.keys()
    assert [second.after.lost[code] for code in codes] == [0] * 4
    assert codes.isdisjoint(one.code for one in second.found)
    assert codes.isdisjoint(fourth.after.not_due)
    assert {code: shown(fourth.after.lost[code]) for code in sorted(codes)} == {
        "2.1": "10",
        "2.4": "10",
        "3.2.1": "5",
        "3.2.2": "3",
    }


def test_a_decision_counts_from_its_day(tmp_path: Path) -> None:
    """Found in May, withdrawn on 2 August: the second quarter still has it, the third gives its 0.1 points back."""
    workbook = inspected_on(minimal().add("监测发现 | 监测日期=2017-05-10 | 指标=3.1.1.1"), EARLY)
    (third,) = periods(loaded(workbook, tmp_path), 3)
    (name,) = (one.id for one in third.after.problems.values() if one.code == "3.1.1.1")
    workbook.add(f"复核记录 | 发现编号={name} | 复核日期=2017-08-02")
    (third,) = periods(loaded(workbook, tmp_path), 3)
    assert [name in at.problems for at in (third.before, third.after)] == [True, False]
    assert [shown(at.lost["3.1.1.1"]) for at in (third.before, third.after)] == ["0.1", "0"]
    assert [one.id for one in third.change.removed] == [name]


# --- Of any evidence


@pytest.fixture(scope="module", params=range(2))
def random_year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Random evidence of one department, inspected in January."""
    path = tmp_path_factory.mktemp("random") / "人社局.xlsx"
    random_workbook(path, request.param)
    loaded = load_evidence([path], SCHEME)
    everything = dict(loaded.evidence.everything)
    everything[INSPECTIONS] = everything[INSPECTIONS].assign(inspected_on=pd.Timestamp(2017, 1, 5))
    return replace(loaded, evidence=replace(loaded.evidence, everything=everything))


def test_the_quarters_add_up_to_the_year(random_year: Loaded) -> None:
    """Every problem of the year's end was found in a quarter, and the losses of the quarters are those of the year."""
    of = periods(random_year, 1, 2, 3, 4)
    assert [one.before.problems for one in of[1:]] == [one.after.problems for one in of[:-1]]
    unvetoed = of[-1].after.card.unvetoed
    assert sum(one.lost for one in of) == unvetoed.full[TOTAL] - unvetoed.ends[1].points[TOTAL][0]
    for one in of:
        change = one.change
        assert len(change.carried) + len(change.added) - len(change.removed) == len(change.left)
        assert {finding.id for finding in one.found} <= one.after.problems.keys()
    found = {(one.code, one.sheet, one.row) for quarter in of for one in quarter.found}
    assert {(one.code, one.sheet, one.row) for one in of[-1].after.problems.values()} <= found


def test_nothing_later_is_looked_at(random_year: Loaded) -> None:
    """The same comes of evidence that ends with the period."""
    ended = replace(random_year, evidence=random_year.evidence.as_of(QUARTERS[1].last))
    (then,), (now,) = periods(ended, 2), periods(random_year, 2)
    assert [one.id for one in then.found] == [one.id for one in now.found]
    assert (then.lost, then.after.not_due, then.inspected) == (now.lost, now.after.not_due, now.inspected)
