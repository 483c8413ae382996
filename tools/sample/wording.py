"""Fills the blanks of a text: ``{place}`` takes a word of the list of that name, ``{#5-40}`` a number between."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random

_BLANK = re.compile(r"\{([^{}]+)\}")
_QUARTERS = ("一季度", "二季度", "三季度", "四季度")


class Filler:
    """Fills texts that belong together: a blank of the same name gets the same word in each of them.

    Parameters
    ----------
    slots
        Word or list of words for each blank; a word may hold blanks in turn.
    on
        The day the text is written, for ``year``, ``month``, ``quarter``, ``last_month`` and ``last_quarter``.
    rng
        Source of every choice.
    """

    def __init__(self, slots: Mapping[str, str | Sequence[str]], on: date, rng: Random) -> None:
        self._slots = slots
        self._rng = rng
        self._chosen = _words_of_the_day(on)

    def __call__(self, text: str) -> str:
        """``text`` with every blank filled; KeyError for a blank without a list."""
        while _BLANK.search(text):
            text = _BLANK.sub(lambda match: self._word(match[1]), text)
        return text

    def _word(self, blank: str) -> str:
        if blank.startswith("#"):
            low, high = blank[1:].split("-")
            return str(self._rng.randint(int(low), int(high)))
        if blank not in self._chosen:
            words = self._slots[blank]
            self._chosen[blank] = words if isinstance(words, str) else self._rng.choice(words)
        return self._chosen[blank]


def _words_of_the_day(on: date) -> dict[str, str]:
    quarter = (on.month - 1) // 3
    return {
        "year": str(on.year),
        "last_year": str(on.year - 1),
        "month": str(on.month),
        "quarter": _QUARTERS[quarter],
        "last_month": f"{on.year}年{on.month - 1}月" if on.month > 1 else f"{on.year - 1}年12月",
        "last_quarter": f"{on.year}年{_QUARTERS[quarter - 1]}" if quarter else f"{on.year - 1}年四季度",
    }
