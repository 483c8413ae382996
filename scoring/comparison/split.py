"""Splitting a difference exactly by three causes: the mean over every order in which they can be exchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Final

from scoring.base.points import ZERO

#: The year of evidence, scheme and readings: 0 the earlier, 1 the later.
Sides = tuple[int, int, int]

_ORDERS: Final = tuple(permutations(range(3)))


@dataclass(frozen=True)
class Split:
    """The change of a score by cause: other evidence, another scheme, other readings of the same clauses."""

    behaviour: Fraction = ZERO
    rules: Fraction = ZERO
    reading: Fraction = ZERO

    @property
    def total(self) -> Fraction:
        """The whole change."""
        return self.behaviour + self.rules + self.reading

    def __add__(self, other: Split) -> Split:
        return Split(self.behaviour + other.behaviour, self.rules + other.rules, self.reading + other.reading)


def split(score: Callable[[Sides], Fraction]) -> Split:
    """Split ``score((1, 1, 1)) - score((0, 0, 0))`` (the Shapley value of each cause; Shapley 1953).

    Each cause counts as the change at the moment of its exchange, averaged over the six orders.

    >>> split(lambda sides: Fraction(sides[0] + 3 * sides[1]))
    Split(behaviour=Fraction(1, 1), rules=Fraction(3, 1), reading=Fraction(0, 1))
    """
    shares = [ZERO, ZERO, ZERO]
    for order in _ORDERS:
        sides = [0, 0, 0]
        for cause in order:
            before, sides[cause] = score((sides[0], sides[1], sides[2])), 1
            shares[cause] += (score((sides[0], sides[1], sides[2])) - before) / len(_ORDERS)
    return Split(*shares)
