"""Two years of the same departments: every leaf is scored under both years' rules, and the change is split by cause.

A leaf's own score follows from its own findings alone. The effect of vetoes, caps and spilt points above the leaves is
the total minus the sum of the leaves' own scores; it is split by the same causes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from operator import add
from pathlib import Path
from typing import Any, Final

import pandas as pd

from scoring.base.errors import ForAnalysts
from scoring.base.tables import each_row
from scoring.base.workdays import Calendar, counting_by, official_calendar
from scoring.comparison.leaves import Correspondence, corresponding, under
from scoring.comparison.split import Sides, Split, split
from scoring.engine.assessment import assess_evidence
from scoring.engine.findings import CHANGE
from scoring.engine.judge import judge
from scoring.engine.readings import Spread, TooManyReadings, spreads_of
from scoring.engine.scorecard import Scorecard
from scoring.engine.settle import Settled, settle, still_valid
from scoring.engine.steps import Ends
from scoring.evidence import Evidence, Fault, load_evidence, workbooks_in
from scoring.scheme import TOTAL, Node, Scheme

_EVERY: Final[tuple[Sides, ...]] = tuple((e, s, r) for e in (0, 1) for s in (0, 1) for r in (0, 1))

#: Identifies a finding under either scheme: department, leaf in the evidence's own scheme, kind, row or name.
Known = tuple[str, str, str, object]


class NotComparable(ForAnalysts):
    """Years that cannot be compared; the message gives the reason in Chinese."""


@dataclass(frozen=True)
class OneYear:
    """The inputs of one year's assessment."""

    year: int
    evidence: Path  # The folder of its workbooks.
    scheme: Scheme
    readings: Mapping[str, str]  # Every one of the scheme with the option chosen.
    calendar: Calendar = field(default_factory=official_calendar)  # An archive has its own.


@dataclass(frozen=True)
class Own:
    """A leaf's own score in its year, before any veto above it; a range while it is pending."""

    node: Node
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class LeafChange:
    """A leaf in both years: its own scores, None where that year's scheme does not have it.

    The change by cause is None where the leaf is pending in a year, or would be under the other's rules.
    """

    before: Own | None
    after: Own | None
    split: Split | None

    @property
    def node(self) -> Node:
        """The leaf, as in the later scheme that has it."""
        return next(own.node for own in (self.after, self.before) if own)


@dataclass(frozen=True)
class DepartmentChange:
    """A department in both years.

    ``above`` is the change of the total beyond its leaves, by cause: vetoes, branches set to zero, caps, spilt points;
    None while a leaf is pending in a year, or would be under the other's rules.
    """

    before: Scorecard
    after: Scorecard
    leaves: tuple[LeafChange, ...]  # In the order of the later scheme, dropped ones last.
    above: Split | None
    ranges: tuple[Ends, Ends] | None = None  # the totals that any readings give, in both years; None if too many

    @property
    def outlasts_readings(self) -> bool:
        """Whether the total rose or fell whatever the readings of either year: their ranges lie apart."""
        return self.ranges is not None and any(
            first[1] < second[0] for first, second in (self.ranges, self.ranges[::-1])
        )

    @property
    def department(self) -> str:
        """Its name."""
        return self.after.department

    @property
    def sample(self) -> bool:
        """Whether evidence of one of the years is 示例, or its scheme an exercise."""
        return self.before.sample or self.after.sample

    @property
    def change(self) -> Fraction | None:
        """How much the total changed; None while it has no score in one of the years."""
        before, after = self.before.total.score, self.after.total.score
        return None if before is None or after is None else after - before

    @property
    def split(self) -> Split | None:
        """The change of the total by cause; None while a part of it cannot be split."""
        parts = [*(leaf.split for leaf in self.leaves), self.above]
        known = [part for part in parts if part is not None]
        return reduce(add, known, Split()) if len(known) == len(parts) else None


@dataclass(frozen=True)
class Comparison:
    """Two years compared."""

    before: OneYear
    after: OneYear
    leaves: Correspondence
    departments: tuple[DepartmentChange, ...]  # Those scored in both years, in the order of the later scheme.
    alone: Mapping[int, tuple[str, ...]]  # Those scored in one of them only, by year.
    faults: Mapping[int, Mapping[str, list[Fault]]]  # Of each year's workbooks, by department.


