"""Replacing a workbook: whole or not at all, with a dated copy, also when killed, on a full disk, or by two at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import itertools
import os
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from filelock import FileLock
from replacers import replace_and_die, replace_at_once, replace_half_and_die

from scoring.evidence import saving
from scoring.evidence.files import HISTORY
from scoring.evidence.saving import CannotSave, replace

OLD, NEW = b"old" * 1000, b"new" * 1000
UNTOUCHED = "没有写入，原有文件未改动"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return laid(tmp_path)


def laid(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "人社局.信箱.xlsx"
    path.write_bytes(OLD)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@contextlib.contextmanager
def refused(path: Path, message: str) -> Iterator[None]:
    """Refused with a message in Chinese; nothing was changed or left behind."""
    before = files(path.parent)
    with pytest.raises(CannotSave, match=f"(?s){message}.*{UNTOUCHED}"):
        yield
    assert files(path.parent) == before


def whole_and_saves_again(path: Path) -> bytes:
    """After a saver was killed: the old or the new file, whole copies, and the next one saves and tidies up."""
    found = path.read_bytes() if path.exists() else b""
    assert found in {b"", OLD, NEW}
    copies = [copy.read_bytes() for copy in (path.parent / HISTORY).glob("[!.]*")]
    assert set(copies) <= {OLD}
    replace(path, b"next", sha256(path))
    assert path.read_bytes() == b"next"
    assert [file.name for file in path.parent.rglob(".*")] == []
    return found


# --- What is written


def test_the_old_file_is_kept_under_its_day_and_twice_in_a_second_under_two_names(path: Path) -> None:
    path.chmod(0o640)
    now = dt.datetime(2018, 1, 12, 9, 30, 5, tzinfo=dt.UTC)
    copies = [replace(path, content, sha256(path), now=now) for content in (NEW, b"third")]
    names = ["人社局.信箱-20180112-093005.xlsx", "人社局.信箱-20180112-093005-2.xlsx"]
    assert copies == [path.parent / HISTORY / name for name in names]
    assert files(path.parent) == {path.name: b"third", f"{HISTORY}/{names[0]}": OLD, f"{HISTORY}/{names[1]}": NEW}
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_in_a_new_folder_has_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "2017" / "人社局.信箱.xlsx"
    assert replace(path, NEW, "") is None
    assert files(tmp_path) == {"2017/人社局.信箱.xlsx": NEW}
    assert path.stat().st_mode & 0o777 == 0o644


def test_of_a_link_the_file_that_it_leads_to(tmp_path: Path) -> None:
    path, link = laid(tmp_path / "库"), tmp_path / "人社局.xlsx"
    link.symlink_to(path)
    replace(link, NEW, sha256(path))
    assert link.is_symlink()
    assert path.read_bytes() == NEW


# --- Killed


@pytest.mark.thorough
@pytest.mark.parametrize("is_there", [True, False])
def test_killed_before_any_step_the_file_is_whole(
    tmp_path: Path, processes: ForkServerContext, *, is_there: bool
) -> None:
    seen = set()
    for step in itertools.count(1):
        path = laid(tmp_path / str(step))
        if not is_there:
            path.unlink()
        saver = processes.Process(target=replace_and_die, args=(path, NEW, sha256(path), step))
        saver.start()
        saver.join()
        seen.add(whole_and_saves_again(path))
        if saver.exitcode == 0:
            break
        assert saver.exitcode == -9
    assert step > 8
    assert seen == {OLD if is_there else b"", NEW}


@pytest.mark.parametrize("nth", [1, 2])
def test_killed_in_the_middle_of_a_write(path: Path, processes: ForkServerContext, nth: int) -> None:
    saver = processes.Process(target=replace_half_and_die, args=(path, NEW, sha256(path), nth))
    saver.start()
    saver.join()
    assert saver.exitcode == -9
    assert any(file.suffix == ".saving" for file in path.parent.rglob(".*"))
    assert whole_and_saves_again(path) == OLD


@pytest.mark.parametrize(
    ("call", "number", "message"),
    [
        ("fsync", errno.ENOSPC, "磁盘已满；请清理磁盘空间"),
        ("mkdir", errno.EDQUOT, "磁盘已满"),
        ("replace", errno.EACCES, "没有写入权限，或正被其他程序占用"),
        ("replace", errno.EIO, "磁盘或文件夹出错"),
    ],
)
def test_a_call_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, message: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    read = sha256(path)
    with monkeypatch.context() as patch, refused(path, message):
        patch.setattr(saving.os, call, fail)
        replace(path, NEW, read)
    replace(path, NEW, read)
    assert path.read_bytes() == NEW


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_stopped_by_hand_nothing_is_left(path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(saving.os, call, stop)
    with pytest.raises(KeyboardInterrupt):
        replace(path, NEW, sha256(path))
    assert files(path.parent) == {path.name: OLD}


# --- Used by others too


@pytest.mark.parametrize("is_there", [True, False])
def test_of_two_that_save_at_once_one_wins(path: Path, processes: ForkServerContext, *, is_there: bool) -> None:
    if not is_there:
        path.unlink()
    barrier, answers, read = processes.Barrier(2), processes.Queue(), sha256(path)
    savers = [
        processes.Process(target=replace_at_once, args=(path, content, read, barrier, answers))
        for content in (b"one", b"two")
    ]
    for saver in savers:
        saver.start()
    outcomes = dict(answers.get() for _ in savers)
    for saver in savers:
        saver.join()
    (winner,) = [content for content, message in outcomes.items() if not message]
    (loser,) = [message for message in outcomes.values() if message]
    assert "已被改动" in loser or "正由另一个程序写入" in loser
    assert path.read_bytes() == winner
    assert [file.name for file in path.parent.rglob(".*")] == []


@pytest.mark.parametrize("what", ["changed", "opened"])
def test_changed_or_opened_while_it_is_saved(path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    keep, read = saving._keep, sha256(path)

    def meanwhile(*given: object) -> Path:
        copy = keep(*given)
        if what == "changed":
            path.write_bytes(b"theirs")
        else:
            (path.parent / f"~${path.name}").touch()
        return copy

    monkeypatch.setattr(saving, "_keep", meanwhile)
    with pytest.raises(CannotSave, match={"changed": "已被改动；请重新载入或重新运行", "opened": "正在 Excel"}[what]):
        replace(path, NEW, read)
    assert path.read_bytes() == (b"theirs" if what == "changed" else OLD)
    assert list((path.parent / HISTORY).iterdir()) == []


def test_changed_gone_or_made_since_it_was_read(path: Path) -> None:
    for read in ("", hashlib.sha256(NEW).hexdigest()):
        with refused(path, "在读取以后已被改动"):
            replace(path, NEW, read)
    read = sha256(path)
    path.unlink()
    with refused(path, "在读取以后已被改动"):
        replace(path, NEW, read)


@pytest.mark.parametrize("owner", ["~${}", ".~{}", ".~lock.{}#"])
def test_open_in_an_office_program(path: Path, owner: str) -> None:
    (path.parent / owner.format(path.name)).touch()
    with refused(path, "正在 Excel、WPS 或 LibreOffice 中打开；请先关闭"):
        replace(path, NEW, sha256(path))


def test_while_another_saves(path: Path) -> None:
    with FileLock(path.parent / f".{path.name}.lock"), pytest.raises(CannotSave, match="正由另一个程序写入；请稍候"):
        replace(path, NEW, sha256(path))
    assert path.read_bytes() == OLD


def test_leftovers_of_a_dead_saver_are_removed_and_those_of_others_stay(path: Path) -> None:
    (path.parent / HISTORY).mkdir()
    theirs = ".人社局.xlsx.abcd1234.saving"
    for name in (f".{path.name}.lock", f".{path.name}.abcd1234.saving", f"{HISTORY}/.{path.name}.ab_d.saving", theirs):
        (path.parent / name).write_bytes(b"half")
    replace(path, NEW, sha256(path))
    assert [file.name for file in path.parent.rglob(".*")] == [theirs]


@pytest.mark.parametrize(
    ("mode", "folder", "message"), [(0o444, 0o755, "只读文件；请取消“只读”属性"), (0o644, 0o555, "文件夹不能写入")]
)
def test_read_only(path: Path, mode: int, folder: int, message: str) -> None:
    path.chmod(mode)
    path.parent.chmod(folder)
    try:
        with refused(path, message):
            replace(path, NEW, sha256(path))
    finally:
        path.parent.chmod(0o755)
