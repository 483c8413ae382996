"""The command line: new, check, score, report, extract, sample. It prints Chinese; exit codes are for scripts."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from scoring.clickzh import ChineseGroup, ChineseOption, run
from scoring.commands.archive import archive, verify
from scoring.commands.options import (
    DEPARTMENTS,
    LIST,
    OUTPUT,
    RAW,
    READINGS,
    YEAR_OPTION,
    choices_of,
    chosen_of,
    scheme_of,
)

#: Bytes of the path of the folder for temporary files.
LONGEST_TEMPORARY = 66


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line."""
    run(cli, args)


@click.group(cls=ChineseGroup)
def cli() -> None:
    """政府网站考核工作簿：由佐证材料计算得分，生成评分报告。

    退出码：0 全部完成；1 有工作簿未能评分，或有报告未能生成、附件未能取出；2 命令用法有误。
    """


def _selection(function: Any) -> Any:
    """The arguments that choose workbooks, shared by the commands."""
    return click.argument("raw", metavar="佐证文件夹", type=click.Path(path_type=Path))(DEPARTMENTS(function))


_JOBS = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    metavar="个数",
    help="同时使用几个进程；默认为处理器核数",
)
_SCHEDULER = click.option(
    "--scheduler",
    metavar="地址",
    help="在 Dask 集群上运行，如 tcp://10.0.0.5:8786；需安装 distributed，用法见 docs/scale.md",
)


@cli.command()
@click.argument("raw", metavar="佐证文件夹或工作簿", type=click.Path(path_type=Path))
@DEPARTMENTS
@click.option(
    "--annotate",
    "copies",
    metavar="文件夹",
    type=click.Path(path_type=Path),
    help="把有差错的工作簿另存一份批注副本到该文件夹：差错单元格着色、加批注，并附检查结果表；原工作簿不动",
)
@click.option("--complete", is_flag=True, help="要求全部指标均已核查，否则退出码为 3")
@LIST
@YEAR_OPTION
def check(
    raw: Path, departments: tuple[str, ...], copies: Path | None, complete: bool, listed: Path | None, year: int  # noqa: FBT001
) -> int:
    """检查佐证工作簿：列出全部差错和核查进度，不评分，不改动工作簿。

    退出码：0 没有差错；1 有差错；2 命令用法有误；3 没有差错但尚未核查完（仅在使用 --complete 时）。
    """
    from scoring.checking import check_workbooks
    from scoring.checking.words import lines_of, summary_of

    scheme = scheme_of(year, listed)
    paths = _one_or_more(raw, departments)
    _refuse_evidence_folder(copies, paths)
    results = check_workbooks(paths, scheme)
    for checked in results:
        for line in lines_of(checked):
            click.echo(line)
        if copies and checked.faults:
            _annotate(checked, copies)
    click.echo(summary_of(results))
    if any(checked.faults for checked in results):
        return 1
    return 3 if complete and not all(checked.is_complete for checked in results) else 0


@cli.command()
@_selection
@click.option(
    "--out",
    cls=ChineseOption,
    required=True,
    metavar="输出文件夹",
    type=click.Path(path_type=Path),
    help="评分结果写在这里（必填）",
)
@_JOBS
@_SCHEDULER
@READINGS
@LIST
@YEAR_OPTION
def score(
    raw: Path,
    departments: tuple[str, ...],
    out: Path,
    jobs: int,
    scheduler: str | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int,
) -> int:
    """对佐证文件夹中的每个部门评分，写出 scorecard.json 和 ranking.json；佐证可以是工作簿，也可以是 Parquet 文件。"""
    from scoring import workers

    if jobs > 1 and not scheduler:
        workers.begin()  # They load while this process does.
    from scoring.folders import UnusableFolder, read_folder
    from scoring.scoring_run import score_folder

    scheme = scheme_of(year, listed)
    choices = choices_of(scheme, readings)
    try:
        folder = read_folder(raw.resolve() if scheduler else raw, scheme, departments)
        if scheduler:
            scored = _score_on_cluster(scheduler, folder, raw, scheme, choices, out)
        else:
            scored = score_folder(folder, scheme, choices, out, jobs=jobs)
    except UnusableFolder as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"结果写不进 {out}（{error.strerror}）；请检查磁盘空间和写入权限") from error
    _tell_faults(folder.told(scored.faults), folder.what)
    click.echo(f"已评分 {len(scored.results)} 个部门，未能评分 {len(scored.faults)} 个；结果在 {out}")
    return 1 if scored.faults else 0


