"""A workbook file opened within fixed bounds: its sheets, and what they hold when asked.

An .xlsx is a zip of XML parts that refer to each other (ECMA-376, part 2). A hostile one unpacks to gigabytes,
declares entities or places a cell a million rows down; each such sheet or file is refused, in Chinese, with its name.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import unquote

from openpyxl.styles.numbers import BUILTIN_FORMATS, STRIP_RE, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from scoring.base.characters import plain
from scoring.base.files import reason_of
from scoring.evidence.reading.worksheet import (
    MAX_TAGS,
    Broken,
    Grid,
    Malformed,
    Reader,
    Refused,
    Unlike,
    is_true,
    read_texts,
    read_worksheet,
    refuse_too_much,
    unescaped,
)

MAX_FILE_BYTES: Final = 30 * 2**20
MAX_UNPACKED_BYTES: Final = 40 * 2**20
MAX_PARTS: Final = 2_000
#: Rows times columns of a sheet that is looked at as a table.
MAX_CELLS: Final = 3_000_000

_OLE_HEADER = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENTRY: Final = b"PK\x01\x02"  # begins a file's entry in the directory of a zip
_FIRST_PARTS: Final = (".rels", "workbook.xml")
_DAMAGED = "文件不是 .xlsx 工作簿，或已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx"

_RELATIONS: Final = (
    "http://schemas.openxmlformats.org/package/2006/relationships",
    "http://purl.oclc.org/ooxml/package/relationships",
)
#: Date formats that Chinese Excel and WPS use by number, without writing them out (ECMA-376, part 1, 18.8.30).
_CHINESE_DATES: Final = frozenset({*range(27, 37), *range(50, 59)})
_CHINESE_TIMES: Final = frozenset({32, 33, 34, 35, 55, 56})
_SHOWS_A_DAY: Final = re.compile(r"[dDyYeE]")
_SHOWS_TIME: Final = (("second", re.compile("[sS]")), ("minute", re.compile("[hH]")))
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?", re.ASCII)
_INDEX: Final = re.compile(r"\d{1,7}", re.ASCII)
#: A format that shows digits only: perhaps a word before them, leading noughts, decimals.
_PLAIN_FORMAT: Final = re.compile(r'(?:"(?P<literal>[^"]*)")?(?P<grouped>#,##)?(?P<whole>0+)(?:\.(?P<decimals>0+))?')
_GROUPED: Final = 1000
#: Colours, currencies and conditions; space for a sign, and filling.
_BRACKETS: Final = re.compile(r"\[[^\]]*\]")
_ALIGNING: Final = re.compile(r"_.|\*.")
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_UP)

#: Excel allows no longer number format; digits of the largest number, with decimals.
_LONGEST_FORMAT, _MOST_DIGITS = 255, 600
#: Numbers of one format that are remembered, and characters of one: a hostile file may have megabytes.
_MOST_KEPT, _LONGEST_KEPT = 2**13, 32
#: Excel's calendar has a 29 February 1900, and days before it are counted otherwise.
_LAST_DAY_THAT_NEVER_WAS: Final = 60
#: What Excel, WPS and LibreOffice show in place of a value that could not be worked out.
_ERROR: Final = re.compile(
    r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!"
    r"|PYTHON!|EXTERNAL!|ERROR!)|Err:\d{3}"
)
_MARKS_OF_ERRORS: Final = ("#", "＃", "Err")

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


class Format(NamedTuple):
    """A number format: its code, nothing for General, and what it shows of a moment.

    ``day``, ``minute`` and ``second`` show the day and what comes before them; ``time`` and ``duration`` show no day.
    """

    code: str = ""
    moment: str = ""


@dataclass
class Book:
    """An opened workbook.

    Attributes
    ----------
    content
        The file's bytes, read once: what is scored is what was hashed.
    sheets
        Its sheets in their order.
    texts
        The shared texts by their number as it is written, None for an empty one and for no number.
    longest
        Characters of the longest text so far, or more.
    """

    content: bytes
    sheets: tuple[SheetPart, ...]
    texts: Mapping[str | None, str | None] = field(repr=False)
    _parts: Mapping[str, bytes] = field(repr=False)
    _formats: Mapping[str | None, Format] = field(repr=False)
    _epoch: dt.datetime
    _recalculates: bool
    _times: int
    _as_shown: bool
    longest: int = 0
    _tags: int = 0  # of the sheets read so far

    def __post_init__(self) -> None:
        texts = list(filter(None, self.texts.values()))
        if any(mark in text for text in ["".join(texts)] for mark in _MARKS_OF_ERRORS):
            self.texts = {number: _text(text) for number, text in self.texts.items()}
        self.longest = max(map(len, texts), default=0)

    def grid(self, sheet: SheetPart) -> Grid:
        """What a sheet holds.

        Raises
        ------
        UnreadableWorkbook
            When it is damaged, or too large.
        """
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
        """The value of a cell of this type, style and text; None for an empty one."""
        match kind:
            case "s":
                return self.texts[str(_index(text.strip()))] if text.strip() else None
            case "str" | "inlineStr":
                self.longest = max(self.longest, len(text))
                return _text(unescaped(text))
            case "b":
                return is_true(text.strip().lower()) if text.strip() else None
            case "e":
                return Broken(text.strip() or "#VALUE!")
            case "d":
                return _iso_date(text.strip(), self._formats[style])
            case None | "n":
                return self.numbers(style)[text.strip()]
        raise Malformed(f"type {kind!r}")

    def numbers(self, style: str | None) -> Mapping[str | None, Any]:
        """The value of a cell of no type and of this style by its text; None for an empty one, and for None."""
        shown = self._formats[style]
        if shown.code and not shown.moment:
            self.longest = max(self.longest, len(shown.code) + _MOST_DIGITS)
        return _numbers(shown, self._epoch, as_shown=self._as_shown)


class _Numbers(dict[str | None, Any]):
    """Number as stored to what a cell of a format shows: worked out when it is asked for, and kept."""

    def __init__(self, shown: Format, epoch: dt.datetime, *, as_shown: bool) -> None:
        super().__init__()
        self._number = partial(_number, shown, epoch, as_shown=as_shown)

    def __missing__(self, text: str | None) -> Any:
        value = self._number(text)
        if len(text or "") <= _LONGEST_KEPT:
            if len(self) == _MOST_KEPT:
                self.clear()
            self[text] = value
        return value


_numbers = lru_cache(2**6)(_Numbers)  # Days and numbers are much the same in all workbooks of a year.


def _number(shown: Format, epoch: dt.datetime, text: str | None, *, as_shown: bool) -> Any:
    """A number, or what its format makes of it; what is none is as broken as an error."""
    if not text:
        return None
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        return Broken(text)
    number = float(f"{number:.15g}")  # Excel shows no more digits; the rest is the dust of binary fractions.
    if shown.moment:
        return _day_or_time(number, shown, epoch)
    return _as_shown(number, shown.code) if as_shown and shown.code else number


def is_error(text: str) -> bool:
    """Whether a text is an error value, as Excel, WPS, LibreOffice and Google Sheets write them."""
    return _ERROR.fullmatch(text) is not None


def _text(text: str | None) -> str | None:
    """A text; one that is an error value, pasted as text, is as broken as the error."""
    if text and any(mark in text for mark in _MARKS_OF_ERRORS) and is_error(plain(text)):
        return Broken(plain(text))
    return text


def _index(text: str) -> int:
    """A place in a list of texts or styles."""
    if not _INDEX.fullmatch(text):
        raise Malformed(f"index {text[:20]!r}")
    return int(text)


def _as_shown(number: float, code: str) -> float | str:
    """A number under a format that is no date's: itself where the cell shows it, else what the cell shows.

    >>> _as_shown(12.0, "0"), _as_shown(12.0, "00000"), _as_shown(12.0, '"RSJ-"000'), _as_shown(1.1, "0.00")
    (12.0, '00012', 'RSJ-012', '1.10')
    >>> type(_as_shown(0.5, "0%")).__name__, type(_as_shown(1.85, "0")).__name__
    ('Unlike', 'Unlike')
    """
    cleaned = _ALIGNING.sub("", _BRACKETS.sub("", code).split(";")[0])
    if cleaned in {"", "General", "@", "#", "G/通用格式"}:
        return Unlike(number) if ";" in code and cleaned == "" else number
    found = _PLAIN_FORMAT.fullmatch(cleaned)
    if found is None or (found["grouped"] and abs(number) >= _GROUPED):
        return Unlike(number)
    literal, whole, decimals = found["literal"] or "", found["whole"] or "0", found["decimals"] or ""
    exact = Decimal(repr(number))
    rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), context=_WIDE)
    if rounded != exact or (literal and number < 0):
        return Unlike(number)
    if not literal and len(whole) == 1 and not decimals:
        return number
    return f"{'-' if number < 0 else ''}{literal}{abs(rounded):0{len(whole) + (len(decimals) + 1 if decimals else 0)}f}"


def _day_or_time(number: float, shown: Format, epoch: dt.datetime) -> Any:
    """The day, moment or time of a serial number; the number itself where Excel shows none (#####, or 12:00)."""
    try:
        if shown.moment == "duration":
            return dt.timedelta(days=number)
        if number >= 1 and shown.moment == "time":
            return Unlike(number)
        if number > _LAST_DAY_THAT_NEVER_WAS and number.is_integer():
            return (epoch + dt.timedelta(days=number)).date()
        moment = from_excel(number, epoch)
        return number if number < 0 else _as_seen(moment, shown)
    except (OverflowError, ValueError):
        return number


def _as_seen(moment: Any, shown: Format) -> Any:
    """As much of a moment as its format shows."""
    if not isinstance(moment, dt.datetime):
        return moment
    match shown.moment:
        case "day":
            return moment.date()
        case "minute":
            return moment.replace(second=0, microsecond=0)
    return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)  # Excel rounds seconds.


