"""Sets cells of a worksheet in its XML; everything else stays, element by element."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from lxml import etree
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter, range_boundaries

from scoring.review.ooxml import WORKBOOK, CannotSave, Element, Package

#: Row and column of a cell, from 1.
Place = tuple[int, int]
Value = str | dt.date | None

_HEADER: Final = 1
_PRESERVE: Final = "{http://www.w3.org/XML/1998/namespace}space"
#: Excel reads _x0041_ in a stored text as the character of that number.
_ESCAPE_LIKE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
#: Attributes that belong to a cell's old value (type, metadata, phonetic display); address and style stay.
_OF_THE_VALUE: Final = ("t", "cm", "vm", "ph")
_DATE: Final = "14"  # the number format that every workbook has
_BUILT_IN_DAYS: Final = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58})
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_DAY_ZERO: Final = {False: dt.date(1899, 12, 30), True: dt.date(1904, 1, 1)}


def set_cells(package: Package, sheet: str, cells: Mapping[Place, Value]) -> None:
    """Set cells of a worksheet; a table that begins in its first row grows with them.

    Parameters
    ----------
    cells
        Position to text, day, or None for an empty cell. Texts hold no character that XML forbids.

    Raises
    ------
    CannotSave
        When a cell holds a formula or lies within merged cells, or a table cannot grow.
    """
    part = package.sheets[sheet]
    grid = Grid(package, sheet, part)
    for place in sorted(cells):
        grid.set(place, cells[place])
    filled = [place for place, value in cells.items() if value is not None]
    if filled:
        _grow_dimension(grid.root, filled)
        _grow_tables(package, sheet, part, filled)


def free_columns(package: Package, sheet: str) -> Iterator[int]:
    """The empty columns after a worksheet's headers; from 1."""
    used = Grid(package, sheet, package.sheets[sheet]).used
    last = max((column for row, column in used if row == _HEADER), default=0)
    taken = {column for _, column in used}
    return (column for column in itertools.count(last + 1) if column not in taken)


class Grid:
    """The rows and cells of a worksheet."""

    def __init__(self, package: Package, name: str, part: str) -> None:
        self._package, self._name, self._part = package, name, part
        self.root = package.tree(part)
        self._data = self.root.find(package.named("sheetData"))
        self._rows = {int(row.get("r")): row for row in _numbered(self._data, package.named("row"))}
        self._styles = DateStyles(package)

    @property
    def used(self) -> set[Place]:
        """The positions of cells that hold something."""
        return {
            coordinate_to_tuple(cell.get("r"))
            for number, row in self._rows.items()
            for cell in _numbered(row, self._package.named("c"), number)
            if len(cell)
        }

    def set(self, place: Place, value: Value) -> None:
        """Put a value into a cell, which keeps its style; a new cell takes that of its column."""
        cell = self._cell(place)
        if cell is None and value is None:
            return
        self._refuse_unsettable(place, cell)
        if cell is None:
            cell = self._new_cell(place)
        for child in list(cell):
            cell.remove(child)
        for name in _OF_THE_VALUE:
            cell.attrib.pop(name, None)
        if isinstance(value, str):
            self._set_text(cell, value)
        elif value is not None:
            self._set_day(cell, value)
        self._package.touch(self._part)

    def _set_text(self, cell: Element, text: str) -> None:
        cell.set("t", "inlineStr")
        holder = etree.SubElement(cell, self._package.named("is"))
        written = etree.SubElement(holder, self._package.named("t"), {_PRESERVE: "preserve"})
        written.text = _ESCAPE_LIKE.sub("_x005F_", text)

    def _set_day(self, cell: Element, day: dt.date) -> None:
        cell.set("s", self._styles.like(cell.get("s", "0")))
        etree.SubElement(cell, self._package.named("v")).text = str((day - self._day_zero).days)

    @cached_property
    def _day_zero(self) -> dt.date:
        properties = self._package.tree(WORKBOOK).find(self._package.named("workbookPr"))
        return _DAY_ZERO[properties is not None and properties.get("date1904") in {"1", "true"}]

    def _cell(self, place: Place) -> Element | None:
        row = self._rows.get(place[0])
        if row is None:
            return None
        cells = _numbered(row, self._package.named("c"), place[0])
        return next((cell for cell in cells if coordinate_to_tuple(cell.get("r")) == place), None)

    def _new_cell(self, place: Place) -> Element:
        row = self._row(place[0])
        row.attrib.pop("spans", None)  # A hint for faster loading, wrong once a cell lies outside.
        cell = etree.Element(self._package.named("c"), r=_name(place))
        style = self._style_of_new(place, row)
        if style is not None:
            cell.set("s", style)
        before = [
            other
            for other in row.iterchildren(self._package.named("c"))
            if coordinate_to_tuple(other.get("r"))[1] < place[1]
        ]
        row.insert(row.index(before[-1]) + 1 if before else 0, cell)
        return cell

    def _row(self, number: int) -> Element:
        if number not in self._rows:
            before = max((other for other in self._rows if other < number), default=None)
            at = 0 if before is None else self._data.index(self._rows[before]) + 1
            self._rows[number] = etree.Element(self._package.named("row"), r=str(number))
            self._data.insert(at, self._rows[number])
        return self._rows[number]

    def _style_of_new(self, place: Place, row: Element) -> str | None:
        """The style of the data cell above (for a header, of the one before it); else that of the row or column."""
        number, column = place
        beside = (number, column - 1) if number == _HEADER else (number - 1, column)
        if number != _HEADER + 1 and (neighbour := self._cell(beside)) is not None:
            return str(neighbour.get("s", "0"))
        if row.get("customFormat") in {"1", "true"}:
            return str(row.get("s", "0"))
        for columns in self.root.iterfind(f"{self._package.named('cols')}/{self._package.named('col')}"):
            if int(columns.get("min")) <= column <= int(columns.get("max")):
                return columns.get("style")  # type: ignore[no-any-return]
        return None

    def _refuse_unsettable(self, place: Place, cell: Element | None) -> None:
        where = f"《{self._name}》{_name(place)} "
        formula = self._package.named("f")
        if cell is not None and cell.find(formula) is not None:
            raise CannotSave(f"{where}是公式；请在 Excel 或 WPS 中改为数值或清空，重新载入后再保存")
        if any(_within(place, array.get("ref")) for array in self._arrays):
            raise CannotSave(f"{where}在数组公式的区域内；请在 Excel 或 WPS 中清除该公式，重新载入后再保存")
        merged = f"{self._package.named('mergeCells')}/{self._package.named('mergeCell')}"
        if any(_within(place, area.get("ref")) for area in self.root.iterfind(merged)):
            raise CannotSave(f"{where}在合并的单元格内；请在 Excel 或 WPS 中取消合并，重新载入后再保存")

    @cached_property
    def _arrays(self) -> list[Element]:
        formulas = self._data.iter(self._package.named("f"))
        return [formula for formula in formulas if formula.get("t") in {"array", "dataTable"} and formula.get("ref")]


