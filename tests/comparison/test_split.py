"""The split of a difference: exact, whole, and blind to the order of its causes."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from scoring.comparison import Split, split

EVERY = list(product((0, 1), repeat=3))
points = st.fractions(min_value=-20, max_value=20, max_denominator=60)
scores = st.lists(points, min_size=8, max_size=8).map(lambda values: dict(zip(EVERY, values, strict=True)))


@given(scores)
def test_the_parts_add_up_to_the_difference(score: dict) -> None:
    assert split(score.__getitem__).total == score[1, 1, 1] - score[0, 0, 0]


@given(scores)
def test_going_back_is_the_opposite(score: dict) -> None:
    there = split(score.__getitem__)
    back = split(lambda sides: score[tuple(1 - side for side in sides)])
    assert (back.behaviour, back.rules, back.reading) == (-there.behaviour, -there.rules, -there.reading)


@given(scores)
def test_a_cause_that_changes_nothing_gets_nothing(score: dict) -> None:
    assert split(lambda sides: score[sides[0], sides[1], 0]).reading == 0
    assert split(lambda sides: score[0, sides[1], sides[2]]).behaviour == 0
    assert split(lambda sides: score[sides[0], 0, sides[2]]).rules == 0


@given(scores)
def test_causes_are_treated_alike(score: dict) -> None:
    straight = split(score.__getitem__)
    swapped = split(lambda sides: score[sides[1], sides[0], sides[2]])
    assert (swapped.behaviour, swapped.rules, swapped.reading) == (straight.rules, straight.behaviour, straight.reading)


@given(scores, scores)
def test_what_is_added_up_is_split_as_its_parts_are(one: dict, other: dict) -> None:
    assert split(lambda sides: one[sides] + other[sides]) == split(one.__getitem__) + split(other.__getitem__)


def test_where_causes_work_together_each_gets_half() -> None:
    assert split(lambda sides: Fraction(6 * sides[0] * sides[1])) == Split(Fraction(3), Fraction(3), Fraction(0))