def _score_on_cluster(scheduler: str, folder: Any, raw: Path, scheme: Any, choices: dict[str, str], out: Path) -> Any:
    """Score on the workers of a cluster, which see the same folders."""
    from scoring.batch.cluster import ClusterError, connected, shared_folders
    from scoring.scoring_run import score_folder

    try:
        with shared_folders(raw, out) as folders, connected(scheduler, scheme.year, _tell, folders) as cluster:
            return score_folder(folder, scheme, choices, folders.out, cluster=cluster)
    except ClusterError as error:
        raise click.ClickException(str(error)) from error


def _tell(what: str) -> None:
    click.echo(what, err=True)


@cli.command()
@_selection
@click.option(
    "--out", metavar="输出文件夹", type=click.Path(path_type=Path), help="报告写在这里；默认 data/output/年度"
)
@_JOBS
@click.option(
    "--time-limit",
    type=click.IntRange(min=1),
    default=600,
    metavar="秒数",
    help="一份报告最多用多少秒；默认 600",
)
@_SCHEDULER
@READINGS
@LIST
@YEAR_OPTION
def report(
    raw: Path,
    departments: tuple[str, ...],
    out: Path | None,
    jobs: int,
    time_limit: int,
    scheduler: str | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int,
) -> int:
    """评分，并为每个部门和全市生成笔记本、网页、PDF 和 Excel；没有改动的不重做。"""
    _refuse_long_temporary_folder()
    with _stoppable():
        from scoring.batch.crew import warm_up

        if not scheduler and raw.is_dir():
            warm_up()  # What makes the reports loads while this process does.
        from scoring.batch.plan import Run

        scheme = scheme_of(year, listed)
        run = Run(
            scheme,
            raw,
            out or OUTPUT / str(year),
            chosen_of(scheme, readings),
            departments=scheme.departments if listed else (),
            time_limit=time_limit,
            jobs=jobs,
        )
        _refuse_export(raw)
        _workbooks(raw, departments)
        with _runner(jobs, scheduler, year) as runner:
            outcome = _batch(run, runner, departments)
    return _tell_outcome(outcome, run.out, whole=not departments)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C, and a system without room for temporary files or processes, end a command with a line."""
    from scoring.batch.stopping import stops_once

    try:
        with stops_once():
            yield
    except OSError as error:
        from scoring.batch.publish import reason_of

        raise click.ClickException(f"无法运行：{reason_of(error)}；请检查存放临时文件的磁盘空间和写入权限") from error
    except KeyboardInterrupt:
        click.echo("已停止；已完成的报告都已保存，再运行一次即可接着做。", err=True)
        raise click.exceptions.Exit(130) from None


@contextmanager
def _runner(jobs: int, scheduler: str | None, year: int) -> Iterator[Any]:
    """Where reports are made: on this machine, or on the workers of a cluster."""
    from scoring.batch.cluster import ClusterError, connected
    from scoring.batch.runners import DaskRunner, LocalRunner

    if not scheduler:
        yield LocalRunner(jobs)
        return
    try:
        with connected(scheduler, year, _tell) as cluster:
            yield DaskRunner(cluster)
    except ClusterError as error:
        raise click.ClickException(str(error)) from error


def _refuse_export(raw: Path) -> None:
    """A report shows the rows of a workbook that its reader has; an export can only be scored."""
    from scoring.evidence.parquet import is_export

    if raw.is_dir() and is_export(raw):
        raise click.UsageError(f"{raw} 中是 Parquet 文件；report 只用于 .xlsx 工作簿，Parquet 文件请用 score 评分")


def _batch(run: Any, runner: Any, departments: Sequence[str]) -> Any:
    """Bring reports up to date; those of some departments, or all and the city's."""
    from scoring.batch.progress import progress
    from scoring.batch.publish import NotWritable, only_batch
    from scoring.batch.run import make_reports
    from scoring.folders import UnusableFolder

    try:
        with only_batch(run.out):
            return make_reports(run, _workbooks(run.raw, ()), runner, progress, departments or None)
    except (NotWritable, UnusableFolder) as error:
        raise click.ClickException(str(error)) from error


def _refuse_long_temporary_folder() -> None:
    """Processes talk through sockets there, whose paths may have 103 bytes, of which our own names need 37."""
    folder = tempfile.gettempdir()
    if sys.platform != "win32" and len(os.fsencode(folder)) > LONGEST_TEMPORARY:
        raise click.ClickException(
            f"存放临时文件的文件夹 {folder} 路径过长；"
            f"请把环境变量 TMPDIR 设为不超过 {LONGEST_TEMPORARY} 个字节的路径，如 /tmp"
        )