class DateStyles:
    """Styles of a workbook that show a number as a day."""

    def __init__(self, package: Package) -> None:
        self._package = package

    def like(self, style: str) -> str:
        """The number of a style that looks like ``style`` and shows a day: itself, or a new one."""
        base = self._formats[int(style)]
        if self._shows_day(base):
            return style
        added = copy.deepcopy(base)
        added.set("numFmtId", next((each.get("numFmtId") for each in self._formats if self._shows_day(each)), _DATE))
        added.set("applyNumberFormat", "1")
        self._formats.append(added)
        self._formats.set("count", str(len(self._formats)))
        self._package.touch(self._part)
        return str(len(self._formats) - 1)

    @cached_property
    def _part(self) -> str:
        for part in self._package.related(WORKBOOK, "styles").values():
            return part
        raise CannotSave("工作簿没有样式表，无法写入日期；请在 Excel 或 WPS 中打开并另存，重新载入后再保存")

    @cached_property
    def _formats(self) -> Element:
        return self._package.tree(self._part).find(self._package.named("cellXfs"))

    @cached_property
    def _codes(self) -> dict[int, str]:
        own = self._package.tree(self._part).iter(self._package.named("numFmt"))
        return {int(code.get("numFmtId")): code.get("formatCode", "") for code in own}

    def _shows_day(self, style: Element) -> bool:
        number = int(style.get("numFmtId", "0"))
        code = self._codes.get(number)
        if code is None:
            return number in _BUILT_IN_DAYS
        return is_date_format(code) and bool(set("yYdD") & set(_QUOTED.sub("", code)))


def _grow_dimension(root: Element, filled: list[Place]) -> None:
    """Make the sheet's stated dimension hold every cell."""
    stated = root.find(f"{{{etree.QName(root).namespace}}}dimension")
    if stated is not None and stated.get("ref"):
        left, top, right, bottom = range_boundaries(stated.get("ref"))
        rows, columns = zip(*filled, strict=True)
        stated.set("ref", _range(min(left, *columns), min(top, *rows), max(right, *columns), max(bottom, *rows)))


def _grow_tables(package: Package, sheet: str, part: str, filled: list[Place]) -> None:
    """Let each table that begins in the header row hold the new rows."""
    tables = {name: package.tree(name) for name in package.related(part, "table").values()}
    for name, table in tables.items():
        old = table.get("ref")
        left, top, right, bottom = range_boundaries(old)
        last = max((row for row, column in filled if left <= column <= right), default=0)
        if top != _HEADER or last <= bottom:
            continue
        new = _range(left, top, right, last)
        others = [other.get("ref") for other in tables.values() if other is not table]
        if table.get("totalsRowCount", "0") != "0" or any(_overlap(new, other) for other in others):
            raise CannotSave(
                f"《{sheet}》的表格（{old}）带有汇总行，或下方还有别的表格，容不下新的一行；"
                "请在 Excel 或 WPS 中去掉汇总行、移开别的表格，重新载入后再保存"
            )
        table.attrib.pop("insertRow", None)
        for ranged in (table, *table.iterchildren(package.named("autoFilter"))):
            ranged.set("ref", new)
        package.touch(name)


def _numbered(parent: Element, tag: str, row: int = 0) -> list[Element]:
    """The rows of a sheet, or the cells of ``row``, each with its position, which a file may leave out."""
    children, last = list(parent.iterchildren(tag)), 0
    for child in children:
        if child.get("r") is None:
            child.set("r", _name((row, last + 1)) if row else str(last + 1))
        last = coordinate_to_tuple(child.get("r"))[1] if row else int(child.get("r"))
    return children


def _name(place: Place) -> str:
    return f"{get_column_letter(place[1])}{place[0]}"


def _range(left: int, top: int, right: int, bottom: int) -> str:
    first, last = _name((top, left)), _name((bottom, right))
    return first if first == last else f"{first}:{last}"


def _within(place: Place, area: str) -> bool:
    left, top, right, bottom = range_boundaries(area)
    return bool(top <= place[0] <= bottom and left <= place[1] <= right)


def _overlap(one: str, other: str) -> bool:
    left, top, right, bottom = range_boundaries(one)
    other_left, other_top, other_right, other_bottom = range_boundaries(other)
    return bool(left <= other_right and other_left <= right and top <= other_bottom and other_top <= bottom)
