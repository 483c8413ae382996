"""Checks the sheets of a scheme against each other and against the limits of workbooks."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from scoring.base.characters import bare, folded, hidden_in, plain, quoted, visible
from scoring.scheme.model import Scheme
from scoring.scheme.sheets import DAYS, FACTS, FACTS_NAME, LEAVES, Column, Kind, Sheet

Problem = tuple[str, str, str]

_FILE: Final = "sheets.toml"
#: Sheet names also occur in defined names, which formulas use.
_SHEET_NAME: Final = re.compile(r"[^\W\d]\w{0,25}")
#: Excel allows 32 characters in the title of an input hint, which contains the name, and 255 in a list of choices.
_LONGEST_NAME, _LONGEST_LIST = 26, 255
#: The first sheet of a blank workbook.
_TAKEN: Final = "填写说明"
#: Columns that evidence adds to a sheet's own, and columns of findings.
_RESERVED: Final = frozenset({"department", "row", "cut_off", "workbook", "counting", "days_late", "lacking"})
_DAYS_OF_FINDINGS: Final = frozenset({"since", "until", "due"})


def disagreements(scheme: Scheme) -> Iterator[Problem]:
    """All mistakes in the sheets: conflicts with each other, with the tree, or with Excel's limits."""
    groups: dict[str, tuple[Column, ...]] = {FACTS: scheme.facts}
    groups |= {sheet.key: sheet.columns for sheet in scheme.sheets}
    yield from _repetitions(scheme)
    for sheet in scheme.sheets:
        yield from _sheet(sheet)
        yield from _synonyms(sheet)
    for key, columns in groups.items():
        for column in columns:
            where = f"{key}.{column.key}"
            yield from _column(column, where)
            yield from _others(scheme, column, {one.key: one for one in columns}, where)
            yield from _in_facts(scheme, column, where) if key == FACTS else _in_rows(column, where)


def _repetitions(scheme: Scheme) -> Iterator[Problem]:
    """Repeated names and keys."""
    groups = {
        "sheet 的 key": [FACTS, *(sheet.key for sheet in scheme.sheets)],
        "sheet 的 name": [FACTS_NAME, *(sheet.name for sheet in scheme.sheets)],
        "facts 的 key": [fact.key for fact in scheme.facts],
        "facts 的 name": [fact.name for fact in scheme.facts],
    }
    for sheet in scheme.sheets:
        groups[f"{sheet.key} 各列的 key"] = [column.key for column in sheet.columns]
        groups[f"{sheet.key} 各列的 name"] = [column.name for column in sheet.columns]
    for what, names in groups.items():
        for name, times in Counter(map(plain, names)).items():
            if times > 1:
                yield _FILE, what, f"“{name}”重复（各方案共有的项目和工作表不必再写）"


def _sheet(sheet: Sheet) -> Iterator[Problem]:
    columns = {column.key: column for column in sheet.columns}
    if not _is_key(sheet.key):
        yield _FILE, sheet.key, "key 应为英文字母、数字和下划线，不以数字开头"
    if not _SHEET_NAME.fullmatch(sheet.name) or plain(sheet.name) != sheet.name or sheet.name == _TAKEN:
        expected = f"应为文字、数字和下划线，不以数字开头，最多 26 字，也不是“{_TAKEN}”"
        yield _FILE, f"{sheet.key}.name", f"“{quoted(sheet.name)}”不能用作工作表名称；{expected}"
    if not columns:
        yield _FILE, f"{sheet.key}.columns", "没有列；应至少有一列"
    dated = columns.get(sheet.dated_by or "")
    if sheet.dated_by and not (dated and dated.kind in DAYS and dated.required):
        yield _FILE, f"{sheet.key}.dated_by", f"应为种类是 date 或 moment、名称带 * 的列，现为 {sheet.dated_by}"
    if sheet.unique and sheet.unique not in columns:
        yield _FILE, f"{sheet.key}.unique", f"没有列 {sheet.unique}"
    if sheet.look_back and not sheet.dated_by:
        yield _FILE, f"{sheet.key}.look_back", "应与 dated_by 同时有"
    for key in (sheet.dated_by, sheet.unique):
        if key in columns and columns[key].optional:
            yield _FILE, f"{sheet.key}.{key}.optional", "是 dated_by 或 unique 的列不能缺少"


def _synonyms(sheet: Sheet) -> Iterator[Problem]:
    """Check what other systems call the columns and their words: each must mean one thing."""
    taken = {bare(column.name): column.key for column in sheet.columns}
    for column in sheet.columns:
        where = f"{sheet.key}.{column.key}"
        for name in column.also:
            if not bare(name):
                yield _FILE, f"{where}.also", f"“{quoted(name)}”去掉括号里的说明后是空的"
            elif taken.setdefault(bare(name), column.key) != column.key:
                yield _FILE, f"{where}.also", f"“{quoted(name)}”也是列 {taken[bare(name)]} 的名称；一个名称只对应一列"
        words = {folded(choice): choice for choice in column.choices}
        for word, meant in column.means.items():
            if meant not in column.choices:
                yield _FILE, f"{where}.means", f"“{quoted(meant)}”不在 choices 中"
            elif words.setdefault(folded(word), meant) != meant:
                yield _FILE, f"{where}.means", f"“{quoted(word)}”又是“{words[folded(word)]}”；一个词只有一个意思"


