"""Converts a notebook's Markdown cells and outputs to the blocks of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import mistune
from nbformat import NotebookNode

from scoring.report.view import blocks as made
from scoring.report.view.blocks import MIME, Block, Run

_PICTURES: Final = ("image/png", "image/jpeg")
_MARKDOWN: Final = mistune.create_markdown(renderer="ast", plugins=["table"])


class MissingAltText(ValueError):
    """A picture without alternative text."""

    def __init__(self) -> None:
        super().__init__("图表缺少文字说明（alt），无法生成报告。")


def blocks_of(notebook: NotebookNode) -> list[Block]:
    """The blocks of an executed notebook.

    Outputs without our blocks become plain text, pictures stay pictures.

    Raises
    ------
    MissingAltText
        A picture without ``alt`` in its metadata.
    """
    return [block for cell in notebook.cells for block in _of_cell(cell)]


def _of_cell(cell: NotebookNode) -> Iterator[Block]:
    if cell.cell_type == "markdown":
        yield from of_markdown(cell.source)
    for output in cell.get("outputs", ()):
        if "data" in output:
            yield from _of_output(output.data, output.get("metadata", {}))


def _of_output(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[Block]:
    if MIME in data:
        yield from data[MIME]
        return
    for kind in _PICTURES:
        if kind in data:
            alt = metadata.get("alt") or metadata.get(kind, {}).get("alt")
            if not alt:
                raise MissingAltText
            yield made.picture(kind, "".join(data[kind].split()), alt)
            return
    if "text/markdown" in data:
        yield from of_markdown(data["text/markdown"])
    elif "text/plain" in data:
        yield made.plain_text(data["text/plain"])


def of_markdown(source: str) -> Iterator[Block]:
    """The blocks of a Markdown cell: headings, paragraphs, lists; anything else as its source text."""
    tokens: Any = _MARKDOWN(source)
    for token in tokens:
        children = token.get("children", ())
        match token["type"]:
            case "heading":
                yield made.heading(token["attrs"]["level"], list(_runs(children)))
            case "paragraph" | "block_text":
                yield made.paragraph(*_runs(children))
            case "list":
                entries = [list(_runs(item["children"])) for item in children]
                yield made.bullets(entries, numbered=token["attrs"]["ordered"])
            case "blank_line" | "thematic_break":
                continue
            case _:
                yield made.plain_text(token.get("raw") or "".join(_text(children)))


def _runs(tokens: Sequence[Mapping[str, Any]]) -> Iterator[Run]:
    for token in tokens:
        children = token.get("children", ())
        match token["type"]:
            case "strong":
                yield made.strong("".join(_text(children)))
            case "codespan":
                yield {"text": token["raw"], "code": True}
            case "link":
                yield made.link("".join(_text(children)), token["attrs"]["url"])
            case "softbreak" | "linebreak":
                yield "\n"
            case "text" | "inline_html":
                yield token["raw"]
            case _:
                yield from _runs(children)


def _text(tokens: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for token in tokens:
        yield token.get("raw", "") or "".join(_text(token.get("children", ())))
