"""Many drafts judged and settled in one run of the engine, with their outcomes."""

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
from scoring.explained.drafts import Change, Draft, evidence_of
from scoring.scheme import Scheme, SchemeError
from scoring.scheme.readings import Readings
from scoring.scheme.sheets import FACTS


@dataclass(frozen=True)
class Trials:
    """Drafts, and the engine's results under some readings."""

    scheme: Scheme
    readings: Readings
    drafts: tuple[Draft, ...]
    judgement: Judgement

    @property
    def departments(self) -> tuple[str, ...]:
        """The names of the drafts."""
        return tuple(map(str, range(len(self.drafts))))

    @cached_property
    def settled(self) -> Settled:
        """Scores of every node, one entry per draft."""
        judged = self.judgement
        return settle(self.scheme, self.readings, self.departments, judged.findings, judged.pending)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """The outcome of each draft, in order."""
        found, pending = _by_draft(self.judgement.findings), _by_draft(self.judgement.pending)
        return [
            Outcome(self, number, tuple(found.get(name, ())), frozenset(row.code for row in pending.get(name, ())))
            for number, name in enumerate(self.departments)
        ]

    def again(self, readings: Readings, codes: Collection[str]) -> Trials:
        """The same drafts under other readings, which affect these leaves."""
        judgement = _joined(self.judgement, _judged(self.scheme, readings, self.drafts, codes), codes)
        return replace(self, readings=readings, judgement=judgement if codes else self.judgement)

    def __add__(self, other: Trials) -> Trials:
        """The drafts of both, judged under the same readings."""
        names = {str(at): str(at + len(self.drafts)) for at in range(len(other.drafts))}
        tables = (
            pd.concat([own, more.assign(department=more["department"].map(names))], ignore_index=True)
            for own, more in zip(_tables(self.judgement), _tables(other.judgement), strict=True)
        )
        return replace(self, drafts=self.drafts + other.drafts, judgement=Judgement(*tables))

    def of(self, numbers: Sequence[int]) -> Trials:
        """Some of the drafts alone."""
        names = {str(number): str(at) for at, number in enumerate(numbers)}
        kept = (
            table[table["department"].isin(names)].assign(department=lambda rows: rows["department"].map(names))
            for table in _tables(self.judgement)
        )
        return replace(self, drafts=tuple(self.drafts[number] for number in numbers), judgement=Judgement(*kept))


@dataclass(frozen=True)
class Outcome:
    """The outcome of one draft: findings as rows, pending leaves, scores at the lower end."""

    trials: Trials
    number: int
    findings: tuple[Any, ...]
    pending: frozenset[str]

    @property
    def draft(self) -> Draft:
        """The draft."""
        return self.trials.drafts[self.number]

    def score(self, code: str) -> Fraction:
        """A node's score, bonus included."""
        points: Fraction = self.trials.settled.low[code][self.number]
        return points

    def own(self, code: str) -> Fraction:
        """A node's score before any void."""
        points: Fraction = self.trials.settled.ends[0].own[code][self.number]
        return points

    def worked(self, code: str) -> Fraction:
        """The sum of a leaf's opening and changes, before floor and cap."""
        points: Fraction = self.trials.settled.ends[0].added[code][self.number]
        return points

    def is_void(self, code: str) -> bool:
        """Whether a node is set to zero."""
        return bool(self.trials.settled.void[code][self.number])

    def is_pending(self, code: str) -> bool:
        """Whether a leaf at or under a node cannot be judged."""
        return bool(self.trials.settled.pending[code][self.number])

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

        Only for comparing drafts; scores come from the settlement.
        """
        against = [row for row in self.findings if not (row.effect == CHANGE and row.points > 0)]
        zeros = len({(row.code, row.kind) for row in against if row.effect == VOID}) + len(self.pending)
        short = {leaf.code: leaf.points - leaf.opening for leaf in self.trials.scheme.leaves}
        for row in self.findings:
            if row.effect == CHANGE and not row.bonus:
                short[row.code] -= row.points
        below = {code: points for code, points in short.items() if points > 0}
        lost = sum((min(points, self.trials.scheme.by_code[code].points) for code, points in below.items()), ZERO)
        return zeros, lost, sum(below.values(), ZERO), len(against)

    def is_clean(self, code: str) -> bool:
        """Whether a leaf is judged, has full points and no loss."""
        against = any(row.code == code and (row.effect == VOID or row.points <= 0) for row in self.findings)
        return not against and code not in self.pending and self.own(code) >= self.trials.scheme.by_code[code].points


def tried(scheme: Scheme, readings: Readings, draft: Draft) -> Outcome:
    """One draft, judged by every rule."""
    judgement = _judged(scheme, readings, [draft], [leaf.code for leaf in scheme.leaves])
    return Trials(scheme, readings, (draft,), judgement).outcomes[0]


def changed(known: Outcome, changes: Sequence[Change], codes: Collection[str] | None = None) -> Trials:
    """A draft with each of several changes.

    Parameters
    ----------
    codes
        The leaves whose rules are run; None for all that use anything changed. The others' results are taken from
        the draft.
    """
    was, own = known.trials, str(known.number)
    run = frozenset().union(*(touched(was.scheme, change) for change in changes)) if codes is None else codes
    drafts = tuple(known.draft.changed(change) for change in changes)
    trials = Trials(was.scheme, was.readings, drafts, was.judgement)
    names = pd.DataFrame({"department": trials.departments})
    known_of_each = (
        table[table["department"] == own].drop(columns="department").merge(names, how="cross")
        for table in _tables(was.judgement)
    )
    return replace(trials, judgement=Judgement(*known_of_each)).again(was.readings, run)


def touched(scheme: Scheme, change: Change) -> frozenset[str]:
    """The leaves that use anything a change affects."""
    if "cut_off" in change.facts:
        return frozenset(leaf.code for leaf in scheme.leaves)
    keys = {*change.added, *change.dropped, *([FACTS] if change.facts else [])}
    return frozenset(leaf.code for leaf in scheme.leaves if keys.intersection(leaf.sheets))


def _judged(scheme: Scheme, readings: Readings, drafts: Sequence[Draft], codes: Collection[str]) -> Judgement:
    """Run the rules of some leaves."""
    leaves = tuple(leaf for leaf in scheme.leaves if leaf.code in codes)
    evidence = evidence_of(replace(scheme, nodes=leaves), drafts)
    try:
        return judge(evidence, readings)
    except Exception as error:  # a scheme's rules may raise anything
        if len(leaves) == 1:
            told = f"指标 {leaves[0].code} 的规则在试评中出错：{type(error).__name__}：{error}"
            raise SchemeError(f"方案 {scheme.folder.name} 有 1 处错误：\n  {told}") from error
        for leaf in leaves:
            _judged(scheme, readings, drafts, [leaf.code])
        raise


def _tables(judgement: Judgement) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return judgement.findings, judgement.set_aside, judgement.pending


def _joined(known: Judgement, anew: Judgement, codes: Collection[str]) -> Judgement:
    """Join known results of other leaves with new ones."""
    return Judgement(
        pd.concat([known.findings[~known.findings["code"].isin(codes)], anew.findings], ignore_index=True),
        anew.set_aside,
        pd.concat([known.pending[~known.pending["code"].isin(codes)], anew.pending], ignore_index=True),
    )


def _by_draft(table: pd.DataFrame) -> Mapping[str, list[Any]]:
    rows: dict[str, list[Any]] = {}
    for row in each_row(table):
        rows.setdefault(row.department, []).append(row)
    return rows
