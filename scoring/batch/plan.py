"""What a run has to make: each result's basis now, held against the basis that it was made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

from scoring.base.names import SCORECARD, city_files, department_files
from scoring.batch.digests import Basis, basis_of, digest, digest_of_choices
from scoring.batch.records import CITY_RECORD, RECORD, Record, intact_record
from scoring.batch.task import CITY, DEPARTMENT, Source, Task
from scoring.engine.ranking import Result, ranking_json
from scoring.evidence import Fault, by_department
from scoring.scheme import Scheme

#: The city's report, as it is told of.
CITY_NAME: Final = "全市汇总"


@dataclass(frozen=True)
class Run:
    """What a run was asked for.

    Attributes
    ----------
    raw, out
        The year's folder of workbooks, the year's folder of results.
    readings
        Those that are not read by default.
    departments
        The list that stands in for the scheme's; empty for the scheme's own.
    time_limit
        Seconds for one report.
    jobs
        How many processes score at the same time.
    """

    scheme: Scheme
    raw: Path
    out: Path
    readings: Mapping[str, str]
    departments: tuple[str, ...] = ()
    time_limit: int = 600
    jobs: int = 1

    @property
    def year(self) -> int:
        """The scheme's year."""
        return self.scheme.year

    @property
    def basis(self) -> Basis:
        """Digests of the program."""
        return basis_of(self.scheme)


@dataclass(frozen=True)
class Scores:
    """The scores of all departments, in the scheme's order: results, and the faults of the others.

    Attributes
    ----------
    keys
        Department to the digest of what its score rests on.
    official
        Whether evidence that had to be scored anew is official, be it faulty.
    """

    scheme: Scheme
    keys: Mapping[str, str]
    results: Mapping[str, Result]
    faults: Mapping[str, list[Fault]]
    official: bool = False

    @cached_property
    def ranking(self) -> dict[str, Any]:
        """The ranking as ``ranking/1``."""
        failed = {name: len(faults) for name, faults in self.faults.items()}
        return ranking_json(self.scheme, list(self.results.values()), failed, self.keys, official=self.official)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The ranks of those that have one."""
        return {place["department"]: place["rank"] for place in self.ranking.get("ranked", ())}


def sources_of(workbooks: Sequence[Path], scheme: Scheme) -> dict[str, tuple[Source, ...]]:
    """The evidence of each department, with the digests of its content; two files of one department are a fault."""
    with ThreadPoolExecutor() as threads:
        found = dict(zip(workbooks, threads.map(lambda path: Source.of(path, path.name), workbooks), strict=True))
    return {name: tuple(found[file] for file in files) for name, files in by_department(workbooks, scheme).items()}


def scored_key(run: Run, name: str, sources: Sequence[Source]) -> str:
    """What a department's scorecard rests on."""
    evidence = (part for source in sources for part in (source.name, source.sha256))
    listed = name in run.scheme.places
    return digest("scored", *evidence, run.basis.code, digest_of_choices(run.readings), listed)


def kept_records(run: Run, names: Collection[str]) -> dict[str, Record]:
    """The records of departments whose results are all there as they were made."""
    with ThreadPoolExecutor() as threads:
        records = zip(names, threads.map(lambda name: intact_record(run.out / name / RECORD), names), strict=True)
        return {name: record for name, record in records if record is not None}


@dataclass(frozen=True)
class Planned:
    """A task, and the record that its results will have.

    Attributes
    ----------
    before
        The notebook as it was executed before, when it has only to be rendered.
    """

    task: Task
    record: Record
    before: Path | None = None

    def complete_task(self) -> Task:
        """The task with the notebook that was executed before, and the scorecard that was made with it."""
        if self.before is None:
            return self.task
        scorecard = self.before.with_name(SCORECARD)
        return replace(self.task, executed=self.before.read_bytes(), scorecard=scorecard.read_bytes())


def plan_department(
    run: Run, name: str, sources: tuple[Source, ...], scores: Scores, kept: Record | None
) -> Planned | None:
    """What has to be made of a department; None when everything stands as it is."""
    files = department_files(name, run.year)
    rank, ranked = scores.ranks.get(name), len(scores.ranks)
    scored = scores.keys[name]
    executed = digest("executed", scored, run.basis.content, rank, ranked)
    record = Record(scored, executed, digest("rendered", executed, run.basis.layout), {}, scores.results[name])
    if kept is not None and kept.rendered == record.rendered:
        return None
    again = kept is not None and kept.executed == executed
    parameters = {
        "department": name,
        "year": run.year,
        "scheme": run.scheme.name,
        "rank": rank,
        "ranked": ranked,
        **({"readings": dict(run.readings)} if run.readings else {}),
    }
    task = Task(DEPARTMENT, name, run.year, sources, parameters, files, run.departments, time_limit=run.time_limit)
    return Planned(task, record, run.out / name / files.notebook if again else None)


def plan_city(
    run: Run, sources: Mapping[str, tuple[Source, ...]], scores: Scores, without: Collection[str]
) -> Planned | None:
    """What has to be made of the city's report; None when it stands as it is.

    Parameters
    ----------
    without
        Departments that were scored and whose report could not be made.
    """
    scored = digest("city", *run.departments, *(f"{name}={key}" for name, key in sorted(scores.keys.items())))
    executed = digest("executed", scored, run.basis.code, run.basis.content, *sorted(without))
    record = Record(scored, executed, digest("rendered", executed, run.basis.layout), {})
    files, kept = city_files(run.year), intact_record(run.out / CITY_RECORD)
    if kept is not None and kept.rendered == record.rendered:
        return None
    parameters = {
        "year": run.year,
        "scheme": run.scheme.name,
        "links": True,
        **({"without": sorted(without)} if without else {}),
        **({"readings": dict(run.readings)} if run.readings else {}),
    }
    task = Task(
        CITY,
        CITY_NAME,
        run.year,
        tuple(chain.from_iterable(sources.values())),
        parameters,
        files,
        run.departments,
        time_limit=max(run.time_limit, len(sources)),
    )
    return Planned(task, record)
