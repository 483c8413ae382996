"""A department under every combination of the readings that move it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.base.points import ZERO
from scoring.engine.findings import NO_FINDINGS
from scoring.engine.judge import waiting
from scoring.engine.readings.outcomes import LeafOutcomes, TooManyReadings, outcomes
from scoring.engine.settle import Flags, Points, Tally, tally_of, totals_of
from scoring.evidence import Evidence
from scoring.scheme import TOTAL, Scheme
from scoring.scheme.readings import Readings

#: The most combinations that are worked out for one department, or for all together.
MOST: Final = 2**20


@dataclass(frozen=True)
class Outcome:
    """The result under one combination."""

    low: Fraction  # the total's range
    high: Fraction
    qualified: bool | None  # as on a scorecard: None while a leaf is pending
    changed: Mapping[str, str]  # the readings that differ from the chosen ones, with their options


@dataclass(frozen=True)
class Alone:
    """The effect of one option that is not the chosen one, all others as chosen."""

    reading: str
    option: str
    before: Outcome
    after: Outcome

    @property
    def change(self) -> tuple[Fraction, Fraction]:
        """How much both ends of the total's range change."""
        return self.after.low - self.before.low, self.after.high - self.before.high


@dataclass(frozen=True)
class Packed:
    """A spread as plain data; the entries of its arrays one after the other."""

    moves: tuple[str, ...]
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    vetoed: str  # 1 where a veto counts, else 0
    pending: str


