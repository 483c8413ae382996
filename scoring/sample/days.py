"""The real calendar behind the sample: the State Council's working days."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import chinese_calendar


def working_days(first: date, last: date) -> list[date]:
    """All working days from ``first`` to ``last``, make-up workdays included."""
    return list(chinese_calendar.get_workdays(first, last))


def working_day_after(start: date, number: int) -> date:
    """The working day that is ``number`` working days after ``start`` (1 is the next one)."""
    day = start
    while number > 0:
        day += timedelta(days=1)
        number -= chinese_calendar.is_workday(day)
    return day


def calendar_days(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def spread(days: list[date], number: int, rng: Random) -> list[date]:
    """Draw ``number`` days, in order: one at random from each of as many equal stretches of ``days``."""
    return [days[int((index + rng.random()) * len(days) / number)] for index in range(number)]


def in_season(day: date, first: str, last: str) -> bool:
    """Whether ``day`` falls from ``first`` to ``last`` ("MM-DD"), whatever the year."""
    return first <= f"{day:%m-%d}" <= last
