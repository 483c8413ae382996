"""Makes one report, from bytes to bytes, in a process of its own.

A task runs in a folder that looks like the project (``notebooks``, ``data/raw/<year>``), so that a notebook has the
same parameters wherever it runs and sees only its own evidence.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from scoring.base.files import reason_of
from scoring.base.names import ABOUT, LEDGER, SCORECARD, CircularFiles
from scoring.batch.task import DEPARTMENT, LIST, Made, Task, half_run, half_run_in
from scoring.comparison import NotComparable
from scoring.report.places import LAB_ONLY, NOTEBOOKS, NotScored
from scoring.report.render.engine import ENGINE, keep_parameters_readable
from scoring.report.render.exporters import page_of, paper_of, word_of
from scoring.report.render.paper import Attached

#: The folder of evidence that a notebook sees, with one subfolder per year.
_RAW: Final = "data/raw"
#: The format of an evidence workbook.
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make(job: tuple[Task, Path]) -> Made:
    """Run a task in a folder that is removed afterwards; any error is reported in the result."""
    task, work = job
    made, begun = Made(task.name), time.monotonic()
    try:
        _prepare(task, work)
        tempfile.tempdir = str(work)
        made.files = _files(task, work)
    except Exception as error:  # noqa: BLE001 - any error is reported; the other reports go on
        made.problem, made.half_run = _reason(error), half_run(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    made.seconds = time.monotonic() - begun
    return made


def _prepare(task: Task, work: Path) -> None:
    (work / _RAW).mkdir(parents=True)
    (work / "notebooks").mkdir()
    for source in task.sources:
        source.put_into(work / _RAW, task.year)
    if task.departments:
        (work / "data" / LIST).write_text("\n".join(task.departments) + "\n", encoding="utf-8")


def _files(task: Task, work: Path) -> dict[str, bytes]:
    """Every file of a report: notebook, page, PDF; ledger and Word where it has them; a department's scorecard."""
    notebook, attached = _executed(task, work), list[Attached]()
    notebook.metadata["scorecard"] = json.loads((work / ABOUT).read_text(encoding="utf-8"))
    files = {task.files.excel: (work / LEDGER).read_bytes()} if task.files.excel else {}
    if task.kind == DEPARTMENT:
        files[SCORECARD] = (work / SCORECARD).read_bytes()
        attached = _attached(task, work, files[SCORECARD])
    return files | {
        task.files.notebook: nbformat.writes(notebook).encode("utf-8"),
        task.files.html: page_of(notebook).encode("utf-8"),
        task.files.pdf: paper_of(notebook, attached),
        **({task.files.word: word_of(notebook)} if isinstance(task.files, CircularFiles) else {}),
    }


def _attached(task: Task, work: Path, scorecard: bytes) -> list[Attached]:
    """The attachments of a department's PDF: the scorecard and its evidence, unless it is not to be shown."""
    folder = work / _RAW / str(task.year)
    return [
        Attached(SCORECARD, scorecard, "评分结果数据", "data", "application/json"),
        *(
            Attached(source.name, (folder / source.name).read_bytes(), "佐证工作簿", "source", WORKBOOK)
            for source in (task.workbooks if task.parameters.get("evidence", True) else ())
        ),
    ]


def _executed(task: Task, work: Path) -> NotebookNode:
    """The notebook, executed by papermill and tidied."""
    keep_parameters_readable()
    notebook: NotebookNode = papermill.execute_notebook(
        str(NOTEBOOKS / f"{task.kind}.ipynb"),
        None,
        {**task.parameters, **({"departments": f"../data/{LIST}"} if task.departments else {})},
        engine_name=ENGINE,
        half_run=str(half_run_in(work)),
        careful=task.careful,
        cwd=str(work / "notebooks"),
        progress_bar=False,
        afterwards=f"report.leave({str(work)!r})",
    )
    return tidied(notebook)


def tidied(notebook: NotebookNode) -> NotebookNode:
    """The same notebook for the same evidence: without run times, random ids and cells meant for JupyterLab only."""
    notebook.metadata.pop("papermill", None)
    notebook.cells = [cell for cell in notebook.cells if LAB_ONLY not in cell.metadata.get("tags", ())]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    return notebook


def _reason(error: Exception) -> str:
    """What went wrong, in one line; our own errors are in Chinese and are shown without the name of their class."""
    line = " ".join(str(error.evalue if isinstance(error, PapermillExecutionError) else error).split())
    match error:
        case PapermillExecutionError(ename=NotScored.__name__ | NotComparable.__name__):
            reason = line
        case PapermillExecutionError(ename=MemoryError.__name__) | MemoryError():
            reason = "内存不足"
        case PapermillExecutionError():
            reason = f"笔记本运行出错（{error.ename}：{line}）"
        case OSError(errno=errno.ENOSPC):
            reason = "存放临时文件的磁盘已满"
        case OSError():
            file = f"：{Path(error.filename).name}" if isinstance(error.filename, str) else ""
            reason = f"生成报告出错（{reason_of(error)}{file}）"
        case _ if type(error).__module__.startswith("scoring."):
            reason = str(error)
        case _:
            reason = f"生成报告出错（{type(error).__name__}：{line}）"
    return reason
