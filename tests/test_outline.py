"""The outline of reports: loading a scheme checks what its charts and sections name."""

from __future__ import annotations

from pathlib import Path

import pytest
from scheme_copies import Change, copy_of, refusal
from test_rehearsal import changed

from scoring import Scheme, load_scheme
from scoring.scheme.outline import CountAgainstTarget, RepliesByKind, UpdatesByMonth

CHART = '[[chart]]\nkind = "count_against_target"'


def test_charts_are_read_as_they_stand(scheme: Scheme) -> None:
    assert [type(chart) for chart in scheme.outline.charts] == [CountAgainstTarget, UpdatesByMonth, RepliesByKind]
    assert [section.node for section in scheme.report_sections] == ["1", "2", "3"]


def test_without_an_outline_every_section_and_no_chart(tmp_path: Path) -> None:
    folder = copy_of(tmp_path / "own")
    (folder / "outline.toml").unlink()
    own = load_scheme(named=str(folder))
    assert own.outline.charts == ()
    assert [section.node for section in own.report_sections] == ["1", "2", "3"]


def test_a_limit_may_depend_on_a_reading(scheme: Scheme) -> None:
    (*_, letters) = scheme.outline.charts
    assert isinstance(letters, RepliesByKind)
    limits = [letters.limits_under({"suggestion-deadline": option})["建议"] for option in ("none", "consultation")]
    assert [limit.format_map(scheme.leaf("3.2.1").terms) for limit in limits] == ["3 个月", "7 个工作日"]


@pytest.mark.parametrize(
    ("old", "new", "where", "expected"),
    [
        (
            'kind = "count_against_target"',
            'kind = "pie"',
            "chart[0]",
            "“pie”不是图表种类；kind 应为 count_against_target",
        ),
        ('counted = "被门户网站采用信息"', "", "chart[0]", "缺少 counted"),
        ('required = "required"', 'requird = "x"', "chart[0]", "requird"),
        ('leaf = "2.4"', 'leaf = "2"', "chart[0].leaf", "没有末级指标 2"),
        ('sheet = "portal_news"', 'sheet = "news"', "chart[0].sheet", "没有工作表 news"),
        ('sheet = "portal_news"', 'sheet = "letters"', "chart[0].sheet", "指标 2.4 不看这张表"),
        ('required = "required"', 'required = "wanted"', "chart[0].required", "terms 中应有正整数 wanted"),
        ("够不够 {required} 条", "够不够 {wanted} 条", "chart[0]", "花括号中应为指标 2.4 的 terms：required"),
        ('sheet = "publications"', 'sheet = "columns"', "chart[1].sheet", "没有 dated_by，不能按月统计"),
        ('column = "column"', 'column = "title"', "chart[1].column", "现为 title"),
        ('finding = "未按时更新"', 'finding = "未更新"', "chart[1].finding", "没有发现“未更新”；应为 未按时更新 之一"),
        ('by = "kind"', 'by = "number"', "chart[2].by", "应为工作表 letters 中有 choices 的列，现为 number"),
        ('done_on = "replied"', 'done_on = "reply"', "chart[2].done_on", "种类是 date 或 moment 的列，现为 reply"),
        ('"三个月未回应", ', '"半年未回应", ', "chart[2].late", "没有发现“半年未回应”"),
        ('kinds = ["咨询"]', 'kinds = ["询问"]', "chart[2].limits[0].kinds", "“询问”不在列 kind 的选项中"),
        ("{veto_months}", "{due[9][days]}", "chart[2]", "花括号中应为指标 3.2.1 的 terms"),
        ('{ suggestion-deadline = "c', '{ deadline = "c', "chart[2].limits[2].reading", "没有解读 deadline"),
        (CHART, f'[[section]]\nnode = "9"\n\n{CHART}', "section[0].node", "没有指标 9"),
        (CHART, f'[[section]]\nnode = "1"\n\n{CHART}', "section", "指标 2.1 在 0 节中"),
    ],
)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, old: str, new: str, where: str, expected: str) -> None:
    problems = refusal(copy_of(tmp_path / "own", ("outline.toml", old, new)))
    assert any(one.startswith(f"outline.toml 的 {where}") and expected in one for one in problems), problems


def test_a_chart_asks_the_rule_for_its_columns(tmp_path: Path) -> None:
    change = ("outline.toml", '"三个月未回应", ', '"万能回复", ')
    assert [one for one in changed(tmp_path, *change) if "要用到" in one] == [
        "指标 3.2.1 的规则：认定“万能回复”要用到“days_late”，规则没有给出",
        "指标 3.2.1 的规则：认定“万能回复”要用到“due”，规则没有给出",
    ]


def test_sections_of_any_level(tmp_path: Path) -> None:
    nodes = ("1", "2", "3.1", "3.2", "3.3", "3.4")
    sections = "".join(f'[[section]]\nnode = "{node}"\ntitle = "第{node}部分"\n\n' for node in nodes)
    change: Change = ("outline.toml", CHART, sections + CHART)
    own = load_scheme(named=str(copy_of(tmp_path / "own", change)))
    assert [section.node for section in own.report_sections] == [*nodes]
