"""One department's audit, leaf by leaf; readings and decisions are tried out before they are saved.

Nothing here scores: an unsaved decision goes into the same tables as a saved one, and the engine assesses them alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.assessment import Assessment, assess_evidence
from scoring.engine.decisions import Decision, basis_of
from scoring.engine.judge import judge
from scoring.engine.rehearsal import rehearsed
from scoring.engine.scorecard import Scorecard
from scoring.evidence import Loaded, department_of, load_evidence, workbooks_in
from scoring.evidence.model import as_written
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.view import words
from scoring.review.explain import explain, findings_of, result
from scoring.review.saving import Saved, save_decisions
from scoring.scheme import TOTAL
from scoring.scheme.readings import choose
from scoring.scheme.sheets import DAYS, FACTS, FACTS_NAME, NO, REVIEWS, UPHOLD, WITHDRAW, YES

ROW, COUNTED = "行号", "是否计入"


class Refused(Exception):
    """A decision that cannot be made; the message says why, in Chinese. Nothing was changed."""


@dataclass(frozen=True)
class Audit:
    """A department's evidence, and decisions that are not saved yet.

    Immutable: every change returns a new audit.

    Attributes
    ----------
    path
        The workbook.
    readings
        Reading to option, for those that differ from the default.
    tried
        Decisions that are not saved yet, by the finding's id.
    """

    path: Path
    loaded: Loaded
    readings: Mapping[str, str] = field(default_factory=dict)
    tried: Mapping[str, Decision] = field(default_factory=dict)

    @classmethod
    def open(
        cls, department: str, year: int, raw: str | Path, readings: Mapping[str, str] | None = None, scheme: str = ""
    ) -> Self:
        """Read a department's workbook.

        Parameters
        ----------
        raw
            Folder with one subfolder per year.

        Raises
        ------
        NotScored
            When there is no such workbook, or it has faults.
        SchemeError
            When there is no such scheme, or it has mistakes.
        """
        paths = [path for path in workbooks_in(evidence_folder(raw, year)) if department_of(path) == department]
        if not paths:
            raise NotScored(f"没有{department}的佐证工作簿")
        chosen = scheme_of(year, named=scheme)
        audit = cls(paths[0], load_evidence(paths, rehearsed(chosen) if scheme else chosen), dict(readings or {}))
        if faults := audit.assessment.faults.get(department):
            raise NotScored(f"{department}的工作簿有差错，未评分：\n" + "\n".join(map(str, faults)))
        return audit

    @property
    def department(self) -> str:
        """The department, as its workbook is named."""
        return department_of(self.path)

    @cached_property
    def assessment(self) -> Assessment:
        """The assessment, unsaved decisions included."""
        return assess_evidence(self._with(self.tried), self.readings)

    @property
    def card(self) -> Scorecard:
        """The scorecard, unsaved decisions included."""
        return self.assessment.scorecards[0]

    @cached_property
    def saved(self) -> Scorecard:
        """The scorecard of the workbook as it is saved."""
        return assess_evidence(self.loaded, self.readings).scorecards[0] if self.tried else self.card

    def explain(self, code: str) -> str:
        """The chain behind a node's score; see :func:`scoring.review.explain.explain`."""
        return explain(self.card, code)

    def looked_at(self, code: str) -> dict[str, pd.DataFrame]:
        """The evidence rows that a leaf is judged by.

        Returns
        -------
        dict of str to DataFrame
            Sheet name to its rows: 行号 (int, as Excel numbers it), the sheet's columns as written, 是否计入.
        """
        return {self.card.scheme.sheet(key).name: self._rows(key, code) for key in self.card.scheme.leaf(code).sheets}

    def _rows(self, key: str, code: str) -> pd.DataFrame:
        if key == FACTS:
            return self._facts()
        evidence, scheme = self.loaded.evidence, self.card.scheme
        sheet, rows = scheme.sheet(key), evidence.everything[key]
        for name, word in scheme.looked_at(scheme.leaf(code), key).items():
            rows = rows[rows[name] == word]
        counted = set(evidence.of(key, self.department)["row"])
        table = pd.DataFrame({ROW: rows["row"].astype("int64")})
        for column in sheet.columns:
            values = rows[column.key]
            is_date = column.kind in DAYS
            table[column.name] = (
                ["" if pd.isna(value) else as_written(value) for value in values]
                if is_date
                else values.fillna("").map(str)
            )
        table[COUNTED] = [YES if row in counted else NO for row in rows["row"]]
        return table.reset_index(drop=True)

    def _facts(self) -> pd.DataFrame:
        evidence, rows = self.loaded.evidence, []
        scheme, facts = self.card.scheme, evidence.everything[FACTS].iloc[0]
        for row in sorted(int(facts[f"row_{fact.key}"]) for fact in scheme.facts):
            ((item, content),) = evidence.cells(self.department, FACTS_NAME, row).items()
            rows.append((row, item, content, YES))
        return pd.DataFrame(rows, columns=[ROW, *(column.name for column in scheme.sheet(FACTS).columns), COUNTED])

    def reread(self, readings: Mapping[str, str]) -> Audit:
        """The same evidence and decisions under other readings; decisions on findings that vanish have no effect.

        Raises
        ------
        UnknownReading
            For a reading or option that the scheme does not have.
        """
        chosen = {**self.readings, **readings}
        choose(self.card.scheme.readings, chosen)
        tied = self.loaded.evidence.everything[REVIEWS]
        return replace(self, loaded=self._replaced(self._tied(tied)), readings=chosen)

    def moved_by(self, readings: Mapping[str, str]) -> pd.DataFrame:
        """The nodes whose score (in a gate, result) changes under other readings.

        Returns
        -------
        DataFrame
            One row per node, all text: 指标, 名称, 现得分, 改后得分, 变化; of a gate 指标, 名称, 现结果, 改后结果.
        """
        before, after = self.card, self.reread(readings).card
        rows = [
            ("" if code == TOTAL else code, node.name, *moved)
            for code, node in before.nodes.items()
            if (moved := _moved(before, after, code))
        ]
        names = ("现结果", "改后结果") if before.scheme.is_gate else ("现得分", "改后得分", "变化")
        return pd.DataFrame(rows, columns=["指标", "名称", *names])

    def decide(self, finding: str, decision: str, reason: str, reviewer: str, reviewed_on: dt.date | None) -> Audit:
        """Try a decision; nothing is saved.

        Parameters
        ----------
        decision
            维持 or 撤销.
        reviewed_on
            The day; None is refused, like any blank.

        Raises
        ------
        Refused
            When something is missing, the finding does not exist, or the decision breaks a rule of 复核记录.
        """
        if finding not in {each.id for each in findings_of(self.card)}:
            raise Refused(f"没有编号为“{finding}”的发现，请从本部门的发现中选择")
        reason, reviewer, is_one = reason.strip(), reviewer.strip(), decision in {UPHOLD, WITHDRAW}
        given = {"决定": is_one, "理由": reason, "复核人": reviewer, "复核日期": reviewed_on}
        if missing := [name for name, content in given.items() if not content]:
            raise Refused(f"请填写：{'、'.join(missing)}")
        made = Decision(finding, decision, reason, reviewer, reviewed_on, self._basis(finding))  # type: ignore[arg-type]
        trying = self._trying({**self.tried, finding: made})
        if faults := trying.assessment.faults.get(self.department):
            raise Refused("；".join(f"{fault.found}。应为：{fault.expected}" for fault in faults))
        return trying

    def undecide(self, finding: str) -> Audit:
        """Take back a decision that is not saved yet."""
        return self._trying({name: made for name, made in self.tried.items() if name != finding})

    def retry(self, tried: Mapping[str, Decision]) -> tuple[Audit, list[str]]:
        """Apply unsaved decisions to a workbook that was read again.

        Returns
        -------
        tuple of Audit and list of str
            The audit with the decisions whose evidence is unchanged, and the ids of the findings of the others.
        """
        audit = self
        for made in tried.values():
            with suppress(Refused):
                trying = audit.decide(made.finding, made.decision, made.reason, made.reviewer, made.reviewed_on)
                audit = trying if trying.tried[made.finding] == made else audit
        return audit, [finding for finding in tried if finding not in audit.tried]

    def save(self) -> tuple[Audit, Saved]:
        """Write the decisions into the workbook's 复核记录, and read the workbook again.

        Raises
        ------
        CannotSave
            When the workbook is open elsewhere, was changed since it was read, or cannot be written; nothing was lost.
        """
        sha256 = self.loaded.evidence.sources[self.department]
        saved = save_decisions(self.path, self.card.scheme, sha256, list(self.tried.values()))
        again = load_evidence([self.path], self.loaded.evidence.scheme)
        return replace(self, loaded=again, tried={}), saved

    def _trying(self, tried: Mapping[str, Decision]) -> Audit:
        """The same evidence with other decisions; only what depends on them is computed again."""
        other = replace(self, tried=tried)
        vars(other).update(saved=self.saved, _judged=self._judged)
        return other

    def _basis(self, finding: str) -> str:
        return basis_of(self.loaded.evidence, self._judged[finding])

    @cached_property
    def _judged(self) -> dict[str, Any]:
        """The findings as the rules gave them, by id."""
        judgement = judge(self.loaded.evidence, self.card.readings)
        return {row.id: row for table in (judgement.findings, judgement.set_aside) for row in each_row(table)}

    def _with(self, tried: Mapping[str, Decision]) -> Loaded:
        """The evidence with the unsaved decisions in 复核记录, each replacing an older one on its finding."""
        if not tried:
            return self.loaded
        reviews = self.loaded.evidence.everything[REVIEWS]
        kept = reviews[~reviews["finding"].isin(list(tried))]
        first = int(reviews["row"].max()) + 1 if len(reviews) else 2
        added = pd.DataFrame([vars(made) for made in tried.values()]).assign(
            department=self.department,
            row=range(first, first + len(tried)),
            cut_off=pd.Timestamp(self.loaded.evidence.facts["cut_off"].iloc[0]),
        )
        added["reviewed_on"] = pd.to_datetime(added["reviewed_on"]).astype("datetime64[s]")
        return self._replaced(pd.concat([kept, added[reviews.columns]] if len(kept) else [added[reviews.columns]]))

    def _tied(self, reviews: pd.DataFrame) -> pd.DataFrame:
        """Tie decisions that were entered by hand to the present evidence."""
        basis = [
            row.basis if pd.notna(row.basis) or row.finding not in self._judged else self._basis(row.finding)
            for row in each_row(reviews)
        ]
        return reviews.assign(basis=pd.Series(basis, index=reviews.index, dtype=object))

    def _replaced(self, reviews: pd.DataFrame) -> Loaded:
        evidence = self.loaded.evidence
        everything = {**evidence.everything, REVIEWS: reviews.reset_index(drop=True)}
        return replace(self.loaded, evidence=replace(evidence, everything=everything))


def _moved(before: Scorecard, after: Scorecard, code: str) -> tuple[str, ...]:
    """A node's result, or its points and their change, before and after; empty if equal."""
    old, new = before.nodes[code], after.nodes[code]
    if before.scheme.is_gate:
        results = result(before, code), result(after, code)
        return results if results[0] != results[1] else ()
    if (old.low, old.high, old.status) == (new.low, new.high, new.status):
        return ()
    change = words.changed_words(old.low, old.high, new.low, new.high)
    return words.points_words(old), words.points_words(new), change
