"""A department's scorecard: scores, findings, reviews; and the ranking of all departments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd

from scoring.base.points import number
from scoring.engine.findings import COLUMNS
from scoring.engine.followup import FollowUp
from scoring.engine.ranking import FINAL, PROVISIONAL, Result, ranks_of
from scoring.engine.settle import PENDING, SCORED, VOIDED, Settled, settle
from scoring.engine.steps import Ends, Steps
from scoring.evidence.attachments import Attachment
from scoring.evidence.model import Tally
from scoring.scheme import TOTAL, FindingKind, Node, Scheme
from scoring.scheme.sheets import UPHOLD, WITHDRAW


@dataclass(frozen=True)
class NodeScore:
    """One node's result."""

    node: Node
    full: Fraction  # full points under the readings of the run
    low: Fraction  # its range, bonus included
    high: Fraction
    status: str
    score: Fraction | None  # None while the rulebook gives none
    unvetoed: Fraction  # the score without any veto, at the lower end
    at_best: Fraction  # the same at the upper end
    voided_by: str | None  # the finding that sets it to zero; of several, the one of the widest scope

    @property
    def code(self) -> str:
        """The node's code, ``total`` at the top."""
        return self.node.code

    @property
    def name(self) -> str:
        """The node's name in the scheme."""
        return self.node.name

    @property
    def lost(self) -> Fraction:
        """Points short of full points at the upper end, without vetoes: losses found, not unknown ones."""
        return max(Fraction(0), self.full - self.at_best)


@dataclass(frozen=True)
class Review:
    """A decision of 复核记录 on a finding."""

    finding: str
    decision: str
    reason: str
    reviewer: str
    reviewed_on: pd.Timestamp
    row: int
    tied: bool  # has a 佐证摘要, so that later changes of the evidence are noticed
    noted: str  # the finding on record: another id, if the same evidence was collected again
    stale: str = ""  # why it has no effect (复核失效), in Chinese; empty while it holds

    @property
    def withdraws(self) -> bool:
        """Whether it withdraws the finding."""
        return self.decision == WITHDRAW and not self.stale

    @property
    def upholds(self) -> bool:
        """Whether it upholds the finding."""
        return self.decision == UPHOLD and not self.stale


