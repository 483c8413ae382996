"""Years side by side as a report: notebook, page and PDF, made as every other report is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoring.base.files import write_bytes
from scoring.base.names import years_files
from scoring.batch.publish import writing
from scoring.batch.task import YEARS, Made, Source, Task
from scoring.batch.workers.runners import made_alone
from scoring.comparison import NotComparable, opened_years
from scoring.scheme.departments import read_departments


def make_years(
    paths: Sequence[Path],
    out: Path,
    readings: Mapping[str, Mapping[str, str]],
    listed: Path | None = None,
    schemes: Mapping[str, str] | None = None,
    time_limit: int = 600,
) -> Made:
    """Put years side by side and write the report into a folder.

    Parameters
    ----------
    paths
        What the years were kept in, in any order; see :func:`scoring.comparison.opened_years`.
    readings
        Year to reading to option, for folders of workbooks.
    listed
        File that lists the departments of folders of workbooks, in place of the schemes'.
    schemes
        Year to the name or folder of its scheme, where that is not the one in force.
    time_limit
        Seconds.

    Returns
    -------
    Made
        The files, which are written; or a problem, and nothing is.

    Raises
    ------
    NotComparable
        When there are fewer than two different years, or one of them cannot be opened.
    NotWritable
        When the report cannot be written.
    """
    made = made_alone(_task(paths, readings, listed, schemes or {}, time_limit))
    with writing(out):
        for name, content in made.files.items():
            write_bytes(out / name, content)
    return made


def _task(
    paths: Sequence[Path],
    readings: Mapping[str, Mapping[str, str]],
    listed: Path | None,
    schemes: Mapping[str, str],
    time_limit: int,
) -> Task:
    """What a process needs to make the report: the years, laid before the notebook under their own names."""
    if gone := [str(path) for path in paths if not path.exists()]:
        raise NotComparable(f"没有佐证文件夹或归档 {'、'.join(gone)}")
    with opened_years(paths, readings, listed or "", schemes) as opened:
        kept = dict(sorted(zip((year.year for year in opened), paths, strict=True)))
    names = [path.resolve().name for path in kept.values()]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise NotComparable(f"要对比的佐证文件夹或归档不能同名：{'、'.join(doubles)}；请改名后再运行")
    return Task(
        YEARS,
        "年度对比",
        max(kept),
        tuple(source for path in paths for source in _sources(path.resolve())),
        {"archives": [f"../data/raw/{name}" for name in names], "readings": readings, "schemes": schemes},
        years_files(list(kept)),
        read_departments(listed) if listed else (),
        time_limit=time_limit,
    )


def _sources(root: Path) -> Iterator[Source]:
    """What a year was kept in, a file or a folder of files, under its own name."""
    files = [root] if root.is_file() else sorted(entry for entry in root.rglob("*") if entry.is_file())
    for file in files:
        yield Source.of(file, file.relative_to(root.parent).as_posix(), folder=".")
