"""What a cell shows: numbers under number formats, days and times, error values.

Only the number formats that evidence needs are implemented; a number that its cell displays as something else is
:class:`Unlike`, and refused later.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS, STRIP_RE, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel

from scoring.base.characters import plain
from scoring.evidence.reading.events import Malformed, Starts, read_part
from scoring.evidence.reading.worksheet import Broken, Unlike

#: Date formats that Chinese Excel and WPS refer to by number, without writing them out (ECMA-376, part 1, 18.8.30).
_CHINESE_DATES: Final = frozenset({*range(27, 37), *range(50, 59)})
_CHINESE_TIMES: Final = frozenset({32, 33, 34, 35, 55, 56})
_SHOWS_A_DAY: Final = re.compile(r"[dDyYeE]")
_SHOWS_TIME: Final = (("second", re.compile("[sS]")), ("minute", re.compile("[hH]")))
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?", re.ASCII)
_INDEX: Final = re.compile(r"\d{1,7}", re.ASCII)
#: A format that shows digits only, perhaps with a word before them, leading zeros or decimals.
_PLAIN_FORMAT: Final = re.compile(r'(?:"(?P<literal>[^"]*)")?(?P<grouped>#,##)?(?P<whole>0+)(?:\.(?P<decimals>0+))?')
_GROUPED: Final = 1000
#: Colours, currencies and conditions; space for a sign, and filling.
_BRACKETS: Final = re.compile(r"\[[^\]]*\]")
_ALIGNING: Final = re.compile(r"_.|\*.")
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_UP)

#: The longest number format that Excel allows; digits of the largest number, with decimals.
LONGEST_FORMAT, MOST_DIGITS = 255, 600
#: How many numbers of one format are cached, and up to how many characters each: a hostile file may have megabytes.
MOST_KEPT, LONGEST_KEPT = 2**13, 32
#: Excel's calendar has a 29 February 1900, so serial numbers of earlier days are off by one.
_LAST_DAY_THAT_NEVER_WAS: Final = 60
#: What Excel, WPS and LibreOffice show in place of a value that could not be worked out.
_ERROR: Final = re.compile(
    r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!"
    r"|PYTHON!|EXTERNAL!|ERROR!)|Err:\d{3}"
)
MARKS_OF_ERRORS: Final = ("#", "＃", "Err")


class Format(NamedTuple):
    """A number format: its code (empty for General), and which part of a moment it shows.

    ``day``, ``minute`` and ``second`` show the date and time down to that unit; ``time`` and ``duration`` show no date.
    """

    code: str = ""
    moment: str = ""


class Numbers(dict[str | None, Any]):
    """Stored number to the value shown under a format, computed on demand and cached."""

    def __init__(self, shown: Format, epoch: dt.datetime, *, as_shown: bool) -> None:
        super().__init__()
        self._number = partial(_number, shown, epoch, as_shown=as_shown)

    def __missing__(self, text: str | None) -> Any:
        value = self._number(text)
        if len(text or "") <= LONGEST_KEPT:
            if len(self) == MOST_KEPT:
                self.clear()
            self[text] = value
        return value


numbers_of = lru_cache(2**6)(Numbers)  # Workbooks of a year share most days and numbers.


def _number(shown: Format, epoch: dt.datetime, text: str | None, *, as_shown: bool) -> Any:
    """A number as its format shows it; any other text is :class:`Broken`, like an error value."""
    if not text:
        return None
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        return Broken(text)
    number = float(f"{number:.15g}")  # Excel shows 15 digits; the rest is noise of binary fractions.
    if shown.moment:
        return _day_or_time(number, shown, epoch)
    return _as_shown(number, shown.code) if as_shown and shown.code else number


def is_error(text: str) -> bool:
    """Whether a text is an error value, as Excel, WPS, LibreOffice and Google Sheets write them."""
    return _ERROR.fullmatch(text) is not None


def text_or_error(text: str | None) -> str | None:
    """A text; an error value pasted as text is :class:`Broken` too."""
    if text and any(mark in text for mark in MARKS_OF_ERRORS) and is_error(plain(text)):
        return Broken(plain(text))
    return text


def _as_shown(number: float, code: str) -> float | str:
    """A number under a format other than a date's: the number if the cell shows it, else what the cell shows.

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
    literal, whole, decimals = found["literal"] or "", found["whole"], found["decimals"] or ""
    exact = Decimal(repr(number))
    rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), context=_WIDE)
    if rounded != exact or (literal and number < 0):
        return Unlike(number)
    if not literal and len(whole) == 1 and not decimals:
        return number
    return f"{'-' if number < 0 else ''}{literal}{abs(rounded):0{len(whole) + (len(decimals) + 1 if decimals else 0)}f}"


def _day_or_time(number: float, shown: Format, epoch: dt.datetime) -> Any:
    """The day, moment or time of a serial number; the number itself where Excel shows no date (#####, or 12:00)."""
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
    """The part of a moment that its format shows."""
    if not isinstance(moment, dt.datetime):
        return moment
    if shown.moment == "day":
        return moment.date()
    if shown.moment == "minute":
        return moment.replace(second=0, microsecond=0)
    return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)  # Excel rounds seconds.


def iso_date(text: str, shown: Format) -> Any:
    """A day or moment of a cell of type ``d``; any other text as it is."""
    try:
        moment = dt.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
        return moment.date() if moment.time() == dt.time() else _as_seen(moment, shown)
    except (OverflowError, ValueError):
        return text or None


def index_of(text: str) -> int:
    """A position in a list of texts or styles."""
    if not _INDEX.fullmatch(text):
        raise Malformed(f"index {text[:20]!r}")
    return int(text)


def formats_of(part: bytes) -> list[Format]:
    """The number format of each cell style of a part of styles."""
    codes: dict[str, str] = {}
    numbers: list[str] = []
    within: set[str] = set()  # Conditional formats have numbers of their own, and styles of cells come twice.

    def number_format(attributes: Mapping[str, str]) -> None:
        if "numFmts" in within:
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:LONGEST_FORMAT]

    def style(attributes: Mapping[str, str]) -> None:
        if "cellXfs" in within:
            numbers.append(attributes.get("numFmtId", "0"))

    starts: Starts = {
        "numFmts": lambda _: within.add("numFmts"),
        "cellXfs": lambda _: within.add("cellXfs"),
        "numFmt": number_format,
        "xf": style,
    }
    read_part(part, "styleSheet", starts, {"numFmts": within.clear, "cellXfs": within.clear})
    formats = {number: _format(number, codes) for number in set(numbers)}
    return [formats[number] for number in numbers] or [Format()]


def _format(number: str, codes: Mapping[str, str]) -> Format:
    code = codes.get(number)
    if code is None:
        index = index_of(number)
        standard = "yyyy-m-d" if index in _CHINESE_DATES else BUILTIN_FORMATS.get(index, "").replace("General", "")
        code = "h:mm" if index in _CHINESE_TIMES else standard
    if is_timedelta_format(code):
        return Format(code, "duration")
    if not is_date_format(code):
        return Format(code)
    letters = STRIP_RE.sub("", code)
    shows_time = (finest for finest, letter in _SHOWS_TIME if letter.search(letters))
    return Format(code, next(shows_time, "day") if _SHOWS_A_DAY.search(letters) else "time")
