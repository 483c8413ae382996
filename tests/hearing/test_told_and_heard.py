"""A notice goes out with a form; what comes back is taken in once, or refused with the place."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Run
from evidence_builder import SCHEME, faultless
from filling import Answers, filled, rows_of
from libreoffice import convert

from scoring import Scorecard, assess
from scoring.engine.followup import FollowUp
from scoring.evidence import workbooks_in
from scoring.evidence.files import LARGEST_ATTACHMENT
from scoring.hearing.form import LOCKED, OWN
from scoring.review.audit import Audit

LETTER, TYPO = "3.2.1-咨询类逾期回复-X-1", "3.3.2.1.3"
FOUND = (
    "领导信箱 | 信件编号=X-1 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-30",
    "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月” | 监测日期=2017-03-02",
    "安全漏洞 | 级别=高危 | 漏洞编号=CNVD-2017-00001 | 发现日期=2017-03-03",
)
NEW = "监测发现 | 指标=3.3.4.1 | 描述=登录页打不开 | 监测日期=2017-05-10"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8ffff3f0005fe02fedccc59e70000000049454e44ae426082"
)
OBJECTION = {"意见": "申诉", "理由": "有记录"}
Fill = Callable[..., Path]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The evidence of a department with a late letter, a typo and a hole."""
    faultless("人社局").add(*FOUND).save(tmp_path / "raw" / "2017")
    return tmp_path / "raw"


@pytest.fixture
def issue(raw: Path, tmp_path: Path, run: Run) -> Callable[..., Any]:
    def call(on: str = "2017-04-06", *more: object) -> Any:
        return run("notice", "人社局", "--raw", raw, "--out", tmp_path / "out", "--by", "督查科", "--on", on, *more)

    return call


@pytest.fixture
def fill(tmp_path: Path, issue: Callable[..., Any]) -> Fill:
    """Issue a notice and fill in its form: finding (its id, or what it begins with) to cells of its row."""
    assert issue().code == 0

    def call(answers: Answers) -> Path:
        return filled(papers(tmp_path) / "人社局.反馈表.xlsx", answers, tmp_path / "back").parent

    return call


@pytest.fixture
def receive(raw: Path, run: Run) -> Callable[..., Any]:
    def call(folder: Path, on: str = "2017-04-12") -> Any:
        return run("receive", folder, "--raw", raw, "--year", "2017", "--on", on)

    return call


def papers(tmp_path: Path) -> Path:
    return tmp_path / "out" / "人社局" / "文书"


def card_of(raw: Path) -> Scorecard:
    assessment = assess(workbooks_in(raw / "2017"), SCHEME)
    assert assessment.faults == {}
    return assessment.scorecards[0]


def followed(raw: Path, begins: str) -> FollowUp:
    (one,) = (one for finding, one in card_of(raw).follow_ups.items() if finding.startswith(begins))
    return one


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- Told ------------------------------------------------------------------------------------------------------------


def test_a_notice_is_numbered_dated_and_noted(issue: Callable[..., Any], raw: Path, tmp_path: Path) -> None:
    """Ten workdays from 6 April 2017 end on the 20th, five on the 13th; a hole has five, a late letter none to mend."""
    issued = issue()
    assert issued.code == 0, issued.err
    assert "2017-人社局-1，3 项，已记入案卷" in issued.out
    assert sorted(path.suffix for path in papers(tmp_path).iterdir()) == [".docx", ".html", ".pdf", ".xlsx"]
    steps = {one.finding.split("-")[0]: one.told[0] for one in card_of(raw).follow_ups.values()}
    assert {code: (step.step, step.due and f"{step.due:%m-%d}") for code, step in steps.items()} == {
        "3.2.1": ("已告知", None),
        TYPO: ("待整改", "04-20"),
        "3.3.3.1": ("待整改", "04-13"),
    }
    assert {(f"{step.object_by:%m-%d}", step.notice, step.done_by) for step in steps.values()} == {
        ("04-13", "2017-人社局-1", "督查科")
    }
    page = next(papers(tmp_path).glob("*.html")).read_text(encoding="utf-8")
    for words in ("编号：2017-人社局-1", "2017年4月20日（1 项）", "申诉期限：2017年4月13日", "本程序的默认值"):
        assert words in page


