"""Scores a folder of any size chunk by chunk, in one or more processes, with bounded memory.

A worker reads, checks, judges and settles a chunk and writes its scorecards; only what the ranking needs comes back.
The results do not depend on the chunks, their order or the number of processes.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Final

from scoring.base.files import write_json
from scoring.base.names import SCORECARD
from scoring.batch.workers.cluster import Cluster
from scoring.batch.workers.processes import run_each, surviving
from scoring.engine.assessment import Assessment, assess_evidence
from scoring.engine.ranking import Result, ranking_json
from scoring.engine.readings import Packed, TooManyReadings, spreads_of
from scoring.evidence import Fault, in_order
from scoring.evidence.folders import Chunk, Folder
from scoring.scheme import Scheme, load_scheme, with_departments

#: The fault of a department whose scoring killed its process twice: with others, and alone.
DIED: Final = "评分进程异常终止（可能内存不足，或被系统结束）；请关闭其他程序后重试"


@dataclass
class Scored:
    """The results of some departments, the faults of others, and the notices of those with a result."""

    results: list[Result] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    notices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    official: bool = False
    spreads: dict[str, Packed] = field(default_factory=dict)  # under all combinations of readings, where asked for

    def add(self, other: Scored) -> None:
        """Add those of others."""
        self.results += other.results
        self.faults |= other.faults
        self.notices |= other.notices
        self.spreads |= other.spreads
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
    out: Path | None,
    *,
    jobs: int = 1,
    cluster: Cluster | None = None,
    every_reading: bool = False,
) -> Scored:
    """Score a folder, in the scheme's order.

    Parameters
    ----------
    out
        Where ``<department>/scorecard.json`` and ``ranking.json`` are written; None writes nothing.
    jobs
        Processes at the same time. With one, or a single chunk, this process does everything.
    cluster
        Its workers do the work instead; they have to see the folders by the same paths.
    every_reading
        Whether to work out all combinations of readings too; nothing is given where there are too many.

    Raises
    ------
    OSError
        When results cannot be written.
    """
    known_by = scheme.year, scheme.name, scheme.departments
    score = partial(score_chunk, known_by=known_by, readings=dict(readings), out=out, every_reading=every_reading)
    scored = Scored(faults={department: list(folder.faults) for department in folder.departments if folder.faults})
    for part in _run(folder.chunks, score, jobs, cluster):
        scored.add(part)
    scored.sort(scheme)
    if out is not None:
        scored.faults |= folder.stray or {}
        _remove(scored.faults, out)
        write_ranking(scheme, scored, out, folder.present)
    return scored


def score_chunk(
    chunk: Chunk,
    *,
    known_by: tuple[int, str, tuple[str, ...]],
    readings: Mapping[str, str],
    out: Path | None,
    every_reading: bool = False,
) -> Scored:
    """Score one chunk and write its scorecards; a worker's job, here or on another machine."""
    with _collector_paused():
        loaded = chunk.load(_scheme(*known_by))
        assessment = assess_evidence(loaded, readings)
        if out is not None:
            write_scorecards(assessment, out)
        results, noticed = [card.result for card in assessment.scorecards], loaded.evidence.notices
        notices = {one.department: noticed[one.department] for one in results if noticed[one.department]}
        spreads: dict[str, Packed] = {}
        if every_reading:
            with suppress(TooManyReadings):
                spreads = {one.department: one.packed for one in spreads_of(loaded.evidence, assessment)}
        return Scored(results, dict(assessment.faults), notices, loaded.official, spreads)


@cache
def _scheme(year: int, named: str, departments: tuple[str, ...]) -> Scheme:
    return with_departments(load_scheme(year, named), departments)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause Python's garbage collector: with millions of objects alive it takes a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _run(
    chunks: Sequence[Chunk], score: Callable[[Chunk], Scored], jobs: int, cluster: Cluster | None
) -> Iterator[Scored]:
    """Score the chunks; one that kills its process is halved, until a single department is left."""
    if cluster is None and min(jobs, len(chunks)) == 1:
        yield from map(score, chunks)
        return
    here = partial(surviving, partial(run_each, __name__, score, at_once=jobs))
    each = partial(cluster.each, score) if cluster else here
    while chunks:
        lost: list[Chunk] = []
        with closing(each(chunks)) as results:
            for chunk, scored in results:
                if scored is not None:
                    yield scored
                elif len(chunk.departments) > 1:
                    lost += chunk.halves()
                else:
                    (department,) = chunk.departments
                    yield Scored(faults={department: [Fault(department, -1, 0, 0, "", "", DIED, "")]})
        chunks = lost


def write_scorecards(assessment: Assessment, out: Path) -> None:
    """Write each scorecard; an older one of a department that failed is removed."""
    _remove(assessment.faults, out)
    for card in assessment.scorecards:
        write_json(out / card.department / SCORECARD, card.to_json())


def write_ranking(scheme: Scheme, scored: Scored, out: Path, present: Collection[str] = ()) -> None:
    """Write the ranking of all departments; see :func:`scoring.engine.ranking.ranking_json`."""
    failed = {department: len(found) for department, found in scored.faults.items()}
    write_json(out / "ranking.json", ranking_json(scheme, scored.results, failed, present, official=scored.official))


def _remove(departments: Iterable[str], out: Path) -> None:
    for department in departments:
        (out / department / SCORECARD).unlink(missing_ok=True)
