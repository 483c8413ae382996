"""Departments ranked together under every combination: ranges of ranks, and what decides between neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.engine.readings.outcomes import TooManyReadings
from scoring.engine.readings.spread import MOST, Spread, combinations, nearest

_Whole = npt.NDArray[np.int64]

#: About how many totals are compared at the same time.
_TOGETHER: Final = 2**20
#: What no array of whole numbers holds.
_ENDLESS: Final = 2**63


@dataclass(frozen=True)
class Standing:
    """A department's ranks over all combinations."""

    best: int | None  # None where it never has a rank
    worst: int | None
    unranked: int  # in how many combinations it has none, because a leaf is pending


@dataclass(frozen=True)
class Pair:
    """Two neighbours of the ranking under the chosen readings."""

    ahead: str
    behind: str
    level: bool  # whether their totals are equal
    flipped: int  # in how many combinations the order is another: turned round, or, where they are level, not level
    tied: int  # in how many they are level
    flip: Mapping[str, str] | None  # the fewest readings that do so, with their options; None where nothing does


@dataclass(frozen=True)
class Field:
    """The departments that are ranked together."""

    spreads: Sequence[Spread]  # at least one

    @property
    def combinations(self) -> int:
        """How many combinations of all readings there are."""
        return combinations(self.spreads[0].scheme)

    @cached_property
    def moves(self) -> tuple[str, ...]:
        """The readings that move any of them, in the scheme's order."""
        moved = {key for spread in self.spreads for key in spread.moves}
        return tuple(key for key in self.spreads[0].scheme.readings if key in moved)

    @cached_property
    def _places(self) -> list[_Whole]:
        """Each department's totals as places in the order of all totals that occur; −1 where it has no rank."""
        totals = [total for spread in self.spreads for total in spread.low.ravel().tolist()]
        common = math.lcm(*{total.denominator for total in totals})
        whole = [total.numerator * (common // total.denominator) for total in totals]
        _, places = np.unique(np.array(whole, dtype=np.int64 if max(whole) < _ENDLESS else object), return_inverse=True)
        ends = np.cumsum([spread.low.size for spread in self.spreads])[:-1]
        return [
            np.where(spread.pending, -1, own.reshape(spread.low.shape))
            for spread, own in zip(self.spreads, np.split(places, ends), strict=True)
        ]

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """Department to its ranks.

        Raises
        ------
        TooManyReadings
            When they depend on more combinations than can be worked out.
        """
        count = len(self.spreads)
        best, worst, unranked = np.full(count, count + 1), np.zeros(count, np.int64), np.zeros(count, np.int64)
        size = 0
        for totals in self._totals():
            ranks = _ranks(totals)
            has = totals >= 0
            best = np.minimum(best, np.where(has, ranks, count + 1).min(axis=0))
            worst = np.maximum(worst, np.where(has, ranks, 0).max(axis=0))
            unranked += (~has).sum(axis=0)
            size += len(totals)
        each = self.combinations // size
        return {
            spread.department: Standing(int(first) if last else None, int(last) or None, int(without) * each)
            for spread, first, last, without in zip(self.spreads, best, worst, unranked, strict=True)
        }

    def _totals(self) -> Iterator[_Whole]:
        """The totals as places, a row for each combination of what moves any department, some at a time."""
        shape = [len(self.spreads[0].scheme.readings[key].options) for key in self.moves]
        if (size := math.prod(shape)) > MOST:
            raise TooManyReadings(f"名次取决于 {size} 种解读组合，最多能算 {MOST} 种；请在方案中减少解读")
        step = max(1, _TOGETHER // len(self.spreads))
        for start in range(0, size, step):
            rows = np.arange(start, min(size, start + step))
            at = dict(zip(self.moves, np.unravel_index(rows, shape), strict=True)) if shape else {}
            totals = np.empty((len(rows), len(self.spreads)), dtype=np.int64)
            for number, (spread, places) in enumerate(zip(self.spreads, self._places, strict=True)):
                totals[:, number] = places[tuple(at[key] for key in spread.moves)]
            yield totals

    def pairs(self) -> Iterator[Pair]:
        """The neighbours of the ranking under the chosen readings, from its top."""
        every = zip(self.spreads, self._places, strict=True)
        ranked = [(spread, one) for spread, one in every if one[spread.here] >= 0]
        ranked.sort(key=lambda place: -int(place[1][place[0].here]))
        for (ahead, one), (behind, other) in pairwise(ranked):
            yield self._pair(ahead, one, behind, other)

    def pair(self, ahead: str, behind: str) -> Pair:
        """Two departments that have a rank under the chosen readings, neighbours or not."""
        known = {spread.department: (spread, one) for spread, one in zip(self.spreads, self._places, strict=True)}
        return self._pair(*known[ahead], *known[behind])

    def _pair(self, ahead: Spread, one: _Whole, behind: Spread, other: _Whole) -> Pair:
        keys = [key for key in self.moves if key in {*ahead.moves, *behind.moves}]
        first, second = (
            places.reshape([places.shape[spread.moves.index(key)] if key in spread.moves else 1 for key in keys])
            for spread, places in ((ahead, one), (behind, other))
        )
        level = bool(one[ahead.here] == other[behind.here])
        known = (first >= 0) & (second >= 0)
        flips = known & ((first != second) if level else (first < second))
        here = {**dict(zip(ahead.moves, ahead.here, strict=True)), **dict(zip(behind.moves, behind.here, strict=True))}
        flip = None
        if flips.any():
            place = nearest(flips, [here[key] for key in keys])
            options = {key: list(ahead.scheme.readings[key].options)[at] for key, at in zip(keys, place, strict=True)}
            flip = {key: option for key, option in options.items() if option != ahead.chosen[key]}
        each = self.combinations // flips.size
        tied = int((known & (first == second)).sum()) * each
        return Pair(ahead.department, behind.department, level, int(flips.sum()) * each, tied, flip)


def _ranks(totals: _Whole) -> _Whole:
    """The rank of every entry within its row, the highest first; equal ones share it."""
    rows, count = totals.shape
    apart = (totals.max() + 2) * np.arange(rows)[:, None] + totals  # rows one after the other
    below = np.searchsorted(np.sort(apart, axis=1).ravel(), apart.ravel(), side="right").reshape(rows, count)
    ranks: _Whole = (np.arange(rows)[:, None] + 1) * count - below + 1
    return ranks
