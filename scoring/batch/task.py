"""One report, from bytes to bytes: what a worker does, on this machine or on another.

A task is run in a folder of its own that is laid out like the project (``notebooks``, ``data/raw/<year>``), so that a
notebook has the same parameters wherever it runs, and sees no evidence but its own.
"""

from __future__ import annotations

import errno
import hashlib
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from scoring.assess import assess
from scoring.files import json_bytes
from scoring.kernels.provisioner import KERNEL
from scoring.report import readable_parameters
from scoring.report.city import CityReport
from scoring.report.department import DepartmentReport
from scoring.report.excel import write_city, write_department
from scoring.report.exporters import page_and_pdf
from scoring.report.names import SCORECARD, ReportFiles
from scoring.report.pdf import PangoMissing
from scoring.report.places import LAB_ONLY, NOTEBOOKS, NotScored
from scoring.scheme import load_scheme

DEPARTMENT: Final = "department"
CITY: Final = "city"
#: The list of departments of a run, where a notebook looks for it.
LIST: Final = "departments.txt"


@dataclass(frozen=True)
class Source:
    """An evidence file of a task: its content, or where it lies on a disk that the worker sees too."""

    name: str
    sha256: str
    path: str = ""
    content: bytes = b""

    def lay(self, folder: Path) -> None:
        """Put it into a folder.

        Raises
        ------
        Changed
            When it is not what it was when the run was planned.
        """
        content = self.content or Path(self.path).read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Changed(f"{self.name} 在运行中被改动；请再运行一次")
        (folder / self.name).write_bytes(content)


class Changed(Exception):
    """Evidence that changed while a batch was running; the message is in Chinese."""


@dataclass(frozen=True)
class Task:
    """What is to be made.

    Attributes
    ----------
    kind
        ``department`` or ``city``.
    sources
        The evidence that the notebook sees.
    parameters
        Of the notebook, those that differ from its own defaults.
    departments
        The list that stands in for the scheme's; empty for the scheme's own.
    executed
        The notebook as it was executed before, when only its rendering is asked for.
    time_limit
        Seconds that the whole task may take.
    """

    kind: str
    name: str
    year: int
    sources: tuple[Source, ...]
    parameters: Mapping[str, Any]
    files: ReportFiles
    departments: tuple[str, ...] = ()
    executed: bytes = b""
    time_limit: int = 600


