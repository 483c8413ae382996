"""The command years."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@click.argument("kept", metavar="年度...", nargs=-1, required=True, type=PATH)
@click.option("--out", default=options.OUTPUT, metavar="输出文件夹", type=PATH, help="报告写在这里；默认 data/output")
@click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="年度:名称=选项",
    help="某一年度一处条款的解读，如 2018:news-bonus=open，可重复；默认用第一种，归档用它自己的",
)
@click.option(
    "--scheme",
    "schemes",
    multiple=True,
    metavar="年度:方案",
    help="某一年度的考核方案，名称或所在文件夹，可重复；默认为该年度施行的方案，归档用它自己的",
)
@options.LIST
def years(
    kept: tuple[Path, ...], out: Path, readings: tuple[str, ...], schemes: tuple[str, ...], listed: Path | None
) -> int:
    """对比两个以上年度，分清得分的变化是表现、规则还是解读所致；每个年度给出佐证文件夹（如 data/raw/2017）或归档。"""
    from scoring.archive.years_report import make_years
    from scoring.batch.publish import NotWritable
    from scoring.comparison import NotComparable
    from scoring.scheme.readings import UnknownReading, parse_choices_by_year

    options.refuse_long_temporary_folder()
    with (
        options.errors_as(click.ClickException, NotWritable),
        options.errors_as(click.UsageError, NotComparable, UnknownReading),
        options.writing("对比没有完成"),
    ):
        made = make_years(kept, out, parse_choices_by_year(readings), listed, _by_year(schemes))
    if made.problem:
        raise click.ClickException(made.problem)
    click.echo(f"已生成{made.name}：{'、'.join(made.files)}；在 {out}")
    return 0


def _by_year(words: tuple[str, ...]) -> dict[str, str]:
    """Year to scheme."""
    chosen: dict[str, str] = {}
    for word in words:
        year, _, named = word.partition(":")
        if not (named and year.isdecimal()):
            raise click.UsageError(f"“{word}”应写成 年度:方案，如 2018:leiyang_2017")
        if year in chosen:
            raise click.UsageError(f"{year} 年指定了两个方案")
        chosen[year] = options.scheme_of(int(year), named).name  # Of a folder, its whole path.
    return chosen
