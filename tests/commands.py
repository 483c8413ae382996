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

from scoring.base.names import ABOUT

#: The project's folder.
HERE = Path(__file__).resolve().parents[1]
#: Seconds after which something hangs, however busy the machine is; nothing is measured by them.
PATIENCE = 900
#: Seconds between two looks.
PAUSE = 0.05


class Command:
    """A running ``python -m scoring report``, or ``score``.

    It leads a process group of its own, as a shell has it, and has a folder of its own for what it puts down for a
    while. That folder stands in the environment of every process that belongs to it, by which they are found even when
    their parents are gone.

    Attributes
    ----------
    temporary, out
        Its folders, for what it puts down for a while and for results.
    begun
        When it was started.

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
        self.temporary, self.out, self.begun = temporary, out, time.time()
        self._told = (told / "stdout", told / "stderr")
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
        return int(self.process.wait(PATIENCE))

    def those(self, role: str) -> list[psutil.Process]:
        """Its processes of a role: the command itself, forkserver or report."""
        with suppress(psutil.NoSuchProcess):
            return ROLES[role](self.process)
        return []

    def left(self) -> list[psutil.Process]:
        """All processes that belong to it and are alive."""
        return [process for process in psutil.process_iter() if _belongs(process, self.temporary)]

    def until(self, reached: Callable[[], Any]) -> bool:
        """Look until it is so, or the command has ended; says whether it is so."""
        last = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < last:
            if reached():
                return True
            time.sleep(PAUSE)
        return False

    def has_come_to(self, stage: str) -> bool:
        """Look until it has come to one of :data:`STAGES`; says whether it has."""
        return self.until(lambda: STAGES[stage](self))

    def interrupt(self) -> None:
        """Ctrl-C: a terminal sends the signal to the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)

    def are_gone(self) -> bool:
        """Wait until no process of it is left."""
        until = time.monotonic() + PATIENCE
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


_SERVER = "multiprocessing.forkserver"
#: Where a command's processes stand: reports are forked by the fork server.
ROLES: dict[str, Callable[[psutil.Process], list[psutil.Process]]] = {
    "command": lambda command: [command],
    "forkserver": lambda command: list(_children(command, _SERVER)),
    "report": lambda command: _forks(command, _SERVER),
}


def _published(out: Path) -> list[float]:
    """When results were written; a folder may be in exchange at this moment."""
    with suppress(FileNotFoundError):
        return [path.stat().st_mtime for path in out.glob("*/scorecard.json")]
    return []


#: How far a run has come, as its folders show it.
STAGES: dict[str, Callable[[Command], Any]] = {
    "its modules are loaded": lambda run: run.those("forkserver"),
    "a report is begun": lambda run: any(run.temporary.glob("reports-*/*/data")),
    "a notebook has run": lambda run: any(run.temporary.glob(f"reports-*/*/{ABOUT}")),
    "a report is published": lambda run: any(time > run.begun for time in _published(run.out)),
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
