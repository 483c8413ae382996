"""Checks the parts of a scheme against each other; every mistake is reported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from string import Formatter
from typing import Any, Final

from scoring.base.characters import displayed, plain, quoted
from scoring.scheme import check_outline, check_sheets
from scoring.scheme.departments import why_no_department
from scoring.scheme.model import TOTAL, Node, Scheme, parent
from scoring.scheme.sheets import FACTS, Column, Sheet

#: File, key, and the message.
Problem = tuple[str, str, str]

#: The options that settlement understands, of readings named by a contradiction, ``spills``, ``proportion``, ``bonus``.
#: The clause and the default option are up to the scheme.
SUMS: Final = frozenset({"cap", "scale", "sum"})
OVERFLOWS: Final = frozenset({"floor", "spill"})
PROPORTIONS: Final = frozenset({"literal", "proportional"})
BONUSES: Final = frozenset({"open", "section", "total", "none"})

_SCHEME, _SHEETS, _READINGS = "scheme.toml", "sheets.toml", "readings.toml"
#: The name of the rules in messages, since they may be in any module of the folder.
RULES: Final = "规则"

#: A code also begins a finding's id, followed by "-".
_CODE: Final = re.compile(r"\w+(\.\w+)*")
#: A reading is chosen as ``YEAR:KEY=OPTION``.
_CHOSEN: Final = re.compile(r"[^\s=:]+")
_YEARS: Final = range(1990, 2100)


def disagreements(scheme: Scheme) -> Iterator[Problem]:
    """All mistakes in a scheme."""
    checks = (_head, _codes, _sums, _leaves, _findings, _after_it_was_found, _rules, _settlement, _readings)
    for check in (*checks, check_sheets.disagreements, check_outline.disagreements):
        yield from check(scheme)


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _head(scheme: Scheme) -> Iterator[Problem]:
    if scheme.since not in _YEARS:
        yield _SCHEME, "since", f"应为 {_YEARS[0]} 至 {_YEARS[-1]} 之间的年度，现为 {scheme.since}"
    for key in ("line", "title", "city"):
        if not getattr(scheme, key).strip():
            yield _SCHEME, key, "不能为空"
    if not scheme.departments:
        yield _SCHEME, "departments", "没有考核对象；应列出部门名称"
    for name in scheme.departments:
        if reason := why_no_department(name):
            yield _SCHEME, "departments", f"“{displayed(name)}”{reason}"
    for name in _repeated(plain(name).casefold() for name in scheme.departments):
        yield _SCHEME, "departments", f"“{displayed(name)}”重复"


def _codes(scheme: Scheme) -> Iterator[Problem]:
    codes = [node.code for node in scheme.nodes]
    for code in dict.fromkeys(codes):
        where = f"node {code}"
        if not _CODE.fullmatch(code) or plain(code) != code or code == TOTAL:
            yield _SCHEME, where, f"编号应由文字、数字组成，各级之间用“.”，如 3.2.1；不能是 {TOTAL}"
        if codes.count(code) > 1:
            yield _SCHEME, where, "编号重复；每个指标一个编号"
        if parent(code) not in {TOTAL, *codes}:
            yield _SCHEME, where, f"没有上级指标 {parent(code)}；请补上"
    if not codes:
        yield _SCHEME, "node", "没有指标；应至少有一个 [[node]]"


def _sums(scheme: Scheme) -> Iterator[Problem]:
    """Nodes whose children do not add up, unless declared; and false declarations."""
    if scheme.is_gate:
        yield from _no_points(scheme)
        return
    for node in scheme.nodes:
        if node.points < 0:
            yield _SCHEME, f"node {node.code}.points", f"应不小于 0，现为 {node.points}"
    declared = {entry.node: entry for entry in scheme.contradictions}
    for code in _repeated([entry.node for entry in scheme.contradictions]):
        yield _SCHEME, f"contradiction {code}", "重复；每个指标一处"
    for code, children in scheme.children.items():
        if code not in scheme.by_code:
            continue
        points = scheme.by_code[code].points
        added = sum((scheme.by_code[child].points for child in children), Fraction(0))
        entry = declared.pop(code, None)
        if entry and (entry.declared, entry.adds_up_to) != (points, added):
            stated = f"写明 {entry.declared} 与 {entry.adds_up_to} 不一致"
            yield _SCHEME, f"contradiction {code}", f"{stated}，实为 {points} 与 {added}"
        elif entry is None and points != added:
            key = "points" if code == TOTAL else f"node {code}"
            yield _SCHEME, key, f"分值 {points}，下级合计 {added}；应相等，或用 [[contradiction]] 写明"
    for code in declared:
        yield _SCHEME, f"contradiction {code}", "没有这个指标，或它没有下级指标"


def _no_points(scheme: Scheme) -> Iterator[Problem]:
    """A scheme without points must have none anywhere."""
    given = [node.code for node in scheme.nodes if node.points or any(kind.each for kind in node.findings.values())]
    if given:
        some = f"{'、'.join(given[:3])}{f'等 {len(given)} 个指标' if len(given) > 3 else ''}"  # noqa: PLR2004
        yield _SCHEME, "points", f"没有写明总分的方案不计分，而 {some}有 points 或 each；请写明总分，或都不写"
        return
    for node in scheme.nodes:
        if node.opens_at_zero or node.spills or node.bonus or node.proportion:
            yield _SCHEME, f"node {node.code}", "不计分的方案没有 opens_at_zero、spills、bonus、proportion"


def _leaves(scheme: Scheme) -> Iterator[Problem]:
    """Check each leaf's keys about evidence against the sheets."""
    sheets = {sheet.key: sheet for sheet in scheme.sheets}
    for node in scheme.nodes:
        where = f"node {node.code}"
        if node.code in scheme.children:
            if node.findings or node.standard or node.sheets or node.terms:
                yield _SCHEME, where, "有下级指标，不应有 finding、standard、sheets、terms"
            if node.source_note:
                yield _SCHEME, f"{where}.source_note", "有下级指标，没有条款，不应有 source_note"
            continue
        if node.source_note and not (node.description + node.standard + node.remark).strip():
            yield _SCHEME, f"{where}.source_note", "说明条款原文的错漏，而这个指标没有条款；请删去，或补上条款"
        if not node.findings:
            yield _SCHEME, where, "没有 finding；末级指标应至少有一种发现"
        if not node.sheets:
            yield _SCHEME, where, f"没有 sheets；应为 {'、'.join([FACTS, *sheets])} 中的一个或几个"
        for key in sorted(set(node.sheets) - {FACTS, *sheets}):
            yield _SCHEME, f"{where}.sheets", f"{_SHEETS} 中没有工作表 {key}"
        yield from _looked_at(sheets, node, where)
        yield from _terms(sheets, node, where)


