"""Two years side by side, worked out by hand: 2017, and the exercise of 2018 or a scheme like it."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from evidence_builder import Evidence, a_year_later, faultless

from scoring import Scheme, load_scheme
from scoring.comparison import (
    Comparison,
    DepartmentChange,
    LeafChange,
    NotComparable,
    OneYear,
    Split,
    compare,
    corresponding,
    opened,
    opened_years,
)
from scoring.readings import choose
from scoring.scheme import YEARS, SchemeError, build_scheme

EARLIER, LATER = load_scheme(2017), load_scheme(2018)
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
            folder.mkdir(exist_ok=True)
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


def test_what_is_declared_holds_for_the_scheme_that_it_follows_only() -> None:
    found = corresponding(EARLIER, replace(LATER, follows=2016))
    assert (found.dropped, found.added) == (("3.1.4", "3.1.5"), ("3.1.4", "3.1.5"))


@pytest.mark.parametrize("code", ["3.1.1.1", "9.9"])
def test_a_leaf_corresponds_to_one_leaf(code: str) -> None:
    """3.1.1.1 is another leaf's already; 9.9 is none."""
    nodes = tuple(replace(node, corresponds=code) if node.code == "3.1.4" else node for node in LATER.nodes)
    with pytest.raises(SchemeError, match=f"3.1.4 to {code}"):
        corresponding(EARLIER, replace(LATER, nodes=nodes))


def test_a_leaf_declared_new_is_another_one_under_the_same_name() -> None:
    nodes = tuple(replace(node, new=True) if node.code == "2.4" else node for node in LATER.nodes)
    found = corresponding(EARLIER, replace(LATER, nodes=nodes))
    assert "2.4" in found.added
    assert "2.4" in found.dropped


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


def test_behaviour_and_rules_by_hand(changed: Callable[..., DepartmentChange]) -> None:
    """51 items, then 56: 10.1 and 10.6 by the rules of 2017, 7.3 and 8.8 by those of 2018."""
    before = faultless().add("门户信息采用 | 发布日期=2017-05-10")
    after = a_year_later(faultless().add("门户信息采用 ×6 | 发布日期=2017-05-10"))
    adopted = leaf(changed(before, after), "工作动态采用情况")
    assert parts(adopted.split) == (1.0, -2.3, 0)


def test_reading_by_hand(changed: Callable[..., DepartmentChange]) -> None:
    """70 items in both years: a bonus of 2 and of 1, of which the reading leaves nothing."""
    before, after = faultless(), a_year_later(faultless())
    for year, workbook in ((2017, before), (2018, after)):
        workbook.add(f"门户信息采用 ×20 | 发布日期={year}-05-10")
    change = changed(before, after, of_2018={"news-bonus": "none"})
    assert parts(leaf(change, "工作动态采用情况").split) == (0, -0.5, -1.5)


def test_a_leaf_that_was_renumbered_is_followed(changed: Callable[..., DepartmentChange]) -> None:
    before = faultless().without("信息发布 | 栏目=人事信息")
    staff = leaf(changed(before, a_year_later(faultless())), "人事信息")
    assert staff.before is not None
    assert (staff.before.node.code, staff.before.low) == ("3.1.5", 1)
    assert parts(staff.split) == (1, 0, 0)


def test_added_and_dropped_leaves_are_the_rules(changed: Callable[..., DepartmentChange]) -> None:
    before = faultless().without("信息发布 | 栏目=规划计划")
    after = a_year_later(faultless()).add("监测发现 | 监测日期=2018-06-01 | 指标=3.1.5 | 问题类型=年报不完整")
    change = changed(before, after)
    plans, report = leaf(change, "规划计划"), leaf(change, "政府信息公开年报")
    assert (plans.after, parts(plans.split)) == (None, (0, -1, 0))
    assert (report.before, parts(report.split)) == (None, (0, 1.5, 0))


def test_a_pending_leaf_is_not_split(changed: Callable[..., DepartmentChange]) -> None:
    change = changed(faultless().inspection("3.2.1", "未核查"), a_year_later(faultless()))
    mailbox = leaf(change, "领导（主任、局长）信箱")
    assert mailbox.before is not None
    assert (mailbox.split, mailbox.before.low, mailbox.before.high) == (None, 0, 5)
    assert (change.change, change.split, change.above) == (None, None, None)
    assert parts(leaf(change, "工作动态采用情况").split) == (0, -3, 0)