@dataclass
class Made:
    """What became of a task: files by name, or a problem in Chinese; and for the run's log, how long it took."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    problem: str = ""
    warning: str = ""
    half_run: bytes = b""
    seconds: float = 0.0


def make(task: Task) -> Made:
    """Run a task; whatever goes wrong is told in the result."""
    made, begun = Made(task.name), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="report-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        try:
            _lay_out(task, work)
            made.files = _rendered(task, _read(task.executed)) if task.executed else _anew(task, work)
            made.warning = "" if task.files.pdf in made.files else str(PangoMissing())
        except Exception as error:  # noqa: BLE001 - whatever it was is told with its reason; the other reports go on
            made.files, made.problem = {}, _reason(error)
            half_run = work / "half-run.ipynb"
            made.half_run = half_run.read_bytes() if half_run.exists() else b""
    made.seconds = time.monotonic() - begun
    return made


def _lay_out(task: Task, work: Path) -> None:
    evidence = work / "data" / "raw" / str(task.year)
    evidence.mkdir(parents=True)
    (work / "notebooks").mkdir()
    for source in () if task.executed else task.sources:
        source.lay(evidence)
    if task.departments:
        (work / "data" / LIST).write_text("\n".join(task.departments) + "\n", encoding="utf-8")


def _anew(task: Task, work: Path) -> dict[str, bytes]:
    """Every file of a report: notebook, page, PDF and ledger; of a department its scorecard too."""
    try:
        notebook = _executed(task, work)
    except DeadKernelError:  # It may have been the memory that others took, or the process that it was forked from.
        notebook = _executed(task, work)
    scheme = load_scheme(task.year, work / "data" / LIST if task.departments else None)
    paths = sorted((work / "data" / "raw" / str(task.year)).iterdir())
    assessment = assess(paths, scheme, task.parameters.get("readings"))
    ledger = work / "ledger.xlsx"
    if task.kind == CITY:
        notebook.metadata["scorecard"] = CityReport(assessment).metadata
        write_city(assessment, ledger)
        return {**_rendered(task, notebook), task.files.excel: ledger.read_bytes()}
    (card,) = assessment.scorecards
    rank, ranked = task.parameters.get("rank"), task.parameters["ranked"]
    notebook.metadata["scorecard"] = DepartmentReport(card, rank, ranked).metadata
    write_department(card, rank, ledger)
    return {
        **_rendered(task, notebook),
        task.files.excel: ledger.read_bytes(),
        SCORECARD: json_bytes(card.to_json()),
    }


def _executed(task: Task, work: Path) -> NotebookNode:
    """The notebook, executed by papermill in a kernel of its own and tidied."""
    readable_parameters.register()
    notebook: NotebookNode = papermill.execute_notebook(
        str(NOTEBOOKS / f"{task.kind}.ipynb"),
        str(work / "half-run.ipynb"),
        {**task.parameters, **({"departments": f"../data/{LIST}"} if task.departments else {})},
        kernel_name=KERNEL,
        cwd=str(work / "notebooks"),
        progress_bar=False,
        config=_local_only(work),
        execution_timeout=task.time_limit,
        extra_arguments=["--IPKernelApp.log_level=50"],  # its farewell on shutdown is no fault
    )
    return tidied(notebook)


def _local_only(folder: Path) -> Config:
    """Talk to the kernel through sockets in a folder of our own: no port is open to others on the machine."""
    own = Config({"KernelManager": {"connection_file": str(folder / "kernel.json")}})
    if sys.platform != "win32":
        own.KernelManager.update({"transport": "ipc", "ip": str(folder / "k")})
    return own


def tidied(notebook: NotebookNode) -> NotebookNode:
    """The same notebook for the same evidence: no run times, no random ids, no cell for JupyterLab only."""
    notebook.metadata.pop("papermill", None)
    notebook.cells = [cell for cell in notebook.cells if LAB_ONLY not in cell.metadata.get("tags", ())]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    return notebook


def _read(content: bytes) -> NotebookNode:
    notebook: NotebookNode = nbformat.reads(content.decode("utf-8"), as_version=4)
    return notebook


def _rendered(task: Task, notebook: NotebookNode) -> dict[str, bytes]:
    """Notebook, page and PDF; no PDF where Pango is missing."""
    page, pdf = page_and_pdf(notebook)
    files = {
        task.files.notebook: nbformat.writes(notebook).encode("utf-8"),
        task.files.html: page.encode("utf-8"),
    }
    return files if pdf is None else files | {task.files.pdf: pdf}


def _reason(error: Exception) -> str:
    """What went wrong, in a line; our own errors are in Chinese and need no name of a class before them."""
    match error:
        case PapermillExecutionError():
            return _reason_of_cell(error.ename, _in_a_line(error.evalue))
        case CellTimeoutError():
            return "笔记本运行超时，已中止"
        case DeadKernelError():
            return "笔记本的内核异常终止（可能是内存不足，或被强行结束）"
        case MemoryError():
            return "内存不足"
        case OSError(errno=errno.ENOSPC):
            return "存放临时文件的磁盘已满"
    own = type(error).__module__.startswith("scoring.")
    return str(error) if own else f"生成报告出错（{type(error).__name__}：{_in_a_line(error)}）"


def _reason_of_cell(name: str, value: str) -> str:
    """What went wrong in a notebook's cell; our own errors are in Chinese."""
    own = {NotScored.__name__: value, MemoryError.__name__: "内存不足"}
    return own.get(name) or f"笔记本运行出错（{name}：{value}）"


def _in_a_line(told: object) -> str:
    return " ".join(str(told).split())
