"""Finding and loading schemes: those of ``scoring/schemes/``, or one's own in any folder.

A scheme is in force from its first year until the next of its line. Its folder holds ``scheme.toml``, ``sheets.toml``,
``readings.toml`` and ``outline.toml`` if it has readings or charts, and modules of rules, which are run: a scheme from
elsewhere is code from elsewhere.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from scoring.base.characters import plain, quoted
from scoring.base.errors import ForAnalysts
from scoring.base.points import ZERO
from scoring.scheme import rules
from scoring.scheme.check import RULES, disagreements
from scoring.scheme.departments import read_departments
from scoring.scheme.model import Others, Scheme, with_departments
from scoring.scheme.outline import Outline
from scoring.scheme.parse import Problems, SchemeFile, SheetsFile, read_toml, readings_of, structured
from scoring.scheme.sheets import ATTACHED, FACTS, FACTS_NAME, LEAVES, Column, Kind, Sheet

_PACKAGE: Final = Path(__file__).parents[1] / "schemes"
#: Where schemes are looked for by name.
SCHEMES = _PACKAGE
#: Holds the name of the default line.
DEFAULT: Final = "default.txt"

SCHEME, SHEETS, READINGS, OUTLINE = "scheme.toml", "sheets.toml", "readings.toml", "outline.toml"
_COMMON: Final = Path(__file__).with_name("common.toml")


class SchemeError(ForAnalysts, ValueError):
    """There is no such scheme, or its files have mistakes; the message names all of them, in Chinese."""


def load_scheme(year: int | None = None, named: str = "", departments: Path | None = None) -> Scheme:
    """Load and check the scheme for a year.

    Parameters
    ----------
    year
        None for the first year in which the scheme is in force.
    named
        Name of a scheme, of a line, or a folder that holds one; empty for the scheme in force.
    departments
        File in place of the scheme's own list; see :mod:`scoring.scheme.departments`.

    Raises
    ------
    SchemeError
        When there is no such scheme, or not for the year, or its files have mistakes.
    UnusableDepartments
        When the list of departments cannot be used.
    """
    scheme = _loaded(_found(year, named))
    scheme = scheme if year is None else replace(scheme, year=year)
    return scheme if departments is None else with_departments(scheme, read_departments(departments))


def known_schemes() -> dict[str, Path]:
    """Name to folder of the schemes that the program brings along."""
    return {path.parent.name: path.parent for path in sorted(SCHEMES.glob(f"*/{SCHEME}"))}


def _found(year: int | None, named: str) -> Path:
    """The folder of the scheme for the year and name."""
    asked = _asked(named)
    lines = _in_force(asked, year)
    if named and not lines:
        since = min(_head(folder).since for folder in asked)
        raise SchemeError(f"方案 {named} 自 {since} 年起施行，不能用来考核 {year} 年")
    default = (SCHEMES / DEFAULT).read_text(encoding="utf-8").strip()
    has_default = any(_head(folder).line == default for folder in asked)  # Else earlier years would get another line.
    if default not in lines and (has_default or len(lines) != 1):
        if lines:
            named_so = "、".join(folder.name for folder in lines.values())
            raise SchemeError(f"{year or '各'} 年没有默认的考核方案；请用 --scheme 指定：{named_so}")
        known = "、".join(f"{name}（{_head(folder).since} 年起）" for name, folder in known_schemes().items())
        raise SchemeError(f"没有 {year or '默认'} 年施行的考核方案；已有：{known}")
    return lines.get(default) or next(iter(lines.values()))


def _asked(named: str) -> list[Path]:
    """The folders for a name: of a scheme, a path, or all schemes of a line; without a name, all of the program's."""
    known = known_schemes()
    if named in known:
        return [known[named]]
    if named and (Path(named) / SCHEME).is_file():
        return [Path(named).resolve()]
    of_line = [folder for folder in known.values() if not named or _head(folder).line == named]
    if not of_line and named:
        names = "、".join(dict.fromkeys([*known, *(_head(folder).line for folder in known.values())]))
        raise SchemeError(f"没有方案“{named}”；应为 {names} 之一，或含有 {SCHEME} 的文件夹")
    return of_line