def _looked_at(sheets: Mapping[str, Sheet], node: Node, where: str) -> Iterator[Problem]:
    """``where``, ``judged_on`` and ``fault_kinds`` must refer to sheets in the leaf's ``sheets``."""
    for key, words in node.where.items():
        if key not in node.sheets:
            yield _SCHEME, f"{where}.where", f"{key} 不在这个指标的 sheets 中"
        for column, word in words.items():
            yield from _word(sheets, f"{key}.{column}", word, f"{where}.where")
    at = f"{where}.fault_kinds"
    if node.judged_on and (node.judged_on not in sheets or not sheets[node.judged_on].dated_by):
        yield _SCHEME, f"{where}.judged_on", f"应为有 dated_by 的工作表，现为 {node.judged_on}"
    elif node.judged_on and node.judged_on not in node.sheets:
        yield _SCHEME, f"{where}.judged_on", f"{node.judged_on} 不在这个指标的 sheets 中"
    by_kind = [  # Sheets whose rows name a leaf and one of its kinds.
        key
        for key in node.sheets
        if key in sheets and (leaf := sheets[key].of_leaf)
        if any(column.paired_with == leaf.key for column in sheets[key].columns)
    ]
    if by_kind and not node.fault_kinds:
        yield _SCHEME, at, f"没有写明；{by_kind[0]} 的每一行写明指标和问题类型，应列出这个指标的类型"
    if node.fault_kinds and not by_kind:
        yield _SCHEME, at, "sheets 中没有逐行写明指标和问题类型的工作表；应补上，或不写 fault_kinds"


