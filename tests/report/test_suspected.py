"""Where suspected findings are told: apart from what counts, with the reply and what to do; nowhere without any."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import pytest
from evidence_builder import Evidence, faultless

from scoring import Assessment, Scorecard
from scoring.archive.verify.arithmetic import Numbers
from scoring.archive.verify.ledger import check_book
from scoring.archive.verify.report import Part as Checked
from scoring.report.excel import city, department, write_city, write_department
from scoring.report.notice.content import notice_of
from scoring.report.notice.layout import notice_blocks
from scoring.report.view.blocks import Part, words
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport
from scoring.report.view.first_page import largest_losses, main_reason
from scoring.report.view.suspected import LISTED
from scoring.review.explain import explain
from scoring.review.panel.pages import leaf_blocks, leaf_state

REPLY = "王先生您好，您反映的问题已电话答复。<b>原文</b>"
CLOSE = f"领导信箱 | 信件编号=X-{{}} | 来信日期=2017-03-01 | 回复日期=2017-03-02 | 回复内容={REPLY}"
TITLE = "待确认的疑似问题（不计分）"


@pytest.fixture
def assessment(assessed: Callable[..., Assessment]) -> Assessment:
    """人社局 has one that waits, one confirmed, one dismissed; 教育局 has none."""
    decisions = [
        "复核记录 | 发现编号=3.2.1-疑似万能回复-X-2 | 决定=维持 | 理由=未答复所问",
        "复核记录 | 发现编号=3.2.1-疑似万能回复-X-3 | 决定=撤销 | 理由=已答复所问",
    ]
    return assessed(faultless().add(*map(CLOSE.format, (1, 2, 3)), *decisions), faultless("教育局"))


def said(parts: Iterable[Part]) -> str:
    return "\n".join(line for part in parts for line in words(part.blocks))


def report_of(card: Scorecard) -> tuple[str, str, str]:
    """The first page, the sections, and the appendix."""
    report = DepartmentReport(card, 1, 2)
    return said([report.first_page()]), said([report.sections()]), said([report.appendix()])


def test_a_departments_report_says_how_many_which_and_what_to_do(assessment: Assessment) -> None:
    card, none = assessment.scorecards
    first, sections, appendix = report_of(card)
    assert f"另有 1 项疑似问题待人工确认，见“{TITLE}”。" in first
    assert "复核确认 1 项疑似问题、排除 1 项疑似问题；复核前总分 100 分，复核后 99 分（−1 分）。" in first
    listed = sections[sections.index(TITLE) :]
    letters = len(card.source.tables["letters"])
    for expected in (
        "咨询类信件X-1的回复含“已电话答复”，疑似“万能回复”，待确认（编号：3.2.1-疑似万能回复-X-1）",
        f"《领导信箱》第{letters - 1}行",
        f"回复内容：{REPLY.rstrip('。')}",
        "在复核工作台或佐证工作簿的《复核记录》中逐项决定",
        "−1",
    ):
        assert expected in listed
    assert "X-2的回复" not in listed
    confirmed = "X-2的回复含“已电话答复”，疑似“万能回复”，经复核确认［已确认］未答复所问（复核人：复核员甲）"
    assert confirmed in sections
    assert "X-3的回复含“已电话答复”，疑似“万能回复”，经复核排除" in appendix[appendix.index("复核决定") :]
    assert main_reason(card, largest_losses(card)[0].code) == "经确认的疑似万能回复"
    assert "疑似" not in "".join(report_of(none))


def test_very_many_are_referred_to_the_ledger(scored: Callable[..., Scorecard]) -> None:
    letters = [CLOSE.format(number) for number in range(LISTED + 5)]
    _, sections, _ = report_of(scored(faultless().add(*letters)))
    assert "其余 5 项见评分台账（Excel）。" in sections


def test_the_city_counts_them_by_department(assessment: Assessment) -> None:
    text = said([CityReport(assessment).apart()])
    assert f"{TITLE}\n人社局 1 项。" in text
    assert "教育局" not in text


def test_the_ledgers_add_up_and_list_them_apart(assessment: Assessment, tmp_path: Path) -> None:
    scheme = assessment.scheme
    numbers = Numbers(tomllib.loads((scheme.folder / "scheme.toml").read_text("utf-8")), assessment.readings)
    card = assessment.scorecards[0]
    write_department(card, 1, tmp_path / "department.xlsx")
    write_city(assessment, tmp_path / "city.xlsx")
    cards = {one.department: one.to_json() for one in assessment.scorecards}
    for kind, of in ((department, {card.department: cards[card.department]}), (city, cards)):
        checked, path = Checked("台账"), tmp_path / f"{kind.__name__.rpartition('.')[2]}.xlsx"
        assert check_book(path, kind, of, numbers, checked) > 0
        assert checked.differences == []
        book = openpyxl.load_workbook(path)
        sheets = {sheet.title: [str(cell.value) for row in sheet for cell in row] for sheet in book}
        apart = sheets["待评与搁置"]
        assert any("均不计入" in cell for cell in apart)
        assert {"3.2.1-疑似万能回复-X-1", "3.2.1-疑似万能回复-X-3", "撤销"} <= set(apart)
        assert "3.2.1-疑似万能回复-X-2" not in apart
        assert "3.2.1-疑似万能回复-X-2" in sheets[kind.LEDGER]
        assert "3.2.1-疑似万能回复-X-1" not in sheets[kind.LEDGER]


def test_a_notice_orders_only_what_is_confirmed(assessment: Assessment) -> None:
    text = "\n".join(words(notice_blocks(notice_of(assessment.scorecards[0]))))
    assert "X-2的回复" in text
    assert not any(name in text for name in ("X-1", "X-3", "待确认"))


def test_the_workbench_shows_each_with_its_state(assessment: Assessment) -> None:
    card, none = assessment.scorecards
    assert (leaf_state(card, "3.2.1"), leaf_state(none, "3.2.1")) == ("失 1 分，疑似 1 项待确认", "未失分")
    rows = "\n".join(words([*leaf_blocks(card, "3.2.1")]))
    explained = explain(card, "3.2.1")
    for status, effect in (
        ("疑似，待确认", "疑似，待确认，确认之前不计"),
        ("已确认", "分值：−1"),
        ("已排除", "已排除，不计"),
    ):
        assert status in rows
        assert effect in explained


def test_a_stale_confirmation_waits_again(scored: Callable[..., Scorecard]) -> None:
    decision = "复核记录 | 发现编号=3.2.1-疑似万能回复-X-1 | 决定=维持 | 佐证摘要=sha256:0000000000000000"
    evidence: Evidence = faultless().add(CLOSE.format(1), decision)
    _, sections, appendix = report_of(scored(evidence))
    assert "，待确认" in sections[sections.index(TITLE) :]
    assert "复核失效" in appendix
