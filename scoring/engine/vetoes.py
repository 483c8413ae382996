"""What each veto rests on, what would lift it, and what the total would be without it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from scoring.engine.scorecard import Finding, Scorecard
from scoring.scheme import TOTAL, FindingKind


@dataclass(frozen=True)
class StandingVeto:
    """The vetoes of one kind that stand, say 错别字累计否决, or 空白栏目否决 at three 监测时点.

    Attributes
    ----------
    findings
        The vetoes themselves; a zero that each of them alone would bring.
    rests_on
        What they rest on: the findings counted, or the vetoes themselves where each rests on a row of its own.
    to_lift
        How many of those, at least, must no longer stand before none of the vetoes does.
    low, high
        The total's range without this kind of veto, everything else as it is.
    """

    findings: tuple[Finding, ...]
    rests_on: tuple[Finding, ...]
    to_lift: int
    low: Fraction
    high: Fraction

    @property
    def code(self) -> str:
        """The leaf that it belongs to."""
        return self.findings[0].code

    @property
    def kind(self) -> FindingKind:
        """The kind of veto."""
        return self.findings[0].kind

    @property
    def scope(self) -> str:
        """What it sets to zero."""
        return str(self.findings[0].scope)

    @property
    def needs(self) -> int:
        """How many findings a veto by count needs; 0 where one alone is enough."""
        return self.findings[0].needs


def standing_vetoes(card: Scorecard) -> tuple[StandingVeto, ...]:
    """The vetoes of a scorecard by kind; the farthest reaching first, then in the scheme's order."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for veto in card.vetoes:
        kinds.setdefault((veto.code, veto.kind.name), []).append(veto)
    grouped = [_of_kind(card, tuple(vetoes)) for vetoes in kinds.values()]
    return tuple(sorted(grouped, key=lambda veto: -card.scheme.by_code[veto.scope].points))


def _of_kind(card: Scorecard, vetoes: tuple[Finding, ...]) -> StandingVeto:
    by_id = {finding.id: finding for finding in card.findings}
    named = dict.fromkeys(name for veto in vetoes for name in veto.rests_on)
    # What is counted for one day is not counted for another, so that the numbers add up.
    to_lift = sum(len(veto.rests_on) - veto.needs + 1 if veto.needs else 1 for veto in vetoes)
    low, high = total_without(card, {veto.id for veto in vetoes})
    return StandingVeto(vetoes, tuple(by_id[name] for name in named) or vetoes, to_lift, low, high)


def total_without(card: Scorecard, gone: Collection[str]) -> tuple[Fraction, Fraction]:
    """The total's range if these findings did not stand and every other one did.

    Parameters
    ----------
    gone
        Ids of findings that stand.
    """
    settled = card.settle(finding for finding in card.findings if finding.stands and finding.id not in gone)
    return settled.low[TOTAL][0], settled.high[TOTAL][0]