def _iso_date(text: str, shown: Format) -> Any:
    """A day or moment of a cell of type ``d``; any other text as it is."""
    try:
        moment = dt.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
        return moment.date() if moment.time() == dt.time() else _as_seen(moment, shown)
    except (OverflowError, ValueError):
        return text or None


def open_book(path: Path) -> Book:
    """Open a workbook file.

    Raises
    ------
    UnreadableWorkbook
        When it is no workbook, damaged, locked or too large; one line in Chinese.
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
    return book_of(content)


def book_of(content: bytes, times: int = 1, *, as_shown: bool = True) -> Book:
    """Open a workbook's bytes; see :func:`open_book`.

    Parameters
    ----------
    times
        How many departments' worth it may hold: a city's ledger is that of all.
    as_shown
        Whether numbers and results of formulas are read as cells show them; else as they are stored.
    """
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


def grids_of(content: bytes, times: int = 1) -> dict[str, Grid]:
    """Every sheet of a workbook's bytes by its name: none is damaged or too large for another program to open."""
    book = book_of(content, times, as_shown=False)
    grids = {sheet.name: book.grid(sheet) for sheet in book.sheets}
    for name, grid in grids.items():
        if grid.height * max(grid.columns, default=0) > MAX_CELLS * times:
            raise UnreadableWorkbook(f"工作表《{name}》的行列数远大于正常的工作簿；请删除多余的行列后重新保存")
    return grids


