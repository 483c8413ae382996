"""Checks a PDF against PDF/UA-1 and PDF/A-3a as far as a library can; no complaints means that all is well.

Numbers are clauses of ISO 14289-1 (UA) and of ISO 19005-3 (A).
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import pikepdf
from lxml import etree
from pikepdf import Array, Dictionary, Name, Pdf

STANDARD = {
    *("Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "NonStruct", "P", "H1", "H2", "H3", "H4"),
    *("H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span", "Link"),
    *("Figure", "Code"),
}
CHILDREN = {
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
    **{kind: {"TR"} for kind in ("THead", "TBody", "TFoot")},
    "TR": {"TH", "TD"},
    "L": {"L", "LI", "Caption"},
    "LI": {"Lbl", "LBody"},
}
PARENTS = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    **{kind: {"Table"} for kind in ("THead", "TBody", "TFoot")},
    **{kind: {"TR"} for kind in ("TH", "TD")},
    "LI": {"L"},
    **{kind: {"LI"} for kind in ("Lbl", "LBody")},
    "Caption": {"Table", "L", "Div"},
}
PAINTS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"}
NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
}


@dataclass
class Element:
    """An element of the tree of structure."""

    kind: str
    object: Any
    parent: Element | None
    parts: list[Element | tuple[int, int]] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)

    @property
    def kids(self) -> list[Element]:
        """The elements within it."""
        return [part for part in self.parts if isinstance(part, Element)]

    @property
    def content(self) -> list[tuple[int, int]]:
        """Page and number of its own marked content."""
        return [part for part in self.parts if isinstance(part, tuple)]

    def all_content(self) -> Iterator[tuple[int, int]]:
        """The content of it and all below, in reading order."""
        for part in self.parts:
            yield from [part] if isinstance(part, tuple) else part.all_content()

    def all(self) -> Iterator[Element]:
        """It and all below, in reading order."""
        yield self
        for kid in self.kids:
            yield from kid.all()

    def attribute(self, key: str) -> Any:
        """An attribute, from whichever owner."""
        owners = self.object.get("/A", Array())
        owners = owners if isinstance(owners, Array) else [owners]
        return next((owner[key] for owner in owners if key in owner), None)


@dataclass
class Piece:
    """A piece of marked content: its text, and what it is when it is an artifact."""

    text: str = ""
    artifact: Any = None


@dataclass
class Checked:
    """A PDF, taken apart."""

    pdf: Pdf

    @cached_property
    def pages(self) -> dict[tuple[int, int], int]:
        """The number of each page by its object."""
        return {page.objgen: number for number, page in enumerate(self.pdf.pages)}

    @cached_property
    def tree(self) -> Element:
        """The structure, from its one top element."""
        (top,) = self.pdf.Root.StructTreeRoot.K
        return self._element(top, None)

    @cached_property
    def _roles(self) -> Any:
        """Types of the program's own, and the standard ones that they stand for."""
        return self.pdf.Root.StructTreeRoot.get("/RoleMap", Dictionary())

    def _element(self, found: Any, parent: Element | None) -> Element:
        kind = found.S if found.S not in (mapped := self._roles) else mapped[found.S]
        element = Element(str(kind)[1:], found, parent)
        kids = found.get("/K", Array())
        for kid in kids if isinstance(kids, Array) else [kids]:
            if isinstance(kid, int):
                element.parts.append((self.pages[found.Pg.objgen], kid))
            elif kid.get("/Type") == "/MCR":
                element.parts.append((self.pages[kid.Pg.objgen], int(kid.MCID)))
            elif kid.get("/Type") == "/OBJR":
                element.annotations.append(kid.Obj)
            else:
                element.parts.append(self._element(kid, element))
        return element

    @cached_property
    def elements(self) -> list[Element]:
        """All elements, in reading order."""
        return list(self.tree.all())

    @cached_property
    def fonts(self) -> dict[str, Any]:
        """The fonts of the pages."""
        return {name: font for page in self.pdf.pages for name, font in page.Resources.get("/Font", {}).items()}

    @cached_property
    def unicode(self) -> dict[str, dict[int, str]]:
        """What each code of each font means."""
        return {name: to_unicode(font) for name, font in self.fonts.items()}

    @cached_property
    def pieces(self) -> dict[tuple[int, int], Piece]:
        """The marked content by page and number; artifacts have negative numbers."""
        self.unmarked: list[str] = []
        self.codes: dict[str, set[int]] = {}
        found: dict[tuple[int, int], Piece] = {}
        for number, page in enumerate(self.pdf.pages):
            for mark, piece in self._pieces_of(page):
                if (number, mark) in found:
                    self.unmarked.append(f"7.1 page {number + 1}: MCID {mark} twice")
                found[number, mark] = piece
        return found

    def _pieces_of(self, page: Any) -> Iterator[tuple[int, Piece]]:
        open_marks: list[Piece] = []
        font, artifacts = "", 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BMC", "BDC"):
                if open_marks:
                    self.unmarked.append("7.1 marked content within marked content")
                properties = operands[1] if name == "BDC" else Dictionary()
                open_marks.append(Piece(artifact=properties if operands[0] == Name.Artifact else None))
                artifacts -= 1
                yield int(properties.get("/MCID", artifacts)), open_marks[-1]
            elif name == "EMC":
                open_marks.pop()
            elif name == "Tf":
                font = str(operands[0])
            elif name in PAINTS and not open_marks:
                self.unmarked.append(f"7.1 {name} is neither tagged nor an artifact")
            if name in ("Tj", "TJ"):
                open_marks[-1].text += self._text(font, operands[0])

    def _text(self, font: str, shown: Any) -> str:
        strings = [
            bytes(part)
            for part in (shown if isinstance(shown, Array) else [shown])
            if isinstance(part, pikepdf.String | str | bytes)
        ]
        codes = [int.from_bytes(code, "big") for text in strings for code in zip(text[::2], text[1::2], strict=True)]
        self.codes.setdefault(font, set()).update(codes)
        return "".join(self.unicode[font].get(code, "\ufffd") for code in codes)

    def text(self, element: Element) -> str:
        """The text of an element and all below, in reading order."""
        return "".join(self.pieces[place].text for place in element.all_content())


