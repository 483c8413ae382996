"""The commands report and score as processes that a test can interrupt or kill, with all their processes."""

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
#: Seconds after which a test fails, generous for a busy machine.
PATIENCE = 900
#: Seconds between two checks.
PAUSE = 0.05


class Command:
    """A running ``python -m scoring report``, or ``score``.

    It has a process group of its own, as in a shell, and a temporary folder of its own. All its processes have that
    folder in their environment, so that they are found even when their parents have ended. ``before`` comes before the
    command in its line, ``folder`` is the project's or a copy of it, ``name`` the command's.
    """

    def __init__(
        self,
        raw: Path,
        out: Path,
        temporary: Path,
        output: Path,
        *more: object,
        before: Sequence[str] = (),
        folder: Path = HERE,
        name: str = "report",
    ) -> None:
        temporary.mkdir(exist_ok=True)
        self.temporary, self.out, self.begun = temporary, out, time.time()
        self._output = (output / "stdout", output / "stderr")
        command = [*before, sys.executable, "-m", "scoring", name, raw, "--out", out, "--jobs", 2, *more]
        with self._output[0].open("wb") as stdout, self._output[1].open("wb") as stderr:
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
    def stdout(self) -> str:
        """Its standard output."""
        return self._output[0].read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        """Its standard error, without the note on departments that have no workbook."""
        lines = self._output[1].read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("注意：没有佐证的部门"))

    def wait(self) -> int:
        """Wait until it ends; returns the exit code."""
        return int(self.process.wait(PATIENCE))

    def processes(self, role: str) -> list[psutil.Process]:
        """Its processes of a role: the command itself, forkserver or report."""
        with suppress(psutil.NoSuchProcess):
            return ROLES[role](self.process)
        return []

    def remaining(self) -> list[psutil.Process]:
        """All its processes that are alive."""
        return [process for process in psutil.process_iter() if _belongs(process, self.temporary)]

    def wait_until(self, reached: Callable[[], Any]) -> bool:
        """Wait until the condition holds or the command has ended; returns whether it holds."""
        last = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < last:
            if reached():
                return True
            time.sleep(PAUSE)
        return False

    def reaches(self, stage: str) -> bool:
        """Wait until it reaches one of :data:`STAGES`; returns whether it has."""
        return self.wait_until(lambda: STAGES[stage](self))

    def interrupt(self) -> None:
        """Ctrl-C: a terminal sends the signal to the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)

    def wait_until_gone(self) -> bool:
        """Wait until none of its processes is left."""
        until = time.monotonic() + PATIENCE
        while (left := self.remaining()) and time.monotonic() < until:
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
#: A command's processes by their role: reports are forked by the fork server.
ROLES: dict[str, Callable[[psutil.Process], list[psutil.Process]]] = {
    "command": lambda command: [command],
    "forkserver": lambda command: list(_children(command, _SERVER)),
    "report": lambda command: _forks(command, _SERVER),
}


def _published(out: Path) -> list[float]:
    """When results were written; a folder may be missing while it is replaced."""
    with suppress(FileNotFoundError):
        return [path.stat().st_mtime for path in out.glob("*/scorecard.json")]
    return []


#: How far a run has come, as its folders show it.
STAGES: dict[str, Callable[[Command], Any]] = {
    "its modules are loaded": lambda run: run.processes("forkserver"),
    "a report is begun": lambda run: any(run.temporary.glob("reports-*/*/data")),
    "a notebook has run": lambda run: any(run.temporary.glob(f"reports-*/*/{ABOUT}")),
    "a report is published": lambda run: any(time > run.begun for time in _published(run.out)),
}


@contextmanager
def command(raw: Path, out: Path, *more: object, temporary: Path | None = None, **options: Any) -> Iterator[Command]:
    """A command, by default with a temporary folder of a short name; processes that are left at the end are killed."""
    with TemporaryDirectory() as own, TemporaryDirectory(dir=own) as output:
        running = Command(raw, out, temporary or Path(own, "t"), Path(output), *more, **options)
        try:
            yield running
        finally:
            for process in (running.process, *running.remaining()):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            running.process.wait()