@dataclass(frozen=True)
class Spread:
    """A department's results under every combination; arrays have one axis for each reading that moves it."""

    scheme: Scheme
    chosen: Readings
    department: str
    sample: bool
    moves: tuple[str, ...]  # the readings that move it, in the scheme's order
    low: Points
    high: Points
    vetoed: Flags
    pending: Flags

    @property
    def combinations(self) -> int:
        """How many combinations of all readings there are."""
        return combinations(self.scheme)

    @cached_property
    def here(self) -> tuple[int, ...]:
        """The position of the chosen readings."""
        return tuple(_place(self.scheme, key, self.chosen[key]) for key in self.moves)

    @property
    def now(self) -> Outcome:
        """The result under the chosen readings."""
        return self.at(self.here)

    @cached_property
    def lowest(self) -> Outcome:
        """The lowest total; of several combinations, one of the nearest to the chosen ones."""
        return self.at(self._nearest(self.low == self.low.min()))

    @cached_property
    def highest(self) -> Outcome:
        """The highest total; see :attr:`lowest`."""
        return self.at(self._nearest(self.high == self.high.max()))

    @property
    def qualified(self) -> int:
        """In how many combinations the site is 合格."""
        return self._count(~self.vetoed & ~self.pending)

    @property
    def unqualified(self) -> int:
        """In how many combinations a veto counts; in those left, a leaf is pending."""
        return self._count(self.vetoed)

    def alone(self) -> Iterator[Alone]:
        """Every other option that moves it, by itself; some have an effect only together with others."""
        for axis, key in enumerate(self.moves):
            for place, option in enumerate(self.scheme.readings[key].options):
                if place != self.here[axis] and self._moves(axis, place):
                    there = (*self.here[:axis], place, *self.here[axis + 1 :])
                    yield Alone(key, option, self.now, self.at(there))

    def _moves(self, axis: int, place: int) -> bool:
        """Whether an option ever gives another result than the chosen one."""
        here = self.here[axis]
        arrays = (self.low, self.high, self.vetoed, self.pending)
        return any(np.any(array.take(place, axis) != array.take(here, axis)) for array in arrays)

    def under(self, changed: Mapping[str, str]) -> Outcome:
        """The result under the chosen readings but these; those that do not move the department may be among them."""
        options = {**self.chosen, **changed}
        return self.at(tuple(_place(self.scheme, key, options[key]) for key in self.moves))

    def at(self, place: tuple[int, ...]) -> Outcome:
        """The result at a position of the arrays."""
        vetoed, pending = bool(self.vetoed[place]), bool(self.pending[place])
        qualified = False if vetoed else None if pending else True
        changed = {
            key: list(self.scheme.readings[key].options)[there]
            for key, here, there in zip(self.moves, self.here, place, strict=True)
            if here != there
        }
        return Outcome(self.low[place], self.high[place], qualified, changed)

    @property
    def packed(self) -> Packed:
        """The same as plain data."""
        low, high = (tuple(points.ravel().tolist()) for points in (self.low, self.high))
        vetoed, pending = ("".join(map(str, flags.ravel().astype(int))) for flags in (self.vetoed, self.pending))
        return Packed(self.moves, low, high, vetoed, pending)

    @classmethod
    def unpacked(cls, packed: Packed, scheme: Scheme, chosen: Readings, department: str, *, sample: bool) -> Spread:
        """The spread that was packed."""
        shape = [len(scheme.readings[key].options) for key in packed.moves]
        low, high = (np.array(points, dtype=object).reshape(shape) for points in (packed.low, packed.high))
        vetoed, pending = (np.array(list(flags)).reshape(shape) == "1" for flags in (packed.vetoed, packed.pending))
        return cls(scheme, chosen, department, sample, packed.moves, low, high, vetoed, pending)

    def _count(self, which: Flags) -> int:
        return int(which.sum()) * (self.combinations // which.size)

    def _nearest(self, which: Flags) -> tuple[int, ...]:
        return nearest(which, self.here)


def combinations(scheme: Scheme) -> int:
    """How many combinations of all options of all readings a scheme has."""
    return math.prod(len(reading.options) for reading in scheme.readings.values())


def nearest(which: Flags, here: Sequence[int]) -> tuple[int, ...]:
    """The position of a true entry that differs from ``here`` along the fewest axes; the first of several."""
    steps = np.zeros(which.shape, dtype=np.int64)
    for axis, (size, place) in enumerate(zip(which.shape, here, strict=True)):
        away = np.arange(size) != place
        steps += away.reshape([-1 if other == axis else 1 for other in range(which.ndim)])
    at = np.argmin(np.where(which, steps, which.ndim + 1))
    return tuple(map(int, np.unravel_index(at, which.shape)))


def spreads(evidence: Evidence, chosen: Readings) -> Iterator[Spread]:
    """Every department under every combination, in the order of the evidence.

    ``chosen`` has the option of every reading.

    Raises
    ------
    RuleFailed
        When a rule cannot judge the evidence.
    TooManyReadings
        When a department depends on more combinations than can be worked out.
    """
    leaves = tuple(outcomes(evidence, chosen))
    names = evidence.departments
    uninspected = tally_of(evidence.scheme, [], names, NO_FINDINGS, waiting(evidence)).pending
    for at, name in enumerate(names):
        inputs = _inputs(evidence.scheme, leaves, uninspected, at)
        yield _spread(evidence, chosen, name, *inputs)


def _place(scheme: Scheme, key: str, option: str) -> int:
    return list(scheme.readings[key].options).index(option)


def _spread(evidence: Evidence, chosen: Readings, name: str, tally: Tally, vetoed: Flags) -> Spread:
    scheme = evidence.scheme
    options = _options(scheme)
    shapes = (one.shape for part in (tally.changed, tally.void, tally.pending) for one in part.values())
    if (size := math.prod(np.broadcast_shapes(*shapes))) > MOST:
        raise TooManyReadings(f"{name}的结果取决于 {size} 种解读组合，最多能算 {MOST} 种；请在方案中减少解读")
    low, high = totals_of(scheme, options, tally, lambda points: slim(points)[0])
    pending = tally.pending[TOTAL]
    for leaf in scheme.leaves:
        pending = pending | tally.pending[leaf.code]
    arrays = slim(*np.broadcast_arrays(low, high, vetoed, pending))
    moves = tuple(key for key, size in zip(options, arrays[0].shape, strict=True) if size > 1)
    low, high, vetoed, pending = (array.reshape([size for size in array.shape if size > 1]) for array in arrays)
    return Spread(scheme, chosen, name, name in evidence.samples, moves, low, high, vetoed, pending)


def _options(scheme: Scheme) -> dict[str, npt.NDArray[np.str_]]:
    """The options of every reading, each along its own axis."""
    count = len(scheme.readings)
    return {
        key: np.array(list(reading.options)).reshape([-1 if other == axis else 1 for other in range(count)])
        for axis, (key, reading) in enumerate(scheme.readings.items())
    }


def _inputs(
    scheme: Scheme, leaves: Sequence[LeafOutcomes], uninspected: Mapping[str, Flags], at: int
) -> tuple[Tally, Flags]:
    """One department's findings under every combination, and whether a veto counts."""
    one = (1,) * len(scheme.readings)
    no = np.zeros(one, dtype=bool)
    pending = {code: no | flags[at] for code, flags in uninspected.items()}
    for outcome in leaves:
        for code in {code for result in outcome.results for code, flags in result.tally.pending.items() if flags[at]}:
            waits = _each(outcome, [result.tally.pending[code][at] for result in outcome.results], bool)
            pending[code] = pending[code] | waits
    none = np.full(one, ZERO, dtype=object)
    changed, earned = {}, none
    void, vetoed = dict.fromkeys(scheme.by_code, no), no
    for outcome in leaves:
        code, results = outcome.leaf.code, outcome.results
        judged = ~pending[code]  # findings of a pending leaf are set aside
        changed[code] = _each(outcome, [result.tally.changed[code][at] for result in results], object)
        bonus = _each(outcome, [result.tally.earned[at] for result in results], object)
        earned = earned + np.where(judged, bonus, none)
        vetoed = vetoed | (_each(outcome, [result.vetoed[at] for result in results], bool) & judged)
        for scope in {scope for result in results for scope, flags in result.tally.void.items() if flags[at]}:
            voids = _each(outcome, [result.tally.void[scope][at] for result in results], bool)
            void[scope] = void[scope] | (voids & judged)
    return Tally(changed, slim(earned)[0], void, pending), vetoed


def _each(outcome: LeafOutcomes, values: Sequence[Any], kind: type) -> npt.NDArray[Any]:
    """A value of each result of a leaf, under every combination."""
    array: npt.NDArray[Any] = np.empty(len(values), dtype=kind)
    array[:] = values
    if all(value == values[0] for value in values):
        return array[:1].reshape((1,) * outcome.numbers.ndim)
    (taken,) = slim(array[outcome.numbers])
    return taken


def slim(*given: npt.ArrayLike) -> tuple[npt.NDArray[Any], ...]:
    """Arrays of one shape without the axes along which all of them repeat the same entries: these keep one entry."""
    arrays = tuple(map(np.asarray, given))  # without readings there is no axis, and numpy calculates plain entries
    for axis in range(arrays[0].ndim):
        if arrays[0].shape[axis] > 1:
            first = tuple(array.take([0], axis) for array in arrays)
            if all((array == one).all() for array, one in zip(arrays, first, strict=True)):
                arrays = first
    return arrays
