"""The command line, in Chinese."""

from __future__ import annotations

from typing import NoReturn

import click

from scoring.cli.archive import archive, verify
from scoring.cli.circular import circular
from scoring.cli.clickzh import ChineseGroup, run
from scoring.cli.evidence import check, import_export, new
from scoring.cli.hearing import notice, receive, reply
from scoring.cli.mend import mend
from scoring.cli.papers import extract, outlook, scheme, years
from scoring.cli.readings import readings
from scoring.cli.results import report, score


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line."""
    run(cli, args)


@click.group(cls=ChineseGroup)
def cli() -> None:
    """政府网站考核工作簿：由佐证材料计算得分，生成评分报告。

    退出码：0 全部完成；1 有工作簿未能评分，或有报告未能生成、附件未能取出；2 命令用法有误；130 被中断。
    """


COMMANDS = (
    new,
    import_export,
    check,
    score,
    readings,
    mend,
    report,
    notice,
    receive,
    reply,
    circular,
    outlook,
    archive,
    verify,
    extract,
    years,
    scheme,
)
for command in COMMANDS:
    cli.add_command(command)
