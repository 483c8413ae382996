"""Runs each job in a process of its own, so that no job can affect another.

On Linux processes are forked from a server that has imported what they need; on Windows and macOS each starts anew.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import closing, contextmanager, suppress
from itertools import count, islice
from multiprocessing import active_children, forkserver, get_context, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any, Final, TypeVar

from pebble import ProcessExpired
from pebble.concurrent import process

from scoring.base.stopping import interrupt_with, uninterrupted

#: Keeps the libraries of numpy and Arrow from starting threads, whose locks a fork would inherit; set before imports.
ONE_THREAD: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
#: Seconds that a process has to clean up when it is ended.
_GRACE: Final = 3
#: How often to try to start a process, and seconds between two tries.
_TRIES, _PAUSE = 5, 0.1
_NUMBERS: Final = count(1)

J = TypeVar("J")
D = TypeVar("D")


def start_server(preload: str) -> None:
    """Start the server, which imports a module in the meantime."""
    _context(preload)


def run_each(
    preload: str,
    do: Callable[[J], D],
    jobs: Iterable[J],
    at_once: int = 1,
    limit: Callable[[J], float | None] = lambda _: None,
    late: Callable[[J], D | None] = lambda _: None,
) -> Generator[tuple[J, D | None], None, None]:
    """Run jobs, each in a process of its own; yields each with its result, None if its process died, as they finish.

    When the generator is closed early, or on an error or Ctrl-C, the running processes are ended.

    Parameters
    ----------
    preload
        The module that the server imports, if it is not running yet.
    do
        A function of a module, or a partial of one; it never returns None.
    limit, late
        Seconds that a job may take, and its result when it takes longer.

    Raises
    ------
    OSError
        When no process can be started.
    Exception
        What ``do`` raised.
    """
    waiting, running, name = iter(jobs), dict[Any, J](), f"site-audit-{next(_NUMBERS)}"
    try:
        while True:
            for job in islice(waiting, at_once - len(running)):
                with uninterrupted():  # A process that is not known yet would not be ended.
                    running[_started(name, preload, limit(job), do, job)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    result = future.result()
                except (ProcessExpired, MemoryError):
                    result = None
                except TimeoutError:
                    result = late(job)
                yield job, result
    finally:
        with uninterrupted():
            _end(name)


def surviving(
    run: Callable[[Iterable[J]], Generator[tuple[J, D | None], None, None]],
    jobs: Iterable[J],
    again: Callable[[J], J] = lambda job: job,
) -> Generator[tuple[J, D | None], None, None]:
    """Run jobs; those whose process died, perhaps because of others, are run again at the end, one by one.

    Parameters
    ----------
    run
        Yields jobs with their results, None for one that died.
    again
        Makes the job for the second run.
    """
    lost: list[J] = []
    with closing(run(jobs)) as results:
        for job, result in results:
            if result is None:
                lost.append(again(job))
            else:
                yield job, result
    for job in lost:
        with closing(run([job])) as results:
            yield from results


def _end(name: str) -> None:
    """End the processes of a name, and wait for the threads that watch them."""
    watchers = [thread for thread in threading.enumerate() if thread.name == name]
    for end in (BaseProcess.terminate, BaseProcess.kill):
        for child in active_children():
            if child.name == name:
                end(child)
        for watcher in watchers:
            watcher.join(_GRACE)


def _started(name: str, preload: str, limit: float | None, do: Callable[[J], D], job: J) -> Any:
    """Start a job; if the server was just killed, a new one is tried."""
    for _ in range(_TRIES):
        options: Any = {"name": name, "timeout": limit, "context": _context(preload)}  # Typed too narrowly.
        with suppress(EOFError, ConnectionError):
            start: Any = process(**options)
            return start(_do)(do, job)
        time.sleep(_PAUSE)
    raise OSError(errno.ECHILD, "启动不了工作进程")


def _do(do: Callable[[J], D], job: J) -> D:
    """Run a job, in its process; SIGTERM raises, so that it can clean up."""
    is_ended = False

    def end(*_: object) -> None:
        nonlocal is_ended
        is_ended = True
        interrupt_with(SystemExit(1))

    signal.signal(signal.SIGTERM, end)
    gc.disable()  # Not worth it in such a short-lived process.
    done = do(job)
    if is_ended:  # The result is no longer wanted.
        os._exit(1)
    if sys.platform != "win32":  # If the command was killed, sending the result ends this process without a traceback.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    return done


def _context(preload: str) -> Any:
    if sys.platform in {"win32", "darwin"}:
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([preload])
    resource_tracker.ensure_running()  # If the server started it, Ctrl-C would reach it.
    with _for_server():
        forkserver.ensure_running()
    return context


@contextmanager
def _for_server() -> Iterator[None]:
    """Processes started here ignore Ctrl-C, which this one gets afterwards, and run one thread each."""
    environment = dict(os.environ)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name in ONE_THREAD.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
