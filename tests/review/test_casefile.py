"""The case file: what was tried is saved and scored, the analyst's files are left alone, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import itertools
import os
import shutil
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from evidence_builder import SCHEME, Evidence, minimal
from replacers import save_and_die, save_at_once

from scoring import Scorecard, assess
from scoring.evidence import saving, workbooks_in
from scoring.evidence.files import HISTORY
from scoring.evidence.saving import CannotSave
from scoring.report.places import NotScored
from scoring.review.audit import Audit, Refused
from scoring.review.casefile import CaseFile

DAY = dt.date(2018, 1, 5)
TYPO = "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月”"
LATE = "领导信箱 | 信件编号=X-1 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13"
LETTER = "3.2.1-咨询类逾期回复-X-1"
OWN = {
    "day": dt.date(2017, 5, 10),
    "code": "3.3.2.1.3",
    "kind": "错别字",
    "description": "“通知”误为“通和”",
    "url": None,
}
OTHER = OWN | {"description": "“公告”误为“公吿”"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The evidence of a year: a typo, a late letter, one leaf not inspected."""
    folder = tmp_path / "2017"
    minimal().add(TYPO, LATE).inspection("3.1.1.1", "未核查").save(folder)
    return folder


def opened(folder: Path) -> Audit:
    return Audit.open("人社局", 2017, folder.parent)


def decided(audit: Audit, *findings: str, reviewer: str = "复核员乙", reason: str = "节假日顺延") -> Audit:
    return audit.decide(findings or (LETTER,), "撤销", reason, reviewer, DAY)


def typos(audit: Audit) -> list[str]:
    return [found.id for found in audit.card.of("3.3.2.1.3") if "累计" not in found.id]


def scored(folder: Path) -> Scorecard:
    """As the command scores it."""
    assessment = assess(workbooks_in(folder), SCHEME)
    assert assessment.faults == {}, [*map(str, assessment.faults["人社局"])]
    return assessment.scorecards[0]


def case_of(folder: Path) -> Path:
    return folder / "人社局.案卷.xlsx"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def refuses(audit: Audit, message: str) -> None:
    """A save is refused, and no file of the folder is another."""
    before = files(audit.folder)
    with pytest.raises(CannotSave, match=message):
        audit.save()
    assert files(audit.folder) == before


# --- What is written -------------------------------------------------------------------------------------------------


def test_what_is_tried_is_what_is_saved_and_scored(folder: Path) -> None:
    """And the analyst's workbook keeps its bytes, the scorecard the digest of the evidence."""
    whole = sha256(folder / "人社局.xlsx")
    before = scored(folder)
    tried = decided(opened(folder).mark(["3.1.1.1"], "核查员丙", DAY, "看过").record("faults", OWN))
    tried = decided(tried, *typos(tried), reason="两处都已改正")
    assert tried.count == 5
    saved, copy = tried.save()
    assert (copy, saved.count, sha256(folder / "人社局.xlsx")) == (None, 0, whole)
    after = scored(folder)
    assert after.to_json() == saved.card.to_json() == tried.card.to_json()
    assert after.source.sha256 == before.source.sha256 == whole
    assert (before.pending, after.pending) == ({"3.1.1.1": before.pending["3.1.1.1"]}, {})
    assert {found.where for found in after.of("3.3.2.1.3")} == {
        "《监测发现》第2行",
        "人社局.案卷.xlsx《监测发现》第2行",
    }
    assert all(found.withdrawn for found in (*after.of("3.2.1"), *after.of("3.3.2.1.3")))
    assert all(review.tied for review in after.reviews)


