"""What a run leaves of a report: its files with their record, or, when it failed, what it came to and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from scoring.batch.digests import digest_of
from scoring.batch.plan import Planned, Run
from scoring.batch.publish import (
    NotWritable,
    publish,
    publish_city,
    publish_file,
    withdraw,
    withdraw_city,
    writing,
)
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.batch.task import CITY, Made, Task
from scoring.report.names import SCORECARD, city_files, department_files, notice_files

FAILED: Final = "failed"


def publish_made(run: Run, planned: Planned, made: Made) -> None:
    """Publish a report with its record, in place of the one before.

    Raises
    ------
    NotWritable
        When it cannot be written; what stood there is then there still, or gone.
    """
    folder = run.out / made.name
    files = made.files if planned.before is None else {**_not_rendered(folder, planned.task), **made.files}
    record = replace(planned.record, files={name: digest_of(content) for name, content in files.items()})
    if planned.task.kind == CITY:
        publish_city(run.out, {CITY_RECORD: record.content(), **files}, our_city_files(run.year))
    else:
        ours = our_files(made.name, run.year)
        notice = _notice(made.name, run.year) if _scorecard_stands(folder, files) else frozenset[str]()
        publish(folder, {**files, RECORD: record.content()}, ours - notice)
    with writing(run.out):
        (run.out / FAILED / planned.task.files.notebook).unlink(missing_ok=True)


def take_away(run: Run, task: Task) -> str:
    """Take away a report that is no longer right; says so when it cannot be done."""
    try:
        if task.kind == CITY:
            withdraw_city(run.out, our_city_files(run.year))
        else:
            withdraw(run.out / task.name, our_files(task.name, run.year))
    except NotWritable:
        return "；原有的报告已失效，但无法撤下，请勿使用"
    return ""


def keep_half_run(run: Run, task: Task, made: Made) -> str:
    """Keep a half-run notebook apart from results, and say where."""
    if not made.half_run:
        return ""
    try:
        publish_file(run.out, f"{FAILED}/{task.files.notebook}", made.half_run)
    except NotWritable as error:
        return f"；运行到一半的笔记本没有保存：{error}"
    return f"；运行到一半的笔记本在 {FAILED}/{task.files.notebook}"


def our_files(department: str, year: int) -> frozenset[str]:
    """Names of all that a run may leave in a department's folder, a notice that rests on the scorecard included."""
    reports = vars(department_files(department, year)).values()
    return frozenset({*reports, SCORECARD, RECORD}) | _notice(department, year)


def our_city_files(year: int) -> tuple[str, ...]:
    """Names of all that a run leaves of the city: the index, which leads to the others, the record, the others."""
    index, *others = vars(city_files(year)).values()
    return index, CITY_RECORD, *others


def _notice(department: str, year: int) -> frozenset[str]:
    return frozenset(vars(notice_files(department, year)).values())


def _not_rendered(folder: Path, task: Task) -> dict[str, bytes]:
    """What a report that is only rendered again keeps: its scorecard and its ledger."""
    return {name: (folder / name).read_bytes() for name in (SCORECARD, task.files.excel)}


def _scorecard_stands(folder: Path, files: Mapping[str, bytes]) -> bool:
    before = folder / SCORECARD
    return before.exists() and before.read_bytes() == files[SCORECARD]
