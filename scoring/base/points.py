"""Points are exact fractions, rounded half up to two decimals only when they are shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache

ZERO = Fraction(0)

_CENT = Decimal("0.01")
# Precise enough that only the final rounding matters, also for 16/18 of a sum.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def rounded(points: Fraction) -> Decimal:
    """Round half up to two decimals, away from zero when negative.

    >>> rounded(Fraction("0.125"))
    Decimal('0.13')
    """
    exact = _WIDE.divide(Decimal(points.numerator), Decimal(points.denominator))
    return exact.quantize(_CENT, context=_WIDE)


def shown(points: Fraction | Decimal) -> str:
    """Points as text: at most two decimals, no trailing zeros, a true minus sign.

    >>> shown(Fraction("-0.50")), shown(Fraction(10)), shown(Fraction(112, 9))
    ('−0.5', '10', '12.44')
    """
    figure = rounded(Fraction(points))
    text = f"{abs(figure):f}".rstrip("0").rstrip(".")
    return f"−{text}" if figure < 0 else text


def signed(points: Fraction | Decimal) -> str:
    """Like :func:`shown`, with a plus sign if positive."""
    text = shown(points)
    return f"+{text}" if points > 0 else text


@lru_cache(2**12)
def number(points: Fraction | Decimal) -> float:
    """The shown figure as a number for JSON and spreadsheets; never used in sums."""
    return float(rounded(Fraction(points))) + 0.0


def exact(figure: float) -> Fraction:
    """A shown figure, read from JSON or a spreadsheet, as an exact fraction.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(str(figure))


def shown_range(low: Fraction, high: Fraction) -> str:
    """A figure, or both ends of a provisional one.

    >>> shown_range(Fraction(80), Fraction("92.5"))
    '80～92.5'
    """
    return shown(low) if low == high else f"{shown(low)}～{shown(high)}"
