"""Ledgers are added up without the engine: its scores are confirmed, and nodes that differ are named."""

from __future__ import annotations

import shutil
import tomllib
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from archiving import copy_of, edit_json, rescored
from batching import asked

from scoring import assess, load_scheme
from scoring.archive.layout import README
from scoring.archive.opened import Archive
from scoring.archive.seal.bag import Sealed
from scoring.archive.seal.run import archive
from scoring.archive.verify.arithmetic import Numbers
from scoring.archive.verify.ledger import as_points, check_book, check_ledgers
from scoring.archive.verify.report import Part
from scoring.archive.verify.run import Asked, verify
from scoring.base.names import department_files
from scoring.engine.assessment import assess_evidence
from scoring.evidence import load_evidence
from scoring.evidence.reading import xlsx
from scoring.evidence.reading.xlsx import MAX_UNPACKED_BYTES, UnreadableWorkbook, grids_of
from scoring.report.excel import city, department, write_city, write_department
from scoring.scheme.readings import choose

CASES = Path(__file__).parents[1] / "cases"
SCHEME = load_scheme(2017)
NUMBERS = tomllib.loads((SCHEME.folder / "scheme.toml").read_text(encoding="utf-8"))
#: The readings that affect how points are added up, each option once.
ADDING = [
    {},
    {"management-sum": "scale", "overflow": "spill", "news-bonus": "section"},
    {"management-sum": "sum", "news-bonus": "total", "update-volume": "proportional", "overflow": "spill"},
    {"news-bonus": "none", "update-volume": "proportional", "total-veto-scope": "section", "site-veto-scope": "total"},
]


def numbers_of(readings: dict[str, str]) -> Numbers:
    return Numbers(NUMBERS, choose(SCHEME.readings, readings))


@pytest.mark.thorough
def test_what_the_engine_gives_is_confirmed_for_all_cases_and_readings(tmp_path: Path) -> None:
    """Each case under the default readings, and under every other option that changes one of its nodes."""
    path = tmp_path / "ledger.xlsx"
    for case in sorted(CASES.iterdir()):
        loaded, seen = load_evidence(sorted(case.glob("*.xlsx")), SCHEME), set()
        for readings in ADDING:
            (card,) = assess_evidence(loaded, readings).scorecards
            if (scores := tuple((node.low, node.high) for node in card.nodes.values())) in seen:
                continue
            seen.add(scores)
            part, cards = Part("台账"), {card.department: card.to_json()}
            write_department(card, None, path)
            rows = check_book(path, department, cards, numbers_of(readings), part)
            assert rows == len(card.findings)
            assert [str(difference) for difference in part.differences] == [], (case.name, readings)


def test_the_citys_ledger_is_added_up_by_department(tmp_path: Path) -> None:
    raw = Path(__file__).parents[2] / "data" / "raw" / "2017"
    assessment = assess(sorted(raw.glob("*.xlsx"))[:3], SCHEME)
    path, part = tmp_path / "city.xlsx", Part("台账")
    write_city(assessment, path)
    cards = {card.department: card.to_json() for card in assessment.scorecards}
    assert check_book(path, city, cards, numbers_of({}), part) > 0
    assert part.differences == []


# --- Changed ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def card() -> Any:
    (found,) = assess([CASES / "typo-veto" / "人社局.xlsx"], SCHEME).scorecards
    return found


@pytest.fixture
def changed(card: Any, tmp_path: Path) -> Callable[..., list[str]]:
    """The differences found after a change of the workbook, saved as values without formulas."""

    def change(do: Callable[[Any], None]) -> list[str]:
        path, part = tmp_path / "ledger.xlsx", Part("台账")
        write_department(card, None, path)
        book = openpyxl.load_workbook(path, data_only=True)
        do(book)
        book.save(path)
        check_book(path, department, {"人社局": card.to_json()}, numbers_of({}), part)
        return [str(difference) for difference in part.differences]

    return change


