"""The city's departments by rank, or by a gate's result: the table, the spread of totals, the index of very many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from statistics import quantiles
from typing import Final
from urllib.parse import quote

from scoring.base.names import department_files
from scoring.base.points import shown
from scoring.engine.assessment import Assessment
from scoring.engine.scorecard import Ranked, Scorecard, rank
from scoring.report import charts
from scoring.report.view import words
from scoring.report.view.blocks import Block, Text, column, heading, index, link, paragraph, table

#: Heading of the index, which lists every department when the ranking cannot.
_ALL: Final = "全部部门"
#: With more sections than this, paper has no room for a column for each.
_SECTIONS: Final = 6


@dataclass(frozen=True)
class Ranking:
    """The departments of an assessment; ``links`` adds links to the files of those that are not ``without``."""

    assessment: Assessment
    links: bool
    without: frozenset[str]

    @property
    def _cards(self) -> tuple[Scorecard, ...]:
        return self.assessment.ranked_together

    @property
    def _is_many(self) -> bool:
        """Whether there are so many departments that a table of all would be no use."""
        gate = self.assessment.scheme.is_gate
        return sum(gate or not card.pending for card in self._cards) > charts.MANY

    def table(self) -> Block:
        """名次, or 各部门结果 of a gate; of very many departments the first and the last ones."""
        scheme = self.assessment.scheme
        before, after = ([], ["否决"]) if scheme.is_gate else (["名次"], ["总分"])
        columns = [
            *(column(name, number=True) for name in before),
            column("部门", share=2),
            column("结论", whole=True),
            *self._section_columns(),
            *(column(name, number=True) for name in [*(["加分"] if scheme.bonus_leaf else []), *after]),
            *([column("报告", share=2, screen=True)] if self.links else []),
        ]
        places = [("", card) for card in self._cards]
        if not scheme.is_gate:
            places = [(str(place.rank), place.scorecard) for place in rank(self._cards)]
        rows = [self._row(place, card) for place, card in places]
        unused = len(columns) - len(before) - 2
        if self._is_many:
            between = f"中间 {len(rows) - 2 * charts.ENDS} 个部门见“{_ALL}”"
            rows[charts.ENDS : -charts.ENDS] = [[*["…"][: len(before)], between, "", *[""] * unused]]
            return table(columns, rows, label="名次最前和最后的部门")
        if not scheme.is_gate:
            rows += [self._row("—", card) for card in self._cards if card.pending]
        for name, faults in self.assessment.faults.items():
            if name in scheme.positions:
                failed = f"未评（工作簿有 {len(faults)} 处差错）"
                rows.append([*["—"][: len(before)], name, failed, *["—"] * unused])
        return table(columns, rows, label="各部门结果" if scheme.is_gate else "名次")

    def _section_columns(self) -> Iterator[Block]:
        scheme = self.assessment.scheme
        is_wide = len(scheme.sections) > _SECTIONS
        for number, section in enumerate(scheme.sections, 1):
            name = section.code if scheme.is_gate else f"{words.ordinal_section(number)}（{shown(section.points)}）"
            yield column(name, number=not scheme.is_gate, whole=True, screen=is_wide)

    def _row(self, place: str, card: Scorecard) -> list[Text]:
        links = [self._files(card)] if self.links else []
        sections = card.scheme.sections
        if card.scheme.is_gate:
            results = [words.gate_result(card, section.code) for section in sections]
            return [card.department, words.verdict(card), *results, f"{len(card.vetoes)} 项", *links]
        points = [words.points_words(card.nodes[section.code]) for section in sections]
        bonus = [words.bonus_words(card)] if card.scheme.bonus_leaf else []
        figures = [*points, *bonus, words.points_words(card.total)]
        return [place, card.department, words.verdict(card), *figures, *links]

    def _files(self, card: Scorecard) -> Text:
        """Links to a department's files."""
        if card.department in self.without:
            return "未能生成"
        files = department_files(card.department, card.year)
        named = ((files.html, "网页"), (files.pdf, "PDF"), (files.excel, "Excel"), (files.notebook, "笔记本"))
        return [link(f"{label} ", f"{quote(card.department)}/{quote(name)}") for name, label in named]

    def note(self) -> str:
        """The meaning of the columns, and how departments are ranked."""
        scheme = self.assessment.scheme
        if scheme.is_gate:
            names = "；".join(f"{section.code}：{section.name}" for section in scheme.sections)
            paraphrased = "各项为条款大意，不是原文。" if scheme.paraphrased else ""
            return f"{names}。按名单先后列出，不计分，不排名；没有一项否决即为合格。{paraphrased}"
        sections = enumerate(scheme.sections, 1)
        names = "；".join(f"{words.ordinal_section(number)}：{section.name}" for number, section in sections)
        return (
            f"{names}。总分相同的名次并列，其后名次顺延；不合格的部门按总分参加排名；有待评指标的部门暂不排名。"
            "“合格”仅指未触发否决。"
        )

    # --- Very many -------------------------------------------------------------------------------------------------

    def distribution(self) -> Iterator[Block]:
        """How the totals of very many departments are spread."""
        if not self._is_many or self.assessment.scheme.is_gate:
            return
        bands = self._bands()
        totals = [place.scorecard.total.low for places in bands.values() for place in places]
        low, middle, high = quantiles(totals, n=4, method="inclusive")
        columns = [column("总分"), *(column(name, number=True) for name in ("部门数", "占比", "其中不合格"))]
        rows = []
        for name, places in bands.items():
            failed = sum(place.scorecard.qualified is False for place in places)
            rows.append([name, str(len(places)), f"{len(places) / len(totals):.1%}", str(failed)])
        yield heading(2, "总分分布")
        yield table(columns, rows, label="总分分布")
        yield paragraph(
            f"总分中位数 {shown(middle)} 分；"
            f"四分之一的部门不低于 {shown(high)} 分，四分之一的部门不高于 {shown(low)} 分。"
        )

    def _bands(self) -> dict[str, list[Ranked]]:
        """Ranked departments by tenths of the full points, in whole points, from the highest down."""
        width = max(1, ceil((self.assessment.scheme.points or 0) / 10))
        bands: dict[str, list[Ranked]] = {}
        for place in rank(self._cards):
            least = int(place.scorecard.total.low // width) * width
            bands.setdefault(f"{least} 分至不满 {least + width} 分", []).append(place)
        return bands

    def index(self) -> Iterator[Block]:
        """Every department of very many, by total or by result; nothing where the table lists them all."""
        if not self._is_many:
            return
        if self.assessment.scheme.is_gate:
            results = {word: [card for card in self._cards if words.verdict(card) == word] for word in words.VERDICTS}
            groups = [(word, [self._entry("", card) for card in cards]) for word, cards in results.items() if cards]
        else:
            groups = [
                (name, [self._entry(f"{place.rank}　", place.scorecard) for place in places])
                for name, places in self._bands().items()
            ]
            if waiting := [card for card in self._cards if card.pending]:
                groups.append(("待评", [self._entry("—　", card) for card in waiting]))
        yield heading(2, _ALL)
        yield index(((f"{name}（{len(entries)} 个部门）", entries) for name, entries in groups), label=_ALL)

    def _entry(self, place: str, card: Scorecard) -> Text:
        files = department_files(card.department, card.year)
        linked = self.links and card.department not in self.without
        name = link(card.department, f"{quote(card.department)}/{quote(files.html)}") if linked else card.department
        if card.scheme.is_gate:
            return [name]
        failed = "　不合格" if card.qualified is False else ""
        return [place, name, f"　{words.points_words(card.total)}{failed}"]
