"""Fixtures shared by all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from calling import run
from evidence_builder import Evidence
from hypothesis import Phase, settings
from replacers import processes

from scoring import Assessment, Scheme, Scorecard, assess, load_scheme

__all__ = ["processes", "run"]

settings.register_profile(
    "steady", derandomize=True, deadline=None, database=None, phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def scheme() -> Scheme:
    """The 2017 scheme."""
    return load_scheme(2017)


@pytest.fixture
def assessed(tmp_path: Path, scheme: Scheme) -> Callable[..., Assessment]:
    """Score workbooks together."""

    def run(*workbooks: Evidence, **readings: str) -> Assessment:
        chosen = {key.replace("_", "-"): option for key, option in readings.items()}
        return assess([workbook.save(tmp_path) for workbook in workbooks], scheme, chosen)

    return run


@pytest.fixture
def scored(assessed: Callable[..., Assessment]) -> Callable[..., Scorecard]:
    """Score one workbook that has no fault."""

    def run(workbook: Evidence, **readings: str) -> Scorecard:
        assessment = assessed(workbook, **readings)
        assert assessment.faults == {}, [str(fault) for fault in assessment.faults[workbook.department]]
        return assessment.scorecards[0]

    return run


@pytest.fixture
def faults_of(assessed: Callable[..., Assessment]) -> Callable[[Evidence], list[str]]:
    """The faults of one workbook as they are printed; nothing is scored from it."""

    def run(workbook: Evidence) -> list[str]:
        assessment = assessed(workbook)
        assert assessment.scorecards == ()
        ((_, faults),) = assessment.faults.items()
        return [str(fault) for fault in faults]

    return run


def nodes_of(card: Scorecard) -> dict[str, dict[str, Any]]:
    """A scorecard's nodes by code, as in scorecard.json."""
    return {node["code"]: node for node in card.to_json()["nodes"]}
