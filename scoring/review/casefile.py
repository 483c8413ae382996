"""The case file of a department, ``人社局.案卷.xlsx``: what the program itself writes down.

It is a part of the evidence like any other: decisions stand in 复核记录, marks of inspection in 核查情况, findings that
an assessor adds in the sheets of faults. It is written whole; the file before stays as a dated copy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scoring.base.tables import each_row
from scoring.evidence.files import CASE, composed, workbooks_in
from scoring.evidence.importing.merging import other_facts
from scoring.evidence.reading.read import read_workbook
from scoring.evidence.reading.workbook import Workbook
from scoring.evidence.saving import CannotSave, replace
from scoring.evidence.template import part
from scoring.scheme import Scheme
from scoring.scheme.model import Others
from scoring.scheme.sheets import FACTS, Sheet

#: Column key to the cell of a row.
Record = Mapping[str, Any]
#: Sheet key to the rows by name: the word of the sheet's unique column, else a number.
Rows = Mapping[str, Mapping[str, Record]]
#: The same for rows that are new, stand in place of others, or go (None).
Changes = Mapping[str, Mapping[str, Record | None]]


@dataclass(frozen=True)
class CaseFile:
    """A department's case file.

    Attributes
    ----------
    sha256
        Of the file as it was read, in hexadecimal; empty where there is none yet.
    rows
        What it holds, but for 基本信息; the rows of other schemes too.
    unread
        What it holds that this program would lose, in Chinese.
    saved
        The file as the scheme reads it, each row and fault in its place; None where there is none yet.
    """

    path: Path
    department: str
    sha256: str = ""
    rows: Rows = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    saved: Workbook | None = None

    @classmethod
    def read(cls, folder: Path, department: str, scheme: Scheme) -> CaseFile:
        """Read the case file that lies beside a department's evidence; an empty one where there is none."""
        name = f"{department}.{CASE}"
        path = next((path for path in workbooks_in(folder) if composed(path.stem) == name), folder / f"{name}.xlsx")
        if not path.exists():
            return cls(path, department)
        saved = read_workbook(path, scheme, department=department)
        workbook = read_workbook(path, dataclasses.replace(scheme, others=Others()), department=department)
        rows = {
            sheet.key: _named(sheet, workbook)
            for sheet in scheme.sheets
            if sheet.key in workbook.cells and sheet.key != FACTS
        }
        unread = (
            *(notice for notice in workbook.notices if notice.endswith("未读取")),
            *other_facts(workbook.cells.get(FACTS), department, scheme),
            *map(str, workbook.faults),
        )
        return cls(path, department, saved.sha256, rows, unread, saved)

    def with_changes(self, changes: Changes) -> Rows:
        """Its rows after changes."""
        changed = {**self.rows, **{key: {**self.rows.get(key, {}), **rows} for key, rows in changes.items()}}
        kept = {key: {name: row for name, row in rows.items() if row is not None} for key, rows in changed.items()}
        return {key: rows for key, rows in kept.items() if rows}

    def draft(self, changes: Changes, scheme: Scheme) -> Workbook | None:
        """The file after changes, as it would be read; None where nothing is left in it."""
        if not changes:
            return self.saved
        if not (rows := self.with_changes(changes)):
            return None
        content = self._content(rows, scheme)
        return read_workbook(self.path, scheme, department=self.department, content=content)

    def save(self, changes: Changes, scheme: Scheme) -> Path | None:
        """Write it after changes, and give the dated copy of the file before if there was one.

        Raises
        ------
        CannotSave
            When it is open elsewhere, was changed since it was read, holds what would be lost, or cannot be written;
            it is as it was.
        """
        if self.unread:
            raise CannotSave(f"{self.path.name} 中有会丢失的内容：{'；'.join(self.unread)}；请移到别的文件后再保存")
        return replace(self.path, self._content(self.with_changes(changes), scheme), self.sha256)

    def _content(self, rows: Rows, scheme: Scheme) -> bytes:
        return part(scheme, self.department, rows, {key: list(named.values()) for key, named in rows.items()})


def _named(sheet: Sheet, workbook: Workbook) -> dict[str, Record]:
    keys = [column.key for column in sheet.columns]
    rows = each_row(workbook.tables[sheet.key])
    named: dict[str, Record] = {}
    for number, row in enumerate(rows, start=1):
        name = str(getattr(row, sheet.unique) if sheet.unique else number)
        # A word that stands twice is a fault, but of another scheme's rows it is not found here.
        named[f"{name} {number}" if name in named else name] = {key: getattr(row, key) for key in keys}
    return named
