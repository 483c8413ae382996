"""The commands report and score as processes that a test can interrupt or kill, with all processes that are theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

#: The project's folder.
HERE = Path(__file__).resolve().parents[1]
#: Seconds in which whatever is waited for must have come.
PATIENCE = 60
#: Seconds between two looks.
PAUSE = 0.05
#: Seconds for the other processes of a command to end after it: they notice when they have loaded.
ENDING = 30


class Command:
    """A running ``python -m scoring report``, or ``score``.

    It leads a process group of its own, as a shell has it, and has a folder of its own for what it puts down for a
    while. That folder stands in the environment of every process that belongs to it, by which they are found even when
    their parents are gone.

    Attributes
    ----------
    temporary
        Its folder for what it puts down for a while.

    Parameters
    ----------
    before
        What comes before the command in its line.
    folder
        The project's folder, or a copy of it.
    name
        Of the command.
    """

    def __init__(
        self,
        raw: Path,
        out: Path,
        temporary: Path,
        told: Path,
        *more: object,
        before: Sequence[str] = (),
        folder: Path = HERE,
        name: str = "report",
    ) -> None:
        temporary.mkdir(exist_ok=True)
        self.temporary = temporary
        self._told = (told / "stdout", told / "stderr")
        self._used: dict[int, float] = {}
        command = [*before, sys.executable, "-m", "scoring", name, raw, "--out", out, "--jobs", 2, *more]
        with self._told[0].open("wb") as stdout, self._told[1].open("wb") as stderr:
            self.process = psutil.Popen(
                list(map(str, command)),
                cwd=folder,
                env=os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it told on standard output."""
        return self._told[0].read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        """What it told on standard error, but for the departments of the list that the test has no workbook of."""
        lines = self._told[1].read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("注意：没有佐证的部门"))

    def wait(self) -> int:
        """Wait for its end; gives its exit code."""
        return int(self.process.wait(PATIENCE * 2))

    def those(self, role: str) -> list[psutil.Process]:
        """Its processes of a role: the command itself, forkserver, worker, template or kernel."""
        with suppress(psutil.NoSuchProcess):
            return ROLES[role](self.process)
        return []

    def left(self) -> list[psutil.Process]:
        """All processes that belong to it and are alive."""
        return [process for process in psutil.process_iter() if _belongs(process, self.temporary)]

    def used(self) -> float:
        """Seconds of processors that it and its processes have used so far: how far it has come on any machine."""
        for process in [self.process, *_descendants(self.process)]:
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                self._used[process.pid] = times.user + times.system
        return sum(self._used.values())

    def until(self, reached: Callable[[], Any]) -> bool:
        """Look until it is so, or the command has ended; says whether it is so."""
        last = time.monotonic() + PATIENCE * 2
        while self.process.poll() is None and time.monotonic() < last:
            if reached():
                return True
            time.sleep(PAUSE)
        return False

    def until_used(self, seconds: float, role: str = "command") -> bool:
        """Look until so much processor time is used, and there is a process of that role; says whether it is so."""
        return self.until(lambda: self.used() >= seconds and self.those(role))

    def interrupt(self) -> None:
        """Ctrl-C: a terminal sends the signal to the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)

    def are_gone(self) -> bool:
        """Wait until no process of it is left."""
        until = time.monotonic() + ENDING
        while (left := self.left()) and time.monotonic() < until:
            time.sleep(PAUSE)
        return not left


def _belongs(process: psutil.Process, temporary: Path) -> bool:
    with suppress(psutil.Error):
        return process.environ().get("TMPDIR") == str(temporary) and process.status() != psutil.STATUS_ZOMBIE
    return False


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(process.children(recursive=True))
    return []


def _children(process: psutil.Process, word: str) -> Iterator[psutil.Process]:
    for child in process.children():
        with suppress(psutil.Error):
            if word in " ".join(child.cmdline()):
                yield child


def _forks(process: psutil.Process, word: str) -> list[psutil.Process]:
    return [fork for parent in _children(process, word) for fork in parent.children()]


_SERVER, _TEMPLATE = "multiprocessing.forkserver", "scoring.kernels.template"
#: Where a command's processes stand: workers are forked by the fork server, kernels by the template.
ROLES: dict[str, Callable[[psutil.Process], list[psutil.Process]]] = {
    "command": lambda command: [command],
    "forkserver": lambda command: list(_children(command, _SERVER)),
    "worker": lambda command: _forks(command, _SERVER),
    "template": lambda command: list(_children(command, _TEMPLATE)),
    "kernel": lambda command: _forks(command, _TEMPLATE),
}


@contextmanager
def command(raw: Path, out: Path, *more: object, temporary: Path | None = None, **options: Any) -> Iterator[Command]:
    """A command while it is needed; whatever of it is left then is ended.

    Parameters
    ----------
    temporary
        Its folder for what it puts down for a while; by default one with a short name.
    """
    with TemporaryDirectory() as own, TemporaryDirectory(dir=own) as told:
        running = Command(raw, out, temporary or Path(own, "t"), Path(told), *more, **options)
        try:
            yield running
        finally:
            for process in (running.process, *running.left()):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            running.process.wait()
