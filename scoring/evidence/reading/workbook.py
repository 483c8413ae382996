"""A workbook after reading, and the rows of many workbooks in one table per sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, compress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from scoring.evidence.faults import Fault, Origin
from scoring.evidence.reading.cells import Cell, compact, texts
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Sheet

#: A workbook's faults beyond this number are not listed: a hostile file must not take memory.
MOST_FAULTS: Final = 5_000

#: Sheet key to its table: ``department``, ``workbook`` (its number), ``row`` and the columns by key.
Tables = dict[str, pd.DataFrame]


@dataclass
class Cells:
    """A sheet's rows that are not wholly empty: row numbers, and column key to a list of cells."""

    rows: list[int]
    columns: dict[str, list[Cell]]

    def only(self, wanted: Sequence[bool]) -> Cells:
        """Some of the rows."""
        columns = {key: list(compress(values, wanted)) for key, values in self.columns.items()}
        return Cells(list(compress(self.rows, wanted)), columns)


@dataclass
class Workbook(Origin):
    """One workbook after reading.

    Attributes
    ----------
    cells
        By sheet key.
    faulty
        (sheet order, row, column number) of the cells that have a fault already.
    hidden
        (sheet key, row, column key) to the cell's invisible or confusable characters.
    absent
        Keys of the optional sheets that it lacks.
    names
        The names of its sheets, as written.
    folder
        Where its file is, beside the folder of attachments; None for a file that is to be imported.
    """

    cells: dict[str, Cells] = field(default_factory=dict)
    faulty: set[tuple[int, int, int]] = field(default_factory=set)
    hidden: dict[tuple[str, int, str], str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    readable: bool = True
    absent: set[str] = field(default_factory=set)
    names: tuple[str, ...] = ()
    folder: Path | None = None

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Sheet key to a table of objects: ``row`` (int) and the sheet's columns by key."""
        tables = {key: pd.DataFrame(cells.columns, dtype=object) for key, cells in self.cells.items()}
        for key, table in tables.items():
            table.insert(0, "row", pd.Series(self.cells[key].rows, dtype="int64"))
        return tables

    @property
    def origin(self) -> Origin:
        """Where the evidence comes from, without the cells."""
        return Origin(self.department, self.file, self.sha256, self.positions, self.parts, self.attachments)

    def is_misnamed(self, scheme: Scheme) -> bool:
        """Whether the file is not named after any department."""
        return self.department == self.file and self.department not in scheme.positions

    def is_misnamed_part(self, scheme: Scheme) -> bool:
        """Whether it would be a part, but for its name, as a copy of one is: 人社局.信箱（1）.xlsx."""
        stem = self.file.rpartition(".")[0]
        return self.is_misnamed(scheme) and any(stem.startswith(f"{name}.") for name in scheme.departments)

    def add_fault(self, sheet: Sheet | None, found: str, expected: str, **where: Any) -> None:
        """Note a fault; see :meth:`fault_at`."""
        fault = self.fault_at(sheet, found, expected, **where)
        self.faulty.add((fault.sheet_order, fault.row, fault.column))
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        elif len(self.faults) == MOST_FAULTS:
            self.faults.append(self.fault_at(None, f"差错超过 {MOST_FAULTS} 处，其余没有列出", "改正以上各处后再检查"))

    def has_fault(self, sheet: Sheet, row: int, key: str) -> bool:
        """Whether the cell has a fault already; only one is reported."""
        return (sheet.order, row, self.position(sheet, key, row)) in self.faulty


def joined(workbooks: Sequence[Workbook], scheme: Scheme) -> Tables:
    """The rows of all workbooks, in one table per sheet."""
    departments, tables = [book.department for book in workbooks], {}
    for sheet in scheme.sheets:
        present = [(number, book.cells[sheet.key]) for number, book in enumerate(workbooks) if sheet.key in book.cells]
        numbers = np.repeat([number for number, _ in present], [len(cells.rows) for _, cells in present])
        rows = np.fromiter(chain.from_iterable(cells.rows for _, cells in present), dtype="int64")
        columns = {
            key: compact(kind, list(chain.from_iterable(cells.columns[key] for _, cells in present)))
            for key, kind in ((column.key, column.kind) for column in sheet.columns)
        }
        tables[sheet.key] = labelled(pd.DataFrame({"row": rows, **columns}), numbers, departments)
    return tables


def labelled(table: pd.DataFrame, numbers: np.ndarray, departments: Sequence[str]) -> pd.DataFrame:
    """The table with each row's workbook, by its number, and the department of that workbook."""
    workbook = numbers.astype("int64")
    names = pa.array(departments, pa.large_string()).take(pa.array(workbook))
    return table.assign(department=texts(names), workbook=workbook)


def scheme_column(sheet: Sheet) -> str | None:
    """Key of the column that says which scheme a row belongs to; None where all rows are the sheet's."""
    if sheet.key == FACTS:
        return "item"
    if sheet.of_finding:
        return "finding"
    return sheet.of_leaf.key if sheet.of_leaf else None


def of_others(words: Iterable[Cell], sheet: Sheet, scheme: Scheme) -> set[Cell]:
    """The words of :func:`scheme_column` that belong to another scheme: 项目, codes of leaves, ids of findings.

    One workbook may be judged by several schemes; each reads its own rows and says nothing about the others'.
    """
    if sheet.key == FACTS:
        return {word for word in words if word in scheme.others.facts}
    codes = scheme.others.codes
    if sheet.of_finding:
        return {word for word in words if isinstance(word, str) and word.partition("-")[0] in codes}
    return {word for word in words if word in codes}
