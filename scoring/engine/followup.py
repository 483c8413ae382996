"""What happens about a finding after it was found: the department is told, answers, mends; the office looks again.

It changes no points. It is written down step by step in 整改台账. The last step of mending says where it stands:
待整改 → 已反馈 → 复查合格 or 复查不合格 → 销号. After 复查不合格 the department reports again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.findings import chinese_date
from scoring.evidence import Evidence, Fault
from scoring.evidence.attachments import names_in
from scoring.scheme.sheets import (
    ACCEPT,
    ANSWERED,
    CLOSED,
    FOLLOWUPS,
    MENDED,
    NOT_MENDED,
    OBJECT,
    REPORTED,
    TO_MEND,
    TOLD,
)

#: A step of mending, and those of which one comes right before it; a finding may be told of anew at any time.
_AFTER: Final[Mapping[str, tuple[str, ...]]] = {
    REPORTED: (TO_MEND, REPORTED, NOT_MENDED),
    MENDED: (REPORTED,),
    NOT_MENDED: (REPORTED,),
    CLOSED: (MENDED,),
}

#: Department and id of a finding.
Key = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """A row of 整改台账."""

    step: str
    done_on: pd.Timestamp
    done_by: str
    about: str
    notice: str
    due: pd.Timestamp | None  # of 待整改: the last day for mending
    object_by: pd.Timestamp | None  # of a notice: the last day for objections
    mended_on: pd.Timestamp | None  # of 已反馈, as the department says
    attachments: tuple[str, ...]
    basis: str  # of a notice: the digest of the finding's evidence
    row: int

    def to_json(self) -> dict[str, Any]:
        """For the scorecard: what is filled in, days as in ISO 8601."""
        days = {name: f"{day:%Y-%m-%d}" for name, day in vars(self).items() if isinstance(day, pd.Timestamp)}
        return {name: value for name, value in {**vars(self), **days}.items() if value and name not in {"basis", "row"}}


@dataclass(frozen=True)
class FollowUp:
    """What happened about a finding, step by step."""

    finding: str
    steps: tuple[Step, ...]  # by day, then as they were written down
    gone: bool  # the evidence has no such finding any more
    noted: str  # the id that the steps stand under: another one, if the same evidence was collected again

    def of(self, *steps: str) -> tuple[Step, ...]:
        """The steps of some kinds."""
        return tuple(one for one in self.steps if one.step in steps)

    @property
    def told(self) -> tuple[Step, ...]:
        """The notices that the finding stood in."""
        return self.of(TO_MEND, TOLD)

    @property
    def objection(self) -> Step | None:
        """The objection, unless the department said something else later."""
        said = self.of(ACCEPT, OBJECT)
        return said[-1] if said and said[-1].step == OBJECT else None

    @property
    def unanswered(self) -> Step | None:
        """The objection, unless the department has been told what was decided on it."""
        said = self.of(OBJECT, ANSWERED)
        return self.objection if said and said[-1].step == OBJECT else None

    @property
    def mending(self) -> tuple[Step, ...]:
        """The steps of mending."""
        return self.of(TO_MEND, *_AFTER)

    @property
    def state(self) -> str:
        """Where the mending stands; empty where none was asked for."""
        return self.mending[-1].step if self.mending else ""

    def to_json(self) -> dict[str, Any]:
        """For the scorecard."""
        state = {"state": self.state} if self.state else {}
        gone = {"gone": True} if self.gone else {}
        return {"finding": self.finding, **gone, **state, "steps": [step.to_json() for step in self.steps]}

    def is_late(self, said: Step) -> bool:
        """Whether the department's answer came after the last day that its notice gave for it."""
        told = [one for one in self.told if one.notice == said.notice]
        days = [one.due if said.step == REPORTED else one.object_by for one in told]
        return any(day is not None and said.done_on > day for day in days)


def follow_ups(
    evidence: Evidence, known: Mapping[Key, Any], again: Mapping[Key, Any]
) -> dict[str, dict[str, FollowUp]]:
    """Department to what happened about its findings, by their ids.

    Parameters
    ----------
    known
        Department and id to a row of findings, for those that 整改台账 names and that exist.
    again
        The same for those whose evidence has a finding with another id now.
    """
    steps: dict[Key, list[Step]] = {}
    for row in each_row(evidence.rows(FOLLOWUPS).sort_values(["department", "finding", "done_on", "row"])):
        steps.setdefault((row.department, row.finding), []).append(_step(row))
    made: dict[str, dict[str, FollowUp]] = {}
    for key, of_finding in steps.items():
        department, noted = key
        found = again.get(key, known.get(key))
        finding = found.id if found else noted
        made.setdefault(department, {})[finding] = FollowUp(finding, tuple(of_finding), found is None, noted)
    return made


def _step(row: Any) -> Step:
    about, notice, basis, named = (
        "" if pd.isna(value) else str(value) for value in (row.about, row.notice, row.basis, row.attachments)
    )
    due, object_by, mended_on = (None if pd.isna(day) else day for day in (row.due, row.object_by, row.mended_on))
    files = tuple(names_in(named))
    return Step(
        row.step, row.done_on, row.done_by, about, notice, due, object_by, mended_on, files, basis, int(row.row)
    )


def faults_of(evidence: Evidence, made: Mapping[str, Mapping[str, FollowUp]]) -> Iterator[tuple[str, Fault]]:
    """Department and fault: steps that are out of order or lack something."""
    sheet = evidence.scheme.sheet(FOLLOWUPS)
    for department, by in made.items():
        for one in by.values():
            for step, column, found, expected in (*_out_of_order(one), *_incomplete(one)):
                fault = evidence.origins[department].fault_at(sheet, found, expected, row=step.row, column=column)
                yield department, fault


#: A step, the column at fault, what was found there and what is expected.
_Wrong = tuple[Step, str, str, str]


def _out_of_order(one: FollowUp) -> Iterator[_Wrong]:
    for before, step in pairwise([None, *one.mending]):
        last = before.step if before else TO_MEND
        if step and step.step in _AFTER and last not in _AFTER[step.step]:
            found = f"“{one.finding}”的“{step.step}”接在“{last}”之后"
            yield step, "step", found, f"“{step.step}”之前是“{'”或“'.join(_AFTER[step.step])}”，日期也依此先后"


def _incomplete(one: FollowUp) -> Iterator[_Wrong]:
    for step in one.steps:
        if step.step == OBJECT and not step.about:
            yield step, "about", "申诉没有写理由", "部门申诉的理由"
        if step.step == TO_MEND and step.due is None:
            yield step, "due", "“待整改”没有期限", "最迟反馈整改情况的日期；没有可整改的内容，事项填“已告知”"
        if step.mended_on is not None and step.mended_on > step.done_on:
            found = f"整改日期{chinese_date(step.mended_on)}晚于收到反馈的日期{chinese_date(step.done_on)}"
            yield step, "mended_on", found, "整改到位的日期，不晚于收到反馈的日期"
