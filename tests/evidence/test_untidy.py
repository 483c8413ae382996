"""Untidy but clear workbooks are read as meant: scored like the tidy one."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from conftest import nodes_of
from evidence_builder import FAULTLESS, Evidence, faultless

from scoring import Scheme, Scorecard, assess
from scoring.base.characters import plain
from scoring.evidence.reading.cells import as_code, as_date, as_number, as_text

Score = Callable[..., Scorecard]
WIDE = {ord("!") + n: ord("！") + n for n in range(94)}


def some_loss() -> Evidence:
    return faultless().add(
        "监测发现 | 指标=3.1.1.1", "领导信箱 | 来信日期=2017-09-28 | 回复日期=2017-10-14",
        "安全通报 | 漏洞编号=V-1", "安全通报 | 漏洞编号=V-1", "通报曝光 | 类型=通报 | 来源=市电子政务办",
    )  # fmt: skip


def in_every_cell(evidence: Evidence, change: Callable[[Any], Any]) -> Evidence:
    """Change every cell below the headers."""
    for rows in evidence.sheets.values():
        for row in rows:
            for name, value in row.items():
                row[name] = change(value)
    return evidence


def written(form: str) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        return form.format(value) if isinstance(value, dt.date) else value

    return write


FORMS = {
    "日期写作2017-3-5": written("{0.year}-{0.month}-{0.day}"),
    "日期写作2017-03-05": written("{0:%Y-%m-%d}"),
    "日期写作2017/3/5": written("{0.year}/{0.month}/{0.day}"),
    "日期写作2017.03.05": written("{0:%Y.%m.%d}"),
    "日期写作2017年3月5日": written("{0.year}年{0.month}月{0.day}日"),
    "日期带时刻": lambda value: dt.datetime.combine(value, dt.time(16, 30)) if isinstance(value, dt.date) else value,
    "文字前后有空格": lambda value: f" {value}\t" if isinstance(value, str) else value,
    "文字前后有全角空格和换行": lambda value: f"\u3000{value}\n" if isinstance(value, str) else value,
    "空单元格里有空格": lambda value: " \u3000" if value is None else value,
    "全角的日期": lambda value: f"{value:%Y-%m-%d}".translate(WIDE) if isinstance(value, dt.date) else value,
    "日期前后有空格": lambda value: f" {value:%Y/%m/%d}\u00a0" if isinstance(value, dt.date) else value,
}


@pytest.mark.parametrize("form", FORMS)
def test_form_in_every_cell(form: str, scored: Score) -> None:
    assert nodes_of(scored(in_every_cell(some_loss(), FORMS[form]))) == nodes_of(scored(some_loss()))


def test_full_width_words_of_lists_and_codes(scored: Score) -> None:
    evidence = some_loss()
    columns = {"核查情况": "指标", "监测发现": "指标", "领导信箱": "信件编号", "安全通报": "漏洞编号"}
    for sheet, column in columns.items():
        for row in evidence.sheets[sheet]:
            row[column] = row[column].translate(WIDE)
    evidence.fact("网站域名", "ｒｓｊ．ｌｅｉｙａｎｇ．ｇｏｖ．ｃｎ").fact("年度", "２０１７").fact(
        "网站性能得分", "２"
    )
    assert nodes_of(scored(evidence)) == nodes_of(scored(some_loss()))


def test_a_full_width_and_a_half_width_number_are_the_same(faults_of: Callable[[Evidence], list[str]]) -> None:
    evidence = faultless().add("领导信箱 | 信件编号=A1", "领导信箱 | 信件编号=Ａ１")
    (fault,) = faults_of(evidence)
    assert fault.startswith("人社局.xlsx《领导信箱》A31：“A1”与A30重复")


def test_codes_that_excel_made_numbers(scored: Score) -> None:
    evidence = faultless()
    for row in evidence.sheets["核查情况"]:
        if row["指标"].count(".") == 1:
            row["指标"] = float(row["指标"])
    for number, row in enumerate(evidence.sheets["领导信箱"]):
        row["信件编号"] = 20170000 + number
    assert scored(evidence).total.score == 100


def test_a_column_named_by_a_number(scored: Score) -> None:
    evidence = faultless().add("网站栏目 | 栏目=2017", "信息发布 | 栏目=2017")
    evidence.sheets["网站栏目"][-1]["栏目"] = evidence.sheets["信息发布"][-1]["栏目"] = 2017
    assert scored(evidence).total.score == 100


def test_the_year_as_a_number_or_as_text(scored: Score) -> None:
    assert {scored(faultless().fact("年度", year)).total.score for year in (2017, 2017.0, "2017", " 2017 ")} == {100}


@pytest.mark.parametrize(
    ("content", "score"), [(1.85, 1.85), ("1.85", 1.85), ("１．８５", 1.85), (0, 0), (2.0, 2), ("+1", 1)]
)
def test_the_mark_as_a_number_or_as_text(content: Any, score: float, scored: Score) -> None:
    assert nodes_of(scored(faultless().fact("网站性能得分", content)))["3.3.2.2"]["score"] == score


def test_shuffled_sheets_rows_and_columns(scored: Score) -> None:
    evidence, chance = some_loss(), random.Random(1)  # noqa: S311 - no secret
    evidence.sheets = dict(chance.sample(sorted(evidence.sheets.items(), key=str), len(evidence.sheets)))
    for rows in evidence.sheets.values():
        chance.shuffle(rows)
    for header in evidence.headers.values():
        chance.shuffle(header)
    assert nodes_of(scored(evidence)) == nodes_of(scored(some_loss()))


def test_wholly_empty_rows(scored: Score) -> None:
    evidence = some_loss()
    for rows in evidence.sheets.values():
        for at in (0, len(rows) // 2, len(rows)):
            rows[at:at] = [{}, dict.fromkeys(rows[0], "  ") if rows else {}]
    assert nodes_of(scored(evidence)) == nodes_of(scored(some_loss()))


def test_a_row_is_numbered_as_excel_does_in_spite_of_empty_rows(scored: Score) -> None:
    evidence = faultless().add("监测发现 | 指标=3.1.1.1")
    evidence.sheets["监测发现"][0:0] = [{}, {}, {}]
    assert scored(evidence).of("3.1.1.1")[0].row == 5


def test_headers_and_sheet_names_with_blanks(scored: Score) -> None:
    evidence = some_loss()
    evidence.sheets = {f"{name} ": rows for name, rows in evidence.sheets.items()}
    evidence.headers = {
        f"{name} ": [f" {column}\u3000" for column in columns] for name, columns in evidence.headers.items()
    }
    for name, rows in evidence.sheets.items():
        evidence.sheets[name] = [{f" {column}\u3000": value for column, value in row.items()} for row in rows]
    assert nodes_of(scored(evidence)) == nodes_of(scored(some_loss()))


def formulas(value: Any) -> bytes:
    """The faultless workbook, one title a formula with the stored value."""
    file = io.BytesIO()
    evidence = faultless()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in evidence.sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(
                [evidence.headers[name], *([row.get(c) for c in evidence.headers[name]] for row in rows)]
            ):
                sheet.write_row(number, 0, cells)
        book.get_worksheet_by_name("门户信息采用").write_formula("B2", '="动态"&1', value=value)
        book.get_worksheet_by_name("基本信息").write_formula("B17", "=1+0.5", value=1.5)
    return file.getvalue()


def test_a_formula_counts_as_its_stored_value(tmp_path: Path, scheme: Scheme) -> None:
    path = tmp_path / "人社局.xlsx"
    path.write_bytes(formulas("动态1"))
    (card,) = assess([path], scheme).scorecards
    assert card.source.tables["portal_news"]["title"].iloc[0] == "动态1"
    assert nodes_of(card)["3.3.2.2"]["score"] == 1.5


@pytest.mark.parametrize(
    ("value", "found", "expected"),
    [
        (
            "=1+1",
            "公式没有存储计算结果",
            "有计算结果的公式；请在 Excel 或 WPS 中打开，重新计算后保存，或“选择性粘贴”为数值",
        ),
        ("#REF!", "“#REF!”是 Excel 的错误值", "数值或文字；请改正公式，或填写实际内容"),
        ("#N/A", "“#N/A”是 Excel 的错误值", "数值或文字；请改正公式，或填写实际内容"),
    ],
)
def test_a_formula_without_value_and_an_error_value_are_faults(
    value: str, found: str, expected: str, tmp_path: Path, scheme: Scheme
) -> None:
    """openpyxl writes formulas without their results, and these words as Excel's error values."""
    book = openpyxl.load_workbook(FAULTLESS)
    book["门户信息采用"]["B7"] = value
    book["基本信息"]["B7"] = value
    path = tmp_path / "人社局.xlsx"
    book.save(path)
    faults = [str(fault) for fault in assess([path], scheme).faults["人社局"]]
    assert faults == [f"人社局.xlsx《{sheet}》B7：{found}；应为：{expected}" for sheet in ("基本信息", "门户信息采用")]


