"""A department's evidence in several files: rows are joined, places name the file, contradictions both cells."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Run
from evidence_builder import SCHEME, Evidence, faultless, minimal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.engine.assessment import Assessment, assess
from scoring.evidence import workbooks_in
from scoring.evidence.files import department_of

CASES = Path(__file__).parents[1] / "cases"
TYPO = "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月”"
LATE = "领导信箱 | 信件编号=X-1 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13"


def part(name: str, *lines: str, facts: dict[str, Any] | None = None) -> Evidence:
    """A part that holds the sheets of these lines only."""
    whole = Evidence(f"人社局.{name}", {sheet.name: [] for sheet in SCHEME.sheets})
    if facts:
        whole.sheets["基本信息"] = [{"项目": item, "内容": content} for item, content in facts.items()]
    for line in lines:
        sheet, *cells = line.split(" | ")
        if sheet == "核查情况":
            names = "指标", "状态", "核查人", "核查日期", "备注"
            whole.sheets[sheet].append(dict(zip(names, cells, strict=False)))
        else:
            whole.add(line)
    whole.sheets = {sheet: rows for sheet, rows in whole.sheets.items() if rows}
    return whole


def assessed(folder: Path, *files: Evidence) -> Assessment:
    """Score a folder with these files."""
    for file in files:
        file.save(folder)
    return assess(workbooks_in(folder), SCHEME)


def faults_of(assessment: Assessment) -> list[str]:
    return [str(fault) for fault in assessment.faults["人社局"]]


# --- what a file is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "department"),
    [
        ("人社局.xlsx", "人社局"),
        ("人社局.信箱.xlsx", "人社局"),
        ("人社局.李组_2.xlsx", "人社局"),
        ("人社局.案卷.XLSX", "人社局"),
        ("市.直.xlsx", "市.直"),
        ("市.直.信箱.xlsx", "市.直"),
        # No part: a copy, an ending, two words.
        ("人社局.信箱（1）.xlsx", "人社局.信箱（1）"),
        ("人社局.信箱 - 副本.xlsx", "人社局.信箱 - 副本"),
        ("人社局.副本.xlsx", "人社局.副本"),
        ("人社局.xlsx.xlsx", "人社局.xlsx"),
        ("人社局.bak.xlsx", "人社局.bak"),
        ("人社局.信箱.一月.xlsx", "人社局.信箱.一月"),
        ("人社局..xlsx", "人社局."),
        ("教育.信箱.xlsx", "教育.信箱"),
    ],
)
def test_whose_a_file_is(file: str, department: str) -> None:
    assert department_of(Path(file), {"人社局", "市.直"}) == department


# --- joined ----------------------------------------------------------------------------------------------------------


def without_places(assessment: Assessment) -> list[dict[str, Any]]:
    """The scorecards without the places of evidence."""
    cards = []
    for card in assessment.scorecards:
        data = card.to_json()
        del data["evidence"]
        for finding in (*data["findings"], *data["set_aside"]):
            finding["evidence"] = finding["evidence"]["sheet"]
        shown = (re.sub(r"\S*第\d+行", "", notice) for notice in data["notices"])
        data["notices"] = [notice for notice in shown if "内容完全相同" not in notice]
        cards.append(data)
    return cards


@pytest.mark.parametrize("case", sorted(folder.name for folder in CASES.iterdir()))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_in_several_files_score_as_in_one(case: str, data: st.DataObject, tmp_path: Path) -> None:
    """Every sheet is cut in up to four pieces, each in another file."""
    (source,) = (CASES / case).glob("*.xlsx")
    folder = tmp_path / "parts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    names = [source.stem, *(f"{source.stem}.{name}" for name in ("信箱", "监测", "案卷"))]
    books = [openpyxl.Workbook() for _ in names]
    for sheet in openpyxl.load_workbook(source):
        header, *rows = sheet.iter_rows(values_only=True)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), min_size=3, max_size=3), label=sheet.title))
        for book, first, last in zip(books, [0, *cuts], [*cuts, len(rows)], strict=True):
            page = book.create_sheet(sheet.title)
            for row in (header, *rows[first:last]):
                page.append(row)
    for name, book in zip(names, books, strict=True):
        book.remove(book["Sheet"])
        book.save(folder / f"{name}.xlsx")
    (joined,), (one,) = (without_places(assess(files, SCHEME)) for files in (workbooks_in(folder), [source]))
    for key, value in one.items():
        assert joined[key] == value, key


def test_findings_and_reports_name_file_sheet_and_row(tmp_path: Path) -> None:
    (card,) = assessed(tmp_path, faultless().add(LATE), part("监测", TYPO)).scorecards
    letter, typo = *card.of("3.2.1"), *card.of("3.3.2.1.3")
    row = len(faultless().sheets["领导信箱"]) + 2
    assert (letter.where, typo.where) == (f"人社局.xlsx《领导信箱》第{row}行", "人社局.监测.xlsx《监测发现》第2行")
    evidence = {one["id"]: one["evidence"] for one in card.to_json()["findings"]}
    assert evidence[typo.id] == {"file": "人社局.监测.xlsx", "sheet": "监测发现", "row": 2}
    assert list(card.source.parts) == ["人社局.xlsx", "人社局.监测.xlsx"]


def test_one_workbook_with_a_case_file_names_only_rows_of_the_case_file(tmp_path: Path) -> None:
    (card,) = assessed(tmp_path, faultless().add(LATE), part("案卷", TYPO)).scorecards
    letter, typo = *card.of("3.2.1"), *card.of("3.3.2.1.3")
    row = len(faultless().sheets["领导信箱"]) + 2
    assert (letter.where, typo.where) == (f"《领导信箱》第{row}行", "人社局.案卷.xlsx《监测发现》第2行")


def test_the_digest_of_the_evidence_leaves_the_case_file_out(tmp_path: Path) -> None:
    (before,) = assessed(tmp_path, faultless(), part("监测", TYPO)).scorecards
    (finding,) = before.of("3.3.2.1.3")
    decision = f"复核记录 | 发现编号={finding.id}"
    (after,) = assessed(tmp_path, part("案卷", decision)).scorecards
    assert after.nodes["3.3.2.1.3"].score > before.nodes["3.3.2.1.3"].score
    assert after.source.sha256 == before.source.sha256
    assert set(after.source.parts) - set(before.source.parts) == {"人社局.案卷.xlsx"}


# --- agreement -------------------------------------------------------------------------------------------------------


def test_files_may_state_the_same(tmp_path: Path) -> None:
    """The same 项目, leaf, day and letter in two files are one; a blank or 未核查 says nothing."""
    whole = faultless().fact("常见问题更新日期", None).inspection("3.2.1", "未核查")
    facts = {"部门": "人社局", "年度": 2017, "常见问题更新日期": "2017年12月1日"}
    same = "领导信箱 | 信件编号=同一封 | 来信日期=2017-05-10 | 回复日期=2017-05-11"
    mine = part(
        "李组", "核查情况 | 3.2.1 | 已核查 | 李组 | 2017-12-20", "监测时点 | 监测日期=2017-06-15", same, facts=facts
    )
    (card,) = assessed(tmp_path, whole.add(same), mine).scorecards
    assert card.total.score == 100
    notices = [notice for notice in card.source.notices if "只计一次" in notice]
    assert [notice.split(" ")[0] for notice in notices if "领导信箱" in notice] == ["《领导信箱》人社局.xlsx"]
    inspected = card.source.inspections.set_index("code").loc["3.2.1"]
    assert (inspected["status"], inspected["inspector"]) == ("已核查", "李组")


@pytest.mark.parametrize(
    ("mine", "messages"),
    [
        (
            part("信箱", facts={"部门": "住建局", "年度": 2016}),
            [
                "人社局.信箱.xlsx《基本信息》B2：“住建局”与 人社局.xlsx 的 B2 的“人社局”不一致；应为：两处一致",
                "人社局.信箱.xlsx《基本信息》B3：“2016”与 人社局.xlsx 的 B3 的“2017”不一致；应为：两处一致",
            ],
        ),
        (
            part("李组", "核查情况 | 1.1 | 已核查 | 李组 | 2017-12-20"),
            ["人社局.李组.xlsx《核查情况》C2：“李组”与 人社局.xlsx 的 C2 的“核查员甲”不一致"],
        ),
        (
            part("栏目", "网站栏目 | 栏目=工作动态 | 类别=其他"),
            ["人社局.栏目.xlsx《网站栏目》B2：“其他”与 人社局.xlsx 的 B2 的“工作动态”不一致"],
        ),
    ],
)
def test_a_contradiction_names_both_cells(mine: Evidence, messages: list[str], tmp_path: Path) -> None:
    found = faults_of(assessed(tmp_path, faultless(), mine))
    for message in messages:
        assert any(fault.startswith(message) for fault in found), found


def test_the_same_letter_answered_in_one_file_only_is_a_contradiction(tmp_path: Path) -> None:
    letter = "领导信箱 | 信件编号=X-1 | 来信日期=2017-05-10"
    found = faults_of(assessed(tmp_path, faultless().add(f"{letter} | 回复日期=2017-05-11"), part("信箱", letter)))
    assert any("《领导信箱》D2：空白与 人社局.xlsx 的 D" in fault and "“2017-05-11”不一致" in fault for fault in found)


def test_a_row_refers_to_what_another_file_lists(tmp_path: Path) -> None:
    known, unknown = (f"信息发布 | 栏目={name} | 发布日期=2017-03-01" for name in ("工作动态", "没有的"))
    assert not assessed(tmp_path / "known", faultless(), part("发布", known)).faults
    (fault,) = faults_of(assessed(tmp_path / "unknown", faultless(), part("发布", unknown)))
    assert fault.startswith("人社局.发布.xlsx《信息发布》B2：栏目“没有的”不在《网站栏目》中")


def test_rows_that_two_files_hold_word_for_word_count_both_with_a_notice(tmp_path: Path) -> None:
    (card,) = assessed(tmp_path, faultless().add(TYPO), part("李组", TYPO)).scorecards
    assert len(card.of("3.3.2.1.3")) == 2
    assert any("内容完全相同，都已计入" in notice for notice in card.source.notices)


def test_what_no_file_has_is_missing(tmp_path: Path) -> None:
    whole = faultless()
    letters = whole.sheets.pop("领导信箱")
    (fault,) = faults_of(assessed(tmp_path / "lacking", whole, part("监测", TYPO)))
    assert "缺少这张工作表" in fault
    assert "在哪一个文件中都可以" in fault
    mailbox = Evidence("人社局.信箱", {"领导信箱": letters})
    assert not assessed(tmp_path / "there", whole, mailbox).faults


def test_an_unreadable_part_stops_its_department_only(tmp_path: Path) -> None:
    minimal("教育局").save(tmp_path)
    (tmp_path / "人社局.信箱.xlsx").write_bytes(b"no workbook")
    assessment = assessed(tmp_path, faultless())
    assert [card.department for card in assessment.scorecards] == ["教育局"]
    assert [fault.file for fault in assessment.faults["人社局"]] == ["人社局.信箱.xlsx"]


def test_two_parts_contradict_each_other_in_every_sheet_with_a_key(tmp_path: Path) -> None:
    """Each cell that differs is named with the other, though the department's workbook states neither."""
    leaf, site, letter = "核查情况 | 1.1 | 已核查", "网站栏目 | 栏目=要闻", "领导信箱 | 信件编号=X-1"
    decision, day = "复核记录 | 发现编号=2.1-不存在", "监测时点 | 监测日期=2017-06-15"
    whole = faultless()
    whole.sheets["核查情况"] = [row for row in whole.sheets["核查情况"] if row["指标"] != "1.1"]
    mine = part(
        "甲组", f"{leaf} | 李 | 2017-12-20", f"{site} | 类别=其他", f"{letter} | 类型=咨询 | 来信日期=2017-05-10",
        f"{decision} | 决定=维持 | 理由=一", day, facts={"专门科室": "有"},
    )  # fmt: skip
    theirs = part(
        "乙组", f"{leaf} | 王 | 2017-12-21", f"{site} | 类别=工作动态", f"{letter} | 类型=投诉 | 来信日期=2017-05-11",
        f"{decision} | 决定=撤销 | 理由=二", day, facts={"专门科室": "无"},
    )  # fmt: skip
    whole.sheets["基本信息"] = [row for row in whole.sheets["基本信息"] if row["项目"] != "专门科室"]
    found = [fault for fault in faults_of(assessed(tmp_path, whole, mine, theirs)) if "不一致" in fault]
    cells = [("基本信息", "B2"), ("核查情况", "C2"), ("核查情况", "D2"), ("网站栏目", "B2"), ("领导信箱", "B2")]
    cells += [("领导信箱", "C2"), ("复核记录", "B2"), ("复核记录", "C2")]
    assert [re.findall(r"(\S+)《(\S+)》(\S+)：.*与 (\S+) 的 (\S+) 的“", fault) for fault in found] == [
        [("人社局.甲组.xlsx", sheet, cell, "人社局.乙组.xlsx", cell)] for sheet, cell in cells
    ]


