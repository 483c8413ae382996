"""A process for each piece of work: what it leaves behind, and what becomes of it, is the operating system's business.

Processes are forked from a server that did nothing but import what they need. On Windows and macOS, where that cannot
be, each starts afresh.
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
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count, islice
from multiprocessing import active_children, forkserver, get_context, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any, Final, NoReturn, TypeVar

from pebble import ProcessExpired
from pebble.concurrent import process

from scoring.base.environment import ONE_THREAD, environment

#: Seconds in which a process has put down what it has in hand.
_PATIENCE: Final = 3
#: How often it is tried to start a process, and seconds between two tries.
_TRIES, _PAUSE = 5, 0.1
_NUMBERS: Final = count(1)

J = TypeVar("J")
D = TypeVar("D")


class Died(Exception):
    """The process ended before its work was done: it had no memory, or somebody ended it."""


class TooLate(Exception):
    """The process was ended since its work took too long."""


def begin(loaded: str) -> None:
    """Have the server begin to import a module; it is ready when the first process is wanted."""
    _context(loaded)


def each(
    loaded: str,
    do: Callable[[J], D],
    jobs: Iterable[J],
    at_once: int,
    limit: Callable[[J], float | None] = lambda _: None,
) -> Generator[tuple[J, Callable[[], D]], None, None]:
    """Do jobs, each in a process of its own, so many at a time; gives them as they are done.

    When the results are closed before the last, or an error or Ctrl-C comes, what is being done is put down.

    Parameters
    ----------
    loaded
        The module that the server imports, where it is not running yet.
    do
        A function of a module, or a partial of one.
    limit
        Seconds that a job may take.

    Yields
    ------
    tuple
        Each job with a function that gives what came of it, or raises what ``do`` raised, :class:`Died` or
        :class:`TooLate`.

    Raises
    ------
    OSError
        When no process can be started.
    """
    waiting, running, name = iter(jobs), dict[Any, J](), f"site-audit-{next(_NUMBERS)}"
    try:
        while True:
            for job in islice(waiting, at_once - len(running)):
                running[_started(name, loaded, limit(job), do, job)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), partial(_outcome, future)
    finally:
        _put_down(name)


def _put_down(name: str) -> None:
    """End the processes of a name, and wait until those who watch over them have seen it."""
    watchers = [thread for thread in threading.enumerate() if thread.name == name]
    for end in (BaseProcess.terminate, BaseProcess.kill):
        for child in active_children():
            if child.name == name:
                end(child)
        for watcher in watchers:
            watcher.join(_PATIENCE)


def _started(name: str, loaded: str, limit: float | None, do: Callable[[J], D], job: J) -> Any:
    """The future of a job; when the server was killed a moment ago, another is asked."""
    for _ in range(_TRIES):
        options: Any = {"name": name, "timeout": limit, "context": _context(loaded)}  # Its types name another.
        with suppress(EOFError, ConnectionError):
            start: Any = process(**options)
            return start(_do)(do, job)
        time.sleep(_PAUSE)
    raise OSError(errno.ECHILD, "启动不了工作进程")


def _do(do: Callable[[J], D], job: J) -> D:
    """Do a job, in its process; what is half written is put away when the process is ended."""
    is_ended = False

    def end(*_: object) -> NoReturn:
        nonlocal is_ended
        is_ended = True
        sys.exit(1)

    signal.signal(signal.SIGTERM, end)
    gc.disable()  # It ends before there is much to be found.
    done = do(job)
    if is_ended:  # Nobody waits for what came of it.
        os._exit(1)
    if sys.platform != "win32":  # Nor where the command was killed: it ends without a word when it tells of it.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    return done


def _outcome(future: Any) -> Any:
    try:
        return future.result()
    except (ProcessExpired, MemoryError) as error:
        raise Died from error
    except TimeoutError as error:
        raise TooLate from error


def _context(loaded: str) -> Any:
    if sys.platform in {"win32", "darwin"}:
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([loaded])
    resource_tracker.ensure_running()  # The server starts it otherwise, which would make it hear Ctrl-C.
    with _deaf_to_ctrl_c(), environment(ONE_THREAD):
        forkserver.ensure_running()
    return context


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started in it are deaf to Ctrl-C from their first moment; this one hears it when that is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
