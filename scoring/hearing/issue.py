"""Issues a 整改通知书: what is new for a department, by when, on paper and in its case file."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.base.names import PAPERS
from scoring.base.stopping import uninterrupted
from scoring.base.workdays import nth_working_day
from scoring.engine.periods import standings
from scoring.engine.scorecard import Finding, Scorecard
from scoring.hearing.form import Line, form_of
from scoring.report.notice import Issue, files_of, notice_of
from scoring.report.notice.items import items_of
from scoring.review.audit import Audit
from scoring.scheme.readings import choose
from scoring.scheme.sheets import NOT_MENDED, TO_MEND, TOLD


@dataclass(frozen=True)
class Issued:
    """A notice that went out: its number, how many findings it tells of, and its files."""

    number: str
    findings: int
    files: tuple[Path, ...]


def to_tell(card: Scorecard) -> list[Finding]:
    """The findings that stand, cost something and were not told yet, or were not mended when they were looked at."""
    found = []
    for finding in card.findings:
        followed = card.follow_ups.get(finding.id)
        is_known = followed is not None and followed.told and followed.state != NOT_MENDED
        if finding.stands and not is_known and (finding.points is None or finding.points < 0):
            found.append(finding)
    return found


def _as_of(audit: Audit, on: pd.Timestamp) -> Scorecard:
    """The scorecard before the year is over: what was established by a day, without what only its end shows."""
    readings = choose(audit.scheme.readings, audit.readings)
    standing = standings(audit.loaded, readings, on)[audit.department]
    # What later evidence shows to be no problem any more is not told.
    still = {one.id for one in (*audit.card.findings, *audit.card.set_aside)}
    found = [one for one in (*standing.problems.values(), *standing.vetoes.values()) if one.id in still]
    return replace(standing.card, findings=tuple(replace(one, stands=True) for one in found))


def issue(audit: Audit, on: dt.date, by: str, out: Path) -> Issued | None:
    """Issue a notice about what is new, write it down in the case file, and give its files; None without anything new.

    Parameters
    ----------
    on, by
        The day on which it goes out, and who sends it.
    out
        Folder of the results; the papers go to ``<department>/文书`` in it.

    Raises
    ------
    CalendarOutOfRange
        When a term ends in a year without an official calendar.
    Refused, CannotSave, OSError
        When the case file cannot take it, or a paper cannot be written; then nothing is issued.
    """
    day = pd.Timestamp(on)
    interim = day < audit.card.as_of
    card = _as_of(audit, day) if interim else audit.card
    if not (found := to_tell(card)):
        return None
    terms, scheme = _issue(card, found, day, by, interim=interim), card.scheme
    lines = list(_lines(card, found, terms))
    named = {one.noted: one.finding for one in card.follow_ups.values()}
    steps = [
        {
            "finding": named.get(line.finding, line.finding),
            "step": TO_MEND if line.due is not None else TOLD,
            "done_on": on,
            "done_by": by,
            "about": line.problem,
            "notice": terms.number,
            "due": line.due,
            "object_by": terms.object_by,
        }
        for line in lines
    ]
    noted = audit.follow(steps)
    papers = files_of(notice_of(card, terms))
    papers[f"{card.department}.反馈表.xlsx"] = form_of(scheme, card.department, terms, lines, sample=card.sample)
    folder = out / card.department / PAPERS
    save_with(noted, folder, papers)
    return Issued(terms.number, len(lines), tuple(folder / name for name in papers))


def save_with(noted: Audit, folder: Path, papers: Mapping[str, bytes]) -> None:
    """Save a case file and, once that is done, put the papers that it speaks of into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as beside, uninterrupted():
        for name, content in papers.items():
            (Path(beside) / name).write_bytes(content)
        noted.save()
        for name in papers:
            (Path(beside) / name).replace(folder / name)


def _issue(card: Scorecard, found: Iterable[Finding], on: pd.Timestamp, by: str, *, interim: bool) -> Issue:
    scheme, terms = card.scheme, card.scheme.terms
    numbers = {step.notice for one in card.follow_ups.values() for step in one.told}
    due = {
        finding.id: _due(on, finding.kind.mend or terms.mend) if finding.kind.mendable else None for finding in found
    }
    source = f"见{terms.clause}" if terms.clause else "办法没有规定，按本程序的默认值"
    return Issue(
        number=f"{scheme.year}-{card.department}-{len(numbers) + 1}",
        on=on,
        by=by,
        due=due,
        object_by=_due(on, terms.object),
        terms=f"期限按工作日计（{source}）。",
        interim=interim,
    )


def _due(on: pd.Timestamp, days: int) -> Any:
    return nth_working_day(pd.Series([on]), days).iloc[0]


def _lines(card: Scorecard, found: list[Finding], terms: Issue) -> Iterator[Line]:
    """The findings by the items of the notice; vetoes and what has no advice come last."""
    items = items_of(card, terms.due)
    listed = {finding.id for item in items for finding in item.findings}
    rest = [finding for finding in found if finding.id not in listed]
    for number, findings in enumerate([*(item.findings for item in items), rest], 1):
        for place, one in enumerate(findings, 1):
            leaf = f"{one.code} {card.nodes[one.code].name}"
            followed = card.follow_ups.get(one.id)
            finding = followed.noted if followed else one.id
            yield Line(f"{number}-{place}", finding, leaf, one.because, one.where, terms.due[one.id])
