"""Opens a workbook file within fixed bounds: its sheets, and their cells on demand.

An .xlsx is a zip of XML parts that refer to each other (ECMA-376, part 2). A hostile one unpacks to gigabytes,
declares entities or has a cell a million rows down; each such sheet or file is refused, in Chinese, with its name.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from scoring.base.files import reason_of
from scoring.evidence.reading.events import (
    MAX_TAGS,
    Malformed,
    Refused,
    Starts,
    is_true,
    read_part,
    refuse_too_much,
    unescaped,
)
from scoring.evidence.reading.formats import (
    MARKS_OF_ERRORS,
    MOST_DIGITS,
    Format,
    formats_of,
    index_of,
    iso_date,
    numbers_of,
    text_or_error,
)
from scoring.evidence.reading.plain_rows import read_texts
from scoring.evidence.reading.worksheet import Broken, Grid, read_worksheet

MAX_FILE_BYTES: Final = 30 * 2**20
MAX_UNPACKED_BYTES: Final = 40 * 2**20
MAX_PARTS: Final = 2_000
#: The most rows times columns of a sheet read as a table.
MAX_CELLS: Final = 3_000_000

_OLE_HEADER = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENTRY: Final = b"PK\x01\x02"  # begins an entry of the zip directory
_FIRST_PARTS: Final = (".rels", "workbook.xml")
_DAMAGED = "文件不是 .xlsx 工作簿，或已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx"

_RELATIONS: Final = (
    "http://schemas.openxmlformats.org/package/2006/relationships",
    "http://purl.oclc.org/ooxml/package/relationships",
)

T = TypeVar("T")
Relations = Mapping[str, tuple[str, str]]


class UnreadableWorkbook(Exception):
    """The file cannot be read as a workbook; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class SheetPart:
    """One sheet: its name, its part of the package, and whether Excel hides it."""

    name: str
    part: str
    hidden: bool


@dataclass
class Book:
    """An opened workbook."""

    content: bytes  # read once, so that exactly the hashed bytes are scored
    sheets: tuple[SheetPart, ...]
    #: Shared texts by their number as written; None for an empty text, and under None.
    texts: Mapping[str | None, str | None] = field(repr=False)
    _parts: Mapping[str, bytes] = field(repr=False)
    _formats: Mapping[str | None, Format] = field(repr=False)
    _epoch: dt.datetime
    _recalculates: bool
    _times: int
    _as_shown: bool
    longest: int = 0  # upper bound for the longest text so far, in characters
    _tags: int = 0  # of the sheets read so far

    def __post_init__(self) -> None:
        texts = list(filter(None, self.texts.values()))
        together = "".join(texts)
        if any(mark in together for mark in MARKS_OF_ERRORS):
            self.texts = {number: text_or_error(text) for number, text in self.texts.items()}
        self.longest = max(map(len, texts), default=0)

    def grid(self, sheet: SheetPart) -> Grid:
        """The cells of a sheet; :class:`UnreadableWorkbook` when it is damaged, or too large."""
        try:
            part = self._parts[sheet.part]
            self._tags += part.count(b"<")
            refuse_too_much(part, self._tags, MAX_TAGS * self._times)
            recalculates = self._recalculates if self._as_shown else None
            return read_worksheet(part, self, recalculates=recalculates, times=self._times)
        except Refused as error:
            raise UnreadableWorkbook(f"工作表《{sheet.name}》：{error}") from error
        except (Malformed, LookupError) as error:
            raise UnreadableWorkbook(f"工作表《{sheet.name}》已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx") from error

    def value(self, kind: str | None, style: str | None, text: str) -> Any:
        """The value of a cell with this type, style and text; None for an empty one."""
        match kind:
            case "s":
                return self.texts[str(index_of(text.strip()))] if text.strip() else None
            case "str" | "inlineStr":
                self.longest = max(self.longest, len(text))
                return text_or_error(unescaped(text))
            case "b":
                return is_true(text.strip().lower()) if text.strip() else None
            case "e":
                return Broken(text.strip() or "#VALUE!")
            case "d":
                return iso_date(text.strip(), self._formats[style])
            case None | "n":
                return self.numbers(style)[text.strip()]
        raise Malformed(f"type {kind!r}")

    def numbers(self, style: str | None) -> Mapping[str | None, Any]:
        """Text to value, for cells without a type in this style; None for an empty text, and for None."""
        shown = self._formats[style]
        if shown.code and not shown.moment:
            self.longest = max(self.longest, len(shown.code) + MOST_DIGITS)
        return numbers_of(shown, self._epoch, as_shown=self._as_shown)


