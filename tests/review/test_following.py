"""整改台账: what the department says and how it mends is written down, shown, kept, and changes no points."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from evidence_builder import SCHEME, minimal

from scoring import Scorecard, assess
from scoring.evidence import workbooks_in
from scoring.evidence.template import blank
from scoring.report.view.blocks import plain
from scoring.report.view.department import DepartmentReport
from scoring.review.audit import Audit, Refused

LETTER, OTHER = "3.2.1-咨询类逾期回复-X-1", "3.2.1-咨询类逾期回复-X-2"
LETTERS = [
    f"领导信箱 | 信件编号=X-{number} | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13" for number in (1, 2)
]


def on(month: int, day: int) -> dt.date:
    return dt.date(2018, month, day)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "2017"
    minimal().add(*LETTERS).save(folder)
    return folder


def opened(folder: Path) -> Audit:
    return Audit.open("人社局", 2017, folder.parent)


def step(word: str, day: dt.date, **more: Any) -> dict[str, Any]:
    return {"step": word, "done_on": day, "done_by": "办公室", **more}


def told(folder: Path) -> Audit:
    """The two letters stand in a notice."""
    row = step("待整改", on(1, 8), about="逾期回复", notice="2017-人社局-1", due=on(1, 22), object_by=on(1, 15))
    return follow(opened(folder), [LETTER, OTHER], row)


def follow(audit: Audit, findings: list[str], row: dict[str, Any]) -> Audit:
    return audit.follow([{"finding": finding, **row} for finding in findings])


def scored(folder: Path) -> Scorecard:
    assessment = assess(workbooks_in(folder), SCHEME)
    assert assessment.faults == {}
    return assessment.scorecards[0]


def appendix(card: Scorecard) -> list[list[str]]:
    """The rows of 申诉与整改 in the report."""
    (rows,) = (
        one["rows"] for one in DepartmentReport(card, None, 0).appendix().blocks if one.get("label") == "申诉与整改"
    )
    return [[plain(cell) for cell in row] for row in rows]


def test_steps_are_kept_in_the_case_file_and_shown(folder: Path) -> None:
    """And neither the score nor the analyst's file nor the digest of the evidence is another."""
    before = scored(folder)
    audit = follow(told(folder), [LETTER], step("申诉", on(1, 16), about="当日有停电通知"))
    audit = follow(audit, [OTHER], step("已反馈", on(1, 19), about="已补发说明", mended_on=on(1, 18)))
    audit = follow(audit, [OTHER], step("复查合格", on(1, 24)))
    audit.save()
    after = scored(folder)
    assert (after.total, after.source.sha256) == (before.total, before.source.sha256)
    assert {one.finding: one.state for one in after.follow_ups.values()} == {LETTER: "待整改", OTHER: "复查合格"}
    assert after.undecided_objections == {LETTER}
    objected, mended = appendix(after)
    assert objected[2].splitlines() == [
        "2018年1月8日　待整改（期限 2018年1月22日）：逾期回复（办公室）",
        "2018年1月16日　申诉（逾期）：当日有停电通知（办公室）",
    ]
    assert [objected[3], mended[3]] == ["申诉待复核，待整改", "复查合格"]
    assert "2018年1月19日　已反馈，2018年1月18日整改到位：已补发说明（办公室）" in mended[2]
    assert after.to_json()["follow_up"] == opened(folder).card.to_json()["follow_up"]


def test_an_objection_waits_until_it_is_decided(folder: Path) -> None:
    audit = follow(told(folder), [LETTER], step("申诉", on(1, 10), about="节假日顺延"))
    (found,) = (one for one in audit.card.findings if one.id == LETTER)
    assert found.stands
    early = audit.decide([LETTER], "维持", "核对无误", "复核员乙", on(1, 9))
    assert early.card.undecided_objections == {LETTER}
    decided = audit.decide([LETTER], "撤销", "确有顺延", "复核员乙", on(1, 12))
    assert decided.card.undecided_objections == frozenset()
    assert decided.card.nodes["3.2.1"].unvetoed > audit.card.nodes["3.2.1"].unvetoed


