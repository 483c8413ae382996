"""Reports of a gate: results and vetoes, and no points anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from scoring import load_scheme
from scoring.engine.assessment import Assessment, assess
from scoring.evidence import workbooks_in
from scoring.report import charts
from scoring.report.excel import write_city, write_department
from scoring.report.notice import notice_of
from scoring.report.notice.layout import notice_blocks
from scoring.report.view.blocks import Block, words
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport

RAW = Path(__file__).parents[2] / "data" / "raw" / "2015"
#: Words about points; not 一分 within another word.
POINTS = re.compile(r"\d ?分(?!钟)|得分|计分|扣分|失分|满分|总分|计 ?0 ?分|名次|nan")


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(workbooks_in(RAW), load_scheme(2015, "census_2015"))


def all_blocks(report: DepartmentReport) -> list[Block]:
    parts = (
        report.first_page(),
        report.score_table(),
        report.where_points_went(),
        report.sections(),
        report.appendix(),
    )
    return [block for part in parts for block in part.blocks]


def points_in(texts: list[str]) -> list[str]:
    """Texts that speak of points, but for the words that say that there are none."""
    return [text for text in texts if POINTS.search(text.replace("不计分", ""))]


def test_pages_and_notices_speak_of_no_points(assessment: Assessment) -> None:
    for card in assessment.scorecards:
        pages = list(words(all_blocks(DepartmentReport(card, None, 0))))
        assert points_in(pages) == []
        assert any("条款大意" in text for text in pages)
        assert points_in(list(words(notice_blocks(notice_of(card))))) == []


@pytest.mark.parametrize(
    ("department", "verdict", "code", "result"),
    [
        ("人社局", "合格", "普1", "未触发"),
        ("住建局", "不合格", "普3", "触发否决"),
        ("卫计局", "待评", "普1", "待评"),
        ("林业局", "合格", "普1", "未触发"),
    ],
)
def test_every_leaf_has_its_result(
    assessment: Assessment, department: str, verdict: str, code: str, result: str
) -> None:
    card = next(card for card in assessment.scorecards if card.department == department)
    texts = list(words(DepartmentReport(card, None, 0).score_table().blocks))
    at = next(number for number, text in enumerate(texts) if text.startswith(code))
    assert texts[at + 1] == result
    assert verdict in texts


def test_the_citys_page_lists_results_without_ranks(assessment: Assessment) -> None:
    report = CityReport(assessment)
    parts = (report.first_page(), report.ranking_stacked(), report.vetoes(), report.apart(), report.losses())
    texts = [text for part in parts for text in words(part.blocks)]
    assert [text for text in points_in(texts) if "不排名" not in text] == []
    assert charts.ranking_stacked(list(report.cards)) is None
    spread = charts.loss_heatmap(list(report.cards))
    assert spread is not None
    assert spread.caption == "9 个部门中 5 个触发否决，共 5 处。"


def test_the_ledgers_count_vetoes(assessment: Assessment, tmp_path: Path) -> None:
    card = next(card for card in assessment.scorecards if card.department == "住建局")
    write_department(card, None, tmp_path / "one.xlsx")
    write_city(assessment, tmp_path / "city.xlsx")
    for name in ("one", "city"):
        book = openpyxl.load_workbook(tmp_path / f"{name}.xlsx", data_only=True)
        cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
        assert [text for text in points_in(cells) if "台账" not in text and "不排名" not in text] == []
        assert {"触发否决", "未触发", "不合格"} <= set(cells)
