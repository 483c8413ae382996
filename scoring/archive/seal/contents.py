"""What goes into an archive, by its name there: files as they lie, or bytes that are made for it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import nbformat

from scoring.archive import layout
from scoring.archive.calendar import calendar_of, write_calendar
from scoring.archive.layout import UnusableArchive, why_unfit
from scoring.archive.readiness import RANKING, Standing
from scoring.base.files import json_bytes
from scoring.base.names import city_files, department_files, notice_files
from scoring.batch.digests import packages
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.evidence import department_of, workbooks_in
from scoring.evidence.reading.cells import displayed
from scoring.report.render.pages import filled
from scoring.review.saving import HISTORY
from scoring.scheme.readings import choose

#: Name in the payload, with ``/``, to a file that is copied or to its bytes.
Contents = Mapping[str, Path | bytes]

_PROJECT: Final = Path(__file__).resolve().parents[2]
_PROJECT_FILES: Final = (
    *("pyproject.toml", "requirements.lock", "environment.yml", "Makefile"),
    *("LICENSE", "README.md", "README.zh-CN.md"),
)
_PROJECT_FOLDERS: Final = ("scoring", "notebooks", "templates", "docs")


def contents_of(standing: Standing) -> Contents:
    """All that an archive holds, but for its label and its metadata.

    Raises
    ------
    UnusableArchive
        When the program runs without its source folder, or a file has a name that a bag cannot list.
    """
    run, rules = standing.run, standing.run.scheme.folder
    contents: dict[str, Path | bytes] = {
        **dict(_evidence(run.raw)),
        **{f"{layout.SCHEME}/{path.name}": path for path in sorted(rules.glob("*.*"))},
        layout.CHOSEN: json_bytes(choose(run.scheme.readings, run.readings)),
        layout.DEPARTMENTS: ("\n".join(run.scheme.departments) + "\n").encode("utf-8"),
        layout.CALENDAR: write_calendar(calendar_of(run.year)),
        layout.DECISIONS: decisions_page(run.year, standing.scorecards),
        **dict(_results(standing)),
        **dict(_notebooks(standing)),
        **{f"{layout.LOGS}/{path.name}": path for path in standing.logs},
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


def _evidence(raw: Path) -> Iterator[tuple[str, Path]]:
    """The workbooks, and the dated copies of what they were before each decision of a review."""
    for path in workbooks_in(raw):
        yield f"{layout.EVIDENCE}/{department_of(path)}{path.suffix}", path
    if (raw / HISTORY).is_dir():
        for path in workbooks_in(raw / HISTORY):
            yield f"{layout.EVIDENCE}/{HISTORY}/{path.name}", path


def decisions_page(year: int, scorecards: Mapping[str, Any]) -> bytes:
    """Every decision of 复核记录 as a page, which unlike a table for Excel runs no formula of a hostile cell."""
    rows = [
        {"department": name, **decision}
        for name, card in scorecards.items()
        for decision in card["review"]["decisions"]
    ]
    return filled("archive/decisions.html.j2", year=year, rows=rows).encode("utf-8")


def _results(standing: Standing) -> Iterator[tuple[str, Path]]:
    run = standing.run
    for name, record in standing.records.items():
        notices = vars(notice_files(name, run.year)).values()
        there = [notice for notice in notices if (run.out / name / notice).is_file()]
        for file in (RECORD, *record.files, *there):
            yield f"{layout.RESULTS}/{name}/{file}", run.out / name / file
    for file in (CITY_RECORD, *standing.city.files) if standing.city else ():
        yield f"{layout.RESULTS}/{file}", run.out / file
    if (run.out / RANKING).is_file():
        yield f"{layout.RESULTS}/{RANKING}", run.out / RANKING


def _notebooks(standing: Standing) -> Iterator[tuple[str, bytes]]:
    """Notebooks as they were before they were executed, parameters filled in."""
    run = standing.run
    executed = [run.out / name / department_files(name, run.year).notebook for name in standing.records]
    if standing.city:
        executed.append(run.out / city_files(run.year).notebook)
    for path in executed:
        yield f"{layout.NOTEBOOKS}/{path.name}", not_executed(path.read_bytes())


def not_executed(notebook: bytes) -> bytes:
    """A notebook as it was before it was executed, its parameters filled in."""
    told = nbformat.reads(notebook.decode("utf-8"), as_version=4)
    for cell in told.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    text: str = nbformat.writes(told)
    return text.encode("utf-8")


def parameters_of(notebook: bytes) -> str:
    """The parameters that a run filled in, as they stand in the notebook's cell."""
    cells = json.loads(notebook)["cells"]
    filled = [cell for cell in cells if "injected-parameters" in cell["metadata"].get("tags", ())]
    return "".join(line for cell in filled for line in cell["source"])


def program_files() -> Iterator[tuple[str, Path]]:
    """The project as it lies here, without its tests, and without what is made from it.

    Raises
    ------
    UnusableArchive
        When the program runs without its source folder.
    """
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
