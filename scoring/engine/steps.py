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
    """A leaf: opening and changes, kept between zero and its full points, and a bonus on top.

    Attributes
    ----------
    opening
        What it starts from.
    changes
        Each price with the number of times it counts, in the order of the ledger.
    changed
        What the changes add up to, a bonus included.
    over
        Deductions by which it loses all its points in proportion; None where changes come off directly.
    added
        Opening and changes, before floor and cap, a bonus included.
    own
        What floor and cap leave of it, before any bonus and any void.
    spilt
        What exceeds the leaf and is taken from the branch above.
    earned, granted
        The bonus that it earned, and what is granted of it.
    """

    opening: Fraction
    changes: tuple[tuple[Fraction, int], ...]
    changed: Fraction
    over: int | None
    added: Fraction
    own: Fraction
    spilt: Fraction
    earned: Fraction
    granted: Ends


@dataclass(frozen=True)
class BranchSteps:
    """A branch: the nodes under it added up, less what leaves spilt, a contradiction settled by its reading.

    Attributes
    ----------
    added
        What the nodes under it add up to, a bonus included.
    own_added
        What they add up to each by itself, before any bonus and any void, at the lower end.
    own
        What spilt points and the contradiction leave of them, before any bonus and any void, at the lower end.
    spilt
        What is taken for the leaves under it that spill.
    contradiction
        Set where its declared points differ from those of the nodes under it.
    taken
        What the sum loses at the upper end: to spilt points or to the contradiction.
    full_added
        What the full points of the nodes under it add up to.
    """

    added: Ends
    own_added: Fraction
    own: Fraction
    spilt: Fraction
    contradiction: Contradiction | None
    taken: Fraction
    full_added: Fraction


@dataclass(frozen=True)
class Steps:
    """The steps of every node, by code.

    Attributes
    ----------
    full, lost, gained
        Over all leaves: their full points, what they fall short of them at the upper end, what they have beyond them.
    """

    leaves: Mapping[str, LeafSteps]
    branches: Mapping[str, BranchSteps]
    full: Fraction
    lost: Fraction
    gained: Fraction

    def own(self, code: str) -> Fraction:
        """What a node has by itself, before any bonus and any void."""
        return (self.leaves[code] if code in self.leaves else self.branches[code]).own
