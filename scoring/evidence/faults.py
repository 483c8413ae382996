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
    """

    file: str
    sheet_order: int
    row: int
    column: int
    sheet: str
    cell: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}《{self.sheet}》{self.cell}" if self.sheet else self.file
        return f"{where}：{self.found}" + (f"；应为：{self.expected}" if self.expected else "")


def letter(column: int) -> str:
    """The letters of a column, from 1.

    >>> letter(1), letter(28)
    ('A', 'AB')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
