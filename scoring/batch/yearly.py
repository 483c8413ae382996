"""Years side by side as a report: notebook, page and PDF, made as every other report is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from scoring.batch.making import make
from scoring.batch.task import YEARS, Made, Source, Task
from scoring.comparison import NotComparable, opened
from scoring.files import write_bytes
from scoring.report.names import years_files


def make_years(
    paths: Sequence[Path], out: Path, readings: Mapping[str, Mapping[str, str]], time_limit: int = 600
) -> Made:
    """Put years side by side and write the report into a folder.

    Parameters
    ----------
    paths
        What the years were kept in, in any order; see :func:`scoring.comparison.opened`.
    readings
        Year to reading to option, for folders of workbooks.

    Returns
    -------
    Made
        The files, which are written; or a problem, and nothing is.

    Raises
    ------
    NotComparable
        When there are fewer than two different years, or one of them cannot be opened.
    UnknownReading
        For a reading or option that a year's scheme does not have.
    """
    with ExitStack() as stack:
        years = [stack.enter_context(opened(path, readings)).year for path in paths]
    if len(set(years)) < len(years) or len(years) < 2:  # noqa: PLR2004 - a pair
        raise NotComparable(f"要有两个以上不同的年度才能对比，现有：{'、'.join(map(str, years)) or '无'}")
    if unknown := sorted(set(readings) - set(map(str, years))):
        raise NotComparable(f"指定了解读的年度不在对比之列：{'、'.join(unknown)}")
    in_order = [path for _, path in sorted(zip(years, paths, strict=True))]
    made = make(
        Task(
            kind=YEARS,
            name="年度对比",
            year=max(years),
            sources=tuple(source for path in in_order for source in _sources(path)),
            parameters={"archives": [f"../data/raw/{path.resolve().name}" for path in in_order], "readings": readings},
            files=years_files(sorted(years)),
            time_limit=time_limit,
        )
    )
    for name, content in made.files.items():
        write_bytes(out / name, content)
    return made


def _sources(path: Path) -> Iterator[Source]:
    """What a year was kept in, a file or a folder of files, under its own name."""
    root = path.resolve()
    files = [root] if root.is_file() else sorted(entry for entry in root.rglob("*") if entry.is_file())
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        yield Source(file.relative_to(root.parent).as_posix(), digest, str(file), folder=".")
