"""What the templates of the workbench are given, live or static."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scoring.points import shown
from scoring.report import words
from scoring.report.pages import Fragment, fragment
from scoring.review.audit import Audit
from scoring.review.panel.desk import Desk
from scoring.scorecard import Scorecard
from scoring.settle import VOIDED


def score_values(audit: Audit) -> dict[str, Any]:
    """The total before any review, as saved, and with what is being tried."""
    return {"card": audit.card, "saved": audit.saved, "raw": audit.card.stages[0], "unsaved": len(audit.tried)}


def leaf_values(card: Scorecard, code: str) -> dict[str, Any]:
    """A leaf with its findings, those of a pending one too."""
    found = [finding for finding in (*card.findings, *card.set_aside) if finding.code == code]
    return {"card": card, "node": card.nodes[code], "findings": found, "pending": card.pending.get(code, "")}


def leaf_state(card: Scorecard, code: str) -> str:
    """What became of a leaf, in a word: 待评, 归零, or the points lost."""
    node = card.nodes[code]
    if code in card.pending:
        return "待评"
    lost = f"失 {shown(node.lost)} 分" if node.lost else ""
    won = f"加 {shown(node.low)} 分" if node.node.bonus and node.low else ""
    return "，".join(filter(None, [lost or won, "归零" if node.status == VOIDED else ""])) or "未失分"


def decision_values(audit: Audit) -> dict[str, Any]:
    """Every decision, saved or being tried, with what it changed in the total."""
    card = audit.card
    return {
        "card": card,
        "found": {finding.id: finding for finding in (*card.findings, *card.set_aside)},
        "effects": words.review_effects(card),
        "tried": set(audit.tried),
    }


# --- Static tables, where no front-end shows widgets ----------------------------------------------------------------


def static_score(desk: Desk) -> Fragment:
    """The department's totals, or its workbook's faults."""
    if desk.audit is None:
        return fragment("review/problem.html.j2", lines=desk.problem.splitlines())
    return fragment("review/department.html.j2", **score_values(desk.audit), live=False)


def static_leaves(desk: Desk) -> Fragment:
    """Every leaf: those with findings, losses or pending in full, the others in a line each."""
    if desk.audit is None:
        return Fragment("")
    card = desk.audit.card
    entries = [leaf_values(card, leaf.code) for leaf in desk.leaves()]
    return fragment("review/leaves.html.j2", card=card, entries=entries)


def static_decisions(desk: Desk) -> Fragment:
    """The decisions of 复核记录."""
    if desk.audit is None:
        return Fragment("")
    return fragment("review/decisions.html.j2", **decision_values(desk.audit))


def static_readings(desk: Desk) -> Fragment:
    """What each option of each reading would move."""
    if desk.audit is None:
        return Fragment("")
    return fragment("review/readings.html.j2", entries=list(_other_options(desk.audit)), card=desk.audit.card)


def _other_options(audit: Audit) -> Iterator[dict[str, Any]]:
    used = audit.card.readings
    for key, reading in audit.card.scheme.readings.items():
        for option, meaning in reading.options.items():
            if option != used[key]:
                moved = audit.moved_by({key: option})
                yield {"reading": reading, "option": option, "meaning": meaning, "moved": moved}
