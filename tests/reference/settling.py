"""From outcomes of leaves to the scorecard: floors, caps, spills, voids, bonus and ranges."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .tree import LEAVES, POINTS, children, declared, leaves_under, lineage

if TYPE_CHECKING:
    from .rulebook import Outcome

#: The five leaves whose deductions may exceed them.
SPILLING = ("3.3.2.3", "3.3.3.1", "3.3.3.2", "3.4.1", "3.4.2")


def shown(value: Fraction) -> float:
    """Figures are rounded half up to two decimals, only where they are shown."""
    return float(Fraction((value * 100 + Fraction(1, 2)) // 1, 100))


def voided(outcomes: dict[str, Outcome]) -> set[str]:
    """A node and all under it are set to 0, regardless of other findings."""
    scopes = set()
    for outcome in outcomes.values():
        if not outcome.pending:
            scopes.update(outcome.voids)
    return {code for code in POINTS if any(above in scopes for above in lineage(code))}


def leaf_opening(code: str) -> int:
    """A leaf opens at its full points, or opens at 0 and earns them (2.1 only)."""
    return 0 if code == "2.1" else POINTS[code]


class Working:
    """One working of the tree, with each pending leaf at 0 or at its points."""

    def __init__(self, outcomes: dict[str, Outcome], readings: dict[str, str], *, pending_full: bool) -> None:
        self.outcomes = outcomes
        self.readings = readings
        self.pending_full = pending_full
        self.void = voided(outcomes)
        self.base: dict[str, Fraction] = {}
        self.work_out("total")
        self.bonus = self.granted_bonus()

    def leaf(self, code: str) -> Fraction:
        """A leaf never goes below 0 nor, bonus apart, above its points."""
        outcome = self.outcomes[code]
        if outcome.pending:
            return Fraction(POINTS[code] if self.pending_full else 0)
        return min(max(leaf_opening(code) + outcome.change, Fraction(0)), Fraction(POINTS[code]))

    def spilt(self, code: str) -> Fraction:
        """What exceeds one of these five leaves is taken from its parent node."""
        if self.readings["overflow"] != "spill" or code not in SPILLING or self.outcomes[code].pending:
            return Fraction(0)
        return max(Fraction(0), -self.outcomes[code].change - POINTS[code])

    def work_out(self, code: str) -> Fraction:
        """Base points of a node and of everything under it, kept in ``base``."""
        below = children(code)
        if below:
            points = Fraction(0)
            for child in below:
                points += self.work_out(child)
            for child in below:
                points -= self.spilt(child)
            points = self.management_sum(code, max(points, Fraction(0)))
        else:
            points = self.leaf(code)
        if code in self.void:
            points = Fraction(0)
        self.base[code] = points
        return points

    def management_sum(self, code: str, points: Fraction) -> Fraction:
        """cap: the sum, at most 16. scale: the sum × 16/18. sum: the sum."""
        if code != "3.3":
            return points
        if self.readings["management-sum"] == "cap":
            return min(points, Fraction(16))
        if self.readings["management-sum"] == "scale":
            return points * Fraction(16, 18)
        return points

    def granted_bonus(self) -> Fraction:
        """What is lacking is taken before the bonus; a void section or total gets no bonus."""
        if "2.4" in self.void or self.outcomes["2.4"].pending:
            return Fraction(0)
        earned = self.outcomes["2.4"].bonus
        reading = self.readings["news-bonus"]
        if reading == "none":
            return Fraction(0)
        if reading == "section":
            return min(earned, max(Fraction(0), 40 - self.base["2"]))
        if reading == "total":
            return min(earned, max(Fraction(0), 100 - self.base["total"]))
        return earned

    def points(self, code: str) -> Fraction:
        """The bonus is added to the leaf, its section and the total after every cap."""
        if code in lineage("2.4"):
            return self.base[code] + self.bonus
        return self.base[code]


def node(code: str, low: Working, high: Working) -> dict[str, Any]:
    """A node has a score when no pending leaf is under it, or it is void, and both ends agree."""
    ends = sorted((low.points(code), high.points(code)))
    waiting = any(low.outcomes[leaf].pending for leaf in leaves_under(code))
    status = "void" if code in low.void else "pending" if waiting else "scored"
    known = status != "pending" and ends[0] == ends[1]
    return {
        "max": declared(code, low.readings),
        "score": shown(ends[0]) if known else None,
        "range": [shown(end) for end in ends],
        "status": status,
    }


def settle(outcomes: dict[str, Outcome], readings: dict[str, str]) -> dict[str, Any]:
    """The scorecard's figures. ``bonus`` is ``None`` where the two workings grant different ones."""
    low = Working(outcomes, readings, pending_full=False)
    high = Working(outcomes, readings, pending_full=True)
    nodes = {code: node(code, low, high) for code in POINTS}
    provisional = any(outcomes[leaf].pending for leaf in LEAVES)
    vetoed = any(outcome.veto and not outcome.pending for outcome in outcomes.values())
    qualified = False if vetoed else None if provisional else True
    bonuses = sorted((low.bonus, high.bonus))
    return {
        "status": "provisional" if provisional else "final",
        "qualified": qualified,
        "total": nodes["total"]["score"],
        "range": nodes["total"]["range"],
        "bonus": shown(bonuses[0]) if bonuses[0] == bonuses[1] else None,
        "bonus_range": [shown(bonus) for bonus in bonuses],
        "nodes": nodes,
    }
