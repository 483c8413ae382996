"""The command score."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from scoring.clickzh import ChineseCommand, ChineseOption
from scoring.commands.options import (
    DEPARTMENTS,
    FOLDER,
    JOBS,
    LIST,
    READINGS,
    SCHEDULER,
    YEAR_OF_FOLDER,
    choices_of,
    notice_lines,
    or_tell,
    scheme_of,
    stoppable,
    tell,
    tell_faults,
    unread_lines,
    year_of,
)


@click.command(cls=ChineseCommand)
@FOLDER
@DEPARTMENTS
@click.option(
    "--out",
    cls=ChineseOption,
    required=True,
    metavar="输出文件夹",
    type=click.Path(path_type=Path),
    help="评分结果写在这里（必填）",
)
@JOBS
@SCHEDULER
@READINGS
@LIST
@YEAR_OF_FOLDER
def score(
    raw: Path,
    departments: tuple[str, ...],
    out: Path,
    jobs: int,
    scheduler: str | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
) -> int:
    """对佐证文件夹中的每个部门评分，写出 scorecard.json 和 ranking.json；佐证可以是工作簿，也可以是 Parquet 文件。"""
    with stoppable("已停止；已写出的评分结果都是完整的，再运行一次即可评完。"):
        from scoring import processes

        if jobs > 1 and not scheduler:
            processes.begin("scoring.scoring_run")  # They load while this process does.
        scheme = scheme_of(year_of(raw, year), listed)
        choices = choices_of(scheme, readings)
        folder = _folder(raw.resolve() if scheduler else raw, scheme, departments)
        with or_tell(f"结果写不进 {out}"), _alone(out):
            if scheduler:
                scored = _score_on_cluster(scheduler, folder, raw, scheme, choices, out)
            else:
                from scoring.scoring_run import score_folder

                scored = score_folder(folder, scheme, choices, out, jobs=jobs)
    tell_faults(folder.told(scored.faults), folder.what)
    for line in notice_lines(scored.notices):
        tell(line)
    absent = [name for name in scheme.departments if name not in folder.present]
    for line in unread_lines(folder.unread, [] if departments else absent):
        tell(line)
    if departments:
        tell("注意：只评了部分部门，ranking.json 中的名次只在这些部门之间排列")
    click.echo(f"已评分 {len(scored.results)} 个部门，未能评分 {len(scored.faults)} 个；结果在 {out}")
    return 1 if scored.faults else 0


def _folder(raw: Path, scheme: Any, departments: tuple[str, ...]) -> Any:
    """What there is to be scored; none, or not all that is wanted, is a wrong call."""
    from scoring.files import reason_of
    from scoring.folders import UnusableFolder, read_folder

    try:
        return read_folder(raw, scheme, departments)
    except UnusableFolder as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{raw} 读不出来（{reason_of(error)}）；请检查读取权限") from error


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Nobody else writes there meanwhile."""
    from scoring.batch.publish import NotWritable, held

    try:
        with held(out, "另一次运行"):
            yield
    except NotWritable as error:
        raise click.ClickException(str(error)) from error


def _score_on_cluster(scheduler: str, folder: Any, raw: Path, scheme: Any, choices: dict[str, str], out: Path) -> Any:
    """Score on the workers of a cluster, which see the same folders."""
    from scoring.batch.cluster import ClusterError, connected, shared_folders
    from scoring.scoring_run import score_folder

    try:
        with shared_folders(raw, out) as folders, connected(scheduler, scheme.year, tell, folders) as cluster:
            return score_folder(folder, scheme, choices, folders.out, cluster=cluster)
    except ClusterError as error:
        raise click.ClickException(str(error)) from error