def to_unicode(font: Any) -> dict[int, str]:
    """The map of a font's codes: single characters, and ranges of them."""
    if "/ToUnicode" not in font:
        return {}
    written = font.ToUnicode.read_bytes().partition(b"endcodespacerange")[2].decode()
    meant: dict[int, str] = {}
    for kind, entries in re.findall(r"beginbf(char|range)(.*?)endbf", written, re.DOTALL):
        codes = re.findall("<([0-9A-Fa-f]*)>", entries)
        step = 2 if kind == "char" else 3
        for entry in zip(*(codes[place::step] for place in range(step)), strict=True):
            first, last, text = int(entry[0], 16), int(entry[-2], 16), bytes.fromhex(entry[-1]).decode("utf-16-be")
            meant.update({code: text[:-1] + chr(ord(text[-1]) + code - first) for code in range(first, last + 1)})
    return meant


def complaints(content: bytes) -> list[str]:
    """All complaints about a PDF."""
    with pikepdf.open(io.BytesIO(content)) as opened:
        checked = Checked(opened)
        return [*file_level(content), *(complaint for check in CHECKS for complaint in check(checked))]


def file_level(content: bytes) -> Iterator[str]:
    """A 6.1: header, comment, end."""
    if not re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4}", content):
        yield "A 6.1.2 header"
    if not content.rstrip().endswith(b"%%EOF"):
        yield "A 6.1.3 end"


def catalog(checked: Checked) -> Iterator[str]:
    """The metadata of the file."""
    root, trailer = checked.pdf.Root, checked.pdf.trailer
    expected = {
        "A 6.1.3 encrypted": "/Encrypt" not in trailer,
        "A 6.1.3 no identifier": len(trailer.get("/ID", ())) == 2,
        "7.2 language": root.get("/Lang") == "zh-CN",
        "6.2 not marked": bool(root.get("/MarkInfo", {}).get("/Marked")),
        "7.1 suspects": not root.get("/MarkInfo", {}).get("/Suspects"),
        "7.1 title is not shown": bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")),
        "A 6.5 actions": not {"/OpenAction", "/AA", "/AcroForm", "/Requirements"} & set(root.keys()),
        "A 6.9 optional content": "/OCProperties" not in root,
    }
    yield from (complaint for complaint, well in expected.items() if not well)
    intents = root.get("/OutputIntents", Array())
    profile = intents[0].DestOutputProfile if len(intents) else None
    if profile is None or intents[0].S != "/GTS_PDFA1" or profile.N != 3 or profile.read_bytes()[36:40] != b"acsp":
        yield "A 6.2.3 output intent"


