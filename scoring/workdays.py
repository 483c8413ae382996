"""Due days by the State Council's yearly calendar, make-up workdays (调休) included."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Final

import chinese_calendar
import numpy as np
import pandas as pd

FIRST_YEAR: Final = min(day.year for day in chinese_calendar.holidays)
LAST_YEAR: Final = max(day.year for day in chinese_calendar.holidays)


class CalendarOutOfRange(ValueError):
    """A due day lies in a year whose official calendar is not known; the message is in Chinese."""


@cache
def _working_days() -> np.ndarray:
    days = chinese_calendar.get_workdays(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31))
    return np.array(days, dtype="datetime64[D]")


def nth_working_day(received: pd.Series, count: int) -> pd.Series:
    """The ``count``-th working day after each day; day 1 is the first working day after receipt (rulebook 1).

    Parameters
    ----------
    received
        Days (datetime64), none missing.
    count
        Number of working days, from 1.

    Raises
    ------
    CalendarOutOfRange
        When a due day lies outside the years of the calendar.
    """
    days = _working_days()
    start = received.to_numpy().astype("datetime64[D]")
    at = np.searchsorted(days, start, side="right") + count - 1
    if len(start) and (start.min() < np.datetime64(f"{FIRST_YEAR}-01-01") or at.max() >= len(days)):
        raise CalendarOutOfRange(
            f"工作日历只有 {FIRST_YEAR} 至 {LAST_YEAR} 年（国务院办公厅历年放假安排），"
            "无法推算该年度的工作日期限；请升级 chinesecalendar"
        )
    return pd.Series(days[at], index=received.index).astype("datetime64[s]")


def months_after(days: pd.Series, months: int) -> pd.Series:
    """The same day of a later (or earlier) month, cut to the month's last day."""
    return days + pd.DateOffset(months=months)
