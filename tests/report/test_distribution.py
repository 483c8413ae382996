"""The published files: a page's words on the screen and on paper, and the font in both."""

import io
import json
import re
import tomllib
import warnings
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import nbformat.v4 as nbf
import pdfua
import pikepdf
import pypdf
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from nbformat import NotebookNode
from saying import missing

from scoring.report.fonts import BOLD, FAMILY, REGULAR, use_in_matplotlib
from scoring.report.render.document import MissingAltText, blocks_of
from scoring.report.render.exporters import ScorecardHTMLExporter, ScorecardPDFExporter
from scoring.report.render.fontface import font_faces, lacking, written_out
from scoring.report.render.paper import Attached, pdf_of
from scoring.report.render.screen import about_page, html_of
from scoring.report.view import blocks
from scoring.report.view.blocks import Block, Part, words

ROOT = Path(__file__).parents[2]
STANDARD_CHARACTERS = (ROOT / "tests/data/tgscc-8105.txt").read_text(encoding="utf-8").strip()
MARKS = "−×÷±≥≤≈→←↑↓✓✗✔✘☐☑☒■□●○▲▼◆◇★☆①②⑩⑳㈠，。、；：？！“”‘’（）《》〈〉【】—…·％￥℃№＿"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20"><path d="M0 0h50v10H0z"/></svg>'
TITLE = "人社局2017年度网站考核报告"
#: Text with a special meaning in HTML, Typst, JSON, Jinja or Markdown.
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '#read("/etc/passwd") #panic() #image("x.png")',
    "$ x^2 $ *粗* _斜_ `码` = 标题 @引用 <标签> \\ // 注 /* 注 */ ~ -- ... https://evil.example/",
    "{{ 7 * 7 }} {% raw %}",
    '"],"kind":"chart","svg":"<svg/>',
    "[链接](javascript:alert(1)) ![图](http://evil.example/x.png)",
    "甲\n乙\t丙",
)


def every_block(text: str) -> list[Block]:
    """A page with this text in every possible position."""
    columns = [blocks.column(text, whole=True), blocks.column(text, number=True), blocks.column(text)]
    row = [text, blocks.strong(text), [text, blocks.link(text, "#place")]]
    return [
        blocks.heading(1, text),
        blocks.verdict("fail", text, text, [(text, text, text)]),
        blocks.heading(2, text, "place"),
        blocks.paragraph(text, blocks.strong(text), {"text": text, "code": True}, role="note"),
        blocks.bullets([text, [blocks.strong(text), text]]),
        blocks.table(columns, [row, row], foot=row, label=text),
        blocks.chart(SVG, text, text, text, paper=True),
        blocks.group("leaf", [blocks.group("clause", [blocks.paragraph(text)]), blocks.paragraph(text, role="sum")]),
        blocks.plain_text(text),
    ]


def about(**metadata: object) -> dict[str, object]:
    return about_page({"department": "人社局", "year": 2017, "title": TITLE, "date": "2018-01-10", **metadata})


def notebook(*parts: Part, markdown: str = "", **metadata: object) -> NotebookNode:
    cells = [nbf.new_markdown_cell(markdown)] if markdown else []
    for part in parts:
        output = nbf.new_output("execute_result", data=json.loads(json.dumps(part._repr_mimebundle_())))
        cells.append(nbf.new_code_cell("secret_code()", outputs=[output]))
    return nbf.new_notebook(cells=cells, metadata={"scorecard": {"title": TITLE, "date": "2018-01-10", **metadata}})


def read_on_screen(page: str) -> str:
    body = BeautifulSoup(page, "html5lib").find("main")
    assert body is not None
    return squeezed(body.get_text())


