"""Two years of the same departments: their leaves scored again under each other's rules, and what made them differ.

A leaf's own score is what its own findings make of it. What vetoes, caps and spilt points do above the leaves is told
apart: the total less the sum of its leaves' own scores, split by the same causes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from operator import add
from typing import Final

import pandas as pd

from scoring.archive.one_year import NotComparable, OneYear
from scoring.base.tables import each_row
from scoring.base.workdays import counting_by
from scoring.comparison.leaves import Correspondence, corresponding, under
from scoring.comparison.split import Sides, Split, split
from scoring.engine.assessment import assess_evidence
from scoring.engine.findings import CHANGE
from scoring.engine.judge import judge
from scoring.engine.scorecard import Scorecard
from scoring.engine.settle import Settled, settle, standing
from scoring.evidence import Evidence, Fault, load_evidence, workbooks_in
from scoring.scheme import TOTAL, Node, Scheme

_EVERY: Final[tuple[Sides, ...]] = tuple((e, s, r) for e in (0, 1) for s in (0, 1) for r in (0, 1))

#: What a finding is known by under whichever rules: department, leaf in the evidence's own scheme, kind, and place.
Known = tuple[str, str, str, object]


@dataclass(frozen=True)
class Own:
    """A leaf's own score in its year, whatever a veto above it does; a range while it is pending."""

    node: Node
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class LeafChange:
    """A leaf in both years.

    Attributes
    ----------
    before, after
        Its own score; None where that year's scheme does not have it.
    split
        What made it change; None where it is pending in a year, or would be under the other's rules.
    """

    before: Own | None
    after: Own | None
    split: Split | None

    @property
    def node(self) -> Node:
        """The leaf, as the later scheme that has it says."""
        own = self.after or self.before
        if own is None:
            raise ValueError("a leaf of neither year")
        return own.node


@dataclass(frozen=True)
class DepartmentChange:
    """A department in both years.

    Attributes
    ----------
    leaves
        In the order of the later scheme, dropped ones last.
    above
        What made the total change beyond its leaves: vetoes, branches set to zero, caps, what was spilt. None while a
        leaf is pending in a year, or would be under the other's rules.
    """

    before: Scorecard
    after: Scorecard
    leaves: tuple[LeafChange, ...]
    above: Split | None

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
        """What made the total change, all of it; None while something is not to be split."""
        parts = [*(leaf.split for leaf in self.leaves), self.above]
        known = [part for part in parts if part is not None]
        return reduce(add, known, Split()) if len(known) == len(parts) else None


@dataclass(frozen=True)
class Comparison:
    """Two years side by side.

    Attributes
    ----------
    departments
        Those that were scored in both, in the order of the later scheme.
    alone
        Those that were scored in one of them only, by year.
    faults
        The faults of each year's workbooks, by department.
    """

    before: OneYear
    after: OneYear
    leaves: Correspondence
    departments: tuple[DepartmentChange, ...]
    alone: Mapping[int, tuple[str, ...]]
    faults: Mapping[int, Mapping[str, list[Fault]]]


def compare(before: OneYear, after: OneYear) -> Comparison:
    """Put two years side by side.

    Raises
    ------
    NotComparable
        When they are not given from the earlier to the later, or no department was scored in both.
    """
    if before.year >= after.year:
        raise NotComparable(f"对比的年度应由早到晚，现为 {before.year} 年、{after.year} 年")
    sides = _Side.of(before), _Side.of(after)
    leaves = corresponding(before.scheme, after.scheme)
    both = [name for name in sides[1].cards if name in sides[0].cards]
    if not both:
        faulty = "、".join(dict.fromkeys(name for side in sides for name in side.faults))
        told = f"；工作簿有差错的：{faulty}，运行 check 命令可看到全部差错" if faulty else ""
        raise NotComparable(f"{before.year} 年和 {after.year} 年没有同一个已评分的部门{told}")
    rescored = _Rescored(sides, leaves)
    changes = (
        DepartmentChange(
            sides[0].cards[name], sides[1].cards[name], tuple(rescored.changes(name)), rescored.above(name)
        )
        for name in both
    )
    return Comparison(
        before,
        after,
        leaves,
        tuple(changes),
        {side.year.year: tuple(name for name in side.cards if name not in both) for side in sides},
        {side.year.year: side.faults for side in sides},
    )


