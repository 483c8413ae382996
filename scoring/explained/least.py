"""The smallest number of faults from full marks to zero, or to 不合格: for every leaf, and for the total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

from scoring.base.points import ZERO
from scoring.engine.findings import CHANGE, VOID
from scoring.explained.drafts import Change
from scoring.explained.probes import Probe, Probes
from scoring.explained.trials import changed
from scoring.scheme import TOTAL


@dataclass(frozen=True)
class Least:
    """The number of faults that take a node from full marks to zero; in a gate, that fail the site."""

    faults: int
    probe: Probe


def least(probes: Probes) -> dict[str, Least]:
    """Code of a leaf, or ``total``, to its smallest number; leaves that no evidence brought to zero are missing."""
    found = {}
    for leaf in probes.scheme.leaves:
        several = [Least(_faults(probe, leaf.code), probe) for probe in probes.all if _ends(probes, probe, leaf.code)]
        if several:
            found[leaf.code] = min(several, key=_rank)
    total = min(_totals(probes, found), key=_rank, default=None)
    return found if total is None else {**found, TOTAL: total}


def _rank(one: Least) -> tuple[int, int]:
    return one.faults, one.probe.change.size


def _faults(probe: Probe, code: str) -> int:
    """How many faults of a leaf a probe has: findings with losses, else repetitions of the fault."""
    rows = [row for row in probe.new if row.code == code and row.effect == CHANGE and row.points <= 0]
    return sum(int(row.times) for row in rows) or probe.times


def _ends(probes: Probes, probe: Probe, code: str) -> bool:
    """Whether the leaf's own findings bring it to zero, or fail the site."""
    rows = [row for row in probe.new if row.code == code]
    if probes.scheme.is_gate:
        return any(isinstance(row.veto, str) for row in rows)
    void = any(row.effect == VOID and row.scope in probes.scheme.lineage(code) for row in rows)
    changed_here = rows or [row for row in probe.gone if row.code == code]
    return bool(changed_here) and (void or (probe.outcome.own(code) == ZERO and code not in probe.outcome.pending))


def _totals(probes: Probes, leaves: dict[str, Least]) -> Iterator[Least]:
    """Ways to bring the total to zero: one leaf's zero with that scope, or the zeros of all leaves."""
    if probes.scheme.is_gate:
        yield from leaves.values()
        return
    for probe in probes.all:
        for code in {row.code for row in probe.outcome.findings if row.effect == VOID and row.scope == TOTAL}:
            yield Least(_faults(probe, code), probe)
    if len(leaves) == len(probes.scheme.leaves):
        change = reduce(add, (one.probe.change for one in leaves.values()), Change())
        (outcome,) = changed(probes.clean, [change]).outcomes
        if outcome.score(TOTAL) == ZERO:
            yield Least(sum(one.faults for one in leaves.values()), Probe(change, outcome))
