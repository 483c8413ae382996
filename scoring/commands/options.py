"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

RAW, OUTPUT, YEAR = Path("data/raw"), Path("data/output"), 2017

DEPARTMENTS = click.option("--department", "departments", multiple=True, metavar="部门", help="只处理该部门，可重复")
READINGS = click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="名称=选项",
    help="选择一处歧义条款的解读，可重复；默认用各条第一种解读",
)
YEAR_OPTION = click.option("--year", default=YEAR, metavar="年度", help="考核年度，默认 2017")
LIST = click.option(
    "--departments",
    "listed",
    metavar="名单文件",
    type=click.Path(path_type=Path),
    help="部门名单：文本文件（编码同 Excel 的“CSV UTF-8”），每行一个部门；代替方案中的考核对象",
)


def scheme_of(year: int, listed: Path | None = None) -> Any:
    """The scheme of the year, for its own departments or those listed; none, or an unusable list, is a wrong call."""
    from scoring.departments import UnusableDepartments
    from scoring.scheme import SchemeError, load_scheme

    try:
        return load_scheme(year, listed)
    except (SchemeError, UnusableDepartments) as error:
        raise click.UsageError(str(error)) from error


def chosen_of(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    """The readings that are not read by default; the others need no mention."""
    choices = choices_of(scheme, readings)
    return {key: option for key, option in choices.items() if option != scheme.readings[key].default}


def choices_of(scheme: Any, readings: Sequence[str]) -> dict[str, str]:
    """Every reading as chosen; one that the scheme does not have is a wrong call."""
    from scoring.readings import UnknownReading, choose, parse_choices

    try:
        return choose(scheme.readings, parse_choices(readings))
    except UnknownReading as error:
        raise click.UsageError(str(error)) from error
