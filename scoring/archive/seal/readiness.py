"""Whether a folder of results can be archived: made from the present evidence and program, and nothing lacking.

The batch's records of content digests decide; nothing is made again here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scoring.archive.layout import RANKING
from scoring.base.names import SCORECARD, city_files, department_files
from scoring.batch.plan import CITY_NAME, Run, Scores, kept_records, plan_city, plan_department, sources_of
from scoring.batch.records import CITY_RECORD, RECORD, Record, read_record
from scoring.batch.run import LOGS, score_all
from scoring.batch.task import Source
from scoring.engine.ranking import PROVISIONAL
from scoring.evidence import workbooks_in


@dataclass(frozen=True)
class Cause:
    """Something that an archive lacks, or a reason not to make one, about a department or the city.

    Kinds of what is lacking: ``no-evidence``, ``faulty``, ``no-report``, ``no-pdf``, ``provisional``, ``sample``,
    ``stale``, ``exercise``, ``no-log``. Kinds of refusals: ``unreadable``, ``altered``, ``outdated``, ``empty``.
    """

    kind: str
    of: str
    message: str

    def __str__(self) -> str:
        return f"{self.of}：{self.message}"


@dataclass
class Readiness:
    """What can be archived, and why it is not complete or not possible.

    Attributes
    ----------
    logs
        The logs of the runs that made the results.
    records, scorecards
        Of the departments whose results are archived; scorecards as ``scorecard/1``.
    refusals
        Results not made from the present evidence and program, evidence that cannot be read: never archived.
    causes
        What is lacking: archived only on request, and stated on the label.
    """

    run: Run
    sources: Mapping[str, tuple[Source, ...]]
    scores: Scores
    logs: Sequence[Path]
    records: dict[str, Record] = field(default_factory=dict)
    scorecards: dict[str, Any] = field(default_factory=dict)
    city: Record | None = None
    refusals: list[Cause] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)


def readiness_of(run: Run) -> Readiness:
    """Compare the results with what would be made now."""
    sources = sources_of(workbooks_in(run.raw), run.scheme)
    kept = kept_records(run, sources)
    ready = Readiness(run, sources, score_all(run, sources, kept), sorted((run.out / LOGS).glob("[0-9]*-[0-9]*.json")))
    for name in dict.fromkeys([*run.scheme.departments, *sources]):
        if refusal := _refusal(ready, name, kept.get(name)):
            ready.refusals.append(refusal)
        else:
            ready.causes += _lacking(ready, name, kept.get(name))
    _look_at_city(ready)
    if run.scheme.exercise:
        ready.causes.append(Cause("exercise", "方案", f"是{run.scheme.exercise}"))
    if not ready.logs:
        ready.causes.append(Cause("no-log", LOGS, "没有一次运行的日志"))
    return ready


def readings_of_results(run: Run) -> dict[str, str]:
    """The readings other than the defaults that the results were made with; empty when there are no results."""
    for path in sorted(run.out.glob(f"*/{SCORECARD}")):
        try:
            chosen = json.loads(path.read_bytes())["readings"]
            return {key: option for key, option in chosen.items() if run.scheme.readings[key].default != option}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return {}


def _refusal(ready: Readiness, name: str, kept: Record | None) -> Cause | None:
    """Why a department's evidence or results must not be archived; None when they may be, or there are none."""
    run, sources = ready.run, ready.sources.get(name, ())
    if unread := [source.name for source in sources if not source.sha256]:
        many = f" 等 {len(unread)} 个" if len(unread) > 1 else ""
        message = f"佐证 {unread[0]}{many} 读不出来，或附件过大，没有原件不能归档；请确认没有被占用且有读取权限"
        return Cause("unreadable", name, message)
    if not sources or name in ready.scores.faults:
        return None
    if kept is None and (run.out / name / RECORD).exists():
        return Cause("altered", name, "报告文件有缺失，或生成后被改动")
    if kept and plan_department(run, name, sources, ready.scores, kept):
        return Cause("outdated", name, "报告不是由现在的佐证、解读和程序得出的")
    return None


def _lacking(ready: Readiness, name: str, kept: Record | None) -> Iterator[Cause]:
    """What a department lacks; one that lacks no report is noted as archived."""
    run = ready.run
    if name not in ready.sources:
        yield Cause("no-evidence", name, "没有佐证工作簿")
    elif faults := ready.scores.faults.get(name):
        yield Cause("faulty", name, f"佐证有 {len(faults)} 处差错，未评分；第一处：{min(faults)}")
    elif kept is None:
        yield Cause("no-report", name, "没有评分报告")
    else:
        card = json.loads((run.out / name / SCORECARD).read_bytes())
        ready.records[name], ready.scorecards[name] = kept, card
        yield from _not_final(name, card)
        if department_files(name, run.year).pdf not in kept.files:
            yield Cause("no-pdf", name, "报告没有 PDF 文件")


def _not_final(name: str, card: Mapping[str, Any]) -> Iterator[Cause]:
    if card["sample"]:
        yield Cause("sample", name, "佐证是示例数据，不是正式数据")
    if card["status"] == PROVISIONAL:
        names = {node["code"]: node["name"] for node in card["nodes"]}
        codes = "、".join(f"{entry['code']} {names[entry['code']]}" for entry in card["pending"])
        what = "得分" if card["range"] else "结论"
        yield Cause("provisional", name, f"还有 {len(card['pending'])} 个指标待评（{codes}），{what}未定")
    for decision in card["review"]["decisions"]:
        if decision["stale"]:
            yield Cause("stale", name, f"对“{decision['finding']}”的复核决定已失效（{decision['stale']}），须重新复核")


def _look_at_city(ready: Readiness) -> None:
    """The city's report and the ranking."""
    run, scores = ready.run, ready.scores
    record = read_record(run.out / CITY_RECORD)
    try:
        is_ranking = json.loads((run.out / RANKING).read_bytes()) == scores.ranking
    except (OSError, ValueError):
        is_ranking = False
    without = scores.results.keys() - ready.records.keys()
    if record is None:
        ready.causes.append(Cause("no-report", CITY_NAME, "没有汇总报告"))
    elif plan_city(run, ready.sources, scores, without) or not is_ranking:
        message = "报告或名次不是由现在的佐证、解读和程序得出的，或已被改动"
        ready.refusals.append(Cause("outdated", CITY_NAME, message))
    else:
        ready.city = record
        if city_files(run.year).pdf not in record.files:
            ready.causes.append(Cause("no-pdf", CITY_NAME, "报告没有 PDF 文件"))
