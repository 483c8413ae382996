"""Two years compared: what changed, and how much of it is due to evidence, rules and readings."""

from scoring.comparison.compare import Comparison, DepartmentChange, LeafChange, NotComparable, OneYear, Own, compare
from scoring.comparison.leaves import Correspondence, corresponding
from scoring.comparison.split import Split, split

__all__ = [
    "Comparison",
    "Correspondence",
    "DepartmentChange",
    "LeafChange",
    "NotComparable",
    "OneYear",
    "Own",
    "Split",
    "compare",
    "corresponding",
    "split",
]
