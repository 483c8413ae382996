"""Sizes of a notice on paper, and how many pages it takes: the same for the PDF and for Word.

Word and LibreOffice tell their pages only when they open a file, so pages are reckoned here: Chinese letters are
squares, lines have a fixed height, and columns a fixed width.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from scoring.report.notice.items import Detail, Row, Runs

if TYPE_CHECKING:
    from scoring.report.notice.content import Notice

POINTS_PER_MM: Final = 72 / 25.4

#: A4 with the margins of every report, in mm.
PAGE_WIDTH, PAGE_HEIGHT = 210, 297
MARGIN_TOP, MARGIN_SIDE, MARGIN_BOTTOM = 24, 18, 20
#: Columns of the table, in mm. Clause, problems and advice share one: they differ too much in length to stand abreast.
COLUMNS: Final = (11, 148, 15)
#: Line by line.
HEADERS: Final = (("序号",), ("整改事项（考核条款、问题与佐证、整改建议）",), ("失分",))
#: Spaces, in mm: beside a cell's text, before a heading, after the title, before what is filled in by hand.
CELL_SIDE, BEFORE_HEADING, AFTER_TITLE, BEFORE_CLOSING = 1.5, 2.0, 4.0, 3.0

#: Of a row, in points.
BORDER: Final = 0.75
#: Pages are taken for a little smaller than they are: letters are reckoned, not measured.
FILLED: Final = 0.96


def columns(*, has_points: bool) -> tuple[int, ...]:
    """The widths of the table's columns in mm; without points, the items are so much wider."""
    number, item, points = COLUMNS
    return COLUMNS if has_points else (number, item + points)


@dataclass(frozen=True)
class Layout:
    """How a notice is set.

    Attributes
    ----------
    text, table
        Sizes of letters in points.
    paragraphs
        How many paragraphs an item takes.
    brief
        Whether vetoes are told briefly.
    line
        Height of a line, in sizes of its letters.
    after, cell
        Spaces in mm: after a paragraph; above and below a cell's text.
    """

    text: float
    table: float
    paragraphs: int = 3
    brief: bool = False
    line: float = 1.42
    after: float = 1.2
    cell: float = 0.6

    @property
    def title(self) -> float:
        """Size of the title."""
        return self.text + 6

    @property
    def heading(self) -> float:
        """Size of a part's heading."""
        return self.text + 1


#: From roomy to dense; the tight ones are for a site with everything against it.
ROOMY: Final = tuple(Layout(text, text - 1) for text in (12, 11.5, 11, 10.5, 10))
DENSE: Final = tuple(Layout(text, text - 1, paragraphs=2) for text in (9.5, 9))
TIGHT: Final = tuple(
    Layout(text, text - 1, paragraphs=1, brief=True, line=1.33, after=0.7, cell=0.35) for text in (9, 8.5, 8, 7.5)
)
#: From tersest to fullest.
LADDER: Final = (
    Detail(findings=0, letters=0, advice=1),
    Detail(findings=0, letters=0, advice=3),
    Detail(findings=0, letters=0, advice=99),
    Detail(findings=1, letters=60, advice=99),
    Detail(findings=1, letters=120, advice=99),
    Detail(findings=2, letters=120, advice=99),
    Detail(findings=3, letters=200, advice=99),
)
#: What is tried, in order: a finding of every item in letters easily read, then fewer words, then smaller letters.
TRIED: Final = (
    *((3, layout) for layout in (*ROOMY, DENSE[0])),
    *((rung, layout) for layout in DENSE for rung in (2, 1, 0)),
    *((0, layout) for layout in TIGHT),
)


@dataclass(frozen=True)
class Block:
    """What is not torn apart between pages: its height in points, and of a row that of the header repeated over it."""

    height: float
    header: float = 0


def pages_needed(notice: Notice) -> int:
    """How many pages the notice takes, reckoned."""
    page = (PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM) * POINTS_PER_MM * FILLED
    pages, used = 1, 0.0
    for block in _blocks(notice):
        if used + block.height > page:
            pages, used = pages + 1, block.header
        used += block.height
    return pages


def _blocks(notice: Notice) -> Iterator[Block]:
    layout = notice.layout
    paragraph = layout.text * layout.line + _mm(layout.after)
    if notice.sample:
        yield Block(_mm(11))
    yield Block(_text(notice.title, layout.title, layout) + _mm(AFTER_TITLE))
    yield Block(paragraph + _paragraph(notice.opening, layout))
    for part, _ in notice.parts:
        heading = layout.heading * layout.line + _mm(BEFORE_HEADING + layout.after)
        match part:
            case "vetoes":
                yield Block(heading + _paragraph(notice.veto_intro, layout))
                for entry in notice.vetoes:
                    yield Block((paragraph if entry.heading else 0) + _paragraph(_told(entry.runs), layout))
            case "items":
                yield from _table(notice, heading)
                yield Block(_mm(layout.after))
            case "pending":
                yield Block(heading)
                yield from (Block(_paragraph(line, layout)) for line in notice.pending)
    yield from (Block(_paragraph(line, layout)) for line in notice.remarks)
    yield Block(3 * paragraph + _mm(BEFORE_CLOSING))


def _table(notice: Notice, heading: float) -> Iterator[Block]:
    layout = notice.layout
    header = max(map(len, HEADERS)) * layout.table * layout.line + _mm(2 * layout.cell)
    for row in notice.rows:
        yield Block(_row(row, layout) + (heading + header if row.number == 1 else 0), header)


def _row(row: Row, layout: Layout) -> float:
    width = columns(has_points=row.points is not None)[1] - 2 * CELL_SIDE
    texts = sum(_text(_told(runs), layout.table, layout, width) for runs in row.paragraphs(layout.paragraphs))
    return texts + _mm(2 * layout.cell) + BORDER


def _told(runs: Runs) -> str:
    return "".join(map("".join, runs))


def _paragraph(text: str, layout: Layout) -> float:
    return _text(f"　　{text}", layout.text, layout) + _mm(layout.after)


def _text(text: str, size: float, layout: Layout, width: float = PAGE_WIDTH - 2 * MARGIN_SIDE) -> float:
    """Height of a text of letters so large in a column so wide (mm)."""
    return lines(text, math.floor(_mm(width) / size)) * size * layout.line


def _mm(length: float) -> float:
    return length * POINTS_PER_MM


_PIECES = re.compile(r"[!-~]+|.", re.DOTALL)
#: Marks that no line begins with: they take the letter before them along.
_NOT_FIRST = frozenset("，。、；：？！”’）》】…—%～")


@lru_cache(maxsize=4096)  # the same texts are tried again with other texts beside them
def lines(text: str, letters: int) -> int:
    """How many lines a text takes where ``letters`` Chinese letters stand in one.

    >>> lines("按期报送", 4), lines("按期报送。", 4), lines("", 4)
    (1, 2, 0)
    """
    count, used = (1 if text else 0), 0.0
    for piece in _PIECES.findall(text):
        width = sum(map(_width, piece))
        if used + width > letters:
            kept = 1.0 if piece in _NOT_FIRST else 0.0
            count, used = count + 1, kept
            count += int(width // letters)
            width %= letters
        used += width
    return count


def _width(letter: str) -> float:
    """Width in Chinese letters; of others the broad side of what fonts have."""
    if letter.isascii():
        return 0.72 if letter.isupper() or letter in "@%&—" else 0.57
    return 0 if unicodedata.combining(letter) else 1
