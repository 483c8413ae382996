"""Where tasks are run: on this machine, or on a Dask cluster; a process each, and the same bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from scoring.batch.task import CITY, Made, Task, half_run
from scoring.batch.workers.cluster import Cluster
from scoring.batch.workers.processes import Died, TooLate, each

DIED: Final = "生成报告的进程异常终止（可能是内存不足，或被强行结束）"

#: Told the name of a report that begins.
Started = Callable[[str], None]
Results = Generator[Made, None, None]
#: Runs tasks in any order and gives each one's outcome as it comes; closed before the last, it ends what is running.
Runner = Callable[[Iterable[Task], Started], Results]


def on_this_machine(jobs: int) -> Runner:
    """Processes of this machine, so many at the same time."""
    return partial(_here, jobs)


def on_cluster(cluster: Cluster) -> Runner:
    """The workers of a Dask cluster; evidence and results travel with the tasks.

    The city's report rests on the evidence of all, which stays where it is: that one is made on this machine.
    """
    return partial(_there, cluster)


def made_alone(task: Task) -> Made:
    """What a worker of a cluster does: the task in a process of its own."""
    return next(_here(1, [task], lambda _: None))


def _here(jobs: int, tasks: Iterable[Task], started: Started) -> Results:
    """Run the tasks; one whose process died, as of memory that others took, is run once more, alone."""
    lost: list[Task] = []
    with closing(_made(tasks, started, jobs)) as results:
        for task, made in results:
            if made.problem == DIED:
                lost.append(replace(task, careful=True))
            else:
                yield made
    with closing(_made(lost, lambda _: None, 1)) as results:
        yield from (made for _, made in results)


def _made(tasks: Iterable[Task], started: Started, jobs: int) -> Generator[tuple[Task, Made], None, None]:
    """Run tasks, each in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="reports-", ignore_cleanup_errors=True) as folder:
        begun = _begun(tasks, Path(folder), started)
        with closing(
            each("scoring.batch.workers.preload", _make, begun, jobs, lambda job: job[0].time_limit)
        ) as results:
            for (task, work), outcome in results:
                try:
                    yield task, outcome()
                except Died:
                    yield task, Made(task.name, problem=DIED, half_run=half_run(work))
                except TooLate:
                    told = f"超过 {task.time_limit} 秒仍未完成，已中止"
                    yield task, Made(task.name, problem=told, half_run=half_run(work))
                shutil.rmtree(work, ignore_errors=True)


def _make(job: tuple[Task, Path]) -> Made:
    """What a task's process does. Notebooks and what runs them take seconds to load: the command needs neither."""
    from scoring.batch.one_report import make

    return make(job)


def _begun(tasks: Iterable[Task], folder: Path, started: Started) -> Iterator[tuple[Task, Path]]:
    for number, task in enumerate(tasks):
        started(task.name)
        yield task, folder / str(number)


def _there(cluster: Cluster, tasks: Iterable[Task], started: Started) -> Results:
    """Run the tasks; what a worker had in hand when it died is run again by another."""
    here: list[Task] = []

    def for_others() -> Iterator[Task]:
        for task in tasks:
            if task.kind == CITY:
                here.append(task)
            else:
                yield replace(task, sources=tuple(source.packed() for source in task.sources))

    with closing(cluster.each(made_alone, for_others(), lambda task: started(task.name))) as results:
        for task, made in results:
            yield made or Made(task.name, problem=DIED)
    yield from _here(1, here, started)
