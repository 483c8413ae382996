"""Taking stock: what the label says, what must lie there, what the metadata list, what the records of reports say.

What is made of other files of the archive (the page of decisions, the notebooks with their parameters, the calendar's
table) is made again where the program is the same.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from scoring.archive.calendar import write_calendar
from scoring.archive.contents import decisions_page, not_executed
from scoring.archive.crate import metadata_of
from scoring.archive.layout import (
    CALENDAR,
    CHOSEN,
    CRATE,
    DECISIONS,
    DEPARTMENTS,
    ENVIRONMENT,
    INFO,
    LABEL,
    NOTEBOOKS,
    PAYLOAD,
    PROGRAM,
    README,
    RESULTS,
    SCHEME,
)
from scoring.archive.logs import run_logs
from scoring.archive.opened import Archive
from scoring.archive.standing import RANKING
from scoring.archive.verify.guard import guarded
from scoring.archive.verify.label import OF_LABEL
from scoring.archive.verify.likeness import hold
from scoring.archive.verify.report import Part
from scoring.archive.verify.sameness import RULES, is_other_environment, is_same_program
from scoring.batch.digests import digest_of
from scoring.batch.plan import CITY_NAME
from scoring.batch.records import CITY_RECORD, RECORD, read_record
from scoring.points import number
from scoring.ranking import Result
from scoring.report.names import SCORECARD, ReportFiles, city_files, department_files, notice_files

STOCK: Final = "标签和清点"
#: What every archive has, whatever version made it.
_ALWAYS: Final = (
    *(f"{SCHEME}/{name}" for name in RULES),
    *(CHOSEN, DEPARTMENTS, CALENDAR, DECISIONS, LABEL, CRATE, ENVIRONMENT),
    *(f"{PROGRAM}/{name}" for name in ("pyproject.toml", "requirements.lock", "scoring/archive/rederive.py")),
)


def check_stock(archive: Archive) -> Part:
    """Hold the label, and what lies in the archive, against each other, its metadata and its reports' records."""
    part = Part(STOCK)
    for name, check in (*OF_LABEL, *_CHECKS):
        with guarded(part, name):
            check(archive, part)
    files = sum(path.is_file() for path in archive.payload.rglob("*"))
    part.checked = f"标签、{README}、{INFO}、生成记录和 {files} 个文件的清单"
    part.notes = list(dict.fromkeys(part.notes))
    return part


# --- What must lie there ---------------------------------------------------------------------------------------------


def _check_required(archive: Archive, part: Part) -> None:
    if not (archive.bag / README).is_file():
        part.differs(README, "缺失")
    for name in (*_ALWAYS, *_reports(archive)):
        if not (archive.payload / name).is_file():
            part.differs(f"{PAYLOAD}/{name}", "缺失，标签没有写明缺它")


def _reports(archive: Archive) -> Iterator[str]:
    """The files of every report that the label does not say to be lacking."""
    lacking = {(entry["kind"], entry["of"]) for entry in archive.label["lacking"]}
    for entry in archive.label["departments"]:
        name = entry["department"]
        files, pdf = department_files(name, archive.year), ("no-pdf", name) not in lacking
        yield from (f"{RESULTS}/{name}/{file}" for file in (RECORD, SCORECARD, *_named(files, pdf=pdf)))
        yield f"{NOTEBOOKS}/{files.notebook}"
    if ("no-report", CITY_NAME) not in lacking:
        files, pdf = city_files(archive.year), ("no-pdf", CITY_NAME) not in lacking
        yield from (f"{RESULTS}/{file}" for file in (CITY_RECORD, RANKING, *_named(files, pdf=pdf)))
        yield f"{NOTEBOOKS}/{files.notebook}"


def _named(files: ReportFiles, *, pdf: bool) -> Iterator[str]:
    yield from (files.html, files.excel, files.notebook)
    if pdf:
        yield files.pdf


def _check_metadata(archive: Archive, part: Part) -> None:
    """The metadata list every file but the program's, and no other; what they say of them is made again."""
    graph = json.loads((archive.payload / CRATE).read_bytes())["@graph"]
    listed = {unquote(entity["@id"]) for entity in graph if "File" in _types(entity)}
    there = {path.relative_to(archive.payload).as_posix() for path in archive.payload.rglob("*") if path.is_file()}
    listed, there = (set(filter(_is_listed, names)) for names in (listed, there))
    for name in sorted(there - listed):
        part.differs(f"{PAYLOAD}/{name}", f"多出的文件，{CRATE} 中没有")
    for name in sorted(listed - there):
        part.differs(f"{PAYLOAD}/{name}", f"缺失，{CRATE} 中有")
    if not is_same_program(archive):
        part.notes.append(f"归档的程序与本程序不同，{CRATE} 只核对了所列的文件")
    elif there == listed:
        told = (archive.payload / CRATE).read_bytes()
        hold(part, CRATE, told, _metadata(archive), exact=not is_other_environment(archive))


