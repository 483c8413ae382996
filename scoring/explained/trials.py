"""Many drafts judged and settled in one run of the engine, and what came of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd

from scoring.base.points import ZERO
from scoring.base.tables import each_row
from scoring.engine.findings import CHANGE, VOID
from scoring.engine.judge import Judgement, judge
from scoring.engine.settle import Settled, settle
from scoring.evidence.model import Evidence
from scoring.explained.drafts import Draft, evidence_of
from scoring.scheme import Node, Scheme
from scoring.scheme.readings import Readings


@dataclass(frozen=True)
class Trials:
    """Drafts, and what the engine made of them under some readings.

    Attributes
    ----------
    codes
        The leaves whose rules were run.
    """

    readings: Readings
    evidence: Evidence
    judgement: Judgement
    codes: frozenset[str]

    @property
    def scheme(self) -> Scheme:
        """The scheme that they were judged by."""
        return self.evidence.scheme

    @property
    def leaves(self) -> list[Node]:
        """The leaves whose rules were run."""
        return [leaf for leaf in self.scheme.leaves if leaf.code in self.codes]

    @cached_property
    def settled(self) -> Settled:
        """Scores of every node, an entry a draft."""
        judged = self.judgement
        return settle(self.scheme, self.readings, self.evidence.departments, judged.findings, judged.pending)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What came of each draft, in their order."""
        found = _by_draft(self.judgement.findings)
        pending = _by_draft(self.judgement.pending)
        return [
            Outcome(self, number, tuple(found.get(name, ())), frozenset(row.code for row in pending.get(name, ())))
            for number, name in enumerate(self.evidence.departments)
        ]

    def under(self, readings: Readings, codes: Collection[str]) -> Trials:
        """The same drafts under other readings, which are known to concern these leaves only."""
        again = _judged(self.evidence, readings, codes)
        was = self.judgement
        return replace(
            self,
            readings=readings,
            judgement=Judgement(
                _joined(was.findings, again.findings, codes),
                was.set_aside,
                _joined(was.pending, again.pending, codes),
            ),
        )


@dataclass(frozen=True)
class Outcome:
    """What came of one draft: its findings as rows, the leaves pending, the scores at their lower end."""

    trials: Trials
    number: int
    findings: tuple[Any, ...]
    pending: frozenset[str]

    def score(self, code: str) -> Fraction:
        """A node's score, bonus included."""
        points: Fraction = self.trials.settled.low[code][self.number]
        return points

    def own(self, code: str) -> Fraction:
        """A node's score before any void."""
        points: Fraction = self.trials.settled.own[code][self.number]
        return points

    def worked(self, code: str) -> Fraction:
        """What a leaf's opening and changes add up to, before floor and cap."""
        points: Fraction = self.trials.settled.worked[code][self.number]
        return points

    def is_void(self, code: str) -> bool:
        """Whether a node is set to zero."""
        return bool(self.trials.settled.void[code][self.number])

    @cached_property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """Leaf and name of the kinds of findings."""
        return frozenset((row.code, row.kind) for row in self.findings)

    @property
    def vetoes(self) -> frozenset[tuple[str, str]]:
        """The kinds that make the site 不合格."""
        return frozenset((row.code, row.kind) for row in self.findings if isinstance(row.veto, str))

    @cached_property
    def badness(self) -> tuple[int, Fraction, Fraction, int]:
        """How far it is from clean: zeros and leaves unjudged, points lost, points lost below zero, findings.

        It serves to compare drafts; scores come from the settlement alone.
        """
        against = [row for row in self.findings if not (row.effect == CHANGE and row.points > 0)]
        zeros = len({(row.code, row.kind) for row in against if row.effect == VOID}) + len(self.pending)
        short = {leaf.code: leaf.points - leaf.opening for leaf in self.trials.leaves}
        for row in self.findings:
            if row.effect == CHANGE and not row.bonus:
                short[row.code] -= row.points
        lost = sum((min(short[leaf.code], leaf.points) for leaf in self.trials.leaves if short[leaf.code] > 0), ZERO)
        return zeros, lost, sum((points for points in short.values() if points > 0), ZERO), len(against)

    def is_clean(self, code: str) -> bool:
        """Whether a leaf is judged and has its points, and nothing speaks against it."""
        against = any(row.code == code and (row.effect == VOID or row.points <= 0) for row in self.findings)
        return not against and code not in self.pending and self.own(code) >= self.trials.scheme.by_code[code].points


def tried(
    scheme: Scheme, readings: Readings, drafts: Sequence[Draft], codes: Collection[str] | None = None
) -> Trials:
    """Judge drafts.

    Parameters
    ----------
    codes
        The leaves whose rules are run; all of them when None.
    """
    run = frozenset(leaf.code for leaf in scheme.leaves) if codes is None else frozenset(codes)
    evidence = evidence_of(scheme, drafts, [leaf for leaf in scheme.leaves if leaf.code in run])
    return Trials(readings, evidence, _judged(evidence, readings, run), run)


def _judged(evidence: Evidence, readings: Readings, codes: Collection[str]) -> Judgement:
    """Run the rules of some leaves."""
    leaves = tuple(leaf for leaf in evidence.scheme.leaves if leaf.code in codes)
    return judge(replace(evidence, scheme=replace(evidence.scheme, nodes=leaves)), readings)


def _joined(before: pd.DataFrame, again: pd.DataFrame, codes: Collection[str]) -> pd.DataFrame:
    return pd.concat([before[~before["code"].isin(codes)], again], ignore_index=True)


def _by_draft(table: pd.DataFrame) -> Mapping[str, list[Any]]:
    rows: dict[str, list[Any]] = {}
    for row in each_row(table):
        rows.setdefault(row.department, []).append(row)
    return rows
