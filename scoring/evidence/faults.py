"""Faults of a workbook (where, what was found, what is expected), and the names of its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from openpyxl.utils import get_column_letter

from scoring.evidence.attachments import Attachment
from scoring.evidence.files import CASE, composed
from scoring.evidence.reading.cells import displayed
from scoring.scheme.sheets import Column, Sheet

_LONGEST_SUGGESTION: Final = 200
#: Rows of an Excel sheet. A department's rows are numbered through all its files: file × ROWS + the row in the file.
ROWS: Final = 1 << 20


@dataclass(frozen=True, order=True)
class Fault:
    """One fault, in Chinese.

    ``sheet`` and ``cell`` are empty for a whole file or sheet; ``row`` and ``column`` (from 1) order the
    faults. ``meant`` is what was probably meant; it is only shown, never applied. For a missing sheet or column it is
    the name found in its place.
    """

    file: str
    sheet_order: int
    row: int
    column: int
    sheet: str
    cell: str
    found: str
    expected: str
    meant: str = ""

    def __str__(self) -> str:
        where = f"{self.file}《{self.sheet}》{self.cell}" if self.sheet else self.file
        return f"{where}：{self.message}"

    @property
    def message(self) -> str:
        """The fault in one line, without its location."""
        expected = f"；应为：{self.expected}" if self.expected else ""
        return f"{self.found}{expected}" + (f"（{self.question}）" if self.question else "")

    @property
    def question(self) -> str:
        """What was probably meant, as a question; empty if unknown."""
        if not self.meant:
            return ""
        return f"是否要填“{self.meant}”" if self.cell else f"现有的“{self.meant}”是否就是它"


@dataclass
class Origin:
    """Where a department's evidence comes from, and how its cells are named.

    Attributes
    ----------
    sha256
        Of its evidence, in hexadecimal; the case file, which holds decisions, does not change it.
    positions
        (sheet key, column key) to the number of the column in the sheet, from 1.
    parts
        The files of a department that has several; the case file is the last.
    attachments
        The files that its rows name.
    """

    department: str
    file: str
    sha256: str = ""
    positions: dict[tuple[str, str], int] = field(default_factory=dict)
    parts: tuple[Origin, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_case(self) -> bool:
        """Whether it is the department's case file."""
        return composed(PurePath(self.file).stem) == f"{self.department}.{CASE}"

    def at(self, row: int) -> tuple[Origin, int]:
        """The file that holds a row of the department's, and the row's number in that file."""
        if not self.parts:
            return self, row
        part, own = divmod(row, ROWS)
        return self.parts[part], own

    def place(self, row: int) -> tuple[str, int]:
        """The file and row that a report names; no file where all evidence is in one, and the row is in it."""
        origin, own = self.at(row)
        is_only = sum(not part.is_case for part in self.parts) <= 1 and not origin.is_case
        return "" if is_only else origin.file, own

    def position(self, sheet: Sheet, key: str, row: int) -> int:
        """The number of a column in the file that holds a row; 0 where it is missing."""
        return self.at(row)[0].positions.get((sheet.key, key), 0)

    def location(self, sheet: Sheet | None, row: int, column: int) -> tuple[str, str]:  # noqa: ARG002 - an export's need
        """File and cell, as a reader finds them; no cell if the whole sheet or file is concerned."""
        if not row:
            return self.file, ""
        origin, own = self.at(row)
        return origin.file, f"{get_column_letter(column)}{own}" if column else ""

    def cell(self, sheet: Sheet, column: Column, row: int, seen_from: int) -> str:
        """Another cell, as a sentence about the row ``seen_from`` names it: with its file, if that is another."""
        file, cell = self.location(sheet, row, self.position(sheet, column.key, row))
        return cell if file == self.location(sheet, seen_from, 0)[0] else f"{file} 的 {cell}"

    def fault_at(
        self,
        sheet: Sheet | None,
        found: str,
        expected: str,
        *,
        row: int = 0,
        column: str | int = 0,
        cell: str = "",
        meant: str = "",
    ) -> Fault:
        """A fault; ``column`` is a column key or number, 0 for the whole sheet; ``cell`` names a range."""
        number = column if isinstance(column, int) else self.position(sheet, column, row) if sheet else 0
        file, name = self.location(sheet, row, number)
        order, title = (sheet.order, sheet.name) if sheet else (-1, "")
        meant = displayed(meant, _LONGEST_SUGGESTION)
        return Fault(file, order, row, number, title, cell or name, found, expected, meant)
