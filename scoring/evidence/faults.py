"""Faults of a workbook (where, what was found, what is expected), and the names of its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from openpyxl.utils import get_column_letter

from scoring.evidence.reading.cells import displayed
from scoring.scheme.sheets import Column, Sheet

_LONGEST_SUGGESTION: Final = 200


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

    ``positions`` gives for a sheet's and a column's key the number of the column in the sheet, from 1.
    """

    department: str
    file: str
    sha256: str = ""
    positions: dict[tuple[str, str], int] = field(default_factory=dict)

    def location(self, sheet: Sheet | None, row: int, column: int) -> tuple[str, str]:  # noqa: ARG002 - an export's need
        """File and cell, as a reader finds them; no cell if the whole sheet or file is concerned."""
        return self.file, f"{get_column_letter(column)}{row}" if row and column else ""

    def cell(self, sheet: Sheet, column: Column, row: int) -> str:
        """Another cell of a row, as a sentence names it."""
        return self.location(sheet, row, self.positions.get((sheet.key, column.key), 0))[1]

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
        number = column if isinstance(column, int) else self.positions.get((sheet.key if sheet else "", column), 0)
        file, name = self.location(sheet, row, number)
        order, title = (sheet.order, sheet.name) if sheet else (-1, "")
        meant = displayed(meant, _LONGEST_SUGGESTION)
        return Fault(file, order, row, number, title, cell or name, found, expected, meant)
