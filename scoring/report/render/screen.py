"""A page on the screen: one self-contained HTML file, and the same in JupyterLab."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scoring.base.points import shown, shown_range
from scoring.engine.findings import chinese_date
from scoring.report.places import template_folder
from scoring.report.render.fontface import font_faces, is_shown, written_out
from scoring.report.view import words
from scoring.report.view.blocks import Block, heading

#: The author of a report, in HTML, PDF and Word.
AUTHOR: Final = "网站管理工作绩效考核"
_FONT_MARK: Final = "/*font-faces*/"
_PACKED: Final = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")


@cache
def environment() -> Environment:
    """The templates; whatever they are given is escaped."""
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "date": chinese_date, "data_address": _data_address}
    made.globals |= {"words": words, "shown_range": shown_range, "zip": zip}
    return made


def filled(template: str, **values: Any) -> str:
    """Fill a template of ``templates/``."""
    return environment().get_template(template).render(**values)


def _data_address(content: str, media_type: str) -> Markup:
    packed = base64.b64encode(content.encode("utf-8")).decode("ascii")
    return Markup(f"data:{media_type};base64,{packed}")  # noqa: S704 - base64 holds nothing that is special


def about_page(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a page says of itself, with what is not given; ``mark`` stands at the foot of each page."""
    year = f"{given['year']}年度" if given.get("year") else ""
    department = given.get("department") or ""
    return {
        "author": AUTHOR,
        "title": f"{department}{year}网站考核报告",
        "subject": "",
        "date": None,
        "sample": False,
        "mark": "",
        **{key: value for key, value in given.items() if value is not None},
        "department": department,
        "year": year,
    }


def html_of(blocks: Sequence[Block], about: Mapping[str, Any]) -> str:
    """The page with its font subset; characters that the font lacks are written out."""
    named = _named(blocks, about["title"])
    contents = [one for one in _headings(named) if one["level"] > 1]
    page = written_out(filled("scorecard/page.html.j2", blocks=named, about=about, contents=contents))
    text = html.unescape(_PACKED.sub("", page))
    return page.replace(_FONT_MARK, font_faces(filter(is_shown, set(text))), 1)


def in_lab(blocks: Sequence[Block]) -> str:
    """A part of a page as a notebook shows it."""
    return f'<style class="lab">{filled("lab/lab.css")}</style>{as_html(blocks)}'


def as_html(blocks: Sequence[Block]) -> str:
    """Blocks as HTML without styles."""
    module: Any = environment().get_template("scorecard/blocks.html.j2").module
    return str(module.blocks(blocks))


def _named(blocks: Sequence[Block], title: str) -> list[Block]:
    """The blocks, beginning with the title, and an anchor for each heading."""
    numbers = count()

    def named(block: Block) -> Block:
        if block["kind"] == "group":
            return {**block, "blocks": [named(one) for one in block["blocks"]]}
        return {**block, "name": block["name"] or f"part-{next(numbers)}"} if block["kind"] == "heading" else block

    has_title = any(one["level"] == 1 for one in _headings(blocks))
    return [named(block) for block in (blocks if has_title else [heading(1, title), *blocks])]


def _headings(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block["kind"] == "group":
            yield from _headings(block["blocks"])
        elif block["kind"] == "heading":
            yield block
