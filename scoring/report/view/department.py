"""A department's report, part by part, for the department notebook. Nothing here scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from scoring.base.files import write_json
from scoring.base.names import ABOUT, LEDGER, SCORECARD
from scoring.engine.assessment import assess
from scoring.engine.readings import Decided
from scoring.engine.scorecard import Scorecard
from scoring.engine.scorecard import rank as ranks
from scoring.evidence import department_of, workbooks_in
from scoring.report import charts
from scoring.report.charts import chart_part
from scoring.report.decided import decided_for
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.view import words
from scoring.report.view.appendix import appendix
from scoring.report.view.blocks import Block, Part, group, heading, paragraph
from scoring.report.view.decided import for_department
from scoring.report.view.first_page import first_page
from scoring.report.view.nodes import has_part, leaf_blocks, numbers_of, score_table
from scoring.report.view.suspected import suspected


@dataclass(frozen=True)
class DepartmentReport:
    """The parts of a department's report, each a :class:`Part` that a notebook cell shows."""

    card: Scorecard
    place: int | None  # its rank; None while it is provisional
    ranked: int  # how many departments are ranked
    evidence: bool = True  # whether evidence rows are in the ledger, and the workbook in the PDF
    decide: Callable[[], Mapping[str, Decided]] = dict  # what the readings decide, by department

    @classmethod
    def load(
        cls,
        department: str,
        year: int,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        rank: int | None = None,
        ranked: int | None = None,
        departments: str | Path = "",
        scheme: str = "",
        *,
        evidence: bool = True,
        decided: str | Path = "",
    ) -> Self:
        """Score a department's workbook and rank it among the others.

        ``raw`` holds a folder a year, ``readings`` the options that are not the default, ``departments`` a file in
        place of the scheme's list; ``scheme`` is a name or folder, the one in force when empty. All workbooks are
        scored where ``ranked``, how many are, is not given. Without ``evidence``, no cells of it are shown. ``decided``
        is the file that says what the readings decide; without it, that is worked out when it is shown.

        Raises
        ------
        NotScored
            When the department has no workbook, or one with faults.
        """
        by = scheme_of(year, departments, scheme)
        paths = workbooks_in(evidence_folder(raw, year))
        among_all = ranked is None and not by.is_gate
        own = paths if among_all else [path for path in paths if department_of(path, by.positions) == department]
        assessment = assess(own, by, readings)
        if department in assessment.faults:
            faults = "\n".join(map(str, assessment.faults[department]))
            raise NotScored(f"{department}的工作簿有差错，未评分：\n{faults}")
        cards = {card.department: card for card in assessment.scorecards}
        if department not in cards:
            raise NotScored(f"没有{department}的佐证工作簿")
        if among_all:
            places = {place.scorecard.department: place.rank for place in ranks(assessment.ranked_together)}
            rank, ranked = places.get(department), len(places)
        card = cards[department] if evidence else cards[department].without_evidence
        decide = partial(decided_for, paths, by, readings, decided)
        return cls(card, rank, ranked or 0, evidence, decide)

    @property
    def metadata(self) -> dict[str, Any]:
        """The report's metadata for the page template."""
        return {
            "department": self.card.department,
            "year": self.card.year,
            "title": f"{self.card.department}{self.card.scheme.year_words}网站考核评分报告",
            "date": f"{self.card.as_of:%Y-%m-%d}",
            "sample": self.card.sample,
        }

    def leave(self, folder: str | Path) -> None:
        """Write ledger, scorecard and :attr:`metadata` into a folder, for the program that runs the notebook."""
        from scoring.report.excel import write_department

        write_department(self.card, self.place, Path(folder) / LEDGER)
        write_json(Path(folder) / SCORECARD, self.card.to_json(), make_folder=False)
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    def first_page(self) -> Part:
        """Page 1: verdict, score, rank, parts, vetoes, where the points went, what to do first."""
        title, decided = self.metadata["title"], self._decided
        return Part(group("first", first_page(self.card, title, self.place, self.ranked, decided)))

    def score_table(self) -> Part:
        """计分表: every node with its sum, its score and its page."""
        return Part(*score_table(self.card))

    def where_points_went(self) -> Part:
        """Chart: where the points went."""
        return chart_part(charts.where_points_went(self.card))

    def sections(self) -> Part:
        """The sections of the outline: leaves on which something was found, then charts; and what is suspected."""
        return Part(*self._sections())

    def _sections(self) -> Iterator[Block]:
        card, numbers = self.card, numbers_of(self.card)
        for section in card.scheme.report_sections:
            leaves = card.scheme.under(section.node)
            yield heading(2, words.section_name(card.scheme, section.node))
            parts = [leaf_blocks(card, leaf, numbers) for leaf in leaves if has_part(card, leaf)]
            if not parts:
                yield paragraph(self._nothing_found(leaves))
            yield from parts
            for outlined in card.scheme.outline.charts:
                if outlined.leaf in leaves:
                    yield from chart_part(charts.drawn(card, outlined)).blocks
        yield from suspected(card)

    def _nothing_found(self, leaves: tuple[str, ...]) -> str:
        table = "核查结果" if self.card.scheme.is_gate else "计分表"
        pending = sum(leaf in self.card.pending for leaf in leaves)
        if pending == len(leaves):
            return f"本部分指标待评，见{table}。"
        return f"本部分各项指标均无认定事项{f'，其中 {pending} 项待评' if pending else ''}，见{table}。"

    def readings(self) -> Part:
        """What the readings decide for the department."""
        parts = [leaf.code for leaf in self.card.scheme.leaves if has_part(self.card, leaf.code)]
        return Part(heading(2, "条款解读的影响"), *for_department(self.card.scheme, self._decided, parts))

    @cached_property
    def _decided(self) -> Decided | None:
        return self.decide().get(self.card.department)

    def appendix(self) -> Part:
        """附录: how to calculate it by hand, all findings, decisions of reviews, readings, sources."""
        return Part(heading(2, "附录"), *appendix(self.card, evidence=self.evidence))
