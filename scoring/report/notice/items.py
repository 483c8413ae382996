"""Items of a notice: a leaf that lost points, with its clause, evidence and advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from scoring.base.points import ZERO, shown
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, NodeScore, Scorecard
from scoring.report.view import words
from scoring.report.view.summary import largest_losses, voids_from_above
from scoring.scheme import Scheme

NO_STANDARD = "（办法未列计分标准，由考核人员评分）"
ELSEWHERE = "详见评分报告附录"

#: Text in bold and text after it, one run after the other.
Runs = tuple[tuple[str, str], ...]


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

    def paragraphs(self, count: int) -> tuple[Runs, ...]:
        """The text of its cell: three paragraphs, or fewer if space is short."""
        mark = f"（{self.mark}）" if self.mark else ""
        clause = (f"{self.name}{mark}　", f"条款：{self.clause}")
        problems, advice = ("问题：", self.problems), ("建议：", self.advice)
        after_problems = ("　建议：", self.advice)
        match count:
            case 1:
                return ((clause, ("　问题：", self.problems), after_problems),)
            case 2:
                return ((clause,), (problems, after_problems))
            case _:
                return ((clause,), (problems,), (advice,))


@dataclass(frozen=True)
class Item:
    """A leaf with something to correct.

    Attributes
    ----------
    findings
        The valid ones other than vetoes, costliest first.
    above
        Findings of another leaf that set this one to zero with its branch (网站安全计0分).
    """

    card: Scorecard
    node: NodeScore
    findings: tuple[Finding, ...]
    above: tuple[Finding, ...]

    def row(self, number: int, detail: Detail, mark: str) -> Row:
        """The item as a row; ``mark`` says that a veto rests on it."""
        clause, points = clause_of(self.card.scheme, self.node.code), shown(self.node.lost)
        return Row(
            number,
            f"{self.node.code} {self.node.name}",
            clause,
            "".join(self._problems(detail)),
            self._advice(detail.advice),
            None if self.card.scheme.is_gate else points,
            mark,
        )

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
        """The findings, ordered so that one of each kind comes first, then a second of each."""
        seen: Counter[str] = Counter()
        turns = []
        for finding in self.findings:
            seen[finding.kind.name] += 1
            turns.append(seen[finding.kind.name])
        return [finding for _, finding in sorted(zip(turns, self.findings, strict=True), key=lambda pair: pair[0])]

    def _advice(self, most: int) -> str:
        advice = list(dict.fromkeys(finding.kind.advice for finding in (*self.findings, *self.above)))
        return "".join(advice[:most]) + ("（其余建议见评分报告）" if len(advice) > most else "")


def items_of(card: Scorecard) -> tuple[Item, ...]:
    """The items, by points to be regained; equal ones in the scheme's order."""
    items = [_item(card, leaf.code) for leaf in card.scheme.leaves]
    found = [item for item in items if item.findings or (item.above and item.node.lost)]
    return tuple(sorted(found, key=lambda item: -item.node.lost))


def without_remedy(card: Scorecard) -> tuple[NodeScore, ...]:
    """Leaves short of full points because of a reading only, with nothing to correct."""
    mended = {item.node.code for item in items_of(card)}
    return tuple(node for node in largest_losses(card) if node.code not in mended)


def _item(card: Scorecard, code: str) -> Item:
    own = [finding for finding in card.of(code) if finding.stands and not finding.veto and finding.kind.advice]
    own.sort(key=lambda finding: (finding.effect != VOID, finding.points or ZERO))
    return Item(card, card.nodes[code], tuple(own), tuple(voids_from_above(card, code)))


def clause_of(scheme: Scheme, code: str) -> str:
    """A leaf's clause word for word, without line breaks; in a gate, its description."""
    node = scheme.by_code[code]
    standard = node.standard or f"{NO_STANDARD}{node.description}"
    clause = f"{node.description}\n{node.standard}" if scheme.is_gate else standard
    mark = "（大意）" if scheme.paraphrased else ""
    return f"{mark}{_one_line(clause)}" + (f"　备注：{_one_line(node.remark)}" if node.remark else "")


def _one_line(text: str) -> str:
    return "　".join(line.strip() for line in text.split("\n") if line.strip())


def _place(finding: Finding, before: str = "") -> str:
    return f"（{before}{finding.where}）" if finding.row is not None else ""


def shortened(sentence: str, letters: int) -> str:
    """A sentence without its full stop, cut to this many letters."""
    return sentence.rstrip("。；") if len(sentence) <= letters else f"{sentence[: letters - 1]}…"
