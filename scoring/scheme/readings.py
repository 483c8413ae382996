"""Readings: clauses with more than one meaning, their options, and the options chosen for a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scoring.base.errors import ForAnalysts


class UnknownReading(ForAnalysts, ValueError):
    """A reading or an option that the scheme does not have; the message is in Chinese."""


@dataclass(frozen=True)
class Reading:
    """One ambiguous clause."""

    key: str  # as given on the command line
    title: str
    clause: str  # the codes and words that are ambiguous, in Chinese
    nodes: tuple[str, ...]  # codes of the nodes whose clause it concerns
    options: Mapping[str, str]  # option to its meaning in Chinese; the first is the default
    scopes: Mapping[str, str] = field(default_factory=dict)  # option to the code that a veto sets to zero under it

    @property
    def default(self) -> str:
        """The option used when nothing is chosen."""
        return next(iter(self.options))


Readings = Mapping[str, str]


def choose(readings: Mapping[str, Reading], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every reading's option: the default unless chosen otherwise; UnknownReading for one that is not there."""
    for key, option in (chosen or {}).items():
        if key not in readings:
            raise UnknownReading(f"没有名为“{key}”的解读；可选：{'、'.join(readings)}")
        if option not in readings[key].options:
            raise UnknownReading(f"解读“{key}”没有选项“{option}”；可选：{'、'.join(readings[key].options)}")
    return {key: (chosen or {}).get(key, reading.default) for key, reading in readings.items()}


def parse_choices(pairs: Iterable[str]) -> dict[str, str]:
    """``KEY=OPTION`` words of the command line; UnknownReading for one without ``=``, or a key chosen in two ways."""
    chosen: dict[str, str] = {}
    for pair in pairs:
        key, equals, option = (part.strip() for part in pair.partition("="))
        if not equals:
            raise UnknownReading(f"“{pair}”应写成 名称=选项，如 news-bonus=none")
        if chosen.setdefault(key, option) != option:
            raise UnknownReading(f"解读“{key}”给出了两个不同的选项：{chosen[key]}、{option}")
    return chosen


def parse_choices_by_year(words: Iterable[str]) -> dict[str, dict[str, str]]:
    """``YEAR:KEY=OPTION`` words of the command line; UnknownReading also for a word without a year."""
    by_year: dict[str, list[str]] = {}
    for word in words:
        year, colon, pair = word.partition(":")
        if not (colon and year.strip().isdigit()):
            raise UnknownReading(f"“{word}”应写成 年度:名称=选项，如 2018:news-bonus=none")
        by_year.setdefault(year.strip(), []).append(pair)
    return {year: parse_choices(pairs) for year, pairs in by_year.items()}
