"""Runs with a fault at a chosen step, each in a process of its own.

A step is a change that a run makes in its folder of results: a file opened for writing, a file or folder made, moved
or removed. An audit hook of Python counts them, so that none is missed and the program is not changed.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from batching import YEAR, FakeRunner, asked, report

from scoring import load_scheme
from scoring.base.files import NotWritable
from scoring.batch import run as batch_run
from scoring.batch.digests import basis_of
from scoring.batch.score import Scored, score_folder
from scoring.batch.workers.processes import ONE_THREAD
from scoring.evidence.folders import Folder, read_folder
from scoring.scheme.readings import choose

#: Audit events of steps; those that need room on the disk.
CHANGES = {"open", "os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir", "os.chmod"}
GROWING = {"open", "os.mkdir", "os.link"}
#: Bytes that are written of a file before the process is killed.
BEGUN = 10
#: Exit codes: an error was reported; there were fewer steps.
REPORTED, FEWER = 3, 4


def killed(event: str) -> NoReturn:
    """Before the step."""
    del event
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def cut_off(event: str) -> None:
    """In the middle of the file that is written next, else before the step."""
    if event != "open":
        killed(event)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (BEGUN, BEGUN))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def full(event: str) -> None:
    """From this step on the disk is full: files can only be moved and removed."""
    if event in GROWING:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_only(event: str) -> None:
    """From this step on nothing can be changed."""
    raise OSError(errno.EROFS, f"{os.strerror(errno.EROFS)} ({event})")


FAULTS = {fault.__name__: fault for fault in (killed, cut_off, full, read_only)}


class Runs:
    """A process that forks one run at a time: modules are loaded once."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def run(self, raw: Path, out: Path, fault: str = "", step: int = 0) -> int:
        """Run with fake reports and one of :data:`FAULTS` at a step; returns the exit code, -9 when killed."""
        print(json.dumps([str(raw), str(out), fault, step]), file=self._server.stdin, flush=True)
        return int(self._server.stdout.readline())


@contextmanager
def runs() -> Iterator[Runs]:
    """The process; at the end all its runs have ended."""
    command, environment = [sys.executable, __file__], os.environ | ONE_THREAD
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, encoding="utf-8", **pipes) as server:
        yield Runs(server)


def serve() -> None:
    """Fork a run for each line of standard input, and print its exit code."""
    basis_of(load_scheme(YEAR))
    batch_run.score_folder = _known
    for line in sys.stdin:
        raw, out, fault, step = json.loads(line)
        _score(raw)
        process = os.fork()
        if process == 0:
            _run(Path(raw), Path(out), fault, step)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}\n")
        sys.stdout.flush()


@cache
def _score(raw: str) -> Scored:
    """The scores of a folder, computed before the fork for all its runs."""
    scheme = load_scheme(YEAR)
    return score_folder(read_folder(Path(raw), scheme), scheme, choose(scheme.readings), None)


def _known(folder: Folder, *_: Any, **__: Any) -> Scored:
    scored = _score(str(folder.chunks[0].files[0][0].parent))
    faults = {name: found for name, found in scored.faults.items() if name in folder.departments}
    return Scored([result for result in scored.results if result.department in folder.departments], faults)


def _run(raw: Path, out: Path, fault: str, step: int) -> NoReturn:
    """The forked process."""
    code = 1
    try:
        counter = _Counter(step, fault, out)
        sys.addaudithook(counter)
        report(asked(raw, out), FakeRunner())
        code = FEWER if fault and counter.left >= 0 else 0
    except NotWritable as error:
        code = REPORTED if "；请" in str(error) else 1
    except BaseException:  # noqa: BLE001 - printed, and the exit code says so
        traceback.print_exc()
    finally:
        os._exit(code)


class _Counter:
    """An audit hook that causes the fault at a step."""

    def __init__(self, steps: int, fault: str, out: Path) -> None:
        self.left, self.fault, self.within = steps, FAULTS.get(fault), f"{out}/"

    def __call__(self, event: str, arguments: Any) -> None:
        if self.fault and event in CHANGES and self._counts(event, arguments):
            self.left -= 1
            if self.left < 0:
                self.fault(event)

    def _counts(self, event: str, arguments: Any) -> bool:
        if event == "open":
            path, _, flags = arguments
            folder, writes = -1, flags & (os.O_WRONLY | os.O_RDWR)
        else:
            path, writes = arguments[0], True
            folder = arguments[-1] if event in {"os.remove", "os.rmdir"} else -1
        if not writes or isinstance(path, int):
            return False
        whole = f"{Path(f'/proc/self/fd/{folder}').readlink()}/{path}" if folder != -1 else os.fspath(path)
        return whole.startswith(self.within) and not whole.endswith("/.lock")


if __name__ == "__main__":
    serve()
