"""One report, from bytes to bytes: an error is reported with its reason, and gives no files."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import nbformat
import pytest
from evidence_builder import Evidence, faultless

from scoring import load_scheme
from scoring.base.names import SCORECARD, department_files
from scoring.batch import one_report
from scoring.batch.plan import sources_of
from scoring.batch.task import DEPARTMENT, Made, Task
from scoring.evidence import workbooks_in

FILES = department_files("人社局", 2017)


def task_of(evidence: Evidence, folder: Path) -> Task:
    evidence.save(folder)
    (sources,) = sources_of(workbooks_in(folder), load_scheme(2017)).values()
    parameters = {"department": "人社局", "year": 2017, "rank": 1, "ranked": 1}
    return Task(DEPARTMENT, "人社局", 2017, sources, parameters, FILES)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a report changes the temporary folder of its process; this one makes several."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def make(task: Task) -> Made:
    """Make it in this process."""
    return one_report.make((task, Path(tempfile.gettempdir(), "work")))


def test_every_file_is_made_and_the_scorecard_is_the_folders(tmp_path: Path) -> None:
    made = make(task_of(faultless(), tmp_path))
    assert made.problem == ""
    assert set(made.files) == {*vars(FILES).values(), SCORECARD}
    assert json.loads(made.files[SCORECARD])["total"] == 100
    notebook = nbformat.reads(made.files[FILES.notebook].decode(), as_version=4)
    injected = next(cell.source for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert "department = '人社局'" in injected or "人社局" in injected
    assert str(tmp_path) not in made.files[FILES.notebook].decode()
    assert [path.name for path in tmp_path.iterdir()] == ["人社局.xlsx"]


def test_evidence_that_changed_meanwhile_is_reported(tmp_path: Path) -> None:
    task = task_of(faultless(), tmp_path)
    faultless().add("通报曝光 | 类型=通报 | 来源=市电子政务办").save(tmp_path)
    made = make(task)
    assert "人社局.xlsx 在运行中被改动" in made.problem
    assert made.files == {}


def test_a_notebook_that_fails_is_reported_and_kept(tmp_path: Path) -> None:
    task = task_of(faultless().fact("年度", "2016"), tmp_path)
    made = make(task)
    assert "人社局的工作簿有差错，未评分" in made.problem
    assert made.files == {}
    assert b"NotScored" in made.half_run


def test_a_character_that_the_font_lacks_is_written_out_and_reported_with_its_place(tmp_path: Path) -> None:
    made = make(task_of(faultless().add("安全漏洞 | 级别=低危 | 描述=首页出现\U0001f600图标"), tmp_path))
    assert (made.problem, set(made.files)) == ("", {*vars(FILES).values(), SCORECARD})
    page = made.files[FILES.html].decode()
    assert "首页出现〔U+1F600〕图标" in page
    assert "\U0001f600" not in page
    assert "佐证中有 1 个字符不在报告所用的字体中" in page
    assert "〔U+1F600〕：《安全漏洞》第 2 行" in page
