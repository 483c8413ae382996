"""The commands that make workbooks: new, for evidence to come, and sample."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.clickzh import ChineseCommand
from scoring.commands.options import LIST, PATH, RAW, YEAR_OPTION, or_tell, scheme_of, told_as

_OUT = click.option("--out", default=RAW, metavar="文件夹", type=PATH, help="写到该文件夹下的年度文件夹；默认 data/raw")


@click.command(cls=ChineseCommand)
@click.argument("department", metavar="部门")
@_OUT
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
    with told_as(click.UsageError, ValueError):
        content = for_department(scheme, department)
    path = out / str(year) / f"{department}.xlsx"
    with or_tell(f"工作簿写不进 {path}"):
        try:
            write_new(path, content)
        except FileExistsError as error:
            raise click.ClickException(f"已有 {path}，没有覆盖；如要重新填写，请先把它移走或改名") from error
    click.echo(f"已生成 {path}；请用 Excel 或 WPS 打开，先看《填写说明》")
    return 0


@click.command(cls=ChineseCommand)
@_OUT
@YEAR_OPTION
def sample(out: Path, year: int) -> int:
    """生成九个部门的示例佐证工作簿（虚构数据，均标明“示例”）；已有的文件不覆盖。"""
    from scoring.sample import write_samples

    scheme, folder = scheme_of(year), out / str(year)
    absent = [name for name in scheme.departments if not (folder / f"{name}.xlsx").exists()]
    with told_as(click.UsageError, ValueError), or_tell(f"示例工作簿写不进 {folder}"):
        written = write_samples(folder, year, absent) if absent else []
    click.echo(
        f"已生成 {len(written)} 个示例工作簿，保留已有的 {len(scheme.departments) - len(absent)} 个；在 {folder}"
    )
    return 0
