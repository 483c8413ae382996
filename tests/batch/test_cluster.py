"""A Dask cluster gives the bytes that one machine gives, through killed workers; what cannot be used is told.

Workers are processes of their own: of a ``LocalCluster``, or started by the commands that the manual names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest
from batching import YEAR, CityPretended, asked, report, results, save, some_evidence, torn
from distributed import LocalCluster
from distributed.exceptions import WorkerStartTimeoutError

from scoring import load_scheme
from scoring.batch import cluster as module
from scoring.batch.cluster import AHEAD, Cluster, ClusterError, Machine, SharedFolders, connected, shared_folders
from scoring.batch.plan import CITY_NAME
from scoring.batch.runners import DaskRunner, LocalRunner
from scoring.batch.task import Made
from scoring.cli import main
from scoring.folders import Chunk, read_folder
from scoring.readings import choose
from scoring.scoring_run import DIED, score_folder

#: Work that takes longer than any test.
ASLEEP = "__import__('time').sleep(60) or 0"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and commands of Unix")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("raw"), some_evidence())


@pytest.fixture(scope="module")
def local(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What this machine alone makes."""
    out = tmp_path_factory.mktemp("local")
    assert not report(asked(raw, out), CityPretended(LocalRunner(2))).failures
    return results(out)


@pytest.fixture(scope="module")
def two_workers() -> Iterator[LocalCluster]:
    """Two workers, each a process; one that dies is replaced, and a task that two have died of is given up."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1, "distributed.worker.daemon": False}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address=None,
        ) as workers,
    ):
        yield workers


@pytest.fixture
def address(two_workers: LocalCluster) -> str:
    """The scheduler's, when workers that the test before has killed are replaced."""
    replaced(two_workers)
    return two_workers.scheduler_address


def replaced(workers: LocalCluster) -> None:
    """Wait until there are two again. A nanny does not replace a worker killed as it started: then both anew."""
    try:
        workers.wait_for_workers(2, timeout=20)
    except WorkerStartTimeoutError:
        workers.scale(0)
        while workers.workers:
            time.sleep(0.05)
        workers.scale(2)
        workers.wait_for_workers(2, timeout=60)


@pytest.fixture
def cluster(address: str) -> Iterator[Cluster]:
    with connected(address, YEAR, print) as found:
        yield found


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A ``dask`` command while it is needed."""
    may_start_processes = os.environ | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    arguments = [sys.executable, "-m", "dask", *arguments]
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, env=may_start_processes)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``dask scheduler`` on a free port of the loopback address."""
    told = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    with command("scheduler", *options) as process:
        while not (told.exists() and told.read_bytes().endswith(b"}")):
            assert process.poll() is None
            time.sleep(0.05)
        yield json.loads(told.read_bytes())["address"], process


def worker(address: str, threads: int = 1) -> Any:
    """``dask worker``."""
    return command("worker", address, "--nworkers", "1", "--nthreads", str(threads), "--no-dashboard")


def test_commands_of_the_manual_give_the_same_bytes(raw: Path, local: dict[str, bytes], tmp_path: Path) -> None:
    """The commands as an administrator types them, with a worker that is given two threads."""
    two, told = ("教育局", "规划局"), list[str]()
    with (
        scheduler(tmp_path) as (address, _),
        worker(address, threads=2),
        connected(address, YEAR, told.append) as found,
    ):
        outcome = report(asked(raw, tmp_path / "out"), DaskRunner(found), only=two)
    assert not outcome.failures
    assert results(tmp_path / "out") == {name: local[name] for name in local if name.startswith((*two, "ranking"))}
    assert told in ([], ["集群上还没有工作进程，最多等 120 秒"])  # The worker may be there at once.


class Killing(DaskRunner):
    """Kills workers that are at work, each a while after it has begun to be."""

    def __init__(self, cluster: Cluster, moments: list[float]) -> None:
        super().__init__(cluster)
        self.moments, self.workers, self.killed, self.over = moments, 0, list[psutil.Process](), False

    def run(self, tasks: Any, started: Callable[[str], None]) -> Any:
        watching = threading.Thread(target=self.kill)
        watching.start()
        try:
            yield from super().run(tasks, started)
        finally:
            self.over = True
            watching.join()

    def kill(self) -> None:
        """The kernels' processes of a worker are known before it is killed."""
        client = self.cluster._client
        for moment in self.moments:
            while not (busy := [name for name, tasks in client.processing().items() if tasks]) and not self.over:
                time.sleep(0.02)
            time.sleep(moment)
            pids = client.run(os.getpid, on_error="return")
            if self.over or busy[0] not in pids:
                return
            worker = psutil.Process(pids[busy[0]])
            self.killed += [worker, *worker.children(recursive=True)]
            worker.kill()
            self.workers += 1