def test_an_error_value_in_an_unknown_column_is_left_alone(tmp_path: Path, scheme: Scheme) -> None:
    book = openpyxl.load_workbook(FAULTLESS)
    book["门户信息采用"]["D1"], book["门户信息采用"]["D2"] = "核对", "#REF!"
    path = tmp_path / "人社局.xlsx"
    book.save(path)
    assert assess([path], scheme).faults == {}


def test_markup_and_formulas_in_text_stay_as_they_are(scored: Score) -> None:
    evidence = faultless().add("领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-05-01")
    evidence.sheets["领导信箱"][-1]["信件编号"] = "<script>|$x$|{}=1+1"
    (finding,) = scored(evidence).of("3.2.1")
    assert finding.cells["信件编号"] == "<script>|$x$|{}=1+1"
    assert "<script>|$x$|{}=1+1" in finding.because


def test_a_workbook_with_dates_counted_from_1904(tmp_path: Path, scheme: Scheme) -> None:
    book = openpyxl.load_workbook(FAULTLESS)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    path = tmp_path / "人社局.xlsx"
    book.save(path)
    (card,) = assess([path], scheme).scorecards
    assert card.total.score == 100


# --- single cells


@pytest.mark.parametrize(
    ("cell", "read"), [(1.0, "1"), (3.1, "3.1"), (20170305.0, "20170305"), ("Ａ－１ ", "A-1"), ("", None)]
)
def test_a_code_is_read_where_nothing_is_lost(cell: Any, read: str | None) -> None:
    assert as_code(cell) == read


@pytest.mark.parametrize("cell", [2.0**53, 1e300, dt.date(2003, 1, 4), True])
def test_a_code_that_lost_something_stays_what_it_is(cell: Any) -> None:
    assert as_code(cell) is cell


def test_text_keeps_its_full_width_signs() -> None:
    assert as_text(" １２，３ ") == "１２，３"
    assert plain(" １２，３ ") == "12,3"


def test_a_number_is_the_decimal_that_was_typed() -> None:
    assert str(as_number(1.85)) == "1.85"


@pytest.mark.parametrize("cell", ["2017-02-30", "二〇一七年", "2017-3/5"])
def test_a_text_that_is_no_day_stays_text(cell: str) -> None:
    assert as_date(cell) == cell
