"""What leaves the house: the HTML page, the PDF, the font in both."""

import builtins
import io
import re
import tomllib
import warnings
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import nbformat.v4 as nbf
import pikepdf
import pypdf
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from nbformat import NotebookNode

from scoring.report import markup, pdf
from scoring.report.columns import column_widths, stays_whole
from scoring.report.exporters import ScorecardHTMLExporter, ScorecardPDFExporter
from scoring.report.figures import MissingAltText, svg_image
from scoring.report.fontface import font_faces, lacking, written_out
from scoring.report.fonts import BOLD, FAMILY, REGULAR, use_in_matplotlib
from scoring.report.frame import css_string

ROOT = Path(__file__).parents[2]
STANDARD_CHARACTERS = (ROOT / "tests/data/tgscc-8105.txt").read_text(encoding="utf-8").strip()
MARKS = "−×÷±≥≤≈→←↑↓✓✗✔✘☐☑☒■□●○▲▼◆◇★☆①②⑩⑳㈠，。、；：？！“”‘’（）《》〈〉【】—…·％￥℃№"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20" {}><path d="M0 0h50v10H0z"/></svg>'
TITLE = "关于做好职称评审材料报送工作的通知"
HOSTILE = (
    "<script>alert(1)</script><style>body{display:none}</style><iframe src='https://evil.example/'></iframe>"
    "<a href='javascript:alert(1)' onclick='alert(1)'>甲</a><a href='https://evil.example/'>乙</a>"
    "<a href='//evil.example/'>丙</a><a href='人社局/报告.html'>丁</a>"
    "<img src='http://evil.example/x.png' alt='外来图'>"
    "<p style='background:url(http://evil.example/y.png);width:10%' onmouseover='alert(1)'>戊</p>"
    "<form action='http://evil.example'><input></form><svg onload='alert(1)' aria-label='图'><path d='M0 0'/></svg>"
)


def shown(html: str, kind: str = "text/html", **metadata: object) -> NotebookNode:
    """A code cell whose output is this."""
    output = nbf.new_output("display_data", data={kind: html, "text/plain": "<Figure>"}, metadata={kind: metadata})
    return nbf.new_code_cell("secret_code()", outputs=[output])


def notebook(*cells: NotebookNode, **about: object) -> NotebookNode:
    told = {"department": "人社局", "year": 2017, "title": "人社局2017年度网站考核报告", "date": "2018-01-10", **about}
    return nbf.new_notebook(cells=list(cells), metadata={"scorecard": told})


def long_table(rows: int) -> str:
    body = "".join(
        f"<tr><td>始{i}</td><td>2017-03-02</td><td>{TITLE * (i % 5 + 1)}终{i}终</td></tr>" for i in range(rows)
    )
    return f"<table><thead><tr><th>表头甲</th><th>日期</th><th>内容</th></tr></thead><tbody>{body}</tbody></table>"


@pytest.fixture(scope="module")
def toy() -> NotebookNode:
    broken = nbf.new_code_cell(
        "1/0",
        outputs=[
            nbf.new_output("stream", name="stderr", text="SECRET-STDERR"),
            nbf.new_output("stream", name="stdout", text="SECRET-STDOUT"),
            nbf.new_output("error", ename="SECRET", evalue="SECRET", traceback=["SECRET-TRACEBACK"]),
        ],
    )
    result = nbf.new_output("execute_result", data={"text/plain": "<b>纯文本</b> =1+1"})
    return notebook(
        nbf.new_markdown_cell("# 人社局网站考核报告\n\n竖线 \\| 与 $x$ 与 {} 与 =1+1"),
        nbf.new_markdown_cell("|项目|得分|\n|---|---:|\n|集约化|10|\n"),
        broken,
        shown('<p class="verdict pass">合格</p><h3>失分</h3><p>堃、镕、𬭬 三字都要看得见。</p>'),
        shown("<figure>" + SVG.format('role="img" aria-label="失分条形图"') + "</figure>"),
        shown(SVG.format(""), "image/svg+xml", alt="第二张图"),
        nbf.new_markdown_cell("# 又一个一级标题\n\n#### 跳级的标题"),
        shown(long_table(90)),
        shown(HOSTILE),
        nbf.new_code_cell("x", outputs=[result]),
        sample=True,
    )


@pytest.fixture(scope="module")
def html(toy: NotebookNode) -> str:
    return str(ScorecardHTMLExporter().from_notebook_node(toy)[0])


