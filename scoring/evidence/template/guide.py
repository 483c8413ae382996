"""填写说明: how to fill in the workbook, and the lists that other sheets choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from scoring.evidence.reading.cells import EARLIEST, LATEST
from scoring.evidence.template.entries import LEAF_LIST, ROWS, cells_of, list_name, pair_names
from scoring.evidence.template.looks import Looks, height, set_up
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import FACTS, INSPECTED, LEAVES, NOT_INSPECTED, WITHDRAW, Kind, Sheet

NAME: Final = "填写说明"
#: Columns of the sheet, in characters.
_WIDTHS: Final = (16, 30, 22, 22, 22, 22)
_LAST: Final = len(_WIDTHS) - 1

#: A cell of a table: the text, and how many columns of the sheet it takes.
Cell = tuple[str, int]


def write_guide(
    book: xlsxwriter.Workbook, sheet: Worksheet, looks: Looks, scheme: Scheme, sheets: Sequence[Sheet]
) -> None:
    """Write the guide and give its lists the names that validations refer to.

    Of the lists in other sheets, only those in ``sheets``, which the workbook has, get a name.
    """
    page = _Page(sheet, looks)
    page.line(f"佐证工作簿填写说明（{scheme.year_words}）", "title", 30)
    for paragraph in _advice(scheme):
        if paragraph.startswith("# "):
            page.heading(paragraph.removeprefix("# "))
        else:
            page.line(paragraph, "paragraph", height(paragraph, sum(_WIDTHS) - 4) + 2)
    _write_colours(page)
    _write_sheets(page, scheme, sheets)
    _write_leaves(book, page, scheme)
    for key, pairs in scheme.pairs.items():
        _write_pairs(book, page, scheme.sheet(key), pairs)
    listed = {column.one_of for sheet in scheme.sheets for column in sheet.columns if column.one_of} - {LEAVES}
    for lists in sorted((one for one in sheets if one.key in listed), key=lambda one: one.key):
        cells = cells_of(lists, lists.column(str(lists.unique)))
        book.define_name(list_name(lists), f"='{lists.name}'!{cells}")


class _Page:
    """The sheet, filled from the top; rows count from 0."""

    def __init__(self, sheet: Worksheet, looks: Looks) -> None:
        self.sheet, self.looks, self.row = sheet, looks, 0
        for number, columns in enumerate(_WIDTHS):
            sheet.set_column(number, number, columns)
        set_up(sheet)
        sheet.hide_gridlines(2)
        sheet.set_tab_color("#1F3864")

    def line(self, text: str, style: str, tall: float) -> None:
        """A text across the sheet."""
        self.sheet.set_row(self.row, tall)
        self.sheet.merge_range(self.row, 0, self.row, _LAST, text, self.looks[style])
        self.row += 1

    def heading(self, text: str) -> None:
        """A heading after an empty row."""
        self.row += 1
        self.line(text, "heading", 22)

    def cells(self, cells: Sequence[Cell], styles: Iterable[str]) -> None:
        """A row of a table; texts are never taken for formulas."""
        first, tallest = 0, 0.0
        for (text, span), style in zip(cells, styles, strict=False):
            if span > 1:
                self.sheet.merge_range(self.row, first, self.row, first + span - 1, "", self.looks[style])
            self.sheet.write_string(self.row, first, text, self.looks[style])
            wide = sum(_WIDTHS[first : first + span]) or _WIDTHS[-1]
            tallest = max(tallest, height(text, wide - 2))
            first += span
        self.sheet.set_row(self.row, tallest + 3)
        self.row += 1

    def table(self, titles: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> tuple[int, int]:
        """A table; returns the numbers of its first and last row."""
        self.cells(titles, ["required"] * len(titles))
        first = self.row
        for row in rows:
            self.cells(row, ["cell"] * len(row))
        return first, self.row - 1


def _advice(scheme: Scheme) -> list[str]:
    """The paragraphs of ``advice.txt`` that apply to the scheme; a heading begins with ``# ``."""
    text = Path(__file__).with_name("advice.txt").read_text(encoding="utf-8")
    words = {
        "year": scheme.year,
        "leaves": len(scheme.leaves),
        "inspected": INSPECTED,
        "not_inspected": NOT_INSPECTED,
        "withdraw": WITHDRAW,
        "earliest": EARLIEST.year,
        "latest": LATEST.year,
        "last_row": ROWS + 1,
    }
    of_scheme = {name: "".join(sentences) for name, sentences in _sentences(scheme).items()}
    filled = (paragraph.strip().format_map(words | of_scheme) for paragraph in text.split("\n\n"))
    return [paragraph for paragraph in filled if paragraph]


