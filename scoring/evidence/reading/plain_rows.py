"""Rows of plain cells, and plain texts, taken out of a part by a pattern: much faster than expat's events.

Of every stretch that the pattern took, one empty row or text is left in the part, and expat reads the part with these.
So the part is known to be well-formed, and expat reads whatever the pattern does not match. Where the part has
anything that could change the meaning of what was taken (comments, CDATA, namespaces within), expat reads all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from scoring.evidence.reading.events import MAX_TAGS, refuse_too_much, shared_texts, unescaped

#: Takes the rows of a block: letters of the columns, numbers of the rows, and two sequences a column, the attributes
#: and texts of its cells, None where there is no cell.
TakeRows = Callable[[Sequence[str], Sequence[str], Sequence[Sequence[str | None]]], None]

_BLOCK: Final = 1 << 20
_PROLOGUE: Final = 200
#: Where the columns of a sheet are looked for, in bytes, and how many there may be.
_FIRST_ROWS, _MOST_PLAIN = 20_000, 100
_LETTER: Final = re.compile(r'<c r="([A-Z]{1,3})\d')
#: The attributes of a plain cell; the pattern of a row takes in more, since to look closely at each takes longer.
_ATTRIBUTES: Final = re.compile(r'(?: s="\d{1,5}")?(?: t="[snb]")?| t="[snb]" s="\d{1,5}"', re.ASCII)
#: No other attributes: such a row is neither hidden nor of no height.
_ROW: Final = (
    r'<row r="([1-9]\d{{0,6}})"(?: spans="[\d: ]*")?(?: s="\d+")?(?: customFormat="[01]")?(?: ht="[1-9][\d.]*")?'
    r'(?: customHeight="[01]")?{measures}>{cells}</row>'
)
_MEASURES: Final = r'(?: x14ac:dyDescent="[\d.]+")?'
_CELL: Final = r'(?:<c r="{letter}\1"([ st="nb\d]*+)(?:><v>([-+.\dEe]{{1,30}}+)</v></c>|/>|></c>))?+'
_UTF8: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^<>]*?encoding=["'][Uu][Tt][Ff]-8["'][^<>]*\?>[^<]*<""")
_ITEM: Final = re.compile('<si><t(?: xml:space="preserve")?>([^<&\\x00-\\x08\\x0b-\\x1f\ufffe\uffff]*)</t></si>')


@lru_cache
def _plain_row(letters: tuple[str, ...], *, measured: bool) -> re.Pattern[str]:
    """Matches a row of plain cells in some of these columns: its number, then attributes and text of each column.

    Excel's extension for the height of text is known only where its namespace is declared.
    """
    cells = "".join(_CELL.format(letter=letter) for letter in letters)
    return re.compile(_ROW.format(measures=_MEASURES if measured else "", cells=cells), re.ASCII)


def take_plain_rows(part: bytes, take: TakeRows) -> bytes | None:
    """Take the rows of plain cells out of a worksheet part, and give what is left of it.

    None where expat must read the whole part, and what was taken must not be used.
    """
    start, end = part.find(b"<sheetData>"), part.rfind(b"</sheetData>")
    found = _LETTER.findall(part[start : start + _FIRST_ROWS].decode("latin-1")) if start < end else []
    letters = tuple(sorted(set(found), key=lambda letter: (len(letter), letter)))
    if not letters or len(letters) > _MOST_PLAIN or _has_comments(part):
        return None
    left, plain_row = [part[:start]], _plain_row(letters, measured=b"xmlns:x14ac=" in part[:start])
    for block in _blocks(part, start, end):
        pieces = plain_row.split(block)
        groups = 2 + 2 * len(letters)
        between, rows, *contents = (pieces[at::groups] for at in range(groups))
        if not all(map(_ATTRIBUTES.fullmatch, filter(None, set().union(*contents[::2])))):
            return None
        take(letters, rows, contents)
        left.append(_left(between, [f'<row r="{row}"/>' for row in rows]).encode("latin-1"))
    rest = b"".join([*left, part[end:]])
    return rest if _is_simple(rest) else None


def _left(between: list[str], marks: list[str]) -> str:
    """The text between matches, and the mark of the last match of each stretch."""
    last = len(between) - 1
    ends = [at for at, text in enumerate(between) if at and (text or at == last)]
    return "".join([between[0], *(f"{marks[at - 1]}{between[at]}" for at in ends)])


def _blocks(part: bytes, start: int, end: int) -> Iterator[str]:
    """The part from start to end, about a megabyte at a time; no block ends within a tag. A character a byte."""
    while start < end:
        stop = part.find(b"<row", min(start + _BLOCK, end), end)
        stop = end if stop < 0 else stop
        yield part[start:stop].decode("latin-1")
        start = stop


def _is_simple(part: bytes) -> bool:
    """Whether every ``<`` in it begins a tag of the namespaces that the root declares."""
    return (
        _UTF8.match(part[:_PROLOGUE]) is not None
        and not _has_comments(part)
        and (part.count(b"?") == len("??") or part.count(b"<?") == 1)
        and part.find(b"xmlns", max(part.find(b"<sheetData"), part.find(b"<si"))) < 0
    )


def _has_comments(part: bytes) -> bool:
    """Whether there are comments or CDATA; to look for one character takes a tenth of the time."""
    return b"!" in part and b"<!" in part


def read_texts(part: bytes) -> list[str | None]:
    """The texts of a part of shared strings; see :func:`shared_texts`."""
    refuse_too_much(part, part.count(b"<"), MAX_TAGS)
    taken = _plain_texts(part)
    return shared_texts(part) if taken is None else taken


def _plain_texts(part: bytes) -> list[str | None] | None:
    """The texts where all of them are plain; expat must find an empty one in place of each stretch of them."""
    try:
        pieces = _ITEM.split(part.decode())
    except UnicodeDecodeError:
        return None
    left = _left(pieces[::2], ["<si/>"] * (len(pieces) // 2))
    if len(pieces) == 1 or not _is_simple(left.encode()) or b"]]>" in part:
        return None
    if shared_texts(left.encode()) != [None] * left.count("<si/>"):
        return None  # Some are where no texts belong, or there are other ones.
    return [unescaped(text) for text in pieces[1::2]] if b"_x" in part else [text or None for text in pieces[1::2]]
