"""The exercise of 2018 (演示方案), loaded from its folder: what it changes, and that its results are marked as one."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from evidence_builder import Evidence, a_year_later, exercise, faultless

from scoring import Scorecard, assess, load_scheme
from scoring.engine.ranking import ranking_json
from scoring.evidence import load_evidence
from scoring.evidence.template import blank
from scoring.report.notice import notice_of
from tools.sample import write_samples

SCHEME, BEFORE = exercise(), load_scheme(2017)
EXERCISE = "演示方案，非正式文件"


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
    assert SCHEME.follows == BEFORE.name
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
    (fault,) = assess([with_more_items().add(fault).save(tmp_path)], SCHEME).faults["人社局"]
    assert "该指标的问题类型：年报未公布、年报不完整" in str(fault)
    of_2017 = faultless().add("监测发现 | 指标=3.1.5 | 问题类型=年报未公布").save(tmp_path)
    (fault,) = assess([of_2017], BEFORE).faults["人社局"]
    assert "可记《监测发现》的指标之一" in str(fault)


def test_plans_are_no_longer_asked_for_but_staff_news_is(tmp_path: Path) -> None:
    without_plans = with_more_items().without("信息发布 | 栏目=规划计划")
    without_staff = with_more_items().without("信息发布 | 栏目=人事信息")
    assert card_of(without_plans, tmp_path).nodes["3.1"].low == 15
    assert card_of(without_staff, tmp_path).nodes["3.1.4"].low == 1


# --- That it is marked as an exercise


def test_its_results_are_marked(tmp_path: Path) -> None:
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
    for name in ("__init__.py", "scheme.toml", "sheets.toml", "readings.toml", "outline.toml"):
        assert EXERCISE in (SCHEME.folder / name).read_text(encoding="utf-8").splitlines()[0]


def test_its_sample_evidence_is_sound_and_marked(tmp_path: Path) -> None:
    loaded = load_evidence(write_samples(tmp_path, SCHEME), SCHEME)
    assert not loaded.faults
    assert loaded.evidence.departments == SCHEME.departments
    assert set(loaded.evidence.facts["nature"]) == {"示例"}
