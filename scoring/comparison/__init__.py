"""Years side by side: what changed between two assessments, told apart by what made it change. Nothing here scores."""

from scoring.archive.one_year import NotComparable, OneYear, opened, opened_years
from scoring.comparison.compare import Comparison, DepartmentChange, LeafChange, Own, compare
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
    "opened",
    "opened_years",
    "split",
]
