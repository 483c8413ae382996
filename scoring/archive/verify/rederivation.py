"""Re-derivation: scores computed again from the archive's evidence, and every node held against the archived one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from scoring.archive.calendar import differing_days
from scoring.archive.layout import EVIDENCE, LABEL, PROGRAM, RESULTS, SCHEME, UnusableArchive
from scoring.archive.opened import Archive
from scoring.archive.readiness import RANKING
from scoring.archive.rederive import rederive
from scoring.archive.verify.differences import json_differences
from scoring.archive.verify.program import (
    OTHER_ENVIRONMENT,
    RULES,
    ArchivedProgramFailed,
    has_installed_scheme,
    is_same_program,
    other_packages,
    run_python,
)
from scoring.archive.verify.report import Part
from scoring.base.names import SCORECARD, department_files
from scoring.base.workdays import official_calendar
from scoring.evidence import department_of
from scoring.report.render.attachments import NotExtracted, attached_in
from scoring.scheme import SchemeError

SCORES: Final = "重新计算得分"
_MOST_DAYS: Final = 10


def check_rederivation(archive: Archive, program: Path | None = None) -> Part:
    """Score again and compare.

    Parameters
    ----------
    program
        A copy of the archive's own program that does it; None is the installed one.
    """
    part = Part(SCORES)
    with tempfile.TemporaryDirectory(prefix="rederived-", ignore_cleanup_errors=True) as folder:
        out = Path(folder)
        try:
            if program is None:
                rederive(archive, out)
            else:
                run_python(["-m", "scoring.archive.rederive", str(archive.bag.resolve()), str(out)], program)
        except (SchemeError, UnusableArchive, ArchivedProgramFailed) as error:
            _tell_impossible(archive, program, error, part)
        else:
            _compare(archive, out, part)
    by_another = program is None and not is_same_program(archive)
    found = len(part.differences)
    with part.guarded(EVIDENCE):
        _check_attached(archive, part)
    with part.guarded(SCHEME):
        _check_scheme(archive, part)
    part.inconclusive = by_another and len(part.differences) == found
    part.caveats += _caveats(archive, scored=not part.skipped)
    if program is not None:
        part.notes.append("得分由归档自带的程序重新计算")
    elif by_another and not part.skipped:
        part.notes.append("得分由本程序重新计算；若有不符，请加 --with-archived-source 再验证一次，以分清原因")
    return part


def _tell_impossible(archive: Archive, program: Path | None, error: Exception, part: Part) -> None:
    """What another version cannot score is not verified; what the same cannot score is a difference."""
    if program is None and not is_same_program(archive):
        part.skipped = (
            f"归档的程序与本程序不同，本程序无法重新计算：{error}；请加 --with-archived-source，用归档自带的程序"
        )
    elif program is not None and (others := other_packages(archive)):
        told = f"归档自带的程序在本机运行不了：{error}；{len(others)} 个软件包与归档时不同"
        part.skipped = f"{told}，{OTHER_ENVIRONMENT}"
    else:
        part.differs("归档内容", f"无法重新计算：{error}")


# --- Scores ----------------------------------------------------------------------------------------------------------


def _compare(archive: Archive, out: Path, part: Part) -> None:
    """Every department, its nodes first, then the ranking."""
    now = {path.parent.name: json.loads(path.read_bytes()) for path in out.glob(f"*/{SCORECARD}")}
    without: set[str] = set()
    with part.guarded(LABEL):
        without = {entry["of"] for entry in archive.label["lacking"] if entry["kind"] == "no-report"}
    scored, nodes = archive.scored, 0
    for name in dict.fromkeys([*archive.departments, *scored, *now]):
        with part.guarded(f"{RESULTS}/{name}/{SCORECARD}"):
            if name in scored:
                before = archive.scorecard(name)
                nodes += len(before["nodes"])
                _compare_department(name, before, now.get(name), part)
            elif name in now and name not in without:
                part.differs(f"{RESULTS}/{name}", "没有归档的得分，佐证却能算出得分")
    part.checked = f"{len(scored)} 个部门，{nodes} 个指标"
    with part.guarded(f"{RESULTS}/{RANKING}"):
        ranking = archive.read_json(f"{RESULTS}/{RANKING}") if (archive.results / RANKING).is_file() else {}
        for where, told in json_differences(ranking, json.loads((out / RANKING).read_bytes())):
            part.differs(f"{RESULTS}/{RANKING} {where}".strip(), told)


def _compare_department(name: str, before: Any, after: Any, part: Part) -> None:
    if after is None:
        part.differs(f"{RESULTS}/{name}", "有归档的得分，佐证却算不出得分（佐证有差错，或没有佐证）")
        return
    for where, told in json_differences(before, after):
        part.differs(f"{name} {where}".strip(), told)


# --- What goes with the scores ---------------------------------------------------------------------------------------


def _check_attached(archive: Archive, part: Part) -> None:
    """What travels inside every department's PDF is the archived scorecard and evidence."""
    attaches = (archive.program / "scoring" / "report" / "attachments.py").is_file()
    none = []
    for name in archive.scored:
        pdf = archive.results / name / department_files(name, archive.year).pdf
        where = pdf.relative_to(archive.payload).as_posix()
        if not pdf.is_file():  # That is told by the stock-taking.
            continue
        with part.guarded(where):
            try:
                for file, told in _other_files(archive, name, attached_in(pdf)):
                    part.differs(f"{where} 附件 {file}", told)
            except NotExtracted as error:
                if attaches:
                    part.differs(where, str(error))
                else:
                    none.append(name)
    if none:
        part.notes.append(f"归档的程序还不会把佐证附在 PDF 中，{'、'.join(none)}的 PDF 附件没有核对")