def _types(entity: Any) -> Iterable[str]:
    told = entity["@type"]
    return [told] if isinstance(told, str) else told


def _is_listed(name: str) -> bool:
    return name != CRATE and not name.startswith(f"{PROGRAM}/")


# --- What the reports were recorded as -------------------------------------------------------------------------------


def _check_records(archive: Archive, part: Part) -> None:
    """Every report's files are those of its record."""
    for path in sorted(archive.results.glob(f"*/{RECORD}")):
        notices = set(vars(notice_files(path.parent.name, archive.year)).values())
        _check_record(path, notices, archive, part)
    if (path := archive.results / CITY_RECORD).is_file():
        _check_record(path, {RANKING}, archive, part)


def _check_record(path: Path, beside: set[str], archive: Archive, part: Part) -> None:
    """A record against the files in its folder.

    Parameters
    ----------
    beside
        Files that lie there without being the record's.
    """
    name, record = path.relative_to(archive.payload).as_posix(), read_record(path)
    if record is None:
        part.differs(name, "生成记录读不懂")
        return
    if record.result is not None and not _is_result_of(archive.scorecards.get(path.parent.name, {}), record.result):
        part.differs(name, f"记录的结果与 {SCORECARD} 不符")
    there = {file.name: file for file in path.parent.iterdir() if file.is_file() and file.name != path.name}
    folder = path.parent.relative_to(archive.payload).as_posix()
    for file in sorted(record.files.keys() - there.keys()):
        part.differs(f"{folder}/{file}", f"缺失，{path.name} 中有")
    for file in sorted(there.keys() - record.files.keys() - beside):
        part.differs(f"{folder}/{file}", f"多出的文件，{path.name} 中没有")
    for file in sorted(there.keys() & record.files.keys()):
        if digest_of(there[file].read_bytes()) != record.files[file]:
            part.differs(f"{folder}/{file}", f"与 {path.name} 记录的不同，生成后被改动")


def _is_result_of(card: Mapping[str, Any], result: Result) -> bool:
    told = (result.department, result.status, result.qualified, [number(result.low), number(result.high)])
    return told == tuple(card.get(key) for key in ("department", "status", "qualified", "range"))


# --- What is made of other files of the archive ----------------------------------------------------------------------


def _check_calendar(archive: Archive, part: Part) -> None:
    """Weekdays and reasons of the calendar's table go with its days."""
    if write_calendar(archive.calendar) != (archive.payload / CALENDAR).read_bytes():
        part.differs(CALENDAR, "与按其中的工作日写出的不同：星期、说明或写法被改动")


def _check_made(archive: Archive, part: Part) -> None:
    """The page of decisions and the notebooks with their parameters, made again."""
    if not is_same_program(archive):
        part.notes.append(f"归档的程序与本程序不同，没有重做 {DECISIONS} 和 {NOTEBOOKS} 来比较")
        return
    exact = not is_other_environment(archive)
    for name, make in _made(archive):
        with guarded(part, name):
            hold(part, name, (archive.payload / name).read_bytes(), make(), exact=exact)


def _made(archive: Archive) -> Iterator[tuple[str, Callable[[], bytes]]]:
    order = [entry["department"] for entry in archive.label["departments"]]
    yield DECISIONS, lambda: decisions_page(archive.year, {name: archive.scorecards[name] for name in order})
    executed = [archive.results / name / department_files(name, archive.year).notebook for name in order]
    executed += [path for path in [archive.results / city_files(archive.year).notebook] if path.is_file()]
    for path in executed:
        yield f"{NOTEBOOKS}/{path.name}", partial(_parameterised, path)


def _metadata(archive: Archive) -> bytes:
    """The metadata of what lies here, by the label, the logs and the day of archiving."""
    files = {
        path.relative_to(archive.payload).as_posix(): path for path in archive.payload.rglob("*") if path.is_file()
    }
    contents = {name: path for name, path in sorted(files.items()) if name != CRATE}
    day = dt.date.fromisoformat(dict(archive.info)["Bagging-Date"])
    return metadata_of(contents, archive.label, run_logs(archive.payload).values(), day)


def _parameterised(executed: Path) -> bytes:
    return not_executed(executed.read_bytes())


_CHECKS: Final = (
    ("归档内容", _check_required),
    (CRATE, _check_metadata),
    (RESULTS, _check_records),
    (CALENDAR, _check_calendar),
    (DECISIONS, _check_made),
)