@pytest.mark.parametrize(
    ("decision", "reviewer", "day", "refused"),
    [
        pytest.param("维持", "核查员甲", 9, "", id="upheld before the objection"),
        pytest.param("维持", "核查员甲", 10, "不能对部门申诉的发现一人维持", id="upheld alone"),
        pytest.param("撤销", "核查员甲", 10, "不能对部门申诉的发现一人撤销", id="withdrawn alone"),
        pytest.param("维持", "核查员甲、复核员乙", 10, "", id="upheld by two"),
    ],
)
def test_the_inspector_alone_does_not_decide_on_an_objection(
    decision: str, reviewer: str, day: int, refused: str, folder: Path
) -> None:
    site = minimal().add(*LETTERS)
    for row in site.sheets["核查情况"]:
        row |= {"核查人": "核查员甲", "核查日期": dt.date(2017, 12, 20)}
    site.save(folder)
    audit = follow(told(folder), [LETTER], step("申诉", on(1, 10), about="节假日顺延"))
    if refused:
        with pytest.raises(Refused, match=refused):
            audit.decide([LETTER], decision, "核对无误", reviewer, on(1, day))
    else:
        assert audit.decide([LETTER], decision, "核对无误", reviewer, on(1, day)).count == audit.count + 1


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        pytest.param([step("复查合格", on(1, 20))], "“复查合格”接在“待整改”之后", id="looked at before it is mended"),
        pytest.param([step("销号", on(1, 20))], "“销号”接在“待整改”之后", id="closed at once"),
        pytest.param(
            [step("已反馈", on(1, 20)), step("复查不合格", on(1, 21)), step("销号", on(1, 22))],
            "“销号”接在“复查不合格”之后",
            id="closed although not mended",
        ),
        pytest.param(
            [step("已反馈", on(1, 20)), step("复查合格", on(1, 19))], "“复查合格”接在“待整改”之后", id="by date"
        ),
        pytest.param([step("申诉", on(1, 10))], "申诉没有写理由", id="no reason"),
        pytest.param([step("已反馈", on(1, 10), mended_on=on(1, 11))], "晚于收到反馈的日期", id="mended later"),
        pytest.param([{"step": "认可", "done_on": on(1, 10)}], "请填写：经办人", id="by nobody"),
    ],
)
def test_what_cannot_have_happened_is_refused(steps: list[dict[str, Any]], says: str, folder: Path) -> None:
    def happened() -> None:
        audit = told(folder)
        for one in steps:
            audit = follow(audit, [LETTER], one)

    with pytest.raises(Refused, match=says):
        happened()


def test_mending_that_failed_is_reported_again(folder: Path) -> None:
    audit = told(folder)
    for word, day in (("已反馈", 10), ("复查不合格", 12), ("已反馈", 15), ("复查合格", 16), ("销号", 17)):
        audit = follow(audit, [LETTER], step(word, on(1, day)))
    assert audit.card.follow_ups[LETTER].state == "销号"


def test_a_finding_that_is_gone_keeps_its_steps(folder: Path) -> None:
    told(folder).save()
    minimal().add(LETTERS[0]).save(folder)
    card = scored(folder)
    assert [one.gone for one in card.follow_ups.values()] == [False, True]
    assert any(OTHER in notice and "佐证中没有这项发现" in notice for notice in card.source.notices)
    assert appendix(card)[1][1] == f"逾期回复（{OTHER}，佐证中已没有这项发现）"
    again, _ = follow(opened(folder), [LETTER], step("认可", on(1, 9))).save()
    assert len(again.case.rows["followups"]) == 3, "and a save does not lose them"


def test_a_step_about_no_finding_is_refused(folder: Path) -> None:
    with pytest.raises(Refused, match=r"没有编号为“3\.2\.1-无此发现”的发现"):
        follow(opened(folder), ["3.2.1-无此发现"], step("认可", on(1, 9)))


def test_attachments_of_a_step_are_found_and_hashed(folder: Path) -> None:
    audit = told(folder)
    name = audit.attach("通话记录.txt", "1 月 4 日 9:30".encode())
    follow(audit, [LETTER], step("申诉", on(1, 10), about="有通话记录", attachments=name)).save()
    card = scored(folder)
    assert [one.name for one in card.source.attachments] == [name]
    assert card.follow_ups[LETTER].objection.attachments == (name,)


def test_only_the_case_file_has_the_sheet(tmp_path: Path) -> None:
    """An analyst has nothing to fill in there."""
    path = tmp_path / "blank.xlsx"
    path.write_bytes(blank(SCHEME))
    assert "整改台账" not in openpyxl.load_workbook(path).sheetnames
