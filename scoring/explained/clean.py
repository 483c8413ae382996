"""The search for clean evidence: generated evidence in which every leaf is judged and has no loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, pairwise
from typing import Final

from scoring.explained.drafts import Change, Draft, Row
from scoring.explained.trials import Outcome, changed, tried
from scoring.explained.values import Values, numbers_in
from scoring.scheme import Node, Scheme
from scoring.scheme.readings import choose
from scoring.scheme.sheets import DAYS, FACTS, NO, YES, Kind, Sheet

#: Facts of every generated workbook.
FRAME: Final = frozenset({"department", "year", "nature", "cut_off"})
_ROUNDS: Final = 10
#: How many changes for a leaf are tried with all rules.
_FEW: Final = 8
#: How many rows are tried at once; the longest changes are left out first.
_ROWS: Final = 25_000


def clean(scheme: Scheme) -> Outcome:
    """Search in rounds: of all changes of one 项目, or of one leaf's rows, keep the one that helps most."""
    return _Search(scheme).best()


def lacking(outcome: Outcome) -> tuple[Node, ...]:
    """The leaves for which evidence is not clean."""
    return tuple(leaf for leaf in outcome.trials.scheme.leaves if not outcome.is_clean(leaf.code))


class _Search:
    def __init__(self, scheme: Scheme) -> None:
        self.scheme, self.maker = scheme, Values(scheme)

    def start(self) -> Draft:
        """The likely best value of every 项目, and one row in each sheet of days on which a leaf is judged."""
        unique = {sheet.key: sheet.unique for sheet in self.scheme.rows_sheets if sheet.unique}
        facts = {fact.key: self.maker.fact(fact)[0] for fact in self.scheme.facts}
        facts |= {"year": str(self.scheme.year), "cut_off": None}
        empty = Draft(facts, {}, unique)
        rows = {
            leaf.judged_on: tuple(self.maker.rows(leaf, self.scheme.sheet(leaf.judged_on), empty)[:1])
            for leaf in self.scheme.leaves
            if leaf.judged_on
        }
        return empty.changed(Change(added=rows))

    def best(self) -> Outcome:
        outcome = tried(self.scheme, choose(self.scheme.readings), self.start())
        dense = False
        for _ in range(_ROUNDS):
            leaves = lacking(outcome)
            better = self._better(outcome, self._moves(outcome.draft, leaves, dense=dense)) if leaves else None
            if better is None and (dense or not leaves):
                break
            dense = better is None
            outcome = better or outcome
        return outcome

    def _better(self, outcome: Outcome, moves: dict[str, list[Change]]) -> Outcome | None:
        """The outcome of the best moves of all groups, as far as they help together; None when no move helps."""
        short = [(group, move) for group, several in moves.items() for move in self._best_few(outcome, group, several)]
        first = dict(reversed(_ranked(outcome, short)))
        found = list(first.values())[::-1]
        while found:
            chain = changed(outcome, list(accumulate(found, Change.__add__))).outcomes
            helps = [after.badness < before.badness for before, after in pairwise([outcome, *chain])]
            if all(helps):
                return chain[-1]
            found = list(compress(found, helps))
        return None

    @staticmethod
    def _best_few(outcome: Outcome, group: str, moves: list[Change]) -> list[Change]:
        """The moves that help a leaf most, by its own rule."""
        if group not in outcome.trials.scheme.by_code:
            return moves
        return [move for _, move in _ranked(outcome, [(group, move) for move in _affordable(moves)], [group])][:_FEW]

    def _moves(self, draft: Draft, leaves: tuple[Node, ...], *, dense: bool) -> dict[str, list[Change]]:
        keys = {key for leaf in leaves for key in leaf.sheets}
        facts = [] if FACTS not in keys else [fact for fact in self.scheme.facts if fact.key not in FRAME]
        moves = {fact.key: [Change(facts={fact.key: value}) for value in self.maker.fact(fact)] for fact in facts}
        for leaf in leaves:
            moves[leaf.code] = [
                change
                for key in leaf.sheets
                if key != FACTS
                for change in self._row_moves(leaf, self.scheme.sheet(key), draft, dense=dense)
            ]
        return moves

    def _row_moves(self, leaf: Node, sheet: Sheet, draft: Draft, *, dense: bool) -> Iterator[Change]:
        usual = self.maker.rows(leaf, sheet, draft)[0]
        for parents, row in self._linked(leaf, sheet, draft):
            days = {column.key for column in sheet.columns if column.kind in DAYS}
            if any(row[key] != usual[key] for key in days):
                yield Change(added={**parents, sheet.key: (row,)})
                continue
            for rows in self._patterns(leaf, sheet, row, dense=dense):
                yield Change(added={**parents, sheet.key: rows})

    def _linked(self, leaf: Node, sheet: Sheet, draft: Draft) -> Iterator[tuple[dict[str, tuple[Row, ...]], Row]]:
        """Rows about a leaf with the row of another sheet that each names, one for every kind of such rows."""
        linked = next((one for one in sheet.columns if one.one_of in self.maker.listed), None)
        rows = self.maker.rows(leaf, sheet, draft)
        if linked is None:
            yield from (({}, row) for row in rows)
            return
        parent = self.scheme.sheet(str(linked.one_of))
        for other in self.maker.rows(leaf, parent, draft):
            words = [other[one.key] for one in parent.columns if one.kind is Kind.CHOICE]
            name = "·".join(str(word) for word in words if word not in {YES, NO, None}) or "甲"
            for row in rows:
                yield {parent.key: ({**other, str(parent.unique): name},)}, {**row, linked.key: name}

    def _patterns(self, leaf: Node, sheet: Sheet, row: Row, *, dense: bool) -> Iterator[tuple[Row, ...]]:
        """The row repeated, or every few weeks; dense: every day, or several times on each of some days."""
        numbers = sorted({1, 2, 3, *numbers_in(leaf.terms)})
        is_dated = sheet.dated_by is not None and sheet.dated_by != sheet.unique
        if not dense:
            yield from ((row,) * number for number in numbers)
            yield from (self._series(row, range(-180, 185, step)) for step in (28, 7) if is_dated)
        elif is_dated:
            yield self._series(row, range(-180, 185))
            for length in numbers:
                yield from (self._series(row, range(1 - length, 1)) * number for number in numbers)

    @staticmethod
    def _series(row: Row, days: range) -> tuple[Row, ...]:
        """The row moved by these numbers of days."""
        moved = [dt.timedelta(days=day) for day in days]
        return tuple(
            {key: value + by if isinstance(value, dt.date) else value for key, value in row.items()} for by in moved
        )


def _ranked(
    outcome: Outcome, moves: list[tuple[str, Change]], codes: Sequence[str] | None = None
) -> list[tuple[str, Change]]:
    """The moves that help, best first; of equal ones the smaller first."""
    if not moves:
        return []
    results = changed(outcome, [move for _, move in moves], codes).outcomes
    rated = [
        (result.badness, move[1].size, at, move) for at, (move, result) in enumerate(zip(moves, results, strict=True))
    ]
    return [move for badness, _, _, move in sorted(rated) if badness < outcome.badness]


def _affordable(moves: list[Change]) -> list[Change]:
    ordered = sorted(moves, key=lambda move: move.rows)
    return [
        move for move, rows in zip(ordered, accumulate(move.rows for move in ordered), strict=True) if rows <= _ROWS
    ]
