"""The blank workbook: made from the scheme, refuses wrong cells, can be read back, is the same in LibreOffice."""

from __future__ import annotations

import datetime as dt
import errno
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import libreoffice
import openpyxl
import pandas as pd
import pytest
from calling import Run
from evidence_builder import BY_KEY, FACTS, FACTS_SHEET, SHEETS, Evidence, faultless
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from scoring import Scheme, load_scheme
from scoring.base.files import write_new
from scoring.engine.assessment import assess
from scoring.evidence import load_evidence
from scoring.evidence.template import blank, for_department
from scoring.scheme.sheets import ATTACHED, Column, Kind, Sheet

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "templates" / "evidence-leiyang_2017.xlsx"
GUIDE = "填写说明"
FIRST, LAST = 2, 5001
COLUMNS = [(sheet, column) for sheet in SHEETS[1:] for column in sheet.columns]
NAMES = [f"{sheet.name}-{column.name}" for sheet, column in COLUMNS]
HEADERS = {sheet.name: [column.name for column in sheet.columns] for sheet in SHEETS}
FACT_ROWS = [(row, fact) for row, fact in enumerate(FACTS, start=2)]


@pytest.fixture(scope="module")
def book() -> Any:
    return openpyxl.load_workbook(COMMITTED)


def validations(book: Any, sheet: str, cell: str) -> list[DataValidation]:
    return [rule for rule in book[sheet].data_validations.dataValidation if cell in rule.sqref]


def validation(book: Any, sheet: Sheet, column: Column, row: int = FIRST) -> DataValidation | None:
    cell = f"{get_column_letter(sheet.columns.index(column) + 1)}{row}"
    found = validations(book, sheet.name, cell)
    assert len(found) <= 1, "Excel wants one validation a cell"
    return found[0] if found else None


def words(book: Any, name: str) -> list[str]:
    """The cells of a named list, row by row."""
    ((sheet, cells),) = book.defined_names[name].destinations
    return [cell.value for row in book[sheet][cells.replace("$", "")] for cell in row if cell.value]


# --- The committed file


def test_the_committed_file_is_up_to_date(scheme: Scheme) -> None:
    assert COMMITTED.read_bytes() == blank(scheme), "run `make template`"


def test_it_has_the_sheets_and_columns_of_the_schema_and_nothing_but_the_items_filled_in(book: Any) -> None:
    assert book.sheetnames == [GUIDE, *HEADERS]
    for name, header in HEADERS.items():
        rows = list(book[name].iter_rows(values_only=True))
        assert list(rows[0]) == header
        assert rows[1:] == ([(fact.name, None) for fact in FACTS] if name == FACTS_SHEET.name else [])


def test_nothing_makes_excel_offer_a_repair(book: Any) -> None:
    for sheet in book:
        assert len(sheet.title) <= 31
        seen: set[str] = set()
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.promptTitle) <= 32
            assert len(rule.errorTitle) <= 32
            assert len(rule.prompt) <= 255
            assert len(rule.error) <= 255
            assert max(len(rule.formula1), len(rule.formula2 or "")) <= 255
            cells = {f"{area.min_col}:{area.min_row}" for area in rule.sqref.ranges}
            assert not cells & seen
            seen |= cells


def test_its_validations_are_plain() -> None:
    with zipfile.ZipFile(COMMITTED) as package:
        parts = {name: package.read(name).decode("utf-8") for name in package.namelist() if name.endswith(".xml")}
    assert not [name for name, text in parts.items() if "extLst" in text or "x14" in text or "INDIRECT" in text]
    formulas = [formula for text in parts.values() for formula in re.findall(r"<formula\d>(.*?)</formula\d>", text)]
    assert formulas
    assert not [formula for formula in formulas if "!" in formula], "Excel saves these as an extension"


# --- What a cell accepts


