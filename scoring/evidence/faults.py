"""A fault of a workbook: where, what stands there, what is expected."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One fault, told in Chinese.

    Attributes
    ----------
    file
        The workbook's file name.
    sheet, cell
        Where; empty when the whole file or sheet is meant. ``row`` and ``column`` (from 1) order the faults.
    found, expected
        What stands there and what is expected.
    meant
        What was probably meant, where that can be guessed; told, never applied. Of a fault without a cell, such as
        a missing column, it is the name that stands there in its place.
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
        return f"{where}：{self.told}"

    @property
    def told(self) -> str:
        """The fault in one line, without where it is."""
        expected = f"；应为：{self.expected}" if self.expected else ""
        return f"{self.found}{expected}" + (f"（{self.question}）" if self.question else "")

    @property
    def question(self) -> str:
        """The likely intention as one asks about it; empty without one."""
        if not self.meant:
            return ""
        return f"是否要填“{self.meant}”" if self.cell else f"现有的“{self.meant}”是否就是它"
