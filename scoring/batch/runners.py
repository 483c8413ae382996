"""Where tasks are run: in processes of this machine, or on a Dask cluster. Both give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from scoring.batch.cluster import Cluster
from scoring.batch.crew import crew
from scoring.batch.task import CITY, Made, Source, Task

#: A worker that dies may be run out of memory by another; a report gets so many tries.
TRIES: Final = 2
DIED: Final = "生成报告的进程异常终止（可能是内存不足，或被强行结束）"

Started = Callable[[str], None]
Results = Generator[Made, None, None]


class Runner(Protocol):
    """Runs tasks in any order and gives each one's outcome as it comes; ``started`` is told when one begins.

    When the results are closed before the last, what is still running is ended.
    """

    def run(self, tasks: Iterable[Task], started: Started) -> Results:
        """Run the tasks."""


class LocalRunner:
    """Worker processes of this machine.

    Parameters
    ----------
    jobs
        How many reports are made at the same time.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = max(1, jobs)

    def run(self, tasks: Iterable[Task], started: Started) -> Results:
        """Run the tasks; a worker that dies costs a try, one that takes too long is ended."""
        waiting, tries = iter(tasks), Counter[str]()
        with crew() as workers:
            while True:
                for task in _up_to(self.jobs - workers.busy, waiting):
                    if not tries[task.name]:
                        started(task.name)
                    tries[task.name] += 1
                    workers.begin(task)
                if not workers.busy:
                    return
                for task, made in workers.finished():
                    if made is None and tries[task.name] < TRIES:
                        waiting = chain([task], waiting)
                    else:
                        yield made or Made(task.name, problem=DIED)


def _up_to(count: int, tasks: Iterator[Task]) -> Iterator[Task]:
    for _ in range(count):
        task = next(tasks, None)
        if task is None:
            return
        yield task


class DaskRunner:
    """The workers of a Dask cluster; evidence and results travel with the tasks.

    The city's report rests on the evidence of all, which stays where it is: that one is made on this machine.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def run(self, tasks: Iterable[Task], started: Started) -> Results:
        """Run the tasks; what a worker had in hand when it died is run again by another.

        Raises
        ------
        ClusterError
            When the cluster can no longer be used.
        """
        from scoring.batch.making import make

        here: list[Task] = []
        packed = map(_packed, _all_but_the_city(tasks, here))
        with closing(self.cluster.each(make, packed, lambda task: started(task.name))) as results:
            for task, made in results:
                yield made or Made(task.name, problem=DIED)
        yield from LocalRunner(1).run(here, started)


def _all_but_the_city(tasks: Iterable[Task], here: list[Task]) -> Iterator[Task]:
    """The tasks for others; the city's is put ``here``."""
    for task in tasks:
        if task.kind == CITY:
            here.append(task)
        else:
            yield task


def _packed(task: Task) -> Task:
    """The task with its evidence, for a machine that does not see this one's disk."""
    return replace(task, sources=tuple(map(_with_content, task.sources)))


def _with_content(source: Source) -> Source:
    """The evidence itself; when it cannot be read, the worker says so."""
    try:
        return replace(source, content=Path(source.path).read_bytes(), path="")
    except OSError:
        return source
