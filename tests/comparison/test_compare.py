"""Two years compared, worked out by hand: 2017, and the exercise of 2018 or a scheme like it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from evidence_builder import Evidence, a_year_later, exercise, faultless

from scoring import Scheme, assess, load_scheme
from scoring.comparison import Comparison, DepartmentChange, LeafChange, NotComparable, OneYear, Split, compare
from scoring.comparison.leaves import corresponding
from scoring.scheme import SchemeError
from scoring.scheme.readings import choose

pytestmark = pytest.mark.thorough

EARLIER, LATER = load_scheme(2017), exercise()
OPEN = {"news-bonus": "open"}
NONE = Split()


Compared = Callable[..., Comparison]


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """Compare workbooks of 2017 with those of 2018."""

    def run(before: list[Evidence], after: list[Evidence], later: Scheme = LATER, **readings: Any) -> Comparison:
        years = []
        for scheme, workbooks in ((EARLIER, before), (later, after)):
            folder = tmp_path / str(scheme.year)
            for workbook in workbooks:
                workbook.save(folder)
            chosen = choose(scheme.readings, readings.get(f"of_{scheme.year}", OPEN))
            years.append(OneYear(scheme.year, folder, scheme, chosen))
        return compare(*years)

    return run


@pytest.fixture
def changed(compared: Compared) -> Callable[..., DepartmentChange]:
    """Compare one workbook of each year."""

    def run(before: Evidence, after: Evidence, **how: Any) -> DepartmentChange:
        comparison = compared([before], [after], **how)
        assert not any(comparison.faults.values()), comparison.faults
        return comparison.departments[0]

    return run


def leaf(change: DepartmentChange, name: str) -> LeafChange:
    (found,) = [leaf for leaf in change.leaves if leaf.node.name == name]
    return found


def parts(split: Split | None) -> tuple[float, float, float]:
    assert split is not None
    return float(split.behaviour), float(split.rules), float(split.reading)


def test_leaves_correspond_by_code_and_name_or_as_declared() -> None:
    found = corresponding(EARLIER, LATER)
    assert (found.dropped, found.added) == (("3.1.4",), ("3.1.5",))
    assert ("3.1.5", "3.1.4") in found.pairs
    assert all(before == after for before, after in found.pairs if after != "3.1.4")
    assert len(found.pairs) == 27


def test_declared_correspondence_is_of_the_scheme_that_is_followed_and_of_one_leaf() -> None:
    found = corresponding(EARLIER, replace(LATER, follows="another"))
    assert (found.dropped, found.added) == (("3.1.4", "3.1.5"), ("3.1.4", "3.1.5"))
    new = with_leaf("2.4", new=True)
    assert "2.4" in corresponding(EARLIER, new).added
    assert "2.4" in corresponding(EARLIER, new).dropped
    for code in ("3.1.1.1", "9.9"):  # Used for another leaf; unknown.
        with pytest.raises(SchemeError, match=f"3.1.4 对应 {code}"):
            corresponding(EARLIER, with_leaf("3.1.4", corresponds=code))


def with_leaf(code: str, **other: Any) -> Scheme:
    """The exercise with a leaf that is declared otherwise."""
    nodes = tuple(replace(node, **other) if node.code == code else node for node in LATER.nodes)
    return replace(LATER, nodes=nodes)


def test_the_same_evidence_a_year_later_changes_by_the_rules_alone(changed: Callable[..., DepartmentChange]) -> None:
    change = changed(faultless(), a_year_later(faultless()))
    splits = {each.node.name: parts(each.split) for each in change.leaves if each.split != NONE}
    assert {(behaviour, reading) for behaviour, _, reading in splits.values()} == {(0, 0)}
    rules = {name: rules for name, (_, rules, _) in splits.items()}
    assert rules == {
        "工作动态采用情况": -3, "工作动态（进展）或要闻": -1, "领导（主任、局长）信箱": 1,
        "政府信息公开年报": 2, "规划计划": -2,
    }  # fmt: skip
    assert (change.change, change.above) == (-3, NONE)


def adopted(before: int, after: int) -> tuple[Evidence, Evidence]:
    """This many more items in each year than the faultless 50."""
    later = f"门户信息采用 ×{after} | 发布日期=2018-05-10"
    return faultless().add(f"门户信息采用 ×{before} | 发布日期=2017-05-10"), a_year_later(faultless()).add(later)


NEWS, INTEGRATED, STAFF = "工作动态采用情况", "部门政府网站集约化建设", "人事信息"
LATE = faultless().fact("集约化完成日期", dt.date(2017, 6, 30))


@pytest.mark.parametrize(
    ("years", "readings", "name", "expected"),
    [
        # 51 items, then 56: 10.1 and 10.6 by the rules of 2017, 7.3 and 8.8 by those of 2018.
        (adopted(1, 6), {}, NEWS, (1.0, -2.3, 0)),
        # 70 items in both years: a bonus of 2 and of 1, of which the reading leaves nothing.
        (adopted(20, 20), {"of_2018": {"news-bonus": "none"}}, NEWS, (0, -0.5, -1.5)),
        # The bonus of 2017 limited to what the total lacks: nothing, though an added leaf is pending by its rules.
        (adopted(20, 20), {"of_2017": {"news-bonus": "total"}}, NEWS, (0, -0.5, 1.5)),
        # On 30 June of each year: the other year's rules do not make it late, or early.
        ((LATE, a_year_later(LATE)), {}, INTEGRATED, (0, 0, 0)),
        # 3.1.5, then 3.1.4.
        ((faultless().without("信息发布 | 栏目=人事信息"), a_year_later(faultless())), {}, STAFF, (1, 0, 0)),
    ],
)
def test_a_leaf_by_hand(
    years: tuple[Evidence, Evidence], readings: Any, name: str, expected: Any, changed: Callable[..., DepartmentChange]
) -> None:
    assert parts(leaf(changed(*years, **readings), name).split) == expected


@pytest.mark.parametrize(
    ("before", "after", "readings", "name", "own", "above"),
    [
        # Three typos void 网站管理, 16 points; the leaf itself loses its one point.
        ("监测发现 ×3 | 指标=3.3.2.1.3", "", {}, "内容准确性", (1, 0, 0), (15, 0, 0)),
        # 网站管理 adds up to 18 and counts 16; what its leaf loses is made good by the cap.
        ("", "监测发现 | 指标=3.3.4.1", {}, LATER.leaf("3.3.4.1").name, (-1, 0, 0), (1, 0, 0)),
        # 18 points count 16 as capped, and 18 as summed.
        ("", "", {"of_2018": OPEN | {"management-sum": "sum"}}, "内容准确性", (0, 0, 0), (0, 0, 2)),
    ],
)
def test_a_veto_a_cap_and_a_sum_are_separate_from_the_leaves_under_them(
    before: str, after: str, readings: Any, name: str, own: Any, above: Any, changed: Callable[..., DepartmentChange]
) -> None:
    years = (faultless().add(*filter(None, [lost])) for lost in (before, after))
    change = changed(next(years), a_year_later(next(years)), **readings)
    assert (parts(leaf(change, name).split), parts(change.above)) == (own, above)
    assert change.split is not None
    assert change.split.total == change.change


def test_a_change_within_what_readings_make_is_told_from_one_beyond_it(
    changed: Callable[..., DepartmentChange],
) -> None:
    """A typo costs 1 point, readings up to 6; a letter left for three months voids at least the section."""
    same, typo, left = (a_year_later(faultless()) for _ in range(3))
    typo.add("监测发现 | 指标=3.3.2.1.3 | 监测日期=2018-05-10")
    left.add("领导信箱 | 信件编号=信117 | 类型=建议 | 来信日期=2018-03-01")
    changes = [changed(faultless(), after) for after in (same, typo, left)]
    assert [change.outlasts_readings for change in changes] == [False, False, True]
    assert changes[0].ranges is not None
    assert changes[0].ranges[0] == (96, 102)


def test_added_and_dropped_leaves_are_the_rules(changed: Callable[..., DepartmentChange]) -> None:
    before = faultless().without("信息发布 | 栏目=规划计划")
    after = a_year_later(faultless()).add("监测发现 | 监测日期=2018-06-01 | 指标=3.1.5 | 问题类型=年报不完整")
    change = changed(before, after)
    plans, report = leaf(change, "规划计划"), leaf(change, "政府信息公开年报")
    assert (plans.after, parts(plans.split)) == (None, (0, -1, 0))
    assert (report.before, parts(report.split)) == (None, (0, 1.5, 0))


def test_what_a_review_confirmed_counts_in_its_own_year_alone(changed: Callable[..., DepartmentChange]) -> None:
    """By the rules of 2018, nothing is suspected: 4 of 5 points become 6 of 6, or of 2017's 5 without a decision."""
    letter = "领导信箱 | 信件编号=X-1 | 来信日期=2017-03-01 | 回复日期=2017-03-02 | 回复内容=已电话答复"
    confirmed = faultless().add(letter, "复核记录 | 发现编号=3.2.1-疑似万能回复-X-1 | 决定=维持")
    found = leaf(changed(confirmed, a_year_later(faultless().add(letter))), "领导（主任、局长）信箱")
    assert found.before is not None
    assert found.after is not None
    assert (found.before.low, found.after.low) == (4, 6)
    assert parts(found.split) == (0.5, 1.5, 0)


