"""The review notebook in JupyterLab: an assessor's day by mouse and by keyboard; hostile evidence is harmless."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest
from browser.lab import Lab, Notebook, open_notebook, running_lab
from evidence_builder import Evidence, faultless
from playwright.sync_api import Locator, Page, expect

from scoring.review.audit import Audit
from scoring.review.grouping import waits

HOSTILE = '<img src=x onerror="window.harmed = 1"><script>window.harmed = 2</script>'
#: Each table of evidence brings its own DataTables, which counts from 0 and calls its pages “pagination”.
OF_DATATABLES = ("duplicate-id", "landmark-unique")
#: A decision may take this long on a machine that does other things too (milliseconds).
SOON = 20_000
#: A picture of one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ASSESSOR, REVIEWER = "核查三组（示例）", "复核组（示例）"


def bad_site() -> Evidence:
    """Not inspected yet, with 60 findings and more: late letters, replies to confirm, faults, stale columns."""
    days = [f"2017-{month:02d}-{day:02d}" for month in (3, 5, 6, 9) for day in (1, 6, 8, 12, 14)]
    letters = [
        f"领导信箱 | 信件编号=迟{n} | 类型=咨询 | 来信日期={day} | 回复日期={day[:5]}{int(day[5:7]) + 1:02d}{day[7:]}"
        for n, day in enumerate(days)
    ]
    replies = [
        f"领导信箱 | 信件编号=疑{n} | 来信日期=2017-04-05 | 回复日期=2017-04-06 | 回复内容=您好，已电话答复。"
        for n in range(6)
    ]
    faults = [
        f"监测发现 | 监测日期=2017-0{n % 6 + 2}-1{n % 3} | 指标={code} | 描述=第{n}处"
        for n, code in enumerate(["3.1.1.1", "3.1.1.2", "3.3.2.1.1", "3.3.2.1.2", "3.3.2.3"] * 7)
    ]
    site = faultless("规划局").add(*letters, *replies, *faults)
    for row in site.sheets["核查情况"]:
        row.update({"状态": "未核查", "核查人": None, "核查日期": None})
    return site


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for the tests of this file, with a hostile workbook and a bad site among the samples."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        hostile = faultless("统计局").add(
            f"领导信箱 | 信件编号={HOSTILE} | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13",
            f"监测发现 | 指标=3.3.2.1.3 | 描述={HOSTILE}",
        )
        for workbook in (hostile, bad_site()):
            workbook.save(running.project / "data" / "raw" / "2017")
        yield running
        assert running.outside() == ""


@pytest.fixture
def review(lab: Lab, new_page: Callable[..., Page]) -> Callable[..., Notebook]:
    """Open the review notebook, run it and choose a department."""

    def run(department: str, *, width: int = 1600) -> Notebook:
        page = new_page(width=width, height=3000)
        notebooks = lab.project / "notebooks"
        own = f"review-{department}-{width}.ipynb"  # JupyterLab saves by itself, with outputs of widgets.
        shutil.copy(notebooks / "review.ipynb", notebooks / own)
        notebook = open_notebook(page, lab, own)
        notebook.run_all()
        notebook.panel.get_by_label("部门", exact=True).select_option(department)
        expect(desk_of(notebook).locator(".line")).to_contain_text(department, timeout=SOON)
        return notebook

    return run


def desk_of(notebook: Notebook) -> Locator:
    return notebook.output(3)


def heading(desk: Locator) -> Locator:
    return desk.get_by_role("heading", level=3)


def total(part: Locator) -> Locator:
    """The third of the figures: the total as it is now."""
    return part.locator(".value").nth(2)


def raw_of(lab: Lab) -> Path:
    return lab.project / "data" / "raw"


def test_a_finding_is_withdrawn_and_found_in_the_case_file(
    lab: Lab, review: Callable[..., Notebook], tmp_path: Path
) -> None:
    workbook = raw_of(lab) / "2017" / "住建局.xlsx"
    before = hashlib.sha256(workbook.read_bytes()).hexdigest()
    notebook = review("住建局")
    chooser, desk, explanation = (notebook.output(number) for number in (2, 3, 4))
    expect(total(chooser)).to_have_text("84.2")
    desk.get_by_label("显示").select_option("有发现的")
    desk.get_by_role("button", name="下一个").first.click()
    expect(heading(desk)).to_have_text("2.3 投资耒阳（满分 10 分，得 9 分）")
    desk.get_by_role("button", name="撤销").click()
    expect(desk.get_by_role("alert")).to_have_text("请填写：理由、复核人")

    desk.get_by_label("理由").fill("经核对，报送系统记录为当日送达")
    desk.get_by_label("姓名").fill(REVIEWER)
    desk.get_by_label("发现", exact=True).select_option(index=0)
    desk.get_by_role("button", name="撤销").click()
    expect(total(chooser)).to_have_text("84.7", timeout=SOON)
    expect(total(desk)).to_have_text("84.7")
    expect(heading(desk)).to_have_text("2.3 投资耒阳（满分 10 分，得 9.5 分）")
    expect(explanation).to_contain_text("【部门】住建局")
    expect(explanation).to_contain_text("满分 10 分，得 9.5 分")
    assert Audit.open("住建局", 2017, raw_of(lab)).card.reviews == ()

    desk.get_by_role("button", name="保存到案卷").click()
    expect(desk.get_by_text("已把 1 项写入 住建局.案卷.xlsx")).to_be_visible(timeout=SOON)
    notebook.page.screenshot(path=tmp_path / "saved.png")
    assert notebook.errors == []
    _, row = openpyxl.load_workbook(workbook.with_name("住建局.案卷.xlsx"))["复核记录"].iter_rows(values_only=True)
    assert row[1:4] == ("撤销", "经核对，报送系统记录为当日送达", REVIEWER)
    (decision,) = Audit.open("住建局", 2017, raw_of(lab)).card.reviews
    assert (decision.finding, decision.withdraws, decision.tied) == (row[0], True, True)
    assert hashlib.sha256(workbook.read_bytes()).hexdigest() == before


@dataclass
class Assessor:
    """Does one thing after the other and counts them: a click, a key, a field filled in, an entry chosen."""

    notebook: Notebook
    desk: Locator
    done: list[str] = field(default_factory=list)

    def press(self, key: str) -> None:
        self.done.append(key)
        self.notebook.page.keyboard.press(key)

    def click(self, name: str) -> None:
        self.done.append(name)
        self.desk.get_by_role("button", name=name).first.click()

    def fill(self, label: str, text: str) -> None:
        self.done.append(label)
        self.desk.get_by_label(label).fill(text)

    def choose(self, label: str, entry: str) -> None:
        self.done.append(label)
        self.desk.get_by_label(label).select_option(entry)


def test_all_of_a_bad_site_takes_under_sixty_actions(lab: Lab, review: Callable[..., Notebook], tmp_path: Path) -> None:
    """28 leaves to inspect, 60 findings to decide on."""
    audit = Audit.open("规划局", 2017, raw_of(lab))
    found = [*audit.card.set_aside, *audit.card.findings, *audit.card.suspected]
    assert (len(audit.uninspected), len(found) >= 60, sum(map(waits, found))) == (28, True, 6)
    notebook = review("规划局")
    desk = desk_of(notebook)
    assessor = Assessor(notebook, desk)
    assessor.fill("姓名", ASSESSOR)
    assessor.click("都标为已核查")
    expect(desk.get_by_text("全部指标均已核查")).to_be_visible(timeout=SOON)
    assessor.fill("姓名", REVIEWER)
    assessor.choose("显示", "有发现的")
    leaves = desk.get_by_label("指标").locator("option")
    expect(leaves).not_to_have_count(28)
    offered = leaves.count()
    desk.get_by_label("指标").select_option(index=0)
    expect(heading(desk)).to_contain_text("2.1 征集调查")
    notebook.wait_for_kernel()
    for number in range(offered):
        if number:
            before = heading(desk).inner_text()
            assessor.click("下一个")
            expect(heading(desk)).not_to_have_text(before)
            notebook.wait_for_kernel()
        while undecided(desk):
            left = undecided(desk)
            if desk.get_by_role("button", name="确认").count() == 0:
                assessor.fill("理由", "经核对，情况属实")
                assessor.press("Escape")
            assessor.press("y")
            expect(desk.get_by_role("status").filter(has_text="尚未保存").first).to_be_visible(timeout=SOON)
            waited(desk, left)
            notebook.wait_for_kernel()
    assessor.press("s")
    expect(desk.get_by_text("写入 规划局.案卷.xlsx")).to_be_visible(timeout=SOON)
    notebook.page.screenshot(path=tmp_path / "bad-site.png")
    (tmp_path / "actions.txt").write_text("\n".join(assessor.done), encoding="utf-8")
    assert len(assessor.done) < 60
    after = Audit.open("规划局", 2017, raw_of(lab))
    assert (after.uninspected, len(after.card.reviews)) == ((), len(found))
    assert after.card.to_confirm == ()


def undecided(desk: Locator) -> int:
    """How many of the leaf's findings have no decision yet."""
    labels = desk.get_by_label("发现", exact=True).locator("option").all_inner_texts()
    return sum(label.endswith(("（成立）", "（搁置）", "（疑似，待确认）")) for label in labels)


