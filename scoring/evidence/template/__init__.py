"""The blank evidence workbook, made from the scheme's sheets: what a cell accepts, its notes and its looks.

``python -m scoring.evidence.template`` writes ``templates/evidence-<scheme>.xlsx``.
"""

from __future__ import annotations

import datetime as dt
import io

import xlsxwriter

from scoring.evidence.template.guide import NAME, path_of, write_guide
from scoring.evidence.template.looks import FONT, Looks
from scoring.evidence.template.pages import Row, write_facts, write_page
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import FACTS, INSPECTIONS, NOT_INSPECTED

__all__ = ["blank", "for_department"]


def blank(scheme: Scheme) -> bytes:
    """The empty workbook of the scheme's year: the same bytes whenever it is made."""
    return _workbook(scheme, {}, {})


def for_department(scheme: Scheme, department: str) -> bytes:
    """A department's workbook to start with: 部门 and 年度 are filled in, every leaf is 未核查.

    Raises
    ------
    ValueError
        When the scheme does not assess that department; the message, in Chinese, names those that it does.
    """
    if department not in scheme.departments:
        raise ValueError(f"考核对象中没有“{department}”；应为：{'、'.join(scheme.departments)}之一")
    facts = {"department": department, "year": str(scheme.year)}
    return _workbook(scheme, facts, {INSPECTIONS: [_inspection(scheme, leaf) for leaf in scheme.leaves]})


def _inspection(scheme: Scheme, leaf: Node) -> Row:
    """The row of a leaf that is not inspected yet; its note says what the code means."""
    sheets = "".join(f"《{scheme.sheet(key).name}》" for key in leaf.sheets)
    return Row({"code": leaf.code, "status": NOT_INSPECTED}, f"{path_of(scheme, leaf)}\n依据：{sheets}")


def _workbook(scheme: Scheme, facts: dict[str, str], rows: dict[str, list[Row]]) -> bytes:
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": FONT, "font_size": 10},
    }
    with xlsxwriter.Workbook(content, options) as book:
        # The file's bytes may not depend on the day it is made.
        created = dt.datetime(scheme.year, 1, 1, tzinfo=dt.UTC)
        book.set_properties({"title": f"佐证工作簿（{scheme.year_words}）", "created": created})
        looks = Looks(book)
        write_guide(book, book.add_worksheet(NAME), looks, scheme)
        for sheet in scheme.sheets:
            page = book.add_worksheet(sheet.name)
            if sheet.key == FACTS:
                write_facts(page, looks, scheme, facts)
            else:
                write_page(page, sheet, looks, scheme, rows.get(sheet.key, []))
    return content.getvalue()
