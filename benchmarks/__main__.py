"""All benchmarks, or the named ones: ``python -m benchmarks [NAME ...]``."""

from __future__ import annotations

import argparse

from benchmarks import reports, score

BENCHMARKS = {"reports": reports.main, "score": score.main}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], default=[], metavar="NAME")
    for name in parser.parse_args().names or BENCHMARKS:
        BENCHMARKS[name]([])


if __name__ == "__main__":
    main()
