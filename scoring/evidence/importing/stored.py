"""导入对照.toml: how the exports of other systems correspond to sheets, one section for each part and sheet.

The program adds what it has matched; an analyst completes or corrects it by hand, and what he wrote stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import ParseError

from scoring.base.characters import plain, quoted
from scoring.base.errors import NotDone
from scoring.base.files import reason_of, write_bytes, writing
from scoring.evidence.suggest import nearest
from scoring.scheme.sheets import Column, Sheet

COLUMNS, FIXED, WORDS, SOURCE = "列", "固定值", "字词", "工作表"
_HEAD: Final = """\
# 导入对照：其他系统导出的表格，怎样对应到佐证的工作表。由 python -m scoring import 写入，可以手工补全和修改。
# 列：左边是佐证的列，右边是导出文件表头中的列名。必填的列右边空着的，请填写；选填的列空着，就不导入。
# 固定值：导出文件中没有的列，新增的每一行都填这个值。
# 字词：左边是导出文件中的词，右边是佐证列表中的词；右边空着的，请填写。
"""


class CannotImport(NotDone):
    """Why nothing was imported and what to do, in Chinese."""


@dataclass
class Section:
    """What is known of an export: by key of our column, its column, a constant, and the words that it uses.

    An empty text is an entry that is still to be filled in.
    """

    columns: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    source: str = ""  # name of the sheet in the export
    is_new: bool = True


class Comparisons:
    """The file of a year's folder."""

    def __init__(self, path: Path) -> None:
        """Read it; :class:`CannotImport` if it is no TOML."""
        self.path, text = path, ""
        try:
            text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
            self._document: Any = tomlkit.parse(text or _HEAD)
        except UnicodeDecodeError as error:
            raise CannotImport(f"{path} 不是 UTF-8 编码；请另存为 UTF-8") from error
        except OSError as error:
            raise CannotImport(f"{path} 打不开（{reason_of(error)}）") from error
        except (ParseError, tomlkit.exceptions.TOMLKitError) as error:
            at = f"第 {error.line} 行" if isinstance(error, ParseError) else ""
            raise CannotImport(f"{path} {at}不合 TOML 的写法（{error}）；请改正后再导入") from error
        self._before = text

    def section(self, part: str, sheet: Sheet) -> Section:
        """What is written of a part and sheet; :class:`CannotImport` where it does not fit."""
        where = f'{self.path} 的 ["{part}"."{sheet.name}"]'
        data = self._document.unwrap()
        for name in (part, sheet.name):
            data = _table(data, name, where)
        if unknown := set(data) - {COLUMNS, FIXED, WORDS, SOURCE}:
            raise CannotImport(f"{where} 中不认识“{quoted(min(unknown))}”")
        keys = {column.name: column.key for column in sheet.columns}
        of_words = _table(data, WORDS, where)
        words = {plain(name): _texts(of_words, name, where) for name in of_words}
        columns, fixed = _texts(data, COLUMNS, where), _texts(data, FIXED, where)
        for name in (*columns, *fixed, *words):
            if name not in keys:
                near = nearest(name, tuple(keys))
                hint = f"是否要用“{near}”" if near else f"应为 {'、'.join(keys)} 之一"
                raise CannotImport(f"{where} 中，工作表没有列“{quoted(name)}”；{hint}")
        return Section(
            {keys[name]: text for name, text in columns.items()},
            {keys[name]: text for name, text in fixed.items()},
            {keys[name]: found for name, found in words.items()},
            str(data.get(SOURCE, "")),
            is_new=not data,
        )

    def add(self, part: str, sheet: Sheet, found: Section, headers: Iterable[str]) -> None:
        """Add what has no entry yet, or an empty one; nothing else is changed."""
        if part not in self._document:
            self._document[part] = tomlkit.table(is_super_table=True)
        if sheet.name not in self._document[part]:
            section = tomlkit.table()
            section.add(tomlkit.comment(f"导出文件的表头：{'、'.join(map(quoted, headers))}"))
            self._document[part][sheet.name] = section
        section = self._document[part][sheet.name]
        if found.source:
            section[SOURCE] = found.source
        for kind, by_key in ((COLUMNS, found.columns), (FIXED, found.fixed)):
            for key, text in by_key.items():
                _set(section, (kind,), sheet.column(key), text)
        for key, words in found.words.items():
            for word, meant in words.items():
                _set(section, (WORDS, sheet.column(key).name), sheet.column(key), meant, word)

    def write(self) -> bool:
        """Write the file if it has changed; returns whether it was."""
        text = tomlkit.dumps(self._document)
        if text == self._before:
            return False
        with writing(f"写不进 {self.path}"):
            write_bytes(self.path, text.encode())
        return True


def _table(data: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    """A table within another, empty where there is none."""
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise CannotImport(f"{where} 中“{quoted(name)}”应为一节，不是一个值")
    return table


def _texts(data: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    table = _table(data, name, where)
    if odd := [key for key, value in table.items() if not isinstance(value, str)]:
        raise CannotImport(f"{where} 中“{quoted(odd[0])}”应为加引号的文字")
    return {plain(key) if name in {COLUMNS, FIXED} else key: value for key, value in table.items()}


def _set(section: Any, names: Sequence[str], column: Column, text: str, word: str = "") -> None:
    """Write an entry, with a comment on one to fill in; one that is filled in stays."""
    for name in names:
        if name not in section:
            section[name] = tomlkit.table()
        section = section[name]
    if section.get(word or column.name):
        return
    entry = tomlkit.item(text)
    if not text:
        words = f"{'、'.join(column.choices)}之一" if column.choices else column.expected
        elsewhere = f"请填写导出文件中的列名；没有这一列的，在{FIXED}中填写"
        entry.comment({COLUMNS: elsewhere, FIXED: f"每一行都是：{words}", WORDS: f"请填写：{words}"}[names[0]])
    section[word or column.name] = entry
