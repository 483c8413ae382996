"""Reports made again from the archive's evidence, and held against the archived ones.

By the program and the packages that made them, every byte must be the same; by others, what the files say.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scoring.archive.contents import environment
from scoring.archive.layout import DEPARTMENTS, ENVIRONMENT, RESULTS
from scoring.archive.opened import Archive
from scoring.archive.verify.differences import hold
from scoring.archive.verify.program import (
    OTHER_ENVIRONMENT,
    ArchivedProgramFailed,
    has_installed_scheme,
    is_same_program,
    missing_packages,
    other_packages,
    run_python,
)
from scoring.archive.verify.report import Part
from scoring.base.names import city_files, department_files, notice_files
from scoring.batch.plan import CITY_NAME
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.batch.run import LOGS

RERUN: Final = "重做报告"
#: Exit codes of ``report``: everything made, or not all, which a comparison tells better.
_MADE: Final = (0, 1)
_NOT_MADE: Final = "这次没有生成"
#: What a run leaves beside the reports.
_RUN_OWN: Final = frozenset({LOGS, "failed", ".lock"})


def check_rerun(archive: Archive, program: Path | None = None) -> Part:
    """Make every report again and compare.

    Parameters
    ----------
    program
        A copy of the archive's own program that does it; None is the installed one.
    """
    part = Part(RERUN)
    if program is None and not has_installed_scheme(archive):
        part.skipped = "归档的方案与本程序的不同；请加 --with-archived-source"
    elif program is not None and (missing := missing_packages(archive)):
        part.skipped = f"归档自带的程序要用 {'、'.join(missing)}，本机没有；{OTHER_ENVIRONMENT}"
    else:
        with tempfile.TemporaryDirectory(prefix="rerun-", ignore_cleanup_errors=True) as folder:
            _make_and_compare(archive, Path(folder), program, part)
    return part


def _make_and_compare(archive: Archive, out: Path, program: Path | None, part: Part) -> None:
    try:
        told = run_python(["-m", "scoring", *_report(archive, out)], program, fine=_MADE)
    except ArchivedProgramFailed as error:
        part.skipped = f"无法重做：{error}"
        return
    same_program = program is not None or is_same_program(archive)
    exact = same_program and not other_packages(archive) and _tell_python(archive, part)
    _compare(archive, out, part, exact=exact)
    part.inconclusive = not same_program
    if any(difference.told == _NOT_MADE for difference in part.differences):
        part.notes.append(f"程序的输出：{told}")
    part.notes.append("整改通知书不在比较之列：它可以由人修改")


def _report(archive: Archive, out: Path) -> list[str]:
    """The call that made the reports."""
    readings = [word for key, option in archive.chosen.items() for word in ("--reading", f"{key}={option}")]
    names = str((archive.payload / DEPARTMENTS).resolve())
    listed = ["--departments", names] if archive.label["listed"] else []
    where = [str(archive.evidence.resolve()), "--out", str(out), "--year", str(archive.year)]
    return ["report", *where, *readings, *listed]


def _tell_python(archive: Archive, part: Part) -> bool:
    """Whether Python is of the same minor version; that it is another is told."""
    then, now = str(archive.read_json(ENVIRONMENT)["python"]), str(environment()["python"])
    if then != now:
        part.notes.append(f"归档时是 Python {then}，本机是 {now}")
    return then.split(".")[:2] == now.split(".")[:2]


def _compare(archive: Archive, out: Path, part: Part, *, exact: bool) -> None:
    """Every file that lies in the archive or was made now."""
    then, now = _files(archive.results, archive.year), _files(out, archive.year)
    lacking = set(_lacking(archive))
    other_bytes = 0
    for name in dict.fromkeys([*then, *now]):
        where = f"{RESULTS}/{name}"
        if name not in now:
            part.differs(where, _NOT_MADE)
        elif name in then:
            with part.guarded(where):
                before, after = then[name].read_bytes(), now[name].read_bytes()
                other_bytes += before != after
                hold(part, where, before, after, exact=exact)
        elif not lacking & {name, name.split("/")[0]}:
            part.differs(where, "归档中没有，这次生成了")
    part.checked = f"{len(then)} 个文件，{'逐字节' if exact else '软件包或程序与归档时不同，按内容'}比较"
    if other_bytes and not exact:
        part.notes.append(f"{other_bytes} 个文件的字节与归档的不同；只比较了内容，图的样子和版式没有比较")


def _files(folder: Path, year: int) -> dict[str, Path]:
    """The files that a run makes, by their path: neither records, which tell of the machine, nor notices."""
    return {
        name.as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (name := path.relative_to(folder)).parts[0] not in _RUN_OWN
        and name.name not in {RECORD, CITY_RECORD, *vars(notice_files(name.parent.name, year)).values()}
    }


def _lacking(archive: Archive) -> Iterator[str]:
    """Files and departments' folders that the archive's label says to be lacking."""
    city = city_files(archive.year)
    for entry in archive.label["lacking"]:
        kind, of = entry["kind"], entry["of"]
        if kind == "no-pdf":
            yield city.pdf if of == CITY_NAME else f"{of}/{department_files(of, archive.year).pdf}"
        elif kind == "no-report":
            yield from vars(city).values() if of == CITY_NAME else (of,)