@pytest.mark.parametrize(("sheet", "column"), COLUMNS, ids=NAMES)
def test_lists_dates_and_keys_have_their_validation(book: Any, scheme: Scheme, sheet: Sheet, column: Column) -> None:
    rule = validation(book, sheet, column)
    decides = any(other.paired_with == column.key for other in sheet.columns)
    if column.choices:
        assert (rule.type, rule.formula1) == ("list", f'"{",".join(column.choices)}"')
    elif decides:  # Of the leaves, those that kinds of this sheet belong to.
        assert (rule.type, words(book, rule.formula1)) == ("list", list(scheme.pairs[sheet.key]))
    elif column.one_of == "leaves":
        assert (rule.type, words(book, rule.formula1)) == ("list", [leaf.code for leaf in scheme.leaves])
    elif column.one_of or column.paired_with:
        assert rule.type == "list"
        assert rule.formula1.startswith("OFFSET(")
    elif column.kind is Kind.DATE:
        assert "DATE(1990,1,1)" in rule.formula1
        assert "DATE(2100,12,31)" in (rule.formula2 or rule.formula1)
    elif column.key == sheet.unique:
        assert (rule.type, "EXACT" in rule.formula1) == ("custom", True)
    else:
        assert rule is None


@pytest.mark.parametrize(("sheet", "column"), COLUMNS, ids=NAMES)
def test_a_validation_refuses_and_says_in_chinese_what_is_expected(book: Any, sheet: Sheet, column: Column) -> None:
    rule = validation(book, sheet, column)
    if rule is None:
        return
    assert rule is validation(book, sheet, column, LAST)
    assert (rule.errorStyle or "stop", rule.showErrorMessage, rule.showInputMessage) == ("stop", True, True)
    assert not rule.showDropDown, "which would hide the arrow"
    assert column.name in rule.errorTitle
    assert rule.error.startswith("应填：")
    assert column.about in rule.prompt


def test_every_pair_is_on_the_guide(book: Any, scheme: Scheme) -> None:
    for key, pairs in scheme.pairs.items():
        name = BY_KEY[key].name
        assert words(book, f"{name}_选项") == [word for belonging in pairs.values() for word in belonging]


@pytest.mark.parametrize(("row", "fact"), FACT_ROWS, ids=[fact.name for fact in FACTS])
def test_each_content_accepts_what_its_item_asks_for(book: Any, scheme: Scheme, row: int, fact: Column) -> None:
    (label,) = validations(book, FACTS_SHEET.name, f"A{row}")
    assert (label.type, label.formula1) == ("list", f'"{fact.name}"')
    found = validations(book, FACTS_SHEET.name, f"B{row}")
    kinds = {Kind.CHOICE: "list", Kind.DATE: "date", Kind.NUMBER: "decimal", Kind.TEXT: None}
    kind = "list" if fact.key == "department" else kinds.get(fact.kind, "custom")
    assert [rule.type for rule in found] == ([kind] if kind else [])
    if fact.choices:
        assert found[0].formula1 == f'"{",".join(fact.choices)}"'
    if fact.key == "department":
        assert found[0].formula1 == f'"{",".join(scheme.departments)}"'


# --- How it looks


def dimension(page: Any, at: int) -> Any:
    """Width and style of a column; the file has one for neighbours that are alike."""
    return next(group for group in page.column_dimensions.values() if group.min <= at <= group.max)


def test_every_header_and_item_has_a_note(book: Any) -> None:
    places = [(sheet.name, 1, at, column) for sheet in SHEETS for at, column in enumerate(sheet.columns, start=1)]
    places += [(FACTS_SHEET.name, row, 1, fact) for row, fact in FACT_ROWS]
    for sheet, row, at, column in places:
        note = book[sheet].cell(row, at).comment.text
        assert column.about
        assert column.about in note
        assert f"示例：{column.example_of(2017)}" in note or not column.example_of(2017)
        is_automatic = column.optional and column != ATTACHED
        assert note.startswith(f"{column.name}（{'必填' if column.required else '由程序' if is_automatic else '选填'}")


