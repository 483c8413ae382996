"""The validations of the blank workbook, made from the scheme's sheets.

They use only what Excel, WPS and LibreOffice all understand: plain formulas over ranges, some of them named. A list on
another sheet always has a name, since Excel saves a direct reference in an extension that others drop. They refuse
nothing that reading accepts, except a date typed as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name

from scoring.evidence.reading.cells import EARLIEST, LATEST
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, LEAVES, Column, Kind, Sheet

#: How many rows below the header have validations and hints.
ROWS: Final = 5000
#: Characters that Excel allows in a list of words, and in the messages of a validation.
LONGEST: Final = 255
#: Name of the list of the leaves' codes.
LEAF_LIST: Final = "末级指标编号"

_FIRST, _LAST = 2, ROWS + 1


def _formula(day: dt.date) -> str:
    return f"DATE({day.year},{day.month},{day.day})"


_FIRST_DAY, _LAST_DAY = _formula(EARLIEST), _formula(LATEST)
#: The last value that a column of days takes, and one of moments.
_LAST_OF: Final = {Kind.DATE: _LAST_DAY, Kind.MOMENT: f"{_LAST_DAY}+TIME(23,59,59)"}


@dataclass(frozen=True)
class Entry:
    """What may be entered in a cell: the validation in XlsxWriter's words, empty for anything, and in Chinese."""

    criteria: dict[str, Any]
    expected: str


def pair_names(sheet: Sheet) -> tuple[str, str]:
    """Names of a sheet's table of pairs: its column of deciding words, and the words that belong to them."""
    return f"{sheet.name}_分类", f"{sheet.name}_选项"


def list_name(sheet: Sheet) -> str:
    """Name of the list of the words in a sheet's unique column."""
    return f"{sheet.name}清单"


def cells_of(sheet: Sheet, column: Column) -> str:
    """The cells of a column under its header, such as ``$B$2:$B$5001``."""
    letter = xl_col_to_name(sheet.columns.index(column), col_abs=True)
    return f"{letter}${_FIRST}:{letter}${_LAST}"


def cell_of(sheet: Sheet, column: Column) -> str:
    """The column's cell in the row of a validation, such as ``$B2``."""
    return f"{xl_col_to_name(sheet.columns.index(column), col_abs=True)}{_FIRST}"


def times_given(sheet: Sheet, column: Column) -> str:
    """Formula: how often the cell's value occurs in its column."""
    cells, cell = cells_of(sheet, column), cell_of(sheet, column)
    # COUNTIF would take 1.10 for 1.1 and * for anything; EXACT finds no date in LibreOffice.
    same = f"{cells}={cell}" if column.kind in DAYS else f"EXACT({cells},{cell})"
    return f"SUMPRODUCT(--({same}))"


def entry(sheet: Sheet, column: Column, scheme: Scheme) -> Entry:
    """What a column accepts."""
    if found := _listed(sheet, column, scheme):
        return found
    if column.kind in DAYS:
        return _date(sheet, column)
    if column.kind is Kind.NUMBER:
        return _number(column, cell_of(sheet, column))
    if sheet.unique == column.key:
        return Entry(_custom(f"={times_given(sheet, column)}<2"), f"不与其他行重复的{column.name}")
    return Entry({}, column.expected)


def fact_entry(fact: Column, cell: str, scheme: Scheme) -> Entry:
    """What 内容 accepts beside one 项目 of 基本信息; ``cell`` is its address."""
    year = scheme.year
    match fact:
        case Column(key="department") if len(",".join(scheme.departments)) <= LONGEST:
            found = Entry(_list(scheme.departments), f"考核对象之一：{'、'.join(scheme.departments)}")
        case Column(key="year"):
            found = Entry(_custom(f'={cell}&""="{year}"'), f"考核年度 {year}")
        case Column(key="cut_off"):
            within = _between("date", f"={_formula(dt.date(year, 1, 1))}", f"={_formula(dt.date(year, 12, 31))}")
            found = Entry(within, f"{year} 年内的一天，如 {year}-12-31")
        case Column(kind=Kind.HOST):
            bare = f'=AND(ISNUMBER(FIND(".",{cell})),ISERROR(FIND("/",{cell})),ISERROR(FIND(":",{cell})))'
            found = Entry(_custom(bare), fact.expected)
        case Column(kind=Kind.NUMBER):
            found = _number(fact, cell)
        case Column(kind=Kind.CHOICE):
            found = Entry(_list(fact.choices), fact.expected)
        case Column(kind=Kind.DATE | Kind.MOMENT):
            found = Entry(_between("date", f"={_FIRST_DAY}", f"={_LAST_OF[fact.kind]}"), fact.expected)
        case _:
            found = Entry({}, fact.expected)
    return found


