"""A gate in the review: results, vetoes and effects where another scheme has points."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from scoring.report.view.blocks import words
from scoring.review.audit import Audit
from scoring.review.panel import Workbench
from scoring.review.panel.pages import change_words, figures

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
CENSUS = "census_2015"
#: Sample departments: one with a veto on an unanswered letter, one with a leaf that is pending.
VETOED, WAITING = "国土资源局", "卫计局"
POINTS = ("满分", "得分", "总分", "失分", "计分", "【计算】", "计 0 分")


@pytest.fixture(scope="module")
def vetoed() -> Audit:
    return Audit.open(VETOED, 2015, RAW, scheme=CENSUS)


@pytest.fixture(scope="module")
def withdrawn(vetoed: Audit) -> Audit:
    (veto,) = vetoed.card.vetoes
    return vetoed.decide([veto.id], "撤销", "来信已电话答复", "复核组（示例）", dt.date(2016, 3, 1))


def test_a_withdrawal_changes_the_result(vetoed: Audit, withdrawn: Audit) -> None:
    assert [(figure.label, figure.value) for figure in figures(withdrawn)] == [
        ("已保存的结果", "不合格"),
        ("试算结果", "合格"),
        ("否决情形", "0 项"),
    ]
    assert change_words(vetoed.card, withdrawn.card) == "结果：不合格（1 项否决情形） → 合格（未触发否决）"
    assert change_words(vetoed.card, vetoed.card) == "结果不变：不合格（1 项否决情形）"


def test_a_leaf_and_the_result_are_explained_without_points(vetoed: Audit, withdrawn: Audit) -> None:
    (veto,) = vetoed.card.vetoes
    leaf = vetoed.explain(veto.code)
    assert f"【结果】{veto.code} 互动回应差：触发否决（否决情形 1 项）" in leaf
    assert "否决标准（大意）：" in leaf
    assert "效果：单项否决" in leaf
    assert "【上级】结果：不合格。其中 普1" in leaf
    for text in (leaf, vetoed.explain("total"), withdrawn.explain(veto.code)):
        assert [word for word in POINTS if word in text] == []
    assert f"{veto.code} 互动回应差：未触发" in withdrawn.explain("total")


def test_a_reading_moves_results(withdrawn: Audit) -> None:
    moved = withdrawn.moved_by({"consultations": "咨询和建议"})
    assert list(moved.columns) == ["指标", "名称", "现结果", "改后结果"]


@pytest.mark.parametrize(("department", "result"), [(VETOED, "不合格"), (WAITING, "待评")])
def test_the_static_workbench_shows_no_points(department: str, result: str) -> None:
    bench = Workbench(department, 2015, RAW, scheme=CENSUS, interactive=False)
    parts = bench.choose(), bench.desk(), bench.readings()
    page = "\n".join(text for part in parts for text in words(part.blocks))
    assert result in page
    assert [word for word in POINTS if word in page] == []
    assert "【结果】普1 " in str(bench.explain())


@pytest.mark.thorough
def test_the_live_workbench_tries_a_withdrawal() -> None:
    bench = Workbench(VETOED, 2015, RAW, scheme=CENSUS, interactive=True)
    desk = bench.desk()
    desk.state.leaf, desk.state.who, desk.form.reason.value = "普5", "复核组（示例）", "来信已电话答复"
    desk.form.withdraw.click()
    assert "已撤销 1 项，结果：不合格（1 项否决情形） → 合格（未触发否决）" in desk.notice.value
    assert desk.walk.choice.label == "普5 互动回应差　未触发"
    assert "分值" not in desk.form.chosen.value + desk.text.value