def test_examples_are_what_the_schema_asks_for() -> None:
    for column in [column for sheet in SHEETS for column in sheet.columns] + list(FACTS):
        example = column.example_of(2017)
        assert example or column.kind is Kind.ANY
        if column.choices:
            assert example in column.choices
        if column.kind is Kind.DATE:
            assert dt.date.fromisoformat(example)


def test_headers_stay_and_tell_required_from_optional_columns(book: Any) -> None:
    for sheet in SHEETS:
        page = book[sheet.name]
        assert page.freeze_panes == "A2"
        fills = {column.required: set() for column in sheet.columns}
        for at, column in enumerate(sheet.columns, start=1):
            fills[column.required].add(page.cell(1, at).fill.fgColor.rgb)
            assert 10 <= dimension(page, at).width <= 62
        assert not fills.get(True, set()) & fills.get(False, set())


def test_codes_are_text_and_dates_are_dates(book: Any) -> None:
    formats = {Kind.CODE: "@", Kind.REFERENCE: "@", Kind.HOST: "@", Kind.DATE: "yyyy-mm-dd"}
    for sheet, column in COLUMNS:
        look = dimension(book[sheet.name], sheet.columns.index(column) + 1)
        assert look.number_format == formats.get(column.kind, "General")
    for row, fact in FACT_ROWS:
        assert book[FACTS_SHEET.name].cell(row, 2).number_format == formats.get(fact.kind, "General")


def test_the_guide_speaks_of_everything_one_must_know(book: Any, scheme: Scheme) -> None:
    text = "\n".join(str(cell) for row in book[GUIDE].iter_rows(values_only=True) for cell in row if cell)
    for word in ("已核查", "未核查", "python -m scoring check data/raw/2017", "复核人", "佐证摘要", "2017-03-05"):
        assert word in text
    for sheet in SHEETS:
        assert f"{sheet.name}\n{sheet.row_is}" in text
    assert "{" not in text


# --- From blank to read


@pytest.fixture
def new(tmp_path: Path, run: Run) -> Path:
    """A workbook as `new` lays it."""
    assert run("new", "人社局", "--out", tmp_path).code == 0
    return tmp_path / "2017" / "人社局.xlsx"


def fill(path: Path, evidence: Evidence) -> None:
    """Type the evidence into the workbook, as a person would: from the second row down."""
    book = openpyxl.load_workbook(path)
    for name, rows in evidence.sheets.items():
        for number, row in enumerate(rows, start=2):
            for at, column in enumerate(HEADERS[name], start=1):
                if row.get(column) is not None:
                    book[name].cell(number, at).value = row[column]
    book.save(path)


def full() -> Evidence:
    return faultless().add(
        "监测发现 | 指标=3.3.2.1.3",
        "安全漏洞",
        "安全通报",
        "通报曝光 | 类型=曝光 | 来源=中国政府网",
        "门户栏目报送 | 栏目=投资耒阳 | 实际报送日期=2017-05-09",
    )


def test_the_only_faults_of_a_new_one_are_required_cells(new: Path, scheme: Scheme) -> None:
    loaded = load_evidence([new], scheme)
    required = [f"B{row}" for row, fact in FACT_ROWS if fact.required and fact.key not in {"department", "year"}]
    assert [(fault.sheet, fault.cell) for fault in loaded.faults["人社局"]] == [
        (FACTS_SHEET.name, cell) for cell in required
    ]
    assert all("为空" in fault.found for fault in loaded.faults["人社局"])


