"""The commands for evidence workbooks before they are scored: new and check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from scoring.base.files import write_bytes, write_new, writing
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@click.argument("department", metavar="部门")
@click.option(
    "--out", default=options.RAW, metavar="文件夹", type=PATH, help="写到该文件夹下的年度文件夹；默认 data/raw"
)
@click.option("--part", default="", metavar="分册", help="生成佐证的一个分册，如 信箱，与 --sheets 同时使用")
@click.option("--sheets", multiple=True, metavar="工作表", help="分册中的工作表，用、或逗号隔开，可重复")
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def new(
    department: str, out: Path, part: str, sheets: tuple[str, ...], listed: Path | None, year: int | None, named: str
) -> int:
    """生成一个部门的空白佐证工作簿，部门、年度和各指标已填好；已有的工作簿不覆盖。

    佐证由几个人或几个系统提供的，可以另有分册，如 人社局.信箱.xlsx，其中只有所需的工作表。
    """
    from scoring.evidence.template import for_department
    from scoring.scheme import with_departments

    scheme = options.scheme_of(year, named, listed)
    if listed:
        if department not in scheme.positions:
            raise click.UsageError(f"部门名单 {listed} 中没有“{department}”")
        scheme = with_departments(scheme, (department,))  # The workbook's drop-down has just this one.
    if bool(part) != bool(sheets):
        raise click.UsageError("--part 与 --sheets 应同时使用，如 --part 信箱 --sheets 领导信箱")
    try:
        name, content = (
            _part(scheme, department, part, sheets)
            if part
            else (f"{department}.xlsx", for_department(scheme, department))
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    path = out / str(scheme.year) / name
    with writing(f"工作簿写不进 {path}"):
        try:
            write_new(path, content)
        except FileExistsError as error:
            raise click.ClickException(f"已有 {path}，没有覆盖；如要重新填写，请先把它移走或改名") from error
    click.echo(f"已生成 {path.resolve()}；请用 Excel 或 WPS 打开，先看《填写说明》")
    return 0


def _part(scheme: Any, department: str, part: str, sheets: Sequence[str]) -> tuple[str, bytes]:
    """File name and content of a new part."""
    from scoring.evidence import parts, template

    names = [name for each in sheets for name in re.split("[、,，]", each) if name.strip()]
    keys = [parts.sheet_of(name.strip(), scheme.rows_sheets).key for name in names]
    return parts.file_of(department, part), template.part(scheme, department, keys)


@click.command("import", cls=ChineseCommand)
@click.argument("path", metavar="导出文件", type=PATH)
@click.option("--department", required=True, metavar="部门", help="哪个部门的佐证")
@click.option("--sheet", "sheet_name", required=True, metavar="工作表", help="导入到哪张工作表，如 领导信箱")
@click.option("--part", required=True, metavar="分册", help="写入哪个分册，如 信箱，即 部门.信箱.xlsx；没有则新建")
@click.option("--from", "asked", default="", metavar="工作表", help="导出文件中的工作表；默认为最相符的一张")
@click.option("--out", "--raw", "out", default=options.RAW, metavar="文件夹", type=PATH, help="佐证所在；默认 data/raw")
@options.LIST
@options.YEAR_OPTION
@options.SCHEME
def import_export(
    path: Path,
    department: str,
    sheet_name: str,
    part: str,
    asked: str,
    out: Path,
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """把信箱、发布系统或监测系统导出的表格（Excel 工作簿或文本）导入佐证的一个分册。

    列的对应记在年度文件夹的“导入对照”文件中，可以手工补全。已有的行不重复导入；有一处不明白的，就什么也不导入。
    退出码：0 已导入，或没有新的内容；1 没有导入；2 命令用法有误。
    """
    from scoring.evidence.importing import import_file

    scheme = options.scheme_of(year, named, listed)
    for line in import_file(path, scheme, department, sheet_name, part, out / str(scheme.year), asked):
        click.echo(line)
    return 0


@click.command(cls=ChineseCommand)
@click.argument("raw", metavar="佐证文件夹或工作簿", type=PATH)
@options.DEPARTMENTS
@click.option(
    "--annotate",
    "copies",
    metavar="文件夹",
    type=PATH,
    help="把有差错的工作簿另存一份批注副本到该文件夹：差错单元格着色、加批注，并附检查结果表；原工作簿不动",
)
@click.option(
    "--page",
    metavar="网页",
    type=PATH,
    help="把核查情况写成一个网页文件：谁核查了什么、还缺什么、各部门的差错",
)
@click.option("--complete", is_flag=True, help="要求全部指标均已核查，否则退出码为 3")
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def check(
    raw: Path,
    departments: tuple[str, ...],
    copies: Path | None,
    page: Path | None,
    complete: bool,  # noqa: FBT001
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """检查佐证工作簿：列出全部差错，谁核查了什么，还缺什么；不评分，不改动工作簿。

    退出码：0 没有差错；1 有差错；2 命令用法有误；3 没有差错但尚未核查完（仅在使用 --complete 时）。
    """
    from scoring.checking import check_workbooks, lines_of, summary_of
    from scoring.checking.people import tables_of
    from scoring.evidence.files import unread_in

    scheme = options.scheme_of(options.year_of(raw, year), named, listed)
    paths = _one_or_more(raw, departments, scheme)
    _refuse_evidence_folder(copies, paths)
    if page and page.suffix.lower() != ".html":
        raise click.UsageError(f"--page 应为 .html 文件，如 核查情况.html，而不是 {page}")
    results = check_workbooks(paths, scheme)
    for checked in results:
        for line in lines_of(checked):
            click.echo(line)
        if copies and checked.faults:
            _annotate(checked, copies)
    for line in tables_of(results):
        click.echo(line)
    absent = []
    if raw.is_dir():
        present = {checked.department for checked in results}
        absent = [] if departments else [name for name in scheme.departments if name not in present]
        for line in options.unread_lines(unread_in(raw), absent):
            click.echo(line)
    if page:
        _write_page(page, results, scheme, absent)
    click.echo(summary_of(results))
    if any(checked.faults for checked in results):
        return 1
    return 3 if complete and not all(checked.is_complete for checked in results) else 0


def _one_or_more(raw: Path, departments: Sequence[str], scheme: Any) -> list[Path]:
    """The workbook given with the other files of its department, or the workbooks of a folder."""
    from scoring.evidence import by_department, workbooks_in

    if not raw.exists():
        raise click.UsageError(f"没有文件夹或工作簿 {raw}")
    if raw.is_dir():
        return options.workbooks_of(raw, departments, scheme)
    if departments:
        raise click.UsageError("--department 只用于文件夹；检查单个工作簿时请去掉")
    with options.reading(raw.parent):
        together = by_department(workbooks_in(raw.parent), scheme)
    return next((files for files in together.values() if raw in files), [raw])


def _refuse_evidence_folder(copies: Path | None, workbooks: Sequence[Path]) -> None:
    """An annotated copy beside the evidence would be read as evidence."""
    if copies is None or not copies.exists():
        return
    if not copies.is_dir():
        raise click.UsageError(f"{copies} 不是文件夹")
    if any(copies.samefile(path.parent) for path in workbooks):
        raise click.UsageError("批注副本不能写进佐证文件夹；请另选一个文件夹")


def _write_page(page: Path, results: Any, scheme: Any, absent: Sequence[str]) -> None:
    from scoring.checking.page import page_of

    with writing(f"核查情况写不进 {page}"):
        write_bytes(page, page_of(results, scheme, absent))
    click.echo(f"核查情况：{page}")


def _annotate(checked: Any, copies: Path) -> None:
    from scoring.checking.annotate import annotate
    from scoring.evidence.reading.xlsx import UnreadableWorkbook

    if checked.completeness is None:
        click.echo("  无法读取，没有批注副本")
        return
    for path in checked.files:
        faults = [fault for fault in checked.faults if fault.file == path.name]
        try:
            with writing(f"批注副本写不进 {copies}"):
                if faults or len(checked.files) == 1:
                    click.echo(f"  批注副本：{annotate(path, faults, copies)}")
        except UnreadableWorkbook as error:
            click.echo(f"  没有批注副本：{error}")
