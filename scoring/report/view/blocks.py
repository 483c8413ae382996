"""The content of a page as plain data, from which the screen and the paper version are made.

A page is a list of blocks; a block is a mapping with its ``kind`` and the keys set by its function below. Blocks are
JSON: notebook outputs hold them next to their HTML, under a media type of their own (:data:`MIME`).

Text is a run or a list of runs; a run is a ``str``, or a mapping with ``text`` and its style (``strong``, ``code``,
``href``). No text is ever markup.
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
    """A link to an anchor of the page (``#name``) or to a file next to it."""
    return {"text": text, "href": href}


def digest(sha256: str) -> Run:
    """A SHA-256 in groups, so that it can be compared and broken."""
    return {"text": " ".join(sha256[at : at + 8] for at in range(0, len(sha256), 8)), "code": True}


def page_of(name: str) -> Run:
    """The page number of a heading; empty on the screen."""
    return {"text": "", "page": name}


def runs(text: Text) -> list[Run]:
    """A text as a list of runs."""
    return [text] if isinstance(text, str | Mapping) else list(text)


def heading(level: int, text: Text, name: str = "") -> Block:
    """A heading, level 1 for the page's title; ``name`` is its anchor."""
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
    """Many short entries under few titles: folded and searchable on the screen, in columns on paper."""
    listed = [{"title": title, "entries": [runs(entry) for entry in entries]} for title, entries in groups]
    return {"kind": "index", "groups": listed, "label": label}


def chart(svg: str, alt: str, title: str, caption: str, *, paper: bool = False, figures: str = "") -> Block:
    """A drawing with alternative text, title and caption.

    Where it is not drawn on ``paper``, its ``figures`` stand there; without them it is on the screen only.
    """
    texts = {"title": title, "caption": caption, "figures": figures}
    return {"kind": "chart", "svg": svg, "alt": alt, "paper": paper, **texts}


def picture(media_type: str, data: str, alt: str, caption: Text = ()) -> Block:
    """A picture in base64 with alternative text: from a notebook, or, with a caption, from the evidence."""
    return {"kind": "picture", "type": media_type, "data": data, "alt": alt, "text": runs(caption)}


def plain_text(text: str) -> Block:
    """Text as a program printed it."""
    return {"kind": "plain", "text": text}


def group(role: str, blocks: Iterable[Block]) -> Block:
    """Blocks kept together on a page if possible: ``first``, ``leaf``, ``clause``, ``advice``."""
    return {"kind": "group", "role": role, "blocks": list(blocks)}


def verdict(state: str, word: str, figure: str, facts: Sequence[tuple[str, str, str]], *, unit: str = "分") -> Block:
    """The result: ``pass``, ``fail``, ``pending`` or ``none``, its word and figure; facts, each with value and hint."""
    cells = [list(fact) for fact in facts]
    return {"kind": "verdict", "state": state, "word": word, "figure": figure, "unit": unit, "facts": cells}


def words(blocks: Sequence[Block], *, paper: bool = False) -> Iterator[str]:
    """Every text of blocks, in reading order on the screen, or on paper."""
    for block in blocks:
        match block["kind"]:
            case "heading" | "plain" | "picture":
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
    """A text without its runs' styles."""
    return "".join(run if isinstance(run, str) else run["text"] for run in runs(text))


class Part:
    """A part of a page. A notebook cell that ends with one shows it, and stores its blocks in the output."""

    def __init__(self, *blocks: Block) -> None:
        self.blocks = blocks

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from scoring.report.render.screen import in_lab

        data = json.loads(json.dumps(self.blocks, ensure_ascii=False))
        return {MIME: data, "text/html": in_lab(self.blocks), "text/plain": "\n".join(words(self.blocks))}
