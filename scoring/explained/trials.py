"""Made-up evidence and what the engine makes of it: drafts of one department's sheets, many judged in one run."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scoring.base.points import ZERO
from scoring.base.tables import each_row
from scoring.engine.findings import CHANGE, COLUMNS, VOID
from scoring.engine.judge import Judgement, RuleFailed, judge
from scoring.engine.settle import Settled, settle, still_valid
from scoring.evidence.model import Evidence
from scoring.evidence.reading.cells import compact
from scoring.scheme import TOTAL, Scheme, SchemeError
from scoring.scheme.readings import Readings
from scoring.scheme.sheets import FACTS, Column

#: Column key to what stands there: text, ``date``, ``datetime``, a number, or None.
Row = Mapping[str, Any]
#: Leaf and name of a kind of findings.
Kind = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """How one draft differs from another.

    Attributes
    ----------
    words
        The change in Chinese.
    cells
        How many cells of its rows are other than usual.
    facts
        项目 that have another content.
    added, gone
        Rows besides, each with its sheet; sheet and position of the rows that are gone.
    """

    words: str = ""
    cells: int = 0
    facts: Row = field(default_factory=dict)
    added: tuple[tuple[str, Row], ...] = ()
    gone: frozenset[tuple[str, int]] = frozenset()

    @property
    def size(self) -> int:
        """How much it changes: of two changes that show the same, the smaller is the better example."""
        return 100 * (len(self.facts) + len(self.added) + len(self.gone)) + self.cells

    def __add__(self, other: Change) -> Change:
        words = "；".join(filter(None, [self.words, other.words]))
        facts = {**self.facts, **other.facts}
        return Change(words, self.cells + other.cells, facts, self.added + other.added, self.gone | other.gone)

    def touched(self, scheme: Scheme) -> frozenset[str]:
        """The leaves that look at anything it is about."""
        keys = {*([FACTS] if self.facts else []), *(key for key, _ in (*self.added, *self.gone))}
        every = "cut_off" in self.facts
        return frozenset(leaf.code for leaf in scheme.leaves if every or keys.intersection(leaf.sheets))


@dataclass(frozen=True)
class Draft:
    """One department's evidence: 项目 by key, and the rows of the other sheets."""

    scheme: Scheme
    facts: Row
    rows: Mapping[str, Sequence[Row]]

    def changed(self, change: Change) -> Draft:
        """The draft with a change; in a unique column, numbers and days are the next free ones, known names stay."""
        emptied = {key for key, _ in change.gone}
        rows = {
            key: [row for at, row in enumerate(kept) if key not in emptied or (key, at) not in change.gone]
            for key, kept in self.rows.items()
        }
        taken: dict[str, set[Any]] = {}
        for key, row in change.added:
            there, name = rows.setdefault(key, []), self.scheme.sheet(key).unique
            if name is None:
                there.append(row)
                continue
            known = taken.setdefault(key, {one[name] for one in there})
            value = row[name] or f"试{len(known) + 1}"
            while isinstance(value, dt.date) and value in known:
                value += dt.timedelta(days=1)
            there += [{**row, name: value}] if value not in known else []
            known.add(value)
        return Draft(self.scheme, {**self.facts, **change.facts}, rows)


class _Drafts(Evidence):
    """Drafts as evidence, each a department of its own, numbered from 0, with every leaf inspected."""

    def pending_inspection(self) -> pd.DataFrame:
        return pd.DataFrame({"department": [], "code": []}, dtype=object)


def _evidence(scheme: Scheme, drafts: Sequence[Draft]) -> Evidence:
    """The drafts as far as the leaves of a scheme look at them."""
    ends = [draft.facts.get("cut_off") or dt.date(scheme.year, 12, 31) for draft in drafts]
    cut_offs = pd.to_datetime(pd.Series(ends)).to_numpy("datetime64[s]")
    once = np.ones(len(drafts), dtype=np.int64)
    facts = _table(scheme.facts, [draft.facts for draft in drafts], once, cut_offs)
    facts = facts.assign(**{f"row_{fact.key}": number for number, fact in enumerate(scheme.facts, 2)})
    tables = {FACTS: facts}
    for key in {key for leaf in scheme.leaves for key in (*leaf.sheets, leaf.judged_on) if key} - {FACTS}:
        several = [draft.rows.get(key, ()) for draft in drafts]
        counts = np.array([len(rows) for rows in several], dtype=np.int64)
        table = _table(scheme.sheet(key).columns, [row for rows in several for row in rows], counts, cut_offs)
        tables[key] = table.assign(row=np.arange(len(table)) - np.repeat(np.cumsum(counts) - counts, counts) + 2)
    return _Drafts(scheme, tables, {}, {})


def _table(columns: Sequence[Column], rows: Sequence[Row], counts: Any, cut_offs: Any) -> pd.DataFrame:
    """Rows of all drafts, of each so many."""
    owners = np.repeat(np.arange(len(counts)), counts)
    cells = {column.key: compact(column.kind, [row.get(column.key) for row in rows]) for column in columns}
    names = pd.Series(list(map(str, owners)), dtype="str")
    return pd.DataFrame(cells).assign(department=names, cut_off=cut_offs[owners])


#: A draft with its findings and the leaves that are pending.
Found = tuple[Draft, Sequence[Any], Collection[str]]


