"""The exercise of 2018 (演示方案): what it changes, that it is marked as one, and that its folder is all it takes."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from evidence_builder import Evidence, a_year_later, exercise, faultless

import scoring
from scoring import Scorecard, assess, load_scheme
from scoring.engine.ranking import ranking_json
from scoring.evidence import load_evidence
from scoring.evidence.template import blank
from scoring.report.notice import notice_of
from scoring.scheme import YEARS
from tools.sample import write_samples

SCHEME, BEFORE = exercise(), load_scheme(2017)
EXERCISE = "演示方案，非正式文件"
PACKAGE = Path(scoring.__file__).parent


def with_more_items() -> Evidence:
    """The faultless workbook of 2017 a year later, and ten more items that the portal adopted."""
    return a_year_later(faultless()).add("门户信息采用 ×10 | 发布日期=2018-05-10")


def card_of(evidence: Evidence, folder: Path, **readings: str) -> Scorecard:
    chosen = {key.replace("_", "-"): option for key, option in readings.items()}
    assessment = assess([evidence.save(folder)], SCHEME, chosen)
    assert assessment.faults == {}, [str(fault) for fault in assessment.faults[evidence.department]]
    return assessment.scorecards[0]


# --- What it changes


def test_it_follows_2017_and_differs_where_it_says() -> None:
    points = {node.code: (node.name, node.points) for node in SCHEME.nodes}
    before = {node.code: (node.name, node.points) for node in BEFORE.nodes}
    assert SCHEME.follows == 2017
    assert {code: points[code] for code in points if points[code] != before.get(code)} == {
        "3.1": ("政府信息公开", 15), "3.1.2": ("工作动态（进展）或要闻", 3), "3.1.4": ("人事信息", 2),
        "3.1.5": ("政府信息公开年报", 2), "3.2": ("政民互动", 9), "3.2.1": ("领导（主任、局长）信箱", 6),
    }  # fmt: skip
    assert set(points) == set(before)
    assert [leaf.code for leaf in SCHEME.leaves if leaf.corresponds] == ["3.1.4"]
    assert [leaf.code for leaf in SCHEME.leaves if leaf.new] == ["3.1.5"]


def test_faultless_evidence_gets_every_point(tmp_path: Path) -> None:
    assert card_of(with_more_items(), tmp_path).total.score == 100


@pytest.mark.parametrize(("adopted", "score"), [(59, 9.7), (60, 10), (61, 10.1)])
def test_the_sixtieth_item_is_the_boundary(adopted: int, score: float, tmp_path: Path) -> None:
    evidence = with_more_items().replace(f"门户信息采用 ×{adopted} | 发布日期=2018-05-10")
    assert float(card_of(evidence, tmp_path, news_bonus="open").nodes["2.4"].low) == score


def test_the_bonus_makes_up_for_section_2_only_by_default(tmp_path: Path) -> None:
    evidence = with_more_items().replace("门户信息采用 ×70 | 发布日期=2018-05-10")
    assert float(card_of(evidence, tmp_path).total.low) == 100
    assert float(card_of(evidence, tmp_path, news_bonus="open").total.low) == 101


@pytest.mark.parametrize(
    ("kinds", "score"),
    [((), 2), (("年报不完整",), 1.5), (("年报不完整",) * 5, 0), (("年报未公布",), 0)],
)
def test_the_added_leaf(kinds: tuple[str, ...], score: float, tmp_path: Path) -> None:
    faults = [f"监测发现 | 监测日期=2018-07-11 | 指标=3.1.5 | 问题类型={kind}" for kind in kinds]
    card = card_of(with_more_items().add(*faults), tmp_path)
    assert float(card.nodes["3.1.5"].low) == score
    assert card.total.low == 98 + card.nodes["3.1.5"].low


def test_its_kinds_of_fault_belong_to_it_alone(tmp_path: Path) -> None:
    fault = "监测发现 | 监测日期=2018-07-11 | 指标=3.1.5 | 问题类型=打不开"
    (told,) = assess([with_more_items().add(fault).save(tmp_path)], SCHEME).faults["人社局"]
    assert "该指标的问题类型：年报未公布、年报不完整" in str(told)
    of_2017 = faultless().add("监测发现 | 指标=3.1.5 | 问题类型=年报未公布").save(tmp_path)
    (told,) = assess([of_2017], BEFORE).faults["人社局"]
    assert "可记监测发现的指标之一" in str(told)


def test_a_plan_that_nobody_published_costs_nothing_but_staff_news_does(tmp_path: Path) -> None:
    without_plans = with_more_items().without("信息发布 | 栏目=规划计划")
    without_staff = with_more_items().without("信息发布 | 栏目=人事信息")
    assert card_of(without_plans, tmp_path).nodes["3.1"].low == 15
    assert card_of(without_staff, tmp_path).nodes["3.1.4"].low == 1


# --- That it is marked as an exercise


def test_whatever_it_gives_is_marked(tmp_path: Path) -> None:
    card = card_of(with_more_items().fact("数据性质", "正式"), tmp_path)
    assert SCHEME.exercise == EXERCISE
    assert SCHEME.title.endswith(f"（{EXERCISE}）")
    assert (card.to_json()["sample"], card.to_json()["exercise"]) == (True, EXERCISE)
    assert ranking_json(SCHEME, [card.result], {})["exercise"] == EXERCISE
    assert "exercise" not in ranking_json(replace(SCHEME, exercise=""), [card.result], {})
    notice = notice_of(card)
    assert notice.sample
    assert EXERCISE in notice.title


def test_its_blank_workbook_says_so_and_offers_its_own_words() -> None:
    guide = openpyxl.load_workbook(io.BytesIO(blank(SCHEME)))["填写说明"]
    words = {cell.value for row in guide.iter_rows() for cell in row if cell.value}
    assert f"佐证工作簿填写说明（2018年度（{EXERCISE}））" in words
    assert {"年报未公布", "年报不完整"} <= words


def test_its_files_say_so_in_their_first_line() -> None:
    for name in ("__init__.py", "scheme.toml", "readings.toml"):
        assert EXERCISE in (YEARS / "y2018" / name).read_text(encoding="utf-8").splitlines()[0]


def test_its_sample_evidence_is_sound_and_marked(tmp_path: Path) -> None:
    loaded = load_evidence(write_samples(tmp_path, 2018), SCHEME)
    assert not loaded.faults
    assert loaded.evidence.departments == SCHEME.departments
    assert set(loaded.evidence.facts["nature"]) == {"示例"}


# --- That its folder is all it takes

SCORE = """
import json, sys
from pathlib import Path
import scoring.scheme
from scoring import assess, load_scheme
assert scoring.scheme.YEARS.is_relative_to(sys.argv[1]), "the copy, not the package"
known = scoring.scheme.known_years()
cards = {} if int(sys.argv[2]) not in known else assess([Path(sys.argv[3])], load_scheme(int(sys.argv[2])))
print(json.dumps([known, [float(card.low) for card in cards.scorecards] if cards else []]))
"""


def scored_apart(package: Path, year: int, evidence: Evidence, folder: Path) -> list[list[float]]:
    """Known years and totals, by a copy of the package in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", SCORE, str(package), str(year), str(evidence.save(folder))],
        capture_output=True, cwd=package, env=os.environ | {"PYTHONPATH": str(package)}, check=True, text=True,
    )  # fmt: skip
    told: list[list[float]] = json.loads(run.stdout)
    return told


def test_a_folder_dropped_into_the_years_is_enough_and_taking_it_away_leaves_no_trace(tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("y2018", "__pycache__", "fonts")
    shutil.copytree(PACKAGE, tmp_path / "scoring", ignore=leave_out)
    lost = faultless().add("监测发现 ×10 | 指标=3.1.1.1")
    assert scored_apart(tmp_path, 2017, lost, tmp_path) == [[2017], [99]]
    shutil.copytree(YEARS / "y2018", tmp_path / "scoring" / "years" / "y2018")
    assert scored_apart(tmp_path, 2018, with_more_items(), tmp_path) == [[2017, 2018], [100]]
    assert scored_apart(tmp_path, 2017, lost, tmp_path) == [[2017, 2018], [99]]


def test_nothing_outside_its_folder_names_it() -> None:
    named = [
        path.relative_to(PACKAGE)
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".toml"} and "y2018" not in path.parts and "y2018" in path.read_text(encoding="utf-8")
    ]
    assert named == []
