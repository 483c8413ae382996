"""The command check: faults, what is not inspected yet, exit codes, and the annotated copy."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from bs4 import BeautifulSoup
from calling import Run
from commands import HERE
from evidence_builder import SHEETS, Evidence, minimal
from libreoffice import recalculated
from openpyxl.comments import Comment

from scoring import Scheme, Scorecard
from scoring.checking import check_workbooks
from scoring.checking.annotate import LIST, MOST, annotate
from scoring.evidence.faults import Fault
from scoring.evidence.reading.xlsx import UnreadableWorkbook

Check = Callable[..., tuple[int, list[str]]]
FAULTY = "FFFFC7CE"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "2017"
    folder.mkdir()
    return folder


@pytest.fixture
def check(run: Run) -> Check:
    """Call check: its exit code and the lines that it printed."""

    def call(*args: object) -> tuple[int, list[str]]:
        code, out, err = run("check", *args)
        return code, (out + err).splitlines()

    return call


# --- what is printed


def test_faults_are_grouped_by_sheet_in_the_schemas_order(raw: Path, check: Check) -> None:
    evidence = minimal().fact("年度", 2016).add("通报曝光 | 类型=通报 | 来源=市民")
    evidence.row_of("领导信箱", 2)["类型"] = "咨 询"
    evidence.row_of("领导信箱", 3)["有效"] = "有"
    evidence.headers["安全漏洞"].remove("级别")
    evidence.save(raw)
    code, lines = check(raw)
    assert code == 1
    assert lines[:11] == [
        "人社局：有 5 处差错，改正之前不评分",
        "  《基本信息》",
        "    B3：“2016”；应为：考核年度 2017",
        "  《领导信箱》",
        "    B2：“咨 询”；应为：咨询、投诉、举报、建议之一（是否要填“咨询”）",
        "    F3：“有”；应为：是、否之一（是否要填“是”）",
        "  《安全漏洞》",
        "    缺少列“级别”；应为：首行中有“级别”一列",
        "  《通报曝光》",
        "    C2：“市民”与B2的“通报”不相配；应为：该类型的来源：国办、省政府办公厅、市电子政务办",
        "  核查进度：28 个末级指标全部已核查",
    ]
    assert lines[-1] == "共检查 1 个工作簿：有差错 1 个（5 处）；全部核查完"


def test_what_is_still_open(raw: Path, check: Check) -> None:
    evidence = minimal().inspection("2.3", "未核查").without("核查情况 | 指标=3.4.2").replace("领导信箱 | 无")
    evidence.fact("截止日期", None).fact("数据性质", "正式").save(raw)
    code, lines = check(raw)
    assert code == 0
    assert lines[:5] == [
        "人社局：没有差错",
        "  核查进度：28 个末级指标中已核查 26 个；未核查 2 个：2.3 投资耒阳、3.4.2 曝光情况",
        "  没有内容的工作表（确实没有的，可以空着）：监测发现、领导信箱、安全漏洞、安全通报、通报曝光",
        "  未填的基本信息（确实没有的，可以空着）：截止日期",
        "  数据性质：正式",
    ]
    assert lines[-1] == "共检查 1 个工作簿：没有差错；未核查完 1 个"


def test_what_is_still_open_is_printed_for_a_faulty_workbook_too(raw: Path, check: Check) -> None:
    evidence = minimal().inspection("2.3", "未核查").fact("年度", 2016)
    evidence.sheets["草稿"] = []
    evidence.save(raw)
    _, lines = check(raw)
    assert "  核查进度：28 个末级指标中已核查 27 个；未核查 1 个：2.3 投资耒阳" in lines
    assert "  数据性质：示例（由此生成的各项结果均标明“示例数据”）" in lines
    assert "  提示：工作表《草稿》不在规定之列，未读取" in lines


@pytest.mark.parametrize("sheet", [sheet.name for sheet in SHEETS])
def test_a_missing_sheet_leaves_what_is_known(sheet: str, raw: Path, check: Check) -> None:
    evidence = minimal()
    del evidence.sheets[sheet]
    evidence.save(raw)
    code, lines = check(raw)
    assert code == (0 if sheet == "复核记录" else 1)
    unknown = "  核查进度：《核查情况》缺少必要的列或整张表，无法统计"
    assert (unknown in lines) == (sheet == "核查情况")
    assert any("数据性质：示例" in line for line in lines) == (sheet != "基本信息")


def test_of_a_gate_nothing_is_about_points(tmp_path: Path, check: Check) -> None:
    for path in sorted((HERE / "data" / "raw" / "2015").glob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        for sheet in book.worksheets[1:]:
            sheet["B2"] = "？"
        book.save(tmp_path / path.name)
    code, lines = check(tmp_path, "--scheme", "census_2015")
    assert code == 1
    assert "处差错，改正之前不作结论" in lines[0]
    assert [line for line in lines if re.search(r"评分|得分|计分|扣分|满分|总分|\d ?分(?!钟)", line)] == []


def test_a_file_that_cannot_be_read_does_not_hide_the_others(raw: Path, check: Check) -> None:
    (raw / "人社局.xlsx").write_bytes(b"rubbish")
    minimal("教育局").save(raw)
    code, lines = check(raw)
    assert code == 1
    assert lines[:3] == [
        "人社局：有 1 处差错，改正之前不评分",
        "  整个文件",
        "    文件不是 .xlsx 工作簿，或已损坏；请在 Excel 或 WPS 中打开并另存为 .xlsx",
    ]
    assert lines[3] == "教育局：没有差错"
    assert lines[-1] == "共检查 2 个工作簿：有差错 1 个（1 处）；未核查完 1 个"


def test_departments_are_in_the_schemes_order(raw: Path, scheme: Scheme) -> None:
    for department in ("林业局", "教育局", "人社局", "某局"):
        minimal(department).save(raw)
    checked = check_workbooks(sorted(raw.iterdir()), scheme)
    assert [one.department for one in checked] == ["人社局", "教育局", "林业局", "某局.xlsx"]


def test_two_files_of_one_department(raw: Path, check: Check) -> None:
    path = minimal().save(raw)
    path.with_suffix(".XLSX").write_bytes(minimal().content())
    minimal("教育局").save(raw)
    code, lines = check(raw)
    assert code == 1
    assert lines[2] == "    同一部门有重名的工作簿：人社局.XLSX、人社局.xlsx；应为：每个名称只有一个；请移走其余的"
    assert "教育局：没有差错" in lines


def test_control_characters_of_a_workbook_do_not_reach_the_screen(raw: Path, check: Check) -> None:
    evidence = minimal()
    evidence.headers["领导信箱"].append("经\x1b[31m办\n人")
    evidence.row_of("领导信箱", 2)["类型"] = "咨\x1b[2J询\u202e"
    evidence.save(raw)
    _, lines = check(raw)
    assert [line for line in lines if not line.isprintable()] == []


# --- who has inspected what


def shared_out() -> list[Evidence]:
    """Two departments that three people share, a part and a case file; a third department is not inspected at all."""
    whole = minimal()
    for row, people in zip(whole.sheets["核查情况"], ["张伟、李娜", "李 娜；张伟", "王芳"] + [None] * 25, strict=True):
        row.update({"核查人": people, "核查日期": dt.date(2017, 12, 1)} if people else {"状态": "未核查"})
    header = "指标", "状态", "核查人", "核查日期"
    rows = [("2.3", "已核查", "王芳", dt.date(2017, 12, 3)), ("2.4", "已核查", "张伟", dt.date(2018, 1, 5))]
    parts = [
        Evidence(f"人社局.{name}", {"核查情况": [dict(zip(header, row, strict=True))]})
        for name, row in zip(("王芳", "案卷"), rows, strict=True)
    ]
    other = minimal("教育局")
    for row in other.sheets["核查情况"]:
        row["核查人"] = "王芳"
    nobody = minimal("林业局")
    for row in nobody.sheets["核查情况"]:
        row["状态"] = "未核查"
    return [whole, *parts, other, nobody]


def test_who_has_inspected_what(raw: Path, check: Check) -> None:
    for evidence in shared_out():
        evidence.save(raw)
    (raw / "规划局.xlsx").write_bytes(b"rubbish")
    _, lines = check(raw)
    table = lines[lines.index("按核查人：") : -2]
    assert table == [
        "按核查人：",
        "  核查人  已核查  首次        末次        部门",
        "  王芳    30      2017-12-01  2017-12-30  人社局、教育局",
        "  张伟    3       2017-12-01  2018-01-05  人社局",
        "  李娜    2       2017-12-01  2017-12-01  人社局",
        "按部门：核查完 1 个，未核查完 3 个（其中无法统计 1 个）",
        "  部门    已核查  核查人            未核查",
        "  人社局  5/28    张伟、李娜、王芳  3.1.1.1 机构简介、3.1.1.2 领导简介、3.1.1.3 内设机构等 23 个",
        "  教育局  28/28   王芳",
        "  规划局                            无法统计，见所列差错",
        "  林业局  0/28                      1.1 部门政府网站集约化建设、2.1 征集调查、2.2 走进耒阳等 28 个",
    ]
    assert lines[-1] == "共检查 4 个部门（6 个文件）：有差错 1 个（1 处）；未核查完 3 个"


def test_of_very_many_departments_only_the_unfinished_are_listed(tmp_path: Path, check: Check) -> None:
    names = [f"单位{number:03}" for number in range(101)]
    (tmp_path / "名单.txt").write_text("\n".join(names), encoding="utf-8")
    content, unfinished = minimal().content(), minimal().inspection("2.3", "未核查").content()
    (tmp_path / "2017").mkdir()
    for name in names:  # 部门 within is another: a fault, which the figures do not mind.
        (tmp_path / "2017" / f"{name}.xlsx").write_bytes(unfinished if name == "单位007" else content)
    _, lines = check(tmp_path / "2017", "--departments", tmp_path / "名单.txt")
    at = lines.index("按部门：核查完 100 个，未核查完 1 个")
    assert lines[at + 2 : -1] == ["  单位007  27/28   核查员甲  2.3 投资耒阳"]


def test_the_page_says_the_same_and_is_marked(raw: Path, check: Check) -> None:
    hostile = minimal("卫计局").fact("年度", "<script>")
    hostile.row_of("核查情况", 2)["核查人"] = "<b>张"
    for evidence in (*shared_out(), hostile):
        evidence.save(raw)
    path = raw.parent / "页" / "核查.html"
    _, lines = check(raw, "--page", path)
    assert f"核查情况：{path}" in lines
    text = path.read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert page.title
    assert "示例数据" in page.title.text
    assert not page.find_all(["script", "b"])
    assert [one["src"] for one in page.find_all(src=True)] == []
    tables: dict[str, Any] = {
        str(table["aria-label"]): [[cell.text for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in page.find_all("table")
    }
    assert ["王芳", "30", "2017-12-01 至 2017-12-30", "2", "人社局、教育局"] in tables["核查人"]
    progress = {row[0]: row[1:] for row in tables["各部门进度"]}
    assert progress["人社局"][0] == "5/28"
    assert progress["人社局"][1].startswith("3.1.1.1 机构简介、")
    assert progress["人社局"][1].endswith("、3.4.2 曝光情况")
    matrix = tables["指标 1.1 至 2.4 的核查人和日期"]
    assert matrix[0] == ["部门", "1.1", "2.1", "2.2", "2.3", "2.4"]
    assert matrix[1][:2] == ["人社局", "张伟、李娜\n2017-12-01"]
    assert matrix[1][3:] == ["王芳\n2017-12-01", "王芳\n2017-12-03", "张伟\n2018-01-05"]
    assert matrix[-1] == ["林业局", *["未核查"] * 5]
    assert tables["卫计局的差错"][1:] == [["卫计局.xlsx", "《基本信息》B3", "“<script>”；应为：考核年度 2017"]]
    assert "没有佐证的部门 5 个：" in page.text


def test_formal_evidence_is_not_marked(raw: Path, check: Check) -> None:
    minimal().fact("数据性质", "正式").save(raw)
    check(raw, "--page", raw.parent / "核查.html")
    assert "示例数据" not in (raw.parent / "核查.html").read_text(encoding="utf-8")


# --- decisions, which only scoring can judge


def finding_of(scored: Callable[[Evidence], Scorecard], evidence: Evidence) -> str:
    return scored(evidence).of("3.1.1.1")[0].id


def test_an_unknown_finding(raw: Path, check: Check, scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = minimal().add("监测发现 | 指标=3.1.1.1")
    finding = finding_of(scored, evidence)
    evidence.add(f"复核记录 | 发现编号={finding[:-1]}").save(raw)
    code, lines = check(raw)
    assert (code, lines[1]) == (1, "  《复核记录》")
    assert lines[2].startswith(f"    A2：没有编号为“{finding[:-1]}”的发现")
    assert lines[2].endswith(f"（是否要填“{finding}”）")


def test_who_inspected_cannot_withdraw_alone(raw: Path, check: Check, scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = minimal().add("监测发现 | 指标=3.1.1.1")
    inspector = next(row["核查人"] for row in evidence.sheets["核查情况"] if row["指标"] == "3.1.1.1")
    evidence.add(f"复核记录 | 发现编号={finding_of(scored, evidence)} | 复核人={inspector}").save(raw)
    code, lines = check(raw)
    assert (code, lines[1]) == (1, "  《复核记录》")
    assert lines[2].startswith("    D2：")


def test_a_stale_decision_is_a_notice(raw: Path, check: Check, scored: Callable[[Evidence], Scorecard]) -> None:
    evidence = minimal().add("监测发现 | 指标=3.1.1.1")
    evidence.add(f"复核记录 | 发现编号={finding_of(scored, evidence)} | 佐证摘要=sha256:0123456789abcdef").save(raw)
    code, lines = check(raw)
    assert code == 0
    assert [line for line in lines if line.startswith("  提示：") and "复核失效" in line]


# --- how it is called


def test_one_workbook(raw: Path, check: Check) -> None:
    path = minimal().save(raw)
    minimal("教育局").fact("年度", 2016).save(raw)
    code, lines = check(path)
    assert (code, lines[0], lines[-1]) == (0, "人社局：没有差错", "共检查 1 个工作簿：没有差错；全部核查完")


@pytest.mark.parametrize(
    ("status", "year", "args", "code"),
    [
        ("已核查", 2017, [], 0),
        ("已核查", 2017, ["--complete"], 0),
        ("未核查", 2017, [], 0),
        ("未核查", 2017, ["--complete"], 3),
        ("未核查", 2016, ["--complete"], 1),
        ("已核查", 2016, [], 1),
    ],
)
def test_exit_codes(status: str, year: int, args: list[str], code: int, raw: Path, check: Check) -> None:
    path = minimal().inspection("2.3", status).fact("年度", year).save(raw)
    assert check(path, *args)[0] == code


WRONG = {
    ("没有.xlsx",): "没有文件夹或工作簿 没有.xlsx",
    ("BOOK", "--department", "人社局"): "--department 只用于文件夹",
    ("RAW", "--department", "卫计局"): "没有这些部门的工作簿：卫计局",
    ("RAW", "--annotate", "RAW"): "批注副本不能写进佐证文件夹",
    ("RAW", "--annotate", "LINK"): "批注副本不能写进佐证文件夹",
    ("BOOK", "--annotate", "RAW"): "批注副本不能写进佐证文件夹",
    ("BOOK", "--annotate", "RAW/../2017"): "批注副本不能写进佐证文件夹",
    ("RAW", "--annotate", "BOOK"): "不是文件夹",
    ("RAW", "--page", "BOOK"): "--page 应为 .html 文件",
    ("RAW", "--annotate"): "选项 --annotate 的用法不对",
}


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_called_wrongly(args: tuple[str, ...], raw: Path, check: Check) -> None:
    book = minimal().fact("年度", 2016).save(raw)
    link = raw.parent / "link"
    link.symlink_to(raw, target_is_directory=True)
    places = {"RAW": raw, "BOOK": book, "LINK": link, "RAW/../2017": raw / ".." / "2017"}
    code, lines = check(*(places.get(arg, arg) for arg in args))
    assert code == 2
    assert WRONG[args] in lines[0]
    assert list(raw.iterdir()) == [book]


# --- the annotated copy


def with_faults() -> Evidence:
    evidence = minimal()
    evidence.row_of("领导信箱", 2)["类型"] = "咨 询"
    evidence.row_of("领导信箱", 3)["来信日期"] = None
    evidence.headers["门户信息采用"].append("标题")
    del evidence.sheets["通报曝光"]
    return evidence


def annotated(raw: Path, check: Check) -> Any:
    """The copy of the one workbook in the folder."""
    copies = raw.parent / "批注"
    code, lines = check(raw, "--annotate", copies)
    assert code == 1
    (copy,) = copies.iterdir()
    assert f"  批注副本：{copy}" in lines
    return openpyxl.load_workbook(copy)


def test_faulty_cells_are_coloured_and_commented(raw: Path, check: Check) -> None:
    with_faults().save(raw)
    book = annotated(raw, check)
    letters = book["领导信箱"]
    coloured = [
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets[1:]
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.start_color.rgb.endswith(FAULTY[2:])
    ]
    assert coloured == [("门户信息采用", "D1"), ("领导信箱", "B2"), ("领导信箱", "C3")]
    assert letters["B2"].comment.text == "“咨 询”\n应为：咨询、投诉、举报、建议之一\n是否要填“咨询”？"
    assert letters["C3"].comment.text.startswith("“来信日期”为空\n应为：必须填写日期")
    assert letters["B2"].value == "咨 询"
    assert letters["B3"].comment is None


def test_all_faults_are_listed_in_front_with_links(raw: Path, check: Check) -> None:
    with_faults().save(raw)
    book = annotated(raw, check)
    page = book.worksheets[0]
    assert (page.title, book.active.title, page["A1"].value) == (LIST, LIST, "人社局.xlsx：4 处差错")
    assert [cell.value for cell in page[4]] == ["序号", "工作表", "单元格", "现有内容", "应为", "可能的本意"]
    rows = [[cell.value or "" for cell in row] for row in page.iter_rows(min_row=5)]
    assert [row[:4] for row in rows] == [
        [1, "门户信息采用", "D1", "列“标题”重复"],
        [2, "领导信箱", "B2", "“咨 询”"],
        [3, "领导信箱", "C3", "“来信日期”为空"],
        [4, "通报曝光", "整张表", "缺少这张工作表"],
    ]
    assert rows[1][4:] == ["咨询、投诉、举报、建议之一", "是否要填“咨询”"]
    links = [page.cell(row, 3).hyperlink for row in range(5, 9)]
    assert [link and link.location for link in links] == ["'门户信息采用'!D1", "'领导信箱'!B2", "'领导信箱'!C3", None]


def test_the_evidence_stays_as_it_was_and_sound_workbooks_get_no_copy(raw: Path, check: Check) -> None:
    path = with_faults().save(raw)
    minimal("教育局").save(raw)
    before = path.read_bytes()
    annotated(raw, check)
    assert path.read_bytes() == before
    assert sorted(one.name for one in raw.iterdir()) == ["人社局.xlsx", "教育局.xlsx"]


def test_every_faulty_file_of_a_department_gets_its_copy(raw: Path, check: Check) -> None:
    minimal().fact("年度", 2016).save(raw)
    letters = {"领导信箱": minimal().sheets["领导信箱"][:1]}
    Evidence("人社局.发布", {"信息发布": minimal().sheets["信息发布"]}).save(raw)
    letters["领导信箱"][0] |= {"信件编号": "X-1", "类型": "咨 询"}
    Evidence("人社局.信箱", letters).save(raw)
    _, lines = check(raw, "--annotate", raw.parent / "批注")
    names = ["人社局.信箱（检查结果）.xlsx", "人社局（检查结果）.xlsx"]
    assert sorted(path.name for path in (raw.parent / "批注").iterdir()) == names
    assert sum("  批注副本：" in line for line in lines) == 2
    titles = [openpyxl.load_workbook(raw.parent / "批注" / name)[LIST]["A1"].value for name in names]
    assert titles == ["人社局.信箱.xlsx：1 处差错", "人社局.xlsx：1 处差错"]


def test_an_older_copy_is_kept(raw: Path, check: Check) -> None:
    with_faults().save(raw)
    for _ in range(3):
        check(raw, "--annotate", raw.parent / "批注")
    names = sorted(path.name for path in (raw.parent / "批注").iterdir())
    assert names == ["人社局（检查结果2）.xlsx", "人社局（检查结果3）.xlsx", "人社局（检查结果）.xlsx"]


def test_a_comment_that_is_there_stays_in_front(raw: Path, check: Check) -> None:
    path = with_faults().save(raw)
    book = openpyxl.load_workbook(path)
    book["领导信箱"]["B2"].comment = Comment("待核实", "记录员")
    book["领导信箱"]["B4"].comment = Comment("已核实", "记录员")
    book.save(path)
    letters = annotated(raw, check)["领导信箱"]
    assert letters["B2"].comment.text.startswith("待核实\n\n“咨 询”")
    assert letters["B4"].comment.text == "已核实"


def test_a_fault_within_merged_cells_is_shown_at_their_first(raw: Path, check: Check) -> None:
    path = minimal().save(raw)
    book = openpyxl.load_workbook(path)
    book["领导信箱"].merge_cells("B2:C3")
    book.save(path)
    comments = [
        cell.comment.text for row in annotated(raw, check)["领导信箱"].iter_rows() for cell in row if cell.comment
    ]
    assert comments == [
        "这里的单元格合并了，只有左上角一格有内容\n应为：没有合并的单元格；请取消合并，并在每一行、每一列分别填写"
    ]


def fault(**parts: Any) -> Fault:
    known = {"file": "人社局.xlsx", "sheet_order": 9, "row": 2, "column": 2, "sheet": "领导信箱", "cell": "B2"}
    return Fault(**(known | {"found": "x", "expected": "y"} | parts))


def test_hostile_texts_stay_text(tmp_path: Path, raw: Path) -> None:
    path = minimal().save(raw)
    found, expected = '=HYPERLINK("http://x.example","点")\x07', "@SUM(1)\x00"
    copy = annotate(path, [fault(found=found, expected=expected)], tmp_path / "批注")
    page = openpyxl.load_workbook(copy)[LIST]
    assert [(cell.value, cell.data_type) for cell in page[5][3:5]] == [(found[:-1], "s"), ("@SUM(1)", "s")]
    assert page["D5"].quotePrefix
    assert page["D5"].hyperlink is None


def test_several_faults_of_a_cell_are_one_comment(tmp_path: Path, raw: Path) -> None:
    copy = annotate(minimal().save(raw), [fault(found="甲"), fault(found="乙", expected="")], tmp_path / "批注")
    book = openpyxl.load_workbook(copy)
    assert book["领导信箱"]["B2"].comment.text == "甲\n应为：y\n\n乙"
    assert book[LIST].max_row == 6


def test_faults_beyond_the_most_that_are_shown(tmp_path: Path, raw: Path) -> None:
    faults = [fault(row=row, cell=f"B{row}") for row in range(2, MOST + 500)]
    page = openpyxl.load_workbook(annotate(minimal().save(raw), faults, tmp_path / "批注"))[LIST]
    assert page["A1"].value == f"人社局.xlsx：{MOST + 498} 处差错"
    assert f"只列出前 {MOST} 处" in page["A2"].value
    assert page.max_row == MOST + 4


def test_an_unreadable_workbook_gets_no_copy(raw: Path, check: Check) -> None:
    path = raw / "人社局.xlsx"
    path.write_bytes(b"rubbish")
    code, lines = check(raw, "--annotate", raw.parent / "批注")
    assert (code, lines[3]) == (1, "  无法读取，没有批注副本")
    assert not (raw.parent / "批注").exists()
    with pytest.raises(UnreadableWorkbook):
        annotate(path, [fault()], raw.parent / "批注")


def test_what_openpyxl_cannot_open_is_reported(raw: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("style")

    with_faults().save(raw)
    monkeypatch.setattr("scoring.checking.annotate.openpyxl.load_workbook", broken)
    code, lines = check(raw, "--annotate", raw.parent / "批注")
    assert code == 1
    assert "  没有批注副本：工作簿的内部结构特殊，无法制作批注副本；请按上面列出的差错改正" in lines


def test_a_folder_that_cannot_be_written_is_reported(raw: Path, check: Check) -> None:
    with_faults().save(raw)
    (raw.parent / "挡路").write_text("", encoding="utf-8")
    code, lines = check(raw, "--annotate", raw.parent / "挡路" / "批注")
    assert code == 1
    assert any(line.startswith("错误：批注副本写不进") for line in lines)


@pytest.mark.thorough
def test_libreoffice_opens_the_copy(tmp_path: Path, raw: Path, check: Check) -> None:
    with_faults().save(raw)
    check(raw, "--annotate", tmp_path / "批注")
    (book,) = recalculated((tmp_path / "批注").iterdir(), tmp_path)
    assert book[LIST]["D6"].value == "“咨 询”"
    assert book[LIST]["C6"].hyperlink.location.endswith("B2")
    letters = book["领导信箱"]
    assert letters["B2"].fill.start_color.rgb == FAULTY
    assert letters["B2"].comment.text.startswith("“咨 询”\n应为：咨询")
    assert letters["C2"].value == dt.datetime(2017, 1, 9)  # noqa: DTZ001 - as Excel keeps it