def metadata(checked: Checked) -> Iterator[str]:
    """UA 5, A 6.6: what is declared, and that it agrees with what is there."""
    read = etree.fromstring(checked.pdf.Root.Metadata.read_bytes())
    (rdf,) = read.findall("rdf:RDF", NAMESPACES)

    def declared(name: str) -> str | None:
        prefix, _, local = name.partition(":")
        qualified = f"{{{NAMESPACES[prefix]}}}{local}"
        values = (e.findtext(qualified) or e.get(qualified) for e in rdf)
        return next(filter(None, values), None)

    if (declared("pdfaid:part"), declared("pdfaid:conformance")) != ("3", "A"):
        yield "A 6.6.4 not declared as PDF/A-3a"
    if declared("pdfuaid:part") != "1":
        yield "5 not declared as PDF/UA-1"
    if NAMESPACES["pdfuaid"] not in [e.text for e in rdf.findall(".//pdfaSchema:namespaceURI", NAMESPACES)]:
        yield "A 6.6.2.3 property without schema"
    title = [e.text for e in rdf.findall("rdf:Description/dc:title/rdf:Alt/rdf:li", NAMESPACES)]
    if not title or title != [str(checked.pdf.docinfo.get("/Title", ""))]:
        yield "7.1 title"


def structure(checked: Checked) -> Iterator[str]:
    """UA 7.1, 7.2: known types in their places, parents that know their children."""
    for kind, count in Counter(element.kind for element in checked.elements).items():
        if kind not in STANDARD:
            yield f"7.1 {count} elements {kind} are of no standard type"
    for element in checked.elements:
        parent = element.parent
        above = element.object.get("/P")
        if above is None or above.objgen != (parent.object if parent else checked.pdf.Root.StructTreeRoot).objgen:
            yield f"7.1 {element.kind} without its parent"
        if wrong := {kid.kind for kid in element.kids} - CHILDREN.get(element.kind, STANDARD):
            yield f"7.2 {wrong} in {element.kind}"
        if parent and parent.kind not in PARENTS.get(element.kind, STANDARD):
            yield f"7.2 {element.kind} in {parent.kind}"


def headings(checked: Checked) -> Iterator[str]:
    """UA 7.4: from H1 down, no level skipped; the bookmarks lead to them all."""
    found = [element for element in checked.elements if re.fullmatch("H[1-6]", element.kind)]
    levels = [int(element.kind[1]) for element in found]
    if levels[:1] != [1] or any(after > before + 1 for before, after in pairwise(levels)):
        yield f"7.4.2 headings {levels}"
    with checked.pdf.open_outline() as outline:
        titles = [squeezed(item.title) for item in bookmarks(outline.root)]
    shown = [squeezed(checked.text(element)) for element in found]
    if titles != shown:
        yield "7.17 bookmarks are not the headings"


def bookmarks(items: list[Any]) -> Iterator[Any]:
    for item in items:
        yield item
        yield from bookmarks(item.children)


def squeezed(text: str) -> str:
    return "".join(text.split())


def figures(checked: Checked) -> Iterator[str]:
    """UA 7.3: words for each figure, and its place on its page."""
    for figure in (element for element in checked.elements if element.kind == "Figure"):
        if not str(figure.object.get("/Alt", "")).strip():
            yield "7.3 figure without words"
        left, low, right, high = map(float, figure.attribute("/BBox"))
        _, _, width, height = map(float, figure.object.Pg.MediaBox)
        if not (0 <= left < right <= width and 0 <= low < high <= height):
            yield "7.3 figure outside its page"


