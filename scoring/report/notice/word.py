"""A paper as a Word file: real headings, real tables whose header row repeats, and the fonts of 公文."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from scoring.report.notice import layout as sizes
from scoring.report.notice.content import Notice
from scoring.report.notice.reply import Reply
from scoring.report.render.screen import AUTHOR
from scoring.report.view.blocks import Block, Run, plain

BODY, HEADING, TITLE, LATIN = "仿宋", "黑体", "宋体", "Times New Roman"
RED: Final = RGBColor(0x9C, 0x1C, 0x1C)
SAMPLE_MARK: Final = "示例数据 · 非真实考核结果"
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Paper:
    """What a Word file is made of."""

    blocks: Sequence[Block]
    title: str
    as_of: str  # the day of the file (ISO)
    sample: bool
    mark: str  # stands in the head of each page, unless it is a sample
    layout: sizes.Layout
    widths: Callable[[Block, sizes.Layout], Sequence[float]]  # of a table's columns, in mm


def notice_docx(notice: Notice) -> bytes:
    """The notice as a Word file; the same notice gives the same bytes."""
    return docx_to(notice, sizes.notice_blocks(notice))


def docx_to(to: Notice | Reply, blocks: Sequence[Block]) -> bytes:
    """A paper to a department as a Word file."""
    head = (to.title, to.as_of, to.sample, f"{to.department} {to.year}年度", to.layout)
    return docx_of(Paper(blocks, *head, lambda block, _: sizes.columns(len(block["columns"]))))


def docx_of(paper: Paper) -> bytes:
    """A paper as a Word file; the same paper gives the same bytes."""
    document = docx.Document()
    _describe(document, paper)
    _style(document, paper.layout)
    _page(document, paper)
    for block in paper.blocks:
        _write(document, paper, block)
    file = io.BytesIO()
    document.save(file)
    return _steady(file.getvalue(), datetime.fromisoformat(paper.as_of))


def _write(document: Any, paper: Paper, block: Block) -> None:
    match block["kind"]:
        case "heading":
            document.add_heading(_legal(plain(block["text"])), block["level"])
        case "paragraph" if block["role"] == "sample":
            _banner(document, plain(block["text"]))
        case "paragraph":
            _paragraph(document, block)
        case "list":
            for entry in block["entries"]:
                _add_runs(document.add_paragraph(style="List Bullet"), entry)
        case "table":
            _table(document, paper, block)
        case "group" if block["role"] == "closing":
            _closing(document, [plain(one["text"]) for one in block["blocks"]])
        case "group":
            for one in block["blocks"]:
                _write(document, paper, one)


def _paragraph(document: Any, block: Block) -> None:
    paragraph = document.add_paragraph()
    _add_runs(paragraph, block["text"])
    if block["role"] == "indented":  # by two letters: for Word in letters, for others in points
        paragraph.paragraph_format.first_line_indent = 2 * document.styles["Normal"].font.size
        paragraph._p.pPr.ind.set(qn("w:firstLineChars"), "200")  # noqa: SLF001 - python-docx knows lengths only


def _add_runs(paragraph: Any, runs: Sequence[Run], size: float | None = None) -> None:
    for one in runs:
        run = paragraph.add_run(_legal(plain(one)))
        run.bold, run.font.size = (None if isinstance(one, str) else True), Pt(size) if size else None


def _table(document: Any, paper: Paper, block: Block) -> None:
    layout, widths = paper.layout, paper.widths(block, paper.layout)
    table = document.add_table(rows=1, cols=len(widths), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _cell_margins(table, layout)
    for cell, column in zip(table.rows[0].cells, block["columns"], strict=True):
        _fill(cell, [{"text": column["name"], "strong": True}], layout, centred=True)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    _mark_row(table.rows[0], "w:tblHeader")
    for row in (*block["rows"], *([block["foot"]] if block["foot"] else [])):
        for column, cell, runs in zip(block["columns"], table.add_row().cells, row, strict=True):
            _fill(cell, runs, layout, centred=column["number"])
    for row in table.rows:
        _mark_row(row, "w:cantSplit")
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _fill(cell: Any, runs: Sequence[Run], layout: sizes.Layout, *, centred: bool = False) -> None:
    """Fill a cell; a line break begins a paragraph."""
    paragraphs: list[list[Run]] = [[]]
    for run in runs:
        if run == "\n":
            paragraphs.append([])
        else:
            paragraphs[-1].append(run)
    for number, own in enumerate(paragraphs):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = Pt(layout.table * layout.line)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add_runs(paragraph, own, layout.table)


def _banner(document: Any, words: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(words)
    run.bold, run.font.color.rgb = True, RED
    borders = _element("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        borders.append(_element(f"w:{side}", val="single", sz="8", space="2", color=str(RED)))
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:spacing", "w:jc")  # noqa: SLF001 - python-docx has no word for it


def _closing(document: Any, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        paragraph = document.add_paragraph(line)
        paragraph.paragraph_format.left_indent = Mm(88)
        paragraph.paragraph_format.keep_with_next = number < len(lines) - 1
        if not number:
            paragraph.paragraph_format.space_before = Mm(sizes.BEFORE_CLOSING)


# --- The document -------------------------------------------------------------------------------------------------


def _describe(document: Any, paper: Paper) -> None:
    """Set title, language and dates, removing those of python-docx's template."""
    core, day = document.core_properties, datetime.fromisoformat(paper.as_of)
    core.title, core.author, core.language = _legal(paper.title), AUTHOR, "zh-CN"
    core.subject = "示例数据" if paper.sample else ""
    core.comments = core.keywords = core.last_modified_by = ""
    core.created = core.modified = day
    rels = document.part.package.rels
    for name in [name for name, rel in rels.items() if rel.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del rels[name]


def _style(document: Any, layout: sizes.Layout) -> None:
    """Set the layout's sizes, fixed line heights, Chinese fonts and language."""
    styles = document.styles
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")
    _set(styles["Normal"], layout, BODY, layout.text, after=layout.after)
    _plain_widths(styles["Normal"])
    _set(styles["Heading 1"], layout, TITLE, layout.title, after=sizes.AFTER_TITLE)
    styles["Heading 1"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set(styles["Heading 2"], layout, HEADING, layout.heading, before=sizes.BEFORE_HEADING, after=layout.after)
    _set(styles["Heading 3"], layout, BODY, layout.text, after=layout.after)
    styles["Heading 3"].paragraph_format.first_line_indent = Pt(2 * layout.text)


def _set(style: Any, layout: sizes.Layout, chinese: str, size: float, *, before: float = 0, after: float = 0) -> None:
    style.paragraph_format.line_spacing = Pt(size * layout.line)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Mm(before), Mm(after)
    style.font.size, style.font.name = Pt(size), LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), chinese)
    style.font.color.rgb = RGBColor(0, 0, 0)


