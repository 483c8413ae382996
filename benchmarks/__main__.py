"""All benchmarks, or the named ones: ``python -m benchmarks [--full] [NAME ...]``."""

from __future__ import annotations

import argparse
from typing import Final

from benchmarks import mending, reports, score

BENCHMARKS: Final = {"reports": reports.main, "score": score.main, "mending": mending.main}
#: Sizes that take a few minutes, and those of the figures in docs/scale.md.
QUICK: Final = {
    "reports": ["--departments", "20"],
    "score": ["--workbooks", "50", "2000", "--export", "1000", "2143"],
    "mending": ["--workbooks", "50", "2000"],
}
FULL: Final = {
    "reports": ["--departments", "50", "1000"],
    "score": ["--workbooks", "1000", "2000", "--export", "14000", "2143"],
    "mending": ["--workbooks", "1000", "2000"],
}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], default=[], metavar="NAME")
    parser.add_argument("--full", action="store_true", help="at full size; takes an hour or more")
    given = parser.parse_args()
    sizes = FULL if given.full else QUICK
    for name in given.names or BENCHMARKS:
        BENCHMARKS[name](sizes[name])


if __name__ == "__main__":
    main()
