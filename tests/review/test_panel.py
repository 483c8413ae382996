"""The workbench without a browser: its controls are set and clicked, and what they show is read."""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import ipywidgets as widgets
import openpyxl
import pytest
from evidence_builder import Evidence, faultless

from scoring.report.view.blocks import Part, words
from scoring.review.audit import Audit
from scoring.review.panel import Workbench
from scoring.review.panel.desk import Desk
from scoring.review.panel.walk import FOUND, UNINSPECTED, WAITING

pytestmark = pytest.mark.thorough

ASKED = "领导信箱 | 信件编号=X-1 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13"
TYPO = "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月”"
SUSPECT = "领导信箱 | 信件编号=X-2 | 来信日期=2017-09-04 | 回复日期=2017-09-05 | 回复内容=您好，已电话答复。"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
DAY = dt.date(2018, 2, 1)
#: A picture of one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

Open = Callable[..., Workbench]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """A workbench on workbooks of the tests' own, the first one open."""

    def run(*workbooks: Evidence, **options: object) -> Workbench:
        folder = tmp_path / "2017"
        for workbook in workbooks:
            workbook.save(folder)
        return Workbench(workbooks[0].department, 2017, tmp_path, **{"interactive": True} | options)

    return run


def click(button: widgets.Button) -> None:
    assert not button.disabled
    button.click()


def every_widget(part: widgets.Widget) -> Iterator[widgets.Widget]:
    yield part
    for child in getattr(part, "children", ()):
        yield from every_widget(child)


def html_of(part: widgets.Widget) -> str:
    """All that a part shows as HTML, its style sheet aside."""
    values = [widget.value for widget in every_widget(part) if isinstance(widget, widgets.HTML)]
    return "\n".join(value for value in values if "<style>" not in value)


def figures(part: widgets.Widget) -> list[str]:
    """The figures: before any review, saved, now, verdict."""
    return re.findall(r'class="value[^"]*">([^<]+)<', html_of(part))


def decided(desk: Desk, code: str = "3.2.1", *, decision: str = "撤销", who: str = "复核员乙") -> None:
    """Decide on what is picked at a leaf."""
    desk.state.leaf, desk.state.who, desk.state.day = code, who, DAY
    desk.form.reason.value = "原文无误"
    click(desk.form.withdraw if decision == "撤销" else desk.form.uphold)


# --- Leaves ----------------------------------------------------------------------------------------------------------


def test_one_walks_through_the_leaves_above_and_below(opened: Open) -> None:
    walk = opened(faultless().add(ASKED, TYPO).inspection("1.1", "未核查")).desk().walk
    back, on = (button for button in walk.above.children if isinstance(button, widgets.Button))
    assert (walk.choice.value, len(walk.choice.options), back.disabled) == ("1.1", 28, True)
    click(walk.below.children[1])
    assert walk.choice.value == "2.1"
    walk.only.value = FOUND
    assert [code for _, code in walk.choice.options] == ["2.1", "3.2.1", "3.3.2.1.3"]
    click(on)
    assert walk.choice.label == "3.2.1 领导（主任、局长）信箱　失 0.5 分"
    click(on)
    assert (walk.choice.value, on.disabled) == ("3.3.2.1.3", True)
    walk.only.value = UNINSPECTED
    assert walk.state.leaf == "1.1"
    walk.only.value = WAITING
    assert [code for _, code in walk.choice.options] == ["1.1"], "nothing is suspected"


def test_the_rank_is_told_before_and_after_a_decision(opened: Open) -> None:
    other = faultless("教育局").add(ASKED.replace("X-1", "X-3"))
    desk = opened(faultless().add(ASKED, ASKED.replace("X-1", "X-2")), other).desk()
    assert not desk.ranks.value, "nobody has asked"
    click(desk.rank)
    assert "名次：复核前 第2名，已保存 第2名，现 第2名（其他 1 个部门按已保存的佐证）" in desk.ranks.value
    decided(desk)
    assert "复核前 第2名，已保存 第2名，试算 第1名" in desk.ranks.value
    other.add(ASKED.replace("X-1", "X-4"), ASKED.replace("X-1", "X-5")).save(desk.state.opened.folder)
    click(desk.rank)
    assert "已保存 第2名，试算 第1名" in desk.ranks.value, "the others are as they were read"
    desk.state.reload()
    assert not desk.ranks.value
    click(desk.rank)
    assert "已保存 第1名，试算 第1名" in desk.ranks.value


