"""The command new."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH

_OUT = click.option(
    "--out", default=options.RAW, metavar="文件夹", type=PATH, help="写到该文件夹下的年度文件夹；默认 data/raw"
)


@click.command(cls=ChineseCommand)
@click.argument("department", metavar="部门")
@_OUT
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def new(department: str, out: Path, listed: Path | None, year: int | None, named: str) -> int:
    """生成一个部门的空白佐证工作簿，部门、年度和各指标已填好；已有的工作簿不覆盖。"""
    from scoring.base.files import write_new
    from scoring.evidence.template import for_department
    from scoring.scheme import with_departments

    scheme = options.scheme_of(year, named, listed)
    if listed:
        if department not in scheme.places:
            raise click.UsageError(f"部门名单 {listed} 中没有“{department}”")
        scheme = with_departments(scheme, (department,))  # The workbook offers a list to choose from: of one.
    with options.errors_as(click.UsageError, ValueError):
        content = for_department(scheme, department)
    path = out / str(scheme.year) / f"{department}.xlsx"
    with options.writing(f"工作簿写不进 {path}"):
        try:
            write_new(path, content)
        except FileExistsError as error:
            raise click.ClickException(f"已有 {path}，没有覆盖；如要重新填写，请先把它移走或改名") from error
    click.echo(f"已生成 {path}；请用 Excel 或 WPS 打开，先看《填写说明》")
    return 0
