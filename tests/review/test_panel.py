"""The workbench without a browser: its controls are set and clicked, and what they show is read."""

from __future__ import annotations

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
from scoring.review.panel.decisions import ALL, HERE, DecisionForm
from scoring.review.panel.leaves import LeafView

pytestmark = pytest.mark.thorough

ASKED = "领导信箱 | 信件编号=X-1 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13"
TYPO = "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月”"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
DAY = dt.date(2018, 2, 1)

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
    """The large figures: before any review, saved, now, verdict."""
    return re.findall(r'class="value[^"]*">([^<]+)<', html_of(part))


def tried(form: DecisionForm, code: str = "3.2.1", *, decision: str = "撤销", reviewer: str = "复核员乙") -> None:
    """Fill in the form for the first finding of a leaf, and click 试算."""
    form.state.leaf = code
    form.scope.value = HERE
    form.decision.value = decision
    form.reason.value, form.reviewer.value, form.reviewed_on.value = "原文无误", reviewer, DAY
    click(form.try_it)


# --- Leaves ----------------------------------------------------------------------------------------------------------


def test_the_next_leaf_is_the_next_one_with_findings(opened: Open) -> None:
    view: LeafView = opened(faultless().add(ASKED, TYPO)).leaves()
    assert (view.choice.value, len(view.choice.options), view.previous.disabled) == ("1.1", 28, True)
    click(view.next)
    assert view.choice.value == "2.1"
    view.only_findings.value = True
    assert [code for _, code in view.choice.options] == ["2.1", "3.2.1", "3.3.2.1.3"]
    click(view.next)
    assert view.choice.label == "3.2.1 领导（主任、局长）信箱　失 0.5 分"
    click(view.next)
    assert (view.choice.value, view.next.disabled) == ("3.3.2.1.3", True)
    click(view.previous)
    assert view.state.leaf == "3.2.1"


def test_a_leaf_shows_clause_findings_sum_and_the_rows_by_their_numbers(opened: Open) -> None:
    view = opened(faultless().add(ASKED)).leaves()
    view.choice.value = "3.2.1"
    text = html_of(view)
    for expected in ("咨询类信件7个工作日内回复", "X-1", "5 − 0.5 = 4.5", "查看材料：《基本信息》、《领导信箱》"):
        assert expected in text
    facts, letters = (table.rows for table in view.tables if table.rows is not None)
    assert letters.set_index("信件编号").loc["X-1", "行号"] == len(letters) + 1
    assert len(facts) == 17


def test_the_tables_speak_chinese_and_leave_no_row_out(opened: Open) -> None:
    view = opened(faultless().add("信息发布 ×3000")).leaves()
    view.choice.value = "3.1.2"
    (table,) = [table for table in view.tables if table.rows is not None and "标题" in table.rows]
    given = table.table._dt_args
    assert len(json.loads(given["data_json"])) == len(table.rows) > 3000
    assert given["language"]["search"] == "搜索："
    assert "http" not in json.dumps(given["language"])


# --- Choosing --------------------------------------------------------------------------------------------------------


def test_departments_come_from_the_folder_and_the_leaf_stays(opened: Open) -> None:
    workbench = opened(faultless("统计局").add(ASKED), faultless("人社局"))
    chooser, view = workbench.choose(), workbench.leaves()
    assert chooser.department.options == ("人社局", "统计局")
    view.choice.value = "3.2.1"
    chooser.department.value = "人社局"
    assert (figures(chooser)[2], view.choice.value, view.choice.label[-3:]) == ("100", "3.2.1", "未失分")


def test_unsaved_decisions_keep_the_department_open(opened: Open) -> None:
    workbench = opened(faultless("统计局").add(ASKED), faultless("人社局"))
    chooser, form = workbench.choose(), workbench.decide()
    tried(form)
    chooser.department.value = "人社局"
    assert "统计局还有 1 项决定没有保存" in chooser.notice.value
    assert chooser.department.value == "统计局"


