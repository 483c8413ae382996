"""The cells of one worksheet part: value, formula, error and place of each, in one pass over its XML.

The pass is that of expat's events, whatever the spelling: with or without a namespace prefix, with or without places
(``r``), shared and inline texts, rich text, CDATA. Most sheets consist of rows of plain cells; a pattern takes these
out of the part, which is much faster. Of every stretch of rows that it took an empty one stays, and expat reads the
part with these: so it is well-formed, and what the pattern does not know is read by expat.

ECMA-376, part 1, 18.3.1 (worksheets) and 18.4 (shared strings).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final
from xml.parsers import expat

from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape

if TYPE_CHECKING:
    from scoring.evidence.reading.xlsx import Book

#: Transitional and strict workbooks differ in the namespace only.
MAIN: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 1_000
#: Tags of a part. A cell with a value has four; an empty one that was only formatted has one.
MAX_TAGS: Final = 2_500_000
#: Tags of the parts that describe the workbook and its styles.
MAX_TAGS_OF_OTHERS: Final = 200_000
MAX_TEXT: Final = 20_000_000
#: Bytes without a tag: a cell has at most 32,767 characters.
MAX_BETWEEN_TAGS: Final = 2**19
#: Elements that mean nothing here, and how deep elements may stand in each other.
MAX_UNKNOWN: Final = 500_000
MAX_DEPTH: Final = 100
#: The last column that Excel has.
LAST_COLUMN: Final = 16_384
#: Merged ranges, and array formulas over several cells, of a sheet: each is held against many cells.
MAX_MERGED: Final = 20_000
MAX_ARRAYS: Final = 100

FORMULA_WITHOUT_VALUE: Final = "公式没有存储计算结果"

#: Row and column, from 1, of the first and of the last cell.
Area = tuple[int, int, int, int]
#: A column: the rows of its cells, ascending, and their values.
Column = tuple[list[int], list[Any]]


class Malformed(ValueError):
    """A part that is no XML, or not what a worksheet, a workbook or a list of texts is."""


class Refused(ValueError):
    """A part that holds more than an evidence workbook ever does, or what has no one meaning; told in Chinese."""


class Broken(str):
    """What stands in a cell without a value: an error (``#N/A``), or :data:`FORMULA_WITHOUT_VALUE`."""

    __slots__ = ()


@dataclass
class Grid:
    """What a worksheet holds.

    Attributes
    ----------
    columns
        Column number, from 1, to the rows and values of its cells; empty cells are left out. A value is a text, a
        number (float), a day or time, True or False, or :class:`Broken`.
    formulas
        Row and column to the formula that stands there.
    """

    columns: dict[int, Column] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    @property
    def height(self) -> int:
        """The last row in which something stands."""
        return max((rows[-1] for rows, _ in self.columns.values()), default=0)

    def table(self) -> list[list[Any]]:
        """The cells row by row, from A1 on, ``""`` for an empty one."""
        table: list[list[Any]] = [[""] * max(self.columns, default=0) for _ in range(self.height)]
        for column, (rows, values) in self.columns.items():
            for row, value in zip(rows, values, strict=True):
                table[row - 1][column - 1] = value
        return table


class Unlike(float):
    """A number whose cell shows something else, such as 50% for 0.5."""

    __slots__ = ()


def read_worksheet(part: bytes, book: Book, *, recalculates: bool | None, times: int = 1) -> Grid:
    """Read a worksheet part.

    Parameters
    ----------
    recalculates
        Whether the workbook asks to be calculated anew when it is opened: then 0 is no result of a formula. None
        takes what is stored with formulas as it stands.
    times
        How many departments' worth it may hold.

    Raises
    ------
    Malformed
        When it is no worksheet.
    Refused
        When it holds too much, or a cell stands too far off.
    """
    cells, rest = _plain_rows_taken(part, book)
    _Worksheet(cells, recalculates=recalculates).read(rest)
    return cells.finished(times)


def read_texts(part: bytes) -> list[str | None]:
    """The texts of a part of shared strings, None for an empty one; rich text without formats and phonetic runs."""
    refuse_too_much(part, part.count(b"<"), MAX_TAGS)
    if (taken := _usual_texts(part)) is not None:
        return taken
    reader = _Texts()
    reader.read(part)
    return reader.texts


def unescaped(text: str) -> str | None:
    """A text with ``_x000D_`` and its like as the characters that Excel shows; None for an empty one."""
    if "_x" in text:  # Characters beyond U+FFFF may be escaped by halves; a half alone is none.
        text = unescape(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text or None


def refuse_too_much(part: bytes, tags: int, most_tags: int) -> None:
    """Refuse a part whose events would take too long: every tag has a ``<``, and between two there is not much."""
    if tags > most_tags:
        raise Refused("行列数远大于正常的工作簿，未予读取；请删除多余的行列后重新保存")
    windows = range(0, len(part) - MAX_BETWEEN_TAGS, MAX_BETWEEN_TAGS)
    if any(part.find(b"<", at, at + MAX_BETWEEN_TAGS) < 0 for at in windows):
        raise Refused("有一处内容远大于一个单元格所能容纳的，未予读取；请核对文件来源")


# --- XML events -----------------------------------------------------------------------------------------------------


class Reader:
    """Reads a part by expat's events; subclasses have a method ``start_<name>`` or ``end_<name>`` an element.

    Elements of other namespaces are passed over. Text is gathered only between :meth:`begin_text` and :meth:`text`.
    """

    root = ""
    namespaces = MAIN
    most_tags: int = MAX_TAGS_OF_OTHERS
    _starts: ClassVar[dict[str, str]]
    _ends: ClassVar[dict[str, str]]

    def __init_subclass__(cls) -> None:
        """Find the methods that react to elements."""
        cls._starts, cls._ends = (
            {f"{uri} {name[len(when) :]}": name for name in dir(cls) if name.startswith(when) for uri in cls.namespaces}
            for when in ("start_", "end_")
        )

    def __init__(self) -> None:
        self._text: list[str] | None = None

    def read(self, part: bytes) -> None:
        """Read the part, told as malformed where it is no XML."""
        if self.most_tags:
            refuse_too_much(part, part.count(b"<"), self.most_tags)
        parser: Any = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler, parser.EndElementHandler = self._handlers(parser)
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(part, True)
        except (Malformed, Refused):
            raise
        except (expat.ExpatError, ValueError, LookupError) as error:  # The latter two of an encoding that is not known.
            raise Malformed(str(error)) from error

    def _handlers(self, parser: Any) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
        starts, ends = (
            {element: getattr(self, method) for element, method in methods.items()}
            for methods in (self._starts, self._ends)
        )
        depth = unknown = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth, unknown
            depth += 1
            if depth > MAX_DEPTH or unknown > MAX_UNKNOWN:
                raise Refused("内部结构异常，可能是恶意文件，未予读取；请核对文件来源")
            if (react := starts.get(name)) is not None:
                react(attributes)
            else:
                unknown += 1

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            if (react := ends.get(name)) is not None:
                react()

        def first(name: str, attributes: dict[str, str]) -> None:
            if name not in {f"{uri} {self.root}" for uri in self.namespaces}:
                raise Malformed(f"<{name}> in place of <{self.root}>")
            parser.StartElementHandler = start
            start(name, attributes)

        return first, end

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def begin_text(self) -> None:
        """Gather text from here on."""
        self._text = []

    def text(self) -> str:
        """What was gathered."""
        gathered, self._text = "".join(self._text or ()), None
        return gathered


def _refuse_doctype(*_: object) -> None:
    raise Refused("含实体声明，可能是恶意文件，未予打开；请核对文件来源")


class _RichText(Reader):
    """Gathers the runs of a text, without phonetic ones."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[str] = []
        self._phonetic = False

    def start_rPh(self, _: object) -> None:  # noqa: N802 - the element's name
        self._phonetic = True

    def end_rPh(self) -> None:  # noqa: N802
        self._phonetic = False

    def start_t(self, _: object) -> None:
        self.begin_text()

    def end_t(self) -> None:
        text = self.text()
        if not self._phonetic:
            self._runs.append(text)


class _Texts(_RichText):
    root = "sst"
    most_tags = MAX_TAGS

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str | None] = []

    def start_si(self, _: object) -> None:
        self._runs = []

    def end_si(self) -> None:
        self.texts.append(unescaped("".join(self._runs)))


class _Worksheet(_RichText):
    root = "worksheet"
    most_tags = 0  # It was looked at before.

    def __init__(self, cells: _Cells, *, recalculates: bool | None) -> None:
        super().__init__()
        self._cells, self._recalculates = cells, recalculates
        self._row = self._column = 0
        self._type: str | None = None
        self._style: str | None = None
        self._value: str | None = None
        self._formula: str | None = None
        self._arrays: list[Area] = []
        self._has_data = self._in_cell = False

    def read(self, part: bytes) -> None:
        super().read(part)
        if not self._has_data:
            raise Malformed("no <sheetData>")

    def start_sheetData(self, _: object) -> None:  # noqa: N802
        if self._has_data:
            raise Malformed("two <sheetData>")
        self._has_data = True

    def start_col(self, attributes: Mapping[str, str]) -> None:
        if _is_hidden(attributes, "width"):
            first = _number(attributes.get("min"))
            self._cells.grid.hidden_columns.append((first, _number(attributes.get("max", str(first)))))

    def start_row(self, attributes: Mapping[str, str]) -> None:
        if self._in_cell:
            raise Malformed("a row in a cell")
        row = attributes.get("r")
        self._row = self._row + 1 if row is None else _number(row)
        self._column = 0
        if ("hidden" in attributes or "ht" in attributes) and _is_hidden(attributes, "ht"):
            self._cells.grid.hidden_rows.append(self._row)

    def start_c(self, attributes: Mapping[str, str]) -> None:
        self._column += 1
        self._in_cell = True
        if reference := attributes.get("r"):
            self._row, self._column = place_of(reference)
        if self._column > LAST_COLUMN:
            raise Malformed(f"column {self._column}")
        self._type, self._style = attributes.get("t"), attributes.get("s")
        self._value = self._formula = None
        self._runs = []

    def start_f(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("t") in {"array", "dataTable"} and ":" in attributes.get("ref", ""):
            if len(self._arrays) == MAX_ARRAYS:
                raise Refused("数组公式多得异常；请“选择性粘贴”为数值后重新保存")
            self._arrays.append(area_of(attributes["ref"]))
        self.begin_text()

    def end_f(self) -> None:
        self._formula = self.text()

    def start_v(self, _: object) -> None:
        if self._value is not None:
            raise Malformed("two values in a cell")
        self.begin_text()

    def end_v(self) -> None:
        self._value = self.text()

    def end_c(self) -> None:
        value, self._in_cell = self._value, False
        if self._runs:
            self._type, value = "inlineStr", "".join(self._runs)
        calculated = self._formula is not None or any(_within(area, self._row, self._column) for area in self._arrays)
        if calculated:
            self._cells.grid.formulas[self._row, self._column] = f"={self._formula or ''}"
            if self._lacks_result(value):
                self._cells.put(self._row, self._column, Broken(FORMULA_WITHOUT_VALUE))
                return
        if value is not None:
            self._cells.take(self._row, self._column, self._type, self._style, value)

    def _lacks_result(self, value: str | None) -> bool:
        if self._recalculates is None:
            return False
        if value is None or not value.strip():
            return True
        return self._recalculates and self._type in {None, "n"} and float_of(value) == 0

    def start_mergeCell(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        if len(self._cells.grid.merged) == MAX_MERGED:
            raise Refused("合并的单元格多得异常；请取消合并后重新保存")
        self._cells.grid.merged.append(area_of(attributes.get("ref", "")))


# --- Cells ----------------------------------------------------------------------------------------------------------


class _Cells:
    """Gathers the cells of a sheet by column."""

    def __init__(self, book: Book) -> None:
        self.grid = Grid()
        self._book = book
        self._columns: defaultdict[int, Column] = defaultdict(lambda: ([], []))

    def take(self, row: int, column: int, kind: str | None, style: str | None, text: str) -> None:
        """Take a cell as the XML has it."""
        self.put(row, column, self._book.value(kind, style, text))

    def put(self, row: int, column: int, value: Any) -> None:
        """Take a cell's value."""
        rows, values = self._columns[column]
        rows.append(row)
        values.append(value)

    def take_rows(self, letters: Sequence[str], rows: Sequence[str], cells: Sequence[Sequence[str | None]]) -> None:
        """Take whole rows of plain cells: two sequences a column, attributes and texts, None where no cell stands."""
        numbers = list(map(int, rows))
        for letter, attributes, texts in zip(letters, cells[::2], cells[1::2], strict=True):
            column_rows, values = self._columns[place_of(f"{letter}1")[1]]
            column_rows += numbers
            read_as = {one: self._read_as(one, texts) for one in set(attributes)}
            if len(read_as) == 1:
                values += map(read_as[attributes[0]].__getitem__, texts)
            else:
                values += [read_as[one][text] for one, text in zip(attributes, texts, strict=True)]

    def _read_as(self, attributes: str | None, texts: Iterable[str | None]) -> Mapping[str | None, Any]:
        """Text to value, for cells of these attributes."""
        named = dict(_ATTRIBUTE.findall(attributes or ""))
        kind, style = named.get("t"), named.get("s")
        if kind == "s":
            return self._book.texts
        if kind != "b":
            return self._book.numbers(style)
        return {text: None if text is None else self._book.value(kind, style, text) for text in set(texts)}

    def finished(self, times: int) -> Grid:
        """The grid, its rows in order; refused where it holds too much, or a cell twice."""
        for number, found in sorted(self._columns.items()):
            rows, values = _in_order(number, *_filled(*found))
            if rows and (number > MAX_COLUMNS or rows[-1] > MAX_ROWS * times):
                place = f"{get_column_letter(number)}{rows[-1]}"
                raise Refused(f"单元格 {place} 离表格太远，行列数远大于正常的工作簿；请删除多余的行列后重新保存")
            if rows:
                self.grid.columns[number] = rows, values
        if self._text_size() > MAX_TEXT * times:
            raise Refused("文字展开后远大于正常的工作簿，未予打开；请核对文件来源")
        return self.grid

    def _text_size(self) -> int:
        """Characters of all cells; at most, where that is little."""
        most = self._book.longest * sum(len(rows) for rows, _ in self.grid.columns.values())
        if most <= MAX_TEXT:
            return most
        return sum(len(value) for _, values in self.grid.columns.values() for value in values if type(value) is str)


def _filled(rows: list[int], values: list[Any]) -> Column:
    """The cells of a column in which something stands."""
    if None not in values:
        return rows, values
    standing = [value is not None for value in values]
    return list(compress(rows, standing)), list(compress(values, standing))


def _in_order(column: int, rows: list[int], values: list[Any]) -> Column:
    """The cells in the order of their rows; one that stands there twice has no meaning."""
    ordered = sorted(set(rows))
    if rows == ordered:
        return rows, values
    if len(ordered) < len(rows):
        twice = next(row for row, next_row in pairwise(sorted(rows)) if row == next_row)
        place = f"{get_column_letter(column)}{twice}"
        raise Refused(f"单元格 {place} 出现了两次，不知以哪个为准；请在 Excel 或 WPS 中另存后再试")
    by_row = dict(zip(rows, values, strict=True))
    return ordered, [by_row[row] for row in ordered]


# --- Rows of plain cells --------------------------------------------------------------------------------------------

_BLOCK: Final = 1 << 20
_PROLOGUE: Final = 200
#: Where the columns of a sheet are looked for, in bytes, and how many there may be.
_FIRST_ROWS, _MOST_PLAIN = 20_000, 100
_LETTER: Final = re.compile(r'<c r="([A-Z]{1,3})\d')
_ATTRIBUTE: Final = re.compile(r'([st])="(\w+)"', re.ASCII)
#: The attributes of a plain cell; the pattern of a row takes in more, since to look closely at each takes longer.
_ATTRIBUTES: Final = re.compile(r'(?: s="\d{1,5}")?(?: t="[snb]")?| t="[snb]" s="\d{1,5}"', re.ASCII)
#: Nothing else is to be known of such rows: neither are they hidden nor of no height.
_ROW: Final = (
    r'<row r="([1-9]\d{{0,6}})"(?: spans="[\d: ]*")?(?: s="\d+")?(?: customFormat="[01]")?(?: ht="[1-9][\d.]*")?'
    r'(?: customHeight="[01]")?{measures}>{cells}</row>'
)
_MEASURES: Final = r'(?: x14ac:dyDescent="[\d.]+")?'
_CELL: Final = r'(?:<c r="{letter}\1"([ st="nb\d]*+)(?:><v>([-+.\dEe]{{1,30}}+)</v></c>|/>|></c>))?+'
_UTF8: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^<>]*?encoding=["'][Uu][Tt][Ff]-8["'][^<>]*\?>[^<]*<""")
_ITEM: Final = re.compile('<si><t(?: xml:space="preserve")?>([^<&\\x00-\\x08\\x0b-\\x1f\ufffe\uffff]*)</t></si>')


@lru_cache
def _plain_row(letters: tuple[str, ...], *, measured: bool) -> re.Pattern[str]:
    """Matches a row of plain cells in some of these columns: its number, then attributes and text of each column.

    Excel's extension for the height of text is known only where its namespace is declared.
    """
    cells = "".join(_CELL.format(letter=letter) for letter in letters)
    return re.compile(_ROW.format(measures=_MEASURES if measured else "", cells=cells), re.ASCII)


def _plain_rows_taken(part: bytes, book: Book) -> tuple[_Cells, bytes]:
    """The cells of the rows of plain cells, and the part without them: of each stretch the last is left, empty."""
    cells, start, end = _Cells(book), part.find(b"<sheetData>"), part.rfind(b"</sheetData>")
    found = _LETTER.findall(part[start : start + _FIRST_ROWS].decode("latin-1")) if start < end else []
    letters = tuple(sorted(set(found), key=lambda letter: (len(letter), letter)))
    if not letters or len(letters) > _MOST_PLAIN or _has_comments(part):
        return cells, part
    left, plain_row = [part[:start]], _plain_row(letters, measured=b"xmlns:x14ac=" in part[:start])
    for block in _blocks(part, start, end):
        pieces = plain_row.split(block)
        groups = 2 + 2 * len(letters)
        between, rows, *contents = (pieces[place::groups] for place in range(groups))
        if not all(map(_ATTRIBUTES.fullmatch, filter(None, set().union(*contents[::2])))):
            return _Cells(book), part
        cells.take_rows(letters, rows, contents)
        left.append(_left(between, [f'<row r="{row}"/>' for row in rows]).encode("latin-1"))
    rest = b"".join([*left, part[end:]])
    return (cells, rest) if _is_simple(rest) else (_Cells(book), part)


def _left(between: list[str], marks: list[str]) -> str:
    """What stood between matches, and the mark of the last match of each stretch."""
    last = len(between) - 1
    ends = [place for place, text in enumerate(between) if place and (text or place == last)]
    return "".join([between[0], *(f"{marks[place - 1]}{between[place]}" for place in ends)])


def _blocks(part: bytes, start: int, end: int) -> Iterator[str]:
    """The part from start to end, about a megabyte at a time; no block ends within a tag. A character a byte."""
    while start < end:
        stop = part.find(b"<row", min(start + _BLOCK, end), end)
        stop = end if stop < 0 else stop
        yield part[start:stop].decode("latin-1")
        start = stop


def _is_simple(part: bytes) -> bool:
    """Whether every ``<`` in it begins a tag of the namespaces that the root declares."""
    return (
        _UTF8.match(part[:_PROLOGUE]) is not None
        and not _has_comments(part)
        and (part.count(b"?") == len("??") or part.count(b"<?") == 1)
        and part.find(b"xmlns", max(part.find(b"<sheetData"), part.find(b"<si"))) < 0
    )


def _has_comments(part: bytes) -> bool:
    """Whether there are comments or CDATA; to look for one character takes a tenth of the time."""
    return b"!" in part and b"<!" in part


def _usual_texts(part: bytes) -> list[str | None] | None:
    """The texts where all of them are plain; expat must find an empty one in place of each stretch of them."""
    try:
        pieces = _ITEM.split(part.decode())
    except UnicodeDecodeError:
        return None
    left, rest = _left(pieces[::2], ["<si/>"] * (len(pieces) // 2)), _Texts()
    if len(pieces) == 1 or not _is_simple(left.encode()) or b"]]>" in part:
        return None
    rest.read(left.encode())
    if rest.texts != [None] * left.count("<si/>"):  # Some stood where no texts belong, or there are other ones.
        return None
    return [unescaped(text) for text in pieces[1::2]] if b"_x" in part else [text or None for text in pieces[1::2]]


# --- Places ---------------------------------------------------------------------------------------------------------

_PLACE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")


def place_of(reference: str) -> tuple[int, int]:
    """Row and column, from 1.

    >>> place_of("B7"), place_of("$AB$12")
    ((7, 2), (12, 28))
    """
    match = _PLACE.fullmatch(reference)
    if match is None:
        raise Malformed(f"place {reference!r}")
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("@")
    return int(match[2]), column


def area_of(reference: str) -> Area:
    """First and last row and column.

    >>> area_of("D3:E4")
    (3, 4, 4, 5)
    """
    first, _, last = reference.partition(":")
    top, left = place_of(first)
    bottom, right = place_of(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def _within(area: Area, row: int, column: int) -> bool:
    return area[0] <= row <= area[2] and area[1] <= column <= area[3]


def _is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or has no size."""
    return is_true(attributes.get("hidden")) or float_of(attributes.get(size, "")) == 0


def is_true(word: str | None) -> bool:
    """A boolean of XML Schema."""
    return word in {"1", "true"}


def float_of(text: str) -> float | None:
    """The number that a text is, None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _number(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError as error:
        raise Malformed(f"number {text!r}") from error
