"""From findings to scores: ledger, floors, caps, voids, ranges, reviews, ranking."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import nodes_of
from evidence_builder import Evidence, faultless

from scoring import Assessment, Scheme, Scorecard, assess, rank
from scoring.base.points import number
from scoring.engine.ranking import ranking_json
from scoring.report.view.department import DepartmentReport

Score = Callable[..., Scorecard]
TYPOS = "监测发现 ×3 | 指标=3.3.2.1.3"


def messy() -> Evidence:
    """Something lost in most leaves, no veto."""
    return faultless().add(
        "监测发现 ×2 | 指标=3.1.1.1", "监测发现 | 指标=3.2.2", "监测发现 ×2 | 指标=3.3.2.1.3",
        "监测发现 ×3 | 指标=3.3.4.1", "门户栏目报送 ×3", "门户信息采用 ×7",
        "领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-05-01 | 回复内容=已转相关部门",
        "安全漏洞 | 级别=高危", "安全通报 | 正式书面=是 | 处置完成日期=", "通报曝光 | 类型=通报 | 来源=省政府办公厅",
    )  # fmt: skip


def withdraw(evidence: Evidence, *ids: str, decision: str = "撤销") -> Evidence:
    """The same workbook with decisions on findings."""
    return evidence.add(*(f"复核记录 | 发现编号={finding} | 决定={decision}" for finding in ids))


def ids_of(card: Scorecard, code: str) -> list[str]:
    return [finding.id for finding in card.of(code)]


# --- the ledger


@pytest.mark.parametrize(
    "readings", [{}, {"overflow": "spill"}, {"management_sum": "scale"}, {"late_delivery": "forfeit"}]
)
def test_the_ledger_closes_for_every_leaf(readings: dict[str, str], scored: Score) -> None:
    card = scored(messy(), **readings)
    for leaf in card.scheme.leaves:
        node = card.nodes[leaf.code]
        stands = [finding for finding in card.of(leaf.code) if finding.stands]
        base = leaf.opening + sum(
            finding.points for finding in stands if finding.points is not None and not finding.bonus
        )
        settled = min(leaf.points, max(Fraction(0), base)) + (card.bonus if leaf.bonus else 0)
        assert node.score == (0 if node.status == "void" else settled), leaf.code


def test_points_of_a_finding_are_each_times_its_count(scored: Score) -> None:
    card = scored(faultless().replace("门户信息采用 ×43"))
    (finding,) = card.of("2.4")
    assert (finding.each, finding.times, finding.points) == (Fraction("-0.3"), 7, Fraction("-2.1"))


def test_a_finding_has_its_row_and_its_cells(scored: Score) -> None:
    evidence = faultless().add("领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-05-01")
    row = len(evidence.sheets["领导信箱"]) + 1
    (finding,) = scored(evidence).of("3.2.1")
    assert (finding.sheet, finding.row) == ("领导信箱", row)
    assert finding.cells["来信日期"] == "2017-03-01"
    assert evidence.row_of("领导信箱", row)["信件编号"] in finding.because
    (absent,) = scored(faultless().replace("领导信箱 | 无")).of("3.2.1")
    assert (absent.sheet, absent.row, absent.effect) == (None, None, "void")


# --- steps


def test_a_leafs_steps_are_its_opening_prices_and_what_floor_and_cap_leave(scored: Score) -> None:
    evidence = faultless().add("监测发现 ×2 | 指标=3.1.1.1", "安全漏洞 | 级别=高危")
    leaves = scored(evidence, overflow="spill").steps.leaves
    leaf = leaves["3.1.1.1"]
    assert (leaf.opening, leaf.changes, leaf.changed) == (2, ((Fraction("-0.1"), 2),), Fraction("-0.2"))
    assert (leaf.added, leaf.own, leaf.spilt, leaf.granted) == (Fraction("1.8"), Fraction("1.8"), 0, (0, 0))
    hacked = leaves["3.3.3.1"]
    assert (hacked.added, hacked.own, hacked.spilt) == (-2, 0, 2)


def test_a_bonus_is_a_step_of_its_leaf(scored: Score) -> None:
    leaf = scored(faultless().replace("门户信息采用 ×73"), news_bonus="section").steps.leaves["2.4"]
    assert (leaf.earned, leaf.added, leaf.own, leaf.granted) == (Fraction("2.3"), Fraction("12.3"), 10, (0, 0))


@pytest.mark.parametrize("reading", ["cap", "scale", "sum"])
def test_a_branchs_steps_are_its_sum_and_what_is_taken_from_it(reading: str, scored: Score) -> None:
    card = scored(messy(), overflow="spill", management_sum=reading)
    for code, branch in card.steps.branches.items():
        children = [card.nodes[child] for child in card.scheme.children[code]]
        assert branch.added == (sum(node.low for node in children), sum(node.high for node in children))
        assert branch.taken == branch.added[1] - card.nodes[code].high
        assert (branch.contradiction is None) == (code != "3.3")
        assert not branch.taken or branch.spilt or (code, reading) in {("3.3", "cap"), ("3.3", "scale")}
    steps = card.steps
    assert steps.full - steps.lost + steps.gained == sum(card.nodes[leaf.code].low for leaf in card.scheme.leaves)


def test_steps_without_vetoes_are_apart(scored: Score) -> None:
    card = scored(faultless().add(TYPOS))
    assert (card.steps.branches["total"].added[1], card.unvetoed_steps.branches["total"].added[1]) == (84, 100)
    plain = scored(faultless())
    assert plain.unvetoed_steps is plain.steps


# --- floors, caps, voids


def test_scores_are_exact_until_they_are_shown(scored: Score) -> None:
    card = scored(faultless().add("监测发现 ×3 | 指标=3.1.1.1"))
    assert card.nodes["3.1.1.1"].score == Fraction("1.7")
    assert card.total.score == Fraction("99.7")


def test_a_void_section_voids_all_under_it(scored: Score) -> None:
    nodes = nodes_of(scored(faultless().add("安全通报 | 重大安全事件=是")))
    assert {node["status"] for code, node in nodes.items() if code.startswith("3")} == {"void"}
    assert {node["score"] for code, node in nodes.items() if code.startswith("3")} == {0}
    assert nodes["total"] | {"name": ""} == {
        "code": "total", "name": "", "max": 100, "score": 50, "range": [50, 50], "status": "scored"
    }  # fmt: skip


def test_the_bonus_comes_after_every_cap(scored: Score) -> None:
    card = scored(faultless().add("门户信息采用 ×23"))
    assert (card.bonus, card.total.score, card.nodes["2"].score) == (
        Fraction("2.3"),
        Fraction("102.3"),
        Fraction("42.3"),
    )


# --- pending


def test_a_pending_leaf_makes_a_range(scored: Score) -> None:
    result = scored(faultless().replace("核查情况 | 3.2.1=未核查")).to_json()
    assert (result["status"], result["qualified"], result["total"], result["range"]) == (
        "provisional",
        None,
        None,
        [95, 100],
    )


def test_a_pending_leaf_under_a_capped_node(scored: Score) -> None:
    """3.3 adds up to 18 with it and to 16 without it: both ends agree, yet it has no score."""
    nodes = nodes_of(scored(faultless().replace("核查情况 | 3.3.4.1=未核查")))
    assert (nodes["3.3"]["score"], nodes["3.3"]["range"], nodes["3.3"]["status"]) == (None, [16, 16], "pending")


def test_a_void_node_has_a_score_though_a_leaf_under_it_is_pending(scored: Score) -> None:
    card = scored(faultless().replace("核查情况 | 3.3.4.1=未核查").add(TYPOS))
    nodes = nodes_of(card)
    assert (nodes["3.3"]["score"], nodes["3.3"]["status"]) == (0, "void")
    assert (card.to_json()["total"], card.to_json()["status"], card.qualified) == (None, "provisional", False)


def test_findings_under_a_pending_leaf_are_listed_without_effect(scored: Score) -> None:
    card = scored(faultless().replace("核查情况 | 3.3.2.1.3=未核查").add(TYPOS))
    assert (card.of("3.3.2.1.3"), card.qualified) == ((), None)
    assert len(card.set_aside) == 4
    assert not any(finding.stands for finding in card.set_aside)


def test_a_leaf_without_a_row_is_pending(scored: Score) -> None:
    evidence = faultless()
    evidence.sheets["核查情况"] = [row for row in evidence.sheets["核查情况"] if row["指标"] != "3.1.4"]
    assert scored(evidence).pending == {"3.1.4": "尚未核查"}


def test_nothing_inspected(scored: Score) -> None:
    evidence = faultless()
    evidence.sheets["核查情况"] = []
    result = scored(evidence).to_json()
    assert (result["total"], result["range"], result["qualified"]) == (None, [0, 100], None)


# --- reviews


def test_a_withdrawn_finding_has_no_effect_and_is_kept(scored: Score) -> None:
    evidence = faultless().add("监测发现 ×2 | 指标=3.1.1.1")
    first, second = ids_of(scored(evidence), "3.1.1.1")
    card = scored(withdraw(evidence, first))
    assert card.nodes["3.1.1.1"].score == Fraction("1.9")
    result = {finding["id"]: finding for finding in card.to_json()["findings"]}
    assert (result[first]["withdrawn"], result[first]["reason"], result[first]["reviewer"]) == (
        True,
        "经复核不属实",
        "复核员甲",
    )
    assert "withdrawn" not in result[second]


def test_an_upheld_finding_counts(scored: Score) -> None:
    evidence = faultless().add("监测发现 | 指标=3.1.1.1")
    card = scored(withdraw(evidence, *ids_of(scored(evidence), "3.1.1.1"), decision="维持"))
    assert card.nodes["3.1.1.1"].score == Fraction("1.9")
    assert card.of("3.1.1.1")[0].review is not None


def test_one_of_three_typos_withdrawn_two_are_left_and_no_veto(scored: Score) -> None:
    evidence = faultless().add(TYPOS)
    card = scored(evidence)
    typo = next(finding.id for finding in card.of("3.3.2.1.3") if finding.effect == "change")
    assert card.qualified is False
    card = scored(withdraw(evidence, typo))
    assert (card.qualified, card.nodes["3.3"].score, card.nodes["3.3.2.1.3"].score) == (True, 16, 0)
    assert [finding.stands for finding in card.of("3.3.2.1.3")].count(True) == 2


def test_one_of_four_typos_withdrawn_the_veto_stays(scored: Score) -> None:
    evidence = faultless().add("监测发现 ×4 | 指标=3.3.2.1.3")
    typo = next(finding.id for finding in scored(evidence).of("3.3.2.1.3") if finding.effect == "change")
    assert scored(withdraw(evidence, typo)).qualified is False


def test_the_veto_itself_withdrawn_the_typos_still_count(scored: Score) -> None:
    evidence = faultless().add(TYPOS)
    veto = next(finding.id for finding in scored(evidence).of("3.3.2.1.3") if finding.veto)
    card = scored(withdraw(evidence, veto))
    assert (card.qualified, card.nodes["3.3.2.1.3"].score, card.nodes["3.3"].score) == (True, 0, 16)


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ("网站栏目 ×5 | 类别=其他 | 是否空白=是", "空白栏目"),
        ("网站栏目 ×5 | 类别=通知公告", "通知政策类未更新"),
        ("网站栏目 ×10 | 类别=其他", "其他栏目未更新"),
    ],
)
def test_one_column_withdrawn_and_too_few_are_left(columns: str, kind: str, scored: Score) -> None:
    evidence = faultless().replace("监测时点 | 监测日期=2017-06-30").add(columns)
    card = scored(evidence)
    assert (card.qualified, card.total.score) == (False, 0)
    column = next(finding.id for finding in card.of("3.3.2.3") if finding.kind.name == kind)
    assert scored(withdraw(evidence, column)).qualified is True


def test_an_unanswered_letter_withdrawn_from_the_veto_is_still_late(scored: Score) -> None:
    evidence = faultless().add("领导信箱 | 来信日期=2017-03-01")
    card = scored(evidence)
    assert [(finding.kind.name, finding.effect) for finding in card.of("3.2.1")] == [
        ("咨询类逾期回复", "change"),
        ("三个月未回应", "void"),
    ]
    card = scored(withdraw(evidence, card.of("3.2.1")[1].id))
    assert (card.qualified, card.nodes["3.2.1"].score) == (True, Fraction("4.5"))


def test_ids_outlive_rows_that_are_inserted_or_sorted(scored: Score) -> None:
    evidence = messy()
    before = {finding.id for finding in scored(evidence).findings}
    for rows in evidence.sheets.values():
        rows.reverse()
    evidence.add("监测发现 | 指标=3.1.1.2", "领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-03-02")
    assert before < {finding.id for finding in scored(evidence).findings}


# --- ranking


def test_equal_totals_share_a_rank_and_the_next_is_skipped(assessed: Callable[..., Assessment]) -> None:
    departments = ("人社局", "教育局", "住建局", "规划局", "统计局", "林业局")
    workbooks = [faultless(department) for department in departments]
    workbooks[1].add("监测发现 ×3 | 指标=3.1.1.1")
    workbooks[2].add("监测发现 ×3 | 指标=3.1.1.2")
    workbooks[3].add(TYPOS)
    workbooks[4].inspection("3.2.1", "未核查")
    workbooks[5].fact("年度", 2016)
    assessment = assessed(*workbooks)
    assert [(ranked.rank, ranked.scorecard.department) for ranked in rank(assessment.scorecards)] == [
        (1, "人社局"), (2, "教育局"), (2, "住建局"), (4, "规划局")
    ]  # fmt: skip
    failed = {name: len(found) for name, found in assessment.faults.items()}
    result = ranking_json(assessment.scheme, [card.result for card in assessment.scorecards], failed)
    assert result["ranked"][-1] == {"rank": 4, "department": "规划局", "total": 84.0, "qualified": False}
    assert result["provisional"] == [{"department": "统计局", "range": [95, 100]}]
    assert result["failed"] == [{"department": "林业局", "errors": 1}]


# --- what a scorecard says about its evidence


def test_rows_outside_the_period_are_counted_sheet_by_sheet(scored: Score) -> None:
    evidence = (
        faultless()
        .fact("截止日期", None)
        .add("门户信息采用 ×2 | 发布日期=2018-01-01", "监测发现 | 指标=3.1.1.1 | 监测日期=2016-12-31")
    )
    notices = scored(evidence).source.notices
    assert "《门户信息采用》有 2 行不在考核期内，未计入" in notices
    assert "《监测发现》有 1 行不在考核期内，未计入" in notices


def test_all_that_an_exercise_gives_is_marked(scheme: Scheme, tmp_path: Path) -> None:
    """Also where the evidence itself is 正式."""
    exercise = dataclasses.replace(scheme, exercise="演示方案，非正式文件")
    (card,) = assess([faultless().fact("数据性质", "正式").save(tmp_path)], exercise).scorecards
    result = card.to_json()
    assert (result["sample"], result["exercise"]) == (True, "演示方案，非正式文件")
    assert DepartmentReport(card, None, 0).metadata["title"] == "人社局2017年度（演示方案，非正式文件）网站考核评分报告"
    assert "exercise" not in assess([faultless().save(tmp_path)], scheme).scorecards[0].to_json()


def test_a_sample_is_marked_and_an_empty_cut_off_is_the_last_day_of_the_year(scored: Score) -> None:
    assert scored(faultless()).to_json()["sample"] is True
    official = scored(faultless().fact("数据性质", "正式").fact("截止日期", None)).to_json()
    assert (official["sample"], official["as_of"]) == (False, "2017-12-31")


def test_figures_of_the_scorecard_are_rounded_and_the_keys_are_its_schemas(scored: Score) -> None:
    card = scored(faultless().add("监测发现 ×2 | 指标=3.3.4.1"), management_sum="scale")
    result = card.to_json()
    keys = ("schema", "department", "year", "as_of", "sample", "readings", "status", "qualified", "scheme", "total")
    assert list(result)[: len(keys)] == list(keys)
    assert result["total"] == number(Fraction(1768, 18)) == 98.22
    assert [node["code"] for node in result["nodes"]] == ["total", *(node.code for node in card.scheme.nodes)]
    assert {"id", "code", "effect", "points", "scope", "because", "evidence"} <= set(result["findings"][0])
