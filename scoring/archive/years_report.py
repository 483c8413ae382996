"""The report that compares years: notebook, page and PDF, made like every other report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoring.archive.years import opened_years
from scoring.base.files import write_bytes, writing
from scoring.base.names import years_files
from scoring.batch.task import YEARS, Made, Source, Task
from scoring.batch.workers.runners import made_alone
from scoring.comparison import NotComparable
from scoring.scheme.departments import read_departments


def make_years(
    paths: Sequence[Path],
    out: Path,
    readings: Mapping[str, Mapping[str, str]],
    listed: Path | None = None,
    schemes: Mapping[str, str] | None = None,
    time_limit: int = 600,
) -> Made:
    """Compare years and write the report into a folder; or nothing, if there is a problem.

    Parameters
    ----------
    paths, readings, listed, schemes
        See :func:`scoring.archive.years.opened_years`; ``listed`` is its file of departments.
    time_limit
        Seconds.

    Raises
    ------
    NotComparable
        When there are fewer than two different years, or one of them cannot be opened.
    NotWritable
        When the report cannot be written.
    """
    made = made_alone(_task(paths, readings, listed, schemes or {}, time_limit))
    with writing(f"结果写不进 {out}"):
        for name, content in made.files.items():
            write_bytes(out / name, content)
    return made


def unscored_in(made: Made) -> list[str]:
    """The departments that were not scored in a year, each with its first fault, as the report's notebook says."""
    notebook = json.loads(next(content for name, content in made.files.items() if name.endswith(".ipynb")))
    return list(notebook["metadata"]["scorecard"]["unscored"])


def _task(
    paths: Sequence[Path],
    readings: Mapping[str, Mapping[str, str]],
    listed: Path | None,
    schemes: Mapping[str, str],
    time_limit: int,
) -> Task:
    """The report as a task; the notebook finds years and schemes by relative paths, the same on every machine."""
    with opened_years(paths, readings, listed or "", schemes) as opened:
        kept = dict(sorted(zip((year.year for year in opened), paths, strict=True)))
    names = [path.resolve().name for path in kept.values()]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        raise NotComparable(f"要对比的佐证文件夹或归档不能同名：{'、'.join(doubles)}；请改名后再运行")
    folders = {year: Path(named) for year, named in schemes.items() if Path(named).is_dir()}
    laid = {year: f"../data/schemes/{year}/{folder.name}" for year, folder in folders.items()}
    return Task(
        YEARS,
        "年度对比",
        max(kept),
        (
            *(source for path in paths for source in _sources(path.resolve(), ".")),
            *(source for year, folder in folders.items() for source in _sources(folder, f"../schemes/{year}")),
        ),
        {"archives": [f"../data/raw/{name}" for name in names], "readings": readings, "schemes": {**schemes, **laid}},
        years_files(list(kept)),
        read_departments(listed) if listed else (),
        time_limit=time_limit,
    )


def _sources(root: Path, folder: str) -> Iterator[Source]:
    """A file or the files of a folder, under its name; ``folder`` as for :class:`Source`."""
    files = [root] if root.is_file() else sorted(entry for entry in root.rglob("*") if entry.is_file())
    for file in files:
        if "__pycache__" not in file.parts:
            yield Source.of(file, file.relative_to(root.parent).as_posix(), folder=folder)
