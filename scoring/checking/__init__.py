"""Checking workbooks before they are scored: what is wrong with each, and what is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.engine.assessment import assess
from scoring.evidence import Fault, by_department
from scoring.evidence.completeness import Completeness, completeness_of
from scoring.evidence.reading.read import read_workbook
from scoring.report.view.unshown import unshown_in
from scoring.scheme import Scheme

__all__ = ["Checked", "check_workbooks"]


@dataclass(frozen=True)
class Checked:
    """One workbook as it was checked."""

    department: str
    path: Path
    faults: tuple[Fault, ...]  # All of them, in the order of the scheme's sheets.
    notices: tuple[str, ...]  # What was left alone, and decisions that have become stale.
    completeness: Completeness | None  # None for a file that could not be read at all.

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to inspect."""
        return self.completeness is not None and self.completeness.is_complete


def check_workbooks(paths: Sequence[Path], scheme: Scheme) -> list[Checked]:
    """Check workbooks in the scheme's order, for the faults too that only scoring can see."""
    assessment = assess(paths, scheme)
    notices = {card.department: card.source.notices for card in assessment.scorecards}
    return [
        _checked(name, files[-1], sorted(assessment.faults.get(name, ())), notices.get(name), scheme)
        for name, files in by_department(paths, scheme).items()
    ]


def _checked(
    name: str, path: Path, faults: Sequence[Fault], notices: tuple[str, ...] | None, scheme: Scheme
) -> Checked:
    workbook = read_workbook(path, scheme)  # Scoring keeps no table of a faulty one.
    if not workbook.readable:
        return Checked(name, path, tuple(faults), (), None)
    notices = tuple(workbook.notices) if notices is None else notices
    unshown = (
        f"字符不在报告所用的字体中，报告以〔代码〕写出：{one}" for one in unshown_in(workbook.tables, scheme.sheets)
    )
    return Checked(name, path, tuple(faults), (*notices, *unshown), completeness_of(workbook, scheme))