def test_a_pending_leaf_is_not_split(changed: Callable[..., DepartmentChange]) -> None:
    change = changed(faultless().inspection("3.2.1", "未核查"), a_year_later(faultless()))
    mailbox = leaf(change, "领导（主任、局长）信箱")
    assert mailbox.before is not None
    assert (mailbox.split, mailbox.before.low, mailbox.before.high) == (None, 0, 5)
    assert (change.change, change.split, change.above) == (None, None, None)
    assert parts(leaf(change, "工作动态采用情况").split) == (0, -3, 0)


def test_evidence_follows_its_leaf_to_another_code(changed: Callable[..., DepartmentChange]) -> None:
    """机构简介 and 领导简介 exchange their codes: faults, and what a review withdrew, go with the leaf."""
    before = faultless().add(
        "监测发现 | 指标=3.1.1.1 | 监测日期=2017-06-01", "监测发现 ×2 | 指标=3.1.1.2 | 监测日期=2017-07-01"
    )
    before.add("复核记录 | 发现编号=" + _id_of(before, "3.1.1.1"))
    change = changed(before, a_year_later(faultless()), later=with_codes_exchanged())
    assert leaf(change, "机构简介").split == NONE
    assert parts(leaf(change, "领导简介").split) == (0.2, 0, 0)


