"""Checks of single cells, and what a message says about one that fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any, Final

import pandas as pd

from scoring.base.characters import CODE_POINT, plain
from scoring.evidence.reading.cells import EARLIEST, LATEST, is_host_name, quoted_cell, written_date, written_moment
from scoring.evidence.reading.columns import TEXTUAL
from scoring.scheme.sheets import DAYS, Column, Kind

_FITS: Final[dict[Kind, Callable[[Any], bool]]] = {
    **dict.fromkeys(TEXTUAL, lambda value: isinstance(value, str)),
    Kind.DATE: lambda value: isinstance(value, dt.date) and EARLIEST <= value <= LATEST,
    Kind.MOMENT: lambda value: isinstance(value, dt.datetime) and EARLIEST <= value.date() <= LATEST,
    Kind.HOST: lambda value: isinstance(value, str) and is_host_name(value),
    Kind.NUMBER: lambda value: isinstance(value, Decimal) and value.is_finite(),
    Kind.ANY: lambda _: True,
}


def rewritten(column: Column) -> dict[str, str]:
    """List words that reading changes, keyed by the changed form."""
    words = (*column.choices, *chain.from_iterable(column.pairs.values()))
    return {plain(word): word for word in words if plain(word) != word}


def fits(column: Column, value: Any) -> bool:
    """Whether a non-empty value is of its column's kind and in its list."""
    return value in column.choices if column.choices else _FITS[column.kind](value)


def which_fit(column: Column, values: pd.Series) -> pd.Series:
    """The same for every cell of a column; the result for empty cells is undefined."""
    if column.choices:
        return values.isin(column.choices)
    if values.dtype.kind == "M":
        return (values >= pd.Timestamp(EARLIEST)) & (values < pd.Timestamp(LATEST) + pd.Timedelta(days=1))
    if column.kind in TEXTUAL and isinstance(values.dtype, pd.StringDtype):
        return pd.Series(True, index=values.index)
    return pd.Series(map(_FITS[column.kind], values), index=values.index, dtype=bool)


def is_within(column: Column, value: Decimal) -> bool:
    """Whether a number lies within its column's bounds."""
    return (column.least is None or value >= column.least) and (column.most is None or value <= column.most)


def found_and_expected(column: Column, value: Any) -> tuple[str, str]:
    """What a message says of a value that does not fit its column."""
    expected = column.expected
    if pd.isna(value):
        return f"“{column.name}”为空", f"必须填写{expected}"
    found = f"“{quoted_cell(value)}”"
    if column.kind in {Kind.CODE, Kind.REFERENCE} and isinstance(value, float):
        found = f"“{value:.0f}”是超过 15 位的数字，Excel 已丢失后面的位数"
        return found, "文字；请把单元格改为“文本”格式，再填写完整的编号"
    if column.kind in DAYS and isinstance(value, float):
        return f"{found}是数字，不是{'日期' if column.kind is Kind.DATE else '日期和时间'}", expected
    if isinstance(value, str) and column.kind is Kind.DATE and written_date(value):
        found += "没有这一天"
    elif isinstance(value, str) and column.kind is Kind.MOMENT and written_moment(value):
        found += "没有这个时间"
    return found, expected


def with_hidden(found: str, hidden: Mapping[str, str]) -> str:
    """What was found, followed by the cells' invisible characters if it does not name them already."""
    words = [
        f"{cell} 中有看不见或易混的字符：{characters}"
        for cell, characters in hidden.items()
        if any(code not in found for code in CODE_POINT.findall(characters))
    ]
    return f"{found}（{'；'.join(words)}）" if words else found
