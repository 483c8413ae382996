"""The city's report, part by part, for the city notebook. Nothing here scores."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

from scoring.base.files import write_json
from scoring.base.names import ABOUT, LEDGER, city_files
from scoring.base.points import shown
from scoring.engine.assessment import Assessment, assess
from scoring.engine.readings import Decided
from scoring.engine.scorecard import Scorecard, rank
from scoring.evidence import by_department, workbooks_in
from scoring.report import charts
from scoring.report.charts import chart_part
from scoring.report.decided import TOGETHER, decided_for
from scoring.report.places import evidence_folder, scheme_of
from scoring.report.view import words
from scoring.report.view.appendix import readings_table
from scoring.report.view.blocks import (
    Block,
    Part,
    Text,
    bullets,
    column,
    group,
    heading,
    link,
    paragraph,
    strong,
    table,
    verdict,
)
from scoring.report.view.decided import NOBODY, firm_ranks, for_city
from scoring.report.view.ranking import Ranking
from scoring.report.view.suspected import of_departments
from scoring.scheme import Scheme

#: How many vetoes, provisional departments and faulty workbooks are listed where there are very many.
LISTED: Final = 20
#: How many faults of a workbook are listed.
FAULTS_LISTED: Final = 20
#: How many leaves the table of losses has.
LOSSES_LISTED: Final = 10


def _in_batches(workbooks: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None) -> Assessment:
    """Score workbooks in batches and drop their rows; keeping them would double the memory."""
    files = list(by_department(workbooks, scheme).values())
    batches = [files[at : at + TOGETHER] for at in range(0, max(1, len(files)), TOGETHER)]
    scored, cards = [], []
    for batch in batches:
        part = assess([*chain.from_iterable(batch)], scheme, readings)
        cards += [replace(card, source=replace(card.source, tables={})) for card in part.scorecards]
        scored.append(replace(part, scorecards=()))
    faults = dict(chain.from_iterable(part.faults.items() for part in scored))
    return Assessment(scheme, scored[0].readings, tuple(cards), faults, any(part.official for part in scored))


def _bare(assessment: Assessment) -> Assessment:
    """The assessment without cells of evidence, those that faults quote included."""
    cards = tuple(card.without_evidence for card in assessment.scorecards)
    faults = {
        name: [replace(fault, found="（内容从略）", expected="", meant="") for fault in found]
        for name, found in assessment.faults.items()
    }
    return replace(assessment, scorecards=cards, faults=faults)


@dataclass(frozen=True)
class CityReport:
    """The parts of the city's report; ``links`` adds links to the files of every department that is not ``without``."""

    assessment: Assessment
    links: bool = False
    without: frozenset[str] = frozenset()
    decide: Callable[[], Mapping[str, Decided]] = dict  # what the readings decide, by department

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
        evidence: bool = True,
        decided: str | Path = "",
    ) -> Self:
        """Score the year's workbooks; the parameters are those of a department's report.

        Without ``evidence``, the faults of workbooks have their place only.

        Raises
        ------
        NotScored
            When there is no folder of that year.
        """
        workbooks = workbooks_in(evidence_folder(raw, year))
        by = scheme_of(year, departments, scheme)
        assessment = _in_batches(workbooks, by, readings)
        decide = partial(decided_for, workbooks, by, readings, decided)
        return cls(assessment if evidence else _bare(assessment), links, frozenset(without), decide)

    @property
    def scheme(self) -> Scheme:
        """The scheme that the departments are assessed by."""
        return self.assessment.scheme

    @property
    def cards(self) -> tuple[Scorecard, ...]:
        """The scorecards of the page, in the scheme's order: those that are ranked together."""
        return self.assessment.ranked_together

    @property
    def metadata(self) -> dict[str, Any]:
        """The report's metadata for the page template."""
        scheme = self.scheme
        dates = [f"{card.as_of:%Y-%m-%d}" for card in self.cards]
        return {
            "department": scheme.city,
            "year": scheme.year,
            "title": f"{scheme.city}{scheme.year_words}部门网站考核汇总",
            "date": max(dates, default=f"{scheme.year}-12-31"),
            "sample": any(card.sample for card in self.cards),
        }

    def leave(self, folder: str | Path) -> None:
        """Write the Excel summary and :attr:`metadata` into a folder, for the program that runs the notebook."""
        from scoring.report.excel import write_city

        write_city(self.assessment, Path(folder) / LEDGER)
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    @property
    def _ranking(self) -> Ranking:
        return Ranking(self.assessment, self.links, self.without)

    # --- The first page --------------------------------------------------------------------------------------------

    def first_page(self) -> Part:
        """Counts, two or three sentences, and the departments with the parts of each score or result."""
        return Part(group("opening", self._opening()))

    def _opening(self) -> Iterator[Block]:
        yield heading(1, self.metadata["title"])
        if self.metadata["sample"]:
            yield paragraph(words.SAMPLE_WORDS, role="sample")
        yield self._counts()
        yield from self._summary()
        yield heading(2, "各部门结果" if self.scheme.is_gate else "名次")
        yield self._ranking.table()
        yield from self._ranking.distribution()
        yield paragraph(self._ranking.note(), role="note")
        if self.links:
            files = city_files(self.scheme.year)
            named = ((files.pdf, "PDF"), (files.excel, "Excel"), (files.notebook, "笔记本"))
            yield paragraph("全市汇总：", *(link(f"{label} ", quote(name)) for name, label in named), role="screen")

    def _counts(self) -> Block:
        waiting = sum(card.qualified is None if self.scheme.is_gate else bool(card.pending) for card in self.cards)
        facts = [
            ("应考核", f"{len(self.scheme.departments)} 个", "部门"),
            ("不合格", f"{sum(card.qualified is False for card in self.cards)} 个", "触发否决"),
            ("待评", f"{waiting} 个", "有指标尚未核查"),
            ("未评", f"{len(self.assessment.faults)} 个", "工作簿有差错"),
        ]
        return verdict("none", "已评定", f"{len(self.cards) - waiting}", facts, unit="个部门")

    def _summary(self) -> Iterator[Block]:
        ranked = [] if self.scheme.is_gate else rank(self.cards)
        failed = [card for card in self.cards if card.qualified is False]
        sentences = ""
        if ranked:
            ends = words.ends_words(ranked[0].scorecard, ranked[-1].scorecard)
            sentences = f"{self.scheme.year_words}已评定 {len(ranked)} 个部门，{ends}。"
        if failed and (ranked or self.scheme.is_gate):
            names = "、".join(card.department for card in failed[:LISTED])
            more = f"等 {len(failed)} 个部门" if len(failed) > LISTED else ""
            sentences += f"{names}{more}因触发否决，结论为不合格。"
        if self.scheme.readings:
            sentences += firm_ranks(self._decided)
        if sentences:
            yield paragraph(sentences)

    # --- The other parts -------------------------------------------------------------------------------------------

    def ranking_stacked(self) -> Part:
        """Chart: sections stacked by department."""
        return chart_part(charts.ranking_stacked(list(self.cards)))

    def vetoes(self) -> Part:
        """Every veto with its clause, evidence and consequence; the ranked departments first."""
        cards = list(self.cards)
        if not self.scheme.is_gate:
            cards = [place.scorecard for place in rank(cards)] + [card for card in cards if card.pending]
        vetoed = [(card, finding) for card in cards for finding in card.vetoes]
        if not vetoed:
            return Part(paragraph(self._none("没有部门触发否决。")))
        listed = vetoed if len(self.cards) <= charts.MANY else vetoed[:LISTED]
        names = (column(name, whole=True) for name in ("部门", "否决"))
        columns = [*names, column("事由与佐证", share=4), column("处理结果")]
        rows: list[list[Text]] = []
        for card, one in listed:
            because = f"{one.code} {card.nodes[one.code].name}：{words.veto_reason(card, one)}"
            rows.append([card.department, str(one.veto), because, words.veto_effect(card.scheme, one)])
        more = len(vetoed) - len(listed)
        note = [paragraph(f"另有 {more} 处，见各部门的评分报告和考核汇总（Excel）。", role="note")] if more else []
        return Part(table(columns, rows, label="否决情形"), *note)

    def apart(self) -> Part:
        """Provisional departments, failed workbooks, departments without a workbook; and what is suspected."""
        known = {card.department for card in self.assessment.scorecards} | set(self.assessment.faults)
        absent = [name for name in self.scheme.departments if name not in known]
        blocks = [*self._provisional(), *self._faulty(), *self._samples()]
        if absent:
            blocks += [heading(3, "没有工作簿的部门"), paragraph("、".join(absent))]
        return Part(*blocks or [paragraph("应考核的部门均已评定。")], *of_departments(self.cards))

    def _provisional(self) -> Iterator[Block]:
        provisional = [card for card in self.cards if card.pending]
        if not provisional:
            return
        yield heading(3, "待评部门")
        figure = column("结论", whole=True) if self.scheme.is_gate else column("总分范围", number=True)
        rows = []
        for card in provisional[:LISTED]:
            result = words.verdict(card) if self.scheme.is_gate else words.points_words(card.total)
            waiting = "、".join(f"{code} {card.nodes[code].name}" for code in card.pending)
            rows.append([card.department, result, waiting])
        yield table([column("部门", whole=True), figure, column("待评指标", share=3)], rows, label="待评部门")
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
            result = words.verdict if self.scheme.is_gate else lambda card: f"{words.points_words(card.total)} 分"
            named = "、".join(f"{card.department}（{result(card)}）" for card in samples)
            yield heading(3, "示例工作簿")
            yield paragraph(f"{named}：示例数据，只评分，不参加排名，也不计入本页其他各项。")

    def losses(self) -> Part:
        """Who lost what, and what the city lost most on; of a gate, who triggered which veto."""
        cards = list(self.cards)
        spread = chart_part(charts.loss_heatmap(cards), paper=True)
        if self.scheme.is_gate:
            return Part(heading(2, "各部门各指标的结果"), *spread.blocks)
        what = "每格是一个部门在一个指标上失去的分数，否决计 0 分的部分不计在内，空格表示没有失分。"
        return Part(
            heading(2, "各部门失分分布"),
            paragraph(f"{what}同样的数字也在考核汇总（Excel）的失分矩阵中。"),
            *spread.blocks,
            heading(2, "全市失分最多的指标"),
            *chart_part(charts.city_losses(cards)).blocks,
            self._loss_table(),
        )

    def _loss_table(self) -> Block:
        losses = charts.losses_by_leaf(self.cards)
        if not losses:
            return paragraph(self._none("没有失分。"))
        figures = (column(name, number=True) for name in ("全市失分", "涉及部门"))
        columns = [column("指标", share=2), *figures, column("部门", share=3)]
        rows = [
            [f"{leaf.code} {leaf.name}", shown(lost), str(len(hit)), self._most_hit(leaf.code, hit)]
            for leaf, lost, hit in losses[:LOSSES_LISTED]
        ]
        return table(columns, rows, label="全市失分最多的指标")

    def _none(self, sentence: str) -> str:
        """That nothing was found, where somebody looked."""
        return f"{words.so_far(self.cards)}{sentence}" if self.cards else NOBODY

    def _most_hit(self, leaf: str, hit: Sequence[Scorecard]) -> str:
        """The departments that lost points on a leaf; of very many, those that lost most."""
        few = len(self.cards) <= charts.MANY
        named = hit if few else sorted(hit, key=lambda card: card.nodes[leaf].lost, reverse=True)[: charts.ENDS]
        names = "、".join(f"{card.department}（{shown(card.nodes[leaf].lost)}）" for card in named)
        return names if len(named) == len(hit) else f"{names}等 {len(hit)} 个部门"

    def index(self) -> Part:
        """Every department of very many; nothing where the ranking lists them all."""
        return Part(*self._ranking.index())

    def decided(self) -> Part:
        """What the readings decide: ranges of totals and ranks, and what moves them."""
        return Part(*for_city(self.scheme, self._decided)) if self.cards else Part(paragraph(NOBODY))

    @cached_property
    def _decided(self) -> list[Decided]:
        every = self.decide()
        return [every[card.department] for card in self.cards if card.department in every]

    def readings(self) -> Part:
        """The readings of the run."""
        if not self.scheme.readings:
            return Part(paragraph("方案没有需要选择解读的条款。"))
        return Part(readings_table(self.scheme, self.assessment.readings))