def compare(before: OneYear, after: OneYear) -> Comparison:
    """Compare two years.

    Raises
    ------
    NotComparable
        When a scheme gives no points, the years are not in order, or no department was scored in both.
    """
    if gates := [year.scheme.folder.name for year in (before, after) if year.scheme.is_gate]:
        raise NotComparable(f"方案 {'、'.join(dict.fromkeys(gates))} 不计分，没有得分可以对比")
    if before.year >= after.year:
        raise NotComparable(f"对比的年度应由早到晚，现为 {before.year} 年、{after.year} 年")
    sides = _Side.of(before), _Side.of(after)
    leaves = corresponding(before.scheme, after.scheme)
    both = [name for name in sides[1].cards if name in sides[0].cards]
    if not both:
        faulty = "、".join(dict.fromkeys(name for side in sides for name in side.faults))
        hint = f"；工作簿有差错的：{faulty}，运行 check 命令可看到全部差错" if faulty else ""
        raise NotComparable(f"{before.year} 年和 {after.year} 年没有同一个已评分的部门{hint}")
    rescored = _Rescored(sides, leaves)
    cards = [(name, sides[0].cards[name], sides[1].cards[name]) for name in both]
    changes = (
        DepartmentChange(earlier, later, tuple(rescored.changes(name)), rescored.above(name), _ranges(sides, name))
        for name, earlier, later in cards
    )
    alone = {side.year.year: tuple(name for name in side.cards if name not in both) for side in sides}
    return Comparison(before, after, leaves, tuple(changes), alone, {side.year.year: side.faults for side in sides})


@dataclass(frozen=True)
class _Side:
    """One of the two years, scored by its own scheme."""

    year: OneYear
    evidence: Evidence
    cards: Mapping[str, Scorecard]
    faults: Mapping[str, list[Fault]]
    spreads: Mapping[str, Spread]  # Under all combinations of readings; empty if there are too many.

    @classmethod
    def of(cls, year: OneYear) -> _Side:
        loaded = load_evidence(workbooks_in(year.evidence), year.scheme)
        with counting_by(year.calendar):
            assessment = assess_evidence(loaded, year.readings)
            spreads: dict[str, Spread] = {}
            with suppress(TooManyReadings):
                spreads = {one.department: one for one in spreads_of(loaded.evidence, assessment)}
        cards = {card.department: card for card in assessment.scorecards}
        return cls(year, loaded.evidence, cards, assessment.faults, spreads)

    @cached_property
    def decided(self) -> Mapping[Known, bool]:
        """The findings that reviews withdrew, dismissed (False) or confirmed (True), in its own year."""
        return {
            _known(self.year.scheme, name, found.code, found.kind.name, found): found.confirmed
            for name, card in self.cards.items()
            for found in (*card.findings, *card.suspected)
            if found.withdrawn or found.confirmed
        }

    def turned(self, known: Known, found: Any) -> bool:
        """Whether a decision turned a finding, which may be suspected under one of the two schemes only."""
        return self.decided.get(known, not found.suspected) == bool(found.suspected)


