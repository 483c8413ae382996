"""The order in which findings are worked through: what is suspected first, like beside like, by date."""

from __future__ import annotations

from itertools import groupby

from scoring.engine.scorecard import Finding, Scorecard
from scoring.review.explain import findings_of


def in_order(card: Scorecard, code: str | None = None) -> list[Finding]:
    """The findings of a leaf, or of all: those that wait for a confirmation first, then kind by kind, by date."""
    order = {leaf.code: number for number, leaf in enumerate(card.scheme.leaves)}
    kinds = {leaf.code: list(leaf.findings) for leaf in card.scheme.leaves}

    def place(finding: Finding) -> tuple[bool, int, int, str, int]:
        kind = kinds[finding.code].index(finding.kind.name)
        return not waits(finding), order[finding.code], kind, day_of(card, finding), finding.row or 0

    return sorted(findings_of(card, code), key=place)


def groups(found: list[Finding]) -> list[list[Finding]]:
    """Findings in order, as groups of the same kind in the same state of confirmation."""
    alike = groupby(found, key=lambda finding: (finding.code, finding.kind.name, waits(finding)))
    return [list(group) for _, group in alike]


def day_of(card: Scorecard, finding: Finding) -> str:
    """The day that a finding is about, as 2017-03-05; empty where it has none."""
    if day := finding.since if finding.since is not None else finding.due:
        return f"{day:%Y-%m-%d}"
    sheet = card.scheme.sheet_names.get(finding.sheet or "")
    return finding.cells.get(sheet.column(sheet.dated_by).name, "") if sheet and sheet.dated_by else ""


def waits(finding: Finding) -> bool:
    """Whether it is suspected and nobody has confirmed or dismissed it."""
    return finding.only_suspected and not finding.withdrawn


def is_decided(finding: Finding) -> bool:
    """Whether a decision on it holds."""
    return finding.review is not None and not finding.review.stale
