"""The command years."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.clickzh import ChineseCommand
from scoring.commands.options import LIST, OUTPUT, PATH, or_tell, refuse_long_temporary_folder, told_as


@click.command(cls=ChineseCommand)
@click.argument("kept", metavar="年度...", nargs=-1, required=True, type=PATH)
@click.option("--out", default=OUTPUT, metavar="输出文件夹", type=PATH, help="报告写在这里；默认 data/output")
@click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="年度:名称=选项",
    help="某一年度一处条款的解读，如 2018:news-bonus=open，可重复；默认用第一种，归档用它自己的",
)
@LIST
def years(kept: tuple[Path, ...], out: Path, readings: tuple[str, ...], listed: Path | None) -> int:
    """对比两个以上年度，分清得分的变化是表现、规则还是解读所致；每个年度给出佐证文件夹（如 data/raw/2017）或归档。"""
    from scoring.batch.publish import NotWritable
    from scoring.batch.yearly import make_years
    from scoring.comparison import NotComparable
    from scoring.readings import UnknownReading, parse_choices_by_year

    refuse_long_temporary_folder()
    with (
        told_as(click.ClickException, NotWritable),
        told_as(click.UsageError, NotComparable, UnknownReading),
        or_tell("对比没有完成"),
    ):
        made = make_years(kept, out, parse_choices_by_year(readings), listed)
    if made.problem:
        raise click.ClickException(made.problem)
    click.echo(f"已生成{made.name}：{'、'.join(made.files)}；在 {out}")
    return 0
