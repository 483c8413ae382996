"""``report`` against what it replaces, and at scale: ``python -m benchmarks.reports``.

The loop is the obvious script: for each department ``papermill`` in an ordinary kernel, ``jupyter nbconvert``
to the HTML, WeasyPrint from that to the PDF, and the Excel ledger by a call of its own. WeasyPrint is no part of this
project: without a ``weasyprint`` on the path the project's own exporter makes the loop's PDF, and the table says so.
``report`` also scores all departments for their ranks and makes the city's report, so the loop makes that too. Every
process is a new one, and the time is that of the whole command.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import openpyxl

from benchmarks.evidence import LIST, YEAR, write_evidence
from benchmarks.measure import ROOT, clock, machine, row, run, size

RAW: Final = ROOT / "data" / "raw" / str(YEAR)
#: Rows of a generated department: the average of the samples.
ROWS: Final = 1200
WEASYPRINT: Final = shutil.which("weasyprint")

_LEDGER: Final = """
import sys
from pathlib import Path
from scoring.engine.assessment import assess
from scoring.report.excel import write_city, write_department
from scoring.scheme import load_scheme
raw, name, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
paths = sorted(raw.glob("*.xlsx")) if name == "city" else [raw / f"{name}.xlsx"]
assessment = assess(paths, load_scheme(int(raw.name)))
write_city(assessment, out) if name == "city" else write_department(assessment.scorecards[0], 1, out)
"""

#: Cost of one more department in a warm process: its parts, the best of five.
_WARM: Final = """
import gc, json, sys, tempfile, time
from pathlib import Path
from scoring.batch import one_report
from scoring.batch.one_report import make
from scoring.batch.plan import sources_of
from scoring.batch.task import DEPARTMENT, Task
from scoring.base.names import department_files
from scoring.report.decided import decided_for
from scoring.report.places import NOTEBOOKS
from scoring.scheme import load_scheme
raw, name = Path(sys.argv[1]), sys.argv[2]
scheme, decided = load_scheme(int(raw.name)), Path(tempfile.mkdtemp(), "readings.json")
every = decided_for(sorted(raw.glob("*.xlsx")), scheme)
decided.write_text(json.dumps([every[name].to_json()]), encoding="utf-8")
given = {"department": name, "year": int(raw.name), "rank": 1, "ranked": 9, "decided": str(decided)}
sources = sources_of([raw / f"{name}.xlsx"], scheme)[name]
task = Task(DEPARTMENT, name, int(raw.name), sources, given, department_files(name, int(raw.name)))
def run_notebook(notebook, **parameters):
    names = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
        if "parameters" in cell["metadata"].get("tags", ()):
            names.update(parameters)
in_pdf, paper_of = [], one_report.paper_of
def timed(*arguments):
    begun = time.perf_counter()
    try:
        return paper_of(*arguments)
    finally:
        in_pdf.append(time.perf_counter() - begun)
one_report.paper_of = timed
def one():
    done = make((task, Path(tempfile.mkdtemp(), "work")))
    tempfile.tempdir = None
    assert not done.problem, done.problem
one()
gc.freeze()
def best(work):
    taken = []
    for _ in range(6):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken[1:])
