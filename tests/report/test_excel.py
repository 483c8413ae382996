"""The Excel workbooks: their content, and that their formulas give the scorecard's figures.

``EXCEL_BATCHES=20 pytest tests/report/test_excel.py`` recalculates as many random cities as one likes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from evidence_builder import faultless
from libreoffice import printed, recalculated, table
from pypdf import PdfReader
from reference.random_evidence import random_readings, random_workbook

from scoring import Assessment, Scorecard, assess, load_scheme, rank
from scoring.base.points import number
from scoring.engine.scorecard import Review
from scoring.report.excel import write_city, write_department
from scoring.report.excel.book import A4, CELL_LIMIT, CUT, ROW, cell_text
from scoring.report.excel.nodes import score_shown
from scoring.scheme import TOTAL

CASES = sorted(path.parent for path in (Path(__file__).parents[1] / "cases").glob("*/expected.json"))
SCHEME = load_scheme(2017)
BATCHES = int(os.environ.get("EXCEL_BATCHES", "3"))  # Of nine random departments each.
HOSTILE = (
    "<r><t>甲</b></r>",  # XlsxWriter takes such a text for XML of its own.
    *("=1+1", "+1", "-1", "@SUM(1)", "'=1", "12", "3.3", "2017-01-01", "<script>|$x$", "{}%s", "_x0041_"),
    *("https://example.org", "mailto:a@example.org", " 两端空格 ", "换\n行", "制\t表", "&amp;\"'"),
)


def written(assessment: Assessment, folder: Path) -> dict[str, Path]:
    """Every workbook of an assessment: one per department, and the city's under the empty name."""
    places = {place.scorecard.department: place.rank for place in rank(assessment.scorecards)}
    paths = {card.department: folder / f"{card.department}.xlsx" for card in assessment.scorecards}
    for card in assessment.scorecards:
        write_department(card, places.get(card.department), paths[card.department])
    paths[""] = folder / "city.xlsx"
    write_city(assessment, paths[""])
    return paths


def disagreements(rows: list[dict[str, Any]], card: Scorecard) -> list[str]:
    """Where 计分 (or a department's part of 计分明细) differs from the scorecard."""
    found = []
    for cells, node in zip(rows, card.nodes.values(), strict=True):
        assert cells["指标"].value == (node.code if node.code != TOTAL else "总分")
        expected = {
            "得分下限": number(node.low),
            "得分上限": number(node.high),
            "得分": score_shown(node),
            "计0分": "是" if node.status == "void" else "否",
        }
        if node.code not in card.scheme.children:
            expected["失分（不计否决）"] = number(node.lost)
        given = {title: cells[title].value for title in expected}
        if given != expected:
            found.append(f"{card.department} {node.code}: {given} instead of {expected}")
    return found


def of_department(rows: list[dict[str, Any]], department: str) -> list[dict[str, Any]]:
    return [cells for cells in rows if cells["部门"].value == department]


def summary(workbook: Any) -> dict[str, Any]:
    """Label to value, of the result on 概要."""
    return {row[0].value: row[1].value for row in workbook["概要"].iter_rows(max_row=20)}


# --- Recalculated, the formulas give the scorecard -----------------------------------------------------------------


@pytest.mark.thorough
def test_every_acceptance_case_recalculates_to_its_scorecard(tmp_path: Path) -> None:
    cards, paths = [], []
    for case in CASES:
        readings = json.loads((case / "expected.json").read_text(encoding="utf-8"))["readings"]
        card = assess(sorted(case.glob("*.xlsx")), SCHEME, readings).scorecards[0]
        cards.append(card)
        paths.append(tmp_path / f"{case.name}.xlsx")
        write_department(card, None, paths[-1])
    for card, workbook in zip(cards, recalculated(paths, tmp_path), strict=True):
        assert disagreements(table(workbook["计分"], "指标"), card) == []
        facts = summary(workbook)
        assert facts.get("总分", facts.get("总分（区间）")) == score_shown(card.total)
        assert facts["其中加分"] == number(card.bonus)
        assert facts["结论"] == {True: "合格", False: "不合格", None: "待评"}[card.qualified]


