"""Examples for readings: a small piece of evidence, scored under every option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scoring.explained.drafts import Change
from scoring.explained.probes import NOTHING, Probes, told_of
from scoring.explained.trials import Outcome, Trials, changed, touched
from scoring.scheme import TOTAL
from scoring.scheme.readings import Reading, choose

#: How many pieces of evidence are scored for a reading, the smallest first.
_MOST: Final = 12


_Kinds = dict[tuple[str, str], tuple[Reading, str]]


@dataclass(frozen=True)
class Example:
    """Evidence with different results under the options of a reading.

    Attributes
    ----------
    outcomes
        Option to outcome.
    codes
        The nodes whose result differs.
    """

    change: Change
    outcomes: Mapping[str, Outcome]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Examples:
    """Examples of all readings.

    Attributes
    ----------
    of
        Reading to examples that together show every option found to have an effect.
    kinds
        Leaf and kind of finding to a reading and a non-default option under which it was found.
    """

    of: Mapping[str, tuple[Example, ...]]
    kinds: Mapping[tuple[str, str], tuple[Reading, str]]


def examples(probes: Probes) -> Examples:
    """Try every option of every reading."""
    pool, kinds = _pool(probes), _Kinds()
    readings = probes.scheme.readings.items()
    return Examples({key: tuple(_examples(probes, reading, pool, kinds)) for key, reading in readings}, kinds)


@dataclass(frozen=True)
class _Pool:
    """Changes of the clean evidence, the leaves that each may affect, and their outcomes."""

    changes: list[Change]
    codes: list[frozenset[str]]
    trials: Trials


def _pool(probes: Probes) -> _Pool:
    """Single faults, the clean evidence, earlier ends of it, and faults that together are a veto."""
    scheme, more = probes.scheme, list(_mixed(probes))
    every = frozenset(leaf.code for leaf in scheme.leaves)
    return _Pool(
        [*(fault.at(1) or NOTHING for fault in probes.faults), *probes.ends, *more],
        [
            *(fault.codes for fault in probes.faults),
            *(every for _ in probes.ends),
            *(touched(scheme, change) for change in more),
        ],
        probes.tries + changed(probes.clean, more),
    )


def _mixed(probes: Probes) -> Iterator[Change]:
    """A fault repeated until it is a veto; and one less, with another fault of the same sheet."""
    counted = [probe for probe in probes.repeated if probe.fault and any(row.needs for row in probe.outcome.findings)]
    first = {str(probe.fault): probe for probe in reversed(counted)}
    for probe in first.values():
        yield probe.change
        needs = min(row.needs for row in probe.outcome.findings if row.needs)
        less = probe.fault.at(needs - 1) if probe.fault and needs > 1 else None
        for other in probes.singles:
            if (
                less
                and other.fault
                and probe.fault
                and other.fault.key == probe.fault.key
                and other.fault != probe.fault
            ):
                yield less + other.change


def _examples(probes: Probes, reading: Reading, pool: _Pool, kinds: _Kinds) -> Iterator[Example]:
    """Choose the changes that distinguish most options from the default, until all possible ones are covered."""
    found = list(_scored(probes, reading, pool, kinds))
    results = [{option: _result(outcome) for option, outcome in outcomes.items()} for _, outcomes in found]
    missing = set(reading.options) - {reading.default}
    while missing and found:
        told = [{option for option in missing if one[option] != one[reading.default]} for one in results]
        best = min(
            range(len(found)), key=lambda at: (-len(told[at]), -len(set(results[at].values())), found[at][0].size, at)
        )
        if not told[best]:
            return
        missing -= told[best]
        change, outcomes = found[best]
        codes = [code for code in probes.scheme.by_code if len({_of_node(one, code) for one in outcomes.values()}) > 1]
        yield Example(change, outcomes, tuple(codes))


def _scored(
    probes: Probes, reading: Reading, pool: _Pool, kinds: _Kinds
) -> Iterator[tuple[Change, Mapping[str, Outcome]]]:
    """Changes that affect the reading's leaves, with their outcomes under each option."""
    scheme = probes.scheme
    codes = frozenset(leaf for node in reading.nodes for leaf in scheme.under(node))
    about = [at for at, concerned in enumerate(pool.codes) if concerned & codes]
    spilt = {*(one.reading for one in scheme.contradictions), *(leaf.spills for leaf in scheme.leaves)}
    under = {reading.default: pool.trials.of(about)}
    for option in list(reading.options)[1:]:
        chosen = choose(scheme.readings, {reading.key: option})
        under[option] = under[reading.default].again(chosen, () if reading.key in spilt else codes)
    for option in list(reading.options)[1:]:
        for outcome in under[option].outcomes:
            kinds |= {kind: (reading, option) for kind in outcome.kinds if kind not in kinds}
    found = [[_found(outcome, codes) for outcome in trials.outcomes] for trials in under.values()]
    settled = reading.key in {
        *spilt,
        *(leaf.bonus for leaf in scheme.leaves),
        *(leaf.proportion.reading for leaf in scheme.leaves if leaf.proportion),
    }
    none = [_found(probes.clean, codes)] if settled else []
    telling = [at for at, several in enumerate(zip(*found, strict=True)) if len({*several, *none}) > 1]
    kept = sorted(telling, key=lambda at: pool.changes[about[at]].size)[:_MOST]
    few = {option: trials.of(kept).outcomes for option, trials in under.items()}
    for number, at in enumerate(kept):
        yield pool.changes[about[at]], {option: outcomes[number] for option, outcomes in few.items()}


def _found(outcome: Outcome, codes: frozenset[str]) -> tuple[Any, ...]:
    """The findings of some leaves."""
    return frozenset(told_of(row) for row in outcome.findings if row.code in codes), outcome.pending & codes


def _result(outcome: Outcome) -> tuple[Any, ...]:
    """The visible part of an outcome: scores, zeros, pending leaves, whether the site passes."""
    return tuple(_of_node(outcome, code) for code in outcome.trials.scheme.by_code)


def _of_node(outcome: Outcome, code: str) -> tuple[Any, ...]:
    passes = bool(outcome.vetoes) if code == TOTAL else None
    return outcome.score(code), outcome.is_void(code), outcome.is_pending(code), passes
