"""What is cheapest to put right: cases by hand, then every subset of findings, then a solver of integer programs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evidence_builder import faultless
from reference.random_evidence import random_readings, random_workbook
from scheme_copies import copy_of
from solver import Solver

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.engine.findings import COLUMNS, VOID
from scoring.engine.mending import Mending
from scoring.engine.scorecard import Finding
from scoring.engine.settle import settle
from scoring.engine.vetoes import vetoes_by_kind
from scoring.scheme import TOTAL

Score = Callable[..., Scorecard]
TYPOS = "监测发现 ×{} | 指标=3.3.2.1.3"
UNANSWERED = "领导信箱 | 类型=建议 | 来信日期=2017-03-01"
STALE = "网站栏目 ×{} | 类别={}"
MONITORED = "监测时点 | 监测日期=2017-06-30"
#: How many findings may go in a comparison with every subset: 4,096 and 256 subsets.
AT_MOST = {"withdrawal": 12, "mending": 8}


# --- By hand: evidence, how findings go, the fewest that lift every veto, the total then

LIFTING = {
    "三个错别字：改正一个即不满3个，余下两个扣完1分，3.3 仍满16分": ([TYPOS.format(3)], "mending", 1, 100),
    "五个错别字：改正三个": ([TYPOS.format(5)], "mending", 3, 100),
    "三个月未回应的来信：改正不了": ([UNANSWERED], "mending", None, 0),
    "三个月未回应的来信：撤销这一项，建议类没有工作日期限，不再扣分": ([UNANSWERED], "withdrawal", 1, 100),
    "错别字和来信：改正不了来信": ([TYPOS.format(3), UNANSWERED], "mending", None, 0),
    "错别字和来信：撤销来信和一个错别字": ([TYPOS.format(3), UNANSWERED], "withdrawal", 2, 100),
    "六个空白栏目：补上两个": ([MONITORED, f"{STALE.format(6, '其他')} | 是否空白=是"], "mending", 2, 100),
    "动态五个、其他五个，合并满5个又共满10个：更新一个动态栏目即两项都解除": (
        [MONITORED, STALE.format(5, "工作动态"), STALE.format(5, "其他")], "mending", 1, 99,
    ),
    "动态五个、其他六个：更新一个动态栏目，另一个也选扣3分的动态栏目": (
        [MONITORED, STALE.format(5, "工作动态"), STALE.format(6, "其他")], "mending", 2, 99,
    ),
    "动态六个、其他四个：更新两个动态栏目": (
        [MONITORED, STALE.format(6, "工作动态"), STALE.format(4, "其他")], "mending", 2, 99,
    ),
    "重大安全事件：改正不了": (["安全通报 | 重大安全事件=是"], "mending", None, 50),
}  # fmt: skip


@pytest.mark.parametrize("name", LIFTING)
def test_the_fewest_that_lift_every_veto(name: str, scored: Score) -> None:
    lines, way, count, total = LIFTING[name]
    card = scored(_with(lines))
    plan = getattr(Mending, f"by_{way}")(card).to_qualify()
    assert (plan and len(plan.findings)) == count
    assert (plan.total if plan else card.low) == total


def test_a_leaf_that_is_no_longer_void_spills_again(tmp_path: Path) -> None:
    """Where an incident voids 3.3.3.1 only: without it, three flaws cost 3 of the 18 points of 3.3; 16 count."""
    changes = [
        ("readings.toml", 'scopes = { section = "3", total', 'scopes = { section = "3.3.3.1", total'),
        ("scheme.toml", 'scope = "3"\nscope_by = "site-veto-scope"', 'scope = "3.3.3.1"\nscope_by = "site-veto-scope"'),
    ]
    scheme = load_scheme(2017, str(copy_of(tmp_path / "scheme", *changes)))
    path = faultless().add("安全通报 | 重大安全事件=是", "安全漏洞 ×3").save(tmp_path)
    (card,) = assess([path], scheme, {"overflow": "spill"}).scorecards
    plan = Mending.by_withdrawal(card).to_qualify()
    assert (card.low, plan and (len(plan.findings), plan.total)) == (100, (1, 99))


def test_many_findings_and_many_scopes_take_a_moment(scored: Score) -> None:
    """Late delivery forfeits 2.2; a dozen leaves more are set to zero in the same way."""
    card = scored(faultless().add(TYPOS.format(1000), "门户栏目报送 ×1"), late_delivery="forfeit")
    (late,) = card.of("2.2")
    more = [replace(late, id=leaf.code, code=leaf.code, scope=leaf.code) for leaf in card.scheme.leaves[-12:]]
    started = time.process_time()
    plan = Mending.by_withdrawal(replace(card, findings=(*card.findings, *more))).to_reach(Fraction(100))
    assert plan
    assert plan.total == 100
    assert time.process_time() - started < 3  # a tenth of a second on a machine with nothing else to do


def _with(lines: Sequence[str]) -> object:
    evidence = faultless()
    return (evidence.replace(MONITORED) if MONITORED in lines else evidence).add(
        *(line for line in lines if line != MONITORED)
    )


#: Evidence, readings, how findings go, and the most points with one, two and three of them gone.
POINTS = {
    "没有问题，没有可挽回的": ([], {}, "withdrawal", (100, 100, 100)),
    "只有逾期报送，改正不了": (["门户栏目报送 ×2"], {}, "mending", (99, 99, 99)),
    "逾期报送各扣0.5分，只能撤销": (["门户栏目报送 ×2"], {}, "withdrawal", (99.5, 100, 100)),
    "有一项即不得分：两项都撤销才挽回": (
        ["门户栏目报送 ×2"], {"late_delivery": "forfeit"}, "withdrawal", (90, 100, 100),
    ),
    # 3.3.3.1 has 1 point, and 3.3 adds up to 18 of which 16 count: 18 − 1 (3.3.3.1) − 1 − 2 = 14
    "三个低危漏洞只有1分可扣，3.3 不满16分：全部修复才挽回": (
        ["安全漏洞 ×3", "监测发现 ×1 | 指标=3.3.4.1", "基本信息 | 年度运维报告提交日期=2017-12-20"],
        {}, "mending", (98, 98, 99),
    ),
    "扣分超出分值从上一级扣：修复一个挽回一个": (
        ["安全漏洞 ×3", "监测发现 ×1 | 指标=3.3.4.1", "基本信息 | 年度运维报告提交日期=2017-12-20"],
        {"overflow": "spill"}, "mending", (97, 98, 99),
    ),
    "3.3 合计18分只计16分：2个错别字扣了也不失分": ([TYPOS.format(1)], {}, "withdrawal", (100, 100, 100)),
    "按比例计：3 ×（1 − 扣分/10），改正一个动态栏目挽回0.9分": (
        [MONITORED, STALE.format(3, "工作动态"), "基本信息 | 年度运维报告提交日期=2017-12-20"],
        {"update_volume": "proportional"}, "mending", (98.2, 99.1, 100),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POINTS)
def test_the_most_points_for_a_number_of_findings(name: str, scored: Score) -> None:
    lines, readings, way, most_points = POINTS[name]
    mending = getattr(Mending, f"by_{way}")(scored(_with(lines), **readings))
    assert tuple(float(mending.most(count).total) for count in (1, 2, 3)) == most_points


# --- Every subset


def outcomes(card: Scorecard, goings: Sequence[Sequence[Finding]]) -> tuple[list[Fraction], list[set[str]]]:
    """The total and the vetoes left when these findings go, for each of many choices; settled all at once."""
    standing = [one for one in card.findings if one.stands]
    at = {one.id: number for number, one in enumerate(standing)}
    stands = np.ones((len(goings), len(standing)), dtype=bool)
    for row, going in enumerate(goings):
        stands[row, [at[one.id] for one in going]] = False
    for number, one in enumerate(standing):
        if one.needs:
            stands[:, number] &= stands[:, [at[name] for name in one.rests_on]].sum(axis=1) >= one.needs
    rows, columns = stands.nonzero()
    table = pd.DataFrame([{name: getattr(one, name, None) for name in COLUMNS} for one in standing], columns=COLUMNS)
    table = table.astype(object).iloc[columns].reset_index(drop=True).assign(department=rows.astype(str))
    named = tuple(map(str, range(len(goings))))
    pending = pd.DataFrame([(name, code) for name in named for code in card.pending], columns=["department", "code"])
    settled = settle(card.scheme, card.readings, named, table, pending)
    vetoes = [{one.id for one, stood in zip(standing, row, strict=True) if stood and one.veto} for row in stands]
    return list(settled.ends[0].points[TOTAL] + settled.ends[0].granted), vetoes


def goals_of(card: Scorecard) -> list[tuple[Finding, ...]]:
    """The vetoes of each kind, and all together."""
    return [kind.findings for kind in vetoes_by_kind(card)] + ([card.vetoes] if card.vetoes else [])


def check_every_subset(mending: Mending) -> None:
    card, findings = mending.card, mending.findings
    goings = [going for size in range(len(findings) + 1) for going in combinations(findings, size)]
    totals, vetoes = outcomes(card, goings)
    assert mending.now == totals[0]
    for count in range(len(findings) + 1):
        most = max(total for going, total in zip(goings, totals, strict=True) if len(going) <= count)
        fewest = min(len(going) for going, total in zip(goings, totals, strict=True) if total >= most)
        plans = mending.most(count), mending.to_reach(most)
        assert [(plan.total, len(plan.findings)) for plan in plans if plan] == [(most, fewest)] * 2
        assert totals[goings.index(plans[0].findings)] == most
    assert mending.to_reach(max(totals) + 1) is None
    for goal in goals_of(card):
        lifting = {
            (len(going), -total): going
            for going, total, left in zip(goings, totals, vetoes, strict=True)
            if left.isdisjoint(veto.id for veto in goal)
        }
        plan = mending.to_lift(goal)
        assert (plan and (len(plan.findings), -plan.total)) == min(lifting, default=None)
        if plan:
            assert vetoes[goings.index(plan.findings)].isdisjoint(veto.id for veto in goal)


def some_of(findings: Sequence[Finding], card: Scorecard, at_most: int, draw: random.Random) -> Iterator[Finding]:
    """As many findings as can be tried in every way; those that vetoes and zeros rest on rather than others."""
    counted = {
        name for one in card.findings if one.stands for name in (*one.rests_on, *([one.id] * (one.effect == VOID)))
    }
    order = sorted(findings, key=lambda one: (draw.random() < 0.4, one.id not in counted, draw.random()))
    kept = {one.id for one in order[:at_most]}
    return (one for one in findings if one.id in kept)


@pytest.fixture(scope="module", params=[0, 9, 18])
def random_cards(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, scheme: Scheme
) -> list[Scorecard]:
    """Nine random workbooks under random readings."""
    folder: Path = tmp_path_factory.mktemp("random")
    for seed, department in enumerate(scheme.departments, request.param):
        random_workbook(folder / f"{department}.xlsx", seed, department)
    return list(assess(sorted(folder.glob("*.xlsx")), scheme, random_readings(request.param)).scorecards)


def test_no_subset_of_findings_does_better(random_cards: list[Scorecard]) -> None:
    for number, card in enumerate(random_cards):
        draw = random.Random(number)  # noqa: S311 - a seeded draw, no secret
        for way, at_most in AT_MOST.items():
            findings = getattr(Mending, f"by_{way}")(card).findings
            check_every_subset(Mending(card, some_of(findings, card, at_most, draw)))


def test_a_solver_finds_nothing_better_among_all_findings(random_cards: list[Scorecard]) -> None:
    for card in random_cards:
        for mending in (Mending.by_withdrawal(card), Mending.by_mending(card)):
            if not mending.findings:
                continue
            solver = Solver(card, mending.findings)
            for count in (1, 2, 3, 5, 8, 13, 21):
                assert solver.most(count) == pytest.approx(float(mending.most(count).total), abs=1e-5), (
                    card.department,
                    count,
                )
            for goal in goals_of(card):
                plan = mending.to_lift(goal)
                assert solver.fewest(goal) == (plan and len(plan.findings)), card.department


# --- Ranks


OTHERS = tuple(map(Fraction, (99, 98, 98, 90)))


@pytest.mark.parametrize(("ranks", "total"), [(1, 98), (2, 98), (3, 99), (4, None), (0, None)])
def test_ranks_are_gained_by_reaching_the_total_of_another(ranks: int, total: int | None, scored: Score) -> None:
    """97 points are the fourth of five; with 98 one shares the second rank."""
    mending = Mending.by_mending(scored(faultless().add("监测发现 ×15 | 指标=3.1.1.1", "监测发现 ×15 | 指标=3.1.1.2")))
    assert mending.now == 97
    plan = mending.to_gain(ranks, OTHERS)
    assert (plan and plan.total) == total
    assert plan is None or len(plan.findings) == (total - 97) * 10
