"""Ctrl-C, SIGTERM and kill -9 at every stage of a run: complete results, no process left, the next run goes on.

The steps of publication are tested one by one in ``test_each_step``, a cluster's workers in ``test_cluster``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from batching import put, results, save, unexpected
from commands import HERE, STAGES, Command, command
from evidence_builder import faultless

from scoring.base.files import write_bytes, writing
from scoring.base.stopping import interrupted_once, uninterrupted
from scoring.evidence.folders import WORKBOOKS

pytestmark = [pytest.mark.thorough, pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")]

STOPPED = "已停止；已完成的报告都已保存，再运行一次即可接着做。\n"
#: Leftovers of a killed command: sockets, and an empty folder.
REMAINS = ("pymp-", "listener-", "reports-")


class Folders:
    """Two states of evidence, the results of undisturbed runs, and results, at first of the second state."""

    def __init__(self, out: Path, raws: list[Path], undisturbed: list[dict[str, bytes]]) -> None:
        self.out, self.raws, self.undisturbed, self.state = out, raws, undisturbed, 0
        put(out, undisturbed[1])

    def changing(self) -> Any:
        """The command after the evidence has changed."""
        return command(self.raws[self.state], self.out)

    def end(self, run: Any) -> None:
        """Let it end, undisturbed from now on."""
        with run as running:
            assert (running.wait(), running.stderr) == (0, "")
            assert running.wait_until_gone()
            assert list(running.temporary.iterdir()) == []

    def complete(self) -> None:
        """The same command undisturbed gives results as if nothing had happened; then the evidence changes."""
        assert unexpected(self.out, *self.undisturbed) == []
        self.end(self.changing())
        assert results(self.out) == self.undisturbed[self.state]
        self.state = 1 - self.state


@pytest.fixture(scope="module")
def folders(raws: list[Path], undisturbed: list[dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return Folders(tmp_path_factory.mktemp("out"), raws, undisturbed)


def once(running: Command) -> None:
    running.interrupt()


def twice(running: Command) -> None:
    """And once more while it cleans up."""
    for _ in range(2):
        running.interrupt()


def terminate(running: Command) -> None:
    running.process.terminate()


FIRST, BEGUN, RUN, PUBLISHED = STAGES


@pytest.mark.parametrize(
    ("stop", "stage"), [(once, FIRST), (twice, BEGUN), (terminate, RUN), (once, RUN), (once, PUBLISHED)]
)
def test_a_run_is_stopped(stop: Callable[[Command], None], stage: str, folders: Folders) -> None:
    with folders.changing() as running:
        assert running.reaches(stage)
        stop(running)
        assert running.wait() == 130, running.stderr
        assert running.stderr == STOPPED
        assert running.wait_until_gone()
        assert list(running.temporary.iterdir()) == []
    folders.complete()


#: Asks the fork server for a process as a command does that is killed at that moment.
KILLED_ASKING = """
import os, socket
from multiprocessing import forkserver
from scoring.batch.workers.processes import start_server
start_server("scoring.batch.workers.preload")
server = forkserver._forkserver
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect(server._forkserver_address)
os.waitpid(server._forkserver_pid, 0)
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="no fork server there")
def test_a_command_that_is_killed_while_it_asks_for_a_process_leaves_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_ASKING], check=True, capture_output=True, cwd=HERE)
    assert done.stderr == b""


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_is_killed(stage: str, folders: Folders) -> None:
    """Its processes end by themselves."""
    with folders.changing() as running:
        assert running.reaches(stage)
        running.process.kill()
        running.process.wait()
        assert running.wait_until_gone()
        left = {path.name for path in running.temporary.rglob("*")}
        assert {name for name in left if not name.startswith(REMAINS)} == set()
        assert running.stderr == ""
    folders.complete()


