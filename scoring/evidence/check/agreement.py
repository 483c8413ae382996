"""Files of one department that state the same: one row where they agree, a fault that names both cells where not.

What is the same is decided by a sheet's unique column, in 基本信息 by the 项目. Rows of other sheets all count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from scoring.base.tables import each_row
from scoring.evidence.faults import ROWS
from scoring.evidence.reading.cells import READERS, as_cells, quoted_cell
from scoring.evidence.reading.workbook import Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, INSPECTED, INSPECTIONS, REVIEWS, Sheet

Row = Any  # a named tuple of a table's row


def agreed(workbooks: Sequence[Workbook], table: pd.DataFrame, sheet: Sheet, scheme: Scheme) -> pd.DataFrame:
    """A sheet's rows, those that several files of a department state once; faults and notices go to the workbooks."""
    several = [number for number, workbook in enumerate(workbooks) if workbook.parts]
    of_several = table[table["workbook"].isin(several)] if several else table.iloc[:0]
    if of_several.empty:
        return table
    key = "item" if sheet.key == FACTS else sheet.unique
    if key is None:
        _note_equal_rows(workbooks, of_several, sheet)
        return table
    keyed = of_several[of_several[key].notna()]
    alike = keyed[keyed.duplicated(["workbook", key], keep=False)]
    dropped: list[Any] = []
    for _, rows in as_cells(alike).groupby(["workbook", key], sort=False):
        if rows["row"].floordiv(ROWS).is_unique:  # Twice in one file is a fault of that file.
            dropped += _united(workbooks, rows, sheet, scheme)
    return table.drop(index=dropped).reset_index(drop=True)


def _united(workbooks: Sequence[Workbook], rows: pd.DataFrame, sheet: Sheet, scheme: Scheme) -> list[Any]:
    """The index of the rows that the first one stands for."""
    workbook = workbooks[rows["workbook"].iloc[0]]
    stating = rows[_is_stated(workbook, rows, sheet)]
    first, *others = each_row(stating)
    for other in others:
        for column, found, expected in _contradictions(workbook, first, other, sheet, scheme):
            workbook.add_fault(sheet, found, expected, row=other.row, column=column)
    if others and sheet.key not in {FACTS, INSPECTIONS}:
        _note(workbook, sheet, first, others[0], "内容一致，只计一次")
    elif sheet.key == REVIEWS:
        superseded = next(each_row(rows.drop(index=stating.index)))
        _note(workbook, sheet, first, superseded, "是对同一项发现的决定，以案卷为准")
    return [at for at in rows.index if at != stating.index[0]]


def _is_stated(workbook: Workbook, rows: pd.DataFrame, sheet: Sheet) -> pd.Series:
    """Which rows state something: a blank 内容 and 未核查 say no more than no row, and the case file decides anew."""
    stated = every = pd.Series(True, index=rows.index)
    if sheet.key == FACTS:
        stated = rows["content"].notna()
    elif sheet.key == INSPECTIONS:
        stated = rows["status"] == INSPECTED
    elif sheet.key == REVIEWS:
        stated = rows["row"].map(lambda row: workbook.at(row)[0].is_case)
    return stated if stated.any() else every


def _contradictions(
    workbook: Workbook, first: Row, other: Row, sheet: Sheet, scheme: Scheme
) -> Iterator[tuple[str, str, str]]:
    """Each column in which two rows differ, what was found there and what is expected."""
    for column in sheet.columns:
        was, now = (_meaning(row, column.key, sheet, scheme) for row in (first, other))
        if was != now:
            where = workbook.cell(sheet, column, first.row, other.row)
            found = f"{_words(now)}与 {where} 的{_words(was)}不一致"
            yield column.key, found, "两处一致，或只在一个文件中填写"


def _meaning(row: Row, key: str, sheet: Sheet, scheme: Scheme) -> Any:
    value = getattr(row, key)
    if pd.isna(value):
        return None
    if sheet.key == FACTS and key == "content":
        kind = next((fact.kind for fact in scheme.facts if fact.name == row.item), None)
        return READERS[kind](value) if kind else value
    return value


def _words(value: Any) -> str:
    return "空白" if value is None else f"“{quoted_cell(value)}”"


def _note_equal_rows(workbooks: Sequence[Workbook], table: pd.DataFrame, sheet: Sheet) -> None:
    """Note a row that another file has word for word: both count, but they may be one and the same."""
    columns = ["workbook", *(column.key for column in sheet.columns)]
    equal = table[table.duplicated(columns, keep=False)]
    for _, rows in equal.groupby(columns, sort=False, dropna=False):
        apart = rows[~rows["row"].floordiv(ROWS).duplicated()]
        if len(apart) > 1:
            first, other = list(each_row(apart))[:2]
            _note(
                workbooks[first.workbook], sheet, first, other, "内容完全相同，都已计入；如是同一件事，请删去其中一行"
            )


def _note(workbook: Workbook, sheet: Sheet, first: Row, other: Row, what: str) -> None:
    places = (f"{origin.file} 第 {row} 行" for origin, row in map(workbook.at, (first.row, other.row)))
    workbook.notices.append(f"《{sheet.name}》{'与 '.join(places)}{what}")
