"""What had been established by a day of the year, and what a period added: for papers that are written during the year.

The evidence is judged twice, as it was known before the period and at its end. What comes in later is not looked at;
what only the end of the year can show is not due yet, and no loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain

import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.assessment import Assessment, assess_evidence
from scoring.engine.followup import FollowUp
from scoring.engine.judge import judge
from scoring.engine.scorecard import Finding, Scorecard
from scoring.evidence import Evidence, Loaded
from scoring.scheme import TOTAL
from scoring.scheme.readings import Readings
from scoring.scheme.sheets import CLOSED, INSPECTED, INSPECTIONS, MENDED, NOT_MENDED, REVIEWS

_DAY = pd.Timedelta(days=1)
#: The end of an id that was made of its row's content: it changes when the row is completed.
_BY_CONTENT = re.compile(r"-\d{4}-\d\d-\d\d-[0-9a-f]{6}(-\d+)?$", re.ASCII)
#: Department and id of a finding, or department and code of a leaf.
_Key = tuple[str, str]


@dataclass(frozen=True)
class Period:
    """Some days of the year, both ends included."""

    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def before(self) -> pd.Timestamp:
        """The last day before it."""
        return self.first - _DAY

    def __contains__(self, day: pd.Timestamp) -> bool:
        return self.first <= day < self.last + _DAY


@dataclass(frozen=True)
class Standing:
    """A department as it stood at the end of a day."""

    card: Scorecard  # of the evidence known on that day
    problems: Mapping[str, Finding]  # what is to be mended, by id; neither what is withdrawn or suspected, nor vetoes
    vetoes: Mapping[str, Finding]
    not_due: Mapping[str, str]  # leaves that only the days to come can judge, with the reason
    lost: Mapping[str, Fraction]  # points lost by node, the total's after floors and caps; without vetoes and bonus


@dataclass(frozen=True)
class Change:
    """What a department has to mend, over a period: what was open before and what was added, less what was removed."""

    carried: tuple[Finding, ...]
    added: tuple[Finding, ...]
    removed: tuple[Finding, ...]  # found mended, withdrawn, or no longer there
    left: tuple[Finding, ...]

    @property
    def still(self) -> tuple[Finding, ...]:
        """Those that were open before and still are."""
        added = {finding.id for finding in self.added}
        return tuple(finding for finding in self.left if finding.id not in added)


@dataclass(frozen=True)
class DepartmentPeriod:
    """A department over a period."""

    card: Scorecard  # of all evidence, with everything written down about its findings
    inspected: tuple[pd.Timestamp, ...]  # the days on which it was inspected, monitored or looked at again
    before: Standing
    after: Standing

    @property
    def lost(self) -> Fraction:
        """Points of the total lost in the period, below 0 where more were given back."""
        return self.after.lost[TOTAL] - self.before.lost[TOTAL]

    @property
    def vetoes(self) -> tuple[Finding, ...]:
        """The vetoes of the period."""
        return tuple(veto for name, veto in self.after.vetoes.items() if name not in self.before.vetoes)

    @cached_property
    def found(self) -> tuple[Finding, ...]:
        """The problems established in the period."""
        return tuple(now for then, now in _paired(self.before.problems, self.after.problems) if now and not then)

    @cached_property
    def change(self) -> Change:
        """What became of the problems that can be mended; also of others that a notice asks to be mended."""
        carried, added, removed, left = [], [], [], []
        for then, now in _paired(self.before.problems, self.after.problems):
            known = [finding.id for finding in (then, now) if finding]
            was_open = then is not None and not _mended(self.before.card.follow_ups, known)
            is_open = now is not None and not _mended(self.after.card.follow_ups, known)
            finding = now or then
            if finding is None or not (finding.kind.mendable or self._is_asked_for(known)):
                continue
            carried += [finding] if was_open else []
            added += [finding] if not was_open and (is_open or then is None) else []
            removed += [finding] if not is_open and (was_open or then is None) else []
            left += [finding] if is_open else []
        return Change(tuple(carried), tuple(added), tuple(removed), tuple(left))

    def _is_asked_for(self, names: Sequence[str]) -> bool:
        follow_ups = self.after.card.follow_ups
        return any(follow_ups[name].state for name in names if name in follow_ups)


@dataclass(frozen=True)
class PeriodResult:
    """All departments that are assessed together, over a period."""

    period: Period
    assessment: Assessment  # of all evidence
    departments: tuple[DepartmentPeriod, ...]


def standings(loaded: Loaded, readings: Readings, day: pd.Timestamp) -> dict[str, Standing]:
    """Department to how it stood at the end of a day.

    Parameters
    ----------
    readings
        Every reading as chosen.
    """
    return _Standings(loaded, readings).end_of(day)


def over(loaded: Loaded, period: Period, readings: Readings) -> PeriodResult:
    """What a period added.

    Parameters
    ----------
    loaded
        All evidence; what came in after the period is looked at by no figure of the period.
    period
        Days of the scheme's year.
    readings
        Every reading as chosen.
    """
    assessment = assess_evidence(loaded, readings)
    at = _Standings(loaded, readings)
    before, after = at.end_of(period.before), at.end_of(period.last)
    departments = tuple(
        DepartmentPeriod(
            _until(card, period.last),
            _inspected(loaded.evidence, card, period),
            before[card.department],
            after[card.department],
        )
        for card in assessment.ranked_together
        if card.department in before.keys() & after.keys()
    )
    return PeriodResult(period, assessment, departments)


def _until(card: Scorecard, day: pd.Timestamp) -> Scorecard:
    """The scorecard with what had been written down about its findings by the end of a day."""
    steps = {
        name: replace(one, steps=tuple(step for step in one.steps if step.done_on < day + _DAY))
        for name, one in card.follow_ups.items()
    }
    reviews = tuple(review for review in card.reviews if review.reviewed_on < day + _DAY)
    return replace(card, reviews=reviews, follow_ups={name: one for name, one in steps.items() if one.steps})


def _inspected(evidence: Evidence, card: Scorecard, period: Period) -> tuple[pd.Timestamp, ...]:
    """The days of the period on which leaves were inspected, the site was monitored, or mending was looked at."""
    inspections = evidence.of(INSPECTIONS, card.department)
    days = [*inspections.loc[inspections["status"] == INSPECTED, "inspected_on"]]
    for key in {leaf.judged_on for leaf in evidence.scheme.leaves if leaf.judged_on}:
        days += [*evidence.of(key, card.department)[evidence.scheme.sheet(key).dated_by]]
    days += [step.done_on for one in card.follow_ups.values() for step in one.of(MENDED, NOT_MENDED)]
    return tuple(sorted({day.normalize() for day in days if day in period}))


def _paired(
    before: Mapping[str, Finding], after: Mapping[str, Finding]
) -> Iterator[tuple[Finding | None, Finding | None]]:
    """The same problem before and after; its id may be another one if its row was completed in between.

    What was not delivered and then came late, for example, is the same row of the same leaf.
    """
    alone = {_place(then): name for name, then in before.items() if name not in after and _BY_CONTENT.search(name)}
    same = {
        name: alone.pop(_place(now), "")
        for name, now in after.items()
        if name not in before and _BY_CONTENT.search(name)
    }
    for name, now in after.items():
        yield before.get(same.get(name) or name), now
    gone = before.keys() - after.keys() - set(same.values())
    yield from ((then, None) for name, then in before.items() if name in gone)


def _place(finding: Finding) -> tuple[str, str | None, int | None]:
    return finding.code, finding.sheet, finding.row


def _mended(follow_ups: Mapping[str, FollowUp], names: Sequence[str]) -> bool:
    return any(follow_ups[name].state in {MENDED, CLOSED} for name in names if name in follow_ups)


class _Standings:
    """Judges the same evidence as it was known on several days."""

    def __init__(self, loaded: Loaded, readings: Readings) -> None:
        self.loaded, self.readings, self.scheme = loaded, readings, loaded.evidence.scheme
        self.year_end = pd.Timestamp(self.scheme.year, 12, 31)
        # What is found before anything has happened has no day: it is known from the day of its leaf's inspection.
        at_start = judge(loaded.evidence.as_of(loaded.evidence.period_start - _DAY), readings)
        self.undated = {key for table in (at_start.findings, at_start.set_aside) for key in _keys(table, "id")}
        inspections = loaded.evidence.rows(INSPECTIONS)
        self.inspected = {(row.department, row.code): row.inspected_on for row in each_row(inspections)}

    def end_of(self, day: pd.Timestamp) -> dict[str, Standing]:
        """Department to its standing at the end of a day."""
        known = self._decided(self.loaded.evidence.as_of(day))
        cards = assess_evidence(replace(self.loaded, evidence=known), self.readings).scorecards
        at_year_end = {key: table.assign(cut_off=self.year_end) for key, table in known.everything.items()}
        pending = set(_keys(judge(replace(known, everything=at_year_end), self.readings).pending, "code"))
        return {card.department: self._standing(_until(card, day), day, pending) for card in cards}

    def _decided(self, known: Evidence) -> Evidence:
        """The evidence without decisions about what was not found yet."""
        reviews = known.everything[REVIEWS]
        if reviews.empty:
            return known
        judgement = judge(known, self.readings)
        found = {key for table in (judgement.findings, judgement.set_aside) for key in _keys(table, "id")}
        kept = pd.Series([key in found for key in _keys(reviews, "finding")], reviews.index, bool)
        return replace(known, everything={**known.everything, REVIEWS: reviews[kept]})

    def _standing(self, card: Scorecard, day: pd.Timestamp, pending: set[_Key]) -> Standing:
        early = card.as_of < self.year_end
        not_due = {code: why for code, why in card.pending.items() if (card.department, code) not in pending}
        yearly = {finding.code for finding in card.findings if early and finding.stands and finding.kind.yearly}
        not_due |= dict.fromkeys(sorted(yearly - card.pending.keys()), "全年的要求要到年底才能认定")
        counted = [finding for finding in card.findings if finding.stands and self._established(card, finding, day)]
        aside = [one for one in card.set_aside if one.code in not_due and not one.withdrawn]
        aside = [finding for finding in aside if self._established(card, finding, day)]
        return Standing(
            card,
            {one.id: one for one in chain(counted, aside) if _to_mend(one) and not (early and one.kind.yearly)},
            {one.id: one for one in counted if one.veto and one.code not in yearly},
            not_due,
            _lost(replace(card, pending={**card.pending, **not_due}), counted),
        )

    def _established(self, card: Scorecard, finding: Finding, day: pd.Timestamp) -> bool:
        if (card.department, finding.id) not in self.undated:
            return True
        inspected = self.inspected.get((card.department, finding.code))
        return inspected is not None and inspected < day + _DAY


def _keys(table: pd.DataFrame, column: str) -> Iterator[_Key]:
    return zip(table["department"], table[column], strict=True)


def _to_mend(finding: Finding) -> bool:
    return bool(finding.kind.advice) and not finding.veto


def _lost(card: Scorecard, counted: Sequence[Finding]) -> dict[str, Fraction]:
    settled = card.settle(one for one in counted if not one.veto and one.code not in card.pending)
    return {code: settled.full[code] - points[0] for code, points in settled.ends[1].points.items()}