def tables(checked: Checked) -> Iterator[str]:
    """UA 7.5: even rows; each header says what it heads, and each cell finds its headers."""
    names = checked.pdf.Root.StructTreeRoot.get("/IDTree", {}).get("/Names", Array())
    keys = [bytes(name) for name in list(names)[::2]]
    if keys != sorted(set(keys)):
        yield "7.5 identifiers out of order"
    found = {key: element.objgen for key, element in zip(keys, list(names)[1::2], strict=True)}
    for table in (element for element in checked.elements if element.kind == "Table"):
        rows = [element.kids for element in table.all() if element.kind == "TR"]
        widths = {sum(int(cell.attribute("/ColSpan") or 1) for cell in row) for row in rows}
        if len(widths) != 1 and not any(cell.attribute("/RowSpan") for row in rows for cell in row):
            yield f"7.2 rows of {widths} columns"
        headers = {cell.object.objgen for row in rows for cell in row if cell.kind == "TH"}
        for cell in (cell for row in rows for cell in row):
            if cell.kind == "TH" and cell.attribute("/Scope") not in (Name.Column, Name.Row):
                yield "7.5 header without scope"
            if cell.kind == "TH" and found.get(bytes(cell.object.get("/ID", b""))) != cell.object.objgen:
                yield "7.5 header that is not found"
            if cell.kind == "TD":
                named = [found.get(bytes(header)) for header in cell.attribute("/Headers") or ()]
                if not named or not set(named) <= headers:
                    yield "7.5 cell without header"


def content(checked: Checked) -> Iterator[str]:
    """UA 7.1, 7.8: all that is painted is in the tree, once, or an artifact; content of margins is marked as such."""
    pieces = checked.pieces
    yield from checked.unmarked
    tagged = {place for place, piece in pieces.items() if piece.artifact is None}
    placed = Counter(place for element in checked.elements for place in element.content)
    if set(placed) != tagged or set(placed.values()) - {1}:
        yield f"7.1 content that is not in the tree: {sorted(tagged ^ set(placed))[:5]}"
    numbers = list(checked.pdf.Root.StructTreeRoot.ParentTree.Nums)
    parents = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    for element in checked.elements:
        for page, mark in element.content:
            index = int(checked.pdf.pages[page].StructParents)
            if parents[index][mark].objgen != element.object.objgen:
                yield f"7.1 page {page + 1}: content {mark} leads to another element"
    for piece in pieces.values():
        if piece.text and piece.artifact is not None and not piece.artifact:
            yield f"7.8 “{piece.text}” is an artifact of no kind"


def annotations(checked: Checked) -> Iterator[str]:
    """UA 7.18, A 6.3: links in the tree, with words; order of tabs."""
    linked = {a.objgen for e in checked.elements if e.kind == "Link" for a in e.annotations}
    for page in checked.pdf.pages:
        if page.get("/Tabs") != "/S":
            yield "7.18.3 order of tabs"
        for annotation in page.get("/Annots", ()):
            if annotation.Subtype != "/Link" or annotation.objgen not in linked or "/StructParent" not in annotation:
                yield f"7.18.5 {annotation.Subtype} outside the tree"
            if not re.search(r"\w", words := str(annotation.get("/Contents", ""))) or "%" in words:
                yield f"7.18.5 link described as “{words}”"
            if int(annotation.get("/F", 0)) != 4:
                yield "A 6.3.2 link that is not printed"


def embedded_fonts(checked: Checked) -> Iterator[str]:
    """UA 7.21, A 6.2.11: embedded, each code a character of Unicode."""
    assert checked.pieces
    for name, font in checked.fonts.items():
        (inner,) = font.DescendantFonts
        if "/FontFile3" not in inner.FontDescriptor or font.Encoding != "/Identity-H":
            yield f"7.21.4 {name} is not embedded"
            continue
        codes, meant = checked.codes.get(name, set()), checked.unicode[name]
        if "/ToUnicode" not in font or codes - meant.keys():
            yield f"7.21.7 {name}: characters without Unicode"
        if any(not text or re.search("[\\0\ufeff\ufffe\ufffd\ue000-\uf8ff]", text) for text in meant.values()):
            yield f"7.21.7 {name}: no characters of Unicode"
        if 0 in codes:
            yield f"7.21.8 {name}: .notdef"


CHECKS: list[Callable[[Checked], Iterator[str]]] = [
    catalog,
    metadata,
    structure,
    headings,
    figures,
    tables,
    content,
    annotations,
    embedded_fonts,
]
