"""反馈表: the form that goes out with a notice. The department fills in its own columns; the other cells are locked."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import xlsxwriter

from scoring.base.characters import breadth
from scoring.base.xlsx import write_text
from scoring.engine.findings import chinese_date
from scoring.evidence.template.looks import FONT
from scoring.report.notice import Issue
from scoring.report.notice.layout import SAMPLE_LINE
from scoring.scheme import Scheme
from scoring.scheme.sheets import ACCEPT, OBJECT

SHEET: Final = "反馈表"
#: Labels of the cells above the table; what stands right of them is read.
NUMBER, DEPARTMENT, BY = "通知编号", "部门", "填表人"
#: The columns; those after the sixth are the department's.
LOCKED: Final = ("序号", "发现编号", "指标", "问题", "佐证", "整改期限")
OWN: Final = ("意见", "理由", "整改情况", "整改日期", "附件")
_WIDTHS: Final = (7, 24, 22, 40, 22, 14, 9, 30, 30, 13, 24)
_GUIDE: Final = (
    "请只填浅黄色的格子。每一项先填意见：认可，或申诉；申诉的写明理由。有整改期限的，写明整改情况和整改到位的日期。"
    "有截图等附件的，把文件与本表放在同一文件夹，在“附件”列写文件的名称，几个文件用、隔开。"
)


@dataclass(frozen=True)
class Line:
    """A finding in a form."""

    number: str
    finding: str
    leaf: str
    problem: str
    where: str
    due: pd.Timestamp | None


def form_of(scheme: Scheme, department: str, issue: Issue, lines: Sequence[Line], *, sample: bool) -> bytes:
    """The form as an .xlsx: the same notice gives the same bytes."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        created = dt.datetime(issue.on.year, issue.on.month, issue.on.day, tzinfo=dt.UTC)
        title = f"{department}{scheme.year_words}网站考核发现问题反馈表"
        book.set_properties({"title": title, "created": created})
        base = {"font_name": FONT, "font_size": 10, "text_wrap": True, "valign": "top"}
        plain = book.add_format(base)
        own = base | {"border": 1, "bg_color": "#FFF9E5", "locked": False}
        looks = {
            "plain": plain,
            "title": book.add_format(base | {"bold": True, "font_size": 14, "text_wrap": False}),
            "head": book.add_format(base | {"bold": True, "border": 1, "bg_color": "#D9E1F2"}),
            "locked": book.add_format(base | {"border": 1}),
            "own": book.add_format(own | {"num_format": "@"}),
            "day": book.add_format(own | {"num_format": "yyyy-mm-dd"}),
        }
        page = book.add_worksheet(SHEET)
        _set_up(page)
        head = _write_head(page, looks, title, department, issue, sample=sample)
        _write_lines(page, looks, head, lines)
    return content.getvalue()


def _set_up(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&C第 &P 页，共 &N 页")
    page.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
    for at, width in enumerate(_WIDTHS):
        page.set_column(at, at, width)


def _write_head(page: Any, looks: Any, title: str, department: str, issue: Issue, *, sample: bool) -> int:
    """The cells above the table; the row of the table's header, from 0."""
    terms = f"请在 {chinese_date(issue.object_by)}前提出申诉，在各项的整改期限前反馈整改情况。"
    lines = [title, *([SAMPLE_LINE] if sample else []), f"{_GUIDE}{terms}"]
    for row, text in enumerate(lines):
        page.merge_range(row, 0, row, len(_WIDTHS) - 1, "", looks["plain"])
        write_text(page, row, 0, text, looks["title" if row == 0 else "plain"])
    page.set_row(len(lines) - 1, 44)
    for row, (label, value, look) in enumerate(
        [(NUMBER, issue.number, "locked"), (DEPARTMENT, department, "locked"), (BY, "", "own")], len(lines)
    ):
        page.write_string(row, 0, label, looks["head"])
        write_text(page, row, 1, value, looks[look])
    return len(lines) + 4


def _write_lines(page: Any, looks: Any, head: int, lines: Sequence[Line]) -> None:
    for at, name in enumerate((*LOCKED, *OWN)):
        page.write_string(head, at, name, looks["head"])
    page.freeze_panes(head + 1, 2)
    page.repeat_rows(head)
    first, last = head + 1, head + len(lines)
    for row, line in enumerate(lines, first):
        due = "" if line.due is None else f"{line.due:%Y-%m-%d}"
        for at, text in enumerate((line.number, line.finding, line.leaf, line.problem, line.where, due)):
            write_text(page, row, at, text, looks["locked"])
        for at, name in enumerate(OWN, len(LOCKED)):
            page.write_blank(row, at, None, looks["day" if name == "整改日期" else "own"])
        texts = (line.finding, line.leaf, line.problem, line.where)
        tallest = max(1.15 * breadth(text) / width for text, width in zip(texts, _WIDTHS[1:], strict=False))
        page.set_row(row, 15 * (int(tallest) + 1))
    view = len(LOCKED) + OWN.index("意见")
    page.data_validation(first, view, last, view, {"validate": "list", "source": [ACCEPT, OBJECT]})
    day = len(LOCKED) + OWN.index("整改日期")
    earliest = {"validate": "date", "criteria": ">=", "value": dt.date(1990, 1, 1)}
    page.data_validation(first, day, last, day, earliest)
