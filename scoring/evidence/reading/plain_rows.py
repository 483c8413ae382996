"""Rows of plain cells, and plain texts, taken out of a part by a pattern: much faster than expat's events.

Every run of matched rows or texts is replaced by a single empty one, and expat reads the part that is left. So the part
is known to be well-formed, and expat handles everything that the pattern does not match. If the part has anything that
could change the meaning of the matches (comments, CDATA, inner namespaces), expat reads all of it instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from scoring.evidence.reading.events import MAX_TAGS, refuse_too_much, shared_texts, unescaped

#: Takes the rows of a block: letters of the columns, numbers of the rows, and for each column two sequences, the
#: attributes and the texts of its cells, None where there is no cell.
TakeRows = Callable[[Sequence[str], Sequence[str], Sequence[Sequence[str | None]]], None]

_BLOCK: Final = 1 << 20
_PROLOGUE: Final = 200
#: How many bytes are searched for the columns of a sheet, and how many columns there may be.
_FIRST_ROWS, _MOST_PLAIN = 20_000, 100
_LETTER: Final = re.compile(r'<c r="([A-Z]{1,3})\d')
#: The attributes of a plain cell; the pattern of a row allows more, which is faster; they are checked afterwards.
_ATTRIBUTES: Final = re.compile(r'(?: s="\d{1,5}")?(?: t="[snb]")?| t="[snb]" s="\d{1,5}"', re.ASCII)
#: No other attributes, so such a row is not hidden and has a height.
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

    ``measured``: whether the namespace of Excel's extension for text height is declared.
    """
    cells = "".join(_CELL.format(letter=letter) for letter in letters)
    return re.compile(_ROW.format(measures=_MEASURES if measured else "", cells=cells), re.ASCII)


def take_plain_rows(part: bytes, take: TakeRows) -> bytes | None:
    """Take the rows of plain cells out of a worksheet part; returns what is left of it.

    None means that expat must read the whole part, and that what was taken must be discarded.
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
    """The text between matches, with one mark for each run of matches."""
    last = len(between) - 1
    ends = [at for at, text in enumerate(between) if at and (text or at == last)]
    return "".join([between[0], *(f"{marks[at - 1]}{between[at]}" for at in ends)])


def _blocks(part: bytes, start: int, end: int) -> Iterator[str]:
    """The part from start to end, in blocks of about a megabyte that do not split a tag; one character per byte."""
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
    """Whether there are comments or CDATA; searching for a single character first is ten times as fast."""
    return b"!" in part and b"<!" in part


def read_texts(part: bytes) -> list[str | None]:
    """The texts of a part of shared strings; see :func:`shared_texts`."""
    refuse_too_much(part, part.count(b"<"), MAX_TAGS)
    taken = _plain_texts(part)
    return shared_texts(part) if taken is None else taken


def _plain_texts(part: bytes) -> list[str | None] | None:
    """The texts if all are plain: expat must then find nothing but the marks that replace them."""
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