@dataclass(frozen=True)
class _Scores:
    """A year's evidence scored under some rules: the leaves' own scores, and all nodes with every effect."""

    own: Settled
    whole: Settled

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Department to its position."""
        return {name: place for place, name in enumerate(self.own.departments)}


class _Rescored:
    """Every leaf and the total under each year's rules and readings; equal combinations are scored once."""

    def __init__(self, sides: tuple[_Side, _Side], leaves: Correspondence) -> None:
        self.sides, self.leaves = sides, leaves
        self.scores: dict[tuple[int, int, tuple[str, ...]], _Scores] = {}

    def changes(self, department: str) -> Iterator[LeafChange]:
        """The leaves of a department: those of both schemes, the added ones, the dropped ones."""
        earlier = {after: before for before, after in self.leaves.pairs}
        for leaf in self.sides[1].year.scheme.leaves:
            later = self._own(1, leaf.code, department)
            if leaf.code in earlier:
                codes = earlier[leaf.code], leaf.code
                yield LeafChange(self._own(0, codes[0], department), later, self._split(codes, department))
            else:
                yield LeafChange(None, later, _by_rules(later.low, later))
        for code in self.leaves.dropped:
            own = self._own(0, code, department)
            yield LeafChange(own, None, _by_rules(-own.low, own))

    def above(self, department: str) -> Split | None:
        """The change of the total beyond its leaves, by cause."""
        beyond: dict[Sides, Fraction] = {}
        for sides in _EVERY:
            scores, at = self._scored(sides), self._scored(sides).at[department]
            if scores.own.pending[TOTAL][at]:
                return None
            leaves = (scores.own.low[leaf.code][at] for leaf in self.sides[sides[1]].year.scheme.leaves)
            beyond[sides] = scores.whole.low[TOTAL][at] - sum(leaves)
        return split(beyond.__getitem__)

    def _own(self, side: int, code: str, department: str) -> Own:
        scores = self._scored((side, side, side))
        at = scores.at[department]
        return Own(self.sides[side].year.scheme.by_code[code], scores.own.low[code][at], scores.own.high[code][at])

    def _split(self, codes: tuple[str, str], department: str) -> Split | None:
        scores: dict[Sides, Fraction] = {}
        for sides in _EVERY:
            own, code = self._scored(sides).own, codes[sides[1]]
            at = self._scored(sides).at[department]
            if own.pending[code][at] or own.low[code][at] != own.high[code][at]:
                return None
            scores[sides] = own.low[code][at]
        return split(scores.__getitem__)

    def _scored(self, sides: Sides) -> _Scores:
        """Every department's scores, with evidence, scheme and readings each taken from one of the years."""
        evidence, scheme, _ = sides
        readings = self._readings(*sides[1:])
        key = evidence, scheme, tuple(readings.values())
        if key not in self.scores:
            self.scores[key] = self._settle(evidence, scheme, readings)
        return self.scores[key]

    def _readings(self, scheme: int, chosen: int) -> dict[str, str]:
        """A scheme's readings as chosen in a year; readings that the year's scheme lacks keep their own choice."""
        year, other = self.sides[scheme].year, self.sides[chosen].year.readings
        return {
            key: other[key] if other.get(key) in reading.options else year.readings[key]
            for key, reading in year.scheme.readings.items()
        }

    def _settle(self, at: int, scheme: int, readings: Mapping[str, str]) -> _Scores:
        side, codes = self.sides[at], self._codes(at, scheme)
        evidence = side.evidence if at == scheme else under(side.evidence, self.sides[scheme].year.scheme, codes)
        with counting_by(side.year.calendar):  # Due days are counted by the calendar of the evidence.
            judgement = judge(evidence, readings)
        found, pending = judgement.findings, judgement.pending
        if at != scheme:  # A leaf that the evidence's own scheme lacks was not inspected; it must not delay the others.
            pending = pending[pending["code"].isin(list(codes.values()))]
        back = {there: here for here, there in codes.items()}
        turned = [
            side.turned(_known(evidence.scheme, row.department, back.get(row.code, ""), row.kind, row), row)
            for row in each_row(found)
        ]
        stands = still_valid(found, pd.Series(turned, found.index, dtype=bool))
        own = (found["effect"] == CHANGE) | (found["scope"] == found["code"])
        settled = (
            settle(evidence.scheme, readings, evidence.departments, found[which], pending)
            for which in (stands & own, stands)
        )
        return _Scores(*settled)

    def _codes(self, evidence: int, scheme: int) -> dict[str, str]:
        """Each leaf's code in the evidence's own scheme, to its code in the scheme that scores it."""
        if evidence == scheme:
            return {leaf.code: leaf.code for leaf in self.sides[scheme].year.scheme.leaves}
        return {pair[evidence]: pair[scheme] for pair in self.leaves.pairs}


def _ranges(sides: tuple[_Side, _Side], name: str) -> tuple[Ends, Ends] | None:
    """The lowest and the highest total of a department in both years."""
    if any(name not in side.spreads for side in sides):
        return None
    first, second = ((side.spreads[name].lowest.low, side.spreads[name].highest.high) for side in sides)
    return first, second


def _by_rules(points: Fraction, own: Own) -> Split | None:
    """The split for a leaf that only one scheme has: all of it is due to the rules."""
    return Split(rules=points) if own.low == own.high else None


def _known(scheme: Scheme, department: str, own_code: str, kind: str, found: Any) -> Known:
    """Identify a finding under either scheme: by its row where the sheet's rows name a leaf, else by its id."""
    if isinstance(found.sheet, str) and scheme.sheet_names[found.sheet].of_leaf:
        return department, own_code, kind, found.row
    return department, own_code, kind, found.id.removeprefix(f"{found.code}-{kind}")
