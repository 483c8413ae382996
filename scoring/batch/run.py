"""A whole run: scores, plan, reports, publication. What stands as it would be made again is left alone."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scoring.batch.plan import (
    CITY_NAME,
    Planned,
    Run,
    Scores,
    kept_records,
    plan_city,
    plan_department,
    scored_key,
    sources_of,
)
from scoring.batch.progress import Teller
from scoring.batch.publish import NotWritable, publish_file, withdraw
from scoring.batch.records import RECORD, Record
from scoring.batch.results import keep_half_run, our_files, publish_made, take_away
from scoring.batch.runners import Runner
from scoring.batch.task import CITY, Made, Source
from scoring.files import json_bytes
from scoring.folders import read_folder
from scoring.report.names import city_files
from scoring.scoring_run import Scored, score_departments

LOGS: Final = "运行日志"
#: How many reports that are out of date are named, and what brings them up to date.
_NAMED: Final = 4
_ALL: Final = "不加 --department 再运行一次，即可全部更新"

Progress = Callable[[int], AbstractContextManager[Teller]]


@dataclass
class Outcome:
    """What became of a run, by the reports' names; reasons and warnings are in Chinese."""

    scores: Scores
    made: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def score_all(run: Run, sources: Mapping[str, tuple[Source, ...]], kept: Mapping[str, Record]) -> Scores:
    """The scores of all departments: from their records where these hold, else worked out."""
    keys = {name: scored_key(run, name, files) for name, files in sources.items()}
    held = {name: record.result for name, record in kept.items() if record.result and record.scored == keys[name]}
    scored = Scored([result for result in held.values() if result])
    if fresh := keys.keys() - held.keys():
        folder = read_folder(run.raw, run.scheme, fresh)
        scored.add(score_departments(folder, run.scheme, run.readings, None, jobs=run.jobs))
    scored.sort(run.scheme)
    return Scores(
        run.scheme, keys, {result.department: result for result in scored.results}, scored.faults, scored.official
    )


def make_reports(
    run: Run,
    workbooks: Sequence[Path],
    runner: Runner,
    progress: Progress,
    only: Collection[str] | None = None,
) -> Outcome:
    """Score all workbooks and bring the reports up to date.

    Parameters
    ----------
    workbooks
        All of the year: a rank is among all, also when a few reports are made.
    progress
        Given the number of reports, what is told of them.
    only
        Departments whose reports are made; None makes all, and the city's.

    Raises
    ------
    NotWritable
        When results cannot be written at all.
    UnusableFolder
        When evidence has gone meanwhile.
    """
    sources = sources_of(workbooks, run.scheme)
    kept = kept_records(run, sources)
    outcome = Outcome(score_all(run, sources, kept))
    publish_file(run.out, "ranking.json", json_bytes(outcome.scores.ranking))
    gone = _withdraw_unscored(run, outcome.scores)
    planned = _plan(run, sources, kept, outcome.scores)
    city = plan_city(run, sources, outcome.scores, without=()) if only is None else None
    wanted = [name for name in outcome.scores.results if only is None or name in only]
    outcome.untouched += [name for name in wanted if name not in planned]
    todo = {name: planned[name] for name in wanted if name in planned}
    with progress(len(todo) + (city is not None)) as teller:
        if only is None:
            _make_all(run, sources, todo, city, runner, outcome, teller)
        else:
            _make(run, todo, runner, outcome, teller)
    if only is not None:
        city = plan_city(run, sources, outcome.scores, outcome.failures)
        _tell_of_others(run, planned.keys() - todo.keys(), city, gone or outcome.failures, outcome)
    _write_log(run, outcome)
    return outcome


def _make_all(
    run: Run,
    sources: Mapping[str, tuple[Source, ...]],
    todo: Mapping[str, Planned],
    city: Planned | None,
    runner: Runner,
    outcome: Outcome,
    teller: Teller,
) -> None:
    """Make the departments' reports and the city's, which rests on all evidence and tells whose report failed.

    The city's takes longest: it is begun first and published last, made as if no other failed, and again if one did.
    """
    made = _make(run, {**({} if city is None else {CITY_NAME: city}), **todo}, runner, outcome, teller)
    if failed := outcome.failures.keys() & outcome.scores.results.keys():
        city = plan_city(run, sources, outcome.scores, failed)
        made = None if city is None else _make(run, {CITY_NAME: city}, runner, outcome, teller)
    if city is None or made is None:
        outcome.untouched.append(CITY_NAME)
    else:
        _conclude(run, city, made, outcome, teller)


