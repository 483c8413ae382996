"""The rates of a circular, exact, each with the rows that it counts; and what is overdue.

An item of mending is a finding that a notice asks to be mended by a day. A finding that was withdrawn is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from scoring.engine.followup import FollowUp, Step
from scoring.engine.periods import Period
from scoring.engine.scorecard import Scorecard
from scoring.scheme.sheets import MENDED, NOT_MENDED, REPORTED, TO_MEND

INSPECTED_SHARE = "检查覆盖率"
MENDED_SHARE = "整改复查合格率"
IN_TIME_SHARE = "按期办结率"
#: What each rate is, as the paper says it.
DEFINITIONS: Mapping[str, str] = {
    INSPECTED_SHARE: "本期内有核查、监测或复查记录的部门数，除以名单所列部门数。",
    MENDED_SHARE: "本期内最后一次复查为“复查合格”的整改事项数，除以本期内复查过的整改事项数。",
    IN_TIME_SHARE: "期限在本期内届满的整改事项中，部门在期限内反馈、该次反馈又经复查合格的项数，除以其总数。",
}


@dataclass(frozen=True)
class Counted:
    """A row of a rate."""

    department: str
    finding: str  # empty where the row is a department
    day: pd.Timestamp | None  # of the first inspection, the last look, or the due day
    counts: bool  # whether it belongs to the numerator
    state: str  # where it stands, in Chinese


@dataclass(frozen=True)
class Rate:
    """A share, with what it counts."""

    name: str
    rows: tuple[Counted, ...]

    @property
    def numerator(self) -> int:
        """How many rows count."""
        return sum(row.counts for row in self.rows)

    @property
    def value(self) -> Fraction | None:
        """The share; None where there is nothing to count."""
        return Fraction(self.numerator, len(self.rows)) if self.rows else None


@dataclass(frozen=True)
class Due:
    """An item whose day has come: a finding, as one notice told it."""

    department: str
    finding: str
    told: Step
    steps: tuple[Step, ...]  # what came after

    @property
    def due(self) -> pd.Timestamp:
        """The day by which it was to be mended."""
        if self.told.due is None:
            raise ValueError(f"{self.finding} was told without a day")
        return self.told.due

    @property
    def reported(self) -> Step | None:
        """The report that a look accepted, the first such; else the last one."""
        report = None
        for step in self.steps:
            if step.step == MENDED:
                break
            report = step if step.step == REPORTED else report
        return report

    @property
    def accepted(self) -> bool:
        """Whether a look accepted a report."""
        return any(step.step == MENDED for step in self.steps)

    @property
    def in_time(self) -> bool:
        """Whether a report that was accepted came by its day."""
        return self.accepted and self.reported is not None and self.reported.done_on <= self.due

    @property
    def state(self) -> str:
        """Where it stands, in Chinese."""
        if self.reported is None:
            return "未反馈"
        if not self.accepted and self.steps[-1].step == NOT_MENDED:
            return NOT_MENDED
        late = "按期" if self.reported.done_on <= self.due else "逾期"
        return f"{late}{'办结' if self.accepted else '反馈，待复查'}"


def inspected(departments: Iterable[str], days: Mapping[str, Sequence[pd.Timestamp]]) -> Rate:
    """检查覆盖率: of the departments, those with a day on which they were inspected."""
    rows = []
    for department in departments:
        seen = days.get(department, ())
        rows.append(Counted(department, "", min(seen, default=None), bool(seen), f"{len(seen)} 天" if seen else "无"))
    return Rate(INSPECTED_SHARE, tuple(rows))


def mended(cards: Iterable[Scorecard], period: Period) -> Rate:
    """整改复查合格率: of the items looked at again in the period, those that the last look found mended."""
    rows = []
    for card, one in _items(cards):
        looks = [step for step in one.of(MENDED, NOT_MENDED) if step.done_on in period]
        if looks:
            last = looks[-1]
            rows.append(Counted(card.department, one.finding, last.done_on, last.step == MENDED, last.step))
    return Rate(MENDED_SHARE, tuple(rows))


def in_time(cards: Iterable[Scorecard], period: Period) -> Rate:
    """按期办结率: of the items whose day was in the period, those dealt with in time."""
    rows = [
        Counted(item.department, item.finding, item.due, item.in_time, item.state)
        for item in due_items(cards)
        if item.due in period
    ]
    return Rate(IN_TIME_SHARE, tuple(rows))


def overdue(cards: Iterable[Scorecard], on: pd.Timestamp) -> tuple[Due, ...]:
    """The items that wait for the department although their day is over; the oldest first.

    One that was told again, or reported and not looked at yet, does not wait for the department.
    """
    late = [
        item
        for card, one in _items(cards)
        if one.state in {TO_MEND, NOT_MENDED}
        for item in list(_due(card, one))[-1:]
        if item.due < on
    ]
    return tuple(sorted(late, key=lambda item: item.due))


def due_items(cards: Iterable[Scorecard]) -> Iterator[Due]:
    """Every item, once for each notice; not where a later notice gave another day before the first was over."""
    for card, one in _items(cards):
        yield from _due(card, one)


def _due(card: Scorecard, one: FollowUp) -> Iterator[Due]:
    told = [number for number, step in enumerate(one.mending) if step.step == TO_MEND and step.due is not None]
    for number, until in zip(told, [*told[1:], len(one.mending)], strict=True):
        step, after = one.mending[number], one.mending[number + 1 :]
        again = one.mending[until].done_on if until < len(one.mending) else None
        if again is not None and step.due is not None and again <= step.due:
            continue
        yield Due(card.department, one.finding, step, tuple(after))


def _items(cards: Iterable[Scorecard]) -> Iterator[tuple[Scorecard, FollowUp]]:
    """What is to be mended, of findings that were not withdrawn."""
    for card in cards:
        withdrawn = {review.finding for review in card.reviews if review.withdraws}
        yield from ((card, one) for one in card.follow_ups.values() if one.state and one.finding not in withdrawn)
