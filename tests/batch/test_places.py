"""Results that cannot be written, or have odd names: a Chinese message, nothing incomplete, nothing elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import pytest
from batching import FakeRunner, asked, incomplete, put, report, results, save
from bs4 import BeautifulSoup
from calling import Run
from commands import command
from evidence_builder import faultless

from scoring.base.names import department_files

pytestmark = pytest.mark.thorough


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


Mount = Callable[[Path, str], Callable[[str], None]]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount a small disk on a folder; returns a function that changes its options. Needs the right to mount."""
    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("no tmpfs can be mounted here")

    with ExitStack() as stack:

        def mounted(folder: Path, size: str) -> Callable[[str], None]:
            folder.mkdir()
            said = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
            )
            if said.returncode:
                pytest.skip(f"no tmpfs can be mounted here: {said.stderr.decode().strip()}")
            stack.callback(subprocess.run, ["umount", folder], check=True)
            return lambda options: subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True) and None

        yield mounted


def ended(raw: Path, out: Path, *more: object, **options: object) -> tuple[int, list[str]]:
    """A run that leaves nothing behind but results: its exit code, and the lines of standard error."""
    with command(raw, out, *more, **options) as running:
        code = running.wait()
        assert running.wait_until_gone()
        assert list(running.temporary.iterdir()) == []
        return code, running.stderr.splitlines()


# --- No room


def test_no_room_for_new_results_takes_the_old_ones_away(
    raws: list[Path], undisturbed: list[dict[str, bytes]], mount: Mount, tmp_path: Path
) -> None:
    out = tmp_path / "结果"
    change = mount(out, "100m")
    put(out, undisturbed[0])
    used = shutil.disk_usage(out).used
    change(f"size={used + 16384}")
    code, lines = ended(raws[1], out)
    assert code == 1
    assert "磁盘已满" in lines[0]
    assert incomplete(out) == []
    old = {name for name, content in undisturbed[0].items() if content != undisturbed[1].get(name)}
    assert [name for name, content in results(out).items() if name in old and content == undisturbed[0][name]] == []
    change("size=100m")
    assert ended(raws[1], out) == (0, [])
    assert results(out) == undisturbed[1]


def test_the_disk_of_temporary_files_is_full(
    short: Path, mount: Mount, raws: list[Path], undisturbed: list[dict[str, bytes]], tmp_path: Path
) -> None:
    """There is room for a few bytes, by which Python tries it, and for no workbook."""
    out = tmp_path / "out"
    mount(short / "t", "8k")
    code, lines = ended(raws[0], out, temporary=short / "t")
    assert code == 1
    assert all("存放临时文件的磁盘已满" in line for line in lines), lines
    assert len(lines) == 3
    assert incomplete(out) == []
    assert ended(raws[0], out) == (0, [])
    assert results(out) == undisturbed[0]


@pytest.mark.skipif(sys.platform == "win32", reason="no sockets in files there")
@pytest.mark.parametrize(("length", "code"), [(64, 0), (65, 1)])
def test_a_folder_of_temporary_files_whose_path_is_too_long_for_sockets(
    length: int, code: int, short: Path, raws: list[Path], tmp_path: Path
) -> None:
    long = short / ("x" * (length - len(str(short)) - 1))
    ended_with, lines = ended(raws[0], tmp_path, "--department", "人社局", temporary=long)
    assert (ended_with, len(lines)) == (code, code)
    assert all("路径过长；请把环境变量 TMPDIR 设为不超过 64 个字节的路径" in line for line in lines)


# --- No permission