def test_only_what_is_new_is_told_again(issue: Callable[..., Any], raw: Path) -> None:
    issue()
    assert "没有尚未通知的问题" in issue("2017-04-07").out
    faultless("人社局").add(*FOUND, NEW).save(raw / "2017")
    assert "2017-人社局-2，1 项" in issue("2017-07-03").out
    assert [len(one.told) for one in card_of(raw).follow_ups.values()] == [1, 1, 1, 1]


def test_during_the_year_a_notice_names_what_lifts_a_veto_without_points(
    issue: Callable[..., Any], raw: Path, tmp_path: Path
) -> None:
    """Three typos are a veto; the next notice tells of something else, and no more of the veto."""
    typos = [f"监测发现 ×3 | 指标={TYPO} | 监测日期=2017-03-02"]
    faultless("人社局").add(*typos).save(raw / "2017")
    issue()
    faultless("人社局").add(*typos, NEW).save(raw / "2017")
    issue("2017-07-03")
    first, second = (path.read_text(encoding="utf-8") for path in sorted(papers(tmp_path).glob("*.html")))
    (said,) = re.findall("改正这 1 处（.*?。", first)
    assert said.endswith("，再次核查时即可解除否决。")
    assert "改正这" not in second
    assert "挽回" not in first + second


def test_a_draft_is_neither_numbered_nor_noted(run: Run, raw: Path, tmp_path: Path) -> None:
    made = run("notice", "--raw", raw, "--year", "2017", "--out", tmp_path / "out")
    assert made.code == 0
    assert not papers(tmp_path).exists()
    assert [path.name for path in (raw / "2017").iterdir()] == ["人社局.xlsx"]


def test_a_day_without_a_calendar_issues_nothing(issue: Callable[..., Any], raw: Path, tmp_path: Path) -> None:
    refused = issue("2026-12-31")
    assert refused.code == 1
    assert "工作日历只有" in refused.err
    assert not papers(tmp_path).exists()
    assert [path.name for path in (raw / "2017").iterdir()] == ["人社局.xlsx"]


def test_a_case_file_that_is_open_elsewhere_leaves_no_paper(
    issue: Callable[..., Any], raw: Path, tmp_path: Path
) -> None:
    issue()
    before = files(papers(tmp_path))
    faultless("人社局").add(*FOUND, NEW).save(raw / "2017")
    (raw / "2017" / ".~lock.人社局.案卷.xlsx#").touch()
    refused = issue("2017-07-03")
    assert (refused.code, "正在 Excel、WPS 或 LibreOffice 中打开" in refused.err) == (1, True)
    assert files(papers(tmp_path)) == before


# --- Heard -----------------------------------------------------------------------------------------------------------


def test_answers_are_written_down_once(fill: Fill, receive: Callable[..., Any], raw: Path) -> None:
    """An objection, something mended with a picture; the same form again adds nothing."""
    folder = fill(
        {
            LETTER: {"意见": "申诉", "理由": "当日电话答复，有记录"},
            TYPO: {"意见": "认可", "整改情况": "已改正", "整改日期": dt.date(2017, 4, 10), "附件": "截图.png"},
        }
    )
    (folder / "截图.png").write_bytes(PIXEL)
    taken = receive(folder)
    assert taken.code == 0, taken.err
    assert "人社局，2017-人社局-1，登记 3 项\n  注意：1 项没有填写" in taken.out
    objection = followed(raw, LETTER).objection
    assert (objection.about, objection.done_by, f"{objection.done_on:%m-%d}") == (
        "当日电话答复，有记录",
        "办公室",
        "04-12",
    )
    typo = followed(raw, TYPO)
    assert (typo.state, f"{typo.mending[-1].mended_on:%m-%d}") == ("已反馈", "04-10")
    assert typo.mending[-1].attachments == ("截图.png", "2017-人社局-1反馈表.xlsx")
    assert (raw / "2017" / "人社局.附件" / "截图.png").read_bytes() == PIXEL
    before = files(raw)
    again = receive(folder, "2017-04-13")
    assert "登记 0 项\n  注意：内容都已收过，没有重复登记" in again.out
    assert files(raw) == before


