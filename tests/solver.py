"""Mending as an integer program, solved by HiGHS: another way to the same numbers, in floating point.

A variable for each finding that may go, for each scope that is set to zero, and for the points of each node. Points are
only bounded from above, and the most are asked for; a floor at zero takes a variable of its own, since it is no bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import highspy

from scoring import Scorecard
from scoring.engine.findings import CHANGE, VOID
from scoring.engine.scorecard import Finding
from scoring.scheme import TOTAL

#: Above any points that a node can have or lack.
MUCH = 2000


class Solver:
    """The program of one department."""

    def __init__(self, card: Scorecard, findings: Sequence[Finding]) -> None:
        self.card, self.program = card, highspy.Highs()
        self.program.setOptionValue("output_flag", False)
        self.program.setOptionValue("mip_rel_gap", 0.0)
        self.gone = {one.id: self.program.addBinary() for one in findings}
        self.voids = [one for one in card.findings if one.stands and one.effect == VOID]
        self.lifted = {scope: self.program.addBinary() for scope in {str(void.scope) for void in self.voids}}
        for void in self.voids:
            self.program.addConstr(self._gone_of(void) >= self._lacking(void) * self.lifted[str(void.scope)])
        self.points = {code: self._node(code) for code in card.scheme.children[TOTAL]}
        self.total = self._bounded(TOTAL, sum(self.points.values()))
        self.total = self.total + self._bonus()

    def _lacking(self, void: Finding) -> int:
        return len(void.rests_on) - void.needs + 1 if void.needs else 1

    def _gone_of(self, void: Finding) -> Any:
        return self.program.qsum(self.gone[one] for one in void.rests_on or (void.id,) if one in self.gone)

    def most(self, count: int) -> float:
        """The most points by so many findings at most."""
        row = self.program.addConstr(self.program.qsum(self.gone.values()) <= count)
        self.program.maximize(self.total)
        reached = self.program.getObjectiveValue()
        self.program.removeConstr(row)
        return float(reached)

    def fewest(self, vetoes: Iterable[Finding]) -> int | None:
        """The fewest findings that lift these vetoes; None when nothing does."""
        rows = [self.program.addConstr(self._gone_of(void) >= self._lacking(void)) for void in vetoes]
        self.program.minimize(self.program.qsum(self.gone.values()))
        solved = self.program.getModelStatus() == highspy.HighsModelStatus.kOptimal
        count = round(self.program.getObjectiveValue()) if solved else None
        for row in reversed(rows):
            self.program.removeConstr(row)
        return count

    # --- Points ---------------------------------------------------------------------------------------------------

    def _node(self, code: str) -> Any:
        """What a node gives to the branch above it."""
        children = self.card.scheme.children.get(code)
        under = self._leaf(code) if children is None else sum(self._node(child) for child in children)
        return self._bounded(code, under, floor=children is not None or not self._spills(code))

    def _spills(self, code: str) -> bool:
        return self.card.scheme.by_code[code].may_spill(self.card.readings)

    def _leaf(self, code: str) -> Any:
        leaf, readings = self.card.scheme.by_code[code], self.card.readings
        if code in self.card.pending:
            return 0 * next(iter(self.gone.values()))
        over = leaf.proportion.over if leaf.lost_in_proportion(readings) else None
        worth = leaf.points / over if over else Fraction(1)
        stand = [one for one in self.card.of(code) if one.stands and one.effect == CHANGE and not one.bonus]
        changed = sum((one.points for one in stand), Fraction(0))
        regained = [self.gone[one.id] * float(-one.points * worth) for one in stand if one.id in self.gone]
        opening = leaf.points if over else leaf.opening
        return self.program.qsum(regained) + float(opening + changed * worth)

    def _bounded(self, code: str, added: Any, *, floor: bool = True) -> Any:
        """A variable that is at most what is added up, under floor, cap and void."""
        scheme, program = self.card.scheme, self.program
        points = program.addVariable(lb=-MUCH)
        factor, cap = self._settled(code)
        if code not in scheme.children:
            cap = float(scheme.by_code[code].points)
        if floor:
            positive = program.addBinary()
            program.addConstr(points <= factor * added + MUCH * (1 - positive))
            program.addConstr(points <= MUCH * positive)
        else:
            program.addConstr(points <= factor * added)
        program.addConstr(points <= cap)
        if code not in self.lifted:
            return points
        kept = program.addVariable(lb=-MUCH)  # What is set to zero also spills nothing.
        program.addConstr(kept <= points + MUCH * (1 - self.lifted[code]))
        program.addConstr(kept <= MUCH * self.lifted[code])
        return kept

    def _settled(self, code: str) -> tuple[float, float]:
        """The factor and the cap of a branch whose points do not add up."""
        for entry in self.card.scheme.contradictions:
            if entry.node == code:
                option = self.card.readings[entry.reading]
                factor = float(entry.declared / entry.adds_up_to) if option == "scale" else 1.0
                return factor, float(entry.declared) if option == "cap" else MUCH
        return 1.0, MUCH

    def _bonus(self) -> Any:
        scheme, leaf, program = self.card.scheme, self.card.scheme.bonus_leaf, self.program
        granted = program.addVariable(lb=0)
        earned = float(self.card.settled.earned[0]) if leaf else 0
        program.addConstr(granted <= earned)
        if leaf is None:
            return granted
        for scope in self.lifted:
            if scope in scheme.lineage(leaf.code):
                program.addConstr(granted <= MUCH * self.lifted[scope])
        section = scheme.lineage(leaf.code)[-2]
        match self.card.readings[str(leaf.bonus)]:
            case "none":
                program.addConstr(granted <= 0)
            case "section":
                program.addConstr(granted <= float(scheme.by_code[section].points) - self.points[section])
            case "total":
                program.addConstr(granted <= float(scheme.by_code[TOTAL].points) - self.total)
        return granted