def test_the_same_letter_in_two_parts_is_one(tmp_path: Path) -> None:
    (card,) = assessed(tmp_path, faultless(), part("甲组", LATE), part("乙组", LATE)).scorecards
    assert [finding.where for finding in card.of("3.2.1")] == ["人社局.乙组.xlsx《领导信箱》第2行"]
    (notice,) = [notice for notice in card.source.notices if "只计一次" in notice]
    assert notice.startswith("《领导信箱》人社局.乙组.xlsx 第 2 行与 人社局.甲组.xlsx 第 2 行内容一致")


def test_a_sheet_that_is_empty_here_and_filled_in_there(tmp_path: Path) -> None:
    """And a part with headers alone says nothing."""
    whole = faultless()
    letters, whole.sheets["领导信箱"] = whole.sheets["领导信箱"], []
    empty = Evidence("人社局.空表", {"领导信箱": [], "监测发现": [], "基本信息": []})
    (card,) = assessed(tmp_path / "parts", whole, empty, Evidence("人社局.信箱", {"领导信箱": letters})).scorecards
    (one,) = assessed(tmp_path / "one", faultless()).scorecards
    assert (card.total.score, card.source.notices) == (one.total.score, one.source.notices)


@pytest.mark.parametrize("name", ["人社局.信箱（1）", "人社局.信箱 - 副本", "人社局.xlsx"])
def test_a_part_that_is_named_like_a_copy_has_that_one_fault(name: str, tmp_path: Path) -> None:
    """It is not joined, and what it lacks is not reported: the other files have it."""
    stray = part("信箱", LATE, facts={"部门": "人社局", "年度": 2017})
    stray.department = name
    assessment = assessed(tmp_path, faultless(), stray)
    ((file, (fault,)),) = assessment.faults.items()
    assert str(fault) == (
        f"{file}：文件名“{file}”不是考核对象的名称；应为：人社局.xlsx，或分册，如 人社局.信箱.xlsx，"
        "分册名只用文字和数字；如是多余的副本，请移走"
    )
    assert [card.total.score for card in assessment.scorecards] == [100]


