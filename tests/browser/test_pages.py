"""Every kind of HTML page that the project makes: accessible, valid, quiet, read whole on any screen and on paper."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from evidence_builder import a_year_later, faultless
from playwright.sync_api import expect

from scoring.base.names import city_files, department_files, notice_files, outlook_files, years_files

ROOT = Path(__file__).resolve().parents[2]
YEAR = 2017
WIDTHS = WIDE, TABLET, PHONE = 1280, 768, 390
#: Departments whose reports differ most: little lost, everything lost to a veto, leaves pending, nothing lost.
DEPARTMENTS = {"qualified": "人社局", "vetoed": "国土资源局", "provisional": "规划局", "faultless": "教育局"}
WITH_A_FAULT = "统计局"
WITH_CHARTS = (*DEPARTMENTS, "city", "years")
KINDS = (*WITH_CHARTS, *(f"{kind}-notice" for kind in DEPARTMENTS), "outlook", "city-outlook", "review", "check")
#: A notice that names no fault is one part.
WITH_CONTENTS = tuple(kind for kind in KINDS if kind != "faultless-notice")
#: Tap targets do not matter on paper.
NOT_ON_PAPER = ("target-size",)
#: What reaches beyond the window or its own box, and cells that are not shown; a card's column heads are for the ear.
CUT_OFF = """
    () => [...document.querySelectorAll("body *:not(.skip, thead, thead *)")].filter((one) => {
        const {left, right, width} = one.getBoundingClientRect();
        const outside = width && (left < -1 || right > document.documentElement.clientWidth + 1);
        const hidden = !width && one.matches("td, th") && one.textContent;
        return outside || hidden || (one.clientWidth && one.scrollWidth > one.clientWidth + 1);
    }).map((one) => one.outerHTML.slice(0, 200))
"""
#: Texts of the contents, and of the headings that their links lead to.
CONTENTS = """
    links => links.map((link) => [link.innerText, document.getElementById(link.hash.slice(1))?.innerText])
"""


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Each kind of page, made in a folder laid out like the project."""
    project = tmp_path_factory.mktemp("project")
    raw, out, review = project / "data" / "raw", project / "out", project / "notebooks" / "review.ipynb"
    lay_evidence(raw / str(YEAR))
    run("scoring", "report", raw / str(YEAR), "--out", out, "--jobs", "2", expected=1)  # for the workbook with a fault
    for department in DEPARTMENTS.values():
        run("scoring", "notice", department, "--raw", raw, "--out", out)
    run("scoring", "outlook", raw / str(YEAR), "--on", "2017-10-16", "--out", out, expected=1)
    run("scoring", "check", raw / str(YEAR), "--page", out / "check.html", expected=1)
    years = lay_years(project / "years")
    run("scoring", "years", *years, "--out", out)
    review.parent.mkdir()
    shutil.copy(ROOT / "notebooks" / review.name, review)
    run("jupyter", "nbconvert", "--execute", "--to", "scorecard-html", review)
    city, compared = city_files(YEAR), years_files([YEAR, YEAR + 1])
    return {
        "city": out / city.html,
        "years": out / compared.html,
        "review": review.with_suffix(".html"),
        "check": out / "check.html",
        "outlook": out / DEPARTMENTS["vetoed"] / outlook_files(YEAR, DEPARTMENTS["vetoed"]).html,
        "city-outlook": out / outlook_files(YEAR).html,
        **department_pages(out),
    }


def lay_evidence(folder: Path) -> None:
    """Copies of sample workbooks, and two workbooks of the tests' own."""
    faultless(DEPARTMENTS["faultless"]).save(folder)
    faultless(WITH_A_FAULT).fact("年度", "2016").save(folder)
    for kind in ("qualified", "vetoed", "provisional"):
        shutil.copy(ROOT / "data" / "raw" / str(YEAR) / f"{DEPARTMENTS[kind]}.xlsx", folder)


def lay_years(folder: Path) -> list[Path]:
    """Two years of one department, the second worse."""
    years = [folder / str(YEAR), folder / str(YEAR + 1)]
    faultless(WITH_A_FAULT).save(years[0])
    a_year_later(faultless(WITH_A_FAULT).add("监测发现 ×3 | 指标=3.3.2.1.3")).save(years[1])
    return years


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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_on_the_screen(kind, width, pages, new_page, axe):
    page = new_page(width=width)
    page.goto(pages[kind].as_uri())
    assert axe(page) == []
    page.eval_on_selector_all("details", "them => them.forEach((folded) => { folded.open = true; })")
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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_off_or_needs_scrolling_sideways(kind, width, pages, new_page):
    page = new_page(width=width)
    page.goto(pages[kind].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", WITH_CONTENTS)
def test_the_contents_lead_to_what_they_name(kind, width, pages, new_page):
    page = new_page(width=width)
    page.goto(pages[kind].as_uri())
    contents = page.get_by_role("navigation", name="目录")
    if width < WIDE:
        contents.get_by_text("目录").click()
    links = contents.get_by_role("link")
    entries = links.evaluate_all(CONTENTS)
    assert entries
    assert [name for name, _ in entries] == [heading for _, heading in entries]
    links.last.click()
    expect(page.locator(f'[id="{page.url.partition("#")[2]}"]')).to_be_in_viewport()


@pytest.mark.parametrize("kind", WITH_CHARTS)
def test_a_phone_shows_a_chart_in_words_too(kind, pages, new_page):
    page = new_page(width=PHONE)
    page.goto(pages[kind].as_uri())
    chart = page.get_by_role("figure").first
    chart.get_by_text("图中数字").click()
    words = chart.get_by_role("img").get_attribute("alt")
    expect(chart.get_by_role("paragraph").filter(has_text=words)).to_be_visible()
