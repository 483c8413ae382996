"""The command line: check, score, report, sample. What it prints is Chinese; exit codes are for scripts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from scoring.clickzh import ChineseGroup, ChineseOption, run

RAW, OUTPUT, YEAR = Path("data/raw"), Path("data/output"), 2017


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line."""
    run(cli, args)


@click.group(cls=ChineseGroup)
def cli() -> None:
    """政府网站考核工作簿：由佐证材料计算得分，生成评分报告。

    退出码：0 全部完成；1 有工作簿未能评分，或有报告未能生成；2 命令用法有误。
    """


def _selection(function: Any) -> Any:
    """The arguments that choose workbooks, shared by the commands."""
    function = click.option("--department", "departments", multiple=True, metavar="部门", help="只处理该部门，可重复")(
        function
    )
    return click.argument("raw", metavar="佐证文件夹", type=click.Path(path_type=Path))(function)


_READINGS = click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="名称=选项",
    help="选择一处歧义条款的解读，可重复；默认用各条第一种解读",
)
_YEAR = click.option("--year", default=YEAR, metavar="年度", help="考核年度，默认 2017")


@cli.command()
@_selection
@_YEAR
def check(raw: Path, departments: tuple[str, ...], year: int) -> int:
    """检查佐证工作簿，列出全部差错，不评分。"""
    from scoring.evidence import load_evidence

    scheme = _scheme(year)
    loaded = load_evidence(_workbooks(raw, departments), scheme)
    for department, notices in loaded.evidence.notices.items():
        click.echo(f"{department}：没有差错")
        for notice in notices:
            click.echo(f"  提示：{notice}")
    _tell_faults(loaded.faults)
    return 1 if loaded.faults else 0


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
@_READINGS
@_YEAR
def score(raw: Path, departments: tuple[str, ...], out: Path, readings: tuple[str, ...], year: int) -> int:
    """对佐证文件夹中的每个工作簿评分，写出 scorecard.json 和 ranking.json。"""
    from scoring.assess import assess

    scheme = _scheme(year)
    assessment = assess(_workbooks(raw, departments), scheme, _choices(scheme, readings))
    _tell_faults(assessment.faults)
    _write(assessment, out)
    click.echo(f"已评分 {len(assessment.scorecards)} 个部门，未能评分 {len(assessment.faults)} 个；结果在 {out}")
    return 1 if assessment.faults else 0


@cli.command()
@_selection
@click.option(
    "--out", metavar="输出文件夹", type=click.Path(path_type=Path), help="报告写在这里；默认 data/output/年度"
)
@click.option("--jobs", default=os.cpu_count() or 1, metavar="个数", help="同时生成几份报告；默认为处理器核数")
@_READINGS
@_YEAR
def report(
    raw: Path, departments: tuple[str, ...], out: Path | None, jobs: int, readings: tuple[str, ...], year: int
) -> int:
    """评分，并为每个部门和全市生成笔记本、网页、PDF 和 Excel。"""
    from scoring.assess import assess
    from scoring.report.batch import make_reports

    scheme = _scheme(year)
    choices = _choices(scheme, readings)
    if raw.name != str(year):
        raise click.UsageError(f"佐证文件夹应以年度命名，如 data/raw/{year}")
    out = out or OUTPUT / str(year)
    chosen = [path.stem for path in _workbooks(raw, departments)]
    assessment = assess(_workbooks(raw, ()), scheme, choices)  # A rank is among all, also when one report is made.
    _tell_faults(assessment.faults)
    _write(assessment, out)
    outcome = make_reports(assessment, raw, out, jobs, _tell_progress, chosen if departments else None)
    for warning in outcome.warnings:
        click.echo(f"注意：{warning}", err=True)
    for name, problem in outcome.failures.items():
        click.echo(f"{name}：{problem}", err=True)
    failed = len(outcome.failures) + len(assessment.faults)
    where = f"在 {out}" if departments else f"打开 {out / 'index.html'} 查看"
    click.echo(f"已生成 {len(outcome.made)} 份报告，失败 {failed} 份；{where}")
    return 1 if outcome.failures or assessment.faults else 0


@cli.command()
@click.option(
    "--out",
    default=RAW,
    metavar="文件夹",
    type=click.Path(path_type=Path),
    help="写到该文件夹下的年度文件夹；默认 data/raw",
)
@_YEAR
def sample(out: Path, year: int) -> int:
    """生成九个部门的示例佐证工作簿（虚构数据，均标明“示例”）；已有的文件不覆盖。"""
    from scoring.sample import write_samples

    scheme, folder = _scheme(year), out / str(year)
    absent = [name for name in scheme.departments if not (folder / f"{name}.xlsx").exists()]
    written = write_samples(folder, year, absent) if absent else []
    click.echo(
        f"已生成 {len(written)} 个示例工作簿，保留已有的 {len(scheme.departments) - len(absent)} 个；在 {folder}"
    )
    return 0


def _tell_progress(name: str, outcome: Any, of: int) -> None:
    done = len(outcome.made) + len(outcome.failures)
    click.echo(f"[{done}/{of}] {name}{'（失败）' if name in outcome.failures else ''}")


def _write(assessment: Any, out: Path) -> None:
    try:
        write_scores(assessment, out)
    except OSError as error:
        raise click.ClickException(f"结果写不进 {out}（{error.strerror}）；请检查磁盘空间和写入权限") from error


def write_scores(assessment: Any, out: Path) -> None:
    """Write scorecards and ranking; a department that failed keeps no scorecard, not even an older one."""
    from scoring.files import write_json
    from scoring.scorecard import ranking_json

    for department in assessment.faults:
        (out / department / "scorecard.json").unlink(missing_ok=True)
    for card in assessment.scorecards:
        write_json(out / card.department / "scorecard.json", card.to_json())
    failed = {department: len(faults) for department, faults in assessment.faults.items()}
    write_json(out / "ranking.json", ranking_json(assessment.scheme.year, assessment.scorecards, failed))


def _scheme(year: int) -> Any:
    from scoring.scheme import SchemeError, load_scheme

    try:
        return load_scheme(year)
    except SchemeError as error:
        raise click.UsageError(str(error)) from error


def _choices(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    from scoring.readings import UnknownReading, choose, parse_choices

    try:
        return choose(scheme.readings, parse_choices(readings))
    except UnknownReading as error:
        raise click.UsageError(str(error)) from error


def _workbooks(raw: Path, departments: Sequence[str]) -> list[Path]:
    """The workbooks asked for; none, or a department without one, is a wrong call."""
    from scoring.evidence import workbooks_in

    if not raw.is_dir():
        raise click.UsageError(f"没有文件夹 {raw}")
    paths = workbooks_in(raw)
    if missing := sorted(set(departments) - {path.stem for path in paths}):
        raise click.UsageError(f"{raw} 中没有这些部门的工作簿：{'、'.join(missing)}")
    chosen = [path for path in paths if not departments or path.stem in departments]
    if not chosen:
        raise click.UsageError(f"{raw} 中没有 .xlsx 工作簿")
    return chosen


def _tell_faults(faults: Any) -> None:
    for department, found in faults.items():
        click.echo(f"{department}：工作簿有 {len(found)} 处差错，未评分", err=True)
        for fault in found:
            click.echo(f"  {fault}", err=True)