def _in_force(folders: Sequence[Path], year: int | None) -> dict[str, Path]:
    """Line to its scheme in force in the year; without a year, the newest."""
    lines: dict[str, Path] = {}
    for folder in sorted(folders, key=lambda folder: _head(folder).since):
        line, since = _head(folder).line, _head(folder).since
        before = lines.get(line)
        if before and _head(before).since == since:
            raise SchemeError(f"方案 {before.name} 与 {folder.name} 同属 {line}，又同自 {since} 年起施行")
        if year is None or since <= year:
            lines[line] = folder
    return lines


@cache
def _head(folder: Path) -> SchemeFile:
    """The content of a scheme.toml, as far as it can be read."""
    problems = Problems()
    return structured(SchemeFile, read_toml(folder / SCHEME, problems), SCHEME, problems)


@cache
def _loaded(folder: Path) -> Scheme:
    return read_scheme(folder)


def read_scheme(folder: Path, rules_in: Path | None = None) -> Scheme:
    """Read and check the scheme in a folder, for its first year; ``rules_in`` is another folder with its rules.

    Raises
    ------
    SchemeError
        With every mistake: file, key, and what is expected.
    """
    problems = Problems()
    head = structured(SchemeFile, read_toml(folder / SCHEME, problems), SCHEME, problems)
    own = structured(SheetsFile, read_toml(folder / SHEETS, problems), SHEETS, problems)
    common = _common()
    scheme = Scheme(
        name=folder.name if known_schemes().get(folder.name) == folder else str(folder),
        folder=folder,
        year=head.since,
        readings=readings_of(_if_there(folder / READINGS, problems), READINGS, problems),
        outline=structured(Outline, _if_there(folder / OUTLINE, problems), OUTLINE, problems),
        rules=_rules(rules_in or folder, problems),
        facts=(*common.facts, *own.facts),
        sheets=tuple(map(_with_attachments, (common.sheets[0], *own.sheets, *common.sheets[1:]))),
        **vars(head),
    )
    if not problems.unreadable:
        for file, key, message in (*disagreements(scheme), *_unknown_predecessor(scheme)):
            if not problems.follows_from_another(file, key):
                problems.add(file, key, message)
    if problems.lines:
        lines = "".join(f"\n  {line}" for line in problems.lines)
        raise SchemeError(f"方案 {folder.name} 有 {len(problems.lines)} 处错误：{lines}")
    return replace(_completed(scheme), others=_others(scheme))


def _unknown_predecessor(scheme: Scheme) -> Iterator[tuple[str, str, str]]:
    """A ``follows`` that is neither installed nor beside the scheme; a scheme that lies alone may follow any."""
    beside = {path.parent.name for path in scheme.folder.parent.glob(f"*/{SCHEME}")} - {scheme.folder.name}
    known = {*beside, *known_schemes()}
    if beside and scheme.follows not in {"", scheme.folder.name, *known}:
        names = "、".join(sorted(known - {scheme.folder.name}))
        yield SCHEME, "follows", f"没有方案“{quoted(scheme.follows)}”；应为 {names} 之一，或把它的文件夹放在本方案旁边"


def _if_there(path: Path, problems: Problems) -> dict[str, Any]:
    """Read an optional file: a scheme may have no readings, or no charts."""
    return read_toml(path, problems) if path.is_file() else {}


@cache
def _common() -> SheetsFile:
    """The sheets of every workbook, from common.toml."""
    problems = Problems()
    found = structured(SheetsFile, read_toml(_COMMON, problems), _COMMON.name, problems)
    if problems.lines:
        raise SchemeError("；".join(problems.lines))
    return found


def _with_attachments(sheet: Sheet) -> Sheet:
    """The sheet with the column that names files, if its rows state faults or are written by the program."""
    return replace(sheet, columns=(*sheet.columns, ATTACHED)) if sheet.faults or sheet.recorded else sheet


