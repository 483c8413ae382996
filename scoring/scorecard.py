"""A department's scorecard: scores, findings, reviews; and the ranking of all departments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from scoring.evidence.schema import WITHDRAW
from scoring.points import number
from scoring.scheme import TOTAL, FindingKind, Node, Scheme
from scoring.settle import PENDING, SCORED, VOIDED

FINAL, PROVISIONAL = "final", "provisional"


@dataclass(frozen=True)
class NodeScore:
    """One node's result.

    Attributes
    ----------
    full
        Full points under the readings of the run.
    low, high
        Its range, bonus included.
    score
        The score, None where the rulebook gives none.
    unvetoed, at_best
        What it would have without any veto, at the lower and at the upper end.
    """

    node: Node
    full: Fraction
    low: Fraction
    high: Fraction
    status: str
    score: Fraction | None
    unvetoed: Fraction
    at_best: Fraction

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
        """Points short of full points at the upper end, vetoes aside: what was found, not what is unknown."""
        return max(Fraction(0), self.full - self.at_best)


@dataclass(frozen=True)
class Review:
    """A decision of 复核记录 on a finding."""

    decision: str
    reason: str
    reviewer: str
    reviewed_on: pd.Timestamp
    row: int


@dataclass(frozen=True)
class Finding:
    """One finding with all that a reader needs to check it.

    Attributes
    ----------
    effect
        ``change`` (with ``points`` = ``each`` × ``times``) or ``void`` (with ``scope``).
    sheet, row
        The evidence row, as Excel numbers it; None where the finding rests on what is absent.
    cells
        What stands in that row, by column name.
    needs, rests_on
        Of a veto by count: how many findings it needs, and those that it rests on and that stand.
    stands
        False when withdrawn, or when a veto by count has lost the findings it needs.
    """

    id: str
    code: str
    kind: FindingKind
    effect: str
    points: Fraction | None
    each: Fraction | None
    times: int
    bonus: bool
    scope: str | None
    veto: str | None
    because: str
    sheet: str | None
    row: int | None
    cells: Mapping[str, str]
    needs: int
    rests_on: tuple[str, ...]
    stands: bool
    review: Review | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether a review withdrew it."""
        return self.review is not None and self.review.decision == WITHDRAW

    @property
    def where(self) -> str:
        """Sheet and row, as a report tells them."""
        if self.row is not None:
            return f"《{self.sheet}》第{self.row}行"
        return f"本指标的 {len(self.rests_on)} 项发现" if self.rests_on else "（按全表核查，不对应单独一行）"


@dataclass(frozen=True)
class Source:
    """Where a scorecard comes from: what was read of which file, when and by whom it was inspected.

    Attributes
    ----------
    tally
        A row a sheet: ``sheet``, ``read``, ``counted``, ``left_out`` rows.
    inspections
        A row a leaf: ``code``, ``status``, ``inspector``, ``inspected_on``, ``note``.
    tables
        Sheet key to the department's rows that count.
    """

    file: str
    sha256: str
    domain: str
    tally: pd.DataFrame
    inspections: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Scorecard:
    """A department's result; every figure is exact."""

    scheme: Scheme
    department: str
    as_of: pd.Timestamp
    sample: bool
    readings: Mapping[str, str]
    nodes: Mapping[str, NodeScore]
    bonus: Fraction
    findings: tuple[Finding, ...]
    set_aside: tuple[Finding, ...]
    pending: Mapping[str, str]
    spilt: Mapping[str, Fraction]
    source: Source

    @property
    def year(self) -> int:
        """The scheme's year."""
        return self.scheme.year

    @property
    def status(self) -> str:
        """``final``, or ``provisional`` with a pending leaf."""
        return PROVISIONAL if self.pending else FINAL

    @property
    def vetoes(self) -> tuple[Finding, ...]:
        """The vetoes that stand."""
        return tuple(finding for finding in self.findings if finding.stands and finding.veto)

    @property
    def qualified(self) -> bool | None:
        """False after a veto, True when final without one, else None."""
        return False if self.vetoes else None if self.pending else True

    @property
    def total(self) -> NodeScore:
        """The total."""
        return self.nodes[TOTAL]

    def of(self, code: str) -> tuple[Finding, ...]:
        """The findings of a leaf, withdrawn ones included."""
        return tuple(finding for finding in self.findings if finding.code == code)

    def to_json(self) -> dict[str, Any]:
        """The scorecard as ``scorecard/1``."""
        return {
            "schema": "scorecard/1",
            "department": self.department,
            "year": self.year,
            "as_of": f"{self.as_of:%Y-%m-%d}",
            "sample": self.sample,
            "readings": dict(self.readings),
            "status": self.status,
            "qualified": self.qualified,
            "total": _figure(self.total.score),
            "range": [number(self.total.low), number(self.total.high)],
            "bonus": number(self.bonus),
            "nodes": [_node_json(node) for node in self.nodes.values()],
            "findings": [_finding_json(finding) for finding in self.findings],
            "set_aside": [_finding_json(finding) for finding in self.set_aside],
            "pending": [{"code": code, "because": reason} for code, reason in self.pending.items()],
            "evidence": {"file": self.source.file, "sha256": self.source.sha256},
            "notices": list(self.source.notices),
        }


