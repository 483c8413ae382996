"""The intermediate figures of a scorecard, as the settlement itself gives them; they are stored beside the formulas."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from scoring.engine.findings import CHANGE, COLUMNS
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import Settled, settle


@dataclass(frozen=True)
class Working:
    """What 计分 shows before the score.

    Attributes
    ----------
    changed
        Leaf to the sum of its changes, bonus apart.
    earned
        Leaf to the bonus earned, before any limit.
    base
        Node to its points before any bonus, with each pending leaf at 0 and at its points.
    granted
        The bonus granted, at both ends.
    void, void_without_veto
        Nodes that are zero, themselves or through one above; by any void, and by those that are no veto.
    pending
        Nodes with a pending leaf at or under them.
    spilt
        Leaf to what its parent loses for it.
    """

    changed: dict[str, Fraction]
    earned: dict[str, Fraction]
    base: dict[str, tuple[Fraction, Fraction]]
    granted: tuple[Fraction, Fraction]
    void: frozenset[str]
    void_without_veto: frozenset[str]
    pending: frozenset[str]
    spilt: dict[str, Fraction]


def working_of(card: Scorecard) -> Working:
    """Settle a scorecard's findings again: all that stand, those without bonus, those without veto."""
    standing = [finding for finding in card.findings if finding.stands]
    settled = settled_again(card, standing)
    base = settled_again(card, [finding for finding in standing if not finding.bonus])
    unvetoed = settled_again(card, [finding for finding in standing if not finding.veto])
    leaves = [leaf.code for leaf in card.scheme.leaves]
    return Working(
        changed={code: _added(standing, code, bonus=False) for code in leaves},
        earned={code: _added(standing, code, bonus=True) for code in leaves},
        base={code: (base.low[code][0], base.high[code][0]) for code in card.nodes},
        granted=(settled.bonus[0][0], settled.bonus[1][0]),
        void=frozenset(code for code in card.nodes if settled.void[code][0]),
        void_without_veto=frozenset(code for code in card.nodes if unvetoed.void[code][0]),
        pending=frozenset(code for code in card.nodes if settled.pending[code][0]),
        spilt={code: settled.spilt[code][0] if code in settled.spilt else Fraction(0) for code in leaves},
    )


def settled_again(card: Scorecard, findings: Collection[Finding]) -> Settled:
    """The settlement of some of a scorecard's findings; arrays of one department."""
    table = pd.DataFrame(
        [_record(card.department, finding) for finding in findings], columns=list(COLUMNS), dtype=object
    )
    pending = pd.DataFrame({"department": card.department, "code": list(card.pending)}, dtype=object)
    return settle(card.scheme, card.readings, (card.department,), table, pending)


def _record(department: str, finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name, None) for name in COLUMNS} | {"department": department}


def _added(findings: Collection[Finding], code: str, *, bonus: bool) -> Fraction:
    points = (
        finding.points
        for finding in findings
        if finding.code == code and finding.effect == CHANGE and finding.bonus is bonus and finding.points is not None
    )
    return sum(points, Fraction(0))
