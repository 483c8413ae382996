"""The last day on which an obligation can arise and still be found missed within the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from scoring.explained.drafts import Change, Row
from scoring.explained.probes import Fault, Probe, Probes
from scoring.explained.trials import changed
from scoring.explained.values import day_of
from scoring.explained.words import day_words

#: Step in days of the first, coarse search.
_STEP: Final = 15

#: Leaf and kind of finding.
_Key = tuple[str, str]


@dataclass(frozen=True)
class LastDay:
    """The last day; obligations that arise later fall due after the year.

    Attributes
    ----------
    name
        The column that dates it.
    words
        A row of the next day, in words.
    looked_back
        Whether rows of the year before are used.
    """

    last: dt.date
    name: str
    words: str
    looked_back: bool


def last_days(probes: Probes, smallest: Mapping[_Key, Probe]) -> dict[_Key, LastDay]:
    """Kind of finding to its last day, if that is before the end of the year."""
    owed = dict(_owed(smallest))
    rows = {key: list(_rows(probes, fault)) for key, fault in owed.items()}
    changes = {key: [_change(probes, key[0], owed[key].key, row) for row in several] for key, several in rows.items()}
    coarse = _last(probes, changes, {key: range(0, len(several), _STEP) for key, several in rows.items()})
    fine = _last(probes, changes, {key: range(at, min(at + _STEP, len(rows[key]))) for key, at in coarse.items()})
    return {
        key: _told(owed[key], rows[key][at], rows[key][at + 1]) for key, at in fine.items() if at < len(rows[key]) - 1
    }


def _owed(smallest: Mapping[_Key, Probe]) -> Iterator[tuple[_Key, Fault]]:
    """Faults that are late rows of dated sheets."""
    for (code, kind), probe in smallest.items():
        fault = probe.fault
        if fault is not None and fault.row and fault.sheet.dated_by and fault.sheet.dated_by != fault.sheet.unique:
            due = [row.due for row in probe.outcome.findings if (row.code, row.kind) == (code, kind)]
            if due and pd.notna(due[0]):
                yield (code, kind), fault


def _rows(probes: Probes, fault: Fault) -> Iterator[Row]:
    """The row on every day until the year's end, its obligation never met."""
    row, dated = dict(fault.row or {}), str(fault.sheet.dated_by)
    first = probes.maker.day
    met = {key for key, value in row.items() if isinstance(value, dt.date) and key != dated}
    missed = {key for key in met if key in fault.cells} or met
    row |= dict.fromkeys(key for key in missed if not fault.sheet.column(key).required)
    for _ in fault.sheet.columns:
        row |= {one.key: None for one in fault.sheet.columns if one.needs and row[one.needs] is None}
    for after in range((dt.date(probes.scheme.year, 12, 31) - first).days + 1):
        by = dt.timedelta(days=after) + (first - day_of(row[dated]))
        yield {key: value + by if isinstance(value, dt.date) else value for key, value in row.items()}


def _last(probes: Probes, changes: Mapping[_Key, list[Change]], tried: Mapping[_Key, range]) -> dict[_Key, int]:
    """The last of the days tried on which the finding occurs."""
    flat = [(key, at) for key, several in tried.items() for at in several]
    outcomes = changed(probes.clean, [changes[key][at] for key, at in flat]).outcomes if flat else []
    return {
        key: at
        for (key, at), outcome in zip(flat, outcomes, strict=True)
        if any((row.code, row.kind) == key for row in probes.new(outcome))
    }


def _change(probes: Probes, code: str, key: str, row: Row) -> Change:
    """Add the row and, if the leaf is judged on the days of a sheet, the year's last day there."""
    judged_on = probes.scheme.by_code[code].judged_on
    if judged_on is None:
        return Change(added={key: (row,)})
    dated = str(probes.scheme.sheet(judged_on).dated_by)
    last = {**probes.clean.draft.rows[judged_on][0], dated: dt.date(probes.scheme.year, 12, 31)}
    return Change(added={judged_on: (last,), key: (row,)})


def _told(fault: Fault, row: Row, after: Row) -> LastDay:
    dated = fault.sheet.column(str(fault.sheet.dated_by))
    words = f"《{fault.sheet.name}》{dated.name}{day_words(after[dated.key])}的1行"
    return LastDay(day_of(row[dated.key]), dated.name, words, bool(fault.sheet.look_back))
