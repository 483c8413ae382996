"""Whole runs: real notebooks in real kernels, for the nine sample departments and for odd ones."""

import re
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pdfua
import pypdf
import pytest
from batching import asked, report
from bs4 import BeautifulSoup
from evidence_builder import HEADERS, faultless
from saying import unsaid
from soundness import sound_page

from scoring import assess, load_scheme
from scoring.base.names import city_files, department_files
from scoring.base.points import shown
from scoring.evidence import workbooks_in
from scoring.report.render.attachments import attached_in
from scoring.report.render.document import blocks_of
from scoring.report.view import words
from scoring.report.view.first_page import largest_losses

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "raw" / "2017"
HOSTILE = "=1+1 <script>alert(1)</script> | $x$ {} {0} 甲`乙`**丙**"
TEXT_COLUMNS = {"标题", "内容", "描述", "回复内容", "备注", "理由"}


def run(raw, out):
    return assess(workbooks_in(raw), load_scheme(2017)), report(asked(raw, out)), out


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return run(SAMPLES, tmp_path_factory.mktemp("samples") / "2017")


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    raw = tmp_path_factory.mktemp("odd-raw") / "2017"
    faultless("人社局").replace("领导信箱 | 无").save(raw)
    faultless("教育局").add("领导信箱 ×3000 | 类型=咨询 | 来信日期=2017-05-10 | 回复日期=2017-06-30").save(raw)
    pending = faultless("住建局")
    for leaf in load_scheme(2017).leaves:
        pending.inspection(leaf.code, "未核查")
    pending.save(raw)
    hostile = faultless("规划局").add(
        "门户征集调查 | 是否采用=是",
        "安全漏洞 | 级别=中危",
        "监测发现 | 指标=3.3.2.1.2 | 问题类型=打不开",
        "门户栏目报送 | 栏目=走进耒阳",
        "通报曝光 | 类型=通报 | 来源=市电子政务办",
        "领导信箱 | 类型=投诉 | 来信日期=2017-05-10",
    )
    for name, rows in hostile.sheets.items():
        for row in rows if name != "基本信息" else ():
            row.update({column: HOSTILE for column in HEADERS[name] if column in TEXT_COLUMNS and row.get(column)})
    for row in hostile.sheets["基本信息"]:
        if row["项目"] == "网站性能评分说明":
            row["内容"] = HOSTILE
    hostile.save(raw)
    faultless("统计局").fact("年度", "2016").save(raw)
    return run(raw, tmp_path_factory.mktemp("odd") / "2017")


def soup_of(out, department):
    page = (out / department / department_files(department, 2017).html).read_text(encoding="utf-8")
    return BeautifulSoup(page, "html.parser")


def test_all_nine_departments_and_the_city_are_made(samples):
    assessment, outcome, out = samples
    assert outcome.failures == {}
    assert outcome.warnings == []
    for card in assessment.scorecards:
        files = department_files(card.department, 2017)
        for name in (files.html, files.pdf, files.excel, files.notebook, "scorecard.json"):
            assert (out / card.department / name).stat().st_size > 1000, name
    assert {path.name for path in out.iterdir() if path.is_file() and not path.name.startswith(".")} == {
        "ranking.json",
        *vars(city_files(2017)).values(),
    }


def test_page_1_states_verdict_total_sections_and_largest_losses(samples):
    assessment, _, out = samples
    for card in assessment.scorecards:
        first = soup_of(out, card.department).select_one(".first")
        text = first.get_text(" ", strip=True)
        assert card.department in first.h1.get_text()
        assert words.verdict(card) in first.select_one(".verdict").get_text()
        assert words.points_words(card.total) in text
        for section in card.scheme.sections:
            assert section.name in text
        for veto in card.vetoes[:3]:
            assert veto.because in text
        for node in largest_losses(card)[:9]:
            assert f"{node.code} {node.name}" in text
            assert shown(node.lost) in text


def test_every_leaf_has_its_clause_findings_and_sum(samples):
    assessment, _, out = samples
    for card in assessment.scorecards:
        page = soup_of(out, card.department)
        text = page.get_text(" ", strip=True)
        for leaf in card.scheme.leaves:
            assert f"{leaf.code} {leaf.name}" in text
            assert card.pending.get(leaf.code, words.own_sum(card, leaf.code)) in text
        for finding in card.findings[:200]:
            assert finding.id in text


