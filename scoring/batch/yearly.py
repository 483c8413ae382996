"""Years side by side as a report: notebook, page and PDF, made as every other report is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoring.batch.publish import writing
from scoring.batch.runners import LocalRunner
from scoring.batch.task import YEARS, Made, Source, Task
from scoring.comparison import NotComparable, opened_years
from scoring.departments import read_departments
from scoring.files import write_bytes
from scoring.report.names import years_files


def make_years(
    paths: Sequence[Path],
    out: Path,
    readings: Mapping[str, Mapping[str, str]],
    listed: Path | None = None,
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
    if gone := [str(path) for path in paths if not path.exists()]:
        raise NotComparable(f"没有佐证文件夹或归档 {'、'.join(gone)}")
    with opened_years(paths, readings, listed or "") as opened:
        years = [year.year for year in opened]
    _refuse_doubles(paths)
    departments = read_departments(listed) if listed else ()
    task = _task(dict(sorted(zip(years, paths, strict=True))), readings, departments, time_limit)
    (made,) = LocalRunner(1).run([task], lambda _: None)
    if not made.problem:
        _write(made, out)
    return made


def _task(
    kept: Mapping[int, Path], readings: Mapping[str, Mapping[str, str]], departments: tuple[str, ...], time_limit: int
) -> Task:
    """What is to be made of years, the earliest first, from what each was kept in."""
    return Task(
        kind=YEARS,
        name="年度对比",
        year=max(kept),
        sources=tuple(source for path in kept.values() for source in _sources(path)),
        parameters={"archives": [f"../data/raw/{path.resolve().name}" for path in kept.values()], "readings": readings},
        files=years_files(list(kept)),
        departments=departments,
        time_limit=time_limit,
    )


def _refuse_doubles(paths: Sequence[Path]) -> None:
    """Each is laid before the notebook under its own name."""
    names = [path.resolve().name for path in paths]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise NotComparable(f"要对比的佐证文件夹或归档不能同名：{'、'.join(doubles)}；请改名后再运行")


def _write(made: Made, out: Path) -> None:
    """Put the files in their places."""
    with writing(out):
        for name, content in made.files.items():
            write_bytes(out / name, content)


def _sources(path: Path) -> Iterator[Source]:
    """What a year was kept in, a file or a folder of files, under its own name."""
    root = path.resolve()
    files = [root] if root.is_file() else sorted(entry for entry in root.rglob("*") if entry.is_file())
    for file in files:
        yield Source.of(file, file.relative_to(root.parent).as_posix(), folder=".")