class Standing(NamedTuple):
    """Where a node stands: its points, bonus included; before any zero; before floor and cap."""

    score: Fraction
    own: Fraction
    worked: Fraction
    is_void: bool
    is_pending: bool


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a draft: its findings as rows, and the leaves that cannot be judged yet."""

    draft: Draft
    findings: tuple[Any, ...]
    pending: frozenset[str]
    batch: _Batch
    number: int

    @property
    def found(self) -> Found:
        """What is known of it without its readings."""
        return self.draft, self.findings, self.pending

    def of(self, code: str) -> Standing:
        """Where a node stands, at the lower end of its range."""
        all_of, at = self.batch.settled, self.number
        low, void, pending = all_of.ends[0], all_of.void[code][at], all_of.pending[code][at]
        return Standing(all_of.low[code][at], low.own[code][at], low.added[code][at], bool(void), bool(pending))

    def seen(self, code: str) -> tuple[Any, ...]:
        """What an office sees of a node: points, zero, whether it is pending, whether the site passes."""
        node = self.of(code)
        return node.score, node.is_void, node.is_pending, code == TOTAL and self.is_vetoed

    @property
    def is_vetoed(self) -> bool:
        """Whether the site is 不合格."""
        return any(isinstance(row.veto, str) for row in self.findings)

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of its findings."""
        return frozenset((row.code, row.kind) for row in self.findings)

    @cached_property
    def badness(self) -> tuple[int, Fraction, Fraction, int]:
        """How far it is from clean, to compare drafts: zeros and leaves unjudged, points lost, below zero, findings."""
        scheme = self.draft.scheme
        against = [row for row in self.findings if not (row.effect == CHANGE and row.points > 0)]
        zeros = len({(row.code, row.kind) for row in against if row.effect == VOID}) + len(self.pending)
        short = {leaf.code: leaf.points - leaf.opening for leaf in scheme.leaves}
        for row in self.findings:
            if row.effect == CHANGE and not row.bonus:
                short[row.code] -= row.points
        below = {code: points for code, points in short.items() if points > 0}
        lost = sum((min(points, scheme.by_code[code].points) for code, points in below.items()), ZERO)
        return zeros, lost, sum(below.values(), ZERO), len(against)

    def is_clean(self, code: str) -> bool:
        """Whether a leaf is judged, has full points and no loss."""
        against = any(row.code == code and (row.effect == VOID or row.points <= 0) for row in self.findings)
        return not against and code not in self.pending and self.of(code).own >= self.draft.scheme.by_code[code].points


@dataclass(frozen=True, eq=False)
class _Batch:
    """Outcomes that are settled together, when the points of any are asked for."""

    scheme: Scheme
    readings: Readings
    outcomes: list[Outcome] = field(default_factory=list)

    @cached_property
    def settled(self) -> Settled:
        rows = [row._replace(department=str(one.number)) for one in self.outcomes for row in one.findings]
        findings = pd.DataFrame(rows, columns=["Index", *COLUMNS], dtype=object)
        waiting = [(str(one.number), code) for one in self.outcomes for code in one.pending]
        pending = pd.DataFrame(waiting, columns=["department", "code"], dtype=object)
        counts = still_valid(findings, findings["suspected"].astype(bool))  # What is suspected counts as confirmed.
        names = tuple(map(str, range(len(self.outcomes))))
        return settle(self.scheme, self.readings, names, findings[counts], pending)


def batch_of(scheme: Scheme, readings: Readings, found: Sequence[Found]) -> list[Outcome]:
    """The outcomes of findings that are known."""
    batch = _Batch(scheme, readings)
    batch.outcomes.extend(
        Outcome(draft, tuple(rows), frozenset(pending), batch, number)
        for number, (draft, rows, pending) in enumerate(found)
    )
    return batch.outcomes


def judged(
    readings: Readings, drafts: Sequence[Draft], codes: Collection[str], known: Sequence[Found]
) -> list[Outcome]:
    """What comes of drafts when the rules of some leaves are run; of the others it is known already."""
    if not drafts:
        return []
    scheme = drafts[0].scheme
    findings, waiting = defaultdict[str, list[Any]](list), defaultdict[str, list[str]](list)
    judgement = _judgement(scheme, readings, drafts, codes)
    for row in each_row(judgement.findings):
        findings[row.department].append(row)
    for row in each_row(judgement.pending):
        waiting[row.department].append(row.code)
    found = [
        (
            draft,
            [*(row for row in rows if row.code not in codes), *findings[str(at)]],
            [*(code for code in pending if code not in codes), *waiting[str(at)]],
        )
        for at, (draft, (_, rows, pending)) in enumerate(zip(drafts, known, strict=True))
    ]
    return batch_of(scheme, readings, found)


def again(outcomes: Sequence[Outcome], readings: Readings, codes: Collection[str]) -> list[Outcome]:
    """The same drafts under other readings, which concern some leaves."""
    return judged(readings, [one.draft for one in outcomes], codes, [one.found for one in outcomes])


def changed(known: Outcome, changes: Sequence[Change], codes: Collection[str] | None = None) -> list[Outcome]:
    """A draft with each of several changes; the rules of all leaves that they concern are run, or of ``codes``."""
    scheme = known.draft.scheme
    run = frozenset().union(*(change.touched(scheme) for change in changes)) if codes is None else codes
    drafts = [known.draft.changed(change) for change in changes]
    return judged(known.batch.readings, drafts, run, [known.found] * len(drafts))


def _judgement(scheme: Scheme, readings: Readings, drafts: Sequence[Draft], codes: Collection[str]) -> Judgement:
    leaves = tuple(leaf for leaf in scheme.leaves if leaf.code in codes)
    try:
        return judge(_evidence(replace(scheme, nodes=leaves), drafts), readings)
    except RuleFailed as error:
        raise SchemeError(str(error)) from error
