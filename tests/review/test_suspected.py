"""Suspected findings: made by the rule, listed apart, and counted only when a person has confirmed them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from evidence_builder import Evidence, faultless
from hypothesis import given, settings
from hypothesis import strategies as st
from scheme_copies import copy_of
from test_properties import with_rows, workbooks

from scoring import Assessment, Scheme, Scorecard, assess, load_evidence, load_scheme
from scoring.engine.decisions import basis_of
from scoring.engine.judge import judge
from scoring.review.audit import Audit
from scoring.scheme.readings import choose

Score = Callable[..., Scorecard]
CLOSE = "领导信箱 | 信件编号=X-{} | 来信日期=2017-03-01 | 回复日期=2017-03-02 | 回复内容=您好，已电话答复。"
ID = "3.2.1-疑似万能回复-X-{}"
LATE = "领导信箱 | 信件编号=Y-{} | 来信日期=2017-03-01 | 回复日期=2017-03-20"


def decided(evidence: Evidence, finding: str, decision: str, **cells: str) -> Evidence:
    extra = "".join(f" | {name}={value}" for name, value in cells.items())
    return evidence.add(f"复核记录 | 发现编号={finding} | 决定={decision}{extra}")


def basis_in(evidence: Evidence, folder: Path, scheme: Scheme, finding: str) -> str:
    loaded = load_evidence([evidence.save(folder)], scheme).evidence
    found = judge(loaded, choose(scheme.readings)).findings
    return basis_of(loaded, found[found["id"] == finding].iloc[0])


@pytest.mark.parametrize(
    ("decision", "score", "listed", "ending", "marks"),
    [
        ("", 5, "suspected", "，待确认", {"stands": False}),
        ("维持", 4, "findings", "，经复核确认", {"confirmed": True, "reviewer": "复核员甲"}),
        ("撤销", 5, "suspected", "，经复核排除", {"withdrawn": True, "reviewer": "复核员甲", "stands": False}),
    ],
)
def test_it_counts_only_when_confirmed(
    decision: str, score: int, listed: str, ending: str, marks: dict[str, object], scored: Score
) -> None:
    evidence = faultless().add(CLOSE.format(1))
    card = scored(decided(evidence, ID.format(1), decision) if decision else evidence)
    node, result = card.nodes["3.2.1"], card.to_json()
    assert (node.score, node.status, card.pending, card.status) == (score, "scored", {}, "final")
    assert card.total.score == 95 + score
    assert [one["id"] for one in result.get("suspected", [])] == [ID.format(1)] * (listed == "suspected")
    (entry,) = (one for one in result[listed] if one["code"] == "3.2.1")
    assert (entry["id"], entry["points"]) == (ID.format(1), -1)
    assert entry["because"] == f"咨询类信件X-1的回复含“已电话答复”，疑似“万能回复”{ending}"
    keys = ("stands", "confirmed", "withdrawn", "reviewer")
    assert {key: entry[key] for key in keys if key in entry} == marks
    assert len(card.to_confirm) == (not decision)


def test_a_confirmation_of_other_words_is_stale(scored: Score, tmp_path: Path, scheme: Scheme) -> None:
    """The reply was changed after the decision, and is still suspected: it waits to be confirmed again."""
    evidence = faultless().add(CLOSE.format(1))
    basis = basis_in(evidence, tmp_path / "before", scheme, ID.format(1))
    changed = faultless().add(CLOSE.format(1) + "补贴已于3月2日发放。")
    assert scored(decided(evidence, ID.format(1), "维持", 佐证摘要=basis)).total.score == 99
    card = scored(decided(changed, ID.format(1), "维持", 佐证摘要=basis))
    assert (card.total.score, len(card.to_confirm), bool(card.reviews[0].stale)) == (100, 1, True)
    assert card.to_json()["suspected"][0]["stale"] is True


@pytest.mark.parametrize(
    ("decision", "day", "fault"),
    [
        ("维持", "2017-12-30", ""),
        ("撤销", "2017-12-30", ""),
        ("维持", "2017-01-01", "早于指标 3.2.1 的核查日期"),
        ("撤销", "2017-01-01", "早于指标 3.2.1 的核查日期"),
    ],
)
def test_the_inspector_may_decide_alone_but_not_before_the_inspection(
    decision: str, day: str, fault: str, assessed: Callable[..., Assessment]
) -> None:
    """The program suspected it, so nobody withdraws a finding of their own."""
    evidence = faultless().add(CLOSE.format(1))
    (inspector,) = {row["核查人"] for row in evidence.sheets["核查情况"] if row["指标"] == "3.2.1"}
    done = assessed(decided(evidence, ID.format(1), decision, 复核人=inspector, 复核日期=day))
    found = [one.found for one in done.faults.get("人社局", [])]
    assert [fault in one for one in found] == ([True] if fault else [])


def test_under_a_pending_leaf_it_is_listed_and_a_confirmed_one_is_set_aside(scored: Score) -> None:
    evidence = faultless().add(CLOSE.format(1), CLOSE.format(2)).inspection("3.2.1", "未核查")
    card = scored(decided(evidence, ID.format(2), "维持"))
    assert ([one.id for one in card.to_confirm], [one.id for one in card.set_aside]) == ([ID.format(1)], [ID.format(2)])
    assert (card.low, card.high, [*card.pending]) == (95, 100, ["3.2.1"])


def test_each_decision_is_worth_its_own_step(scored: Score) -> None:
    """A confirmation takes points and a withdrawal gives them back; upholding or dismissing changes nothing."""
    late, other = "3.2.1-咨询类逾期回复-Y-1", "3.2.1-咨询类逾期回复-Y-2"
    evidence = faultless().add(CLOSE.format(1), CLOSE.format(2), LATE.format(1), LATE.format(2))
    days = [(late, "撤销", 4), (ID.format(1), "维持", 3), (ID.format(2), "撤销", 2), (other, "维持", 1)]
    for finding, decision, day in days:
        decided(evidence, finding, decision, 复核日期=f"2018-01-0{day}")
    card = scored(evidence)
    assert [(one.review and one.review.finding, one.low) for one in card.stages] == [
        (None, 99), (ID.format(1), 98), (late, 98.5)
    ]  # fmt: skip
    moved = {one["finding"]: one["difference"] for one in card.to_json()["review"]["decisions"]}
    assert moved == {late: [0.5, 0.5], ID.format(1): [-1, -1], ID.format(2): [0, 0], other: [0, 0]}


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_steps_add_up_for_any_decisions(seed: int, chance: random.Random) -> None:
    """And what is not confirmed is worth nothing: the same evidence without those replies scores the same."""
    with workbooks(seed, "人社局") as paths:
        with_rows(paths[0], "领导信箱", [_letter(number) for number in range(3)])
        scheme = load_scheme(2017)
        (before,) = assess(paths, scheme).scorecards
        all_of = [*before.findings, *before.suspected, *before.set_aside]
        review = {"理由": "示例理由", "复核人": "示例复核员"}
        some = [
            review | {"发现编号": one.id, "决定": chance.choice(["维持", "撤销"]), "复核日期": dt.date(2018, 1, day)}
            for one, day in zip(chance.sample(all_of, min(len(all_of), 8)), range(1, 9), strict=False)
        ]
        with_rows(paths[0], "复核记录", some)
        assessment = assess(paths, scheme)
    assert assessment.faults == {}
    (after,) = assessment.scorecards
    steps = [(now.low - was.low, now.high - was.high) for was, now in pairwise(after.stages)]
    raw = after.stages[0]
    assert (raw.low, raw.high) == (before.low, before.high)
    assert raw.low + sum(low for low, _ in steps) == after.low
    assert raw.high + sum(high for _, high in steps) == after.high
    assert len(before.to_confirm) >= 3
    confirmed = {one["发现编号"] for one in some if one["决定"] == "维持"} & {one.id for one in before.suspected}
    assert {one.id for one in (*after.findings, *after.set_aside) if one.confirmed} == confirmed


def _letter(number: int) -> dict[str, object]:
    received, replied = dt.date(2017, 1, 3), dt.date(2017, 1, 3)
    text = {"类型": "咨询", "有效": "是", "信件编号": f"疑{number}", "回复内容": "已转交相关科室。"}
    return text | {"来信日期": received, "回复日期": replied}


def test_it_is_confirmed_in_the_workbench_and_saved(tmp_path: Path) -> None:
    evidence = faultless().add(CLOSE.format(1))
    evidence.save(tmp_path / "2017")
    opened = Audit.open("人社局", 2017, tmp_path)
    tried = opened.decide([ID.format(1)], "维持", "未答复所问", "复核员乙", dt.date(2018, 1, 2))
    assert (opened.card.low, tried.card.low, tried.card.stages[0].low) == (100, 99, 100)
    tried.save()
    (found,) = (one for one in Audit.open("人社局", 2017, tmp_path).card.of("3.2.1") if one.confirmed)
    assert found.review is not None
    assert (found.review.reviewer, found.review.tied, found.review.stale) == ("复核员乙", True, "")


@pytest.mark.parametrize(
    ("kind", "lines", "confirmed", "verdicts"),
    [
        ("违规内容", ["监测发现 | 指标=3.3.2.1.3 | 问题类型=虚假内容 | 描述=一"], 1, (True, False)),
        ("错别字", [f"监测发现 | 指标=3.3.2.1.3 | 描述=错字{one}" for one in "一二三"], 2, (True, True)),
        ("错别字", [f"监测发现 | 指标=3.3.2.1.3 | 描述=错字{one}" for one in "一二三"], 3, (True, False)),
    ],
)
def test_a_suspected_veto_and_one_that_rests_on_suspected_findings(
    kind: str, lines: list[str], confirmed: int, verdicts: tuple[bool, bool], tmp_path: Path
) -> None:
    """Any kind of finding of any scheme may be suspected."""
    change = ("scheme.toml", f'[node.finding."{kind}"]', f'[node.finding."{kind}"]\nsuspected = true')
    scheme = load_scheme(2017, str(copy_of(tmp_path / "own", change)))
    evidence = faultless().add(*lines)
    (before,) = assess([evidence.save(tmp_path)], scheme).scorecards
    for one in before.to_confirm[:confirmed]:
        decided(evidence, one.id, "维持")
    (after,) = assess([evidence.save(tmp_path)], scheme).scorecards
    assert (before.qualified, after.qualified) == verdicts
    assert before.total.score == 100
    assert after.nodes["3.3.2.1.3"].score == Fraction(0)