def test_the_part_of_another_department_and_year_without_a_workbook_beside_it(tmp_path: Path) -> None:
    stray = part("信箱", LATE, facts={"部门": "人社局", "年度": 2016})
    stray.department = "教育局.信箱"
    assessment = assessed(tmp_path, faultless(), stray)
    assert [card.total.score for card in assessment.scorecards] == [100]
    found = [str(fault) for fault in assessment.faults["教育局"]]
    assert "教育局.信箱.xlsx《基本信息》B2：“人社局”；应为：与文件名一致的部门“教育局”" in found
    assert "教育局.信箱.xlsx《基本信息》B3：“2016”；应为：考核年度 2017" in found
    assert any("缺少这张工作表；应为：名为“网站栏目”的工作表，在哪一个文件中都可以" in fault for fault in found)


# --- decisions -------------------------------------------------------------------------------------------------------


def test_the_case_file_decides_anew(tmp_path: Path) -> None:
    """A decision in the workbook's own 复核记录 counts until the case file has another on the same finding."""
    (finding,) = assessed(tmp_path, faultless().add(TYPO)).scorecards[0].of("3.3.2.1.3")
    own = faultless().add(TYPO, f"复核记录 | 发现编号={finding.id} | 决定=撤销")
    full = SCHEME.by_code["3.3.2.1.3"].points
    assert assessed(tmp_path, own).scorecards[0].nodes["3.3.2.1.3"].score == full
    anew = part("案卷", f"复核记录 | 发现编号={finding.id} | 决定=维持 | 复核日期=2018-01-05")
    (card,) = assessed(tmp_path, anew).scorecards
    assert card.nodes["3.3.2.1.3"].score < full
    assert [(review.decision, review.reviewed_on.date()) for review in card.reviews] == [("维持", dt.date(2018, 1, 5))]
    assert any("以案卷为准" in notice for notice in card.source.notices)


# --- commands --------------------------------------------------------------------------------------------------------


def test_check_and_report_take_parts(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "2017"
    assessed(folder, faultless().add(LATE), part("监测", TYPO.replace("指标=3.3.2.1.3", "指标=9.9")))
    ended, out, _ = run("check", folder)
    assert ended == 1
    assert "  人社局.监测.xlsx 《监测发现》\n    B2：“9.9”" in out
    assessed(folder, part("监测", TYPO))
    ended, _, err = run("report", folder, "--out", tmp_path / "out", "--department", "人社局")
    assert ended == 0, err
    (page,) = (tmp_path / "out" / "人社局").glob("*.html")
    assert "人社局.监测.xlsx《监测发现》第2行" in page.read_text(encoding="utf-8")


def test_one_file_is_checked_with_the_others_of_its_department(run: Run, tmp_path: Path) -> None:
    assessed(tmp_path / "2017", minimal(), part("监测", TYPO))
    ended, out, _ = run("check", tmp_path / "2017" / "人社局.监测.xlsx")
    assert (ended, out.splitlines()[0]) == (0, "人社局：没有差错")