@dataclass(frozen=True)
class Stage:
    """The total's range after a decision that turned a finding and all earlier ones; ``review`` is None before them."""

    review: Review | None
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Finding:
    """One finding with all that a reader needs to check it."""

    id: str
    code: str
    kind: FindingKind
    effect: str  # change (with points = each × times) or void (with scope)
    points: Fraction | None
    each: Fraction | None
    times: int
    bonus: bool
    scope: str | None
    veto: str | None
    because: str
    counting: str  # a remark needed to get the same count, if the sentence lacks it; else empty
    since: pd.Timestamp | None  # first day of the period concerned
    until: pd.Timestamp | None  # last day of it
    due: pd.Timestamp | None  # the day on which something was due
    days_late: int | None  # how many days late it was, or is at the cut-off
    sheet: str | None
    row: int | None  # the evidence row in the department's tables; None if the finding rests on something missing
    file: str  # the file of that row; empty where all evidence is in one
    line: int | None  # the row in its file, as Excel numbers it
    cells: Mapping[str, str]  # cells of that row, by column name
    needs: int  # of a veto by count: how many findings it needs
    rests_on: tuple[str, ...]  # of a veto by count: the valid findings that it rests on
    stands: bool  # whether it counts: not if withdrawn, not confirmed, or a veto by count left with too few findings
    attachments: tuple[Attachment, ...] = ()  # the files that its row names
    review: Review | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether a review withdrew it, or dismissed it if it was suspected."""
        return self.review is not None and self.review.withdraws

    @property
    def confirmed(self) -> bool:
        """Whether it was suspected, and a review confirmed it."""
        return self.kind.suspected and self.review is not None and self.review.upholds

    @property
    def only_suspected(self) -> bool:
        """Whether it is suspected and no review has confirmed it: it has no effect."""
        return self.kind.suspected and not self.confirmed

    @property
    def sentence(self) -> str:
        """Its sentence, with the remark on the count if there is one."""
        return f"{self.because}（{self.counting}）" if self.counting else self.because

    @property
    def where(self) -> str:
        """Sheet and row, as reports name them."""
        if self.row is not None:
            return f"{self.file}《{self.sheet}》第{self.line}行"
        return f"本指标的 {len(self.rests_on)} 项发现" if self.rests_on else "（按全表核查）"


@dataclass(frozen=True)
class Source:
    """The source of a scorecard: file, rows read, inspections."""

    file: str
    sha256: str
    parts: Mapping[str, str]  # file to SHA-256, where there are several; the case file too
    site: str  # the host name; empty where the scheme does not ask for it or the workbook does not say
    tally: Sequence[Tally]  # how many rows each sheet held, and how many of them count
    tables: Mapping[str, pd.DataFrame]  # sheet key to the department's rows that count
    notices: tuple[str, ...]
    attachments: tuple[Attachment, ...] = ()  # the files that any row names

    @property
    def inspections(self) -> pd.DataFrame:
        """One row per leaf: ``code``, ``status``, ``inspector``, ``inspected_on``, ``note``."""
        return self.tables["inspections"]


@dataclass(frozen=True)
class Scorecard:
    """A department's result; every figure is exact."""

    scheme: Scheme
    department: str
    as_of: pd.Timestamp
    sample: bool
    readings: Mapping[str, str]
    nodes: Mapping[str, NodeScore]
    granted: Ends  # the bonus, with every pending leaf at zero and at its full points
    findings: tuple[Finding, ...]  # what is only suspected is not among them
    suspected: tuple[Finding, ...]  # not confirmed: still to be decided on, or dismissed
    set_aside: tuple[Finding, ...]
    pending: Mapping[str, str]
    spilt: Mapping[str, Fraction]
    reviews: tuple[Review, ...]  # every decision of 复核记录, stale ones included
    follow_ups: Mapping[str, FollowUp]  # by finding: what was told, answered and mended
    stages: tuple[Stage, ...]  # the total before any decision, and after each that turned a finding, by date
    source: Source

    @property
    def year(self) -> int:
        """The scheme's year."""
        return self.scheme.year

    @property
    def bonus(self) -> Fraction:
        """The bonus granted at the lower end of the range."""
        return self.granted[0]

    @property
    def status(self) -> str:
        """``final``, or ``provisional`` with a pending leaf."""
        return PROVISIONAL if self.pending else FINAL

    @property
    def vetoes(self) -> tuple[Finding, ...]:
        """The vetoes that count."""
        return tuple(finding for finding in self.findings if finding.stands and finding.veto)

    @property
    def qualified(self) -> bool | None:
        """False after a veto, True when final without one, else None."""
        return False if self.vetoes else None if self.pending else True

    @property
    def to_confirm(self) -> tuple[Finding, ...]:
        """What is suspected and has no decision that holds."""
        return tuple(finding for finding in self.suspected if not finding.withdrawn)

    @cached_property
    def undecided_objections(self) -> frozenset[str]:
        """The findings that the department objects to, without a decision since then that holds."""
        decided = {one.finding: one.reviewed_on for one in self.reviews if not one.stale}
        objections = {one.finding: one.objection for one in self.follow_ups.values() if not one.gone}
        return frozenset(
            finding
            for finding, said in objections.items()
            if said and not (finding in decided and decided[finding] >= said.done_on)
        )

    @property
    def total(self) -> NodeScore:
        """The total."""
        return self.nodes[TOTAL]

    @property
    def low(self) -> Fraction:
        """The lower end of the total's range."""
        return self.total.low

    @property
    def high(self) -> Fraction:
        """The upper end of the total's range."""
        return self.total.high

    @property
    def result(self) -> Result:
        """The figures that a ranking needs."""
        return Result(self.department, self.status, self.qualified, self.low, self.high, self.sample)

    @property
    def without_evidence(self) -> Scorecard:
        """The scorecard without the cells and attachments of rows; sentences still quote what they are about."""
        found, suspected, aside = (
            tuple(replace(one, cells={}, attachments=()) for one in each)
            for each in (self.findings, self.suspected, self.set_aside)
        )
        return replace(self, findings=found, suspected=suspected, set_aside=aside)

    def settle(self, findings: Iterable[Finding]) -> Settled:
        """Settle some of its findings again; every array has one entry."""
        rows = [{name: getattr(finding, name, None) for name in COLUMNS} for finding in findings]
        table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).assign(department=self.department)
        pending = pd.DataFrame({"code": list(self.pending)}, dtype=object).assign(department=self.department)
        return settle(self.scheme, self.readings, (self.department,), table, pending)

    @cached_property
    def settled(self) -> Settled:
        """The settlement of the valid findings, for the intermediate figures."""
        return self.settle(finding for finding in self.findings if finding.stands)

    @cached_property
    def unvetoed(self) -> Settled:
        """The same without the vetoes."""
        findings = (finding for finding in self.findings if finding.stands and not finding.veto)
        return self.settle(findings) if self.vetoes else self.settled

    @cached_property
    def steps(self) -> Steps:
        """The steps to every node's points."""
        return self.settled.steps(self.department)

    @cached_property
    def unvetoed_steps(self) -> Steps:
        """The steps to every node's points without any veto."""
        return self.unvetoed.steps(self.department) if self.vetoes else self.steps

    def of(self, code: str) -> tuple[Finding, ...]:
        """The findings of a leaf, withdrawn ones included."""
        return tuple(finding for finding in self.findings if finding.code == code)

    def rows(self, code: str, sheet: str) -> pd.DataFrame:
        """The department's rows of a sheet that count and are about a leaf."""
        rows = self.source.tables[sheet]
        for column, word in self.scheme.looked_at(self.scheme.by_code[code], sheet).items():
            rows = rows[rows[column] == word]
        return rows

    def _points_json(self) -> dict[str, Any]:
        """Total, range and bonus; empty for a gate, which gives no points."""
        points = {
            "total": _figure(self.total.score),
            "range": [number(self.total.low), number(self.total.high)],
            "bonus": number(self.bonus),
        }
        return dict.fromkeys(points) if self.scheme.is_gate else points

    def to_json(self) -> dict[str, Any]:
        """The scorecard as ``scorecard/1``."""
        return {
            "schema": "scorecard/1",
            "department": self.department,
            "year": self.year,
            "as_of": f"{self.as_of:%Y-%m-%d}",
            "sample": self.sample,
            **({"exercise": self.scheme.exercise} if self.scheme.exercise else {}),
            "readings": dict(self.readings),
            "status": self.status,
            "qualified": self.qualified,
            "scheme": self.scheme.folder.name,
            **self._points_json(),
            "nodes": [_node_json(node, gate=self.scheme.is_gate) for node in self.nodes.values()],
            "findings": [_finding_json(finding) for finding in self.findings],
            **({"suspected": [_finding_json(finding) for finding in self.suspected]} if self.suspected else {}),
            "set_aside": [_finding_json(finding) for finding in self.set_aside],
            "pending": [{"code": code, "because": reason} for code, reason in self.pending.items()],
            "evidence": {"file": self.source.file, "sha256": self.source.sha256}
            | ({"parts": dict(self.source.parts)} if self.source.parts else {}),
            "notices": list(self.source.notices),
            "review": _review_json(self),
            **({"follow_up": [one.to_json() for one in self.follow_ups.values()]} if self.follow_ups else {}),
        }