def _terms(sheets: Mapping[str, Sheet], node: Node, where: str) -> Iterator[Problem]:
    """Check the words of terms against the lists that ``lists`` names for them."""
    for term, column in node.lists.items():
        words = list(_words(node.terms, term))
        if not words:
            yield _SCHEME, f"{where}.lists", f"terms 中没有 {term}"
        for word in words:
            yield from _word(sheets, column, word, f"{where}.terms.{term}")


def _words(terms: Any, name: str) -> Iterator[Any]:
    """The words of all terms with that name, at any depth."""
    if isinstance(terms, Mapping):
        for key, value in terms.items():
            if key == name:
                yield from value if isinstance(value, list) else [value]
            else:
                yield from _words(value, name)
    elif isinstance(terms, list):
        for entry in terms:
            yield from _words(entry, name)


def _word(sheets: Mapping[str, Sheet], column: str, word: Any, where: str) -> Iterator[Problem]:
    """Check a word against the list of a column, given as ``sheet.column``."""
    sheet, _, key = column.partition(".")
    known: Mapping[str, Column] = {one.key: one for one in sheets[sheet].columns} if sheet in sheets else {}
    if key not in known:
        yield _SCHEME, where, f"{_SHEETS} 中没有列 {column}"
    elif (choices := known[key].choices) and word not in choices:
        yield _SCHEME, where, f"“{quoted(str(word))}”不在列 {column} 的选项中；应为 {'、'.join(choices)} 之一"


def _findings(scheme: Scheme) -> Iterator[Problem]:
    for code, kind in ((node.code, kind) for node in scheme.nodes for kind in node.findings.values()):
        where = f"node {code}.finding {kind.name}"
        if not _is_sentence(kind.because):
            yield _SCHEME, f"{where}.because", "应为一句话，花括号中只写列名，如 {day}"
        if kind.scope not in {None, *scheme.by_code}:
            yield _SCHEME, f"{where}.scope", f"没有指标 {kind.scope}；应为编号或 {TOTAL}"
        if (kind.veto or kind.scope_by) and kind.scope is None:
            named = f"；有 scope_by 的，写 {kind.scope_by} 的 scopes 中的一个编号" if kind.scope_by else ""
            yield _SCHEME, f"{where}.scope", f"否决应写明计 0 分的范围{named}"
        reading = scheme.readings.get(kind.scope_by or "")
        if kind.scope_by and reading is None:
            yield _SCHEME, f"{where}.scope_by", f"{_READINGS} 中没有解读 {kind.scope_by}"
        elif reading is not None and kind.scope is not None and kind.scope not in reading.scopes.values():
            yield _SCHEME, f"{where}.scope_by", f"解读 {kind.scope_by} 的 scopes 中应有 {kind.scope}"


