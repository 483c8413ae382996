"""Reads an export of another system into tables of cells: text, .xls, .et or .xlsx, as its content says.

The numbers and days of an .xls are read by the same formats as those of an .xlsx. A cell without a value, or one that
shows something else than it holds, stays what the readers of workbooks call it, and is refused later.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import xlrd
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from scoring.base.errors import NotDone
from scoring.base.files import reason_of
from scoring.evidence.reading.events import MAIN
from scoring.evidence.reading.formats import LONGEST_FORMAT, Format, formats_of, numbers_of, text_or_error
from scoring.evidence.reading.worksheet import MAX_ROWS, Area, Broken, Grid
from scoring.evidence.reading.xlsx import MAX_CELLS, MAX_FILE_BYTES, UnreadableWorkbook, open_book

_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
#: Marks at the start of a text, and its encoding; the last that fits is tried for one without a mark.
_MARKED: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    ("\ufeff".encode("gb18030"), "gb18030"),
)
_DELIMITERS: Final = ",\t;"
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
#: The first of BIFF's number formats that a file defines itself; the earlier ones are those of an .xlsx.
_FIRST_OWN_FORMAT: Final = 164
_SAVE_AS: Final = "请在 Excel 或 WPS 中打开，另存为 .xlsx 后再导入"

Row = list[Any]


class UnreadableFile(NotDone):
    """The file is no table that can be read; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Table:
    """A sheet, or a text split by one separator: its rows, the first being row 1, and its merged areas."""

    name: str
    rows: list[Row]
    merged: tuple[Area, ...] = ()
    is_text: bool = False
    unpaired: int = 0  # the line from which on the cells of a text are unclear


def read_tables(path: Path) -> list[Table]:
    """The sheets of a file that are not empty; of a text, what each separator makes of it.

    Raises
    ------
    UnreadableFile
        When it is none of the known kinds, empty, damaged, locked or too large.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableFile(f"{path} 超过 {MAX_FILE_BYTES // 2**20} MB，不像是一个部门的导出；请分几次导出")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} 打不开（{reason_of(error)}）；请确认文件存在、没有被占用") from error
    try:
        if content.startswith(_ZIP):
            tables = [_of_grid(sheet.name, book.grid(sheet)) for book in [open_book(path)] for sheet in book.sheets]
        elif content.startswith(_OLE):
            tables = _of_xls(content)
        else:
            tables = _of_text(_decoded(content))
    except (UnreadableWorkbook, UnreadableFile) as error:
        raise UnreadableFile(f"{path.name}：{error}") from error
    tables = [
        table for table in tables if table.unpaired or any(cell is not None for row in table.rows for cell in row)
    ]
    if not tables:
        raise UnreadableFile(f"{path.name} 是空的，没有可以导入的内容")
    if any(len(table.rows) > MAX_ROWS for table in tables):
        raise UnreadableFile(f"{path.name} 超过 {MAX_ROWS} 行；请分几次导出")
    return tables


def _of_grid(name: str, grid: Grid) -> Table:
    width = max(grid.columns, default=0)
    if width * grid.height > MAX_CELLS:
        raise UnreadableFile(f"工作表《{name}》的行列数远大于正常的导出；请删除多余的行列后重新保存")
    rows: list[Row] = [[None] * width for _ in range(grid.height)]
    for column, (numbers, values) in grid.columns.items():
        for row, value in zip(numbers, values, strict=True):
            rows[row - 1][column - 1] = value
    return Table(name, rows, tuple(grid.merged))


# --- .xls and .et ----------------------------------------------------------------------------------------------------


def _of_xls(content: bytes) -> list[Table]:
    if _ENCRYPTED in content:
        raise UnreadableFile("文件设有打开密码；请取消密码后重新保存")
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO())
        formats = _formats(book)
        epoch = CALENDAR_MAC_1904 if book.datemode else CALENDAR_WINDOWS_1900
        return [
            Table(
                sheet.name,
                [[_value(cell, formats, epoch) for cell in sheet.row(number)] for number in range(sheet.nrows)],
                tuple((top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells),
            )
            for sheet in book.sheets()
        ]
    except Exception as error:  # xlrd raises whatever a damaged file makes it stumble over.
        if isinstance(error, xlrd.XLRDError) and "encrypted" in str(error):
            raise UnreadableFile("文件设有打开密码；请取消密码后重新保存") from error
        raise UnreadableFile(f"不是表格文件，或已损坏；{_SAVE_AS}") from error


def _formats(book: Any) -> list[Format]:
    """The number format of each cell style, by way of the styles that an .xlsx would have."""
    own = "".join(
        f"<numFmt numFmtId='{key}' formatCode={quoteattr(_NO_TEXT.sub('', one.format_str[:LONGEST_FORMAT]))}/>"
        for key, one in book.format_map.items()
        if key >= _FIRST_OWN_FORMAT
    )
    styles = "".join(f"<xf numFmtId='{style.format_key}'/>" for style in book.xf_list)
    part = f"<styleSheet xmlns='{MAIN[0]}'><numFmts>{own}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>"
    return formats_of(part.encode())


def _value(cell: Any, formats: list[Format], epoch: Any) -> Any:
    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return text_or_error(cell.value.replace("\r\n", "\n").replace("\r", "\n")) or None
        case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
            return numbers_of(formats[cell.xf_index], epoch, as_shown=True)[repr(cell.value)]
        case xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        case xlrd.XL_CELL_ERROR:
            return Broken(xlrd.error_text_from_code.get(cell.value, "#VALUE!"))
    return None


# --- Text ------------------------------------------------------------------------------------------------------------


def _decoded(content: bytes) -> str:
    """The text of a file in one of the encodings of Chinese systems."""
    marked = [(content[len(mark) :], encoding) for mark, encoding in _MARKED if content.startswith(mark)]
    for data, encoding in marked or [(content, "utf-8"), (content, "gb18030")]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if found := _NO_TEXT.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise UnreadableFile(f"第 {line} 行有不是文字的字符（U+{ord(found[0]):04X}），不是文本表格；{_SAVE_AS}")
        if text.lstrip().startswith("<"):
            raise UnreadableFile(f"内容是网页或 XML，不是文本表格或工作簿；{_SAVE_AS}")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise UnreadableFile(f"既不是工作簿，也不是 UTF-8、GB18030 或 UTF-16 编码的文本表格；{_SAVE_AS}")


def _of_text(text: str) -> list[Table]:
    """A table for each separator that occurs in the text."""
    return [_split(text, one) for one in [sign for sign in _DELIMITERS if sign in text] or _DELIMITERS[:1]]


def _split(text: str, delimiter: str) -> Table:
    """The rows up to the first whose quotation marks are not in pairs: nothing after it can be trusted."""
    rows: list[Row] = []
    lines = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        rows.extend([text_or_error(cell) or None for cell in line] for line in lines)
    except csv.Error:
        return Table("", rows, is_text=True, unpaired=lines.line_num)
    return Table("", rows, is_text=True)
