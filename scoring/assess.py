"""Evidence to scorecards: rules, reviews and settlement in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.evidence import Evidence, Fault, load_evidence
from scoring.evidence.cells import displayed
from scoring.evidence.faults import letter
from scoring.evidence.schema import BY_KEY, SHEETS, WITHDRAW
from scoring.findings import CHANGE, COUNT
from scoring.readings import choose
from scoring.rules import Judgement, judge
from scoring.scheme import Node, Scheme
from scoring.scorecard import Finding, NodeScore, Review, Scorecard, Source, has_score, node_status
from scoring.settle import Settled, points_of, settle, standing
from scoring.tables import each_row


@dataclass(frozen=True)
class Assessment:
    """What a folder of workbooks came to: scorecards in the scheme's order, and the faults of those that failed."""

    scheme: Scheme
    readings: Mapping[str, str]
    scorecards: tuple[Scorecard, ...]
    faults: Mapping[str, list[Fault]]


def assess(paths: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None = None) -> Assessment:
    """Read, check and score workbooks.

    Parameters
    ----------
    paths
        Workbooks, each named after its department.
    readings
        Reading to option, for those that are not read by default.

    Raises
    ------
    UnknownReading
        For a reading or option that the scheme does not have.
    """
    chosen = choose(scheme.readings, readings)
    loaded = load_evidence(paths, scheme)
    if not loaded.evidence.departments:
        return Assessment(scheme, chosen, (), loaded.faults)
    judgement = judge(loaded.evidence, chosen)
    faults = dict(loaded.faults) | _faulty_reviews(loaded.evidence, judgement)
    scorecards = _scorecards(loaded.evidence, judgement, chosen, leave_out=set(faults))
    return Assessment(scheme, chosen, tuple(scorecards), faults)


def _faulty_reviews(evidence: Evidence, judgement: Judgement) -> dict[str, list[Fault]]:
    """Decisions on findings that do not exist."""
    known = {(row.department, row.id) for table in (judgement.findings, judgement.set_aside) for row in each_row(table)}
    sheet = BY_KEY["reviews"]
    faults: dict[str, list[Fault]] = {}
    for row in each_row(evidence.rows("reviews")):
        if (row.department, row.finding) not in known:
            column = evidence.position(row.department, "reviews", "finding")
            faults.setdefault(row.department, []).append(
                Fault(
                    file=f"{row.department}.xlsx",
                    sheet_order=SHEETS.index(sheet),
                    row=row.row,
                    column=column,
                    sheet=sheet.name,
                    cell=f"{letter(column)}{row.row}",
                    found=f"没有编号为“{displayed(row.finding)}”的发现",
                    expected="本部门评分结果中的一个发现编号",
                )
            )
    return faults


def _scorecards(
    evidence: Evidence, judgement: Judgement, readings: Mapping[str, str], leave_out: set[str]
) -> Iterable[Scorecard]:
    findings = judgement.findings
    reviews = evidence.rows("reviews")
    withdrawn = pd.MultiIndex.from_frame(
        reviews.loc[reviews["decision"] == WITHDRAW, ["department", "finding"]], names=["department", "id"]
    )
    is_withdrawn = pd.Series(pd.MultiIndex.from_frame(findings[["department", "id"]]).isin(withdrawn), findings.index)
    stands = standing(findings, is_withdrawn)
    build = _Builder(evidence, judgement, readings, stands)
    for number, department in enumerate(evidence.departments):
        if department not in leave_out:
            yield build.scorecard(number, department)