@dataclass(frozen=True)
class _Side:
    """One of the two years, scored as it was."""

    year: OneYear
    evidence: Evidence
    cards: Mapping[str, Scorecard]
    faults: Mapping[str, list[Fault]]

    @classmethod
    def of(cls, year: OneYear) -> _Side:
        loaded = load_evidence(workbooks_in(year.evidence), year.scheme)
        with counting_by(year.calendar):
            assessment = assess_evidence(loaded, year.readings)
        cards = {card.department: card for card in assessment.scorecards}
        return cls(year, loaded.evidence, cards, assessment.faults)

    @cached_property
    def withdrawn(self) -> frozenset[Known]:
        """The findings that reviews withdrew, in its own year."""
        return frozenset(
            _known(self.year.scheme, name, found.code, found.code, found.kind.name, found.id, found.sheet, found.row)
            for name, card in self.cards.items()
            for found in card.findings
            if found.withdrawn
        )


@dataclass(frozen=True)
class _Scores:
    """Evidence of a year under some rules: leaves as their own findings make them, and all nodes as they are."""

    own: Settled
    whole: Settled

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Department to its place."""
        return {name: place for place, name in enumerate(self.own.departments)}


class _Rescored:
    """Every leaf and the total under each year's rules and readings; what agrees is worked out once."""

    def __init__(self, sides: tuple[_Side, _Side], leaves: Correspondence) -> None:
        self.sides, self.leaves = sides, leaves
        self.scores: dict[tuple[int, int, tuple[str, ...]], _Scores] = {}

    def changes(self, department: str) -> Iterator[LeafChange]:
        """The leaves of a department that both schemes have, the added ones, the dropped ones."""
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
        """What made the total change beyond its leaves."""
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
        """Every department's scores: evidence, scheme and readings each of one year."""
        evidence, scheme, _ = sides
        readings = self._readings(*sides[1:])
        key = evidence, scheme, tuple(readings.values())
        if key not in self.scores:
            self.scores[key] = self._settle(evidence, scheme, readings)
        return self.scores[key]

    def _readings(self, scheme: int, chosen: int) -> dict[str, str]:
        """A scheme's readings as a year chose them; what that year's scheme does not know stays as it was."""
        year, other = self.sides[scheme].year, self.sides[chosen].year.readings
        return {
            key: other[key] if other.get(key) in reading.options else year.readings[key]
            for key, reading in year.scheme.readings.items()
        }

    def _settle(self, at: int, scheme: int, readings: Mapping[str, str]) -> _Scores:
        side, codes = self.sides[at], self._codes(at, scheme)
        evidence = side.evidence if at == scheme else under(side.evidence, self.sides[scheme].year.scheme, codes)
        with counting_by(side.year.calendar):  # Due days are those of the evidence's own period.
            judgement = judge(evidence, readings)
        found = judgement.findings
        back = {there: here for here, there in codes.items()}
        withdrawn = [
            _known(
                evidence.scheme, row.department, back.get(row.code, ""), row.code, row.kind, row.id, row.sheet, row.row
            )
            in side.withdrawn
            for row in each_row(found)
        ]
        stands = standing(found, pd.Series(withdrawn, found.index, dtype=bool))
        own = (found["effect"] == CHANGE) | (found["scope"] == found["code"])
        settled = (
            settle(evidence.scheme, readings, evidence.departments, found[which], judgement.pending)
            for which in (stands & own, stands)
        )
        return _Scores(*settled)

    def _codes(self, evidence: int, scheme: int) -> dict[str, str]:
        """Each leaf's code in the evidence's own scheme, to its code in the scheme it is scored by."""
        if evidence == scheme:
            return {leaf.code: leaf.code for leaf in self.sides[scheme].year.scheme.leaves}
        return {pair[evidence]: pair[scheme] for pair in self.leaves.pairs}


def _by_rules(points: Fraction, own: Own) -> Split | None:
    """A leaf that one scheme has and the other has not: all of it is the rules'."""
    return Split(rules=points) if own.low == own.high else None


def _known(
    scheme: Scheme, department: str, own_code: str, code: str, kind: str, name: str, sheet: str | None, row: object
) -> Known:
    """What identifies a finding: its row where the sheet names the leaf (its id holds the code), else its id."""
    if isinstance(sheet, str) and scheme.sheet_names[sheet].of_leaf:
        return department, own_code, kind, row
    return department, own_code, kind, name.removeprefix(f"{code}-{kind}")
