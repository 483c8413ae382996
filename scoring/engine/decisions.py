"""Decisions of 复核记录: the evidence they were made on, whether they still hold, and who may make them.

A decision is tied to its finding by the finding's id, and to the evidence behind it by a digest (佐证摘要). If that
evidence has changed since, the decision is stale (复核失效): it stays on record without effect. If the same evidence
was only collected again and its finding has another id, the decision follows it; so do the steps of 整改台账.

A finding counts until it is withdrawn (撤销). One that the program only suspects (疑似) is the other way round: it
counts once it is confirmed (维持); 撤销 dismisses it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.findings import chinese_date
from scoring.engine.followup import FollowUp, faults_of, follow_ups
from scoring.engine.judge import Judgement
from scoring.engine.settle import are_among
from scoring.evidence import Evidence, Fault
from scoring.evidence.reading.cells import displayed
from scoring.scheme.sheets import FOLLOWUPS, INSPECTED, INSPECTIONS, REVIEWS, UPHOLD, WITHDRAW

CHANGED: Final = "作出决定后，佐证已改动"
GONE: Final = "这一发现已不存在：作出决定后佐证已改动，或所用解读不同"

_BETWEEN_NAMES: Final = re.compile(r"[、，,；;/／]")

#: Department and id of a finding.
Key = tuple[str, str]


@dataclass(frozen=True)
class Examined:
    """The result of checking the decisions of all departments."""

    turned: Mapping[str, tuple[str, ...]]  # by department: found and withdrawn or suspected and confirmed, by date
    stale: Mapping[Key, str]  # decisions without effect, by the finding on record, with the reason
    moved: Mapping[Key, str]  # the finding on record of a decision to the one that has its evidence now
    follow_ups: Mapping[str, Mapping[str, FollowUp]]  # by department and finding
    faults: Mapping[str, list[Fault]]  # by department, of its 复核记录 and of what followed


def names(text: str) -> frozenset[str]:
    """The people named in a cell, ignoring blanks and full width: 甲、乙 are two."""
    parts = _BETWEEN_NAMES.split(unicodedata.normalize("NFKC", text))
    return frozenset(name for part in parts if (name := "".join(part.split())))


def basis_of(evidence: Evidence, finding: Any) -> str:
    """佐证摘要 of a row of findings: a digest of its evidence, or of its sentence if it rests on something missing."""
    if pd.notna(finding.row):
        cells = evidence.cells(finding.department, finding.sheet, int(finding.row))
        parts = [f"{name}\x1f{value}" for name, value in sorted(cells.items())]
        parts += [one.sha256 for one in evidence.attachments_of(finding.department, finding.sheet, int(finding.row))]
    else:
        parts = [finding.because, *(sorted(finding.rests_on) if finding.needs else ())]
    digest = hashlib.sha256("\x1e".join(parts).encode()).hexdigest()
    return f"sha256:{digest[:16]}"


def examine(evidence: Evidence, judgement: Judgement) -> Examined:
    """Check every decision against the present findings and inspections."""
    reviews = evidence.rows(REVIEWS)
    sheets = [sheet.key for sheet in evidence.scheme.sheets if sheet.of_finding]
    naming = pd.concat([evidence.rows(key)[["department", "finding"]] for key in sheets])
    known = _named((judgement.findings, judgement.set_aside), naming)
    inspections = {(row.department, row.code): row for row in each_row(evidence.rows(INSPECTIONS))}
    again = found_again(evidence, judgement, known, _bases(reviews))
    followed = follow_ups(evidence, known, _followed(evidence, judgement, known))
    stale: dict[Key, str] = {}
    faults: dict[str, list[Fault]] = {}
    for review in each_row(reviews):
        key = review.department, review.finding
        finding = again.get(key, known.get(key))
        if _is_stale(evidence, review, finding):
            stale[key] = GONE if finding is None else CHANGED
        elif finding is None:
            faults.setdefault(review.department, []).append(_unknown(evidence, review, judgement))
        elif inspection := inspections.get((review.department, finding.code)):
            one = followed.get(review.department, {}).get(finding.id)
            refused = _refused(evidence, review, inspection, one, suspected=finding.suspected)
            faults.setdefault(review.department, []).extend(refused)
    for department, fault in faults_of(evidence, followed):
        faults.setdefault(department, []).append(fault)
    faulty = {department: found for department, found in faults.items() if found}
    moved = {key: finding.id for key, finding in again.items()}
    return Examined(_turned(reviews, stale, {**known, **again}), stale, moved, followed, faulty)


def found_again(
    evidence: Evidence, judgement: Judgement, known: Mapping[Key, Any], bases: Mapping[Key, str]
) -> dict[Key, Any]:
    """The findings that rest on the same evidence as others did, whose ids are gone or stand for other evidence now.

    Parameters
    ----------
    known
        Findings by department and id; those on record are among them, if they exist.
    bases
        Department and id on record to the digest of the evidence; empty where there is none.

    Returns
    -------
    dict
        Department and id on record to the finding of the same leaf and kind; each finding once at most.
    """
    holds = {
        key for key, basis in bases.items() if key in known and (not basis or basis == basis_of(evidence, known[key]))
    }
    left = {key: basis for key, basis in bases.items() if basis and key not in holds}
    same: dict[Key, list[Any]] = {}
    departments = {department for department, _ in left}
    for table in (judgement.findings, judgement.set_aside) if left else ():
        for row in each_row(table[table["department"].isin(departments)].sort_values("id")):
            if (row.department, row.id) not in holds:
                same.setdefault((row.department, basis_of(evidence, row)), []).append(row)
    found: dict[Key, Any] = {}
    for (department, finding), basis in left.items():
        rows = same.get((department, basis), [])
        if (at := next((at for at, row in enumerate(rows) if _is_alike(finding, row)), None)) is not None:
            found[department, finding] = rows.pop(at)
    return found


def _is_alike(finding: str, row: Any) -> bool:
    """Whether an id is that of a finding of the row's leaf and kind."""
    return f"{finding}-".startswith("".join(f"{row.code}-{row.kind}-".split()))


