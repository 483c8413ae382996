"""Reports made again from the archive's evidence, by the same program and packages: every byte must be the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from scoring.archive.layout import DEPARTMENTS, RESULTS
from scoring.archive.opened import Archive
from scoring.archive.verify.program import (
    OTHER_ENVIRONMENT,
    ArchivedProgramFailed,
    has_installed_scheme,
    is_same_program,
    other_packages,
    run_python,
)
from scoring.archive.verify.report import Part
from scoring.base.names import notice_files
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.batch.run import LOGS
from scoring.scheme.load import SCHEMES

RERUN: Final = "重做报告"
#: Exit codes of ``report``: all reports made, or not all; the comparison names the missing ones.
_MADE: Final = (0, 1)
_NOT_MADE: Final = "这次没有生成"
_MOST_NAMED: Final = 5
#: What a run leaves beside the reports.
_OF_THE_RUN: Final = frozenset({LOGS, "failed", ".lock"})


def check_rerun(archive: Archive, program: Path | None = None) -> Part:
    """Make every report again and compare.

    Parameters
    ----------
    program
        A copy of the archive's own program to use; None for the installed one.
    """
    part = Part(RERUN)
    if program is None and not (has_installed_scheme(archive) and is_same_program(archive)):
        part.skipped = "归档的程序或方案与本程序的不同；请加 --with-archived-source"
    elif others := other_packages(archive):
        part.skipped = f"{len(others)} 个软件包（{'、'.join(others[:_MOST_NAMED])}等）与归档时不同；{OTHER_ENVIRONMENT}"
    else:
        with tempfile.TemporaryDirectory(prefix="rerun-", ignore_cleanup_errors=True) as folder:
            try:
                output = run_python(["-m", "scoring", *_report(archive, Path(folder), program)], program, fine=_MADE)
            except ArchivedProgramFailed as error:
                part.skipped = f"无法重做：{error}"
            else:
                _compare(archive, Path(folder), part)
                if any(difference.message == _NOT_MADE for difference in part.differences):
                    part.notes.append(f"程序的输出：{output}")
                part.notes.append("整改通知书不在比较之列：它可以由人修改")
    return part


def _report(archive: Archive, out: Path, program: Path | None) -> list[str]:
    """The arguments that make the reports."""
    readings = [word for key, option in archive.chosen.items() for word in ("--reading", f"{key}={option}")]
    names = str((archive.payload / DEPARTMENTS).resolve())
    listed = ["--departments", names] if archive.label["listed"] else []
    where = [str(archive.evidence.resolve()), "--out", str(out), "--year", str(archive.year)]
    return ["report", *where, *readings, *listed, *_scheme(archive, program)]


def _scheme(archive: Archive, program: Path | None) -> list[str]:
    """The scheme: by name if the program that runs has it, else by its folder; 0.1.0 knows one scheme a year."""
    if archive.is_older:
        return []
    folder = archive.scheme_folder if program else archive.rules or archive.scheme_folder
    schemes = program / "scoring" / "schemes" if program else SCHEMES
    return ["--scheme", folder.name if (schemes / folder.name).is_dir() else str(folder.resolve())]


def _compare(archive: Archive, out: Path, part: Part) -> None:
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
        and name.name not in {RECORD, CITY_RECORD, *vars(notice_files(name.parent.name, year)).values()}
    }