def test_a_second_save_adds_replaces_and_removes_rows_and_keeps_a_copy(folder: Path) -> None:
    first, _ = decided(opened(folder).record("faults", OWN).record("faults", OTHER)).save()
    old = case_of(folder).read_bytes()
    first = first.drop("faults", "1").mark(["3.1.1.1"], "核查员丙", DAY)
    second, copy = first.decide([LETTER], "维持", "确已逾期", "复核员丁", DAY).save()
    assert copy is not None
    assert copy.parent == folder / HISTORY
    assert copy.read_bytes() == old
    rows = second.case.rows
    assert [row["description"] for row in rows["faults"].values()] == [OTHER["description"]]
    assert (rows["reviews"][LETTER]["decision"], rows["reviews"][LETTER]["reviewer"]) == ("维持", "复核员丁")
    assert rows["inspections"]["3.1.1.1"]["inspector"] == "核查员丙"
    last, _ = second.drop("reviews", LETTER).drop("faults", "1").drop("inspections", "3.1.1.1").save()
    assert last.case.rows == {}
    assert last.card.to_json() == opened(folder).card.to_json() == scored(folder).to_json()
    assert len(list((folder / HISTORY).iterdir())) == 2
    with pytest.raises(CannotSave, match="没有要保存的内容"):
        last.save()


def test_a_decision_in_the_workbook_counts_until_the_case_file_decides_and_again_after(folder: Path) -> None:
    minimal().add(LATE, f"复核记录 | 发现编号={LETTER} | 决定=撤销").save(folder)
    own = opened(folder)
    assert own.card.of("3.2.1")[0].withdrawn
    anew, _ = own.decide([LETTER], "维持", "确已逾期", "复核员丁", DAY).save()
    assert not anew.card.of("3.2.1")[0].withdrawn
    assert [review.reviewer for review in scored(folder).reviews] == ["复核员丁"]
    back, _ = anew.drop("reviews", LETTER).save()
    assert back.card.of("3.2.1")[0].withdrawn


# --- Edited by hand --------------------------------------------------------------------------------------------------


def edited(folder: Path, edit: Any) -> None:
    """The case file after an edit by hand."""
    book = openpyxl.load_workbook(case_of(folder))
    edit(book)
    book.save(case_of(folder))


def by_hand(book: Any) -> None:
    """Another order of columns, an empty row, a decision without 佐证摘要."""
    sheet = book["复核记录"]
    header, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    del book["复核记录"]
    sheet = book.create_sheet("复核记录", 1)
    by_name = {"发现编号": "", "决定": "维持", "理由": "手工登记", "复核人": "复核员戊", "复核日期": DAY}
    for row in (header, *rows, [None] * len(header), [by_name.get(name) for name in header]):
        sheet.append(row[::-1])


def test_what_was_typed_by_hand_stays(folder: Path) -> None:
    audit, _ = decided(opened(folder)).save()
    (typo,) = typos(audit)

    def edit(book: Any) -> None:
        by_hand(book)
        book["复核记录"]["F4"] = typo

    edited(folder, edit)
    audit = opened(folder)
    assert {review.finding: review.reviewer for review in audit.card.reviews} == {LETTER: "复核员乙", typo: "复核员戊"}
    assert audit.card.to_json() == scored(folder).to_json()
    saved, _ = audit.mark(["3.1.1.1"], "核查员丙", DAY).save()
    assert {name: row["reason"] for name, row in saved.case.rows["reviews"].items()} == {
        LETTER: "节假日顺延",
        typo: "手工登记",
    }
    assert saved.card.to_json() == scored(folder).to_json()


def test_a_fault_of_the_case_file_is_named_where_it_stands(folder: Path) -> None:
    decided(opened(folder)).save()
    edited(folder, by_hand)
    with pytest.raises(NotScored, match=r"人社局\.案卷\.xlsx《复核记录》F4：“发现编号”为空"):
        opened(folder)


def foreign_sheet(book: Any) -> None:
    book.create_sheet("我的笔记")["A1"] = "打电话问过"


def foreign_column(book: Any) -> None:
    book["复核记录"]["J1"], book["复核记录"]["J2"] = "电话", "0734"


def other_fact(book: Any) -> None:
    book["基本信息"]["A4"], book["基本信息"]["B4"] = "常见问题更新日期", "2017-12-01"


