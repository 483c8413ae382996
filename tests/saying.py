"""Whether the screen and the paper say what a page's data says, word for word and in that order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import pdfua
import pikepdf
from bs4 import BeautifulSoup

from scoring.report.render.fontface import written_out
from scoring.report.view.blocks import Block, words


def unsaid(page: Sequence[Block], html: str, pdf: bytes) -> list[str]:
    """The texts that one of the two lacks or has in another order; on paper, by the order of tags."""
    (main,) = BeautifulSoup(html, "html.parser").find_all("main")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        checked = pdfua.Checked(opened)
        paper = checked.text(checked.tree)
    return [*missing(words(page), main.get_text()), *missing(words(page, paper=True), written_out(paper))]


def missing(wanted: Iterable[str], text: str) -> list[str]:
    """The texts that are missing from the page, in order."""
    text, place, lost = re.sub(r"\s", "", text), 0, []
    for one in (re.sub(r"\s", "", written_out(word)) for word in wanted):
        at = text.find(one, place)
        place, lost = (place, [*lost, one]) if at < 0 else (at + len(one), lost)
    return lost


def tables(page: Sequence[Block]) -> Iterator[Block]:
    """The tables of a page, in groups too."""
    for block in page:
        if block["kind"] == "group":
            yield from tables(block["blocks"])
        elif block["kind"] == "table":
            yield block


def calculated(terms: str) -> Decimal:
    """The value of ``5 − 0.5×2 − 1``: signs and products only."""
    found = re.findall(r"([−+]?) ?([\d.]+)(?:×(\d+))?", terms)
    return sum((Decimal(sign.replace("−", "-") + term) * int(times or 1) for sign, term, times in found), Decimal(0))
