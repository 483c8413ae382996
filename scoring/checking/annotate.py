"""An annotated copy of a faulty workbook: cells coloured and commented, and all faults listed on a sheet of its own.

The original is not changed, and no older copy is overwritten, since work may have begun in it.
"""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import quote_sheetname
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from scoring.base.characters import plain
from scoring.base.files import write_bytes
from scoring.evidence.faults import Fault
from scoring.evidence.files import composed
from scoring.evidence.reading.xlsx import UnreadableWorkbook, grids_of, open_book

LIST: Final = "检查结果"
#: At most this many faults are shown; once they are corrected, the workbook is checked again.
MOST: Final = 2000

_FAULTY: Final = PatternFill("solid", start_color="FFC7CE")
_HEADER: Final = PatternFill("solid", start_color="1F3864")
_LINE: Final = Side("thin", color="BFBFBF")
_BORDER: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FONT: Final = "宋体"
_COLUMNS: Final = {"序号": 6, "工作表": 16, "单元格": 10, "现有内容": 44, "应为": 44, "可能的本意": 26}
_HEADER_ROW: Final = 4
_LONGEST_COMMENT: Final = 30_000


def annotate(path: Path, faults: Sequence[Fault], folder: Path) -> Path:
    """Write the annotated copy of a workbook: ``人社局（检查结果）.xlsx``, with a number when there is one already.

    Raises :class:`UnreadableWorkbook` when it cannot be opened, OSError when the copy cannot be written.
    """
    content, file = open_book(path).content, io.BytesIO()
    grids_of(content)  # Also those that scoring does not read.
    with _openpyxl_errors():
        book = openpyxl.load_workbook(io.BytesIO(content))
    _show(book, path.name, faults)
    with _openpyxl_errors():
        book.save(file)
    copies = (folder / f"{composed(path.stem)}（{LIST}{number}）.xlsx" for number in chain([""], count(2)))
    copy = next(name for name in copies if not name.exists())
    write_bytes(copy, file.getvalue())
    return copy


@contextmanager
def _openpyxl_errors() -> Iterator[None]:
    """Turn openpyxl's errors into a Chinese message; its warnings about dropped features do not matter here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise UnreadableWorkbook("工作簿的内部结构特殊，无法制作批注副本；请按上面列出的差错改正") from error


def _show(book: Workbook, file: str, faults: Sequence[Fault]) -> None:
    sheets: dict[str, Worksheet] = {}
    for sheet in book.worksheets:
        sheets.setdefault(plain(sheet.title), sheet)
    shown = faults[:MOST]
    by_cell: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in shown:
        if fault.cell and fault.sheet in sheets:
            by_cell[fault.sheet, _top_left(sheets[fault.sheet], fault.cell)].append(fault)
    for (name, at), found in by_cell.items():
        cell = sheets[name][at]
        cell.fill = _FAULTY
        cell.comment = _comment(cell, found)
    _list(book, sheets, shown, f"{file}：{len(faults)} 处差错", len(faults) > MOST)


def _top_left(sheet: Worksheet, cell: str) -> str:
    """The cell itself, or the first one of its merged area or range."""
    cell = cell.partition(":")[0]
    if not isinstance(sheet[cell], MergedCell):
        return cell
    area = next(area for area in sheet.merged_cells.ranges if cell in area)
    return str(area.start_cell.coordinate)


def _comment(cell: Cell, faults: Sequence[Fault]) -> Comment:
    """All faults of a cell, after its existing comment."""
    before = [cell.comment.text] if cell.comment else []
    messages = ["\n".join(_sentences(fault)) for fault in faults]
    text = _legal("\n\n".join([*before, *messages]))[:_LONGEST_COMMENT]
    lines = sum(len(line) // 20 + 1 for line in text.split("\n"))
    return Comment(text, LIST, width=320, height=min(24 + 18 * lines, 400))


def _sentences(fault: Fault) -> Iterator[str]:
    yield fault.found
    if fault.expected:
        yield f"应为：{fault.expected}"
    if fault.question:
        yield f"{fault.question}？"


def _list(book: Workbook, sheets: dict[str, Worksheet], faults: Sequence[Fault], title: str, cut: bool) -> None:  # noqa: FBT001
    """The sheet that lists all faults, in front of the others."""
    page = book.create_sheet(LIST, 0)
    _put(page, 1, 1, title).font = Font(_FONT, 14, bold=True)
    more = f"差错较多，这里只列出前 {MOST} 处。" if cut else ""
    note = f"这是供对照的副本：有差错的单元格已着色并加批注。请在原工作簿中改正，然后再检查一次。{more}"
    _put(page, 2, 1, note)
    for column, name in enumerate(_COLUMNS, start=1):
        cell = _put(page, _HEADER_ROW, column, name)
        cell.font, cell.fill, cell.border = Font(_FONT, 11, bold=True, color="FFFFFF"), _HEADER, _BORDER
    for row, fault in enumerate(faults, start=_HEADER_ROW + 1):
        _list_one(page, row, fault, sheets.get(fault.sheet))
    _lay_out(page)
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is page
    book.active = 0


def _list_one(page: Worksheet, row: int, fault: Fault, sheet: Worksheet | None) -> None:
    where = fault.cell or ("整张表" if fault.sheet else "整个文件")
    texts = ["", fault.sheet or "—", where, fault.found, fault.expected, fault.question]
    cells = [_put(page, row, column, text) for column, text in enumerate(texts, start=1)]
    cells[0].value = row - _HEADER_ROW
    for cell in cells:
        cell.border, cell.alignment = _BORDER, Alignment(wrap_text=True, vertical="top")
    cells[0].alignment = Alignment(horizontal="center", vertical="top")
    if sheet is not None:
        target = f"{quote_sheetname(sheet.title)}!{fault.cell or 'A1'}"
        cells[2].hyperlink = Hyperlink(ref=cells[2].coordinate, location=target)
        cells[2].font = Font(_FONT, 11, underline="single", color="0563C1")


def _lay_out(page: Worksheet) -> None:
    for column, width in zip("ABCDEF", _COLUMNS.values(), strict=True):
        page.column_dimensions[column].width = width
    page.freeze_panes = f"A{_HEADER_ROW + 1}"
    page.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage = 0, True


def _put(page: Worksheet, row: int, column: int, text: str) -> Any:
    """A cell that is always text, never a formula: the workbook may be hostile."""
    cell = page.cell(row, column, _legal(text))
    cell.data_type, cell.font = "s", Font(_FONT, 11)
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    return cell


def _legal(text: str) -> str:
    """Text without the control characters that XML does not allow."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))