def _plain_widths(style: Any) -> None:
    """Turn off Word's extra space between Chinese and Latin, so that lines match the estimate."""
    properties = style.element.get_or_add_pPr()
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        properties.insert_element_before(_element(name, val="0"), "w:spacing", "w:ind", "w:jc", "w:rPr")


def _page(document: Any, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(sizes.PAGE_WIDTH), Mm(sizes.PAGE_HEIGHT)
    section.left_margin = section.right_margin = Mm(sizes.MARGIN_SIDE)
    section.top_margin, section.bottom_margin = Mm(sizes.MARGIN_TOP), Mm(sizes.MARGIN_BOTTOM)
    section.header_distance, section.footer_distance = Mm(13), Mm(9)
    header, footer = section.header.paragraphs[0], section.footer.paragraphs[0]
    header.style = footer.style = document.styles["Normal"]  # the template's styles have tab stops
    header.paragraph_format.tab_stops.add_tab_stop(Mm(sizes.PAGE_WIDTH - 2 * sizes.MARGIN_SIDE), WD_TAB_ALIGNMENT.RIGHT)
    _small(header.add_run(_legal(paper.title)))
    mark = _small(header.add_run(f"\t{SAMPLE_MARK if paper.sample else paper.mark}"))
    if paper.sample:
        mark.bold, mark.font.color.rgb = True, RED
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("第 ", "PAGE"), (" 页 / 共 ", "NUMPAGES"), (" 页", "")):
        _small(footer.add_run(text))
        if field:
            footer._p.append(_field(field))  # noqa: SLF001 - python-docx has no word for fields


def _small(run: Any) -> Any:
    run.font.size = Pt(9)
    return run


def _field(name: str) -> Any:
    """A field that Word fills in: the page number, or the number of pages."""
    field, run, size, text = (_element(tag) for tag in ("w:fldSimple", "w:r", "w:rPr", "w:t"))
    field.set(qn("w:instr"), name)
    size.append(_element("w:sz", val="18"))
    text.text = "1"
    run.extend((size, text))
    field.append(run)
    return field


def _cell_margins(table: Any, layout: sizes.Layout) -> None:
    margins = _element("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        width = layout.cell if side in {"top", "bottom"} else sizes.CELL_SIDE
        margins.append(_element(f"w:{side}", w=str(round(width * 1440 / 25.4)), type="dxa"))
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")  # noqa: SLF001 - python-docx has no word for it


def _mark_row(row: Any, mark: str) -> None:
    row._tr.get_or_add_trPr().append(_element(mark))  # noqa: SLF001 - python-docx has no word for it


def _element(tag: str, **attributes: str) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _legal(text: str) -> str:
    """Without the characters that XML cannot hold, on one line."""
    return " ".join(_ILLEGAL.sub("", text).splitlines())


def _steady(file: bytes, day: datetime) -> bytes:
    """Rewrite the zip with the day of the evidence as every entry's time: the same notice gives the same bytes."""
    steady = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            dated = zipfile.ZipInfo(entry.filename, day.timetuple()[:6])
            dated.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(dated, old.read(entry))
    return steady.getvalue()
