"""Going through tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each_row(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table one by one, with cells as attributes; only for making a sentence of each row."""
    return iter(table.itertuples())
