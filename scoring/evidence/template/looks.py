"""The cell formats of the blank workbook, and how much room a text takes."""

from __future__ import annotations

import math
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from scoring.base.characters import breadth
from scoring.scheme.sheets import ATTACHED, Column, Kind

FONT: Final = "微软雅黑"
#: Height of a line, in points.
LINE: Final = 16.5
NARROWEST, WIDEST = 12, 60

_HEADER: Final = {"bold": True, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF"}
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "required": {**_HEADER, "font_color": "#FFFFFF", "bg_color": "#1F3864"},
    "voluntary": {**_HEADER, "bold": False, "font_color": "#1F3864", "bg_color": "#DDEBF7"},
    "automatic": {**_HEADER, "bold": False, "italic": True, "font_color": "#595959", "bg_color": "#EDEDED"},
    "missing": {"bg_color": "#FFE699", "valign": "vcenter"},
    "repeated": {"bg_color": "#F8CBAD", "font_color": "#9C0006", "valign": "vcenter"},
    "any": {"valign": "top"},
    "text": {"valign": "top", "text_wrap": True},
    "code": {"valign": "top", "num_format": "@"},
    "date": {"valign": "top", "num_format": "yyyy-mm-dd", "align": "left"},
    "moment": {"valign": "top", "num_format": "yyyy-mm-dd hh:mm", "align": "left"},
    "number": {"valign": "top", "align": "left"},
    "title": {"bold": True, "font_size": 16, "font_color": "#1F3864", "valign": "vcenter"},
    "heading": {"bold": True, "font_size": 12, "font_color": "#1F3864", "bottom": 2, "bottom_color": "#1F3864"},
    "paragraph": {"text_wrap": True, "valign": "vcenter"},
    "cell": {"text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF", "num_format": "@"},
}
_BY_KIND: Final = {
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.MOMENT: "moment",
    Kind.NUMBER: "number",
    **dict.fromkeys((Kind.CODE, Kind.REFERENCE, Kind.HOST), "code"),
    **dict.fromkeys((Kind.CHOICE, Kind.ANY), "any"),
}


class Looks:
    """The cell formats of one workbook, by name."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        hints = {"missing", "repeated"}  # A conditional format may not name a font.
        self._formats: dict[str, Format] = {
            name: book.add_format(style if name in hints else {"font_name": FONT, "font_size": 10, **style})
            for name, style in _STYLES.items()
        }

    def __getitem__(self, name: str) -> Format:
        return self._formats[name]

    def of(self, column: Column) -> Format:
        """The format of a column's cells."""
        return self[_BY_KIND[column.kind]]


def set_up(sheet: Worksheet) -> None:
    """Freeze the first row; print on A4 landscape, fitted to the page's width."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def necessity(column: Column) -> str:
    """The style of a header: required, optional, or filled in by the program."""
    is_automatic = column.optional and column != ATTACHED
    return "automatic" if is_automatic else "required" if column.required else "voluntary"


def width(column: Column, year: int) -> int:
    """The width of a column: its title and its example fit."""
    return min(WIDEST, max(NARROWEST, breadth(column.name) + 4, breadth(column.example_of(year)) + 4))


def height(text: str, columns: float) -> float:
    """Height in points of a text wrapped in a cell of this width."""
    return LINE * sum(max(1, math.ceil(breadth(line) / columns)) for line in text.split("\n")) + 2