def test_killed_workers_cost_retries(
    two_workers: LocalCluster, cluster: Cluster, raw: Path, local: dict[str, bytes], tmp_path: Path
) -> None:
    """Ten moments by default: as a report begins, while its cells run, while it is rendered."""
    number = max(1, int(os.environ.get("FAULTY_MOMENTS", "50")) // 5)
    undisturbed = report(asked(raw, tmp_path / "undisturbed"), CityPretended(DaskRunner(cluster))).seconds
    report_takes = min(seconds for name, seconds in undisturbed.items() if name != CITY_NAME)
    moments = [report_takes * moment / number for moment in range(number)]
    killed = 0
    while killed < number:
        replaced(two_workers)
        out = tmp_path / str(killed)
        killing = Killing(cluster, moments[killed : killed + 3])
        outcome = report(asked(raw, out), CityPretended(killing))
        assert killing.workers, "a run is longer than a report of it"
        assert all("异常终止" in problem for problem in outcome.failures.values())
        assert torn(out) == []
        assert psutil.wait_procs(killing.killed, timeout=30)[1] == []
        killed += killing.workers
        if outcome.failures:
            outcome = report(asked(raw, out), CityPretended(DaskRunner(cluster)))
        assert not outcome.failures
        assert results(out) == local


def test_what_workers_die_of_is_given_up(cluster: Cluster) -> None:
    """The others are done, also those that were with it when its worker died."""
    done = dict(cluster.each(die_of_one, [0, 1, 2, 3], begin=lambda _: None))
    assert done == {0: "0", 1: None, 2: "2", 3: "3"}


def die_of_one(number: int) -> str:
    if number == 1:
        os._exit(1)
    return str(number)


def test_a_report_that_workers_die_of_is_told(raw: Path, tmp_path: Path) -> None:
    class Lost:
        def each(self, function: Any, items: Any, begin: Any) -> Iterator[tuple[Any, Made | None]]:
            for task in items:
                begin(task)
                yield task, None

    outcome = report(asked(raw, tmp_path), CityPretended(DaskRunner(Lost())))
    assert set(outcome.failures) == {"人社局", "教育局", "规划局"}
    assert "异常终止" in outcome.failures["人社局"]


def test_few_tasks_are_on_their_way(cluster: Cluster) -> None:
    """Neither this machine nor the scheduler holds more evidence than the workers will soon need."""
    taken, most, done = 0, 0, 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(40):
            taken += 1
            yield number

    for _ in cluster.each(str, items(), begin=lambda _: None):
        most = max(most, taken - done)
        done += 1
    assert (done, taken) == (40, 40)
    assert most <= AHEAD * 2


def test_scores_are_the_same_bytes(address: str, raw: Path, tmp_path: Path) -> None:
    scheme = load_scheme(YEAR)
    choices = choose(scheme.readings)
    folder = read_folder(raw, scheme, at_most=1)
    score_folder(folder, scheme, choices, tmp_path / "here")
    with shared_folders(raw, tmp_path / "there") as folders, connected(address, YEAR, print, folders) as found:
        scored = score_folder(folder, scheme, choices, folders.out, cluster=found)
    assert len(scored.results) == 3
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_score_command(address: str, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells what it always tells, and leaves nothing of its own behind."""
    with pytest.raises(SystemExit) as ended:
        main(["score", str(raw), "--out", str(tmp_path), "--scheduler", address])
    assert ended.value.code == 0
    assert "已评分 3 个部门" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"ranking.json", "人社局", "教育局", "规划局", ".lock"}


@pytest.mark.parametrize("command", ["score", "report"])
def test_commands_tell_of_a_wrong_address(
    command: str, raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, str(raw), "--out", str(tmp_path), "--scheduler", "主机"])
    assert ended.value.code == 1
    assert "'主机' 不是调度器的地址" in capsys.readouterr().err


def test_a_chunk_that_workers_die_of_is_halved(raw: Path, tmp_path: Path) -> None:
    """One department keeps no other from its score."""
    scheme = load_scheme(YEAR)

    class Deadly:
        def each(self, function: Any, chunks: list[Chunk], begin: Any) -> Iterator[tuple[Chunk, Any]]:
            for chunk in chunks:
                yield chunk, None if "教育局" in chunk.departments else function(chunk)

    scored = score_folder(read_folder(raw, scheme), scheme, choose(scheme.readings), tmp_path, cluster=Deadly())
    assert [result.department for result in scored.results] == ["人社局", "规划局"]
    assert DIED in str(scored.faults["教育局"][0])


def test_a_worker_that_sees_another_folder_is_refused(address: str, raw: Path, tmp_path: Path) -> None:
    """It would write where nobody looks."""
    with (
        pytest.raises(ClusterError, match=r"不是同一个文件夹.*共 2 个"),
        connected(address, YEAR, print, SharedFolders(raw, tmp_path, "no mark")),
    ):
        pass
    with (
        pytest.raises(ClusterError, match="看不到佐证文件夹"),
        connected(address, YEAR, print, SharedFolders(raw / "nowhere", tmp_path, "no mark")),
    ):
        pass


def test_a_worker_that_may_start_no_process_is_refused_for_reports(tmp_path: Path) -> None:
    with (
        dask.config.set({"distributed.worker.daemon": True}),  # As Dask has it.
        LocalCluster(n_workers=1, processes=True, dashboard_address=":0", worker_dashboard_address=None) as workers,
        pytest.raises(
            ClusterError, match="不能启动子进程；启动它时请设环境变量 DASK_DISTRIBUTED__WORKER__DAEMON=False"
        ),
        connected(workers.scheduler_address, YEAR, print),
    ):
        pass


def test_other_code_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Machine.here(YEAR)
    other = replace(here, basis=replace(here.basis, code="another"))
    monkeypatch.setattr(Machine, "here", lambda _: other)
    with pytest.raises(ClusterError, match="程序、评分方案或模板与本机不同"), connected(address, YEAR, print):
        pass


def test_other_packages_are_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Machine.here(YEAR)
    monkeypatch.setattr(Machine, "here", lambda _: replace(here, packages=here.packages | {"fonts 9"}))
    with pytest.raises(ClusterError, match=r"安装的软件与本机不同（fonts 9）"), connected(address, YEAR, print):
        pass


def test_a_worker_that_comes_later_is_looked_at_too(cluster: Cluster) -> None:
    here = Machine.here(YEAR)
    terms = replace(cluster._terms, machine=replace(here, libraries=frozenset({"zlib 0"})))
    later = Cluster(cluster._client, terms, print)
    with pytest.raises(ClusterError, match=r"工作进程 tcp://.*zlib 0"):
        list(later.each(str, [1], begin=lambda _: None))


@pytest.mark.parametrize("address", ["", "scheduler", "tcp://", "http://127.0.0.1:1", "tcp://127.0.0.1:x"])
def test_no_address(address: str) -> None:
    with pytest.raises(ClusterError, match="不是调度器的地址"), connected(address, YEAR, print):
        pass


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECTING", 0.3)
    with (
        pytest.raises(ClusterError, match=r"连接不上调度器 tcp://127\.0\.0\.1:1"),
        connected("tcp://127.0.0.1:1", YEAR, print),
    ):
        pass


def test_distributed_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"需要先安装 distributed"), connected("tcp://127.0.0.1:1", YEAR, print):
        pass


def test_no_worker_comes_and_the_scheduler_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First there is no worker, then one that goes away, at last no scheduler: each is told."""
    monkeypatch.setattr(module, "PATIENCE", 1)
    monkeypatch.setattr(module, "PAUSE", 0.2)
    told: list[str] = []
    with ExitStack() as stack:
        address, process = stack.enter_context(scheduler(tmp_path))
        with pytest.raises(ClusterError, match="仍没有工作进程"), connected(address, YEAR, told.append):
            pass
        assert told == ["集群上还没有工作进程，最多等 1 秒"]
        monkeypatch.setattr(module, "PATIENCE", 60)
        with worker(address) as only, connected(address, YEAR, told.append) as found:
            monkeypatch.setattr(module, "PATIENCE", 1)
            running = found.each(eval, ["0", ASLEEP], begin=lambda _: None)
            assert next(running) == ("0", 0)
            only.terminate()
            with pytest.raises(ClusterError, match="已有 1 秒没有工作进程"):
                next(running)
            assert told[-1] == "集群上没有工作进程，最多再等 1 秒"
        monkeypatch.setattr(module, "PATIENCE", 60)
        with worker(address), connected(address, YEAR, told.append) as found:
            running = found.each(eval, ["0", ASLEEP], begin=lambda _: None)
            next(running)
            process.kill()
            with pytest.raises(ClusterError, match="与集群的调度器失去了联系"):
                next(running)
