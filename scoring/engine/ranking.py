"""The ranking of all departments, from each one's result; what a run remembers of a scorecard is enough for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol, TypeVar

from scoring.base.points import number
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
    sample: bool = False


class _Natured(Protocol):
    @property
    def sample(self) -> bool: ...


_Of = TypeVar("_Of", bound=_Natured)


def alike(scored: Sequence[_Of], *, official: bool) -> tuple[list[_Of], list[_Of]]:
    """Those that are ranked together, and the samples among official ones: like is ranked with like.

    ``official`` says that there is official evidence, even if it could not be scored.
    """
    if not official and all(one.sample for one in scored):
        return list(scored), []
    return [one for one in scored if not one.sample], [one for one in scored if one.sample]


def ranking_json(
    scheme: Scheme,
    results: Sequence[Result],
    failed: Mapping[str, int],
    present: Collection[str] = (),
    *,
    official: bool = False,
) -> dict[str, Any]:
    """The ranking as ``ranking/1``.

    ``failed`` gives the number of faults of a department, or of a file that is no department's; ``present`` are the
    departments that have evidence, and ``official`` says that some of it is official, whether it was scored or not.
    """
    assessed, samples = alike(results, official=official)
    present = {*present, *failed, *(result.department for result in results)}
    return {
        "schema": "ranking/1",
        "year": scheme.year,
        "scheme": scheme.folder.name,
        **({"exercise": scheme.exercise} if scheme.exercise else {}),
        **(_by_result(assessed, samples) if scheme.is_gate else _by_total(assessed, samples)),
        "failed": [{"department": name, "errors": errors} for name, errors in failed.items() if name in scheme.places],
        "absent": [{"department": name} for name in scheme.departments if name not in present],
        "unlisted": [{"name": name, "errors": errors} for name, errors in failed.items() if name not in scheme.places],
    }


def _by_total(assessed: Sequence[Result], samples: Sequence[Result]) -> dict[str, Any]:
    """Final results by total; provisional ones, and samples among official ones, without a rank."""
    final = sorted((result for result in assessed if result.status == FINAL), key=lambda one: one.low, reverse=True)
    return {
        "ranked": [
            {"rank": place, "department": one.department, "total": number(one.low), "qualified": one.qualified}
            for place, one in zip(places([one.low for one in final]), final, strict=True)
        ],
        "provisional": [
            {"department": one.department, "range": [number(one.low), number(one.high)]}
            for one in assessed
            if one.status == PROVISIONAL
        ],
        "samples": [  # Their scores, without a place.
            {
                "department": one.department,
                "total": number(one.low) if one.status == FINAL else None,
                "range": [number(one.low), number(one.high)],
                "qualified": one.qualified,
            }
            for one in samples
        ],
    }


def _by_result(assessed: Sequence[Result], samples: Sequence[Result]) -> dict[str, Any]:
    """What a gate leaves: departments by result, in the scheme's order."""
    groups = {"qualified": True, "unqualified": False, "provisional": None}
    return {
        **{
            name: [{"department": one.department} for one in assessed if one.qualified is qualified]
            for name, qualified in groups.items()
        },
        "samples": [{"department": one.department, "qualified": one.qualified} for one in samples],
    }
