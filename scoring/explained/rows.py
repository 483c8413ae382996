"""What can stand in the rows of made-up evidence: by the kind of column, its lists, and the numbers of a leaf."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from scoring.evidence.reading.cells import READERS
from scoring.explained.trials import Draft, Row
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import ATTACHED, DAYS, LEAVES, Column, Kind, Sheet

#: Days after which an obligation is met late; the numbers of the leaf come besides.
_LATE: Final = (1, 8, 15, 32, 61, 94, 184)
#: Days before the day on which a leaf is judged: longer than most deadlines.
_BEFORE: Final = dt.timedelta(days=120)
_MOST: Final = 400


def terms_in(terms: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The single numbers and words of a leaf's terms, each with the names that lead to it."""
    if isinstance(terms, Mapping):
        for key, value in terms.items():
            yield from terms_in(value, f"{name}.{key}" if name else str(key))
    elif isinstance(terms, list | tuple):
        for number, value in enumerate(terms, 1):
            yield from terms_in(value, f"{name}[{number}]")
    else:
        yield name, terms


def numbers_in(terms: Any) -> list[int]:
    """The whole numbers of a leaf's terms."""
    return sorted({value for _, value in terms_in(terms) if type(value) is int and 0 < value <= _MOST})


class Rows:
    """Cells and rows for a scheme's sheets; everything happens on one day, in the middle of the year."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme, self.day = scheme, dt.date(scheme.year, 6, 30)
        named = {column.one_of for sheet in scheme.sheets for column in sheet.columns}
        #: The sheets whose rows other sheets name.
        self.listed = frozenset(sheet.key for sheet in scheme.rows_sheets if sheet.key in named)

    def facts(self, fact: Column) -> list[Any]:
        """What a 项目 can hold, the likely best first."""
        year = self.scheme.year
        if fact.kind is not Kind.DATE:
            return self._plain(fact, (), self.scheme.facts)
        words = {str(value) for leaf in self.scheme.leaves for _, value in terms_in(leaf.terms)}
        named = sorted(dt.date.fromisoformat(f"{year}-{day}") for day in words if re.fullmatch(r"\d\d-\d\d", day))
        after = [day + dt.timedelta(days=1) for day in named]
        later = [dt.date(year, 9, 1), dt.date(year, 12, 1), *([] if fact.required else [None])]
        return _distinct([self._example(fact), self.day, *named, *after, *later])

    def about(
        self, leaf: Node, sheet: Sheet, draft: Draft, around: Row | None = None, *, pairs: bool = False
    ) -> list[Row]:
        """A row about a leaf, and rows that differ from it in one column, or in a word of a list and one column.

        Parameters
        ----------
        around
            The row that the others differ from; the likely best when None.
        """
        cells = {column.key: self._cells(column, leaf, sheet, draft) for column in sheet.columns}
        cells |= {key: [word] for key, word in self.scheme.looked_at(leaf, sheet.key).items()}
        usual = dict(around or {key: values[0] for key, values in cells.items()})
        single = [(key, value) for key, values in cells.items() for value in values if value != usual[key]]
        listed = [(key, value) for key, value in single if pairs and sheet.column(key).kind is Kind.CHOICE]
        changes = [{}, *({key: value} for key, value in single)]
        changes += [{a: x, b: y} for a, x in listed for b, y in single if a != b]
        rows = [_completed(sheet, {**usual, **change}) for change in changes]
        return list({tuple(row.items()): row for row in rows}.values())

    def _cells(self, column: Column, leaf: Node, sheet: Sheet, draft: Draft) -> list[Any]:
        """What a column can hold in rows about a leaf, the likely best first."""
        numbers = numbers_in(leaf.terms)
        if column.kind in DAYS:
            return self._days(column, sheet, numbers)
        if sheet.unique == column.key or column == ATTACHED:
            return [None]
        if column.one_of == LEAVES:
            return [leaf.code]
        if column.one_of:
            name = str(self.scheme.sheet(column.one_of).unique)
            return [row[name] for row in draft.rows.get(column.one_of, ())] or [None]
        if column.paired_with:
            by = self.scheme.looked_at(leaf, sheet.key).get(column.paired_with)
            return list(column.pairs.get(by, ()) if by else chain(*column.pairs.values())) or [None]
        return self._plain(column, numbers, sheet.columns)

    def _plain(self, column: Column, numbers: Sequence[int], others: Sequence[Column]) -> list[Any]:
        example = self._example(column)
        none = [] if column.required or any(other.needs == column.key for other in others) else [None]
        match column.kind:
            case Kind.CHOICE:
                return [*column.choices, *none]
            case Kind.NUMBER:
                low, high = column.least, column.most
                inside = [n for n in numbers if (low is None or n >= low) and (high is None or n <= high)]
                bounds = [Decimal(bound.numerator) / bound.denominator for bound in (high, low) if bound is not None]
                first, *rest = [*bounds, *map(Decimal, inside)] or [example]
                return _distinct([first, *([] if example is None else [example]), *rest, *none])
            case Kind.HOST:
                return _distinct([example or "www.gov.cn", "www.example.com", *none])
        phrases = [words[0] for words in self.scheme.phrases.values() if words] if column.kind is Kind.TEXT else []
        return [*none, *_distinct([example or "示例", *phrases])]

    def _example(self, column: Column) -> Any:
        return READERS[column.kind](column.example_of(self.scheme.year) or None)

    def _days(self, column: Column, sheet: Sheet, numbers: Sequence[int]) -> list[Any]:
        late = sorted({0, *_LATE, *numbers, *(number + 1 for number in numbers)})
        days = [self.day + dt.timedelta(days=after) for after in late]
        if column.key in {sheet.unique, sheet.dated_by}:
            days = [self.day] if column.key == sheet.unique else [self.day, self.day - _BEFORE]
        moments = [dt.datetime.combine(day, dt.time(10)) for day in days]
        kept = moments if column.kind is Kind.MOMENT else days
        none = [] if column.required or column.key in {sheet.unique, sheet.dated_by} else [None]
        return [*kept, *none]


def _completed(sheet: Sheet, row: dict[str, Any]) -> Row:
    """The row; words that belong to another are chosen again, and what needs an empty cell is empty."""
    for column in sheet.columns:
        if column.pairs and column.paired_with and row[column.key] not in column.pairs.get(row[column.paired_with], ()):
            row[column.key] = next(iter(column.pairs.get(row[column.paired_with], ())), None)
    return emptied(sheet, row)


def emptied(sheet: Sheet, row: dict[str, Any]) -> Row:
    """The row; what needs an empty cell is empty."""
    for _ in sheet.columns:
        row |= {column.key: None for column in sheet.columns if column.needs and row[column.needs] is None}
    return row


def shifted(row: Row, days: int) -> Row:
    """The row so many days later."""
    by = dt.timedelta(days=days)
    return {key: value + by if isinstance(value, dt.date) else value for key, value in row.items()}


def day_of(value: dt.date) -> dt.date:
    """The day of a moment."""
    return value.date() if isinstance(value, dt.datetime) else value


def _distinct(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