def broken_cell(book: Any) -> None:
    book["复核记录"].append(["普5-无回复-1", "维持", "#REF!", "复核员", DAY])


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (foreign_sheet, "工作表《我的笔记》"),
        (foreign_column, "《复核记录》J1 的列“电话”"),
        (other_fact, "基本信息：常见问题更新日期"),
        (broken_cell, "《复核记录》C3"),
    ],
)
def test_what_a_save_would_lose_is_named(folder: Path, edit: Any, named: str) -> None:
    decided(opened(folder)).save()
    minimal().add(TYPO, LATE).fact("常见问题更新日期", None).inspection("3.1.1.1", "未核查").save(folder)
    edited(folder, edit)
    refuses(opened(folder).mark(["3.1.1.1"], "核查员丙", DAY), f"会丢失的内容：.*{named}.*请移到别的文件后再保存")


def test_rows_of_another_scheme_stay(folder: Path) -> None:
    decided(opened(folder).mark(["3.1.1.1"], "核查员丙", DAY)).save()

    def edit(book: Any) -> None:
        book["核查情况"].append(["普5", "互动回应差", "已核查", "普查员", DAY, "另一方案"])
        for reason in ("另一方案", "又一次"):
            book["复核记录"].append(["普5-无回复-1", "维持", reason, "普查员", DAY])

    edited(folder, edit)
    audit = opened(folder)
    assert [review.finding for review in audit.card.reviews] == [LETTER]
    audit.drop("reviews", LETTER).save()
    book = openpyxl.load_workbook(case_of(folder))
    assert [row[2] for row in book["复核记录"].iter_rows(min_row=2, values_only=True)] == ["另一方案", "又一次"]
    assert [row[0] for row in book["核查情况"].iter_rows(min_row=2, values_only=True)] == ["3.1.1.1", "普5"]


# --- Changed meanwhile -----------------------------------------------------------------------------------------------


def test_evidence_that_is_another_now_is_refused(folder: Path) -> None:
    audit = decided(opened(folder))
    (whole := folder / "人社局.xlsx").write_bytes(minimal().add(LATE).content())
    refuses(audit, "人社局.xlsx 已被改动.*没有保存；请重新载入，核对后再保存")
    audit = decided(opened(folder))
    part = folder / "人社局.信箱.xlsx"
    part.write_bytes(Evidence(sheets={"领导信箱": []}).content())
    refuses(audit, "人社局.信箱.xlsx 已被改动、移走或新加入")
    audit = decided(opened(folder))
    shutil.move(whole, folder.parent)
    refuses(audit, "人社局.xlsx 已被改动、移走")


def test_after_another_saved_mine_are_made_again_on_what_is_there_now(folder: Path) -> None:
    """Mine take no row of theirs away, even where theirs has a number that was mine."""
    opened(folder).record("faults", OWN).record("faults", OTHER).save()
    mine, theirs = opened(folder), opened(folder)
    third = OWN | {"description": "“会议”误为“会仪”"}
    mine = decided(mine).drop("faults", "2")
    more = mine.record("faults", third)
    (new,) = set(typos(more)) - set(typos(mine))
    mine = decided(more, new)  # Decisions were begun before the finding was recorded.
    both = mine.mark(["3.1.1.1"], "核查员丙", DAY)
    theirs, _ = theirs.drop("faults", "1").mark(["3.1.1.1"], "核查员丁", DAY).save()
    refuses(both, "人社局.案卷.xlsx 在读取以后已被改动；请重新载入")
    again, left_out = opened(folder).retry(both)
    assert left_out == ["3.1.1.1"]
    saved, _ = again.save()
    assert [row["description"] for row in saved.case.rows["faults"].values()] == [third["description"]]
    assert set(saved.case.rows["reviews"]) == {LETTER, new}
    assert saved.case.rows["inspections"]["3.1.1.1"]["inspector"] == "核查员丁"


def test_a_decision_that_another_made_meanwhile_is_not_replaced_unasked(folder: Path) -> None:
    mine, theirs = decided(opened(folder), LETTER), decided(opened(folder), LETTER)
    theirs.save()
    again, left_out = opened(folder).retry(mine)
    assert (again.count, left_out) == (0, [LETTER])