def _unpack(content: bytes, times: int) -> dict[str, bytes]:
    """Unpack every part, counting the bytes that really come out rather than those declared."""
    parts: dict[str, bytes] = {}
    left = most = MAX_UNPACKED_BYTES * times
    if (count := content.count(_ENTRY)) > MAX_PARTS:
        raise UnreadableWorkbook(f"压缩包内有 {count} 个文件，不是正常的工作簿；请在 Excel 或 WPS 中另存后再试")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            # First the parts that say what the others are: a name for what is too large.
            for info in sorted(package.infolist(), key=lambda one: not one.filename.lower().endswith(_FIRST_PARTS)):
                if info.flag_bits & 0x1:
                    raise UnreadableWorkbook("工作簿设有密码；请取消密码后重新保存")
                if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise UnreadableWorkbook(_DAMAGED)
                if info.compress_size > info.file_size + info.file_size // 100 + 1_000:  # More follows than it says.
                    raise UnreadableWorkbook(_DAMAGED)
                with package.open(info) as part:
                    data = part.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise UnreadableWorkbook(
                        f"{_called(parts, info.filename)}解压后超过 {most // 2**20} MB，远大于正常的工作簿，未予打开；"
                        "请核对文件来源"
                    )
                if parts.setdefault(_part_name(info.filename), data) is not data:
                    raise UnreadableWorkbook(f"压缩包内“{info.filename}”出现了两次；请在 Excel 或 WPS 中另存后再试")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise UnreadableWorkbook(_DAMAGED) from error
    return parts


def _called(parts: Mapping[str, bytes], path: str) -> str:
    """A part of which too much came out, as an analyst calls it: a sheet, or the whole file."""
    try:
        sheets = _described(parts)[1]
    except (Malformed, Refused, LookupError):
        return "文件"
    return next((f"工作表《{sheet.name}》" for sheet in sheets if sheet.part == _part_name(path)), "文件")


def _part_name(path: str) -> str:
    """One name for all spellings of a part: names are the same in any letter case (ECMA-376, part 2, 6.2)."""
    return unquote(path).replace("\\", "/").lstrip("/").lower()


# --- The parts of a workbook ----------------------------------------------------------------------------------------


def _book(content: bytes, parts: Mapping[str, bytes], times: int, *, as_shown: bool) -> Book:
    described, sheets, relations = _described(parts)
    styles, texts = (_related(relations, kind) for kind in ("styles", "sharedStrings"))
    formats = _formats(parts[styles[0]]) if styles else [Format()]
    return Book(
        content,
        sheets,
        _by_number(read_texts(parts[texts[0]]) if texts else [], None),
        parts,
        _by_number(formats, formats[0]),  # A cell without a style has the first.
        CALENDAR_MAC_1904 if described.counts_from_1904 else CALENDAR_WINDOWS_1900,
        described.recalculates,
        times,
        as_shown,
    )


