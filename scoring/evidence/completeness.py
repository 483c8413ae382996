"""How far a workbook has been filled in, as far as it can be read; faulty cells do not matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from scoring.base.characters import plain
from scoring.base.tables import each_row
from scoring.evidence.reading.workbook import Workbook
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import FACTS, INSPECTED, INSPECTIONS


@dataclass(frozen=True)
class Inspection:
    """Who inspected a leaf, as written, and when; None where a cell is empty or no day."""

    inspector: str | None
    day: dt.date | None


@dataclass(frozen=True)
class Completeness:
    """What a workbook still lacks; ``pending`` is None where 核查情况 cannot be read, ``nature`` may be empty."""

    leaves: int
    pending: tuple[Node, ...] | None
    inspected: Mapping[str, Inspection]  # by the leaf's code
    empty_sheets: tuple[str, ...]
    empty_facts: tuple[str, ...]
    nature: str

    @property
    def is_complete(self) -> bool:
        """Whether every leaf is inspected; an empty sheet or fact may well be right."""
        return self.pending == ()


def completeness_of(workbook: Workbook, scheme: Scheme) -> Completeness:
    """What a readable workbook still lacks."""
    tables, read = workbook.tables, workbook.positions.keys()
    pending, inspected = None, {}
    if {(INSPECTIONS, "code"), (INSPECTIONS, "status")} <= read:
        done: dict[str, Inspection] = {}
        for row in each_row(tables[INSPECTIONS]):
            if row.status == INSPECTED:  # Of several files that say so, the first is shown, as in scoring.
                day = row.inspected_on if isinstance(row.inspected_on, dt.date) else None
                done.setdefault(row.code, Inspection(row.inspector, day))
        inspected = {leaf.code: done[leaf.code] for leaf in scheme.leaves if leaf.code in done}
        pending = tuple(leaf for leaf in scheme.leaves if leaf.code not in inspected)
    contents: dict[str, str] = {}
    if {(FACTS, "item"), (FACTS, "content")} <= read:
        cells = zip(tables[FACTS]["item"], tables[FACTS]["content"], strict=True)
        for item, content in cells:  # One file may leave blank what another states.
            contents[str(item)] = contents.get(str(item)) or ("" if content is None else plain(str(content)))
    return Completeness(
        leaves=len(scheme.leaves),
        pending=pending,
        inspected=inspected,
        empty_sheets=tuple(
            sheet.name
            for sheet in scheme.sheets
            if not sheet.optional and sheet.key in tables and tables[sheet.key].empty
        ),
        empty_facts=tuple(
            fact.name
            for fact in scheme.facts
            if not (fact.required or fact.choices) and contents.get(fact.name, "filled") == ""
        ),
        nature=next((contents.get(fact.name, "") for fact in scheme.facts if fact.key == "nature"), ""),
    )