def _tell_of_others(
    run: Run, others: Collection[str], city: Planned | None, gone: Collection[str], outcome: Outcome
) -> None:
    """Reports that were not asked for stay, and it is told which are out of date.

    A city's that leads to one that is gone goes too.
    """
    outdated = [name for name in sorted(others) if (run.out / name / RECORD).exists()]
    if city is not None and (run.out / city_files(run.year).html).exists():
        if gone:
            outcome.warnings.append(f"有部门的报告已撤下，全市汇总随之撤下{take_away(run, city.task)}；{_ALL}")
        else:
            outdated.append(CITY_NAME)
    if outdated:
        more = f" 等 {len(outdated)} 份" if len(outdated) > _NAMED else ""
        outcome.warnings.append(f"{'、'.join(outdated[-_NAMED:])}{more}报告已不是最新；{_ALL}")


def _plan(
    run: Run, sources: Mapping[str, tuple[Source, ...]], kept: Mapping[str, Record], scores: Scores
) -> dict[str, Planned]:
    """The reports to make, by department: those that do not stand as they would be made."""
    plans = {name: plan_department(run, name, sources[name], scores, kept.get(name)) for name in scores.results}
    return {name: planned for name, planned in plans.items() if planned is not None}


def _make(run: Run, planned: Mapping[str, Planned], runner: Runner, outcome: Outcome, teller: Teller) -> Made | None:
    """Run tasks and conclude each department's as it comes; gives the city's, which is to be concluded last."""
    city = None
    tasks = (each.complete_task() for each in planned.values())
    with closing(runner.run(tasks, teller.begin)) as results:
        for made in results:
            if planned[made.name].task.kind == CITY:
                city = made
            else:
                _conclude(run, planned[made.name], made, outcome, teller)
    return city


def _conclude(run: Run, planned: Planned, made: Made, outcome: Outcome, teller: Teller) -> None:
    """Publish what was made, or take away what is no longer right; and tell."""
    name, task = made.name, planned.task
    problem = made.problem and made.problem + keep_half_run(run, task, made)
    if not problem:
        try:
            publish_made(run, planned, made)
        except NotWritable as error:
            problem = str(error)
    if problem:
        outcome.failures[name] = problem + take_away(run, task)
    else:
        outcome.made.append(name)
    outcome.seconds[name] = made.seconds
    teller.end(name, outcome.failures.get(name, ""))


def _withdraw_unscored(run: Run, scores: Scores) -> set[str]:
    """A report that can no longer be made must not look current, be its department unlisted, faulty or gone.

    Returns
    -------
    set
        The departments whose reports were taken away.
    """
    there = {path.name for path in run.out.iterdir() if path.is_dir()}
    reported = {name for name in there if (run.out / name / RECORD).exists()}
    for name in there & {*scores.faults, *run.scheme.departments, *reported} - scores.results.keys():
        withdraw(run.out / name, our_files(name, run.year))
    return reported - scores.results.keys()


def _write_log(run: Run, outcome: Outcome) -> None:
    """What may differ from run to run, apart from all results: when, where, how long."""
    entry = {
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": platform.platform(),
        "python": platform.python_version(),
        "readings": dict(run.readings),
        "made": {name: round(outcome.seconds[name], 2) for name in outcome.made},
        "untouched": len(outcome.untouched),
        "failed": outcome.failures,
        "faults": {name: len(faults) for name, faults in outcome.scores.faults.items()},
    }
    try:
        publish_file(run.out, f"{LOGS}/{time.strftime('%Y%m%d-%H%M%S')}.json", json_bytes(entry))
    except NotWritable as error:
        outcome.warnings.append(f"没有运行日志：{error}")