def cell_of(sheet: Any, row: str, column: str) -> Any:
    """The cell under a title, in the first row whose first cell begins so."""
    header = next(cells for cells in sheet.iter_rows() if column in [cell.value for cell in cells])
    place = next(cell.column for cell in header if cell.value == column)
    return next(cells[place - 1] for cells in sheet.iter_rows() if str(cells[0].value).startswith(row))


def test_values_alone_have_no_difference(changed: Callable[..., list[str]]) -> None:
    assert changed(lambda _: None) == []


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        ("3.3.2.1.3-错别字-", "编号", "另一项", "得分文件中没有认定事项“另一项”"),
        ("3.3.2.1.3-错别字-", "成立", "否", "人社局 3.3 网站管理：台账相加得 16"),
        ("3.3.2.1.3-错别字-", "每次分值", -0.5, "的分值与得分文件的不同，得分文件是 -1.0"),
        ("3.3.2.1.3-错别字累计否决", "成立", "否", "人社局 3.3 网站管理：台账相加得 16"),
        ("3.3.2.1.3-错别字累计否决", "计0分范围", "3 部门", "人社局 3 部门政府网站管理情况：台账相加得 0"),
    ],
)
def test_a_row_that_was_changed(
    changed: Callable[..., list[str]], row: str, column: str, value: object, message: str
) -> None:
    def do(book: Any) -> None:
        cell_of(book["台账"], row, column).value = value

    found = changed(do)
    assert any(message in line for line in found), found


def test_a_row_that_was_dropped(changed: Callable[..., list[str]]) -> None:
    def do(book: Any) -> None:
        book["台账"].delete_rows(cell_of(book["台账"], "3.3.2.1.3-错别字-", "编号").row)

    found = changed(do)
    assert any("台账中没有认定事项“3.3.2.1.3-错别字-" in line for line in found)
    assert any("人社局 3.3 网站管理" in line and "台账相加得" in line for line in found)  # two typos are no veto


def test_a_score_that_is_shown_otherwise(changed: Callable[..., list[str]]) -> None:
    place: list[str] = []

    def do(book: Any) -> None:
        cell = cell_of(book["计分"], "3.3", "得分下限")
        place.append(cell.coordinate)
        cell.value = 16

    assert changed(do) == [f"ledger.xlsx 计分!{place[0]}：人社局 3.3 网站管理 的得分下限：台账相加得 0，表中是 16.0"]


def test_a_leaf_that_is_said_to_wait(changed: Callable[..., list[str]]) -> None:
    def do(book: Any) -> None:
        cell_of(book["计分"], "3.4.1", "待评").value = "是"

    assert any("人社局 3.4.1" in line for line in changed(do))


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda book: book.remove(book["台账"]), "没有工作表《台账》"),
        (lambda book: book["台账"].delete_rows(1, 10), "没有表头，或缺少列"),
        (lambda book: setattr(cell_of(book["台账"], "3.3.2.1.3-错别字-", "次数"), "value", "三"), "应为数字，却是“三”"),
        (lambda book: book["计分"].delete_rows(cell_of(book["计分"], "1.1", "指标").row), "没有 人社局 1.1"),
    ],
)
def test_a_workbook_that_is_not_a_ledger(
    changed: Callable[..., list[str]], do: Callable[[Any], None], message: str
) -> None:
    assert any(message in line for line in changed(do))


# --- In an archive ---------------------------------------------------------------------------------------------------

LEDGER = department_files("教育局", 2017).excel


def ledgers(bag: Path) -> list[str]:
    return [str(difference) for difference in check_ledgers(Archive(bag)).differences]


def test_ledgers_of_an_archive_agree(sealed: Sealed) -> None:
    part = check_ledgers(Archive(sealed.folder))
    assert (part.differences, part.notes) == ([], [])


