"""Parses whole columns, and makes the compact form that checks and rules work on.

A column whose cells are all of the right kind becomes compact: days as datetime64[s], texts as ``str``. With a single
cell of another kind it stays a column of objects, so that each cell can be quoted unchanged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from scoring.base.characters import UNSEEN, visible
from scoring.evidence.reading.cells import READERS, Cell
from scoring.scheme.sheets import DAYS, Kind

TEXT: Final = pd.StringDtype("pyarrow", na_value=np.nan)
#: Kinds whose parsed cells are texts.
TEXTUAL: Final = frozenset({Kind.TEXT, Kind.CODE, Kind.CHOICE, Kind.REFERENCE, Kind.HOST})

_NONE: Final = type(None)


def read_cells(kind: Kind, cells: Sequence[Cell]) -> list[Cell]:
    """Parse every cell of a column, None for an empty one; repeated texts are parsed once."""
    read = READERS[kind]
    types = set(map(type, cells))
    if types <= {_NONE} or (kind is Kind.DATE and types <= {dt.date, _NONE}):
        return list(cells)
    if kind is Kind.TEXT and types == {str}:
        return _seen(cells)  # type: ignore[arg-type] # all of them are texts
    if types == {str}:
        texts: dict[Cell, Cell] = {cell: read(cell) for cell in set(cells)}
        return [texts[cell] for cell in cells]
    texts = {cell: read(cell) for cell in {cell for cell in cells if type(cell) is str}}
    return [texts[cell] if type(cell) is str else read(cell) for cell in cells]


def _seen(cells: Sequence[str]) -> list[Cell]:
    """Texts without invisible ends; most columns have none and are returned at once."""
    ends = {end for cell in cells for end in (cell[:1], cell[-1:])}
    if "" not in ends and UNSEEN.isdisjoint(ends):
        return list(cells)
    return [visible(cell) or None for cell in cells]


def compact(kind: Kind, values: Sequence[Cell]) -> pd.Series:
    """Make a column of parsed cells compact, if they allow it."""
    types = set(map(type, values)) - {_NONE}
    if kind in DAYS and types <= {dt.date, dt.datetime}:
        return days(pa.array(values, pa.date32() if kind is Kind.DATE else pa.timestamp("s")))
    if kind in TEXTUAL and types <= {str}:
        return texts(pa.array(values, pa.large_string()))
    return pd.Series(values, dtype=object)


def days(column: pa.Array | pa.ChunkedArray) -> pd.Series:
    """An Arrow column of dates or moments as datetime64[s]."""
    return pd.Series(column.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False).astype("datetime64[s]"))


def texts(column: pa.Array | pa.ChunkedArray) -> pd.Series:
    """An Arrow column of texts as pandas' ``str``, NaN for null."""
    from_arrow: Any = TEXT
    return pd.Series(from_arrow.__from_arrow__(column.cast(pa.large_string())))


def as_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The table with objects in place of compact columns: days as dates, None where a cell is empty."""
    cells = {}
    for name, column in table.items():
        values = column
        if values.dtype.kind == "M":
            as_days = (values.dropna().dt.normalize() == values.dropna()).all()
            days_or_moments = values.dt.date if as_days else values.dt.to_pydatetime()
            values = pd.Series(days_or_moments, index=values.index, dtype=object).where(values.notna(), None)
        elif isinstance(values.dtype, pd.StringDtype):
            values = values.astype(object).where(values.notna(), None)
        cells[name] = values
    return pd.DataFrame(cells, index=table.index)
