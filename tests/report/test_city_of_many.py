"""A city of very many departments: its report stays readable, and its figures are still those of all."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from saying import tables

from scoring.engine.assessment import Assessment, assess
from scoring.engine.scorecard import rank
from scoring.report import charts
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page
from scoring.report.view import city
from scoring.report.view.blocks import plain, words
from scoring.report.view.city import CityReport
from scoring.scheme import load_scheme, with_departments

MANY = 90
RAW = Path(__file__).parents[2] / "data" / "raw" / "2017"


@pytest.fixture(scope="module")
def report() -> CityReport:
    scheme = load_scheme(2017)
    few = assess(sorted(RAW.glob("*.xlsx")), scheme).scorecards
    names = tuple(f"示例单位{number:03d}" for number in range(MANY))
    many = with_departments(scheme, names)
    cards = tuple(replace(few[number % len(few)], scheme=many, department=name) for number, name in enumerate(names))
    return CityReport(Assessment(many, few[0].readings, cards, {}), links=True)


def test_the_page_lists_both_ends_the_spread_and_every_department_once(report: CityReport) -> None:
    first = list(words(report.first_page().blocks))
    named = [card.department for card in report.cards if card.department in first]
    assert len(named) == 2 * charts.ENDS
    (listed,) = [block for block in report.index().blocks if block["kind"] == "index"]
    entries = [plain(entry).split("　")[1] for group in listed["groups"] for entry in group["entries"]]
    assert sorted(entries) == sorted(card.department for card in report.cards)


def test_the_spread_counts_every_ranked_department(report: CityReport) -> None:
    ranked = [place.scorecard for place in rank(report.cards)]
    (spread,) = [one for one in tables(report.first_page().blocks) if one["label"] == "总分分布"]
    counted = [[plain(cell) for cell in row] for row in spread["rows"]]
    assert sum(int(row[1]) for row in counted) == len(ranked)
    assert sum(int(row[3]) for row in counted) == sum(card.qualified is False for card in ranked)


def test_its_paper_is_a_few_pages(report: CityReport) -> None:
    parts = (report.first_page(), report.vetoes(), report.apart(), report.losses(), report.index())
    content = pdf_of([block for part in parts for block in part.blocks], about_page({}))
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) <= 8


def test_the_charts_show_both_ends_and_say_how_many_are_left_out(report: CityReport) -> None:
    chart = charts.ranking_stacked(list(report.cards))
    ranked = sum(not card.pending for card in report.cards)
    assert f"已评定 {ranked} 个部门" in chart.caption
    assert chart.alt.count("示例单位") < 4 * charts.ENDS
    assert float(chart.figure.get_size_inches()[1]) < 11


def test_the_heat_map_shows_the_last_ones_and_counts_all(report: CityReport) -> None:
    chart = charts.loss_heatmap(list(report.cards))
    assert chart.caption.startswith(f"{MANY} 个部门共有")
    assert "排名最后的" in chart.caption


def test_tables_tell_how_many_they_leave_out(report: CityReport) -> None:
    assert any(text.endswith("个部门") for text in words(report.losses().blocks))


def test_scoring_some_at_a_time_gives_what_scoring_all_together_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    together = CityReport.load(2017, RAW.parent, links=True)
    monkeypatch.setattr(city, "TOGETHER", 2)
    apart = CityReport.load(2017, RAW.parent, links=True)
    assert [card.to_json() for card in apart.cards] == [card.to_json() for card in together.cards]
    assert apart.first_page().blocks == together.first_page().blocks
