"""What commands share: options, finding the scheme and the workbooks, and messages."""

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

from scoring.base.characters import visible
from scoring.base.files import reason_of

#: Bytes that the path of the folder for temporary files may have.
LONGEST_TEMPORARY = 64
#: How many notices are printed, and how many departments without a workbook are named.
MOST_NOTICES, MOST_ABSENT = 20, 20

PATH = click.Path(path_type=Path)
DATE = click.DateTime(["%Y-%m-%d"])
RAW, OUTPUT = Path("data/raw"), Path("data/output")
#: Prints messages that are not results.
warn = partial(click.echo, err=True)
_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)


def _composed(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names in composed Unicode, without invisible characters around them."""
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
    """The year given, else the one that the folder of evidence is named after."""
    folder = raw.resolve()
    name = folder.name if folder.is_dir() else folder.parent.name
    return year or (int(name) if _YEAR.fullmatch(name) else None)


def scheme_of(year: int | None, named: str = "", listed: Path | None = None) -> Any:
    """The scheme of the year, for its own departments or those listed."""
    from scoring.scheme import load_scheme

    scheme = load_scheme(year, named, listed)
    if scheme.is_installed:
        return scheme  # The tests rehearse the program's own schemes.
    from scoring.engine.rehearsal import rehearsed

    return rehearsed(scheme)


def results_of(scheme: Any) -> Path:
    """The default folder of results: one per year for the scheme in force, and one for each other scheme."""
    from scoring.scheme import SchemeError, load_scheme

    try:
        in_force = load_scheme(scheme.year).name
    except SchemeError:
        in_force = scheme.name
    return OUTPUT / (str(scheme.year) if scheme.name == in_force else f"{scheme.year}-{scheme.folder.name}")


def chosen_of(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    """The readings that differ from the default."""
    choices = choices_of(scheme, readings)
    return {key: option for key, option in choices.items() if option != scheme.readings[key].default}


def choices_of(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    """Every reading as chosen."""
    from scoring.scheme.readings import choose, parse_choices

    return choose(scheme.readings, parse_choices(readings))


def workbooks_of(raw: Path, departments: Sequence[str], scheme: Any) -> list[Path]:
    """The workbooks of a folder, or of some departments; none, or a department without one, is a usage error."""
    from scoring.evidence import department_of, workbooks_in
    from scoring.evidence.files import unread_in
    from scoring.evidence.folders import refuse_garbled, refuse_missing

    if not raw.is_dir():
        raise click.UsageError(f"没有文件夹 {raw}")
    with reading(raw):
        paths = workbooks_in(raw)
        refuse_garbled(paths)
        refuse_missing(raw, [department_of(path, scheme.positions) for path in paths], departments, "工作簿")
    chosen = [path for path in paths if not departments or department_of(path, scheme.positions) in departments]
    if not chosen:
        raise click.UsageError("；".join([f"{raw} 中没有 .xlsx 工作簿", *unread_in(raw)]))
    return chosen


@contextmanager
def reading(raw: Path) -> Iterator[None]:
    """A folder that cannot be read is a usage error."""
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"{raw} 读不出来（{reason_of(error)}）；请检查读取权限") from error


@contextmanager
def interruptible(message: str) -> Iterator[None]:
    """Ctrl-C or SIGTERM ends a command with a message and the exit code of an interrupt."""
    from scoring.base.stopping import forget_interrupt, interrupted_once

    try:
        with interrupted_once():
            yield
    except KeyboardInterrupt:
        forget_interrupt()
        warn(message)
        raise click.exceptions.Exit(130) from None


def refuse_long_temporary_folder() -> None:
    """Processes communicate through sockets in this folder; a socket's path has at most 103 bytes, 39 of them ours."""
    folder = tempfile.gettempdir()
    if sys.platform != "win32" and len(os.fsencode(folder)) > LONGEST_TEMPORARY:
        raise click.ClickException(
            f"存放临时文件的文件夹 {folder} 路径过长；"
            f"请把环境变量 TMPDIR 设为不超过 {LONGEST_TEMPORARY} 个字节的路径，如 /tmp"
        )


def print_faults(faults: Any, what: str = "工作簿") -> None:
    """Print the faults of the departments that were not scored, and of files that belong to no department."""
    for name, found in faults.items():
        warn(f"{name}：{'' if found[0].file == name else what}有 {len(found)} 处差错，未评分")
        for fault in found:
            warn(f"  {fault}")


def notice_lines(notices: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The notices of reading the departments' evidence, each once; of very many only the first."""
    departments: dict[str, list[str]] = {}
    for name, found in notices.items():
        for notice in found:
            departments.setdefault(notice, []).append(name)
    for notice, names in list(departments.items())[:MOST_NOTICES]:
        yield f"注意：{names[0]}{f'等 {len(names)} 个部门' if len(names) > 1 else ''}：{notice}"
    if len(departments) > MOST_NOTICES:
        yield f"注意：这样的提示共 {len(departments)} 条，运行 check 可看到全部"


def unread_lines(unread: Sequence[str], absent: Sequence[str]) -> Iterator[str]:
    """The other files in the folder, and the departments without evidence."""
    yield from (f"注意：{line}" for line in unread)
    if absent:
        more = f"等 {len(absent)} 个" if len(absent) > MOST_ABSENT else ""
        yield f"注意：没有佐证的部门：{'、'.join(absent[:MOST_ABSENT])}{more}"
