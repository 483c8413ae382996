"""Generated evidence: drafts of a department's sheets, changes to them, and drafts as tables for rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from scoring.evidence.model import Evidence
from scoring.evidence.reading.columns import compact
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Column, Sheet

#: Column key to cell: text, ``date``, ``datetime``, a number, or None.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """How one draft differs from another.

    Attributes
    ----------
    words
        The change in Chinese.
    cells
        How many cells of its rows differ from the usual row.
    facts
        Changed 项目.
    added, dropped
        Sheet key to added rows, and to the positions of removed rows.
    """

    words: str = ""
    cells: int = 0
    facts: Row = field(default_factory=dict)
    added: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    dropped: Mapping[str, frozenset[int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows it adds or removes."""
        return sum(map(len, [*self.added.values(), *self.dropped.values()]))

    @property
    def size(self) -> int:
        """The size of the change: of two with the same effect, the smaller is the better example."""
        return 100 * (len(self.facts) + self.rows) + self.cells

    def __add__(self, other: Change) -> Change:
        """Both changes together."""
        return Change(
            "；".join(filter(None, [self.words, other.words])),
            self.cells + other.cells,
            {**self.facts, **other.facts},
            {key: self.added.get(key, ()) + other.added.get(key, ()) for key in {**self.added, **other.added}},
            {
                key: self.dropped.get(key, frozenset()) | other.dropped.get(key, frozenset())
                for key in {**self.dropped, **other.dropped}
            },
        )


@dataclass(frozen=True)
class Draft:
    """One department's evidence: 项目 by key, the rows of the other sheets, and the unique column of each sheet."""

    facts: Row
    rows: Mapping[str, tuple[Row, ...]]
    unique: Mapping[str, str]

    def changed(self, change: Change) -> Draft:
        """The draft with a change."""
        rows = {
            key: [row for at, row in enumerate(self.rows.get(key, ())) if at not in change.dropped.get(key, ())]
            for key in {**self.rows, **change.added}
        }
        for key, added in change.added.items():
            rows[key] += self._distinct(key, rows[key], added)
        return Draft({**self.facts, **change.facts}, {key: tuple(kept) for key, kept in rows.items()}, self.unique)

    def _distinct(self, key: str, there: Sequence[Row], added: Sequence[Row]) -> Iterator[Row]:
        """Make values of the unique column distinct: a number, or the next free day; known names are kept only once."""
        name = self.unique.get(key)
        if name is None:
            yield from added
            return
        taken = {row[name] for row in there}
        for row in added:
            value = row[name]
            while isinstance(value, dt.date) and value in taken:
                value += dt.timedelta(days=1)
            value = f"试{len(taken) + 1}" if value is None else value
            if value not in taken:
                yield {**row, name: value}
            taken.add(value)


@dataclass(frozen=True)
class Drafts(Evidence):
    """Drafts as evidence: one department each, numbered from 0, with every leaf inspected."""

    def pending_inspection(self) -> pd.DataFrame:
        """None."""
        return pd.DataFrame({"department": [], "code": []}, dtype=object)


def evidence_of(scheme: Scheme, drafts: Sequence[Draft]) -> Drafts:
    """The drafts as one :class:`Evidence`, with the sheets that the scheme's leaves use."""
    cut_off = [draft.facts.get("cut_off") or dt.date(scheme.year, 12, 31) for draft in drafts]
    cut_offs = pd.to_datetime(pd.Series(cut_off)).astype("datetime64[s]")
    keys = dict.fromkeys(
        key for leaf in scheme.leaves for key in (*leaf.sheets, leaf.judged_on) if key and key != FACTS
    )
    rows = {key: _table(scheme.sheet(key), [draft.rows.get(key, ()) for draft in drafts], cut_offs) for key in keys}
    return Drafts(scheme, {FACTS: _facts(scheme.facts, drafts).assign(cut_off=cut_offs), **rows}, {}, {})


def _facts(facts: Sequence[Column], drafts: Sequence[Draft]) -> pd.DataFrame:
    columns = {fact.key: compact(fact.kind, [draft.facts.get(fact.key) for draft in drafts]) for fact in facts}
    rows = {f"row_{fact.key}": number for number, fact in enumerate(facts, 2)}
    return pd.DataFrame(columns).assign(department=[str(number) for number in range(len(drafts))], **rows)


def _table(sheet: Sheet, drafts: Sequence[Sequence[Row]], cut_offs: pd.Series) -> pd.DataFrame:
    counts = np.array([len(rows) for rows in drafts], dtype=np.int64)
    cells = list(chain.from_iterable(drafts))
    owners = np.repeat(np.arange(len(drafts)), counts)
    columns = {column.key: compact(column.kind, [row.get(column.key) for row in cells]) for column in sheet.columns}
    return pd.DataFrame(columns).assign(
        department=pd.Series([str(number) for number in owners], dtype="str"),
        row=np.arange(len(cells)) - np.repeat(np.cumsum(counts) - counts, counts) + 2,
        cut_off=cut_offs.to_numpy()[owners],
    )