def _other_files(archive: Archive, name: str, attached: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """What travels inside a department's PDF that is not its archived scorecard and evidence, by name."""
    evidence = [path for path in archive.workbooks if department_of(path) == name]
    archived = {path.name: path.read_bytes() for path in (archive.results / name / SCORECARD, *evidence)}
    for file in dict.fromkeys([*archived, *attached]):
        if file not in attached:
            yield file, "缺失"
        elif file not in archived:
            yield file, "多出的附件，归档中没有"
        elif attached[file] != archived[file]:
            yield file, "与归档中的同一文件不同"


def _check_scheme(archive: Archive, part: Part) -> None:
    """The scheme's files and those of the program that was archived must be the same."""
    for name in RULES:
        own = archive.program / "scoring" / "years" / f"y{archive.year}" / name
        if not own.is_file() or own.read_bytes() != (archive.payload / SCHEME / name).read_bytes():
            part.differs(f"{SCHEME}/{name}", f"与 {PROGRAM} 中的同一文件不同")


# --- What it rests on ------------------------------------------------------------------------------------------------


def _caveats(archive: Archive, *, scored: bool) -> Iterator[str]:
    """What is other than on the machine of now, without making the archive wrong."""
    if scored:
        yield from _of_calendar(archive)
        try:
            if not has_installed_scheme(archive):
                yield "归档的方案与本程序的不同，得分按归档的方案计算"
        except (OSError, ValueError, UnusableArchive):
            yield "归档的方案读不出来，没有与本程序的比较"
    if not is_same_program(archive):
        yield "归档的程序与本程序不同，归档说明、复核决定、参数化笔记本和台账公式没有全部核对"


def _of_calendar(archive: Archive) -> Iterator[str]:
    try:
        own, installed = archive.calendar, official_calendar()
    except UnusableArchive:  # That is a difference already.
        return
    if days := differing_days(own, installed):
        listed = "、".join(day.isoformat() for day in days[:_MOST_DAYS])
        more = f"等 {len(days)} 天" if len(days) > _MOST_DAYS else ""
        yield f"归档的工作日历与本机的不同（{listed}{more}），得分按归档的日历计算"
    known = range(installed.first_year, installed.last_year + 1)
    if unknown := [str(year) for year in range(own.first_year, own.last_year + 1) if year not in known]:
        yield f"本机没有 {'、'.join(unknown)} 年的工作日历，归档中这几年的日历无从核对"
