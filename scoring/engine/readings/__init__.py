"""What the readings decide: totals, results and ranks under every combination of their options, exactly.

Only by structure: the rule of a leaf runs once for each option that it looks at, the tree is settled once for all
combinations that differ for a department, and ranks are compared where any department moves.
"""

from scoring.engine.readings.decided import Decided, decided, spreads_of
from scoring.engine.readings.field import Field, Pair, Standing
from scoring.engine.readings.outcomes import TooManyReadings
from scoring.engine.readings.spread import Alone, Outcome, Packed, Spread, spreads

__all__ = [
    "Alone",
    "Decided",
    "Field",
    "Outcome",
    "Packed",
    "Pair",
    "Spread",
    "Standing",
    "TooManyReadings",
    "decided",
    "spreads",
    "spreads_of",
]