def test_what_is_late_is_recorded_and_marked(fill: Fill, receive: Callable[..., Any], raw: Path) -> None:
    """Objections until the 13th, the typo until the 20th."""
    folder = fill({LETTER: {"意见": "申诉", "理由": "有记录"}, TYPO: {"整改情况": "已改正"}})
    assert "登记 2 项，其中 1 项逾期" in receive(folder, "2017-04-14").out
    one, typo = followed(raw, LETTER), followed(raw, TYPO)
    assert (one.is_late(one.objection), typo.is_late(typo.mending[-1])) == (True, False)


def test_locked_cells_stay_locked_through_libreoffice(
    fill: Fill, receive: Callable[..., Any], raw: Path, tmp_path: Path
) -> None:
    """Only the department's own cells are open; the answers are read from .xlsx, and from .et, which is an .xls."""
    folder = fill(
        {LETTER: {"意见": "申诉", "理由": "有记录"}, TYPO: {"整改情况": "已改正", "整改日期": dt.date(2017, 4, 10)}}
    )
    convert([folder / "人社局.反馈表.xlsx"], tmp_path / "again", tmp_path / "profile", "xlsx")
    page = openpyxl.load_workbook(tmp_path / "again" / "人社局.反馈表.xlsx")["反馈表"]
    assert page.protection.sheet
    for row in rows_of(page).values():
        assert all(row[name].protection.locked for name in LOCKED)
        assert not any(row[name].protection.locked for name in OWN)
    convert([tmp_path / "again" / "人社局.反馈表.xlsx"], tmp_path / "old", tmp_path / "profile", "xls")
    shutil.rmtree(folder)
    (tmp_path / "back2").mkdir()
    (tmp_path / "old" / "人社局.反馈表.xls").rename(tmp_path / "back2" / "反馈.et")
    taken = receive(tmp_path / "back2")
    assert (taken.code, "登记 2 项" in taken.out) == (0, True), taken.err
    assert f"{followed(raw, TYPO).mending[-1].mended_on:%m-%d}" == "04-10"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        pytest.param({LETTER: {"意见": "不同意"}}, "“不同意”；应为：认可、申诉之一", id="another word"),
        pytest.param({LETTER: {"意见": "申诉"}}, "申诉没有写理由", id="no reason"),
        pytest.param({TYPO: {"整改日期": dt.date(2017, 4, 9)}}, "填了整改日期，没有写整改情况", id="mended, but how"),
        pytest.param({TYPO: {"整改情况": "已改", "整改日期": "上周"}}, "“上周”；应为：日期", id="no day"),
        pytest.param(
            {TYPO: {"整改情况": "已改", "整改日期": dt.date(2017, 5, 9)}}, "晚于收到反馈的日期", id="a later day"
        ),
        pytest.param({LETTER: {"意见": "申诉", "理由": '=A1&"x"'}}, "没有可以读取的值；应为：文字", id="a formula"),
        pytest.param({LETTER: OBJECTION | {"附件": "没有.png"}}, "附件“没有.png”打不开", id="attachment missing"),
        pytest.param({LETTER: OBJECTION | {"附件": "../密.png"}}, "附件“../密.png”", id="attachment elsewhere"),
        pytest.param(
            {LETTER: {"发现编号": "3.2.1-无此发现"}}, "“3.2.1-无此发现”不在 2017-人社局-1 中", id="another number"
        ),
        pytest.param({LETTER: {"问题": "没有问题"}}, "问题被改动", id="another problem"),
        pytest.param({LETTER: {"发现编号": None}}, "缺少 1 行", id="a row less"),
        pytest.param({LETTER: OBJECTION | {"理由": "理" * 2001}}, "有 2001 字；应为：不超过 2000 字", id="a novel"),
    ],
)
def test_a_form_that_cannot_be_taken_says_where(
    answers: dict[str, dict[str, Any]], says: str, fill: Fill, receive: Callable[..., Any], raw: Path
) -> None:
    """And nothing is written down."""
    folder = fill(answers)
    before = files(raw)
    refused = receive(folder)
    assert refused.code == 1
    assert says in refused.err
    assert files(raw) == before