def node_status(*, void: bool, pending: bool) -> str:
    """``void`` (itself, or one above it), ``pending`` (a pending leaf under it) or ``scored``."""
    return VOIDED if void else PENDING if pending else SCORED


def has_score(low: Fraction, high: Fraction, *, void: bool, pending: bool) -> bool:
    """A node has a score when no pending leaf is under it, or it is void, and both ends agree (rulebook 1)."""
    return (void or not pending) and low == high


def _figure(points: Fraction | None) -> float | None:
    return None if points is None else number(points)


def _node_json(node: NodeScore) -> dict[str, Any]:
    return {
        "code": node.code,
        "name": node.name,
        "max": number(node.full),
        "score": _figure(node.score),
        "range": [number(node.low), number(node.high)],
        "status": node.status,
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
        "evidence": {"sheet": finding.sheet, "row": finding.row},
    }
    if finding.points is not None and finding.each is not None:
        entry |= {"each": float(finding.each), "times": finding.times, "bonus": finding.bonus}
    if finding.veto:
        entry |= {"veto": finding.veto}
    if finding.needs:
        entry |= {"needs": finding.needs, "rests_on": list(finding.rests_on)}
    if finding.review:
        entry |= {"reason": finding.review.reason, "reviewer": finding.review.reviewer}
        entry |= {"withdrawn": True} if finding.withdrawn else {}
    if not finding.stands:
        entry |= {"stands": False}
    return entry


@dataclass(frozen=True)
class Ranked:
    """A place in the ranking."""

    rank: int
    scorecard: Scorecard


def rank(scorecards: Iterable[Scorecard]) -> list[Ranked]:
    """Final scorecards by total, equal totals sharing a rank (1, 2, 2, 4); provisional ones are not ranked."""
    final = sorted((card for card in scorecards if card.status == FINAL), key=lambda card: card.total.low, reverse=True)
    totals = [card.total.low for card in final]
    return [Ranked(1 + totals.index(card.total.low), card) for card in final]


def ranking_json(year: int, scorecards: Sequence[Scorecard], failed: Mapping[str, int]) -> dict[str, Any]:
    """The ranking as ``ranking/1``; ``failed`` maps a department to the number of its workbook's faults."""
    return {
        "schema": "ranking/1",
        "year": year,
        "ranked": [
            {
                "rank": ranked.rank,
                "department": ranked.scorecard.department,
                "total": number(ranked.scorecard.total.low),
                "qualified": ranked.scorecard.qualified,
            }
            for ranked in rank(scorecards)
        ],
        "provisional": [
            {"department": card.department, "range": [number(card.total.low), number(card.total.high)]}
            for card in scorecards
            if card.status == PROVISIONAL
        ],
        "failed": [{"department": department, "errors": errors} for department, errors in failed.items()],
    }