def node_status(*, void: bool, pending: bool) -> str:
    """``void`` (itself, or one above it), ``pending`` (a pending leaf under it) or ``scored``."""
    return VOIDED if void else PENDING if pending else SCORED


def has_score(low: Fraction, high: Fraction, *, void: bool, pending: bool) -> bool:
    """A node has a score if both ends agree and it is void or has no pending leaf under it (rulebook 1)."""
    return (void or not pending) and low == high


def _figure(points: Fraction | None) -> float | None:
    return None if points is None else number(points)


def _node_json(node: NodeScore, *, gate: bool) -> dict[str, Any]:
    points = {
        "max": number(node.full),
        "score": _figure(node.score),
        "range": [number(node.low), number(node.high)],
    }
    given = dict.fromkeys(points) if gate else points
    return {"code": node.code, "name": node.name, **given, "status": node.status}


def _review_json(card: Scorecard) -> dict[str, Any]:
    """The range of the total before any review, every decision, and what each changed."""
    moved = {
        after.review.row: [number(after.low - before.low), number(after.high - before.high)]
        for before, after in pairwise(card.stages)
        if after.review
    }
    return {
        "raw_range": [number(card.stages[0].low), number(card.stages[0].high)],
        "decisions": [
            {
                "finding": review.finding,
                "decision": review.decision,
                "reason": review.reason,
                "reviewer": review.reviewer,
                "date": f"{review.reviewed_on:%Y-%m-%d}",
                "difference": moved.get(review.row, [0, 0]),
                "stale": review.stale or None,
            }
            for review in card.reviews
        ],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": finding.id,
        "code": finding.code,
        "kind": finding.kind.name,
        "effect": finding.effect,
        "points": None if finding.points is None else float(finding.points),
        "scope": finding.scope,
        "because": finding.because,
        "evidence": ({"file": finding.file} if finding.file else {}) | {"sheet": finding.sheet, "row": finding.line},
    }
    if finding.attachments:
        files = [{"file": one.name, "sha256": one.sha256} for one in finding.attachments]
        entry["evidence"] |= {"attachments": files}
    for name in ("since", "until", "due"):
        if (day := getattr(finding, name)) is not None:
            entry[name] = f"{day:%Y-%m-%d}"
    if finding.days_late is not None:
        entry["days_late"] = finding.days_late
    if finding.counting:
        entry["counting"] = finding.counting
    if finding.points is not None and finding.each is not None:
        entry |= {"each": float(finding.each), "times": finding.times, "bonus": finding.bonus}
    if finding.veto:
        entry["veto"] = finding.veto
    if finding.needs:
        entry |= {"needs": finding.needs, "rests_on": list(finding.rests_on)}
    if finding.review:
        entry |= {"reason": finding.review.reason, "reviewer": finding.review.reviewer}
        entry |= {"withdrawn": True} if finding.withdrawn else {}
        entry |= {"confirmed": True} if finding.confirmed else {}
        entry |= {"stale": True} if finding.review.stale else {}
    return entry if finding.stands else entry | {"stands": False}


@dataclass(frozen=True)
class Ranked:
    """A scorecard with its rank."""

    rank: int
    scorecard: Scorecard


def rank(scorecards: Iterable[Scorecard]) -> list[Ranked]:
    """Final scorecards by total, equal totals sharing a rank (1, 2, 2, 4); provisional ones are not ranked."""
    final = sorted((card for card in scorecards if card.status == FINAL), key=lambda card: card.low, reverse=True)
    return [Ranked(*pair) for pair in zip(ranks_of([card.low for card in final]), final, strict=True)]
