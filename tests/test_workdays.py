"""Due days by the State Council's calendar of 2017, and months that are cut to their last day."""

from __future__ import annotations

import pandas as pd
import pytest

from scoring.base.workdays import (
    FIRST_YEAR,
    LAST_YEAR,
    CalendarOutOfRange,
    made_up_and_off,
    months_after,
    nth_working_day,
)


def due(received: str, count: int) -> str:
    return f"{nth_working_day(pd.Series([pd.Timestamp(received)]), count).iloc[0]:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("received", "count", "expected"),
    [
        ("2017-05-10", 1, "2017-05-11"),  # day 1 is the first working day after receipt
        ("2017-05-12", 1, "2017-05-15"),  # a Friday
        ("2017-05-13", 1, "2017-05-15"),  # a Saturday
        ("2017-09-29", 1, "2017-09-30"),  # a Saturday that is worked
        ("2017-09-29", 2, "2017-10-09"),  # then the golden week
        ("2017-09-28", 7, "2017-10-13"),
        ("2017-09-29", 7, "2017-10-16"),
        ("2017-10-02", 7, "2017-10-17"),
        ("2017-01-25", 7, "2017-02-09"),  # Spring Festival, with 4 February worked
        ("2017-01-21", 1, "2017-01-22"),  # a Sunday that is worked
        ("2017-03-01", 30, "2017-04-13"),  # Tomb-sweeping Day, with 1 April worked
        ("2017-12-21", 7, "2018-01-02"),  # into the next year
    ],
)
def test_nth_working_day(received: str, count: int, expected: str) -> None:
    assert due(received, count) == expected


def test_days_that_a_count_of_weekdays_would_miss() -> None:
    made_up, off = made_up_and_off(pd.Timestamp("2017-05-26"), pd.Timestamp("2017-10-09"))
    assert [f"{day:%m-%d}" for day in made_up] == ["05-27", "09-30"]
    assert [(f"{first:%m-%d}", f"{last:%m-%d}") for first, last in off] == [("05-28", "05-30"), ("10-01", "10-08")]
    assert made_up_and_off(pd.Timestamp("2017-06-01"), pd.Timestamp("2017-06-30")) == ([], [])


def test_no_letters_have_no_due_days() -> None:
    assert nth_working_day(pd.Series([], dtype="datetime64[s]"), 7).empty


@pytest.mark.parametrize("received", [f"{FIRST_YEAR - 1}-12-31", f"{LAST_YEAR}-12-31"])
def test_a_year_without_calendar_is_reported_in_chinese(received: str) -> None:
    with pytest.raises(CalendarOutOfRange, match=f"工作日历只有 {FIRST_YEAR} 至 {LAST_YEAR} 年"):
        due(received, 7)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2017-03-15", 3, "2017-06-15"),
        ("2017-08-31", 3, "2017-11-30"),
        ("2017-08-31", 6, "2018-02-28"),
        ("2016-12-31", 6, "2017-06-30"),
        ("2017-08-31", -6, "2017-02-28"),
        ("2016-02-29", 12, "2017-02-28"),
        ("2017-02-28", 6, "2017-08-28"),
    ],
)
def test_months_are_cut_to_their_last_day(day: str, months: int, expected: str) -> None:
    assert f"{months_after(pd.Series([pd.Timestamp(day)]), months).iloc[0]:%Y-%m-%d}" == expected
