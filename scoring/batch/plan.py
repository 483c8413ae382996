"""What a run has to make: the present digests of each result's inputs are compared with its record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

from scoring.base.files import json_bytes
from scoring.base.names import city_files, department_files
from scoring.batch.digests import Basis, basis_of, digest, digest_of, scheme_files
from scoring.batch.records import CITY_RECORD, RECORD, Record, intact_record
from scoring.batch.task import CITY, DEPARTMENT, Source, Task
from scoring.engine.ranking import Result, ranking_json
from scoring.engine.readings import Decided, Packed, Spread, TooManyReadings, decided
from scoring.evidence import Fault, by_department
from scoring.evidence.files import LARGEST_ATTACHMENT, attachments_in, folder_of_attachments
from scoring.scheme import Scheme
from scoring.scheme.readings import Readings

#: The name of the city's report in messages.
CITY_NAME: Final = "全市汇总"
#: The file that tells a notebook what the readings decide.
_DECIDED: Final = "readings.json"
_DECIDED_FOR_NOTEBOOK: Final = f"../data/readings/{_DECIDED}"


@dataclass(frozen=True)
class Run:
    """The options of a run."""

    scheme: Scheme
    raw: Path  # The year's folder of workbooks.
    out: Path  # The year's folder of results.
    readings: Mapping[str, str]  # Those that differ from the default.
    departments: tuple[str, ...] = ()  # The list in place of the scheme's, if any.
    time_limit: int = 600  # Seconds for one report.
    jobs: int = 1  # How many processes score at the same time.
    evidence: bool = True  # Whether the reports hold cells of the evidence, and PDFs the workbook.

    @property
    def year(self) -> int:
        """The year that is assessed."""
        return self.scheme.year

    @property
    def basis(self) -> Basis:
        """Digests of the program."""
        return basis_of(self.scheme)

    @property
    def kind(self) -> tuple[str, ...]:
        """What tells reports without evidence from the full ones, for their digests."""
        return () if self.evidence else ("without evidence",)

    def task(self, kind: str, name: str, sources: Sequence[Source], **parameters: Any) -> Task:
        """A report of this run; its notebook gets these parameters and those that all reports have."""
        files = city_files(self.year) if kind == CITY else department_files(name, self.year)
        scheme, its_files = scheme_for_notebook(self.scheme)
        given = {**parameters, "year": self.year, "scheme": scheme}
        if self.readings:
            given["readings"] = dict(self.readings)
        if not self.evidence:
            given["evidence"] = False
        limit = max(self.time_limit, len(sources)) if kind == CITY else self.time_limit
        return Task(kind, name, self.year, (*sources, *its_files), given, files, self.departments, time_limit=limit)


def scheme_for_notebook(scheme: Scheme) -> tuple[str, tuple[Source, ...]]:
    """How a notebook names a scheme, and the scheme's files where it is not the program's own.

    They are sent with the task: results do not show their location, and workers need not see the folder.
    """
    if scheme.is_installed:
        return scheme.name, ()
    folder = f"schemes/{scheme.folder.name}"
    return f"../data/{folder}", tuple(
        Source.of(path, path.name, f"../{folder}") for path in scheme_files(scheme.folder)
    )


@dataclass(frozen=True)
class Scores:
    """The scores of all departments, in the scheme's order: results, and the faults of the others."""

    scheme: Scheme
    keys: Mapping[str, str]  # Department to the digest of what its score depends on.
    results: Mapping[str, Result]
    faults: Mapping[str, list[Fault]]
    official: bool = False  # Whether evidence that was scored anew is official, even if faulty.
    readings: Readings = field(default_factory=dict)  # Every one as chosen.
    spreads: Mapping[str, Packed] = field(default_factory=dict)  # The results under all combinations of readings.

    @cached_property
    def ranking(self) -> dict[str, Any]:
        """The ranking as ``ranking/1``."""
        failed = {name: len(faults) for name, faults in self.faults.items()}
        return ranking_json(self.scheme, list(self.results.values()), failed, self.keys, official=self.official)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Department to rank, of those that have one."""
        return {entry["department"]: entry["rank"] for entry in self.ranking.get("ranked", ())}

    @cached_property
    def decided(self) -> dict[str, Decided]:
        """By department, what the readings decide; empty where there are too many combinations."""
        spreads = [
            Spread.unpacked(self.spreads[name], self.scheme, self.readings, name, sample=result.sample)
            for name, result in self.results.items()
            if name in self.spreads
        ]
        with suppress(TooManyReadings):
            return decided(spreads, official=self.official)
        return {}


def _handed_over(some: Iterable[Decided]) -> Source:
    """What the readings decide, as a file for the notebook."""
    content = json_bytes([one.to_json() for one in some])
    return Source(_DECIDED, digest_of(content), content=content, folder="../readings")


def sources_of(workbooks: Sequence[Path], scheme: Scheme) -> dict[str, tuple[Source, ...]]:
    """The evidence of each department with digests of its content: its workbooks, then its attachments."""
    with ThreadPoolExecutor() as threads:
        found = dict(zip(workbooks, threads.map(lambda path: Source.of(path, path.name), workbooks), strict=True))
    by_name = by_department(workbooks, scheme).items()
    return {name: (*(found[file] for file in files), *_attachments(name, files[0].parent)) for name, files in by_name}


def _attachments(department: str, raw: Path) -> Iterator[Source]:
    """Every file in a department's folder of attachments, whether a row names it or not."""
    folder = folder_of_attachments(department, raw)
    for name, path in attachments_in(folder).items():
        yield Source.of(path, f"{folder.name}/{name}", most=LARGEST_ATTACHMENT)


