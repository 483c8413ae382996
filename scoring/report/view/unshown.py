"""Characters of the evidence that the reports' font lacks: reports write them out and list where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from scoring.evidence.faults import ROWS
from scoring.report.render.fontface import lacking, written_out
from scoring.scheme.sheets import Sheet


def unshown_in(tables: Mapping[str, pd.DataFrame], sheets: Iterable[Sheet], files: Sequence[str] = ()) -> list[str]:
    """The characters of a department's tables that the font lacks, each with the first of its cells, in words.

    ``files`` names the department's files where there are several.
    """
    found: dict[str, list[str]] = {}
    for sheet in sheets:
        table = tables.get(sheet.key, pd.DataFrame())
        for key in (column.key for column in sheet.columns if column.key in table):
            cells = zip(table["row"], table[key], strict=True)
            texts = [(row, text) for row, text in cells if isinstance(text, str)]  # Selecting in pandas is slow.
            missing = set(lacking("".join(text for _, text in texts)))
            for row, text in texts if missing else ():
                for char in missing.intersection(text):
                    file, own = (files[row // ROWS], row % ROWS) if files else ("", row)
                    found.setdefault(char, []).append(f"{file}《{sheet.name}》第 {own} 行")
    return [
        f"{written_out(char)}：{places[0]}{f'等 {len(places)} 处' if len(places) > 1 else ''}"
        for char, places in sorted(found.items())
    ]