def _after_it_was_found(scheme: Scheme) -> Iterator[Problem]:
    """When a finding is sure, and whether and by when it can be mended."""
    for code, kind in ((node.code, kind) for node in scheme.nodes for kind in node.findings.values()):
        where = f"node {code}.finding {kind.name}"
        if kind.yearly and (dated := [name for name in ("due", "since") if f"{{{name}}}" in kind.because]):
            yield _SCHEME, f"{where}.yearly", f"由 {{{dated[0]}}} 这一天认定的，不必等到年底，不应有 yearly"
        if kind.mendable and not kind.advice:
            yield _SCHEME, f"{where}.mendable", "可以改正的，应有 advice 写明怎样改正"
        if kind.mend is not None and not (kind.mendable and kind.mend > 0):
            yield _SCHEME, f"{where}.mend", "应为从 1 起的工作日数，且同时有 mendable = true"
        if kind.mendable and kind.each and kind.each > 0:
            yield _SCHEME, f"{where}.mendable", f"得分（each 为 {kind.each}）的认定没有可改正之处，不应有 mendable"


def _is_sentence(template: str) -> bool:
    """Whether a finding's sentence can be filled in: braces hold names and nothing else."""
    try:
        fields = list(Formatter().parse(template))
    except ValueError:
        return False
    return bool(template.strip()) and all(
        name is None or (name.isidentifier() and not form and not conversion) for _, name, form, conversion in fields
    )


def _rules(scheme: Scheme) -> Iterator[Problem]:
    leaves = {leaf.code for leaf in scheme.leaves}
    if scheme.follows == scheme.folder.name:
        yield _SCHEME, "follows", f"应为前一个方案的名称，不能是本方案 {scheme.follows}"
    for code in sorted(leaves - set(scheme.rules)):
        yield RULES, f"node {code}", f'没有规则；应有一个 @rule("{code}") 的函数'
    for code in sorted(set(scheme.rules) - leaves):
        yield RULES, f'@rule("{code}")', f"{_SCHEME} 中没有末级指标 {code}"
    for node in scheme.nodes:
        if node.corresponds and (node.new or not scheme.follows):
            yield _SCHEME, f"node {node.code}.corresponds", "应与 follows 同时有，且不与 new 同时有"


def _settlement(scheme: Scheme) -> Iterator[Problem]:
    """Readings named for settlement that do not exist, or have options it does not know."""
    named = [(f"contradiction {entry.node}", entry.reading, SUMS) for entry in scheme.contradictions]
    for leaf in scheme.leaves:
        named += [(f"node {leaf.code}.spills", leaf.spills, OVERFLOWS)] if leaf.spills else []
        named += [(f"node {leaf.code}.bonus", leaf.bonus, BONUSES)] if leaf.bonus else []
        if leaf.proportion:
            named.append((f"node {leaf.code}.proportion", leaf.proportion.reading, PROPORTIONS))
        if leaf.proportion and leaf.proportion.over <= 0:
            yield _SCHEME, f"node {leaf.code}.proportion.over", f"应为正整数，现为 {leaf.proportion.over}"
    for where, key, known in named:
        if key not in scheme.readings:
            yield _SCHEME, where, f"{_READINGS} 中没有解读 {key}"
        elif not set(scheme.readings[key].options) <= known:
            yield _READINGS, f"{key}.options", f"应为 {'、'.join(sorted(known))} 中的选项"
    for leaf in [leaf for leaf in scheme.leaves if leaf.bonus][1:]:
        yield _SCHEME, f"node {leaf.code}.bonus", "只能有一个加分指标"


def _readings(scheme: Scheme) -> Iterator[Problem]:
    for key, reading in scheme.readings.items():
        if not reading.options:
            yield _READINGS, f"{key}.options", "没有选项；第一个选项即默认"
        for name in (key, *reading.options):
            if not _CHOSEN.fullmatch(name):
                yield _READINGS, key, f"“{quoted(name)}”不能用作名称；名称中不能有空格、“=”和“:”"
        if reading.scopes and set(reading.scopes) != set(reading.options):
            yield _READINGS, f"{key}.scopes", f"应为 {'、'.join(reading.options)} 逐一列出"
        for name, codes in (("nodes", reading.nodes), ("scopes", reading.scopes.values())):
            for code in codes:
                if code not in scheme.by_code:
                    yield _READINGS, f"{key}.{name}", f"没有指标 {code}"
