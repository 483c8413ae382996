"""Parses the TOML files of a scheme into objects, checking keys and types; mistakes are collected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from scoring.base.characters import quoted
from scoring.base.files import reason_of
from scoring.scheme.model import Contradiction, FindingKind, Node, Terms, parent
from scoring.scheme.outline import CHARTS, Chart, Outline
from scoring.scheme.readings import Reading
from scoring.scheme.sheets import Column, Kind, Sheet

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class SchemeFile:
    """The content of scheme.toml."""

    line: str
    since: int
    title: str
    city: str
    departments: tuple[str, ...]
    nodes: tuple[Node, ...]
    points: Fraction | None = None
    contradictions: tuple[Contradiction, ...] = ()
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    follows: str = ""
    exercise: str = ""
    paraphrased: bool = False
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True)
class SheetsFile:
    """The content of sheets.toml."""

    facts: tuple[Column, ...] = ()
    sheets: tuple[Sheet, ...] = ()


class Problems:
    """The mistakes in a scheme's files, each with file, key and what is expected; in Chinese."""

    def __init__(self) -> None:
        self.lines: list[str] = []  # as they are printed
        self.unreadable = False  # too much is missing to check the files against each other
        self._incomplete: set[tuple[str, str]] = set()

    def add(self, file: str, key: str, message: str) -> None:
        """Note one mistake."""
        self.lines.append(f"{file} 的 {key}：{message}" if key else f"{file}：{message}")

    def is_incomplete(self, file: str, key: str) -> None:
        """Note that an entry was read without its wrong part, so that consequences are not reported."""
        self._incomplete.add((file, key))

    def follows_from_another(self, file: str, key: str) -> bool:
        """Whether a mistake only follows from an entry that was read in part."""
        return any(
            file == one and re.match(rf"{re.escape(name)}(\.[a-z_]|\[| |$)", key) for one, name in self._incomplete
        )


def read_toml(path: Path, problems: Problems) -> dict[str, Any]:
    """Read a TOML file; empty if it cannot be read."""
    count = len(problems.lines)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problems.add(path.name, "", f"打不开（{reason_of(error)}）；方案文件夹中应有这个文件")
    except UnicodeDecodeError:
        problems.add(path.name, "", "不是 UTF-8 编码的文本文件；请另存为 UTF-8")
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+), column (\d+)", str(error))
        where = f"第 {at[1]} 行第 {at[2]} 列" if at else "末尾"
        problems.add(path.name, "", f"{where}不合 TOML 的写法（{error}）")
    problems.unreadable |= len(problems.lines) > count
    return {}


def structured(kind: type[_Made], data: Mapping[str, Any], file: str, problems: Problems) -> _Made:
    """Convert data to an object of a class; what does not fit is noted and left out."""
    unread = problems.unreadable and not data  # Do not report missing keys of an unreadable file.
    made: _Made = _Reader(file, Problems() if unread else problems).table(kind, data, "")
    return made


def readings_of(data: Mapping[str, Any], file: str, problems: Problems) -> dict[str, Reading]:
    """Readings from a parsed readings.toml; the key of each is its name."""
    return dict(_Reader(file, problems).tables(Reading, data, "{}"))


#: Attributes that are not keys in a file: they come from an entry's table name, from a * or from the order.
_DERIVED: Final = {(Column, "required"), (Sheet, "order"), (FindingKind, "name"), (Reading, "key")}
#: Keys in files that differ from the attribute's name.
_KEYS: Final[Mapping[tuple[type, str], str]] = {
    (SchemeFile, "nodes"): "node",
    (SchemeFile, "contradictions"): "contradiction",
    (SheetsFile, "sheets"): "sheet",
    (Node, "findings"): "finding",
    (Outline, "sections"): "section",
    (Outline, "charts"): "chart",
}
#: How messages name the entries of a list, and the key that identifies an entry.
_ENTRIES: Final[Mapping[tuple[type, str], tuple[str, str]]] = {
    (SchemeFile, "nodes"): ("node {}", "code"),
    (SchemeFile, "contradictions"): ("contradiction {}", "node"),
    (SheetsFile, "sheets"): ("{}", "key"),
    (SheetsFile, "facts"): ("facts.{}", "key"),
    (Sheet, "columns"): ("{}", "key"),
}
_WORDS: Final[Mapping[Any, str]] = {
    str: "文字",
    int: "整数",
    bool: " true 或 false",
    Fraction: '加引号的数，如 "0.5"',
    Kind: f" {'、'.join(Kind)} 之一",
    tuple: "列表，如 [ … ]",
    Mapping: "表，如 { … }",
}
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?|-?\d+/0*[1-9]\d*", re.ASCII)
_UNFIT: Final = object()


