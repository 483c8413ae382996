"""Evidence to scorecards: rules, reviews and settlement in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.decisions import Examined, examine
from scoring.engine.findings import CHANGE, COUNT, VOID
from scoring.engine.followup import FollowUp
from scoring.engine.judge import Judgement, judge
from scoring.engine.ranking import samples_apart
from scoring.engine.scorecard import Finding, NodeScore, Review, Scorecard, Source, Stage, has_score, node_status
from scoring.engine.settle import Settled, are_among, points_of, settle, still_valid
from scoring.evidence import Evidence, Fault, Loaded, load_evidence
from scoring.evidence.faults import Origin
from scoring.evidence.model import Tally
from scoring.scheme import TOTAL, FindingKind, Node, Scheme
from scoring.scheme.readings import Readings, choose
from scoring.scheme.sheets import REVIEWS


@dataclass(frozen=True)
class Assessment:
    """The result for a folder of workbooks: scorecards in the scheme's order, and the faults of those that failed."""

    scheme: Scheme
    readings: Mapping[str, str]
    scorecards: tuple[Scorecard, ...]
    faults: Mapping[str, list[Fault]]
    official: bool = False  # some workbook states that it is 正式: then samples are not ranked

    @property
    def ranked_together(self) -> tuple[Scorecard, ...]:
        """The scorecards that are ranked together: not samples with official ones."""
        return tuple(samples_apart(self.scorecards, official=self.official)[0])

    @property
    def samples(self) -> tuple[Scorecard, ...]:
        """The samples among official evidence."""
        return tuple(samples_apart(self.scorecards, official=self.official)[1])


def assess(paths: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None = None) -> Assessment:
    """Read, check and score workbooks, each named after its department.

    ``readings`` are those that differ from the default; UnknownReading for one that the scheme does not have.
    """
    choose(scheme.readings, readings)  # Unknown readings are refused before any workbook is read.
    return assess_evidence(load_evidence(paths, scheme), readings)


def assess_evidence(loaded: Loaded, readings: Mapping[str, str] | None = None) -> Assessment:
    """Score evidence that has been read and checked; see :func:`assess`."""
    evidence = loaded.evidence
    chosen = choose(evidence.scheme.readings, readings)
    if not evidence.departments:
        return Assessment(evidence.scheme, chosen, (), loaded.faults, loaded.official)
    judgement = judge(evidence, chosen)
    examined = examine(evidence, judgement)
    faults = dict(loaded.faults) | dict(examined.faults)
    build = _Builder(evidence, judgement, chosen, examined)
    scorecards = tuple(
        build.scorecard(number, department)
        for number, department in enumerate(evidence.departments)
        if department not in faults
    )
    return Assessment(evidence.scheme, chosen, scorecards, faults, loaded.official)


