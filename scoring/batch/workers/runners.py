"""Runs tasks on this machine or on a Dask cluster; each in a process of its own, with the same result."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from scoring.base.files import TemporaryFolder
from scoring.batch.task import CITY, Made, Task, half_run
from scoring.batch.workers.cluster import Cluster
from scoring.batch.workers.processes import run_each, surviving

DIED: Final = "生成报告的进程异常终止（可能是内存不足，或被强行结束）"

#: Called with the name of a report that is started.
Started = Callable[[str], None]
Results = Generator[Made, None, None]
#: Runs tasks and yields the results as they come, in any order; closed early, it ends the running ones.
Runner = Callable[[Iterable[Task], Started], Results]
#: A task, and a folder of its own.
Job = tuple[Task, Path]


def on_this_machine(jobs: int) -> Runner:
    """Run tasks on this machine, ``jobs`` at a time."""
    return partial(_run_here, jobs)


def on_cluster(cluster: Cluster) -> Runner:
    """Run tasks on the workers of a Dask cluster; evidence and results are sent with the tasks.

    The city's report needs everyone's evidence, which is not sent: it is made on this machine.
    """
    return partial(_run_there, cluster)


def made_alone(task: Task) -> Made:
    """Run one task in a process of its own; this is what a worker of a cluster does."""
    return next(_run_here(1, [task], lambda _: None))


def _run_here(jobs: int, tasks: Iterable[Task], started: Started) -> Results:
    with TemporaryFolder("reports-") as folder:
        run = partial(
            run_each,
            "scoring.batch.workers.preload",
            _make,
            at_once=jobs,
            limit=lambda job: job[0].time_limit,
            late=_late,
        )
        with closing(surviving(run, _with_folders(tasks, Path(folder), started), _careful)) as results:
            for (task, work), made in results:
                yield made or Made(task.name, problem=DIED, half_run=half_run(work))


def _with_folders(tasks: Iterable[Task], folder: Path, started: Started) -> Iterator[Job]:
    for number, task in enumerate(tasks):
        started(task.name)
        yield task, folder / str(number)


def _make(job: Job) -> Made:
    """Run a task, in its process. Only that process loads notebooks, which takes seconds."""
    from scoring.batch.one_report import make

    return make(job)


def _late(job: Job) -> Made:
    task, work = job
    return Made(task.name, problem=f"超过 {task.time_limit} 秒仍未完成，已中止", half_run=half_run(work))


def _careful(job: Job) -> Job:
    task, work = job
    return replace(task, careful=True), work.with_name(f"{work.name}-again")


def _run_there(cluster: Cluster, tasks: Iterable[Task], started: Started) -> Results:
    """Run the tasks on the cluster, then the city's here."""
    here: list[Task] = []

    def to_be_sent() -> Iterator[Task]:
        for task in tasks:
            if task.kind == CITY:
                here.append(task)
            else:
                yield replace(task, sources=tuple(source.with_content() for source in task.sources))

    with closing(cluster.each(made_alone, to_be_sent(), lambda task: started(task.name))) as results:
        for task, made in results:
            yield made or Made(task.name, problem=DIED)
    yield from _run_here(1, here, started)