def test_a_faulty_workbook_shows_its_faults_until_they_are_corrected(opened: Open, tmp_path: Path) -> None:
    workbench = opened(faultless().add("领导信箱 | 信件编号=X-2 | 类型=咨 旬", f"监测发现 | 描述={HOSTILE} | 指标=9.9"))
    parts = [workbench.choose(), workbench.leaves(), workbench.decide(), workbench.readings()]
    assert "共 3 处差错" in html_of(parts[0])
    assert "《领导信箱》" in html_of(parts[0])
    assert [part.layout.display for part in parts] == [None, "none", "none", "none"]
    assert "工作簿有差错" in workbench.explain("3.2.1")
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
    chooser, view, form = workbench.choose(), workbench.leaves(), workbench.decide()
    tried(form)
    assert figures(chooser) == figures(form) == ["99.5", "99.5", "100", "合格"]
    assert "已试算，总分变化：+0.5 分" in form.notice.value
    assert "已撤销" in view.text.value
    assert "（已撤销）" in form.finding.label
    assert "对总分的影响：<strong>+0.5 分" in html_of(form.unsaved)
    _, row = form.unsaved.children
    click(row.children[1])
    assert figures(chooser) == figures(form) == ["99.5", "99.5", "99.5", "合格"]
    assert form.unsaved.children == ()
    assert form.save.disabled
    assert list((tmp_path / "2017").iterdir()) == [tmp_path / "2017" / "人社局.xlsx"]
    tried(form)
    click(form.save)
    rows = list(openpyxl.load_workbook(tmp_path / "2017" / "人社局.xlsx")["复核记录"].iter_rows(values_only=True))
    assert rows[-1][:4] == ("3.2.1-咨询类逾期回复-X-1", "撤销", "原文无误", "复核员乙")
    (copy,) = (tmp_path / "2017" / "历史版本").iterdir()
    assert "已把 1 项决定写入 人社局.xlsx" in form.notice.value
    assert f"历史版本/{copy.name}" in form.notice.value
    assert figures(form) == ["99.5", "100", "100", "合格"]
    assert form.save.disabled


def test_refusals_are_shown_beside_the_button(opened: Open, tmp_path: Path) -> None:
    form = opened(faultless().add(ASKED)).decide()
    form.state.leaf = "3.2.1"
    form.reviewed_on.value = None
    click(form.try_it)
    assert "请填写：决定、理由、复核人、复核日期" in form.notice.value
    assert 'role="alert"' in form.notice.value
    inspector = form.state.opened.card.source.inspections["inspector"].iloc[0]
    tried(form, reviewer=inspector)
    assert "不能一人撤销自己的发现" in form.notice.value
    tried(form)
    (tmp_path / "2017" / "~$人社局.xlsx").touch()
    click(form.save)
    assert "正在 Excel、WPS 或 LibreOffice 中打开" in form.notice.value
    assert len(form.state.opened.tried) == 1


def test_a_choice_between_uphold_and_withdraw_is_never_carried_over(opened: Open) -> None:
    form = opened(faultless().add(ASKED, TYPO)).decide()
    form.scope.value = ALL
    form.decision.value = "撤销"
    form.finding.index = 1
    assert form.decision.value is None


def test_a_leaf_without_findings_offers_none(opened: Open) -> None:
    form = opened(faultless().add(ASKED)).decide()
    assert (form.finding.options, form.try_it.disabled) == ((), True)
    assert "当前指标没有发现" in form.chosen.value
    form.scope.value = ALL
    assert "3.2.1-咨询类逾期回复-X-1" in [finding for _, finding in form.finding.options]
    assert not form.try_it.disabled