@pytest.fixture(scope="module")
def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html5lib")


@pytest.fixture(scope="module")
def printed(toy: NotebookNode) -> bytes:
    return bytes(ScorecardPDFExporter().from_notebook_node(toy)[0])


@pytest.fixture(scope="module")
def sheets(printed: bytes) -> list[str]:
    """The text of every page of the PDF, without spaces."""
    return ["".join(p.extract_text().split()) for p in pypdf.PdfReader(io.BytesIO(printed)).pages]


class TestFont:
    def test_the_list_holds_the_8105_characters(self) -> None:
        assert len(STANDARD_CHARACTERS) == len(set(STANDARD_CHARACTERS)) == 8105

    @pytest.mark.parametrize("path", [REGULAR, BOLD])
    def test_both_weights_show_every_standard_character_and_mark(self, path: Path) -> None:
        with TTFont(path, lazy=True) as font:
            covered = set(font.getBestCmap())
        assert {ord(c) for c in STANDARD_CHARACTERS + MARKS} | set(range(0x20, 0x7F)) <= covered

    def test_it_has_a_name_of_its_own_and_its_licence_beside_it(self) -> None:
        with TTFont(REGULAR, lazy=True) as font:
            assert font["name"].getDebugName(1) == FAMILY
            assert "Noto" not in font["name"].getDebugName(4)
        licence = REGULAR.with_name("OFL.txt").read_text(encoding="utf-8")
        assert "Copyright 2014-2021 Adobe" in licence
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence

    def test_a_missing_glyph_is_written_out(self) -> None:
        assert lacking("好😀\u200b𝄞") == ("𝄞", "😀")
        assert written_out("好😀\U000e0020，好") == "好〔U+1F600〕，好"
        assert written_out(STANDARD_CHARACTERS + MARKS) == STANDARD_CHARACTERS + MARKS

    def test_a_missing_glyph_is_written_out_in_html_and_pdf(self) -> None:
        given = notebook(shown("<p>好😀</p>"))
        page, _ = ScorecardHTMLExporter().from_notebook_node(given)
        printed, _ = ScorecardPDFExporter().from_notebook_node(given)
        assert "好〔U+1F600〕" in BeautifulSoup(page, "lxml").get_text()
        assert "😀" not in page
        told = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(printed)).pages)
        assert "好〔U+1F600〕" in "".join(told.split())

    def test_invisible_characters_need_no_other_font(self) -> None:
        assert font_faces("字\u200b\ufeff\ufe0f\u2009\u00a0\u3000\n")

    def test_a_page_carries_only_its_own_characters(self) -> None:
        assert len(font_faces("一二三")) < 100_000

    def test_charts_use_it_and_fail_on_a_missing_glyph(self) -> None:
        with mpl.rc_context(), warnings.catch_warnings():
            use_in_matplotlib()
            figure = Figure()
            figure.text(0, 0, "堃镕 −1")
            figure.savefig(drawn := io.StringIO(), format="svg", metadata={"Date": None})
            assert "<text" not in drawn.getvalue()
            figure.text(0, 0, "😀")
            with pytest.raises(UserWarning, match="missing from font"):
                figure.savefig(io.StringIO(), format="svg")


