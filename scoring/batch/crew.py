"""The workers of a run, that make reports: their time limits, and what they put down for a while."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing import connection, parent_process
from operator import attrgetter
from pathlib import Path
from typing import Final

from scoring import workers
from scoring.batch.task import Made, Task
from scoring.kernels.provisioner import ADDRESS, TEMPLATE

#: Seconds that a task may take beyond its time limit, in which its notebook is stopped and told of.
GRACE: Final = 30
#: A worker is replaced after so many reports, so that nothing grows for ever.
REPORTS_A_WORKER: Final = 100
#: How the name of a crew's own folder begins.
_CREW: Final = "crew-"
#: How often a folder is swept, into which a kernel may still put something.
_SWEEPS: Final = 10
_LOADED: Final = "scoring.batch.preload"


class Worker(workers.Worker):
    """A process that makes one report after another.

    Attributes
    ----------
    task
        What it is making; None while it is idle.
    until
        When the task has taken too long, on the monotonic clock.
    """

    def __init__(self, folder: Path) -> None:
        """Start it; whatever it puts down for a while goes into ``folder``, which it makes for itself."""
        TEMPLATE.share()
        super().__init__(_LOADED, _serve, folder, os.environ.get(ADDRESS))
        self.task: Task | None = None
        self.until = 0.0
        self._reports = 0
        self._folder = folder

    def make(self, task: Task) -> None:
        """Give it a task."""
        self.task, self.until = task, time.monotonic() + task.time_limit + GRACE
        self._reports += 1
        self.begin(task)

    def outcome(self) -> Made | None:
        """What its task came to, None when the process died; to be asked when it is done, dead or too late."""
        task = self.task
        if task is not None and not self.line.poll():
            return Made(task.name, problem=f"超过 {task.time_limit} 秒仍未完成，已中止")
        try:
            made: Made = self.line.recv()
        except (OSError, EOFError):
            return None
        self.task = None
        return made

    @property
    def is_of_use(self) -> bool:
        """Whether it can be given another task."""
        return self.task is None and self._reports < REPORTS_A_WORKER and self.is_alive

    def end(self) -> None:
        """End it, at once when it has a task; then its kernel may be there a moment longer, and its folder stays."""
        if self.task is None:
            self.leave()
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self.kill()


class Crew:
    """The workers of a run; they are started when they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folders = (folder / str(number) for number in count(1))
        self._workers: list[Worker] = []
        self._ended: list[Worker] = []  # Kept: a process whose object is no more takes its owner for gone.

    @property
    def busy(self) -> int:
        """How many are making a report."""
        return sum(worker.task is not None for worker in self._workers)

    def begin(self, task: Task) -> None:
        """Give a task to an idle worker, or to a new one."""
        worker = next(filter(attrgetter("is_of_use"), self._workers), None)
        if worker is None:
            worker = Worker(next(self._folders))
            self._workers.append(worker)
        worker.make(task)

    def finished(self) -> list[tuple[Task, Made | None]]:
        """Wait until a worker is done, is dead (then with None) or has taken too long; gives all that are."""
        busy = [worker for worker in self._workers if worker.task]
        left = min(worker.until for worker in busy) - time.monotonic()
        done: list[tuple[Task, Made | None]] = []
        ready = connection.wait([worker.line for worker in busy], timeout=max(0.0, left))
        for worker in busy:
            if worker.task and (worker.line in ready or worker.until <= time.monotonic()):
                done.append((worker.task, worker.outcome()))
                if not worker.is_of_use:
                    self._workers.remove(worker)
                    self._ended.append(worker)
                    worker.end()
        return done

    def end(self) -> None:
        """End all."""
        for worker in self._workers:
            worker.end()


@contextmanager
def crew() -> Iterator[Crew]:
    """Workers with a folder for what they put down for a while; both go with their owner, however that ends."""
    with tempfile.TemporaryDirectory(prefix=_CREW, ignore_cleanup_errors=True) as folder:
        those = Crew(Path(folder))
        try:
            yield those
        finally:
            those.end()


def warm_up() -> None:
    """Begin to load what workers need, in the process that they are forked from, while there is other work to do."""
    workers.begin(_LOADED)
    TEMPLATE.begin()


def _serve(line: connection.Connection, folder: Path, template: str | None) -> None:
    """Make reports until there are no more, or the owner is gone; kernels come from the owner's template."""
    workers.leave_ctrl_c_to_owner()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tempfile.tempdir = str(_made(folder))
    if template:
        os.environ[ADDRESS] = template
    watcher = threading.Thread(target=_end_with_owner, args=(folder,), daemon=True)
    watcher.start()
    from scoring.batch.making import make  # The owner has no need of it, and does not wait for it.

    gc.freeze()  # What was imported stays; looking through it again and again would take a fifth of the time.
    with suppress(EOFError, OSError):
        while (task := line.recv()) is not None:
            line.send(make(task))
        return
    watcher.join(workers.PATIENCE)  # The owner hung up: if it is gone, there is something to be tidied up first.


def _made(folder: Path) -> Path:
    """The folder; where it cannot be made, the crew's, so that every report tells the reason."""
    try:
        folder.mkdir()
    except OSError:
        return folder.parent
    return folder


def _end_with_owner(folder: Path) -> None:
    """When the owner was killed nobody is left to tidy up, or to want the report; the last worker closes the door.

    An owner that has lost its fork server cannot know that a worker is alive and may hang up on it, so that others of
    the crew may be at work: their folders are left alone.
    """
    owner = parent_process()
    if owner is not None:
        connection.wait([owner.sentinel])
        if folder.parent.name.startswith(_CREW):  # Nothing but a folder that a crew made for itself is ever removed.
            for _ in range(_SWEEPS):
                shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                folder.parent.rmdir()
        os._exit(1)
