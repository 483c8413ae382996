"""Evidence workbooks as plain rows, and the calendar that the rulebook counts with."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

YEAR = 2017
DATE_TEXT = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")

#: The State Council's calendar for 2017: days off that fall on weekdays, weekend days that are worked.
HOLIDAYS = {
    date(2017, 1, 2),
    *(date(2017, 1, 27) + timedelta(n) for n in range(7)),
    *(date(2017, 4, 2) + timedelta(n) for n in range(3)),
    *(date(2017, 4, 29) + timedelta(n) for n in range(3)),
    *(date(2017, 5, 28) + timedelta(n) for n in range(3)),
    *(date(2017, 10, 1) + timedelta(n) for n in range(8)),
    *(date(2017, 12, 30) + timedelta(n) for n in range(3)),
}
MADE_UP = {date(2017, 1, 22), date(2017, 2, 4), date(2017, 4, 1), date(2017, 5, 27), date(2017, 9, 30)}


def text(value: Any) -> str:
    """The text of a cell as meant: no blanks around it, ordinary digits and letters."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def day(value: Any) -> date | None:
    """The day in a cell, whether Excel's own or one of the four written forms."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    written = text(value)
    if not written:
        return None
    found = DATE_TEXT.fullmatch(written)
    if found is None:
        raise ValueError(f"not a day: {written!r}")
    return date(*(int(part) for part in found.groups()))


def number(value: Any) -> Fraction | None:
    """An exact number, read from how it is written."""
    written = text(value)
    return Fraction(written) if written else None


def add_months(start: date, months: int) -> date:
    """Calendar months later (or earlier), the day cut to the month's last."""
    count = start.year * 12 + start.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def is_working_day(when: date) -> bool:
    """Working days are those of the State Council's yearly calendar, make-up workdays (调休) included."""
    if when in MADE_UP:
        return True
    return when.weekday() < 5 and when not in HOLIDAYS


def working_day(receipt: date, count: int) -> date:
    """Day 1 is the first working day after receipt."""
    when = receipt
    while count > 0:
        when += timedelta(1)
        if is_working_day(when):
            count -= 1
    return when


@dataclass
class Row:
    """One row of a sheet: its number in Excel, and its cells by column name."""

    sheet: str
    number: int
    cells: dict[str, Any]

    def text(self, column: str) -> str:
        return text(self.cells.get(column))

    def day(self, column: str) -> date | None:
        return day(self.cells.get(column))


def sheet_rows(sheet: Any, name: str) -> list[Row]:
    """Every row below the header that is not wholly empty."""
    header: list[str] = []
    rows: list[Row] = []
    for position, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if position == 1:
            header = [text(value) for value in values]
            continue
        cells = {column: value for column, value in zip(header, values, strict=True) if column}
        if any(text(value) for value in values):
            rows.append(Row(name, position, cells))
    return rows


class Evidence:
    """A valid workbook: its facts, its rows, and the period from 1 January to the cut-off, both included."""

    def __init__(self, path: Path | str) -> None:
        book = openpyxl.load_workbook(path, data_only=True)
        self.sheets = {text(sheet.title): sheet_rows(sheet, text(sheet.title)) for sheet in book}
        book.close()
        self.facts = {row.text("项目"): row.cells.get("内容") for row in self.sheets["基本信息"]}
        self.start = date(YEAR, 1, 1)
        self.cut_off = day(self.facts.get("截止日期")) or date(YEAR, 12, 31)

    def fact(self, name: str) -> str:
        return text(self.facts.get(name))

    def fact_day(self, name: str) -> date | None:
        """A day among the facts; dates after the cut-off are not yet known."""
        return self.known(day(self.facts.get(name)))

    def known(self, when: date | None) -> date | None:
        """Dates after the cut-off count as missing."""
        if when is None or when > self.cut_off:
            return None
        return when

    def in_period(self, sheet: str, column: str) -> list[Row]:
        """A row dated outside the period is not counted."""
        kept = []
        for row in self.sheets[sheet]:
            when = row.day(column)
            assert when is not None
            if self.start <= when <= self.cut_off:
                kept.append(row)
        return kept

    def late(self, due: date, met: date | None) -> bool:
        """Not met by the end of the due day, and the due day is on or before the cut-off."""
        if due > self.cut_off:
            return False
        met = self.known(met)
        return met is None or met > due
