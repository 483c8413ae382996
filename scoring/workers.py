"""Worker processes of this machine: each has a line of its own to its owner, so that one that is killed harms no other.

A pool with a queue that all its workers share is no use here: a worker that is killed while it holds the queue's lock,
or in the middle of a message, stops the others too; and it cannot be ended at once.

Workers are forked from a server process that did nothing but import what they need. On Windows and macOS, where that
cannot be, each starts afresh.
"""

from __future__ import annotations

import errno
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import connection, forkserver, get_context, resource_tracker
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Final, NoReturn, TypeVar

from scoring.environment import ONE_THREAD, environment

#: Seconds for a worker to end when nothing is left to do, or when it is asked to.
PATIENCE: Final = 5
#: How often it is tried to start a worker when its server was killed a moment ago, and seconds between two tries.
_STARTS, _PAUSE = 5, 0.05

Serve = Callable[..., None]
J = TypeVar("J")
D = TypeVar("D")


class Worker:
    """A process that does one piece of work after another.

    Parameters
    ----------
    loaded
        The module that the server process imports, in full.
    serve
        What the process runs: a function of a module, given its end of the line and the arguments. It ends when it
        receives None, or the line ends.

    Attributes
    ----------
    line
        Takes work; can be read when that is done, or the process dead.

    Raises
    ------
    OSError
        When no process can be started.
    """

    def __init__(self, loaded: str, serve: Serve, *arguments: object) -> None:
        self.line, self._process = _started(loaded, serve, arguments)

    def begin(self, work: object) -> None:
        """Give it work; that it is dead comes out when its outcome is asked for."""
        with suppress(OSError):
            self.line.send(work)

    @property
    def is_alive(self) -> bool:
        """Whether it lives, as far as is known: without their server all are taken for dead."""
        return self._process.is_alive()

    def leave(self) -> None:
        """Let it go, when it has nothing to do."""
        self.begin(None)
        self._process.join(PATIENCE)
        self.kill()

    def stop(self) -> None:
        """Have it put down what it has in hand, which it may tidy up."""
        self._process.terminate()
        self._process.join(PATIENCE)
        self.kill()

    def kill(self) -> None:
        """End it at once."""
        self.line.close()
        self._process.kill()
        self._process.join()


def begin(loaded: str) -> None:
    """Have the server begin to import; it is ready when the first worker is wanted."""
    _context(loaded)


def each(loaded: str, do: Callable[[J], D], jobs: Iterable[J], at_once: int) -> Iterator[tuple[J, D | None]]:
    """Do jobs in so many processes at a time; gives them as they are done.

    When the results are closed before the last, or an error or Ctrl-C comes, what is being done is put down.

    Parameters
    ----------
    loaded
        The module that ``do`` is of.
    jobs
        None is no job, and never comes of one.

    Returns
    -------
    iterator
        Each job with what came of it, None when its process died or had no memory.

    Raises
    ------
    Exception
        What ``do`` raised.
    """
    waiting, idle, busy = iter(jobs), list[Worker](), dict[Worker, J]()
    try:
        while True:
            for job in islice(waiting, at_once - len(busy)):
                worker = idle.pop() if idle else _doing(loaded, do)
                busy[worker] = job
                worker.begin(job)
            if not busy:
                return
            ready = connection.wait([worker.line for worker in busy])
            for worker in [worker for worker in busy if worker.line in ready]:
                job = busy.pop(worker)
                idle.append(worker)
                done = _outcome(worker)
                if done is None:
                    idle.remove(worker)
                    worker.kill()
                yield job, done
    finally:
        for worker in busy:
            worker.stop()
        for worker in idle:
            worker.leave()


def leave_ctrl_c_to_owner() -> None:
    """A worker begins with this: Ctrl-C is its owner's business, unless a process that it starts wants to hear it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _doing(loaded: str, do: object) -> Worker:
    """A worker that does this; it is told over the line, where a message of any size is whole or none."""
    worker = Worker(loaded, _serve)
    worker.begin(do)
    return worker


def _outcome(worker: Worker) -> Any:
    try:
        done = worker.line.recv()
    except (OSError, EOFError):
        return None
    if isinstance(done, MemoryError):
        return None
    if isinstance(done, Exception):
        raise done
    return done


def _serve(line: connection.Connection) -> None:
    """Receive what to do, then do it for each job; the owner may be gone at any moment."""
    leave_ctrl_c_to_owner()
    signal.signal(signal.SIGTERM, _end)
    with suppress(EOFError, OSError):
        do = line.recv()
        while (job := line.recv()) is not None:
            line.send(_done(do, job))


def _done(do: Callable[[Any], Any], job: Any) -> Any:
    try:
        return do(job)
    except Exception as error:  # noqa: BLE001 - the owner raises it
        error.add_note(traceback.format_exc())
        return error


def _end(*_: object) -> NoReturn:
    """What is half written is taken away on the way out."""
    sys.exit(1)


def _started(loaded: str, serve: Serve, arguments: Iterable[object]) -> tuple[connection.Connection, BaseProcess]:
    """A process and the line to it; when its server was killed a moment ago, from another."""
    for _ in range(_STARTS):
        context: Any = _context(loaded)
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
        try:
            process.start()
        except (EOFError, ConnectionError):
            ours.close()
            time.sleep(_PAUSE)
        except BaseException:
            ours.close()
            raise
        else:
            return ours, process
        finally:
            theirs.close()
    raise OSError(errno.ECHILD, "启动不了工作进程")


def _context(loaded: str) -> BaseContext:
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
