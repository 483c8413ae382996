"""The city's report, part by part, as the city notebook calls for it. Nothing here scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Final, Self

from scoring.assessment import Assessment, assess
from scoring.evidence import by_department, workbooks_in
from scoring.files import write_json
from scoring.report import charts
from scoring.report.names import ABOUT, LEDGER, city_files, department_files
from scoring.report.pages import Fragment, chart_fragment, fragment
from scoring.report.places import evidence_folder, scheme_of
from scoring.scheme import Scheme
from scoring.scorecard import Scorecard, rank

#: How many vetoes, provisional departments and faulty workbooks are told of one by one where there are very many.
LISTED: Final = 60
#: How many departments are read and scored together.
TOGETHER: Final = 100


def _in_stretches(workbooks: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None) -> Assessment:
    """Score workbooks some at a time: the rows of very many at once would take twice the memory."""
    files = list(by_department(workbooks, scheme).values())
    stretches = [files[at : at + TOGETHER] for at in range(0, max(1, len(files)), TOGETHER)]
    scored = [assess([*chain.from_iterable(some)], scheme, readings) for some in stretches]
    cards = tuple(chain.from_iterable(part.scorecards for part in scored))
    faults = dict(chain.from_iterable(part.faults.items() for part in scored))
    return Assessment(scheme, scored[0].readings, cards, faults, any(part.official for part in scored))


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

        Raises
        ------
        NotScored
            When there is no folder of that year.
        """
        workbooks = workbooks_in(evidence_folder(raw, year))
        assessment = _in_stretches(workbooks, scheme_of(year, departments), readings)
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

    def first_page(self) -> Fragment:
        """Ranking with ties, links, and two or three sentences."""
        scheme = self.assessment.scheme
        return fragment(
            "city/first-page.html.j2",
            scheme=scheme,
            ranked=rank(self.cards),
            provisional=[card for card in self.cards if card.pending],
            faulty=self.assessment.faults,
            failed={name: found for name, found in self.assessment.faults.items() if name in scheme.places},
            unqualified=[card for card in self.cards if card.qualified is False],
            files={card.department: department_files(card.department, card.year) for card in self.cards},
            without=self.without,
            listed=LISTED,
            own_files=city_files(self.assessment.scheme.year),
            links=self.links,
            sample=any(card.sample for card in self.cards),
        )

    def sections(self) -> Fragment:
        """The three sections' scores as a table."""
        cards = charts.ends(self.in_order, charts.ENDS, charts.ENDS)
        left_out = len(self.cards) - sum(card is not None for card in cards)
        sections = self.assessment.scheme.sections
        return fragment("city/sections.html.j2", cards=cards, left_out=left_out, sections=sections)

    def vetoes(self) -> Fragment:
        """Every veto with its clause, evidence and consequence."""
        vetoed = [(card, finding) for card in self.in_order for finding in card.vetoes]
        listed = vetoed if len(self.cards) <= charts.MANY else vetoed[:LISTED]
        return fragment("city/vetoes.html.j2", vetoed=listed, more=len(vetoed) - len(listed))

    def apart(self) -> Fragment:
        """Provisional ranges, failed workbooks, departments without a workbook."""
        known = {card.department for card in self.assessment.scorecards} | set(self.assessment.faults)
        return fragment(
            "city/apart.html.j2",
            provisional=[card for card in self.cards if card.pending],
            samples=self.assessment.samples,
            faults=self.assessment.faults,
            listed=LISTED,
            absent=[name for name in self.assessment.scheme.departments if name not in known],
        )

    def city_loss_table(self) -> Fragment:
        """What the city loses most on: leaves by the points that all departments lost."""
        losses: list[dict[str, Any]] = []
        for leaf in self.assessment.scheme.leaves:
            hit = [card for card in self.cards if card.nodes[leaf.code].lost]
            lost = sum((card.nodes[leaf.code].lost for card in hit), Fraction(0))
            if lost:
                losses.append({"leaf": leaf, "lost": lost, "count": len(hit), "cards": self._most_hit(leaf.code, hit)})
        losses.sort(key=lambda loss: loss["lost"], reverse=True)
        return fragment("city/city-losses.html.j2", losses=losses[:10])

    def _most_hit(self, leaf: str, hit: Sequence[Scorecard]) -> Sequence[Scorecard]:
        """Those to be named: of very many, the ones that lost most."""
        if len(self.cards) <= charts.MANY:
            return hit
        return sorted(hit, key=lambda card: card.nodes[leaf].lost, reverse=True)[: charts.ENDS]

    def readings(self) -> Fragment:
        """The readings of the run."""
        readings = self.cards[0].readings if self.cards else {}
        options = [(self.assessment.scheme.readings[key], option) for key, option in readings.items()]
        return fragment("city/readings.html.j2", options=options)

    def ranking_stacked(self) -> Fragment:
        """Chart: sections stacked by department."""
        return chart_fragment(charts.ranking_stacked(list(self.cards)))

    def loss_heatmap(self) -> Fragment:
        """Chart: department × leaf heat map of points lost."""
        return chart_fragment(charts.loss_heatmap(list(self.cards)))

    def city_losses(self) -> Fragment:
        """Chart: what the city loses most on."""
        return chart_fragment(charts.city_losses(list(self.cards)))