def test_an_added_leaf_does_not_hold_up_what_depends_on_the_total(changed: Callable[..., DepartmentChange]) -> None:
    """70 items in both years, the bonus of 2017 limited to what the total lacks: nothing. In 2018: 1 point."""
    before, after = faultless(), a_year_later(faultless())
    for year, workbook in ((2017, before), (2018, after)):
        workbook.add(f"门户信息采用 ×20 | 发布日期={year}-05-10")
    adopted = leaf(changed(before, after, of_2017={"news-bonus": "total"}), "工作动态采用情况")
    assert parts(adopted.split) == (0, -0.5, 1.5)


def test_a_veto_is_told_apart_from_the_leaves_under_it(changed: Callable[..., DepartmentChange]) -> None:
    """Three typos void 网站管理, 16 points; the leaf itself loses its one point."""
    change = changed(faultless().add("监测发现 ×3 | 指标=3.3.2.1.3"), a_year_later(faultless()))
    assert parts(leaf(change, "内容准确性").split) == (1, 0, 0)
    assert parts(leaf(change, "站点可用性").split) == (0, 0, 0)
    assert change.above is not None
    assert change.split is not None
    assert (change.change, change.above.total, change.split.total) == (13, 15, 13)
    assert parts(change.above) == (15, 0, 0)


def test_a_cap_is_told_apart_from_the_leaves_under_it(changed: Callable[..., DepartmentChange]) -> None:
    """网站管理 adds up to 18 and counts 16; what its leaf loses is made good by the cap."""
    change = changed(faultless(), a_year_later(faultless().add("监测发现 | 指标=3.3.4.1")))
    assert parts(leaf(change, LATER.leaf("3.3.4.1").name).split) == (-1, 0, 0)
    assert change.above == Split(behaviour=Fraction(1))


def test_another_reading_of_a_sum_is_a_reading(changed: Callable[..., DepartmentChange]) -> None:
    """18 points count 16 as capped, and 18 as summed."""
    scale = {"management-sum": "sum", "news-bonus": "open"}
    change = changed(faultless(), a_year_later(faultless()), of_2018=scale)
    assert parts(change.above) == (0, 0, 2)
    assert change.split is not None
    assert change.split.total == change.change


def test_what_a_review_withdrew_is_withdrawn_under_every_rule(changed: Callable[..., DepartmentChange]) -> None:
    before = faultless().add("监测发现 | 指标=3.1.1.1 | 监测日期=2017-06-01")
    before.add("复核记录 | 发现编号=" + _id_of(before, "3.1.1.1"))
    assert leaf(changed(before, a_year_later(faultless())), "机构简介").split == NONE


def test_evidence_follows_its_leaf_to_another_code(changed: Callable[..., DepartmentChange]) -> None:
    """机构简介 and 领导简介 exchange their codes: faults, and what a review withdrew, go with the leaf."""
    before = faultless().add(
        "监测发现 | 指标=3.1.1.1 | 监测日期=2017-06-01", "监测发现 ×2 | 指标=3.1.1.2 | 监测日期=2017-07-01"
    )
    before.add("复核记录 | 发现编号=" + _id_of(before, "3.1.1.1"))
    change = changed(before, a_year_later(faultless()), later=with_codes_exchanged())
    assert leaf(change, "机构简介").split == NONE
    assert parts(leaf(change, "领导简介").split) == (0.2, 0, 0)


def test_a_due_day_counts_in_the_year_of_the_evidence(changed: Callable[..., DepartmentChange]) -> None:
    """Integrated on 30 June of each year; the other year's rules do not make it late, or early."""
    before = faultless().fact("集约化完成日期", dt.date(2017, 6, 30))
    change = changed(before, a_year_later(before))
    assert leaf(change, "部门政府网站集约化建设").split == NONE