@pytest.mark.thorough
def test_random_departments_recalculate_before_and_after_reviews(tmp_path: Path) -> None:
    """Nine departments per city, random readings; then some findings are withdrawn, in Excel and in 复核记录."""
    expected, paths = [], []
    for batch in range(BATCHES):
        first = assess(random_batch(batch, tmp_path), SCHEME, random_readings(batch))
        withdrawn = some_findings(first, batch)
        paths += [tmp_path / f"city-{batch}.xlsx", tmp_path / f"edited-{batch}.xlsx"]
        write_city(first, paths[-2])
        withdraw_in_excel(paths[-2], paths[-1], withdrawn)
        for card in first.scorecards:
            withdraw_in_evidence(tmp_path / str(batch) / f"{card.department}.xlsx", withdrawn[card.department])
        again = assess(sorted((tmp_path / str(batch)).glob("*.xlsx")), SCHEME, random_readings(batch))
        assert again.faults == {}
        expected += [first, again]
    for assessment, path, workbook in zip(expected, paths, recalculated(paths, tmp_path), strict=True):
        rows = table(workbook["计分明细"], "指标")
        for card in assessment.scorecards:
            mine = of_department(rows, card.department)
            assert disagreements(mine, card) == [], (path.name, dict(card.readings))
        assert stands_in(workbook) == {
            (card.department, finding.id): finding.stands for card in assessment.scorecards for finding in card.findings
        }
        if path.name.startswith("city"):
            places = {place.scorecard.department: place.rank for place in rank(assessment.scorecards)}
            assert {row["部门"].value: row["名次"].value for row in ranked_rows(workbook)} == places


def random_batch(batch: int, folder: Path) -> list[Path]:
    """Nine random workbooks; letter, update and security vetoes among them."""
    (folder / str(batch)).mkdir()
    paths = [folder / str(batch) / f"{department}.xlsx" for department in SCHEME.departments]
    for place, path in enumerate(paths):
        random_workbook(path, 100 * batch + place, path.stem)
    return paths


def some_findings(assessment: Assessment, seed: int) -> dict[str, set[str]]:
    rng = random.Random(seed)  # noqa: S311 - a seeded draw, no secret
    return {
        card.department: {finding.id for finding in card.findings if rng.random() < 0.3}
        for card in assessment.scorecards
    }


def withdraw_in_excel(source: Path, target: Path, withdrawn: dict[str, set[str]]) -> None:
    """An auditor sets 成立 to 否."""
    workbook = openpyxl.load_workbook(source)
    for cells in table(workbook["全部认定事项"], "指标"):
        if cells["编号"].value in withdrawn[cells["部门"].value]:
            cells["成立"].value = "否"
    workbook.save(target)


def withdraw_in_evidence(path: Path, ids: set[str]) -> None:
    """A review adds a row in 复核记录."""
    workbook = openpyxl.load_workbook(path)
    if "复核记录" in workbook.sheetnames:
        del workbook["复核记录"]
    sheet = workbook.create_sheet("复核记录")
    sheet.append(["发现编号", "决定", "理由", "复核人", "复核日期"])
    for name in sorted(ids):
        sheet.append([name, "撤销", "经复核不属实", "复核员甲", dt.date(2018, 3, 30)])
    workbook.save(path)


def stands_in(workbook: Any) -> dict[tuple[str, str], bool]:
    rows = table(workbook["全部认定事项"], "指标")
    return {(cells["部门"].value, cells["编号"].value): cells["计入"].value == "是" for cells in rows}


def ranked_rows(workbook: Any) -> list[dict[str, Any]]:
    return [row for row in table(workbook["名次"], "名次") if isinstance(row["名次"].value, int)]


@pytest.mark.thorough
def test_an_auditor_who_changes_a_line_sees_the_sum_move(tmp_path: Path) -> None:
    """Two typos of three are left: no veto, 网站管理 has its points again. A number changed moves the leaf."""
    card = assess(sorted((CASES[0].parent / "typo-veto").glob("*.xlsx")), SCHEME).scorecards[0]
    path = tmp_path / "台账.xlsx"
    write_department(card, 1, path)
    edited = [edit(path, tmp_path / f"{place}.xlsx", *change) for place, change in enumerate(CHANGES)]
    before, one_less, dearer, reinstated = recalculated([path, *edited], tmp_path)
    assert summary(before)["结论"] == "不合格"
    assert (score(before, "3.3"), score(before, "总分")) == (0, 84)
    assert (score(one_less, "3.3.2.1.3"), score(one_less, "3.3"), score(one_less, "总分")) == (0, 16, 100)
    assert summary(one_less)["结论"] == "合格"
    assert score(dearer, "3.3.2.1.3") == 0
    assert dearer["计分"].cell(*place_of(dearer, "3.3.2.1.3", "计分合计")).value == -8
    assert score(reinstated, "总分") == 84


CHANGES = (
    ("错别字", "成立", "否", 1),
    ("错别字", "次数", 6, 1),
    ("错别字累计否决", "成立", "是", 1),
)


def edit(source: Path, target: Path, kind: str, title: str, value: object, times: int) -> Path:
    workbook = openpyxl.load_workbook(source)
    rows = [cells for cells in table(workbook["台账"], "指标") if cells["类型"].value == kind]
    for cells in rows[:times]:
        cells[title].value = value
    workbook.save(target)
    return target


