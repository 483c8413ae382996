"""Decisions that can be trusted: tied to their evidence, made by another than the inspector, and not before them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from evidence_builder import Evidence, faultless

from scoring import Assessment, Scheme, Scorecard, load_evidence
from scoring.base.tables import each_row
from scoring.engine.decisions import basis_of, names
from scoring.engine.judge import judge
from scoring.engine.scorecard import Finding
from scoring.report.view import words
from scoring.scheme.readings import choose

Score = Callable[..., Scorecard]
Faults = Callable[[Evidence], list[str]]
TYPO = "监测发现 | 指标=3.3.2.1.3 | 监测日期=2017-05-10 | 描述=“签约”误为“签月”"
LATE = "领导信箱 | 信件编号=X-1 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13"


def bases(evidence: Evidence, folder: Path, scheme: Scheme) -> dict[str, str]:
    """The 佐证摘要 of every finding of a workbook that lost points."""
    loaded = load_evidence([evidence.save(folder)], scheme).evidence
    findings = judge(loaded, choose(scheme.readings)).findings
    return {row.id: basis_of(loaded, row) for row in each_row(findings) if row.code != "2.1"}


def lost(card: Scorecard) -> Finding:
    """The one finding that cost points."""
    (finding,) = [finding for finding in card.findings if finding.code != "2.1"]
    return finding


def decided(evidence: Evidence, finding: str, basis: str = "", **cells: str) -> Evidence:
    """The workbook with one decision."""
    extra = "".join(f" | {name}={value}" for name, value in cells.items())
    return evidence.add(f"复核记录 | 发现编号={finding} | 佐证摘要={basis}{extra}")


# --- tied to the evidence


@pytest.mark.parametrize(
    ("evidence", "now"),
    [
        (faultless().add(TYPO), faultless().add(TYPO)),
        (faultless().add(TYPO), faultless().add("监测发现 | 指标=3.1.1.1 | 监测日期=2017-05-10", TYPO)),
        (faultless().without("网站征集调查 | 类型=征集"), faultless().without("网站征集调查 | 类型=征集")),
    ],
    ids=["unchanged", "changed elsewhere", "on what is absent"],
)
def test_a_decision_on_its_evidence_holds(
    evidence: Evidence, now: Evidence, tmp_path: Path, scheme: Scheme, scored: Score
) -> None:
    finding, basis = next(iter(bases(evidence, tmp_path, scheme).items()))
    card = scored(decided(now, finding, basis))
    assert [found.withdrawn for found in card.findings if found.id == finding] == [True]
    assert card.reviews[0].stale == ""
    assert not any("复核" in notice for notice in card.source.notices)


def test_a_decision_by_hand_counts_with_a_notice(scored: Score, tmp_path: Path, scheme: Scheme) -> None:
    (finding, _) = next(iter(bases(faultless().add(TYPO), tmp_path, scheme).items()))
    evidence = decided(faultless().add(TYPO), finding)
    evidence.headers["复核记录"].remove("佐证摘要")  # It may be missing.
    card = scored(evidence)
    assert lost(card).withdrawn
    assert "《复核记录》第2行没有佐证摘要，佐证此后是否改动无法核对" in card.source.notices


@pytest.mark.parametrize(
    "changed", ["描述=“签约”误为“鉴约”", "网址=http://rsj.leiyang.gov.cn/1.html", "监测日期=2017-05-11"]
)
def test_a_changed_row_makes_its_decision_stale(changed: str, tmp_path: Path, scheme: Scheme, scored: Score) -> None:
    ((finding, basis),) = bases(faultless().add(TYPO), tmp_path, scheme).items()
    name, value = changed.split("=", 1)
    evidence = faultless().add(TYPO)
    evidence.sheets["监测发现"][-1][name] = dt.date.fromisoformat(value) if name == "监测日期" else value
    if name == "监测日期":
        evidence.add("监测时点 | 监测日期=2017-05-11")
    card = scored(decided(evidence, finding, basis))
    (review,) = card.reviews
    assert review.stale
    assert card.nodes["3.3.2.1.3"].score == 0, "a stale decision has no effect"
    assert any("复核失效" in notice and review.finding in notice for notice in card.source.notices)
    assert "1 项决定因佐证已改动而失效" in words.review_summary(card)
    assert card.to_json()["review"]["decisions"][0]["stale"] == review.stale


def test_a_letter_keeps_its_id_and_is_noticed_by_its_digest(tmp_path: Path, scheme: Scheme, scored: Score) -> None:
    ((finding, basis),) = bases(faultless().add(LATE), tmp_path, scheme).items()
    later = faultless().add(LATE.replace("2017-10-13", "2017-10-16"))
    card = scored(decided(later, finding, basis))
    assert lost(card).id == finding, "the finding itself is still there"
    assert (lost(card).stands, lost(card).withdrawn) == (True, False)
    assert words.finding_status(card, lost(card)) == "成立（复核失效）"


def test_a_veto_by_count_rests_on_its_findings(tmp_path: Path, scheme: Scheme, scored: Score) -> None:
    three = ["监测发现 | 指标=3.3.2.1.3 | 描述=错字" + number for number in "一二三"]
    known = bases(faultless().add(*three), tmp_path, scheme)
    veto = next(name for name in known if "累计否决" in name)
    assert scored(decided(faultless().add(*three), veto, known[veto])).qualified
    one_more = faultless().add(*three, TYPO)
    card = scored(decided(one_more, veto, known[veto]))
    assert card.qualified is False
    assert card.reviews[0].stale


# --- who, and when


def inspected_by(evidence: Evidence, inspector: str, day: str = "2017-12-20") -> Evidence:
    """The workbook with every leaf inspected by that person on that day."""
    for row in evidence.sheets["核查情况"]:
        row |= {"核查人": inspector, "核查日期": dt.date.fromisoformat(day)}
    return evidence


@pytest.mark.parametrize(
    ("decision", "reviewer", "refused"),
    [
        ("撤销", " 核查员 甲", True),
        ("撤销", "核查员甲、核查员甲", True),
        ("撤销", "核查员甲、复核员乙", False),
        ("维持", "核查员甲", False),
    ],
)
def test_the_inspector_alone_cannot_withdraw(
    decision: str,
    reviewer: str,
    assessed: Callable[..., Assessment],
    tmp_path: Path,
    scheme: Scheme,
    *,
    refused: bool,
) -> None:
    evidence = inspected_by(faultless().add(TYPO), "核查员甲")
    (finding,) = bases(evidence, tmp_path, scheme)
    done = assessed(decided(evidence, finding, 决定=decision, 复核人=reviewer))
    found = [(fault.cell, "就是指标 3.3.2.1.3 的核查人" in fault.found) for fault in done.faults.get("人社局", [])]
    assert found == ([("D2", True)] if refused else [])
    assert [lost(card).withdrawn for card in done.scorecards] == ([] if refused else [decision == "撤销"])


@pytest.mark.parametrize(("day", "faults"), [("2017-12-19", 1), ("2017-12-20", 0)])
def test_no_decision_before_the_inspection(
    day: str, faults: int, assessed: Callable[..., Assessment], tmp_path: Path, scheme: Scheme
) -> None:
    evidence = inspected_by(faultless().add(TYPO), "核查员甲")
    (finding,) = bases(evidence, tmp_path, scheme)
    found = assessed(decided(evidence, finding, 复核日期=day)).faults.get("人社局", [])
    assert len(found) == faults
    assert all(fault.cell == "E2" and "早于指标 3.3.2.1.3 的核查日期2017年12月20日" in fault.found for fault in found)


def test_an_unknown_finding_is_refused_with_the_nearest(faults_of: Faults, tmp_path: Path, scheme: Scheme) -> None:
    (finding,) = bases(faultless().add(TYPO), tmp_path, scheme)
    (fault,) = faults_of(decided(faultless().add(TYPO), finding[:-1]))
    assert "A2" in fault
    assert finding in fault


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("甲", {"甲"}),
        ("甲、乙", {"甲", "乙"}),
        ("甲，乙;丙/丁", {"甲", "乙", "丙", "丁"}),
        ("欧阳 某", {"欧阳某"}),
        ("、", set()),
    ],
)
def test_names(text: str, people: set[str]) -> None:
    assert names(text) == people


# --- the effect of each


def test_the_decisions_add_up_to_the_difference(scored: Score, tmp_path: Path, scheme: Scheme) -> None:
    evidence = faultless().add(*("监测发现 | 指标=3.3.2.1.3 | 描述=错字" + number for number in "一二三"), LATE)
    known = bases(evidence, tmp_path, scheme)
    typos = [name for name in known if "错别字-" in name]
    for name in [*typos, "3.2.1-咨询类逾期回复-X-1"]:
        decided(evidence, name, known[name])
    card = scored(evidence)
    raw, *after = card.stages
    steps = [now.low - before.low for before, now in zip(card.stages, after, strict=False)]
    assert raw.low == card.total.low - sum(steps)
    assert steps[0] > 1, "the first typo withdrawn lifts the veto"
    assert steps[-1] == Fraction("0.5")
    assert after[-1].low == card.total.low == 100


def test_without_reviews_the_raw_score_is_the_score(scored: Score) -> None:
    card = scored(faultless().add(TYPO))
    assert [(stage.review, stage.low) for stage in card.stages] == [(None, card.total.low)]
    assert card.to_json()["review"]["raw_range"] == card.to_json()["range"]