def test_a_row_that_another_removed_cannot_be_dropped_again(folder: Path) -> None:
    opened(folder).record("faults", OWN).save()
    mine = opened(folder).drop("faults", "1")
    opened(folder).drop("faults", "1").record("faults", OTHER).save()
    again, left_out = opened(folder).retry(mine)
    assert (again.count, left_out) == (0, ["1"])


@pytest.mark.parametrize("is_there", [True, False])
def test_of_two_who_save_at_once_one_wins_and_the_other_is_told(
    folder: Path, processes: ForkServerContext, *, is_there: bool
) -> None:
    if is_there:
        opened(folder).record("faults", OWN).save()
    audits = [decided(opened(folder)), opened(folder).mark(["3.1.1.1"], "核查员丙", DAY)]
    barrier, answers = processes.Barrier(2), processes.Queue()
    savers = [
        processes.Process(target=save_at_once, args=(audit.case, audit.unsaved, barrier, answers)) for audit in audits
    ]
    for saver in savers:
        saver.start()
    won, told = sorted(answers.get(timeout=60) for _ in savers)
    for saver in savers:
        saver.join()
    assert won == ""
    assert "已被改动" in told or "正由另一个程序写入" in told
    present = opened(folder)
    (loser,) = [audit for audit in audits if not audit.unsaved.keys() & present.case.rows.keys()]
    both, left_out = present.retry(loser)
    saved, _ = both.save()
    assert left_out == []
    assert set(saved.case.rows) == {"reviews", "inspections", *(["faults"] if is_there else [])}


# --- Killed, full, open, unfit ---------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("is_there", [True, False])
def test_killed_before_any_step_nothing_is_lost(folder: Path, processes: ForkServerContext, *, is_there: bool) -> None:
    if is_there:
        opened(folder).record("faults", OWN).save()
    tried = decided(opened(folder))
    before, seen = files(folder), set()
    for step in itertools.count(1):
        shutil.rmtree(folder)
        folder.mkdir()
        for name, content in before.items():
            (folder / name).write_bytes(content)
        saver = processes.Process(target=save_and_die, args=(tried.case, tried.unsaved, step))
        saver.start()
        saver.join()
        case = CaseFile.read(folder, "人社局", SCHEME)
        seen.add(is_new := case.rows == tried.case.with_changes(tried.unsaved))
        assert is_new or case.rows == tried.case.rows
        assert (folder / "人社局.xlsx").read_bytes() == before["人社局.xlsx"]
        if saver.exitcode == 0:
            break
        assert saver.exitcode == -9
        case.save(tried.unsaved, SCHEME)
        assert CaseFile.read(folder, "人社局", SCHEME).rows == tried.case.with_changes(tried.unsaved)
        assert [file.name for file in folder.rglob(".*")] == []
    assert step > 8
    assert seen == {False, True}


def test_while_an_office_program_has_it_open(folder: Path) -> None:
    saved, _ = opened(folder).record("faults", OWN).save()
    for sign in ("~${}", ".~{}", ".~lock.{}#"):
        (owner := folder / sign.format(case_of(folder).name)).touch()
        refuses(decided(saved), "人社局.案卷.xlsx 正在 Excel、WPS 或 LibreOffice 中打开；请先关闭再试")
        owner.unlink()


def test_on_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    tried = decided(opened(folder))
    with monkeypatch.context() as patch:
        patch.setattr(saving.os, "fsync", fail)
        refuses(tried, "磁盘已满；请清理磁盘空间")
    assert tried.save()[0].card.to_json() == tried.card.to_json()


def test_hostile_text_is_text(folder: Path) -> None:
    texts = ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "<r>正文</r>", "_x0041_", "</si>&amp;", "一\n二", "字" * 32_767]
    audit = decided(opened(folder), reason=texts[0])
    for text in texts:
        audit = audit.record("faults", OWN | {"description": text})
    saved, _ = audit.save()
    assert [row["description"] for row in saved.case.rows["faults"].values()] == texts
    book = openpyxl.load_workbook(case_of(folder))
    assert {book["复核记录"]["C2"].data_type, *(cell.data_type for cell in book["监测发现"]["D"])} == {"s"}