def _tell_outcome(outcome: Any, out: Path, *, whole: bool) -> int:
    """Say what became of a batch; returns its exit code."""
    _tell_faults(outcome.scores.faults)
    for warning in outcome.warnings:
        click.echo(f"注意：{warning}", err=True)
    for name, problem in outcome.failures.items():
        click.echo(f"{name}：{problem}", err=True)
    failed = len(outcome.failures) + len(outcome.scores.faults)
    untouched = f"，{len(outcome.untouched)} 份没有改动，未重做" if outcome.untouched else ""
    where = f"打开 {out / 'index.html'} 查看" if whole else f"在 {out}"
    click.echo(f"已生成 {len(outcome.made)} 份报告{untouched}，失败 {failed} 份；{where}")
    return 1 if failed else 0


cli.add_command(archive)
cli.add_command(verify)


@cli.command()
@click.argument("department", metavar="部门")
@click.option(
    "--raw",
    default=RAW,
    metavar="佐证文件夹",
    type=click.Path(path_type=Path),
    help="其下每个年度一个文件夹；默认 data/raw",
)
@click.option(
    "--out",
    metavar="输出文件夹",
    type=click.Path(path_type=Path),
    help="通知书写到其下该部门的文件夹；默认 data/output/年度",
)
@READINGS
@LIST
@YEAR_OPTION
def notice(
    department: str, raw: Path, out: Path | None, readings: tuple[str, ...], listed: Path | None, year: int
) -> int:
    """生成一个部门的整改通知书：网页、PDF 和可编辑的文档，不超过两页。"""
    from scoring.assessment import assess
    from scoring.report.fontface import MissingGlyph
    from scoring.report.notice import notice_of, remove_notice, write_notice

    scheme = scheme_of(year, listed)
    folder = (out or OUTPUT / str(year)) / department
    assessment = assess(_workbooks(raw / str(year), (department,)), scheme, choices_of(scheme, readings))
    try:
        if assessment.faults:
            remove_notice(department, year, folder)
            _tell_faults(assessment.faults)
            return 1
        made = write_notice(notice_of(assessment.scorecards[0]), folder)
    except MissingGlyph as missing:
        raise click.ClickException(str(missing)) from missing
    except OSError as error:
        raise click.ClickException(f"通知书写不进 {folder}（{error.strerror}）；请检查磁盘空间和写入权限") from error
    if made.warning:
        click.echo(f"注意：{made.warning}", err=True)
    click.echo(f"已生成{department}的整改通知书：{'、'.join(path.name for path in made.files)}；在 {folder}")
    return 0


@cli.command()
@click.argument("pdf", metavar="PDF文件", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "folder",
    metavar="文件夹",
    type=click.Path(path_type=Path),
    help="取出到该文件夹；默认为当前文件夹下与 PDF 同名的文件夹",
)
def extract(pdf: Path, folder: Path | None) -> int:
    """取出部门评分报告（PDF）内附的佐证工作簿和评分结果，与附入时逐字节相同；已有的文件不覆盖。"""
    from scoring.report.attachments import NotExtracted, take_out

    if not pdf.is_file():
        raise click.UsageError(f"没有文件 {pdf}")
    to = folder or Path(pdf.stem)
    try:
        names = take_out(pdf, to)
    except NotExtracted as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"已取出 {len(names)} 个附件：{'、'.join(names)}；在 {to}")
    return 0


@cli.command()
@click.option(
    "--out",
    default=RAW,
    metavar="文件夹",
    type=click.Path(path_type=Path),
    help="写到该文件夹下的年度文件夹；默认 data/raw",
)
@YEAR_OPTION
def sample(out: Path, year: int) -> int:
    """生成九个部门的示例佐证工作簿（虚构数据，均标明“示例”）；已有的文件不覆盖。"""
    from scoring.sample import write_samples

    scheme, folder = scheme_of(year), out / str(year)
    absent = [name for name in scheme.departments if not (folder / f"{name}.xlsx").exists()]
    written = write_samples(folder, year, absent) if absent else []
    click.echo(
        f"已生成 {len(written)} 个示例工作簿，保留已有的 {len(scheme.departments) - len(absent)} 个；在 {folder}"
    )
    return 0