def test_a_leaf_shows_clause_findings_sum_and_the_rows_by_their_numbers(opened: Open) -> None:
    desk = opened(faultless().add(ASKED)).desk()
    desk.walk.choice.value = "3.2.1"
    text = html_of(desk)
    for expected in ("咨询类信件7个工作日内回复", "X-1", "5 − 0.5 = 4.5", "查看材料：《基本信息》、《领导信箱》"):
        assert expected in text
    facts, letters = (table.rows for table in desk.evidence.tables if table.rows is not None)
    assert letters.set_index("信件编号").loc["X-1", "行号"] == len(letters) + 1
    assert len(facts) == 17


def test_the_tables_speak_chinese_and_leave_no_row_out(opened: Open) -> None:
    desk = opened(faultless().add("信息发布 ×3000")).desk()
    desk.walk.choice.value = "3.1.2"
    (table,) = [table for table in desk.evidence.tables if table.rows is not None and "标题" in table.rows]
    given = table.table._dt_args
    assert len(json.loads(given["data_json"])) == len(table.rows) > 3000
    assert given["language"]["search"] == "搜索："
    assert "http" not in json.dumps(given["language"])


@pytest.mark.parametrize("interactive", [True, False])
def test_what_voids_the_total_is_said_once(opened: Open, *, interactive: bool) -> None:
    late = "领导信箱 | 信件编号=X-9 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-09-01"
    workbench = opened(faultless().add(late, TYPO), interactive=interactive)
    if interactive:
        desk = workbench.desk()
        desk.state.leaf = "3.3.2.1.3"
        text = html_of(desk)
        assert text.count("计 0 分：") == 1
    else:
        text = "\n".join(words(workbench.desk().blocks))
    assert "，得 0 分" not in text
    assert "不计否决得" in text


# --- Choosing --------------------------------------------------------------------------------------------------------


def test_departments_come_from_the_folder_and_the_leaf_stays(opened: Open) -> None:
    workbench = opened(faultless("统计局").add(ASKED), faultless("人社局"))
    chooser, desk = workbench.choose(), workbench.desk()
    assert chooser.department.options == ("人社局", "统计局")
    desk.walk.choice.value = "3.2.1"
    explanation = workbench.explain()
    assert "统计局" in html_of(desk.score)
    assert "统计局" in explanation.text.value
    chooser.department.value = "人社局"
    choice = desk.walk.choice
    assert (figures(chooser)[2], choice.value, choice.label[-3:]) == ("100", "3.2.1", "未失分")
    for part in (chooser, desk, explanation):
        assert "人社局" in html_of(part)
        assert "统计局" not in html_of(part)


def test_unsaved_changes_keep_the_department_open(opened: Open) -> None:
    workbench = opened(faultless("统计局").add(ASKED), faultless("人社局"))
    chooser, desk = workbench.choose(), workbench.desk()
    decided(desk)
    chooser.department.value = "人社局"
    assert "统计局还有 1 项没有保存" in chooser.notice.value
    assert chooser.department.value == "统计局"


def test_a_faulty_workbook_shows_its_faults_until_they_are_corrected(opened: Open, tmp_path: Path) -> None:
    workbench = opened(faultless().add("领导信箱 | 信件编号=X-2 | 类型=咨 旬", f"监测发现 | 描述={HOSTILE} | 指标=9.9"))
    parts = [workbench.choose(), workbench.desk(), workbench.explain(), workbench.readings()]
    assert "共 3 处差错" in html_of(parts[0])
    assert "《领导信箱》" in html_of(parts[0])
    assert [part.layout.display for part in parts] == [None, "none", "none", "none"]
    assert "佐证有差错" in workbench.explain("3.2.1")
    faultless().save(tmp_path / "2017")
    click(parts[0].reload)
    assert figures(parts[0])[2] == "100"
    assert {part.layout.display for part in parts[1:]} == {""}


