"""Possible cells of generated evidence, from the kind of column, its lists, and the numbers of a leaf."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any, Final

from scoring.evidence.reading.cells import READERS
from scoring.explained.drafts import Draft, Row
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import LEAVES, Column, Kind, Sheet

#: Delays in days to try for obligations, in addition to the leaf's numbers.
_LATE: Final = (1, 8, 15, 32, 61, 94, 184)
#: Days before the day on which a leaf is judged: longer than most deadlines.
_BEFORE: Final = 120
_MOST: Final = 400
_DAY_OF_YEAR: Final = re.compile(r"\d\d-\d\d")


def numbers_in(terms: Any) -> Iterator[int]:
    """The whole numbers of a leaf's terms, at any depth."""
    if isinstance(terms, Mapping | list | tuple):
        yield from chain.from_iterable(map(numbers_in, terms.values() if isinstance(terms, Mapping) else terms))
    elif isinstance(terms, int) and not isinstance(terms, bool) and 0 < terms <= _MOST:
        yield terms


def days_in(terms: Any, year: int) -> Iterator[dt.date]:
    """The days of the year that a leaf's terms name as ``06-30``."""
    if isinstance(terms, Mapping | list | tuple):
        for one in terms.values() if isinstance(terms, Mapping) else terms:
            yield from days_in(one, year)
    elif isinstance(terms, str) and _DAY_OF_YEAR.fullmatch(terms):
        yield dt.date.fromisoformat(f"{year}-{terms}")


@dataclass(frozen=True)
class Values:
    """Cells and rows for a scheme's sheets; everything happens on one day, in the middle of the year."""

    scheme: Scheme

    @cached_property
    def listed(self) -> frozenset[str]:
        """The sheets whose rows are named by other sheets."""
        named = {column.one_of for sheet in self.scheme.sheets for column in sheet.columns}
        return frozenset(sheet.key for sheet in self.scheme.rows_sheets if sheet.key in named)

    @cached_property
    def day(self) -> dt.date:
        """The default day of rows."""
        return dt.date(self.scheme.year, 6, 30)

    def fact(self, fact: Column) -> list[Any]:
        """Possible values of a 项目, the likely best first."""
        if fact.kind is not Kind.DATE:
            return self._plain(fact, (), needed=any(other.needs == fact.key for other in self.scheme.facts))
        terms = [leaf.terms for leaf in self.scheme.leaves]
        named = sorted(set(days_in(terms, self.scheme.year)))
        after = [day + dt.timedelta(days=1) for day in named]
        first = self._example(fact)
        later = [dt.date(self.scheme.year, 9, 1), dt.date(self.scheme.year, 12, 1)]
        return _distinct([first, self.day, *named, *after, *later, *([] if fact.required else [None])])

    def rows(
        self, leaf: Node, sheet: Sheet, draft: Draft, around: Row | None = None, *, pairs: bool = False
    ) -> list[Row]:
        """A row about a leaf, and rows that differ from it in one column, or in a word of a list and one column.

        Parameters
        ----------
        around
            The row to vary; the likely best when None.
        """
        words = self.scheme.looked_at(leaf, sheet.key)
        cells = {column.key: self.cells(column, leaf, sheet, draft) for column in sheet.columns}
        cells |= {key: [word] for key, word in words.items()}
        usual = dict(around or {key: values[0] for key, values in cells.items()})
        single = [(key, value) for key, values in cells.items() for value in values if value != usual[key]]
        listed = [(key, value) for key, value in single if sheet.column(key).kind is Kind.CHOICE]
        changes = [{}, *({key: value} for key, value in single)]
        if pairs:
            changes += [{a: x, b: y} for a, x in listed for b, y in single if a != b]
        return _distinct_rows([_completed(sheet, usual, change) for change in changes])

    def cells(self, column: Column, leaf: Node, sheet: Sheet, draft: Draft) -> list[Any]:
        """Possible values of a column in rows about a leaf, the likely best first."""
        if column.kind in {Kind.DATE, Kind.MOMENT}:
            return self._days(column, leaf, sheet)
        if sheet.unique == column.key:
            return [None]
        if column.one_of == LEAVES:
            return [leaf.code]
        if column.one_of:
            parent = self.scheme.sheet(column.one_of)
            return [row[str(parent.unique)] for row in draft.rows.get(parent.key, ())] or [None]
        if column.paired_with:
            by = self.scheme.looked_at(leaf, sheet.key).get(column.paired_with)
            return list(column.pairs.get(by, ()) if by else chain(*column.pairs.values())) or [None]
        needed = any(other.needs == column.key for other in sheet.columns)
        return self._plain(column, sorted({*numbers_in(leaf.terms)}), needed=needed)

    def _plain(self, column: Column, numbers: Sequence[int], *, needed: bool) -> list[Any]:
        example = self._example(column)
        none = [] if column.required or needed else [None]
        match column.kind:
            case Kind.CHOICE:
                return [*column.choices, *none]
            case Kind.NUMBER:
                bounds = [Fraction(bound) for bound in (column.most, column.least) if bound is not None]
                inside = [number for number in numbers if _within(column, number)]
                plain = [
                    Decimal(one.numerator) / one.denominator for one in (*bounds, *(Fraction(one) for one in inside))
                ]
                return _distinct([*plain[:1], *([] if example is None else [example]), *plain, *none])
            case Kind.HOST:
                return _distinct([example or "www.gov.cn", "www.example.com", *none])
        phrases = [words[0] for words in self.scheme.phrases.values() if words] if column.kind is Kind.TEXT else []
        return [*none, *_distinct([example or "示例", *phrases])]

    def _example(self, column: Column) -> Any:
        return READERS[column.kind](column.example_of(self.scheme.year) or None)

    def _days(self, column: Column, leaf: Node, sheet: Sheet) -> list[Any]:
        if column.key == sheet.unique:
            return [self._on(column, self.day)]
        if column.key == sheet.dated_by:
            return [self._on(column, day) for day in (self.day, self.day - dt.timedelta(days=_BEFORE))]
        late = sorted({*_LATE, *(number + more for number in numbers_in(leaf.terms) for more in (0, 1))})
        days = [self._on(column, self.day + dt.timedelta(days=after)) for after in (0, *late)]
        return [*days, *([] if column.required else [None])]

    @staticmethod
    def _on(column: Column, day: dt.date) -> dt.date:
        return dt.datetime.combine(day, dt.time(10)) if column.kind is Kind.MOMENT else day


def _within(column: Column, number: int) -> bool:
    return (column.least is None or number >= column.least) and (column.most is None or number <= column.most)


def _completed(sheet: Sheet, usual: Row, change: Row) -> Row:
    """The row with a change; dependent words are chosen again, and cells that need an emptied cell are emptied."""
    row = {**usual, **change}
    for column in sheet.columns:
        if column.pairs and column.paired_with and row[column.key] not in column.pairs.get(row[column.paired_with], ()):
            row[column.key] = next(iter(column.pairs.get(row[column.paired_with], ())), None)
    for _ in sheet.columns:
        row |= {column.key: None for column in sheet.columns if column.needs and row[column.needs] is None}
    return row


def _distinct(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _distinct_rows(rows: Sequence[Row]) -> list[Row]:
    return list({tuple(row.items()): row for row in rows}.values())


def day_of(value: dt.date) -> dt.date:
    """The day of a moment."""
    return value.date() if isinstance(value, dt.datetime) else value
