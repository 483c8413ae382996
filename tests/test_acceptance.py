"""The acceptance workbooks: every node's score, range and status; and the bad ones: the error names sheet and cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import nodes_of

from scoring import Scheme, assess

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("cases/*/expected.json"))
BAD = sorted(path.parent for path in HERE.glob("cases_bad/*/expected.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_scorecard_is_the_expected_one(case: Path, scheme: Scheme) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assessment = assess(sorted(case.glob("*.xlsx")), scheme, expected.pop("readings"))
    (card,) = assessment.scorecards
    figures, nodes = card.to_json(), nodes_of(card)
    wanted = expected.pop("nodes")
    assert {code: {key: nodes[code][key] for key in node} for code, node in wanted.items()} == wanted
    assert {key: figures[key] for key in expected} == expected


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_bad_workbook_is_reported_with_sheet_and_cell(case: Path, scheme: Scheme) -> None:
    at = json.loads((case / "expected.json").read_text(encoding="utf-8"))["at"]
    assessment = assess(sorted(case.glob("*.xlsx")), scheme)
    assert assessment.scorecards == ()
    (fault,) = assessment.faults["人社局"]
    assert str(fault).startswith(f"人社局.xlsx《{at['sheet']}》{at.get('cell', '')}：")


def test_the_acceptance_cases_are_here() -> None:
    assert (len(CASES), len(BAD)) == (17, 6)