class _Builder:
    """One department's rows at a time, out of the tables of all."""

    def __init__(
        self,
        evidence: Evidence,
        judgement: Judgement,
        readings: Mapping[str, str],
        stands: pd.Series,
    ) -> None:
        self.evidence, self.readings = evidence, readings
        self.settled = self._settle(judgement, stands)
        self.unvetoed = self._settle(judgement, stands & judgement.findings["veto"].isna())
        self.full = points_of(evidence.scheme, readings)
        self.findings = _by_department(judgement.findings.assign(stands=stands, aside=False))
        self.standing = {(row.department, row.id) for row in each_row(judgement.findings[stands])}
        self.set_aside = _by_department(judgement.set_aside.assign(stands=False, aside=True))
        self.pending = _by_department(judgement.pending)
        self.facts = {row.department: row for row in each_row(evidence.facts)}
        self.reviews = {
            (row.department, row.finding): Review(row.decision, row.reason, row.reviewer, row.reviewed_on, row.row)
            for row in each_row(evidence.rows("reviews"))
        }

    def _settle(self, judgement: Judgement, stands: pd.Series) -> Settled:
        evidence = self.evidence
        return settle(
            evidence.scheme, self.readings, evidence.departments, judgement.findings[stands], judgement.pending
        )

    def scorecard(self, number: int, department: str) -> Scorecard:
        scheme, settled = self.evidence.scheme, self.settled
        waiting = self.pending.get(department, [])
        return Scorecard(
            scheme=scheme,
            department=department,
            as_of=self.facts[department].cut_off,
            sample=department in self.evidence.samples,
            readings=self.readings,
            nodes={code: self._node(number, node) for code, node in scheme.by_code.items()},
            bonus=settled.bonus[0][number],
            findings=tuple(sorted(map(self._finding, self.findings.get(department, [])), key=self._order)),
            set_aside=tuple(sorted(map(self._finding, self.set_aside.get(department, [])), key=self._order)),
            pending={leaf.code: reason for leaf in scheme.leaves for reason in _reasons(waiting, leaf.code)},
            spilt={code: points[number] for code, points in settled.spilt.items() if points[number]},
            source=self._source(department),
        )

    def _node(self, number: int, node: Node) -> NodeScore:
        settled, code = self.settled, node.code
        low, high = settled.low[code][number], settled.high[code][number]
        void, pending = bool(settled.void[code][number]), bool(settled.pending[code][number])
        return NodeScore(
            node=node,
            full=self.full[code],
            low=low,
            high=high,
            status=node_status(void=void, pending=pending),
            score=low if has_score(low, high, void=void, pending=pending) else None,
            unvetoed=self.unvetoed.low[code][number],
            at_best=self.unvetoed.high[code][number],
        )

    def _finding(self, row: Any) -> Finding:
        number = None if pd.isna(row.row) else int(row.row)
        named = row.rests_on if row.needs else ()
        supports = tuple(finding for finding in named if (row.department, finding) in self.standing or row.aside)
        return Finding(
            id=row.id,
            code=row.code,
            kind=self.evidence.scheme.by_code[row.code].findings[row.kind],
            effect=row.effect,
            points=row.points if row.effect == CHANGE else None,
            each=row.each if row.effect == CHANGE else None,
            times=int(row.times),
            bonus=bool(row.bonus),
            scope=None if row.effect == CHANGE else row.scope,
            veto=row.veto if isinstance(row.veto, str) else None,
            because=row.because.replace(COUNT, str(len(supports))) if row.needs else row.because,
            sheet=row.sheet if number is not None else None,
            row=number,
            cells={} if number is None else self.evidence.cells(row.department, row.sheet, number),
            needs=int(row.needs),
            rests_on=supports,
            stands=bool(row.stands),
            review=self.reviews.get((row.department, row.id)),
        )

    def _order(self, finding: Finding) -> tuple[int, str, int, str]:
        codes = list(self.evidence.scheme.by_code)
        return codes.index(finding.code), finding.effect, finding.row or 0, finding.id

    def _source(self, department: str) -> Source:
        evidence = self.evidence
        tables = {sheet.key: evidence.of(sheet.key, department) for sheet in SHEETS}
        return Source(
            file=f"{department}.xlsx",
            sha256=evidence.sources[department],
            domain=self.facts[department].domain,
            tally=evidence.tally(department),
            inspections=tables["inspections"],
            tables=tables,
            notices=(*evidence.notices[department], *_left_out(evidence.tally(department))),
        )


def _by_department(table: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(department): list(each_row(rows)) for department, rows in table.groupby("department", sort=False)}


def _reasons(waiting: list[Any], code: str) -> list[str]:
    return [row.reason for row in waiting if row.code == code]


def _left_out(tally: pd.DataFrame) -> list[str]:
    """What lay outside the period, sheet by sheet (rulebook 1)."""
    look_back = BY_KEY["publications"].name
    return [
        f"《{row.sheet}》有 {row.left_out} 行不在考核期内，未计入"
        + ("（考核期之前的只用于更新量的回溯）" if row.sheet == look_back else "")
        for row in each_row(tally)
        if row.left_out
    ]