def waited(desk: Locator, left: int) -> None:
    """Wait until a decision has been taken in."""
    for _ in range(SOON // 100):
        if undecided(desk) < left:
            return
        desk.page.wait_for_timeout(100)
    raise AssertionError("the decision was not taken in")


def test_evidence_is_searched_and_sorted(lab: Lab, review: Callable[..., Notebook]) -> None:
    rows = Audit.open("教育局", 2017, raw_of(lab)).looked_at("3.2.1")["领导信箱"]
    desk = desk_of(review("教育局"))
    desk.get_by_label("指标").select_option(index=13)
    expect(heading(desk)).to_contain_text("3.2.1")
    letters = desk.locator("table.dataTable").nth(1)
    desk.get_by_label("搜索：").nth(1).fill(rows["信件编号"].iloc[5])
    expect(letters.locator("tbody tr")).to_have_count(1)
    expect(letters.locator("tbody td").first).to_have_text(str(rows["行号"].iloc[5]))
    desk.get_by_label("搜索：").nth(1).fill("")
    expect(letters.locator("tbody tr")).to_have_count(10)
    letters.get_by_role("columnheader", name="行号").click()
    letters.get_by_role("columnheader", name="行号").click()
    expect(letters.locator("tbody td").first).to_have_text(str(rows["行号"].max()))


def test_hostile_evidence_is_shown_and_does_nothing(review: Callable[..., Notebook]) -> None:
    notebook = review("统计局")
    desk = desk_of(notebook)
    desk.get_by_label("指标").select_option(index=13)
    desk.get_by_label("搜索：").nth(1).fill("harmed")
    shows(desk, "3.2.1")
    desk.get_by_label("指标").select_option(index=18)
    shows(desk, "3.3.2.1.3")
    assert notebook.page.evaluate("window.harmed") is None
    assert notebook.panel.locator("img").count() == 0


def shows(desk: Locator, code: str) -> None:
    """The hostile text is shown as text in the leaf's findings, in its evidence and in the form."""
    expect(heading(desk)).to_contain_text(code)
    expect(desk.locator("tbody th").filter(has_text="<img src=x").first).to_be_visible()
    expect(desk.locator("table.dataTable td").filter(has_text="<img src=x", visible=True).first).to_be_visible()
    expect(desk.locator(".chosen")).to_contain_text("<img src=x")


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_workbench_is_accessible_and_fits(
    width: int, review: Callable[..., Notebook], axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    notebook = review("卫计局", width=width)
    desk = desk_of(notebook)
    desk.get_by_label("指标").select_option(index=13)
    expect(heading(desk)).to_contain_text("3.2.1")
    notebook.page.screenshot(path=tmp_path / f"review-{width}.png")
    assert axe(notebook.page, within=".review", disabled=OF_DATATABLES) == []
    parts = notebook.panel.locator(".review")
    assert parts.count() == 4
    assert parts.evaluate_all("parts => parts.filter(part => part.scrollWidth > part.clientWidth).length") == 0


def test_one_walks_by_keyboard(review: Callable[..., Notebook]) -> None:
    """Keys work in the workbench, not in its fields, and JupyterLab takes none for a command of its own."""
    notebook = review("林业局")
    desk, page = desk_of(notebook), notebook.page
    desk.get_by_role("button", name="下一个").first.focus()
    page.keyboard.press("Enter")
    expect(heading(desk)).to_contain_text("2.1 征集调查")
    page.keyboard.press("ArrowRight")
    expect(heading(desk)).to_contain_text("2.2 走进耒阳")
    page.keyboard.press("ArrowLeft")
    expect(heading(desk)).to_contain_text("2.1 征集调查")
    cells = notebook.panel.locator(".jp-Cell")
    before = cells.count()
    page.keyboard.press("b")
    desk.get_by_label("姓名").click()
    page.keyboard.type("yns")
    page.keyboard.press("ArrowRight")
    expect(desk.get_by_label("姓名")).to_have_value("yns")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(heading(desk)).to_contain_text("2.2 走进耒阳")
    assert cells.count() == before, "a letter that JupyterLab takes for a command"


def test_a_picture_is_handed_in_with_a_finding_of_ones_own(
    lab: Lab, review: Callable[..., Notebook], tmp_path: Path
) -> None:
    picture = tmp_path / "首页截图.png"
    picture.write_bytes(PIXEL)
    desk = desk_of(review("国土资源局"))
    desk.get_by_label("指标").select_option(index=18)
    expect(heading(desk)).to_contain_text("3.3.2.1.3")
    desk.get_by_role("button", name="记录自己的发现").or_(desk.get_by_text("记录自己的发现")).first.click()
    desk.get_by_label("监测日期*").fill("2017-06-01")
    desk.get_by_label("问题类型*").select_option("错别字")
    desk.get_by_label("描述*").fill("通知第二段“按时”误为“按实”")
    with desk.page.expect_file_chooser() as chooser:
        desk.get_by_role("button", name="附件（可选").click()
    chooser.value.set_files(picture)
    expect(desk.get_by_role("button", name="附件（可选")).to_contain_text("(1)")
    desk.get_by_role("button", name="记录这项发现").click()
    expect(desk.get_by_alt_text("附件的图片：首页截图.png")).to_be_visible(timeout=SOON)
    desk.page.keyboard.press("s")
    expect(desk.get_by_text("写入 国土资源局.案卷.xlsx")).to_be_visible(timeout=SOON)
    finding = Audit.open("国土资源局", 2017, raw_of(lab)).card.of("3.3.2.1.3")[-1]
    assert "按实" in finding.because
    assert [one.name for one in finding.attachments] == ["首页截图.png"]
