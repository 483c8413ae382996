"""The review notebook in JupyterLab itself: a finding withdrawn and saved, hostile evidence harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from browser.lab import Lab, Notebook, open_notebook, running_lab
from evidence_builder import faultless
from playwright.sync_api import Locator, Page, expect

from scoring.review.audit import Audit

HOSTILE = '<img src=x onerror="window.harmed = 1"><script>window.harmed = 2</script>'
#: Each table of evidence brings its own DataTables, which counts from 0 and calls its pages “pagination”.
OF_DATATABLES = ("duplicate-id", "landmark-unique")
#: A decision may take this long on a machine that does other things too (milliseconds).
SOON = 20_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for the tests of this file, with a hostile workbook among the samples."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        workbook = faultless("统计局").add(
            f"领导信箱 | 信件编号={HOSTILE} | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13",
            f"监测发现 | 指标=3.3.2.1.3 | 描述={HOSTILE}",
        )
        workbook.save(running.project / "data" / "raw" / "2017")
        yield running
        assert running.outside() == ""


@pytest.fixture
def review(lab: Lab, new_page: Callable[..., Page]) -> Callable[..., Notebook]:
    """Open the review notebook, run it and choose a department."""

    def run(department: str, *, width: int = 1440) -> Notebook:
        page = new_page(width=width, height=4000)
        notebook = open_notebook(page, lab, "review.ipynb")
        notebook.run_all()
        notebook.panel.get_by_label("部门", exact=True).select_option(department)
        return notebook

    return run


def total(part: Locator) -> Locator:
    """The third of the large figures: the total as it is now."""
    return part.locator(".card .value").nth(2)


def test_a_finding_is_withdrawn_and_found_in_the_workbook(
    lab: Lab, review: Callable[..., Notebook], tmp_path: Path
) -> None:
    notebook = review("住建局")
    panel, chooser, walk, form = (notebook.panel, *(notebook.output(number) for number in (2, 3, 4)))
    expect(total(chooser)).to_have_text("84.2")
    panel.get_by_label("只看有发现的").check()
    walk.get_by_role("button", name="下一个").click()
    expect(walk.get_by_role("heading")).to_have_text("2.3 投资耒阳（满分 10 分，得 9 分）")
    form.get_by_role("radio", name="撤销").check()
    form.get_by_role("button", name="试算").click()
    expect(form.get_by_role("alert")).to_have_text("请填写：理由、复核人")

    form.get_by_label("理由").fill("经核对，报送系统记录为当日送达")
    form.get_by_label("复核人").fill("复核组（示例）")
    form.get_by_role("button", name="试算").click()
    expect(total(chooser)).to_have_text("84.7", timeout=SOON)
    expect(total(form)).to_have_text("84.7")
    expect(walk.get_by_role("heading")).to_have_text("2.3 投资耒阳（满分 10 分，得 9.5 分）")
    assert Audit.open("住建局", 2017, lab.project / "data" / "raw").card.reviews == ()

    form.get_by_role("button", name="保存到工作簿").click()
    expect(form.get_by_text("已把 1 项决定写入 住建局.xlsx")).to_be_visible(timeout=SOON)
    notebook.page.screenshot(path=tmp_path / "saved.png")
    assert notebook.errors == []
    in_the_workbook(lab.project / "data" / "raw")


def in_the_workbook(raw: Path) -> None:
    sheet = openpyxl.load_workbook(raw / "2017" / "住建局.xlsx")["复核记录"]
    _, row = sheet.iter_rows(values_only=True)
    assert row[1:4] == ("撤销", "经核对，报送系统记录为当日送达", "复核组（示例）")
    card = Audit.open("住建局", 2017, raw).card
    (review,) = card.reviews
    assert (review.finding, review.withdraws, review.tied) == (row[0], True, True)
    assert [copy.suffix for copy in (raw / "2017" / "历史版本").iterdir()] == [".xlsx"]


def test_evidence_is_searched_and_sorted(lab: Lab, review: Callable[..., Notebook]) -> None:
    rows = Audit.open("住建局", 2017, lab.project / "data" / "raw").looked_at("3.2.1")["领导信箱"]["行号"]
    notebook = review("住建局")
    walk = notebook.output(3)
    walk.get_by_label("指标").select_option(index=13)
    expect(walk.get_by_role("heading")).to_contain_text("3.2.1")
    letters = walk.locator("table.dataTable").nth(1)
    walk.get_by_label("搜索：").nth(1).fill("ZJJ-2017-0039")
    expect(letters.locator("tbody tr")).to_have_count(1)
    expect(letters.locator("tbody td").first).to_have_text("40")
    walk.get_by_label("搜索：").nth(1).fill("")
    expect(letters.locator("tbody tr")).to_have_count(10)
    letters.get_by_role("columnheader", name="行号").click()
    letters.get_by_role("columnheader", name="行号").click()
    expect(letters.locator("tbody td").first).to_have_text(str(rows.max()))


def test_hostile_evidence_is_shown_and_does_nothing(review: Callable[..., Notebook]) -> None:
    notebook = review("统计局")
    walk, form = notebook.output(3), notebook.output(4)
    walk.get_by_label("指标").select_option(index=13)
    walk.get_by_label("搜索：").nth(1).fill("harmed")
    shows(walk, form, "3.2.1")
    walk.get_by_label("指标").select_option(index=18)
    shows(walk, form, "3.3.2.1.3")
    assert notebook.page.evaluate("window.harmed") is None
    assert notebook.panel.locator("img").count() == 0


def shows(walk: Locator, form: Locator, code: str) -> None:
    """The hostile text is shown as text in the leaf's findings, in its evidence and in the form."""
    expect(walk.get_by_role("heading")).to_contain_text(code)
    expect(walk.locator("tbody th").filter(has_text="<img src=x").first).to_be_visible()
    expect(walk.locator("table.dataTable td").filter(has_text="<img src=x", visible=True).first).to_be_visible()
    expect(form.locator(".chosen")).to_contain_text("<img src=x")


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_workbench_is_accessible_and_fits(
    width: int, review: Callable[..., Notebook], axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    notebook = review("卫计局", width=width)
    walk = notebook.output(3)
    walk.get_by_label("指标").select_option(index=13)
    expect(walk.get_by_role("heading")).to_contain_text("3.2.1")
    notebook.page.screenshot(path=tmp_path / f"review-{width}.png")
    assert axe(notebook.page, within=".review", disabled=OF_DATATABLES) == []
    parts = notebook.panel.locator(".review")
    assert parts.count() == 4
    assert parts.evaluate_all("parts => parts.filter(part => part.scrollWidth > part.clientWidth).length") == 0


def test_one_walks_by_keyboard(review: Callable[..., Notebook]) -> None:
    notebook = review("住建局")
    walk = notebook.output(3)
    walk.get_by_role("button", name="下一个").focus()
    notebook.page.keyboard.press("Enter")
    expect(walk.get_by_role("heading")).to_contain_text("2.1 征集调查")
    notebook.page.keyboard.press("Shift+Tab")
    expect(walk.get_by_label("指标")).to_be_focused()
    notebook.page.keyboard.press("ArrowDown")
    expect(walk.get_by_role("heading")).to_contain_text("2.2 走进耒阳")
    cells = notebook.panel.locator(".jp-Cell")
    before = cells.count()
    notebook.page.keyboard.press("b")
    expect(walk.get_by_role("heading")).to_contain_text("2.2 走进耒阳")
    assert cells.count() == before, "a letter that JupyterLab takes for a command"
