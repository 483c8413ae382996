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
from scoring.evidence import suggest
from scoring.evidence.check.facts import check_facts, wide_facts
from scoring.evidence.check.rows import Row, RowCheck, given_once, row_checks
from scoring.evidence.check.values import found_and_expected, rewritten, which_fit, with_hidden
from scoring.evidence.reading.columns import as_cells
from scoring.evidence.reading.workbook import MOST_FAULTS, Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Column, Sheet

#: Faults of a workbook beyond this number get no suggestion: that takes time, and the list is too long to read.
_MOST_SUGGESTIONS: Final = 2000


def check(workbooks: Sequence[Workbook], given: Tables, scheme: Scheme) -> Tables:
    """Check all workbooks and their joined rows; each workbook's faults are added to it.

    Returns
    -------
    Tables
        The rows, those of faulty workbooks too, but under ``facts`` one row per department with the 项目 as columns.
    """
    given = {sheet.key: _as_listed(given[sheet.key], sheet) for sheet in scheme.sheets}
    sheet, items = scheme.sheet(FACTS), given[FACTS]
    _check_sheet(workbooks, sheet, given, [given_once(sheet, sheet.columns[0], items)])
    tables = {**given, FACTS: wide_facts(workbooks, items, scheme)}
    check_facts(workbooks, tables[FACTS], scheme)
    checks = list(row_checks(scheme, workbooks, tables))
    for sheet in scheme.rows_sheets:
        _check_sheet(workbooks, sheet, tables, [one for one in checks if one.sheet == sheet.key])
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
    failures: list[tuple[RowCheck | Column, np.ndarray]]
    failures = [(one, ~one.holds(table, tables).to_numpy(bool)) for one in checks]  # More specific messages.
    for column in sheet.columns:
        values = table[column.key]
        wrong = ~which_fit(column, values).to_numpy(bool)
        failures.append((column, np.where(values.notna().to_numpy(), wrong, column.required)))
    failed = [(what, at) for what, fails in failures for at in np.flatnonzero(fails).tolist()]
    places = sorted({at for _, at in failed})
    rows = dict(zip(places, each_row(as_cells(table.iloc[places])), strict=True))
    reported = Counter[int]()
    for what, at in failed:
        row = rows[at]
        reported[row.workbook] += 1
        if reported[row.workbook] <= MOST_FAULTS:
            _report(workbooks[row.workbook], sheet, what, row)


def _report(workbook: Workbook, sheet: Sheet, failed: RowCheck | Column, row: Row) -> None:
    """Add the fault of a cell, unless it has one already or its whole column is missing."""
    key = failed.column if isinstance(failed, RowCheck) else failed.key
    if (sheet.key, key) not in workbook.positions or workbook.has_fault(sheet, row.row, key):
        return
    hidden: dict[str, str] = {}

    def cell(key: str, at: int = 0) -> str:
        name = workbook.cell(sheet, sheet.column(key), at or row.row)
        hidden[name] = workbook.hidden.get((sheet.key, at or row.row, key), "")
        return name

    cell(key)
    is_asked = len(workbook.faults) < _MOST_SUGGESTIONS
    if isinstance(failed, RowCheck):
        found, expected = failed.found(row, cell), failed.expected(row)
        meant = failed.meant(row) if is_asked else ""
    else:
        found, expected = found_and_expected(failed, getattr(row, key))
        meant = suggest.of_value(failed, getattr(row, key)) if is_asked else ""
    workbook.add_fault(sheet, with_hidden(found, hidden), expected, row=row.row, column=key, meant=meant)
