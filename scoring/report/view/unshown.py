"""Characters of the evidence that the reports' font lacks: reports write them out and list where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from scoring.report.render.fontface import lacking, written_out
from scoring.scheme.sheets import Sheet


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


def unshown_in(tables: Mapping[str, pd.DataFrame], sheets: Iterable[Sheet]) -> list[Unshown]:
    """The characters of a department's tables that the font lacks.

    Parameters
    ----------
    tables
        Sheet key to ``row`` and the sheet's columns; cells that are no texts are passed over.
    sheets
        The sheets that they are of.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for sheet in sheets:
        table = tables.get(sheet.key, pd.DataFrame())
        for key in (column.key for column in sheet.columns if column.key in table):
            texts = table.loc[[isinstance(value, str) for value in table[key]], ["row", key]]
            missing = set(lacking("".join(texts[key])))
            for row, text in zip(texts["row"], texts[key], strict=True) if missing else ():
                for char in missing.intersection(text):
                    found.setdefault(char, []).append((sheet.name, row))
    return [Unshown(char, len(places), *places[0]) for char, places in sorted(found.items())]
