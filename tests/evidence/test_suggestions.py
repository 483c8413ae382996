"""A suggestion is printed with the fault of a cell, and never applied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from evidence_builder import SHEETS, Evidence, faultless, minimal

from scoring import Scheme
from scoring.evidence import suggest

FaultsOf = Callable[[Evidence], list[str]]
CATEGORIES = ("工作动态", "通知公告", "政策文件", "文件解读", "规划计划", "人事信息", "其他")
LETTERS = ("咨询", "投诉", "举报", "建议")


# --- one value


@pytest.mark.parametrize(
    ("value", "choices", "meant"),
    [
        ("咨 询", LETTERS, "咨询"),
        ("咨\u3000询", LETTERS, "咨询"),
        ("资询", LETTERS, "咨询"),
        ("投诉信", LETTERS, "投诉"),
        ("咨询、投诉", LETTERS, ""),
        ("其它", LETTERS, ""),
        ("其它", CATEGORIES, "其他"),
        ("公告", CATEGORIES, "通知公告"),
        ("政策解读", CATEGORIES, ""),
        ("撤消", ("维持", "撤销"), "撤销"),
        ("核查", ("已核查", "未核查"), "已核查"),
        ("未核实", ("已核查", "未核查"), "未核查"),
        ("没核查", ("已核查", "未核查"), ""),
        ("变更", ("未变更", "已报备", "未报备"), ""),
        ("非正式", ("正式", "示例"), ""),
        ("√", ("是", "否"), "是"),
        ("有", ("是", "否"), "是"),
        ("×", ("是", "否"), "否"),
        (True, ("是", "否"), "是"),
        (False, ("有", "无"), "无"),
        ("没有", ("有", "无"), "无"),
        ("不是", ("是", "否"), "否"),
        ("n", ("有", "无"), "无"),
        ("X", ("是", "否"), ""),
        ("√", LETTERS, ""),
        (1.0, LETTERS, ""),
        (None, LETTERS, ""),
        ("咨" * 10_000, LETTERS, ""),
    ],
)
def test_choice(value: Any, choices: tuple[str, ...], meant: str) -> None:
    assert suggest.choice(value, choices) == meant


@pytest.mark.parametrize(
    "value",
    [
        "2017年3月5号", "2017年3月5", "2017 年 3 月 5 日", "2017 3 5", "2017-03/05", "2017，3，5", "2017。3。5",
        "20170305", "２０１７０３０５", 20170305.0, 42799.0, "2017-03-05 8:30", "2017-03-05T08:30:00",
        "2017年3月5日（星期日）", "2O17-O3-O5", "2017.3.5.",
    ],
)  # fmt: skip
def test_what_is_nearly_a_date(value: Any) -> None:
    assert suggest.day(value) == "2017-03-05"


@pytest.mark.parametrize(
    "value",
    [
        "2017-2-29", "2017-13-01", "20170231", "17.3.5", "3/5/2017", "2017年3月", "3月5日", "2017-3-5至8",
        "2017年3月第5周", "43000天", "1989-12-31", "18991231", "春天", "9" * 5000, 3.0, -1.0, 42799.5, 1e300,
        float("inf"), float("nan"), True, None, dt.date(2101, 1, 1), dt.time(8, 30),
    ],
)  # fmt: skip
def test_what_may_be_several_days_or_none(value: Any) -> None:
    assert suggest.day(value) == ""


@pytest.mark.parametrize(("value", "meant"), [("3/25/2017", "2017-03-25"), ("25.3.2017", "2017-03-25")])
def test_a_year_at_the_end_with_only_one_order_that_fits(value: str, meant: str) -> None:
    assert suggest.day(value) == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("3.2.l", "3.2.1"),
        ("3.2.I", "3.2.1"),
        ("3。2。1", "3.2.1"),
        ("3. 2. 1", "3.2.1"),
        ("3-2-1", "3.2.1"),
        ("3.2.1.", "3.2.1"),
        ("3..2.1", "3.2.1"),
        ("3.2.1领导信箱", "3.2.1"),
        ("机构简介", "3.1.1.1"),
        ("内容准确", "3.3.2.1.3"),
        ("领导(主任、局长)信箱", "3.2.1"),
        ("征集调查", ""),  # two leaves have this name
        (dt.date(2003, 1, 4), "3.1.4"),
        (dt.datetime(2003, 2, 1), "3.2.1"),  # noqa: DTZ001 - as Excel keeps it
        (dt.date(2017, 1, 1), "1.1"),
        (dt.date(2017, 8, 9), ""),
        ("3.2", ""),
        ("3.2.1.9", ""),
        ("9.9", ""),
        (3.1, ""),
        ("", ""),
    ],
)
def test_code_of_a_leaf(value: Any, meant: str, scheme: Scheme) -> None:
    assert suggest.code(value, {leaf.code: leaf.name for leaf in scheme.leaves}) == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("http://rsj.leiyang.gov.cn/", "rsj.leiyang.gov.cn"),
        ("HTTPS://RSJ.leiyang.gov.cn:8080/a?b", "rsj.leiyang.gov.cn"),
        ("rsj。leiyang。gov。cn", "rsj.leiyang.gov.cn"),
        ("rsj leiyang gov cn", ""),
        ("人社局网站", ""),
    ],
)
def test_host_name(value: str, meant: str) -> None:
    assert suggest.host_name(value) == meant


@pytest.mark.parametrize(("value", "meant"), [("1.5分", "1.5"), ("1.5 分", "1.5"), ("20分", ""), ("优", "")])
def test_marks(value: str, meant: str) -> None:
    assert suggest.number(value, Fraction(2)) == meant


def test_a_name_that_fits_two_missing_ones_suggests_neither() -> None:
    assert suggest.renamed(["门户征集调查", "网站征集调查"], ["征集调查表"]) == {}


def test_long_texts_and_long_lists_cost_nothing() -> None:
    many = tuple(f"栏目{n}" for n in range(100_000))
    assert suggest.nearest("栏目", many) == ""
    assert suggest.nearest("栏" * 1_000_000, ("栏目",)) == ""


# --- in a workbook


def with_cell(sheet: str, column: str, value: Any) -> Evidence:
    evidence = minimal()
    evidence.row_of(sheet, 2)[column] = value
    return evidence


DATE = "日期，如 2017-03-05（1990年至2100年）"
LEAF = "末级指标的编号之一，如 1.1、3.4.2"
CELLS = [
    ("领导信箱", "类型", "咨 询", "“咨 询”；应为：咨询、投诉、举报、建议之一（是否要填“咨询”）"),
    ("领导信箱", "有效", "有", "“有”；应为：是、否之一（是否要填“是”）"),
    ("门户信息采用", "发布日期", 20170305, f"“20170305”是数字，不是日期；应为：{DATE}（是否要填“2017-03-05”）"),
    ("核查情况", "指标", "1.1。", f"“1.1。”；应为：{LEAF}（是否要填“1.1”）"),
    ("核查情况", "指标", dt.date(2017, 1, 1), f"“2017-01-01”；应为：{LEAF}（是否要填“1.1”）"),
    ("核查情况", "指标", "网站集约化建设", f"“网站集约化建设”；应为：{LEAF}（是否要填“1.1”）"),
    (
        "信息发布",
        "栏目",
        "工做动态",
        "栏目“工做动态”不在《网站栏目》中；应为：《网站栏目》列出的栏目之一（是否要填“工作动态”）",
    ),
]


@pytest.mark.parametrize(("sheet", "column", "value", "message"), CELLS, ids=[case[3][:12] for case in CELLS])
def test_suggestion_for_a_cell(sheet: str, column: str, value: Any, message: str, faults_of: FaultsOf) -> None:
    (fault,) = faults_of(with_cell(sheet, column, value))
    assert fault.endswith(f"：{message}")


def test_code_and_kind_of_what_was_monitored(faults_of: FaultsOf) -> None:
    wrong = minimal().add("监测发现 | 指标=内容准确性 | 问题类型=错别字", "监测发现 | 指标=3.3.2.1.3 | 问题类型=错字")
    hints = [fault.rpartition("（")[2] for fault in faults_of(wrong)]
    assert hints == ["是否要填“3.3.2.1.3”）", "是否要填“错别字”）"]


def test_facts(faults_of: FaultsOf) -> None:
    evidence = (
        minimal().fact("专门科室", "是").fact("网站域名", "http://rsj.leiyang.gov.cn/").fact("网站性能得分", "1.5分")
    )
    assert [fault.rpartition("（")[2] for fault in faults_of(evidence)] == [
        "是否要填“rsj.leiyang.gov.cn”）",
        "是否要填“有”）",
        "是否要填“1.5”）",
    ]


@pytest.mark.parametrize(("file", "department"), [("人社", "人社局"), ("教育局(定稿)", "教育局"), ("卫生局", "")])
def test_department(file: str, department: str, faults_of: FaultsOf) -> None:
    """The suggested file name: after the department in it, or the one nearest to its name."""
    for inside in filter(None, (department, file)):
        (fault,) = faults_of(renamed(faultless(inside), file))
        assert (f"{department or file}.xlsx" in fault.partition("；")[2]) == bool(department)


def renamed(evidence: Evidence, file: str) -> Evidence:
    evidence.department = file
    return evidence


def test_a_sheet_of_nearly_that_name(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["领导信箱 (2)"] = evidence.sheets.pop("领导信箱")
    assert faults_of(evidence) == [
        "人社局.xlsx《领导信箱》：缺少这张工作表；应为：名为“领导信箱”的工作表（现有的“领导信箱 (2)”是否就是它）"
    ]


def test_a_column_of_nearly_that_name(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.headers["领导信箱"][2] = "来信\n时间"
    assert faults_of(evidence) == [
        "人社局.xlsx《领导信箱》：缺少列“来信日期”；应为：首行中有“来信日期”一列（现有的“来信 时间”是否就是它）"
    ]


def test_no_intention_is_ever_an_unknown_word_of_a_list() -> None:
    for sheet in SHEETS:
        for column in sheet.columns:
            for value in ("是", "无", "√", "2017", "已", "市", "信息", "TRUE", "不详"):
                assert suggest.of_value(column, value) in {"", *column.choices}


# --- the cause, and not its consequences


@pytest.mark.parametrize(
    ("sheet", "column"), [("网站栏目", "栏目"), ("网站栏目", None), ("监测时点", "监测日期"), ("监测时点", None)]
)
def test_only_the_cause_is_reported(sheet: str, column: str | None, faults_of: FaultsOf) -> None:
    evidence = faultless()
    if column:
        evidence.headers[sheet].remove(column)
    else:
        del evidence.sheets[sheet]
    (fault,) = faults_of(evidence)
    assert fault.startswith(f"人社局.xlsx《{sheet}》：缺少")
