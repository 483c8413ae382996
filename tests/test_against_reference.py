"""The engine against a second, independent reading of the rulebook, over random valid workbooks.

``REFERENCE_SEEDS=600 pytest tests/test_against_reference.py`` compares as many seeds as one likes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from reference.random_evidence import random_readings, random_workbook
from reference.rulebook import score_workbook

from scoring import Scorecard, assess, load_scheme

SEEDS = int(os.environ.get("REFERENCE_SEEDS", "45"))
TOGETHER = 9  # One workbook per department is scored in one run, under the same readings.


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_engine_and_reference_agree(first: int, tmp_path: Path) -> None:
    scheme = load_scheme(2017)
    readings = random_readings(first)
    seeds = dict(zip(scheme.departments, range(first, min(first + TOGETHER, SEEDS)), strict=False))
    paths = {department: tmp_path / f"{department}.xlsx" for department in seeds}
    for department, seed in seeds.items():
        random_workbook(paths[department], seed, department)
    assessment = assess(list(paths.values()), scheme, readings)
    assert assessment.faults == {}
    for card in assessment.scorecards:
        expected = score_workbook(paths[card.department], readings)
        assert of_interest(card, expected) == expected, f"seed {seeds[card.department]}, readings {readings}"


def of_interest(card: Scorecard, expected: dict[str, Any]) -> dict[str, Any]:
    """A scorecard in the form of the reference; a bonus that differs at both ends is not compared."""
    given = card.to_json()
    nodes = {
        node.pop("code"): {key: node[key] for key in ("max", "score", "range", "status")} for node in given["nodes"]
    }
    figures = {key: given[key] for key in ("as_of", "status", "qualified", "total", "range")}
    bonus = expected["bonus"] if expected["bonus"] is None else given["bonus"]
    return {**figures, "bonus": bonus, "bonus_range": expected["bonus_range"], "nodes": nodes}