def test_departments_of_one_year_only_and_faulty_ones_are_listed(compared: Compared) -> None:
    comparison = compared(
        [faultless(), faultless("教育局"), faultless("统计局").fact("年度", "1999")],
        [a_year_later(faultless()), a_year_later(faultless("住建局")), a_year_later(faultless("统计局"))],
    )
    assert [change.department for change in comparison.departments] == ["人社局"]
    assert comparison.alone == {2017: ("教育局",), 2018: ("住建局", "统计局")}
    assert list(comparison.faults[2017]) == ["统计局"]


def test_what_cannot_be_compared_is_refused(compared: Compared, tmp_path: Path) -> None:
    with pytest.raises(NotComparable, match="2017 年和 2018 年没有同一个已评分的部门"):
        compared([faultless()], [a_year_later(faultless("教育局"))])
    year = OneYear(2017, tmp_path, EARLIER, choose(EARLIER.readings))
    with pytest.raises(NotComparable, match="对比的年度应由早到晚，现为 2017 年、2017 年"):
        compare(year, year)
    gate = load_scheme(2016, "census_2015")
    with pytest.raises(NotComparable, match="方案 census_2015 不计分，没有得分可以对比"):
        compare(OneYear(2016, tmp_path, gate, choose(gate.readings)), year)


def test_every_change_adds_up(compared: Compared) -> None:
    """Exactly: 16/18 of a sum and a sixth of a difference are no round figures."""
    lost = ("监测发现 ×2 | 指标=3.3.4.1", "门户栏目报送 ×3", "安全漏洞 | 级别=高危")
    vetoed = "监测发现 ×3 | 指标=3.3.2.1.3"
    before = [faultless().add(*lost), faultless("教育局").add(vetoed)]
    after = [faultless().add("通报曝光 | 类型=通报 | 来源=国办"), faultless("教育局").add(*lost)]
    after = [a_year_later(workbook) for workbook in after]
    scale = {"management-sum": "scale", "overflow": "spill"}
    for change in compared(before, after, of_2017=scale | {"news-bonus": "total"}, of_2018=OPEN).departments:
        for each in change.leaves:
            ends = [own.low if own else Fraction(0) for own in (each.before, each.after)]
            assert each.split is not None
            assert each.split.total == ends[1] - ends[0], each.node.code
        assert change.split is not None
        assert change.split.total == change.after.low - change.before.low


def _id_of(evidence: Evidence, code: str) -> str:
    with TemporaryDirectory() as folder:
        (card,) = assess([evidence.save(Path(folder))], EARLIER).scorecards
    return card.of(code)[0].id


def with_codes_exchanged() -> Scheme:
    """The exercise, with the codes of 机构简介 and 领导简介 exchanged."""
    other = {"3.1.1.1": "3.1.1.2", "3.1.1.2": "3.1.1.1"}
    nodes = (
        replace(node, code=other[node.code], corresponds=node.code) if node.code in other else node
        for node in LATER.nodes
    )
    return replace(LATER, nodes=tuple(sorted(nodes, key=lambda node: node.code)))
