"""Saving when something goes wrong: killed, a full disk, two at once, open elsewhere, read-only."""

from __future__ import annotations

import contextlib
import errno
import itertools
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from evidence_builder import SCHEME
from filelock import FileLock
from savers import decision, save_and_die, save_at_once, save_half_and_die, sha256, small

from scoring.evidence import workbooks_in
from scoring.evidence.reading.read import read_workbook
from scoring.review import saving
from scoring.review.saving import HISTORY, CannotSave, save_decisions

pytestmark = pytest.mark.thorough

OLD = ["2.1:甲", "2.1:乙"]
UNTOUCHED = "原工作簿未改动"


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start fast, with the modules loaded and a single thread."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["savers"])
    with pytest.MonkeyPatch.context() as patch:  # Its own search path does not reach the server's preloading.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    return context


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return small(tmp_path)


def findings(path: Path) -> list[str]:
    """The findings decided on in a workbook that is whole."""
    workbook = read_workbook(path, SCHEME)
    assert workbook.faults == []
    return list(workbook.tables["reviews"]["finding"])


def save(path: Path, finding: str = "2.1:戊") -> None:
    save_decisions(path, SCHEME, sha256(path), [decision(finding)])


@contextlib.contextmanager
def refused(path: Path, message: str) -> Iterator[None]:
    """Saving is refused with a message in Chinese, and nothing was changed or left behind."""
    before, mode = path.read_bytes(), path.stat().st_mode
    with pytest.raises(CannotSave, match=message):
        yield
    assert (path.read_bytes(), path.stat().st_mode) == (before, mode)
    assert left_behind(path.parent) == []


def left_behind(folder: Path) -> list[str]:
    """What saving put there, other than the folder of copies, if that is empty."""
    names = [file.name for file in folder.rglob("*") if file.is_file()]
    return [name for name in names if name.endswith((".saving", ".lock"))] + [
        file.name for file in (folder / HISTORY).glob("*")
    ]


def whole_and_saves_again(path: Path, allowed: list[list[str]]) -> None:
    """After a saver was killed: the old or the new workbook, whole copies, and the next one saves and tidies up."""
    assert workbooks_in(path.parent) == [path]
    saved = findings(path)
    assert saved in allowed
    for copy in (path.parent / HISTORY).glob("[!.]*"):
        assert findings(copy)[:2] == OLD
    save(path, "下一次")
    assert findings(path) == [*saved, "下一次"]
    assert [file.name for file in path.parent.rglob(".*")] == []


# --- Killed ----------------------------------------------------------------------------------------------------------


def test_killed_before_any_step_the_workbook_is_whole_and_the_next_save_works(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    source = small(tmp_path).rename(tmp_path / "模板.xlsx")
    seen = set()
    for step in itertools.count(1):
        folder = tmp_path / str(step)
        folder.mkdir()
        path = Path(shutil.copy(source, folder / "人社局.xlsx"))
        saver = processes.Process(target=save_and_die, args=(path, step))
        saver.start()
        saver.join()
        seen.add(tuple(findings(path)))
        whole_and_saves_again(path, [OLD, [*OLD, f"步:{step}"]])
        if saver.exitcode == 0:
            break
        assert saver.exitcode == -9
    assert step > 20
    assert {len(rows) for rows in seen} == {2, 3}


@pytest.mark.parametrize("nth", [1, 2])
def test_killed_in_the_middle_of_a_write(path: Path, processes: ForkServerContext, nth: int) -> None:
    saver = processes.Process(target=save_half_and_die, args=(path, nth))
    saver.start()
    saver.join()
    assert saver.exitcode == -9
    assert any(file.suffix == ".saving" for file in path.parent.rglob(".*"))
    whole_and_saves_again(path, [OLD])


# --- A disk that is full or fails ------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 KB."""
    folder = tmp_path / "小盘"
    folder.mkdir()
    mount = shutil.which("mount")
    mounted = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("a file system cannot be mounted here; full disks are then only simulated, in the tests below")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_full(small_disk: Path) -> None:
    path = small(small_disk)
    filler = small_disk / "占满"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"0" * 4096)
    with refused(path, f"磁盘已满；请清理磁盘空间后再保存；{UNTOUCHED}"):
        save(path)
    filler.unlink()
    save(path)
    assert findings(path) == [*OLD, "2.1:戊"]


@pytest.mark.parametrize(
    ("call", "number", "message"),
    [
        ("fsync", errno.ENOSPC, "磁盘已满"),
        ("mkdir", errno.EDQUOT, "磁盘已满"),
        ("replace", errno.EACCES, "没有写入权限，或正被其他程序占用"),
        ("fsync", errno.EROFS, "没有写入权限"),
        ("replace", errno.EIO, "磁盘或文件夹出错"),
    ],
)
def test_a_call_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, message: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(saving.os, call, fail)
    with refused(path, message):
        save(path)
    monkeypatch.undo()
    save(path)
    assert findings(path) == [*OLD, "2.1:戊"]


