"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click

#: Bytes of the path of the folder for temporary files.
LONGEST_TEMPORARY = 64

#: So many notices are told.
MOST_NOTICES = 20
#: So many departments without a workbook are named.
MOST_ABSENT = 20

PATH = click.Path(path_type=Path)
RAW, OUTPUT = Path("data/raw"), Path("data/output")
#: Says something that is no result.
tell = partial(click.echo, err=True)
_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)


def _composed(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names as lists and files have them, without what cannot be seen around them."""
    from scoring.base.characters import visible

    return tuple(unicodedata.normalize("NFC", visible(name)) for name in names)


DEPARTMENTS = click.option(
    "--department", "departments", multiple=True, metavar="部门", callback=_composed, help="只处理该部门，可重复"
)
READINGS = click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="名称=选项",
    help="选择一处歧义条款的解读，可重复；默认用各条第一种解读",
)
YEAR_OPTION = click.option("--year", type=int, metavar="年度", help="考核年度；默认为方案施行的第一年")
YEAR_OF_FOLDER = click.option(
    "--year", type=int, metavar="年度", help="考核年度；默认与佐证文件夹同名，如 data/raw/2017，其余为方案施行的第一年"
)
SCHEME = click.option(
    "--scheme",
    "named",
    default="",
    metavar="方案",
    help="考核方案的名称，或方案所在的文件夹（其中的规则是程序，会被运行）；默认为该年度施行的方案",
)
LIST = click.option(
    "--departments",
    "listed",
    metavar="名单文件",
    type=PATH,
    help="部门名单：文本文件（编码同 Excel 的“CSV UTF-8”），每行一个部门；代替方案中的考核对象",
)
JOBS = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    metavar="个数",
    help="同时使用几个进程；默认为处理器核数",
)
SCHEDULER = click.option(
    "--scheduler",
    metavar="地址",
    help="在 Dask 集群上运行，如 tcp://10.0.0.5:8786；需安装 distributed，用法见 docs/scale.md",
)
FOLDER = click.argument("raw", metavar="佐证文件夹", type=PATH)


def year_of(raw: Path, year: int | None) -> int | None:
    """The year asked for, else the one that the folder of evidence is named after."""
    folder = raw.resolve()
    name = folder.name if folder.is_dir() else folder.parent.name
    return year or (int(name) if _YEAR.fullmatch(name) else None)


def scheme_of(year: int | None, named: str = "", listed: Path | None = None) -> Any:
    """The scheme of the year, for its own departments or those listed; none, or an unusable list, is a wrong call."""
    from scoring.scheme import SchemeError, known_schemes, load_scheme
    from scoring.scheme.departments import UnusableDepartments

    with told_as(click.UsageError, SchemeError, UnusableDepartments):
        scheme = load_scheme(year, named, listed)
        if scheme.name in known_schemes():
            return scheme  # The program's own are rehearsed by its tests.
        from scoring.engine.rehearsal import rehearsed

        return rehearsed(scheme)


def results_of(scheme: Any) -> Path:
    """Where results lie when nothing else is said: a folder a year, and beside it those by another scheme."""
    from scoring.scheme import SchemeError, load_scheme

    try:
        in_force = load_scheme(scheme.year).name
    except SchemeError:
        in_force = scheme.name
    return OUTPUT / (str(scheme.year) if scheme.name == in_force else f"{scheme.year}-{scheme.folder.name}")


def chosen_of(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    """The readings that are not read by default; the others need no mention."""
    choices = choices_of(scheme, readings)
    return {key: option for key, option in choices.items() if option != scheme.readings[key].default}


def choices_of(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    """Every reading as chosen; one that the scheme does not have is a wrong call."""
    from scoring.scheme.readings import UnknownReading, choose, parse_choices

    with told_as(click.UsageError, UnknownReading):
        return choose(scheme.readings, parse_choices(readings))


def workbooks_of(raw: Path, departments: Sequence[str]) -> list[Path]:
    """The workbooks asked for; none, or a department without one, is a wrong call."""
    from scoring.evidence import department_of, workbooks_in
    from scoring.evidence.files import unread_in
    from scoring.evidence.folders import refuse_garbled, refuse_missing

    if not raw.is_dir():
        raise click.UsageError(f"没有文件夹 {raw}")
    with readable(raw):
        paths = workbooks_in(raw)
        refuse_garbled(paths)
        refuse_missing(raw, [department_of(path) for path in paths], departments, "工作簿")
    chosen = [path for path in paths if not departments or department_of(path) in departments]
    if not chosen:
        raise click.UsageError("；".join([f"{raw} 中没有 .xlsx 工作簿", *unread_in(raw)]))
    return chosen


@contextmanager
def told_as(kind: type[click.ClickException], *errors: type[Exception]) -> Iterator[None]:
    """Errors whose message is for people end a command with it: as a wrong call, or as what could not be done."""
    try:
        yield
    except errors as error:
        raise kind(str(error)) from error


@contextmanager
def readable(raw: Path) -> Iterator[None]:
    """A folder that no evidence can be read from is a wrong call."""
    from scoring.base.files import reason_of
    from scoring.evidence.folders import UnusableFolder

    try:
        with told_as(click.UsageError, UnusableFolder):
            yield
    except OSError as error:
        raise click.UsageError(f"{raw} 读不出来（{reason_of(error)}）；请检查读取权限") from error


@contextmanager
def or_tell(what: str) -> Iterator[None]:
    """What cannot be written is told with its place and the reason."""
    try:
        yield
    except OSError as error:
        from scoring.base.files import reason_of

        raise click.ClickException(f"{what}（{reason_of(error)}）；请检查磁盘空间和写入权限") from error


@contextmanager
def stoppable(told: str) -> Iterator[None]:
    """Ctrl-C, or being asked to end, ends a command with a line and the exit code of an interrupt."""
    from scoring.batch.workers.stopping import forget_interrupt, stops_once

    try:
        with stops_once():
            yield
    except KeyboardInterrupt:
        forget_interrupt()
        tell(told)
        raise click.exceptions.Exit(130) from None


def refuse_long_temporary_folder() -> None:
    """Processes talk through sockets there, whose paths may have 103 bytes, of which our own names need 39."""
    folder = tempfile.gettempdir()
    if sys.platform != "win32" and len(os.fsencode(folder)) > LONGEST_TEMPORARY:
        raise click.ClickException(
            f"存放临时文件的文件夹 {folder} 路径过长；"
            f"请把环境变量 TMPDIR 设为不超过 {LONGEST_TEMPORARY} 个字节的路径，如 /tmp"
        )


def tell_faults(faults: Any, what: str = "工作簿") -> None:
    """Every fault of the departments, and of the files that are no department's, that were not scored."""
    for name, found in faults.items():
        tell(f"{name}：{'' if found[0].file == name else what}有 {len(found)} 处差错，未评分")
        for fault in found:
            tell(f"  {fault}")


def absent_of(raw: Path, scheme: Any) -> list[str]:
    """The departments of the list that have no workbook in the folder."""
    from scoring.evidence import department_of, workbooks_in

    present = {department_of(path) for path in workbooks_in(raw)}
    return [name for name in scheme.departments if name not in present]


def notice_lines(notices: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What reading noticed of the departments' evidence, the same notice once; of very much the beginning."""
    departments: dict[str, list[str]] = {}
    for name, told in notices.items():
        for notice in told:
            departments.setdefault(notice, []).append(name)
    for notice, names in list(departments.items())[:MOST_NOTICES]:
        yield f"注意：{names[0]}{f'等 {len(names)} 个部门' if len(names) > 1 else ''}：{notice}"
    if len(departments) > MOST_NOTICES:
        yield f"注意：这样的提示共 {len(departments)} 条，运行 check 可看到全部"


def unread_lines(unread: Sequence[str], absent: Sequence[str]) -> Iterator[str]:
    """What else lies in the folder, and the departments that have no evidence there."""
    yield from (f"注意：{line}" for line in unread)
    if absent:
        more = f"等 {len(absent)} 个" if len(absent) > MOST_ABSENT else ""
        yield f"注意：没有佐证的部门：{'、'.join(absent[:MOST_ABSENT])}{more}"
