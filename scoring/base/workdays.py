"""Due days by the State Council's yearly calendar, with make-up workdays (调休).

The calendar is that of the installed ``chinesecalendar``, or another one for a while, such as that of an archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Final

import chinese_calendar
import numpy as np
import pandas as pd

from scoring.base.errors import ForAnalysts

FIRST_YEAR: Final = min(day.year for day in chinese_calendar.holidays)
LAST_YEAR: Final = max(day.year for day in chinese_calendar.holidays)


class CalendarOutOfRange(ForAnalysts, ValueError):
    """A due day is in a year without an official calendar; the message is in Chinese."""


@dataclass(frozen=True)
class Calendar:
    """The working days of some whole years."""

    first_year: int
    last_year: int
    days: np.ndarray  # datetime64[D], in order.


@cache
def official_calendar(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> Calendar:
    """The working days of ``chinesecalendar``; years that it does not have are left out."""
    first, last = max(first_year, FIRST_YEAR), min(last_year, LAST_YEAR)
    days = np.arange(f"{first}-01-01", f"{last + 1}-01-01", dtype="datetime64[D]")
    off = np.array([*chinese_calendar.holidays], dtype="datetime64[D]")
    made_up = np.array([*chinese_calendar.workdays], dtype="datetime64[D]")
    return Calendar(first, last, days[np.is_busday(days, holidays=off) | np.isin(days, made_up)])


_GIVEN: ContextVar[Calendar | None] = ContextVar("calendar", default=None)


@contextmanager
def counting_by(calendar: Calendar) -> Iterator[None]:
    """Use this calendar in place of the installed one."""
    token = _GIVEN.set(calendar)
    try:
        yield
    finally:
        _GIVEN.reset(token)


def nth_working_day(received: pd.Series, count: int) -> pd.Series:
    """The ``count``-th working day after each day; day 1 is the first working day after receipt.

    Parameters
    ----------
    received
        Days (datetime64), none missing.
    count
        Number of working days, from 1.

    Raises
    ------
    CalendarOutOfRange
        When a due day is outside the years of the calendar.
    """
    calendar = _GIVEN.get() or official_calendar()
    days = calendar.days
    start = received.to_numpy().astype("datetime64[D]")
    at = np.searchsorted(days, start, side="right") + count - 1
    if len(start) and (start.min() < np.datetime64(f"{calendar.first_year}-01-01") or at.max() >= len(days)):
        raise CalendarOutOfRange(
            f"工作日历只有 {calendar.first_year} 至 {calendar.last_year} 年（国务院办公厅历年放假安排），"
            "无法推算该年度的工作日期限；请升级 chinesecalendar"
        )
    return pd.Series(days[at], index=received.index).astype("datetime64[s]")


def made_up_and_off(
    after: pd.Timestamp, until: pd.Timestamp
) -> tuple[list[pd.Timestamp], list[tuple[pd.Timestamp, pd.Timestamp]]]:
    """Weekend days that are worked (调休), and stretches of days off that include a weekday, by first and last day.

    The period begins after the first day and ends with the second.
    """
    days = pd.date_range(after, until, inclusive="right").to_numpy().astype("datetime64[D]")
    works = np.isin(days, (_GIVEN.get() or official_calendar()).days)
    rests = days[~works]
    stretches = np.split(rests, np.flatnonzero(np.diff(rests) > np.timedelta64(1, "D")) + 1)
    off = [(pd.Timestamp(one[0]), pd.Timestamp(one[-1])) for one in stretches if np.is_busday(one).any()]
    return [pd.Timestamp(day) for day in days[works & ~np.is_busday(days)]], off


def working_days_between(after: pd.Timestamp, until: pd.Timestamp) -> int | None:
    """How many working days come after the first day, the last day included; None outside the calendar's years."""
    calendar = _GIVEN.get() or official_calendar()
    if not calendar.first_year <= after.year <= until.year <= calendar.last_year:
        return None
    ends = np.array([after, until], dtype="datetime64[D]")
    first, last = np.searchsorted(calendar.days, ends, side="right")
    return int(last - first)


def months_after(days: pd.Series, months: int) -> pd.Series:
    """The same day of a later (or earlier) month, cut to the month's last day."""
    return days + pd.DateOffset(months=months)