@pytest.mark.parametrize("call", ["fsync", "replace", "moved"])
def test_stopped_by_hand_the_old_workbook_is_there_or_the_new_one_with_its_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    move, before = os.replace, path.read_bytes()

    def stop(*places: Path) -> None:
        if call == "moved":
            move(*places)
        raise KeyboardInterrupt

    monkeypatch.setattr(saving.os, "fsync" if call == "fsync" else "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        save(path)
    if call == "moved":
        assert findings(path) == [*OLD, "2.1:戊"]
        assert [copy.read_bytes() for copy in (path.parent / HISTORY).iterdir()] == [before]
    else:
        assert (path.read_bytes(), left_behind(path.parent)) == (before, [])


def test_what_does_not_read_back_as_meant_is_not_moved_into_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "set_cells", lambda *_: None)
    with refused(path, "核对没有通过（内部检查）"):
        save(path)


# --- Used by others too ----------------------------------------------------------------------------------------------


def test_of_two_that_save_at_once_one_wins_and_the_other_is_refused(path: Path, processes: ForkServerContext) -> None:
    for turn in range(2):
        before, read, names = findings(path), sha256(path), [f"{turn}:一", f"{turn}:二"]
        barrier, answers = processes.Barrier(2), processes.Queue()
        savers = [processes.Process(target=save_at_once, args=(path, read, name, barrier, answers)) for name in names]
        for saver in savers:
            saver.start()
        outcomes = dict(answers.get() for _ in savers)
        for saver in savers:
            saver.join()
        (winner,) = [name for name in names if not outcomes[name]]
        (loser,) = [message for message in outcomes.values() if message]
        assert "已被改动" in loser or "正由另一个笔记本保存" in loser
        assert findings(path) == [*before, winner]
    assert [file.name for file in path.parent.rglob(".*")] == []


@pytest.mark.parametrize("what", ["changed", "opened"])
def test_changed_or_opened_while_it_is_saved(path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    keep, before = saving._keep, path.read_bytes()

    def meanwhile(*given: object) -> Path:
        copy = keep(*given)
        if what == "changed":
            path.write_bytes(path.read_bytes() + b"\0")
        else:
            (path.parent / "~$人社局.xlsx").touch()
        return copy

    monkeypatch.setattr(saving, "_keep", meanwhile)
    with pytest.raises(CannotSave, match={"changed": "已被改动", "opened": "正在 Excel"}[what]):
        save(path)
    assert path.read_bytes() == before + (b"\0" if what == "changed" else b"")
    assert left_behind(path.parent) == []


def test_open_in_an_office_program(tmp_path: Path) -> None:
    """Of a link also where it leads to; another workbook that is open is no hindrance."""
    (tmp_path / "库").mkdir()
    path, link = small(tmp_path / "库"), tmp_path / "人社局.xlsx"
    link.symlink_to(path)
    for name in ("住建局.xlsx", "社局.xlsx"):
        for file in (name, f"~${name}"):
            (tmp_path / file).write_bytes(b"")
    owners = ["~$人社局.xlsx", "~$局.xlsx", ".~人社局.xlsx", ".~局.xlsx", ".~lock.人社局.xlsx#"]
    for owner in [*(tmp_path / name for name in owners), path.with_name("~$社局.xlsx"), path.with_name(".~社局.xlsx")]:
        owner.touch()
        with refused(link, f"正在 Excel、WPS 或 LibreOffice 中打开；请先关闭.*{owner.name.replace('$', '[$]')}"):
            save(link)
        owner.unlink()
    save(link)
    assert findings(path) == [*OLD, "2.1:戊"]


def test_while_another_saves(path: Path) -> None:
    with FileLock(path.parent / ".人社局.xlsx.lock"), pytest.raises(CannotSave, match="正由另一个笔记本保存"):
        save(path)
    assert findings(path) == OLD


def test_leftovers_of_a_dead_saver_are_no_hindrance(path: Path) -> None:
    (path.parent / HISTORY).mkdir()
    theirs = path.parent / ".人社局.xlsx.xlsx.abcd1234.saving"
    leftovers = [".人社局.xlsx.lock", ".人社局.xlsx.abcd1234.saving", f"{HISTORY}/.人社局.xlsx.ab_d1234.saving"]
    for name in (*leftovers, theirs.name):
        (path.parent / name).write_bytes(b"half")
    save(path)
    assert [file.name for file in path.parent.rglob(".*")] == [theirs.name]


# --- Not to be written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "folder", "message"),
    [(0o444, 0o755, f"只读文件；请取消“只读”属性后再保存。{UNTOUCHED}"), (0o644, 0o555, "文件夹不能写入")],
)
def test_read_only(path: Path, mode: int, folder: int, message: str) -> None:
    path.chmod(mode)
    path.parent.chmod(folder)
    try:
        with refused(path, message):
            save(path)
    finally:
        path.parent.chmod(0o755)


def test_gone_or_no_workbook_any_more(path: Path) -> None:
    read = sha256(path)
    (path.parent / HISTORY).write_bytes(b"")
    with pytest.raises(CannotSave, match=UNTOUCHED):
        save(path)
    (path.parent / HISTORY).unlink()
    save(path, "别人的")
    assert findings(path) == [*OLD, "别人的"]
    path.write_bytes(b"PK")
    with pytest.raises(CannotSave, match="已被改动"):
        save_decisions(path, SCHEME, read, [decision()])
    with pytest.raises(CannotSave, match=r"不是 \.xlsx 工作簿，或已损坏"):
        save(path)
    path.unlink()
    with pytest.raises(CannotSave, match="文件已不在原处"):
        save_decisions(path, SCHEME, read, [decision()])
