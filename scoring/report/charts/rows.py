"""The evidence rows that a chart of the scheme's outline counts, and its words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from scoring.engine.scorecard import Scorecard
from scoring.scheme.outline import Chart


def rows_of(card: Scorecard, outline: Chart) -> pd.DataFrame | None:
    """The rows about the leaf; None where the leaf is pending and the sheet is empty: there is nothing to say."""
    if outline.leaf in card.pending and card.source.tables[outline.sheet].empty:
        return None
    return card.rows(outline.leaf, outline.sheet)


def months(card: Scorecard, outline: Chart, rows: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Each month of the period with its number of rows."""
    counts = rows[card.scheme.sheet(outline.sheet).dated_by].dt.month.value_counts()
    for month in range(1, card.as_of.month + 1):
        yield month, int(counts.get(month, 0))


def filled(card: Scorecard, outline: Chart, text: str | None = None) -> str:
    """A text of the outline, the chart's title when None, with the leaf's terms in its braces."""
    return (outline.title if text is None else text).format_map(card.scheme.leaf(outline.leaf).terms)
