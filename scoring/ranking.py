"""The ranking of all departments, from each one's result; what a run remembers of a scorecard is enough for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from scoring.points import number
from scoring.scheme import Scheme

FINAL: Final = "final"
PROVISIONAL: Final = "provisional"


def places(totals: Sequence[Fraction]) -> list[int]:
    """The rank of each total, the highest first."""
    first: dict[Fraction, int] = {}
    return [first.setdefault(total, place) for place, total in enumerate(totals, start=1)]


@dataclass(frozen=True)
class Result:
    """A department's place in a ranking: its status, and the total's range, bonus included."""

    department: str
    status: str
    qualified: bool | None
    low: Fraction
    high: Fraction


def ranking_json(scheme: Scheme, results: Sequence[Result], failed: Mapping[str, int]) -> dict[str, Any]:
    """The ranking as ``ranking/1``; ``failed`` maps a department to the number of its workbook's faults."""
    final = sorted((result for result in results if result.status == FINAL), key=lambda one: one.low, reverse=True)
    return {
        "schema": "ranking/1",
        "year": scheme.year,
        **({"exercise": scheme.exercise} if scheme.exercise else {}),
        "ranked": [
            {
                "rank": place,
                "department": result.department,
                "total": number(result.low),
                "qualified": result.qualified,
            }
            for place, result in zip(places([result.low for result in final]), final, strict=True)
        ],
        "provisional": [
            {"department": result.department, "range": [number(result.low), number(result.high)]}
            for result in results
            if result.status == PROVISIONAL
        ],
        "failed": [{"department": department, "errors": errors} for department, errors in failed.items()],
    }
