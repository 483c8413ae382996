"""A whole run: scores, plan, reports, publication. What has not changed is not made again."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scoring.base.files import NotWritable, json_bytes, writing
from scoring.base.names import SCORECARD, city_files, department_files, notice_files
from scoring.batch.digests import digest_of
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
from scoring.batch.progress import Progress
from scoring.batch.publish import publish, publish_city, publish_file, withdraw, withdraw_city
from scoring.batch.records import CITY_RECORD, RECORD, Record
from scoring.batch.score import Scored, score_folder
from scoring.batch.task import CITY, Made, Source, Task
from scoring.batch.workers.runners import Runner
from scoring.evidence.folders import read_folder
from scoring.scheme.readings import choose

LOGS: Final = "运行日志"
FAILED: Final = "failed"
#: How many outdated reports are named, and the command that updates them.
_NAMED: Final = 4
_ALL: Final = "不加 --department 再运行一次，即可全部更新"

#: Given the number of reports, shows their progress.
Show = Callable[[int], AbstractContextManager[Progress]]


@dataclass
class Outcome:
    """The result of a run, by the names of the reports; reasons and warnings are in Chinese."""

    scores: Scores
    made: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def score_all(run: Run, sources: Mapping[str, tuple[Source, ...]], kept: Mapping[str, Record]) -> Scores:
    """The scores of all departments: from their records where these still hold, else scored anew."""
    keys = {name: scored_key(run, name, files) for name, files in sources.items()}
    held = {name: record for name, record in kept.items() if record.result and record.scored == keys[name]}
    scored = Scored(
        [record.result for record in held.values() if record.result],
        spreads={name: record.spread for name, record in held.items() if record.spread},
    )
    if fresh := keys.keys() - held.keys():
        folder = read_folder(run.raw, run.scheme, fresh)
        scored.add(score_folder(folder, run.scheme, run.readings, None, jobs=run.jobs, every_reading=True))
    scored.sort(run.scheme)
    results = {result.department: result for result in scored.results}
    chosen = choose(run.scheme.readings, run.readings)
    return Scores(run.scheme, keys, results, scored.faults, scored.official, chosen, scored.spreads)


def make_reports(
    run: Run, workbooks: Sequence[Path], runner: Runner, show: Show, only: Collection[str] | None = None
) -> Outcome:
    """Score all workbooks of a year and bring its reports up to date: some departments', or all and the city's.

    Raises :class:`NotWritable` when results cannot be written at all, UnusableFolder when evidence has disappeared.
    """
    sources = sources_of(workbooks, run.scheme)
    kept = kept_records(run, sources)
    scores = score_all(run, sources, kept)
    publish_file(run.out, "ranking.json", json_bytes(scores.ranking))
    gone = _withdraw_unscored(run, scores)
    plans = {name: plan_department(run, name, sources[name], scores, kept.get(name)) for name in scores.results}
    planned = {name: plan for name, plan in plans.items() if plan is not None}
    todo = {name: plan for name, plan in planned.items() if only is None or name in only}
    untouched = [name for name in plans if name not in planned and (only is None or name in only)]
    batch = _Batch(run, runner, Outcome(scores, untouched=untouched))
    if only is None:
        batch.make_all(sources, todo, show)
    else:
        with show(len(todo)) as progress:
            batch.make(todo, progress)
        failed = batch.outcome.failures
        batch.warn_of_outdated(planned.keys() - todo.keys(), plan_city(run, sources, scores, failed), gone or failed)
    batch.write_log()
    return batch.outcome


def _withdraw_unscored(run: Run, scores: Scores) -> set[str]:
    """Remove the reports of departments that are unlisted, faulty or without evidence; returns their names."""
    there = {path.name for path in run.out.iterdir() if path.is_dir()}
    reported = {name for name in there if (run.out / name / RECORD).exists()}
    for name in there & {*scores.faults, *run.scheme.departments, *reported} - scores.results.keys():
        withdraw(run.out / name, _our_files(name, run.year))
    return reported - scores.results.keys()


@dataclass(frozen=True)
class _Batch:
    """The reports of a run: made, published or removed."""

    run: Run
    runner: Runner
    outcome: Outcome

    def make_all(self, sources: Mapping[str, tuple[Source, ...]], todo: Mapping[str, Planned], show: Show) -> None:
        """Make the reports of the departments and the city; the city's needs all evidence and names failed reports.

        The city's report takes longest: it is started first, assuming no other fails, and published last. If one
        fails, it is made again.
        """
        outcome = self.outcome
        city = plan_city(self.run, sources, outcome.scores, without=())
        with show(len(todo) + (city is not None)) as progress:
            made = self.make({**({} if city is None else {CITY_NAME: city}), **todo}, progress)
            if failed := outcome.failures.keys() & outcome.scores.results.keys():
                city = plan_city(self.run, sources, outcome.scores, failed)
                made = None if city is None else self.make({CITY_NAME: city}, progress)
            if city is None or made is None:
                outcome.untouched.append(CITY_NAME)
            else:
                self._conclude(city, made, progress)

    def make(self, planned: Mapping[str, Planned], progress: Progress) -> Made | None:
        """Run tasks and conclude each department's as it comes; returns the city's, which is concluded last."""
        city = None
        tasks = (each.task for each in planned.values())
        with closing(self.runner(tasks, progress.begin)) as results:
            for made in results:
                if planned[made.name].task.kind == CITY:
                    city = made
                else:
                    self._conclude(planned[made.name], made, progress)
        return city

    def _conclude(self, planned: Planned, made: Made, progress: Progress) -> None:
        """Publish a report, or remove the earlier one when it could not be made."""
        name, task, outcome = made.name, planned.task, self.outcome
        problem = made.problem and made.problem + self._keep_half_run(task, made)
        if not problem:
            try:
                self._publish(planned, made)
            except NotWritable as error:
                problem = str(error)
        if problem:
            outcome.failures[name] = problem + self._take_away(task)
        else:
            outcome.made.append(name)
        outcome.seconds[name] = made.seconds
        progress.end(name, outcome.failures.get(name, ""))

    def _publish(self, planned: Planned, made: Made) -> None:
        """Replace the earlier report by the new one with its record."""
        run, task, folder, files = self.run, planned.task, self.run.out / made.name, made.files
        record = replace(planned.record, files={name: digest_of(content) for name, content in files.items()})
        if task.kind == CITY:
            publish_city(run.out, {CITY_RECORD: record.content(), **files}, _our_city_files(run.year))
        else:
            before = folder / SCORECARD
            same = before.exists() and before.read_bytes() == files[SCORECARD]  # Then the notice is still valid.
            ours = _our_files(made.name, run.year, with_notice=not same)
            publish(folder, {**files, RECORD: record.content()}, ours)
        with writing(f"结果写不进 {run.out}"):
            (run.out / FAILED / task.files.notebook).unlink(missing_ok=True)

    def _take_away(self, task: Task) -> str:
        """Remove an outdated report; returns a text for the message when that fails."""
        try:
            if task.kind == CITY:
                withdraw_city(self.run.out, _our_city_files(self.run.year))
            else:
                withdraw(self.run.out / task.name, _our_files(task.name, self.run.year))
        except NotWritable:
            return "；原有的报告已失效，但无法撤下，请勿使用"
        return ""

    def _keep_half_run(self, task: Task, made: Made) -> str:
        """Keep a half-run notebook apart from the results; returns its location, for the message."""
        if not made.half_run:
            return ""
        try:
            publish_file(self.run.out, f"{FAILED}/{task.files.notebook}", made.half_run)
        except NotWritable as error:
            return f"；运行到一半的笔记本没有保存：{error}"
        return f"；运行到一半的笔记本在 {FAILED}/{task.files.notebook}"

    def warn_of_outdated(self, others: Iterable[str], city: Planned | None, gone: Collection[str]) -> None:
        """Warn of outdated reports that this run does not make.

        The city's report is removed when it links to a report that was removed.
        """
        out, warnings = self.run.out, self.outcome.warnings
        outdated = [name for name in sorted(others) if (out / name / RECORD).exists()]
        if city is not None and (out / city_files(self.run.year).html).exists():
            if gone:
                warnings.append(f"有部门的报告已撤下，全市汇总随之撤下{self._take_away(city.task)}；{_ALL}")
            else:
                outdated.append(CITY_NAME)
        if outdated:
            more = f" 等 {len(outdated)} 份" if len(outdated) > _NAMED else ""
            warnings.append(f"{'、'.join(outdated[-_NAMED:])}{more}报告已不是最新；{_ALL}")

    def write_log(self) -> None:
        """Log what differs from run to run, apart from the results: when, where, how long."""
        outcome = self.outcome
        entry = {
            "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "machine": platform.platform(),
            "python": platform.python_version(),
            "readings": dict(self.run.readings),
            "made": {name: round(outcome.seconds[name], 2) for name in outcome.made},
            "untouched": len(outcome.untouched),
            "failed": outcome.failures,
            "faults": {name: len(faults) for name, faults in outcome.scores.faults.items()},
        }
        try:
            publish_file(self.run.out, f"{LOGS}/{time.strftime('%Y%m%d-%H%M%S')}.json", json_bytes(entry))
        except NotWritable as error:
            outcome.warnings.append(f"没有运行日志：{error}")


def _our_files(department: str, year: int, *, with_notice: bool = True) -> set[str]:
    """Names of the files that a run may write into a department's folder, and of the notice made from the scorecard."""
    notice = vars(notice_files(department, year)).values() if with_notice else ()
    return {*vars(department_files(department, year)).values(), SCORECARD, RECORD, *notice}


def _our_city_files(year: int) -> tuple[str, ...]:
    """Names of the files of the city's report: first the index, which links to the others, then the record."""
    index, *others = vars(city_files(year)).values()
    return index, CITY_RECORD, *others
