"""What the readings decide, as reports and the notebook say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evidence_builder import SCHEME, faultless
from test_every_reading import LATE, LEFT

from scoring.engine.readings import Pair
from scoring.report.places import NotScored
from scoring.report.view.blocks import Part, paragraph
from scoring.report.view.city import CityReport
from scoring.report.view.decided import pair_words
from scoring.report.view.department import DepartmentReport
from scoring.report.view.readings import ReadingsReport


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two that are level, and one that a veto sets to zero."""
    folder = tmp_path_factory.mktemp("raw")
    for workbook in (faultless(), faultless("教育局").add(LATE), faultless("林业局").add(LEFT)):
        workbook.save(folder / "2017")
    return folder


def said(part: Part) -> str:
    return json.dumps([{**block, "svg": ""} for block in part.blocks], ensure_ascii=False)


def test_a_departments_report_says_how_far_its_result_may_be_another(raw: Path) -> None:
    words = said(DepartmentReport.load("教育局", 2017, raw).readings())
    assert "任何解读下总分为 95.5～102 分，名次为第 1 至 2 名；任何解读下均合格。" in words
    assert "最低 95.5 分：“门户征集调查计分”改为“征集和调查均被采用并公布结果才计 6 分" in words
    assert "人社局与教育局的先后取决于解读" in words
    assert "教育局在任何解读下都排在林业局之前。" in words
    assert '"门户征集调查计分（", {"text": "2.1", "href": "#2.1"}, "）"' in words, "leads to the findings"
    assert '"建议类信件的回复期限（", "3.2.1", "）"' in words, "nothing is found as it is read now: no part to lead to"


def test_the_citys_report_counts_firm_ranks_and_names_who_may_change_places(raw: Path) -> None:
    words = said(CityReport.load(2017, raw).decided())
    assert "不论条款采用哪种解读，3 个部门中名次都不变的有 2 个。" in words
    assert "2 对相邻部门中，1 对的先后在任何解读下都不变，1 对取决于解读。" in words
    assert "林业局 0～50 分，按所用解读 0 分" in words  # the interval plot, for those who do not see it
    assert "林业局：门户征集调查计分 ·、“总分计0分”的范围 +50" in words  # the heat map


def test_readings_that_flip_an_order_only_together_are_named_so() -> None:
    pair = Pair("人社局", "教育局", False, 12, 0, {"news-bonus": "none", "three-days": "working"})
    assert pair_words(SCHEME, pair, 24576) == (
        "人社局与教育局的先后取决于解读：同时把“信息采用加分”改为“不加分”、“三天的算法”改为“工作日”，"
        "教育局即排到前面（24576 种解读组合中，教育局在前的有 12 种）。"
    )


def test_first_pages_say_how_firm_the_result_is(raw: Path) -> None:
    words = said(DepartmentReport.load("教育局", 2017, raw).first_page())
    assert (
        "条款有 13 处可作不同解读，不论采用哪种，总分为 95.5～102 分，名次为第 1 至 2 名，"
        "与人社局的先后取决于如何解读“建议类信件的回复期限”；"
        "任何解读下均合格。"
    ) in words
    assert "不论条款采用哪种解读，3 个部门中名次都不变的有 2 个。" in said(CityReport.load(2017, raw).first_page())


def test_first_pages_name_what_gains_a_rank(tmp_path: Path) -> None:
    """One slip at 3.1.1.1 costs 0.1: put right, it is level with the first one. With four, three are not enough."""
    for name, slips in (("教育局", 0), ("人社局", 1), ("林业局", 5)):
        faultless(name).add(*[f"监测发现 ×{slips} | 指标=3.1.1.1"] * bool(slips)).save(tmp_path / "2017")
    pages = {name: said(DepartmentReport.load(name, 2017, tmp_path).first_page()) for name in ("人社局", "林业局")}
    assert "可升一名" not in pages["人社局"], "the few that win back most points are the same"
    assert "改正这 4 处" in pages["林业局"]
    assert "再次核查时可升一名（其他部门得分不变）。" in pages["林业局"]


def test_what_a_batch_hands_over_is_what_a_notebook_works_out(raw: Path, tmp_path: Path) -> None:
    worked_out = DepartmentReport.load("教育局", 2017, raw)
    file = tmp_path / "readings.json"
    file.write_text(json.dumps([one.to_json() for one in worked_out.decide().values()]), encoding="utf-8")
    given = DepartmentReport.load("教育局", 2017, raw, rank=1, ranked=3, decided=file)
    assert given.decide() == worked_out.decide()
    gone = DepartmentReport.load("教育局", 2017, raw, rank=1, ranked=3, decided="../data/readings/readings.json")
    assert gone.decide() == worked_out.decide(), "a published notebook that runs again finds no file"


def test_the_notebook_shows_why_a_pair_may_change_places(raw: Path) -> None:
    report = ReadingsReport.load(2017, raw)
    (why, steps) = report.pair("教育局", "人社局").blocks
    assert "人社局与教育局的先后取决于解读" in json.dumps(why, ensure_ascii=False)
    rows: list[Any] = [["".join(map(str, cell)) for cell in row] for row in steps["rows"]]
    assert rows == [
        ["所用解读", "100", "100"],
        ["“建议类信件的回复期限”改为“同咨询类，7 个工作日”", "100", "99.5"],
    ]
    with pytest.raises(NotScored, match="没有“人社”的评分结果；可选：人社局"):
        report.pair("人社", "")
    lists = report.choose()
    assert lists is not None
    ahead, behind = lists.children[:2]
    ahead.value = "教育局"
    assert said(lists.result) == said(Part(paragraph("两个都是教育局；请选两个不同的部门。")))
    behind.value = "林业局"
    assert "教育局在任何解读下都排在林业局之前。" in said(lists.result)


def test_a_gate_and_a_department_alone_have_a_sentence(raw: Path, tmp_path: Path) -> None:
    faultless().save(tmp_path / "2017")
    alone = ReadingsReport.load(2017, tmp_path)
    assert "有名次的部门不足两个" in said(alone.pair())
    root = Path(__file__).parents[2]
    gate = ReadingsReport.load(2015, root / "data/raw", scheme="census_2015")
    assert "“stale-columns”" not in said(gate.city())
    assert "任何解读下均不合格" in said(gate.department("住建局"))
