"""The commands by which departments are told, heard and answered: notice, receive and reply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from scoring.base.errors import ForAnalysts
from scoring.base.files import writing
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH

RAW = click.option(
    "--raw", default=options.RAW, metavar="佐证文件夹", type=PATH, help="其下每个年度一个文件夹；默认 data/raw"
)
ON = click.option(
    "--on",
    metavar="日期",
    type=options.DATE,
    default=lambda: f"{dt.datetime.now().astimezone():%Y-%m-%d}",
    help="哪一天发出或收到，如 2017-04-06；默认为今天",
)


@click.command(cls=ChineseCommand)
@click.argument("departments", metavar="[部门]...", nargs=-1)
@click.option("--by", metavar="经办人", help="由谁发出，可以是科室；写明即正式发出，不写只生成草稿")
@ON
@RAW
@click.option("--out", metavar="输出文件夹", type=PATH, help="通知书写到其下该部门的文件夹；默认 data/output/年度")
@options.READINGS
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def notice(
    departments: tuple[str, ...],
    by: str | None,
    on: dt.datetime,
    raw: Path,
    out: Path | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """生成整改通知书：网页、PDF 和可编辑的文档，不超过两页；不写部门即所有部门。

    写明 --by 即正式发出：只列尚未通知的问题，编号，定期限，附反馈表，记入案卷的《整改台账》。不写则为草稿。
    """
    from scoring.evidence import by_department

    scheme = options.scheme_of(year, named, listed)
    results = out or options.results_of(scheme)
    workbooks = options.workbooks_of(raw / str(scheme.year), departments, scheme)
    if by is None:
        return _drafts(workbooks, scheme, options.choices_of(scheme, readings), results)
    chosen = options.chosen_of(scheme, readings)
    return max(_issued(name, raw, scheme, chosen, on.date(), by, results) for name in by_department(workbooks, scheme))


def _drafts(workbooks: list[Path], scheme: Any, choices: Any, results: Path) -> int:
    from scoring.engine.assessment import assess
    from scoring.report.notice import notice_of, remove_notice, write_notice

    assessment = assess(workbooks, scheme, choices)
    for department in assessment.faults:
        with writing(f"原有的通知书已失效，但撤不下 {results / department}"):
            remove_notice(department, scheme.year, results / department)
    for card in assessment.scorecards:
        folder = results / card.department
        with writing(f"通知书写不进 {folder}"):
            made = write_notice(notice_of(card), folder)
        click.echo(f"已生成{card.department}的整改通知书：{'、'.join(path.name for path in made)}；在 {folder}")
    options.print_faults(assessment.faults)
    return 1 if assessment.faults else 0


def _issued(
    department: str, raw: Path, scheme: Any, readings: dict[str, str], on: dt.date, by: str, results: Path
) -> int:
    from scoring.hearing.issue import issue
    from scoring.review.audit import Audit

    with _reported(department) as done, writing(f"{department}的通知书写不进 {results}"):
        audit = Audit.by(scheme, department, raw, readings)
        issued = issue(audit, on, by, results)
        done.append(0)
        if issued is None:
            click.echo(f"{department}：没有尚未通知的问题，没有发出通知")
        else:
            files = "、".join(path.name for path in issued.files)
            click.echo(
                f"已发出{department}的整改通知书 {issued.number}，{issued.findings} 项，已记入案卷："
                f"{files}；在 {issued.files[0].parent}"
            )
    return 0 if done else 1


@click.command(cls=ChineseCommand)
@click.argument("folder", metavar="文件夹", type=PATH)
@ON
@RAW
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def receive(folder: Path, on: dt.datetime, raw: Path, listed: Path | None, year: int | None, named: str) -> int:
    """收下部门报回的反馈表：核对是哪个部门、哪份通知，记入案卷的《整改台账》；收过的不再记。

    反馈表（.xlsx、.xls、.et）和它的附件放在同一个文件夹。退出码：0 都已收下；1 有的没有收下；2 命令用法有误。
    """
    from scoring.hearing.receive import forms_in
    from scoring.hearing.receive import receive as take

    if not folder.is_dir():
        raise click.UsageError(f"没有文件夹 {folder}")
    with options.reading(folder):
        paths = forms_in(folder)
    if not paths:
        raise click.UsageError(f"{folder} 中没有反馈表（.xlsx、.xls、.et）")
    scheme, codes = options.scheme_of(year, named, listed), []
    for path in paths:
        with _reported(path.name) as done:
            received = take(path, raw, scheme, on.date())
            done.append(0)
            late = f"，其中 {received.late} 项逾期" if received.late else ""
            click.echo(f"{path.name}：{received.department}，{received.notice}，登记 {received.steps} 项{late}")
            for remark in received.remarks:
                click.echo(f"  注意：{remark}")
        codes.append(0 if done else 1)
    return max(codes)


@click.command(cls=ChineseCommand)
@click.argument("departments", metavar="[部门]...", nargs=-1)
@click.option("--by", metavar="经办人", required=True, help="由谁告知，可以是科室")
@ON
@RAW
@click.option("--out", metavar="输出文件夹", type=PATH, help="告知书写到其下该部门的文件夹；默认 data/output/年度")
@options.READINGS
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def reply(
    departments: tuple[str, ...],
    by: str,
    on: dt.datetime,
    raw: Path,
    out: Path | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """告知申诉的复核结果：写出复核结果告知书（网页、PDF 和可编辑的文档），记入案卷；不写部门即所有部门。

    只告知已经复核、尚未告知的申诉。退出码：0 全部完成，或没有要告知的；1 有的没有告知；2 命令用法有误。
    """
    from scoring.engine.assessment import assess

    scheme = options.scheme_of(year, named, listed)
    folder, results = raw / str(scheme.year), out or options.results_of(scheme)
    options.workbooks_of(folder, departments, scheme)  # A department without a workbook is a usage error.
    assessment = assess(options.workbooks_of(folder, (), scheme), scheme, options.choices_of(scheme, readings))
    faults = {name: found for name, found in assessment.faults.items() if not departments or name in departments}
    options.print_faults(faults)
    chosen = options.chosen_of(scheme, readings)
    heard = [
        card.department
        for card in assessment.scorecards
        if card.department in (departments or scheme.positions) and any(x.unanswered for x in card.follow_ups.values())
    ]
    codes = [_answered(name, raw, assessment, chosen, on.date(), by, results) for name in heard]
    if not codes:
        click.echo("没有尚未告知的申诉，没有生成告知书")
    return max([*codes, 1 if faults else 0])


def _answered(
    department: str, raw: Path, assessment: Any, readings: dict[str, str], on: dt.date, by: str, results: Path
) -> int:
    from scoring.hearing.answer import answer
    from scoring.review.audit import Audit

    with _reported(department) as done, writing(f"{department}的告知书写不进 {results}"):
        audit = Audit.by(assessment.scheme, department, raw, readings)
        others = [card.result for card in assessment.scorecards if card.department != department]
        made = answer(audit, on, by, others, results, official=assessment.official)
        done.append(0)
        if made.files:
            files = "、".join(path.name for path in made.files)
            click.echo(
                f"已生成{department}的复核结果告知书 {made.number}，{made.findings} 项，已记入案卷："
                f"{files}；在 {made.files[0].parent}"
            )
        else:
            click.echo(f"{department}：没有已复核而未告知的申诉，没有生成告知书")
        if made.waiting:
            click.echo(f"  注意：还有 {len(made.waiting)} 项申诉待复核：{'、'.join(made.waiting)}")
        if made.gone:
            click.echo(f"  注意：有 {len(made.gone)} 项申诉所指的发现已不在佐证中：{'、'.join(made.gone)}；请核对佐证")
    return 0 if done else 1


@contextmanager
def _reported(name: str) -> Iterator[list[int]]:
    """What an analyst has to know is printed, and the next one goes on; the list stays empty then."""
    from scoring.review.audit import Refused

    done: list[int] = []
    try:
        yield done
    except (ForAnalysts, Refused) as error:
        options.warn(f"{name}：{error}")
