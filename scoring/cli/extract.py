"""The command extract."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@click.argument("pdf", metavar="PDF文件", type=PATH)
@click.option(
    "--to", "folder", metavar="文件夹", type=PATH, help="取出到该文件夹；默认为当前文件夹下与 PDF 同名的文件夹"
)
def extract(pdf: Path, folder: Path | None) -> int:
    """取出部门评分报告（PDF）内附的佐证工作簿和评分结果，与附入时逐字节相同；已有的文件不覆盖。"""
    from scoring.report.render.attachments import NotExtracted, take_out

    if not pdf.is_file():
        raise click.UsageError(f"没有文件 {pdf}")
    to = folder or Path(pdf.stem)
    with options.errors_as(click.ClickException, NotExtracted):
        names = take_out(pdf, to)
    click.echo(f"已取出 {len(names)} 个附件：{'、'.join(names)}；在 {to}")
    return 0
