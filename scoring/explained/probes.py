"""Tries single and repeated faults in clean evidence: the findings of each, and their cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Any, Final

from scoring.engine.findings import CHANGE
from scoring.explained.clean import FRAME, clean
from scoring.explained.rows import Rows, day_of, numbers_in
from scoring.explained.trials import Change, Draft, Kind, Outcome, Row, changed
from scoring.explained.words import added_words, altered_words, fact_words, gone_words
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Sheet
from scoring.scheme.sheets import Kind as ColumnKind

NOTHING: Final = Change("没有任何过失")
#: Days without a record.
_PAUSES: Final = (14, 31, 61, 92, 122, 153, 184, 400)
#: A fault is repeated so often, and as often as its leaf's terms and points suggest.
_TIMES: Final = (2, 3, 5, 10)
_MOST_OF_TERMS: Final = 12
_MOST_TIMES: Final = 120


@dataclass(frozen=True)
class Fault:
    """One way to spoil clean evidence, which may happen several times.

    Attributes
    ----------
    facts
        Changed 项目.
    row
        A row to add, each time.
    places
        Positions of rows to remove: one each time, or all at once if ``whole``.
    cells
        Of a row besides: what makes it a fault. Of rows that are there: what stands in them instead.
    """

    sheet: Sheet = field(repr=False)
    draft: Draft = field(repr=False)
    facts: Row | None = None
    row: Row | None = None
    places: tuple[int, ...] = ()
    whole: bool = False
    cells: Row = field(default_factory=dict)

    @property
    def may_add_up(self) -> bool:
        """Whether it may be a fault only when repeated: not if it changes days or longer texts."""
        kinds = {self.sheet.column(key).kind for key in self.cells}
        harmless = {ColumnKind.CHOICE} if self.places else {ColumnKind.CODE}
        return self.facts is None and not self.whole and kinds <= harmless

    def at(self, times: int) -> Change | None:
        """The fault so many times; None where it cannot be."""
        key, cells = self.sheet.key, len(self.cells)
        if self.facts is not None:
            return Change(fact_words(self.draft.scheme, self.facts), facts=self.facts) if times == 1 else None
        if self.row is not None:
            words = added_words(self.sheet, self.row, self.cells, times)
            return Change(words, cells, added=((key, self.row),) * times)
        if times > (1 if self.whole else len(self.places)):
            return None
        places = self.places if self.whole else self.places[:times]
        rows, gone = [self.draft.rows[key][at] for at in places], frozenset((key, at) for at in places)
        if not self.cells:
            return Change(gone_words(self.sheet, rows, whole=self.whole), gone=gone)
        instead = tuple((key, {**row, **self.cells}) for row in rows)
        return Change(altered_words(self.sheet, rows, self.cells), cells, added=instead, gone=gone)


@dataclass(frozen=True, eq=False)
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
        self.scheme, self.maker = scheme, Rows(scheme)
        self.clean = clean(self.maker)
        self.readings = self.clean.batch.readings
        self.lacking = tuple(leaf for leaf in scheme.leaves if not self.clean.is_clean(leaf.code))

    @cached_property
    def tried(self) -> list[Probe]:
        """Every single fault, those that turn out to be none included."""
        faults = {str(fault) + fault.sheet.key: fault for fault in (*self._facts(), *self._groups(), *self._rows())}
        return self.of([(fault.at(1) or NOTHING, fault, 1) for fault in faults.values()])

    @cached_property
    def singles(self) -> list[Probe]:
        """One fault each; of those with the same findings the smallest."""
        found = self._smallest(self.tried)
        seen = {probe.outcome.kinds for probe in found}
        # What does no harm once may do so several times: rows gone or with another word, rows with the same number.
        several = [
            (change, probe.fault, times)
            for probe in self.tried
            if probe.fault and probe.fault.may_add_up and not _differs(probe)
            for times in (2, *((3, 5, 8, 12, len(probe.fault.places)) if probe.fault.places else ()))
            if (change := probe.fault.at(times))
        ]
        return [*found, *(probe for probe in self._smallest(self.of(several)) if probe.outcome.kinds not in seen)]

    @cached_property
    def repeated(self) -> list[Probe]:
        """Faults that happen several times, and several faults of one leaf that happen once."""
        return self.of([one for leaf in self.scheme.leaves for one in self._several(leaf.code)])

    @cached_property
    def all(self) -> list[Probe]:
        """Every probe, the smallest first."""
        return sorted([*self.singles, *self.repeated], key=lambda probe: probe.change.size)

    @cached_property
    def smallest(self) -> dict[Kind, Probe]:
        """The smallest probe with each kind of finding, and as few others as can be."""
        found: dict[Kind, Probe] = {}
        for probe in sorted(self.all, key=lambda probe: len(probe.outcome.kinds)):
            for row in probe.new:
                found.setdefault((row.code, row.kind), probe)
        return found

    def of(self, several: Sequence[tuple[Change, Fault | None, int]]) -> list[Probe]:
        """What comes of changes of the clean evidence."""
        outcomes = changed(self.clean, [change for change, _, _ in several])
        was = {told_of(row) for row in self.clean.findings}
        probes = []
        for (change, fault, times), outcome in zip(several, outcomes, strict=True):
            now = {told_of(row) for row in outcome.findings}
            new = tuple(row for row in outcome.findings if told_of(row) not in was)
            gone = tuple(row for row in self.clean.findings if told_of(row) not in now)
            probes.append(Probe(change, outcome, new, gone, fault, times))
        return probes

    def _smallest(self, probes: Iterable[Probe]) -> list[Probe]:
        found: dict[Any, Probe] = {}
        for probe in sorted(probes, key=lambda probe: probe.change.size):
            if differs := _differs(probe):
                found.setdefault(differs, probe)
        return list(found.values())

    def _several(self, code: str) -> Iterator[tuple[Change, Fault | None, int]]:
        once, number, clean_leaf = Change(), 0, self.clean.of(code)
        of_terms = {number for number in numbers_in(self.scheme.by_code[code].terms) if 1 < number <= _MOST_OF_TERMS}
        for probe in self.singles:
            if probe.fault is None or not any(row.code == code for row in (*probe.new, *probe.gone)):
                continue
            if probe.fault.at(2) is None and not probe.fault.whole:
                once, number = once + probe.change, number + 1
                yield once, None, number
            drop = clean_leaf.worked - probe.outcome.of(code).worked
            guess = ceil(clean_leaf.own / drop) if drop > 0 else 0
            guesses = {number for number in (guess - 1, guess) if 1 < number <= _MOST_TIMES}
            for times in sorted({*_TIMES, *of_terms, *guesses}):
                if change := probe.fault.at(times):
                    yield change, probe.fault, times

    # --- Faults

    def _fault(self, key: str, **how: Any) -> Fault:
        return Fault(self.scheme.sheet(key), self.clean.draft, **how)

    def _facts(self) -> Iterator[Fault]:
        for fact in self.scheme.facts:
            values = [] if fact.key in FRAME else self.maker.facts(fact)
            for value in values:
                if value != self.clean.draft.facts[fact.key]:
                    yield self._fault(FACTS, facts={fact.key: value})

    def _rows(self) -> Iterator[Fault]:
        """Rows that differ in a cell or two from one that does no harm, for every leaf and sheet."""
        draft = self.clean.draft
        own = [(leaf, self.scheme.sheet(key)) for leaf in self.scheme.leaves for key in leaf.sheets if key != FACTS]
        # A sheet whose rows name their leaf holds nothing but faults.
        searched = [(leaf, sheet) for leaf, sheet in own if not sheet.of_leaf]
        harmless: dict[tuple[str, str], tuple[Any, Row]] = {}
        for _ in range(2):
            rows = [
                (known, sheet, row)
                for leaf, sheet in searched
                for known in [(leaf.code, sheet.key)]
                if known not in harmless or harmless[known][0] > self.clean.badness
                for row in self.maker.about(leaf, sheet, draft, harmless.get(known, (None, None))[1])
            ]
            outcomes = changed(self.clean, [Change(added=((sheet.key, row),)) for _, sheet, row in rows])
            for (known, _, row), outcome in zip(rows, outcomes, strict=True):
                if known not in harmless or outcome.badness < harmless[known][0]:
                    harmless[known] = outcome.badness, row
        for leaf, sheet in own:
            usual = harmless.get((leaf.code, sheet.key), (None, self.maker.about(leaf, sheet, draft)[0]))[1]
            for row in self.maker.about(leaf, sheet, draft, usual, pairs=True):
                cells = {name: value for name, value in row.items() if value != usual[name]}
                yield self._fault(sheet.key, row=row, cells=cells)

    def _groups(self) -> Iterator[Fault]:
        """Rows of the clean evidence to remove, one by one or for a period, or to change."""
        judged_on = {leaf.judged_on for leaf in self.scheme.leaves}
        for key, rows in self.clean.draft.rows.items():
            sheet = self.scheme.sheet(key)
            if key in judged_on or key in self.maker.listed:
                continue
            sorting = [
                one.key for one in sheet.columns if one.kind is ColumnKind.CHOICE or one.one_of or one.paired_with
            ]
            groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
            for at, row in sorted(enumerate(rows), key=lambda one: self._away(sheet, one[1])):
                groups[tuple(row[name] for name in sorting)].append(at)
            if len(groups) > 1:
                yield from self._pauses(sheet, range(len(rows)))
            for places in groups.values():
                yield self._fault(key, places=tuple(places))
                yield from self._pauses(sheet, sorted(places))
                yield from self._altered(sheet, tuple(places))

    def _away(self, sheet: Sheet, row: Row) -> int:
        """How many days a row is away from the day on which leaves are judged."""
        return abs((day_of(row[sheet.dated_by]) - self.maker.day).days) if sheet.dated_by else 0

    def _pauses(self, sheet: Sheet, places: Sequence[int]) -> Iterator[Fault]:
        """Rows of the last so many days are gone, or all of them."""
        if sheet.dated_by is None or len(places) == 1:
            return
        rows = self.clean.draft.rows[sheet.key]
        ago = {at: (self.maker.day - day_of(rows[at][sheet.dated_by])).days for at in places}
        for length in _PAUSES:
            gone = tuple(at for at in places if length == _PAUSES[-1] or 0 <= ago[at] < length)
            yield self._fault(sheet.key, places=gone, whole=True)

    def _altered(self, sheet: Sheet, places: tuple[int, ...]) -> Iterator[Fault]:
        row = self.clean.draft.rows[sheet.key][places[0]]
        for leaf in self.scheme.leaves:
            if sheet.key in leaf.sheets:
                for other in self.maker.about(leaf, sheet, self.clean.draft, row):
                    cells = {key: value for key, value in other.items() if value != row[key] and key != sheet.unique}
                    if cells:
                        yield self._fault(sheet.key, places=places, cells=cells)


def told_of(row: Any) -> tuple[Any, ...]:
    """A finding without the fields that do not matter to an office."""
    return row.code, row.kind, row.effect, row.points if row.effect == CHANGE else None, row.scope, row.id


def _differs(probe: Probe) -> frozenset[Any]:
    """What the findings of a probe are, but for their ids."""
    counts: dict[Any, int] = defaultdict(int)
    for is_new, rows in ((True, probe.new), (False, probe.gone)):
        for row in rows:
            counts[is_new, told_of(row)[:-1]] += 1
    return frozenset({*counts.items(), *(("pending", code) for code in probe.outcome.pending)})