def test_names_beside_the_codes_change_nothing(tmp_path: Path, scheme: Scheme) -> None:
    """Workbooks have them or not; whatever stands there, ids, digests of evidence rows and points stay the same."""
    late = "领导信箱 ×2 | 来信日期=2017-05-02 | 回复日期=2017-06-20"
    reviewed = "复核记录 | 发现编号=3.2.1-逾期回复-信1 | 佐证摘要=sha256:0123456789abcdef"
    results = []
    for folder, names in (("old", None), ("new", ["另一个名称", 3.5, dt.date(2017, 3, 5)])):
        evidence = faultless().add(late, reviewed)
        if names is not None:
            evidence.headers["核查情况"].insert(1, "名称")
            for number, row in enumerate(evidence.sheets["核查情况"]):
                row["名称"] = names[number % len(names)]
        assessment = assess([evidence.save(tmp_path / folder)], scheme)
        (card,) = assessment.scorecards
        results.append({key: value for key, value in card.to_json().items() if key != "evidence"})
    assert results[0]["findings"]
    assert results[0] == results[1]


def test_nothing_in_the_column_of_names_is_a_fault(tmp_path: Path, scheme: Scheme) -> None:
    """A row with a name alone is empty; a broken formula, merged cells and a second such column do not matter."""
    evidence = faultless()
    evidence.headers["核查情况"][1:1] = ["名称", "名称"]
    evidence.sheets["核查情况"].append({"名称": "门户信息采用"})
    path = evidence.save(tmp_path)
    book = openpyxl.load_workbook(path)
    page = book["核查情况"]
    page["B2"] = "=VLOOKUP(A2,没有的!A:B,2,FALSE)"  # Saved without a result.
    page["B3"], page["B3"].data_type = "#REF!", "e"
    page.merge_cells("B5:B7")
    book.save(path)
    loaded = load_evidence([path], scheme)
    assert loaded.faults == {}
    assert loaded.evidence.rows("inspections")["name"].isna().all()
    assert len(loaded.evidence.rows("inspections")) == len(scheme.leaves)


def test_a_new_one_lists_every_leaf_as_not_inspected(new: Path, scheme: Scheme) -> None:
    page = openpyxl.load_workbook(new)["核查情况"]
    rows = list(page.iter_rows(min_row=2, max_col=4, values_only=True))
    assert rows == [(leaf.code, leaf.name, "未核查", None) for leaf in scheme.leaves]
    assert all(leaf.name in page.cell(row, 1).comment.text for row, leaf in enumerate(scheme.leaves, start=2))


def test_filled_in_it_has_no_fault_and_reads_as_typed(new: Path, scheme: Scheme, tmp_path: Path) -> None:
    fill(new, full())
    typed = load_evidence([new], scheme)
    assert typed.faults == {}
    assert typed.evidence.notices["人社局"] == ()
    plain = load_evidence([full().save(tmp_path)], scheme).evidence
    for sheet in SHEETS[1:]:
        rows_of = [one.rows(sheet.key).drop(columns="name", errors="ignore") for one in (typed.evidence, plain)]
        pd.testing.assert_frame_equal(*rows_of)
    rows = [f"row_{fact.key}" for fact in FACTS]
    pd.testing.assert_frame_equal(typed.evidence.facts.drop(columns=rows), plain.facts.drop(columns=rows))


# --- LibreOffice