def test_what_cannot_be_opened_is_reported(opened: Open, tmp_path: Path) -> None:
    opened(faultless())
    for arguments, message in [
        (("气象局", 2017), "没有气象局的佐证工作簿"),
        (("人社局", 1999), "1999"),
        (("人社局", 2017, {"news-bonus": "ever"}), "没有选项“ever”"),
    ]:
        department, year, *readings = arguments
        chooser = Workbench(department, year, tmp_path, *readings, interactive=True).choose()
        assert message in chooser.score.value


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_a_decision_moves_every_total_before_it_is_saved(opened: Open, tmp_path: Path) -> None:
    workbench = opened(faultless().add(ASKED))
    chooser, desk = workbench.choose(), workbench.desk()
    before = (tmp_path / "2017" / "人社局.xlsx").read_bytes()
    decided(desk)
    assert figures(chooser) == figures(desk) == ["99.5", "99.5", "100", "合格"]
    assert "已撤销 1 项，总分变化：+0.5 分" in desk.notice.value
    assert "已撤销" in desk.text.value
    _, row = desk.case.unsaved.children
    assert "3.2.1-咨询类逾期回复-X-1" in html_of(row)
    click(row.children[1])
    assert figures(chooser) == figures(desk) == ["99.5", "99.5", "99.5", "合格"]
    assert desk.case.unsaved.children == ()
    assert desk.case.save_it.disabled
    assert list((tmp_path / "2017").iterdir()) == [tmp_path / "2017" / "人社局.xlsx"]
    decided(desk)
    click(desk.case.save_it)
    rows = list(openpyxl.load_workbook(tmp_path / "2017" / "人社局.案卷.xlsx")["复核记录"].iter_rows(values_only=True))
    assert rows[-1][:4] == ("3.2.1-咨询类逾期回复-X-1", "撤销", "原文无误", "复核员乙")
    assert "已把 1 项写入 人社局.案卷.xlsx" in desk.notice.value
    assert figures(desk) == ["99.5", "100", "100", "合格"]
    decided(desk, decision="维持")
    click(desk.case.save_it)
    (copy,) = (tmp_path / "2017" / "历史版本").iterdir()
    assert f"历史版本/{copy.name}" in desk.notice.value
    assert (tmp_path / "2017" / "人社局.xlsx").read_bytes() == before


def test_refusals_are_shown_beside_the_buttons(opened: Open, tmp_path: Path) -> None:
    desk = opened(faultless().add(ASKED)).desk()
    desk.state.leaf = "3.2.1"
    desk.marks.day.value = None
    click(desk.form.withdraw)
    assert "请填写：理由、复核人、复核日期" in desk.notice.value
    assert 'role="alert"' in desk.notice.value
    inspector = desk.state.opened.card.source.inspections["inspector"].iloc[0]
    decided(desk, who=inspector)
    assert "不能一人撤销自己的发现" in desk.notice.value
    decided(desk)
    (tmp_path / "2017" / "~$人社局.案卷.xlsx").touch()
    click(desk.case.save_it)
    assert "正在 Excel、WPS 或 LibreOffice 中打开" in desk.notice.value
    assert desk.state.opened.count == 1


def test_findings_that_are_alike_are_decided_together(opened: Open) -> None:
    """By kind, each in the order of dates; the next kind is picked when one is done."""
    days = ("2017-11-06", "2017-12-06"), ("2017-09-04", "2017-10-13"), ("2017-10-09", "2017-11-09")
    letters = [
        f"领导信箱 | 信件编号=X-{n} | 类型=咨询 | 来信日期={came} | 回复日期={left}"
        for n, (came, left) in enumerate(days)
    ]
    fobbed = "领导信箱 | 信件编号=Y | 来信日期=2017-09-04 | 回复日期=2017-09-05 | 回复内容=已电话回复当事人"
    desk = opened(faultless().add(*letters, fobbed)).desk()
    desk.state.leaf, desk.state.who = "3.2.1", "复核员乙"
    offered = [finding for _, finding in desk.form.findings.options]
    assert offered[:3] == [f"3.2.1-咨询类逾期回复-X-{n}" for n in (1, 2, 0)]
    assert desk.form.picked_ids == tuple(offered[:3])
    assert [button.description for button in desk.form.groups.children] == ["咨询类逾期回复：3 项全选"]
    decided(desk, decision="维持")
    assert desk.state.opened.count == 3
    assert desk.form.picked_ids == ("3.2.1-万能回复-Y",)
    assert len(desk.case.unsaved.children) == 2, "a title, and one line for all three"
    click(desk.case.unsaved.children[1].children[1])
    assert desk.state.opened.count == 0