def test_departments_of_one_year_only_and_faulty_ones_are_told(compared: Compared) -> None:
    comparison = compared(
        [faultless(), faultless("教育局"), faultless("统计局").fact("年度", "1999")],
        [a_year_later(faultless()), a_year_later(faultless("住建局")), a_year_later(faultless("统计局"))],
    )
    assert [change.department for change in comparison.departments] == ["人社局"]
    assert comparison.alone == {2017: ("教育局",), 2018: ("住建局", "统计局")}
    assert list(comparison.faults[2017]) == ["统计局"]


def test_no_department_in_common_is_told(compared: Compared) -> None:
    with pytest.raises(NotComparable, match="2017 年和 2018 年没有同一个已评分的部门"):
        compared([faultless()], [a_year_later(faultless("教育局"))])


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


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("2019", "没有佐证文件夹或归档"),
        ("evidence", "不是以年度命名的佐证文件夹"),
        ("1999", "没有 1999 年的考核方案"),
        ("2017", "2017 中没有 .xlsx 工作簿"),
        ("file/2018", "不是以年度命名的佐证文件夹"),
    ],
)
def test_what_cannot_be_opened_is_told(path: str, told: str, tmp_path: Path) -> None:
    for name in ("evidence", "1999", "2017", "file"):
        (tmp_path / name).mkdir()
    (tmp_path / "file" / "2018").touch()
    with pytest.raises(NotComparable, match=told), opened(tmp_path / path):
        pass


def test_a_folder_named_after_its_year_is_opened_with_every_reading(tmp_path: Path) -> None:
    (tmp_path / "2017").mkdir()
    faultless().save(tmp_path / "2017")
    with opened(tmp_path / "2017", {"2017": {"overflow": "spill"}, "2018": {}}) as year:
        assert (year.year, year.scheme, year.evidence) == (2017, EARLIER, tmp_path / "2017")
        assert year.readings == choose(EARLIER.readings, {"overflow": "spill"})
    with pytest.raises(NotComparable, match="never"), opened(tmp_path / "2017", {"2017": {"overflow": "never"}}):
        pass


def test_a_list_stands_in_for_the_departments(tmp_path: Path) -> None:
    (tmp_path / "2017").mkdir()
    faultless("某局").save(tmp_path / "2017")
    (tmp_path / "名单.txt").write_text("某局\n", encoding="utf-8")
    with opened(tmp_path / "2017", departments=tmp_path / "名单.txt") as year:
        assert year.scheme.departments == ("某局",)
    with pytest.raises(NotComparable, match="部门名单"), opened(tmp_path / "2017", departments=tmp_path / "没有.txt"):
        pass


def test_readings_are_of_the_years_that_are_compared(tmp_path: Path) -> None:
    for year, workbook in (("2017", faultless()), ("2018", a_year_later(faultless()))):
        (tmp_path / year).mkdir()
        workbook.save(tmp_path / year)
    paths = [tmp_path / "2018", tmp_path / "2017"]
    with pytest.raises(NotComparable, match="指定了解读的年度不在对比之列：2019"), opened_years(paths, {"2019": {}}):
        pass
    with opened_years(paths, {2018: {"overflow": "spill"}}) as years:
        assert [(year.year, year.readings["overflow"]) for year in years] == [(2018, "spill"), (2017, "floor")]


def test_years_out_of_order_are_told(tmp_path: Path) -> None:
    year = OneYear(2017, tmp_path, EARLIER, choose(EARLIER.readings))
    with pytest.raises(NotComparable, match="对比的年度应由早到晚，现为 2017 年、2017 年"):
        compare(year, year)


def _id_of(evidence: Evidence, code: str) -> str:
    from tempfile import TemporaryDirectory

    from scoring import assess

    with TemporaryDirectory() as folder:
        (card,) = assess([evidence.save(Path(folder))], EARLIER).scorecards
    return card.of(code)[0].id


def with_codes_exchanged() -> Scheme:
    """The exercise, with the codes of 机构简介 and 领导简介 exchanged."""
    data = tomllib.loads((YEARS / "y2018" / "scheme.toml").read_text(encoding="utf-8"))
    first, second = (next(node for node in data["node"] if node["code"] == code) for code in ("3.1.1.1", "3.1.1.2"))
    first |= {"code": "3.1.1.2", "corresponds": "3.1.1.1"}
    second |= {"code": "3.1.1.1", "corresponds": "3.1.1.2"}
    return build_scheme(data, LATER.readings, LATER.rules)