def grids(book: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every sheet's cells, without the empty rows and columns at its end."""
    found = {}
    for sheet in book:
        rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
        width = max((at for row in rows for at, cell in enumerate(row, start=1) if cell is not None), default=0)
        rows = [row[:width] for row in rows]
        while rows and not any(cell is not None for cell in rows[-1]):
            rows.pop()
        found[sheet.title] = rows
    return found


def refusals(book: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What is refused at the first cells and at a far one of every column, blanks and quotes of formulas aside.

    LibreOffice saves validations for at most a thousand empty rows below the last one filled.
    """
    found = {}
    for sheet in SHEETS:
        for at in range(1, len(sheet.columns) + 1):
            for row in (*range(2, 19), 1000):
                cell = f"{get_column_letter(at)}{row}"
                for rule in validations(book, sheet.name, cell):
                    used = (rule.formula1, rule.formula2) if rule.type in {"date", "decimal"} else (rule.formula1,)
                    formulas = [re.sub(r"[\s']", "", text) for text in used]
                    messages = rule.prompt, rule.promptTitle, rule.error, rule.errorTitle
                    found[sheet.name, cell] = rule.type, rule.errorStyle or "stop", *formulas, *messages
    return found


def notes(book: Any) -> dict[tuple[str, str], str]:
    return {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in book
        for row in sheet
        for cell in row
        if cell.comment
    }


@pytest.mark.thorough
def test_libreoffice_keeps_it_whole(new: Path, scheme: Scheme, tmp_path: Path) -> None:
    """All but frozen panes: headless conversion keeps no view of any workbook."""
    fill(new, full())
    before = openpyxl.load_workbook(new)
    (after,) = libreoffice.recalculated([new], tmp_path / "office")
    assert grids(after) == grids(before)
    assert refusals(after) == refusals(before)
    assert notes(after) == notes(before)
    again = load_evidence([tmp_path / "office" / "after" / new.name], scheme)
    assert again.faults == {}
    first = load_evidence([new], scheme)
    for sheet in SHEETS[1:]:
        pd.testing.assert_frame_equal(again.evidence.rows(sheet.key), first.evidence.rows(sheet.key))


#: Sheet, cell, what is typed there, and whether it is accepted; the row's earlier cells are filled in.
TYPED = [
    ("网站栏目", "A2", "1.10", True),
    ("网站栏目", "A3", "1.1", True),
    ("网站栏目", "A5", "人社动态", True),
    ("网站栏目", "A6", "政策", False),
    ("网站栏目", "A7", "政策", False),
    ("信息发布", "B2", "人社动态", True),
    ("信息发布", "B3", "1.10", True),
    ("信息发布", "B4", "没有的栏目", False),
    ("监测时点", "A2", dt.date(2017, 3, 5), False),
    ("监测时点", "A3", dt.date(2017, 3, 5), False),
    ("监测时点", "A4", dt.date(2017, 3, 6), True),
    ("监测时点", "A5", "三月", False),
    ("监测时点", "A6", dt.date(2101, 1, 1), False),
    ("监测发现", "B2", "3.3.2.1.3", True),
    ("监测发现", "C2", "色情内容", True),
    ("监测发现", "B3", "3.1.1.1", True),
    ("监测发现", "C3", "错别字", False),
    ("监测发现", "B4", "1.1", False),
    ("通报曝光", "C2", "国办", False),
    ("领导信箱", "A2", "20170305000000000001", True),
    ("领导信箱", "A3", "20170305000000000002", True),
    ("领导信箱", "A4", "信*", True),
    ("领导信箱", "A5", "信1", True),
    ("领导信箱", "A6", "a-1", True),
    ("领导信箱", "A7", "A-1", True),
    ("领导信箱", "D2", dt.date(2017, 3, 5), True),
    ("领导信箱", "C3", dt.date(2017, 3, 5), True),
    ("领导信箱", "D3", dt.date(2017, 3, 4), False),
    ("领导信箱", "C4", dt.date(2017, 3, 5), True),
    ("领导信箱", "D4", dt.date(2017, 3, 5), True),
    ("领导信箱", "C5", dt.date(1989, 12, 31), False),
    ("核查情况", "A2", "2.1", True),
    ("核查情况", "A3", "3.1", False),
    ("基本信息", "B3", "2017", True),
    ("基本信息", "B5", dt.date(2018, 1, 1), False),
    ("基本信息", "B6", "rsj.leiyang.gov.cn", True),
    ("基本信息", "B6", "http://rsj.leiyang.gov.cn", False),
    ("基本信息", "B17", 2.5, False),
    ("基本信息", "B17", 1.85, True),
]


def as_formula(rule: DataValidation, cell: str) -> str:
    """A validation as a formula that is true of a cell's content when it is accepted."""
    row = re.sub(r"\D", "", cell)
    first, last = (re.sub(r"(?<=\$[A-Z])2\b", row, text or "") for text in (rule.formula1, rule.formula2))
    match rule.type:
        case "list":
            return f"=SUMPRODUCT(--EXACT({first},{cell}))>0"
        case "custom":
            return f"={first}"
        case _:
            return f"=AND(ISNUMBER({cell}),{cell}>={first},{cell}<={last})"


def test_validations_accept_and_refuse_what_they_should(tmp_path: Path, scheme: Scheme) -> None:
    typed = {(sheet, cell): value for sheet, cell, value, _ in TYPED}
    other = {(sheet, cell): value for sheet, cell, value, _ in reversed(TYPED)}
    paths = [tmp_path / "first.xlsx", tmp_path / "second.xlsx"]
    for path, cells in zip(paths, (typed, other), strict=True):
        path.write_bytes(blank(scheme))
        book = openpyxl.load_workbook(path)
        for (sheet, cell), value in cells.items():
            book[sheet][cell] = value
            (rule,) = validations(book, sheet, cell)
            book[sheet][f"{chr(ord(cell[0]) + 10)}{cell[1:]}"] = as_formula(rule, cell)
        book.save(path)
    for book, cells in zip(libreoffice.recalculated(paths, tmp_path / "office"), (typed, other), strict=True):
        for sheet, cell, value, accepted in TYPED:
            if cells[sheet, cell] == value:
                outcome = book[sheet][f"{chr(ord(cell[0]) + 10)}{cell[1:]}"].value
                assert (outcome is True) == accepted, (sheet, cell, value, outcome)


# --- new never overwrites


def test_what_is_there_is_left_alone(tmp_path: Path, run: Run) -> None:
    there = tmp_path / "2017" / "教育局.xlsx"
    there.parent.mkdir()
    there.write_bytes(b"work of a week")
    code, _, message = run("new", "教育局", "--out", tmp_path)
    assert code == 1
    assert f"已有 {there}，没有覆盖" in message
    assert there.read_bytes() == b"work of a week"
    assert list(there.parent.iterdir()) == [there]


def test_an_unknown_department_is_refused_with_the_list(tmp_path: Path, run: Run) -> None:
    for name in ("人社", "../人社局", ""):
        code, _, message = run("new", name, "--out", tmp_path)
        assert code == 2
        assert all(department in message for department in load_scheme(2017).departments)
    assert list(tmp_path.iterdir()) == []


def test_a_year_before_any_scheme_is_refused(tmp_path: Path, run: Run) -> None:
    assert run("new", "人社局", "--out", tmp_path, "--year", 1999)[0] == 2


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "2017").write_bytes(b"a file where the folder belongs")
    code, _, message = run("new", "人社局", "--out", tmp_path)
    assert code == 1
    assert message.startswith("错误：")


def no_hard_links(self: Path, target: Path) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("hard_links", [True, False])
def test_of_many_at_once_one_wins_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, hard_links: bool) -> None:
    if not hard_links:
        monkeypatch.setattr(Path, "hardlink_to", no_hard_links)
    path = tmp_path / "人社局.xlsx"

    def attempt(number: int) -> bool:
        try:
            write_new(path, bytes([number]) * 100_000)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert sum(won) == 1
    assert path.read_bytes() == bytes([won.index(True)]) * 100_000
    assert list(tmp_path.iterdir()) == [path]


def test_each_department_can_have_one(scheme: Scheme) -> None:
    made = {department: for_department(scheme, department) for department in scheme.departments}
    assert len(set(made.values())) == 9


def test_examples_move_with_the_year() -> None:
    reviewed = BY_KEY["reviews"].column("reviewed_on")
    number = BY_KEY["vulnerabilities"].column("number")
    assert (reviewed.example_of(2017), reviewed.example_of(2020)) == ("2018-01-08", "2021-01-08")
    assert number.example_of(2020) == "CNVD-2020-01234"
