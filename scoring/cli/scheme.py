"""The command scheme."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@click.argument("named", metavar="[方案]", default="")
@click.option("--out", default=options.OUTPUT, metavar="输出文件夹", type=PATH, help="说明写到这里；默认 data/output")
@options.YEAR_OPTION
def scheme(named: str, out: Path, year: int | None) -> int:
    """说明并检查一个考核方案：写出方案说明的网页和 PDF；方案为名称或文件夹，默认为现行方案。"""
    gc.disable()  # Hundreds of thousands of made-up cells are looked through again and again, and end with the command.
    from scoring.base.files import write_bytes
    from scoring.base.names import scheme_files
    from scoring.explained.page import explained
    from scoring.scheme import SchemeError

    found = options.scheme_of(year, named)
    with options.errors_as(click.UsageError, SchemeError):
        page, paper = explained(found)
    names = scheme_files(found.folder.name)
    with options.writing(f"方案说明写不进 {out}"):
        write_bytes(out / names.html, page)
        write_bytes(out / names.pdf, paper)
    click.echo(f"已生成方案 {found.folder.name} 的说明：{names.html}、{names.pdf}；在 {out}")
    return 0
