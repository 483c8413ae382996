"""What the readings decide, held against every combination scored one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from evidence_builder import Evidence
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import rulebook, settling
from reference.random_evidence import random_workbook
from reference.rows import Evidence as Read
from reference.tree import READINGS

from scoring import Scheme, load_evidence, load_scheme
from scoring.engine.assessment import assess_evidence
from scoring.engine.ranking import FINAL, ranks_of
from scoring.engine.readings import Field, Spread, spreads
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
