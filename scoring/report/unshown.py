"""Characters of the evidence that the reports' font lacks: reports write them out, and tell where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from scoring.evidence.schema import SHEETS
from scoring.report.fontface import lacking, written_out
from scoring.tables import each_row


@dataclass(frozen=True)
class Unshown:
    """A character, how many cells hold it, and where the first of them is."""

    char: str
    count: int
    sheet: str
    row: int

    def __str__(self) -> str:
        more = f"等 {self.count} 处" if self.count > 1 else ""
        return f"{written_out(self.char)}：《{self.sheet}》第 {self.row} 行{more}"


def unshown_in(tables: Mapping[str, pd.DataFrame]) -> list[Unshown]:
    """The characters of a department's tables that the font lacks.

    Parameters
    ----------
    tables
        Sheet key to ``row`` and the sheet's columns; cells that are no texts are passed over.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for char, sheet, row in _places(tables):
        found.setdefault(char, []).append((sheet, row))
    return [Unshown(char, len(places), *places[0]) for char, places in sorted(found.items())]


def _places(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, int]]:
    for sheet in SHEETS:
        table = tables.get(sheet.key)
        if table is None:
            continue
        for column in (column.key for column in sheet.columns if column.key in table):
            texts = table.loc[[isinstance(value, str) for value in table[column]], ["row", column]]
            if missing := set(lacking("".join(texts[column]))):
                for cell in each_row(texts.rename(columns={column: "text"})):
                    yield from ((char, sheet.name, cell.row) for char in sorted(missing.intersection(cell.text)))
