"""The blank evidence workbook and parts of one, made from the scheme's sheets.

Every sheet to fill in has a header with notes, and cells that show what they expect and refuse anything else.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from scoring.base.characters import breadth
from scoring.base.xlsx import write_text
from scoring.evidence.template.entries import LONGEST, ROWS, Entry, cell_of, entry, fact_entry, times_given
from scoring.evidence.template.guide import NAME, path_of, write_guide
from scoring.evidence.template.looks import FONT, LINE, Looks, height, necessity, set_up, width
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, INSPECTIONS, LEAVES, NOT_INSPECTED, Column, Sheet

__all__ = ["blank", "for_department", "part"]

#: Width of a note: in columns, and in pixels.
_NOTE: Final = (40, 300)
_POINTS_TO_PIXELS: Final = 4 / 3
_NO_ROWS: Final[Mapping[str, Any]] = {}
#: The 项目 of 基本信息 that a part has.
_OF_PART: Final = ("department", "year")
_NECESSITY: Final = {"required": "必填", "voluntary": "选填", "automatic": "由程序填写"}


def blank(scheme: Scheme) -> bytes:
    """The empty workbook of the scheme's year: the same bytes whenever it is made."""
    return _workbook(scheme, {}, scheme.facts, scheme.sheets_to_fill_in, {})


def for_department(scheme: Scheme, department: str) -> bytes:
    """A department's workbook to start with: 部门 and 年度 are filled in, every leaf is 未核查.

    Raises
    ------
    ValueError
        When the scheme does not assess that department; the message, in Chinese, lists those assessed.
    """
    facts = _facts_of(scheme, department)
    leaves = [{"code": leaf.code, "status": NOT_INSPECTED} for leaf in scheme.leaves]
    return _workbook(scheme, facts, scheme.facts, scheme.sheets_to_fill_in, {INSPECTIONS: leaves})


def part(
    scheme: Scheme,
    department: str,
    sheets: Iterable[str],
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = _NO_ROWS,
) -> bytes:
    """A part of a department's evidence: 基本信息 with 部门 and 年度, and some sheets; always the same bytes.

    Parameters
    ----------
    scheme, department
        The scheme, and one of its departments.
    sheets
        Keys of the sheets, in any order.
    rows
        Key of a sheet to its rows: key of a column to a text, date, datetime, number or None.

    Raises
    ------
    KeyError
        When the scheme has no such sheet.
    ValueError
        When the scheme does not assess that department.
    """
    wanted = {FACTS, *(scheme.sheet(key).key for key in sheets)}
    return _workbook(
        scheme,
        _facts_of(scheme, department),
        [fact for fact in scheme.facts if fact.key in _OF_PART],
        [sheet for sheet in scheme.sheets if sheet.key in wanted],
        rows,
    )


def _facts_of(scheme: Scheme, department: str) -> dict[str, str]:
    if department not in scheme.departments:
        raise ValueError(f"考核对象中没有“{department}”；应为：{'、'.join(scheme.departments)}之一")
    return {"department": department, "year": str(scheme.year)}


def _workbook(
    scheme: Scheme,
    facts: Mapping[str, str],
    items: Sequence[Column],
    sheets: Sequence[Sheet],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
) -> bytes:
    """A workbook of these 项目 of 基本信息, some filled in, and these sheets with their rows."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": FONT, "font_size": 10},
    }
    with xlsxwriter.Workbook(content, options) as book:
        # The file's bytes may not depend on the day it is made.
        created = dt.datetime(scheme.year, 1, 1, tzinfo=dt.UTC)
        book.set_properties({"title": f"佐证工作簿（{scheme.year_words}）", "created": created})
        looks = Looks(book)
        write_guide(book, book.add_worksheet(NAME), looks, scheme, sheets)
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            if sheet.key == FACTS:
                _write_facts(page, looks, scheme, facts, items)
            else:
                _write_page(page, sheet, looks, scheme, {one.key for one in sheets})
                _write_rows(page, sheet, looks, rows.get(sheet.key, ()))
            if sheet.key == INSPECTIONS:
                _name_leaves(page, looks, scheme, rows.get(sheet.key, ()))
    return content.getvalue()


def _write_page(page: Worksheet, sheet: Sheet, looks: Looks, scheme: Scheme, present: Container[str]) -> None:
    """Write an ordinary sheet, without rows; ``present`` has the keys of the workbook's sheets."""
    _set_up(page, sheet, looks, scheme.year)
    for at, column in enumerate(sheet.columns):
        # The list of a sheet in another part cannot be referred to.
        is_elsewhere = column.one_of and column.one_of != LEAVES and column.one_of not in present
        allowed = Entry({}, "") if is_elsewhere else entry(sheet, column, scheme)
        _annotate(page, (0, at), column, allowed, scheme.year)
        _restrict(page, (1, at, ROWS, at), column, allowed)
    _hint(page, sheet, looks)


def _write_rows(page: Worksheet, sheet: Sheet, looks: Looks, rows: Sequence[Mapping[str, Any]]) -> None:
    for number, row in enumerate(rows, start=1):
        for at, column in enumerate(sheet.columns):
            if (value := row.get(column.key)) is not None:
                _write_cell(page, number, at, value, looks.of(column))


def _write_cell(page: Worksheet, row: int, at: int, value: Any, look: Format) -> None:
    """Write a value as what it is; a text is never a formula, and a number that a cell would change is a text."""
    if isinstance(value, Decimal):
        value = float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, str):
        write_text(page, row, at, value, look)
    else:
        page.write(row, at, value, look)


