"""Fills in a 反馈表 as a department does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

#: What a finding's id begins with, to the cells of its row.
Answers = Mapping[str, Mapping[str, Any]]


def filled(form: Path, answers: Answers, to: Path, by: str = "办公室") -> Path:
    """A copy of the form with answers, in a folder."""
    book = openpyxl.load_workbook(form)
    page = book["反馈表"]
    (label,) = (cell for (cell, *_) in page.iter_rows(max_col=1) if cell.value == "填表人")
    page.cell(label.row, 2).value = by
    cells = rows_of(page)
    for begins, given in answers.items():
        (row,) = (row for finding, row in cells.items() if finding.startswith(begins))
        for column, value in given.items():
            row[column].value = value
    to.mkdir(exist_ok=True)
    book.save(to / form.name)
    return to / form.name


def rows_of(page: Any) -> dict[str, dict[str, Any]]:
    """The form's rows: finding to its cells by column."""
    rows = list(page.iter_rows())
    head = next(at for at, row in enumerate(rows) if row[1].value == "发现编号")
    titles = [cell.value for cell in rows[head]]
    return {row[1].value: dict(zip(titles, row, strict=True)) for row in rows[head + 1 :] if row[1].value}
