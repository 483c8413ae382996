"""The search for clean evidence: generated evidence in which every leaf is judged and has no loss."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from typing import Final

from scoring.explained.rows import Rows, numbers_in, shifted
from scoring.explained.trials import Change, Draft, Outcome, Row, changed, judged
from scoring.scheme import Node
from scoring.scheme.readings import choose
from scoring.scheme.sheets import DAYS, FACTS, NO, YES, Kind, Sheet

#: Facts of every generated workbook.
FRAME: Final = frozenset({"department", "year", "nature", "cut_off"})
#: So many changes that help a leaf by its own rule are tried with every rule.
_FEW: Final = 16
#: So many rows are tried at once; the longest changes are left out first.
_ROWS: Final = 25_000


def clean(maker: Rows) -> Outcome:
    """Leaf after leaf, the change that helps most is kept while one helps; dense rows only where few do not."""
    scheme = maker.scheme
    codes = [leaf.code for leaf in scheme.leaves]
    draft = _start(maker)
    (outcome,) = judged(choose(scheme.readings), [draft], codes, [(draft, (), ())])
    for dense in (False, True, False):
        for leaf in scheme.leaves:
            while not outcome.is_clean(leaf.code):
                better = _better(outcome, leaf, list(_changes(maker, leaf, outcome.draft, dense=dense)))
                if better is None:
                    break
                outcome = better
    return outcome


def _start(maker: Rows) -> Draft:
    """Every 项目 as it is likely best, one row in each sheet of days on which a leaf is judged, else nothing."""
    scheme = maker.scheme
    facts = {fact.key: maker.facts(fact)[0] for fact in scheme.facts} | {"year": str(scheme.year), "cut_off": None}
    empty = Draft(scheme, facts, {})
    days = {leaf.judged_on: leaf for leaf in scheme.leaves if leaf.judged_on}
    return empty.changed(
        Change(added=tuple((key, maker.about(leaf, scheme.sheet(key), empty)[0]) for key, leaf in days.items()))
    )


def _better(outcome: Outcome, leaf: Node, changes: Sequence[Change]) -> Outcome | None:
    """What comes of the best of the changes; None when none helps."""
    ordered = sorted(changes, key=lambda change: len(change.added))
    counts = accumulate(len(change.added) for change in ordered)
    affordable = [change for change, rows in zip(ordered, counts, strict=True) if rows <= _ROWS]
    few = [change for change, _ in _helping(outcome, affordable, [leaf.code])[:_FEW]]
    best = _helping(outcome, few, None)
    return best[0][1] if best else None


def _helping(
    outcome: Outcome, changes: Sequence[Change], codes: Collection[str] | None
) -> list[tuple[Change, Outcome]]:
    """The changes that help, the best first, of two as good the smaller."""
    results = zip(changes, changed(outcome, changes, codes), strict=True)
    helping = [(change, result) for change, result in results if result.badness < outcome.badness]
    return sorted(helping, key=lambda one: (one[1].badness, one[0].size))


def _changes(maker: Rows, leaf: Node, draft: Draft, *, dense: bool) -> Iterator[Change]:
    """Of one 项目, or of rows about the leaf."""
    scheme = maker.scheme
    for fact in scheme.facts:
        if FACTS in leaf.sheets and fact.key not in FRAME:
            yield from (Change(facts={fact.key: value}) for value in maker.facts(fact))
    for key in leaf.sheets:
        if key == FACTS:
            continue
        sheet = scheme.sheet(key)
        usual = maker.about(leaf, sheet, draft)[0]
        for parents, row in _linked(maker, leaf, sheet, draft):
            other_day = any(row[column.key] != usual[column.key] for column in sheet.columns if column.kind in DAYS)
            for rows in [(row,)] if other_day else _patterns(leaf, sheet, row, dense=dense):
                yield Change(added=(*parents, *((key, one) for one in rows)))


def _linked(maker: Rows, leaf: Node, sheet: Sheet, draft: Draft) -> Iterator[tuple[tuple[tuple[str, Row], ...], Row]]:
    """Rows about a leaf, each with the row of another sheet that it names, one for every kind of such rows."""
    rows = maker.about(leaf, sheet, draft)
    linked = next((column for column in sheet.columns if column.one_of in maker.listed), None)
    if linked is None:
        yield from (((), row) for row in rows)
        return
    parent = maker.scheme.sheet(str(linked.one_of))
    for other in maker.about(leaf, parent, draft):
        words = [other[column.key] for column in parent.columns if column.kind is Kind.CHOICE]
        name = "·".join(str(word) for word in words if word not in {YES, NO, None}) or "甲"
        for row in rows:
            yield ((parent.key, {**other, str(parent.unique): name}),), {**row, linked.key: name}


def _patterns(leaf: Node, sheet: Sheet, row: Row, *, dense: bool) -> Iterator[Sequence[Row]]:
    """The row so many times, or every few weeks; dense: every day, or so many times on each of some days."""
    numbers = sorted({1, 2, 3, *numbers_in(leaf.terms)})
    is_dated = sheet.dated_by is not None and sheet.dated_by != sheet.unique
    if not dense:
        yield from ([row] * number for number in numbers)
        yield from ([shifted(row, day) for day in range(-180, 185, step)] for step in (28, 7) if is_dated)
    elif is_dated:
        yield [shifted(row, day) for day in range(-180, 185)]
        for length in numbers:
            yield from ([shifted(row, day) for day in range(1 - length, 1)] * number for number in numbers)