class _Builder:
    """Builds scorecards, department by department, from the tables of all."""

    def __init__(
        self, evidence: Evidence, judgement: Judgement, readings: Mapping[str, str], examined: Examined
    ) -> None:
        self.evidence, self.readings = evidence, readings
        self.order = {code: number for number, code in enumerate(evidence.scheme.by_code)}
        turned = {(department, finding) for department, ids in examined.turned.items() for finding in ids}
        stands = still_valid(judgement.findings, are_among(judgement.findings, turned))
        self.settled = self._settle(judgement, evidence.departments, stands)
        vetoes = judgement.findings["veto"].notna()
        vetoed = set(judgement.findings.loc[stands & vetoes, "department"])
        self.vetoed = {name: at for at, name in enumerate(filter(vetoed.__contains__, evidence.departments))}
        self.unvetoed = self._settle(judgement, tuple(self.vetoed), stands & ~vetoes)
        self.full = points_of(evidence.scheme, readings)
        self.findings = _by_department(judgement.findings.assign(stands=stands, aside=False))
        self.valid = {(row.department, row.id) for row in each_row(judgement.findings[stands])}
        self.set_aside = _by_department(judgement.set_aside.assign(stands=False, aside=True))
        self.pending = _by_department(judgement.pending)
        self.facts = {row.department: row for row in each_row(evidence.facts)}
        self.reviews, self.follow_ups = _reviews(evidence, examined), examined.follow_ups
        self.decided = {department: _by_finding(reviews) for department, reviews in self.reviews.items()}
        self.stages = _totals_after_each(evidence.scheme, readings, judgement, examined.turned)
        self.turned = examined.turned

    def _settle(self, judgement: Judgement, departments: tuple[str, ...], stands: pd.Series) -> Settled:
        """Settle some departments; departments do not affect each other."""
        findings, pending = judgement.findings[stands], judgement.pending
        return settle(
            self.evidence.scheme,
            self.readings,
            departments,
            findings[findings["department"].isin(departments)],
            pending[pending["department"].isin(departments)],
        )

    def scorecard(self, number: int, department: str) -> Scorecard:
        scheme, settled = self.evidence.scheme, self.settled
        waiting = self.pending.get(department, [])
        found = self._sorted(self.findings.get(department, []))
        aside = self._sorted(self.set_aside.get(department, []))
        suspected = (one for one in (*found, *aside) if one.only_suspected)
        return Scorecard(
            scheme=scheme,
            department=department,
            as_of=self.facts[department].cut_off,
            sample=department in self.evidence.samples,
            readings=self.readings,
            nodes={code: self._node(number, department, node) for code, node in scheme.by_code.items()},
            granted=(settled.ends[0].granted[number], settled.ends[1].granted[number]),
            findings=tuple(one for one in found if not one.only_suspected),
            suspected=tuple(sorted(suspected, key=self._order)),
            set_aside=tuple(one for one in aside if not one.only_suspected),
            pending={row.code: row.reason for row in sorted(waiting, key=lambda row: self.order[row.code])},
            spilt={code: points[number] for code, points in settled.spilt.items() if points[number]},
            reviews=tuple(self.reviews.get(department, ())),
            follow_ups=self.follow_ups.get(department, {}),
            stages=self._stages(number, department),
            source=self._source(department),
        )

    def _stages(self, number: int, department: str) -> tuple[Stage, ...]:
        """The total before any review and after each decision that turns a finding; only the total without any."""
        if department not in self.stages:
            return (Stage(None, self.settled.low[TOTAL][number], self.settled.high[TOTAL][number]),)
        after = [None, *(self.decided[department][finding] for finding in self.turned[department])]
        return tuple(Stage(review, *ends) for review, ends in zip(after, self.stages[department], strict=True))

    def _node(self, number: int, department: str, node: Node) -> NodeScore:
        settled, code = self.settled, node.code
        unvetoed, at = (self.unvetoed, self.vetoed[department]) if department in self.vetoed else (settled, number)
        low, high = settled.low[code][number], settled.high[code][number]
        void, pending = bool(settled.void[code][number]), bool(settled.pending[code][number])
        return NodeScore(
            node=node,
            full=self.full[code],
            low=low,
            high=high,
            status=node_status(void=void, pending=pending),
            score=low if has_score(low, high, void=void, pending=pending) else None,
            unvetoed=unvetoed.low[code][at],
            at_best=unvetoed.high[code][at],
            voided_by=self._widest_void(department, code) if void else None,
        )

    def _widest_void(self, department: str, code: str) -> str:
        """The finding that sets a node to zero; of several, the one with the widest scope."""
        lineage = self.evidence.scheme.lineage(code)
        voids = [row for row in self.findings[department] if row.stands and row.effect == VOID and row.scope in lineage]
        widest: str = max(voids, key=lambda row: lineage.index(row.scope)).id
        return widest

    def _finding(self, row: Any) -> Finding:
        number = None if pd.isna(row.row) else int(row.row)
        file, line = ("", None) if number is None else self.evidence.origins[row.department].place(number)
        named = row.rests_on if row.needs else ()
        kind, review = self.evidence.scheme.by_code[row.code].findings[row.kind], self._review(row)
        supports = tuple(finding for finding in named if (row.department, finding) in self.valid or row.aside)
        because = row.because.replace(COUNT, str(len(supports))) if row.needs else row.because
        return Finding(
            id=row.id,
            code=row.code,
            kind=kind,
            effect=row.effect,
            points=row.points if row.effect == CHANGE else None,
            each=row.each if row.effect == CHANGE else None,
            times=int(row.times),
            bonus=bool(row.bonus),
            scope=None if row.effect == CHANGE else row.scope,
            veto=row.veto if isinstance(row.veto, str) else None,
            because=f"{because}{_suspicion(kind, review)}",
            counting=row.counting,
            since=_day(row.since),
            until=_day(row.until),
            due=_day(row.due),
            days_late=None if pd.isna(row.days_late) else int(row.days_late),
            sheet=row.sheet if number is not None else None,
            row=number,
            file=file,
            line=line,
            cells={} if number is None else self.evidence.cells(row.department, row.sheet, number),
            needs=int(row.needs),
            rests_on=supports,
            stands=bool(row.stands),
            attachments=() if number is None else self.evidence.attachments_of(row.department, row.sheet, number),
            review=review,
        )

    def _review(self, row: Any) -> Review | None:
        return self.decided.get(row.department, {}).get(row.id)

    def _sorted(self, rows: Iterable[Any]) -> list[Finding]:
        return sorted(map(self._finding, rows), key=self._order)

    def _order(self, finding: Finding) -> tuple[int, str, int, int, str]:
        """By leaf, then as the rows stand in the evidence, whichever files it lies in."""
        sheet = self.evidence.scheme.sheet_names[finding.sheet].order if finding.sheet else -1
        return self.order[finding.code], finding.effect, sheet, finding.row or 0, finding.id

    def _source(self, department: str) -> Source:
        evidence, tally = self.evidence, self.evidence.tally(department)
        origin, site = evidence.origins[department], evidence.scheme.site
        host = getattr(self.facts[department], site.key) if site else None
        return Source(
            file=origin.file,
            sha256=origin.sha256,
            parts={part.file: part.sha256 for part in origin.parts},
            site="" if pd.isna(host) else str(host),
            tally=tally,
            tables=evidence.sheets_of(department),
            attachments=origin.attachments,
            notices=(
                *evidence.notices[department],
                *_left_out(tally, evidence.scheme),
                *_on_reviews(evidence.scheme.sheet(REVIEWS).name, origin, self.reviews.get(department, ())),
                *_on_gone(self.follow_ups.get(department, {}).values()),
            ),
        )


