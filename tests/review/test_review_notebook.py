"""The review notebook in a batch: static tables in the widgets' places, a page that can be read without a notebook."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from traitlets.config import Config

from scoring.batch.one_report import tidied
from scoring.report.render.exporters import ScorecardHTMLExporter
from scoring.report.view import words
from scoring.report.view.blocks import MIME
from scoring.review.audit import Audit

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
#: A sample department with decisions on record.
DEPARTMENT = "卫计局"


@pytest.fixture(scope="module")
def audit() -> Audit:
    return Audit.open(DEPARTMENT, 2017, ROOT / "data" / "raw")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook run by papermill, with no parameter that says so."""
    if sys.platform == "win32":
        pytest.skip("kernels talk through Unix sockets here")
    folder = tmp_path_factory.mktemp("batch")
    raw = folder / "raw"
    shutil.copytree(ROOT / "data" / "raw" / "2017", raw / "2017")
    return papermill.execute_notebook(
        str(NOTEBOOKS / "review.ipynb"),
        str(folder / "review.ipynb"),
        {"department": DEPARTMENT, "raw": str(raw)},
        progress_bar=False,
        config=Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}}),
        extra_arguments=["--IPKernelApp.log_level=50"],
    )


@pytest.fixture(scope="module")
def page(run: NotebookNode) -> BeautifulSoup:
    html, _ = ScorecardHTMLExporter().from_notebook_node(run)
    return BeautifulSoup(html, "html.parser")


def test_no_widget_is_left_without_a_front_end(run: NotebookNode) -> None:
    kinds = {kind for cell in run.cells for output in cell.get("outputs", ()) for kind in output.get("data", {})}
    assert kinds == {MIME, "text/html", "text/plain"}
    assert "widgets" not in run.metadata


def test_each_leaf_with_findings_has_its_clause_findings_and_sum(page: BeautifulSoup, audit: Audit) -> None:
    text = " ".join(page.get_text(" ").split())
    assert {finding.id for finding in audit.card.findings if finding.id not in text} == set()
    for leaf in audit.card.scheme.leaves:
        assert leaf.name in text
        if audit.card.of(leaf.code):
            assert (leaf.standard or leaf.description).split()[0] in text
            assert words.finding_points(audit.card.of(leaf.code)[0], audit.card.scheme) in text


def test_every_option_of_every_reading_and_every_decision_is_there(page: BeautifulSoup, audit: Audit) -> None:
    text = page.get_text(" ")
    others = [
        reading.options[option]
        for key, reading in audit.card.scheme.readings.items()
        for option in reading.options
        if option != audit.card.readings[key]
    ]
    assert [option for option in others if option not in text] == []
    assert [review.finding for review in audit.card.reviews if review.reason not in text] == []


def test_the_page_reads_from_top_to_bottom(page: BeautifulSoup) -> None:
    assert [heading.get_text() for heading in page.select("h1")] == ["逐项核查与复核工作台"]
    assert len(page.select("h2")) == 4
    assert "示例数据" in page.get_text()
    assert page.select("script, button, select, input") == []


@pytest.mark.parametrize("name", ["department", "city", "circular", "readings", "review", "years"])
def test_a_notebook_is_stored_without_outputs(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    assert [cell["id"] for cell in notebook.cells] == [f"cell-{n:02d}" for n in range(len(notebook.cells))]
    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_the_link_to_the_review_is_in_no_report() -> None:
    notebook = nbformat.read(NOTEBOOKS / "department.ipynb", as_version=4)
    assert "review.ipynb" in json.dumps(notebook)
    html, _ = ScorecardHTMLExporter().from_notebook_node(notebook)
    assert "review.ipynb" not in html
    assert "review.ipynb" not in json.dumps(tidied(notebook))
