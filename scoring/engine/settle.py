"""Computes scores from findings and the tree: the only module of the engine that sums, floors, caps or voids.

Every node is computed twice, with each pending leaf at 0 and at its points; the two results are its range.
All departments are settled at once: an array holds one Fraction per department. The steps of one department, for
sentences about its sums, are taken from the arrays on demand. :func:`totals_of` settles one department under many
readings at once: its arrays have an axis per reading instead.

The same sums exist twice more, on purpose: :mod:`scoring.report.excel.formulas` mirrors them as live formulas,
and :mod:`scoring.archive.verify.arithmetic` adds an archive's ledger up again without this module.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.base.points import ZERO
from scoring.base.tables import each_row
from scoring.engine.findings import CHANGE, VOID
from scoring.engine.steps import BranchSteps, LeafSteps, Steps
from scoring.scheme import TOTAL, Contradiction, Node, Scheme, parent
from scoring.scheme.readings import Readings

Points = npt.NDArray[np.object_]  # one Fraction per department
Flags = npt.NDArray[np.bool_]
#: The option of each reading; or an array of all its options, along an axis of its own.
Options = Mapping[str, str | npt.NDArray[np.str_]]

# numpy's stubs do not cover arrays of Fractions.
_minimum: Callable[..., Points] = np.minimum
_maximum: Callable[..., Points] = np.maximum
_where: Callable[..., Points] = np.where

SCORED, PENDING, VOIDED = "scored", "pending", "void"


@dataclass(frozen=True)
class Tally:
    """What findings amount to before any floor, cap or void of a node; arrays have an entry per department."""

    changed: Mapping[str, Points]  # the sum of each leaf's changes, without bonus
    earned: Points  # the bonus earned
    void: Mapping[str, Flags]  # whether a finding sets this very node to zero
    pending: Mapping[str, Flags]  # whether this very node is pending: only leaves can be


@dataclass(frozen=True)
class End:
    """Every node at one end of the range, before any bonus, by code; one entry per department."""

    added: dict[str, Points]  # the sum of a leaf's opening and changes, or of the nodes under a branch
    own: dict[str, Points]  # the same after floor, cap, contradiction and spilt points
    points: dict[str, Points]  # the same after every void
    granted: Points  # the bonus granted


@dataclass(frozen=True)
class Settled:
    """Scores of every node, by code; one entry per department."""

    scheme: Scheme
    readings: Readings
    departments: tuple[str, ...]
    low: dict[str, Points]  # the range, bonus included (Fractions)
    high: dict[str, Points]
    void: dict[str, Flags]  # whether the node is void, itself or through one above
    pending: dict[str, Flags]  # whether a pending leaf is at or under it
    ends: tuple[End, End]  # the range before any bonus: each pending leaf at 0, and at its points
    full: dict[str, Fraction]  # full points under the readings
    changed: dict[str, Points]  # sum of each leaf's changes, without bonus
    earned: Points  # the bonus earned
    spilt: dict[str, Points]  # points that each leaf that may spill takes from its parent
    changes: pd.DataFrame  # the findings that change points: department, leaf, price and how many times it counts

    def steps(self, department: str) -> Steps:
        """The steps to every node's points, for one department."""
        return _Steps(self, department).all()


def still_valid(findings: pd.DataFrame, turned: pd.Series) -> pd.Series:
    """A mask of the findings that count.

    Those found count unless withdrawn, those suspected only once confirmed; vetoes by count also need enough valid
    findings to rest on.

    Parameters
    ----------
    turned
        A mask of the findings that a decision turned: found and withdrawn, or suspected and confirmed.
    """
    valid = findings["suspected"].astype(bool) == turned
    by_count = findings[valid & (findings["needs"] > 0)]
    known = set(_keys(findings[valid])) if len(by_count) else set()
    for veto in each_row(by_count):
        valid[veto.Index] = sum((veto.department, finding) in known for finding in veto.rests_on) >= veto.needs
    return valid


def are_among(findings: pd.DataFrame, named: Collection[tuple[str, str]]) -> pd.Series:
    """A mask of the findings whose department and id are among these."""
    return pd.Series([key in named for key in _keys(findings)], findings.index, dtype=bool)