@cli.command()
@click.argument("department", metavar="部门")
@click.option(
    "--out",
    default=RAW,
    metavar="文件夹",
    type=click.Path(path_type=Path),
    help="写到该文件夹下的年度文件夹；默认 data/raw",
)
@LIST
@YEAR_OPTION
def new(department: str, out: Path, listed: Path | None, year: int) -> int:
    """生成一个部门的空白佐证工作簿，部门、年度和各指标已填好；已有的工作簿不覆盖。"""
    from scoring.evidence.template import for_department
    from scoring.files import write_new
    from scoring.scheme import with_departments

    scheme = scheme_of(year, listed)
    if listed:
        if department not in scheme.places:
            raise click.UsageError(f"部门名单 {listed} 中没有“{department}”")
        scheme = with_departments(scheme, (department,))  # The workbook offers a list to choose from: of one.
    try:
        content = for_department(scheme, department)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    path = out / str(year) / f"{department}.xlsx"
    try:
        write_new(path, content)
    except FileExistsError as error:
        raise click.ClickException(f"已有 {path}，没有覆盖；如要重新填写，请先把它移走或改名") from error
    except OSError as error:
        raise click.ClickException(f"{path} 写不进去（{error.strerror}）；请检查磁盘空间和写入权限") from error
    click.echo(f"已生成 {path}；请用 Excel 或 WPS 打开，先看《填写说明》")
    return 0


@cli.command()
@click.argument("kept", metavar="年度...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    default=OUTPUT,
    metavar="输出文件夹",
    type=click.Path(path_type=Path),
    help="报告写在这里；默认 data/output",
)
@click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="年度:名称=选项",
    help="选择某一年度一处歧义条款的解读，如 2018:news-bonus=open，可重复；默认用各条第一种解读",
)
def years(kept: tuple[Path, ...], out: Path, readings: tuple[str, ...]) -> int:
    """对比两个以上年度，分清得分的变化是表现、规则还是解读所致；每个年度给出佐证文件夹（如 data/raw/2017）或归档。"""
    from scoring.batch.yearly import make_years
    from scoring.comparison import NotComparable
    from scoring.readings import UnknownReading, parse_choices_by_year

    try:
        made = make_years(kept, out, parse_choices_by_year(readings))
    except (NotComparable, UnknownReading) as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"报告写不进 {out}（{error.strerror}）；请检查磁盘空间和写入权限") from error
    if made.problem:
        raise click.ClickException(made.problem)
    if made.warning:
        click.echo(f"注意：{made.warning}", err=True)
    click.echo(f"已生成{made.name}：{'、'.join(made.files)}；在 {out}")
    return 0


def _workbooks(raw: Path, departments: Sequence[str]) -> list[Path]:
    """The workbooks asked for; none, or a department without one, is a wrong call."""
    from scoring.evidence import workbooks_in
    from scoring.folders import UnusableFolder, refuse_garbled

    if not raw.is_dir():
        raise click.UsageError(f"没有文件夹 {raw}")
    paths = workbooks_in(raw)
    try:
        refuse_garbled(paths)
    except UnusableFolder as error:
        raise click.UsageError(str(error)) from error
    if missing := sorted(set(departments) - {path.stem for path in paths}):
        raise click.UsageError(f"{raw} 中没有这些部门的工作簿：{'、'.join(missing)}")
    chosen = [path for path in paths if not departments or path.stem in departments]
    if not chosen:
        raise click.UsageError(f"{raw} 中没有 .xlsx 工作簿")
    return chosen


def _one_or_more(raw: Path, departments: Sequence[str]) -> list[Path]:
    """The one workbook asked for, or those of a folder."""
    if not raw.exists():
        raise click.UsageError(f"没有文件夹或工作簿 {raw}")
    if raw.is_dir():
        return _workbooks(raw, departments)
    if departments:
        raise click.UsageError("--department 只用于文件夹；检查单个工作簿时请去掉")
    return [raw]


def _refuse_evidence_folder(copies: Path | None, workbooks: Sequence[Path]) -> None:
    """An annotated copy beside the evidence would be read as evidence."""
    if copies is None or not copies.exists():
        return
    if not copies.is_dir():
        raise click.UsageError(f"{copies} 不是文件夹")
    if any(copies.samefile(path.parent) for path in workbooks):
        raise click.UsageError("批注副本不能写进佐证文件夹；请另选一个文件夹")


def _annotate(checked: Any, copies: Path) -> None:
    from scoring.checking.annotate import annotate
    from scoring.evidence.package import UnreadableWorkbook

    if checked.completeness is None:
        click.echo("  无法读取，没有批注副本")
        return
    try:
        click.echo(f"  批注副本：{annotate(checked.path, checked.faults, copies)}")
    except UnreadableWorkbook as error:
        click.echo(f"  没有批注副本：{error}")
    except OSError as error:
        raise click.ClickException(f"批注副本写不进 {copies}（{error.strerror}）；请检查磁盘空间和写入权限") from error


def _tell_faults(faults: Any, what: str = "工作簿") -> None:
    for department, found in faults.items():
        click.echo(f"{department}：{what}有 {len(found)} 处差错，未评分", err=True)
        for fault in found:
            click.echo(f"  {fault}", err=True)
