"""Every kind of HTML page that the project makes: accessible, valid, quiet, readable on a phone and on paper."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from evidence_builder import faultless

from scoring.report.names import city_files, department_files, notice_files

ROOT = Path(__file__).resolve().parents[2]
YEAR = 2017
WIDE, PHONE = 1280, 375
#: Departments whose reports differ most: little lost, everything lost to a veto, leaves pending, nothing lost.
DEPARTMENTS = {"qualified": "人社局", "vetoed": "国土资源局", "provisional": "规划局", "faultless": "教育局"}
WITH_A_FAULT = "统计局"
WITH_CHARTS = (*DEPARTMENTS, "city")
KINDS = (*WITH_CHARTS, *(f"{kind}-notice" for kind in DEPARTMENTS), "review")
#: Nobody taps on paper.
NOT_ON_PAPER = ("target-size",)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Each kind of page, made in a folder laid out like the project."""
    project = tmp_path_factory.mktemp("project")
    raw, out, review = project / "data" / "raw", project / "out", project / "notebooks" / "review.ipynb"
    lay_evidence(raw / str(YEAR))
    run("scoring", "report", raw / str(YEAR), "--out", out, "--jobs", "2", expected=1)  # for the workbook with a fault
    for department in DEPARTMENTS.values():
        run("scoring", "notice", department, "--raw", raw, "--out", out)
    review.parent.mkdir()
    shutil.copy(ROOT / "notebooks" / review.name, review)
    run("jupyter", "nbconvert", "--execute", "--to", "scorecard-html", review)
    return {"city": out / city_files(YEAR).html, "review": review.with_suffix(".html"), **department_pages(out)}


def lay_evidence(folder: Path) -> None:
    """Copies of sample workbooks, and two workbooks of the tests' own."""
    folder.mkdir(parents=True)
    faultless(DEPARTMENTS["faultless"]).save(folder)
    faultless(WITH_A_FAULT).fact("年度", "2016").save(folder)
    for kind in ("qualified", "vetoed", "provisional"):
        shutil.copy(ROOT / "data" / "raw" / str(YEAR) / f"{DEPARTMENTS[kind]}.xlsx", folder)


def department_pages(out: Path) -> dict[str, Path]:
    """The report and the notice of each department, by kind."""
    reports = {kind: out / name / department_files(name, YEAR).html for kind, name in DEPARTMENTS.items()}
    notices = {f"{kind}-notice": out / name / notice_files(name, YEAR).html for kind, name in DEPARTMENTS.items()}
    return reports | notices


def run(module: str, *arguments: str | Path, expected: int = 0) -> None:
    """Run a command of the project or of Jupyter."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == expected, done.stdout + done.stderr


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_on_the_screen(kind, width, pages, new_page, axe):
    page = new_page(width=width)
    page.goto(pages[kind].as_uri())
    assert axe(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_on_paper(kind, pages, new_page, axe):
    page = new_page()
    page.emulate_media(media="print")
    page.goto(pages[kind].as_uri())
    assert axe(page, disabled=NOT_ON_PAPER) == []


def test_the_nu_html_checker_finds_nothing(pages, vnu):
    assert vnu(pages.values()) == []


@pytest.mark.parametrize("kind", WITH_CHARTS)
def test_every_image_is_there(kind, pages, new_page):
    page = new_page()
    page.goto(pages[kind].as_uri())
    widths = page.eval_on_selector_all("img", "images => images.map(image => image.naturalWidth)")
    assert widths
    assert all(widths)


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_scrolls_no_page_sideways(kind, pages, new_page):
    page = new_page(width=PHONE)
    page.goto(pages[kind].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


@pytest.mark.parametrize("kind", WITH_CHARTS)
def test_a_chart_on_a_phone_scrolls_by_keyboard_and_says_that_there_is_more(kind, pages, new_page):
    page = new_page(width=PHONE)
    page.goto(pages[kind].as_uri())
    chart = page.get_by_role("region", name="图表").first
    assert "左右滑动" in chart.evaluate("chart => getComputedStyle(chart, '::before').content")
    chart.evaluate("chart => { window.scrolled = new Promise(done => chart.addEventListener('scroll', done)) }")
    chart.focus()
    page.keyboard.press("ArrowRight")
    page.evaluate("Promise.race([scrolled, new Promise((_, fail) => setTimeout(fail, 10_000, 'it did not scroll'))])")


@pytest.mark.parametrize("kind", WITH_CHARTS)
def test_a_wide_screen_needs_no_hint(kind, pages, new_page):
    page = new_page(width=WIDE)
    page.goto(pages[kind].as_uri())
    chart = page.get_by_role("region", name="图表").first
    assert chart.evaluate("chart => chart.scrollWidth - chart.clientWidth") == 0
    assert chart.evaluate("chart => getComputedStyle(chart, '::before').content") == "none"
