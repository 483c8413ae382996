"""What time alone will cost: the same evidence judged at every later cut-off of the year, with nothing new coming in.

A leaf that loses points from one day to the next is announced with that day: evidence of that day still counts, so it
is the last one on which the loss can be averted. Where a leaf is judged on certain days (``judged_on``), another such
day is tried on each day in turn. All days are judged at once, each as a department of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.decisions import examine
from scoring.engine.findings import COLUMNS, COUNT
from scoring.engine.judge import Judgement, judge
from scoring.engine.settle import Settled, are_among, settle, still_valid
from scoring.evidence.faults import Fault, Origin
from scoring.evidence.model import Evidence
from scoring.scheme import TOTAL, FindingKind, Scheme
from scoring.scheme.readings import Readings

#: The row of a day that is tried; workbooks begin with row 2.
_TRIED: Final = 0


@dataclass(frozen=True)
class Expected:
    """A finding that is to be expected, in the words of the day on which it is."""

    id: str
    kind: FindingKind
    because: str
    where: str  # file, sheet and row; empty if it rests on something missing
    scope: str | None  # what it sets to zero
    counted: int  # of a veto by count: how many findings there are
    lacking: int | None  # how many are lacking to the number required, or to a veto by count


@dataclass(frozen=True)
class Loss:
    """What a leaf loses on a day."""

    code: str
    day: pd.Timestamp | None  # the last day to avert it; None for a veto by count that no day brings
    if_judged: bool  # comes only if the leaf is judged on that day, or on a later one
    findings: tuple[Expected, ...]  # those that are new on that day, or count for more than before
    cost: Fraction  # points of the total, if nothing else changes from today; vetoes of today aside

    @property
    def veto(self) -> Expected | None:
        """The veto that it brings, if it brings one."""
        return next((finding for finding in self.findings if finding.kind.veto), None)


@dataclass(frozen=True)
class Outlook:
    """What lies ahead of a department."""

    scheme: Scheme
    department: str
    sample: bool
    on: pd.Timestamp  # the day from which days are counted
    known: pd.Timestamp  # the last day of its evidence, which may end before
    now: tuple[Fraction, Fraction]  # the total's range on that day
    then: tuple[Fraction, Fraction]  # the same at the end of the year, if no leaf is judged on another day
    vetoes: tuple[str, ...]  # kinds of the vetoes that count already
    losses: tuple[Loss, ...]  # by day, on a day by cost
    near: tuple[Loss, ...]  # vetoes by count that lack findings; the nearest first
    unknown: Mapping[str, str]  # leaves that cannot be judged by the end of the year, with the reason


def outlooks(evidence: Evidence, on: pd.Timestamp, readings: Readings) -> tuple[list[Outlook], dict[str, list[Fault]]]:
    """What lies ahead of every department on a day of the scheme's year; evidence after it is not looked at.

    Departments with faulty decisions are left out; their faults come second.
    """
    known = evidence.as_of(on)
    ahead = [_Ahead(known, department, on, readings) for department in evidence.departments]
    faults = {one.department: one.faults for one in ahead if one.faults}
    return [one.outlook() for one in ahead if not one.faults], faults


@dataclass(frozen=True)
class _State:
    """A leaf on a day."""

    rows: Mapping[Any, Any] = field(default_factory=dict)  # valid findings, by a name that is the same on all days
    near: tuple[Any, ...] = ()  # vetoes by count that lack findings
    pending: str = ""

    @property
    def matters(self) -> Any:
        """What its points depend on."""
        return self.pending, {name: (row.points, row.scope) for name, row in self.rows.items()}

    def beyond(self, earlier: _State) -> list[Any]:
        """The findings that are new, or count for more."""
        return [
            row
            for name, row in self.rows.items()
            if name not in earlier.rows or earlier.rows[name].points != row.points
        ]

    def and_(self, rows: Mapping[Any, Any]) -> _State:
        """The same with more findings."""
        return replace(self, rows={**self.rows, **rows})


#: Leaf code to its state.
_States = dict[str, _State]


@dataclass(frozen=True)
class _Step:
    """A change of a leaf, and the findings that make it."""

    code: str
    day: pd.Timestamp | None
    if_judged: bool
    before: _State
    after: _State
    new: Sequence[Any]


class _Ahead:
    """Works out what lies ahead of one department."""

    def __init__(self, evidence: Evidence, department: str, on: pd.Timestamp, readings: Readings) -> None:
        self.evidence, self.department, self.on, self.readings = evidence, department, on, readings
        self.scheme, self.origin = evidence.scheme, evidence.origins[department]
        self.known: pd.Timestamp = evidence.facts.set_index("department")["cut_off"][department]
        self.days = list(pd.date_range(self.known, pd.Timestamp(self.scheme.year, 12, 31)))
        played = self._played(self.days, self.scheme)
        judgement = judge(played, readings, near=True)
        examined = examine(played, judgement)
        self.faults = examined.faults.get(_label(self.known), [])
        self.turned = {(label, finding) for label, ids in examined.turned.items() for finding in ids}
        self.passing = self._states(judgement, self.days, self.scheme)
        self.today = self.passing[self.days[0]]
        self.vetoes = {row.id: row.kind for state in self.today.values() for row in state.rows.values() if row.veto}
        self.tried = self._tried()

    def outlook(self) -> Outlook:
        """All that can be said."""
        steps = [*self._passing_steps(), *self._tried_steps(), *self._near_steps()]
        at_end = self.passing[self.days[-1]]
        pairs = [(self._with(step.code, step.before), self._with(step.code, step.after)) for step in steps]
        settled = self._settled([self.today, at_end, *(states for pair in pairs for states in pair)])
        losses = [
            self._loss(step, settled.high[TOTAL][at] - settled.high[TOTAL][at + 1])
            for at, step in zip(range(2, 2 + 2 * len(steps), 2), steps, strict=True)
            if any(row.veto for row in step.new) or any(high[at + 1] < high[at] for high in settled.high.values())
        ]
        now, then = ((settled.low[TOTAL][at], settled.high[TOTAL][at]) for at in (0, 1))
        return Outlook(
            scheme=self.scheme,
            department=self.department,
            sample=self.department in self.evidence.samples,
            on=self.on,
            known=self.known,
            now=now,
            then=then,
            vetoes=tuple(dict.fromkeys(self.vetoes.values())),
            losses=tuple(sorted((one for one in losses if one.day is not None), key=_by_day)),
            near=tuple(sorted((one for one in losses if one.day is None), key=_by_number)),
            unknown={code: state.pending for code, state in at_end.items() if state.pending},
        )

    # --- What changes

    def _passing_steps(self) -> Iterator[_Step]:
        """What changes because days pass."""
        for code in self.today:
            for previous, day in pairwise(self.days):
                before, after = self.passing[previous][code], self.passing[day][code]
                if after.matters != before.matters:
                    yield _Step(code, day, False, before, after, after.beyond(before))

    def _tried_steps(self) -> Iterator[_Step]:
        """What is found besides where a leaf is judged on another day: on the first such day, and on each later one."""
        before: dict[str, _State] = defaultdict(_State)
        for day, states in self.tried.items():
            for code, found in states.items():
                passing = self.passing[day][code]
                if new := found.beyond(before[code]):
                    earlier, later = passing.and_(before[code].rows), passing.and_(found.rows)
                    yield _Step(code, day, True, earlier, later, new)
                before[code] = found

    def _near_steps(self) -> Iterator[_Step]:
        """Vetoes by count that lack findings today, or where the leaf is judged tomorrow."""
        tomorrow = next(iter(self.tried.values()), {})
        for code, state in self.today.items():
            is_tried = self.scheme.by_code[code].judged_on is not None
            for row in tomorrow.get(code, _State()).near if is_tried else state.near:
                yield _Step(code, None, is_tried, state, state.and_({row.id: row}), [row])

    def _with(self, code: str, state: _State) -> _States:
        """The leaves today but for one, without the vetoes of today."""
        return {
            leaf: replace(one, rows={name: row for name, row in one.rows.items() if row.id not in self.vetoes})
            for leaf, one in {**self.today, code: state}.items()
        }

    def _settled(self, variants: Sequence[_States]) -> Settled:
        """Settle variants of the department, each as a department of its own."""
        leaves = [(str(at), code, state) for at, states in enumerate(variants) for code, state in states.items()]
        rows = [row._replace(department=label) for label, _, state in leaves for row in state.rows.values()]
        waiting = [(label, code) for label, code, state in leaves if state.pending]
        findings = pd.DataFrame(rows, columns=["Index", *COLUMNS], dtype=object)
        pending = pd.DataFrame(waiting, columns=["department", "code"], dtype=object)
        labels = tuple(map(str, range(len(variants))))
        return settle(self.scheme, self.readings, labels, findings, pending)

    def _loss(self, step: _Step, cost: Fraction) -> Loss:
        told = [row for row in step.new if row.veto or self._kind(row).advice] or list(step.new)
        told.sort(key=lambda row: not row.veto)
        return Loss(step.code, step.day, step.if_judged, tuple(map(self._expected, told)), cost)

    def _kind(self, row: Any) -> FindingKind:
        return self.scheme.by_code[row.code].findings[row.kind]

    def _expected(self, row: Any) -> Expected:
        counted = len(row.rests_on) if row.needs else 0
        lacking = max(0, row.needs - counted) if row.needs else row.lacking
        return Expected(
            id=row.id,
            kind=self._kind(row),
            because=row.because.replace(COUNT, str(counted)) if row.needs else row.because,
            where=_where(self.origin, row),
            scope=row.scope,
            counted=counted,
            lacking=None if pd.isna(lacking) else int(lacking),
        )

    # --- Every day at once

    def _tried(self) -> dict[pd.Timestamp, _States]:
        """For each later day, what would be found besides if leaves were judged on it."""
        leaves = tuple(leaf for leaf in self.scheme.leaves if leaf.judged_on)
        if not leaves or not self.days[1:]:
            return {}
        scheme, sheets = replace(self.scheme, nodes=leaves), {str(leaf.judged_on) for leaf in leaves}
        judgement = judge(self._played(self.days[1:], scheme, sheets), self.readings, near=True)
        return {
            day: {code: _apart(state, self.passing[day][code]) for code, state in states.items()}
            for day, states in self._states(judgement, self.days[1:], scheme).items()
        }

    def _states(
        self, judgement: Judgement, days: Sequence[pd.Timestamp], scheme: Scheme
    ) -> dict[pd.Timestamp, _States]:
        """The leaves of a scheme on every day."""
        stands = still_valid(judgement.findings, are_among(judgement.findings, self.turned))
        valid = {(row.department, row.id) for row in each_row(judgement.findings[stands])}
        rows, near = defaultdict[Any, dict[Any, Any]](dict), defaultdict[Any, list[Any]](list)
        for found in each_row(judgement.findings):
            key = found.department, found.code
            row = found._replace(rests_on=tuple(one for one in found.rests_on or () if (key[0], one) in valid))
            if stands[row.Index]:
                rows[key][row.id] = row
            elif row.veto and row.needs > len(row.rests_on) > 0:
                near[key].append(row)
        waiting = {(row.department, row.code): row.reason for row in each_row(judgement.pending)}
        states: dict[pd.Timestamp, _States] = {}
        for day in days:
            keys = {leaf.code: (_label(day), leaf.code) for leaf in scheme.leaves}
            states[day] = {
                code: _State(rows[key], tuple(near[key]), waiting.get(key, "")) for code, key in keys.items()
            }
        return states

    def _played(self, days: Sequence[pd.Timestamp], scheme: Scheme, tried: Collection[str] = ()) -> Evidence:
        """The evidence at every day as cut-off; its departments are the days. Sheets ``tried`` have a row of each."""
        labels = [_label(day) for day in days]
        return Evidence(
            scheme,
            {key: self._repeated(key, days, tried) for key in self.evidence.everything},
            dict.fromkeys(labels, self.origin),
            dict.fromkeys(labels, ()),
            dict.fromkeys(labels, self.evidence.absent.get(self.department, frozenset())),
        )

    def _repeated(self, key: str, days: Sequence[pd.Timestamp], tried: Collection[str]) -> pd.DataFrame:
        """The rows of a sheet once for every day."""
        table = self.evidence.everything[key]
        table = table[table["department"] == self.department]
        whole = table.iloc[np.tile(np.arange(len(table)), len(days))].reset_index(drop=True)
        dates = pd.Series(days, dtype=table["cut_off"].dtype)
        named = pd.Series([_label(day) for day in days], dtype=table["department"].dtype)
        at = np.repeat(np.arange(len(days)), len(table))
        whole = whole.assign(department=named.to_numpy()[at], cut_off=dates.to_numpy()[at])
        whole = whole.astype({"department": named.dtype})
        if key not in tried:
            return whole
        more = pd.DataFrame(
            {"department": named, "row": _TRIED, "cut_off": dates, self.scheme.sheet(key).dated_by: dates}
        )
        return pd.concat([whole, more.reindex(columns=whole.columns).astype(whole.dtypes)], ignore_index=True)


def _label(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}"


def _apart(found: _State, passing: _State) -> _State:
    """What is found on a day that is tried, under names that do not change with the day."""
    names: Counter[Any] = Counter()
    rows = {}
    for row in found.rows.values():
        if row.id not in passing.rows:
            named = row.kind, row.sheet, None if pd.isna(row.row) else row.row
            names[named] += 1
            rows[*named, names[named]] = row
    known = {row.id for row in passing.near}
    return _State(rows, tuple(row for row in found.near if row.id not in known))


def _where(origin: Origin, row: Any) -> str:
    if pd.isna(row.row) or row.row == _TRIED:
        return ""
    file, line = origin.place(int(row.row))
    return f"{file}《{row.sheet}》第{line}行"


def _by_day(loss: Loss) -> tuple[Any, ...]:
    return loss.day, loss.veto is None, -loss.cost


def _by_number(loss: Loss) -> tuple[Any, ...]:
    return loss.findings[0].lacking, -loss.cost
