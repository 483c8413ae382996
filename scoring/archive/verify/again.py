"""Scores and reports made again from the archive's evidence, and compared with the archived ones.

Every node of every scorecard must be the same; of reports made by the same program and packages, every byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scoring.archive.calendar import differing_days
from scoring.archive.layout import DEPARTMENTS, RANKING, RESULTS, UnusableArchive
from scoring.archive.opened import Archive
from scoring.archive.rederive import rederive
from scoring.archive.verify.differences import json_differences
from scoring.archive.verify.program import (
    OTHER_ENVIRONMENT,
    ArchivedProgramFailed,
    has_installed_scheme,
    is_same_program,
    other_packages,
    run_python,
)
from scoring.archive.verify.report import Part
from scoring.base.files import TemporaryFolder
from scoring.base.names import PAPERS, SCORECARD, notice_files
from scoring.base.workdays import official_calendar
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.batch.run import LOGS
from scoring.scheme import SchemeError
from scoring.scheme.load import SCHEMES

SCORES, RERUN = "重新计算得分", "重做报告"
_MOST_DAYS: Final = 10
#: Exit codes of ``report``: all reports made, or not all; the comparison names the missing ones.
_MADE: Final = (0, 1)
_NOT_MADE: Final = "这次没有生成"
_MOST_NAMED: Final = 5
#: Files that a run writes besides the reports.
_OF_THE_RUN: Final = frozenset({LOGS, "failed", ".lock"})


def check_rederivation(archive: Archive, program: Path | None = None) -> Part:
    """Score again and compare, with the installed program or with a copy of the archive's own one."""
    part = Part(SCORES)
    by_another = program is None and not is_same_program(archive)
    with TemporaryFolder("rederived-") as folder:
        out = Path(folder)
        try:
            if program is None:
                rederive(archive, out)
            else:
                run_python(["-m", "scoring.archive.rederive", str(archive.bag.resolve()), str(out)], program)
        except (SchemeError, UnusableArchive, ArchivedProgramFailed) as error:
            _note_impossible(archive, program, error, part)
        else:
            _compare(archive, out, part, more=program is None and archive.is_older)
            part.caveats += _caveats(archive)
            if program is not None:
                part.notes.append("得分由归档自带的程序重新计算")
            elif by_another:
                part.notes.append("得分由本程序重新计算；若有不符，请加 --with-archived-source 再验证一次，以分清原因")
    part.inconclusive = by_another
    if not is_same_program(archive):
        part.caveats.append("归档的程序与本程序不同")
    return part


def _note_impossible(archive: Archive, program: Path | None, error: Exception, part: Part) -> None:
    """Note why scoring failed: as not verified if another program or rules might succeed, else as a difference."""
    if program is not None and other_packages(archive):
        part.skipped = f"归档自带的程序在本机运行不了：{error}；软件包与归档时不同，{OTHER_ENVIRONMENT}"
    elif program is None and (archive.rules or not is_same_program(archive) or archive.rules_folder is None):
        part.skipped = (
            f"本程序无法重新计算：{error}；请加 --with-archived-source（用归档自带的程序和规则）或 --scheme 方案文件夹"
        )
    else:
        part.differs("归档内容", f"无法重新计算：{error}")


def _compare(archive: Archive, out: Path, part: Part, *, more: bool) -> None:
    """Compare every scorecard, then the ranking."""
    now = {path.parent.name: json.loads(path.read_bytes()) for path in out.glob(f"*/{SCORECARD}")}
    scored, nodes = archive.scored, 0
    lacking = {entry["of"] for entry in archive.label["lacking"] if entry["kind"] == "no-report"}
    for name in dict.fromkeys([*archive.departments, *scored, *now]):
        with part.reading(f"{RESULTS}/{name}/{SCORECARD}"):
            if name in scored:
                before = archive.scorecard(name)
                nodes += len(before["nodes"])
            if name in scored and name in now:
                for where, message in json_differences(before, now[name], more=more):
                    part.differs(f"{name} {where}".strip(), message)
            elif name in scored:
                part.differs(f"{RESULTS}/{name}", "有归档的得分，佐证却算不出得分（佐证有差错，或没有佐证）")
            elif name in now and name not in lacking:
                part.differs(f"{RESULTS}/{name}", "没有归档的得分，佐证却能算出得分")
    part.checked = f"{len(scored)} 个部门，{nodes} 个指标"
    with part.reading(f"{RESULTS}/{RANKING}"):
        ranking = archive.read_json(f"{RESULTS}/{RANKING}") if (archive.results / RANKING).is_file() else {}
        for where, message in json_differences(ranking, json.loads((out / RANKING).read_bytes()), more=more):
            part.differs(f"{RESULTS}/{RANKING} {where}".strip(), message)


