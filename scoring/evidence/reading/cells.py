"""Parses single cells: untidy but clear input becomes a date, a code, a text.

Nothing is judged here. A value that could not be read keeps its raw form and fails the schema afterwards.

A column in which every cell is what belongs there is compact: days as datetime64[s], texts as ``str``. A column with a
single cell of another kind stays one of objects, so that each cell can be quoted as it is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from scoring.base import characters
from scoring.base.characters import UNSEEN, plain, quoted, visible
from scoring.scheme.sheets import DAYS, Kind

#: A cell as the reader gives it.
Cell = str | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | Decimal | None

EARLIEST: Final = dt.date(1990, 1, 1)
LATEST: Final = dt.date(2100, 12, 31)

TEXT: Final = pd.StringDtype("pyarrow", na_value=np.nan)
#: Kinds whose cells are texts once they are read.
TEXTUAL: Final = frozenset({Kind.TEXT, Kind.CODE, Kind.CHOICE, Kind.REFERENCE, Kind.HOST})
_NONE: Final = type(None)

_WRITTEN_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日")
#: A date with a time of day after it, or without one.
_WRITTEN_MOMENT = re.compile(r"(\d{4}[^\sT]*?)(?:(?:\s+|T|(?<=日))(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?")
_CHINESE_TIME: Final = str.maketrans({"时": ":", "点": ":", "分": ":", "秒": None})
_HOST_NAME = re.compile(r"(?=.{1,253}$)([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,}", re.ASCII)
_WRITTEN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
#: Excel keeps fifteen digits of a number.
_LOSSLESS: Final = 10**15


def written_date(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a text in the form of a date, which need not exist."""
    match = _WRITTEN_DATE.fullmatch(plain(text))
    if match is None:
        return None
    year, month, day = match.group(1, 3, 4) if match[1] else match.group(5, 6, 7)
    return int(year), int(month), int(day)


def written_moment(text: str) -> tuple[int, int, int, int, int, int] | None:
    """Year to second of a text in the form of a moment, which need not exist; a day is its midnight."""
    match = _WRITTEN_MOMENT.fullmatch(plain(text).translate(_CHINESE_TIME).rstrip(":"))
    day = written_date(match[1]) if match else None
    if match is None or day is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.group(2, 3, 4))
    return *day, hour, minute, second


def is_host_name(text: str) -> bool:
    """Whether a text is a host name, without http:// or a path."""
    return _HOST_NAME.fullmatch(text) is not None


def as_text(cell: Cell) -> Cell:
    """Unchanged text without surrounding blanks; None for an empty cell."""
    if isinstance(cell, str):
        return visible(cell) or None
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, dt.datetime):
        return shown_moment(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return None if cell is None else str(cell)


def shown_moment(moment: dt.datetime) -> str:
    """A moment as sentences quote it: zero seconds are left out, and midnight is the day alone."""
    if moment.time() == dt.time():
        return moment.date().isoformat()
    return moment.isoformat(" ", "seconds").removesuffix(":00")


def as_code(cell: Cell) -> Cell:
    """An identifier, also from a number without loss; other values, such as dates, stay."""
    if isinstance(cell, str):
        return plain(cell) or None
    return as_text(cell) if isinstance(cell, float) and abs(cell) < _LOSSLESS else cell


def as_reference(cell: Cell) -> Cell:
    """An id without blanks or line breaks."""
    code = as_code(cell)
    return "".join(code.split()) if isinstance(code, str) else code


def as_choice(cell: Cell) -> Cell:
    """A word of a list."""
    return (plain(cell) or None) if isinstance(cell, str) else cell


def as_date(cell: Cell) -> Cell:
    """A day from an Excel date or one of the four written forms of evidence.md."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if not isinstance(cell, str):
        return cell
    parts = written_date(cell)
    try:
        return dt.date(*parts) if parts else visible(cell) or None
    except ValueError:
        return visible(cell) or None


def as_moment(cell: Cell) -> Cell:
    """A day and a time of day, to the second; a day alone is its midnight."""
    if isinstance(cell, dt.datetime):
        return cell.replace(microsecond=0)
    if isinstance(cell, dt.date):
        return dt.datetime.combine(cell, dt.time())
    if not isinstance(cell, str):
        return cell
    parts = written_moment(cell)
    try:
        return dt.datetime(*parts) if parts else visible(cell) or None  # noqa: DTZ001 - local time, as noted down
    except ValueError:
        return visible(cell) or None


def as_is(cell: Cell) -> Cell:
    """The cell untouched; None for a blank one."""
    return None if isinstance(cell, str) and not visible(cell) else cell


def as_number(cell: Cell) -> Cell:
    """An exact decimal: 1.85 as typed, not its nearest binary fraction."""
    if isinstance(cell, float):
        return Decimal(repr(cell))
    if isinstance(cell, str):
        text = plain(cell)
        return Decimal(text) if _WRITTEN_NUMBER.fullmatch(text) else text or None
    return cell


READERS: Final[dict[Kind, Callable[[Cell], Cell]]] = {
    Kind.TEXT: as_text,
    Kind.CODE: as_code,
    Kind.CHOICE: as_choice,
    Kind.DATE: as_date,
    Kind.MOMENT: as_moment,
    Kind.NUMBER: as_number,
    Kind.HOST: as_code,
    Kind.REFERENCE: as_reference,
    Kind.ANY: as_is,
}


def displayed(cell: Cell, limit: int = 40) -> str:
    """A cell's content as a sentence quotes it: one line, cut when long, without invisible characters."""
    return characters.displayed(str(as_text(cell) or ""), limit)


def quoted_cell(cell: Cell) -> str:
    """A cell's content as a fault quotes it: invisible characters are written out."""
    return quoted(str(as_text(cell) or ""))


def read_cells(kind: Kind, cells: Sequence[Cell]) -> list[Cell]:
    """Every cell of a column read as meant, None for an empty one; a text that occurs often is read once."""
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
    """Texts as they are seen; in most columns there is nothing at any text's ends that cannot be."""
    ends = {end for cell in cells for end in (cell[:1], cell[-1:])}
    if "" not in ends and UNSEEN.isdisjoint(ends):
        return list(cells)
    return [visible(cell) or None for cell in cells]


def compact(kind: Kind, values: Sequence[Cell]) -> pd.Series:
    """A column of cells that have been read, as compact as they allow."""
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
    """An Arrow column of texts as pandas' ``str``, NaN where there is none."""
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