def test_one_bad_workbook_hides_no_other_difference(bag: Path) -> None:
    (bag / "data" / "结果" / "人社局" / department_files("人社局", 2017).excel).write_bytes(b"no workbook")
    edit_json(bag / "data" / "结果" / "教育局" / "scorecard.json", lambda card: card["nodes"][0].update(range=[1, 1]))
    found = ledgers(bag)
    assert any(line.startswith(f"{department_files('人社局', 2017).excel}：打不开：") for line in found)
    assert any(line.startswith(f"{LEDGER} 计分!") and "得分文件是 1" in line for line in found)
    assert any(line.startswith("2017年度考核汇总.xlsx 计分明细!") for line in found)


def test_rows_of_a_department_without_scores(bag: Path) -> None:
    shutil.rmtree(bag / "data" / "结果" / "教育局")
    found = [line for line in ledgers(bag) if line.endswith("没有部门“教育局”的得分文件")]
    for sheet in ("全部认定事项", "计分明细"):
        assert any(line.startswith(f"2017年度考核汇总.xlsx {sheet}!") for line in found)


def test_a_workbook_that_unpacks_without_end_is_not_opened(bag: Path) -> None:
    path = bag / "data" / "结果" / "教育局" / LEDGER
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet99.xml", b"0" * (MAX_UNPACKED_BYTES + 1))
    assert any(line.startswith(f"{LEDGER}：打不开：文件解压后超过 40 MB") for line in ledgers(bag))


def test_a_citys_workbook_may_be_as_large_as_those_of_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as book:
        monkeypatch.setattr(xlsx, "MAX_UNPACKED_BYTES", sum(info.file_size for info in book.infolist()) // 2)
    with pytest.raises(UnreadableWorkbook, match="解压后超过"):
        grids_of(content)
    grids_of(content, 3)


def test_a_third_of_a_point_is_read_back_as_a_third() -> None:
    assert [as_points(figure) for figure in (-1 / 3, 0.333333333333333, 0.125, -4.0)] == [
        Fraction(-1, 3),
        Fraction(1, 3),
        Fraction(1, 8),
        -4,
    ]


# --- Of a gate -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_gate_is_archived_and_its_results_follow_from_its_ledgers(tmp_path: Path) -> None:
    raw, names = tmp_path / "raw" / "2015", ("教育局", "卫计局", "林业局")  # vetoed, pending, a veto withdrawn
    raw.mkdir(parents=True)
    for name in names:
        shutil.copy(Path(__file__).parents[2] / "data" / "raw" / "2015" / f"{name}.xlsx", raw)
    run = asked(raw, tmp_path / "out", year=2015, named="census_2015", departments=names)
    rescored(run)
    sealed = archive(run, tmp_path / "archives", incomplete=True)
    verified = verify(sealed.packed, Asked())
    assert verified.holds, verified.lines()
    assert "五、台账复加：相符（3 个部门的台账和全市台账，共 8 行）" in verified.lines()
    readme = (sealed.folder / README).read_text(encoding="utf-8")
    assert "五、怎样手工复核一个结论" in readme
    assert "    教育局　不合格　（示例数据）" in readme
    assert "还有 1 个指标待评（普1 站点无法访问），结论未定" in readme

    copy = copy_of(sealed.folder, tmp_path)
    edit_json(copy / "data" / "结果" / "林业局" / "scorecard.json", lambda card: card.update(qualified=False))
    path = copy / "data" / "结果" / "教育局" / department_files("教育局", 2015).excel
    book = openpyxl.load_workbook(path, data_only=True)
    cell_of(book["台账"], "普2", "成立").value = "否"
    book.save(path)
    found = ledgers(copy)
    assert any("林业局 total 结果：由台账得出“合格”，得分文件是“不合格”" in line for line in found), found
    assert any("教育局 普2 网站不更新：台账有 0 项否决计入，应为“未触发”，表中是“触发否决”" in line for line in found)