def _keys(findings: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return zip(findings["department"], findings["id"], strict=True)


def points_of(scheme: Scheme, readings: Readings) -> dict[str, Fraction]:
    """Full points under the readings: a contradiction read as ``sum`` gives its node and all above the actual sum."""
    points = {code: node.points for code, node in scheme.by_code.items()}
    for contradiction in scheme.contradictions:
        if readings[contradiction.reading] == "sum":
            for code in scheme.lineage(contradiction.node):
                points[code] += contradiction.adds_up_to - contradiction.declared
    return points


def settle(
    scheme: Scheme, readings: Readings, departments: tuple[str, ...], findings: pd.DataFrame, pending: pd.DataFrame
) -> Settled:
    """Settle the findings that count, none of a pending leaf; ``pending`` has ``department`` and ``code``."""
    tally = tally_of(scheme, [leaf.code for leaf in scheme.leaves], departments, findings, pending)
    work = _Working(scheme, readings, tally)
    ends, low, high = work.ends()
    changes = findings.loc[findings["effect"] == CHANGE, ["department", "code", "each", "times"]]
    full, spilt = points_of(scheme, readings), {code: work.spilt[code] for code in _spilling(scheme, readings)}
    state = (work.void, work.pending, ends, full)
    return Settled(scheme, readings, departments, low, high, *state, dict(tally.changed), tally.earned, spilt, changes)


def tally_of(
    scheme: Scheme,
    leaves: Iterable[str],
    departments: tuple[str, ...],
    findings: pd.DataFrame,
    pending: pd.DataFrame,
) -> Tally:
    """Add up the findings that count, all of them of these leaves; see :func:`settle`."""
    at = {name: place for place, name in enumerate(departments)}

    def none() -> Points:
        array = np.empty(len(departments), dtype=object)
        array[:] = ZERO
        return array

    changed, earned = {code: none() for code in leaves}, none()
    void, waits = ({code: np.zeros(len(departments), dtype=bool) for code in scheme.by_code} for _ in range(2))
    columns = (findings[name] for name in ("department", "code", "effect", "points", "bonus", "scope"))
    for name, code, effect, points, bonus, scope in zip(*columns, strict=True):
        if effect == VOID:
            void[scope][at[name]] = True
        else:
            (earned if bonus else changed[code])[at[name]] += points
    for name, code in zip(pending["department"], pending["code"], strict=True):
        waits[code][at[name]] = True
    return Tally(changed, earned, void, waits)


def totals_of(
    scheme: Scheme, options: Options, tally: Tally, kept: Callable[[Points], Points]
) -> tuple[Points, Points]:
    """The total's range of one department under many readings, each with an axis of its own in every array.

    ``kept`` may drop what an array repeats along an axis.
    """
    _, low, high = _Working(scheme, options, tally, kept).ends()
    return low[TOTAL], high[TOTAL]


class _Working:
    """The sums of one settlement."""

    def __init__(
        self, scheme: Scheme, readings: Options, tally: Tally, kept: Callable[[Points], Points] = lambda points: points
    ) -> None:
        self.scheme, self.readings, self.kept = scheme, readings, kept
        # Every node after those under it.
        self.upward = sorted(scheme.by_code, key=lambda code: -len(scheme.lineage(code)))
        self.void, self.pending = dict(tally.void), dict(tally.pending)
        for code in reversed(self.upward):
            if code != TOTAL:
                self.void[code] = self.void[code] | self.void[parent(code)]
        for code in self.upward:
            if code != TOTAL:
                self.pending[parent(code)] = self.pending[parent(code)] | self.pending[code]
        self.changed, self.earned = tally.changed, tally.earned
        self.spilt = {leaf.code: kept(self._spill(leaf)) for leaf in scheme.leaves if leaf.spills}

    def ends(self) -> tuple[tuple[End, End], dict[str, Points], dict[str, Points]]:
        """Every node at both ends before any bonus; and the range with it."""
        ends = self.end(at_most=False), self.end(at_most=True)
        first, second = map(self.with_bonus, ends)
        low = {code: _minimum(first[code], second[code]) for code in first}
        high = {code: _maximum(first[code], second[code]) for code in first}
        return ends, low, high

    def _spill(self, leaf: Node) -> Points:
        """Deductions beyond a leaf's points, taken from its parent."""
        beyond = _maximum(ZERO, -(leaf.opening + self.changed[leaf.code]))
        stays = (self.readings[str(leaf.spills)] != "spill") | _in_proportion(leaf, self.readings)
        stays = stays | self.pending[leaf.code] | self.void[leaf.code]
        return _where(stays, ZERO, beyond)

    def end(self, *, at_most: bool) -> End:
        """Every node at one end of the range."""
        added: dict[str, Points] = {}
        own: dict[str, Points] = {}
        points: dict[str, Points] = {}
        for code in self.upward:
            if code in self.scheme.children:
                added[code] = reduce(operator.add, (points[child] for child in self.scheme.children[code]))
                own[code] = self._branch(code, added[code])
            else:
                added[code] = self._added(self.scheme.by_code[code], at_most=at_most)
                own[code] = _minimum(self.scheme.by_code[code].points, _maximum(ZERO, added[code]))
            points[code] = self.kept(_where(self.void[code], ZERO, own[code]))
        return End(added, own, points, self._granted(points))

    def _added(self, leaf: Node, *, at_most: bool) -> Points:
        """A leaf's opening and changes, or its loss in proportion; at an end of its range when it is pending."""
        added = changed_leaf(leaf, self.readings, self.changed[leaf.code])
        return _where(self.pending[leaf.code], leaf.points if at_most else ZERO, added)

    def _branch(self, code: str, added: Points) -> Points:
        """The sum of a branch, less spilt points, after a contradiction with the declared points is settled."""
        spilt = [self.spilt[child] for child in self.scheme.children[code] if child in self.spilt]
        branch: Points = own_of_branch(self.scheme, self.readings, code, reduce(operator.sub, spilt, added))
        return branch

    def _granted(self, points: dict[str, Points]) -> Points:
        """The part of the earned bonus that the leaf's reading grants; a void section or total gets none."""
        leaf = self.scheme.bonus_leaf
        if leaf is None:
            return self.earned
        section = self.scheme.lineage(leaf.code)[-2]
        granted = self.kept(limited_bonus(self.scheme, self.readings, self.earned, points[section], points[TOTAL]))
        return _where(self.void[leaf.code], ZERO, granted)

    def with_bonus(self, end: End) -> dict[str, Points]:
        """Add the bonus to its leaf and all above it, after every cap; void nodes stay at zero."""
        leaf = self.scheme.bonus_leaf
        lifted = {
            code: _where(self.void[code], ZERO, end.points[code] + end.granted)
            for code in (self.scheme.lineage(leaf.code) if leaf else ())
        }
        return {code: lifted.get(code, end.points[code]) for code in self.scheme.by_code}


def _spilling(scheme: Scheme, readings: Readings) -> Iterator[str]:
    return (leaf.code for leaf in scheme.leaves if leaf.may_spill(readings))


# --- The steps that others take as well: of a figure, or of an array of them --------------------------------------


def _either(one: Any, other: Any, *, first: bool | Flags) -> Any:
    """One or the other: as it is under one option, entry by entry under many."""
    return (one if first else other) if isinstance(first, bool) else _where(first, one, other)


def _in_proportion(leaf: Node, readings: Options) -> bool | Flags:
    clause = leaf.proportion
    return clause is not None and readings[clause.reading] == "proportional"


def changed_leaf(leaf: Node, readings: Options, changed: Any) -> Any:
    """A leaf's opening and the sum of its changes, or its loss in proportion; before floor and cap."""
    added = leaf.opening + changed
    if clause := leaf.proportion:
        lost = leaf.points * (1 + changed / Fraction(clause.over))
        return _either(lost, added, first=_in_proportion(leaf, readings))
    return added


def own_of_branch(scheme: Scheme, readings: Options, code: str, added: Any) -> Any:
    """A branch's points from the sum under it less spilt points: its floor, and its contradiction settled."""
    added = _maximum(ZERO, added)
    if contradiction := _contradiction(scheme, code):
        option, declared = readings[contradiction.reading], contradiction.declared
        scaled = added * (declared / contradiction.adds_up_to)
        scaled = _either(scaled, added, first=option == "scale")
        return _either(_minimum(added, declared), scaled, first=option == "cap")
    return added


def limited_bonus(scheme: Scheme, readings: Options, earned: Any, section: Any, total: Any) -> Any:
    """The part of the earned bonus that the reading grants beside the points of its leaf's section and the total."""
    leaf = scheme.bonus_leaf
    if leaf is None:
        return earned
    granted, option = earned, readings[str(leaf.bonus)]
    for limit, code, points in (("section", scheme.lineage(leaf.code)[-2], section), ("total", TOTAL, total)):
        room = _maximum(ZERO, scheme.by_code[code].points - points)
        granted = _either(_minimum(earned, room), granted, first=option == limit)
    return _either(earned * 0, granted, first=option == "none")


def _contradiction(scheme: Scheme, code: str) -> Contradiction | None:
    return next((entry for entry in scheme.contradictions if entry.node == code), None)


# --- The steps of one department ------------------------------------------------------------------------------------


class _Steps:
    """Builds one department's steps, node by node."""

    def __init__(self, settled: Settled, department: str) -> None:
        self.settled, self.scheme = settled, settled.scheme
        self.at = settled.departments.index(department)
        changes = settled.changes
        self.changes = changes[(changes["department"] == department) & (changes["each"] != 0)]

    def all(self) -> Steps:
        leaves = [leaf.code for leaf in self.scheme.leaves]
        beyond = [self.settled.high[code][self.at] - self.settled.full[code] for code in leaves]
        return Steps(
            {code: self._leaf(self.scheme.by_code[code]) for code in leaves},
            {code: self._branch(code) for code in self.scheme.children},
            full=sum((self.settled.full[code] for code in leaves), ZERO),
            lost=sum((max(ZERO, -points) for points in beyond), ZERO),
            gained=sum((max(ZERO, points) for points in beyond), ZERO),
        )

    def _leaf(self, leaf: Node) -> LeafSteps:
        settled, code, at = self.settled, leaf.code, self.at
        earned = settled.earned[at] if leaf.bonus else ZERO
        low, high = sorted(end.granted[at] if leaf.bonus else ZERO for end in settled.ends)
        clause = leaf.lost_in_proportion(settled.readings)
        return LeafSteps(
            opening=leaf.opening,
            changes=self._prices(code),
            changed=settled.changed[code][at] + earned,
            over=clause.over if clause else None,
            added=settled.ends[0].added[code][at] + earned,
            own=settled.ends[0].own[code][at],
            spilt=self._spilt(code),
            earned=earned,
            granted=(low, high),
        )

    def _branch(self, code: str) -> BranchSteps:
        settled, children = self.settled, self.scheme.children[code]
        low, high = (self._sum(points, children) for points in (settled.low, settled.high))
        return BranchSteps(
            added=(low, high),
            own_added=self._sum(settled.ends[0].own, children),
            own=settled.ends[0].own[code][self.at],
            spilt=sum(map(self._spilt, children), ZERO),
            contradiction=_contradiction(self.scheme, code),
            taken=high - settled.high[code][self.at],
            full_added=sum((settled.full[child] for child in children), ZERO),
        )

    def _sum(self, points: dict[str, Points], codes: Sequence[str]) -> Fraction:
        return sum((points[code][self.at] for code in codes), ZERO)

    def _spilt(self, code: str) -> Fraction:
        return self._sum(self.settled.spilt, [code]) if code in self.settled.spilt else ZERO

    def _prices(self, code: str) -> tuple[tuple[Fraction, int], ...]:
        """Each price with the number of times it counts, in the order of the findings."""
        times: dict[Fraction, int] = {}
        for row in each_row(self.changes[self.changes["code"] == code]):
            times[row.each] = times.get(row.each, 0) + row.times
        return tuple(times.items())
