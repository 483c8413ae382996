"""Scoring a folder of any size: chunk by chunk, in as many processes as are wanted, with bounded memory.

A chunk is read, checked, judged, settled and written where it is worked on; only what a ranking needs comes back. What
is written does not depend on the chunks, on their order or on the number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Final

from scoring.base.files import write_json
from scoring.base.garbage import garbage_kept
from scoring.batch.workers.cluster import Cluster
from scoring.batch.workers.processes import Died, each
from scoring.engine.assessment import Assessment, assess_evidence
from scoring.engine.ranking import Result, ranking_json
from scoring.evidence import Fault, in_order
from scoring.evidence.folders import Chunk, Folder
from scoring.scheme import Scheme, load_scheme, with_departments

#: What a fault says of a department whose scoring ended its process twice: in company, and alone.
DIED: Final = "评分进程异常终止（可能内存不足，或被系统结束）；请关闭其他程序后重试"


@dataclass(frozen=True)
class Task:
    """How chunks are scored: under which scheme and readings, and where the scorecards go, if anywhere."""

    year: int
    scheme: str
    departments: tuple[str, ...]
    readings: Mapping[str, str]
    out: Path | None


@dataclass
class Scored:
    """What became of some departments: a result each, or faults; and what reading noticed of those with a result."""

    results: list[Result] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    notices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    official: bool = False

    def add(self, other: Scored) -> None:
        """Take in what became of others."""
        self.results += other.results
        self.faults |= other.faults
        self.notices |= other.notices
        self.official |= other.official

    def sort(self, scheme: Scheme) -> None:
        """Bring the departments into the scheme's order."""
        self.results.sort(key=lambda result: in_order(result.department, scheme))
        self.faults = dict(sorted(self.faults.items(), key=lambda item: in_order(item[0], scheme)))
        self.notices = dict(sorted(self.notices.items(), key=lambda item: in_order(item[0], scheme)))


def score_folder(
    folder: Folder,
    scheme: Scheme,
    readings: Mapping[str, str],
    out: Path,
    *,
    jobs: int = 1,
    cluster: Cluster | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Scored:
    """Score what a folder holds; writes ``<out>/<department>/scorecard.json`` for each and ``<out>/ranking.json``.

    Parameters
    ----------
    jobs
        Processes at the same time. With one, or a single chunk, everything is done in this process.
    cluster
        Whose workers do the work instead; they have to see the folders by the same paths.
    tell
        Called with the number of departments done so far.

    Raises
    ------
    OSError
        When results cannot be written.
    """
    scored = score_departments(folder, scheme, readings, out, jobs=jobs, cluster=cluster, tell=tell)
    scored.faults |= folder.stray or {}
    _remove(scored.faults, out)
    write_ranking(scheme, scored.results, scored.faults, out, folder.present, official=scored.official)
    return scored


def score_departments(
    folder: Folder,
    scheme: Scheme,
    readings: Mapping[str, str],
    out: Path | None,
    *,
    jobs: int = 1,
    cluster: Cluster | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Scored:
    """Score what a folder holds, without a ranking; nothing is written when ``out`` is None. See :func:`score_folder`.

    Returns
    -------
    Scored
        In the scheme's order.
    """
    task = Task(scheme.year, scheme.name, scheme.departments, dict(readings), out)
    scored = Scored(faults={department: list(folder.faults) for department in folder.departments if folder.faults})
    for part in _run(folder.chunks, task, jobs, cluster):
        scored.add(part)
        tell(len(scored.results) + len(scored.faults))
    scored.sort(scheme)
    return scored


def score_chunk(chunk: Chunk, task: Task) -> Scored:
    """Score one chunk and write its scorecards; what a worker does, here or on another machine."""
    scheme = _scheme(task.year, task.scheme, task.departments)
    with garbage_kept():
        loaded = chunk.load(scheme)
        assessment = assess_evidence(loaded, task.readings)
        if task.out is not None:
            write_scorecards(assessment, task.out)
        results, noticed = [card.result for card in assessment.scorecards], loaded.evidence.notices
        notices = {one.department: noticed[one.department] for one in results if noticed[one.department]}
        return Scored(results, dict(assessment.faults), notices, loaded.official)


@cache
def _scheme(year: int, named: str, departments: tuple[str, ...]) -> Scheme:
    return with_departments(load_scheme(year, named), departments)


def write_scorecards(assessment: Assessment, out: Path) -> None:
    """Write each scorecard; a department that failed keeps none, not even an older one."""
    _remove(assessment.faults, out)
    for card in assessment.scorecards:
        write_json(out / card.department / "scorecard.json", card.to_json())


def write_ranking(
    scheme: Scheme,
    results: Sequence[Result],
    faults: Mapping[str, Sequence[Fault]],
    out: Path,
    present: Collection[str] = (),
    *,
    official: bool = False,
) -> None:
    """Write the ranking of all departments; see :func:`scoring.engine.ranking.ranking_json`."""
    failed = {department: len(told) for department, told in faults.items()}
    write_json(out / "ranking.json", ranking_json(scheme, results, failed, present, official=official))


def _remove(faults: Mapping[str, Sequence[Fault]], out: Path) -> None:
    for department in faults:
        (out / department / "scorecard.json").unlink(missing_ok=True)


# --- Where chunks are worked on -------------------------------------------------------------------------------------


def _run(chunks: Sequence[Chunk], task: Task, jobs: int, cluster: Cluster | None) -> Iterator[Scored]:
    if cluster is not None:
        return _on_cluster(chunks, task, cluster)
    return _in_processes(chunks, task, jobs) if min(jobs, len(chunks)) > 1 else _here(chunks, task)


def _here(chunks: Sequence[Chunk], task: Task) -> Iterator[Scored]:
    return (score_chunk(chunk, task) for chunk in chunks)


def _in_processes(chunks: Sequence[Chunk], task: Task, jobs: int) -> Iterator[Scored]:
    """Score chunks a few at a time; those that a process died of are left to the end."""
    lost = []
    with closing(each(__name__, partial(score_chunk, task=task), chunks, jobs)) as scored:
        for chunk, outcome in scored:
            try:
                yield outcome()
            except Died:
                lost.append(chunk)
    for chunk in lost:
        yield from _apart(chunk, task)


def _apart(chunk: Chunk, task: Task) -> Iterator[Scored]:
    """Score a chunk in a process of its own; the half that kills it is halved, until one department is left."""
    ((_, outcome),) = each(__name__, partial(score_chunk, task=task), [chunk], 1)
    with suppress(Died):
        yield outcome()
        return
    if len(chunk.departments) == 1:
        yield _died(chunk)
        return
    for half in chunk.halves():
        yield from _apart(half, task)


def _on_cluster(chunks: Sequence[Chunk], task: Task, cluster: Cluster) -> Iterator[Scored]:
    """Score chunks on workers of a cluster; a chunk that workers died of is halved, until one department is left."""
    while chunks:
        lost: list[Chunk] = []
        for chunk, scored in cluster.each(partial(score_chunk, task=task), chunks):
            if scored is not None:
                yield scored
            elif len(chunk.departments) > 1:
                lost += chunk.halves()
            else:
                yield _died(chunk)
        chunks = lost


def _died(chunk: Chunk) -> Scored:
    (department,) = chunk.departments
    return Scored(faults={department: [Fault(department, -1, 0, 0, "", "", DIED, "")]})
