"""The command circular."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from scoring.base.files import writing
from scoring.base.names import PAPERS
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import DATE, PATH


@click.command(cls=ChineseCommand)
@options.FOLDER
@click.option("--from", "first", required=True, metavar="日期", type=DATE, help="本期的第一天，如 2017-04-01")
@click.option("--to", "last", required=True, metavar="日期", type=DATE, help="本期的最后一天；此后的佐证和记录不看")
@click.option("--number", default="", metavar="期号", help="如 2017年第2期；默认按季度编号，不是整季度的留空待填")
@click.option("--on", "issued", metavar="日期", type=DATE, help="签发日期；默认留空待填")
@click.option("--out", metavar="输出文件夹", type=PATH, help="通报写到其下的“文书”；默认 data/output/年度")
@options.READINGS
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def circular(
    raw: Path,
    first: dt.datetime,
    last: dt.datetime,
    number: str,
    issued: dt.datetime | None,
    out: Path | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """生成季度通报：本期的检查、问题、整改和三项比率；网页、PDF、可编辑的文档和笔记本。

    退出码：0 已生成；1 没有生成，或有部门的佐证有差错、没有列入；2 命令用法有误。
    """
    options.refuse_long_temporary_folder()
    scheme = options.scheme_of(options.year_of(raw, year), named, listed)
    _refuse_period(first, last, issued, scheme.year)
    chosen, workbooks = options.chosen_of(scheme, readings), options.workbooks_of(raw, (), scheme)
    from scoring.batch.circular import make_circular

    folder = (out or options.results_of(scheme)) / PAPERS
    with writing(f"通报写不进 {folder}"):
        made = make_circular(
            workbooks,
            scheme,
            first.date(),
            last.date(),
            folder,
            readings=chosen,
            departments=scheme.departments if listed else (),
            number=number,
            issued=issued.date() if issued else None,
        )
    if made.problem:
        raise click.ClickException(made.problem)
    unscored = _unscored(made)
    for name, (fault,) in unscored.items():
        options.warn(f"{name}：佐证有差错，没有列入通报；第一处：{fault}")
    click.echo(f"已生成季度通报：{'、'.join(made.files)}；在 {folder}")
    return 1 if unscored else 0


def _refuse_period(first: dt.datetime, last: dt.datetime, issued: dt.datetime | None, year: int) -> None:
    for name, day in (("--from", first), ("--to", last)):
        if day.year != year:
            raise click.UsageError(f"{name} {day:%Y-%m-%d} 不在考核年度内；应为 {year} 年内的一天")
    if last < first:
        raise click.UsageError(f"--to {last:%Y-%m-%d} 早于 --from {first:%Y-%m-%d}；本期的最后一天不能早于第一天")
    if issued is not None and issued < last:
        raise click.UsageError(f"签发日期 --on {issued:%Y-%m-%d} 早于本期的最后一天 {last:%Y-%m-%d}")


def _unscored(made: Any) -> dict[str, list[str]]:
    """The departments that are not in it, each with its first fault, as its notebook says."""
    notebook = json.loads(next(content for name, content in made.files.items() if name.endswith(".ipynb")))
    unscored: dict[str, list[str]] = notebook["metadata"]["scorecard"]["unscored"]
    return unscored
