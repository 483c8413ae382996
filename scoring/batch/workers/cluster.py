"""A Dask cluster: only workers that give the same bytes as this machine, and a bounded number of tasks in flight.

Dask gives the tasks of a worker that died to another.
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
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import NamedTemporaryFile
from typing import Any, Final, TypeVar

from scoring.base.errors import NotDone
from scoring.batch.digests import basis_of, packages
from scoring.batch.workers.processes import surviving
from scoring.scheme import Scheme, SchemeError, load_scheme

#: Seconds: to reach the scheduler; to wait without any worker; between two checks for workers.
CONNECTING, PATIENCE, PAUSE = 10, 120, 2
#: Tasks in flight for each thread of the workers: one runs while the next is sent.
AHEAD: Final = 2
#: How many packages a message names.
NAMED: Final = 5

_UPDATE: Final = "请在每台机器上按 requirements.lock 安装同一版本，重新启动调度器和工作进程"
_ABSENT: Final = f"没有安装同一版本的程序；{_UPDATE}"
_MAY_START: Final = "DASK_DISTRIBUTED__WORKER__DAEMON"
_MISSING: Final = '使用 --scheduler 需要先安装 distributed：pip install "site-audit-workbook[cluster]"'
_RESUME: Final = "已完成的结果都已保存，集群恢复后再次运行同一命令，即可接着做"
_LOST: Final = f"与集群的调度器失去了联系；{_RESUME}"

Item = TypeVar("Item")
Result = TypeVar("Result")
Warn = Callable[[str], None]


class ClusterError(NotDone):
    """The cluster cannot be used, or no longer; the message says why and what to do, in Chinese."""


@cache
def machine(scheme: str) -> frozenset[str]:
    """Everything on this machine that affects the bytes of a result, as of the start of the process.

    The scheme is a name or folder; empty for one that is sent with the tasks.
    """
    basis = basis_of(load_scheme(named=scheme) if scheme else None)
    program = (f"sha256:{digest}" for digest in vars(basis).values())
    zlib_version = f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return frozenset({*program, *packages(), "Python {}.{}".format(*sys.version_info), zlib_version})


def difference(one: frozenset[str], other: frozenset[str]) -> str:
    """What differs between two machines, in Chinese; empty when both give the same bytes."""
    differing = sorted(part for part in one ^ other if not part.startswith("sha256:"))
    if not differing:
        return "" if one == other else "程序、评分方案或模板与本机不同"
    more = " 等" if len(differing) > NAMED else ""
    return f"安装的软件与本机不同（{'、'.join(differing[:NAMED])}{more}）"


@dataclass(frozen=True)
class Requirements:
    """What a worker must fulfil; sent with each task, since workers may join at any time.

    If evidence and results are not sent with the tasks, it must see the folder of evidence, and a marker file that this
    machine keeps in the folder of results during the run.
    """

    scheme: str
    machine: frozenset[str]
    raw: Path | None = None
    mark: Path | None = None

    def refusal(self) -> str:
        """Why this process may not work, in Chinese; empty when it may."""
        try:
            differing = difference(self.machine, machine(self.scheme))
        except SchemeError:
            return f"看不到方案 {self.scheme}，或其中的文件有误"
        if differing:
            return f"{differing}；{_UPDATE}"
        if self.mark is None and multiprocessing.current_process().daemon:  # A report has a process of its own.
            return f"不能启动子进程；启动它时请设环境变量 {_MAY_START}=False"
        if self.raw and not self.raw.is_dir():
            return f"看不到佐证文件夹 {self.raw}"
        return f"看到的 {self.mark.parent} 不是同一个文件夹" if self.mark and not self.mark.is_file() else ""


def _work(requirements: Requirements, packed: bytes) -> Any:
    """Call a function with an item, on a worker.

    Both come pickled, so that the scheduler, which unpickles every task, need not import their modules.
    """
    if refusal := requirements.refusal():
        from distributed import get_worker

        raise ClusterError(f"工作进程 {get_worker().address} {refusal}")
    function, item = pickle.loads(packed)  # noqa: S301 - from the client, whose code the worker runs anyway
    return function(item)


class Cluster:
    """A cluster that this process is connected to; see :func:`connected`."""

    def __init__(self, client: Any, requirements: Requirements, warn: Warn) -> None:
        self._client, self._requirements, self._warn = client, requirements, warn

    def each(
        self, function: Callable[[Item], Result], items: Iterable[Item], begin: Callable[[Item], None] = lambda _: None
    ) -> Generator[tuple[Item, Result | None], None, None]:
        """Call a function for each item, on the workers; yields each with its result as they come.

        The result is None when the item killed its workers repeatedly, the last time while it ran alone. Raises
        :class:`ClusterError` when the scheduler is gone, no worker is left, or a worker is refused.

        Parameters
        ----------
        function
            Of a module that workers can import; it never returns None.
        items
            Taken a few at a time, so that few are in memory.
        begin
            Called with an item when it is sent.
        """
        run = partial(self._together, function, begin)
        yield from surviving(run, items)  # Dask blames all tasks of a dead worker; alone, the harmless ones succeed.

    def _together(
        self, function: Callable[[Item], Result], begin: Callable[[Item], None], items: Iterable[Item]
    ) -> Generator[tuple[Item, Result | None], None, None]:
        self._seen, self._warned = time.monotonic(), False
        waiting, done = iter(items), SimpleQueue[Any]()
        running: dict[Any, Item] = {}
        try:
            while True:
                room = max(AHEAD * self._threads(), 1) - len(running)
                for item in islice(waiting, max(room, 0)):
                    begin(item)
                    future = self._client.submit(_work, self._requirements, pickle.dumps((function, item)), pure=False)
                    running[future] = item
                    future.add_done_callback(done.put)
                if not running:
                    return
                future = self._next(done)
                yield running.pop(future), self._result(future)
        finally:
            with suppress(Exception):  # Nothing can be cancelled when the scheduler is gone.
                self._client.cancel(list(running))

    def _next(self, done: SimpleQueue[Any]) -> Any:
        """Wait for a future that is done, as long as there are workers."""
        while True:
            with suppress(Empty):
                return done.get(timeout=PAUSE)
            if self._threads():
                self._seen, self._warned = time.monotonic(), False
            elif time.monotonic() - self._seen > PATIENCE:
                raise ClusterError(f"集群上已有 {PATIENCE} 秒没有工作进程；请用 dask worker 启动工作进程。{_RESUME}")
            elif not self._warned:
                self._warn(f"集群上没有工作进程，最多再等 {PATIENCE} 秒")
                self._warned = True

    def _threads(self) -> int:
        """The threads of all workers."""
        try:
            if self._client.status != "running":
                raise ClusterError(_LOST)
            return sum(self._client.nthreads().values())
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
        except ImportError as error:  # A worker that joined later, without this program.
            raise ClusterError(f"有工作进程{_ABSENT}") from error
        except OSError as error:
            if self._client.status == "running":  # The task itself failed: a full disk, for example.
                raise
            raise ClusterError(_LOST) from error


@contextmanager
def connected(address: str, scheme: Scheme, warn: Warn, shared: tuple[Path, Path] | None = None) -> Iterator[Cluster]:
    """Connect to a cluster whose workers give the same bytes as this machine.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    warn
        Called, in Chinese, when there is something to wait for.
    shared
        Folders of evidence and of results that the workers read and write; without them all files are sent with the
        tasks, as are those of a scheme that is not the program's own.

    Raises
    ------
    ClusterError
        When there is no such scheduler, or a worker is refused.
    OSError
        When nothing can be written into the folder of results.
    """
    name = scheme.name if shared or scheme.is_installed else ""
    requirements = Requirements(name, machine(name))
    with ExitStack() as stack:
        if shared:
            raw, out = (folder.resolve() for folder in shared)
            out.mkdir(parents=True, exist_ok=True)
            mark = stack.enter_context(NamedTemporaryFile(dir=out, prefix=".", suffix=".mark"))
            requirements = replace(requirements, raw=raw, mark=Path(mark.name))
        client = stack.enter_context(_client(address))
        for worker, refusal in client.run(requirements.refusal, on_error="return").items():
            if refusal:  # A machine without this program cannot even be asked.
                raise ClusterError(f"工作进程 {worker} {_ABSENT if isinstance(refusal, Exception) else refusal}")
        try:
            client.run_on_scheduler(machine, "")
        except (ImportError, AttributeError) as error:
            raise ClusterError(f"调度器 {_ABSENT}") from error
        yield Cluster(client, requirements, warn)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError as error:
        raise ClusterError(_MISSING) from error
    for name in ("distributed", "distributed.client"):  # We report errors ourselves, in Chinese.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        get_address_host_port(address)  # A client that was never connected cannot be closed properly.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Workers with other versions are refused, above.
            client = Client(address, timeout=CONNECTING)
    except ValueError as error:
        raise ClusterError(f"{address!r} 不是调度器的地址；地址形如 tcp://10.0.0.5:8786") from error
    except (OSError, ImportError) as error:
        raise ClusterError(f"连接不上调度器 {address}；请检查地址、网络，以及 dask scheduler 是否已启动") from error
    try:
        yield client
    finally:
        with suppress(TimeoutError):  # A scheduler that is gone need not agree.
            client.close(timeout=PAUSE)
