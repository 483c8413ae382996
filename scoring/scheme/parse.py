"""The TOML files of a scheme as objects: every key known, every value of its type, all mistakes told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeVar

import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from scoring.base.files import reason_of
from scoring.scheme.model import Contradiction, FindingKind, Node
from scoring.scheme.outline import CHARTS, Chart, Outline
from scoring.scheme.readings import Reading
from scoring.scheme.sheets import Column, Kind, Sheet

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class SchemeFile:
    """What scheme.toml states."""

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


@dataclass(frozen=True)
class SheetsFile:
    """What sheets.toml states."""

    facts: tuple[Column, ...] = ()
    sheets: tuple[Sheet, ...] = ()


class Problems:
    """What is wrong with a scheme's files, each with file, key and what is expected; in Chinese."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def add(self, file: str, key: str, told: str) -> None:
        """Note one mistake."""
        self.told.append(f"{file} 的 {key}：{told}" if key else f"{file}：{told}")


def read_toml(path: Path, problems: Problems) -> dict[str, Any]:
    """A TOML file; an empty one where it cannot be read, which is told."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problems.add(path.name, "", f"打不开（{reason_of(error)}）；方案文件夹中应有这个文件")
    except UnicodeDecodeError:
        problems.add(path.name, "", "不是 UTF-8 编码的文本文件；请另存为 UTF-8")
    except tomllib.TOMLDecodeError as error:
        problems.add(path.name, "", f"不是正确的 TOML（{error}）")
    return {}


def structured(kind: type[_Made], data: Mapping[str, Any], file: str, problems: Problems) -> _Made | None:
    """The data as an object of a kind; None where something does not fit, which is told."""
    try:
        return _CONVERTER.structure(data, kind)
    except (ClassValidationError, IterableValidationError) as error:
        for told in cattrs.transform_error(error, path="", format_exception=_told):
            words, _, where = told.rpartition(" @ ")
            problems.add(file, where.lstrip("."), words)
    return None


def _told(error: BaseException, kind: type | None) -> str:
    """What is wrong with one value, in Chinese."""
    match error:
        case ForbiddenExtraKeysError():
            return f"不认识 {'、'.join(sorted(error.extra_fields))}"
        case KeyError():
            return f"缺少 {error.args[0]}"
        case ValueError() if error.args:
            return str(error.args[0])
    return f"应为{_WORDS.get(kind, '另一种值')}"


_WORDS: Final[dict[type | None, str]] = {str: "文字", int: "整数", bool: "true 或 false", Fraction: '数，如 "0.5"'}


def _text(value: Any, _: type) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any, _: type) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _flag(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _points(value: Any, _: type) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f'“{value}”不是数；应为如 "0.5"') from error


def _kind(value: Any, _: type) -> Kind:
    if value not in set(Kind):
        raise ValueError(f"“{value}”不是列的种类；应为 {'、'.join(Kind)} 之一")
    return Kind(value)


def _column(entry: Any, _: type) -> Column:
    """A column; the star after its name says that it must be filled in, and a list that it is a choice."""
    if isinstance(entry, Mapping):
        entry = {**entry, **({"kind": "choice"} if "choices" in entry and "kind" not in entry else {})}
        if isinstance(name := entry.get("name"), str):
            entry |= {"name": name.rstrip("*"), "required": name.endswith("*")}
    column: Column = _AS_IT_STANDS(entry, Column)
    return column


def _node(entry: Any, _: type) -> Node:
    """A node; its kinds of findings have their names as keys."""
    if isinstance(entry, Mapping) and isinstance(kinds := entry.get("finding"), Mapping):
        named = {key: {**kind, "name": key} if isinstance(kind, Mapping) else kind for key, kind in kinds.items()}
        entry = {**entry, "finding": named}
    node: Node = _NODE(entry, Node)
    return node


def _chart(entry: Any, _: type) -> Chart:
    """A chart of the kind that its entry names."""
    kind = str(entry.get("kind", "")) if isinstance(entry, Mapping) else ""
    if kind not in CHARTS:
        raise ValueError(f"“{kind}”不是图表种类；kind 应为 {'、'.join(CHARTS)} 之一")
    chart: Chart = _CHART[CHARTS[kind]]({key: value for key, value in entry.items() if key != "kind"}, CHARTS[kind])
    return chart


_CONVERTER: Final = cattrs.Converter(forbid_extra_keys=True)
for _of, _hook in {str: _text, int: _whole, bool: _flag, Fraction: _points, Kind: _kind}.items():
    _CONVERTER.register_structure_hook(_of, _hook)


def _named(kind: type, **names: str) -> Any:
    """How objects of a kind are made from tables whose keys are other than its attributes."""
    renamed: Any = {attribute: override(rename=key) for attribute, key in names.items()}
    return make_dict_structure_fn(kind, _CONVERTER, _cattrs_forbid_extra_keys=True, **renamed)


_AS_IT_STANDS: Final = _named(Column)
_CONVERTER.register_structure_hook(Column, _column)
_CONVERTER.register_structure_hook(FindingKind, _named(FindingKind))
_NODE: Final = _named(Node, findings="finding")
_CONVERTER.register_structure_hook(Node, _node)
_CHART: Final = {kind: _named(kind) for kind in CHARTS.values()}
_CONVERTER.register_structure_hook_func(lambda kind: kind is Chart, _chart)
_CONVERTER.register_structure_hook(Outline, _named(Outline, sections="section", charts="chart"))
_CONVERTER.register_structure_hook(SchemeFile, _named(SchemeFile, nodes="node", contradictions="contradiction"))
_CONVERTER.register_structure_hook(SheetsFile, _named(SheetsFile, sheets="sheet"))


def readings_of(data: Mapping[str, Any], file: str, problems: Problems) -> dict[str, Reading]:
    """Readings from a parsed readings.toml; the key of each is its name."""
    named = {key: {**entry, "key": key} if isinstance(entry, Mapping) else entry for key, entry in data.items()}
    return structured(dict[str, Reading], named, file, problems) or {}