def _name_leaves(page: Worksheet, looks: Looks, scheme: Scheme, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the leaves' names, which reading leaves out; the note of a leaf's row says where it belongs."""
    leaves = {leaf.code: leaf for leaf in scheme.leaves}
    names = scheme.sheet(INSPECTIONS).column("name")
    at = scheme.sheet(INSPECTIONS).columns.index(names)
    page.set_column(at, at, max(breadth(leaf.name) + 2 for leaf in scheme.leaves), looks.of(names))
    for number, row in enumerate(rows, start=1):
        if leaf := leaves.get(str(row.get("code"))):
            sheets = "".join(f"《{scheme.sheet(key).name}》" for key in leaf.sheets)
            page.write_string(number, at, leaf.name, looks.of(names))
            _note(page, number, 0, f"{path_of(scheme, leaf)}\n依据：{sheets}")


def _write_facts(
    page: Worksheet, looks: Looks, scheme: Scheme, facts: Mapping[str, str], items: Sequence[Column]
) -> None:
    """Write 基本信息: every 项目 is filled in and cannot be changed; each 内容 accepts values of its 项目 only."""
    sheet = scheme.sheet(FACTS)
    _set_up(page, sheet, looks, scheme.year)
    page.set_column(0, 0, max(breadth(fact.name) for fact in items) + 4)
    page.set_column(1, 1, max(width(fact, scheme.year) for fact in items), looks["any"])
    for at, column in enumerate(sheet.columns):
        _annotate(page, (0, at), column, Entry({}, ""), scheme.year)
    for row, fact in enumerate(items, start=1):
        allowed = fact_entry(fact, f"$B${row + 1}", scheme)
        page.write_string(row, 0, fact.name, looks[necessity(fact)])
        page.write(row, 1, facts.get(fact.key), looks.of(fact))
        _annotate(page, (row, 0), fact, allowed, scheme.year)
        own_name = Entry({"validate": "list", "source": [fact.name]}, f"“{fact.name}”；项目已经列好，请勿改动")
        _restrict(page, (row, 0, row, 0), fact, own_name)
        _restrict(page, (row, 1, row, 1), fact, allowed)
        if fact.required:
            page.conditional_format(row, 1, row, 1, _shown(f"=LEN(TRIM($B${row + 1}))=0", looks, "missing"))


def _set_up(page: Worksheet, sheet: Sheet, looks: Looks, year: int) -> None:
    set_up(page)
    page.set_row(0, LINE + 6)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, width(column, year), looks.of(column))
        page.write_string(0, at, column.name, looks[necessity(column)])
    # Codes such as 3.2 are text on purpose; suppress Excel's warning.
    page.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(sheet.columns) - 1)}{ROWS + 1}"})
    page.repeat_rows(0)
    page.set_header(f"&C{sheet.name}")


def _annotate(page: Worksheet, cell: tuple[int, int], column: Column, allowed: Entry, year: int) -> None:
    """Write the note on a header: what belongs here, what is accepted, an example."""
    lines = [f"{column.name}（{_NECESSITY[necessity(column)]}）", f"{column.about}。"]
    if allowed.criteria:
        lines.append(f"应填：{allowed.expected}。")
    if example := column.example_of(year):
        lines.append(f"示例：{example}")
    _note(page, *cell, "\n".join(lines))


def _note(page: Worksheet, row: int, at: int, text: str) -> None:
    columns, pixels = _NOTE
    tall = int(height(text, columns) * _POINTS_TO_PIXELS) + 6
    looks = {"author": "填写说明", "font_name": FONT, "font_size": 9, "width": pixels, "height": tall}
    page.write_comment(row, at, text, looks)


def _restrict(page: Worksheet, cells: tuple[int, int, int, int], column: Column, allowed: Entry) -> None:
    """Add the validation: show what is expected, refuse anything else; XlsxWriter drops what Excel cannot open."""
    if not allowed.criteria:
        return
    about, expected = (
        text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        for text in (f"{column.about}。\n应填：{allowed.expected}。", f"应填：{allowed.expected}。")
    )
    options = {
        "ignore_blank": True,
        "input_title": column.name,
        "input_message": about,
        "error_title": f"“{column.name}”填写有误",
        "error_message": expected,
        "error_type": "stop",
        **allowed.criteria,
    }
    if page.data_validation(*cells, options) != 0:
        raise ValueError(f"the validation of {column.name} exceeds a limit of Excel")


def _hint(page: Worksheet, sheet: Sheet, looks: Looks) -> None:
    """Colour faults that a validation cannot refuse: gaps in a started row, and values pasted twice."""
    last = xl_col_to_name(len(sheet.columns) - 1)
    for at, column in enumerate(sheet.columns):
        cell = cell_of(sheet, column)
        if column.key == sheet.unique:
            twice = f"=AND(LEN({cell})>0,{times_given(sheet, column)}>1)"
            page.conditional_format(1, at, ROWS, at, _shown(twice, looks, "repeated"))
        if column.required:
            missing = f"=AND(COUNTA($A2:${last}2)>0,LEN(TRIM({cell}))=0)"
            page.conditional_format(1, at, ROWS, at, _shown(missing, looks, "missing"))


def _shown(formula: str, looks: Looks, style: str) -> dict[str, Any]:
    return {"type": "formula", "criteria": formula, "format": looks[style]}
