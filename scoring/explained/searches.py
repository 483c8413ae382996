"""What takes more than one look at the probes: findings that decide nothing, the least faults, deadlines too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import pandas as pd

from scoring.base.points import ZERO
from scoring.engine.findings import CHANGE, VOID
from scoring.explained.probes import Fault, Probe, Probes
from scoring.explained.rows import day_of, emptied, shifted
from scoring.explained.trials import Change, Kind, Outcome, Row, batch_of, changed
from scoring.explained.words import day_words
from scoring.scheme import TOTAL

# --- Findings that decide nothing ------------------------------------------------------------------------------------


def idle_kinds(probes: Probes) -> set[Kind]:
    """The kinds of findings without which everything that was tried comes to the same."""
    kinds = {code: leaf.findings for code, leaf in probes.scheme.by_code.items()}
    idle = set(probes.smallest) - _deciding(probes, [probe.outcome for probe in probes.all], set(probes.smallest))
    hidden = {(code, kind) for code, kind in idle if kinds[code][kind].each != ZERO}
    # One loss may hide another, and a bonus may need a gap to fill: once more beside a fault of every other leaf.
    others = {code: probe.change for (code, _), probe in reversed(probes.smallest.items())}.values()
    beside = [probes.smallest[kind].change + other for kind in sorted(hidden) for other in others]
    return idle - _deciding(probes, changed(probes.clean, beside), hidden)


def _deciding(probes: Probes, outcomes: list[Outcome], among: set[Kind]) -> set[Kind]:
    """The kinds without which an outcome is another."""
    pairs = [(kind, outcome) for outcome in outcomes for kind in sorted(among & outcome.kinds)]
    without = [
        (one.draft, [row for row in one.findings if (row.code, row.kind) != kind], one.pending) for kind, one in pairs
    ]
    settled = batch_of(probes.scheme, probes.readings, without)
    codes = probes.scheme.by_code
    return {
        kind
        for (kind, one), other in zip(pairs, settled, strict=True)
        if one.is_vetoed != other.is_vetoed or any(one.seen(code) != other.seen(code) for code in codes)
    }


# --- The smallest number of faults -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Least:
    """So many faults take a node from full marks to zero; of a gate, they fail the site."""

    faults: int
    change: Change

    @property
    def rank(self) -> tuple[int, int]:
        """What the least is least by."""
        return self.faults, self.change.size


def least(probes: Probes) -> dict[str, Least]:
    """Code of a leaf, or ``total``, to its smallest number; a leaf that no evidence brought to zero is missing."""
    found = {}
    for code in (leaf.code for leaf in probes.scheme.leaves):
        several = [Least(_faults(probe, code), probe.change) for probe in probes.all if _ends(probes, probe, code)]
        if several:
            found[code] = min(several, key=lambda one: one.rank)
    total = min(_totals(probes, found), key=lambda one: one.rank, default=None)
    return found if total is None else {**found, TOTAL: total}


def _faults(probe: Probe, code: str) -> int:
    """How many faults a probe is for a leaf: its findings that cost, else how often the fault was made."""
    rows = [row for row in probe.new if row.code == code and row.effect == CHANGE and row.points <= 0]
    return sum(int(row.times) for row in rows) or probe.times


def _ends(probes: Probes, probe: Probe, code: str) -> bool:
    """Whether findings of the leaf itself bring it to zero, or fail the site."""
    rows = [row for row in probe.new if row.code == code]
    if probes.scheme.is_gate:
        return any(isinstance(row.veto, str) for row in rows)
    if any(row.effect == VOID and row.scope in probes.scheme.lineage(code) for row in rows):
        return True
    concerned = any(row.code == code for row in (*probe.new, *probe.gone))
    return concerned and code not in probe.outcome.pending and probe.outcome.of(code).own == ZERO


def _totals(probes: Probes, leaves: dict[str, Least]) -> Iterator[Least]:
    """What brings the total to zero: one leaf's zero that reaches so far, or the zeros of all leaves together."""
    if probes.scheme.is_gate:
        yield from leaves.values()
        return
    for probe in probes.all:
        for code in {row.code for row in probe.outcome.findings if row.effect == VOID and row.scope == TOTAL}:
            yield Least(_faults(probe, code), probe.change)
    if len(leaves) == len(probes.scheme.leaves):
        change = reduce(add, (one.change for one in leaves.values()), Change())
        if changed(probes.clean, [change])[0].of(TOTAL).score == ZERO:
            yield Least(sum(one.faults for one in leaves.values()), change)


# --- The last day of the year on which an obligation can arise and still be found missed within the year -------------


@dataclass(frozen=True)
class LastDay:
    """After this day, of the column of that name, an obligation falls due after the year; a row of the next day.

    ``looked_back``: whether the next year looks at rows of this one.
    """

    day: dt.date
    name: str
    next_row: str
    looked_back: bool


def last_days(probes: Probes) -> Iterator[tuple[Kind, LastDay]]:
    """Kind of finding with its last day, where that is not the last of the year."""
    for (code, kind), probe in probes.smallest.items():
        fault, sheet = probe.fault, probe.fault and probe.fault.sheet
        due = [row.due for row in probe.outcome.findings if (row.code, row.kind) == (code, kind)]
        if not (fault and sheet and fault.row and sheet.dated_by not in {None, sheet.unique} and pd.notna(due[0])):
            continue
        dated, end = sheet.column(str(sheet.dated_by)), dt.date(probes.scheme.year, 12, 31)
        missed, judged_on = _missed(fault), probes.scheme.by_code[code].judged_on
        # Where the leaf is judged on days of their own, it is judged on the year's last day too.
        judged = []
        if judged_on:
            by = str(probes.scheme.sheet(judged_on).dated_by)
            judged = [(judged_on, {**probes.clean.draft.rows[judged_on][0], by: end})]
        days = [probes.maker.day + dt.timedelta(days=after) for after in range((end - probes.maker.day).days + 1)]
        rows = [shifted(missed, (day - day_of(missed[dated.key])).days) for day in days]
        changes = [Change(added=(*judged, (sheet.key, row))) for row in rows]
        outcomes = changed(probes.clean, changes, [code])
        found = [day for day, outcome in zip(days, outcomes, strict=True) if (code, kind) in outcome.kinds]
        if found and found[-1] < end:
            after = found[-1] + dt.timedelta(days=1)
            next_row = f"《{sheet.name}》{dated.name}{day_words(after)}的1行"
            yield (code, kind), LastDay(found[-1], dated.name, next_row, bool(sheet.look_back))


def _missed(fault: Fault) -> Row:
    """The row with its obligation not met at all."""
    row, sheet = dict(fault.row or {}), fault.sheet
    met = {key for key, value in row.items() if isinstance(value, dt.date) and key != sheet.dated_by}
    missed = met & set(fault.cells) or met
    return emptied(sheet, row | {key: None for key in missed if not sheet.column(key).required})
