"""Checks of a scheme before an office adopts it, by generated evidence and by the scheme's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from scoring.base.points import ZERO, shown
from scoring.engine.findings import CHANGE, VOID
from scoring.explained.deadlines import last_days
from scoring.explained.examples import Example, Examples
from scoring.explained.idle import idle_kinds
from scoring.explained.probes import NOTHING, Kind, Probe, Probes
from scoring.explained.wording import unclear
from scoring.explained.words import day_words, quoted, result_words
from scoring.scheme import TOTAL, FindingKind, Node
from scoring.scheme.readings import choose

_THRESHOLD: Final = re.compile(r"(?:超过|满|达到)(?:（含）)?(\d+)分(?:以上)?[的，]?按?计?0分")
_LIMITED: Final = re.compile(r"最多|不超过|上限|封顶|为限")
_CLEAN: Final = "没有任何过失的佐证"


@dataclass(frozen=True)
class Remark:
    """One thing that was found.

    Attributes
    ----------
    codes
        The nodes whose clauses it is about.
    shown_by
        The smallest evidence that shows it, with the result; empty if the clauses alone show it.
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


class Checks:
    """All checks of a scheme."""

    def __init__(self, probes: Probes, examples: Examples) -> None:
        self.probes, self.scheme, self.examples = probes, probes.scheme, examples
        self.smallest: dict[Kind, Probe] = {}
        for probe in sorted(probes.all, key=lambda probe: (len(probe.outcome.kinds), probe.change.size)):
            for row in probe.new:
                self.smallest.setdefault((row.code, row.kind), probe)

    def all(self) -> Iterator[Check]:
        """The checks, the gravest first."""
        of_points = (
            ("分值自相矛盾", "上级指标的分值与所属指标之和是否一致。", self._sums),
            ("扣不到、得不到的分", "有没有分值谁也失不掉、谁也得不到。", self._unreachable),
        )
        of_all = (
            ("不起作用的条款", "有没有认定从不改变得分和结果。", self._idle),
            ("没有计分标准的条款", "每个末级指标是否写明了计分标准。", self._without_standard),
            ("一处过失多处计算", "同一处过失会不会同时引起几项扣分或否决，合计失多少分。", self._twice),
            ("被其他否决包含的否决", "有没有否决总与另一项否决同时出现。", self._included),
            ("落在考核期之外的期限", "有没有义务到考核期结束仍未到期，因而无从认定。", self._deadlines),
            ("含义不止一种而没有解读的措辞", "有没有常见的歧义措辞没有写明解读。", self._wording),
        )
        for title, question, check in (*(() if self.scheme.is_gate else of_points), *of_all):
            yield Check(title, question, tuple(check()))

    # --- Points

    def _sums(self) -> Iterator[Remark]:
        clean = self.probes.clean.trials.of([self.probes.clean.number])
        for entry in self.scheme.contradictions:
            node, reading = self.scheme.by_code[entry.node], self.scheme.readings[entry.reading]
            totals = []
            for option, words in reading.options.items():
                outcome = clean.again(choose(self.scheme.readings, {reading.key: option}), ()).outcomes[0]
                scores = shown(outcome.score(node.code)), shown(outcome.score(TOTAL))
                totals.append(f"{quoted(words)}时，{node.name}{scores[0]}分，总分{scores[1]}分")
            declared = f"标明{shown(entry.declared)}分，所属指标合计{shown(entry.adds_up_to)}分"
            text = f"{declared}；怎样计由解读{quoted(reading.title)}决定"
            yield Remark((node.code, *self.scheme.children[node.code]), text, f"{_CLEAN}：{'；'.join(totals)}")

    def _unreachable(self) -> Iterator[Remark]:
        for leaf in self.scheme.leaves:
            yield from self._ends(leaf)
            for key, several in self.examples.of.items():
                for example in several:
                    yield from self._not_full(leaf, key, example)
            yield from self._too_dear(leaf)
            yield from self._threshold(leaf)

    def _ends(self, leaf: Node) -> Iterator[Remark]:
        """Points above a cap in clean evidence, and points that no evidence lost."""
        over = self.probes.clean.worked(leaf.code) - leaf.points
        fixed = all(leaf.findings[row.kind].each for row in self.probes.clean.findings if row.code == leaf.code)
        if over > 0 and fixed and not _LIMITED.search(leaf.standard):
            text = f"各项合计可得{shown(leaf.points + over)}分，最多计{shown(leaf.points)}分，有{shown(over)}分无从得到"
            yield Remark((leaf.code,), text, _CLEAN)
        judged = [probe for probe in self.probes.all if leaf.code not in probe.outcome.pending]
        lowest = min(judged, key=lambda probe: (self._left(probe, leaf.code), probe.change.size), default=None)
        if lowest is not None and (left := self._left(lowest, leaf.code)) > 0:
            text = f"试过的佐证中最低也得{shown(left)}分，这{shown(left)}分谁也失不掉"
            yield Remark((leaf.code,), text, self._with_result(lowest, leaf.code))

    @staticmethod
    def _left(probe: Probe, code: str) -> Fraction:
        """A leaf's points after its own findings, ignoring voids from elsewhere."""
        void = any(row.code == code and row.effect == VOID for row in probe.new)
        return ZERO if void else probe.outcome.own(code)

    def _not_full(self, leaf: Node, key: str, example: Example) -> Iterator[Remark]:
        """Options under which even clean evidence lacks points."""
        reading = self.scheme.readings[key]
        for option, outcome in example.outcomes.items():
            lacking = leaf.points - outcome.own(leaf.code)
            if example.change is NOTHING and leaf.code in example.codes and option != reading.default and lacking > 0:
                how = f"解读{quoted(reading.title)}取{quoted(reading.options[option])}时"
                points = f"没有过失也只得{shown(outcome.own(leaf.code))}分，有{shown(lacking)}分无从得到"
                yield Remark((leaf.code,), f"{how}，{points}", _CLEAN)

    def _too_dear(self, leaf: Node) -> Iterator[Remark]:
        """Findings that cost or earn more than the leaf has."""
        dear = [kind for kind in leaf.findings.values() if kind.each is not None and abs(kind.each) > leaf.points]
        if dear:
            told = "、".join(f"“{kind.name}”每次{_points(kind)}" for kind in dear)
            rest = f"而该指标只有{shown(leaf.points)}分，多出的部分按默认解读不起作用"
            by = (
                f"；是否从上级指标扣，由解读{quoted(self.scheme.readings[leaf.spills].title)}决定"
                if leaf.spills
                else ""
            )
            worst = max(dear, key=lambda kind: abs(kind.each or ZERO))
            yield Remark((leaf.code,), f"{told}，{rest}{by}", self._shown(leaf.code, worst))

    def _threshold(self, leaf: Node) -> Iterator[Remark]:
        """A sum of deductions that is stated to cost all points, but exceeds the leaf's points."""
        written = _THRESHOLD.search(leaf.standard + leaf.remark)
        limit = leaf.proportion.over if leaf.proportion else int(written[1]) if written else 0
        if limit > leaf.points:
            full = shown(leaf.points)
            by = leaf.proportion and self.scheme.readings[leaf.proportion.reading].title
            unless = f"，除非按解读{quoted(by)}折算" if by else ""
            text = f"累计扣分超过{limit}分按0分计算，而该指标只有{full}分，扣满{full}分已是0分：这一句不起作用{unless}"
            zero = [probe for probe in self.probes.all if probe.new and self._left(probe, leaf.code) == ZERO]
            first = min(zero, key=lambda probe: probe.change.size, default=None)
            yield Remark((leaf.code,), text, self._with_result(first, leaf.code) if first else "")

    # --- Clauses

    def _idle(self) -> Iterator[Remark]:
        idle = idle_kinds(self.probes, self.smallest)
        known = {*self.smallest, *self.probes.clean.kinds, *self.examples.kinds}
        for leaf in self.scheme.leaves:
            for kind in leaf.findings.values():
                if (leaf.code, kind.name) in idle:
                    text = f"“{kind.name}”（{_points(kind)}）不改变任何得分和结果，只作说明"
                    yield Remark((leaf.code,), text, self._shown(leaf.code, kind))
                elif (leaf.code, kind.name) not in known:
                    yield Remark((leaf.code,), f"试过的佐证中没有出现“{kind.name}”；能否出现，请对照规则核实")

    def _without_standard(self) -> Iterator[Remark]:
        for leaf in self.scheme.leaves:
            if not leaf.standard.strip():
                marks = [fact.name for fact in self.scheme.facts if fact.marks == leaf.code]
                how = f"；由考核人员在“{marks[0]}”中评0至{shown(leaf.points)}分" if marks else ""
                first = next(iter(leaf.findings.values()), None)
                yield Remark((leaf.code,), f"没有写计分标准{how}", self._shown(leaf.code, first) if first else "")

    # --- Faults

    def _twice(self) -> Iterator[Remark]:
        """Single faults with several findings."""
        smallest: dict[frozenset[Kind], Probe] = {}
        costs = [frozenset((row.code, row.kind) for row in _costs(probe)) for probe in self.probes.singles]
        for kinds, probe in zip(costs, self.probes.singles, strict=True):
            parts = [other for other in costs if other and other < kinds]
            # Two cells of a row may be two faults.
            apart = probe.change.cells > 1 and any(one | two == kinds for one in parts for two in parts)
            if len(kinds) > 1 and not apart and probe.change.size < smallest.setdefault(kinds, probe).change.size:
                smallest[kinds] = probe
            if apart:
                smallest.pop(kinds, None)
        for kinds, probe in sorted(smallest.items(), key=lambda one: one[1].change.size):
            if not any(kinds < more and _codes(kinds) == _codes(more) for more in smallest):
                yield self._several(probe)

    def _several(self, probe: Probe) -> Remark:
        rows = {(row.code, row.kind): row for row in _costs(probe)}
        nodes = list(self.scheme.by_code)
        found = sorted(rows, key=lambda kind: (nodes.index(kind[0]), kind[1]))
        told = "；".join(f"{code} “{kind}”{self._effect(rows[code, kind])}" for code, kind in found)
        lost = self.probes.clean.score(TOTAL) - probe.outcome.score(TOTAL)
        total = "" if self.scheme.is_gate else f"；总分合计少{shown(lost)}分"
        return Remark(tuple(dict.fromkeys(code for code, _ in found)), f"{told}{total}", probe.change.words)

    def _effect(self, row: Any) -> str:
        if row.effect == CHANGE:
            return f"扣{shown(-row.points)}分"
        return f"{self.scheme.by_code[row.scope].name}计0分{f'（{row.veto}）' if isinstance(row.veto, str) else ''}"

    def _included(self) -> Iterator[Remark]:
        """Vetoes that never occurred without another of the same or a wider scope."""
        seen: dict[Kind, list[tuple[set[Kind], Probe]]] = {}
        for probe in sorted(self.probes.all, key=lambda probe: probe.change.size):
            scopes = {(row.code, row.kind): row.scope for row in probe.outcome.findings if isinstance(row.veto, str)}
            for veto, scope in scopes.items():
                wider = {other for other in scopes if other != veto and scopes[other] in self.scheme.lineage(scope)}
                seen.setdefault(veto, []).append((wider, probe))
        for veto, several in seen.items():
            always = set.intersection(*(wider for wider, _ in several))
            if always and len(several) > 1:
                told = "、".join(f"{code}“{kind}”" for code, kind in sorted(always))
                text = f"试过的{len(several)}份佐证中，“{veto[1]}”出现时，{told}也都出现：这一否决没有单独起过作用"
                yield Remark(tuple(_codes({veto, *always})), text, several[0][1].change.words)

    def _deadlines(self) -> Iterator[Remark]:
        last = last_days(self.probes, self.smallest)
        for leaf in self.scheme.leaves:
            found = {kind: one for (code, kind), one in last.items() if code == leaf.code}
            if found:
                told = "；".join(f"{one.name}在{day_words(one.last)}之后的，“{kind}”" for kind, one in found.items())
                looked_back = any(one.looked_back for one in found.values())
                later = "次年考核可以回溯" if looked_back else "次年也不再考核上一年的记录"
                shown_by = "；".join(dict.fromkeys(f"{one.words}：不产生认定" for one in found.values()))
                yield Remark((leaf.code,), f"期限落在考核期之后，本年度无从认定：{told}；{later}", shown_by)

    def _wording(self) -> Iterator[Remark]:
        for (word, meaning), leaves in unclear(self.scheme).items():
            kinds = sorted(leaves[0].findings.values(), key=lambda kind: kind.each is None)
            shown_by = self._shown(leaves[0].code, kinds[0]) if kinds else ""
            yield Remark(tuple(leaf.code for leaf in leaves), f"“{word}”：{meaning}", shown_by)

    # --- Words

    def _shown(self, code: str, kind: FindingKind) -> str:
        probe = self.smallest.get((code, kind.name))
        return self._with_result(probe, code) if probe else ""

    @staticmethod
    def _with_result(probe: Probe, code: str) -> str:
        return f"{probe.change.words}：{result_words(probe.outcome, code)}"


def _costs(probe: Probe) -> list[Any]:
    return [row for row in probe.new if row.effect == VOID or row.points < 0]


def _codes(kinds: frozenset[Kind] | set[Kind]) -> list[str]:
    return sorted({code for code, _ in kinds})


def _points(kind: FindingKind) -> str:
    if kind.each is None:
        return "计0分" if kind.scope else "按评分"
    return f"{'扣' if kind.each < 0 else '得'}{shown(abs(kind.each))}分"
