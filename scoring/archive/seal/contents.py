"""The content of an archive by its name there: files to copy, or bytes made for it."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

import nbformat

from scoring.archive import layout
from scoring.archive.calendar import calendar_of, write_calendar
from scoring.archive.layout import RANKING, UnusableArchive, why_unfit
from scoring.archive.seal.readiness import Readiness
from scoring.base.files import json_bytes
from scoring.base.names import PAPERS, city_files, department_files, notice_files
from scoring.batch.digests import packages
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.evidence import workbooks_in
from scoring.evidence.files import HISTORY, composed
from scoring.evidence.reading.cells import displayed
from scoring.report.render.screen import filled
from scoring.scheme.readings import choose

#: Name in the payload, with ``/``, to a file that is copied or to its bytes.
Contents = Mapping[str, Path | bytes]

_PROJECT: Final = Path(__file__).resolve().parents[3]
_PROJECT_FILES: Final = (
    *("pyproject.toml", "requirements.lock", "environment.yml", "Makefile"),
    *("LICENSE", "README.md", "README.zh-CN.md"),
)
_PROJECT_FOLDERS: Final = ("scoring", "notebooks", "templates", "docs")


def contents_of(ready: Readiness) -> Contents:
    """All that an archive holds, except its label and its metadata.

    Raises
    ------
    UnusableArchive
        When the program runs without its source folder, or a file has a name that a bag cannot list.
    """
    run, scheme = ready.run, ready.run.scheme
    scheme_files = [path for path in scheme.folder.iterdir() if path.suffix in {".toml", ".py"}]
    decisions = [
        {"department": name, **decision}
        for name, card in ready.scorecards.items()
        for decision in card["review"]["decisions"]
    ]
    contents: dict[str, Path | bytes] = {
        **dict(_evidence(ready)),
        **{f"{layout.SCHEME}/{scheme.folder.name}/{path.name}": path for path in scheme_files},
        layout.CHOSEN: json_bytes(choose(scheme.readings, run.readings)),
        layout.DEPARTMENTS: ("\n".join(scheme.departments) + "\n").encode("utf-8"),
        layout.CALENDAR: write_calendar(calendar_of(run.year)),
        # A page: unlike in a table for Excel, no formula of a hostile cell runs there.
        layout.DECISIONS: filled("archive/decisions.html.j2", year=run.year, rows=decisions).encode("utf-8"),
        **dict(_results(ready)),
        **dict(_notebooks(ready)),
        **{f"{layout.LOGS}/{path.name}": path for path in ready.logs},
        **dict(program_files()),
        layout.ENVIRONMENT: json_bytes(environment()),
    }
    for name in contents:
        if why := "含有“%”" if "%" in name else why_unfit(name):  # A bag writes %25 for it; other programs do not.
            raise UnusableArchive(f"文件名“{displayed(name)}”{why}，不能归档；请改名")
    return dict(sorted(contents.items()))


def environment() -> dict[str, object]:
    """The interpreter and every installed package, which results may depend on."""
    versions = dict(package.split("==", 1) for package in packages())
    return {"python": platform.python_version(), "packages": versions}


def _evidence(ready: Readiness) -> Iterator[tuple[str, Path]]:
    """The workbooks with their attachments, and the dated copies from before each decision of a review."""
    raw = ready.run.raw
    for source in chain(*ready.sources.values()):
        if source.is_attachment:
            yield f"{layout.EVIDENCE}/{source.name}", Path(source.path)
    for path in workbooks_in(raw):
        yield f"{layout.EVIDENCE}/{composed(path.name)}", path
    if (raw / HISTORY).is_dir():
        for path in workbooks_in(raw / HISTORY):
            yield f"{layout.EVIDENCE}/{HISTORY}/{path.name}", path


def _results(ready: Readiness) -> Iterator[tuple[str, Path]]:
    run = ready.run
    for name, record in ready.records.items():
        notices = vars(notice_files(name, run.year)).values()
        there = [notice for notice in notices if (run.out / name / notice).is_file()]
        for file in (RECORD, *record.files, *there):
            yield f"{layout.RESULTS}/{name}/{file}", run.out / name / file
        papers = run.out / name / PAPERS
        for path in sorted(papers.iterdir()) if papers.is_dir() else ():
            yield f"{layout.RESULTS}/{name}/{PAPERS}/{path.name}", path
    for path in sorted((run.out / PAPERS).iterdir()) if (run.out / PAPERS).is_dir() else ():
        yield f"{layout.RESULTS}/{PAPERS}/{path.name}", path
    for file in (CITY_RECORD, *ready.city.files) if ready.city else ():
        yield f"{layout.RESULTS}/{file}", run.out / file
    if (run.out / RANKING).is_file():
        yield f"{layout.RESULTS}/{RANKING}", run.out / RANKING


def _notebooks(ready: Readiness) -> Iterator[tuple[str, bytes]]:
    """The notebooks with their parameters, not executed."""
    run = ready.run
    executed = [run.out / name / department_files(name, run.year).notebook for name in ready.records]
    if ready.city:
        executed.append(run.out / city_files(run.year).notebook)
    for path in executed:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        yield f"{layout.NOTEBOOKS}/{path.name}", str(nbformat.writes(notebook)).encode("utf-8")


def program_files() -> Iterator[tuple[str, Path]]:
    """The project's files, without its tests; raises :class:`UnusableArchive` where it runs without its source."""
    lacking = [name for name in _PROJECT_FILES if not (_PROJECT / name).is_file()]
    if lacking:
        raise UnusableArchive(
            f"归档要收入程序的源码和锁定文件，但 {_PROJECT} 中没有 {'、'.join(lacking)}；请在源码文件夹中安装运行本程序"
        )
    for name in _PROJECT_FILES:
        yield f"{layout.PROGRAM}/{name}", _PROJECT / name
    for folder in _PROJECT_FOLDERS:
        for path in (_PROJECT / folder).rglob("*"):
            parts = path.relative_to(_PROJECT).parts
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in parts):
                yield f"{layout.PROGRAM}/{'/'.join(parts)}", path
