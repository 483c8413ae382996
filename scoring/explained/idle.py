"""Kinds of findings without effect: every outcome with them is the same when they are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from scoring.base.points import ZERO
from scoring.engine.findings import COLUMNS
from scoring.engine.settle import settle, still_valid
from scoring.explained.probes import Kind, Probe, Probes
from scoring.explained.trials import Outcome, changed

#: How many outcomes with a kind of finding are settled without it, among those with a veto and the others.
_ENOUGH: Final = 6
#: An outcome, and the kind of finding to leave out.
_Stage = tuple[Outcome, Kind | None]


def idle_kinds(probes: Probes, smallest: Mapping[Kind, Probe]) -> set[Kind]:
    """Leaf and kind of every finding that occurred without effect.

    Parameters
    ----------
    smallest
        The smallest evidence with each kind of finding.
    """
    idle = _without_effect(probes, probes.all, {*smallest}, _ENOUGH)
    findings = {code: node.findings for code, node in probes.scheme.by_code.items()}
    hidden = sorted(kind for kind in idle if findings[kind[0]][kind[1]].each != ZERO)
    others = {code: probe for (code, _), probe in reversed([*smallest.items()])}.values()
    changes = [smallest[kind].change + other.change for kind in hidden for other in others]
    if not changes:
        return idle
    # Losses may hide each other, and a bonus may need a loss to fill: try again with a fault of every other leaf.
    outcomes = changed(probes.clean, changes).outcomes
    both = [probes.probe(change, outcome) for change, outcome in zip(changes, outcomes, strict=True)]
    return idle - {*hidden} | _without_effect(probes, both, {*hidden}, len(both))


def _without_effect(probes: Probes, several: Sequence[Probe], among: set[Kind], enough: int) -> set[Kind]:
    stages: list[_Stage] = []
    seen: Counter[tuple[Kind, bool]] = Counter()
    for probe in sorted(several, key=lambda probe: probe.change.size):
        vetoed = bool(probe.outcome.vetoes)
        fresh = [kind for kind in sorted(among & probe.outcome.kinds) if seen[kind, vetoed] < enough]
        seen.update((kind, vetoed) for kind in fresh)
        stages += [(probe.outcome, kind) for kind in (None, *fresh)] if fresh else []
    decides, whole = set[Kind | None](), None
    for (_, kind), result in zip(stages, _results(probes, stages), strict=True):
        whole = result if kind is None else whole
        decides |= {kind} if result != whole else set()
    return {kind for kind, _ in seen if kind not in decides}


def _results(probes: Probes, stages: Sequence[_Stage]) -> list[tuple[Any, ...]]:
    """The result of each stage, settled like a department: scores, zeros, whether the site passes."""
    rows = [
        {**row._asdict(), "department": str(at), "without": (row.code, row.kind) == kind}
        for at, (outcome, kind) in enumerate(stages)
        for row in outcome.findings
    ]
    findings = pd.DataFrame(rows, columns=[*COLUMNS, "without"])
    kept = findings[still_valid(findings, findings["without"].astype(bool))]
    pending = [(str(at), code) for at, (outcome, _) in enumerate(stages) for code in outcome.pending]
    names = tuple(map(str, range(len(stages))))
    waiting = pd.DataFrame(pending, columns=["department", "code"])
    settled = settle(probes.scheme, probes.readings, names, kept, waiting)
    vetoed = set(kept.loc[kept["veto"].notna(), "department"])
    columns = [*settled.low.values(), *settled.void.values()]
    return [(*(column[at] for column in columns), name in vetoed) for at, name in enumerate(names)]