def _sentences(scheme: Scheme) -> dict[str, Iterable[str]]:
    """Sentences about leaves judged on days or given points by an assessor; sheets that look back, moments, files."""
    return {
        "judged": (
            f"{leaf.code} {leaf.name}按《{sheet.name}》的日期判断：状态为“{INSPECTED}”时，"
            f"考核期内至少要有一个{sheet.column(str(sheet.dated_by)).name}。"
            for leaf in scheme.leaves
            if leaf.judged_on
            for sheet in [scheme.sheet(leaf.judged_on)]
        ),
        "marked": (
            f"{fact.marks} {scheme.by_code[fact.marks].name}由考核人员评分：《{scheme.sheet(FACTS).name}》中"
            f"没有填{fact.name}的，即使状态为“{INSPECTED}”也列为待评。"
            for fact in scheme.facts
            if fact.marks
        ),
        "looked_back": (
            f"例外：《{sheet.name}》可以记考核期以前的行，用于{sheet.look_back}。"
            for sheet in scheme.sheets
            if sheet.look_back
        ),
        "attached": (
            f"6. {names}的一行可以附截图等文件：文件放在工作簿旁边的“部门.附件”文件夹中，名称填入“附件”列。"
            for names in ["".join(f"《{sheet.name}》" for sheet in scheme.sheets if sheet.faults)]
            if names
        ),
        "moments": (
            f"《{sheet.name}》的{column.name}要连同时间填，如 {column.example_of(scheme.year)}。"
            for sheet in scheme.sheets
            for column in sheet.columns
            if column.kind is Kind.MOMENT
        ),
    }


def _write_colours(page: _Page) -> None:
    page.heading("颜色的意思")
    for style, meaning in {
        "required": "深色表头：必填的列，行中填了任何一格，这一格就必须填",
        "voluntary": "浅色表头：选填的列，何时需要填见表头的批注",
        "automatic": "灰色表头：由程序填写的列",
        "missing": "黄色单元格：这一行已经开始填，必填的这一格还空着",
        "repeated": "红色单元格：不应重复的内容重复了",
    }.items():
        page.cells([("样例", 1), (meaning, _LAST)], [style, "cell"])


def _write_sheets(page: _Page, scheme: Scheme, present: Sequence[Sheet]) -> None:
    page.heading("各工作表填什么")
    rows = []
    for sheet in (one for one in scheme.sheets if one in present or not one.recorded):
        columns = scheme.facts if sheet.key == FACTS else sheet.columns
        required, voluntary = (
            "、".join(column.name for column in columns if column.required is must) or "无" for must in (True, False)
        )
        rows.append([(sheet.name, 1), (sheet.row_is, 1), (required, 2), (voluntary, 2)])
    page.table([("工作表", 1), ("一行填什么", 1), ("必填的列", 2), ("选填的列", 2)], rows)


def _write_leaves(book: xlsxwriter.Workbook, page: _Page, scheme: Scheme) -> None:
    page.heading(f"{len(scheme.leaves)} 个末级指标，各看哪些工作表")
    first, last = page.table(
        [("编号", 1), ("指标", 3), ("依据的工作表", 2)],
        (
            [(leaf.code, 1), (path_of(scheme, leaf), 3), ("、".join(scheme.sheet(key).name for key in leaf.sheets), 2)]
            for leaf in scheme.leaves
        ),
    )
    book.define_name(LEAF_LIST, f"='{NAME}'!{xl_range_abs(first, 0, last, 0)}")


def path_of(scheme: Scheme, leaf: Node) -> str:
    """The names from the section down to the leaf: names alone are not unique."""
    *above, _total = scheme.lineage(leaf.code)
    return " › ".join(scheme.by_code[node].name for node in reversed(above))


def _write_pairs(book: xlsxwriter.Workbook, page: _Page, sheet: Sheet, pairs: Mapping[str, tuple[str, ...]]) -> None:
    """The table of pairs: one word per cell, so that a row's words are a list to choose from."""
    paired = next(column for column in sheet.columns if column.paired_with)
    by = sheet.column(str(paired.paired_with))
    page.heading(f"《{sheet.name}》的{by.name}与{paired.name}")
    first, last = page.table(
        [(by.name, 1), (paired.name, _LAST)],
        (
            [(word, 1), *((other, 1) for other in (*words, *[""] * (_LAST - len(words))))]
            for word, words in pairs.items()
        ),
    )
    deciding, words = pair_names(sheet)
    longest = max(map(len, pairs.values()))
    book.define_name(deciding, f"='{NAME}'!{xl_range_abs(first, 0, last, 0)}")
    book.define_name(words, f"='{NAME}'!{xl_range_abs(first, 1, last, longest)}")