class _Reader:
    """Makes objects from parsed TOML; a value that does not fit becomes the default or an empty one."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems

    def table(self, kind: type, data: Any, at: str, **derived: Any) -> Any:
        """An object of a class from a table; ``at`` names it in messages."""
        if not isinstance(data, Mapping):
            self._problems.unreadable = True
            return self._unfit(Mapping, data, at)
        before = len(self._problems.lines)
        values, known = dict(derived), []
        for one in fields(kind):
            if (kind, one.name) in _DERIVED:
                continue
            known.append(_key(kind, one))
            value = self._attribute(kind, one, data, at)
            if value is not _UNFIT:
                values[one.name] = value
        for key in sorted(set(data) - set(known)):
            self._problems.add(self._file, at, f"不认识 {key}；应为 {'、'.join(known)} 之一")
        if at and len(self._problems.lines) > before:
            self._problems.is_incomplete(self._file, at)
        return kind(**values)

    def tables(self, kind: type, data: Mapping[str, Any], pattern: str) -> Iterator[tuple[str, Any]]:
        """Objects whose names are the keys of a table."""
        ((_, own_name),) = [name for name in _DERIVED if name[0] is kind]
        for key, entry in data.items():
            made = self.table(kind, entry, pattern.format(key), **{own_name: key})
            if made is not _UNFIT:
                yield key, made

    def _attribute(self, kind: type, one: Field[Any], data: Mapping[str, Any], at: str) -> Any:
        """The value of an attribute; an empty one if a required key is missing."""
        key, hint = _key(kind, one), _hints(kind)[one.name]
        has_default = one.default is not MISSING or one.default_factory is not MISSING
        if key not in data and has_default:
            return _UNFIT
        if key in data:
            value = self._value(hint, data[key], _under(at, key), (kind, one.name), at)
        else:
            value = _UNFIT
            self._problems.add(self._file, at, f"缺少 {key}；应为{_words(hint)}")
            self._problems.is_incomplete(self._file, _under(at, key))
        if value is _UNFIT and (not has_default or key == "points"):
            self._problems.unreadable |= key in {"code", "key", "node"}
            return _bare(hint)()
        return value

    def _value(self, hint: Any, value: Any, at: str, named: tuple[type, str], owner: str) -> Any:
        """Convert a value to its type hint; ``at`` names it, ``owner`` its table."""
        bare, inner = _bare(hint), get_args(_without_none(hint))
        if bare is tuple and isinstance(value, list):
            return tuple(self._entries(inner[0], value, at, named, owner))
        if bare is dict and isinstance(value, Mapping):
            if inner[1] is FindingKind:
                return dict(self.tables(FindingKind, value, _under(owner, "finding {}")))
            made = {key: self._value(inner[1], one, _under(at, key), named, owner) for key, one in value.items()}
            return {key: one for key, one in made.items() if one is not _UNFIT}
        if isinstance(bare, type) and is_dataclass(bare):
            return self.table(bare, value, at)
        return value if hint is Any else self._plain(bare, value, at)

    def _entries(self, kind: Any, values: list[Any], at: str, named: tuple[type, str], owner: str) -> Iterator[Any]:
        """The valid entries of a list."""
        pattern, by = _ENTRIES.get(named, ("", ""))
        special = {Column: self._column, Chart: self._chart}
        for number, value in enumerate(values):
            name = value.get(by) if isinstance(value, Mapping) else None
            where = _under(owner, pattern.format(name)) if isinstance(name, str) else f"{at}[{number}]"
            before = len(self._problems.lines)
            if kind in special and isinstance(value, Mapping):
                made = special[kind](value, where)
            else:
                is_table = isinstance(kind, type) and is_dataclass(kind)
                made = self.table(kind, value, where) if is_table else self._plain(kind, value, where)
            if kind is Node and len(self._problems.lines) > before and made is not _UNFIT:
                self._problems.is_incomplete(self._file, f"node {parent(made.code)}")  # Its sum may lack these points.
            if made is not _UNFIT:
                yield made

    def _column(self, entry: Mapping[str, Any], at: str) -> Any:
        """A column; a star after its name makes it required, and a list makes it a choice."""
        name = entry.get("name")
        starred = isinstance(name, str) and name.endswith("*")
        shown = {"name": name.rstrip("*")} if isinstance(name, str) else {}
        chosen = {"kind": str(Kind.CHOICE)} if "choices" in entry and "kind" not in entry else {}
        return self.table(Column, {**entry, **shown, **chosen}, at, required=starred)

    def _chart(self, entry: Mapping[str, Any], at: str) -> Any:
        """A chart, of the kind named in its entry."""
        kind = str(entry.get("kind", ""))
        if kind not in CHARTS:
            self._problems.unreadable = True
            self._problems.add(self._file, at, f"“{kind}”不是图表种类；kind 应为 {'、'.join(CHARTS)} 之一")
            return _UNFIT
        return self.table(CHARTS[kind], {key: value for key, value in entry.items() if key != "kind"}, at)

    def _plain(self, kind: Any, value: Any, at: str) -> Any:
        """A text, a number or a boolean."""
        if kind is Fraction:
            fits = type(value) in {int, str} and _NUMBER.fullmatch(str(value)) is not None
        else:
            fits = value in list(Kind) if kind is Kind else type(value) is kind
        return kind(value) if fits else self._unfit(kind, value, at)

    def _unfit(self, kind: Any, value: Any, at: str) -> object:
        given = f'"{quoted(value)}"' if isinstance(value, str) else quoted(str(value))
        self._problems.add(self._file, at, f"应为{_words(kind)}，现为 {given}")
        self._problems.is_incomplete(self._file, at)
        return _UNFIT


def _under(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _key(kind: type, one: Field[Any]) -> str:
    return _KEYS.get((kind, one.name), one.name)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = [one for one in get_args(hint) if one is not type(None)]
    return hint


def _bare(hint: Any) -> Any:
    """The type of a hint without its arguments."""
    hint = _without_none(hint)
    origin = get_origin(hint)
    return dict if origin is Mapping else origin or hint


def _words(hint: Any) -> str:
    """A type hint in Chinese."""
    bare = _bare(hint)
    return _WORDS.get(Mapping if bare is dict or is_dataclass(bare) else bare, "另一种值")
