"""Every fault of a workbook is reported at once, in Chinese: file, sheet, cell, what was found, what is expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from evidence_builder import FACTS, HEADERS, NAMES, SHEETS, Evidence, faultless, minimal
from openpyxl.utils import get_column_letter

from scoring import Assessment, Scorecard
from scoring.scheme.sheets import Column, Kind, Sheet

FaultsOf = Callable[[Evidence], list[str]]
ROWS = {
    "监测发现": "监测发现 | 指标=3.1.1.1",
    "安全漏洞": "安全漏洞 | 级别=低危",
    "安全通报": "安全通报 | 漏洞编号=V-1",
    "通报曝光": "通报曝光 | 类型=通报 | 来源=市电子政务办",
    "复核记录": "复核记录 | 发现编号=3.1.1.1-未及时更新",
}


def filled() -> Evidence:
    """A workbook with at least one row in each sheet (the review's finding does not exist)."""
    return minimal().add(*ROWS.values())


#: Every column of every sheet but 基本信息, whose items have checks of their own.
COLUMNS = [(sheet, column) for sheet in SHEETS[1:] for column in sheet.columns if column is not NAMES]


def cell_of(sheet: Sheet, column: Column, row: int = 2) -> str:
    return f"人社局.xlsx《{sheet.name}》{get_column_letter(HEADERS[sheet.name].index(column.name) + 1)}{row}："


def faults_for(value: Any, wanted: Callable[[Column], bool], faults_of: FaultsOf) -> Iterator[tuple[Column, str]]:
    """Each wanted column, and the one fault of a cell in it that holds the value, all of them in one workbook."""
    evidence, places = filled(), []
    for sheet, column in COLUMNS:
        if wanted(column) and (value is not None or len(sheet.columns) > 1):  # else the row is wholly empty
            rows = evidence.sheets[sheet.name]
            rows.append(rows[0] | {column.name: value})
            places.append((column, cell_of(sheet, column, len(rows) + 1)))
    faults = faults_of(evidence)
    assert places
    for column, place in places:
        yield column, one_at(faults, place)


def one_at(faults: list[str], where: str) -> str:
    found = [fault for fault in faults if fault.startswith(where)]
    assert len(found) == 1, faults
    return found[0]


# --- sheets and columns


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if not sheet.optional], ids=lambda sheet: sheet.name)
def test_missing_sheet(sheet: Sheet, faults_of: FaultsOf) -> None:
    evidence = minimal()
    del evidence.sheets[sheet.name]
    fault = one_at(faults_of(evidence), f"人社局.xlsx《{sheet.name}》")
    assert fault == f"人社局.xlsx《{sheet.name}》：缺少这张工作表；应为：名为“{sheet.name}”的工作表"


