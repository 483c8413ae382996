"""The commands score and report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from scoring.base.files import reason_of, writing
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@options.FOLDER
@options.DEPARTMENTS
@click.option("--out", required=True, metavar="输出文件夹", type=PATH, help="评分结果写在这里")
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
        from scoring.batch.publish import locked
        from scoring.batch.score import score_folder
        from scoring.batch.workers.cluster import connected
        from scoring.evidence.folders import read_folder

        with options.reading(raw):
            folder = read_folder(raw, scheme, departments)
        workers = connected(scheduler, scheme, options.warn, (raw, out)) if scheduler else nullcontext()
        with writing(f"结果写不进 {out}"), locked(out, "另一次运行"), workers as cluster:
            scored = score_folder(folder, scheme, choices, out.resolve(), jobs=jobs, cluster=cluster)
    options.print_faults(folder.reported(scored.faults), folder.what)
    absent = [name for name in scheme.departments if name not in folder.present]
    for line in (
        *options.notice_lines(scored.notices),
        *options.unread_lines(folder.unread, [] if departments else absent),
        *(["注意：只评了部分部门，ranking.json 中的名次只在这些部门之间排列"] if departments else []),
    ):
        options.warn(line)
    click.echo(f"已评分 {len(scored.results)} 个部门，未能评分 {len(scored.faults)} 个；结果在 {out}")
    return 1 if scored.faults else 0


@click.command(cls=ChineseCommand)
@options.FOLDER
@options.DEPARTMENTS
@click.option("--out", metavar="输出文件夹", type=PATH, help="报告写在这里；默认 data/output/年度")
@options.JOBS
@click.option(
    "--time-limit",
    type=click.IntRange(1, 86400),
    default=600,
    metavar="秒数",
    help="一份报告最多用多少秒（全市汇总至少按每个部门 1 秒计）；默认 600",
)
@click.option("--without-evidence", is_flag=True, help="报告供外人看：不附佐证工作簿，不列佐证行的内容")
@options.SCHEDULER
@options.READINGS
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def report(
    raw: Path,
    departments: tuple[str, ...],
    out: Path | None,
    jobs: int,
    time_limit: int,
    without_evidence: bool,  # noqa: FBT001
    scheduler: str | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """评分，并为每个部门和全市生成笔记本、网页、PDF 和 Excel；没有改动的不重做。"""
    options.refuse_long_temporary_folder()
    with options.interruptible("已停止；已完成的报告都已保存，再运行一次即可接着做。"), _with_room():
        from scoring.batch.workers import processes

        if not scheduler and raw.is_dir():
            processes.start_server("scoring.batch.workers.preload")  # It loads while this process does.
        scheme = options.scheme_of(options.year_of(raw, year), named, listed)
        chosen = options.chosen_of(scheme, readings)
        from scoring.batch.plan import Run
        from scoring.batch.progress import shown_progress
        from scoring.batch.publish import only_batch
        from scoring.batch.run import make_reports
        from scoring.evidence.parquet.index import is_export

        if raw.is_dir() and is_export(raw, scheme):  # A report refers to rows of a workbook.
            raise click.UsageError(f"{raw} 中是 Parquet 文件；report 只用于 .xlsx 工作簿，Parquet 文件请用 score 评分")
        options.workbooks_of(raw, departments, scheme)
        replaced = scheme.departments if listed else ()
        results, evidence = out or options.results_of(scheme), not without_evidence
        run = Run(scheme, raw, results, chosen, replaced, time_limit, jobs, evidence)
        with _runner(jobs, scheduler, scheme) as runner, only_batch(run.out):
            outcome = make_reports(
                run, options.workbooks_of(raw, (), scheme), runner, shown_progress, departments or None
            )
    return _print_outcome(outcome, run, whole=not departments)


@contextmanager
def _with_room() -> Iterator[None]:
    """End with a message when there is no room for temporary files or processes."""
    try:
        yield
    except BrokenPipeError as error:
        raise click.ClickException("本命令的输出已无人读取，已停止；再运行一次即可接着做") from error
    except OSError as error:
        raise click.ClickException(f"无法运行：{reason_of(error)}；请检查存放临时文件的磁盘空间和写入权限") from error


@contextmanager
def _runner(jobs: int, scheduler: str | None, scheme: Any) -> Iterator[Any]:
    """Where reports are made: on this machine, or on the workers of a cluster."""
    from scoring.batch.workers.cluster import connected
    from scoring.batch.workers.runners import on_cluster, on_this_machine

    if not scheduler:
        yield on_this_machine(jobs)
        return
    with connected(scheduler, scheme, options.warn) as cluster:
        yield on_cluster(cluster)


def _print_outcome(outcome: Any, run: Any, *, whole: bool) -> int:
    """Print the result of a batch; returns the exit code."""
    from scoring.evidence.files import unread_in

    scores, index = outcome.scores, run.out / "index.html"
    options.print_faults(scores.faults)
    absent = [name for name in run.scheme.departments if name not in scores.keys]
    for line in (
        *options.unread_lines(unread_in(run.raw), absent if whole else []),
        *(f"注意：{each}" for each in outcome.warnings),
        *map("：".join, outcome.failures.items()),
    ):
        options.warn(line)
    failed = len(outcome.failures) + len(scores.faults)
    untouched = f"，{len(outcome.untouched)} 份没有改动，未重做" if outcome.untouched else ""
    where = f"打开 {index} 查看" if whole and index.exists() else f"在 {run.out}"
    click.echo(f"已生成 {len(outcome.made)} 份报告{untouched}，失败 {failed} 份；{where}")
    return 1 if failed else 0
