"""What stands in a folder of results: whether all of it was made from the evidence and the program of now.

The batch's own records tell, by content; nothing is made again here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scoring.archive.layout import reading
from scoring.base.names import SCORECARD, city_files, department_files
from scoring.batch.plan import CITY_NAME, Run, Scores, kept_records, plan_city, plan_department, sources_of
from scoring.batch.records import CITY_RECORD, RECORD, Record, read_record
from scoring.batch.run import LOGS, score_all
from scoring.batch.task import Source
from scoring.engine.ranking import PROVISIONAL
from scoring.evidence import workbooks_in

#: The ranking, beside the departments' folders.
RANKING: Final = "ranking.json"


@dataclass(frozen=True)
class Cause:
    """Something that an archive lacks, or for which there is none, told in Chinese of a department or of the city.

    Kinds are ``no-evidence``, ``faulty``, ``no-report``, ``no-pdf``, ``provisional``, ``sample``, ``stale``,
    ``exercise``, ``no-log``; of a refusal ``unreadable``, ``altered``, ``outdated``, ``empty``.
    """

    kind: str
    of: str
    told: str

    def __str__(self) -> str:
        return f"{self.of}：{self.told}"


@dataclass(frozen=True)
class RunLog:
    """A run: when it was finished, and the reports that it made, by department or as the city's."""

    finished: dt.datetime
    made: tuple[str, ...]


@dataclass
class Standing:
    """What can be archived, and what keeps it from being a complete archive, or from being one at all."""

    run: Run
    sources: Mapping[str, tuple[Source, ...]]
    scores: Scores
    #: Of the runs that made the results, the earliest first.
    logs: Mapping[Path, RunLog]
    #: Of the departments whose results are archived; scorecards as ``scorecard/1``.
    records: dict[str, Record] = field(default_factory=dict)
    scorecards: dict[str, Any] = field(default_factory=dict)
    city: Record | None = None
    #: Results that are not those of the evidence and the program of now, evidence that cannot be read: never archived.
    refusals: list[Cause] = field(default_factory=list)
    #: What is lacking: archived only when that is asked for, and told on the label.
    causes: list[Cause] = field(default_factory=list)


def standing_of(run: Run) -> Standing:
    """Hold the results against what they would be made from now."""
    sources = sources_of(workbooks_in(run.raw), run.scheme)
    kept = kept_records(run, sources)
    standing = Standing(run, sources, score_all(run, sources, kept), run_logs(run.out))
    for name in dict.fromkeys([*run.scheme.departments, *sources]):
        _look_at(standing, name, kept.get(name))
    _look_at_city(standing)
    standing.causes += lacking_of_all(run.scheme.exercise, logged=bool(standing.logs))
    return standing


def run_logs(out: Path) -> dict[Path, RunLog]:
    """The logs in a folder of results, the earliest run first; what else lies among them is none.

    Raises
    ------
    UnusableArchive
        When a file cannot be read that may be one.
    """
    logs = {}
    for path in sorted((out / LOGS).glob("*.json")):
        with reading(path):
            content = path.read_bytes()
        try:
            log = json.loads(content)
            finished = dt.datetime.fromisoformat(log["finished"])
            if finished.tzinfo:
                logs[path] = RunLog(finished, tuple(map(str, log["made"])))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return dict(sorted(logs.items(), key=lambda pair: pair[1].finished))


def readings_of_results(run: Run) -> dict[str, str]:
    """The readings that the results were made with, those that are not read by default; none where there are none."""
    for path in sorted(run.out.glob(f"*/{SCORECARD}")):
        try:
            chosen = json.loads(path.read_bytes())["readings"]
            return {key: option for key, option in chosen.items() if run.scheme.readings[key].default != option}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return {}


# --- What is lacking, in a folder of results or in an archive --------------------------------------------------------


