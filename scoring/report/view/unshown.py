"""Characters of the evidence that the reports' font lacks: reports write them out and list where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from scoring.report.render.fontface import lacking, written_out
from scoring.scheme.sheets import Sheet


def unshown_in(tables: Mapping[str, pd.DataFrame], sheets: Iterable[Sheet]) -> list[str]:
    """The characters of a department's tables that the font lacks, each with its first cell, in Chinese.

    Parameters
    ----------
    tables
        Sheet key to ``row`` and the sheet's columns; cells other than texts are skipped.
    """
    found: dict[str, list[str]] = {}
    for sheet in sheets:
        table = tables.get(sheet.key, pd.DataFrame())
        for key in (column.key for column in sheet.columns if column.key in table):
            texts = table.loc[[isinstance(value, str) for value in table[key]], ["row", key]]
            missing = set(lacking("".join(texts[key])))
            for row, text in zip(texts["row"], texts[key], strict=True) if missing else ():
                for char in missing.intersection(text):
                    found.setdefault(char, []).append(f"《{sheet.name}》第 {row} 行")
    return [
        f"{written_out(char)}：{places[0]}{f'等 {len(places)} 处' if len(places) > 1 else ''}"
        for char, places in sorted(found.items())
    ]
