"""One department's audit, leaf by leaf; readings and changes are tried out before they are saved.

Nothing here scores: what is not saved yet goes through the same reader, checks and rules as what is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path, PureWindowsPath
from typing import Any, Self

import pandas as pd

from scoring.base.characters import unwritable
from scoring.base.files import reason_of, write_new
from scoring.base.tables import each_row
from scoring.engine.assessment import Assessment, assess_evidence
from scoring.engine.decisions import basis_of
from scoring.engine.judge import judge
from scoring.engine.rehearsal import rehearsed
from scoring.engine.scorecard import Scorecard
from scoring.evidence import Fault, Loaded, by_department, load_workbooks, workbooks_in
from scoring.evidence.attachments import names_in
from scoring.evidence.files import LARGEST_ATTACHMENT, folder_of_attachments, why_no_attachment
from scoring.evidence.model import as_written
from scoring.evidence.reading.cells import displayed
from scoring.evidence.reading.department import as_one, read_files
from scoring.evidence.reading.workbook import Workbook
from scoring.evidence.saving import CannotSave
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.view import words
from scoring.review.casefile import CaseFile, Changes, Record
from scoring.review.explain import explain, result
from scoring.scheme import TOTAL, Scheme
from scoring.scheme.readings import choose
from scoring.scheme.sheets import (
    DAYS,
    FACTS,
    FACTS_NAME,
    FOLLOWUPS,
    INSPECTED,
    INSPECTIONS,
    NO,
    REVIEWS,
    TO_MEND,
    TOLD,
    UPHOLD,
    WITHDRAW,
    YES,
    Sheet,
)

FILE, ROW, COUNTED = "文件", "行号", "是否计入"


class Refused(Exception):
    """A change that cannot be made; the message says why, in Chinese. Nothing was changed."""


@dataclass(frozen=True)
class Audit:
    """A department's evidence, and changes of its case file that are not saved yet.

    Immutable: every change returns a new audit. What is not saved is scored as it would be when saved.

    Attributes
    ----------
    folder
        Where the evidence lies.
    files
        The department's workbook and parts as read, without the case file.
    case
        The case file as saved.
    readings
        Reading to option, for those that differ from the default.
    unsaved
        Changes of the case file that are not saved yet.
    """

    folder: Path
    scheme: Scheme
    files: tuple[Workbook, ...]
    case: CaseFile
    readings: Mapping[str, str] = field(default_factory=dict)
    unsaved: Changes = field(default_factory=dict)

    @classmethod
    def open(
        cls, department: str, year: int, raw: str | Path, readings: Mapping[str, str] | None = None, scheme: str = ""
    ) -> Self:
        """Read a department's evidence.

        Parameters
        ----------
        raw
            Folder with one subfolder per year.

        Raises
        ------
        NotScored
            When there is no such evidence, or it has faults.
        SchemeError
            When there is no such scheme, or it has mistakes.
        """
        chosen = scheme_of(year, named=scheme)
        return cls.by(rehearsed(chosen) if scheme else chosen, department, raw, readings)

    @classmethod
    def by(cls, scheme: Scheme, department: str, raw: str | Path, readings: Mapping[str, str] | None = None) -> Self:
        """Read a department's evidence for a scheme that is loaded; see :meth:`open`."""
        audit = cls._read(evidence_folder(raw, scheme.year), department, scheme, dict(readings or {}))
        if faults := audit.assessment.faults.get(department):
            raise NotScored(f"{department}的佐证有差错，未评分：\n" + "\n".join(map(str, faults)))
        return audit

    @classmethod
    def _read(cls, folder: Path, department: str, scheme: Scheme, readings: Mapping[str, str]) -> Self:
        case = CaseFile.read(folder, department, scheme)
        paths = by_department(workbooks_in(folder), scheme).get(department, [])
        own = [path for path in paths if path.name != case.path.name]
        if not own:
            raise NotScored(f"没有{department}的佐证工作簿")
        return cls(folder, scheme, tuple(read_files(department, own, scheme)), case, readings)

    @property
    def department(self) -> str:
        """The department."""
        return self.case.department

    @cached_property
    def loaded(self) -> Loaded:
        """The evidence, unsaved changes included."""
        draft = self.case.draft(self.unsaved, self.scheme)
        return load_workbooks([as_one([*self.files, *([draft] if draft else [])], self.scheme)], self.scheme)

    @cached_property
    def assessment(self) -> Assessment:
        """The assessment, unsaved changes included."""
        return assess_evidence(self.loaded, self.readings)

    @property
    def card(self) -> Scorecard:
        """The scorecard, unsaved changes included."""
        return self.assessment.scorecards[0]

    @cached_property
    def saved(self) -> Scorecard:
        """The scorecard of the evidence as it is saved."""
        return replace(self, unsaved={}).card if self.unsaved else self.card

    def explain(self, code: str) -> str:
        """The chain behind a node's score; see :func:`scoring.review.explain.explain`."""
        return explain(self.card, code)

    def looked_at(self, code: str) -> dict[str, pd.DataFrame]:
        """The evidence rows that a leaf is judged by.

        Returns
        -------
        dict of str to DataFrame
            Sheet name to its rows: 文件 (where there are several), 行号 (int, as Excel numbers it), the sheet's columns
            as written, 是否计入.
        """
        return {
            self.scheme.sheet(key).name: self._placed(self._rows(key, code)) for key in self.scheme.leaf(code).sheets
        }

    def _placed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with the number that each has in its file, and the file where there are several."""
        places = [self.loaded.evidence.origins[self.department].place(row) for row in rows[ROW]]
        placed = rows.assign(**{ROW: pd.Series([row for _, row in places], index=rows.index, dtype="int64")})
        if any(file for file, _ in places):
            placed.insert(0, FILE, [file for file, _ in places])
        return placed

    def _rows(self, key: str, code: str) -> pd.DataFrame:
        if key == FACTS:
            return self._facts()
        evidence, scheme = self.loaded.evidence, self.scheme
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
        scheme, facts = self.scheme, evidence.everything[FACTS].iloc[0]
        places = (facts[f"row_{fact.key}"] for fact in scheme.facts)
        for row in sorted(int(place) for place in places if pd.notna(place)):
            ((item, content),) = evidence.cells(self.department, FACTS_NAME, row).items()
            rows.append((row, item, content, YES))
        return pd.DataFrame(rows, columns=[ROW, *(column.name for column in scheme.sheet(FACTS).columns), COUNTED])

    def reread(self, readings: Mapping[str, str]) -> Audit:
        """The same evidence and changes under other readings; decisions on findings that vanish have no effect.

        Raises
        ------
        UnknownReading
            For a reading or option that the scheme does not have.
        """
        chosen = {**self.readings, **readings}
        choose(self.scheme.readings, chosen)
        other = replace(self, readings=chosen)
        vars(other).update(loaded=self._tied)
        return other

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

    # --- Changes -----------------------------------------------------------------------------------------------------

    def decide(
        self, findings: Sequence[str], decision: str, reason: str, reviewer: str, reviewed_on: dt.date | None
    ) -> Audit:
        """Try a decision on findings; nothing is saved.

        Parameters
        ----------
        decision
            维持 or 撤销.
        reviewed_on
            The day; None is refused, like any blank.

        Raises
        ------
        Refused
            When something is missing, a finding does not exist, or the decision breaks a rule of 复核记录.
        """
        self._refuse_unknown(findings)
        reason, reviewer, is_one = reason.strip(), reviewer.strip(), decision in {UPHOLD, WITHDRAW}
        given = {"发现": findings, "决定": is_one, "理由": reason, "复核人": reviewer, "复核日期": reviewed_on}
        _refuse_blank(given)
        made = {"decision": decision, "reason": reason, "reviewer": reviewer, "reviewed_on": reviewed_on}
        rows = {finding: {"finding": finding, **made, "basis": self._basis(finding)} for finding in findings}
        return self._trying(REVIEWS, {**self._renamed(), **rows})

    def _renamed(self) -> dict[str, Record | None]:
        """Decisions of the case file whose findings have other ids now, under those, so that a new one hides none."""
        mine = self.case.with_changes(self.unsaved).get(REVIEWS, {})
        moved = {one.noted: one.finding for one in self.card.reviews if one.noted != one.finding and one.noted in mine}
        return {**dict.fromkeys(moved), **{new: {**mine[old], "finding": new} for old, new in moved.items()}}

    def mark(self, codes: Sequence[str], inspector: str, inspected_on: dt.date | None, note: str = "") -> Audit:
        """Mark leaves as inspected; nothing is saved.

        Raises
        ------
        Refused
            When something is missing, there is no such leaf, it is inspected already, or its inspection breaks a rule
            of 核查情况.
        """
        _refuse_blank({"指标": codes, "核查人": inspector.strip(), "核查日期": inspected_on})
        if unknown := [code for code in codes if code not in {leaf.code for leaf in self.scheme.leaves}]:
            raise Refused(f"没有编号为“{unknown[0]}”的末级指标，请从末级指标中选择")
        if done := [code for code in codes if code not in self.uninspected]:
            raise Refused(f"{'、'.join(done)} 已经核查过；要改核查人或日期，请在登记它的文件中改")
        made = {"status": INSPECTED, "inspector": inspector.strip(), "inspected_on": inspected_on, "note": note.strip()}
        names = self.scheme.by_code
        return self._trying(INSPECTIONS, {code: {"code": code, "name": names[code].name, **made} for code in codes})

    def record(self, sheet: str, row: Record) -> Audit:
        """Record a finding of the assessor's own in a sheet of faults; nothing is saved.

        Parameters
        ----------
        sheet
            The key of the sheet.
        row
            Column key to what is to stand in the cell.

        Raises
        ------
        Refused
            When the row breaks a rule of the sheet.
        """
        return self._trying(sheet, self._numbered(sheet, [row]))

    def follow(self, steps: Sequence[Record]) -> Audit:
        """Write down steps in 整改台账: a finding is told of, answered, mended, looked at again; nothing is saved.

        Parameters
        ----------
        steps
            Column key to what is to stand in the cell; where no notice is given, it is the finding's last.

        Raises
        ------
        Refused
            When something is missing, a finding does not exist, or the step breaks a rule of 整改台账.
        """
        _refuse_blank({"发现": steps})
        for step in steps:
            _refuse_blank({"事项": step.get("step"), "日期": step.get("done_on"), "经办人": step.get("done_by")})
        # What a notice told of may be gone; the department's word about it is kept all the same.
        self._refuse_unknown([step["finding"] for step in steps if step["finding"] not in self.card.follow_ups])
        return self._trying(FOLLOWUPS, self._numbered(FOLLOWUPS, map(self._completed, steps)))

    def _completed(self, step: Record) -> Record:
        """A step under the id of those before it, with its notice; of a notice, with the digest of the evidence."""
        followed = self.card.follow_ups.get(step["finding"])
        noted = {"finding": followed.noted} if followed else {}
        if step["step"] in {TO_MEND, TOLD}:
            return {**step, **noted, "basis": self._basis(step["finding"])}
        return {"notice": followed.told[-1].notice if followed and followed.told else None, **step, **noted}

    def _numbered(self, sheet: str, rows: Iterable[Record]) -> dict[str, Record]:
        """New rows by the numbers after those that the sheet has."""
        names = (*self.case.rows.get(sheet, ()), *self.unsaved.get(sheet, ()))
        taken = [int(name) for name in names if name.isdecimal()]
        return {str(number): row for number, row in enumerate(rows, max(taken, default=0) + 1)}

    def attach(self, name: str, content: bytes) -> str:
        """Put a file into the department's folder of attachments, at once, and give the name that it has there.

        Raises
        ------
        Refused
            When it has no name that a row could give, or is empty or too large.
        CannotSave
            When it cannot be written; no file is ever overwritten.
        """
        folder = folder_of_attachments(self.department, self.folder)
        given = Path("-".join(names_in(PureWindowsPath(name.replace("/", "\\")).name)))
        if why := why_no_attachment(given.name):
            raise Refused(f"附件“{displayed(name)}”{why}；请改名后再选")
        if not 0 < len(content) <= LARGEST_ATTACHMENT:
            raise Refused(f"附件“{displayed(name)}”是空的，或超过 {LARGEST_ATTACHMENT // 2**20} MB；请另选")
        others = (f"{given.stem}-{number}{given.suffix}" for number in count(2))
        try:
            folder.mkdir(exist_ok=True)
            paths = (folder / other for other in chain([given.name], others))
            path = next(path for path in paths if not path.exists() or path.read_bytes() == content)
            if not path.exists():
                write_new(path, content)
        except OSError as error:
            raise CannotSave(f"附件 {given} 写不进 {folder}（{reason_of(error)}）；请检查后再试") from error
        return path.name

    def drop(self, sheet: str, name: str) -> Audit:
        """Take back a row: one that is not saved is forgotten, one that is saved goes with the next save."""
        is_saved, mine = name in self.case.rows.get(sheet, ()), dict(self.unsaved.get(sheet, {}))
        is_new = mine.pop(name, None) is not None
        changes = {**mine, name: None} if is_saved and not is_new else mine
        return self._changed({**self.unsaved, sheet: changes})

    @property
    def count(self) -> int:
        """How many changes are not saved."""
        return sum(map(len, self.unsaved.values()))

    @cached_property
    def uninspected(self) -> tuple[str, ...]:
        """The codes of the leaves that are not inspected yet."""
        return tuple(self.loaded.evidence.pending_inspection()["code"])

    def retry(self, before: Audit) -> tuple[Audit, list[str]]:
        """Make the unsaved changes of an audit again, in the same department read again.

        Returns
        -------
        tuple of Audit and list of str
            The audit with the changes that still fit, and the names of the others: their evidence or the decision
            on record is another now.
        """
        audit, left_out = self, []
        # A decision may be about a finding that is recorded only now.
        for sheet in sorted(before.unsaved, key=lambda sheet: sheet == REVIEWS):
            for name, row in before.unsaved[sheet].items():
                try:
                    audit = audit._again(sheet, name, row, before.case.rows.get(sheet, {}).get(name))
                except Refused:
                    left_out.append(name)
        return audit, left_out

    def _again(self, sheet: str, name: str, row: Record | None, old: Record | None) -> Audit:
        if row is None:
            same = [name for name, saved in self.case.rows.get(sheet, {}).items() if saved == old]
            if not same:
                raise Refused(f"“{name}”已改动或已删去")
            return self.drop(sheet, same[0])  # It may have another number now.
        if sheet == INSPECTIONS:
            return self.mark([name], row["inspector"], row["inspected_on"], row["note"])
        if sheet != REVIEWS:
            return self.record(sheet, row)
        if name not in self._judged or self._basis(name) != row["basis"]:
            raise Refused(f"“{name}”的佐证已改动")
        if self.case.rows.get(sheet, {}).get(name) != old:
            raise Refused(f"“{name}”此时已有别人的决定")
        return self.decide([name], row["decision"], row["reason"], row["reviewer"], row["reviewed_on"])

    def save(self) -> tuple[Audit, Path | None]:
        """Write the changes into the case file, read everything again, and give the dated copy of the file before.

        Raises
        ------
        CannotSave
            When the evidence was changed since it was read, or the case file is open elsewhere, was changed, or cannot
            be written; nothing was lost.
        """
        if not self.unsaved:
            raise CannotSave("没有要保存的内容")
        if changed := self._changed_files():
            raise CannotSave(f"{'、'.join(changed)} 已被改动、移走或新加入，没有保存；请重新载入，核对后再保存")
        copy = self.case.save(self.unsaved, self.scheme)
        return self._read(self.folder, self.department, self.scheme, self.readings), copy

    def _changed_files(self) -> list[str]:
        """The files of the evidence that are other ones than those that were read."""
        read, now = {file.file: file.sha256 for file in self.files}, dict[str, str]()
        with suppress(OSError):
            paths = by_department(workbooks_in(self.folder), self.scheme).get(self.department, [])
            for path in paths:
                if path.name != self.case.path.name:
                    now[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return sorted(name for name in {*read, *now} if read.get(name) != now.get(name))

    def _trying(self, sheet: str, rows: Mapping[str, Record | None]) -> Audit:
        """The same evidence with more rows in the case file, unless they break a rule."""
        _refuse_unwritable(self.scheme.sheet(sheet), rows)
        trying = self._changed({**self.unsaved, sheet: {**self.unsaved.get(sheet, {}), **rows}})
        if faults := trying.assessment.faults.get(self.department):
            raise Refused("；".join(map(self._said, faults)))
        return trying

    def _said(self, fault: Fault) -> str:
        """A fault of what is not saved: it has no cell yet, but the column of the form."""
        if fault.file != self.case.path.name or not fault.column:
            return str(fault)
        column = self.scheme.sheet_names[fault.sheet].columns[fault.column - 1].name
        named = fault.found if f"“{column}”" in fault.found else f"“{column}”：{fault.found}"
        return f"{named}。应为：{fault.expected}"

    def _changed(self, changes: Changes) -> Audit:
        changed = replace(self, unsaved={sheet: rows for sheet, rows in changes.items() if rows})
        vars(changed).update(saved=self.saved)
        return changed

    def _refuse_unknown(self, findings: Sequence[str]) -> None:
        if unknown := [finding for finding in findings if finding not in self._judged]:
            raise Refused(f"没有编号为“{unknown[0]}”的发现，请从本部门的发现中选择")

    def _basis(self, finding: str) -> str:
        return basis_of(self.loaded.evidence, self._judged[finding])

    @cached_property
    def _judged(self) -> dict[str, Any]:
        """The findings as the rules gave them, by id."""
        judgement = judge(self.loaded.evidence, self.card.readings)
        return {row.id: row for table in (judgement.findings, judgement.set_aside) for row in each_row(table)}

    @cached_property
    def _tied(self) -> Loaded:
        """The evidence with decisions that were entered by hand tied to it as it is."""
        evidence = self.loaded.evidence
        reviews = evidence.everything[REVIEWS]
        basis = [
            row.basis if pd.notna(row.basis) or row.finding not in self._judged else self._basis(row.finding)
            for row in each_row(reviews)
        ]
        tied = reviews.assign(basis=pd.Series(basis, index=reviews.index, dtype=object))
        return replace(self.loaded, evidence=replace(evidence, everything={**evidence.everything, REVIEWS: tied}))


def _refuse_blank(given: Mapping[str, object]) -> None:
    if missing := [name for name, content in given.items() if not content]:
        raise Refused(f"请填写：{'、'.join(missing)}")


def _refuse_unwritable(sheet: Sheet, rows: Mapping[str, Record | None]) -> None:
    for row in filter(None, rows.values()):
        for column in sheet.columns:
            if why := unwritable(str(row.get(column.key) or "")):
                raise Refused(f"“{column.name}”{why}")


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
