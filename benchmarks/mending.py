"""What to mend first, for many departments: ``python -m benchmarks.mending``.

Only the sentences of a department's first page are timed, after scoring and settling: every plan that they need, by
mending and by withdrawal. The generated evidence is that of ``benchmarks.score``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.evidence import LIST, YEAR
from benchmarks.measure import machine, row
from benchmarks.score import evidence
from scoring.engine.assessment import assess
from scoring.engine.scorecard import Scorecard
from scoring.report.view.remedies import remedies
from scoring.scheme import load_scheme
from scoring.scheme.departments import read_departments
from scoring.scheme.model import with_departments


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mending", description=__doc__)
    parser.add_argument("--workbooks", type=int, nargs=2, default=(1000, 2000), metavar=("DEPARTMENTS", "ROWS"))
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "site-audit-benchmarks")
    given = parser.parse_args(arguments)
    print(f"Machine: {machine()}", file=sys.stderr)
    print(row("what", "time of all", "of one: median", "slowest", "findings that stand: median", "most"))
    print(row(*["---"] * 6))
    departments, rows = given.workbooks
    place = evidence(given.keep, departments, rows, "xlsx")
    scheme = with_departments(load_scheme(YEAR), read_departments(place / LIST))
    cards = assess(sorted((place / str(YEAR)).glob("*.xlsx")), scheme).scorecards
    times, sizes = [_seconds(card) for card in cards], [sum(one.stands for one in card.findings) for card in cards]
    what = f"what to mend first, {len(cards):,} departments"
    figures = (statistics.median(times), max(times))
    counts = (f"{statistics.median(sizes):.0f}", max(sizes))
    print(row(what, f"{sum(times):.1f} s", *(f"{1000 * seconds:.1f} ms" for seconds in figures), *counts), flush=True)


def _seconds(card: Scorecard) -> float:
    _ = card.settled, card.unvetoed_steps  # A report works these out anyway.
    begun = time.perf_counter()
    list(remedies(card))
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
