"""The state that all sections of the workbench share: one audit, one leaf, who works. Nothing here shows anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import traitlets

from scoring.engine.assessment import assess
from scoring.engine.ranking import Result
from scoring.engine.scorecard import Finding
from scoring.evidence import by_department, workbooks_in
from scoring.report.places import NotScored, evidence_folder, scheme_of, years_in
from scoring.review.audit import Audit, Refused
from scoring.review.grouping import in_order
from scoring.scheme import Node, Scheme, SchemeError
from scoring.scheme.readings import UnknownReading

#: Readings, the results of other departments by them, and whether any evidence is official.
_Others = tuple[Mapping[str, str], list[Result], bool] | None


class PanelState(traitlets.HasTraits):
    """State that the sections observe, so that a change updates every figure shown.

    Attributes
    ----------
    audit
        The department's audit with unsaved changes; None while it cannot be scored.
    problem
        Why it cannot, in Chinese: a heading, then one line per fault. Empty otherwise.
    leaf
        Code of the leaf that is shown.
    who, day
        Who inspects, records and decides, and on which day; asked for once.
    scored
        The other departments, once they have been scored; see :meth:`others`.
    """

    audit = traitlets.Instance(Audit, allow_none=True)
    problem = traitlets.Unicode()
    leaf = traitlets.Unicode()
    who = traitlets.Unicode()
    day = traitlets.Instance(dt.date, allow_none=True)
    scored: traitlets.TraitType[_Others, _Others] = traitlets.Any(allow_none=True)

    def __init__(
        self,
        department: str,
        year: int,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        scheme: str = "",
    ) -> None:
        """Open a department's evidence; if it cannot be scored, ``problem`` says why. See :class:`Workbench`."""
        super().__init__()
        self.raw, self.readings, self.named = raw, dict(readings or {}), scheme
        self.department, self.year = department, year
        self.day = dt.datetime.now().astimezone().date()
        self.open(department, year)

    @property
    def years(self) -> list[int]:
        """The years that have a folder of evidence and a scheme in force."""
        return [year for year in years_in(self.raw) if self.scheme_of(year)]

    def scheme_of(self, year: int) -> Scheme | None:
        """The scheme that a year is assessed by; None without one."""
        try:
            return scheme_of(year, named=self.named)
        except SchemeError:
            return None

    def departments(self, year: int) -> list[str]:
        """The departments whose evidence lies in a year's folder, in the scheme's order."""
        scheme = self.scheme_of(year)
        with suppress(NotScored):  # There is no such folder.
            return list(by_department(workbooks_in(evidence_folder(self.raw, year)), scheme)) if scheme else []
        return []

    def open(self, department: str, year: int) -> None:
        """Read a department's evidence.

        Raises
        ------
        Refused
            While changes are not saved.
        """
        if self.audit is not None and self.audit.count:
            raise Refused(f"{self.department}还有 {self.audit.count} 项没有保存；请先保存或撤回，再换部门或年度")
        try:
            audit, problem = Audit.open(department, year, self.raw, self.readings, self.named), ""
        except (NotScored, SchemeError, UnknownReading) as error:
            audit, problem = None, str(error)
        is_other = department != self.department
        self.department, self.year = department, year
        with self.hold_trait_notifications():
            self.audit, self.problem, self.scored = audit, problem, None
            if audit is not None and (is_other or self.leaf not in audit.scheme.by_code):
                self.leaf = next((leaf.code for leaf in self.waiting()), self.leaf)
            if audit is not None and self.leaf not in {leaf.code for leaf in self.leaves()}:
                self.leaf = self.leaves()[0].code

    def reload(self) -> list[str]:
        """Read the evidence again and keep the changes that are not saved.

        Returns
        -------
        list of str
            What was not kept, since its evidence was changed.

        Raises
        ------
        NotScored
            When the evidence has faults now; the audit stays as it was.
        """
        if self.audit is None:
            self.open(self.department, self.year)
            return []
        again = Audit.open(self.department, self.year, self.raw, self.readings, self.named)
        self.audit, left_out = again.retry(self.audit)
        self.scored = None
        return left_out

    @property
    def opened(self) -> Audit:
        """The audit.

        Raises
        ------
        NotScored
            While there is none.
        """
        if self.audit is None:
            raise NotScored(self.problem)
        return self.audit

    def others(self) -> tuple[list[Result], bool]:
        """The results of the other departments as they are saved, and whether any evidence is official.

        They are scored once, until the evidence is read again.
        """
        audit = self.opened
        if self.scored is None or self.scored[0] != audit.readings:
            assessment = assess(workbooks_in(audit.folder), audit.scheme, audit.readings)
            results = [card.result for card in assessment.scorecards if card.department != audit.department]
            self.scored = audit.readings, results, assessment.official
        _, results, is_official = self.scored
        return results, is_official

    def leaves(self) -> list[Node]:
        """The scheme's leaves."""
        return list(self.opened.scheme.leaves)

    def waiting(self) -> list[Node]:
        """The leaves with something suspected that nobody has confirmed or dismissed yet."""
        codes = {finding.code for finding in self.opened.card.to_confirm}
        return [leaf for leaf in self.leaves() if leaf.code in codes]

    def findings(self, code: str | None = None) -> list[Finding]:
        """The findings of a leaf, or of all leaves, in the order in which they are worked through."""
        return in_order(self.opened.card, code)