class TestPage:
    def test_it_is_chinese_and_has_a_title(self, page: BeautifulSoup) -> None:
        assert page.html["lang"] == "zh-CN"
        assert page.title.string == "人社局2017年度网站考核报告（示例数据）"
        assert page.find("meta", attrs={"charset": "utf-8"})
        assert "width=device-width" in page.find("meta", attrs={"name": "viewport"})["content"]

    def test_it_asks_for_nothing_from_outside(self, page: BeautifulSoup) -> None:
        names = ("src", "href", "action", "data", "srcset")
        addresses = [tag[name] for tag in page.find_all() for name in names if tag.get(name)]
        assert addresses
        assert all(a.startswith(("data:image/", "#")) or a == "人社局/报告.html" for a in addresses)
        assert not page.find_all(["script", "iframe", "link", "form", "input", "object", "embed", "base"])
        styles = "".join(
            [*(tag.string for tag in page.find_all("style")), *(t["style"] for t in page.find_all(style=True))]
        )
        assert set(re.findall(r"url\(\s*[\"']?(\w+:)", styles)) == {"data:"}
        assert "@import" not in styles
        policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert "default-src 'none'" in policy

    def test_no_code_no_prompt_no_error_leaks(self, html: str) -> None:
        assert "secret_code" not in html
        assert "SECRET" not in html
        assert "In&nbsp;[" not in html

    def test_no_markup_of_evidence_gets_through(self, page: BeautifulSoup) -> None:
        assert not [name for tag in page.find_all() for name in tag.attrs if name.startswith("on")]
        assert len(page.find_all("style")) == 1
        assert "<script>alert(1)</script>" in page.text
        assert "外来图" in page.text
        assert page.find(string="戊").parent["style"] == "width:10%;"
        assert "<b>纯文本</b> =1+1" in page.find("pre").text
        assert "竖线 | 与 $x$ 与 {} 与 =1+1" in page.text

    def test_one_h1_and_no_level_skipped(self, page: BeautifulSoup) -> None:
        levels = [int(h.name[1]) for h in page.find_all(re.compile("^h[1-6]$"))]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(b <= a + 1 for a, b in pairwise(levels))

    def test_a_page_without_heading_gets_its_title(self) -> None:
        body = ScorecardHTMLExporter().from_notebook_node(notebook(shown("<h2>次级</h2>")))[0]
        headings = [h.text for h in BeautifulSoup(body, "html5lib").find_all(["h1", "h2"])]
        assert headings == ["人社局2017年度网站考核报告", "次级"]

    def test_table_headers_have_scope_and_tables_scroll_by_themselves(self, page: BeautifulSoup) -> None:
        assert len(page.find_all("table")) == 2
        assert all(th["scope"] in ("col", "row") for th in page.find_all("th"))
        for table in page.find_all("table"):
            region = table.parent
            assert (region["role"], region["tabindex"]) == ("region", "0")
            assert region["aria-label"].startswith("表格：")

    def test_every_chart_has_words(self, page: BeautifulSoup) -> None:
        assert [img["alt"] for img in page.find_all("img")] == ["失分条形图", "第二张图", "图"]

    def test_a_chart_without_words_fails(self) -> None:
        for cell in (shown(SVG.format("")), shown(SVG.format(""), "image/svg+xml"), shown("iVBORw0KGgo=", "image/png")):
            with pytest.raises(MissingAltText):
                ScorecardHTMLExporter().from_notebook_node(notebook(cell))

    def test_a_chart_with_live_text_fails(self) -> None:
        with pytest.raises(ValueError, match=r"svg\.fonttype"):
            svg_image('<svg xmlns="http://www.w3.org/2000/svg"><text>字</text></svg>', alt="图")

    def test_sample_data_says_so_and_real_data_does_not(self, page: BeautifulSoup) -> None:
        assert page.body["data-sample"] == "true"
        assert "示例数据" in page.find(class_="sample-strip").text
        real = ScorecardHTMLExporter().from_notebook_node(notebook(shown("<h1>报告</h1>"), sample=False))[0]
        assert "示例数据" not in BeautifulSoup(real, "html5lib").text

    def test_ids_are_unique(self, page: BeautifulSoup) -> None:
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids))

    def test_the_same_notebook_gives_the_same_page(self, toy: NotebookNode, html: str) -> None:
        assert ScorecardHTMLExporter().from_notebook_node(toy)[0] == html

    def test_metadata_cannot_break_out(self) -> None:
        title = '</title><script>alert(1)</script>";}</style>\\'
        body = ScorecardHTMLExporter().from_notebook_node(notebook(shown("<h1>报告</h1>"), title=title))[0]
        read = BeautifulSoup(body, "html5lib")
        assert not read.find_all("script")
        assert read.title.string == title
        assert css_string('"}</style>') == '"\\22 \\7d \\3c \\2f style\\3e "'

    def test_control_characters_are_dropped(self) -> None:
        assert markup.clean("<p>甲\x08\x1b乙</p>") == "<p>甲乙</p>"