def _by_number(items: Sequence[T], without: T) -> dict[str | None, T]:
    """Texts or formats by their numbers as cells have them, and what stands for no number."""
    return {None: without, **dict(zip(map(str, range(len(items))), items, strict=True))}


def _described(parts: Mapping[str, bytes]) -> tuple[_Workbook, tuple[SheetPart, ...], Relations]:
    """What the workbook's own part says, the sheets with their parts, and all parts that it refers to."""
    part = _related(_relations(parts, ""), "officeDocument")[0]
    described = _Workbook()
    described.read(parts[part])
    if len(described.sheets) > MAX_PARTS:
        raise Refused(f"有 {len(described.sheets)} 张工作表，不是正常的工作簿")
    relations = _relations(parts, part)
    sheets = tuple(SheetPart(name, relations[at][1], hidden) for name, at, hidden in described.sheets)
    return described, sheets, relations


class _Workbook(Reader):
    root = "workbook"

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.counts_from_1904 = self.recalculates = False

    def start_workbookPr(self, attributes: Mapping[str, str]) -> None:  # noqa: N802 - the element's name
        self.counts_from_1904 = is_true(attributes.get("date1904"))

    def start_calcPr(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        self.recalculates = is_true(attributes.get("fullCalcOnLoad"))

    def start_sheet(self, attributes: Mapping[str, str]) -> None:
        relation = next((value for name, value in attributes.items() if name.endswith(" id")), "")
        self.sheets.append((attributes.get("name", ""), relation, attributes.get("state", "visible") != "visible"))


class _Relations(Reader):
    root = "Relationships"
    namespaces = _RELATIONS

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str, bool]] = {}

    def start_Relationship(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        kind = attributes.get("Type", "").rpartition("/")[2]
        external = attributes.get("TargetMode") == "External"
        if attributes.get("Id", "") in self.found:
            raise Malformed("two relations of one name")
        self.found[attributes.get("Id", "")] = kind, attributes.get("Target", ""), external


def _relations(parts: Mapping[str, bytes], source: str) -> Relations:
    """Id to kind and part of what a part refers to within the package; the package itself is ``""``."""
    folder, name = posixpath.split(source)
    reader = _Relations()
    reader.read(parts[posixpath.join(folder, "_rels", f"{name}.rels")])
    return {
        identifier: (kind, _part_name(posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/")))))
        for identifier, (kind, target, external) in reader.found.items()
        if not external
    }


def _related(relations: Relations, kind: str) -> list[str]:
    return [part for of, part in relations.values() if of == kind]


class _Styles(Reader):
    root = "styleSheet"

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, str] = {}
        self.formats: list[str] = []
        self._in_cells = self._in_codes = False

    def start_numFmts(self, _: object) -> None:  # noqa: N802
        self._in_codes = True

    def end_numFmts(self) -> None:  # noqa: N802
        self._in_codes = False

    def start_numFmt(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        if self._in_codes:  # Those of conditional formats have numbers of their own.
            self.codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_LONGEST_FORMAT]

    def start_cellXfs(self, _: object) -> None:  # noqa: N802
        self._in_cells = True

    def end_cellXfs(self) -> None:  # noqa: N802
        self._in_cells = False

    def start_xf(self, attributes: Mapping[str, str]) -> None:
        if self._in_cells:
            self.formats.append(attributes.get("numFmtId", "0"))


def _formats(part: bytes) -> list[Format]:
    """The number format of each cell style."""
    styles = _Styles()
    styles.read(part)
    formats = {number: _format(_code(number, styles.codes)) for number in set(styles.formats)}
    return [formats[number] for number in styles.formats] or [Format()]


def _format(code: str) -> Format:
    if is_timedelta_format(code):
        return Format(code, "duration")
    if not is_date_format(code):
        return Format(code)
    letters = STRIP_RE.sub("", code)
    shows_time = (finest for finest, letter in _SHOWS_TIME if letter.search(letters))
    return Format(code, next(shows_time, "day") if _SHOWS_A_DAY.search(letters) else "time")


def _code(number: str, codes: Mapping[str, str]) -> str:
    if number in codes:
        return codes[number]
    place = _index(number)
    if place in _CHINESE_TIMES:
        return "h:mm"
    return "yyyy-m-d" if place in _CHINESE_DATES else BUILTIN_FORMATS.get(place, "").replace("General", "")
