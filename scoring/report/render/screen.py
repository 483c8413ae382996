"""A page on the screen: one self-contained HTML file, and the same in JupyterLab."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

from scoring.report.render.fontface import font_faces, is_shown, written_out
from scoring.report.render.pages import environment
from scoring.report.view.blocks import Block, heading

#: The author of a report, in HTML, PDF and Word.
AUTHOR: Final = "网站管理工作绩效考核"
_FONT_MARK: Final = "/*font-faces*/"
_PACKED: Final = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")


def about_page(given: Mapping[str, Any]) -> dict[str, Any]:
    """A page's metadata, with defaults for what the notebook's metadata leave out.

    Parameters
    ----------
    given
        ``title``, ``department``, ``year``, ``subject``, ``author``, ``date`` (ISO), ``sample``, ``mark`` (what stands
        at the foot of each page); all optional.
    """
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
    page = written_out(
        environment().get_template("scorecard/page.html.j2").render(blocks=named, about=about, contents=contents)
    )
    text = html.unescape(_PACKED.sub("", page))
    return page.replace(_FONT_MARK, font_faces(filter(is_shown, set(text))), 1)


def in_lab(blocks: Sequence[Block]) -> str:
    """A part of a page as a notebook shows it."""
    style = environment().get_template("lab/lab.css").render()
    return f'<style class="lab">{style}</style>{as_html(blocks)}'


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
