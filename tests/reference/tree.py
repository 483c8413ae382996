"""The tree of the 2017 scheme, as the rulebook's second part lists it."""

from __future__ import annotations

#: (code, points) in the order of the scheme, after the total.
POINTS = {
    "total": 100,
    "1": 10,
    "1.1": 10,
    "2": 40,
    "2.1": 10,
    "2.2": 10,
    "2.3": 10,
    "2.4": 10,
    "3": 50,
    "3.1": 16,
    "3.1.1": 6,
    "3.1.1.1": 2,
    "3.1.1.2": 2,
    "3.1.1.3": 2,
    "3.1.2": 4,
    "3.1.3": 2,
    "3.1.3.1": 1,
    "3.1.3.2": 1,
    "3.1.4": 2,
    "3.1.5": 2,
    "3.2": 8,
    "3.2.1": 5,
    "3.2.2": 3,
    "3.3": 16,
    "3.3.1": 2,
    "3.3.2": 8,
    "3.3.2.1": 3,
    "3.3.2.1.1": 1,
    "3.3.2.1.2": 1,
    "3.3.2.1.3": 1,
    "3.3.2.2": 2,
    "3.3.2.3": 3,
    "3.3.3": 4,
    "3.3.3.1": 1,
    "3.3.3.2": 1,
    "3.3.3.3": 2,
    "3.3.4": 4,
    "3.3.4.1": 2,
    "3.3.4.2": 2,
    "3.4": 10,
    "3.4.1": 5,
    "3.4.2": 5,
}


def parent(code: str) -> str | None:
    """The node above: ``3.2`` over ``3.2.1``, ``total`` over ``3``, nothing over ``total``."""
    if code == "total":
        return None
    return code.rpartition(".")[0] or "total"


def children(code: str) -> list[str]:
    return [other for other in POINTS if parent(other) == code]


LEAVES = [code for code in POINTS if not children(code)]


def leaves_under(code: str) -> list[str]:
    """The leaves below a node; a leaf itself when it is one."""
    return [leaf for leaf in LEAVES if code in lineage(leaf)]


def lineage(code: str) -> list[str]:
    """A node and everything above it."""
    line = [code]
    above = parent(code)
    while above is not None:
        line.append(above)
        above = parent(above)
    return line


#: Every reading, its default first.
READINGS = {
    "management-sum": ("cap", "scale", "sum"),
    "consultation-credit": ("each", "both"),
    "late-delivery": ("per-item", "forfeit"),
    "news-bonus": ("open", "section", "total", "none"),
    "overflow": ("floor", "spill"),
    "missed-update": ("per-period", "per-gap"),
    "total-veto-scope": ("total", "section"),
    "site-veto-scope": ("section", "total"),
    "update-volume": ("literal", "proportional"),
    "stale-columns": ("together", "apart"),
    "suggestion-deadline": ("none", "consultation"),
    "three-days": ("calendar", "working"),
    "annual-target": ("year-end", "cut-off"),
}


def declared(code: str, readings: dict[str, str]) -> int:
    """Under ``sum``, 3.3 and section 3 have 18 and 52 points, and the total is out of 102."""
    if readings["management-sum"] == "sum" and code in ("3.3", "3", "total"):
        return POINTS[code] + 2
    return POINTS[code]
