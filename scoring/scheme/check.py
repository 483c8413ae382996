"""A scheme held against itself: sums, codes, sheets, terms, sentences, readings and rules; every mistake is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from scoring.scheme import check_outline
from scoring.scheme.model import TOTAL, Node, Scheme, parent
from scoring.scheme.readings import Reading
from scoring.scheme.sheets import DAYS, FACTS, FACTS_NAME, LEAVES, Column, Kind, Sheet

#: File, key, and what is wrong there with what is expected.
Problem = tuple[str, str, str]

#: The options that settlement understands, of a reading that a scheme names for: a contradiction, what exceeds a leaf,
#: a deduction in proportion, a bonus. The clause, and which option is the default, are the scheme's own.
SUMS: Final = frozenset({"cap", "scale", "sum"})
OVERFLOWS: Final = frozenset({"floor", "spill"})
PROPORTIONS: Final = frozenset({"literal", "proportional"})
BONUSES: Final = frozenset({"open", "section", "total", "none"})

_SCHEME, _SHEETS, _READINGS = "scheme.toml", "sheets.toml", "readings.toml"


def disagreements(scheme: Scheme) -> Iterator[Problem]:
    """Everything in which the parts of a scheme disagree."""
    for check in (_codes, _sums, _leaves, _findings, _rules, _sheets, _columns, _settlement, _readings):
        yield from check(scheme)
    yield from check_outline.disagreements(scheme)


def _codes(scheme: Scheme) -> Iterator[Problem]:
    codes = [node.code for node in scheme.nodes]
    for code, times in Counter(codes).items():
        if times > 1:
            yield _SCHEME, f"node {code}", "编号重复；每个指标一个编号"
        if parent(code) not in {TOTAL, *codes}:
            yield _SCHEME, f"node {code}", f"没有上级指标 {parent(code)}；请补上"
    for name, times in Counter(scheme.departments).items():
        if times > 1:
            yield _SCHEME, "departments", f"“{name}”重复"
    if not scheme.departments:
        yield _SCHEME, "departments", "没有考核对象；应列出部门名称"
    if not scheme.nodes:
        yield _SCHEME, "node", "没有指标；应至少有一个 [[node]]"


def _sums(scheme: Scheme) -> Iterator[Problem]:
    """Nodes whose children do not add up, unless declared; and declarations that are not so."""
    declared = {entry.node: entry for entry in scheme.contradictions}
    for code, children in scheme.children.items():
        if code not in scheme.by_code:
            continue
        points = scheme.by_code[code].points
        added = sum((scheme.by_code[child].points for child in children), Fraction(0))
        entry = declared.pop(code, None)
        if entry and (entry.declared, entry.adds_up_to) != (points, added):
            told = f"写明 {entry.declared} 与 {entry.adds_up_to} 不一致，实为 {points} 与 {added}"
            yield _SCHEME, f"contradiction {code}", told
        elif entry is None and points != added:
            told = f"分值 {points}，下级合计 {added}；应相等，或用 [[contradiction]] 写明"
            yield _SCHEME, f"node {code}", told
    for code in declared:
        yield _SCHEME, f"contradiction {code}", "没有这个指标，或它没有下级指标"


def _leaves(scheme: Scheme) -> Iterator[Problem]:
    """What each leaf says of the evidence, held against the sheets."""
    sheets = {sheet.key: sheet for sheet in scheme.sheets}
    for node in scheme.nodes:
        if node.code not in scheme.children:
            yield from _leaf(sheets, node, f"node {node.code}")
        elif node.findings or node.standard or node.sheets or node.terms:
            yield _SCHEME, f"node {node.code}", "有下级指标，不应有 finding、standard、sheets、terms"


def _leaf(sheets: Mapping[str, Sheet], leaf: Node, where: str) -> Iterator[Problem]:
    if not leaf.sheets:
        yield _SCHEME, where, f"没有 sheets；应为 {'、'.join([FACTS, *sheets])} 中的一个或几个"
    for key in sorted(set(leaf.sheets) - {FACTS, *sheets}):
        yield _SCHEME, f"{where}.sheets", f"{_SHEETS} 中没有工作表 {key}"
    for key, words in leaf.where.items():
        for column, word in words.items():
            yield from _word(sheets, f"{key}.{column}", word, f"{where}.where")
    for term, column in leaf.lists.items():
        for word in _words(leaf.terms, term):
            yield from _word(sheets, column, word, f"{where}.terms.{term}")
    if leaf.judged_on and (leaf.judged_on not in sheets or not sheets[leaf.judged_on].dated_by):
        yield _SCHEME, f"{where}.judged_on", f"应为有 dated_by 的工作表，现为 {leaf.judged_on}"
    faults = [key for key in leaf.sheets if key in sheets and _names_kinds(sheets[key])]
    if bool(leaf.fault_kinds) != bool(faults):
        yield _SCHEME, f"{where}.fault_kinds", "与逐项列明指标和问题类型的工作表应同时有或同时没有"


def _names_kinds(sheet: Sheet) -> bool:
    """Whether the rows of a sheet name their leaf, and a kind that belongs to it."""
    return any(sheet.of_leaf and column.paired_with == sheet.of_leaf.key for column in sheet.columns)


def _words(terms: Any, name: str) -> Iterator[str]:
    """The words of every term of that name, at any depth."""
    if isinstance(terms, Mapping):
        for key, value in terms.items():
            if key == name:
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _words(value, name)
    elif isinstance(terms, list):
        for entry in terms:
            yield from _words(entry, name)


def _word(sheets: Mapping[str, Sheet], column: str, word: str, where: str) -> Iterator[Problem]:
    """A word held against the list of a column, given as ``sheet.column``."""
    sheet, _, key = column.partition(".")
    known = {one.key: one for one in sheets[sheet].columns} if sheet in sheets else {}
    if key not in known:
        yield _SCHEME, where, f"{_SHEETS} 中没有列 {column}"
    elif known[key].choices and word not in known[key].choices:
        yield _SCHEME, where, f"“{word}”不在列 {column} 的选项中；应为 {'、'.join(known[key].choices)} 之一"


def _findings(scheme: Scheme) -> Iterator[Problem]:
    for node in scheme.nodes:
        for kind in node.findings.values():
            where = f"node {node.code}.finding {kind.name}"
            if kind.scope not in {None, *scheme.by_code}:
                yield _SCHEME, f"{where}.scope", f"没有指标 {kind.scope}；应为编号或 {TOTAL}"
            if kind.veto and kind.scope is None:
                yield _SCHEME, f"{where}.scope", "否决应写明计 0 分的范围"
            if kind.each and scheme.is_gate:
                yield _SCHEME, f"{where}.each", '这个方案不计分（没有 points），应为 "0" 或不写'
            if kind.scope_by is None:
                continue
            reading = scheme.readings.get(kind.scope_by)
            if reading is None or kind.scope not in reading.scopes.values():
                yield _SCHEME, f"{where}.scope_by", f"解读 {kind.scope_by} 的 scopes 中应有 {kind.scope}"


def _rules(scheme: Scheme) -> Iterator[Problem]:
    leaves = {leaf.code for leaf in scheme.leaves}
    for code in sorted(leaves - set(scheme.rules)):
        yield "规则", f"node {code}", f'没有规则；应有一个 @rule("{code}") 的函数'
    for code in sorted(set(scheme.rules) - leaves):
        yield "规则", f'@rule("{code}")', f"{_SCHEME} 中没有末级指标 {code}"
    for node in scheme.nodes:
        if node.corresponds and (node.new or not scheme.follows):
            yield _SCHEME, f"node {node.code}.corresponds", "应与 follows 同时有，且不与 new 同时有"


def _sheets(scheme: Scheme) -> Iterator[Problem]:
    for what, names in (
        ("key", [FACTS, *(sheet.key for sheet in scheme.sheets)]),
        ("name", [FACTS_NAME, *(sheet.name for sheet in scheme.sheets)]),
        ("facts", [fact.key for fact in scheme.facts]),
        ("facts", [fact.name for fact in scheme.facts]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield _SHEETS, what, f"“{name}”重复（各方案共有的项目和工作表不必再写）"
    for sheet in scheme.sheets:
        for name, times in Counter(name for one in sheet.columns for name in {one.key, one.name}).items():
            if times > 1:
                yield _SHEETS, sheet.key, f"列“{name}”重复"
        columns = {column.key: column for column in sheet.columns}
        if sheet.dated_by and (sheet.dated_by not in columns or columns[sheet.dated_by].kind not in DAYS):
            yield _SHEETS, f"{sheet.key}.dated_by", f"应为种类是 date 或 moment 的列，现为 {sheet.dated_by}"
        if sheet.unique and sheet.unique not in columns:
            yield _SHEETS, f"{sheet.key}.unique", f"没有列 {sheet.unique}"
        if sheet.look_back and not sheet.dated_by:
            yield _SHEETS, f"{sheet.key}.look_back", "应与 dated_by 同时有"


def _columns(scheme: Scheme) -> Iterator[Problem]:
    """What a column says of other columns, sheets and leaves."""
    groups = [(FACTS, scheme.facts), *((sheet.key, sheet.columns) for sheet in scheme.sheets)]
    listed = {LEAVES, *(sheet.key for sheet in scheme.sheets if sheet.unique)}
    for key, columns in groups:
        known = {column.key: column for column in columns}
        for column in columns:
            where = f"{key}.{column.key}"
            for name in ("not_before", "needs", "paired_with"):
                other = getattr(column, name)
                if other is not None and other not in known:
                    yield _SHEETS, f"{where}.{name}", f"没有列 {other}"
            if column.one_of and column.one_of not in listed:
                yield _SHEETS, f"{where}.one_of", f"应为 {'、'.join(sorted(listed))} 之一，现为 {column.one_of}"
            if column.marks and column.marks not in {leaf.code for leaf in scheme.leaves}:
                yield _SHEETS, f"{where}.marks", f"没有末级指标 {column.marks}"
            if (column.kind is Kind.CHOICE) != bool(column.choices):
                yield _SHEETS, where, 'choices 与 kind = "choice" 应同时有或同时没有'
            yield from _pairs(column, known, where)


def _pairs(column: Column, known: Mapping[str, Column], where: str) -> Iterator[Problem]:
    by = known.get(column.paired_with or "")
    if by is None or by.one_of == LEAVES:
        if column.pairs:
            yield _SHEETS, f"{where}.pairs", "应与 paired_with 同时有；问题类型在各指标的 fault_kinds 中"
    elif set(column.pairs) != set(by.choices):
        yield _SHEETS, f"{where}.pairs", f"应为 {'、'.join(by.choices) or by.key} 逐一列出"


def _settlement(scheme: Scheme) -> Iterator[Problem]:
    """Readings that are named for a step of the settlement and are not there, or whose options it does not know."""
    named = [(f"contradiction {entry.node}", entry.reading, SUMS) for entry in scheme.contradictions]
    for leaf in scheme.leaves:
        named += [(f"node {leaf.code}.spills", leaf.spills, OVERFLOWS)] if leaf.spills else []
        named += [(f"node {leaf.code}.bonus", leaf.bonus, BONUSES)] if leaf.bonus else []
        if leaf.proportion:
            named.append((f"node {leaf.code}.proportion", leaf.proportion.reading, PROPORTIONS))
    for where, key, known in named:
        if key not in scheme.readings:
            yield _SCHEME, where, f"{_READINGS} 中没有解读 {key}"
        elif not set(scheme.readings[key].options) <= known:
            yield _READINGS, f"{key}.options", f"应为 {'、'.join(sorted(known))} 中的选项"
    for leaf in [leaf for leaf in scheme.leaves if leaf.bonus][1:]:
        yield _SCHEME, f"node {leaf.code}.bonus", "只能有一个加分指标"


def _readings(scheme: Scheme) -> Iterator[Problem]:
    for reading in scheme.readings.values():
        yield from _reading(scheme, reading)


def _reading(scheme: Scheme, reading: Reading) -> Iterator[Problem]:
    if not reading.options:
        yield _READINGS, f"{reading.key}.options", "没有选项；第一个选项即默认"
    for code in reading.nodes:
        if code not in scheme.by_code:
            yield _READINGS, f"{reading.key}.nodes", f"没有指标 {code}"
    if reading.scopes and set(reading.scopes) != set(reading.options):
        yield _READINGS, f"{reading.key}.scopes", f"应为 {'、'.join(reading.options)} 逐一列出"
    for code in reading.scopes.values():
        if code not in scheme.by_code:
            yield _READINGS, f"{reading.key}.scopes", f"没有指标 {code}"
