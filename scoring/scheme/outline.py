"""The outline of a department's report, as a scheme's ``outline.toml`` states it: sections, charts and their words.

A chart shows what one leaf judges, and stands at the end of the section that holds the leaf. Its title, and the limits
of :class:`RepliesByKind`, may name the leaf's terms in braces: ``{required}``, ``{due[0][days]}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scoring.scheme.readings import Readings


@dataclass(frozen=True)
class Section:
    """A section of the report: a node, and its heading where that is not the node's name."""

    node: str
    title: str = ""


@dataclass(frozen=True)
class Chart:
    """What every chart needs.

    Attributes
    ----------
    leaf
        The leaf that it is about.
    sheet
        Key of the sheet whose rows it counts.
    title
        The question that it answers.
    """

    leaf: str
    sheet: str
    title: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that may name terms in braces."""
        return (self.title,)

    def columns_of(self, leaf: str, kind: str) -> frozenset[str]:
        """The columns that the chart needs of a leaf's findings of a kind."""
        del leaf, kind
        return frozenset()


@dataclass(frozen=True)
class CountAgainstTarget(Chart):
    """The rows of a dated sheet by month, added up, against the number required.

    Attributes
    ----------
    required
        Name of the leaf's term that is the number required.
    counted, unit
        What is counted, in Chinese, and its measure word.
    """

    required: str
    counted: str
    unit: str = "条"


@dataclass(frozen=True)
class UpdatesByMonth(Chart):
    """The rows of a dated sheet by month, those that the leaf watches apart, with the periods without an update.

    Attributes
    ----------
    finding
        Name of the leaf's findings that are such periods, with ``since`` and ``until``.
    watched, head
        What the leaf watches, in Chinese, and the same in a few characters for the head of a column.
    column
        Key of the sheet's column that names an entry of another sheet, whose rows say what the leaf watches; None where
        the rows of the sheet say so themselves.
    """

    finding: str
    watched: str
    head: str
    column: str | None = None

    def columns_of(self, leaf: str, kind: str) -> frozenset[str]:
        """The ends of the period."""
        return frozenset({"since", "until"} if (leaf, kind) == (self.leaf, self.finding) else ())


@dataclass(frozen=True)
class Limit:
    """The time allowed for rows of some kinds, in Chinese; with ``reading``, only under these options."""

    kinds: tuple[str, ...]
    limit: str
    reading: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RepliesByKind(Chart):
    """The rows that the leaf judges by kind: done in time, late, late and not done, open.

    Attributes
    ----------
    by
        Key of the column of kinds.
    done_on, done
        Key of the column with the day on which it was done, and the verb for it in Chinese.
    late
        Names of the leaf's findings that say that a row is late.
    counted, unit
        What is counted, in Chinese, and its measure word.
    limits
        The time allowed by kind; of two for the same kind, the later one that applies.
    """

    by: str
    done_on: str
    done: str
    late: tuple[str, ...]
    counted: str
    unit: str = "件"
    limits: tuple[Limit, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that may name terms in braces."""
        return (self.title, *(limit.limit for limit in self.limits))

    def columns_of(self, leaf: str, kind: str) -> frozenset[str]:
        """When it was due, and how late it was."""
        return frozenset({"due", "days_late"} if leaf == self.leaf and kind in self.late else ())

    def limits_under(self, readings: Readings) -> dict[str, str]:
        """Kind to the time allowed, braces not yet filled in."""
        return {
            kind: limit.limit
            for limit in self.limits
            if all(readings[key] == option for key, option in limit.reading.items())
            for kind in limit.kinds
        }


#: What outline.toml calls each kind of chart.
CHARTS: Final[Mapping[str, type[Chart]]] = {
    "count_against_target": CountAgainstTarget,
    "updates_by_month": UpdatesByMonth,
    "replies_by_kind": RepliesByKind,
}


@dataclass(frozen=True)
class Outline:
    """What outline.toml states; without sections, every node under the total is one."""

    sections: tuple[Section, ...] = ()
    charts: tuple[Chart, ...] = ()
