"""Every clause of 2017 as a table that an official can read: ``cases/<branch>.toml`` in the scheme's folder.

Nine cases under the same readings are scored in one run, one per department, as a real folder of workbooks is.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import nodes_of
from evidence_builder import Evidence, faultless

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.scheme.readings import choose

pytestmark = pytest.mark.xdist_group("rules")  # One process scores a run once.

Case = dict[str, Any]
BRANCHES = sorted((load_scheme(2017).folder / "cases").glob("*.toml"))
MAY_STATE = {
    *("name", "clause", "readings", "cut_off", "evidence", "also", "without"),
    *("score", "void", "pending", "qualified", "total", "bonus", "nodes", "suspected", "given"),
}


def cases_of(branch: Path) -> list[Case]:
    table = tomllib.loads(branch.read_text(encoding="utf-8"))
    return [case | {"given": table.get("given", [])} for case in table["case"]]


CASES = [case for branch in BRANCHES for case in cases_of(branch)]
OPTIONS = [(key, option) for key, reading in load_scheme(2017).readings.items() for option in reading.options]
NAMES = [f"{case['clause']} {case['name']}" for case in CASES]


def workbook(case: Case, department: str) -> Evidence:
    """The case's evidence."""
    evidence = faultless(department).replace(*case["given"])
    if "cut_off" in case:
        evidence.fact("截止日期", case["cut_off"])
    return evidence.without(*case.get("without", [])).replace(*case.get("evidence", [])).add(*case.get("also", []))


def score(numbers: list[int], readings: dict[str, str], folder: Path) -> dict[int, Scorecard]:
    """The scorecards of some cases under the same readings; a case whose evidence has a fault is missing."""
    scheme = load_scheme(2017)
    found = {}
    for first in range(0, len(numbers), len(scheme.departments)):
        of = dict(zip(scheme.departments, numbers[first : first + len(scheme.departments)], strict=False))
        paths = [workbook(CASES[number], department).save(folder) for department, number in of.items()]
        assessment = assess(paths, scheme, readings)
        found |= {of[card.department]: card for card in assessment.scorecards}
    return found


def runs() -> list[tuple[dict[str, str], list[int]]]:
    """The cases in runs of at most nine under the same readings."""
    readings = load_scheme(2017).readings
    under: dict[str, tuple[dict[str, str], list[int]]] = {}
    for number, case in enumerate(CASES):
        chosen = choose(readings, case.get("readings", {}))
        under.setdefault(str(chosen), (chosen, []))[1].append(number)
    return [(chosen, numbers[at : at + 9]) for chosen, numbers in under.values() for at in range(0, len(numbers), 9)]


RUN_OF = {number: run for run, (_, numbers) in enumerate(runs()) for number in numbers}


@cache
def scored_run(run: int, folder: Path) -> dict[int, Scorecard]:
    readings, numbers = runs()[run]
    return score(numbers, readings, folder)


def scorecard(number: int, folder: Path) -> Scorecard:
    """A case's scorecard."""
    cards = scored_run(RUN_OF[number], folder)
    assert number in cards, "the case's evidence has a fault"
    return cards[number]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_clause(number: int, folder: Path) -> None:
    case, card = CASES[number], scorecard(number, folder)
    result, nodes = card.to_json(), nodes_of(card)
    leaf = nodes[case["clause"]]
    if "pending" in case:
        assert (leaf["status"], leaf["score"], leaf["range"]) == ("pending", None, case["pending"])
    elif case.get("void"):
        assert (leaf["status"], leaf["score"]) == ("void", 0)
    else:
        assert (leaf["status"], leaf["score"]) == ("scored", case["score"])
    for key in ("qualified", "total", "bonus"):
        assert result[key] == case.get(key, result[key]), key
    assert {code: nodes[code]["score"] for code in case.get("nodes", {})} == case.get("nodes", {})
    assert len(card.to_confirm) == case.get("suspected", 0)


def test_every_case_has_a_name_of_its_own_and_states_what_it_expects() -> None:
    for case in CASES:
        assert set(case) <= MAY_STATE, case["name"]
        assert len({"score", "void", "pending"} & set(case)) == 1, case["name"]
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []


def test_every_leaf_has_a_hit_and_a_miss(scheme: Scheme) -> None:
    full = {case["clause"] for case in CASES if case.get("score") == scheme.leaf(case["clause"]).points}
    less = {case["clause"] for case in CASES if case.get("score", 0) < scheme.leaf(case["clause"]).points}
    assert full == less == {leaf.code for leaf in scheme.leaves}


def test_every_option_of_every_reading_has_a_case(scheme: Scheme) -> None:
    used = {pair for case in CASES for pair in case.get("readings", {}).items()}
    assert (len(scheme.readings), used) == (13, set(OPTIONS))


@pytest.mark.parametrize(("key", "option"), OPTIONS)
def test_no_option_is_a_dead_letter(key: str, option: str, folder: Path) -> None:
    """A case that states the option would have been scored otherwise under another one."""
    numbers = [number for number, case in enumerate(CASES) if case.get("readings", {}).get(key) == option]
    results = {number: nodes_of(scorecard(number, folder)) for number in numbers}
    others = [other for other in load_scheme(2017).readings[key].options if other != option]
    assert any(
        nodes_of(score([number], CASES[number]["readings"] | {key: other}, folder)[number]) != results[number]
        for number in numbers
        for other in others
    )


def test_every_kind_of_finding_is_made_by_a_case(folder: Path, scheme: Scheme) -> None:
    made = {
        (finding.code, finding.kind.name)
        for number in range(len(CASES))
        for finding in (*scorecard(number, folder).findings, *scorecard(number, folder).suspected)
    }
    assert made == {(leaf.code, kind) for leaf in scheme.leaves for kind in leaf.findings}
