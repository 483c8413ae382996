"""Tries single and repeated faults in clean evidence: the findings of each, and their cost."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Any, Final

from scoring.engine.findings import CHANGE
from scoring.explained.clean import FRAME, clean, lacking
from scoring.explained.drafts import Change, Draft, Row
from scoring.explained.trials import Outcome, Trials, changed
from scoring.explained.values import Values, day_of, numbers_in
from scoring.explained.words import added_words, altered_words, day_words, dropped_words, fact_words
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Sheet
from scoring.scheme.sheets import Kind as ColumnKind

#: Leaf and name of a kind of findings.
Kind = tuple[str, str]
NOTHING: Final = Change("没有任何过失")
#: Cut-off dates to try.
_CUT_OFFS: Final = ((6, 29), (9, 30), (3, 31))
#: Days without a record.
_PAUSES: Final = (14, 31, 61, 92, 122, 153, 184, 400)
#: How often a fault is repeated, besides the number that its points suggest.
_TIMES: Final = (2, 3, 5, 10)
_MOST_OF_TERMS: Final = 12
_MOST_TIMES: Final = 120


@dataclass(frozen=True)
class Fault:
    """One way to spoil clean evidence, which may happen several times.

    Attributes
    ----------
    key, codes
        The sheet, and the leaves that use it.
    facts
        Changed 项目.
    row
        A row to add, each time.
    places
        Positions of rows to remove: one each time, or all at once if ``whole``.
    cells
        For an added row: the cells that make it a fault. For existing rows: their new cells; empty if the rows are
        removed.
    """

    scheme: Scheme = field(repr=False)
    sheet: Sheet = field(repr=False)
    draft: Draft = field(repr=False)
    key: str
    codes: frozenset[str] = field(repr=False)
    facts: Row | None = None
    row: Row | None = None
    places: tuple[int, ...] = ()
    whole: bool = False
    cells: Row = field(default_factory=dict)

    @property
    def may_add_up(self) -> bool:
        """Whether it may be a fault only when repeated: not if it changes days or longer texts."""
        kinds = {self.sheet.column(key).kind for key in self.cells}
        return (
            self.facts is None
            and not self.whole
            and kinds <= ({ColumnKind.CHOICE} if self.places else {ColumnKind.CODE})
        )

    def at(self, times: int) -> Change | None:
        """The fault repeated; None if that is impossible."""
        key, cells = self.key, len(self.cells)
        if self.facts is not None:
            return Change(fact_words(self.scheme, self.facts), facts=self.facts) if times == 1 else None
        if self.row is not None:
            words = added_words(self.sheet, self.row, self.cells, times)
            return Change(words, cells, added={key: (self.row,) * times})
        if times > (1 if self.whole else len(self.places)):
            return None
        gone = self.places if self.whole else self.places[:times]
        rows = [self.draft.rows[key][at] for at in gone]
        if not self.cells:
            return Change(dropped_words(self.sheet, rows, whole=self.whole), dropped={key: frozenset(gone)})
        instead = tuple({**row, **self.cells} for row in rows)
        words = altered_words(self.sheet, rows, self.cells)
        return Change(words, cells, added={key: instead}, dropped={key: frozenset(gone)})


@dataclass(frozen=True)
class Probe:
    """A change of the clean evidence, its outcome, and the findings that it adds or removes."""

    change: Change
    outcome: Outcome
    new: tuple[Any, ...] = ()
    gone: tuple[Any, ...] = ()
    fault: Fault | None = None
    times: int = 1


class Probes:
    """All changes tried for a scheme."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme, self.maker = scheme, Values(scheme)
        self.clean = clean(scheme)
        self.lacking = lacking(self.clean)
        self.readings = self.clean.trials.readings

    @cached_property
    def faults(self) -> list[Fault]:
        """All single faults to try, including some that turn out harmless."""
        return list({str(fault): fault for fault in (*self._facts(), *self._groups(), *self._rows())}.values())

    @cached_property
    def ends(self) -> list[Change]:
        """The clean evidence itself, and earlier ends of it."""
        days = [dt.date(self.scheme.year, month, day) for month, day in _CUT_OFFS]
        return [NOTHING, *(Change(f"截止日期为{day_words(day)}", facts={"cut_off": day}) for day in days)]

    @cached_property
    def tries(self) -> Trials:
        """The clean evidence with each single fault, then its ends."""
        return changed(self.clean, [*(fault.at(1) or NOTHING for fault in self.faults), *self.ends])

    @cached_property
    def singles(self) -> list[Probe]:
        """Probes with one fault; of those with equal findings the smallest."""
        found = self._smallest(
            self.probe(fault.at(1) or NOTHING, outcome, fault)
            for fault, outcome in zip(self.faults, self.tries.outcomes, strict=False)
        )
        seen = {probe.outcome.kinds for probe in found}
        return [*found, *(probe for probe in self._smallest(self._doubtful()) if probe.outcome.kinds not in seen)]

    def _smallest(self, probes: Iterable[Probe]) -> list[Probe]:
        smallest: dict[Any, Probe] = {frozenset(): Probe(NOTHING, self.clean)}
        for probe in probes:
            differs = self._differs(probe)
            if probe.change.size < smallest.setdefault(differs, probe).change.size:
                smallest[differs] = probe
        return list(smallest.values())[1:]

    def _doubtful(self) -> Iterator[Probe]:
        """Changes that are harmless once, repeated: removed or changed rows, and rows with the same number."""
        several = [
            (change, fault, times)
            for fault, outcome in zip(self.faults, self.tries.outcomes, strict=False)
            if fault.may_add_up and not self._differs(self.probe(NOTHING, outcome))
            for times in (2, *((3, 5, 8, 12, len(fault.places)) if fault.places else ()))
            if (change := fault.at(times))
        ]
        return self._probes(several)

    @cached_property
    def repeated(self) -> list[Probe]:
        """Repeated faults, and several different faults of one leaf."""
        return list(self._probes([one for leaf in self.scheme.leaves for one in self._several(leaf.code)]))

    def _probes(self, several: Sequence[tuple[Change, Fault | None, int]]) -> Iterator[Probe]:
        outcomes = changed(self.clean, [change for change, _, _ in several]).outcomes
        for (change, fault, times), outcome in zip(several, outcomes, strict=True):
            yield self.probe(change, outcome, fault, times)

    def _several(self, code: str) -> Iterator[tuple[Change, Fault | None, int]]:
        once, number, full = Change(), 0, self.clean.own(code)
        of_terms = {number for number in numbers_in(self.scheme.by_code[code].terms) if 1 < number <= _MOST_OF_TERMS}
        for probe in self.singles:
            if probe.fault is None or not any(row.code == code for row in (*probe.new, *probe.gone)):
                continue
            if probe.fault.at(2) is None and not probe.fault.whole:
                once = once + probe.change
                number += 1
                yield once, None, number
            drop = self.clean.worked(code) - probe.outcome.worked(code)
            guess = ceil(full / drop) if drop > 0 else 0
            guesses = {number for number in (guess - 1, guess) if 1 < number <= _MOST_TIMES}
            for times in sorted({*_TIMES, *of_terms, *guesses}):
                if change := probe.fault.at(times):
                    yield change, probe.fault, times

    @property
    def all(self) -> list[Probe]:
        """Every probe."""
        return [*self.singles, *self.repeated]

    def new(self, outcome: Outcome) -> list[Any]:
        """The findings that the clean evidence does not have."""
        return _beyond(outcome.findings, self.clean.findings)

    def probe(self, change: Change, outcome: Outcome, fault: Fault | None = None, times: int = 1) -> Probe:
        """The probe of a change and its outcome."""
        gone = _beyond(self.clean.findings, outcome.findings)
        return Probe(change, outcome, tuple(self.new(outcome)), tuple(gone), fault, times)

    @staticmethod
    def _differs(probe: Probe) -> frozenset[Any]:
        """The findings of a probe without ids, for comparison."""
        pending = {("pending", code) for code in probe.outcome.pending}
        counts = (Counter(told_of(row)[:-1] for row in rows) for rows in (probe.new, probe.gone))
        new, gone = (frozenset(count.items()) for count in counts)
        return new | pending | {("gone", one) for one in gone}

    # --- Faults

    def _facts(self) -> Iterator[Fault]:
        for fact in self.scheme.facts:
            if fact.key not in FRAME:
                for value in self.maker.fact(fact):
                    if value != self.clean.draft.facts[fact.key]:
                        yield self._fault(FACTS, facts={fact.key: value})

    def _fault(self, key: str, code: str = "", **how: Any) -> Fault:
        codes = frozenset(leaf.code for leaf in self.scheme.leaves if key in leaf.sheets and code in {"", leaf.code})
        return Fault(self.scheme, self.scheme.sheet(key), self.clean.draft, key, codes, **how)

    def _rows(self) -> Iterator[Fault]:
        """Rows that differ in one or two cells from a harmless one, for every leaf and sheet."""
        own = [(leaf.code, key) for leaf in self.scheme.leaves for key in leaf.sheets if key != FACTS]
        # In a sheet whose rows name their leaf, every row is a fault.
        searched = [pair for pair in own if not self.scheme.sheet(pair[1]).of_leaf]
        best = self._harmless(searched, {})
        best |= self._harmless([pair for pair in searched if best[pair][0] > self.clean.badness], best)
        for code, key in own:
            leaf, sheet = self.scheme.by_code[code], self.scheme.sheet(key)
            usual = self.maker.rows(leaf, sheet, self.clean.draft)[0]
            harmless = best.get((code, key), (None, usual))[1]
            for row in self.maker.rows(leaf, sheet, self.clean.draft, harmless, pairs=True):
                cells = {name: value for name, value in row.items() if value != harmless[name]}
                yield self._fault(key, code if sheet.of_leaf else "", row=row, cells=cells)

    def _harmless(self, pairs: Sequence[tuple[str, str]], best: Mapping[tuple[str, str], Any]) -> dict[Any, Any]:
        """By leaf and sheet, the least harmful row with its badness: the best known, or one cell away from it."""
        rows = [
            (pair, row)
            for pair in pairs
            for row in self.maker.rows(
                self.scheme.by_code[pair[0]], self.scheme.sheet(pair[1]), self.clean.draft, best.get(pair, (0, None))[1]
            )
        ]
        outcomes = changed(self.clean, [Change(added={key: (row,)}) for (_, key), row in rows]).outcomes
        rated = [(outcome.badness, pair, row) for (pair, row), outcome in zip(rows, outcomes, strict=True)]
        return {pair: (badness, row) for badness, pair, row in sorted(rated, key=lambda one: one[0], reverse=True)}

    def _groups(self) -> Iterator[Fault]:
        """Rows of the clean evidence to remove, one by one or for a period, or to change."""
        judged_on = {leaf.judged_on for leaf in self.scheme.leaves}
        for key, rows in self.clean.draft.rows.items():
            sheet = self.scheme.sheet(key)
            if key in judged_on or key in self.maker.listed:
                continue
            groups: dict[tuple[Any, ...], list[int]] = {}
            for at, row in enumerate(rows):
                groups.setdefault(tuple(row[one.key] for one in sheet.columns if _sorts(one)), []).append(at)
            if len(groups) > 1:
                yield from self._pauses(sheet, range(len(rows)))
            for group in groups.values():
                places = sorted(group, key=lambda at: self._away(sheet, rows[at]))
                yield self._fault(key, places=tuple(places))
                yield from self._pauses(sheet, places)
                yield from self._altered(sheet, places)

    def _away(self, sheet: Sheet, row: Row) -> int:
        """How many days a row is away from the day on which leaves are judged."""
        return abs((day_of(row[sheet.dated_by]) - self.maker.day).days) if sheet.dated_by else 0

    def _pauses(self, sheet: Sheet, places: Sequence[int]) -> Iterator[Fault]:
        if sheet.dated_by is None or len(places) == 1:
            return
        rows = self.clean.draft.rows[sheet.key]
        for length in _PAUSES:
            since = self.maker.day - dt.timedelta(days=length)
            gone = tuple(
                at
                for at in places
                if length == _PAUSES[-1] or since < day_of(rows[at][sheet.dated_by]) <= self.maker.day
            )
            yield self._fault(sheet.key, places=gone, whole=True)

    def _altered(self, sheet: Sheet, places: Sequence[int]) -> Iterator[Fault]:
        row = self.clean.draft.rows[sheet.key][places[0]]
        for leaf in self.scheme.leaves:
            if sheet.key in leaf.sheets:
                for other in self.maker.rows(leaf, sheet, self.clean.draft, row):
                    cells = {
                        name: value for name, value in other.items() if value != row[name] and name != sheet.unique
                    }
                    if cells:
                        yield self._fault(sheet.key, places=tuple(places), cells=cells)


def _beyond(rows: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    known = Counter(map(told_of, others))
    return [row for row in rows if not known.pop(told_of(row), 0)]


def told_of(row: Any) -> tuple[Any, ...]:
    """A finding without the fields that do not matter to an office."""
    return row.code, row.kind, row.effect, row.points if row.effect == CHANGE else None, row.scope, row.id


def _sorts(column: Any) -> bool:
    return column.kind is ColumnKind.CHOICE or column.one_of is not None or column.paired_with is not None
