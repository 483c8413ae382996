"""Points are exact; figures are rounded half up, only where they are shown."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.base.points import number, rounded, shown, shown_range, signed


@pytest.mark.parametrize(
    ("exact", "figure"),
    [
        ("0.125", "0.13"),
        ("0.135", "0.14"),
        ("1.005", "1.01"),
        ("-0.125", "-0.13"),
        ("0.1249999999999999999999999999", "0.12"),
        ("112/9", "12.44"),
        ("2/3", "0.67"),
        ("100", "100.00"),
    ],
)
def test_half_goes_up(exact: str, figure: str) -> None:
    assert rounded(Fraction(exact)) == Decimal(figure)


@pytest.mark.parametrize(
    ("exact", "words"),
    [
        ("-0.50", "−0.5"),
        ("100", "100"),
        ("0", "0"),
        ("-0.001", "0"),
        ("87.350", "87.35"),
        ("1.005", "1.01"),
    ],
)
def test_figures_are_shown_without_trailing_zeros(exact: str, words: str) -> None:
    assert shown(Fraction(exact)) == words


def test_signs_ranges_and_numbers() -> None:
    assert [signed(Fraction(points)) for points in ("0.1", "0", "-0.1")] == ["+0.1", "0", "−0.1"]
    assert [shown_range(Fraction(80), Fraction(high)) for high in ("80", "92.5")] == ["80", "80～92.5"]
    assert [str(number(Fraction(points))) for points in ("3/10", "-0.001")] == ["0.3", "0.0"]


@given(st.fractions(min_value=-200, max_value=200, max_denominator=10_000))
def test_rounding_errs_by_half_a_cent_at_most(exact: Fraction) -> None:
    assert abs(Fraction(rounded(exact)) - exact) <= Fraction("0.005")
