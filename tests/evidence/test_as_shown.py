"""A number is read as its cell shows it, or refused with its cell."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from evidence.spellings import Spelling, spelled
from evidence.test_spellings import TABLES, as_read, read
from evidence_builder import FAULTLESS, SCHEME, faultless
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900

from scoring import Scheme, assess
from scoring.evidence.reading import formats
from scoring.evidence.reading.read import read_workbook
from scoring.evidence.reading.workbook import Workbook

UNLIKE = "单元格显示的内容与存储的数值"


def with_cell(folder: Path, sheet: str, place: str, value: Any, form: str) -> Workbook:
    book = openpyxl.load_workbook(FAULTLESS)
    book[sheet][place].value, book[sheet][place].number_format = value, form
    path = folder / "人社局.xlsx"
    book.save(path)
    return read_workbook(path, SCHEME)


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (12, "General", "12"),
        (12, "@", "12"),
        (12, "0", "12"),
        (12, "0_ ", "12"),
        (12, "00000", "00012"),
        (12, '"RSJ-2017-"0000', "RSJ-2017-0012"),
        (1.1, "0.00", "1.10"),
        (12, "#,##0", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (999_999_999_999_999, "0", "999999999999999"),
    ],
)
def test_a_code_is_what_its_cell_shows(value: float, form: str, shown: str, tmp_path: Path) -> None:
    workbook = with_cell(tmp_path, "领导信箱", "A2", value, form)
    assert workbook.faults == []
    assert workbook.cells["letters"].columns["number"][0] == shown


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0.5, "0%"),
        (1.85, "0"),
        (1234, "#,##0"),
        (12, ";;;"),
        (1, '"是";;"否"'),
        (20170012, "0000-0000"),
        (1e20, "0.00E+00"),
    ],
)
@pytest.mark.parametrize("place", ["A2", "E2"])
def test_what_shows_something_else_is_refused(value: float, form: str, place: str, tmp_path: Path) -> None:
    (fault,) = with_cell(tmp_path, "领导信箱", place, value, form).faults
    assert (fault.sheet, fault.cell) == ("领导信箱", place)
    assert fault.found.startswith(UNLIKE)
    assert "文本" in fault.expected


def test_a_code_of_more_digits_than_excel_keeps_is_refused(tmp_path: Path, scheme: Scheme) -> None:
    with_cell(tmp_path, "领导信箱", "A2", 2017030512345670, "0")
    (fault,) = assess([tmp_path / "人社局.xlsx"], scheme).faults["人社局"]
    assert (fault.cell, "超过 15 位" in fault.found, "完整的编号" in fault.expected) == ("A2", True, True)


@pytest.mark.parametrize("marks", [2.0000000000000004, 1.9999999999999998])
def test_marks_are_what_is_shown_without_the_dust_of_binary_fractions(
    marks: float, tmp_path: Path, scheme: Scheme
) -> None:
    path = faultless().fact("网站性能得分", marks).save(tmp_path)
    (card,) = assess([path], scheme).scorecards
    assert card.nodes["3.3.2.2"].score == 2


@pytest.mark.parametrize(("form", "faults"), [("yyyy-mm-dd", 0), ("m/d", 0), ("h:mm", 1), ("[h]:mm", 1)])
def test_a_day_needs_a_format_that_shows_one(form: str, faults: int, tmp_path: Path, scheme: Scheme) -> None:
    with_cell(tmp_path, "领导信箱", "C2", 42740.5, form)
    found = assess([tmp_path / "人社局.xlsx"], scheme).faults.get("人社局", [])
    assert [fault.cell for fault in found] == ["C2"] * faults


def test_formats_of_conditional_formatting_are_none_of_cells(tmp_path: Path) -> None:
    """Excel gives them numbers of built-in formats; 14 is that of days."""
    percent = b'<dxfs><dxf><numFmt numFmtId="14" formatCode="0.00%"/></dxf></dxfs></styleSheet>'
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(spelled(TABLES, Spelling()))) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</styleSheet>", percent))
    assert as_read(read(file.getvalue(), tmp_path)) == as_read(read(spelled(TABLES, Spelling()), tmp_path))


def test_the_cache_of_numbers_is_bounded() -> None:
    """Millions of numbers, or one of a million characters, are read and not kept."""
    remembered = formats.Numbers(formats.Format(), CALENDAR_WINDOWS_1900, as_shown=True)
    assert [remembered[f"{number}"] for number in range(3 * formats.MOST_KEPT)] == list(range(3 * formats.MOST_KEPT))
    assert len(remembered) <= formats.MOST_KEPT
    assert type(remembered["1" * 1_000_000]) is formats.Broken
    assert max(map(len, filter(None, remembered))) <= formats.LONGEST_KEPT