def _suspicion(kind: FindingKind, review: Review | None) -> str:
    """How the sentence of a suspected finding ends: what a review says of it."""
    if not kind.suspected:
        return ""
    if review is None or review.stale:
        return "，待确认"
    return "，经复核确认" if review.upholds else "，经复核排除"


def _day(value: Any) -> pd.Timestamp | None:
    return None if pd.isna(value) else pd.Timestamp(value)


def _reviews(evidence: Evidence, examined: Examined) -> dict[str, list[Review]]:
    """Department to its decisions, in the order of the sheet."""
    reviews: dict[str, list[Review]] = {}
    for row in each_row(evidence.rows(REVIEWS)):
        key = row.department, row.finding
        review = Review(
            finding=examined.moved.get(key, row.finding),
            decision=row.decision,
            reason=row.reason,
            reviewer=row.reviewer,
            reviewed_on=row.reviewed_on,
            row=row.row,
            tied=pd.notna(row.basis),
            noted=row.finding,
            stale=examined.stale.get(key, ""),
        )
        reviews.setdefault(row.department, []).append(review)
    return reviews


def _by_finding(reviews: Sequence[Review]) -> dict[str, Review]:
    """The decisions by the finding's id; a stale one gives way to one that followed its evidence to the same id."""
    return {one.finding: one for one in sorted(reviews, key=lambda one: not one.stale)}


