"""What it takes to add an indicator, a sheet, a column or a city: each is done in a temporary folder."""

from __future__ import annotations

import io
import tomllib
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from evidence_builder import Evidence, faultless
from scheme_copies import Change, copy_of

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.engine.rehearsal import rehearse
from scoring.evidence.template import blank, for_department
from scoring.explained.cases import cases_of

SAMPLES = sorted((Path(__file__).parents[2] / "data" / "raw" / "2017").glob("*.xlsx"))[:2]
S, H = "scheme.toml", "sheets.toml"


def loaded(folder: Path) -> Scheme:
    """The scheme of a folder, its rules rehearsed."""
    scheme = load_scheme(2017, str(folder))
    assert list(rehearse(scheme)) == []
    return scheme


def card_of(evidence: Evidence, scheme: Scheme, folder: Path) -> Scorecard:
    assessment = assess([evidence.save(folder)], scheme)
    assert assessment.faults == {}, [str(fault) for faults in assessment.faults.values() for fault in faults]
    return assessment.scorecards[0]


def faults_of(evidence: Evidence, scheme: Scheme, folder: Path) -> list[str]:
    (faults,) = assess([evidence.save(folder)], scheme).faults.values()
    return [str(fault) for fault in faults]


# --- An indicator: its clause, its rule, its cases

CLAUSE = """
[[node]]
code = "1.2"
name = "旧域名"
points = "2"
sheets = ["faults"]
fault_kinds = ["旧域名可访问"]
description = "整合后停用旧域名。"
standard = "旧域名仍能访问的，每个扣0.5分。"

[node.finding."旧域名可访问"]
each = "-0.5"
because = "{day}监测发现旧域名仍能访问：{description}"
advice = "停用旧域名。"
"""
RULE = '''

@rule("1.2")
def former_names(evidence: Evidence, clause: Clause) -> Found:
    """旧域名仍能访问的，每个扣0.5分。"""
    yield clause.change("旧域名可访问", clause.rows(evidence, "faults"), at="faults")
'''
CASE = """
[[case]]
name = "两个旧域名仍能访问，扣1分"
clause = "1.2"
also = ["监测发现 ×2 | 指标=1.2 | 问题类型=旧域名可访问"]
score = 1

[[case]]
name = "没有旧域名，不扣分"
clause = "1.2"
score = 2
"""


def test_an_indicator_is_three_files(tmp_path: Path) -> None:
    """Its section and the total get its points in the same file as its clause."""
    folder = copy_of(
        tmp_path / "own",
        (S, '完成情况"\npoints = "10"', '完成情况"\npoints = "12"'),
        (S, 'points = "100"', 'points = "102"'),
        (S, '\n[[node]]\ncode = "2"', f'{CLAUSE}\n[[node]]\ncode = "2"'),
    )
    for name, more in (("integration.py", RULE), ("cases/integration.toml", CASE)):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text + more, encoding="utf-8")
    scheme = loaded(folder)
    assert [case.name for case in cases_of(scheme)["1.2"]] == ["两个旧域名仍能访问，扣1分", "没有旧域名，不扣分"]
    for case in tomllib.loads((folder / "cases/integration.toml").read_text(encoding="utf-8"))["case"][-3:]:
        evidence = faultless().replace(*case.get("evidence", [])).add(*case.get("also", []))
        inspected = next(row for row in evidence.sheets["核查情况"] if row["指标"] == "1.1")
        evidence.sheets["核查情况"].append(inspected | {"指标": "1.2"})
        if "cut_off" in case:
            evidence.fact("截止日期", case["cut_off"])
        if "score" in case:
            assert card_of(evidence, scheme, tmp_path).nodes[case["clause"]].score == case["score"], case["name"]


# --- A sheet, a column

DRILLS = '''
[[sheet]]
key = "drills"
name = "应急演练"
row_is = "一次应急演练"
dated_by = "day"
optional = true
columns = [
  { key = "day", name = "演练日期*", kind = "date", about = "演练的日期" },
  { key = "subject", name = "内容*", about = "演练了什么", example = "网页被篡改" },
]

[[sheet]]
key = "vulnerabilities"'''
A_SHEET: Change = (H, '\n[[sheet]]\nkey = "vulnerabilities"', DRILLS)
LOOKED_AT: tuple[Change, ...] = (
    (S, 'sheets = ["security_notices"]\nspills', 'sheets = ["security_notices", "drills"]\nspills'),
    (
        "management.py",
        '    yield clause.change("正式书面通报"',
        '    evidence.rows("drills")\n    yield clause.change("正式书面通报"',
    ),
)


def totals(scheme: Scheme) -> dict[str, tuple[float, float]]:
    assessment = assess(SAMPLES, scheme)
    assert assessment.faults == {}
    return {card.department: (float(card.total.low), float(card.total.high)) for card in assessment.scorecards}


def test_a_sheet_is_the_sheets_file_and_old_evidence_stays_whole(tmp_path: Path) -> None:
    before = load_scheme(2017)
    scheme = loaded(copy_of(tmp_path / "own", A_SHEET))
    assert "应急演练" in scheme.sheet_names
    assert totals(scheme) == totals(before)


