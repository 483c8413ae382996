"""A Dask cluster as a place to work: only workers that give the same bytes as this machine, a bounded number of tasks.

What a worker had in hand when it died is done again by another; Dask sees to that. A worker whose program, packages or
libraries differ from this machine's is refused, whenever it comes, since its results would differ.
"""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import sys
import time
import warnings
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar
from uuid import uuid4

from scoring.batch.digests import Basis, basis_of

#: Seconds: to reach the scheduler; that a run goes on without any worker; between two looks whether there is one.
CONNECTING, PATIENCE, PAUSE = 10, 120, 2
#: Tasks that are sent for each thread of the workers: one is worked on while the next is on its way.
AHEAD: Final = 2
#: Packages that a message has room for.
NAMED: Final = 5

_UPDATE: Final = "请在每台机器上按 requirements.lock 安装同一版本，重新启动调度器和工作进程"
_ABSENT: Final = f"没有安装同一版本的程序；{_UPDATE}"
_MAY_START: Final = "DASK_DISTRIBUTED__WORKER__DAEMON"

Item = TypeVar("Item")
Result = TypeVar("Result")
Tell = Callable[[str], None]


class ClusterError(Exception):
    """A cluster that cannot be used, or no longer; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Machine:
    """What decides which bytes a machine gives for the same task."""

    basis: Basis
    packages: frozenset[str]
    libraries: frozenset[str]

    @classmethod
    @cache
    def here(cls, year: int) -> Machine:
        """What this machine has, as it was when the process began to work."""
        packages = frozenset(f"{found.name} {found.version}" for found in metadata.distributions())
        return cls(basis_of(year), packages, frozenset(_libraries()))

    def unlike(self, other: Machine) -> str:
        """What another machine has otherwise, in Chinese; empty when both give the same bytes."""
        if self == other:
            return ""
        differing = sorted((self.packages ^ other.packages) | (self.libraries ^ other.libraries))
        if not differing:
            return "程序、评分方案或模板与本机不同"
        more = " 等" if len(differing) > NAMED else ""
        return f"安装的软件与本机不同（{'、'.join(differing[:NAMED])}{more}）"


def _libraries() -> Iterator[str]:
    """What compresses, which no package's version tells."""
    yield "Python {}.{}".format(*sys.version_info)
    yield f"zlib {zlib.ZLIB_RUNTIME_VERSION}"


@dataclass(frozen=True)
class SharedFolders:
    """Folders that this machine and the workers must see alike.

    Attributes
    ----------
    out
        Where workers write.
    mark
        A file that this machine has put there for as long as the run lasts.
    raw
        Where they read.
    """

    raw: Path
    out: Path
    mark: str

    def unseen(self) -> str:
        """Which one cannot be seen from here, in Chinese; empty when both can."""
        if not self.raw.is_dir():
            return f"看不到佐证文件夹 {self.raw}"
        return "" if (self.out / self.mark).is_file() else f"看到的 {self.out} 不是同一个文件夹"


@contextmanager
def shared_folders(raw: Path, out: Path) -> Iterator[SharedFolders]:
    """Mark the folder of results, so that workers can tell whether they see the same one.

    Raises
    ------
    OSError
        When nothing can be written there.
    """
    raw, out = raw.resolve(), out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    mark = out / f".{uuid4().hex}.mark"
    mark.touch()
    try:
        yield SharedFolders(raw, out, mark.name)
    finally:
        mark.unlink(missing_ok=True)


@dataclass(frozen=True)
class Terms:
    """What a worker has to fulfil; it travels with each task, since workers may come at any time."""

    year: int
    machine: Machine
    folders: SharedFolders | None

    def refusal(self) -> str:
        """Why the process that asks may not work, in Chinese; empty when it may."""
        if unlike := self.machine.unlike(Machine.here(self.year)):
            return f"{unlike}；{_UPDATE}"
        if self.folders is None and multiprocessing.current_process().daemon:  # A report has a process of its own.
            return f"不能启动子进程；启动它时请设环境变量 {_MAY_START}=False"
        return self.folders.unseen() if self.folders else ""


def _work(terms: Terms, packed: bytes) -> Any:
    """Call a function with an item, on a worker.

    Both come packed, so that the scheduler, which looks at every task, need not load what they belong to.
    """
    if refusal := terms.refusal():
        from distributed import get_worker

        raise ClusterError(f"工作进程 {get_worker().address} {refusal}")
    function, item = pickle.loads(packed)  # noqa: S301 - from the client, whose code the worker runs anyway
    return function(item)