@pytest.mark.parametrize(("role", "stage"), [("forkserver", FIRST), ("forkserver", RUN), ("report", BEGUN)])
def test_its_processes_are_killed_and_it_goes_on(role: str, stage: str, folders: Folders) -> None:
    """The reports lost with them are made again."""
    with folders.changing() as running:
        assert running.reaches(stage)
        for process in running.processes(role)[:1]:
            with suppress(psutil.NoSuchProcess):  # It may have ended a moment ago.
                process.kill()
        folders.end(nullcontext(running))
    folders.complete()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence of enough departments for more than one scoring process, and the list of their names."""
    folder = tmp_path_factory.mktemp("many")
    names = [f"示例单位{number:04d}" for number in range(WORKBOOKS + 50)]
    save(folder / "raw", map(faultless, names))
    (folder / "names.txt").write_text("\n".join(names), encoding="utf-8")
    return folder


def test_scoring_is_stopped(many: Path, tmp_path: Path) -> None:
    """While the first departments are written, others are being scored."""
    written = partial(tmp_path.rglob, "scorecard.json")
    with command(many / "raw", tmp_path, "--departments", many / "names.txt", name="score") as running:
        assert running.wait_until(lambda: any(written()))
        running.interrupt()
        assert running.wait() == 130, running.stderr
        assert running.stderr == "已停止；已写出的评分结果都是完整的，再运行一次即可评完。\n"
        assert running.wait_until_gone()
        assert list(running.temporary.iterdir()) == []
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"scorecard.json", ".lock"}
    for path in written():
        assert json.loads(path.read_text(encoding="utf-8"))["total"] == 100


#: A command that is interrupted at this point.
COMMAND = """
import signal, time, weakref
from multiprocessing import connection
import click
from scoring.cli.options import interruptible

class Thing:
    pass

def interrupt(*_):
    signal.raise_signal(signal.SIGINT)

def drop():
    thing = Thing()
    it = weakref.ref(thing, interrupt)
    del thing

try:
    with interruptible("已停止"):
        {interrupted}
except click.exceptions.Exit as end:
    raise SystemExit(end.exit_code) from None
"""


@pytest.mark.parametrize(
    "interrupted",
    [
        pytest.param("exec('interrupt()')", id="during exec, as for a dataclass"),
        pytest.param("drop(); time.sleep(20)", id="where Python discards it"),
        pytest.param("ends = connection.Pipe(); drop(); connection.wait(ends[:1], 20)", id="before it waits"),
        pytest.param("drop(); drop(); time.sleep(20)", id="discarded twice"),
    ],
)
def test_an_interrupt_is_never_lost(interrupted: str, tmp_path: Path) -> None:
    (tmp_path / "point.py").write_text(COMMAND.format(interrupted=interrupted), encoding="utf-8")
    ended = subprocess.run([sys.executable, "-m", "point"], cwd=tmp_path, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr.decode()) == (130, "已停止\n"), "at once"


def test_a_step_that_is_not_interrupted_ends_first() -> None:
    """Neither a file half written nor a folder half removed; the interrupt comes right after it."""
    done = []

    def steps() -> None:
        with uninterrupted():
            with uninterrupted():
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            done.append("outer")
        done.append("never")

    with pytest.raises(KeyboardInterrupt), interrupted_once():
        steps()
    assert done == ["outer"]


@pytest.mark.parametrize("step", ["open", "write", "replace", "unlink"])
def test_an_interrupt_during_a_write_leaves_the_file_alone(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step it comes at."""
    owner: Any = {"open": tempfile, "write": os, "replace": Path, "unlink": Path}[step]
    name = {"open": "mkstemp", "write": "fdopen"}.get(step, step)
    real = getattr(owner, name)

    def interrupted(*given: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return real(*given, **options)

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt), interrupted_once():
        write_bytes(tmp_path / "file", b"whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"whole")]


def test_an_error_of_cleaning_up_does_not_hide_an_interrupt() -> None:
    def interrupted() -> None:
        try:
            raise KeyboardInterrupt
        finally:
            os.close(-1)

    with pytest.raises(KeyboardInterrupt), writing("结果写不进"):
        interrupted()


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
