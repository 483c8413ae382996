"""Charts in a page: every SVG becomes an image of its own, with words for those who do not see it."""

import base64
import re
from html import escape
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_INLINE = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL | re.IGNORECASE)
_METADATA = re.compile(r"<metadata\b.*?</metadata\s*>", re.DOTALL)


class MissingAltText(ValueError):
    """A chart has no words for those who do not see it."""

    def __init__(self) -> None:
        super().__init__("图表缺少文字说明（alt 或 aria-label），无法生成报告。")


def images_for_inline_svg(html: str) -> str:
    """Replace each inline ``<svg>`` by an ``<img>`` that holds it.

    Inside an image no script runs, nothing is fetched, and the ids of two charts cannot meet. What is not
    well-formed SVG is shown as the text it is.
    """
    return _INLINE.sub(lambda found: svg_image(found[0]), html)


def svg_image(svg: str, alt: str | None = None) -> str:
    """Give the ``<img>`` of an SVG.

    Parameters
    ----------
    svg
        The drawing; an XML prologue may come before it.
    alt
        What the drawing says. By default its own ``aria-label`` or ``<title>``.

    Raises
    ------
    MissingAltText
        No words for the drawing anywhere.
    ValueError
        The drawing holds live text, which an image could only show in a font of the reader's machine.
    """
    svg = _METADATA.sub("", svg[max(svg.find("<svg"), 0) :])
    if "xmlns=" not in svg[: svg.find(">")]:
        svg = svg.replace("<svg", f'<svg xmlns="{SVG_NAMESPACE}"', 1)
    try:
        drawing = fromstring(svg)
    except (ParseError, ValueError):
        return escape(svg)
    if drawing.find(f".//{{{SVG_NAMESPACE}}}text") is not None:
        raise ValueError("图表中的文字未转为路径（应设 svg.fonttype 为 path），在没有中文字体的电脑上无法显示。")
    words = (alt or drawing.get("aria-label") or _title(drawing)).strip()
    if not words:
        raise MissingAltText
    return _image("image/svg+xml", base64.b64encode(svg.encode("utf-8")).decode("ascii"), words)


def picture(kind: str, data: str, alt: str | None) -> str:
    """Give the ``<img>`` of a PNG or JPEG output of a notebook (base64), which must have an ``alt``."""
    if not (alt or "").strip():
        raise MissingAltText
    return _image(kind, "".join(data.split()), str(alt))


def _image(kind: str, data: str, alt: str) -> str:
    return f'<img alt="{escape(alt)}" src="data:{kind};base64,{data}">'


def _title(drawing: Element) -> str:
    found = drawing.find(f"{{{SVG_NAMESPACE}}}title")
    return "" if found is None else found.text or ""
