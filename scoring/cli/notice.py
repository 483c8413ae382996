"""The command notice."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import (
    LIST,
    PATH,
    RAW,
    READINGS,
    SCHEME,
    YEAR_OPTION,
    choices_of,
    or_tell,
    results_of,
    scheme_of,
    tell_faults,
    workbooks_of,
)


@click.command(cls=ChineseCommand)
@click.argument("department", metavar="部门")
@click.option("--raw", default=RAW, metavar="佐证文件夹", type=PATH, help="其下每个年度一个文件夹；默认 data/raw")
@click.option("--out", metavar="输出文件夹", type=PATH, help="通知书写到其下该部门的文件夹；默认 data/output/年度")
@READINGS
@LIST
@YEAR_OPTION
@SCHEME
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

    scheme = scheme_of(year, named, listed)
    folder = (out or results_of(scheme)) / department
    assessment = assess(workbooks_of(raw / str(scheme.year), (department,)), scheme, choices_of(scheme, readings))
    if assessment.faults:
        with or_tell(f"原有的通知书已失效，但撤不下 {folder}"):
            remove_notice(department, scheme.year, folder)
        tell_faults(assessment.faults)
        return 1
    with or_tell(f"通知书写不进 {folder}"):
        made = write_notice(notice_of(assessment.scorecards[0]), folder)
    click.echo(f"已生成{department}的整改通知书：{'、'.join(path.name for path in made)}；在 {folder}")
    return 0