def test_what_is_suspected_comes_first_and_takes_one_key(opened: Open) -> None:
    desk = opened(faultless().add(ASKED, SUSPECT)).desk()
    assert desk.state.leaf == "3.2.1"
    assert desk.form.picked_ids == ("3.2.1-疑似万能回复-X-2",)
    assert (desk.form.uphold.description, desk.form.withdraw.description) == ("确认（Y）", "排除（N）")
    assert figures(desk)[2] == "99.5", "a suspicion costs nothing"
    desk.state.who = "核查员甲"
    press(desk, "y")
    assert "已确认 1 项，总分变化：−1 分" in desk.notice.value
    desk.form.pick(["3.2.1-疑似万能回复-X-2"])
    press(desk, "n")
    assert "已排除 1 项，总分变化：+1 分" in desk.notice.value
    (decision,) = desk.state.opened.unsaved["reviews"].values()
    assert (decision["decision"], decision["reason"]) == ("撤销", "经核对佐证，不属此类情形")


def press(desk: Desk, key: str) -> None:
    """What the browser sends when a key is pressed."""
    desk.keyboard._handle_custom_msg({"key": key}, [])


def test_a_leaf_without_findings_offers_none(opened: Open) -> None:
    desk = opened(faultless().add(ASKED)).desk()
    assert (desk.form.findings.options, desk.form.findings.layout.display) == ((), "none")
    assert "本指标没有发现" in desk.form.title.value
    press(desk, "y")
    assert "请填写：发现" in desk.notice.value


def test_a_stale_decision_is_shown_and_renewed(opened: Open, tmp_path: Path) -> None:
    first = opened(faultless().add(ASKED)).desk()
    decided(first)
    click(first.case.save_it)
    faultless().add(ASKED.replace("2017-10-13", "2017-10-16")).save(tmp_path / "2017")

    desk = Workbench("人社局", 2017, tmp_path, interactive=True).desk()
    assert figures(desk)[2] == "99.5"
    assert "作出决定后，佐证已改动，这项决定不计入。" in html_of(desk.case.stale)
    assert "复核失效" in desk.case.decisions.value
    _, row = desk.case.stale.children
    click(row.children[1])
    assert (desk.state.leaf, desk.form.picked_ids) == ("3.2.1", ("3.2.1-咨询类逾期回复-X-1",))
    decided(desk)
    click(desk.case.save_it)
    assert desk.case.stale.children == ()
    assert figures(desk) == ["99.5", "100", "100", "合格"]


def test_reloading_keeps_changes_whose_evidence_is_as_it_was(opened: Open, tmp_path: Path) -> None:
    workbench = opened(faultless().add(ASKED, TYPO))
    chooser, desk = workbench.choose(), workbench.desk()
    decided(desk)
    decided(desk, "3.3.2.1.3")
    faultless().add(ASKED.replace("2017-10-13", "2017-10-16"), TYPO).save(tmp_path / "2017")
    click(desk.case.save_it)
    assert "请重新载入" in desk.notice.value
    click(chooser.reload)
    assert "3.2.1-咨询类逾期回复-X-1”的佐证或案卷已改动" in chooser.notice.value
    assert [name[:9] for name in desk.state.opened.unsaved["reviews"]] == ["3.3.2.1.3"]
    click(desk.case.save_it)
    assert "已把 1 项写入" in desk.notice.value