def _caveats(archive: Archive) -> Iterator[str]:
    """How the archive's inputs differ from this machine's without making the archive wrong."""
    own, installed = archive.calendar, official_calendar()
    if days := differing_days(own, installed):
        listed = "、".join(day.isoformat() for day in days[:_MOST_DAYS])
        more = f"等 {len(days)} 天" if len(days) > _MOST_DAYS else ""
        yield f"归档的工作日历与本机的不同（{listed}{more}），得分按归档的日历计算"
    known = range(installed.first_year, installed.last_year + 1)
    if unknown := [str(year) for year in range(own.first_year, own.last_year + 1) if year not in known]:
        yield f"本机没有 {'、'.join(unknown)} 年的工作日历，归档中这几年的日历无从核对"
    if archive.is_older:
        yield f"归档的方案是旧格式，得分按本程序中条款、分值、解读与它相同的方案 {archive.scheme_folder.name} 计算"
    elif archive.rules_folder is None:
        yield "归档的方案不是本程序自带的，得分按归档的方案和规则计算"
    elif not has_installed_scheme(archive):
        yield "归档的方案与本程序的不同，得分按归档的方案计算"


def check_rerun(archive: Archive, program: Path | None = None) -> Part:
    """Make every report again and compare, with the installed program or with a copy of the archive's own one."""
    part = Part(RERUN)
    if program is None and not (has_installed_scheme(archive) and is_same_program(archive)):
        part.skipped = "归档的程序或方案与本程序的不同；请加 --with-archived-source"
    elif others := other_packages(archive):
        part.skipped = f"{len(others)} 个软件包（{'、'.join(others[:_MOST_NAMED])}等）与归档时不同；{OTHER_ENVIRONMENT}"
    else:
        with TemporaryFolder("rerun-") as folder:
            try:
                output = run_python(["-m", "scoring", *_report(archive, Path(folder), program)], program, fine=_MADE)
            except ArchivedProgramFailed as error:
                part.skipped = f"无法重做：{error}"
            else:
                _compare_files(archive, Path(folder), part)
                if any(difference.message == _NOT_MADE for difference in part.differences):
                    part.notes.append(f"程序的输出：{output}")
                part.notes.append("整改通知书不在比较之列：它可以由人修改")
    return part


def _report(archive: Archive, out: Path, program: Path | None) -> list[str]:
    """The arguments that make the reports; the scheme by name if the program that runs has it, else by its folder."""
    readings = [word for key, option in archive.chosen.items() for word in ("--reading", f"{key}={option}")]
    names = str((archive.payload / DEPARTMENTS).resolve())
    listed = ["--departments", names] if archive.label["listed"] else []
    where = [str(archive.evidence.resolve()), "--out", str(out), "--year", str(archive.year)]
    if archive.is_older:  # 0.1.0 knows one scheme a year.
        return ["report", *where, *readings, *listed]
    folder = archive.scheme_folder if program else archive.rules or archive.scheme_folder
    schemes = program / "scoring" / "schemes" if program else SCHEMES
    scheme = folder.name if (schemes / folder.name).is_dir() else str(folder.resolve())
    return ["report", *where, *readings, *listed, "--scheme", scheme]


def _compare_files(archive: Archive, out: Path, part: Part) -> None:
    """Compare every file of the archive's results with the new one, byte by byte."""
    then, now = _files(archive.results, archive.year), _files(out, archive.year)
    for name in dict.fromkeys([*then, *now]):
        if name not in now:
            part.differs(f"{RESULTS}/{name}", _NOT_MADE)
        elif name in then:
            if then[name].read_bytes() != now[name].read_bytes():
                part.differs(f"{RESULTS}/{name}", "与这次生成的不同")
        elif archive.label["complete"]:
            part.differs(f"{RESULTS}/{name}", "归档中没有，这次生成了")
    part.checked = f"{len(then)} 个文件，逐字节比较"


def _files(folder: Path, year: int) -> dict[str, Path]:
    """The files that a run makes, by their path, without records and notices."""
    return {
        name.as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (name := path.relative_to(folder)).parts[0] not in _OF_THE_RUN
        and PAPERS not in name.parts
        and name.name not in {RECORD, CITY_RECORD, *vars(notice_files(name.parent.name, year)).values()}
    }
