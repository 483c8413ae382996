"""The command years."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import LIST, OUTPUT, PATH, or_tell, refuse_long_temporary_folder, told_as


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
@click.option(
    "--scheme",
    "schemes",
    multiple=True,
    metavar="年度:方案",
    help="某一年度的考核方案，名称或所在文件夹，可重复；默认为该年度施行的方案，归档用它自己的",
)
@LIST
def years(
    kept: tuple[Path, ...], out: Path, readings: tuple[str, ...], schemes: tuple[str, ...], listed: Path | None
) -> int:
    """对比两个以上年度，分清得分的变化是表现、规则还是解读所致；每个年度给出佐证文件夹（如 data/raw/2017）或归档。"""
    from scoring.archive.years_report import make_years
    from scoring.batch.publish import NotWritable
    from scoring.comparison import NotComparable
    from scoring.scheme.readings import UnknownReading, parse_choices_by_year

    refuse_long_temporary_folder()
    with (
        told_as(click.ClickException, NotWritable),
        told_as(click.UsageError, NotComparable, UnknownReading),
        or_tell("对比没有完成"),
    ):
        made = make_years(kept, out, parse_choices_by_year(readings), listed, _by_year(schemes))
    if made.problem:
        raise click.ClickException(made.problem)
    click.echo(f"已生成{made.name}：{'、'.join(made.files)}；在 {out}")
    return 0


def _by_year(words: tuple[str, ...]) -> dict[str, str]:
    """Year to scheme; a folder as a whole path, since the report is made elsewhere."""
    chosen = {}
    for word in words:
        year, colon, named = word.partition(":")
        if not (colon and named and year.strip().isdigit()):
            raise click.UsageError(f"“{word}”应写成 年度:方案，如 2018:leiyang_2017")
        chosen[year.strip()] = str(Path(named).resolve()) if Path(named).is_dir() else named
    return chosen
