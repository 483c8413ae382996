"""A department's narrated scorecard, part by part, as the department notebook calls for it. Nothing here scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from scoring.assessment import Assessment, assess
from scoring.evidence import department_of, workbooks_in
from scoring.evidence.schema import INSPECTED
from scoring.files import write_json
from scoring.findings import VOID, chinese_date
from scoring.points import shown
from scoring.report import charts, words
from scoring.report.names import ABOUT, LEDGER, SCORECARD
from scoring.report.pages import Fragment, chart_fragment, fragment
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.unshown import unshown_in
from scoring.scheme import TOTAL
from scoring.scorecard import Finding, Scorecard
from scoring.scorecard import rank as ranks

#: How many findings of a kind, and rows of the appendix, a report lists before it refers to the Excel ledger.
LISTED, LISTED_IN_ALL, VETOES_LISTED = 10, 200, 3


@dataclass(frozen=True)
class DepartmentReport:
    """The parts of a department's report, each a :class:`Fragment` that a notebook cell shows.

    Attributes
    ----------
    place, ranked
        The department's rank (None while it is provisional) and how many departments are ranked.
    """

    card: Scorecard
    place: int | None
    ranked: int

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
    ) -> Self:
        """Score a department's workbook and place it among the others.

        Parameters
        ----------
        raw
            Folder that holds a folder a year.
        readings
            Reading to option, for those that are not read by default.
        rank, ranked
            Its place among so many that are ranked, where that is known; without ``ranked`` all workbooks are scored.
        departments
            File that lists the departments, in place of the scheme's own.

        Raises
        ------
        NotScored
            When the department has no workbook, or one with faults.
        """
        scheme = scheme_of(year, departments)
        paths = workbooks_in(evidence_folder(raw, year))
        if ranked is None:
            assessment = assess(paths, scheme, readings)
            places = {place.scorecard.department: place.rank for place in ranks(assessment.ranked_together)}
            return cls.of(assessment, department, places.get(department), len(places))
        own = [path for path in paths if department_of(path) == department]
        return cls.of(assess(own, scheme, readings), department, rank, ranked)

    @classmethod
    def of(cls, assessment: Assessment, department: str, rank: int | None, ranked: int) -> Self:
        """The report of one department of an assessment; ``rank`` is None while it is provisional.

        Raises
        ------
        NotScored
            When the department has no workbook, or one with faults.
        """
        if department in assessment.faults:
            faults = "\n".join(map(str, assessment.faults[department]))
            raise NotScored(f"{department}的工作簿有差错，未评分：\n{faults}")
        cards = {card.department: card for card in assessment.scorecards}
        if department not in cards:
            raise NotScored(f"没有{department}的佐证工作簿")
        return cls(cards[department], rank, ranked)

    @property
    def metadata(self) -> dict[str, Any]:
        """What the page template needs to know of the report."""
        return {
            "department": self.card.department,
            "year": self.card.year,
            "title": f"{self.card.department}{self.card.scheme.year_words}网站考核评分报告",
            "date": f"{self.card.as_of:%Y-%m-%d}",
            "sample": self.card.sample,
        }

    def leave(self, folder: str | Path) -> None:
        """Put the ledger, the scorecard and :attr:`metadata` into a folder, for whoever runs the notebook."""
        from scoring.report.excel import write_department

        write_department(self.card, self.place, Path(folder) / LEDGER)
        write_json(Path(folder) / SCORECARD, self.card.to_json(), make_folder=False)
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    def first_page(self) -> Fragment:
        """Page 1: verdict, total, rank, sections, vetoes, the five largest losses."""
        card = self.card
        notes = {code: self._note(code) for code in (*card.scheme.children[TOTAL], TOTAL)}
        return fragment(
            "department/first-page.html.j2",
            card=card,
            sample=card.sample,
            rank=self.place,
            ranked=self.ranked,
            sections=[card.nodes[section.code] for section in card.scheme.sections],
            notes=notes,
            explained=any(notes.values()),
            total_sum=words.branch_sum(card, TOTAL),
            losses=words.largest_losses(card, 5),
            vetoes_listed=VETOES_LISTED,
        )

    def _note(self, code: str) -> str:
        """What explains a section's figure in a word: a void, a bonus, what is pending."""
        card, node = self.card, self.card.nodes[code]
        pending = [leaf for leaf in card.scheme.under(code) if leaf in card.pending]
        earning = any(card.scheme.by_code[leaf].bonus for leaf in card.scheme.under(code))
        notes = []
        if node.status == "void":
            notes.append(f"归零，若无否决为 {shown(node.unvetoed)} 分")
        elif node.unvetoed > node.low and card.vetoes:
            notes.append(f"含归零的指标，若无否决为 {shown(node.unvetoed)} 分")
        if pending:
            notes.append(f"{len(pending)} 个指标待评")
        if card.bonus and earning and node.status != "void":
            notes.append(f"含加分 {shown(card.bonus)} 分")
        return "；".join(notes)

    def basis(self) -> Fragment:
        """依据与数据: what was assessed, by whom, from which rows, by which readings."""
        card = self.card
        options = [(reading, card.readings[key]) for key, reading in card.scheme.readings.items()]
        return fragment(
            "department/basis.html.j2",
            card=card,
            inspected=self._inspected(),
            readings=options,
            unshown=unshown_in(card.source.tables),
            changed=sum(option != reading.default for reading, option in options),
        )

    def _inspected(self) -> str:
        rows = self.card.source.inspections
        done = rows[rows["status"] == INSPECTED]
        leaves = len(self.card.scheme.leaves)
        if done.empty:
            return f"{leaves} 个末级指标均未核查。"
        who = "、".join(dict.fromkeys(done["inspector"]))
        first, last = done["inspected_on"].min(), done["inspected_on"].max()
        when = chinese_date(first) if first == last else f"{chinese_date(first)}至{chinese_date(last)}"
        return f"{leaves} 个末级指标中已核查 {len(done)} 个，核查人：{who}，核查日期：{when}。"

    def section(self, code: str) -> Fragment:
        """A section: every leaf with its clause, findings, worked sum and advice; a leaf without loss in one line."""
        return fragment(
            "department/section.html.j2",
            card=self.card,
            section=self.card.nodes[code],
            section_sum=words.branch_sum(self.card, code),
            entries=list(self._entries(code)),
            listed=LISTED,
        )

    def _entries(self, code: str) -> Iterator[dict[str, Any]]:
        group = None
        for leaf in self.card.scheme.under(code):
            second = ".".join(leaf.split(".")[:2])
            new_group = second if second not in (leaf, group) else None
            group = second
            yield {
                **self._leaf(leaf),
                "level": 3 if second == leaf else 4,
                "group": self.card.nodes[new_group] if new_group else None,
                "group_sums": self._branch_sums(new_group) if new_group else [],
            }

    def _leaf(self, code: str) -> dict[str, Any]:
        card, node = self.card, self.card.nodes[code]
        found = [finding for finding in card.of(code) if not finding.bonus or finding.stands]
        of_kind: dict[str, list[Finding]] = {}
        for finding in found:
            of_kind.setdefault(finding.kind.name, []).append(finding)
        standing = [finding for finding in found if finding.stands and (finding.effect == VOID or not finding.bonus)]
        clean = not found and not node.lost and code not in card.pending
        return {
            "node": node,
            "clean": clean,
            "pending": card.pending.get(code),
            "findings": [finding for rows in of_kind.values() for finding in rows[:LISTED]],
            "cut": {kind: len(rows) for kind, rows in of_kind.items() if len(rows) > LISTED},
            "advice": list(dict.fromkeys(finding.kind.advice for finding in standing if finding.kind.advice)),
        }

    def _branch_sums(self, group: str) -> list[str]:
        """The sums of a branch and of the branches within it, innermost first."""
        branches = [code for code in self.card.scheme.children if group in self.card.scheme.lineage(code)]
        return [words.branch_sum(self.card, code) for code in sorted(branches, key=len, reverse=True)]

    def appendix(self) -> Fragment:
        """附录: all nodes and findings, the decisions of reviews, set-aside findings, notices."""
        findings = self.card.findings
        return fragment(
            "department/appendix.html.j2",
            card=self.card,
            findings=findings[:LISTED_IN_ALL],
            count=len(findings),
            more=max(0, len(findings) - LISTED_IN_ALL),
            found={finding.id: finding for finding in (*findings, *self.card.set_aside)},
            effects=words.review_effects(self.card),
        )

    def where_points_went(self) -> Fragment:
        """Chart: where the points went."""
        return chart_fragment(charts.where_points_went(self.card))

    def publications_over_year(self) -> Fragment:
        """Chart: publications over the year with the missed windows."""
        return chart_fragment(charts.publications_over_year(self.card))

    def letter_reply_times(self) -> Fragment:
        """Chart: letters' reply times against their due days."""
        return chart_fragment(charts.letter_reply_times(self.card))

    def portal_items(self) -> Fragment:
        """Chart: portal items against the 50."""
        return chart_fragment(charts.portal_items(self.card))
