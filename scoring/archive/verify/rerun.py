"""Reports made again from the archive's evidence, and held against the archived ones.

By the program and the packages that made them, every byte must be the same; by others, what the files say.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scoring.archive.contents import environment
from scoring.archive.layout import DEPARTMENTS, ENVIRONMENT
from scoring.archive.opened import Archive
from scoring.archive.verify.archived import ArchivedProgramFailed, run_python
from scoring.archive.verify.likeness import differences
from scoring.archive.verify.rederivation import has_installed_scheme
from scoring.archive.verify.report import Part
from scoring.batch.digests import basis_of
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.report.names import notice_files

#: Exit codes of ``report``: everything made, or not all, which a comparison tells better.
_MADE: Final = (0, 1)
_MOST_OF_A_FILE: Final = 50
_NOT_MADE: Final = "这次没有生成"


def check_rerun(archive: Archive, program: Path | None = None) -> Part:
    """Make every report again and compare.

    Parameters
    ----------
    program
        A copy of the archive's own program that does it; None is the installed one.
    """
    part = Part("重做报告")
    if program is None and not has_installed_scheme(archive):
        part.skipped = "归档的方案与本程序的不同；请加 --with-archived-source"
        return part
    with tempfile.TemporaryDirectory(prefix="rerun-", ignore_cleanup_errors=True) as folder:
        try:
            told = run_python(["-m", "scoring", *_report(archive, Path(folder))], program, fine=_MADE)
        except ArchivedProgramFailed as error:
            part.differs("报告", f"无法重做：{error}")
            return part
        exact = _same_packages(archive) and (program is not None or _same_program(archive))
        files = list(_files(archive))
        for path in files:
            _compare(path, Path(folder) / path.relative_to(archive.results), archive, part, exact=exact)
    part.checked = f"{len(files)} 个文件，{'逐字节' if exact else '软件包或程序与归档时不同，按内容'}比较"
    if any(difference.told == _NOT_MADE for difference in part.differences):
        part.notes.append(f"程序的输出：{told}")
    part.notes.append("整改通知书不在比较之列：它可以由人修改")
    return part


def _report(archive: Archive, out: Path) -> list[str]:
    """The call that made the reports."""
    readings = [word for key, option in archive.chosen.items() for word in ("--reading", f"{key}={option}")]
    names = str((archive.payload / DEPARTMENTS).resolve())
    listed = ["--departments", names] if archive.label["listed"] else []
    where = [str(archive.evidence.resolve()), "--out", str(out), "--year", str(archive.year)]
    return ["report", *where, *readings, *listed]


def _same_packages(archive: Archive) -> bool:
    return bool(json.loads((archive.payload / ENVIRONMENT).read_bytes()) == environment())


def _same_program(archive: Archive) -> bool:
    return bool(archive.label["program"]["digest"] == basis_of(archive.year).code)


def _files(archive: Archive) -> Iterator[Path]:
    """The archived files that a run makes: reports, ledgers, scorecards, the ranking."""
    for path in sorted(archive.results.rglob("*")):
        notices = vars(notice_files(path.parent.name, archive.year)).values()
        if path.is_file() and path.name not in {RECORD, CITY_RECORD, *notices}:
            yield path


def _compare(before: Path, after: Path, archive: Archive, part: Part, *, exact: bool) -> None:
    name = before.relative_to(archive.payload).as_posix()
    if not after.is_file():
        part.differs(name, _NOT_MADE)
        return
    old, new = before.read_bytes(), after.read_bytes()
    if old == new:
        return
    found = list(differences(name, old, new))
    for where, told in found[:_MOST_OF_A_FILE]:
        part.differs(f"{name} {where}".strip(), told)
    if len(found) > _MOST_OF_A_FILE:
        part.differs(name, f"另有 {len(found) - _MOST_OF_A_FILE} 处不同")
    if exact and not found:
        part.differs(name, "内容相同，字节不同")
