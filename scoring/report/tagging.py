"""What WeasyPrint's tags lack of PDF/A-3a and PDF/UA-1, put right before a PDF is written.

WeasyPrint builds the tree of structure, and declares either PDF/A or PDF/UA. Numbers of clauses are those of
ISO 14289-1 (PDF/UA-1) and, with 32000, of ISO 32000-1 (PDF 1.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

#: Points of a PDF to a pixel of CSS.
_POINTS: Final = 0.75

#: Says that the file is PDF/UA-1, and, since PDF/A knows only its own properties, what that property means.
_DECLARATION: Final = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"\
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""
_END_OF_METADATA: Final = b"</rdf:RDF>"


def mend(document: Any, made: Any) -> None:
    """Put a PDF's tags right, and declare PDF/UA-1.

    Parameters
    ----------
    document
        The pages, as WeasyPrint laid them out (``weasyprint.Document``).
    made
        The PDF that was made of them and is not written yet (``pydyf.PDF``).
    """
    elements = list(_elements(made))
    _set_running_heads_apart(document, made, {element.reference for element in elements})
    _tell_headers_and_links(document)
    _tie_annotations(made, elements)
    _index(made, elements)
    _place_figures(made, elements)
    _name_captions(made, elements)
    _declare(made)


def _object(made: Any, reference: bytes) -> Any:
    return made.objects[int(reference.split()[0])]


def _owners(made: Any) -> list[Any]:
    """The elements of each page's content and of each annotation, after their numbers (32000, 14.7.4.4)."""
    tree = _object(made, made.catalog["StructTreeRoot"])["ParentTree"]
    numbers: list[Any] = _object(made, tree)["Nums"]
    return numbers


def _is_element(part: Any) -> bool:
    return isinstance(part, dict) and part.get("Type") == "/StructElem"


def _elements(made: Any) -> Iterator[Any]:
    """The elements of the tree of structure, in reading order."""
    waiting = list(_object(made, made.catalog["StructTreeRoot"])["K"])
    while waiting:
        element = _object(made, waiting.pop())
        if _is_element(element):
            yield element
            waiting += [kid for kid in reversed(element["K"]) if isinstance(kid, bytes)]


def _set_running_heads_apart(document: Any, made: Any, reached: set[bytes]) -> None:
    """Mark what stands in the margins as header or footer (7.8); WeasyPrint gives it elements outside the tree."""
    pages = [_object(made, reference) for reference in made.page_references]
    for laid_out, page, elements in zip(document.pages, pages, islice(_owners(made), 1, None, 2), strict=False):
        strays = [number for number, reference in enumerate(elements) if reference not in reached]
        kinds = dict(zip(strays, _running_heads(laid_out), strict=True))
        _mark_artifacts(_object(made, page["Contents"]).stream, kinds)
        for number in strays:
            elements[number] = b"null"
    for other in filter(_is_element, made.objects):
        if other.reference not in reached:
            other.clear()


def _running_heads(page: Any) -> Iterator[str]:
    """What each piece of text in a page's margins is, in the order in which they are painted."""
    for box in page._page_box.children:  # noqa: SLF001 - there is no other way to a page's margins
        if keyword := getattr(box, "at_keyword", ""):
            kind = "/Header" if keyword.startswith("@top") else "/Footer"
            yield from (kind for inner in box.descendants() if hasattr(inner, "text"))


def _mark_artifacts(operators: list[Any], kinds: dict[int, str]) -> None:
    """Turn pieces of marked content, by their numbers, into artifacts (32000, 14.8.2.2)."""
    for place, operand in enumerate(operators):
        if isinstance(operand, dict) and operand.get("MCID") in kinds:
            operators[place - 1] = b"/Artifact"
            number = operand.pop("MCID")
            operand.update({"Type": "/Pagination", "Subtype": kinds[number]})


def _tell_headers_and_links(document: Any) -> None:
    """Say of each header what it heads (7.5), and of each link its words (7.18.5) instead of its address."""
    for page in document.pages:
        for box in page._page_box.descendants():  # noqa: SLF001
            if box.element_tag == "th" and hasattr(box, "mark"):
                box.mark["A"]["Scope"] = "/Row" if box.element.get("scope") == "row" else "/Column"
            if box.link_annotation:
                box.link_annotation["Contents"].string = " ".join("".join(box.element.itertext()).split())


def _tie_annotations(made: Any, elements: list[Any]) -> None:
    """Tie to a link also what stands in a box of its own within it (7.18.5)."""
    for element in elements:
        for kid in [kid for kid in element["K"] if isinstance(kid, bytes) and _object(made, kid)["Type"] == "/OBJR"]:
            link = element
            while link["S"] != "/Link":
                link = _object(made, link["P"])
            element["K"].remove(kid)
            link["K"].append(kid)
            _owners(made)[2 * _object(made, _object(made, kid)["Obj"])["StructParent"] + 1] = link.reference


def _index(made: Any, elements: list[Any]) -> None:
    """List the identifiers by which cells name their headers, so that they are found (32000, 14.7.2)."""
    named = sorted((element["ID"].data, element.reference) for element in elements if "ID" in element)
    if named:
        names = b" ".join(part for entry in named for part in entry)
        _object(made, made.catalog["StructTreeRoot"])["IDTree"] = b"<</Names [" + names + b"]>>"


def _place_figures(made: Any, elements: list[Any]) -> None:
    """Say where figures are in points from a page's foot (32000, 14.8.5.4.3), not in pixels from its top."""
    for figure in elements:
        if figure["S"] == "/Figure":
            left, top, right, bottom = (_POINTS * pixels for pixels in figure["A"]["BBox"])
            height = _object(made, figure["Pg"])["MediaBox"][3]
            figure["A"]["BBox"][:] = left, height - bottom, right, height - top


def _name_captions(made: Any, elements: list[Any]) -> None:
    """A caption beside its figure, not within it, is a paragraph (32000, 14.8.4.3)."""
    for element in elements:
        if element["S"] == "/Caption" and _object(made, element["P"])["S"] != "/Table":
            element["S"] = "/P"


def _declare(made: Any) -> None:
    metadata = _object(made, made.catalog["Metadata"]).stream
    metadata[:] = [part.replace(_END_OF_METADATA, _DECLARATION + _END_OF_METADATA) for part in metadata]