@pytest.fixture
def as_everybody() -> list[str]:
    """The prefix of a command that must respect permissions, which root does not."""
    if sys.platform == "win32":
        pytest.skip("permissions of Unix")
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root minds no permissions, and there is no setpriv here")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def test_folders_without_permission(
    raws: list[Path], undisturbed: list[dict[str, bytes]], as_everybody: list[str], tmp_path: Path
) -> None:
    """First all of the results, then one department's: its outdated report is reported as still there."""
    out = tmp_path / "out"
    put(out, undisturbed[0])
    out.chmod(0o555)
    lines = [f"错误：结果写不进 {out}（没有权限）；请检查磁盘空间和写入权限"]
    assert ended(raws[1], out, before=as_everybody) == (1, lines)
    assert results(out) == undisturbed[0]
    out.chmod(0o755)
    (out / "教育局").chmod(0o555)
    code, lines = ended(raws[1], out, before=as_everybody)
    (out / "教育局").chmod(0o755)
    assert code == 1
    (line,) = lines
    assert line.startswith("教育局：结果写不进")
    assert line.endswith("（没有权限）；请检查磁盘空间和写入权限；原有的报告已失效，但无法撤下，请勿使用")
    assert incomplete(out) == []
    assert ended(raws[1], out) == (0, [])
    assert results(out) == undisturbed[1]


def test_a_file_in_the_place_of_a_departments_folder_stays(raws: list[Path], tmp_path: Path) -> None:
    (tmp_path / "教育局").write_text("留", encoding="utf-8")
    outcome = report(asked(raws[0], tmp_path), FakeRunner())
    assert "同名的文件占了它的位置" in outcome.failures["教育局"]
    assert (tmp_path / "教育局").read_text(encoding="utf-8") == "留"
    assert outcome.made == ["人社局", "全市汇总"]


# --- Odd names

ODD = ["甲 局", "乙'局“一”", "丙{0}局{}", "-丁局", "$(touch 坏)局", "`id`&局;#%41", "长" * 66]
OTHER = ["index.html", "ranking.json", "failed", "运行日志", "CON", "甲局.", "甲\n局", "$(touch 坏)", "长" * 80, "-局"]


def listed(folder: Path, names: list[str]) -> Path:
    path = folder / "名单.txt"
    path.write_text("\n".join(names) + "\n", encoding="utf-8")
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="its paths may not be so long")
def test_odd_names_are_folders_of_right_reports(tmp_path: Path) -> None:
    raw = save(tmp_path / "raw", map(faultless, ODD))
    out = tmp_path / "out"
    before = {path.name for path in tmp_path.iterdir()}
    assert ended(raw, out, "--departments", listed(tmp_path, ODD)) == (0, [])
    assert {path.name for path in tmp_path.iterdir()} - before == {"out", "名单.txt"}
    assert incomplete(out) == []
    page = BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = {unquote(link["href"]) for link in page.find_all("a", href=True) if not link["href"].startswith("#")}
    for name in ODD:
        assert json.loads((out / name / "scorecard.json").read_text(encoding="utf-8"))["department"] == name
        files = department_files(name, 2017)
        report_page = BeautifulSoup((out / name / files.html).read_text(encoding="utf-8"), "html.parser")
        assert name in report_page.h1.get_text()
        assert {f"{name}/{file}" for file in vars(files).values()} <= links


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_workbooks_of_other_names_are_faults_and_nothing_else(raws: list[Path], tmp_path: Path) -> None:
    raw, out = shutil.copytree(raws[0], tmp_path / "raw"), tmp_path / "out"
    for name in OTHER:
        (raw / f"{name}.xlsx").write_bytes(faultless("甲局").content())
    for _ in range(2):
        outcome = report(asked(raw, out), FakeRunner())
        assert set(outcome.scores.faults) == {f"{name}.xlsx" for name in OTHER}
        assert outcome.failures == {}
        assert incomplete(out) == []
    assert {path.name for path in tmp_path.iterdir()} == {"raw", "out"}
    assert {name for name in OTHER if (out / name).is_dir()} <= {"failed", "运行日志"}


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_workbook_whose_name_is_no_text(raws: list[Path], tmp_path: Path, run: Run) -> None:
    raw = shutil.copytree(raws[0], tmp_path / "raw")
    Path(os.fsdecode(os.fsencode(raw) + b"/\xbc\xd7.xlsx")).write_bytes(faultless("甲局").content())
    for command_of in ("report", "score"):
        refused = run(command_of, raw, "--out", tmp_path / "out")
        assert refused.code == 2
        assert r"文件名不是 UTF-8 编码的工作簿（\udcbc\udcd7.xlsx）" in refused.err
    assert not (tmp_path / "out").exists()