def read_on_paper(printed: bytes) -> str:
    with pikepdf.open(io.BytesIO(printed)) as opened:
        checked = pdfua.Checked(opened)
        return squeezed(checked.text(checked.tree))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_ever_markup(text: str) -> None:
    """The text appears unchanged on both, in every position."""
    page = [*every_block(text), blocks.chart(SVG, text, text, text, figures=text)]
    screen = html_of(page, about(title=text, sample=True))
    assert missing(words(page), read_on_screen(screen)) == []
    assert missing(words(page, paper=True), read_on_paper(pdf_of(page, about(title=text, sample=True)))) == []
    parsed = BeautifulSoup(screen, "html5lib")
    assert not parsed.find_all(["script", "iframe", "form", "object", "link"])
    assert [image["src"][:26] for image in parsed.find_all("img")] == ["data:image/svg+xml;base64,"] * 2
    assert {one["href"] for one in parsed.find_all("a")} <= {"#content", "#place", "#part-0", "#part-2"}
    assert not [name for tag in parsed.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_a_page_says_the_same_on_the_screen_and_on_paper_but_for_charts_and_links_to_files() -> None:
    page = [
        *every_block("文"),
        blocks.table(
            [blocks.column("一"), blocks.column("屏", screen=True), blocks.column("页", paper=True)],
            [["甲", blocks.link("网页", "a.html"), blocks.page_of("place")]],
            label="表",
        ),
        blocks.chart(SVG, "图", "只在屏幕", "上"),
        blocks.chart(SVG, "图", "画在屏幕上的", "写在纸上：", figures="1月3条。"),
        blocks.paragraph("见", blocks.link("PDF", "a.pdf"), role="screen"),
    ]
    only_screen = ["屏", "网页", "只在屏幕 上", "画在屏幕上的 写在纸上：", "见PDF"]
    only_paper = ["页", "", "画在屏幕上的 写在纸上：1月3条。"]
    on_screen, on_paper = list(words(page)), list(words(page, paper=True))
    assert [one for one in on_screen if one not in only_screen] == [one for one in on_paper if one not in only_paper]
    printed = read_on_paper(pdf_of(page, about()))
    assert "网页" not in printed
    assert "页1" in printed.replace("甲", "")


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

    def test_a_missing_glyph_is_written_out_on_the_screen_and_on_paper(self) -> None:
        page = every_block("好😀")
        assert "好〔U+1F600〕" in read_on_screen(html_of(page, about()))
        assert "😀" not in html_of(page, about())
        assert "好〔U+1F600〕" in read_on_paper(pdf_of(page, about()))

    def test_a_page_carries_only_its_own_characters(self) -> None:
        assert font_faces("字\u200b\ufeff\ufe0f\u2009\u00a0\u3000\n")
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


class TestScreen:
    @pytest.fixture
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(html_of(every_block("文"), about(sample=True)), "html5lib")

    def test_it_is_chinese_and_has_a_title(self, page: BeautifulSoup) -> None:
        assert page.html["lang"] == "zh-CN"
        assert page.title.text == f"{TITLE}（示例数据）"

    def test_it_asks_for_nothing_from_outside(self, page: BeautifulSoup) -> None:
        assert "default-src 'none'" in page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
        assert not re.search(r"(?<!xmlns=\")https?://", str(page.style))

    def test_its_contents_lead_to_every_heading(self, page: BeautifulSoup) -> None:
        named = {tag["id"] for tag in page.find_all(id=True)}
        assert {one["href"][1:] for one in page.select("nav a")} <= named
        assert [one.text for one in page.select("nav a")] == [tag.text for tag in page.find_all(["h2", "h3"])]

    def test_every_header_has_a_scope_and_every_chart_its_words(self, page: BeautifulSoup) -> None:
        assert {tag.get("scope") for tag in page.find_all("th")} == {"col", "row"}
        assert all(image["alt"] for image in page.find_all("img"))

    def test_sample_data_says_so_and_real_data_does_not(self, page: BeautifulSoup) -> None:
        assert "示例数据" in page.find(class_="sample-strip").text
        assert "示例数据" not in BeautifulSoup(html_of(every_block("文"), about()), "html5lib").body.text


class TestPaper:
    @pytest.fixture
    def printed(self) -> bytes:
        rows = [[f"始{number}", "2017-03-02", f"{TITLE * (number % 5 + 1)}终{number}终"] for number in range(90)]
        columns = [blocks.column("表头甲"), blocks.column("日期", whole=True), blocks.column("内容", share=4)]
        return pdf_of([*every_block("文"), blocks.table(columns, rows, label="长表")], about(sample=True))

    def test_it_is_the_pdf_a_and_the_pdf_ua_that_it_says_it_is(self, printed: bytes) -> None:
        assert pdfua.complaints(printed) == []

    def test_every_page_has_number_header_and_sample_mark(self, printed: bytes) -> None:
        sheets = [squeezed(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(printed)).pages]
        assert len(sheets) > 2
        for number, sheet in enumerate(sheets, 1):
            assert f"第{number}页共{len(sheets)}页" in sheet
            assert "示例·非真实考核结果" in sheet
        assert all("表头甲" in sheet for sheet in sheets[-2:])

    def test_only_the_own_font_is_embedded(self, printed: bytes) -> None:
        with pikepdf.open(io.BytesIO(printed)) as opened:
            fonts = {str(font.BaseFont) for page in opened.pages for font in page.Resources.Font.values()}
        assert all("ScorecardSansSC" in name for name in fonts)

    def test_the_same_page_gives_the_same_bytes(self) -> None:
        page, files = every_block("文"), [Attached("a.json", b"{}", "数据", "data", "application/json")]
        assert pdf_of(page, about(), files) == pdf_of(page, about(), files)
        assert html_of(page, about()) == html_of(page, about())


class TestNotebook:
    def test_outputs_and_markdown_become_the_page_and_nothing_else_does(self) -> None:
        made = notebook(Part(blocks.paragraph("正文")), markdown="## 标题 **甲** `乙`\n\n- 一\n- 二\n\n<b>原样</b>")
        noise = [
            nbf.new_output("stream", name="stderr", text="SECRET"),
            nbf.new_output("error", ename="SECRET", evalue="SECRET", traceback=["SECRET"]),
        ]
        made.cells.append(nbf.new_code_cell("1/0", outputs=noise))
        result = nbf.new_output("execute_result", data={"text/plain": "纯=1"})
        made.cells.append(nbf.new_code_cell("x", outputs=[result]))
        texts = list(words(blocks_of(made)))
        assert texts == ["标题 甲 乙", "一", "二", "<b>原样</b>", "正文", "纯=1"]
        screen, _ = ScorecardHTMLExporter().from_notebook_node(made)
        assert "secret_code" not in screen
        assert "SECRET" not in screen
        assert read_on_screen(screen).startswith(squeezed(TITLE))

    def test_a_picture_has_words_or_is_refused(self) -> None:
        dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        shown = nbf.new_output("display_data", data={"image/png": dot}, metadata={"image/png": {"alt": "一点"}})
        made = nbf.new_notebook(cells=[nbf.new_code_cell("x", outputs=[shown])])
        page, _ = ScorecardHTMLExporter().from_notebook_node(made)
        assert 'alt="一点"' in page
        assert ScorecardPDFExporter().from_notebook_node(made)[0].startswith(b"%PDF")
        shown.metadata = {}
        with pytest.raises(MissingAltText):
            ScorecardHTMLExporter().from_notebook_node(made)


def test_the_exporters_are_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    for place in declared["nbconvert.exporters"].values():
        module, _, name = place.partition(":")
        assert getattr(import_module(module), name)
