"""The steps by which a department's nodes come to their points, as plain data; :mod:`scoring.engine.settle` fills it.

Sentences about sums are made of these steps and add nothing up.
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
    """A leaf: opening and changes, kept between zero and its full points, and a bonus on top."""

    opening: Fraction  # what it starts from
    changes: tuple[tuple[Fraction, int], ...]  # each price with the times that it counts, in the order of the ledger
    changed: Fraction  # what the changes add up to, a bonus included
    over: int | None  # deductions by which it loses all in proportion; None where changes come off directly
    added: Fraction  # opening and changes, before floor and cap, a bonus included
    own: Fraction  # what floor and cap leave of it, before any bonus and any void
    spilt: Fraction  # what exceeds the leaf and is taken from the branch above
    earned: Fraction  # the bonus that it earned
    granted: Ends  # what is granted of the bonus


@dataclass(frozen=True)
class BranchSteps:
    """A branch: the nodes under it added up, less what leaves spilt, a contradiction settled by its reading."""

    added: Ends  # what the nodes under it add up to, a bonus included
    own_added: Fraction  # what they add up to each by itself, before any bonus and any void, at the lower end
    own: Fraction  # what spilt points and the contradiction leave of that
    spilt: Fraction  # what is taken for the leaves under it that spill
    contradiction: Contradiction | None  # where its declared points differ from those of the nodes under it
    taken: Fraction  # what the sum loses at the upper end: to spilt points or to the contradiction
    full_added: Fraction  # what the full points of the nodes under it add up to


@dataclass(frozen=True)
class Steps:
    """The steps of every node, by code, and the sums over all leaves."""

    leaves: Mapping[str, LeafSteps]
    branches: Mapping[str, BranchSteps]
    full: Fraction  # their full points
    lost: Fraction  # what they fall short of them at the upper end
    gained: Fraction  # what they have beyond them

    def own(self, code: str) -> Fraction:
        """What a node has by itself, before any bonus and any void."""
        return (self.leaves[code] if code in self.leaves else self.branches[code]).own