def test_an_unexpected_error_is_shown_and_logged(
    opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("内部")

    desk = opened(faultless().add(ASKED)).desk()
    monkeypatch.setattr(Audit, "decide", fails)
    with caplog.at_level(logging.ERROR):
        decided(desk)
    assert "程序出错（ZeroDivisionError：内部）" in desk.notice.value
    assert caplog.records[0].exc_info is not None


# --- Inspecting ------------------------------------------------------------------------------------------------------


def test_leaves_are_marked_one_by_one_or_all_that_are_left(opened: Open) -> None:
    evidence = faultless()
    for code in ("1.1", "2.1", "3.2.1"):
        evidence.inspection(code, "未核查")
    desk = opened(evidence).desk()
    assert "待评" in figures(desk)[3]
    press(desk, "m")
    assert "请填写：核查人" in desk.notice.value
    desk.marks.who.value, desk.marks.day.value = "李组", DAY
    press(desk, "m")
    assert desk.state.opened.uninspected == ("2.1", "3.2.1")
    assert "本指标已由 李组 于 2018年2月1日 核查" in desk.marks.status.value
    assert desk.marks.one.disabled
    assert desk.marks.rest.description == "未核查的 2 个都标为已核查"
    click(desk.marks.rest)
    assert (figures(desk)[2], desk.marks.rest.disabled) == ("100", True)
    click(desk.case.save_it)
    assert [row["inspector"] for row in desk.state.opened.case.rows["inspections"].values()] == ["李组"] * 3


def test_a_finding_of_ones_own_is_a_row_of_the_case_file(opened: Open, tmp_path: Path) -> None:
    """A kind of the scheme, a day, what, where, a picture: it is scored like any other row."""
    desk = opened(faultless()).desk()
    desk.state.day, desk.state.leaf = dt.date(2017, 6, 1), "3.3.2.1.3"
    fields = {field.description: field for field in desk.own.fields.children}
    assert list(fields) == ["监测日期*", "问题类型*", "描述*", "网址", "附件（可选图片或文件）"]
    assert fields["问题类型*"].options[1] == ("错别字", "错别字")
    click(desk.own.add)
    assert "必须填写" in desk.notice.value
    fields["问题类型*"].value, fields["描述*"].value = "错别字", "“签约”误为“签月”"
    file = {"name": "首页.png", "type": "image/png", "size": len(PIXEL), "content": memoryview(PIXEL)}
    fields["附件（可选图片或文件）"].value = ({**file, "last_modified": dt.datetime(2017, 6, 1, tzinfo=dt.UTC)},)
    click(desk.own.add)
    assert "（满分 1 分，得 0 分）" in desk.text.value
    assert "“签约”误为“签月”" in desk.text.value
    assert 'alt="附件的图片：首页.png"' in desk.pictures.value
    assert (tmp_path / "2017" / "人社局.附件" / "首页.png").read_bytes() == PIXEL
    click(desk.case.save_it)
    (row,) = desk.state.opened.case.rows["faults"].values()
    assert (row["code"], row["attachments"]) == ("3.3.2.1.3", "首页.png")
    desk.state.leaf = "3.2.1"
    assert "请在佐证中登记" in desk.own.note.value


def test_what_the_department_says_of_the_picked_findings_is_written_down(opened: Open) -> None:
    """Beside the finding, and in the case file."""
    desk = opened(faultless().add("领导信箱 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13")).desk()
    desk.state.leaf, desk.state.day = "3.2.1", dt.date(2018, 1, 10)
    fields = {field.description: field for field in desk.followed.fields.children}
    assert list(fields) == ["事项*", "日期*", "经办人*", "内容", "整改日期", "附件（可选图片或文件）"]
    assert [word for _, word in fields["事项*"].options[1:]] == [
        "认可",
        "申诉",
        "已反馈",
        "复查合格",
        "复查不合格",
        "销号",
    ]
    fields["事项*"].value, fields["日期*"].value, fields["经办人*"].value = "申诉", dt.date(2018, 1, 10), "办公室"
    click(desk.followed.add)
    assert "申诉没有写理由" in desk.notice.value
    fields["内容"].value = "当日停电"
    click(desk.followed.add)
    assert "2018年1月10日　申诉：当日停电（办公室）" in desk.form.chosen.value
    assert "申诉待复核" in desk.form.findings.options[0][0]
    click(desk.case.save_it)
    (row,) = desk.state.opened.case.rows["followups"].values()
    assert (row["finding"], row["step"]) == (desk.form.picked_ids[0], "申诉")
    desk.state.leaf = "3.3.2.1.3"
    assert desk.followed.layout.display == "none", "a leaf without findings has nothing to follow"


# --- Readings and explanations ---------------------------------------------------------------------------------------


def test_another_option_lists_the_nodes_that_move(opened: Open) -> None:
    workbench = opened(faultless().add("门户信息采用 ×60"))
    chooser, trial = workbench.choose(), workbench.readings()
    before = figures(chooser)
    assert "现在都是本次所用的解读" in trial.moved.value
    trial.choices["news-bonus"].value = "none"
    assert re.search(r"2\.4 .*?</th>.*?−\d", trial.moved.value)
    assert "news-bonus" not in trial.moved.value
    assert figures(chooser) == before, "only looked at"
    click(trial.back)
    assert trial.chosen == {}
    trial.choices["overflow"].value = "spill"
    assert "本部门的结果都不变" in trial.moved.value


def test_explanations_are_text_with_what_is_being_tried(opened: Open) -> None:
    workbench = opened(faultless().add(ASKED))
    assert "5 − 0.5 = 4.5" in repr(workbench.explain("3.2.1"))
    desk, explanation = workbench.desk(), workbench.explain()
    decided(desk)
    assert "已撤销，不计" in workbench.explain("3.2.1")
    assert "已撤销，不计" in explanation.text.value
    explanation.node.value = "total"
    assert "【合计】总分" in explanation.text.value
    assert workbench.explain("9.9") == "没有编号为“9.9”的指标；编号如 3.2.1，总分用 total"


# --- Hostile evidence, exports ---------------------------------------------------------------------------------------


@pytest.fixture
def hostile() -> Evidence:
    return faultless().add(
        f"领导信箱 | 信件编号={HOSTILE} | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13",
        f"监测发现 | 指标=3.3.2.1.3 | 描述={HOSTILE}",
    )


@pytest.mark.parametrize("interactive", [True, False])
def test_hostile_evidence_stays_text(hostile: Evidence, opened: Open, *, interactive: bool) -> None:
    workbench = opened(hostile, interactive=interactive)
    parts = [workbench.choose(), workbench.desk(), workbench.explain(), workbench.readings()]
    if interactive:
        assert "请在 JupyterLab 中运行" in parts[1]._repr_mimebundle_()["text/html"], "its export"
        kinds = (widgets.Dropdown, widgets.Button, widgets.Text, widgets.Textarea, widgets.DatePicker)
        controls = [widget for part in parts for widget in every_widget(part) if isinstance(widget, kinds)]
        assert len(controls) > 20
        assert [control for control in controls if not control.description] == [], "each says what it is"
    shown = ""
    for code in ("3.2.1", "3.3.2.1.3") if interactive else ():
        decided(parts[1], code)
        shown += "\n".join(map(html_of, parts))
        shown += "".join(t.table._dt_args["data_json"] for t in parts[1].evidence.tables if t.rows is not None)
    if not interactive:
        shown = "".join(part._repr_mimebundle_()["text/html"] for part in parts if isinstance(part, Part))
    assert "&lt;img src=x" in shown
    assert "<img" not in shown
    assert "<script" not in shown


def test_without_a_front_end_the_tables_are_static(opened: Open) -> None:
    workbench = opened(faultless().add(ASKED), interactive=None)
    assert {type(part) for part in (workbench.choose(), workbench.desk(), workbench.readings())} == {Part}
    faulty = opened(faultless().fact("年度", "2016"), interactive=False)
    assert "共 1 处差错" in "".join(words(faulty.choose().blocks))
    assert faulty.desk().blocks == faulty.readings().blocks == ()
