"""What the readings decide for each department, as plain data for pages: worked out once, handed over to reports."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import cattrs

from scoring.engine.assessment import Assessment
from scoring.engine.ranking import samples_apart
from scoring.engine.readings.field import Field, Pair, Standing
from scoring.engine.readings.spread import Alone, Outcome, Spread, spreads
from scoring.evidence import Evidence

_CONVERTER: Final = cattrs.Converter()
_CONVERTER.register_unstructure_hook(Fraction, str)  # Points are exact, such as 169/2.
_CONVERTER.register_structure_hook(Fraction, lambda text, _: Fraction(text))


@dataclass(frozen=True)
class Decided:
    """A department under all combinations of readings."""

    department: str
    sample: bool
    combinations: int  # of all options of all readings
    moves: tuple[str, ...]  # the readings that move it
    now: Outcome
    lowest: Outcome
    highest: Outcome
    qualified: int  # in how many combinations the site is 合格
    unqualified: int  # in how many a veto counts
    alone: tuple[Alone, ...]
    standing: Standing | None = None  # None where it is not ranked with others
    before: Pair | None = None  # with its neighbour ahead, under the chosen readings
    after: Pair | None = None  # with its neighbour behind
    above: Fraction | None = None  # the lowest total above its own, of those that have a rank

    def to_json(self) -> dict[str, Any]:
        """The same as JSON; points as exact fractions."""
        data: dict[str, Any] = _CONVERTER.unstructure(self)
        return data

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Decided:
        """What :meth:`to_json` gave."""
        return _CONVERTER.structure(data, cls)


def decided(found: Sequence[Spread], *, official: bool) -> dict[str, Decided]:
    """What the readings decide, by department; ranks and neighbours for those that are ranked together.

    ``official`` says that there is official evidence, even if it could not be scored.

    Raises
    ------
    TooManyReadings
        When ranks depend on more combinations than can be worked out.
    """
    together, _ = samples_apart(found, official=official)
    is_ranked = bool(together) and not together[0].scheme.is_gate
    field = Field(together) if is_ranked else None
    pairs = list(field.pairs()) if field else []
    before, after = {pair.behind: pair for pair in pairs}, {pair.ahead: pair for pair in pairs}
    standings = field.standings if field else {}
    above = _above([one for one in together if is_ranked and not one.pending[one.here]])
    return {
        one.department: Decided(
            one.department,
            one.sample,
            one.combinations,
            one.moves,
            one.now,
            one.lowest,
            one.highest,
            one.qualified,
            one.unqualified,
            tuple(one.alone()),
            standings.get(one.department),
            before.get(one.department),
            after.get(one.department),
            above.get(one.department),
        )
        for one in found
    }


def _above(ranked: Sequence[Spread]) -> dict[str, Fraction]:
    """Department to the lowest total above its own, where there is one."""
    totals = sorted(one.now.low for one in ranked)
    places = {one.department: bisect_right(totals, one.now.low) for one in ranked}
    return {name: totals[at] for name, at in places.items() if at < len(totals)}


def spreads_of(evidence: Evidence, assessment: Assessment) -> list[Spread]:
    """The spreads of the departments that have a scorecard; TooManyReadings as for :func:`spreads`."""
    scored = {card.department for card in assessment.scorecards}
    if not scored:
        return []
    return [spread for spread in spreads(evidence, assessment.readings) if spread.department in scored]