def _bases(rows: pd.DataFrame) -> dict[Key, str]:
    return {(row.department, row.finding): "" if pd.isna(row.basis) else row.basis for row in each_row(rows)}


def _followed(evidence: Evidence, judgement: Judgement, known: Mapping[Key, Any]) -> dict[Key, Any]:
    """The findings that the steps of others are about now; no finding gets the steps of two."""
    notices = evidence.rows(FOLLOWUPS).sort_values(["done_on", "row"])
    bases = _bases(notices[notices["basis"].notna()])
    found = found_again(evidence, judgement, known, bases)
    kept = {(row.department, row.finding) for row in each_row(notices)}
    while taken := [key for key, row in found.items() if (row.department, row.id) in kept - found.keys()]:
        found.pop(taken[0])
    return found


def turned_among(evidence: Evidence, findings: pd.DataFrame) -> set[Key]:
    """Those of all findings of some leaves that a decision turns; decisions about other leaves are left alone."""
    reviews = evidence.rows(REVIEWS)
    about = tuple(f"{code}-" for code in findings["code"].unique())
    reviews = reviews[reviews["finding"].astype(str).str.startswith(about)]
    if reviews.empty:
        return set()
    known = _named((findings,), reviews)
    again = found_again(evidence, Judgement(findings, findings.iloc[:0], findings.iloc[:0]), known, _bases(reviews))
    known |= again
    stale = {
        key: CHANGED
        for review in each_row(reviews)
        if _is_stale(evidence, review, known.get(key := (review.department, review.finding)))
    }
    return {(name, finding) for name, turned in _turned(reviews, stale, known).items() for finding in turned}


def _is_stale(evidence: Evidence, review: Any, finding: Any | None) -> bool:
    """Whether a decision is tied to evidence that is another now."""
    return bool(pd.notna(review.basis)) and (finding is None or basis_of(evidence, finding) != review.basis)


def _named(tables: Iterable[pd.DataFrame], rows: pd.DataFrame) -> dict[Key, Any]:
    """The findings of these tables that rows name."""
    wanted = set(zip(rows["department"], rows["finding"], strict=True))
    return {(row.department, row.id): row for table in tables for row in each_row(table[are_among(table, wanted)])}


def _turned(reviews: pd.DataFrame, stale: Mapping[Key, str], known: Mapping[Key, Any]) -> dict[str, tuple[str, ...]]:
    turned: dict[str, tuple[str, ...]] = {}
    for row in each_row(reviews.sort_values(["reviewed_on", "row"])):
        key = row.department, row.finding
        if key in known and key not in stale and row.decision == (UPHOLD if known[key].suspected else WITHDRAW):
            turned[row.department] = (*turned.get(row.department, ()), known[key].id)
    return turned


def _unknown(evidence: Evidence, review: Any, judgement: Judgement) -> Fault:
    ids = [
        name
        for table in (judgement.findings, judgement.set_aside)
        for name in table.loc[table["department"] == review.department, "id"]
    ]
    near = get_close_matches(review.finding, ids, n=1, cutoff=0.8)
    return _fault(
        evidence,
        review,
        "finding",
        f"没有编号为“{displayed(review.finding)}”的发现",
        "本部门评分结果中的一个发现编号",
        meant=near[0] if near else "",
    )


def _refused(
    evidence: Evidence, review: Any, inspection: Any, followed: FollowUp | None, *, suspected: bool
) -> Iterator[Fault]:
    """Faults of a decision: made by the inspector alone, or before the inspection.

    Alone, an inspector may uphold his own finding until the department objects to it. What the program suspects, no
    inspector found: anyone may decide on it.
    """
    if inspection.status != INSPECTED:
        return
    code = inspection.code
    said = followed.objection if followed else None
    answers = said is not None and review.reviewed_on >= said.done_on
    is_alone = not suspected and names(review.reviewer) <= names(inspection.inspector)
    if is_alone and (review.decision == WITHDRAW or answers):
        what = f"对部门申诉的发现一人{review.decision}" if answers else "一人撤销自己的发现"
        found = f"复核人“{displayed(review.reviewer)}”就是指标 {code} 的核查人，不能{what}"
        yield _fault(evidence, review, "reviewer", found, "核查人之外的另一人，可与核查人并列，如“甲、乙”")
    if review.reviewed_on < inspection.inspected_on:
        reviewed, inspected = chinese_date(review.reviewed_on), chinese_date(inspection.inspected_on)
        found = f"复核日期{reviewed}早于指标 {code} 的核查日期{inspected}"
        yield _fault(evidence, review, "reviewed_on", found, "核查当日或之后的日期")


def _fault(evidence: Evidence, review: Any, key: str, found: str, expected: str, meant: str = "") -> Fault:
    origin = evidence.origins[review.department]
    return origin.fault_at(evidence.scheme.sheet(REVIEWS), found, expected, row=review.row, column=key, meant=meant)
