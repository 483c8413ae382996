"""The split of a difference: exact, whole, and blind to the order of its causes."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from scoring.comparison.split import Split, split

EVERY = list(product((0, 1), repeat=3))
points = st.fractions(min_value=-20, max_value=20, max_denominator=60)
scores = st.lists(points, min_size=8, max_size=8).map(lambda values: dict(zip(EVERY, values, strict=True)))


@given(scores, scores)
def test_what_makes_a_shapley_value(score: dict, other: dict) -> None:
    """Efficiency, null player, symmetry, additivity: these four make it the only one."""
    parts = split(score.__getitem__)
    assert parts.total == score[1, 1, 1] - score[0, 0, 0]
    assert split(lambda sides: score[0, sides[1], sides[2]]).behaviour == 0
    assert split(lambda sides: score[sides[0], 0, sides[2]]).rules == 0
    assert split(lambda sides: score[sides[0], sides[1], 0]).reading == 0
    swapped = split(lambda sides: score[sides[1], sides[0], sides[2]])
    assert (swapped.behaviour, swapped.rules, swapped.reading) == (parts.rules, parts.behaviour, parts.reading)
    assert split(lambda sides: score[sides] + other[sides]) == parts + split(other.__getitem__)


def test_where_causes_work_together_each_gets_half() -> None:
    assert split(lambda sides: Fraction(6 * sides[0] * sides[1])) == Split(Fraction(3), Fraction(3), Fraction(0))
