"""The command notice."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@click.argument("department", metavar="部门")
@click.option(
    "--raw", default=options.RAW, metavar="佐证文件夹", type=PATH, help="其下每个年度一个文件夹；默认 data/raw"
)
@click.option("--out", metavar="输出文件夹", type=PATH, help="通知书写到其下该部门的文件夹；默认 data/output/年度")
@options.READINGS
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def notice(
    department: str,
    raw: Path,
    out: Path | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """生成一个部门的整改通知书：网页、PDF 和可编辑的文档，不超过两页。"""
    from scoring.engine.assessment import assess
    from scoring.report.notice import notice_of, remove_notice, write_notice

    scheme = options.scheme_of(year, named, listed)
    folder = (out or options.results_of(scheme)) / department
    workbooks = options.workbooks_of(raw / str(scheme.year), (department,))
    assessment = assess(workbooks, scheme, options.choices_of(scheme, readings))
    if assessment.faults:
        with options.writing(f"原有的通知书已失效，但撤不下 {folder}"):
            remove_notice(department, scheme.year, folder)
        options.print_faults(assessment.faults)
        return 1
    with options.writing(f"通知书写不进 {folder}"):
        made = write_notice(notice_of(assessment.scorecards[0]), folder)
    click.echo(f"已生成{department}的整改通知书：{'、'.join(path.name for path in made)}；在 {folder}")
    return 0