def lacking_of(
    name: str, year: int, evidence: object, faults: int, card: Mapping[str, Any] | None, files: Collection[str]
) -> Iterator[Cause]:
    """What a department lacks, or what keeps its result from being the last word.

    That goes by its evidence, if any, the faults in it, its ``scorecard/1`` and its report's files.
    """
    if not evidence:
        yield Cause("no-evidence", name, "没有佐证工作簿")
    elif faults:
        yield Cause("faulty", name, f"佐证有 {faults} 处差错，未评分")
    elif card is None:
        yield Cause("no-report", name, "没有评分报告")
    else:
        yield from _not_the_last_word(name, card)
        if department_files(name, year).pdf not in files:
            yield Cause("no-pdf", name, "报告没有 PDF 文件")


def lacking_of_city(year: int, files: Collection[str] | None) -> Iterator[Cause]:
    """What the city's report lacks; None stands for there being none."""
    if files is None:
        yield Cause("no-report", CITY_NAME, "没有汇总报告")
    elif city_files(year).pdf not in files:
        yield Cause("no-pdf", CITY_NAME, "报告没有 PDF 文件")


def lacking_of_all(exercise: str, *, logged: bool) -> Iterator[Cause]:
    """What concerns the whole archive: a scheme that is an exercise, runs that left no log."""
    if exercise:
        yield Cause("exercise", "方案", f"是{exercise}")
    if not logged:
        yield Cause("no-log", LOGS, "没有一次运行的日志")


def _not_the_last_word(name: str, card: Mapping[str, Any]) -> Iterator[Cause]:
    if card["sample"]:
        yield Cause("sample", name, "佐证是示例数据，不是正式数据")
    if card["status"] == PROVISIONAL:
        codes = "、".join(entry["code"] for entry in card["pending"])
        yield Cause("provisional", name, f"还有 {len(card['pending'])} 个指标待评（{codes}），得分未定")
    for decision in card["review"]["decisions"]:
        if decision["stale"]:
            yield Cause("stale", name, f"对“{decision['finding']}”的复核决定已失效（{decision['stale']}），须重新复核")


# --- What stands -----------------------------------------------------------------------------------------------------


def _look_at(standing: Standing, name: str, kept: Record | None) -> None:
    """A department: what it lacks, or that its results are not those of now."""
    run, sources = standing.run, standing.sources.get(name, ())
    if refusal := _refusal(standing, name, kept):
        standing.refusals.append(refusal)
        return
    faults, card = standing.scores.faults.get(name, ()), None
    if kept and sources and not faults:
        card = json.loads((run.out / name / SCORECARD).read_bytes())
        standing.records[name], standing.scorecards[name] = kept, card
    standing.causes += lacking_of(name, run.year, sources, len(faults), card, kept.files if kept else ())


def _refusal(standing: Standing, name: str, kept: Record | None) -> Cause | None:
    """Why a department's evidence or results are never archived; None where they may be, or there are none."""
    run, sources = standing.run, standing.sources.get(name, ())
    if unread := [source.name for source in sources if not source.sha256]:
        told = f"佐证工作簿 {'、'.join(unread)} 读不出来，没有原件不能归档；请确认它没有被占用且有读取权限"
        return Cause("unreadable", name, told)
    if not sources or name in standing.scores.faults:
        return None
    if kept is None and (run.out / name / RECORD).exists():
        return Cause("altered", name, "报告文件有缺失，或生成后被改动")
    if kept and plan_department(run, name, sources, standing.scores, kept):
        return Cause("outdated", name, "报告不是由现在的佐证、解读和程序得出的")
    return None


def _look_at_city(standing: Standing) -> None:
    """The city's report and the ranking."""
    run, scores = standing.run, standing.scores
    record = read_record(run.out / CITY_RECORD)
    without = scores.results.keys() - standing.records.keys()
    if record and (plan_city(run, standing.sources, scores, without) or not _is_ranking(standing)):
        told = "报告或名次不是由现在的佐证、解读和程序得出的，或已被改动"
        standing.refusals.append(Cause("outdated", CITY_NAME, told))
        return
    standing.city = record
    standing.causes += lacking_of_city(run.year, record.files if record else None)


def _is_ranking(standing: Standing) -> bool:
    try:
        return bool(json.loads((standing.run.out / RANKING).read_bytes()) == standing.scores.ranking)
    except (OSError, ValueError):
        return False
