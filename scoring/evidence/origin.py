"""Where a department's evidence stands, so that a fault can name the place."""

from __future__ import annotations

from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from scoring.evidence.cells import displayed
from scoring.evidence.faults import Fault
from scoring.evidence.schema import SHEETS, Column, Sheet

_LONGEST_INTENTION = 200


@dataclass
class Origin:
    """A department's workbook, as far as its places go.

    Attributes
    ----------
    department, file
        The department, and the name of its file.
    sha256
        Digest of its evidence.
    positions
        (sheet key, column key) to the column's number in the sheet, from 1.
    """

    department: str
    file: str
    sha256: str = ""
    positions: dict[tuple[str, str], int] = field(default_factory=dict)

    def place(self, sheet: Sheet | None, row: int, column: int) -> tuple[str, str]:  # noqa: ARG002 - others look there
        """The file, and the cell in it as a reader finds it; no cell where the whole sheet or file is meant."""
        return self.file, f"{get_column_letter(column)}{row}" if row and column else ""

    def cell(self, sheet: Sheet, column: Column, row: int) -> str:
        """Another cell of a row, as a sentence names it."""
        return self.place(sheet, row, self.positions.get((sheet.key, column.key), 0))[1]

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
        """A fault; ``column`` is a column key or number, 0 when the whole sheet is meant; ``cell`` names a range."""
        number = column if isinstance(column, int) else self.positions.get((sheet.key if sheet else "", column), 0)
        file, place = self.place(sheet, row, number)
        return Fault(
            file=file,
            sheet_order=SHEETS.index(sheet) if sheet else -1,
            row=row,
            column=number,
            sheet=sheet.name if sheet else "",
            cell=cell or place,
            found=found,
            expected=expected,
            meant=displayed(meant, _LONGEST_INTENTION),
        )
