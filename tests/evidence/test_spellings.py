"""One workbook in thousands of spellings reads to the same tables, or the cell that shows no value is named."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from evidence.spellings import ENCODINGS, Broken, Spelling, Table, each_alone, spelled
from evidence_builder import FACTS, HEADERS, NAMES, SCHEME, SHEETS, faultless
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from libreoffice import convert
from openpyxl.utils import get_column_letter

from scoring import Scheme, assess
from scoring.evidence.reading.cells import READERS
from scoring.evidence.reading.read import read_workbook
from scoring.evidence.reading.workbook import Workbook
from scoring.evidence.reading.worksheet import FORMULA_WITHOUT_VALUE

SPELLINGS = st.builds(
    Spelling,
    seed=st.integers(0, 2**32),
    prefix=st.sampled_from(("", "", "x", "main", "ss1")),
    other_prefix=st.sampled_from(("", "", "x", "ns0")),
    strict=st.booleans(),
    places=st.sampled_from(("all", "all", "none", "rows", "cells")),
    texts=st.sampled_from(("shared", "shared", "inline", "formula", "mixed")),
    rich=st.booleans(),
    phonetic=st.booleans(),
    cdata=st.booleans(),
    references=st.booleans(),
    days=st.sampled_from(("serial", "iso", "text", "mixed")),
    from_1904=st.booleans(),
    numbers=st.booleans(),
    quote=st.sampled_from(('"', "'")),
    spaced=st.booleans(),
    pretty=st.booleans(),
    comments=st.booleans(),
    encoding=st.sampled_from(ENCODINGS),
    targets=st.sampled_from(("relative", "absolute", "dotted", "odd case", "other folder", "backslash")),
    dimension=st.sampled_from(("right", "none", "lying")),
    empty_texts=st.booleans(),
    empty_cells=st.booleans(),
    styles=st.booleans(),
    stored=st.booleans(),
    blanks=st.booleans(),
)
WORDS = st.sampled_from(("#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALUE!", "#SPILL!"))
BROKEN = st.builds(Broken, st.sampled_from(("error", "pasted", "no value", "blank value")), WORDS)
#: In a workbook that is to be calculated when it is opened a 0 is no result of a formula either.
RECALCULATED = BROKEN | st.builds(Broken, st.just("recalculated"))
A_FEW = 3


def tables() -> dict[str, Table]:
    """The faultless workbook, cut to a few rows a sheet, with letters of every kind of cell."""
    evidence = faultless().add(
        "领导信箱 | 信件编号=20170012 | 来信日期=2017-03-05 | 回复日期=2017-03-06 | 回复内容=一\n二 <b>&amp; ]]>",
        "领导信箱 | 信件编号=RSJ-7 | 来信日期=2017-02-28 | 回复日期=2017-03-06 | 回复内容= 已办理_x0041_。",
        "复核记录 | 发现编号=3.2.1-未建立信箱",
    )
    cut = {name: rows[-A_FEW:] for name, rows in evidence.sheets.items()}
    return {
        name: [HEADERS[name], *([row.get(column) for column in HEADERS[name]] for row in rows[:2]), [], *(
            [row.get(column) for column in HEADERS[name]] for row in rows[2:]
        )]
        for name, rows in cut.items()
    }  # fmt: skip


TABLES = tables()
OF_SHEETS = st.lists(SPELLINGS, min_size=len(TABLES), max_size=len(TABLES))
#: For each sheet, a cell below the header in which something stands: its row and column.
CELLS = {
    name: st.sampled_from([
        (row, column)
        for row, cells in enumerate(table[1:], 2)
        for column, value in enumerate(cells, 1)
        if value is not None
    ])
    for name, table in TABLES.items()
    if any(map(any, table[1:]))
}  # fmt: skip
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def read(content: bytes, folder: Path) -> Workbook:
    path = folder / "人社局.xlsx"
    path.write_bytes(content)
    return read_workbook(path, SCHEME)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return read(spelled(TABLES, Spelling()), tmp_path_factory.mktemp("plain"))


def as_read(workbook: Workbook) -> dict[str, Any]:
    """The tables, each 内容 of 基本信息 read as its 项目 wants it."""
    kinds = {fact.name: fact.kind for fact in FACTS}
    facts = workbook.cells["facts"].columns
    contents = [READERS[kinds[item]](content) for item, content in zip(facts["item"], facts["content"], strict=True)]
    tables = {key: (cells.rows, cells.columns) for key, cells in workbook.cells.items()}
    return tables | {"facts": (workbook.cells["facts"].rows, contents)}


def test_the_plain_spelling_reads_to_what_was_written(plain: Workbook) -> None:
    assert (plain.faults, plain.notices) == ([], [])
    for sheet in SHEETS:
        cells = plain.cells[sheet.key]
        columns = [cells.columns[column.key] for column in sheet.columns if column is not NAMES]
        for row, *values in zip(cells.rows, *columns, strict=True):
            written = [None if value is None else value for value in TABLES[sheet.name][row - 1]]
            assert [_shown(value) for value in values] == [_shown(value) for value in written]


def _shown(value: Any) -> str:
    return "" if value is None else str(value).strip().replace("_x0041_", "A").removesuffix(".0")


@settings(max_examples=200, suppress_health_check=SLOW)
@given(spelling=SPELLINGS, sheets=OF_SHEETS)
def test_every_spelling_reads_to_the_same_tables(
    spelling: Spelling, sheets: list[Spelling], plain: Workbook, tmp_path: Path
) -> None:
    """Fifteen sheets, each in its own spelling: three thousand in a run."""
    workbook = read(spelled(TABLES, spelling, sheets=sheets), tmp_path)
    assert (workbook.faults, workbook.notices) == ([], [])
    assert as_read(workbook) == as_read(plain)


@settings(max_examples=100, suppress_health_check=SLOW)
@given(
    spelling=SPELLINGS,
    sheets=OF_SHEETS,
    broken=st.sampled_from((BROKEN, RECALCULATED)).flatmap(
        lambda cells: st.tuples(*(st.tuples(place, cells) for place in CELLS.values()))
    ),
)
def test_a_cell_that_shows_no_value_is_named(
    spelling: Spelling, sheets: list[Spelling], broken: Any, tmp_path: Path
) -> None:
    """One of each sheet, so that well over a thousand are tried in a run, in workbooks to be calculated and others."""
    changed = {name: [list(cells) for cells in table] for name, table in TABLES.items()}
    expected = []
    for sheet, ((row, column), cell) in zip(CELLS, broken, strict=True):
        changed[sheet][row - 1][column - 1] = cell
        found = f"“{cell.word}”是 Excel 的错误值" if cell.kind in {"error", "pasted"} else FORMULA_WITHOUT_VALUE
        expected.append((sheet, f"{get_column_letter(column)}{row}", found))
    recalculated = any(cell.kind == "recalculated" for _, cell in broken)
    content = spelled(changed, replace(spelling, recalculates=recalculated), sheets=sheets)
    faults = read(content, tmp_path).faults
    assert [(fault.sheet, fault.cell, fault.found) for fault in faults] == expected


def test_spelled_workbooks_get_the_same_scores(tmp_path: Path, scheme: Scheme) -> None:
    """Nine departments, each in other spellings, have the scorecard of the plain one."""
    chance, scores = random.Random(7), {}  # noqa: S311 - no secret
    for folder, spellings in (("plain", [Spelling()] * 9), ("spelled", _some(chance, 9))):
        (tmp_path / folder).mkdir()
        for name, spelling in zip(scheme.departments, spellings, strict=True):
            own = {sheet: [list(cells) for cells in table] for sheet, table in _whole().items()}
            own["基本信息"][1][1] = name
            (tmp_path / folder / f"{name}.xlsx").write_bytes(spelled(own, spelling))
        assessment = assess(sorted((tmp_path / folder).glob("*.xlsx")), scheme)
        assert assessment.faults == {}
        scores[folder] = [card.to_json() | {"evidence": None} for card in assessment.scorecards]
    assert scores["plain"] == scores["spelled"]


def _whole() -> dict[str, Table]:
    sheets = faultless().add("领导信箱 ×3 | 来信日期=2017-03-05", "监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字").sheets
    return {
        name: [HEADERS[name], *([row.get(column) for column in HEADERS[name]] for row in rows)]
        for name, rows in sheets.items()
    }


def _some(chance: random.Random, count: int) -> list[Spelling]:
    return [
        Spelling(
            seed=chance.randrange(2**32),
            prefix=chance.choice(("", "x")),
            strict=chance.random() < 0.5,
            places=chance.choice(("all", "none", "rows", "cells")),
            texts=chance.choice(("shared", "inline", "formula", "mixed")),
            rich=chance.random() < 0.5,
            days="mixed",
            from_1904=chance.random() < 0.5,
            comments=chance.random() < 0.5,
            encoding=chance.choice(ENCODINGS),
        )
        for _ in range(count)
    ]


# --- Programs that people use ----------------------------------------------------------------------------------------


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in TABLES.items():
        sheet = book.create_sheet(name)
        for number, cells in enumerate(table, 1):
            for column, value in enumerate(cells, 1):
                if value is not None:
                    cell = sheet.cell(number, column, value)
                    cell.data_type = "s" if isinstance(value, str) else cell.data_type
    book.save(path)


def by_openpyxl_write_only(path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    for name, table in TABLES.items():
        sheet = book.create_sheet(name)
        for cells in table:
            sheet.append(list(cells))
    book.save(path)


def by_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy/m/d", "strings_to_urls": False}) as book:
        for name, table in TABLES.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(table):
                for column, value in enumerate(cells):
                    if isinstance(value, dt.date):
                        sheet.write_datetime(number, column, dt.datetime.combine(value, dt.time()))
                    elif value is not None:
                        sheet.write(number, column, value)


@pytest.mark.parametrize("write", [by_openpyxl, by_openpyxl_write_only, by_xlsxwriter])
def test_libraries_write_the_same(write: Any, plain: Workbook, tmp_path: Path) -> None:
    path = tmp_path / "人社局.xlsx"
    write(path)
    workbook = read_workbook(path, SCHEME)
    assert workbook.faults == []
    assert _without_escapes(as_read(workbook)) == _without_escapes(as_read(plain))


@pytest.mark.thorough
@pytest.mark.parametrize("by_way_of", ["xlsx", "ods"])
def test_libreoffice_writes_the_same(by_way_of: str, plain: Workbook, tmp_path: Path) -> None:
    source = tmp_path / "人社局.xlsx"
    by_openpyxl(source)
    for step, form in enumerate(("ods", "xlsx") if by_way_of == "ods" else ("xlsx",)):
        out = tmp_path / f"step{step}"
        convert([source], out, tmp_path / "profile", form)
        source = out / f"人社局.{form}"
    workbook = read_workbook(source, SCHEME)
    assert workbook.faults == []
    assert _without_escapes(as_read(workbook)) == _without_escapes(as_read(plain))


def _without_escapes(tables: dict[str, Any]) -> str:
    """Libraries write ``_x005F_x0041_`` where they are given ``_x0041_``, so that Excel shows just that."""
    return str(tables).replace("_x0041_", "A")


def test_each_spelling_alone_is_one_of_them(plain: Workbook, tmp_path: Path) -> None:
    for spelling in each_alone():
        assert as_read(read(spelled(TABLES, spelling), tmp_path)) == as_read(plain), spelling
