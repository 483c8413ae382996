"""Ctrl-C at any moment, once or more, and SIGTERM: one line, no process left, whole results; the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from batching import results, save, some_evidence, strange
from commands import HERE, Command, command
from evidence_builder import faultless

from scoring.folders import WORKBOOKS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

STOPPED = "已停止；已完成的报告都已保存，再运行一次即可接着做。\n"
#: Seconds in which a run has stopped, on a machine that is busy with other tests.
SOON = 10


class House:
    """Evidence of two departments, what an undisturbed run makes of it, and results."""

    def __init__(self, folder: Path) -> None:
        self.raw = save(folder / "raw", some_evidence()[:2])
        with command(self.raw, folder / "undisturbed") as running:
            running.until_used(10**6)  # Only measures.
            assert running.wait() == 0
            self.work = running.used()
        self.undisturbed = results(folder / "undisturbed")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


def once(running: Command) -> None:
    running.interrupt()


def twice(running: Command) -> None:
    running.interrupt()
    time.sleep(0.05)
    running.interrupt()
    time.sleep(0.2)
    running.interrupt()


def terminate(running: Command) -> None:
    running.process.terminate()


@pytest.mark.parametrize("stop", [once, twice, terminate])
def test_a_run_is_stopped(stop: Callable[[Command], None], house: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for moment in STOPS[stop]:
        while not is_stopped(stop, moment, house, out):
            shutil.rmtree(out)
    with command(house.raw, out) as running:
        assert (running.wait(), running.complained) == (0, "")
    assert results(out) == house.undisturbed


def is_stopped(stop: Callable[[Command], None], moment: float, house: House, out: Path) -> bool:
    """Whether it was, with all that belongs to it; on a machine less busy meanwhile it may have ended before.

    Also when much of it was done by the runs that were stopped before: then all is to be done again.
    """
    fresh = not out.exists()
    with command(house.raw, out) as running:
        if not running.until_used(moment * house.work, "template"):
            assert (running.wait(), running.complained) == (0, ""), moment
            assert results(out) == house.undisturbed
            house.work = min(house.work, running.used()) if fresh else house.work
            return False
        begun = time.monotonic()
        stop(running)
        assert running.wait() == 130, (moment, running.complained)
        assert time.monotonic() - begun < SOON, moment
        assert running.complained == STOPPED, moment
        assert strange(out, house.undisturbed) == [], moment
        assert running.are_gone(), moment
        assert list(running.temporary.iterdir()) == [], moment
    return True


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence of so many departments that they are scored in more than one process, and the list of their names."""
    folder = tmp_path_factory.mktemp("many")
    names = [f"示例单位{number:04d}" for number in range(WORKBOOKS + 50)]
    save(folder / "raw", map(faultless, names))
    (folder / "names.txt").write_text("\n".join(names), encoding="utf-8")
    return folder


@pytest.mark.parametrize("stop", [once, terminate])
def test_scoring_is_stopped(stop: Callable[[Command], None], many: Path, tmp_path: Path) -> None:
    """As the first departments are written, others are in hand."""
    written = partial(tmp_path.rglob, "scorecard.json")
    with command(many / "raw", tmp_path, "--departments", many / "names.txt", name="score") as running:
        assert running.until(lambda: any(written()))
        begun = time.monotonic()
        stop(running)
        assert running.wait() == 130, running.complained
        assert time.monotonic() - begun < SOON
        assert running.complained == "已停止；已写出的评分结果都是完整的，再运行一次即可评完。\n"
        assert running.are_gone()
        assert list(running.temporary.iterdir()) == []
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"scorecard.json", ".lock"}
    for path in written():
        assert json.loads(path.read_text(encoding="utf-8"))["total"] == 100


#: A command of its own, that is interrupted at this point.
COMMAND = """
import signal, time, weakref
from multiprocessing import connection
import click
from scoring.commands.options import stoppable

class Thing:
    pass

def interrupt(*_):
    signal.raise_signal(signal.SIGINT)

def drop():
    thing = Thing()
    it = weakref.ref(thing, interrupt)
    del thing

try:
    with stoppable("已停止"):
        {interrupted}
except click.exceptions.Exit as end:
    raise SystemExit(end.exit_code) from None
"""


@pytest.mark.parametrize(
    "interrupted",
    [
        pytest.param("exec('interrupt()')", id="while a text is executed, as when a dataclass is loaded"),
        pytest.param("drop(); time.sleep(20)", id="where Python drops it, as while a module is loaded"),
        pytest.param("ends = connection.Pipe(); drop(); connection.wait(ends[:1], 20)", id="before it waits"),
        pytest.param("drop(); drop(); time.sleep(20)", id="dropped, and once more before it comes again"),
    ],
)
def test_an_interrupt_is_never_lost(interrupted: str, tmp_path: Path) -> None:
    (tmp_path / "point.py").write_text(COMMAND.format(interrupted=interrupted), encoding="utf-8")
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-m", "point"], cwd=tmp_path, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr.decode()) == (130, "已停止\n")
    assert time.monotonic() - begun < SOON


def test_an_interrupt_while_the_command_line_loads_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    path = os.pathsep.join(map(str, (tmp_path, HERE)))
    ended = subprocess.run(
        [sys.executable, "-m", "scoring", "--help"],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


#: Shares of a run's work: while it loads, as its processes start, in the first reports, in the city's.
STOPS = {once: (0.1, 0.2, 0.35, 0.5, 0.65, 0.8), twice: (0.25, 0.55), terminate: (0.15, 0.6)}