def _completed(scheme: Scheme) -> Scheme:
    """Add 基本信息 as the first sheet, and the bounds and words that columns take from the tree."""
    first = scheme.leaves[0]
    finding = f"{first.code}-{next(iter(first.findings))}"

    def complete(sheet: Sheet, column: Column) -> Column:
        if column.one_of == LEAVES:
            return replace(column, example=column.example or first.code)
        if column.paired_with and sheet.column(column.paired_with).one_of == LEAVES:
            kinds = {leaf.code: leaf.fault_kinds for leaf in scheme.leaves if leaf.fault_kinds}
            return replace(column, pairs=kinds)
        return replace(column, example=column.example.replace("{finding}", finding))

    sheets = [
        replace(sheet, columns=tuple(complete(sheet, column) for column in sheet.columns)) for sheet in scheme.sheets
    ]
    facts = tuple(
        replace(fact, least=ZERO, most=scheme.by_code[fact.marks].points) if fact.marks else fact
        for fact in scheme.facts
    )
    items, about = tuple(fact.name for fact in facts), "已经列好，请勿增删或改名"
    item = Column("item", "项目", Kind.CHOICE, required=True, choices=items, about=about, example=items[0])
    content = Column("content", "内容", Kind.ANY, about="按左边的项目填写，各项的要求见该项目的批注")
    first_sheet = Sheet(FACTS, FACTS_NAME, "一项部门基本情况", (item, content), unique="item")
    ordered = tuple(replace(sheet, order=order) for order, sheet in enumerate((first_sheet, *sheets)))
    return replace(scheme, facts=facts, sheets=ordered)


def _others(scheme: Scheme) -> Others:
    """Names of leaves, sheets, columns and 项目 in the program's other schemes."""
    codes: set[str] = set()
    sheets: dict[str, set[str]] = {}
    facts: set[str] = set()
    for folder in known_schemes().values():
        if folder != scheme.folder:
            problems = Problems()
            other = structured(SheetsFile, read_toml(folder / SHEETS, problems), SHEETS, problems)
            codes |= {node.code for node in _head(folder).nodes}
            facts |= {plain(fact.name) for fact in other.facts}
            for sheet in map(_with_attachments, other.sheets):
                sheets.setdefault(plain(sheet.name), set()).update(plain(column.name) for column in sheet.columns)
    own = {node.code for node in scheme.nodes}
    return Others(
        frozenset(codes - own),
        frozenset(sheets.keys() - scheme.sheet_names.keys()),
        frozenset(facts - {plain(fact.name) for fact in scheme.facts}),
        {name: frozenset(names) for name, names in sheets.items()},
    )


# --- Rules ----------------------------------------------------------------------------------------------------------


def _rules(folder: Path, problems: Problems) -> dict[str, Any]:
    """Leaf code to rule, from every module of the folder."""
    modules = []
    for path in sorted(folder.glob("*.py")):
        if path.stem != "__init__":
            try:
                modules.append(importlib.import_module(f"{_package(folder).__name__}.{path.stem}"))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - rules are code that anyone may have written
                what = error.msg if isinstance(error, SyntaxError) else str(error)
                problems.add(path.name, "", f"第 {_line_of(error, path)} 行出错（{type(error).__name__}：{what}）")
                problems.is_incomplete(RULES, "node")
    bound = rules.bound_in(modules)
    for code, functions in bound.items():
        if len(functions) > 1:
            names = "、".join(f"{one.__module__.rpartition('.')[2]}.py 的 {one.__name__}" for one in functions)
            problems.add(RULES, f'@rule("{code}")', f"一个指标只有一条规则，现有 {names}")
    return {code: functions[0] for code, functions in bound.items()}


def _line_of(error: BaseException, path: Path) -> int:
    """The line of a module at which an error occurred."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if Path(frame.filename) == path), 0)


def _package(folder: Path) -> ModuleType:
    """Import the folder as a package; outside of the program, under a name made from its path."""
    if folder.parent == _PACKAGE:
        return importlib.import_module(f"scoring.schemes.{folder.name}")
    name = f"scoring_scheme_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = importlib.util.module_from_spec(spec)
    return sys.modules[name]
