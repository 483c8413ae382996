"""Writing texts into workbooks."""

from __future__ import annotations

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet


def write_text(page: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """Write a cell that is always text: never a formula, and never XlsxWriter's own XML of rich text."""
    if text.startswith("<r>") and text.endswith("</r>"):
        page.write_rich_string(row, column, text[:1], look, text[1:], look)
    else:
        page.write_string(row, column, text, look)