def place_of(workbook: Any, code: str, title: str) -> tuple[int, int]:
    cell = next(cells[title] for cells in table(workbook["计分"], "指标") if cells["指标"].value == code)
    return cell.row, cell.column


def score(workbook: Any, code: str) -> Any:
    return workbook["计分"].cell(*place_of(workbook, code, "得分")).value


# --- Their content -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """Nine random departments; one more workbook is broken."""
    paths = random_batch(0, tmp_path_factory.mktemp("evidence"))
    paths[-1].write_bytes(b"no workbook")
    return assess(paths, SCHEME, random_readings(0))


def test_values_are_stored_for_viewers_that_do_not_recalculate(assessment: Assessment, tmp_path: Path) -> None:
    paths = written(assessment, tmp_path)
    city = table(openpyxl.load_workbook(paths[""], data_only=True)["计分明细"], "指标")
    for card in assessment.scorecards:
        own = openpyxl.load_workbook(paths[card.department], data_only=True)
        assert disagreements(table(own["计分"], "指标"), card) == []
        assert disagreements(of_department(city, card.department), card) == []


def test_the_ledger_lists_every_finding(assessment: Assessment, tmp_path: Path) -> None:
    for department, path in written(assessment, tmp_path).items():
        if not department:
            continue
        card = next(card for card in assessment.scorecards if card.department == department)
        workbook = openpyxl.load_workbook(path, data_only=True)
        rows = {cells["编号"].value: cells for cells in table(workbook["台账"], "指标")}
        assert list(rows) == [finding.id for finding in card.findings]
        for finding in card.findings:
            cells = rows[finding.id]
            assert cells["事由"].value == finding.sentence
            zero = f"{'总分' if finding.scope == TOTAL else finding.scope} 计0分"
            assert cells["分值"].value == (zero if finding.points is None else float(finding.points))
            assert finding.row is None or cells["表行"].value == f"《{finding.sheet}》第{finding.row}行"
        aside = [row[0].value for row in workbook["待评与搁置"].iter_rows()]
        assert {finding.id for finding in card.set_aside} <= set(aside)
        assert {f"{code} {card.nodes[code].name}" for code in card.pending} <= set(aside)