def scored_key(run: Run, name: str, sources: Sequence[Source]) -> str:
    """The digest of what a department's scorecard depends on."""
    evidence = (part for source in sources for part in (source.name, source.sha256))
    readings = digest(*(f"{key}={option}" for key, option in sorted(run.readings.items())))
    scheme = (run.scheme.folder.name, run.basis.code, readings, name in run.scheme.positions)
    return digest("scored", *evidence, *scheme)


def kept_records(run: Run, names: Collection[str]) -> dict[str, Record]:
    """The records of departments whose results are complete and unchanged."""
    with ThreadPoolExecutor() as threads:
        records = zip(names, threads.map(lambda name: intact_record(run.out / name / RECORD), names), strict=True)
        return {name: record for name, record in records if record is not None}


@dataclass(frozen=True)
class Planned:
    """A task, and the record that its results will have."""

    task: Task
    record: Record


def plan_department(
    run: Run, name: str, sources: tuple[Source, ...], scores: Scores, kept: Record | None
) -> Planned | None:
    """The task for a department; None when nothing has changed."""
    place = {"rank": scores.ranks.get(name), "ranked": len(scores.ranks)}
    readings = _handed_over(one for one in [scores.decided.get(name)] if one)
    made = digest("department", scores.keys[name], run.basis.pages, *place.values(), *run.kind, readings.sha256)
    if kept is not None and kept.made == made:
        return None
    task = run.task(DEPARTMENT, name, (*sources, readings), department=name, **place, decided=_DECIDED_FOR_NOTEBOOK)
    return Planned(task, Record(scores.keys[name], made, {}, scores.results[name], scores.spreads.get(name)))


def plan_city(
    run: Run, sources: Mapping[str, tuple[Source, ...]], scores: Scores, without: Collection[str]
) -> Planned | None:
    """The task for the city's report ``without`` the departments whose report failed; None when nothing has changed."""
    scored = digest("city", *run.departments, *(f"{name}={key}" for name, key in sorted(scores.keys.items())))
    made, kept = digest(scored, run.basis, *sorted(without), *run.kind), intact_record(run.out / CITY_RECORD)
    if kept is not None and kept.made == made:
        return None
    failed = {"without": sorted(without)} if without else {}
    every = [*chain.from_iterable(sources.values()), _handed_over(scores.decided.values())]
    task = run.task(CITY, CITY_NAME, every, links=True, decided=_DECIDED_FOR_NOTEBOOK, **failed)
    return Planned(task, Record(scored, made, {}))
