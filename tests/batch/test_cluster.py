"""A Dask cluster gives the same bytes as one machine, even when workers die; one that cannot be used is reported.

Workers are processes: of a ``LocalCluster``, or started by the commands of docs/scale.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import psutil
import pytest
from batching import YEAR, FakeCity, asked, incomplete, report, results, save, some_evidence
from calling import Run
from distributed import LocalCluster
from scheme_copies import copy_of

from scoring import load_scheme
from scoring.batch.score import DIED, score_folder
from scoring.batch.task import Made
from scoring.batch.workers import cluster as module
from scoring.batch.workers.cluster import AHEAD, Cluster, ClusterError, Requirements, connected, difference, machine
from scoring.batch.workers.runners import on_cluster, on_this_machine
from scoring.evidence.folders import Chunk, read_folder
from scoring.scheme.readings import choose

SCHEME = load_scheme(YEAR)
#: Work that takes longer than any test.
ASLEEP = "__import__('time').sleep(60) or 0"

pytestmark = [pytest.mark.thorough, pytest.mark.skipif(sys.platform == "win32", reason="signals and commands of Unix")]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("raw"), some_evidence())


@pytest.fixture(scope="module")
def local(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of this machine alone."""
    out = tmp_path_factory.mktemp("local")
    assert not report(asked(raw, out), FakeCity(on_this_machine(2))).failures
    return results(out)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler with two workers, each a process; a task that two workers died of is given up."""
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
        yield workers.scheduler_address


@pytest.fixture
def cluster(address: str) -> Iterator[Cluster]:
    with connected(address, SCHEME, print) as found:
        yield found


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A ``dask`` command."""
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
    file = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with command("scheduler", *options) as process:
        while not (file.exists() and file.read_bytes().endswith(b"}")):
            assert process.poll() is None
            time.sleep(0.05)
        yield json.loads(file.read_bytes())["address"], process


def worker(address: str, threads: int = 1) -> Any:
    """``dask worker``."""
    return command("worker", address, "--nworkers", "1", "--nthreads", str(threads), "--no-dashboard")


# --- The same bytes


def test_commands_of_the_manual_give_the_same_bytes(raw: Path, local: dict[str, bytes], tmp_path: Path) -> None:
    """With a worker of two threads."""
    two, warnings = ("教育局", "规划局"), list[str]()
    with (
        scheduler(tmp_path) as (address, _),
        worker(address, threads=2),
        connected(address, SCHEME, warnings.append) as found,
    ):
        outcome = report(asked(raw, tmp_path / "out"), on_cluster(found), only=two)
    assert not outcome.failures
    assert results(tmp_path / "out") == {name: local[name] for name in local if name.startswith((*two, "ranking"))}
    assert warnings in ([], ["集群上没有工作进程，最多再等 120 秒"])  # The worker may be there at once.


def test_a_killed_worker_costs_a_retry(cluster: Cluster, raw: Path, local: dict[str, bytes], tmp_path: Path) -> None:
    """It is killed while it makes the first report; its processes end with it."""
    killed: list[psutil.Process] = []

    def kill(begun: str) -> None:
        client = cluster._client
        while not (killed or not begun):
            pids = client.run(os.getpid)
            if busy := next((name for name, tasks in client.processing().items() if tasks), None):
                process = psutil.Process(pids[busy])
                killed.extend([process, *process.children(recursive=True)])
                process.kill()

    def runner(tasks: Any, started: Callable[[str], None]) -> Any:
        yield from on_cluster(cluster)(_calling_for_the_one_before(tasks, kill), started)

    outcome = report(asked(raw, tmp_path), FakeCity(runner))
    assert psutil.wait_procs(killed, timeout=60)[1] == []
    assert killed
    assert (outcome.failures, incomplete(tmp_path)) == ({}, [])
    assert results(tmp_path) == local


def _calling_for_the_one_before(tasks: Any, call: Callable[[str], None]) -> Any:
    """When a task is taken, the one before it has been sent."""
    before = ""
    for task in tasks:
        call(before)
        before = task.name
        yield task


