"""For each veto: its basis, the withdrawals that would undo it, and the total without it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from scoring.engine.scorecard import Finding, Scorecard
from scoring.scheme import TOTAL, FindingKind


@dataclass(frozen=True)
class VetoKind:
    """The vetoes of one kind, on several days or from several rows."""

    findings: tuple[Finding, ...]  # the vetoes; each alone sets its scope to zero
    rests_on: tuple[Finding, ...]  # the findings counted, or the vetoes themselves if each rests on one row
    to_withdraw: int  # how many of those must be withdrawn, at least, to remove all vetoes
    low: Fraction  # the total's range without this kind of veto, all else equal
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


def vetoes_by_kind(card: Scorecard) -> tuple[VetoKind, ...]:
    """The vetoes of a scorecard by kind; the widest scope first, then in the scheme's order."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for veto in card.vetoes:
        kinds.setdefault((veto.code, veto.kind.name), []).append(veto)
    grouped = [_of_kind(card, tuple(vetoes)) for vetoes in kinds.values()]
    return tuple(sorted(grouped, key=lambda veto: -card.scheme.by_code[veto.scope].points))


def _of_kind(card: Scorecard, vetoes: tuple[Finding, ...]) -> VetoKind:
    by_id = {finding.id: finding for finding in card.findings}
    named = dict.fromkeys(name for veto in vetoes for name in veto.rests_on)
    # A finding is counted for one day only, so the numbers can be added.
    to_withdraw = sum(len(veto.rests_on) - veto.needs + 1 if veto.needs else 1 for veto in vetoes)
    low, high = total_without(card, {veto.id for veto in vetoes})
    return VetoKind(vetoes, tuple(by_id[name] for name in named) or vetoes, to_withdraw, low, high)


def total_without(card: Scorecard, gone: Collection[str]) -> tuple[Fraction, Fraction]:
    """The total's range without the findings of these ids."""
    settled = card.settle(finding for finding in card.findings if finding.stands and finding.id not in gone)
    return settled.low[TOTAL][0], settled.high[TOTAL][0]