def test_the_reviews_may_be_missing(scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = faultless()
    del evidence.sheets["复核记录"]
    assert scored(evidence).total.score == 100


@pytest.mark.parametrize("place", range(max(sum(not one.optional for one in sheet.columns) for sheet in SHEETS)))
def test_missing_column(place: int, faults_of: FaultsOf) -> None:
    """The column at this position, of every sheet that has one."""
    evidence, expected = minimal(), set()
    for sheet in SHEETS:
        if place < len(sheet.columns) and not (column := sheet.columns[place]).optional:
            evidence.headers[sheet.name].remove(column.name)
            message = f"缺少列“{column.name}”；应为：首行中有“{column.name}”一列"
            expected.add(f"人社局.xlsx《{sheet.name}》：{message}")
    assert expected <= set(faults_of(evidence))


def test_sheet_without_a_header(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.headers["安全漏洞"] = []
    assert [fault.partition("；")[0] for fault in faults_of(evidence)] == [
        f"人社局.xlsx《安全漏洞》：缺少列“{name}”" for name in sorted(("发现日期", "级别", "漏洞编号", "描述"))
    ]


def test_the_same_column_twice(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.headers["门户信息采用"].append("标题")
    assert faults_of(evidence) == ["人社局.xlsx《门户信息采用》D1：列“标题”重复；应为：只有一列"]


def test_the_same_sheet_twice(faults_of: FaultsOf) -> None:
    for name, shown in ((" 安全漏洞", " 安全漏洞"), ("安全漏洞\u200e", "安全漏洞〔U+200E〕")):
        evidence = minimal()
        evidence.sheets[name] = []
        assert faults_of(evidence) == [f"人社局.xlsx《安全漏洞》：工作表重复：“安全漏洞”与“{shown}”；应为：只有一张"]


def test_unknown_sheets_and_columns_are_left_alone_with_a_notice(scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = faultless()
    evidence.sheets["草稿"] = []
    evidence.headers["领导信箱"].append("经办人")
    card = scored(evidence)
    assert card.total.score == 100
    assert "工作表《草稿》不在规定之列，未读取" in card.source.notices
    assert "《领导信箱》G1 的列“经办人”不在规定之列，未读取" in card.source.notices


# --- one value


def test_required_cell_is_empty(faults_of: FaultsOf) -> None:
    for column, fault in faults_for(None, lambda column: column.required, faults_of):
        assert f"“{column.name}”为空；应为：必须填写" in fault


def test_value_outside_its_list(faults_of: FaultsOf) -> None:
    for column, fault in faults_for("不详", lambda column: column.kind is Kind.CHOICE, faults_of):
        assert fault.endswith(f"：“不详”；应为：{'、'.join(column.choices)}之一")


@pytest.mark.parametrize(
    ("value", "found", "hint"),
    [
        (1, "1", ""), (True, "TRUE", ""), (dt.date(2017, 5, 1), "2017-05-01", ""), ("问", "问", ""),
        ("咨 询", "咨 询", "（是否要填“咨询”）"),
    ],
)  # fmt: skip
def test_what_is_no_word_of_a_list(value: Any, found: str, hint: str, faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["领导信箱"][0]["类型"] = value
    assert faults_of(evidence) == [f"人社局.xlsx《领导信箱》B2：“{found}”；应为：咨询、投诉、举报、建议之一{hint}"]


@pytest.mark.parametrize(
    ("value", "found"), [("2017年2月30日", "“2017年2月30日”没有这一天"), (dt.date(2101, 1, 1), "“2101-01-01”")]
)
def test_day_that_does_not_exist_or_comes_too_late(value: Any, found: str, faults_of: FaultsOf) -> None:
    for _, fault in faults_for(value, lambda column: column.kind is Kind.DATE, faults_of):
        assert fault.endswith(f"：{found}；应为：日期，如 2017-03-05（1990年至2100年）")


def test_date_before_1990(faults_of: FaultsOf) -> None:
    for column, fault in faults_for("1989-12-31", lambda column: column.kind is Kind.DATE, faults_of):
        assert ("“1989-12-31”早于" if column.not_before else "“1989-12-31”；应为：日期") in fault


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("春天", "“春天”"),
        ("2017-13-01", "“2017-13-01”没有这一天"),
        ("0000-01-01", "“0000-01-01”没有这一天"),
        (dt.date(1989, 12, 31), "“1989-12-31”"),
        (42800, "“42800”是数字，不是日期"),
        (20170305, "“20170305”是数字，不是日期"),
        (-1, "“-1”是数字，不是日期"),
        (True, "“TRUE”"),
        (dt.time(8, 30), "“08:30:00”"),
        *((text, f"“{text}”") for text in ("20170305", "3/5/2017", "2017-3", "2017-03/05", "2017年3月", "43000天")),
        ("2017-03-05 8:30", "“2017-03-05 8:30”"),
    ],
)
def test_what_is_no_date(value: Any, found: str, faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["门户信息采用"][0]["发布日期"] = value
    (fault,) = faults_of(evidence)
    assert fault.partition("（是否要填")[0] == (
        f"人社局.xlsx《门户信息采用》A2：{found}；应为：日期，如 2017-03-05（1990年至2100年）"
    )


@pytest.mark.parametrize("day", ["1990-01-01", "2100-12-31"])
def test_first_and_last_day_of_the_range_are_dates(day: str, scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = faultless()
    evidence.sheets["门户信息采用"].append({"发布日期": day, "标题": "旧闻"})
    assert scored(evidence).total.score == 100


def test_a_code_that_excel_made_a_date(faults_of: FaultsOf) -> None:
    """3.1.4 becomes 2003-01-04 in some spreadsheets; that is not lossless."""
    evidence = minimal()
    evidence.sheets["核查情况"][11]["指标"] = dt.date(2003, 1, 4)
    assert any(fault.startswith("人社局.xlsx《核查情况》A13：“2003-01-04”") for fault in faults_of(evidence))


@pytest.mark.parametrize("code", ["3.3", "3", "9.9", "3.1.1", "total", "3.1.2.9", 3.1])
def test_a_code_that_is_no_leaf(code: Any, faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["核查情况"][0]["指标"] = code
    assert faults_of(evidence) == [f"人社局.xlsx《核查情况》A2：“{code}”；应为：末级指标的编号之一，如 1.1、3.4.2"]


def test_a_long_value_is_cut_in_the_message(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["领导信箱"][0]["类型"] = "询\n" * 500
    (fault,) = faults_of(evidence)
    assert len(fault) < 120
    assert "\n" not in fault


# --- 基本信息


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_missing_fact(fact: Column, faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["基本信息"] = [row for row in evidence.sheets["基本信息"] if row["项目"] != fact.name]
    assert faults_of(evidence) == [
        f"人社局.xlsx《基本信息》：缺少项目“{fact.name}”；应为：“项目”列中有一行“{fact.name}”"
    ]


def test_facts_given_twice(faults_of: FaultsOf) -> None:
    evidence = minimal()
    items = [row["项目"] for row in evidence.sheets["基本信息"]]
    evidence.sheets["基本信息"] += [{"项目": item, "内容": "有"} for item in items]
    faults = faults_of(evidence)
    for row, item in enumerate(items, start=2):
        where = f"人社局.xlsx《基本信息》A{row + len(FACTS)}："
        assert one_at(faults, where) == f"{where}“{item}”与A{row}重复；应为：每个“项目”只出现一次"


def test_facts_that_may_not_be_empty(faults_of: FaultsOf) -> None:
    evidence, required = minimal(), {fact.name for fact in FACTS if fact.required}
    for row in evidence.sheets["基本信息"]:
        row["内容"] = None
    faults = faults_of(evidence)
    assert len(faults) == len(required)
    for row, item in enumerate((row["项目"] for row in evidence.sheets["基本信息"]), start=2):
        if item in required:
            assert f"“{item}”为空" in one_at(faults, f"人社局.xlsx《基本信息》B{row}：")


@pytest.mark.parametrize(
    ("item", "content", "row", "expected"),
    [
        ("部门", "教育局", 2, "与文件名一致的部门“人社局”"),
        ("部门", "卫生局", 2, "与文件名一致的部门“人社局”"),
        ("年度", 2016, 3, "考核年度 2017"),
        ("年度", "二〇一七", 3, "考核年度 2017"),
        ("数据性质", "测试", 4, "正式、示例之一"),
        ("截止日期", dt.date(2018, 1, 1), 5, "2017 年内的一天"),
        ("截止日期", dt.date(2016, 12, 31), 5, "2017 年内的一天"),
        ("截止日期", "年底", 5, "日期，如 2017-03-05"),
        ("网站域名", "http://rsj.leiyang.gov.cn/", 6, "网站域名，如 rsj.leiyang.gov.cn"),
        ("网站域名", "rsj leiyang gov cn", 6, "网站域名，如 rsj.leiyang.gov.cn"),
        ("集约化完成日期", "2017-06-31", 7, "日期，如 2017-03-05"),
        ("信箱栏目", "是", 8, "有、无之一"),
        ("常见问题列表", "没有", 9, "有、无之一"),
        ("网站征集调查栏目", "Y", 10, "有、无之一"),
        ("管理人员变更", "变更", 15, "未变更、已报备、未报备之一"),
        ("年度运维报告提交日期", "11月30日", 16, "日期，如 2017-03-05"),
        ("网站性能得分", 2.01, 17, "0 到 2 之间的数字，或留空"),
        ("网站性能得分", -0.1, 17, "0 到 2 之间的数字，或留空"),
        ("网站性能得分", "优", 17, "数字"),
        ("网站性能评分说明", None, 18, "填写了网站性能得分，就必须填写网站性能评分说明"),
    ],
)
def test_fact_that_does_not_fit(item: str, content: Any, row: int, expected: str, faults_of: FaultsOf) -> None:
    fault = one_at(faults_of(minimal().fact(item, content)), f"人社局.xlsx《基本信息》B{row}：")
    assert f"；应为：{expected}" in fault


def test_department_that_is_not_assessed(faults_of: FaultsOf) -> None:
    """The file name is the fault, regardless of the content."""
    (fault,) = faults_of(faultless("卫生局"))
    assert fault.startswith(
        "卫生局.xlsx：文件名“卫生局.xlsx”不是考核对象的名称；"
        "应为：考核对象之一的名称加 .xlsx：市经济开发区办公室、人社局、教育局"
    )


@pytest.mark.parametrize(
    "file", ["人社局 - 副本", "人社局（1）", "人社局 ", "⼈社局", "人社局\u200e", "人社局.xlsx", "教育", "2017人社局"]
)
def test_a_file_that_is_not_named_after_its_department(file: str, assessed: Callable[..., Assessment]) -> None:
    """A copy, a download with a number: a failure of that file, and the department itself is scored."""
    stray = faultless("人社局")
    stray.department = file
    assessment = assessed(stray, minimal("人社局"))
    assert [card.department for card in assessment.scorecards] == ["人社局"]
    ((name, faults),) = assessment.faults.items()
    assert (name, [(fault.file, fault.sheet, fault.cell) for fault in faults]) == (f"{file}.xlsx", [(name, "", "")])
    own, _, extra = faults[0].expected.partition("；")
    assert own == "人社局.xlsx" + ("，或分册，如 人社局.信箱.xlsx，分册名只用文字和数字" if "." in file else "")
    assert extra == "如是多余的副本，请移走"


def test_unknown_item(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["基本信息"].append({"项目": "联系电话", "内容": "0734"})
    assert one_at(faults_of(evidence), "人社局.xlsx《基本信息》A19：“联系电话”")


# --- rows against each other


CROSS = [
    (
        ["领导信箱 | 信件编号=重复 | 来信日期=2017-03-01 | 回复日期=2017-03-02"] * 2,
        "《领导信箱》A31：“重复”与A30重复；应为：每个“信件编号”只出现一次",
    ),
    (["网站栏目 | 栏目=通知公告 | 类别=其他"], "《网站栏目》A10：“通知公告”与A4重复；应为：每个“栏目”只出现一次"),
    (["监测时点 | 监测日期=2017-06-30"], "《监测时点》A6：“2017-06-30”与A3重复；应为：每个“监测日期”只出现一次"),
    (["信息发布 | 栏目=没有的栏目"], "《信息发布》B3：栏目“没有的栏目”不在《网站栏目》中"),
    (
        ["领导信箱 | 来信日期=2017-03-02 | 回复日期=2017-03-01"],
        "《领导信箱》D30：“2017-03-01”早于C30的来信日期“2017-03-02”；应为：不早于来信日期的日期",
    ),
    (
        ["门户征集调查 | 报送日期=2017-03-02 | 结果公布日期=2017-03-01"],
        "《门户征集调查》E4：“2017-03-01”早于C4的报送日期",
    ),
    (
        ["网站征集调查 | 开展日期=2017-03-02 | 结果公布日期=2017-03-01"],
        "《网站征集调查》D5：“2017-03-01”早于C5的开展日期",
    ),
    (["安全通报 | 通报日期=2017-03-02 | 处置完成日期=2017-03-01"], "《安全通报》E2：“2017-03-01”早于A2的通报日期"),
    (["安全通报 | 通报日期=2017-03-02 | 书面回复日期=2017-03-01"], "《安全通报》F2：“2017-03-01”早于A2的通报日期"),
    (
        ["领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-03-02 | 回复内容="],
        "《领导信箱》E30：“回复内容”为空，而D30已填写",
    ),
    (["领导信箱 | 来信日期=2017-03-01 | 回复内容=您好"], "《领导信箱》D30：“回复日期”为空，而E30已填写"),
    (["监测发现 | 指标=3.2.1 | 问题类型=打不开"], "《监测发现》B2：“3.2.1”；应为：可记《监测发现》的指标之一"),
    (
        ["监测发现 | 指标=3.2.2 | 问题类型=打不开"],
        "《监测发现》C2：“打不开”与B2的“3.2.2”不相配；应为：该指标的问题类型：未能提交信息",
    ),
    (
        ["通报曝光 | 类型=通报 | 来源=中国政府网"],
        "《通报曝光》C2：“中国政府网”与B2的“通报”不相配；应为：该类型的来源：国办、省政府办公厅、市电子政务办",
    ),
    (
        ["复核记录 | 发现编号=3.9.9-没有的"],
        "《复核记录》A2：没有编号为“3.9.9-没有的”的发现；应为：本部门评分结果中的一个发现编号",
    ),
]


@pytest.mark.parametrize(("rows", "message"), CROSS, ids=[message.partition("：")[0] for _, message in CROSS])
def test_rows_that_do_not_agree(rows: list[str], message: str, faults_of: FaultsOf) -> None:
    (fault,) = faults_of(minimal().add(*rows))
    assert fault.startswith(f"人社局.xlsx{message}")


def test_the_same_finding_decided_twice(faults_of: FaultsOf, scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = faultless().add("监测发现 | 指标=3.1.1.1")
    (finding,) = scored(evidence).of("3.1.1.1")
    evidence.add(f"复核记录 | 发现编号={finding.id} | 决定=撤销", f"复核记录 | 发现编号={finding.id} | 决定=维持")
    (fault,) = faults_of(evidence)
    assert fault.startswith(f"人社局.xlsx《复核记录》A3：“{finding.id}”与A2重复")


def test_a_leaf_given_twice(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["核查情况"].append(evidence.sheets["核查情况"][0])
    assert faults_of(evidence) == ["人社局.xlsx《核查情况》A30：“1.1”与A2重复；应为：每个“指标”只出现一次"]


@pytest.mark.parametrize(("column", "cell"), [("核查人", "C2"), ("核查日期", "D2")])
def test_inspected_by_whom_and_when(column: str, cell: str, faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.sheets["核查情况"][0][column] = None
    assert faults_of(evidence) == [
        f"人社局.xlsx《核查情况》{cell}：“{column}”为空，而B2为“已核查”；应为：已核查的指标必须填写{column}"
    ]


@pytest.mark.parametrize("rows", ["监测时点 | 无", "监测时点 | 监测日期=2016-12-31", "监测时点 | 监测日期=2018-01-01"])
def test_update_volume_inspected_without_a_checkpoint_in_the_period(rows: str, faults_of: FaultsOf) -> None:
    (fault,) = faults_of(minimal().replace(rows))
    assert fault.startswith("人社局.xlsx《核查情况》B22：3.3.2.3 为“已核查”，而《监测时点》在考核期内没有一行")


# --- all at once


def test_all_faults_are_reported_at_once_in_the_order_of_sheets_and_cells(faults_of: FaultsOf) -> None:
    evidence = (
        minimal().fact("年度", 2016).add("安全漏洞 | 级别=严重 | 发现日期=昨天", "通报曝光 | 类型=通报 | 来源=市民")
    )
    evidence.sheets["领导信箱"][3]["有效"] = "对"
    evidence.sheets["领导信箱"][1]["类型"] = None
    cells = [fault.partition("：")[0].removeprefix("人社局.xlsx") for fault in faults_of(evidence)]
    assert cells == [
        "《基本信息》B3",
        "《领导信箱》B3",
        "《领导信箱》F5",
        "《安全漏洞》A2",
        "《安全漏洞》B2",
        "《通报曝光》C2",
    ]


def test_an_empty_sheet_is_no_fault(scored: Callable[[Evidence], Scorecard]) -> None:
    """A neglected site: nothing published, no letters, no consultations."""
    evidence = faultless().replace(
        *(f"{sheet.name} | 无" for sheet in SHEETS[2:] if sheet.key not in {"columns", "checkpoints"})
    )
    card = scored(evidence)
    assert (card.qualified, card.total.score) == (False, 0)


def test_many_faults_are_reported_within_seconds(faults_of: FaultsOf) -> None:
    assert len(faults_of(minimal().replace("领导信箱 ×1000 | 类型=问 | 有效=Y | 来信日期=2017-13-01"))) == 3000