def test_text_that_no_cell_can_hold_is_refused(folder: Path) -> None:
    audit = opened(folder)
    for text, why in (
        ("已\x01回复", r"第 2 个字（U\+0001）不能写入工作簿；请删去"),
        ("\ud800", r"第 1 个字（U\+D800）不能写入"),
        ("完\ufffe", r"第 2 个字（U\+FFFE）不能写入"),
        ("字" * 32_768, "有 32768 个字，一个单元格最多 32767 个；请缩短"),
        ("\U00020000" * 16_384, "有 32768 个字"),
        ("<r>" + "字" * 32_768 + "</r>", "有 32775 个字"),
    ):
        with pytest.raises(Refused, match=f"“理由”{why}"):
            decided(audit, reason=text)
        with pytest.raises(Refused, match=f"“描述”{why}"):
            audit.record("faults", OWN | {"description": text})
        with pytest.raises(Refused, match=f"“备注”{why}"):
            audit.mark(["3.1.1.1"], "核查员丙", DAY, text)
    assert (audit.count, case_of(folder).exists()) == (0, False)


@pytest.mark.parametrize(
    ("sheet", "row", "why"),
    [
        ("faults", OWN | {"code": "9.9"}, "“指标”：“9.9”。应为：可记《监测发现》的指标之一"),
        ("faults", OWN | {"description": None}, "“描述”为空。应为：必须填写"),
        ("faults", OWN | {"day": dt.date(1888, 1, 1)}, "“监测日期”"),
        ("letters", {"number": "X-1", "kind": "咨询", "received": DAY, "valid": "是"}, "人社局.xlsx 的"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(folder: Path, sheet: str, row: dict[str, Any], why: str) -> None:
    audit = opened(folder)
    with pytest.raises(Refused, match=why):
        audit.record(sheet, row)
    assert (audit.count, case_of(folder).exists()) == (0, False)


@pytest.mark.parametrize(
    ("codes", "inspector", "day", "why"),
    [
        (["9"], "核查员丙", DAY, "没有编号为“9”的末级指标"),
        (["3"], "核查员丙", DAY, "没有编号为“3”的末级指标"),
        (["3.1.1.1", "1.1"], "核查员丙", DAY, "1.1 已经核查过"),
        ([], " ", None, "请填写：指标、核查人、核查日期"),
        (["3.1.1.1"], "核查员丙", dt.date(1888, 1, 1), "“核查日期”"),
    ],
)
def test_a_mark_that_breaks_a_rule_is_refused(
    folder: Path, codes: list[str], inspector: str, day: dt.date | None, why: str
) -> None:
    audit = opened(folder)
    with pytest.raises(Refused, match=why):
        audit.mark(codes, inspector, day)
    assert (audit.count, case_of(folder).exists()) == (0, False)


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("首页.png", b"a", "首页.png"),
        ("../../首页.png", b"a", "首页.png"),
        ("C:\\截图\\首页.png", b"a", "首页.png"),
        ("首页、栏目；信箱.png", b"a", "首页-栏目-信箱.png"),
        ("aux.png", b"a", "请改名"),
        ("..", b"a", "请改名"),
        ("首页.png", b"", "是空的"),
    ],
)
def test_a_file_handed_in_stays_in_its_folder(name: str, content: bytes, kept: str, tmp_path: Path) -> None:
    folder = tmp_path / "2017"
    minimal().save(folder)
    audit, attached = Audit.open("人社局", 2017, tmp_path), folder / "人社局.附件"
    if kept.endswith(".png"):
        assert audit.attach(name, content) == audit.attach(name, content) == kept
        assert audit.attach(name, b"another") == kept.replace(".png", "-2.png")
        assert sorted(path.name for path in attached.iterdir()) == sorted([kept, kept.replace(".png", "-2.png")])
    else:
        with pytest.raises(Refused, match=kept):
            audit.attach(name, content)
        assert not attached.exists()
