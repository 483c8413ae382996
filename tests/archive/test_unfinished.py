"""A full disk or a sudden end while archiving: no archive is left that verifies, and the next one is made as usual."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archiving import reported, slim

from scoring.archive.layout import UnusableArchive
from scoring.archive.opened import opened
from scoring.archive.seal import bag
from scoring.archive.seal.run import archive
from scoring.archive.verify.fixity import check_fixity
from scoring.archive.verify.run import Asked, verify
from scoring.base.files import NotWritable
from scoring.batch.plan import Run

pytestmark = pytest.mark.thorough

#: Steps of archiving, each once before and once after it was done; of the copies, one in the middle.
STEPS = ("write_bytes", "_write", "validate", "_pack", "rename")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    slim(monkeypatch)
    return reported(tmp_path)


def place_of(step: str) -> Any:
    return {"rename": Path, "write_bytes": Path, "validate": bag.bagit.Bag}.get(step, bag)


def interrupt(step: str, happen: Callable[[], None], *, after: bool) -> None:
    """Have something happen at a step of archiving."""
    calls = 0
    where = place_of(step)
    real = getattr(where, step)

    def interrupted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        here = calls == 30 or step != "write_bytes"
        if step == "rename" and not Path(str(arguments[-1])).name.startswith("2017年度"):
            here = False
        if here and not after:
            happen()
        result = real(*arguments, **named)
        if here and after:
            happen()
        return result

    setattr(where, step, interrupted)


def bags_in(folder: Path) -> list[Path]:
    """Everything that looks like an archive."""
    return [path.parent for path in folder.rglob("bagit.txt")] + list(folder.rglob("*.zip"))


def holds(path: Path) -> bool:
    try:
        with opened(path) as found:
            return not check_fixity(found.bag).differences
    except UnusableArchive:
        return False


def _die(run: Run, to: Path, step: str, after: bool) -> None:
    interrupt(step, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after)
    archive(run, to)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_sudden_end_leaves_no_archive_that_verifies(run: Run, tmp_path: Path, step: str, *, after: bool) -> None:
    to = tmp_path / "archives"
    process = multiprocessing.get_context("fork").Process(target=_die, args=(run, to, step, after))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    whole = [path for path in bags_in(to) if holds(path)]
    in_place = [path for path in whole if path.parent == to]
    assert whole == in_place  # only what was finished, and moved into its place
    assert len(in_place) == (step == "rename" and after)
    sealed = archive(run, to)
    assert verify(sealed.packed, Asked()).holds
    assert {path.name for path in to.iterdir()} == {".lock", sealed.folder.name, sealed.packed.name}


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    to = tmp_path / "archives"

    def fill() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    where = place_of(step)
    monkeypatch.setattr(where, step, getattr(where, step))  # so that it is put back
    interrupt(step, fill, after=False)
    with pytest.raises(NotWritable, match="磁盘已满"):
        archive(run, to)
    assert [path.name for path in to.iterdir()] == [".lock"]


def test_two_at_a_time_are_refused(run: Run, tmp_path: Path) -> None:
    with bag.only_archiver(tmp_path / "archives"), pytest.raises(NotWritable, match="另一个归档正在写入"):
        archive(run, tmp_path / "archives")


def test_a_folder_that_is_not_writable(run: Run, tmp_path: Path) -> None:
    (tmp_path / "archives").write_text("a file", encoding="utf-8")
    with pytest.raises(NotWritable, match="同名的文件占了它的位置"):
        archive(run, tmp_path / "archives")