def open_book(path: Path) -> Book:
    """Open a file; :class:`UnreadableWorkbook` if it is not a workbook, damaged, locked or too large."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UnreadableWorkbook(
                f"文件有 {size // 2**20} MB，远大于一个部门的工作簿；应为不超过 30 MB 的 .xlsx 文件"
            )
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableWorkbook(f"文件打不开（{reason_of(error)}）；请确认文件存在、没有被占用且有读取权限") from error
    return book_of(content)


def grids_of(content: bytes, times: int = 1) -> dict[str, Grid]:
    """Every sheet of a workbook by name; numbers and results of formulas as they are stored.

    The limits are those of ``times`` departments, since a city's ledger holds all of them.

    Raises
    ------
    UnreadableWorkbook
        When another program could not open it, or a sheet has too many rows and columns to be a table.
    """
    book = book_of(content, times, as_shown=False)
    grids = {sheet.name: book.grid(sheet) for sheet in book.sheets}
    for name, grid in grids.items():
        if grid.height * max(grid.columns, default=0) > MAX_CELLS * times:
            raise UnreadableWorkbook(f"工作表《{name}》的行列数远大于正常的工作簿；请删除多余的行列后重新保存")
    return grids


def book_of(content: bytes, times: int = 1, *, as_shown: bool = True) -> Book:
    """Open the content of a file; see :func:`open_book`."""
    if not content:
        raise UnreadableWorkbook("文件打不开，或是空的；请确认文件完整、没有被占用且有读取权限")
    if content.startswith(_OLE_HEADER):
        locked = _ENCRYPTED in content
        reason = "工作簿设有打开密码；请取消密码后重新保存" if locked else "这是旧格式（.xls）文件；请另存为 .xlsx"
        raise UnreadableWorkbook(reason)
    parts = _unpack(content, times)
    try:
        return _book(content, parts, times, as_shown=as_shown)
    except Refused as error:
        raise UnreadableWorkbook(f"工作簿{error}") from error
    except (Malformed, LookupError) as error:
        raise UnreadableWorkbook(_DAMAGED) from error


def _unpack(content: bytes, times: int) -> dict[str, bytes]:
    """Unpack every part, counting the bytes actually unpacked, not those declared."""
    parts: dict[str, bytes] = {}
    left = most = MAX_UNPACKED_BYTES * times
    if (count := content.count(_ENTRY)) > MAX_PARTS:
        raise UnreadableWorkbook(f"压缩包内有 {count} 个文件，不是正常的工作簿；请在 Excel 或 WPS 中另存后再试")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            # First the parts that name the others, for the message about one that is too large.
            for info in sorted(package.infolist(), key=lambda one: not one.filename.lower().endswith(_FIRST_PARTS)):
                _refuse_entry(info)
                with package.open(info) as part:
                    data = part.read(left + 1)
                left -= len(data)
                if left < 0:
                    size = f"{_name_of(parts, info.filename)}解压后超过 {most // 2**20} MB"
                    raise UnreadableWorkbook(f"{size}，远大于正常的工作簿，未予打开；请核对文件来源")
                if parts.setdefault(_part_name(info.filename), data) is not data:
                    raise UnreadableWorkbook(f"压缩包内“{info.filename}”出现了两次；请在 Excel 或 WPS 中另存后再试")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise UnreadableWorkbook(_DAMAGED) from error
    return parts


def _refuse_entry(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise UnreadableWorkbook("工作簿设有密码；请取消密码后重新保存")
    holds_more = info.compress_size > info.file_size + info.file_size // 100 + 1_000  # than it says
    if holds_more or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnreadableWorkbook(_DAMAGED)


def _name_of(parts: Mapping[str, bytes], path: str) -> str:
    """What an analyst calls a part that is too large: a sheet, or the whole file."""
    try:
        sheets = _described(parts)[1]
    except (Malformed, Refused, LookupError):
        return "文件"
    return next((f"工作表《{sheet.name}》" for sheet in sheets if sheet.part == _part_name(path)), "文件")


def _part_name(path: str) -> str:
    """The normalised name of a part: letter case does not matter (ECMA-376, part 2, 6.2)."""
    return unquote(path).replace("\\", "/").lstrip("/").lower()


def _book(content: bytes, parts: Mapping[str, bytes], times: int, *, as_shown: bool) -> Book:
    settings, sheets, relations = _described(parts)
    styles, texts = (_related(relations, kind) for kind in ("styles", "sharedStrings"))
    formats = formats_of(parts[styles[0]]) if styles else [Format()]
    return Book(
        content,
        sheets,
        _by_number(read_texts(parts[texts[0]]) if texts else [], None),
        parts,
        _by_number(formats, formats[0]),  # A cell without a style has the first.
        CALENDAR_MAC_1904 if settings.get("from_1904") else CALENDAR_WINDOWS_1900,
        settings.get("recalculates", False),
        times,
        as_shown,
    )


def _by_number(items: Sequence[T], without: T) -> dict[str | None, T]:
    """Texts or formats by number as written in cells, and under None the one for a cell without a number."""
    return {None: without, **dict(zip(map(str, range(len(items))), items, strict=True))}


def _described(parts: Mapping[str, bytes]) -> tuple[Mapping[str, bool], tuple[SheetPart, ...], Relations]:
    """What the workbook's own part says of dates and of formulas, the sheets, and all parts that it refers to."""
    part = _related(_relations(parts, ""), "officeDocument")[0]
    settings: dict[str, bool] = {}
    found: list[tuple[str, str, bool]] = []

    def sheet(attributes: Mapping[str, str]) -> None:
        relation = next((value for name, value in attributes.items() if name.endswith(" id")), "")
        found.append((attributes.get("name", ""), relation, attributes.get("state", "visible") != "visible"))

    starts: Starts = {
        "workbookPr": lambda attributes: settings.update(from_1904=is_true(attributes.get("date1904"))),
        "calcPr": lambda attributes: settings.update(recalculates=is_true(attributes.get("fullCalcOnLoad"))),
        "sheet": sheet,
    }
    read_part(parts[part], "workbook", starts)
    if len(found) > MAX_PARTS:
        raise Refused(f"有 {len(found)} 张工作表，不是正常的工作簿")
    relations = _relations(parts, part)
    return settings, tuple(SheetPart(name, relations[at][1], hidden) for name, at, hidden in found), relations


def _relations(parts: Mapping[str, bytes], source: str) -> Relations:
    """Id to kind and part, for the references of a part (``""`` for the package itself)."""
    folder, name = posixpath.split(source)
    found: dict[str, tuple[str, str]] = {}
    ids: set[str] = set()

    def relation(attributes: Mapping[str, str]) -> None:
        identifier, target = attributes.get("Id", ""), attributes.get("Target", "").replace("\\", "/")
        if identifier in ids:
            raise Malformed("two relations of one name")
        ids.add(identifier)
        if attributes.get("TargetMode") != "External":
            path = posixpath.normpath(posixpath.join("/", folder, target))
            found[identifier] = attributes.get("Type", "").rpartition("/")[2], _part_name(path)

    part = parts[posixpath.join(folder, "_rels", f"{name}.rels")]
    read_part(part, "Relationships", {"Relationship": relation}, namespaces=_RELATIONS)
    return found


def _related(relations: Relations, kind: str) -> list[str]:
    return [part for of, part in relations.values() if of == kind]
