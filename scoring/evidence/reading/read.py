"""Workbooks to raw tables: every cell with the row it came from; only the shape of the workbook is checked here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scoring.base.characters import named, plain
from scoring.evidence.files import department_of
from scoring.evidence.reading.cells import quoted_cell
from scoring.evidence.reading.sheet import read_sheet
from scoring.evidence.reading.workbook import Cells, Workbook
from scoring.evidence.reading.xlsx import SheetPart, UnreadableWorkbook, open_book
from scoring.evidence.suggest import missing
from scoring.scheme import Scheme

#: Sheet of the blank workbook that says how to fill it in.
GUIDE: Final = "填写说明"


def read_workbook(path: Path, scheme: Scheme) -> Workbook:
    """Read one workbook; what is wrong with its shape is in ``faults``, never raised."""
    workbook = Workbook(department_of(path), path.name)
    try:
        book = open_book(path)
        workbook.sha256 = hashlib.sha256(book.content).hexdigest()
        found = _match_sheets(workbook, book.sheets, scheme)
        grids = {key: book.grid(part) for key, part in found.items()}
    except UnreadableWorkbook as error:
        workbook.readable = False
        workbook.add_fault(None, str(error), "")
        return workbook
    names = [plain(part.name) for part in book.sheets]
    lacking = missing(scheme.sheets, {sheet.name for sheet in scheme.sheets if sheet.key in found}, names)
    for sheet in scheme.sheets:
        if sheet.key in grids:
            part, grid = found[sheet.key], grids[sheet.key]
            workbook.cells[sheet.key] = read_sheet(workbook, sheet, grid, scheme, hidden=part.hidden)
        elif sheet.optional:
            workbook.absent.add(sheet.key)
            workbook.cells[sheet.key] = Cells([], {column.key: [] for column in sheet.columns})
        else:
            expected = f"名为“{sheet.name}”的工作表"
            workbook.add_fault(sheet, "缺少这张工作表", expected, meant=lacking[sheet.name])
    return workbook


def _match_sheets(workbook: Workbook, parts: Sequence[SheetPart], scheme: Scheme) -> dict[str, SheetPart]:
    """Sheet key to the workbook's own sheet; sheets that no scheme knows get a notice and are not read."""
    found: dict[str, SheetPart] = {}
    for part in parts:
        sheet = scheme.sheet_names.get(plain(part.name))
        if sheet is None:
            if plain(part.name) not in {GUIDE, *scheme.others.sheets}:
                workbook.notices.append(f"工作表《{quoted_cell(part.name)}》不在规定之列，未读取")
        elif sheet.key in found:
            both = f"“{named(found[sheet.key].name)}”与“{named(part.name)}”"
            workbook.add_fault(sheet, f"工作表重复：{both}", "只有一张")
        else:
            found[sheet.key] = part
    return found
