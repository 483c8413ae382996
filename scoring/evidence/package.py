"""Is this file a workbook, and safe to open? Looked into before any reader unpacks it.

An .xlsx is a zip of XML. A hostile one unpacks to gigabytes, declares entities, places two cells a million rows apart,
or repeats one long shared string in every cell. All of it is refused from the bytes, within fixed bounds. The reader
(calamine) shows an Excel error value and a formula without a stored value as empty cells; where a sheet holds
either, they are looked up here.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from scoring.files import reason_of

MAX_FILE_BYTES: Final = 30 * 2**20
MAX_UNPACKED_BYTES: Final = 40 * 2**20
MAX_PARTS: Final = 2_000
MAX_ROWS: Final = 100_000
MAX_CELLS: Final = 3_000_000
MAX_TEXT_BYTES: Final = 60 * 2**20

_OLE_HEADER = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_SHEET_DATA = re.compile(rb"<(\w+:)?sheetData\b")
# A cell as Excel and WPS write it: it says where it stands, not far off, and holds a value, neither an error nor a
# formula before it.
_USUAL_CELL = re.compile(rb'<c r="[A-Z]\d{1,5}"(?: s="\d+")?(?: t="(?:s|n|b|str|inlineStr)")?(?:/>|><(?:v>[^<]|is>))')
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACED_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br\s*=")
_FAR = re.compile(rb"""\br\s*=\s*["'](?:[A-Za-z]*\d{6,}|[A-Za-z]{2,}\d+)["']""")
_FORMULA_OR_ERROR = re.compile(rb"""<(?:\w+:)?f[\s/>]|\bt\s*=\s*["']e["']""")
_SHARED_ITEM = re.compile(rb"<(?:\w+:)?si\b[^>]*/>|<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_SHARED_CELL = re.compile(rb"""\bt\s*=\s*["']s["']""")
_SHARED_USE = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d+)\s*<""")

#: What a damaged or hostile part makes its readers raise.
_DAMAGES: Final = (ParseError, DefusedXmlException, KeyError, ValueError, StopIteration)
_DAMAGED = "文件不是 .xlsx 工作簿，或已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx"

FORMULA_WITHOUT_VALUE: Final = "公式没有存储计算结果"


class UnreadableWorkbook(Exception):
    """The file cannot be read as a workbook; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Package:
    """A workbook that is safe to open.

    Attributes
    ----------
    content
        The file's bytes, read once: what is scored is what was hashed.
    marks
        Sheet name to ``{(row, column): what stands there}``, from 1, for error values and formulas without a value.
    """

    content: bytes
    marks: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def open_package(path: Path) -> Package:
    """Read a workbook's bytes and refuse what is no workbook, damaged, locked or a bomb.

    Raises
    ------
    UnreadableWorkbook
        With one line in Chinese.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UnreadableWorkbook(
                f"文件有 {size // 2**20} MB，远大于一个部门的工作簿；应为不超过 30 MB 的 .xlsx 文件"
            )
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableWorkbook(f"文件打不开（{reason_of(error)}）；请确认文件存在、没有被占用且有读取权限") from error
    try:
        parts, unusual = _safe_parts(content, 1)
        return Package(content, _marks(parts, unusual))
    except _DAMAGES as error:
        raise UnreadableWorkbook(_DAMAGED) from error


def refuse_unsafe(content: bytes, times: int = 1) -> None:
    """Refuse a workbook's bytes that are no workbook, damaged, locked or a bomb.

    Parameters
    ----------
    times
        How many departments' worth it may hold: a city's ledger is that of all.

    Raises
    ------
    UnreadableWorkbook
        With one line in Chinese.
    """
    try:
        _safe_parts(content, times)
    except _DAMAGES as error:
        raise UnreadableWorkbook(_DAMAGED) from error


def _safe_parts(content: bytes, times: int) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The parts of a workbook that is safe to open, and those of its sheets that are written unusually."""
    if not content:
        raise UnreadableWorkbook("文件打不开，或是空的；请确认文件完整、没有被占用且有读取权限")
    if content.startswith(_OLE_HEADER):
        locked = _ENCRYPTED in content
        reason = "工作簿设有打开密码；请取消密码后重新保存" if locked else "这是旧格式（.xls）文件；请另存为 .xlsx"
        raise UnreadableWorkbook(reason)
    parts = _unpack(content, times)
    sheets = {name: data for name, data in parts.items() if _is_sheet(data)}
    unusual = {name: data for name, data in sheets.items() if not _is_usual(data)}
    _refuse_bombs(parts, sheets.values(), unusual.values(), times)
    return parts, unusual


def _unpack(content: bytes, times: int) -> dict[str, bytes]:
    """Unpack every part, counting the bytes that really come out rather than those declared."""
    parts: dict[str, bytes] = {}
    left = most = MAX_UNPACKED_BYTES * times
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            infos = package.infolist()
            if len(infos) > MAX_PARTS:
                raise UnreadableWorkbook(
                    f"压缩包内有 {len(infos)} 个文件，不是正常的工作簿；请在 Excel 或 WPS 中另存后再试"
                )
            for info in infos:
                if info.flag_bits & 0x1:
                    raise UnreadableWorkbook("工作簿设有密码；请取消密码后重新保存")
                with package.open(info) as part:
                    data = part.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise UnreadableWorkbook(
                        f"文件解压后超过 {most // 2**20} MB，远大于正常的工作簿，未予打开；请核对文件来源"
                    )
                parts[info.filename.lstrip("/")] = data
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableWorkbook(_DAMAGED) from error
    if "xl/workbook.xml" not in parts:
        raise UnreadableWorkbook("压缩包内没有工作簿（缺 xl/workbook.xml）；请在 Excel 或 WPS 中另存为 .xlsx")
    return parts


def _refuse_bombs(parts: Mapping[str, bytes], sheets: Collection[bytes], unusual: Iterable[bytes], times: int) -> None:
    """Refuse entities, sheets that spread without end, and long texts repeated without end."""
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")) and (data.startswith(_UTF16) or _declares(data)):
            raise UnreadableWorkbook("工作簿内含实体声明或异常编码，可能是恶意文件，未予打开；请核对文件来源")
    if any(_is_endless(sheet, times) for sheet in sheets) or any(_is_boundless(sheet, times) for sheet in unusual):
        raise UnreadableWorkbook("工作表的行列数远大于正常的工作簿，未予打开；请删除多余的行列后重新保存")
    shared = next((data for name, data in parts.items() if name.lower().endswith("sharedstrings.xml")), b"")
    if _text_bytes(shared, sheets) > MAX_TEXT_BYTES * times:
        raise UnreadableWorkbook("工作簿的文字展开后远大于正常的工作簿，未予打开；请核对文件来源")


# Of a large workbook the patterns take longer than all the rest; counting bytes costs next to nothing. So each question
# is first put in a way that settles it for every workbook as it is usually written.


def _declares(data: bytes) -> bool:
    return b"!" in data and b"<!" in data and _DOCTYPE.search(data) is not None


def _is_sheet(data: bytes) -> bool:
    return b"sheetData" in data and _SHEET_DATA.search(data) is not None


def _is_usual(sheet: bytes) -> bool:
    """Whether all cells of a sheet are usual ones; those with a namespace before their name are not."""
    cells = sheet[sheet.find(b"<sheetData") : sheet.rfind(b"</sheetData>")]
    has_prefix = b":" in cells and b":c" in cells
    return not has_prefix and len(_USUAL_CELL.findall(cells)) == cells.count(b"<c")


def _is_endless(sheet: bytes, times: int) -> bool:
    """Whether a sheet has too many rows."""
    most = MAX_ROWS * times
    return len(sheet) > most * len(b"<row/>") and len(_ROW.findall(sheet)) > most


def _is_boundless(sheet: bytes, times: int) -> bool:
    """Whether cells stand so far apart that a reader would fill the space between them.

    Cells that all say where they stand, within 26 columns and 99,999 rows, are near enough; only others are walked.
    """
    far = _FAR.search(sheet) or len(_PLACED_CELL.findall(sheet)) < len(_CELL.findall(sheet))
    return bool(far) and _area(sheet) > MAX_CELLS * times


def _area(sheet: bytes) -> int:
    """Rows times columns of the box around the cells that hold something; styled empty cells do not count."""
    row = column = rows = columns = 0
    for event, element in iterparse(io.BytesIO(sheet), events=("start", "end"), forbid_dtd=True):
        if event == "start" and _is(element, "row"):
            row, column = int(element.get("r", row + 1)), 0
        elif event == "end" and _is(element, "c"):
            at = _position(element.get("r", ""))
            row, column = at if at[1] else (row, column + 1)
            if len(element):
                rows, columns = max(rows, row), max(columns, column)
            element.clear()
    return rows * columns


def _text_bytes(shared: bytes, sheets: Collection[bytes]) -> int:
    """How many bytes of shared text the cells ask for, each use counted; at most, where a use cannot be told."""
    most = sum(map(len, sheets)) // len(b'<c t="s"><v>0</v></c>')
    if b":si" not in shared and most * max(map(len, shared.split(b"<si"))) <= MAX_TEXT_BYTES:
        return 0
    lengths = [len(item) for item in _SHARED_ITEM.findall(shared)]
    uses = sum(len(_SHARED_CELL.findall(data)) for data in sheets)
    longest = max(lengths, default=0)
    if longest * uses <= MAX_TEXT_BYTES:
        return 0
    indices = [int(use) for data in sheets for use in _SHARED_USE.findall(data)]
    told = sum(lengths[index] for index in indices if index < len(lengths))
    return told + longest * (uses - len(indices))


def _is(element: Element, name: str) -> bool:
    """Whether an element has that local name: strict and transitional workbooks differ in the namespace only."""
    return element.tag.rpartition("}")[2] == name


def _position(reference: str) -> tuple[int, int]:
    """Row and column, from 1, of a cell such as ``B7``."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :] or 0), column


def _marks(parts: Mapping[str, bytes], sheets: Mapping[str, bytes]) -> dict[str, dict[tuple[int, int], str]]:
    """Error values and formulas without a stored value, for the sheets that hold any."""
    suspects = {name for name, data in sheets.items() if _FORMULA_OR_ERROR.search(data)}
    if not suspects:
        return {}
    names = _sheet_names(parts)
    return {names[part]: _marks_of(parts[part]) for part in sorted(suspects) if part in names}


def _sheet_names(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Part name to sheet name, through the workbook's relationships."""
    targets = {}
    for _, relation in iterparse(io.BytesIO(parts["xl/_rels/workbook.xml.rels"]), forbid_dtd=True):
        target = relation.get("Target", "")
        targets[relation.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return {
        targets[next(value for key, value in sheet.items() if key.endswith("}id"))]: sheet.get("name", "")
        for _, sheet in iterparse(io.BytesIO(parts["xl/workbook.xml"]), forbid_dtd=True)
        if _is(sheet, "sheet")
    }


def _marks_of(sheet: bytes) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for _, cell in iterparse(io.BytesIO(sheet), forbid_dtd=True):
        if not _is(cell, "c"):
            continue
        value = cell.findtext("{*}v")
        if cell.get("t") == "e":
            found[_position(cell.get("r", "A0"))] = value or "#VALUE!"
        elif cell.find("{*}f") is not None and not value and cell.get("t") != "str":
            found[_position(cell.get("r", "A0"))] = FORMULA_WITHOUT_VALUE
        cell.clear()
    return found