class Cluster:
    """A cluster that this process is connected to; see :func:`connected`."""

    def __init__(self, client: Any, terms: Terms, tell: Tell) -> None:
        self._client, self._terms, self._tell = client, terms, tell
        self._seen = time.monotonic()
        self._told = False

    def each(
        self, function: Callable[[Item], Result], items: Iterable[Item], begin: Callable[[Item], None]
    ) -> Generator[tuple[Item, Result | None], None, None]:
        """Call a function for each item, on the workers; gives the results as they come.

        Parameters
        ----------
        function
            Of a module that workers can import; it never gives None.
        items
            Are taken a few at a time, so that few are in memory.
        begin
            Called with an item when it is sent.

        Yields
        ------
        tuple
            An item and its result; None when workers died of it again and again, at last when it was alone.

        Raises
        ------
        ClusterError
            When the scheduler is gone, no worker is left, or one is not to be used.
        """
        lost: list[Item] = []
        with closing(self._together(function, items, begin)) as results:
            for item, result in results:
                if result is None:
                    lost.append(item)
                else:
                    yield item, result
        for item in lost:  # Dask blames all that a dead worker had in hand; the innocent show when they are alone.
            with closing(self._together(function, [item], lambda _: None)) as results:
                yield from results

    def _together(
        self, function: Callable[[Item], Result], items: Iterable[Item], begin: Callable[[Item], None]
    ) -> Generator[tuple[Item, Result | None], None, None]:
        waiting, done = iter(items), SimpleQueue[Any]()
        running: dict[Any, Item] = {}
        try:
            while True:
                for item in islice(waiting, self._room(len(running))):
                    begin(item)
                    future = self._client.submit(_work, self._terms, pickle.dumps((function, item)), pure=False)
                    running[future] = item
                    future.add_done_callback(done.put)
                if not running:
                    return
                future = self._next(done)
                yield running.pop(future), self._result(future)
        finally:
            with suppress(Exception):  # What is no longer wanted cannot be called off when the scheduler is gone.
                self._client.cancel(list(running))

    def _room(self, running: int) -> int:
        threads = sum(self._workers().values())
        return max(1 - running, AHEAD * threads - running, 0)

    def _next(self, done: SimpleQueue[Any]) -> Any:
        """Wait for a future that is done, as long as there is somebody who works."""
        while True:
            with suppress(Empty):
                return done.get(timeout=PAUSE)
            if self._workers():
                self._seen, self._told = time.monotonic(), False
            elif time.monotonic() - self._seen > PATIENCE:
                raise ClusterError(f"集群上已有 {PATIENCE} 秒没有工作进程；{_RESUME}")
            elif not self._told:
                self._tell(f"集群上没有工作进程，最多再等 {PATIENCE} 秒")
                self._told = True

    def _workers(self) -> dict[str, int]:
        """The threads of each worker."""
        try:
            if self._client.status != "running":
                raise ClusterError(_LOST)
            return dict(self._client.nthreads())
        except (OSError, RuntimeError) as error:
            raise ClusterError(_LOST) from error

    def _result(self, future: Any) -> Any:
        from distributed import CancelledError, KilledWorker

        try:
            return future.result()
        except KilledWorker:
            return None
        except CancelledError as error:
            raise ClusterError(_LOST) from error
        except ImportError as error:  # A worker that came later, without this program.
            raise ClusterError(f"有工作进程{_ABSENT}") from error
        except OSError as error:
            if self._client.status == "running":  # The work's own: a full disk, for example.
                raise
            raise ClusterError(_LOST) from error


_MISSING: Final = '使用 --scheduler 需要先安装 distributed：pip install "site-audit-workbook[cluster]"'
_RESUME: Final = "已完成的结果都已保存，集群恢复后再次运行同一命令，即可接着做"
_LOST: Final = f"与集群的调度器失去了联系；{_RESUME}"


@contextmanager
def connected(address: str, year: int, tell: Tell, folders: SharedFolders | None = None) -> Iterator[Cluster]:
    """Connect to a cluster whose workers give the same bytes as this machine.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    tell
        Told, in Chinese, what is waited for.
    folders
        What workers must see too, where evidence and results do not travel with the tasks.

    Raises
    ------
    ClusterError
        When there is no such scheduler, no worker comes, or one is not to be used.
    """
    terms = Terms(year, Machine.here(year), folders)
    with _client(address) as client:
        _wait_for_a_worker(client, tell)
        _refuse(client, terms)
        yield Cluster(client, terms, tell)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError as error:
        raise ClusterError(_MISSING) from error
    for name in ("distributed", "distributed.client"):  # What goes wrong is told in Chinese, by us.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        get_address_host_port(address)  # A client that never had a scheduler cannot be closed in good order.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Other versions on the workers: refused, with all that differs.
            client = Client(address, timeout=CONNECTING)
    except ValueError as error:
        raise ClusterError(f"{address!r} 不是调度器的地址；地址形如 tcp://10.0.0.5:8786") from error
    except (OSError, ImportError) as error:
        raise ClusterError(f"连接不上调度器 {address}；请检查地址、网络，以及 dask scheduler 是否已启动") from error
    try:
        yield client
    finally:
        client.close(timeout=PAUSE)


def _wait_for_a_worker(client: Any, tell: Tell) -> None:
    if client.nthreads():
        return
    tell(f"集群上还没有工作进程，最多等 {PATIENCE} 秒")
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise ClusterError(f"等了 {PATIENCE} 秒，集群上仍没有工作进程；请用 dask worker 启动工作进程") from error
    except OSError as error:
        raise ClusterError(_LOST) from error


def _refuse(client: Any, terms: Terms) -> None:
    """Refuse a cluster with workers that are not to be used; one without this program cannot even be asked."""
    answers = client.run(terms.refusal, on_error="return")
    refusals = {worker: _ABSENT if isinstance(told, Exception) else told for worker, told in answers.items() if told}
    if refusals:
        worker, refusal = next(iter(refusals.items()))
        more = f"（这样的工作进程共 {len(refusals)} 个）" if len(refusals) > 1 else ""
        raise ClusterError(f"工作进程 {worker} {refusal}{more}")
    try:
        client.run_on_scheduler(basis_of, terms.year)
    except (ImportError, AttributeError) as error:
        raise ClusterError(f"调度器 {_ABSENT}") from error