def test_score_gives_the_same_bytes_and_leaves_nothing_of_its_own(
    address: str, raw: Path, tmp_path: Path, run: Run
) -> None:
    for out, more in (("here", []), ("there", ["--scheduler", address])):
        output = run("score", raw, "--out", tmp_path / out, *more)
        assert (output.code, "已评分 3 个部门" in output.out) == (0, True)
    assert results(tmp_path / "there") == results(tmp_path / "here")
    names = {path.name for path in (tmp_path / "there").iterdir()}
    assert names == {"ranking.json", "人社局", "教育局", "规划局", ".lock"}


def test_a_scheme_of_ones_own(address: str, tmp_path: Path, run: Run) -> None:
    """It travels with reports; for scores the workers must see its folder."""
    raw, own = save(tmp_path / "2017", some_evidence()[1:2]), copy_of(tmp_path / "own")
    made = {}
    there = asked(raw, tmp_path / "there", named=str(own))
    with connected(address, there.scheme, print) as found:
        for one, runner in ((there, on_cluster(found)), (replace(there, out=tmp_path / "here"), on_this_machine(1))):
            assert report(one, runner, only=["教育局"]).failures == {}
            made[one.out.name] = results(one.out)
    assert made["there"] == made["here"]
    assert run("score", raw, "--out", tmp_path / "scores", "--scheme", own, "--scheduler", address).code == 0
    nowhere = str(tmp_path / "nowhere")
    assert Requirements(nowhere, frozenset()).refusal() == f"看不到方案 {nowhere}，或其中的文件有误"


# --- Items that kill workers


def test_what_workers_die_of_is_given_up(cluster: Cluster) -> None:
    """The others are done, also those that the dead worker had."""
    done = dict(cluster.each(die_of_one, [0, 1, 2, 3]))
    assert done == {0: "0", 1: None, 2: "2", 3: "3"}


def die_of_one(number: int) -> str:
    if number == 1:
        os._exit(1)
    return str(number)


def test_a_report_that_workers_die_of_is_reported(raw: Path, tmp_path: Path) -> None:
    class Lost:
        def each(self, function: Any, items: Any, begin: Any) -> Iterator[tuple[Any, Made | None]]:
            return ((task, begin(task)) for task in items)

    outcome = report(asked(raw, tmp_path), FakeCity(on_cluster(Lost())))
    assert set(outcome.failures) == {"人社局", "教育局", "规划局"}
    assert "异常终止" in outcome.failures["人社局"]


def test_a_chunk_that_workers_die_of_is_halved(raw: Path, tmp_path: Path) -> None:
    """The other departments are scored."""

    class Deadly:
        def each(self, function: Any, chunks: list[Chunk]) -> Iterator[tuple[Chunk, Any]]:
            for chunk in chunks:
                yield chunk, None if "教育局" in chunk.departments else function(chunk)

    scored = score_folder(read_folder(raw, SCHEME), SCHEME, choose(SCHEME.readings), tmp_path, cluster=Deadly())
    assert [result.department for result in scored.results] == ["人社局", "规划局"]
    assert DIED in str(scored.faults["教育局"][0])


def test_few_tasks_are_in_flight(cluster: Cluster) -> None:
    """Neither this machine nor the scheduler holds more evidence than the workers will soon need."""
    taken, most, done = 0, 0, 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(40):
            taken += 1
            yield number

    for _ in cluster.each(str, items()):
        most = max(most, taken - done)
        done += 1
    assert (done, taken) == (40, 40)
    assert most <= AHEAD * 2


# --- Refused


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"sha256:1", "zlib 1"}, ""),
        ({"sha256:2", "zlib 1"}, "程序、评分方案或模板与本机不同"),
        ({"sha256:1", "zlib 1", "fonts==9"}, "安装的软件与本机不同（fonts==9）"),
        ({"sha256:2", "zlib 2"}, "安装的软件与本机不同（zlib 1、zlib 2）"),
        ({"sha256:1", *"abcdef"}, "安装的软件与本机不同（a、b、c、d、e 等）"),
    ],
)
def test_a_machine_that_gives_other_bytes(other: set[str], expected: str) -> None:
    assert difference(frozenset({"sha256:1", "zlib 1"}), frozenset(other)) == expected


