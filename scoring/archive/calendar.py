"""The working-day calendar of an archive: every day of the years concerned, working or not, as a table."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Final

import numpy as np

from scoring.archive.layout import CALENDAR, UnusableArchive
from scoring.base.workdays import Calendar, official_calendar

COLUMNS: Final = ("日期", "星期", "工作日", "说明")
_WORKS, _RESTS = "是", "否"
_SATURDAY: Final = 5


def calendar_of(year: int) -> Calendar:
    """The official working days of a year and its neighbours, as far as known."""
    return official_calendar(year - 1, year + 1)


def write_calendar(calendar: Calendar) -> bytes:
    """The calendar as CSV, with a byte order mark for Excel."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    works = set(calendar.days.tolist())
    for day in _days(calendar.first_year, calendar.last_year):
        weekend = day.weekday() >= _SATURDAY
        why = "" if weekend is (day not in works) else "调休上班" if weekend else "放假"
        table.writerow((day, "一二三四五六日"[day.weekday()], _WORKS if day in works else _RESTS, why))
    return text.getvalue().encode("utf-8-sig")


def read_calendar(content: bytes) -> Calendar:
    """Read such a table; raises :class:`UnusableArchive` unless it has one row for each day of whole years."""
    try:
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        days = [dt.date.fromisoformat(row[0]) for row in rows]
        works = [day for day, row in zip(days, rows, strict=True) if {_WORKS: True, _RESTS: False}[row[2]]]
        first, last = days[0].year, days[-1].year
    except (ValueError, KeyError, IndexError) as error:
        raise UnusableArchive(f"{CALENDAR} 读不出来：{error}") from error
    if tuple(header) != COLUMNS or days != _days(first, last):
        expected = f"首行应为 {'、'.join(COLUMNS)}，以下应为 {first} 至 {last} 年的每一天，每天一行"
        raise UnusableArchive(f"{CALENDAR} 有误：{expected}")
    return Calendar(first, last, np.array(works, dtype="datetime64[D]"))


def differing_days(one: Calendar, other: Calendar) -> list[dt.date]:
    """The days on which two calendars differ, in the years that both cover."""
    first, last = max(one.first_year, other.first_year), min(one.last_year, other.last_year)
    differ = set(one.days.tolist()) ^ set(other.days.tolist())
    return sorted(day for day in differ if first <= day.year <= last)


def _days(first_year: int, last_year: int) -> list[dt.date]:
    first, end = dt.date(first_year, 1, 1), dt.date(last_year + 1, 1, 1)
    return [first + dt.timedelta(days=number) for number in range((end - first).days)]