def test_the_same_assessment_gives_the_same_bytes(assessment: Assessment, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        written(assessment, folder)
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name
    with zipfile.ZipFile(first / "city.xlsx") as archive:
        assert b"2018-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_sheets_are_set_up_for_reading_and_for_print(assessment: Assessment, tmp_path: Path) -> None:
    for path in written(assessment, tmp_path).values():
        workbook = openpyxl.load_workbook(path)
        for sheet in workbook:
            across = sheet.title in {"名次", "各指标得分", "失分情况"}
            assert sheet.page_setup.orientation == ("landscape" if across else "portrait")
            assert int(sheet.page_setup.paperSize) == A4
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.page_setup.fitToWidth in {None, 1}
            # Any number of pages, except for the department's summary.
            assert sheet.page_setup.fitToHeight == (None if sheet.title in {"概要", "计分", "各指标得分"} else 0)
            assert sheet.print_area
            assert sheet.print_title_rows
            assert "&P" in sheet.oddFooter.center.text
        for name in TABLES.keys() & set(workbook.sheetnames):
            assert workbook[name].freeze_panes
            assert heads(workbook[name])[0] == TABLES[name]
            assert workbook[name].auto_filter.ref
        ledger = workbook["台账"] if "台账" in workbook.sheetnames else workbook["全部认定事项"]
        assert [validation.formula1 for validation in ledger.data_validations.dataValidation] == ['"是,否"']


#: Every sheet that is one table, and how its titles begin.
TABLES = {
    "台账": "编号",
    "计分": "指标",
    "名次": "名次",
    "各指标得分": "指标",
    "失分情况": "指标",
    "全部认定事项": "部门",
    "计分明细": "部门",
}


def heads(sheet: Any) -> list[Any]:
    """The titles on top of every printed page."""
    first, _, last = sheet.print_title_rows.replace("$", "").partition(":")
    assert first == last
    return [cell.value for cell in sheet[int(first)]]


def test_a_ledger_on_paper_has_five_columns_and_the_rest_is_there(assessment: Assessment, tmp_path: Path) -> None:
    """Columns that only formulas need are folded, not missing."""
    path = written(assessment, tmp_path)[assessment.scorecards[0].department]
    sheet = openpyxl.load_workbook(path)["台账"]
    assert re.search(r"\$A\$1:\$E\$\d+$", sheet.print_area)
    assert heads(sheet)[:5] == ["编号", "事由", "表行", "分值", "成立"]
    folded = {letters for letters, column in sheet.column_dimensions.items() if column.hidden}
    assert folded
    assert all(sheet.column_dimensions[letters].outlineLevel == 1 for letters in folded)


def test_a_long_text_does_not_fill_the_page_and_is_all_there(tmp_path: Path) -> None:
    card = assess(sorted((CASES[0].parent / "typo-veto").glob("*.xlsx")), SCHEME).scorecards[0]
    letter = "来信全文。" * 2000
    long = replace(card.findings[0], because=letter, cells={"内容": letter})
    path = tmp_path / "long.xlsx"
    write_department(replace(card, findings=(long,)), None, path)
    sheet = openpyxl.load_workbook(path)["台账"]
    row = next(cells for cells in table(sheet, "指标"))
    assert row["事由"].value == letter
    assert sheet.row_dimensions[row["事由"].row].height <= ROW


@pytest.mark.thorough
def test_the_summary_and_the_scores_print_on_a_page_each(tmp_path: Path) -> None:
    """As LibreOffice lays them out; both fit on paper with any fonts."""
    card = assess(sorted((CASES[0].parent / "typo-veto").glob("*.xlsx")), SCHEME).scorecards[0]
    path = tmp_path / "台账.xlsx"
    write_department(card, None, path)
    pages = PdfReader(printed(path, tmp_path)).pages
    names = [sheet for page in pages for sheet in ("概要", "计分", "台账") if sheet in page.extract_text().split()]
    assert {(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages} == {(595, 842)}
    assert (names.count("概要"), names.count("计分")) == (1, 1)


def test_sample_evidence_is_marked_on_every_sheet_and_page(tmp_path: Path) -> None:
    for nature in ("示例", "正式"):
        folder = tmp_path / nature
        found = assess([faultless().fact("数据性质", nature).save(folder)], SCHEME)
        out = folder / "out"
        out.mkdir()
        for path in written(found, out).values():
            for sheet in openpyxl.load_workbook(path):
                marked = nature == "示例"
                assert str(sheet["A1"].value).startswith("示例数据") == marked, sheet.title
                assert (sheet.oddHeader.center.text == "示例数据") == marked, sheet.title


def test_evidence_text_stays_as_it_is(tmp_path: Path) -> None:
    card = assess(sorted((CASES[0].parent / "typo-veto").glob("*.xlsx")), SCHEME).scorecards[0]
    review = Review("", "维持", "", "", pd.Timestamp("2017-12-30"), row=2, tied=True, noted="")
    findings = tuple(
        replace(
            card.findings[0], id=f"f{place}", because=text, cells={"描述": text}, review=replace(review, reason=text)
        )
        for place, text in enumerate(HOSTILE)
    )
    path = tmp_path / "hostile.xlsx"
    write_department(replace(card, findings=findings), None, path)
    for workbook in (openpyxl.load_workbook(path), *recalculated([path], tmp_path)):
        rows = table(workbook["台账"], "指标")
        assert [row["复核理由"].value for row in rows] == list(HOSTILE)
        assert [row["事由"].value for row in rows] == list(HOSTILE)
        assert [row["佐证内容"].value for row in rows] == [f"描述：{text}" for text in HOSTILE]
        assert {row["复核理由"].data_type for row in rows} == {"s"}


def test_what_no_cell_can_hold_is_cut_or_replaced_where_it_shows() -> None:
    long = "长" * (CELL_LIMIT - 1) + "😀" * 5
    assert cell_text(long).endswith(CUT)
    assert len(cell_text(long).encode("utf-16-le")) // 2 == CELL_LIMIT
    assert cell_text("长" * CELL_LIMIT) == "长" * CELL_LIMIT
    assert cell_text("甲\ud800\ufffe乙") == "甲\ufffd\ufffd乙"


def test_the_city_workbook_separates_what_is_not_ranked(assessment: Assessment, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(assessment, tmp_path)[""], data_only=True)["名次"]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    ranked = {place.scorecard.department for place in rank(assessment.scorecards)}
    provisional = {card.department for card in assessment.scorecards} - ranked
    assert ranked
    assert provisional
    _, _, after = text.partition("待评部门")
    between, _, failed = after.partition("未能评分的工作簿")
    assert all(department in between for department in provisional)
    assert SCHEME.departments[-1] in failed


def test_a_city_without_any_scorecard_has_a_workbook(tmp_path: Path) -> None:
    broken = tmp_path / "人社局.xlsx"
    broken.write_bytes(b"no workbook")
    write_city(assess([broken], SCHEME), tmp_path / "city.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "city.xlsx")
    values = [cell.value for row in workbook["名次"].iter_rows() for cell in row]
    assert "没有可以排名的部门。" in values
    assert "人社局" in values
