"""Checks of a scheme before an office adopts it, by generated evidence and by the scheme's data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from scoring.base.points import ZERO, shown
from scoring.engine.findings import CHANGE, VOID
from scoring.explained.examples import Examples
from scoring.explained.probes import NOTHING, Probe, Probes
from scoring.explained.searches import idle_kinds, last_days
from scoring.explained.trials import Kind, again
from scoring.explained.words import day_words, points_words, quoted, result_words
from scoring.scheme import TOTAL, FindingKind, Node, Scheme
from scoring.scheme.readings import choose

_THRESHOLD: Final = re.compile(r"(?:超过|满|达到)(?:（含）)?(\d+)分(?:以上)?[的，]?按?计?0分")
_CAPPED: Final = re.compile(r"最多|不超过|上限|封顶|为限")
_CLEAN: Final = "没有任何过失的佐证"

_LIMIT: Final = r"[\d一二三四五六七八九十两]+个?(?:工作日|日|天|周|月|年|小时)"
#: Wording that often has more than one meaning: its pattern, that of what makes it clear, and what is unclear.
_WORDING: Final = (
    (r"(?:未|不|没有)?(?:及时|按时|按期|定期)", rf"{_LIMIT}(?:以?内|前|必须)|\d+月(?:\d+日|底)?前", "没有写明期限"),
    (r"(?:未|不能|没有|无|少于)[^，。；\n]{1,10}每次", "", "怎样算一次没有写明：一个问题、一次监测，还是一段时间"),
    (r"超过（含）", "", "“超过”不含本数，“（含）”又含本数"),
    (r"(?<![\d一二三四五六七八九十两个])[\d一二三四五六七八九十两]+天(?:以?内)", "", "是自然日还是工作日没有写明"),
    (r"每(?:多|超过|增加)[^，。；\n]{1,8}加", r"最多|不超过|上限|封顶", "加分有没有上限没有写明"),
    (r"每(?:少|缺)[一1][个条次项件]", r"扣完为止|最多", "按缺少的数目逐一扣，还是不足即扣一次，没有写明"),
    (r"[^，。；\n]{0,6}不得分", "", "只失这一次的分，还是整个指标不得分"),
    (r"等(?:内容|情形|情况|问题|方面|信息|“[^”]+”)", "", "列举没有穷尽，其余的算不算没有写明"),
    (r"长期(?:未|没有|不)\w{0,2}", "", "多久算长期没有写明"),
)


@dataclass(frozen=True)
class Remark:
    """One thing that was found: the nodes it is about, and the smallest evidence that shows it and its result.

    Without evidence it is seen in the clauses themselves.
    """

    codes: tuple[str, ...]
    text: str
    shown_by: str = ""


@dataclass(frozen=True)
class Check:
    """One question about the scheme, and the remarks; there may be none."""

    title: str
    question: str
    remarks: tuple[Remark, ...]


def checks(probes: Probes, examples: Examples) -> list[Check]:
    """All checks of a scheme, the gravest first."""
    return [
        Check(title, question, tuple(check(_Tried(probes, examples))))
        for of_points, title, question, check in (
            (True, "分值自相矛盾", "上级指标的分值与所属指标之和是否一致。", _sums),
            (True, "扣不到、得不到的分", "有没有怎样都扣不到或得不到的分。", _unreachable),
            (False, "不起作用的条款", "有没有认定从不改变得分和结果。", _idle),
            (False, "没有计分标准的条款", "每个末级指标是否写明了计分标准。", _without_standard),
            (False, "一处过失多处计算", "同一处过失会不会同时引起几项扣分或否决，合计失多少分。", _twice),
            (False, "被其他否决包含的否决", "有没有否决总与另一项否决同时出现。", _included),
            (False, "落在考核期之外的期限", "有没有义务到考核期结束仍未到期，因而无从认定。", _deadlines),
            (False, "含义不止一种而没有解读的措辞", "有没有常见的歧义措辞没有写明解读。", _wording),
        )
        if not (of_points and probes.scheme.is_gate)
    ]


@dataclass(frozen=True)
class _Tried:
    """What the checks look at."""

    probes: Probes
    examples: Examples

    @property
    def scheme(self) -> Scheme:
        return self.probes.scheme

    @property
    def kinds(self) -> Iterator[tuple[Node, FindingKind]]:
        return ((leaf, kind) for leaf in self.scheme.leaves for kind in leaf.findings.values())

    def by(self, code: str, kind: FindingKind | None) -> str:
        """The smallest evidence with a kind of finding, and its result."""
        probe = self.probes.smallest.get((code, kind.name)) if kind else None
        return _with_result(probe, code) if probe else ""

    def title(self, reading: str) -> str:
        return quoted(self.scheme.readings[reading].title)


def _with_result(probe: Probe, code: str) -> str:
    return f"{probe.change.words}：{result_words(probe.outcome, code)}"


# --- Points


def _sums(tried: _Tried) -> Iterator[Remark]:
    scheme, clean = tried.scheme, tried.probes.clean
    for entry in scheme.contradictions:
        node, reading = scheme.by_code[entry.node], scheme.readings[entry.reading]
        totals = []
        for option, words in reading.options.items():
            (outcome,) = again([clean], choose(scheme.readings, {reading.key: option}), ())
            scores = shown(outcome.of(node.code).score), shown(outcome.of(TOTAL).score)
            totals.append(f"{quoted(words)}时，{node.name}{scores[0]}分，总分{scores[1]}分")
        declared = f"标明{shown(entry.declared)}分，所属指标合计{shown(entry.adds_up_to)}分"
        text = f"{declared}；怎样计由解读{quoted(reading.title)}决定"
        yield Remark((node.code, *scheme.children[node.code]), text, f"{_CLEAN}：{'；'.join(totals)}")


def _unreachable(tried: _Tried) -> Iterator[Remark]:
    for leaf in tried.scheme.leaves:
        for check in (_over, _never_lost, _not_full, _too_dear, _threshold):
            yield from (Remark((leaf.code,), text, shown_by) for text, shown_by in check(tried, leaf))


def _over(tried: _Tried, leaf: Node) -> Iterator[tuple[str, str]]:
    """What exceeds a cap in clean evidence."""
    over = tried.probes.clean.of(leaf.code).worked - leaf.points
    fixed = all(leaf.findings[row.kind].each for row in tried.probes.clean.findings if row.code == leaf.code)
    if over > 0 and fixed and not _CAPPED.search(leaf.standard):
        points = f"各项合计可得{shown(leaf.points + over)}分，最多计{shown(leaf.points)}分"
        yield f"{points}，有{shown(over)}分无从得到", _CLEAN


def _never_lost(tried: _Tried, leaf: Node) -> Iterator[tuple[str, str]]:
    judged = [probe for probe in tried.probes.all if leaf.code not in probe.outcome.pending]
    lowest = min(judged, key=lambda probe: _left(probe, leaf.code), default=None)
    if lowest and (left := _left(lowest, leaf.code)) > 0:
        text = f"试过的佐证中最低也得{shown(left)}分，这{shown(left)}分怎样都扣不到"
        yield text, _with_result(lowest, leaf.code)


def _left(probe: Probe, code: str) -> Fraction:
    """What the findings of a leaf leave of its points, whatever else sets it to zero."""
    void = any(row.code == code and row.effect == VOID for row in probe.new)
    return ZERO if void else probe.outcome.of(code).own


def _not_full(tried: _Tried, leaf: Node) -> Iterator[tuple[str, str]]:
    """Options under which even clean evidence lacks points."""
    for key, several in tried.examples.of.items():
        reading = tried.scheme.readings[key]
        outcomes = [pair for one in several if one.change is NOTHING for pair in one.outcomes.items()]
        for option, outcome in outcomes:
            own = outcome.of(leaf.code).own
            if option != reading.default and leaf.code in reading.nodes and own < leaf.points:
                how = f"解读{quoted(reading.title)}取{quoted(reading.options[option])}时"
                yield f"{how}，没有过失也只得{shown(own)}分，有{shown(leaf.points - own)}分无从得到", _CLEAN


def _too_dear(tried: _Tried, leaf: Node) -> Iterator[tuple[str, str]]:
    """Findings that cost or earn more than the leaf has."""
    dear = [kind for kind in leaf.findings.values() if abs(kind.each or ZERO) > leaf.points]
    if dear:
        words = "、".join(f"“{kind.name}”{points_words(tried.scheme, kind)}" for kind in dear)
        by = f"；是否从上级指标扣，由解读{tried.title(leaf.spills)}决定" if leaf.spills else ""
        worst = max(dear, key=lambda kind: abs(kind.each or ZERO))
        text = f"{words}，而该指标只有{shown(leaf.points)}分，多出的部分按默认解读不起作用{by}"
        yield text, tried.by(leaf.code, worst)


def _threshold(tried: _Tried, leaf: Node) -> Iterator[tuple[str, str]]:
    """A sum of deductions that is said to take all points, and is more than the leaf has."""
    written = _THRESHOLD.search(leaf.standard + leaf.remark)
    limit = leaf.proportion.over if leaf.proportion else int(written[1]) if written else 0
    if limit > leaf.points:
        full = shown(leaf.points)
        unless = f"，除非按解读{tried.title(leaf.proportion.reading)}折算" if leaf.proportion else ""
        first = next((probe for probe in tried.probes.all if probe.new and _left(probe, leaf.code) == ZERO), None)
        text = f"累计扣分超过{limit}分按0分计算，而该指标只有{full}分，扣满{full}分已是0分：这一句不起作用{unless}"
        yield text, _with_result(first, leaf.code) if first else ""


# --- Clauses


def _idle(tried: _Tried) -> Iterator[Remark]:
    idle = idle_kinds(tried.probes)
    known = {*tried.probes.smallest, *tried.probes.clean.kinds, *tried.examples.kinds}
    for leaf, kind in tried.kinds:
        if (leaf.code, kind.name) in idle:
            text = f"“{kind.name}”（{points_words(tried.scheme, kind)}）不改变任何得分和结果"
            yield Remark((leaf.code,), text, tried.by(leaf.code, kind))
        elif (leaf.code, kind.name) not in known:
            yield Remark((leaf.code,), f"试过的佐证中没有出现“{kind.name}”；能否出现，请对照规则核实")


def _without_standard(tried: _Tried) -> Iterator[Remark]:
    for leaf in tried.scheme.leaves:
        if not leaf.standard.strip():
            marks = next((fact.name for fact in tried.scheme.facts if fact.marks == leaf.code), "")
            how = f"；由考核人员在“{marks}”中评0至{shown(leaf.points)}分" if marks else ""
            first = next(iter(leaf.findings.values()), None)
            yield Remark((leaf.code,), f"没有写计分标准{how}", tried.by(leaf.code, first))


def _wording(tried: _Tried) -> Iterator[Remark]:
    for (word, meaning), leaves in unclear(tried.scheme).items():
        kinds = sorted(leaves[0].findings.values(), key=lambda kind: kind.each is None)
        shown_by = tried.by(leaves[0].code, kinds[0] if kinds else None)
        yield Remark(tuple(leaf.code for leaf in leaves), f"“{word}”：{meaning}", shown_by)


def unclear(scheme: Scheme) -> Mapping[tuple[str, str], list[Node]]:
    """Wording and what is unclear about it, to the leaves that have it; not where a reading quotes the words.

    What is counted one by one is clear where any reading names the leaf or a node above it.
    """
    found: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for leaf in scheme.leaves:
        text, lineage = f"{leaf.description}\n{leaf.standard}\n{leaf.remark}", set(scheme.lineage(leaf.code))
        read = "".join(one.clause + one.title for one in scheme.readings.values() if lineage & set(one.nodes))
        for pattern, unless, meaning in _WORDING:
            for word in dict.fromkeys(re.findall(pattern, text)):
                is_read = word.strip("未不") in read or (word.startswith("每") and read)
                if not is_read and not (unless and re.search(unless, text)):
                    found[word, meaning].append(leaf)
    return found


# --- Faults


def _twice(tried: _Tried) -> Iterator[Remark]:
    """Single faults with several findings, the smallest for each set of them."""
    singles = [(probe, _costs(probe)) for probe in tried.probes.singles]
    smallest: dict[frozenset[Kind], Probe] = {}
    apart: set[frozenset[Kind]] = set()
    for probe, costs in sorted(singles, key=lambda one: one[0].change.size):
        kinds = frozenset(costs)
        parts = [other for _, more in singles if (other := frozenset(more)) and other < kinds]
        # Two cells of a row may be two faults.
        if probe.change.cells > 1 and any(one | two == kinds for one in parts for two in parts):
            apart.add(kinds)
        elif len(kinds) > 1:
            smallest.setdefault(kinds, probe)
    several = {kinds: probe for kinds, probe in smallest.items() if kinds not in apart}
    for kinds, probe in several.items():
        if not any(kinds < more and _codes(kinds) == _codes(more) for more in several):
            yield _several(tried, probe)


def _costs(probe: Probe) -> dict[Kind, Any]:
    return {(row.code, row.kind): row for row in probe.new if row.effect == VOID or row.points < 0}


def _codes(kinds: Collection[Kind]) -> list[str]:
    return sorted({code for code, _ in kinds})


def _several(tried: _Tried, probe: Probe) -> Remark:
    scheme, codes = tried.scheme, list(tried.scheme.by_code)
    costs = sorted(_costs(probe).items(), key=lambda one: (codes.index(one[0][0]), one[0][1]))
    effects = []
    for (code, kind), row in costs:
        veto = f"（{row.veto}）" if isinstance(row.veto, str) else ""
        zero = "" if row.effect == CHANGE else f"{scheme.by_code[row.scope].name}计0分{veto}"
        effects.append(f"{code} “{kind}”{zero or f'扣{shown(-row.points)}分'}")
    lost = tried.probes.clean.of(TOTAL).score - probe.outcome.of(TOTAL).score
    total = [] if scheme.is_gate else [f"总分合计少{shown(lost)}分"]
    return Remark(
        tuple(dict.fromkeys(code for (code, _), _ in costs)), "；".join([*effects, *total]), probe.change.words
    )


def _included(tried: _Tried) -> Iterator[Remark]:
    """Vetoes that were never seen without another that reaches as far."""
    seen: dict[Kind, list[tuple[set[Kind], Probe]]] = defaultdict(list)
    for probe in tried.probes.all:
        scopes = {(row.code, row.kind): row.scope for row in probe.outcome.findings if isinstance(row.veto, str)}
        for veto, scope in scopes.items():
            wider = {other for other in scopes if other != veto and scopes[other] in tried.scheme.lineage(scope)}
            seen[veto].append((wider, probe))
    for veto, several in seen.items():
        always = set.intersection(*(wider for wider, _ in several))
        if always and len(several) > 1:
            words = "、".join(f"{code}“{kind}”" for code, kind in sorted(always))
            text = f"试过的{len(several)}份佐证中，“{veto[1]}”出现时，{words}也都出现：这一否决没有单独起过作用"
            yield Remark(tuple(_codes({veto, *always})), text, several[0][1].change.words)


def _deadlines(tried: _Tried) -> Iterator[Remark]:
    found = list(last_days(tried.probes))
    for leaf in tried.scheme.leaves:
        own = [(kind, last) for (code, kind), last in found if code == leaf.code]
        if own:
            late = "；".join(f"{last.name}在{day_words(last.day)}之后的，“{kind}”" for kind, last in own)
            later = "次年考核可以回溯" if any(last.looked_back for _, last in own) else "次年也不再考核上一年的记录"
            text = f"期限落在考核期之后，本年度无从认定：{late}；{later}"
            yield Remark((leaf.code,), text, "；".join(f"{last.next_row}：不产生认定" for _, last in own))
