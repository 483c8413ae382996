"""``score`` on many departments: ``python -m benchmarks.score``.

Workbooks are also read with openpyxl alone (``load_workbook`` and every row's values, one process), the base of the
ratio. Both take turns in the same run, since a machine's speed varies: ``score`` three times
(the middle one counts), openpyxl a third of the workbooks after each. The generated evidence is kept and used again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.evidence import LIST, YEAR, write_evidence
from benchmarks.measure import Measured, clock, machine, row, run, size

WORKBOOKS = (1000, 2000)
EXPORT = (14_000, 2143)
_TURNS = 3
_AHEAD = 10

_OPENPYXL = """
import sys, pathlib, openpyxl
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xlsx"))[int(sys.argv[2])::int(sys.argv[3])]:
    for sheet in openpyxl.load_workbook(path):
        for _ in sheet.iter_rows(values_only=True):
            pass
"""


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score", description=__doc__)
    parser.add_argument("--workbooks", type=int, nargs=2, default=WORKBOOKS, metavar=("DEPARTMENTS", "ROWS"))
    parser.add_argument("--export", type=int, nargs=2, default=EXPORT, metavar=("DEPARTMENTS", "ROWS"))
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "site-audit-benchmarks")
    given = parser.parse_args(arguments)
    print(f"Machine: {machine()}", file=sys.stderr)
    print(row("what", "time", "memory of all processes", "against openpyxl alone"))
    print(row(*["---"] * 4))
    print(workbooks(given.keep, *given.workbooks), flush=True)
    print(readings(given.keep, *given.workbooks), flush=True)
    print(outlook(given.keep, *given.workbooks), flush=True)
    print(parts(given.keep, *given.workbooks), flush=True)
    print(export(given.keep, *given.export), flush=True)


def workbooks(keep: Path, departments: int, rows: int) -> str:
    """The row of the table for workbooks."""
    place = evidence(keep, departments, rows, "xlsx")
    runs, alone = [], 0.0
    for turn in range(_TURNS):
        runs.append(run(_score(place)))
        alone += run(["-c", _OPENPYXL, str(place / str(YEAR)), str(turn), str(_TURNS)]).seconds
    scored = sorted(runs, key=lambda one: one.seconds)[_TURNS // 2]
    what = f"`score`, {departments:,} workbooks of {rows:,} rows"
    ratio = f"{alone / scored.seconds:.1f} times faster ({clock(alone)})"
    return row(what, clock(scored.seconds), size(scored.memory), ratio)


def readings(keep: Path, departments: int, rows: int) -> str:
    """The row of the table for all combinations of readings, against ``score``; both take turns."""
    place = evidence(keep, departments, rows, "xlsx")
    asked = ["-m", "scoring", "readings", str(place / str(YEAR)), "--departments", str(place / LIST)]
    both = [(run(asked), run(_score(place))) for _ in range(_TURNS)]
    every, alone = sorted(both, key=lambda pair: pair[0].seconds)[_TURNS // 2]
    ratio = f"{every.seconds / alone.seconds:.1f} times `score` ({clock(alone.seconds)})"
    return row("`readings`, the same workbooks", clock(every.seconds), size(every.memory), ratio)


def outlook(keep: Path, departments: int, rows: int) -> str:
    """The row of the table for what lies ahead of ten of them in the middle of the year, against ``score``."""
    place = evidence(keep, departments, rows, "xlsx")
    names = (place / LIST).read_text(encoding="utf-8").split()[:_AHEAD]
    only = [word for name in names for word in ("--department", name)]
    ahead = ["-m", "scoring", "outlook", str(place / str(YEAR)), "--on", f"{YEAR}-07-01", "--out", str(place / "out")]
    both = [
        (run([*ahead, "--departments", str(place / LIST), *only]), run([*_score(place), *only])) for _ in range(_TURNS)
    ]
    played, alone = sorted(both, key=lambda pair: pair[0].seconds)[_TURNS // 2]
    ratio = f"{played.seconds / alone.seconds:.1f} times `score` of the same ({clock(alone.seconds)})"
    return row(f"`outlook` on 1 July, {len(names)} of them", clock(played.seconds), size(played.memory), ratio)


def parts(keep: Path, departments: int, rows: int) -> str:
    """The row of the table for departments in three files each, against one file each; both take turns."""
    forms = {form: evidence(keep, departments, rows, form) for form in ("parts", "xlsx")}
    runs: dict[str, list[Measured]] = {form: [] for form in forms}
    for _ in range(_TURNS):
        for form, place in forms.items():
            runs[form].append(run(_score(place)))
    three, one = (sorted(runs[form], key=lambda one: one.seconds)[_TURNS // 2] for form in ("parts", "xlsx"))
    what = f"`score`, the same rows in three files a department, {3 * departments:,} files"
    ratio = f"{three.seconds / one.seconds:.2f} times one file each ({clock(one.seconds)})"
    return row(what, clock(three.seconds), size(three.memory), ratio)


def export(keep: Path, departments: int, rows: int) -> str:
    """The row of the table for Parquet."""
    place = evidence(keep, departments, rows, "parquet")
    scored = run(_score(place))
    what = f"`score`, {departments:,} departments as Parquet, {departments * rows / 10**6:.1f} million rows"
    return row(what, clock(scored.seconds), size(scored.memory), "")


def evidence(keep: Path, departments: int, rows: int, form: str) -> Path:
    """Evidence of that size, made if missing."""
    place = keep / f"{form}-{departments}x{rows}"
    done = place / "made"
    if not done.exists():
        write_evidence(place, departments, rows, form)
        done.touch()
    return place


def _score(place: Path) -> list[str]:
    listed = ["--departments", str(place / LIST)]
    return ["-m", "scoring", "score", str(place / str(YEAR)), "--out", str(place / "out"), *listed]


if __name__ == "__main__":
    main()
