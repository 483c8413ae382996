"""The steps to the points of a department's nodes, as plain data; :mod:`scoring.engine.settle` fills it.

Sentences about sums are made from these steps; they do no arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from scoring.scheme import Contradiction

#: A figure with every pending leaf at zero and at its full points, the lower one first.
Ends = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class LeafSteps:
    """A leaf: opening and changes, limited to between zero and full points, plus a bonus."""

    opening: Fraction  # points it starts from
    changes: tuple[tuple[Fraction, int], ...]  # each price with how often it counts, in the ledger's order
    changed: Fraction  # the sum of the changes, bonus included
    over: int | None  # for a loss in proportion: the deductions that cost all points; else None
    added: Fraction  # opening and changes, before floor and cap, a bonus included
    own: Fraction  # the same after floor and cap, before any bonus and void
    spilt: Fraction  # excess deductions, taken from the branch above
    earned: Fraction  # the bonus that it earned
    granted: Ends  # the part of it that is granted


@dataclass(frozen=True)
class BranchSteps:
    """A branch: the sum of the nodes under it, less spilt points, with a contradiction settled by its reading."""

    added: Ends  # the sum of the nodes under it, bonus included
    own_added: Fraction  # the sum of their own points, before any bonus and void, at the lower end
    own: Fraction  # the same after spilt points and the contradiction
    spilt: Fraction  # points taken for the leaves under it that spill
    contradiction: Contradiction | None  # where its declared points differ from those of the nodes under it
    taken: Fraction  # loss of the sum at the upper end, to spilt points or the contradiction
    full_added: Fraction  # the sum of the full points of the nodes under it


@dataclass(frozen=True)
class Steps:
    """The steps of every node, by code, and the sums over all leaves."""

    leaves: Mapping[str, LeafSteps]
    branches: Mapping[str, BranchSteps]
    full: Fraction  # their full points
    lost: Fraction  # points lost, at the upper end
    gained: Fraction  # points above full points

    def own(self, code: str) -> Fraction:
        """A node's own points, before any bonus and void."""
        return (self.leaves[code] if code in self.leaves else self.branches[code]).own
