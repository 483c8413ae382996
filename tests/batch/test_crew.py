"""Workers that are left alone: what is theirs goes with them, and nothing else."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from batching import some_evidence
from commands import ROLES

from scoring import load_scheme
from scoring.batch import crew
from scoring.batch.making import make
from scoring.batch.plan import sources_of
from scoring.batch.task import DEPARTMENT, Task
from scoring.evidence import workbooks_in
from scoring.report.names import department_files


def tasks(folder: Path) -> list[Task]:
    """Reports of two departments."""
    for evidence in some_evidence()[:2]:
        evidence.save(folder)
    made = []
    for name, files in sources_of(workbooks_in(folder), load_scheme(2017)).items():
        parameters = {"department": name, "year": 2017, "rank": 1, "ranked": 2}
        made.append(Task(DEPARTMENT, name, 2017, files, parameters, department_files(name, 2017)))
    return made


def outcomes(workers: crew.Crew) -> dict[str, tuple[str, dict[str, bytes]]]:
    """The problem or the files of all that is being made."""
    done = {}
    while workers.busy:
        for task, made in workers.finished():
            done[task.name] = (made.problem, made.files) if made else ("dead", {})
    return done


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="workers are forked on Linux only")
def test_workers_that_lost_their_server_finish_what_they_have_and_the_next_has_a_new_one(tmp_path: Path) -> None:
    first, second = tasks(tmp_path)
    with crew.crew() as workers:
        workers.begin(first)
        workers.begin(second)
        (server,) = ROLES["forkserver"](psutil.Process())
        server.kill()
        done = outcomes(workers)
        workers.begin(first)
        again = outcomes(workers)
    assert {name: problem for name, (problem, _) in done.items()} == {first.name: "", second.name: ""}
    assert again[first.name] == done[first.name]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="workers are forked on Linux only")
def test_workers_that_lost_their_server_and_were_let_go_do_not_take_their_owner_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the last would take away the crew's folder, in which the next worker needs one."""
    monkeypatch.setattr(crew.Worker, "leave", lambda worker: None)  # They are slow to go.
    first, second = tasks(tmp_path)
    with crew.crew() as workers:
        workers.begin(first)
        workers.begin(second)
        let_go = ROLES["worker"](psutil.Process())
        (server,) = ROLES["forkserver"](psutil.Process())
        server.kill()
        before = outcomes(workers)
        gc.collect()
        assert set(psutil.wait_procs(let_go, timeout=3)[1]) == set(let_go)
        workers.begin(first)
        assert outcomes(workers)[first.name] == before[first.name]


def test_a_worker_whose_owner_hung_up_takes_away_its_own_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner may live, and another be at work; the last one takes the crew's folder too."""
    monkeypatch.setattr(crew.os, "_exit", lambda status: None)
    folder = tmp_path / "crew-abc"
    for name in ("1", "2"):
        (folder / name / "report-abc").mkdir(parents=True)
    for name, left in (("1", ["2"]), ("2", None)):
        ours, theirs = multiprocessing.Pipe()
        theirs.close()
        monkeypatch.setattr(crew, "parent_process", lambda ours=ours: SimpleNamespace(sentinel=ours))
        crew._end_with_owner(folder / name)
        ours.close()
        assert (sorted(path.name for path in folder.iterdir()) if folder.exists() else None) == left


#: A worker without work whose owner is killed, and that learns of it from its line first.
OWNER = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from scoring.batch import crew, making

tidies_up = crew._end_with_owner

def later(folder):
    multiprocessing.parent_process().join()
    time.sleep(0.5)
    tidies_up(folder)

def serve(folder):
    ours.close()
    crew._serve(theirs, folder, None)

crew._end_with_owner = later
context, folder = multiprocessing.get_context("fork"), Path(sys.argv[1])
ours, theirs = context.Pipe()
context.Process(target=serve, args=(folder,)).start()
while not folder.exists():
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked on Linux only")
def test_an_idle_worker_whose_owner_is_killed_ends_only_when_its_folder_is_gone(tmp_path: Path) -> None:
    """The pipe of its output is closed as it ends."""
    folder = tmp_path / "crew-abc" / "1"
    folder.parent.mkdir()
    subprocess.run([sys.executable, "-c", OWNER, str(folder)], capture_output=True, check=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_no_crew_made_is_never_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew.os, "_exit", lambda status: None)
    ours, theirs = multiprocessing.Pipe()
    theirs.close()
    monkeypatch.setattr(crew, "parent_process", lambda: SimpleNamespace(sentinel=ours))
    (tmp_path / "1").mkdir()
    crew._end_with_owner(tmp_path / "1")
    ours.close()
    assert (tmp_path / "1").is_dir()


def test_without_room_for_so_much_as_a_folder_the_report_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not there"))
    made = make(tasks(tmp_path)[0])
    assert made.files == {}
    assert made.problem.startswith("生成报告出错（文件不在：report-")
