"""What a notice says as blocks, its sizes on paper, and how many pages it takes: the same for the PDF and for Word.

Word and LibreOffice count pages only when they open a file, so pages are estimated here: Chinese letters are squares,
lines have a fixed height, and columns a fixed width.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from scoring.report.notice.items import Detail, labelled
from scoring.report.view.blocks import Block, Text, column, group, heading, paragraph, plain, strong, table

if TYPE_CHECKING:
    from scoring.report.notice.content import Notice

POINTS_PER_MM: Final = 72 / 25.4
SAMPLE_LINE: Final = "示例数据　本通知依虚构的示例佐证生成，不是任何单位的真实考核结果"
#: What the office fills in by hand; a rulebook sets no deadline.
CLOSING: Final = (
    "整改期限：＿＿＿＿年＿＿月＿＿日",
    "签发单位（盖章）：＿＿＿＿＿＿＿＿＿＿",
    "签发日期：＿＿＿＿年＿＿月＿＿日",
)

#: A4 with the margins of every report, in mm.
PAGE_WIDTH, PAGE_HEIGHT = 210, 297
MARGIN_TOP, MARGIN_SIDE, MARGIN_BOTTOM = 24, 18, 20
#: Columns of the table, in mm. Clause, problems and advice share one, since their lengths differ too much.
COLUMNS: Final = (11, 148, 15)
#: Spaces, in mm: beside a cell's text, before a heading, after the title, before the lines filled in by hand.
CELL_SIDE, BEFORE_HEADING, AFTER_TITLE, BEFORE_CLOSING = 1.5, 2.0, 4.0, 3.0

#: Border of a row, in points.
BORDER: Final = 0.75
#: Safety margin of a page's height, since letters are estimated, not measured.
FILLED: Final = 0.96


def columns(count: int) -> tuple[int, ...]:
    """The widths of this many columns in mm; without points, the items are wider."""
    number, item, points = COLUMNS
    return COLUMNS if count == len(COLUMNS) else (number, item + points)


@dataclass(frozen=True)
class Layout:
    """How a notice is set."""

    text: float  # size of letters in points
    table: float  # the same in the table
    paragraphs: int = 3  # how many an item takes
    brief: bool = False  # whether vetoes are described briefly
    line: float = 1.42  # height of a line, in sizes of its letters
    after: float = 1.2  # space after a paragraph, in mm
    cell: float = 0.6  # space above and below a cell's text, in mm

    @property
    def title(self) -> float:
        """Size of the title."""
        return self.text + 6

    @property
    def heading(self) -> float:
        """Size of a part's heading."""
        return self.text + 1


#: From roomy to dense; the tight ones are for sites with very many items.
ROOMY: Final = tuple(Layout(text, text - 1) for text in (12, 11.5, 11, 10.5, 10))
DENSE: Final = tuple(Layout(text, text - 1, paragraphs=2) for text in (9.5, 9))
TIGHT: Final = tuple(
    Layout(text, text - 1, paragraphs=1, brief=True, line=1.33, after=0.7, cell=0.35) for text in (9, 8.5, 8, 7.5)
)
#: Levels of detail, from tersest to fullest.
LADDER: Final = (
    Detail(findings=0, letters=0, advice=1),
    Detail(findings=0, letters=0, advice=3),
    Detail(findings=0, letters=0, advice=99),
    Detail(findings=1, letters=60, advice=99),
    Detail(findings=1, letters=120, advice=99),
    Detail(findings=2, letters=120, advice=99),
    Detail(findings=3, letters=200, advice=99),
)
#: Level and layout to try, in order: one finding per item in large letters, then less text, then smaller letters.
TRIED: Final = (
    *((3, layout) for layout in (*ROOMY, DENSE[0])),
    *((rung, layout) for layout in DENSE for rung in (2, 1, 0)),
    *((0, layout) for layout in TIGHT),
)


def notice_blocks(notice: Notice) -> list[Block]:
    """The blocks of a notice; a line break in a cell begins a paragraph."""
    return [
        heading(1, notice.title),
        *([paragraph(SAMPLE_LINE, role="sample")] if notice.sample else []),
        *([paragraph(f"编号：{notice.number}")] if notice.number else []),
        paragraph(strong(f"{notice.department}：")),
        paragraph(notice.opening, role="indented"),
        *(block for part, title in notice.parts for block in _part(notice, part, title)),
        *(paragraph(line, role="indented") for line in notice.remarks),
        group("closing", map(paragraph, notice.closing)),
    ]


def _part(notice: Notice, part: str, title: str) -> Iterator[Block]:
    yield heading(2, title)
    match part:
        case "vetoes":
            yield paragraph(notice.veto_intro, role="indented")
            for entry in notice.vetoes:
                if entry.heading:
                    yield heading(3, entry.heading)
                yield paragraph(*labelled(entry.runs), role="indented")
        case "items":
            yield _items(notice)
        case _:
            yield from (paragraph(line, role="indented") for line in notice.pending)


