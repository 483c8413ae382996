"""A workbook under construction: sheets with a banner, a header row that stays, widths, filters and a print set-up."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from scoring.base.characters import breadth
from scoring.base.files import write_bytes
from scoring.base.xlsx import write_text

#: Excel counts a cell's text in UTF-16 units.
CELL_LIMIT: Final = 32_767
CUT: Final = "……（全文见佐证工作簿）"
LINE: Final = 15.0  # Points of a line of text.
ROW: Final = 12 * LINE  # Maximum height of a row; else a quoted letter could fill the page.
A4: Final = 9
#: Outline options of a folded row or column, and of the one next to it with the button that opens it.
FOLDED: Final = {"level": 1, "hidden": True}
OPENS: Final = {"collapsed": True}
SAMPLE: Final = "示例数据"

_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")

# --- What cells look like -----------------------------------------------------------------------------------------

FONT: Final = "微软雅黑"

_BORDER: Final = {"border": 1, "border_color": "#BFBFBF"}
_CELL: Final = {**_BORDER, "valign": "top"}
_INPUT: Final = {"bg_color": "#FFF8DC", "font_color": "#1F3864"}
_GROUP: Final = {"bold": True, "bg_color": "#E8EEF7"}

#: Name to XlsxWriter properties. Yellow cells are those that an auditor may change; what is computed stays white.
STYLES: dict[str, dict[str, Any]] = {
    "banner": {"bold": True, "font_size": 12, "font_color": "#FFFFFF", "bg_color": "#C00000", "align": "center"},
    "title": {"bold": True, "font_size": 14, "font_color": "#1F3864", "valign": "vcenter"},
    "note": {"font_size": 9, "font_color": "#595959", "text_wrap": True, "valign": "vcenter"},
    "heading": {"bold": True, "font_size": 11, "font_color": "#1F3864", "bottom": 2, "bottom_color": "#1F3864"},
    "header": {
        **_BORDER,
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": "#1F3864",
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
    },
    "label": {**_CELL, "bold": True, "bg_color": "#F2F2F2"},
    "text": {**_CELL},
    "wrapped": {**_CELL, "text_wrap": True},
    "centred": {**_CELL, "align": "center"},
    "points": {**_CELL, "align": "right"},
    "score": {**_CELL, "bold": True, "align": "right"},
    "count": {**_CELL, "align": "right"},
    "date": {**_CELL, "num_format": "yyyy-mm-dd", "align": "center"},
    "points-input": {**_CELL, **_INPUT, "align": "right"},
    "choice-input": {**_CELL, **_INPUT, "align": "center"},
    "result": {**_CELL, "bold": True, "font_size": 12, "align": "left"},
    "left": {**_CELL, "align": "left"},
    "end": {"italic": True, "font_size": 9, "font_color": "#7F7F7F"},
}
# The same cells on the row of a node that has others under it.
_SUMMED = ("text", "wrapped", "centred", "points", "score", "count")
STYLES |= {f"group-{name}": {**STYLES[name], **_GROUP} for name in _SUMMED}

# --- Cells and columns --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Formula:
    """A live formula, with the value for viewers that do not recalculate."""

    text: str
    value: float | str


Value = str | float | dt.date | Formula | None


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    key: str
    title: str
    width: float  # in characters
    style: str = "text"  # a name of STYLES
    technical: bool = False  # only formulas need it: it is folded away, one click opens it


def cell_text(text: str) -> str:
    """Text that a cell can hold: without characters that XML forbids, and visibly cut when too long."""
    text = _NOT_IN_XML.sub("\ufffd", text)
    if len(text.encode("utf-16-le")) // 2 <= CELL_LIMIT:
        return text
    kept = text.encode("utf-16-le")[: 2 * (CELL_LIMIT - len(CUT))]
    return kept.decode("utf-16-le", errors="ignore") + CUT


def quoted(text: str) -> str:
    """A text inside a formula."""
    return '"' + text.replace('"', '""') + '"'


class Book:
    """A workbook with the same bytes for the same content.

    Its title is printed on every page; it is dated 1 January after the year assessed. A banner stands on top of every
    sheet, and then every printed page says 示例数据. All sheets are named beforehand, in their order, since one may be
    written after another that it refers to.
    """

    def __init__(self, title: str, year: int, banner: str, sheets: Sequence[str]) -> None:
        self.title, self.banner = title, banner
        self._buffer = io.BytesIO()
        self.workbook = xlsxwriter.Workbook(
            self._buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": FONT, "font_size": 10},
            },
        )
        self.workbook.set_properties({"title": title, "created": dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC)})
        self.sheets = {name: self.workbook.add_worksheet(name) for name in sheets}
        self.filled: list[Sheet] = []
        self._formats: dict[tuple[str, int], Any] = {}

    def style(self, name: str, indent: int = 0) -> Any:
        """The cell format of that name, with this indent."""
        if (name, indent) not in self._formats:
            moved = {"indent": indent, "align": "left"} if indent else {}
            properties = {"font_name": FONT, "font_size": 10, **STYLES[name], **moved}
            self._formats[name, indent] = self.workbook.add_format(properties)
        return self._formats[name, indent]

    def save(self, path: Path) -> None:
        """Write the file in one move."""
        for sheet in self.filled:
            sheet.close()
        self.workbook.close()
        write_bytes(path, self._buffer.getvalue(), make_folder=False)


class Sheet:
    """One sheet of a book, filled from the top; rows and columns count from 0.

    Parameters
    ----------
    columns
        The widest table of the sheet; its keys name the cells of :meth:`row`.
    landscape, pages
        Whether it is printed across, and how many pages long it may be (0 for as many as it takes).
    print_to
        Key of the last column that is printed; all are when None.
    """

    def __init__(
        self,
        book: Book,
        name: str,
        columns: Sequence[Column],
        title: str,
        *,
        landscape: bool = False,
        pages: int = 0,
        print_to: str | None = None,
    ) -> None:
        self.book, self.name, self.columns = book, name, tuple(columns)
        self.at = {column.key: number for number, column in enumerate(columns)}
        self.sheet = book.sheets[name]
        book.filled.append(self)
        self.last = len(columns) - 1 if print_to is None else self.at[print_to]
        self.next = self.head = 0
        for number, column in enumerate(columns):
            self.sheet.set_column(number, number, column.width, None, FOLDED if column.technical else {})
        if columns[-1].technical:
            self.sheet.set_column(len(columns), len(columns), None, None, OPENS)
        self.sheet.outline_settings(symbols_below=False)
        if book.banner:
            self.merged(book.banner, "banner", height=22)
        self.merged(title, "title", height=26)
        self.sheet.repeat_rows(0, self.next - 1)
        if landscape:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, pages)
        self.sheet.set_paper(A4)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        sample = f"&C{SAMPLE}" if book.banner else ""
        self.sheet.set_header(f"&L{book.title.replace('&', '&&')[:120]}{sample}&R{name}")
        self.sheet.set_footer("&C第 &P 页，共 &N 页")

    def merged(self, value: Value, style: str, *, height: float | None = None) -> None:
        """A row of its own across all that is printed."""
        self.span(0, self.last, value, style)
        self.skip(height=height)

    def note(self, text: str) -> None:
        """Small print across the sheet, as high as it needs."""
        width = sum(column.width for column in self.columns[: self.last + 1])
        self.merged(text, "note", height=_height([(text, width)]))

    def heading(self, text: str) -> None:
        """A heading over what follows, after an empty row."""
        self.skip()
        self.merged(text, "heading", height=20)

    def skip(self, *, height: float | None = None) -> None:
        """Go to the next row."""
        if height is not None:
            self.sheet.set_row(self.next, height)
        self.next += 1

    def span(self, first: int, last: int, value: Value, style: str) -> None:
        """A value over several columns of the current row."""
        if last > first:
            self.sheet.merge_range(self.next, first, self.next, last, "", self.book.style(style))
        self.put(first, value, style)

    def put(self, column: int, value: Value, style: str, indent: int = 0) -> None:
        """Write one cell of the current row; a text is never taken for a formula, a number or an address."""
        cell_format = self.book.style(style, indent)
        match value:
            case None:
                self.sheet.write_blank(self.next, column, None, cell_format)
            case Formula(text, shown):
                cached: str | float = cell_text(shown) if isinstance(shown, str) else shown
                if isinstance(cached, float) and cached.is_integer():
                    cached = int(cached)  # Viewers that do not recalculate would show 60.0.
                self.sheet.write_formula(self.next, column, text, cell_format, cached)
            case str():
                write_text(self.sheet, self.next, column, cell_text(value), cell_format)
            case dt.date():
                self.sheet.write_datetime(self.next, column, value, cell_format)
            case _:
                self.sheet.write_number(self.next, column, value, cell_format)

    def table(
        self,
        titles: Sequence[str],
        styles: Sequence[str],
        rows: Iterable[Sequence[Value]],
        spans: Sequence[tuple[int, int]] = (),
    ) -> None:
        """A small table of its own: a cell a column, or as ``spans`` puts columns together."""
        places = spans or [(column, column) for column in range(len(titles))]
        widths = [sum(column.width for column in self.columns[first : last + 1]) for first, last in places]
        for values, looks in [(titles, ["header"] * len(titles)), *((row, styles) for row in rows)]:
            self._fit_row(zip(values, widths, strict=True))
            for (first, last), value, style in zip(places, values, looks, strict=True):
                self.span(first, last, value, style)
            self.skip()

    def _fit_row(self, cells: Iterable[tuple[Value, float]], outline: Mapping[str, Any] | None = None) -> None:
        """Fit the height of the current row to its texts, since not every program does so."""
        height = _height(((value, width) for value, width in cells if isinstance(value, str)), ROW)
        if height > LINE or outline:
            self.sheet.set_row(self.next, height, None, outline)

    def header(self, *, freeze: int | None = None) -> None:
        """The row of titles, repeated on every page; with ``freeze``, it and this many columns stay on screen."""
        self.head = self.next
        for number, column in enumerate(self.columns):
            self.put(number, column.title, "header")
        if freeze is not None:
            self.sheet.freeze_panes(self.next + 1, freeze)
            self.sheet.repeat_rows(self.next)
        self.skip(height=4 + _height((column.title, column.width) for column in self.columns))

    def row(
        self,
        values: Mapping[str, Value],
        *,
        group: bool = False,
        styles: Mapping[str, str] | None = None,
        indent: int = 0,
        outline: Mapping[str, Any] | None = None,
    ) -> int:
        """Write a row of the table, as high as its printed cells need, and return its number.

        A ``group`` sums up others; ``styles`` are those of cells that look different from their column; ``indent``
        moves what stands in ``name``.
        """
        wrapped = [column for column in self.columns[: self.last + 1] if column.style == "wrapped"]
        self._fit_row(((values.get(column.key), column.width) for column in wrapped), outline)
        for number, column in enumerate(self.columns):
            style = (styles or {}).get(column.key, f"group-{column.style}" if group else column.style)
            self.put(number, values.get(column.key), style, indent if column.key == "name" else 0)
        self.next += 1
        return self.next - 1

    def cell(self, key: str, row: int, *, fixed: bool = False) -> str:
        """A cell's address, such as ``C7``."""
        return str(xl_rowcol_to_cell(row, self.at[key], row_abs=fixed, col_abs=fixed))

    def elsewhere(self, key: str, row: int) -> str:
        """A cell's address as another sheet refers to it."""
        return f"'{self.name}'!{self.cell(key, row, fixed=True)}"

    def range(self, key: str, first: int, last: int) -> str:
        """A column's cells as another sheet refers to them."""
        letters = xl_col_to_name(self.at[key], col_abs=True)
        return f"'{self.name}'!{letters}${first + 1}:{letters}${last + 1}"

    def filter(self) -> None:
        """Put filters on the header of the table that ends here."""
        self.sheet.autofilter(self.head, 0, max(self.next - 1, self.head), len(self.columns) - 1)

    def close(self) -> None:
        """Set what is printed; codes such as 3.2 are text on purpose, which Excel need not point out."""
        everything = f"A1:{xl_col_to_name(len(self.columns) - 1)}{self.next + 1}"
        self.sheet.ignore_errors({"number_stored_as_text": everything})
        self.sheet.print_area(0, 0, max(self.next - 1, 0), self.last)


def _height(texts: Iterable[tuple[str, float]], most: float = 409) -> float:
    """Height of a row in points for texts in cells of these widths; Excel's maximum is 409."""
    lines = max((_lines(text, width - 1) for text, width in texts), default=1)
    return LINE if lines == 1 else min(most, LINE * lines + 3)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a cell so many characters wide."""
    return sum(max(1, ceil(breadth(line) / max(width, 1))) for line in text.split("\n"))
