"""The outline of a department's report, from a scheme's ``outline.toml``: sections, charts and their words.

A chart is about one leaf, and appears at the end of the section with that leaf. Its title, and the limits
of :class:`RepliesByKind`, may name the leaf's terms in braces: ``{required}``, ``{due[0][days]}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scoring.scheme.readings import Readings


@dataclass(frozen=True)
class Section:
    """A section of the report: a node, and a heading if it is not the node's name."""

    node: str
    title: str = ""


@dataclass(frozen=True)
class Chart:
    """What every chart needs."""

    leaf: str  # the leaf that it is about
    sheet: str  # key of the sheet whose rows it counts
    title: str  # the question it answers

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that may name terms in braces."""
        return (self.title,)

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """Kind of finding to the columns of findings that the chart needs."""
        return {}


@dataclass(frozen=True)
class CountAgainstTarget(Chart):
    """The rows of a dated sheet by month, added up, against the number required."""

    required: str  # name of the leaf's term that is the number
    counted: str  # what is counted, in Chinese
    unit: str = "条"  # its measure word


@dataclass(frozen=True)
class UpdatesByMonth(Chart):
    """The rows of a dated sheet by month, those about the leaf separately, with the periods without an update."""

    finding: str  # the leaf's findings for such periods
    watched: str  # the rows about the leaf, in Chinese
    head: str  # the same in a few characters, as a column header
    column: str | None = None  # names an entry of another sheet that decides whether a row is about the leaf

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """The ends of the period."""
        return {self.finding: ("since", "until")}


@dataclass(frozen=True)
class Limit:
    """The time limit for rows of some kinds, in Chinese; with ``reading``, only under these options."""

    kinds: tuple[str, ...]
    limit: str
    reading: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RepliesByKind(Chart):
    """The rows about the leaf by kind: done in time, late, late and not done, open."""

    by: str  # key of the column of kinds
    done_on: str  # key of the column with the day on which it was done
    done: str  # the verb for it in Chinese
    late: tuple[str, ...]  # the leaf's findings that say that a row is late
    counted: str
    unit: str = "件"
    limits: tuple[Limit, ...] = ()  # time limits; of several for a kind, the last that applies

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that may name terms in braces."""
        return (self.title, *(limit.limit for limit in self.limits))

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """When it was due, and how late it was."""
        return dict.fromkeys(self.late, ("due", "days_late"))

    def limits_under(self, readings: Readings) -> dict[str, str]:
        """Kind to its time limit, braces not yet filled in."""
        return {
            kind: limit.limit
            for limit in self.limits
            if all(readings[key] == option for key, option in limit.reading.items())
            for kind in limit.kinds
        }


#: Names of the kinds of charts in outline.toml.
CHARTS: Final[Mapping[str, type[Chart]]] = {
    "count_against_target": CountAgainstTarget,
    "updates_by_month": UpdatesByMonth,
    "replies_by_kind": RepliesByKind,
}


@dataclass(frozen=True)
class Outline:
    """The content of outline.toml; without sections, every child of the total is one."""

    sections: tuple[Section, ...] = ()
    charts: tuple[Chart, ...] = ()
