"""One workbook for two schemes: each reads its own rows and says nothing about the other's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from evidence.small_scheme import load_small, write_small
from evidence_builder import Evidence, minimal
from export_builder import assessed, save_export

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.checking import check_workbooks
from scoring.evidence.folders import read_folder
from scoring.scheme import known_schemes, load

DAY = dt.date(2017, 5, 10)


@pytest.fixture
def of_2017(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheme]:
    """The scheme of 2017 beside which the small scheme is installed."""
    known = {**known_schemes(), "small": write_small(tmp_path / "schemes" / "small")}
    monkeypatch.setattr(load, "known_schemes", lambda: known)
    load._loaded.cache_clear()
    yield load_scheme(2017)
    load._loaded.cache_clear()


@pytest.fixture
def small(tmp_path: Path) -> Scheme:
    return load_small(tmp_path / "small")


def shared() -> Evidence:
    """A workbook of 2017 in which every row of the small scheme has something wrong with it, but for one."""
    evidence = minimal()
    evidence.sheets["基本信息"] += [
        {"项目": "联系人", "内容": "甲"},
        {"项目": "完成比例", "内容": "很多"},
        {"项目": "完成比例", "内容": "60"},
    ]
    evidence.sheets["核查情况"] += [
        {"指标": "甲2", "状态": "已核查", "核查人": "一组", "核查日期": DAY},
        {"指标": "甲1", "状态": "看过了"},
        {"指标": "甲1", "状态": None},
    ]
    evidence.headers["监测发现"].append("截图")
    evidence.sheets["监测发现"] += [
        {"监测日期": DAY, "指标": "甲2", "问题类型": "严重错别字", "描述": "姓名有误", "截图": "1.png"},
        {"监测日期": "春天", "指标": "甲2", "问题类型": "错别字", "描述": None},
    ]
    evidence.sheets["复核记录"] = [{"发现编号": "甲2-没有这一项", "决定": "作废", "复核日期": "春天"}]
    evidence.headers["探测记录"] = ["探测时间", "结果"]
    evidence.sheets["探测记录"] = [{"探测时间": "春天", "结果": "?"}]
    return evidence


def result_of(card: Scorecard) -> dict[str, Any]:
    """A scorecard as JSON, without the digest of the evidence."""
    return card.to_json() | {"evidence": None}


def test_rows_of_another_scheme_change_nothing(of_2017: Scheme, tmp_path: Path) -> None:
    (before,) = assess([minimal().save(tmp_path)], of_2017).scorecards
    assessment = assess([shared().save(tmp_path)], of_2017)
    assert assessment.faults == {}
    (after,) = assessment.scorecards
    assert after.source.notices == before.source.notices == ()
    assert after.source.tally == before.source.tally
    assert result_of(after) == result_of(before)


def test_the_other_scheme_reads_its_own(small: Scheme, tmp_path: Path) -> None:
    """It says what is wrong with its own rows, and nothing about those of 2017."""
    path = shared().add("监测发现 | 指标=3.3.2.1.3", "复核记录 | 发现编号=3.3.2.1.3-没有").save(tmp_path)
    cells = [(fault.sheet, fault.cell) for fault in assess([path], small).faults["人社局"]]
    assert cells == [
        ("基本信息", "B20"), ("基本信息", "A21"), ("核查情况", "B31"), ("核查情况", "A32"), ("核查情况", "B32"),
        ("探测记录", ""), ("探测记录", ""), ("探测记录", "A2"), ("探测记录", "B2"),
        ("监测发现", "A3"), ("监测发现", "C3"), ("监测发现", "D3"),
        ("复核记录", "B2"), ("复核记录", "C2"), ("复核记录", "D2"), ("复核记录", "E2"),
    ]  # fmt: skip


def test_without_the_other_scheme_its_rows_are_faults(scheme: Scheme, tmp_path: Path) -> None:
    assessment = assess([shared().save(tmp_path)], scheme)
    sheets = {fault.sheet for fault in assessment.faults["人社局"]}
    assert sheets == {"基本信息", "核查情况", "监测发现", "复核记录"}


@pytest.mark.parametrize(
    ("sheet", "column", "code", "expected"),
    [
        ("核查情况", "指标", "甲9", "末级指标的编号之一"),
        ("核查情况", "指标", "3.1", "末级指标的编号之一"),
        ("监测发现", "指标", "甲9", "可记《监测发现》的指标之一"),
        ("监测发现", "指标", "3.2.1", "可记《监测发现》的指标之一"),
        ("复核记录", "发现编号", "甲9-没有", "本部门评分结果中的一个发现编号"),
        ("基本信息", "项目", "联系电话", "部门、年度"),
    ],
)
def test_what_belongs_to_no_scheme_is_a_fault(
    sheet: str, column: str, code: str, expected: str, of_2017: Scheme, tmp_path: Path
) -> None:
    evidence = minimal().add("监测发现 | 指标=3.3.2.1.3", "复核记录 | 发现编号=3.1")
    evidence.sheets[sheet] = [*evidence.sheets[sheet], evidence.sheets[sheet][0] | {column: code}]
    evidence.sheets["复核记录"] = [row for row in evidence.sheets["复核记录"] if row["发现编号"] != "3.1"]
    (fault,) = assess([evidence.save(tmp_path)], of_2017).faults["人社局"]
    assert (fault.sheet, fault.expected.startswith(expected)) == (sheet, True)


def edited(path: Path, **edits: Any) -> None:
    book = openpyxl.load_workbook(path)
    for name, edit in edits.items():
        edit(book[name])
    book.save(path)


def test_broken_merged_and_hidden_cells_of_another_scheme_are_left_alone(of_2017: Scheme, tmp_path: Path) -> None:
    def spoil(sheet: Any) -> None:  # Rows 2 and 3 are the small scheme's, row 4 is of 2017.
        sheet["D2"], sheet["A3"] = "#REF!", "=1+1"
        sheet.merge_cells("C2:C3")
        for row in (2, 3, 4):
            sheet.row_dimensions[row].hidden = True

    path = shared().add("监测发现 | 指标=3.3.2.1.3").save(tmp_path)
    edited(path, 监测发现=spoil)
    assessment = assess([path], of_2017)
    assert assessment.faults == {}
    assert assessment.scorecards[0].source.notices == ("《监测发现》第 4 行是隐藏的，已照常读取；请确认应当计入",)


def test_a_range_merged_with_a_row_of_another_scheme_is_a_fault_where_it_hides_an_own_cell(
    of_2017: Scheme, tmp_path: Path
) -> None:
    path = shared().add("监测发现 | 指标=3.3.2.1.3").save(tmp_path)
    edited(path, 监测发现=lambda sheet: sheet.merge_cells("A3:A4"))
    (fault,) = assess([path], of_2017).faults["人社局"]
    assert (fault.sheet, fault.cell) == ("监测发现", "A3:A4")


def test_check_counts_only_the_own_rows(of_2017: Scheme, tmp_path: Path) -> None:
    (checked,) = check_workbooks([shared().save(tmp_path)], of_2017)
    assert (checked.faults, checked.notices, checked.is_complete) == ((), (), True)
    assert checked.completeness is not None
    assert {"监测发现"} <= set(checked.completeness.empty_sheets)


# --- Parquet


def test_an_export_holds_rows_of_two_schemes(of_2017: Scheme, small: Scheme, tmp_path: Path) -> None:
    (before,) = assessed(save_export(tmp_path / "before", minimal()), of_2017).scorecards
    after = assessed(save_export(tmp_path / "after", shared()), of_2017)
    assert after.faults == {}
    assert after.scorecards[0].source.notices == ()
    assert result_of(after.scorecards[0]) == result_of(before)
    told = assessed(save_export(tmp_path / "small", rows_of_small()), small)
    assert [(fault.sheet, fault.cell) for fault in told.faults["人社局"]] == [
        ("核查情况", "第 30 条记录“状态”"),
        ("核查情况", "第 31 条记录“指标”"),
        ("核查情况", "第 31 条记录“状态”"),
    ]


def rows_of_small() -> Evidence:
    """The shared workbook without what would keep the whole export from being read, and with faults in one sheet."""
    evidence = shared()
    del evidence.sheets["探测记录"]
    evidence.sheets["复核记录"] = []
    evidence.sheets["监测发现"].pop()
    evidence.sheets["基本信息"] = [row for row in evidence.sheets["基本信息"] if row["项目"] != "完成比例"]
    return evidence


# --- A sheet that may be missing


def inspected(*codes: str) -> Evidence:
    evidence = minimal()
    evidence.sheets["核查情况"] += [
        {"指标": code, "状态": "已核查", "核查人": "一组", "核查日期": DAY} for code in codes
    ]
    return evidence


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_without_an_optional_sheet_the_leaves_that_look_at_it_are_pending(
    form: str, small: Scheme, tmp_path: Path
) -> None:
    for with_sheet in (False, True):
        evidence = inspected("甲1", "甲2")
        if with_sheet:
            evidence.headers["探测记录"] = ["探测时间", "结果", "用时", "修复日期"]
            evidence.sheets["探测记录"] = []
        folder = tmp_path / f"{with_sheet}"
        if form == "xlsx":
            assessment = assess([evidence.save(folder)], small)
        else:
            assessment = assessed(save_export(folder, evidence), small)
        assert assessment.faults == {}
        (card,) = assessment.scorecards
        pending = {code: node.status for code, node in card.nodes.items() if node.status == "pending"}
        assert ("甲1" in pending, "甲2" in pending) == (not with_sheet, False)
        assert card.source.notices == ()


def test_the_evidence_says_which_optional_sheets_it_lacks(small: Scheme, tmp_path: Path) -> None:
    (chunk,) = read_folder(inspected("甲1").save(tmp_path).parent, small).chunks
    assert chunk.load(small).evidence.absent == {"人社局": {"probes", "followups"}}