def test_the_paper_says_what_the_screen_says(samples, odd):
    paths = [*samples[2].rglob("*.ipynb"), *odd[2].rglob("*.ipynb")]
    assert len(paths) == 15
    for path in paths:
        html = path.with_name("index.html") if path.parent in (samples[2], odd[2]) else path.with_suffix(".html")
        page = blocks_of(nbformat.read(path, as_version=4))
        assert unsaid(page, html.read_text(encoding="utf-8"), path.with_suffix(".pdf").read_bytes()) == []


def test_pages_are_sound_html(samples, odd):
    pages = [*samples[2].rglob("*.html"), *odd[2].rglob("*.html")]
    assert len(pages) == 15
    for path in pages:
        sound_page(path.read_text(encoding="utf-8"))


def test_every_pdf_is_what_it_says_it_is(samples, odd):
    paths = [*samples[2].rglob("*.pdf"), *odd[2].rglob("*.pdf")]
    assert len(paths) == 15
    by_path = {str(path): pdfua.complaints(path.read_bytes()) for path in paths}
    assert {name: complaints for name, complaints in by_path.items() if complaints} == {}


def test_every_departments_pdf_holds_its_scorecard_and_its_evidence(samples):
    assessment, _, out = samples
    for card in assessment.scorecards:
        folder, workbook = out / card.department, SAMPLES / f"{card.department}.xlsx"
        inside = attached_in(folder / department_files(card.department, 2017).pdf)
        assert inside == {path.name: path.read_bytes() for path in (folder / "scorecard.json", workbook)}


def test_no_page_asks_for_anything_from_outside(samples, odd):
    for path in [*samples[2].rglob("*.html"), *odd[2].rglob("*.html")]:
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for element in page.find_all(True):
            for name in ("src", "href", "srcset", "action", "data", "poster"):
                address = element.get(name, "")
                assert not re.match(r"\s*(https?:)?//", address), (path.name, address)
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", "".join(map(str, page.find_all("style"))))


def test_sample_data_is_called_sample_data_everywhere(samples):
    _, _, out = samples
    for path in out.rglob("*.html"):
        assert "示例数据" in path.read_text(encoding="utf-8")
    for path in out.rglob("*.pdf"):
        for sheet in pypdf.PdfReader(path).pages:
            assert "示例·非真实考核结果" in sheet.extract_text()


def test_the_citys_page_links_every_file(samples):
    assessment, _, out = samples
    page = BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = {unquote(link["href"]) for link in page.find_all("a", href=True) if not link["href"].startswith("#")}
    expected = {
        f"{card.department}/{name}"
        for card in assessment.scorecards
        for name in vars(department_files(card.department, 2017)).values()
    }
    assert expected <= links
    assert all((out / link).is_file() for link in links)


def test_notebooks_hold_no_run_times_and_readable_parameters(samples):
    _, _, out = samples
    for path in out.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        text = path.read_text(encoding="utf-8")
        assert "papermill" not in notebook.metadata
        assert str(ROOT) not in text
        injected = next(cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
        assert "\\u" not in injected.source


def test_odd_departments_get_reports_and_the_faulty_one_is_named(odd):
    assessment, outcome, out = odd
    assert outcome.failures == {}
    assert set(assessment.faults) == {"统计局"}
    assert not (out / "统计局").exists()
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "统计局" in page
    assert "考核年度 2017" in page


def test_markup_and_formulas_in_evidence_stay_text(odd):
    page = soup_of(odd[2], "规划局")
    assert page.find("script") is None
    assert not page.find_all("strong", string="丙")
    assert "<script>alert(1)</script>" in page.get_text()
    assert "$x$" in page.get_text()
    assert "=1+1" in page.get_text()


def test_long_lists_are_cut_in_the_narrative_with_a_count(odd):
    text = soup_of(odd[2], "教育局").get_text()
    assert "“咨询类逾期回复”共 3000 项，此处列出前 10 项" in text
    assert "5 − 0.5×3000 = −1495，扣至 0 分为止" in text


def test_an_uninspected_department_has_no_score(odd):
    text = soup_of(odd[2], "住建局").get_text()
    assert "28 个末级指标均未核查" in text
    assert "0～100" in text
