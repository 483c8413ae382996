"""The city's report, part by part, as the city notebook calls for it. Nothing here scores."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from statistics import quantiles
from typing import Any, Final, Self
from urllib.parse import quote

from scoring.base.files import write_json
from scoring.base.names import ABOUT, LEDGER, city_files, department_files
from scoring.base.points import shown
from scoring.engine.assessment import Assessment, assess
from scoring.engine.scorecard import Finding, Ranked, Scorecard, rank
from scoring.evidence import by_department, workbooks_in
from scoring.report import charts
from scoring.report.charts import chart_part
from scoring.report.places import evidence_folder, scheme_of
from scoring.report.view import words
from scoring.report.view.blocks import (
    Block,
    Part,
    Text,
    bullets,
    column,
    group,
    heading,
    index,
    link,
    paragraph,
    strong,
    table,
    verdict,
)
from scoring.report.view.department import SAMPLE_WORDS
from scoring.scheme import Scheme

#: How many vetoes, provisional departments and faulty workbooks are told of one by one where there are very many.
LISTED: Final = 20
#: What is headed so lists every department where the ranking cannot.
_ALL: Final = "全部部门"
#: How many faults of a workbook are told.
FAULTS_LISTED: Final = 20
#: How many departments are read and scored together.
TOGETHER: Final = 100


def _in_stretches(workbooks: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None) -> Assessment:
    """Score workbooks some at a time: the rows of very many at once would take twice the memory."""
    files = list(by_department(workbooks, scheme).values())
    stretches = [files[at : at + TOGETHER] for at in range(0, max(1, len(files)), TOGETHER)]
    scored = [_without_rows(assess([*chain.from_iterable(some)], scheme, readings)) for some in stretches]
    cards = tuple(chain.from_iterable(part.scorecards for part in scored))
    faults = dict(chain.from_iterable(part.faults.items() for part in scored))
    return Assessment(scheme, scored[0].readings, cards, faults, any(part.official for part in scored))


def _without_rows(part: Assessment) -> Assessment:
    cards = tuple(replace(card, source=replace(card.source, tables={})) for card in part.scorecards)
    return replace(part, scorecards=cards)


@dataclass(frozen=True)
class CityReport:
    """The parts of the city's report; ``links`` adds links to the files of every department that is not ``without``."""

    assessment: Assessment
    links: bool = False
    without: frozenset[str] = frozenset()

    @classmethod
    def load(
        cls,
        year: int,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        *,
        links: bool = False,
        without: Collection[str] = (),
        departments: str | Path = "",
        scheme: str = "",
    ) -> Self:
        """Score the year's workbooks.

        Parameters
        ----------
        links
            Whether to link to every department's files.
        without
            Departments whose report could not be made.
        departments
            File that lists the departments, in place of the scheme's own.
        scheme
            Name or folder of the scheme; the one in force when empty.

        Raises
        ------
        NotScored
            When there is no folder of that year.
        """
        workbooks = workbooks_in(evidence_folder(raw, year))
        assessment = _in_stretches(workbooks, scheme_of(year, departments, scheme), readings)
        return cls(assessment, links, frozenset(without))

    @property
    def cards(self) -> tuple[Scorecard, ...]:
        """The scorecards that the page tells of, in the scheme's order: those that are ranked with each other."""
        return self.assessment.ranked_together

    @property
    def in_order(self) -> list[Scorecard]:
        """Ranked ones first, then the provisional ones."""
        ranked = [place.scorecard for place in rank(self.cards)]
        return ranked + [card for card in self.cards if card.pending]

    @property
    def metadata(self) -> dict[str, Any]:
        """What the page template needs to know of the report."""
        scheme = self.assessment.scheme
        dates = [f"{card.as_of:%Y-%m-%d}" for card in self.cards]
        return {
            "department": scheme.city,
            "year": scheme.year,
            "title": f"{scheme.city}{scheme.year_words}部门网站考核汇总",
            "date": max(dates, default=f"{scheme.year}-12-31"),
            "sample": any(card.sample for card in self.cards),
        }

    def leave(self, folder: str | Path) -> None:
        """Put the Excel summary and :attr:`metadata` into a folder, for whoever runs the notebook."""
        from scoring.report.excel import write_city

        write_city(self.assessment, Path(folder) / LEDGER)
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    def first_page(self) -> Part:
        """Counts, two or three sentences, and the ranking with the three parts of each score."""
        return Part(
            group(
                "opening",
                [
                    heading(1, self.metadata["title"]),
                    *([paragraph(SAMPLE_WORDS, role="sample")] if self.metadata["sample"] else []),
                    self._counts(),
                    *self._summary(),
                    heading(2, "名次"),
                    self._ranking(),
                    *self._distribution(),
                    paragraph(self._parts_words(), role="note"),
                    *self._own_files(),
                ],
            )
        )

    def _counts(self) -> Block:
        scheme = self.assessment.scheme
        ranked = rank(self.cards)
        facts = [
            ("应考核", f"{len(scheme.departments)} 个", "部门"),
            ("不合格", f"{len(self._unqualified)} 个", "触发否决"),
            ("待评", f"{sum(bool(card.pending) for card in self.cards)} 个", "有指标尚未核查"),
            ("未评", f"{len(self.assessment.faults)} 个", "工作簿有差错"),
        ]
        return verdict("none", "已评定", f"{len(ranked)}", facts, unit="个部门")

    @property
    def _unqualified(self) -> list[Scorecard]:
        return [card for card in self.cards if card.qualified is False]

    def _summary(self) -> Iterator[Block]:
        ranked = [place.scorecard for place in rank(self.cards)]
        if not ranked:
            return
        best, worst, failed = ranked[0], ranked[-1], self._unqualified
        told = (
            f"{self.assessment.scheme.year_words}已评定 {len(ranked)} 个部门，得分最高的是{best.department}"
            f"（{words.points_words(best.total)} 分），"
            f"最低的是{worst.department}（{words.points_words(worst.total)} 分）。"
        )
        if failed:
            names = "、".join(card.department for card in failed[:LISTED])
            more = f"等 {len(failed)} 个部门" if len(failed) > LISTED else ""
            told += f"{names}{more}因触发否决，结论为不合格。"
        yield paragraph(told)

    def _ranking(self) -> Block:
        scheme = self.assessment.scheme
        parts = [
            column(f"{words.ordinal_section(number)}（{shown(section.points)}）", number=True)
            for number, section in enumerate(scheme.sections, 1)
        ]
        columns = [
            column("名次", number=True),
            column("部门", share=2),
            column("结论", whole=True),
            *parts,
            column("加分", number=True),
            column("总分", number=True),
            *([column("报告", share=2, screen=True)] if self.links else []),
        ]
        nothing: list[Text] = ["—"] * (len(parts) + 2 + self.links)
        scored: list[list[Text]] = [self._row(str(place.rank), place.scorecard) for place in rank(self.cards)]
        if self._is_many:
            between = f"中间 {len(scored) - 2 * charts.ENDS} 个部门见“{_ALL}”"
            scored[charts.ENDS : -charts.ENDS] = [["…", between, "", *[""] * len(nothing)]]
            return table(columns, scored, label="名次最前和最后的部门")
        scored += [self._row("—", card) for card in self.cards if card.pending]
        for name, faults in self.assessment.faults.items():
            if name in scheme.places:
                scored.append(["—", name, f"未评（工作簿有 {len(faults)} 处差错）", *nothing])
        return table(columns, scored, label="名次")

    @property
    def _is_many(self) -> bool:
        """Whether so many departments are ranked that a table of all would be no use."""
        return sum(not card.pending for card in self.cards) > charts.MANY

    def _by_decade(self) -> dict[int, list[Ranked]]:
        """Ranked departments by the tens of their points, from the highest down."""
        decades: dict[int, list[Ranked]] = {}
        for place in rank(self.cards):
            decades.setdefault(int(place.scorecard.total.low // 10) * 10, []).append(place)
        return decades

    def _distribution(self) -> Iterator[Block]:
        """How the totals of very many departments are spread."""
        if not self._is_many:
            return
        decades = self._by_decade()
        totals = [place.scorecard.total.low for places in decades.values() for place in places]
        low, middle, high = quantiles(totals, n=4, method="inclusive")
        columns = [column("总分"), *(column(name, number=True) for name in ("部门数", "占比", "其中不合格"))]
        rows = [
            [
                _decade_words(decade),
                str(len(places)),
                f"{len(places) / len(totals):.1%}",
                str(sum(place.scorecard.qualified is False for place in places)),
            ]
            for decade, places in decades.items()
        ]
        yield heading(2, "总分分布")
        yield table(columns, rows, label="总分分布")
        yield paragraph(
            f"总分中位数 {shown(middle)} 分；"
            f"四分之一的部门不低于 {shown(high)} 分，四分之一的部门不高于 {shown(low)} 分。"
        )

    def index(self) -> Part:
        """Every department of very many, by tens of points; nothing where the ranking lists them all."""
        if not self._is_many:
            return Part()
        groups = [
            (f"{_decade_words(decade)}（{len(places)} 个部门）", [*map(self._entry, places)])
            for decade, places in self._by_decade().items()
        ]
        if waiting := [card for card in self.cards if card.pending]:
            groups.append((f"待评（{len(waiting)} 个部门）", [self._named("—", card) for card in waiting]))
        return Part(heading(2, _ALL), index(groups, label=_ALL))

    def _entry(self, place: Ranked) -> Text:
        return self._named(str(place.rank), place.scorecard)

    def _named(self, place: str, card: Scorecard) -> Text:
        files = department_files(card.department, card.year)
        linked = self.links and card.department not in self.without
        name = link(card.department, f"{quote(card.department)}/{quote(files.html)}") if linked else card.department
        failed = "　不合格" if card.qualified is False else ""
        return [f"{place}　", name, f"　{words.points_words(card.total)}{failed}"]

    def _row(self, place: str, card: Scorecard) -> list[Text]:
        parts = [words.points_words(card.nodes[section.code]) for section in card.scheme.sections]
        figures = [*parts, words.bonus_words(card), words.points_words(card.total)]
        return [place, card.department, words.verdict(card), *figures, *([self._links(card)] if self.links else [])]

    def _links(self, card: Scorecard) -> Text:
        """Links to a department's files."""
        if card.department in self.without:
            return "未能生成"
        files = department_files(card.department, card.year)
        named = ((files.html, "网页"), (files.pdf, "PDF"), (files.excel, "Excel"), (files.notebook, "笔记本"))
        return [link(f"{label} ", f"{quote(card.department)}/{quote(name)}") for name, label in named]

    def _parts_words(self) -> str:
        sections = enumerate(self.assessment.scheme.sections, 1)
        told = "；".join(f"{words.ordinal_section(number)}：{section.name}" for number, section in sections)
        return (
            f"{told}。总分相同的名次并列，其后名次顺延；不合格的部门按总分参加排名；有待评指标的部门暂不排名。"
            "“合格”仅指未触发否决。"
        )

    def _own_files(self) -> Iterator[Block]:
        if self.links:
            files = city_files(self.assessment.scheme.year)
            named = ((files.pdf, "PDF"), (files.excel, "Excel"), (files.notebook, "笔记本"))
            yield paragraph("全市汇总：", *(link(f"{label} ", quote(name)) for name, label in named), role="screen")

    def vetoes(self) -> Part:
        """Every veto with its clause, evidence and consequence."""
        vetoed = [(card, finding) for card in self.in_order for finding in card.vetoes]
        if not vetoed:
            return Part(paragraph("没有部门触发否决。"))
        listed = vetoed if len(self.cards) <= charts.MANY else vetoed[:LISTED]
        columns = [
            column("部门", whole=True),
            column("否决", whole=True),
            column("事由与佐证", share=4),
            column("处理结果"),
        ]
        rows = [_veto_row(card, finding) for card, finding in listed]
        more = len(vetoed) - len(listed)
        note = [paragraph(f"另有 {more} 处，见各部门的评分报告和考核汇总（Excel）。", role="note")] if more else []
        return Part(table(columns, rows, label="否决情形"), *note)

    def apart(self) -> Part:
        """Provisional ranges, failed workbooks, departments without a workbook."""
        known = {card.department for card in self.assessment.scorecards} | set(self.assessment.faults)
        absent = [name for name in self.assessment.scheme.departments if name not in known]
        told = [*self._provisional(), *self._faulty(), *self._samples()]
        if absent:
            told += [heading(3, "没有工作簿的部门"), paragraph("、".join(absent))]
        return Part(*told or [paragraph("应考核的部门均已评定。")])

    def _provisional(self) -> Iterator[Block]:
        provisional = [card for card in self.cards if card.pending]
        if not provisional:
            return
        yield heading(3, "待评部门")
        columns = [column("部门", whole=True), column("总分范围", number=True), column("待评指标")]
        rows = [
            [
                card.department,
                words.points_words(card.total),
                "、".join(f"{code} {card.nodes[code].name}" for code in card.pending),
            ]
            for card in provisional[:LISTED]
        ]
        yield table(columns, rows, label="待评部门")
        if (more := len(provisional) - LISTED) > 0:
            yield paragraph(f"另有 {more} 个待评部门，见名次表和考核汇总（Excel）。", role="note")

    def _faulty(self) -> Iterator[Block]:
        faults = self.assessment.faults
        if not faults:
            return
        yield heading(3, "有差错的工作簿")
        for department, found in [*faults.items()][:LISTED]:
            yield paragraph(strong(department), f"：{len(found)} 处差错，未评分。")
            yield bullets(map(str, found[:FAULTS_LISTED]))
            if (more := len(found) - FAULTS_LISTED) > 0:
                yield paragraph(f"另有 {more} 处，运行 check 命令可看到全部。", role="note")
        if (more := len(faults) - LISTED) > 0:
            yield paragraph(f"另有 {more} 个工作簿有差错，运行 check 命令可看到全部。", role="note")

    def _samples(self) -> Iterator[Block]:
        if samples := self.assessment.samples:
            named = "、".join(f"{card.department}（{words.points_words(card.total)} 分）" for card in samples)
            yield heading(3, "示例工作簿")
            yield paragraph(f"{named}：示例数据，只评分，不参加排名，也不计入本页其他各项。")

    def city_loss_table(self) -> Part:
        """What the city loses most on: leaves by the points that all departments lost."""
        losses = sorted(self._city_losses(), key=lambda loss: -loss[1])
        if not losses:
            return Part(paragraph("没有失分。"))
        columns = [
            column("指标", share=2),
            column("全市失分", number=True),
            column("涉及部门", number=True),
            column("部门", share=3),
        ]
        rows = [
            [name, shown(lost), str(len(hit)), self._most_hit(code, hit)] for (code, name), lost, hit in losses[:10]
        ]
        return Part(table(columns, rows, label="全市失分最多的指标"))

    def _city_losses(self) -> Iterator[tuple[tuple[str, str], Fraction, list[Scorecard]]]:
        for leaf in self.assessment.scheme.leaves:
            hit = [card for card in self.cards if card.nodes[leaf.code].lost]
            lost = sum((card.nodes[leaf.code].lost for card in hit), Fraction(0))
            if lost:
                yield (leaf.code, f"{leaf.code} {leaf.name}"), lost, hit

    def _most_hit(self, leaf: str, hit: Sequence[Scorecard]) -> str:
        """Those to be named: of very many, the ones that lost most."""
        few = len(self.cards) <= charts.MANY
        named = hit if few else sorted(hit, key=lambda card: card.nodes[leaf].lost, reverse=True)[: charts.ENDS]
        told = "、".join(f"{card.department}（{shown(card.nodes[leaf].lost)}）" for card in named)
        return told if len(named) == len(hit) else f"{told}等 {len(hit)} 个部门"

    def readings(self) -> Part:
        """The readings of the run."""
        readings = self.cards[0].readings if self.cards else {}
        options = [(self.assessment.scheme.readings[key], option) for key, option in readings.items()]
        rows = [[f"{reading.title}：{reading.clause}", reading.options[option]] for reading, option in options]
        return Part(table([column("条款"), column("采用的解读")], rows, label="条款解读"))

    def ranking_stacked(self) -> Part:
        """Chart: sections stacked by department."""
        return chart_part(charts.ranking_stacked(list(self.cards)))

    def loss_heatmap(self) -> Part:
        """Chart: department × leaf heat map of points lost; on paper too."""
        return chart_part(charts.loss_heatmap(list(self.cards)), paper=True)

    def city_losses(self) -> Part:
        """Chart: what the city loses most on."""
        return chart_part(charts.city_losses(list(self.cards)))


def _decade_words(decade: int) -> str:
    return f"{decade} 分至不满 {decade + 10} 分"


def _veto_row(card: Scorecard, finding: Finding) -> list[Text]:
    name = f"{finding.code} {card.nodes[finding.code].name}"
    because = f"{name}：{finding.because}。{words.rests_on(card, finding)}"
    return [card.department, str(finding.veto), because, f"{words.scope_words(card.scheme, finding.scope)}计 0 分"]
