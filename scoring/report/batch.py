"""All reports of a year: scores, notebooks, HTML, PDF and Excel, department by department, then the city."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from scoring.assess import Assessment
from scoring.files import write_bytes
from scoring.report.city import CityReport
from scoring.report.department import DepartmentReport
from scoring.report.names import ReportFiles, city_files, department_files
from scoring.report.places import NOTEBOOKS, NotScored
from scoring.scorecard import Scorecard, rank


@dataclass(frozen=True)
class Job:
    """One report to make: a notebook with its parameters, and the folder and names of what it becomes."""

    name: str
    notebook: Path
    parameters: Mapping[str, Any]
    metadata: Mapping[str, Any]
    folder: Path
    files: ReportFiles
    failed: Path


@dataclass
class Outcome:
    """What became of a run: the reports made, and what was not made with the reason in Chinese."""

    made: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def make_reports(
    assessment: Assessment,
    raw: Path,
    out: Path,
    jobs: int,
    tell: Callable[[str, Outcome, int], None],
    only: Collection[str] | None = None,
) -> Outcome:
    """Make the reports of an assessment whose scores are written already.

    Parameters
    ----------
    raw
        Folder of the year's workbooks, ``…/<year>``.
    out
        Folder of the year's results; ``ranking.json`` lies in it.
    jobs
        How many reports are made at the same time.
    tell
        Called after each report with its name, the outcome so far and how many there are.
    only
        Departments whose reports are made; None makes all, and the city's.
    """
    outcome = Outcome()
    cards = [card for card in assessment.scorecards if only is None or card.department in only]
    work = [
        *_department_jobs(assessment, cards, raw, out),
        *([_city_job(assessment, raw, out)] if only is None else []),
    ]
    _remove_unscored(assessment, out)
    _write_ledgers(assessment, cards, out, city=only is None)
    for job, problem, warning in _each(work, jobs):
        if problem:
            outcome.failures[job.name] = problem
        else:
            outcome.made.append(job.name)
        if warning and warning not in outcome.warnings:
            outcome.warnings.append(warning)
        tell(job.name, outcome, len(work))
    return outcome


def _each(work: Sequence[Job], jobs: int) -> Iterator[tuple[Job, str | None, str | None]]:
    """Run the jobs, a few at a time, each in a process that was started afresh."""
    with ProcessPoolExecutor(max_workers=max(1, min(jobs, len(work))), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(make_report, job): job for job in work}
        for done in as_completed(running):
            job = running[done]
            try:
                yield job, *done.result()
            except Exception as error:  # noqa: BLE001 - a worker that died is told, the others go on
                yield job, f"进程异常结束（{type(error).__name__}：{error}）", None


def _department_jobs(assessment: Assessment, cards: Sequence[Scorecard], raw: Path, out: Path) -> Iterator[Job]:
    year = assessment.scheme.year
    places = {place.scorecard.department: place.rank for place in rank(assessment.scorecards)}
    for card in cards:
        yield Job(
            name=card.department,
            notebook=NOTEBOOKS / "department.ipynb",
            parameters={
                "department": card.department,
                "year": year,
                "raw": _from_notebooks(raw.parent),
                "readings": _chosen_readings(assessment),
                "ranking": _from_notebooks(out / "ranking.json"),
            },
            metadata=DepartmentReport(card, places.get(card.department), len(places)).metadata,
            folder=out / card.department,
            files=department_files(card.department, year),
            failed=out / "failed",
        )


def _city_job(assessment: Assessment, raw: Path, out: Path) -> Job:
    year = assessment.scheme.year
    return Job(
        name="全市汇总",
        notebook=NOTEBOOKS / "city.ipynb",
        parameters={
            "year": year,
            "raw": _from_notebooks(raw.parent),
            "readings": _chosen_readings(assessment),
            "links": True,
        },
        metadata=CityReport(assessment).metadata,
        folder=out,
        files=city_files(year),
        failed=out / "failed",
    )


def _chosen_readings(assessment: Assessment) -> dict[str, str]:
    """The readings that are not read by default; the others need no mention among the parameters."""
    known = assessment.scheme.readings
    return {key: option for key, option in assessment.readings.items() if option != known[key].default}


def _from_notebooks(path: Path) -> str:
    """A path as a notebook sees it, relative where it can be, so that results do not name this machine."""
    try:
        return Path(os.path.relpath(path, NOTEBOOKS)).as_posix()
    except ValueError:  # Another drive of Windows.
        return path.resolve().as_posix()


def _write_ledgers(assessment: Assessment, cards: Sequence[Scorecard], out: Path, *, city: bool) -> None:
    """Excel needs neither a kernel nor Pango, so it is there whatever happens to the rest."""
    from scoring.report.excel import write_city, write_department

    year = assessment.scheme.year
    places = {place.scorecard.department: place.rank for place in rank(assessment.scorecards)}
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / "ledger.xlsx"
        for card in cards:
            write_department(card, places.get(card.department), beside)
            write_bytes(out / card.department / department_files(card.department, year).excel, beside.read_bytes())
        if city:
            write_city(assessment, beside)
            write_bytes(out / city_files(year).excel, beside.read_bytes())


def _remove_unscored(assessment: Assessment, out: Path) -> None:
    """A report that can no longer be made must not look current."""
    scored = {card.department for card in assessment.scorecards}
    for department in {*assessment.faults, *assessment.scheme.departments} - scored:
        for name in (*vars(department_files(department, assessment.scheme.year)).values(), "scorecard.json"):
            (out / department / name).unlink(missing_ok=True)


# --- One report, in a process of its own --------------------------------------------------------------------------


def make_report(job: Job) -> tuple[str | None, str | None]:
    """Run one notebook and render it; returns what went wrong and a warning, both in Chinese or None."""
    try:
        return None, _render(job, run_notebook(job))
    except Exception as error:  # noqa: BLE001 - whatever it was is told with its reason; the other reports go on
        for name in (job.files.html, job.files.pdf, job.files.notebook):
            (job.folder / name).unlink(missing_ok=True)
        half_run = job.failed / job.files.notebook
        kept = f"；运行到一半的笔记本在 {job.failed.name}/{job.files.notebook}" if half_run.exists() else ""
        return f"{_reason(error)}{kept}", None


def _reason(error: Exception) -> str:
    """What went wrong, in a line; our own errors are in Chinese and need no name of a class before them."""
    if isinstance(error, PapermillExecutionError):
        own = error.ename == NotScored.__name__
        return str(error.evalue) if own else f"笔记本运行出错（{error.ename}：{error.evalue}）"
    own = type(error).__module__.startswith("scoring.")
    return str(error) if own else f"生成报告出错（{type(error).__name__}：{' '.join(str(error).split())}）"


def run_notebook(job: Job) -> NotebookNode:
    """Run a notebook with papermill; a half-run one is kept under failed/, apart from results."""
    import papermill

    from scoring.report import readable_parameters

    readable_parameters.register()
    with tempfile.TemporaryDirectory() as folder:
        half_run = Path(folder) / "run.ipynb"
        try:
            notebook: NotebookNode = papermill.execute_notebook(
                str(job.notebook),
                str(half_run),
                dict(job.parameters),
                cwd=str(NOTEBOOKS),
                progress_bar=False,
                config=_local_only(Path(folder)),
                extra_arguments=["--IPKernelApp.log_level=50"],  # its farewell on shutdown is no fault
            )
        except BaseException:
            if half_run.exists():
                job.failed.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(half_run, job.failed / job.files.notebook)
            raise
    (job.failed / job.files.notebook).unlink(missing_ok=True)
    return _tidied(notebook, job.metadata)


def _local_only(folder: Path) -> Config:
    """Talk to the kernel through sockets in a folder of our own: no port is open to others on the machine."""
    if sys.platform == "win32":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}})


def _tidied(notebook: NotebookNode, metadata: Mapping[str, Any]) -> NotebookNode:
    """The same notebook for the same evidence: no run times, no random ids; and what the page template asks for."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata["scorecard"] = dict(metadata)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    return notebook


def _render(job: Job, notebook: NotebookNode) -> str | None:
    """Notebook, HTML and PDF to their places; a warning when Pango is missing."""
    from scoring.report.exporters import ScorecardHTMLExporter, ScorecardPDFExporter
    from scoring.report.pdf import PangoMissing

    page, _ = ScorecardHTMLExporter().from_notebook_node(notebook)
    try:
        pdf, warning = ScorecardPDFExporter().from_notebook_node(notebook)[0], None
    except PangoMissing as missing:
        pdf, warning = None, str(missing)
    write_bytes(job.folder / job.files.notebook, nbformat.writes(notebook).encode("utf-8"))
    write_bytes(job.folder / job.files.html, page.encode("utf-8"))
    if pdf is None:
        (job.folder / job.files.pdf).unlink(missing_ok=True)
    else:
        write_bytes(job.folder / job.files.pdf, pdf)
    return warning