class TestPdf:
    def test_chinese_comes_back_out(self, sheets: list[str]) -> None:
        assert "堃、镕、𬭬三字都要看得见" in "".join(sheets)

    def test_every_page_has_number_header_and_sample_mark(self, sheets: list[str]) -> None:
        assert len(sheets) > 3
        for number, text in enumerate(sheets, 1):
            assert f"第{number}页/共{len(sheets)}页" in text
            assert "人社局2017年度网站考核报告" in text
            assert "示例数据·非真实考核结果" in text

    def test_no_row_is_cut_and_the_header_is_repeated(self, sheets: list[str]) -> None:
        for row in range(90):
            (home,) = [text for text in sheets if re.search(f"始{row}(?=2017-)", text)]
            assert f"终{row}终" in home
            assert "表头甲" in home

    def test_it_is_tagged_pdfa_3a_in_chinese(self, printed: bytes) -> None:
        with pikepdf.open(io.BytesIO(printed)) as opened:
            with opened.open_metadata() as told:
                assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("3", "A")
                assert told["dc:title"] == "人社局2017年度网站考核报告（示例数据）"
            assert opened.Root.Lang == "zh-CN"
            assert opened.Root.MarkInfo.Marked
            assert "/StructTreeRoot" in opened.Root
            assert opened.Root.OutputIntents[0].S == "/GTS_PDFA1"
            assert "/Encrypt" not in opened.trailer
            assert opened.open_outline().root[0].title == "人社局网站考核报告"
            assert str(opened.docinfo.CreationDate).startswith("D:20180110")
            assert tuple(round(float(x)) for x in opened.pages[0].MediaBox) == (0, 0, 595, 842)

    def test_charts_keep_their_words_and_headers_are_headers(self, printed: bytes) -> None:
        with pikepdf.open(io.BytesIO(printed)) as opened:
            parts = [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/StructElem"]
            assert {str(p.Alt) for p in parts if p.S == "/Figure"} == {"失分条形图", "第二张图", "图"}
            assert any(p.S == "/TH" for p in parts)

    def test_only_the_own_font_is_embedded(self, printed: bytes) -> None:
        with pikepdf.open(io.BytesIO(printed)) as opened:
            parts = [o for o in opened.objects if isinstance(o, pikepdf.Dictionary)]
            fonts = [part for part in parts if part.get("/Type") == "/FontDescriptor"]
            assert fonts
            assert all("Scorecard" in str(font.FontName) and "/FontFile3" in font for font in fonts)

    def test_the_same_notebook_gives_the_same_bytes(self, toy: NotebookNode, printed: bytes) -> None:
        assert ScorecardPDFExporter().from_notebook_node(toy)[0] == printed

    def test_a_file_can_travel_inside(self) -> None:
        inside = pdf.Attached("评分.json", b"{}", "评分数据", "Data")
        simple = notebook(shown("<h1>报告</h1>"))
        made, again = (
            ScorecardPDFExporter().from_notebook_node(simple, {"scorecard_attached": [inside]})[0] for _ in "ab"
        )
        assert made == again
        with pikepdf.open(io.BytesIO(made)) as opened:
            (file,) = opened.Root.AF
            assert (file.AFRelationship, file.UF, file.EF.F.read_bytes()) == ("/Data", "评分.json", b"{}")

    def test_without_pango_one_line_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = builtins.__import__

        def without(name: str, *args: object, **kwargs: object) -> object:
            if name.startswith("weasyprint"):
                raise OSError("cannot load library 'libpango-1.0-0'")
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)
        simple = notebook(shown("<h1>报告</h1>"))
        with pytest.raises(pdf.PangoMissing) as caught:
            ScorecardPDFExporter().from_notebook_node(simple)
        assert "\n" not in str(caught.value)
        for system in ("Debian/Ubuntu", "Fedora", "brew install pango", "Windows", "conda-forge"):
            assert system in str(caught.value)
        assert "<h1>报告</h1>" in ScorecardHTMLExporter().from_notebook_node(simple)[0]


class TestColumns:
    def test_shares_add_up_and_text_gets_what_numbers_leave(self) -> None:
        widths = column_widths([["序号", "日期", "内容"], ["1", "2017-03-02", TITLE * 6]])
        assert sum(widths.shares) == pytest.approx(100, abs=0.05)
        assert widths.shares[2] > 60
        assert 10 < widths.least < 30

    def test_numbers_and_dates_stay_whole(self) -> None:
        assert all(map(stays_whole, ["2017-03-02", "−0.5", "50%"]))
        assert not any(map(stays_whole, ["第17行", "", "5 − 0.5 × 2 = 4 分"]))


def test_the_exporters_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["entry-points"]["nbconvert.exporters"]
    for name, cls in (("scorecard-html", ScorecardHTMLExporter), ("scorecard-pdf", ScorecardPDFExporter)):
        module, _, attribute = declared[name].partition(":")
        assert getattr(import_module(module), attribute) is cls
