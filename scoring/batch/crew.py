"""Worker processes of this machine: each has a line of its own to its owner, so that one that is killed harms no other.

A pool with a queue that all its workers share is no use here: a worker that is killed while it holds the queue's lock,
or in the middle of a message, stops the others too.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing import connection, forkserver, get_context, parent_process
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from scoring.batch.task import Made, Task
from scoring.environment import environment
from scoring.kernels.provisioner import ADDRESS, TEMPLATE
from scoring.kernels.template import ONE_THREAD

#: Seconds that a task may take beyond its time limit, in which its notebook is stopped and told of.
GRACE: Final = 30
#: A worker is replaced after so many reports, so that nothing grows for ever.
REPORTS_A_WORKER: Final = 100
#: Seconds for a worker to end when nothing is left to do.
_PATIENCE: Final = 5
#: How the name of a crew's own folder begins.
_CREW: Final = "crew-"


class Worker:
    """A process that makes one report after another.

    Attributes
    ----------
    task
        What it is making; None while it is idle.
    line
        Can be read when the task is done, or the process dead.
    until
        When the task has taken too long, on the monotonic clock.
    """

    def __init__(self, folder: Path) -> None:
        """Start it; whatever it puts down for a while goes into ``folder``, which it makes for itself."""
        context = _context()
        TEMPLATE.share()
        self.task: Task | None = None
        self.until = 0.0
        self.line, theirs = context.Pipe()
        self._reports = 0
        self._folder = folder
        self._process = context.Process(target=_serve, args=(theirs, folder, os.environ.get(ADDRESS)), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, task: Task) -> None:
        """Give it a task; that it is dead comes out when its outcome is asked for."""
        self.task, self.until = task, time.monotonic() + task.time_limit + GRACE
        self._reports += 1
        with suppress(OSError):
            self.line.send(task)

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
        return self.task is None and self._reports < REPORTS_A_WORKER and self._process.is_alive()

    def end(self) -> None:
        """End it, at once when it has a task."""
        if self.task is None:
            with suppress(OSError):
                self.line.send(None)
                self._process.join(_PATIENCE)
        self.line.close()
        self._process.kill()
        self._process.join()
        shutil.rmtree(self._folder, ignore_errors=True)


class Crew:
    """The workers of a run; they are started when they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folders = (folder / str(number) for number in count(1))
        self._workers: list[Worker] = []

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
        worker.begin(task)

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
        workers = Crew(Path(folder))
        try:
            yield workers
        finally:
            workers.end()


def warm_up() -> None:
    """Begin to load what workers need, in the process that they are forked from, while there is other work to do."""
    _context()
    TEMPLATE.begin()


def _serve(line: connection.Connection, folder: Path, template: str | None) -> None:
    """Make reports until there are no more, or the owner is gone; kernels come from the owner's template."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's business.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tempfile.tempdir = str(_made(folder))
    if template:
        os.environ[ADDRESS] = template
    threading.Thread(target=_end_with_owner, args=(folder,), daemon=True).start()
    from scoring.batch.making import make  # The owner has no need of it, and does not wait for it.

    gc.freeze()  # What was imported stays; looking through it again and again would take a fifth of the time.
    with suppress(EOFError, OSError):
        while (task := line.recv()) is not None:
            line.send(make(task))


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
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                folder.parent.rmdir()
        os._exit(1)


def _context() -> Any:
    """Workers are forked from a process that has imported what they need, or started afresh where that cannot be."""
    if sys.platform in {"win32", "darwin"}:
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["scoring.batch.preload"])
    with _deaf_to_ctrl_c(), environment(ONE_THREAD):
        forkserver.ensure_running()
    return context


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started in it leave Ctrl-C to this one, from their first moment."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
