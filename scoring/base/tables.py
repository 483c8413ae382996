"""Walking through tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each_row(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table one by one, cells by the columns' names; only where a sentence is made of each row."""
    return iter(table.itertuples())