def test_a_stale_decision_is_shown_and_renewed(opened: Open, tmp_path: Path) -> None:
    first = opened(faultless().add(ASKED)).decide()
    tried(first)
    click(first.save)
    saved = openpyxl.load_workbook(tmp_path / "2017" / "人社局.xlsx")
    letters = saved["领导信箱"]
    header = [cell.value for cell in letters[1]]
    letters.cell(letters.max_row, header.index("回复日期") + 1).value = dt.datetime(2017, 10, 16)  # noqa: DTZ001
    saved.save(tmp_path / "2017" / "人社局.xlsx")

    form = Workbench("人社局", 2017, tmp_path, interactive=True).decide()
    assert figures(form)[2] == "99.5"
    assert "作出决定后，佐证已改动，这项决定不计入。" in html_of(form.stale)
    assert "复核失效" in form.decisions.value
    _, row = form.stale.children
    click(row.children[1])
    assert (form.state.leaf, form.finding.value) == ("3.2.1", "3.2.1-咨询类逾期回复-X-1")
    tried(form)
    click(form.save)
    assert form.stale.children == ()
    assert figures(form) == ["99.5", "100", "100", "合格"]


def test_reloading_keeps_decisions_whose_evidence_is_as_it_was(opened: Open, tmp_path: Path) -> None:
    workbench = opened(faultless().add(ASKED, TYPO))
    chooser, form = workbench.choose(), workbench.decide()
    tried(form)
    tried(form, "3.3.2.1.3")
    faultless().add(ASKED.replace("2017-10-13", "2017-10-16"), TYPO).save(tmp_path / "2017")
    click(form.save)
    assert "请重新载入" in form.notice.value
    click(chooser.reload)
    assert "3.2.1-咨询类逾期回复-X-1”的佐证已改动" in chooser.notice.value
    assert [made.finding[:9] for made in form.state.opened.tried.values()] == ["3.3.2.1.3"]
    click(form.save)
    assert "已把 1 项决定写入" in form.notice.value


def test_an_unexpected_error_is_shown_and_logged(
    opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("内部")

    form = opened(faultless().add(ASKED)).decide()
    monkeypatch.setattr(Audit, "decide", fails)
    with caplog.at_level(logging.ERROR):
        tried(form)
    assert "程序出错（ZeroDivisionError：内部）" in form.notice.value
    assert caplog.records[0].exc_info is not None


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
    tried(workbench.decide())
    assert "已撤销，不计" in workbench.explain("3.2.1")
    assert workbench.explain() == workbench.explain("3.2.1")
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
    parts = [workbench.choose(), workbench.leaves(), workbench.decide(), workbench.readings()]
    if interactive:
        assert "请在 JupyterLab 中运行" in parts[1]._repr_mimebundle_()["text/html"], "its export"
        kinds = (widgets.Dropdown, widgets.Button, widgets.Text, widgets.Textarea, widgets.DatePicker)
        controls = [widget for part in parts for widget in every_widget(part) if isinstance(widget, kinds)]
        assert len(controls) > 20
        assert [control for control in controls if not control.description] == [], "each says what it is"
    shown = ""
    for code in ("3.2.1", "3.3.2.1.3") if interactive else ():
        tried(parts[2], code)
        shown += "\n".join(map(html_of, parts))
        shown += "".join(t.table._dt_args["data_json"] for t in parts[1].tables if t.rows is not None)
    shown += "" if interactive else "".join(part._repr_mimebundle_()["text/html"] for part in parts)
    assert "&lt;img src=x" in shown
    assert "<img" not in shown
    assert "<script" not in shown


def test_without_a_front_end_the_tables_are_static(opened: Open) -> None:
    workbench = opened(faultless().add(ASKED), interactive=None)
    assert {type(part) for part in (workbench.choose(), workbench.leaves(), workbench.decide())} == {Part}
    faulty = opened(faultless().fact("年度", "2016"), interactive=False)
    assert "共 1 处差错" in "".join(words(faulty.choose().blocks))
    assert faulty.leaves().blocks == faulty.decide().blocks == faulty.readings().blocks == ()
