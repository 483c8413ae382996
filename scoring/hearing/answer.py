"""Answers a department's objections: on paper, and in its case file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scoring.base.names import PAPERS
from scoring.engine.findings import chinese_date
from scoring.engine.objections import objections
from scoring.engine.ranking import Result
from scoring.engine.scorecard import Scorecard
from scoring.hearing.issue import save_with
from scoring.report.notice import files_of_reply, reply_to
from scoring.review.audit import Audit, Refused
from scoring.scheme.sheets import ANSWERED


@dataclass(frozen=True)
class Answered:
    """What was done: the paper's number and files, empty where there was nothing to answer, and what still waits."""

    number: str
    findings: int
    files: tuple[Path, ...]
    waiting: tuple[str, ...]  # findings without a decision
    gone: tuple[str, ...]  # findings that the evidence does not have any more


def answer(audit: Audit, on: dt.date, by: str, others: Sequence[Result], out: Path, *, official: bool) -> Answered:
    """Write the 复核结果告知书 on what is decided and not answered, and note it in the case file.

    Parameters
    ----------
    on, by
        The day on which it goes out, and who sends it.
    others, official
        The results of the other departments, and whether there is official evidence: for the rank.
    out
        Folder of the results; the papers go to ``<department>/文书`` in it.

    Raises
    ------
    Refused, CannotSave, OSError
        When the day is before a decision, the case file cannot take it, or a paper cannot be written; then nothing is
        answered.
    """
    card = audit.card
    found = objections(audit.loaded, audit.readings, card)
    waiting = tuple(one.finding for one in found.waiting if not one.gone)
    gone = tuple(one.finding for one in found.waiting if one.gone)
    if not found.decided:
        return Answered("", 0, (), waiting, gone)
    day, number = pd.Timestamp(on), _next_number(card)
    if day < (last := max(one.review.reviewed_on for one in found.decided)):
        raise Refused(
            f"告知日期{chinese_date(day)}早于复核日期{chinese_date(last)}；请用 --on 给出复核当日或之后的日期"
        )
    papers = files_of_reply(reply_to(found, number, day, by, others, official=official))
    given = {"step": ANSWERED, "done_on": on, "done_by": by, "notice": number}
    noted = audit.follow(
        [
            {"finding": one.finding.id, **given, "about": f"{one.review.decision}：{one.review.reason}"}
            for one in found.decided
        ]
    )
    folder = out / card.department / PAPERS
    save_with(noted, folder, papers)
    return Answered(number, len(found.decided), tuple(folder / name for name in papers), waiting, gone)


def _next_number(card: Scorecard) -> str:
    numbers = {step.notice for one in card.follow_ups.values() for step in one.of(ANSWERED)}
    return f"{card.year}-{card.department}-复{len(numbers) + 1}"