def _items(notice: Notice) -> Block:
    has_points = any(row.points is not None for row in notice.rows)
    columns = [column("序号", number=True), column("整改事项（考核条款、问题与佐证、整改建议）")]
    rows: list[list[Text]] = [[str(row.number), row.cell(notice.layout.paragraphs)] for row in notice.rows]
    if has_points:
        columns.append(column("失分", number=True))
        rows = [[*cells, str(row.points)] for cells, row in zip(rows, notice.rows, strict=True)]
    return table(columns, rows, label="整改事项")


# --- Its length ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """Something kept on one page: its height in points and, for a table's row, that of the repeated header."""

    height: float
    header: float = 0


def pages_needed(notice: Notice) -> int:
    """How many pages the notice takes, by estimate."""
    return pages_of(notice_blocks(notice), notice.layout)


def pages_of(blocks: Iterable[Block], layout: Layout) -> int:
    """How many pages the blocks of a paper take, by estimate."""
    page = (PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM) * POINTS_PER_MM * FILLED
    pages, used = 1, 0.0
    for unit in _units(blocks, layout):
        if used + unit.height > page:
            pages, used = pages + 1, unit.header
        used += unit.height
    return pages


def _units(blocks: Iterable[Block], layout: Layout) -> Iterator[Unit]:
    """The blocks as units; a heading stays with what follows it."""
    above = 0.0
    for block in blocks:
        for unit in _units_of(block, layout):
            if block["kind"] == "heading" and block["level"] > 1:
                above += unit.height
            else:
                yield Unit(unit.height + above, unit.header)
                above = 0


def _units_of(block: Block, layout: Layout) -> Iterator[Unit]:
    match block["kind"]:
        case "heading" if block["level"] == 1:
            yield Unit(_text(plain(block["text"]), layout.title, layout) + _mm(AFTER_TITLE))
        case "heading" if block["level"] == 2:  # noqa: PLR2004 - a part's heading
            yield Unit(layout.heading * layout.line + _mm(BEFORE_HEADING + layout.after))
        case "heading":
            yield Unit(layout.text * layout.line + _mm(layout.after))
        case "paragraph" if block["role"] == "sample":
            yield Unit(_mm(11))
        case "paragraph":
            yield Unit(_paragraph(plain(block["text"]), layout))
        case "table":
            header = layout.table * layout.line + _mm(2 * layout.cell)
            width = columns(len(block["columns"]))[1] - 2 * CELL_SIDE
            for number, row in enumerate(block["rows"]):  # the item's cell decides; the others have one line
                texts = sum(_text(text, layout.table, layout, width) for text in plain(row[1]).split("\n"))
                yield Unit(texts + _mm(2 * layout.cell) + BORDER + (0 if number else header), header)
            yield Unit(_mm(layout.after))
        case "group":
            lines = [_paragraph(plain(one["text"]), layout) for one in block["blocks"]]
            yield Unit(sum(lines) + _mm(BEFORE_CLOSING))


def _paragraph(text: str, layout: Layout) -> float:
    return _text(f"　　{text}", layout.text, layout) + _mm(layout.after)


def _text(text: str, size: float, layout: Layout, width: float = PAGE_WIDTH - 2 * MARGIN_SIDE) -> float:
    """Height of a text in points, by type size and column width (mm)."""
    return lines(text, math.floor(_mm(width) / size)) * size * layout.line


def _mm(length: float) -> float:
    return length * POINTS_PER_MM


_PIECES = re.compile(r"[!-~]+|.", re.DOTALL)
#: Marks that cannot begin a line; the letter before them wraps with them.
_NOT_FIRST = frozenset("，。、；：？！”’）》】…—%～")


@lru_cache(maxsize=4096)  # the same texts are measured in many attempts
def lines(text: str, letters: int) -> int:
    """How many lines a text takes, with ``letters`` Chinese letters per line.

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
    """Width in Chinese letters; for others an upper estimate."""
    if letter.isascii():
        return 0.72 if letter.isupper() or letter in "@%&—" else 0.57
    return 0 if unicodedata.combining(letter) else 1


# --- Columns of any table -------------------------------------------------------------------------------------------


def shared_widths(block: Block, layout: Layout) -> list[float]:
    """The widths in mm of a table's columns: those that are whole as wide as their longest cell, the others share."""
    columns, letter = block["columns"], layout.table / POINTS_PER_MM
    cells = [
        [column["name"] for column in columns],
        *(map(plain, row) for row in (*block["rows"], block["foot"]) if row),
    ]
    longest = [max(sum(map(_width, text)) for text in texts) for texts in zip(*cells, strict=True)]
    whole = [column["whole"] for column in columns]
    needed = [letter * letters + 2 * CELL_SIDE + 1 if own else 0 for letters, own in zip(longest, whole, strict=True)]
    shares = [0 if own else column["share"] for column, own in zip(columns, whole, strict=True)]
    left = PAGE_WIDTH - 2 * MARGIN_SIDE - sum(needed)
    return [width + left * share / (sum(shares) or 1) for width, share in zip(needed, shares, strict=True)]