def test_a_huge_attachment_is_refused(fill: Fill, receive: Callable[..., Any], raw: Path) -> None:
    folder = fill({LETTER: OBJECTION | {"附件": "录像.mp4"}})
    with (folder / "录像.mp4").open("wb") as file:
        file.truncate(LARGEST_ATTACHMENT + 1)
    before = files(raw)
    assert "附件“录像.mp4”是空的，或超过" in receive(folder).err
    assert files(raw) == before


def edited(folder: Path, edit: Callable[[Any], None]) -> Path:
    path = folder / "人社局.反馈表.xlsx"
    book = openpyxl.load_workbook(path)
    edit(book["反馈表"])
    book.save(path)
    return folder


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        pytest.param(
            lambda page: page.cell(4, 2, "2017-人社局-7"), "没有发给人社局、编号为“2017-人社局-7”", id="notice"
        ),
        pytest.param(lambda page: page.cell(5, 2, "教育局"), "没有教育局的佐证工作簿", id="department"),
        pytest.param(lambda page: page.cell(5, 2, "外地局"), "“外地局”，不是考核对象", id="no department"),
        pytest.param(lambda page: setattr(page["B6"], "value", None), "“填表人”没有填写", id="by nobody"),
        pytest.param(lambda page: page.cell(8, 4, "答复"), "表头被改动", id="header"),
        pytest.param(
            lambda page: [page.cell(row, 9, "多余") for row in range(20, 10_020)], "有 10000 处差错", id="10,000 rows"
        ),
    ],
)
def test_a_form_that_was_altered_is_refused(
    edit: Callable[[Any], None], says: str, fill: Fill, receive: Callable[..., Any], raw: Path
) -> None:
    folder = edited(fill({LETTER: OBJECTION}), edit)
    before = files(raw)
    refused = receive(folder)
    assert refused.code == 1
    assert says in refused.err
    assert len(refused.err) < 3000
    assert files(raw) == before


def test_a_form_of_a_notice_that_was_followed_by_another_is_refused(
    fill: Fill, receive: Callable[..., Any], issue: Callable[..., Any], raw: Path, tmp_path: Path
) -> None:
    """The typo was not mended and stands in the second notice; the first form says so."""
    folder = fill({TYPO: {"整改情况": "已改正"}})
    receive(folder)
    (typo,) = (finding for finding in card_of(raw).follow_ups if finding.startswith(TYPO))
    looked = {"finding": typo, "step": "复查不合格", "done_on": dt.date(2017, 4, 25), "done_by": "核查组"}
    Audit.open("人社局", 2017, raw).follow([looked]).save()
    assert "2017-人社局-2，1 项" in issue("2017-05-02").out
    refused = receive(folder, "2017-05-03")
    assert "已由 2017-人社局-2 重新通知；请用新的反馈表填报" in refused.err
    assert "“填表人”没有填写" in receive(papers(tmp_path), "2017-05-03").err, "the new one is to be filled in"


def test_an_objection_to_what_is_gone_is_kept(fill: Fill, receive: Callable[..., Any], raw: Path) -> None:
    folder = fill({LETTER: OBJECTION})
    faultless("人社局").add(*FOUND[1:]).save(raw / "2017")
    taken = receive(folder)
    assert taken.code == 0, taken.err
    assert "这一发现已不存在；意见已登记，无须复核" in taken.out
    assert followed(raw, LETTER).objection
    assert card_of(raw).undecided_objections == frozenset()


def test_forms_of_several_departments_are_taken_one_by_one(
    fill: Fill, receive: Callable[..., Any], run: Run, raw: Path
) -> None:
    """One that is refused does not hold up the others."""
    folder = fill({LETTER: OBJECTION})
    (folder / "a.xlsx").write_bytes(b"no workbook")
    taken = receive(folder)
    assert (taken.code, "登记 1 项" in taken.out, "a.xlsx" in taken.err) == (1, True, True)
    assert run("receive", raw / "2017" / "nowhere").code == 2
