"""Ctrl-C at any moment, once or more, and SIGTERM: one line, no process left, whole results; the next run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from batching import results, save, some_evidence, strange
from commands import HERE, STAGES, Command, command
from evidence_builder import faultless

from scoring.folders import WORKBOOKS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

STOPPED = "已停止；已完成的报告都已保存，再运行一次即可接着做。\n"
#: Seconds in which a run has stopped, on a machine that is busy with other tests.
SOON = 10


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence of two departments."""
    return save(tmp_path_factory.mktemp("house") / "raw", some_evidence()[:2])


@pytest.fixture(scope="module")
def undisturbed(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed run makes of it."""
    out = tmp_path_factory.mktemp("undisturbed")
    with command(raw, out) as running:
        assert running.wait() == 0
    return results(out)


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


@pytest.mark.parametrize(
    ("stop", "stage"),
    [*((once, stage) for stage in STAGES), (twice, "a report is begun"), (terminate, "a notebook has run")],
)
def test_a_run_is_stopped(
    stop: Callable[[Command], None], stage: str, raw: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with command(raw, tmp_path / "out") as running:
        assert running.has_come_to(stage)
        begun = time.monotonic()
        stop(running)
        assert running.wait() == 130, running.complained
        assert time.monotonic() - begun < SOON
        assert running.complained == STOPPED
        assert strange(tmp_path / "out", undisturbed) == []
        assert running.are_gone()
        assert list(running.temporary.iterdir()) == []
    with command(raw, tmp_path / "out") as running:
        assert (running.wait(), running.complained) == (0, "")
    assert results(tmp_path / "out") == undisturbed


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
