"""How wide the columns of a table should be, told beforehand.

Left to itself the PDF engine tries every place where a line of Chinese may break, which takes most of its time, and
may squeeze a date into two lines. Widths are in em: 1 for a Chinese character, about half for others.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

PAGE = 47.0
PADDING = 1.4
LONGEST = 60.0
SHORTEST_TEXT = 6.0
_WHOLE = re.compile(r"[\d\s.,:%/+\-−–—~～×=()]{1,18}")


def stays_whole(text: str) -> bool:
    """Say whether a cell is a number, a date or the like, which must not break over two lines."""
    return bool(_WHOLE.fullmatch(text))


@dataclass(frozen=True)
class Widths:
    """How a table shares out the width it has.

    Attributes
    ----------
    shares
        Per cent for each column; they add up to 100.
    least
        The width in em below which the table is better scrolled than squeezed.
    """

    shares: list[float]
    least: float


def column_widths(rows: Sequence[Sequence[str]], headers: int = 1) -> Widths:
    """Measure a table.

    Parameters
    ----------
    rows
        The text of every cell, row by row; all rows have as many cells.
    headers
        How many of the first rows are headers.
    """
    columns = list(zip(*rows, strict=True))
    natural = [max(_width(text) for text in column) + PADDING for column in columns]
    needed = [_needed(column, width, headers) for column, width in zip(columns, natural, strict=True)]
    if sum(natural) <= PAGE:
        widths = natural
    else:
        spare = max(PAGE - sum(needed), 0.0)
        wish = [full - least for full, least in zip(natural, needed, strict=True)]
        widths = [least + spare * more / (sum(wish) or 1.0) for least, more in zip(needed, wish, strict=True)]
    return Widths([round(100 * width / sum(widths), 2) for width in widths], round(sum(needed), 1))


def _needed(column: Sequence[str], natural: float, headers: int) -> float:
    """Give the least width: all of it for numbers and short words, some of it for running text."""
    if all(stays_whole(text) for text in column[headers:] if text):
        return natural
    header = max((_width(text) for text in column[:headers]), default=0.0)
    return min(natural, max(header, SHORTEST_TEXT) + PADDING)


def _width(text: str) -> float:
    return min(sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.57 for c in text), LONGEST)
