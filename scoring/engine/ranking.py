"""The ranking of all departments, from the few figures of each scorecard that a run's records keep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol, TypeVar

from scoring.base.points import number
from scoring.scheme import Scheme

FINAL: Final = "final"
PROVISIONAL: Final = "provisional"


def ranks_of(totals: Sequence[Fraction]) -> list[int]:
    """The rank of each total, the highest first."""
    first: dict[Fraction, int] = {}
    return [first.setdefault(total, rank) for rank, total in enumerate(totals, start=1)]


@dataclass(frozen=True)
class Result:
    """What the ranking needs of a department: its status, and the total's range, bonus included."""

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


def samples_apart(scored: Sequence[_Of], *, official: bool) -> tuple[list[_Of], list[_Of]]:
    """Separate the departments that are ranked together from samples, which are not ranked among official ones.

    ``official`` says that there is official evidence, even if it could not be scored.
    """
    if not official and all(one.sample for one in scored):
        return list(scored), []
    return [one for one in scored if not one.sample], [one for one in scored if one.sample]


def rank_among(one: Result, others: Sequence[Result], *, official: bool) -> int | None:
    """The rank of a department among others; None where it has none: provisional, or a sample among official ones."""
    ranked = [each for each in samples_apart([one, *others], official=official)[0] if each.status == FINAL]
    return 1 + sum(each.low > one.low for each in ranked) if one in ranked else None


def ranking_json(
    scheme: Scheme,
    results: Sequence[Result],
    failed: Mapping[str, int],
    present: Collection[str] = (),
    *,
    official: bool = False,
) -> dict[str, Any]:
    """The ranking as ``ranking/1``.

    ``failed`` gives the number of faults of a department, or of a file that belongs to none; ``present`` are the
    departments with evidence, and ``official`` says that some of it is official, scored or not.
    """
    listed, (assessed, samples) = scheme.positions, samples_apart(results, official=official)
    present = {*present, *failed, *(result.department for result in results)}
    return {
        "schema": "ranking/1",
        "year": scheme.year,
        "scheme": scheme.folder.name,
        **({"exercise": scheme.exercise} if scheme.exercise else {}),
        **(_by_result(assessed, samples) if scheme.is_gate else _by_total(assessed, samples)),
        "failed": [{"department": name, "errors": errors} for name, errors in failed.items() if name in listed],
        "absent": [{"department": name} for name in scheme.departments if name not in present],
        "unlisted": [{"name": name, "errors": errors} for name, errors in failed.items() if name not in listed],
    }


def _by_total(assessed: Sequence[Result], samples: Sequence[Result]) -> dict[str, Any]:
    """Final results by total; provisional ones, and samples among official ones, without a rank."""
    final = sorted((result for result in assessed if result.status == FINAL), key=lambda one: one.low, reverse=True)
    return {
        "ranked": [
            {"rank": rank, "department": one.department, "total": number(one.low), "qualified": one.qualified}
            for rank, one in zip(ranks_of([one.low for one in final]), final, strict=True)
        ],
        "provisional": [
            {"department": one.department, "range": [number(one.low), number(one.high)]}
            for one in assessed
            if one.status == PROVISIONAL
        ],
        "samples": [  # Scores without a rank.
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
    """For a gate: departments by result, in the scheme's order."""
    groups = {"qualified": True, "unqualified": False, "provisional": None}
    return {
        **{
            name: [{"department": one.department} for one in assessed if one.qualified is qualified]
            for name, qualified in groups.items()
        },
        "samples": [{"department": one.department, "qualified": one.qualified} for one in samples],
    }
