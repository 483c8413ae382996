"""Making one report, from bytes to bytes: what a worker does, on this machine or on another.

A task is run in a folder of its own that is laid out like the project (``notebooks``, ``data/raw/<year>``), so that a
notebook has the same parameters wherever it runs, and sees no evidence but its own.
"""

from __future__ import annotations

import errno
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from scoring.batch.task import DEPARTMENT, LIST, Made, Task
from scoring.comparison import NotComparable
from scoring.files import reason_of
from scoring.garbage import garbage_kept
from scoring.kernels import engine
from scoring.kernels.client import PROMPT_CLIENT
from scoring.kernels.provisioner import KERNEL
from scoring.report import readable_parameters
from scoring.report.exporters import page_and_pdf
from scoring.report.names import ABOUT, LEDGER, SCORECARD
from scoring.report.pdf import Attached, PangoMissing
from scoring.report.places import LAB_ONLY, NOTEBOOKS, NotScored

#: No history; and no complaints on the screen of a kernel that is interrupted as it is ended: what went wrong is told
#: with the report.
KERNEL_ARGUMENTS: Final = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=CRITICAL")
#: The format of an evidence workbook.
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make(task: Task) -> Made:
    """Run a task; whatever goes wrong is told in the result."""
    made, begun = Made(task.name), time.monotonic()
    try:
        with garbage_kept(), tempfile.TemporaryDirectory(prefix="report-", ignore_cleanup_errors=True) as folder:
            _make_in(Path(folder), task, made)
    except OSError as error:  # No room for so much as a folder.
        made.problem = _reason(error)
    made.seconds = time.monotonic() - begun
    return made


def _make_in(work: Path, task: Task, made: Made) -> None:
    try:
        _lay_out(task, work)
        made.files = _again(task, work) if task.executed else _anew(task, work)
        made.warning = "" if task.files.pdf in made.files else str(PangoMissing())
    except Exception as error:  # noqa: BLE001 - whatever it was is told with its reason; the other reports go on
        made.files, made.problem = {}, _reason(error)
        half_run = work / "half-run.ipynb"
        made.half_run = half_run.read_bytes() if half_run.exists() else b""


def _raw(work: Path) -> Path:
    """The folder of evidence that the notebook sees, with a folder a year."""
    return work / "data" / "raw"


def _lay_out(task: Task, work: Path) -> None:
    _raw(work).mkdir(parents=True)
    (work / "notebooks").mkdir()
    for source in task.sources:
        source.lay(_raw(work), task.year)
    if task.departments:
        (work / "data" / LIST).write_text("\n".join(task.departments) + "\n", encoding="utf-8")


def _anew(task: Task, work: Path) -> dict[str, bytes]:
    """Every file of a report: notebook, page, PDF and, where it has one, ledger; of a department its scorecard too."""
    try:
        notebook = _executed(task, work)
    except DeadKernelError:  # It may have been the memory that others took, or the process that it was forked from.
        notebook = _executed(task, work)
    notebook.metadata["scorecard"] = json.loads((work / ABOUT).read_text(encoding="utf-8"))
    files = {task.files.excel: (work / LEDGER).read_bytes()} if task.files.excel else {}
    if task.kind == DEPARTMENT:
        files[SCORECARD] = (work / SCORECARD).read_bytes()
        return files | _rendered(task, notebook, _attached(task, work, files[SCORECARD]))
    return files | _rendered(task, notebook)


def _again(task: Task, work: Path) -> dict[str, bytes]:
    """What is rendered of a department's report that was executed before."""
    return _rendered(task, _read(task.executed), _attached(task, work, task.scorecard))


def _attached(task: Task, work: Path, scorecard: bytes) -> list[Attached]:
    """What goes inside a department's PDF: the scorecard, and the evidence that it rests on."""
    evidence = ((source.name, (_raw(work) / str(task.year) / source.name).read_bytes()) for source in task.sources)
    return [
        Attached(SCORECARD, scorecard, "评分结果数据", "Data", "application/json"),
        *(Attached(name, content, "佐证工作簿", "Source", WORKBOOK) for name, content in evidence),
    ]


def _executed(task: Task, work: Path) -> NotebookNode:
    """The notebook, executed by papermill in a kernel of its own and tidied."""
    readable_parameters.register()
    engine.register()
    notebook: NotebookNode = papermill.execute_notebook(
        str(NOTEBOOKS / f"{task.kind}.ipynb"),
        str(work / "half-run.ipynb"),
        {**task.parameters, **({"departments": f"../data/{LIST}"} if task.departments else {})},
        engine_name=engine.ENGINE,
        kernel_name=KERNEL,
        cwd=str(work / "notebooks"),
        progress_bar=False,
        config=_local_only(work),
        execution_timeout=task.time_limit,
        extra_arguments=list(KERNEL_ARGUMENTS),
        shutdown_kernel="immediate",  # it holds nothing that would have to be put away
        afterwards=f"report.leave({str(work)!r})",
    )
    return tidied(notebook)


def _local_only(folder: Path) -> Config:
    """Talk to the kernel through sockets in a folder of our own: no port is open to others on the machine."""
    own = Config({"KernelManager": {"connection_file": str(folder / "kernel.json"), "client_factory": PROMPT_CLIENT}})
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


def _rendered(task: Task, notebook: NotebookNode, attached: Sequence[Attached] = ()) -> dict[str, bytes]:
    """Notebook, page and PDF; no PDF where Pango is missing."""
    page, pdf = page_and_pdf(notebook, attached)
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
        case OSError():
            return _reason_of_system(error)
    own = type(error).__module__.startswith("scoring.")
    return str(error) if own else f"生成报告出错（{type(error).__name__}：{_in_a_line(error)}）"


def _reason_of_system(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "存放临时文件的磁盘已满"
    file = f"：{Path(error.filename).name}" if isinstance(error.filename, str) else ""
    return f"生成报告出错（{reason_of(error)}{file}）"


def _reason_of_cell(name: str, value: str) -> str:
    """What went wrong in a notebook's cell; our own errors are in Chinese."""
    own = {NotScored.__name__: value, NotComparable.__name__: value, MemoryError.__name__: "内存不足"}
    return own.get(name) or f"笔记本运行出错（{name}：{value}）"


def _in_a_line(told: object) -> str:
    return " ".join(str(told).split())
