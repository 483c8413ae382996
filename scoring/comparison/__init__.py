"""Two years compared: what changed, and how much of it is due to evidence, rules and readings."""

from scoring.comparison.compare import Comparison, DepartmentChange, LeafChange, NotComparable, OneYear, compare
from scoring.comparison.split import Split

__all__ = ["Comparison", "DepartmentChange", "LeafChange", "NotComparable", "OneYear", "Split", "compare"]
