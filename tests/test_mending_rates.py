"""The three rates and what is overdue, as a table that an official can read; the period is April to June 2017."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest

from scoring.engine import mending_rates
from scoring.engine.followup import FollowUp, Step
from scoring.engine.periods import Period

PERIOD = Period(pd.Timestamp(2017, 4, 1), pd.Timestamp(2017, 6, 30))


def item(story: str, *, withdrawn: bool = False, name: str = "甲") -> SimpleNamespace:
    """A department with one finding: ``4-10 待整改 4-28；4-26 已反馈``, the day after 待整改 being the due day."""
    steps = []
    for row, part in enumerate(story.split("；")):
        day, word, *due = part.split()
        steps.append(
            Step(
                word,
                pd.Timestamp(f"2017-{day}"),
                "办公室",
                "",
                "2017-1",
                pd.Timestamp(f"2017-{due[0]}") if due else None,
                None,
                None,
                (),
                "",
                row,
            )
        )
    reviews = (SimpleNamespace(finding="3.1-空白", withdraws=withdrawn),)
    return SimpleNamespace(
        department=name, follow_ups={"3.1-空白": FollowUp("3.1-空白", tuple(steps), gone=False)}, reviews=reviews
    )


@pytest.mark.parametrize(
    ("story", "due", "looked", "late"),
    [
        pytest.param("4-10 待整改 4-28；4-26 已反馈；5-3 复查合格", "按期办结", "复查合格", "", id="reported in time"),
        pytest.param(
            "4-10 待整改 4-28；4-28 已反馈；5-3 复查合格；5-9 销号", "按期办结", "复查合格", "", id="on the day"
        ),
        pytest.param("4-10 待整改 4-28；5-02 已反馈；5-3 复查合格", "逾期办结", "复查合格", "", id="reported late"),
        pytest.param("4-10 待整改 4-28", "未反馈", "", "未反馈", id="nothing came"),
        pytest.param("4-10 待整改 6-30", "未反馈", "", "", id="due on the last day: not overdue yet"),
        pytest.param("4-10 待整改 7-03", "", "", "", id="due after the period"),
        pytest.param("3-01 待整改 3-31", "", "", "未反馈", id="due before the period: overdue all the same"),
        pytest.param(
            "4-10 待整改 4-28；4-26 已反馈", "按期反馈，待复查", "", "", id="nobody looked yet: not in time yet"
        ),
        pytest.param(
            "4-10 待整改 4-28；4-20 已反馈；4-24 复查不合格；4-27 已反馈；5-3 复查合格",
            *("按期办结", "复查合格", ""),
            id="the accepted report counts",
        ),
        pytest.param(
            "4-10 待整改 4-28；4-20 已反馈；4-24 复查不合格；5-02 已反馈；5-3 复查合格",
            *("逾期办结", "复查合格", ""),
            id="the report in time was not accepted",
        ),
        pytest.param(
            "4-10 待整改 4-28；4-20 已反馈；6-24 复查不合格", "复查不合格", "复查不合格", "复查不合格", id="not mended"
        ),
        pytest.param(
            "3-01 待整改 3-31；3-20 已反馈；3-24 复查不合格；3-29 已反馈；4-5 复查合格",
            *("", "复查合格", ""),
            id="only the look is in the period",
        ),
        pytest.param("4-10 已告知；4-12 认可", "", "", "", id="told, with nothing to mend"),
        pytest.param("4-10 待整改 4-28；4-20 待整改 5-31", "未反馈", "", "未反馈", id="a longer day takes the place"),
    ],
)
def test_each_item_stands_where_its_steps_say(story: str, due: str, looked: str, late: str) -> None:
    cards = [item(story)]
    assert [row.state for row in mending_rates.in_time(cards, PERIOD).rows] == [due] * bool(due)
    assert [row.counts for row in mending_rates.in_time(cards, PERIOD).rows] == [due == "按期办结"] * bool(due)
    rate = mending_rates.mended(cards, PERIOD)
    assert [row.state for row in rate.rows] == [looked] * bool(looked)
    assert rate.value == (Fraction(looked == "复查合格") if looked else None), "0/0 is no rate"
    assert [one.state for one in mending_rates.overdue(cards, PERIOD.last)] == [late] * bool(late)


def test_a_second_notice_hides_no_missed_day() -> None:
    """Due on 28 April and missed; told again on 8 May until 31 May, and mended by then: one of two in time."""
    cards = [item("4-10 待整改 4-28；5-08 待整改 5-31；5-20 已反馈；5-25 复查合格")]
    rows = mending_rates.in_time(cards, PERIOD).rows
    assert [(row.day, row.state) for row in rows] == [
        (pd.Timestamp(2017, 4, 28), "逾期办结"),
        (pd.Timestamp(2017, 5, 31), "按期办结"),
    ]


def test_a_withdrawn_finding_is_no_item() -> None:
    cards = [item("4-10 待整改 4-28；4-20 已反馈；4-24 复查不合格", withdrawn=True)]
    assert mending_rates.in_time(cards, PERIOD).value is None
    assert mending_rates.mended(cards, PERIOD).value is None
    assert mending_rates.overdue(cards, PERIOD.last) == ()


def test_rates_are_exact_shares_of_their_rows() -> None:
    mended, open_yet = "4-10 待整改 4-28；4-26 已反馈；5-3 复查合格", "4-10 待整改 4-28"
    cards = [item(mended, name="甲"), item(open_yet, name="乙"), item(open_yet, name="丙")]
    rate = mending_rates.in_time(cards, PERIOD)
    assert (rate.value, rate.numerator, len(rate.rows)) == (Fraction(1, 3), 1, 3)
    assert [one.department for one in mending_rates.overdue(cards, PERIOD.last)] == ["乙", "丙"]


def test_coverage_counts_departments_of_the_list() -> None:
    """乙 was not inspected, 丙 has no evidence at all; 丁 is not on the list."""
    days = {"甲": [pd.Timestamp(2017, 5, 3), pd.Timestamp(2017, 4, 10)], "乙": [], "丁": [pd.Timestamp(2017, 5, 3)]}
    rate = mending_rates.inspected(["甲", "乙", "丙"], days)
    assert rate.value == Fraction(1, 3)
    assert [(row.department, row.day, row.counts) for row in rate.rows] == [
        ("甲", pd.Timestamp(2017, 4, 10), True),
        ("乙", None, False),
        ("丙", None, False),
    ]
    assert mending_rates.inspected([], {}).value is None
