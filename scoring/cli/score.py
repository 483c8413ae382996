"""The command score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand, ChineseOption
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@options.FOLDER
@options.DEPARTMENTS
@click.option(
    "--out", cls=ChineseOption, required=True, metavar="输出文件夹", type=PATH, help="评分结果写在这里（必填）"
)
@options.JOBS
@options.SCHEDULER
@options.READINGS
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def score(
    raw: Path,
    departments: tuple[str, ...],
    out: Path,
    jobs: int,
    scheduler: str | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """对佐证文件夹中的每个部门评分，写出 scorecard.json 和 ranking.json；佐证可以是工作簿，也可以是 Parquet 文件。"""
    with options.interruptible("已停止；已写出的评分结果都是完整的，再运行一次即可评完。"):
        from scoring.batch.workers import processes

        if jobs > 1 and not scheduler:
            processes.start_server("scoring.batch.score")  # It loads while this process does.
        scheme = options.scheme_of(options.year_of(raw, year), named, listed)
        choices = options.choices_of(scheme, readings)
        with options.reading(raw):
            from scoring.evidence.folders import read_folder

            folder = read_folder(raw, scheme, departments)
        from scoring.batch.publish import NotWritable, locked

        with (
            options.writing(f"结果写不进 {out}"),
            options.errors_as(click.ClickException, NotWritable),
            locked(out, "另一次运行"),
        ):
            if scheduler:
                scored = _score_on_cluster(scheduler, folder, raw, scheme, choices, out)
            else:
                from scoring.batch.score import score_folder

                scored = score_folder(folder, scheme, choices, out, jobs=jobs)
    options.print_faults(folder.reported(scored.faults), folder.what)
    for line in options.notice_lines(scored.notices):
        options.warn(line)
    absent = [name for name in scheme.departments if name not in folder.present]
    for line in options.unread_lines(folder.unread, [] if departments else absent):
        options.warn(line)
    if departments:
        options.warn("注意：只评了部分部门，ranking.json 中的名次只在这些部门之间排列")
    click.echo(f"已评分 {len(scored.results)} 个部门，未能评分 {len(scored.faults)} 个；结果在 {out}")
    return 1 if scored.faults else 0


def _score_on_cluster(scheduler: str, folder: Any, raw: Path, scheme: Any, choices: dict[str, str], out: Path) -> Any:
    """Score on the workers of a cluster, which see the same folders."""
    from scoring.batch.score import score_folder
    from scoring.batch.workers.cluster import ClusterError, connected_by_folders

    with (
        options.errors_as(click.ClickException, ClusterError),
        connected_by_folders(scheduler, scheme, options.warn, raw, out) as cluster,
    ):
        return score_folder(folder, scheme, choices, out.resolve(), cluster=cluster)
