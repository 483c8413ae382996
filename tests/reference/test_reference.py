"""The reference reaches the expected scorecard of every acceptance case, and scores random evidence steadily."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from .rows import is_working_day
from .rulebook import score_workbook
from .tree import LEAVES, POINTS, children

CASES = sorted(path.parent for path in (Path(__file__).parents[1] / "cases").glob("*/expected.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_agrees_with_the_acceptance_case(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    (workbook,) = case.glob("*.xlsx")
    found = score_workbook(workbook, expected.pop("readings"))
    nodes = {code: {key: node[key] for key in ("score", "range", "status")} for code, node in found["nodes"].items()}
    assert nodes == expected.pop("nodes")
    assert {key: found[key] for key in expected} == expected


def test_the_tree_is_the_rulebooks() -> None:
    """28 leaves, and no other node disagrees with its children."""
    assert len(LEAVES) == 28
    sums = {code: sum(POINTS[child] for child in children(code)) for code in POINTS if children(code)}
    assert {code: total for code, total in sums.items() if total != POINTS[code]} == {"3.3": 18}


def test_working_days_are_the_state_councils() -> None:
    days = [date(2017, 1, 1) + timedelta(count) for count in range(366)]
    assert [day for day in days if is_working_day(day) != chinese_calendar.is_workday(day)] == []
