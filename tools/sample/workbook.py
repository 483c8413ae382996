"""Makes the evidence workbook as an analyst would: frozen header, real dates, some of them typed."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from random import Random
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from scoring.scheme import Scheme
from scoring.scheme.sheets import Column, Kind, Sheet
from tools.sample.story import FULL_WIDTH

Row = dict[str, Any]

#: How often a date is typed as text rather than as a date, and how analysts type it.
TYPED: Final = 0.015
STYLES: Final = (
    "{0.year}.{0.month}.{0.day}",
    "{0.year}/{0.month}/{0.day}",
    "{0.year}年{0.month}月{0.day}日",
    "{0:%Y-%m-%d}",
)
#: How often the digits of a typed date are full-width.
WIDE: Final = 0.2
#: Sheets of at least this many rows have an empty one, as between two batches of typing.
GAPPED: Final = 200
#: How often a text has blanks around it, and a code such as 2.1 is the number that Excel makes of it.
BLANKS, NUMBERED = 0.002, 0.3
SHORT_CODE: Final = re.compile(r"[1-9]\.[1-9]")
WIDTHS: Final = {
    "标题": 58, "描述": 58, "回复内容": 80, "网址": 60, "内容": 44, "备注": 40, "理由": 44, "项目": 24, "发现编号": 38,
    "佐证摘要": 26,
}  # fmt: skip
WRAPPED: Final = {"回复内容", "描述", "理由"}
#: Height of a line, in points.
LINE: Final = 15


def workbook_of(sheets: Mapping[str, list[Row]], scheme: Scheme, rng: Random) -> bytes:
    """The workbook of ``sheets`` (name to rows in the columns' names) with the scheme's sheets, columns and order.

    Parameters
    ----------
    sheets
        Sheet name to its rows; a sheet that is absent gets its header only.
    rng
        Decides which dates are typed as text.
    """
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        # The file's bytes may not depend on the day it is made.
        book.set_properties({"title": "考核证据（示例数据）", "created": _midnight(dt.date(scheme.year + 1, 1, 31))})
        looks = _Looks(book)
        for sheet in scheme.sheets_to_fill_in:
            _write_sheet(book.add_worksheet(sheet.name), sheet, sheets.get(sheet.name, []), looks, rng)
    return content.getvalue()


class _Looks:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        font = {"font_name": "宋体", "font_size": 11, "valign": "top"}
        heading = {"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "valign": "vcenter"}
        self.header: Format = book.add_format(font | heading)
        self.plain: Format = book.add_format(font)
        self.wrapped: Format = book.add_format(font | {"text_wrap": True})
        self.moment: Format = book.add_format(font | {"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        self.date: Format = book.add_format(font | {"num_format": "yyyy-mm-dd", "align": "left"})


def _write_sheet(page: Worksheet, sheet: Sheet, rows: list[Row], looks: _Looks, rng: Random) -> None:
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows) + (len(rows) >= GAPPED), 1), len(sheet.columns) - 1)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, _width(column), looks.plain)
        page.write_string(0, at, column.name, looks.header)
    gap = rng.randrange(len(rows)) if len(rows) >= GAPPED else len(rows)
    for index, row in enumerate(rows):
        number = index + 1 + (index > gap)
        page.set_row(number, LINE * _lines(sheet, row))
        for at, column in enumerate(sheet.columns):
            _write_cell(page, number, at, row.get(column.name), column, looks, rng)


def _lines(sheet: Sheet, row: Row) -> int:
    """Lines that the longest wrapped text of a row takes: a Chinese character is two columns wide."""
    wrapped = [column for column in sheet.columns if column.name in WRAPPED]
    return max((-(-2 * len(row.get(column.name) or "") // _width(column)) for column in wrapped), default=1) or 1


def _width(column: Column) -> int:
    return WIDTHS.get(column.name, {Kind.DATE: 14, Kind.MOMENT: 18}.get(column.kind, 16))


def _write_cell(page: Worksheet, row: int, at: int, value: Any, column: Column, looks: _Looks, rng: Random) -> None:
    if value is None:
        return
    if isinstance(value, dt.date):
        if isinstance(value, dt.datetime):
            page.write_datetime(row, at, value, looks.moment)
        elif rng.random() < TYPED:
            page.write_string(row, at, _typed(value, rng), looks.plain)
        else:
            page.write_datetime(row, at, _midnight(value), looks.date)
    elif isinstance(value, int | float):
        page.write_number(row, at, value, looks.plain)
    elif column.kind is Kind.CODE and SHORT_CODE.fullmatch(value) and rng.random() < NUMBERED:
        page.write_number(row, at, float(value), looks.plain)
    else:
        text = f" {value}　" if rng.random() < BLANKS else value
        page.write_string(row, at, text, looks.wrapped if column.name in WRAPPED else looks.plain)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _typed(day: dt.date, rng: Random) -> str:
    text = rng.choice(STYLES).format(day)
    return text.translate(FULL_WIDTH) if rng.random() < WIDE else text