def _is_key(key: str) -> bool:
    return key.isidentifier() and key.isascii() and not keyword.iskeyword(key) and not key.startswith("_")


def _is_visible(text: str) -> bool:
    return visible(text) == text and not hidden_in(text)


def _column(column: Column, where: str) -> Iterator[Problem]:
    """Check a column on its own."""
    if not _is_key(column.key):
        yield _FILE, where, "key 应为英文字母、数字和下划线，不以数字或下划线开头"
    if not 0 < len(column.name) <= _LONGEST_NAME or not _is_visible(column.name):
        yield _FILE, f"{where}.name", f"应为 1 至 {_LONGEST_NAME} 个看得见的字，现为“{quoted(column.name)}”"
    if (column.kind is Kind.CHOICE) != bool(column.choices):
        yield _FILE, where, 'choices 与 kind = "choice" 应同时有或同时没有'
    for choice in column.choices:
        if not choice or not _is_visible(choice) or set(choice) & set(',"'):
            message = "不能用作选项；不能为空，不能有英文逗号、引号或看不见的字"
            yield _FILE, f"{where}.choices", f"“{quoted(choice)}”{message}"
    if len(set(map(plain, column.choices))) < len(column.choices):
        yield _FILE, f"{where}.choices", "选项重复"
    if len(",".join(column.choices)) > _LONGEST_LIST:
        yield _FILE, f"{where}.choices", f"各选项合计超过 {_LONGEST_LIST} 字，Excel 的下拉列表容纳不下"
    if (column.least, column.most, column.marks) != (None, None, None) and column.kind is not Kind.NUMBER:
        yield _FILE, where, 'least、most、marks 应与 kind = "number" 同时有'
    if column.least is not None and column.most is not None and column.least > column.most:
        yield _FILE, where, f"least {column.least} 大于 most {column.most}"


def _others(scheme: Scheme, column: Column, known: Mapping[str, Column], where: str) -> Iterator[Problem]:
    """Check a column's references to other columns, sheets and leaves."""
    for name in ("not_before", "needs", "paired_with"):
        other = getattr(column, name)
        if other is not None and other not in known:
            yield _FILE, f"{where}.{name}", f"没有列 {other}"
    earlier = known.get(column.not_before or "")
    if earlier and not {earlier.kind, column.kind} <= DAYS:
        yield _FILE, f"{where}.not_before", "两列的种类都应是 date 或 moment"
    listed = {LEAVES, *(sheet.key for sheet in scheme.sheets if sheet.unique)}
    if column.one_of and column.one_of not in listed:
        yield _FILE, f"{where}.one_of", f"应为 {'、'.join(sorted(listed))} 之一，现为 {column.one_of}"
    if column.marks and column.marks not in {leaf.code for leaf in scheme.leaves}:
        yield _FILE, f"{where}.marks", f"没有末级指标 {column.marks}"
    yield from _pairs(column, known, where)


def _pairs(column: Column, known: Mapping[str, Column], where: str) -> Iterator[Problem]:
    by = known.get(column.paired_with or "")
    if by is None or by.one_of == LEAVES:
        if column.pairs:
            yield _FILE, f"{where}.pairs", "应与 paired_with 同时有；问题类型在各指标的 fault_kinds 中"
    elif not by.choices:
        yield _FILE, f"{where}.paired_with", f"列 {by.key} 应有 choices，或 one_of 是 {LEAVES}"
    elif set(column.pairs) != set(by.choices):
        yield _FILE, f"{where}.pairs", f"应为 {'、'.join(by.choices)} 逐一列出"


def _in_facts(scheme: Scheme, fact: Column, where: str) -> Iterator[Problem]:
    """Keys that an item of 基本信息 may not have, since its row has no other columns."""
    given = [key for key in ("not_before", "one_of", "paired_with", "pairs", "also", "means") if getattr(fact, key)]
    if given:
        yield _FILE, where, f"{FACTS_NAME} 的项目没有 {'、'.join(given)}"
    if fact.marks and scheme.is_gate:
        yield _FILE, f"{where}.marks", "不计分的方案没有 marks"


def _in_rows(column: Column, where: str) -> Iterator[Problem]:
    """Keys that a column may not have, since tables and findings use them."""
    if column.key in _RESERVED:
        yield _FILE, where, f"key 不能是 {'、'.join(sorted(_RESERVED))}"
    if column.key in _DAYS_OF_FINDINGS and column.kind not in DAYS:
        yield _FILE, where, f"key 是 {'、'.join(sorted(_DAYS_OF_FINDINGS))} 的列，种类应是 date 或 moment"
    if column.marks:
        yield _FILE, f"{where}.marks", f"只有 {FACTS_NAME} 的项目才有 marks"