def test_a_worker_must_see_the_same_folders_or_may_start_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = Requirements(SCHEME.name, machine(SCHEME.name))
    scores = replace(reports, raw=tmp_path, mark=tmp_path / "mark")
    assert reports.refusal() == ""
    assert scores.refusal() == f"看到的 {tmp_path} 不是同一个文件夹", "its results would be lost"
    (tmp_path / "mark").touch()
    assert scores.refusal() == ""
    assert replace(scores, raw=tmp_path / "nowhere").refusal() == f"看不到佐证文件夹 {tmp_path / 'nowhere'}"
    monkeypatch.setattr(module.multiprocessing, "current_process", lambda: SimpleNamespace(daemon=True))
    expected = "不能启动子进程；启动它时请设环境变量 DASK_DISTRIBUTED__WORKER__DAEMON=False"
    assert (reports.refusal(), scores.refusal()) == (expected, "")


def test_a_worker_is_refused_at_the_beginning_and_when_it_comes_later(
    address: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = machine(SCHEME.name) | {"fonts==9"}
    later = Cluster(cluster._client, Requirements(SCHEME.name, other), print)
    with pytest.raises(ClusterError, match=r"工作进程 tcp://.*（fonts==9）"):
        list(later.each(str, [1]))
    monkeypatch.setattr(module, "machine", lambda _: other)
    with pytest.raises(ClusterError, match=r"工作进程 tcp://.*（fonts==9）"), connected(address, SCHEME, print):
        pass


@pytest.mark.parametrize("address", ["", "scheduler", "tcp://", "http://127.0.0.1:1", "tcp://127.0.0.1:x"])
def test_no_address(address: str) -> None:
    with pytest.raises(ClusterError, match="不是调度器的地址"), connected(address, SCHEME, print):
        pass


@pytest.mark.parametrize("command", ["score", "report"])
def test_no_scheduler_at_the_address(
    command: str, raw: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECTING", 0.3)
    output = run(command, raw, "--out", tmp_path, "--scheduler", "tcp://127.0.0.1:1")
    assert (output.code, "连接不上调度器 tcp://127.0.0.1:1" in output.err) == (1, True)


def test_distributed_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"需要先安装 distributed"), connected("tcp://127.0.0.1:1", SCHEME, print):
        pass


def test_no_worker_comes_and_the_scheduler_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First there is no worker, then one that leaves, at last no scheduler: each is reported."""
    monkeypatch.setattr(module, "PAUSE", 0.2)
    warnings: list[str] = []
    with ExitStack() as stack:
        address, process = stack.enter_context(scheduler(tmp_path))
        found = stack.enter_context(connected(address, SCHEME, warnings.append))
        monkeypatch.setattr(module, "PATIENCE", 1)
        with pytest.raises(ClusterError, match="已有 1 秒没有工作进程；请用 dask worker 启动工作进程"):
            list(found.each(eval, ["0"]))
        assert warnings == ["集群上没有工作进程，最多再等 1 秒"]
        monkeypatch.setattr(module, "PATIENCE", 60)
        with worker(address) as only:
            running = found.each(eval, ["0", ASLEEP])
            assert next(running) == ("0", 0)
            monkeypatch.setattr(module, "PATIENCE", 1)
            only.terminate()
            with pytest.raises(ClusterError, match="已有 1 秒没有工作进程"):
                next(running)
            monkeypatch.setattr(module, "PATIENCE", 60)
        with worker(address):
            running = found.each(eval, ["0", ASLEEP])
            next(running)
            process.kill()
            with pytest.raises(ClusterError, match="与集群的调度器失去了联系"):
                next(running)