def test_a_leaf_that_looks_at_a_new_sheet_is_pending_where_it_is_missing(tmp_path: Path) -> None:
    scheme = loaded(copy_of(tmp_path / "own", A_SHEET, *LOOKED_AT))
    assert card_of(faultless(), scheme, tmp_path).pending == {"3.3.3.2": "佐证中没有《应急演练》"}
    evidence = faultless()
    evidence.headers["应急演练"], evidence.sheets["应急演练"] = ["演练日期", "内容"], []
    assert card_of(evidence, scheme, tmp_path).total.score == 100
    assert card_of(evidence, load_scheme(2017), tmp_path).total.score == 100, "the scheme before leaves it alone"


def test_a_new_column_may_be_missing_where_it_is_optional(tmp_path: Path) -> None:
    reply = '  { key = "valid", name = "有效*"'
    column = (
        '{ key = "rating", name = "满意度", kind = "number", least = 1, most = 5, optional = true, about = "评价" }'
    )
    scheme = loaded(copy_of(tmp_path / "own", (H, reply, f"  {column},\n{reply}")))
    assert totals(scheme) == totals(load_scheme(2017))
    evidence = faultless()
    evidence.headers["领导信箱"].append("满意度")
    evidence.sheets["领导信箱"][0]["满意度"] = 6
    assert faults_of(evidence, scheme, tmp_path)[0].endswith("“6.0”；应为：1 到 5 之间的数字")


def test_a_required_column_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    reply = '  { key = "valid", name = "有效*"'
    scheme = loaded(
        copy_of(tmp_path / "own", (H, reply, f'  {{ key = "topic", name = "主题*", about = "来信主题" }},\n{reply}'))
    )
    assert faults_of(faultless(), scheme, tmp_path) == [
        "人社局.xlsx《领导信箱》：缺少列“主题”；应为：首行中有“主题”一列"
    ]


# --- A city


@pytest.fixture
def other_city(tmp_path: Path) -> Scheme:
    """A copy of the scheme of 2017 for a made-up city: other departments, another domain, columns of its own portal."""
    folder = copy_of(tmp_path / "qinghe_2017")
    for file in (S, H):
        text = (folder / file).read_text(encoding="utf-8").replace("leiyang", "qinghe").replace("耒阳", "清河")
        (folder / file).write_text(text, encoding="utf-8")
    text = (folder / S).read_text(encoding="utf-8")
    start, end = text.index("departments = ["), text.index("]\n", text.index("departments = ["))
    (folder / S).write_text(f'{text[:start]}departments = ["水务局", "文旅局"{text[end:]}', encoding="utf-8")
    return loaded(folder)


def of_the_city(*lines: str) -> Evidence:
    evidence = faultless("水务局").replace("基本信息 | 网站域名=swj.qinghe.gov.cn", "门户栏目报送 | 无")
    return evidence.add(*lines)


def test_a_city_is_one_folder(other_city: Scheme, tmp_path: Path) -> None:
    assert (other_city.city, other_city.departments) == ("清河市", ("水务局", "文旅局"))
    sound = of_the_city("门户栏目报送 | 栏目=走进清河 | 应报送日期=2017-05-10 | 实际报送日期=2017-05-10")
    assert card_of(sound, other_city, tmp_path).total.score == 100


def test_late_deliveries_to_its_own_portal_cost(other_city: Scheme, tmp_path: Path) -> None:
    late = of_the_city(
        "门户栏目报送 | 栏目=走进清河 | 应报送日期=2017-05-10 | 实际报送日期=2017-05-11",
        "门户栏目报送 ×2 | 栏目=投资清河 | 应报送日期=2017-05-10",
    )
    card = card_of(late, other_city, tmp_path)
    assert (card.nodes["2.2"].score, card.nodes["2.3"].score) == (9.5, 9)


def test_columns_of_another_portal_are_refused(other_city: Scheme, tmp_path: Path) -> None:
    (fault,) = faults_of(of_the_city("门户栏目报送 | 栏目=走进耒阳 | 应报送日期=2017-05-10"), other_city, tmp_path)
    assert "“走进耒阳”；应为：走进清河、投资清河之一" in fault


def test_a_department_of_another_city_is_refused(other_city: Scheme, tmp_path: Path) -> None:
    (fault,) = faults_of(faultless("人社局").replace("门户栏目报送 | 无"), other_city, tmp_path)
    assert "应为：考核对象之一的名称加 .xlsx：水务局、文旅局" in fault


def test_a_city_of_many_departments(other_city: Scheme) -> None:
    """Excel's lists have 255 characters at most: beyond that a blank workbook has none, and says what it can."""
    scheme = replace(other_city, departments=tuple(f"示例单位{number:03d}" for number in range(90)))
    for content in (blank(scheme), for_department(scheme, "示例单位001")):
        assert "基本信息" in openpyxl.load_workbook(io.BytesIO(content)).sheetnames