plain = best(lambda: run_notebook(NOTEBOOKS / "department.ipynb", **given, raw=str(raw.parent)))
whole = best(one)
print(json.dumps({"plain": plain, "whole": whole, "pdf": min(in_pdf[1:])}))
"""


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports")
    parser.add_argument("--departments", type=int, nargs="*", default=(20,), metavar="COUNT")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "site-audit-benchmarks")
    given = parser.parse_args(arguments)
    print(f"Machine: {machine()}", file=sys.stderr)
    print(row("what", "time", "memory of all processes", "in proportion"))
    print(row(*["---"] * 4))
    for line in chain(nine(), warm(), at_scale(given.keep, given.departments)):
        print(line, flush=True)


def nine() -> Iterator[str]:
    """Rows of the table: the nine sample departments, one of them again, and the loop, one and two at a time."""
    with _folder() as folder:
        raw, out = shutil.copytree(RAW, folder / RAW.name), folder / "out"
        ours = run(_report(raw, out))
        changed = min(raw.glob("*.xlsx"))
        workbook = openpyxl.load_workbook(changed)
        workbook.properties.title = "changed"
        workbook.save(changed)
        one = run([*_report(raw, out), "--department", changed.stem])
    yield row("`report`, nine departments and the city", clock(ours.seconds), size(ours.memory), "")
    yield row("`report --department`, one changed workbook", clock(one.seconds), size(one.memory), "")
    for together in (1, 2):
        with _folder() as out:
            taken = loop(out, together)
        what = f"the same by papermill, nbconvert {'and WeasyPrint' if WEASYPRINT else 'alone'}, {together} at a time"
        yield row(what, clock(taken), "", f"{taken / ours.seconds:.1f} times as long")


def warm() -> Iterator[str]:
    """A row of the table: one more department in a warm process, against its notebook's code as a plain function."""
    name = min(RAW.glob("*.xlsx")).stem
    command = [sys.executable, "-c", _WARM, str(RAW), name]
    taken = json.loads(subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout)  # noqa: S603
    plain, parts = taken["plain"], f"{taken['plain']:.2f} s, the PDF {taken['pdf']:.2f} s"
    ratio = f"{taken['whole'] / plain:.1f} times its notebook's code as a plain function ({parts})"
    yield row("one more department, warm", f"{taken['whole']:.2f} s", "", ratio)


def at_scale(keep: Path, counts: Sequence[int]) -> Iterator[str]:
    """Rows of the table: each number of departments, then again unchanged; time per department against the first."""
    first = 0.0
    for count in counts:
        place = _evidence(keep, count)
        with _folder() as out:
            made = run(_report(place / str(YEAR), out, place / LIST))
            again = run(_report(place / str(YEAR), out, place / LIST))
        each = made.seconds / count
        first = first or each
        yield row(f"`report`, {count:,} departments", clock(made.seconds), size(made.memory), _each(each, first))
        yield row("the same again, nothing changed", clock(again.seconds), size(again.memory), "")


def _each(seconds: float, first: float) -> str:
    change = "" if seconds == first else f", {seconds / first - 1:+.0%}"
    return f"{seconds:.2f} s a department{change}"


def loop(out: Path, together: int) -> float:
    """Make the reports with the ordinary tools, ``together`` at a time; returns the seconds."""
    names = [path.stem for path in sorted(RAW.glob("*.xlsx"))]
    begun = time.perf_counter()
    with ThreadPoolExecutor(together) as threads:
        list(threads.map(lambda name: _by_hand(out, name), [*names, "city"]))
    return time.perf_counter() - begun


def _by_hand(out: Path, name: str) -> None:
    notebook = out / f"{name}.ipynb"
    given = {"year": YEAR, "raw": str(RAW.parent)}
    given |= {"links": True} if name == "city" else {"department": name, "rank": 1, "ranked": 9}
    parameters = [part for key, value in given.items() for part in ("-p", key, str(value))]
    source = ROOT / "notebooks" / ("city.ipynb" if name == "city" else "department.ipynb")
    _python("-m", "papermill", str(source), str(notebook), "-k", "python3", "--no-progress-bar", *parameters)
    _python("-m", "nbconvert", "--to", "scorecard-html", str(notebook))
    if WEASYPRINT:
        page, pdf = notebook.with_suffix(".html"), notebook.with_suffix(".pdf")
        subprocess.run([WEASYPRINT, str(page), str(pdf)], check=True, capture_output=True)  # noqa: S603
    else:
        _python("-m", "nbconvert", "--to", "scorecard-pdf", str(notebook))
    _python("-c", _LEDGER, str(RAW), name, str(out / f"{name}.xlsx"))


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, capture_output=True)  # noqa: S603


def _report(raw: Path, out: Path, departments: Path | None = None) -> list[str]:
    listed = ["--departments", str(departments)] if departments else []
    return ["-m", "scoring", "report", str(raw), "--out", str(out), *listed]


def _evidence(keep: Path, departments: int) -> Path:
    """Evidence of this many departments, made if missing."""
    place = keep / f"xlsx-{departments}x{ROWS}"
    done = place / "made"
    if not done.exists():
        write_evidence(place, departments, ROWS, "xlsx")
        done.touch()
    return place


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="reports-benchmark-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    main()
