"""What a page may hold, and in what order: the second line behind the escaping of the report layer.

One pass over the page lets through known elements and attributes only, and mends what a reader or a screen
reader stumbles over: levels of headings, scope of table headers, wide tables, twice-used ids.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from bleach.css_sanitizer import CSSSanitizer
from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner

from scoring.report.figures import MissingAltText, images_for_inline_svg

Token = dict[str, Any]

TAGS = frozenset(
    "a abbr address article aside b blockquote br caption cite code col colgroup dd del details dfn div dl dt em"
    " figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark meter nav ol p pre q s samp section"
    " small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
EVERYWHERE = frozenset({"class", "id", "title", "lang", "role", "tabindex", "style", "hidden"})
SPECIAL = {
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"width", "height", "alt"},
    "time": {"datetime"},
    "ol": {"start", "type"},
    "li": {"value"},
    "meter": {"min", "max", "low", "high", "optimum", "value"},
    "details": {"open"},
}
STYLES = ("width", "min-width", "max-width", "height", "text-align", "vertical-align", "color", "background-color",
          "font-weight", "margin-left", "flex-grow", "left", "grid-column")


def clean(html: str) -> str:
    """Give the body of a page, safe and in good order.

    Parameters
    ----------
    html
        What the notebook's outputs and Markdown cells gave, one after the other.

    Returns
    -------
    str
        Known elements only (others stand as the text they are), no script, no style sheet, no address outside the
        page and its folder; one ``h1`` at most, no level of headings skipped, a ``scope`` on every ``th``, every
        table and chart in a region that scrolls by itself.

    Raises
    ------
    MissingAltText
        An image without words for those who do not see it.
    """
    cleaner = Cleaner(
        tags=TAGS,
        attributes=_may_stay,
        protocols={"data"},
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
        filters=[_Text, _Ids, _Headings, _Images, _Tables],
    )
    cleaned: str = cleaner.clean(images_for_inline_svg(html))
    return cleaned


def _may_stay(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        return _is_near(value)
    if tag == "img" and name == "src":
        return value.startswith(("data:image/svg+xml;base64,", "data:image/png;base64,", "data:image/jpeg;base64,"))
    return name in EVERYWHERE or name.startswith(("aria-", "data-")) or name in SPECIAL.get(tag, ())


def _is_near(address: str) -> bool:
    """Say whether a link stays in the page or in the folders around it."""
    return address.startswith("#") or not (":" in address or "\\" in address or address.startswith("/"))


def _attribute(token: Token, name: str) -> str | None:
    value: str | None = token["data"].get((None, name))
    return value


def _start(name: str, **attributes: str) -> Token:
    data = {(None, key.rstrip("_").replace("_", "-")): value for key, value in attributes.items()}
    return {"type": "StartTag", "name": name, "data": data, "namespace": None}


def _end(name: str) -> Token:
    return {"type": "EndTag", "name": name, "namespace": None, "data": {}}


def _opens(token: Token, *names: str) -> bool:
    return token["type"] in ("StartTag", "EmptyTag") and token["name"] in names


def _closes(token: Token, *names: str) -> bool:
    return token["type"] == "EndTag" and token["name"] in names


def _words(tokens: Iterable[Token]) -> str:
    """Give the text of these tokens; bleach hands a character reference over by its name alone."""
    known = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "nbsp": " "}
    parts = [known.get(t["name"], "") if t["type"] == "Entity" else t["data"] for t in tokens
             if t["type"] in ("Characters", "SpaceCharacters", "Entity")]
    return " ".join("".join(parts).split())


class _Text(Filter):  # type: ignore[misc]
    """Drop control characters, which no page may hold."""

    def __iter__(self) -> Iterator[Token]:
        for token in Filter.__iter__(self):
            if token["type"] == "Characters":
                token["data"] = "".join(c for c in token["data"] if c in "\t\n" or unicodedata.category(c) != "Cc")
            yield token


class _Ids(Filter):  # type: ignore[misc]
    """Keep each id once, and readable (Markdown headings come with percent signs)."""

    def __iter__(self) -> Iterator[Token]:
        seen: dict[str, int] = {}
        for token in Filter.__iter__(self):
            if token["type"] in ("StartTag", "EmptyTag") and (given := _attribute(token, "id")):
                name = "-".join(unquote(given).split())
                seen[name] = seen.get(name, 0) + 1
                token["data"][(None, "id")] = name if seen[name] == 1 else f"{name}-{seen[name]}"
            yield token


class _Headings(Filter):  # type: ignore[misc]
    """One h1, and never a level more than one deeper than the last."""

    def __iter__(self) -> Iterator[Token]:
        last, has_h1, renamed = 0, False, []
        for token in Filter.__iter__(self):
            if _opens(token, *HEADINGS):
                level = min(int(token["name"][1]), last + 1) if last else int(token["name"][1])
                level = max(level, 2) if has_h1 else min(level, 2) if not last else level
                has_h1, last = has_h1 or level == 1, level
                token["name"] = f"h{level}"
                renamed.append(token["name"])
            elif _closes(token, *HEADINGS) and renamed:
                token["name"] = renamed.pop()
            yield token


class _Images(Filter):  # type: ignore[misc]
    """Put each chart in a region that scrolls; of an image from elsewhere only the words stay."""

    def __iter__(self) -> Iterator[Token]:
        for token in Filter.__iter__(self):
            if not _opens(token, "img"):
                yield token
            elif _attribute(token, "src") is None:
                yield {"type": "Characters", "data": _attribute(token, "alt") or ""}
            else:
                alt = _attribute(token, "alt")
                if not alt:
                    raise MissingAltText
                yield _start("div", class_="scroll chart", role="region", tabindex="0", aria_label="图表，可左右滑动")
                yield token
                yield _end("div")


class _Tables(Filter):  # type: ignore[misc]
    """Give every table header its scope, and every table a named region that scrolls by itself."""

    def __iter__(self) -> Iterator[Token]:
        heading: list[Token] = []
        tokens = Filter.__iter__(self)
        for token in tokens:
            if _opens(token, *HEADINGS):
                heading = [token, *_until(tokens, HEADINGS)]
                yield from heading
            elif _opens(token, "table"):
                yield from self._table([token, *_until(tokens, ("table",))], _words(heading))
            else:
                yield token

    def _table(self, tokens: list[Token], heading: str) -> Iterator[Token]:
        label = _attribute(tokens[0], "aria-label") or _words(_caption(tokens)) or heading
        yield _start("div", class_="scroll", role="region", tabindex="0", aria_label=f"表格：{label or '数据'}")
        in_head = False
        for token in tokens:
            in_head = _opens(token, "thead") or (in_head and not _closes(token, "thead"))
            if _opens(token, "th") and _attribute(token, "scope") is None:
                token["data"][(None, "scope")] = "col" if in_head else "row"
            yield token
        yield _end("div")


def _until(tokens: Iterator[Token], names: tuple[str, ...]) -> Iterator[Token]:
    """Give the tokens up to the end tag that closes an element just opened, tables within tables included."""
    depth = 1
    for token in tokens:
        depth += _opens(token, *names) - _closes(token, *names)
        yield token
        if not depth:
            return


def _caption(table: list[Token]) -> list[Token]:
    opened = next((i for i, token in enumerate(table) if _opens(token, "caption")), None)
    if opened is None:
        return []
    closed = next(i for i, token in enumerate(table) if _closes(token, "caption"))
    return table[opened:closed]
