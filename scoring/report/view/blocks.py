"""What a page says, as plain data: the one statement of it, which the screen and the paper each present in their way.

A page is a list of blocks, a block a mapping with its ``kind`` and whatever else its maker below gives it. They are
JSON: they travel in a notebook's outputs beside their HTML, under a media type of their own (:data:`MIME`).

Text is a run or a list of runs; a run is a ``str``, or a mapping with its ``text`` and what it is (``strong``,
``code``, ``href``). No text is ever markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

MIME: Final = "application/vnd.site-audit.page+json"

Run = str | Mapping[str, Any]
Text = Run | Sequence[Run]
Block = Mapping[str, Any]


def strong(text: str) -> Run:
    """A run in bold."""
    return {"text": text, "strong": True}


def link(text: str, href: str) -> Run:
    """A run that leads to a place of the page (``#name``) or to a file beside it."""
    return {"text": text, "href": href}


def page_of(name: str) -> Run:
    """The number of the page on which a heading stands; nothing on the screen."""
    return {"text": "", "page": name}


def runs(text: Text) -> list[Run]:
    """A text as the runs that it has."""
    return [text] if isinstance(text, str | Mapping) else list(text)


def heading(level: int, text: Text, name: str = "") -> Block:
    """A heading, 1 the page's title; ``name`` is what links lead to."""
    return {"kind": "heading", "level": level, "text": runs(text), "name": name}


def paragraph(*text: Run, role: str = "") -> Block:
    """A paragraph; its role is ``note``, ``sum``, ``sample``, ``screen`` (not on paper) or none."""
    return {"kind": "paragraph", "text": list(text), "role": role}


def bullets(entries: Iterable[Text], *, numbered: bool = False) -> Block:
    """A list."""
    return {"kind": "list", "entries": [runs(entry) for entry in entries], "numbered": numbered}


def column(
    name: str, *, number: bool = False, whole: bool = False, share: float = 1, paper: bool = False, screen: bool = False
) -> Mapping[str, Any]:
    """A column of a table, on both the screen and on paper unless it is for one of them only.

    Figures (``number``) are aligned at their right. A ``whole`` column is as wide as its longest cell, which is never
    broken; the others share what is left.
    """
    return {"name": name, "number": number, "whole": whole or number, "share": share, "paper": paper, "screen": screen}


def table(
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Sequence[Text]],
    *,
    label: str,
    foot: Sequence[Text] = (),
    role: str = "",
) -> Block:
    """A table whose first column names its rows; its label says what it shows to those who do not see it."""
    cells = [[runs(cell) for cell in row] for row in rows]
    return {
        "kind": "table",
        "columns": list(columns),
        "rows": cells,
        "foot": [runs(cell) for cell in foot],
        "label": label,
        "role": role,
    }


def index(groups: Iterable[tuple[str, Iterable[Text]]], *, label: str) -> Block:
    """Very many short entries under few titles: folded and searched on the screen, in columns on paper."""
    listed = [{"title": title, "entries": [runs(entry) for entry in entries]} for title, entries in groups]
    return {"kind": "index", "groups": listed, "label": label}


def chart(svg: str, alt: str, title: str, caption: str, *, paper: bool = False, figures: str = "") -> Block:
    """A drawing with the words for those who do not see it, and what it answers.

    Where it is not drawn on ``paper``, its ``figures`` stand there; without them it is on the screen only.
    """
    texts = {"title": title, "caption": caption, "figures": figures}
    return {"kind": "chart", "svg": svg, "alt": alt, "paper": paper, **texts}


def picture(media_type: str, data: str, alt: str) -> Block:
    """A picture of a notebook's own, base64, with the words for those who do not see it."""
    return {"kind": "picture", "type": media_type, "data": data, "alt": alt}


def plain_text(text: str) -> Block:
    """Text as a program printed it."""
    return {"kind": "plain", "text": text}


def group(role: str, blocks: Iterable[Block]) -> Block:
    """Blocks that stay together on a page as far as they can: ``first``, ``leaf``, ``clause``, ``advice``."""
    return {"kind": "group", "role": role, "blocks": list(blocks)}


def verdict(state: str, word: str, figure: str, facts: Sequence[tuple[str, str, str]], *, unit: str = "分") -> Block:
    """The result: ``pass``, ``fail``, ``pending`` or ``none``, its word and figure; facts, each with value and hint."""
    cells = [list(fact) for fact in facts]
    return {"kind": "verdict", "state": state, "word": word, "figure": figure, "unit": unit, "facts": cells}


def words(blocks: Sequence[Block], *, paper: bool = False) -> Iterator[str]:
    """Every text of blocks, in the order in which it is read on the screen, or on paper."""
    for block in blocks:
        match block["kind"]:
            case "heading" | "plain":
                yield plain(block["text"])
            case "paragraph" if not paper or block["role"] not in {"sample", "screen"}:
                yield plain(block["text"])
            case "list":
                yield from map(plain, block["entries"])
            case "table":
                yield from _words_of_table(block, paper=paper)
            case "index":
                yield from chain.from_iterable((one["title"], *map(plain, one["entries"])) for one in block["groups"])
            case "chart" if block["paper"] or block["figures"] or not paper:
                is_drawn = block["paper"] or not paper
                yield f"{block['title']} {block['caption']}{'' if is_drawn else block['figures']}"
            case "group":
                yield from words(block["blocks"], paper=paper)
            case "verdict":
                yield from (f"{block['figure']} {block['unit']}", block["word"], *chain(*block["facts"]))


def _words_of_table(block: Block, *, paper: bool) -> Iterator[str]:
    kept = [at for at, one in enumerate(block["columns"]) if not one["screen" if paper else "paper"]]
    yield from (block["columns"][at]["name"] for at in kept)
    rows = [*block["rows"], *([block["foot"]] if block["foot"] else [])]
    yield from (plain(row[at]) for row in rows for at in kept)


def plain(text: Text) -> str:
    """A text without what its runs are."""
    return "".join(run if isinstance(run, str) else run["text"] for run in runs(text))


class Part:
    """A part of a page. A notebook's cell that ends with one shows it, and keeps what it says as data beside it."""

    def __init__(self, *blocks: Block) -> None:
        self.blocks = blocks

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from scoring.report.render.screen import in_lab

        data = json.loads(json.dumps(self.blocks, ensure_ascii=False))
        return {MIME: data, "text/html": in_lab(self.blocks), "text/plain": "\n".join(words(self.blocks))}
