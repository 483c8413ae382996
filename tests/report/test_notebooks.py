"""The notebooks as an analyst opens them: run by hand, or by papermill alone."""

import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from evidence_builder import EXERCISE, exercise
from nbclient import NotebookClient
from traitlets.config import Config

from tools.sample import write_samples

ROOT = Path(__file__).resolve().parents[2]


def own_kernel(folder):
    """Options of a kernel that talks through sockets in a folder, and says nothing."""
    sockets = Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}})
    return {"config": sockets, "extra_arguments": ["--IPKernelApp.log_level=50"]}


def run_by_hand(notebook, folder, **more):
    """Run a notebook where it lies."""
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, resources=where, **own_kernel(folder), **more).execute()


def by_papermill(name, folder, **parameters):
    """What a notebook shows when papermill runs it."""
    source, made = ROOT / "notebooks" / f"{name}.ipynb", folder / "made.ipynb"
    notebook = papermill.execute_notebook(str(source), str(made), parameters, progress_bar=False, **own_kernel(folder))
    return "".join(str(cell.get("outputs", "")) for cell in notebook.cells)


@pytest.mark.skipif(sys.platform == "win32", reason="kernels talk through Unix sockets here")
@pytest.mark.parametrize("name", ["department", "city", "readings"])
def test_a_notebook_runs_by_hand_where_it_lies(name, tmp_path):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    run_by_hand(notebook, tmp_path)
    outputs = [output["data"] for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [data["text/html"] for data in outputs if "application/vnd.jupyter.widget-view+json" not in data]
    assert any("<h1>" in html for html in shown)
    assert all("Traceback" not in html for html in shown)


@pytest.mark.skipif(sys.platform == "win32", reason="kernels talk through Unix sockets here")
def test_papermill_runs_it_for_another_department(tmp_path):
    assert "统计局2017年度网站考核评分报告" in by_papermill("department", tmp_path, department="统计局")


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="kernels talk through Unix sockets here")
def test_papermill_puts_years_side_by_side(tmp_path):
    write_samples(tmp_path / "2018", exercise(), ["人社局"])
    years = [str(ROOT / "data" / "raw" / "2017"), str(tmp_path / "2018")]
    html = by_papermill("years", tmp_path, archives=years, schemes={"2018": EXERCISE})
    assert "部门网站考核年度对比：2017年度、2018年度（演示方案，非正式文件）" in html
    assert "Traceback" not in html


@pytest.mark.skipif(sys.platform == "win32", reason="kernels talk through Unix sockets here")
@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("department", 'department = "气象局"', "没有气象局的佐证工作簿"),
        ("city", "year = 1999", "没有佐证文件夹 ../data/raw/1999"),
        ("readings", 'department = "气象局"', "没有“气象局”的评分结果；可选：市经济开发区办公室"),
        ("years", 'archives = ["../data/raw/2017", "../data/raw/1999"]', "没有佐证文件夹或归档 ../data/raw/1999"),
    ],
)
def test_errors_for_analysts_take_one_line_without_a_traceback(name, parameters, message, tmp_path):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    notebook.cells[0].source += f"\n{parameters}"
    run_by_hand(notebook, tmp_path, allow_errors=True)
    errors = [output for cell in notebook.cells for output in cell.get("outputs", ()) if output.output_type == "error"]
    (line,) = errors[0]["traceback"]
    assert line.startswith(message)


def test_a_department_without_a_workbook_is_reported_in_chinese():
    code = "from scoring.report.view.department import DepartmentReport; DepartmentReport.load('气象局', 2017)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert "没有气象局的佐证工作簿" in run.stderr
