"""The report of years side by side: its content, and that the same years give the same bytes in any folder."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pdfua
import pytest
from calling import Run
from evidence_builder import EXERCISE as SCHEME
from evidence_builder import a_year_later, faultless
from saying import tables, unsaid
from soundness import sound_page

from scoring.archive.years import years_report
from scoring.archive.years_report import make_years
from scoring.comparison import Comparison, DepartmentChange, NotComparable
from scoring.report.charts import causes_of_change
from scoring.report.render.document import blocks_of
from scoring.report.view import blocks, yearwords
from scoring.report.view.blocks import Part
from scoring.report.view.years import YearsReport
from scoring.scheme import load_scheme

EXERCISE = "演示方案，非正式文件"
BY_EXERCISE = {"2018": SCHEME}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """人社局 got better and the rules harder; 教育局 had a veto; 统计局 was not wholly inspected."""
    folder = tmp_path_factory.mktemp("raw")
    for year in ("2017", "2018"):
        (folder / year).mkdir()
    faultless().add("门户信息采用 | 发布日期=2017-05-10").save(folder / "2017")
    a_year_later(faultless().add("门户信息采用 ×6 | 发布日期=2017-05-10")).save(folder / "2018")
    faultless("教育局").add("监测发现 ×3 | 指标=3.3.2.1.3").save(folder / "2017")
    a_year_later(faultless("教育局").add("监测发现 | 指标=3.3.4.1 | 描述=<b>缺席</b>")).save(folder / "2018")
    faultless("统计局").inspection("3.2.1", "未核查").save(folder / "2017")
    a_year_later(faultless("统计局")).save(folder / "2018")
    faultless("林业局").save(folder / "2017")
    return folder


@pytest.fixture(scope="module")
def report(raw: Path) -> YearsReport:
    return years_report([raw / "2018", raw / "2017"], {"2018": {"news-bonus": "open"}}, schemes=BY_EXERCISE)


@pytest.fixture(scope="module")
def comparison(report: YearsReport) -> Comparison:
    return report.comparisons[0]


def words(part: Part) -> str:
    """The text of a page, without blanks."""
    return re.sub(r"\s+", "", "|".join(blocks.words(part.blocks)))


def row(part: Part, name: str) -> list[str]:
    """The cells of the first row that contains a name."""
    rows = (list(map(blocks.plain, cells)) for table in tables(part.blocks) for cells in table["rows"])
    return next(cells for cells in rows if any(name in cell for cell in cells))


def test_the_first_page_tells_each_departments_change_and_its_causes(report: YearsReport) -> None:
    page = report.first_page()
    assert row(page, "人社局") == ["人社局", "100.1", "98.8", "−1.3", "+1", "−2.3", "0"]
    assert row(page, "教育局") == ["教育局", "84", "97", "+13", "+16", "−3", "0"]
    assert row(page, "统计局")[1:] == ["95～100", "97", "—", "—", "—", "—"]
    assert "只在2017年度评分、不作对比的部门：林业局" in words(page)
    assert "三项之和正好等于总分的变化" in words(page)
    assert "总分上升最多的是教育局（+13分），下降最多的是人社局（−1.3分，在解读的差别之内）" in words(page)


def test_one_sentence_says_how_the_split_is_made(report: YearsReport) -> None:
    assert (
        "把佐证、方案、解读逐项由2017年度的换成2018年度的，每换一项重新评一次分，看得分变多少；"
        "先换哪一项，结果会不同，所以六种先后次序都算，取平均。"
    ) in words(report.first_page())


def test_the_exercise_is_named_wherever_it_speaks(report: YearsReport) -> None:
    assert report.metadata["sample"]
    for part in (report.title, words(report.first_page()), words(report.scheme_changes()), words(report.departments())):
        assert EXERCISE in part


def test_a_leaf_says_why(comparison: Comparison, report: YearsReport) -> None:
    change = next(change for change in comparison.departments if change.department == "人社局")
    (adopted,) = (leaf for leaf in change.leaves if leaf.node.code == "2.4")
    before = "2017年度：被门户网站采用信息51条，比要求的50条多1条（+0.1 分）"
    after = "2018年度：被门户网站采用信息56条，比要求的60条少4条（−1.2 分）"
    assert list(yearwords.reasons(comparison, change, adopted)) == [
        ("表现 +1", f"{before}；{after}"),
        ("规则 −2.3", "条款“各单位全年在政府网站首页更新不得少于50条”改为“各单位全年在政府网站首页更新不得少于60条”"),
    ]
    assert row(report.departments(), "2.4 工作动态采用情况")[:4] == ["2.4 工作动态采用情况", "10.1", "8.8", "−1.3"]


def test_what_the_schemes_say_otherwise(comparison: Comparison) -> None:
    assert [(name, how) for name, how, _ in yearwords.scheme_rows(comparison)] == [
        ("2.4 工作动态采用情况", "改动"),
        ("3.1.2 工作动态（进展）或要闻", "改动"),
        ("3.1.4 人事信息", "改动"),
        ("3.1.5 政府信息公开年报", "新增"),
        ("3.2.1 领导（主任、局长）信箱", "改动"),
        ("原 3.1.4 规划计划", "取消"),
    ]
    assert yearwords.reading_changes(comparison) == []


def change_of(comparison: Comparison, department: str) -> DepartmentChange:
    return next(change for change in comparison.departments if change.department == department)


def test_a_veto_and_a_cap_are_explained_in_words(comparison: Comparison, report: YearsReport) -> None:
    """The leaves under the veto gained 1 and lost 1; 网站管理 counts 16 in place of 0, of the 17 that it adds up to."""
    change = change_of(comparison, "教育局")
    happened = (
        "2017年度因单项否决，“网站管理”（3.3）计 0 分；"
        "2018年度“网站管理”所属指标合计 17 分；按所属指标之和计，最多 16 分，计 16 分"
    )
    assert yearwords.above(comparison, change) == ("表现 +16", happened)
    assert yearwords.causes(change)[0][:2] == ("表现", 16)
    assert row(report.departments(), "否决计0分、封顶")[3:] == ["+16", f"表现 +16：{happened}"]
    assert yearwords.above(comparison, change_of(comparison, "人社局")) is None


def test_a_veto_is_mentioned_although_a_leaf_is_pending(raw: Path, tmp_path: Path) -> None:
    vetoed = faultless().add("监测发现 ×3 | 指标=3.3.2.1.3")
    for year, workbook in (("2017", vetoed), ("2018", a_year_later(faultless()))):
        workbook.inspection("3.2.1", "未核查").save(tmp_path / year)
    (comparison,) = years_report([tmp_path / "2017", tmp_path / "2018"], schemes=BY_EXERCISE).comparisons
    (change,) = comparison.departments
    above = yearwords.above(comparison, change)
    assert above is not None
    assert above[0] == "待评，不作分解"
    assert "2017年度因单项否决" in above[1]
    assert [cause for cause, _, _ in yearwords.causes(change)] == ["表现（不含待评指标）", "规则（不含待评指标）"]


def test_a_reading_of_a_branch_is_mentioned_for_its_leaves(raw: Path) -> None:
    """3.1.3 is read otherwise; the leaves that it decides over are 3.1.3.1 and 3.1.3.2."""
    report = years_report([raw / "2017", raw / "2018"], {"2018": {"missed-update": "per-gap"}}, schemes=BY_EXERCISE)
    (sentence,) = yearwords.reading_changes(report.comparisons[0], "3.1.3.1", above_leaves=False)
    assert sentence.startswith("“未按时更新的次数”由“每满一个更新周期未更新计一次”改为")


def test_nothing_earned_is_not_nothing_lost(comparison: Comparison) -> None:
    card = change_of(comparison, "人社局").after
    assert yearwords.found_words(replace(card, findings=()), "2.1") == "没有得分项"
    assert yearwords.found_words(replace(card, findings=()), "2.2") == "没有扣分"


def test_the_chart_says_what_it_shows(comparison: Comparison) -> None:
    chart = causes_of_change(comparison)
    assert "人社局表现 +1、规则 −2.3、解读 0，合计 −1.3 分" in chart.alt
    assert "统计局待评，不作分解" in chart.alt
    assert "教育局表现 +16、规则 −3、解读 0，合计 13 分" in chart.alt


def test_changed_clauses_are_quoted_by_sentence() -> None:
    leaf = load_scheme(2017).by_code["3.2.2"]
    assert yearwords.rule_changes(leaf, leaf) == []
    assert yearwords._reworded("甲。乙。", "甲。丙。") == "条款“乙。”改为“丙。”"
    assert yearwords._reworded("甲。", "甲。丙。") == "条款增加“丙。”"
    assert yearwords._reworded("甲。丙。", "甲。") == "条款删去“丙。”"
    assert yearwords._reworded("甲。丙。", "丙。甲。") == "条款的次序或排版有改动"


def test_one_year_is_not_enough(raw: Path) -> None:
    with pytest.raises(NotComparable, match="要有两个以上不同的年度才能对比，现有：2017"):
        years_report([raw / "2017"])


@pytest.fixture(scope="module")
def made(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    result = make_years([raw / "2017", raw / "2018"], out, {}, schemes=BY_EXERCISE)
    assert result.problem == ""
    return out


def test_the_command_leaves_page_pdf_and_notebook(made: Path) -> None:
    stem = "2017、2018年度对比"
    assert sorted(path.name for path in made.iterdir()) == [f"{stem}.html", f"{stem}.ipynb", f"{stem}.pdf"]
    page = (made / f"{stem}.html").read_text(encoding="utf-8")
    sound_page(page)
    notebook = nbformat.read(made / f"{stem}.ipynb", as_version=4)
    assert unsaid(blocks_of(notebook), page, (made / f"{stem}.pdf").read_bytes()) == []
    assert f"<title>耒阳市部门网站考核年度对比：2017年度、2018年度（{EXERCISE}）（示例数据）</title>" in page


def test_a_department_that_was_not_scored_is_named_with_its_year_and_fault(tmp_path: Path, run: Run) -> None:
    for name in ("人社局", "教育局"):
        faultless(name).save(tmp_path / "2017")
        later = a_year_later(faultless(name))
        (later.fact("年度", "某年") if name == "教育局" else later).save(tmp_path / "2018")
    paths = tmp_path / "2017", tmp_path / "2018"
    said = run("years", *paths, "--scheme", f"2018:{SCHEME}", "--out", tmp_path / "out")
    assert said.code == 1
    line = "2018年度教育局：工作簿有 1 处差错，未评分；第一处：教育局.xlsx《基本信息》B3：“某年”；应为：考核年度 2018"
    assert line in said.err.splitlines()
    (page,) = (tmp_path / "out").glob("*.html")
    assert line in page.read_text(encoding="utf-8")


def test_its_pdf_is_what_it_says_it_is(made: Path) -> None:
    (path,) = made.glob("*.pdf")
    assert pdfua.complaints(path.read_bytes()) == []


def test_years_that_cannot_be_compared_are_reported(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(NotComparable, match="没有佐证文件夹或归档"):
        make_years([raw / "2017", raw / "2019"], tmp_path / "out", {}, schemes=BY_EXERCISE)
    assert not (tmp_path / "out").exists()


@pytest.mark.thorough
def test_the_same_years_give_the_same_bytes_wherever_they_lie(made: Path, raw: Path, tmp_path: Path) -> None:
    for year in ("2017", "2018"):
        shutil.copytree(raw / year, tmp_path / "elsewhere" / year)
    elsewhere = [tmp_path / "elsewhere" / year for year in ("2018", "2017")]
    make_years(elsewhere, tmp_path / "again", {}, schemes=BY_EXERCISE)
    for path in made.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_problem_leaves_nothing(raw: Path, tmp_path: Path) -> None:
    shutil.copytree(raw / "2017", tmp_path / "2017")
    a_year_later(faultless("住建局")).save(tmp_path / "2018")
    result = make_years([tmp_path / "2017", tmp_path / "2018"], tmp_path / "out", {}, schemes=BY_EXERCISE)
    assert result.problem == "2017 年和 2018 年没有同一个已评分的部门"
    assert not (tmp_path / "out").exists()
