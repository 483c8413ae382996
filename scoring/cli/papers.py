"""The commands that make or open a single paper: outlook, scheme, years and extract."""

from __future__ import annotations

import datetime as dt
import gc
from pathlib import Path

import click

from scoring.base.files import write_bytes, writing
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import DATE, PATH


@click.command(cls=ChineseCommand)
@options.FOLDER
@options.DEPARTMENTS
@click.option("--on", metavar="日期", type=DATE, help="从哪一天看，如 2017-10-16，此后的佐证不看；默认今天")
@click.option("--out", metavar="输出文件夹", type=PATH, help="预警写在这里；默认 data/output/年度")
@options.READINGS
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def outlook(
    raw: Path,
    departments: tuple[str, ...],
    on: dt.datetime | None,
    out: Path | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """预警尚未到期的事项：哪一天以前不办理就会扣分或触发否决；写出各部门和全市的网页、PDF 和日历文件。"""
    scheme = options.scheme_of(options.year_of(raw, year), named, listed)
    chosen, day = options.choices_of(scheme, readings), (on or dt.datetime.now().astimezone()).date()
    if day.year != scheme.year:
        raise click.UsageError(
            f"{'--on' if on else '今天'} {day} 不在考核年度内；请用 --on 给出 {scheme.year} 年内的一天"
        )
    import pandas as pd

    from scoring.engine.outlook import outlooks
    from scoring.engine.ranking import samples_apart
    from scoring.evidence import load_evidence
    from scoring.report.outlook import city_outlook, department_outlook
    from scoring.report.view import words

    loaded = load_evidence(options.workbooks_of(raw, departments, scheme), scheme)
    found, faults = outlooks(loaded.evidence, pd.Timestamp(day), chosen)
    options.print_faults(loaded.faults | faults)
    made = {ahead.department: department_outlook(ahead) for ahead in found}
    if not departments:
        together, samples = samples_apart(found, official=loaded.official)
        left_out = words.left_out(loaded.faults | faults, [one.department for one in samples])
        made[""] = city_outlook(together, scheme, pd.Timestamp(day), left_out)
    folder = out or options.results_of(scheme)
    with writing(f"预警写不进 {folder}"):
        for department, files in made.items():
            for name, content in files.items():
                write_bytes(folder / department / name, content)
    city = "" if departments else "和全市"
    click.echo(f"已生成 {len(found)} 个部门{city}的期限预警（自 {day} 起）；在 {folder}")
    return 1 if loaded.faults or faults else 0


@click.command(cls=ChineseCommand)
@click.argument("named", metavar="[方案]", default="")
@click.option("--out", default=options.OUTPUT, metavar="输出文件夹", type=PATH, help="说明写到这里；默认 data/output")
@options.YEAR_OPTION
def scheme(named: str, out: Path, year: int | None) -> int:
    """说明并检查一个考核方案：写出方案说明的网页和 PDF；方案为名称或文件夹，默认为现行方案。"""
    gc.disable()  # The collector would scan hundreds of thousands of generated cells, all of which live until the end.
    from scoring.explained.page import explained

    found = options.scheme_of(year, named)
    page, paper = explained(found)
    name = f"方案说明-{found.folder.name}"
    with writing(f"方案说明写不进 {out}"):
        write_bytes(out / f"{name}.html", page)
        write_bytes(out / f"{name}.pdf", paper)
    click.echo(f"已生成方案 {found.folder.name} 的说明：{name}.html、{name}.pdf；在 {out}")
    return 0


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
    """对比两个以上年度，分清得分的变化是表现、规则还是解读所致；每个年度给出佐证文件夹（如 data/raw/2017）或归档。

    退出码：0 已生成；1 没有生成，或有部门的工作簿有差错、未评分；2 命令用法有误。
    """
    from scoring.archive.years_report import make_years, unscored_in
    from scoring.scheme.readings import parse_choices_by_year

    options.refuse_long_temporary_folder()
    with writing("对比没有完成"):
        made = make_years(kept, out, parse_choices_by_year(readings), listed, _by_year(schemes))
    if made.problem:
        raise click.ClickException(made.problem)
    unscored = unscored_in(made)
    for line in unscored:
        options.warn(line)
    click.echo(f"已生成{made.name}：{'、'.join(made.files)}；在 {out}")
    return 1 if unscored else 0


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


@click.command(cls=ChineseCommand)
@click.argument("pdf", metavar="PDF文件", type=PATH)
@click.option(
    "--to", "folder", metavar="文件夹", type=PATH, help="取出到该文件夹；默认为当前文件夹下与 PDF 同名的文件夹"
)
def extract(pdf: Path, folder: Path | None) -> int:
    """取出部门评分报告（PDF）内附的佐证工作簿和评分结果，与附入时逐字节相同；已有的文件不覆盖。"""
    from scoring.report.render.attachments import take_out

    if not pdf.is_file():
        raise click.UsageError(f"没有文件 {pdf}")
    to = folder or Path(pdf.stem)
    names = take_out(pdf, to)
    click.echo(f"已取出 {len(names)} 个附件：{'、'.join(names)}；在 {to}")
    return 0
