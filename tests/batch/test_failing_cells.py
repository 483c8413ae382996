"""Notebooks that fail in every way: reported with the reason, kept apart, the older report removed, others made.

The program and its notebooks are copied, and the department's notebook gets a cell that does something else for each
department.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from batching import FakeRunner, asked, incomplete, report, results, save
from commands import command
from evidence_builder import faultless

from scoring.base.names import department_files

pytestmark = [pytest.mark.thorough, pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of Unix")]

ROOT = Path(__file__).resolve().parents[2]
#: Seconds that a report may take: one of them uses them up.
TIME_LIMIT = 60
#: Department to what its notebook does after its first cells, and the message.
FAILING = {
    "教育局": ('raise ValueError("第一行\\n第二行")', "笔记本运行出错（ValueError：第一行 第二行）"),
    "住建局": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\nheld = bytearray(8 << 30)",
        "内存不足",
    ),
    "规划局": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "生成报告的进程异常终止（可能是内存不足，或被强行结束）",
    ),
    "统计局": ("import time\ntime.sleep(3600)", f"超过 {TIME_LIMIT} 秒仍未完成，已中止"),
}
#: What every notebook does: it checks that others have left nothing, and leaves something of each kind itself.
LEAVES = """
import os, random, matplotlib as mpl, matplotlib.pyplot as plt, pandas as pd
from pathlib import Path
assert not hasattr(pd, "left") and "LEFT" not in os.environ and not plt.get_fignums() and not Path("left").exists()
assert mpl.rcParams["lines.linewidth"] != 99 and random.getstate() != random.Random(99).getstate()
pd.left, os.environ["LEFT"], mpl.rcParams["lines.linewidth"] = True, "1", 99
plt.figure(), Path("left").touch(), random.seed(99)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the program whose department's notebook fails for some departments."""
    folder = tmp_path / "project"
    for name in ("scoring", "notebooks", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "notebooks" / "department.ipynb"
    notebook = nbformat.read(path, as_version=4)
    at = next(number for number, cell in enumerate(notebook.cells) if "report.first_page" in cell.source)
    code = f"exec({ {name: code for name, (code, _) in FAILING.items()}!r}.get(department, ''))"
    notebook.cells.insert(at + 1, nbformat.v4.new_code_cell(code, id="failing"))
    notebook.cells.insert(1, nbformat.v4.new_code_cell(LEAVES, id="leaves"))
    nbformat.write(notebook, path)
    return folder


def test_each_is_reported_and_the_others_are_made(project: Path, tmp_path: Path) -> None:
    raw, out = save(tmp_path / "raw", map(faultless, ["人社局", "国土资源局", *FAILING])), tmp_path / "out"
    report(asked(raw, out), FakeRunner())
    (out / "教育局" / "我的备注.txt").write_text("留", encoding="utf-8")
    before = results(out)
    with command(raw, out, "--time-limit", TIME_LIMIT, folder=project) as running:
        assert running.wait() == 1
        assert running.wait_until_gone()
        assert list(running.temporary.iterdir()) == []
        stderr, stdout = running.stderr.splitlines(), running.stdout.splitlines()
    where = {name: f"failed/{department_files(name, 2017).notebook}" for name in FAILING}
    expected = {f"{name}：{reason}；运行到一半的笔记本在 {where[name]}" for name, (_, reason) in FAILING.items()}
    assert set(stderr) == expected
    assert stdout[-1].startswith("已生成 3 份报告，失败 4 份；")
    for name in FAILING:
        half_run = nbformat.read(out / where[name], as_version=4)
        assert any(cell.get("outputs") for cell in half_run.cells), "its first cells have run"
    left = results(out)
    assert {name for name in left if name.startswith(tuple(FAILING))} == {"教育局/我的备注.txt"}
    assert left["人社局/scorecard.json"] != before["人社局/scorecard.json"], "the older report was a fake"
    assert json.loads(left["人社局/scorecard.json"])["total"] == 100
    assert [name for name in incomplete(out) if name != "教育局"] == []
    page = (out / "index.html").read_text(encoding="utf-8")
    assert f"教育局/{department_files('教育局', 2017).html}" not in page, "a failed report has no link"
