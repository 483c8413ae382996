"""What a scheme is: its tree, its clauses, its numbers and readings; loaded and checked."""

from scoring.scheme.load import SchemeError, known_schemes, load_scheme, read_scheme
from scoring.scheme.model import TOTAL, Contradiction, FindingKind, Node, Scheme, parent, with_departments

__all__ = [
    "TOTAL",
    "Contradiction",
    "FindingKind",
    "Node",
    "Scheme",
    "SchemeError",
    "known_schemes",
    "load_scheme",
    "parent",
    "read_scheme",
    "with_departments",
]
