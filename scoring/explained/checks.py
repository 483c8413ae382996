"""What an office should know of its scheme before it adopts it: what made-up evidence shows, and what the data show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import pandas as pd

from scoring.base.points import ZERO, shown
from scoring.engine.findings import CHANGE, COLUMNS, VOID
from scoring.engine.settle import settle, standing
from scoring.explained.deadlines import last_days
from scoring.explained.examples import Example, Examples
from scoring.explained.probes import NOTHING, Probe, Probes
from scoring.explained.trials import Outcome, changed
from scoring.explained.words import day_words, result_words
from scoring.scheme import TOTAL, FindingKind, Node
from scoring.scheme.readings import choose

#: Of one kind of finding so many pieces of evidence are held against the same without it.
_ENOUGH: Final = 6
#: Leaf and kind of finding.
_Kind = tuple[str, str]
_THRESHOLD: Final = re.compile(r"(?:超过|满|达到)(?:（含）)?(\d+)分(?:以上)?[的，]?按?计?0分")


@dataclass(frozen=True)
class Remark:
    """One thing that was found.

    Attributes
    ----------
    codes
        The nodes whose clauses it is about.
    shown_by
        The smallest evidence that shows it, and what comes of that; empty where the clauses alone show it.
    """

    codes: tuple[str, ...]
    text: str
    shown_by: str = ""


@dataclass(frozen=True)
class Check:
    """One question to the scheme, and what was found; nothing found is an answer too."""

    title: str
    question: str
    remarks: tuple[Remark, ...]


class Checks:
    """All checks of a scheme."""

    def __init__(self, probes: Probes, examples: Examples) -> None:
        self.probes, self.scheme, self.examples = probes, probes.scheme, examples
        self.smallest: dict[_Kind, Probe] = {}
        for probe in sorted(probes.all, key=lambda probe: (len(probe.outcome.kinds), probe.change.size)):
            for kind in dict.fromkeys((row.code, row.kind) for row in probe.new):
                self.smallest.setdefault(kind, probe)

    def all(self) -> Iterator[Check]:
        """The checks, the gravest first."""
        scored = not self.scheme.is_gate
        for title, question, check in (
            ("分值自相矛盾", "上级指标的分值与所属指标之和是否一致。", self._sums if scored else None),
            ("扣不到、得不到的分", "有没有分值谁也失不掉、谁也得不到。", self._unreachable if scored else None),
            ("不起作用的条款", "有没有认定从不改变得分和结果。", self._idle),
            ("没有计分标准的条款", "每个末级指标是否写明了计分标准。", self._without_standard),
            ("一处过失多处计算", "同一处过失会不会在几条中同时扣分或否决，合计失多少分。", self._twice),
            ("被其他否决包含的否决", "有没有否决总与另一项否决同时出现。", self._included),
            ("落在考核期之外的期限", "有没有义务到考核期结束仍未到期，因而无从认定。", self._deadlines),
            ("含义不止一种而没有解读的措辞", "有没有常见的歧义措辞没有写明解读。", self._wording),
        ):
            if check is not None:
                yield Check(title, question, tuple(check()))

    # --- Points

    def _sums(self) -> Iterator[Remark]:
        for entry in self.scheme.contradictions:
            node, reading = self.scheme.by_code[entry.node], self.scheme.readings[entry.reading]
            totals = [
                f"“{words}”：{node.name}{shown(outcome.score(node.code))}分，总分{shown(outcome.score(TOTAL))}分"
                for option, words in reading.options.items()
                for outcome in [self.probes.clean.trials.of([self.probes.clean.number]).again(choose(self.scheme.readings, {reading.key: option}), ()).outcomes[0]]
            ]
            text = f"标明{shown(entry.declared)}分，所属指标合计{shown(entry.adds_up_to)}分；由解读“{reading.title}”决定怎样计"
            yield Remark((node.code, *self.scheme.children[node.code]), text, f"没有任何过失的佐证，{'；'.join(totals)}")

    def _unreachable(self) -> Iterator[Remark]:
        under = [
            remark
            for key, several in self.examples.of.items()
            for example in several
            for remark in self._not_full(key, example)
        ]
        for leaf in self.scheme.leaves:
            yield from self._ends(leaf)
            yield from (remark for remark in under if remark.codes == (leaf.code,))
            yield from self._too_dear(leaf)
            yield from self._threshold(leaf)

    def _too_dear(self, leaf: Node) -> Iterator[Remark]:
        dear = [kind for kind in leaf.findings.values() if kind.each is not None and abs(kind.each) > leaf.points]
        if dear:
            told = "、".join(f"“{kind.name}”每次{_points(kind)}" for kind in dear)
            spill = f"；是否从上级指标扣，由解读“{self.scheme.readings[leaf.spills].title}”决定" if leaf.spills else ""
            text = f"{told}，而该指标只有{shown(leaf.points)}分，多出的部分按默认解读无从{'扣' if _loses(dear[0]) else '得'}{spill}"
            yield Remark((leaf.code,), text, self._shown(leaf.code, max(dear, key=lambda kind: abs(kind.each or ZERO))))

    def _threshold(self, leaf: Node) -> Iterator[Remark]:
        found = _THRESHOLD.search(leaf.standard + leaf.remark)
        limit = leaf.proportion.over if leaf.proportion else int(found[1]) if found else 0
        if limit > leaf.points:
            how = f"，除非按解读“{self.scheme.readings[leaf.proportion.reading].title}”折算" if leaf.proportion else ""
            text = f"累计扣分超过{limit}分按0分计算；而该指标只有{shown(leaf.points)}分，扣满{shown(leaf.points)}分已是0分，这一句不起作用{how}"
            probes = [probe for probe in self.probes.all if ZERO == probe.outcome.own(leaf.code) and not probe.outcome.is_void(leaf.code)]
            yield Remark((leaf.code,), text, self._told(min(probes, key=lambda probe: probe.change.size), leaf.code) if probes else "")

    def _ends(self, leaf: Node) -> Iterator[Remark]:
        """What exceeds a cap in clean evidence, points that it lacks, and those that no evidence lost."""
        clean, full = self.probes.clean, leaf.points
        if clean.worked(leaf.code) > full:
            over = clean.worked(leaf.code)
            yield Remark((leaf.code,), f"各项合计可得{shown(over)}分，最多计{shown(full)}分，有{shown(over - full)}分无从得到", "没有任何过失的佐证")
        own = [probe for probe in self.probes.all if leaf.code not in probe.outcome.pending]
        lowest = min(own, key=lambda probe: (self._left(probe, leaf.code), probe.change.size), default=None)
        if lowest is not None and (left := self._left(lowest, leaf.code)) > 0:
            text = f"试过的佐证中最低也得{shown(left)}分：这{shown(left)}分谁也失不掉"
            yield Remark((leaf.code,), text, self._told(lowest, leaf.code))

    def _left(self, probe: Probe, code: str) -> Fraction:
        """What the findings of a leaf leave of its points, whatever else sets it to zero."""
        void = any(row.code == code and row.effect == VOID for row in probe.new)
        return ZERO if void else probe.outcome.own(code)

    def _not_full(self, key: str, example: Example) -> Iterator[Remark]:
        reading = self.scheme.readings[key]
        if example.change is not NOTHING:
            return
        for option, outcome in example.outcomes.items():
            for leaf in self.scheme.leaves:
                if option != reading.default and outcome.own(leaf.code) < leaf.points and leaf.code in example.codes and not outcome.is_pending(leaf.code):
                    text = f"解读“{reading.title}”取“{reading.options[option]}”时，没有过失也只得{shown(outcome.own(leaf.code))}分，有{shown(leaf.points - outcome.own(leaf.code))}分无从得到"
                    yield Remark((leaf.code,), text, "没有任何过失的佐证")

    # --- Clauses

    def _idle(self) -> Iterator[Remark]:
        """Kinds of findings without which everything would be the same in all evidence that shows them."""
        idle = self._idle_kinds(self.probes.all, {*self.smallest}, _ENOUGH)
        hidden = {(code, kind) for code, kind in idle if self.scheme.by_code[code].findings[kind].each != ZERO}
        idle = idle - hidden | self._idle_with_others(hidden)
        for leaf in self.scheme.leaves:
            for kind in leaf.findings.values():
                if (leaf.code, kind.name) in idle:
                    text = f"“{kind.name}”（{_points(kind)}）不改变任何得分和结果，只作说明"
                    yield Remark((leaf.code,), text, self._shown(leaf.code, kind))
        known = {*self.smallest, *self.probes.clean.kinds, *self.examples.kinds}
        for leaf in self.scheme.leaves:
            if missing := [kind for kind in leaf.findings if (leaf.code, kind) not in known]:
                yield Remark((leaf.code,), f"试过的佐证中没有出现{'、'.join(f'“{kind}”' for kind in missing)}；能否出现，请对照规则核实")

    def _idle_with_others(self, kinds: set[_Kind]) -> set[_Kind]:
        """Of some kinds those that change nothing beside a fault of another leaf either: a bonus may need a gap."""
        others = {code: probe for (code, _), probe in reversed(self.smallest.items())}.values()
        changes = [self.smallest[kind].change + probe.change for kind in sorted(kinds) for probe in others]
        outcomes = changed(self.probes.clean, changes).outcomes if changes else []
        both = [self.probes.probe(change, outcome) for change, outcome in zip(changes, outcomes, strict=True)]
        return self._idle_kinds(both, kinds, len(both)) if both else set()

    def _idle_kinds(self, probes: Sequence[Probe], among: set[_Kind], enough: int) -> set[_Kind]:
        """Evidence is settled with and without each kind of finding, all of it at once."""
        staged: list[tuple[Outcome, _Kind | None]] = []
        seen: dict[_Kind, int] = {}
        for probe in sorted(probes, key=lambda probe: probe.change.size):
            fresh = [kind for kind in sorted(among & probe.outcome.kinds) if seen.get(kind, 0) < enough]
            for kind in fresh:
                seen[kind] = seen.get(kind, 0) + 1
            staged += [(probe.outcome, kind) for kind in (None, *fresh)] if fresh else []
        rows = [
            {**row._asdict(), "department": str(at), "without": (row.code, row.kind) == kind}
            for at, (outcome, kind) in enumerate(staged)
            for row in outcome.findings
        ]
        findings = pd.DataFrame(rows, columns=[*COLUMNS, "without"])
        kept = findings[standing(findings, findings["without"].astype(bool))]
        pending = pd.DataFrame(
            [(str(at), code) for at, (outcome, _) in enumerate(staged) for code in outcome.pending], columns=["department", "code"]
        )
        names = tuple(map(str, range(len(staged))))
        settled = settle(self.scheme, self.probes.readings, names, kept, pending)
        vetoed = set(kept.loc[kept["veto"].notna(), "department"])
        results = [
            (*(settled.low[code][at] for code in self.scheme.by_code), *(settled.void[code][at] for code in self.scheme.by_code), name in vetoed)
            for at, name in enumerate(names)
        ]
        decides, whole = set(), ()
        for (_, kind), result in zip(staged, results, strict=True):
            if kind is None:
                whole = result
            elif result != whole:
                decides.add(kind)
        return set(seen) - decides

    def _without_standard(self) -> Iterator[Remark]:
        for leaf in self.scheme.leaves:
            if not leaf.standard.strip():
                marks = [fact.name for fact in self.scheme.facts if fact.marks == leaf.code]
                how = f"；按《{self.scheme.sheets[0].name}》“{marks[0]}”由考核人员评0至{shown(leaf.points)}分" if marks else ""
                kinds = list(leaf.findings.values())
                yield Remark((leaf.code,), f"没有写计分标准{how}", self._shown(leaf.code, kinds[0]) if kinds else "")

    # --- Faults

    def _twice(self) -> Iterator[Remark]:
        """Single faults with several findings that are not those of two smaller faults put together."""
        costs = {at: frozenset((row.code, row.kind) for row in self._costs(probe)) for at, probe in enumerate(self.probes.singles)}
        smallest: dict[frozenset[_Kind], Probe] = {}
        for at, kinds in costs.items():
            probe = self.probes.singles[at]
            parts = [other for other in costs.values() if other and other < kinds]
            several = probe.change.cells > 1 and any(one | two == kinds for one in parts for two in parts)
            if len(kinds) < 2 or several:
                continue
            if kinds not in smallest or probe.change.size < smallest[kinds].change.size:
                smallest[kinds] = probe
        whole = {kinds: probe for kinds, probe in smallest.items() if not any(self._within(kinds, more) for more in smallest)}
        for kinds, probe in sorted(whole.items(), key=lambda one: (-len({code for code, _ in one[0]}), one[1].change.size)):
            codes = tuple(dict.fromkeys(leaf.code for leaf in self.scheme.leaves if leaf.code in {code for code, _ in kinds}))
            rows = {(row.code, row.kind): row for row in self._costs(probe)}
            told = "；".join(f"{code} “{kind}”{_effect(rows[code, kind], self.scheme.by_code)}" for code, kind in sorted(kinds, key=lambda one: self._order(one)))
            lost = self.probes.clean.score(TOTAL) - probe.outcome.score(TOTAL)
            total = "" if self.scheme.is_gate else f"，总分合计少{shown(lost)}分"
            yield Remark(codes, f"{told}{total}", probe.change.words)

    @staticmethod
    def _within(kinds: frozenset[_Kind], more: frozenset[_Kind]) -> bool:
        return kinds < more and {code for code, _ in kinds} == {code for code, _ in more}

    def _costs(self, probe: Probe) -> list[Any]:
        return [row for row in probe.new if row.effect == VOID or row.points < 0]

    def _order(self, kind: _Kind) -> tuple[int, int]:
        codes = list(self.scheme.by_code)
        return codes.index(kind[0]), list(self.scheme.by_code[kind[0]].findings).index(kind[1])

    def _included(self) -> Iterator[Remark]:
        """Vetoes that were never seen without another that reaches as far."""
        always: dict[_Kind, tuple[set[_Kind], int, Probe]] = {}
        for probe in sorted(self.probes.all, key=lambda probe: probe.change.size):
            scopes = {(row.code, row.kind): row.scope for row in probe.outcome.findings if isinstance(row.veto, str)}
            for veto, scope in scopes.items():
                wider = {other for other in scopes if other != veto and scopes[other] in self.scheme.lineage(scope)}
                known, count, first = always.get(veto, (wider, 0, probe))
                always[veto] = known & wider, count + 1, first
        for veto, (others, count, probe) in always.items():
            if others and count > 1:
                told = "、".join(f"{code}“{kind}”" for code, kind in sorted(others, key=self._order))
                yield Remark((veto[0],), f"试过的{count}份佐证中，“{veto[1]}”出现时，{told}都同时出现：这一否决没有单独起过作用", probe.change.words)

    def _deadlines(self) -> Iterator[Remark]:
        """Obligations that are due too late in the year to be found missed."""
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
        """Words of many meanings, each once, with all the clauses that have it and no reading of it."""
        found: dict[_Kind, list[Node]] = {}
        for leaf in self.scheme.leaves:
            text = f"{leaf.description}\n{leaf.standard}\n{leaf.remark}"
            lineage = set(self.scheme.lineage(leaf.code))
            read = "".join(one.clause + one.title for one in self.scheme.readings.values() if lineage & set(one.nodes))
            for pattern, unless, meaning in WORDING:
                for word in dict.fromkeys(one[0] for one in pattern.finditer(text)):
                    is_read = word.strip("未不") in read or (read and word.startswith("每"))
                    if not is_read and not (unless and unless.search(text)):
                        found.setdefault((word, meaning), []).append(leaf)
        for (word, meaning), leaves in found.items():
            kinds = sorted(leaves[0].findings.values(), key=lambda kind: kind.each is None)
            yield Remark(tuple(leaf.code for leaf in leaves), f"“{word}”：{meaning}", self._shown(leaves[0].code, kinds[0]))

    # --- Words

    def _shown(self, code: str, kind: FindingKind) -> str:
        probe = self.smallest.get((code, kind.name))
        return self._told(probe, code) if probe else ""

    def _told(self, probe: Probe, code: str) -> str:
        return f"{probe.change.words}：{result_words(probe.outcome, code)}"


_LIMIT: Final = r"[\d一二三四五六七八九十两]+个?(?:工作日|日|天|周|月|年|小时)"
#: Wording that often has more than one meaning, what makes it clear, and what is unclear.
WORDING: Final = tuple(
    (re.compile(pattern), re.compile(unless) if unless else None, meaning)
    for pattern, unless, meaning in (
        (r"(?:未|不|没有)?(?:及时|按时|按期|定期)", rf"{_LIMIT}(?:以?内|前|必须)|\d+月(?:\d+日|底)?前", "没有写明期限"),
        (r"(?:未|不能|没有|无|少于)[^，。；\n]{1,10}每次", "", "怎样算一次没有写明：一个问题、一次监测，还是一段时间"),
        (r"超过（含）", "", "“超过”不含本数，“（含）”又含本数"),
        (r"(?<![\d一二三四五六七八九十两个])[\d一二三四五六七八九十两]+天(?:以?内)", "", "是自然日还是工作日没有写明"),
        (r"每(?:多|超过|增加)[^，。；\n]{1,8}加", r"最多|不超过|上限|封顶", "加分有没有上限没有写明"),
        (r"每(?:少|缺)[一1][个条次项件]", r"扣完为止|最多|不超过", "按缺少的数目逐一扣，还是不足即扣一次，扣到哪里为止没有写明"),
        (r"[^，。；\n]{0,6}不得分", "", "只失这一次的分，还是整个指标不得分"),
        (r"等(?:内容|情形|情况|问题|方面|信息|“[^”]+”)", "", "列举没有穷尽，其余的算不算没有写明"),
        (r"长期(?:未|没有|不)\w{0,2}", "", "多久算长期没有写明"),
    )
)


def _loses(kind: FindingKind) -> bool:
    return kind.each is not None and kind.each < 0


def _points(kind: FindingKind) -> str:
    if kind.each is None:
        return "计0分" if kind.scope else "按评分"
    return f"{'扣' if kind.each < 0 else '得'}{shown(abs(kind.each))}分"


def _effect(row: Any, nodes: Mapping[str, Node]) -> str:
    if row.effect == CHANGE:
        return f"扣{shown(-row.points)}分"
    scope = nodes[row.scope]
    return f"{'（' + row.veto + '）' if isinstance(row.veto, str) else ''}{scope.name}计0分"