def _on_reviews(sheet: str, origin: Origin, reviews: Iterable[Review]) -> Iterator[str]:
    """Notices of stale decisions, of those whose finding has another id now, and of those that cannot be checked."""
    for review in reviews:
        file, line = origin.place(review.row)
        where = f"{file}《{sheet}》第{line}行"
        if review.stale:
            yield f"{where}对“{review.finding}”的决定已失效（复核失效），不计入：{review.stale}。请重新复核"
        elif review.noted != review.finding:
            yield f"{where}对“{review.noted}”的决定仍有效：佐证相同，这项发现现在的编号是“{review.finding}”"
        elif not review.tied:
            yield f"{where}没有佐证摘要，佐证此后是否改动无法核对"


def _on_gone(follow_ups: Iterable[FollowUp]) -> Iterator[str]:
    """Notices of what was told, answered or mended about findings that have another id now, or are not there."""
    for one in follow_ups:
        if one.noted != one.finding:
            yield f"“{one.noted}”在整改台账中的记录随同一佐证归入“{one.finding}”：这项发现的编号已变"
        if one.gone:
            yield (
                f"“{one.finding}”在整改台账中，但佐证中没有这项发现：佐证此后已改动，或编号有误。记录仍保留，请核对编号"
            )


def _by_department(table: pd.DataFrame) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = {}
    for row in each_row(table):
        rows.setdefault(row.department, []).append(row)
    return rows


def _left_out(tally: Iterable[Tally], scheme: Scheme) -> list[str]:
    """Notices of rows outside the period, sheet by sheet (rulebook 1)."""
    look_back = {sheet.name: f"（考核期之前的只用于{sheet.look_back}）" for sheet in scheme.sheets if sheet.look_back}
    return [
        f"《{row.sheet}》有 {row.left_out} 行不在考核期内，未计入{look_back.get(row.sheet, '')}"
        for row in tally
        if row.left_out
    ]


# --- What each decision is worth ------------------------------------------------------------------------------------


def _totals_after_each(
    scheme: Scheme, readings: Readings, judgement: Judgement, turned: Mapping[str, tuple[str, ...]]
) -> dict[str, list[tuple[Fraction, Fraction]]]:
    """The total's range of a department before any finding is turned and after each one more, in their order.

    Because of floors, caps and vetoes, the effect of a decision depends on those before it; in sequence they add up
    to the whole. Each stage is settled like a department of its own, all in one settlement. Departments without such
    decisions are left out.
    """
    stages = [(name, count) for name, ids in turned.items() for count in range(len(ids) + 1)]
    if not stages:
        return {}
    findings = pd.concat(_staged(judgement.findings, stages), ignore_index=True)
    pending = pd.concat(_staged(judgement.pending, stages), ignore_index=True)
    so_far = {(_label(name, count), finding) for name, count in stages for finding in turned[name][:count]}
    labels = tuple(_label(*stage) for stage in stages)
    settled = settle(scheme, readings, labels, findings[still_valid(findings, are_among(findings, so_far))], pending)
    totals: dict[str, list[tuple[Fraction, Fraction]]] = {}
    for (name, _), low, high in zip(stages, settled.low[TOTAL], settled.high[TOTAL], strict=True):
        totals.setdefault(name, []).append((low, high))
    return totals


def _staged(table: pd.DataFrame, stages: list[tuple[str, int]]) -> Iterator[pd.DataFrame]:
    of = dict(iter(table.groupby("department", sort=False)))
    for name, count in stages:
        rows = of.get(name, table.iloc[:0])
        yield rows.assign(department=_label(name, count))


def _label(department: str, count: int) -> str:
    return f"{department}\x1f{count}"
