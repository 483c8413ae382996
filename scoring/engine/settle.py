"""Findings and the tree become scores: the only place where anything is summed, floored, capped or voided.

Every node is worked out twice, with each pending leaf at 0 and at its points; the two workings are its range.
All departments are settled at once: an array holds one Fraction a department.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.base.points import ZERO
from scoring.base.tables import each_row
from scoring.engine.findings import CHANGE, VOID
from scoring.scheme import TOTAL, Node, Scheme
from scoring.scheme.readings import Readings

Points = npt.NDArray[np.object_]  # one Fraction a department
Flags = npt.NDArray[np.bool_]

# numpy's stubs have no word for arrays of Fractions; these have.
_minimum: Callable[..., Points] = np.minimum
_maximum: Callable[..., Points] = np.maximum
_where: Callable[..., Points] = np.where

SCORED, PENDING, VOIDED = "scored", "pending", "void"


@dataclass(frozen=True)
class Settled:
    """Scores of every node, by code; one entry a department.

    Attributes
    ----------
    low, high
        The range, bonus included (Fractions).
    void, pending
        Whether the node is void, itself or through one above; whether a pending leaf is at or under it.
    bonus
        What was granted, at both ends of the range.
    spilt
        What each leaf that may spill takes from its parent.
    worked, own
        At the lower end, before any bonus: what a leaf's opening and changes, or a branch's children, add up to; and
        what floor, limit and spill leave of it, before any void.
    """

    departments: tuple[str, ...]
    low: dict[str, Points]
    high: dict[str, Points]
    worked: dict[str, Points]
    own: dict[str, Points]
    void: dict[str, Flags]
    pending: dict[str, Flags]
    bonus: tuple[Points, Points]
    spilt: dict[str, Points]


def standing(findings: pd.DataFrame, withdrawn: pd.Series) -> pd.Series:
    """Which findings stand: not withdrawn, and, for a veto by count, enough of those it rests on do.

    Parameters
    ----------
    findings
        Rows as of :data:`scoring.engine.findings.COLUMNS`.
    withdrawn
        A mask of the same index.
    """
    stands = ~withdrawn
    counted = findings[stands & (findings["needs"] > 0)]
    if len(counted):
        alive = set(zip(findings.loc[stands, "department"], findings.loc[stands, "id"], strict=True))
        for veto in each_row(counted):
            support = sum((veto.department, finding) in alive for finding in veto.rests_on)
            stands[veto.Index] = support >= veto.needs
    return stands


def points_of(scheme: Scheme, readings: Readings) -> dict[str, Fraction]:
    """Full points of every node under the readings: under ``sum``, 网站管理 and all above it have what adds up."""
    points = {code: node.points for code, node in scheme.by_code.items()}
    for contradiction in scheme.contradictions:
        if readings[contradiction.reading] == "sum":
            for code in scheme.lineage(contradiction.node):
                points[code] += contradiction.adds_up_to - contradiction.declared
    return points


def settle(
    scheme: Scheme, readings: Readings, departments: tuple[str, ...], findings: pd.DataFrame, pending: pd.DataFrame
) -> Settled:
    """Settle the findings that stand.

    Parameters
    ----------
    findings
        Those that stand, none of a pending leaf.
    pending
        ``department`` and ``code`` of the pending leaves.
    """
    work = _Working(scheme, readings, departments, findings, pending)
    high = work.nodes(at_most=True)
    low = work.nodes(at_most=False)  # The steps that are kept are those of the last.
    bonus = work.bonus(low), work.bonus(high)
    ends = [_with_bonus(scheme, work, values, granted) for values, granted in zip((low, high), bonus, strict=True)]
    return Settled(
        departments,
        {code: _minimum(ends[0][code], ends[1][code]) for code in low},
        {code: _maximum(ends[0][code], ends[1][code]) for code in low},
        work.worked,
        work.own,
        work.void,
        work.pending,
        bonus,
        work.spilt,
    )


def _with_bonus(scheme: Scheme, work: _Working, values: dict[str, Points], granted: Points) -> dict[str, Points]:
    """A bonus is added to its leaf and all above it, after every cap; what is void stays at zero."""
    lifted = set(scheme.lineage(scheme.bonus_leaf.code)) if scheme.bonus_leaf else set()
    return {
        code: _where(work.void[code], ZERO, points + granted) if code in lifted else points
        for code, points in values.items()
    }


class _Working:
    """One settlement's sums."""

    def __init__(
        self,
        scheme: Scheme,
        readings: Readings,
        departments: tuple[str, ...],
        findings: pd.DataFrame,
        pending: pd.DataFrame,
    ) -> None:
        self.scheme, self.readings, self.departments = scheme, readings, departments
        self.full = points_of(scheme, readings)
        self.worked: dict[str, Points] = {}
        self.own: dict[str, Points] = {}
        self.at = pd.Index(departments)
        self.void = self._void(findings[findings["effect"] == VOID])
        self.pending = self._pending(pending)
        changes = findings[findings["effect"] == CHANGE]
        self.changed = self._sums(changes[~changes["bonus"].astype(bool)])
        self.earned = sum(self._sums(changes[changes["bonus"].astype(bool)]).values(), self._constant(ZERO))
        self.spilt = {leaf.code: self._spill(leaf) for leaf in scheme.leaves if leaf.may_spill(readings)}

    def _constant(self, points: Fraction) -> Points:
        array = np.empty(len(self.departments), dtype=object)
        array[:] = points
        return array

    def _sums(self, changes: pd.DataFrame) -> dict[str, Points]:
        """Leaf code to what its changes add up to."""
        sums = {leaf.code: self._constant(ZERO) for leaf in self.scheme.leaves}
        for code, rows in changes.groupby("code", sort=False):
            np.add.at(sums[str(code)], self.at.get_indexer(pd.Index(rows["department"])), rows["points"].to_numpy())
        return sums

    def _void(self, voids: pd.DataFrame) -> dict[str, Flags]:
        """Node code to whether it, or a node above it, is set to zero."""
        own: dict[str, Flags] = {code: np.zeros(len(self.departments), dtype=bool) for code in self.scheme.by_code}
        for scope, rows in voids.groupby("scope", sort=False):
            own[str(scope)][self.at.get_indexer(pd.Index(rows["department"]))] = True
        return {
            code: np.logical_or.reduce([own[above] for above in self.scheme.lineage(code)])
            for code in self.scheme.by_code
        }

    def _pending(self, pending: pd.DataFrame) -> dict[str, Flags]:
        """Node code to whether a pending leaf is at or under it."""
        flags: dict[str, Flags] = {code: np.zeros(len(self.departments), dtype=bool) for code in self.scheme.by_code}
        for code, rows in pending.groupby("code", sort=False):
            for above in self.scheme.lineage(str(code)):
                flags[above][self.at.get_indexer(pd.Index(rows["department"]))] = True
        return flags

    def _spill(self, leaf: Node) -> Points:
        """What exceeds a leaf and is taken from its parent."""
        return _where(
            self.pending[leaf.code] | self.void[leaf.code],
            ZERO,
            _maximum(ZERO, -(leaf.opening + self.changed[leaf.code])),
        )

    def leaf(self, leaf: Node, *, at_most: bool) -> Points:
        """A leaf: its opening and changes, floored and capped; at an end of its range when it is pending."""
        changed = self.changed[leaf.code]
        if clause := leaf.lost_in_proportion(self.readings):
            points = leaf.points * (1 + changed / Fraction(clause.over))
        else:
            points = leaf.opening + changed
        self.worked[leaf.code] = _where(self.pending[leaf.code], leaf.points if at_most else ZERO, points)
        self.own[leaf.code] = _minimum(leaf.points, _maximum(ZERO, self.worked[leaf.code]))
        return _where(self.void[leaf.code], ZERO, self.own[leaf.code])

    def nodes(self, *, at_most: bool) -> dict[str, Points]:
        """Every node at one end of the range, before any bonus."""
        values: dict[str, Points] = {}

        def work_out(code: str) -> Points:
            children = self.scheme.children.get(code)
            if children is None:
                values[code] = self.leaf(self.scheme.by_code[code], at_most=at_most)
                return values[code]
            self.worked[code] = reduce(operator.add, map(work_out, children))
            spilt = [self.spilt[child] for child in children if child in self.spilt]
            self.own[code] = self._settled_sum(code, _maximum(ZERO, reduce(operator.sub, spilt, self.worked[code])))
            values[code] = _where(self.void[code], ZERO, self.own[code])
            return values[code]

        work_out(TOTAL)
        return {code: values[code] for code in self.scheme.by_code}

    def _settled_sum(self, code: str, added: Points) -> Points:
        """A node whose declared points contradict what stands under it."""
        for contradiction in self.scheme.contradictions:
            if contradiction.node == code:
                match self.readings[contradiction.reading]:
                    case "cap":
                        return _minimum(added, contradiction.declared)
                    case "scale":
                        scaled: Points = added * (contradiction.declared / contradiction.adds_up_to)
                        return scaled
        return added

    def bonus(self, values: dict[str, Points]) -> Points:
        """What is granted of the bonus earned, by the leaf's reading; a void section or total gets none."""
        leaf, granted = self.scheme.bonus_leaf, self.earned
        if leaf is None:
            return granted
        section = self.scheme.lineage(leaf.code)[-2]
        match self.readings[str(leaf.bonus)]:
            case "section":
                granted = _minimum(granted, _maximum(ZERO, self.scheme.by_code[section].points - values[section]))
            case "total":
                granted = _minimum(granted, _maximum(ZERO, self.scheme.by_code[TOTAL].points - values[TOTAL]))
            case "none":
                granted = self._constant(ZERO)
        return _where(self.void[leaf.code], ZERO, granted)
