"""Items of a notice: a leaf that lost points, with its clause, evidence and advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from scoring.base.points import ZERO, shown
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, NodeScore, Scorecard
from scoring.report.view import words
from scoring.report.view.blocks import Run, strong
from scoring.report.view.first_page import largest_losses, voids_from_above
from scoring.scheme import Scheme

NO_STANDARD = "（办法未列计分标准，由考核人员评分）"
ELSEWHERE = "详见评分报告附录"

#: Text in bold and text after it, one run after the other.
Runs = Sequence[tuple[str, str]]


def labelled(runs: Runs) -> list[Run]:
    """Each label in bold, with the text after it."""
    return [run for label, text in runs for run in (strong(label), text)]


@dataclass(frozen=True)
class Detail:
    """How much detail an item has: number of findings, letters of each, and pieces of advice.

    With zero findings, only their kinds are named, with the number of each.
    """

    findings: int
    letters: int
    advice: int


@dataclass(frozen=True)
class Row:
    """A printed item; ``mark`` says that a veto rests on it. A gate's items have no points."""

    number: int
    name: str
    clause: str
    problems: str
    advice: str
    points: str | None
    mark: str = ""

    def cell(self, paragraphs: int) -> list[Run]:
        """What stands in its cell: three paragraphs, each begun by a line break, or two or one where space is short."""
        mark = f"（{self.mark}）" if self.mark else ""
        runs = labelled([(f"{self.name}{mark}　", f"条款：{self.clause}")])
        for number, (label, text) in enumerate((("问题：", self.problems), ("建议：", self.advice)), 2):
            breaks = number <= paragraphs
            runs += [*(["\n"] if breaks else []), *labelled([(label if breaks else f"　{label}", text)])]
        return runs


@dataclass(frozen=True)
class Item:
    """A leaf with something to mend."""

    card: Scorecard
    node: NodeScore
    findings: tuple[Finding, ...]  # those that stand, but for vetoes: the costliest first
    above: tuple[Finding, ...]  # findings of another leaf that set this one to zero with its branch (网站安全计0分)

    def row(self, number: int, detail: Detail, mark: str) -> Row:
        """The item as the ``number``-th of the notice; ``mark`` says that a veto rests on it."""
        name, clause = f"{self.node.code} {self.node.name}", clause_of(self.card.scheme, self.node.code)
        advice = list(dict.fromkeys(finding.kind.advice for finding in (*self.findings, *self.above)))
        advised = "".join(advice[: detail.advice]) + ("（其余建议见评分报告）" if len(advice) > detail.advice else "")
        points = None if self.card.scheme.is_gate else shown(self.node.lost)
        return Row(number, name, clause, "".join(self._problems(detail)), advised, points, mark)

    def _problems(self, detail: Detail) -> Iterator[str]:
        for cause in self.above[:1]:
            leaf = f"{cause.code} {self.card.nodes[cause.code].name}"
            yield f"因“{leaf}”{cause.kind.name}，{words.scope_words(self.card.scheme, cause.scope)}计 0 分。"
        if self.findings and not detail.findings:
            counts = Counter(finding.kind.name for finding in self.findings)
            kinds = "、".join(f"{name} {count} 处" for name, count in counts.items())
            yield f"{kinds}{_place(self.findings[0], '首见')}。"
        elif self.findings:
            named, count = self._spread[: detail.findings], len(self.findings)
            yield "；".join(f"{shortened(finding.because, detail.letters)}{_place(finding)}" for finding in named)
            yield f"；等 {count} 处，{ELSEWHERE}。" if count > len(named) else "。"

    @cached_property
    def _spread(self) -> list[Finding]:
        """The findings with one of each kind first, then a second of each."""
        of_kind: dict[str, list[Finding]] = {}
        for finding in self.findings:
            of_kind.setdefault(finding.kind.name, []).append(finding)
        turns = zip_longest(*of_kind.values())
        return [finding for turn in turns for finding in turn if finding is not None]


def items_of(card: Scorecard, among: Container[str] | None = None) -> tuple[Item, ...]:
    """What is to be mended, by points to be won back; what costs nothing last, equals in the scheme's order.

    ``among`` has the ids of the findings that are meant, all of them when None.
    """
    items = []
    for code in (leaf.code for leaf in card.scheme.leaves):
        own = [finding for finding in card.of(code) if finding.stands and not finding.veto and finding.kind.advice]
        own = [finding for finding in own if among is None or finding.id in among]
        own.sort(key=lambda finding: (finding.effect != VOID, finding.points or ZERO))
        above = voids_from_above(card, code) if among is None else ()
        items.append(Item(card, card.nodes[code], tuple(own), tuple(above)))
    found = [item for item in items if item.findings or (item.above and item.node.lost)]
    return tuple(sorted(found, key=lambda item: -item.node.lost))


def without_remedy(card: Scorecard) -> tuple[NodeScore, ...]:
    """Leaves short of full points because of a reading only, with nothing to correct."""
    mended = {item.node.code for item in items_of(card)}
    return tuple(node for node in largest_losses(card) if node.code not in mended)


def clause_of(scheme: Scheme, code: str) -> str:
    """A leaf's clause word for word, without line breaks; in a gate, its description."""
    node = scheme.by_code[code]
    standard = node.standard or f"{NO_STANDARD}{node.description}"
    clause = f"{node.description}\n{node.standard}" if scheme.is_gate else standard
    mark = "（大意）" if scheme.paraphrased else ""
    remark = f"　备注：{_one_line(node.remark)}" if node.remark else ""
    return f"{mark}{_one_line(clause)}{remark}" + (f"　（{node.source_note}）" if node.source_note else "")


def _one_line(text: str) -> str:
    return "　".join(line.strip() for line in text.split("\n") if line.strip())


def _place(finding: Finding, before: str = "") -> str:
    return f"（{before}{finding.where}）" if finding.row is not None else ""


def shortened(sentence: str, letters: int) -> str:
    """A sentence without its full stop, cut to this many letters."""
    return sentence.rstrip("。；") if len(sentence) <= letters else f"{sentence[: letters - 1]}…"
