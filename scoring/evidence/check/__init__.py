"""Finds every fault of the evidence at once, by the requirements that the scheme's sheets state.

All departments' rows of a sheet are checked together, column by column; a row that fails becomes a fault with its
cell, in Chinese.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from scoring.base.tables import each_row
from scoring.evidence.check.agreement import agreed
from scoring.evidence.check.attachments import check_attachments
from scoring.evidence.check.facts import check_items, fact_checks, wide_facts
from scoring.evidence.check.rows import (
    Row,
    RowCheck,
    given_once,
    of_kind,
    rewritten,
    row_checks,
    with_hidden,
)
from scoring.evidence.reading.cells import as_cells
from scoring.evidence.reading.workbook import MOST_FAULTS, Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Sheet

#: Faults of a workbook beyond this number get no suggestion: that takes time, and the list is too long to read.
_MOST_SUGGESTIONS: Final = 2000


def check(workbooks: Sequence[Workbook], given: Tables, scheme: Scheme) -> Tables:
    """Check all workbooks and their joined rows; each workbook's faults are added to it.

    Returns
    -------
    Tables
        The rows, those of faulty workbooks too, but under ``facts`` one row per department with the 项目 as columns.
    """
    listed = {sheet.key: _as_listed(given[sheet.key], sheet) for sheet in scheme.sheets}
    given = {sheet.key: agreed(workbooks, listed[sheet.key], sheet, scheme) for sheet in scheme.sheets}
    sheet, items = scheme.sheet(FACTS), given[FACTS]
    of_items = [given_once(sheet, sheet.columns[0], items), *(of_kind(sheet, column) for column in sheet.columns)]
    _check_sheet(workbooks, sheet, given, of_items)
    tables = {**given, FACTS: wide_facts(workbooks, items, scheme)}
    check_items(workbooks, tables[FACTS], scheme)
    checks = [*fact_checks(scheme, workbooks), *row_checks(scheme, workbooks, tables)]
    for sheet in scheme.sheets:
        _check_sheet(workbooks, sheet, tables, [one for one in checks if one.sheet == sheet.key])
    check_attachments(workbooks, tables, scheme)
    for workbook in workbooks:
        workbook.faults.sort()
    return tables


def _as_listed(table: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """Restore the scheme's spelling of list words: reading made full-width signs half-width, as in 其他（注明）."""
    for column in sheet.columns:
        if words := rewritten(column):
            values = table[column.key]
            table = table.assign(**{column.key: values.mask(values.isin(list(words)), values.map(words))})
    return table


def _check_sheet(workbooks: Sequence[Workbook], sheet: Sheet, tables: Tables, checks: Iterable[RowCheck]) -> None:
    """Check one sheet's table and turn each failure into a fault."""
    table = tables[sheet.key]
    failed = [(one, at) for one in checks for at in np.flatnonzero(~one.holds(table, tables).to_numpy(bool)).tolist()]
    places = sorted({at for _, at in failed})
    rows = dict(zip(places, each_row(as_cells(table.iloc[places])), strict=True))
    reported = Counter[int]()
    for one, at in failed:
        row = rows[at]
        reported[row.workbook] += 1
        if reported[row.workbook] <= MOST_FAULTS:
            _report(workbooks[row.workbook], sheet, one, row)


def _report(workbook: Workbook, sheet: Sheet, failed: RowCheck, row: Row) -> None:
    """Add the fault of a cell, unless it has one already or its whole column is missing."""
    failing, column = _place(row, failed.column)
    if pd.isna(failing) or not workbook.position(sheet, column, failing) or workbook.has_fault(sheet, failing, column):
        return
    hidden: dict[str, str] = {}

    def cell(key: str, at: int = 0) -> str:
        own, column = _place(row, key)
        name = workbook.cell(sheet, sheet.column(column), at or own, failing)
        hidden[name] = workbook.hidden.get((sheet.key, at or own, column), "")
        return name

    cell(failed.column)
    found, expected = with_hidden(failed.found(row, cell), hidden), failed.expected(row)
    meant = failed.meant(row) if len(workbook.faults) < _MOST_SUGGESTIONS else ""
    workbook.add_fault(sheet, found, expected, row=failing, column=column, meant=meant)


def _place(row: Row, key: str) -> tuple[int, str]:
    """Row and column of a cell; of a fact, those of its 内容."""
    return (getattr(row, f"row_{key}"), "content") if hasattr(row, f"row_{key}") else (row.row, key)
