"""The page around what a report says: head, style sheets, fonts, the mark of sample data."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from scoring.report import markup
from scoring.report.fontface import Packing, font_faces, is_shown, written_out
from scoring.report.fonts import FAMILY
from scoring.report.places import template_folder

TEMPLATE = "scorecard"
#: Who a report says it is by, in HTML, PDF and Word.
AUTHOR = "网站管理工作绩效考核"
FONT_MARK = "/*font-faces*/"
_PACKED = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")


def framed(body: str, told: Mapping[str, Any], styles: str = "") -> str:
    """Put the page around a body, which is cleaned first; its fonts are still to come (:func:`with_fonts`).

    Parameters
    ----------
    body
        HTML.
    told
        What the report says about itself: ``title``, ``department``, ``year``, ``subject``, ``author``, ``date``
        (ISO), ``sample``; all optional.
    styles
        CSS of this kind of report, after that of every page.

    Raises
    ------
    scoring.report.figures.MissingAltText
        A chart without words.
    """
    cleaned = Markup(markup.clean(body))  # noqa: S704 - known elements and attributes only
    return _frame().render(body=cleaned, about=_about(told), family=FAMILY, styles=Markup(styles))  # noqa: S704 - our own


def with_fonts(page: str, packing: Packing) -> str:
    """Put into a page the fonts that it needs; characters that they lack are written out."""
    page = written_out(page)
    text = html.unescape(_PACKED.sub("", page))
    return page.replace(FONT_MARK, font_faces(filter(is_shown, set(text)), packing), 1)


def css_string(text: object) -> Markup:
    """Write any text as a CSS string in which nothing is special, neither to CSS nor to HTML."""
    letters = (c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in str(text))
    return Markup('"' + "".join(letters) + '"')  # noqa: S704


@cache
def _frame() -> Template:
    environment = Environment(
        loader=FileSystemLoader(template_folder() / TEMPLATE), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {"css_string": css_string, "text_base64": _text_base64}
    return environment.get_template("page.html.j2")


def _text_base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _about(told: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what the report did not say about itself."""
    year = f"{told['year']}年度" if told.get("year") else ""
    department = told.get("department") or ""
    return {
        "author": AUTHOR,
        "title": f"{department}{year}网站考核报告",
        "subject": "",
        "date": None,
        "sample": False,
        **{key: value for key, value in told.items() if value is not None},
        "department": department,
        "year": year,
    }