def _listed(sheet: Sheet, column: Column, scheme: Scheme) -> Entry | None:
    """A column that takes a word of a list: its own, another sheet's, or one chosen by another cell of the row."""
    if column.choices:
        return Entry(_list(column.choices), column.expected)
    if column.one_of == LEAVES and sheet.key not in scheme.pairs:
        first, last = scheme.leaves[0].code, scheme.leaves[-1].code
        return Entry(_list(f"={LEAF_LIST}"), f"末级指标的编号之一，如 {first}、{last}")
    if column.one_of and column.one_of != LEAVES:
        lists = scheme.sheet(column.one_of)
        name = list_name(lists)
        last = f"SUMPRODUCT(MAX((LEN({name})>0)*ROW({name})))"  # The last row that is given.
        given = _list(f"=OFFSET({name},0,0,MAX(1,{last}-{_FIRST - 1}),1)")
        # Else Excel accepts anything once the list has a blank in it.
        return Entry({**given, "ignore_blank": False}, f"《{lists.name}》列出的{column.name}之一")
    if any(other.paired_with == column.key for other in sheet.columns):
        words = "、".join(scheme.pairs[sheet.key])
        return Entry(_list(f"={pair_names(sheet)[0]}"), f"这些{column.name}之一：{words}")
    if column.paired_with:
        by = sheet.column(column.paired_with)
        return Entry(_list(_paired_list(sheet, by)), f"与本行{by.name}相配的{column.name}之一")
    return None


def _date(sheet: Sheet, column: Column) -> Entry:
    cell, first, last = cell_of(sheet, column), _FIRST_DAY, _LAST_OF[column.kind]
    expected = column.expected
    if column.not_before:
        earlier = sheet.column(column.not_before)
        start = cell_of(sheet, earlier)
        if column.kind is not earlier.kind:  # A day and a moment of that day are in order.
            start = f"INT({start})"
        first, expected = f"MAX({start},{first})", f"{expected}，不早于{earlier.name}"
    if sheet.unique == column.key:
        once = f"=AND(ISNUMBER({cell}),{cell}>={first},{cell}<={last},{times_given(sheet, column)}<2)"
        return Entry(_custom(once), f"{expected}，不与其他行重复")
    return Entry(_between("date", f"={first}", f"={last}"), expected)


def _number(column: Column, cell: str) -> Entry:
    least, most = (None if bound is None else f"{float(bound):.15g}" for bound in (column.least, column.most))
    if least is None and most is None:
        return Entry(_custom(f"=ISNUMBER({cell})"), column.expected)
    if least is not None and most is not None:
        return Entry(_between("decimal", least, most), column.range_words)
    criteria, bound = (">=", least) if most is None else ("<=", most)
    return Entry({"validate": "decimal", "criteria": criteria, "value": bound}, column.range_words)


def _list(source: Sequence[str] | str) -> dict[str, Any]:
    return {"validate": "list", "source": source if isinstance(source, str) else list(source)}


def _custom(formula: str) -> dict[str, Any]:
    return {"validate": "custom", "value": formula}


def _between(kind: str, minimum: Any, maximum: Any) -> dict[str, Any]:
    return {"validate": kind, "criteria": "between", "minimum": minimum, "maximum": maximum}


def _paired_list(sheet: Sheet, by: Column) -> str:
    """The words that belong to the row's word of ``by``: the filled part of a row of the table of pairs."""
    deciding, words = pair_names(sheet)
    found = f"INDEX({words},MATCH({cell_of(sheet, by)},{deciding},0),0)"
    return f"=OFFSET({words},MATCH({cell_of(sheet, by)},{deciding},0)-1,0,1,COUNTA({found}))"
