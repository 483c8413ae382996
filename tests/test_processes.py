"""A process for each job: results, errors, deaths, being ended, and a server that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import jobs
import psutil
import pytest
from commands import HERE, ROLES

from scoring.batch.workers.processes import run_each, start_server

KILLS = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not of Windows")
FORKS = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="workers are forked on Linux only")


@pytest.fixture(autouse=True)
def no_process_is_left() -> Any:
    """No worker is left."""
    before = set(active_children())
    yield
    assert set(active_children()) - before == set()


def done(do: Callable[[Any], Any], given: list[Any], at_once: int = 2) -> list[Any]:
    """The results of jobs, in the order of the jobs; None for one that died."""
    with closing(run_each("jobs", do, given, at_once)) as coming:
        return sorted(coming, key=lambda each: given.index(each[0]))


@KILLS
def test_a_process_that_is_ended_while_it_writes_leaves_no_half_file(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        done(jobs.ended_while_it_writes, [tmp_path / "file"])
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"whole")]


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_every_job_is_done_once(at_once: int) -> None:
    assert done(jobs.square, list(range(6)), at_once) == [(number, number * number) for number in range(6)]


def test_nothing_to_do_starts_nothing() -> None:
    assert done(jobs.square, []) == []


def test_a_result_larger_than_a_pipe_holds() -> None:
    text = "字" * 10**6
    assert done(jobs.as_given, [text]) == [(text, text)]


def test_an_error_is_raised_here_with_its_traceback() -> None:
    with pytest.raises(ValueError, match="three") as raised:
        done(jobs.unless_three, [3, 4, 5, 6])
    assert "in unless_three" in str(raised.value.__cause__)


def test_each_has_a_process_of_its_own() -> None:
    pids = [pid for _, pid in done(jobs.own_process, [1, 2, 3], 1)]
    assert len({*pids, os.getpid()}) == 4


def test_a_job_that_takes_too_long_is_ended_and_cleans_up(tmp_path: Path) -> None:
    assert [*run_each("jobs", jobs.at_work, [tmp_path], 1, lambda _: 0.5, lambda _: "late")] == [(tmp_path, "late")]
    assert [path.name for path in tmp_path.iterdir()] == ["cleaned up"]


@KILLS
def test_a_job_that_ends_its_process_harms_no_other() -> None:
    assert done(jobs.killed_by_three, [1, 2, 3, 4]) == [(1, 1), (2, 2), (3, None), (4, 4)]


@KILLS
def test_a_job_whose_owner_was_killed_ends_silently() -> None:
    owner = (
        "import jobs; from scoring.batch.workers.processes import run_each; "
        "list(run_each('jobs', jobs.killer_of_its_owner, [1], 1))"
    )
    environment = {**os.environ, "PYTHONPATH": os.fspath(HERE / "tests")}
    ended = subprocess.run([sys.executable, "-c", owner], env=environment, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGKILL, b"", b"")


def test_a_job_without_memory_counts_as_died() -> None:
    assert done(jobs.without_memory_for_three, [1, 3, 4]) == [(1, 1), (3, None), (4, 4)]


@KILLS
def test_a_job_that_is_given_up_is_ended_and_cleans_up(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    coming = run_each("jobs", jobs.at_work, [tmp_path, nowhere], 2)
    assert next(coming) == (nowhere, 0)
    while not (tmp_path / "half done").exists():
        time.sleep(0.01)
    coming.close()
    assert [path.name for path in tmp_path.iterdir()] == ["cleaned up"]


@FORKS
def test_a_server_that_is_killed_while_it_loads_costs_nothing() -> None:
    """A request for a process gets no answer at that moment."""
    before = {server.pid for server in killed_servers()}

    def kill_the_next() -> None:
        while not (servers := [each for each in ROLES["forkserver"](psutil.Process()) if each.pid not in before]):
            time.sleep(0.001)
        servers[0].kill()

    killer = threading.Thread(target=kill_the_next)
    killer.start()
    assert done(jobs.square, [1, 2]) == [(1, 1), (2, 4)]
    killer.join()


def killed_servers() -> list[psutil.Process]:
    """The server of this process, if it has one, killed."""
    servers = ROLES["forkserver"](psutil.Process())
    for server in servers:
        server.kill()
    return servers


@FORKS
def test_without_any_process_the_reason_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(process: object) -> None:
        raise EOFError

    monkeypatch.setattr("multiprocessing.context.ForkServerProcess.start", fails)
    with pytest.raises(OSError, match="启动不了工作进程"):
        done(jobs.square, [1])


@FORKS
def test_ctrl_c_while_the_server_starts_is_raised_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def start() -> None:
        signal.raise_signal(signal.SIGINT)
        started.append(True)

    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", start)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # A test run in the background ignores it.
    try:
        with pytest.raises(KeyboardInterrupt):
            start_server("jobs")
    finally:
        signal.signal(signal.SIGINT, before)
    assert started


@FORKS
def test_ctrl_c_is_left_to_the_owner() -> None:
    assert done(jobs.ignores_ctrl_c, [1]) == [(1, True)]
