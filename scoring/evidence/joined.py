"""All departments' rows of a sheet in one table: what checks and rules work on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa

from scoring.evidence.columns import compact, texts
from scoring.evidence.read import Workbook
from scoring.evidence.schema import SHEETS, Sheet

#: Sheet key to its table: ``department``, ``workbook`` (its number), ``row`` and the columns by key.
Tables = dict[str, pd.DataFrame]


def joined(workbooks: Sequence[Workbook]) -> Tables:
    """The tables of all sheets; where a workbook lacks one, it has no rows in it."""
    return {sheet.key: _joined(workbooks, sheet) for sheet in SHEETS}


def _joined(workbooks: Sequence[Workbook], sheet: Sheet) -> pd.DataFrame:
    present = [(number, book.cells[sheet.key]) for number, book in enumerate(workbooks) if sheet.key in book.cells]
    numbers = np.repeat([number for number, _ in present], [len(cells.rows) for _, cells in present])
    columns = {
        column.key: compact(column.kind, list(chain.from_iterable(cells.columns[column.key] for _, cells in present)))
        for column in sheet.columns
    }
    rows = np.fromiter(chain.from_iterable(cells.rows for _, cells in present), dtype="int64")
    return labelled(pd.DataFrame({"row": rows, **columns}), numbers, [book.department for book in workbooks])


def labelled(table: pd.DataFrame, numbers: np.ndarray, departments: Sequence[str]) -> pd.DataFrame:
    """The table with each row's workbook, by its number, and the department of that workbook."""
    workbook = numbers.astype("int64")
    names = pa.array(departments, pa.large_string()).take(pa.array(workbook))
    return table.assign(department=texts(names), workbook=workbook)
