"""What the readings decide, held against every combination scored one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from calling import Run
from evidence_builder import Evidence, faultless
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import rulebook, settling
from reference.random_evidence import random_workbook
from reference.rows import Evidence as Read
from reference.tree import READINGS

from scoring import Scheme, load_evidence, load_scheme
from scoring.engine.assessment import assess_evidence
from scoring.engine.ranking import FINAL, ranks_of
from scoring.engine.readings import Field, Spread, TooManyReadings, spreads
from scoring.engine.readings import field as field_module
from scoring.engine.readings import spread as spread_module
from scoring.scheme.readings import choose

ROOT = Path(__file__).parents[1]
SCHEME = load_scheme(2017)
Options = Mapping[str, str]


def every(scheme: Scheme) -> Iterator[dict[str, str]]:
    """Every combination of options."""
    for options in product(*(reading.options for reading in scheme.readings.values())):
        yield dict(zip(scheme.readings, options, strict=True))


def with_few(scheme: Scheme, few: Sequence[str]) -> Scheme:
    """The scheme with one option for all readings but a few."""
    return replace(
        scheme,
        readings={
            key: reading if key in few else replace(reading, options=dict(islice(reading.options.items(), 1)))
            for key, reading in scheme.readings.items()
        },
    )


def of(spread: Spread, options: Options) -> Any:
    """What a spread says of one combination."""
    return spread.at(tuple(list(spread.scheme.readings[key].options).index(options[key]) for key in spread.moves))


def spread_of(*workbooks: Evidence, folder: Path, scheme: Scheme = SCHEME, **chosen: str) -> list[Spread]:
    readings = choose(scheme.readings, {key.replace("_", "-"): option for key, option in chosen.items()})
    loaded = load_evidence([workbook.save(folder) for workbook in workbooks], scheme)
    assert loaded.faults == {}
    return list(spreads(loaded.evidence, readings))


# --- Against brute force ---------------------------------------------------------------------------------------------


@settings(max_examples=3)
@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from(list(SCHEME.readings)), min_size=3, max_size=3, unique=True),
    st.data(),
)
def test_random_evidence_under_every_combination_of_three_readings(
    seed: int, few: list[str], data: st.DataObject
) -> None:
    scheme = with_few(SCHEME, few)
    chosen = data.draw(st.sampled_from(list(every(scheme))))
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.xlsx" for name in scheme.departments[:3]]
        for number, path in enumerate(paths):
            random_workbook(path, seed + number, path.stem)
        loaded = load_evidence(paths, scheme)
        found = list(spreads(loaded.evidence, chosen))
        truth = [(options, assess_evidence(loaded, options).scorecards) for options in every(scheme)]
    for options, cards in truth:
        for spread, card in zip(found, cards, strict=True):
            said = of(spread, options)
            assert (said.low, said.high, said.qualified) == (card.low, card.high, card.qualified), options
    for number, spread in enumerate(found):
        of_it = [cards[number] for _, cards in truth]
        assert spread.lowest.low == min(card.low for card in of_it)
        assert spread.highest.high == max(card.high for card in of_it)
        assert spread.qualified == sum(card.qualified is True for card in of_it)
        assert spread.unqualified == sum(card.qualified is False for card in of_it)
    same_ranks_and_pairs(Field(found), truth, chosen)


def same_ranks_and_pairs(field: Field, truth: list[tuple[Options, Sequence[Any]]], chosen: Options) -> None:
    """Ranks by sorting each combination, flips by trying ever larger sets of other readings."""
    ranks: dict[str, list[int | None]] = {spread.department: [] for spread in field.spreads}
    totals = []
    for options, cards in truth:
        final = sorted((card for card in cards if card.status == FINAL), key=lambda card: -card.low)
        ranked = dict(zip((c.department for c in final), ranks_of([c.low for c in final]), strict=True))
        for name, own in ranks.items():
            own.append(ranked.get(name))
        totals.append((options, {card.department: card.low for card in final}, [card.department for card in final]))
    for name, own in ranks.items():
        had = [rank for rank in own if rank]
        standing = field.standings[name]
        assert (standing.best, standing.worst) == (min(had, default=None), max(had, default=None))
        assert standing.unranked == own.count(None)
    (_, here, order) = next(one for one in totals if one[0] == chosen)
    found = list(field.pairs())
    assert [pair.ahead for pair in found] == [*order[:-1]]
    for pair in found:
        both = [(options, own) for options, own, _ in totals if {pair.ahead, pair.behind} <= own.keys()]
        signs = [(options, own[pair.ahead] - own[pair.behind]) for options, own in both]
        level = here[pair.ahead] == here[pair.behind]
        flips = [options for options, gap in signs if (gap != 0 if level else gap < 0)]
        assert (pair.level, pair.flipped) == (level, len(flips))
        assert pair.tied == sum(gap == 0 for _, gap in signs)
        assert fewest(flips, chosen) == (None if pair.flip is None else len(pair.flip))
        assert pair.flip is None or {**chosen, **pair.flip} in flips


def fewest(flips: Sequence[Options], chosen: Options) -> int | None:
    for size in range(len(chosen) + 1):
        for keys in combinations(chosen, size):
            if any(all(options[key] == chosen[key] for key in chosen if key not in keys) for options in flips):
                return size
    return None


def reference(path: Path) -> Callable[[Options], tuple[float, float, bool | None]]:
    """Total and result by the independent rulebook; a leaf is judged once for the readings that name it."""
    evidence = Read(path)
    inspected = rulebook.inspected_leaves(evidence)
    names = {
        leaf.code: [key for key, one in SCHEME.readings.items() if {*one.nodes} & {*SCHEME.lineage(leaf.code)}]
        for leaf in SCHEME.leaves
    }
    scopes = ["total-veto-scope", "site-veto-scope"]

    @cache
    def outcome(code: str, *options: tuple[str, str]) -> rulebook.Outcome:
        readings = {key: own[0] for key, own in READINGS.items()} | dict(options)
        if code not in inspected:
            return rulebook.Outcome(pending=True)
        return rulebook.CLAUSES[code](rulebook.Case(evidence, readings, lambda code, sheet, row: False))

    def scored(options: Options) -> tuple[float, float, bool | None]:
        found = {
            code: outcome(code, *((key, options[key]) for key in dict.fromkeys([*keys, *scopes])))
            for code, keys in names.items()
        }
        result = settling.settle(found, dict(options))
        return (*result["range"], result["qualified"])

    return scored


def agrees(paths: Sequence[Path], some: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    loaded = load_evidence(paths, SCHEME)
    assert not len(loaded.evidence.rows("reviews")), "the reference is not told of decisions here"
    for spread, path in zip(spreads(loaded.evidence, choose(SCHEME.readings)), paths, strict=True):
        truth = reference(path)
        for options in some(list(every(SCHEME))):
            said = of(spread, options)
            shown = (settling.shown(said.low), settling.shown(said.high), said.qualified)
            assert shown == truth(options), (path.stem, options)


def undecided(names: Sequence[str]) -> list[Path]:
    return [ROOT / "data/raw/2017" / f"{name}.xlsx" for name in names]


def test_samples_under_some_of_all_combinations_agree_with_the_rulebook() -> None:
    agrees(undecided(["市经济开发区办公室", "国土资源局"]), lambda every_one: every_one[::199])


@pytest.mark.thorough
def test_samples_and_random_evidence_under_all_24576_combinations_agree_with_the_rulebook(tmp_path: Path) -> None:
    agrees(undecided(["市经济开发区办公室", "国土资源局"]), lambda all_of_them: all_of_them)
    path = tmp_path / "人社局.xlsx"
    random_workbook(path, 7, "人社局")
    agrees([path], lambda all_of_them: all_of_them)


# --- By hand ---------------------------------------------------------------------------------------------------------

#: A 建议 answered after more than 7 working days; one that nobody answered for three months.
LATE = "领导信箱 | 信件编号=信117 | 类型=建议 | 来信日期=2017-03-01 | 回复日期=2017-03-20"
LEFT = "领导信箱 | 信件编号=信117 | 类型=建议 | 来信日期=2017-03-01"


@pytest.mark.parametrize(
    ("line", "moves", "lowest", "now", "highest", "qualified"),
    [
        ("", ["management-sum", "consultation-credit"], 96, 100, 102, 24576),
        (LATE, ["management-sum", "consultation-credit", "suggestion-deadline"], 95.5, 100, 102, 24576),
        (LEFT, ["consultation-credit", "total-veto-scope"], 0, 0, 50, 0),
    ],
)
def test_a_department_by_hand(
    line: str, moves: list[str], lowest: float, now: float, highest: float, qualified: int, tmp_path: Path
) -> None:
    """2.1 is worth 4 points less under both; 3.3 adds up to 18 of 16 points; a late 建议 may cost 0.5."""
    (found,) = spread_of(faultless().add(*filter(None, [line])), folder=tmp_path)
    assert list(found.moves) == moves
    assert (found.lowest.low, found.now.low, found.highest.high) == (lowest, now, highest)
    assert (found.qualified, found.unqualified) == (qualified, 24576 - qualified)
    assert Spread.unpacked(found.packed, SCHEME, found.chosen, "人社局", sample=True).packed == found.packed


def test_neighbours_by_hand(tmp_path: Path) -> None:
    """Level under the chosen readings; only the deadline of 建议 puts one behind."""
    found = spread_of(faultless(), faultless("教育局").add(LATE), faultless("林业局").add(LEFT), folder=tmp_path)
    field = Field(found)
    places = {name: (one.best, one.worst) for name, one in field.standings.items()}
    assert places == {"人社局": (1, 1), "教育局": (1, 2), "林业局": (3, 3)}
    first, second = field.pairs()
    assert (first.ahead, first.behind, first.level) == ("人社局", "教育局", True)
    assert first.flip == {"suggestion-deadline": "consultation"}
    assert (first.flipped, first.tied) == (24576 // 2, 24576 // 2)
    assert (second.flip, second.flipped, second.tied) == (None, 0, 0)


def test_a_withdrawn_finding_costs_nothing_under_any_reading(tmp_path: Path) -> None:
    """The decision is on record for the one option under which the finding exists."""
    review = "复核记录 | 发现编号=3.2.1-建议类逾期回复-信117"
    chosen = {"suggestion_deadline": "consultation"}
    (before,) = spread_of(faultless().add(LATE), folder=tmp_path, **chosen)
    (after,) = spread_of(faultless().add(LATE, review), folder=tmp_path, **chosen)
    assert set(before.moves) - set(after.moves) == {"suggestion-deadline"}
    assert (before.now.low, after.now.low) == (Fraction("99.5"), 100)


def test_an_option_that_never_matters_is_not_listed(tmp_path: Path) -> None:
    """18 of 16 points: capped or scaled, 3.3 is the same."""
    (found,) = spread_of(faultless(), folder=tmp_path)
    alone = {(one.reading, one.option): one.change[0] for one in found.alone()}
    assert alone == {("management-sum", "sum"): 2, ("consultation-credit", "both"): -4}


def test_too_many_combinations_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = spread_of(faultless().add(LATE), folder=tmp_path)
    for module in (spread_module, field_module):
        monkeypatch.setattr(module, "MOST", 2)
    with pytest.raises(TooManyReadings, match="名次取决于 12 种解读组合，最多能算 2 种"):
        _ = Field([found]).standings
    with pytest.raises(TooManyReadings, match="人社局的结果取决于"):
        spread_of(faultless().add(LATE), folder=tmp_path)


# --- The command -----------------------------------------------------------------------------------------------------


def test_the_command_says_what_decides(run: Run, tmp_path: Path) -> None:
    raw = tmp_path / "2017"
    for workbook in (faultless(), faultless("教育局").add(LATE), faultless("林业局").add(LEFT)):
        workbook.save(raw)
    file = tmp_path / "readings.json"
    printed = run("readings", raw, "--json", file)
    assert printed.code == 0, printed.err
    assert "教育局：按所用解读 100 分，任何解读下 95.5～102 分，第 1 至 2 名；任何解读下均合格" in printed.out
    assert "人社局与教育局的先后取决于解读：“建议类信件的回复期限”改为“同咨询类，7 个工作日”，即分出先后" in printed.out
    assert "教育局在任何解读下都排在林业局之前。" in printed.out
    assert "林业局：按所用解读 0 分，任何解读下 0～50 分，第 3 名；任何解读下均不合格" in printed.out
    said = {one["department"]: one for one in json.loads(file.read_bytes())["departments"]}
    assert said["林业局"]["highest"]["changed"] == {"total-veto-scope": "section"}


def test_the_command_of_a_gate_tells_results_only(run: Run) -> None:
    printed = run("readings", ROOT / "data/raw/2015", "--scheme", "census_2015")
    assert printed.code == 0
    assert "住建局：任何解读下均不合格" in printed.out
    assert "分" not in printed.out
