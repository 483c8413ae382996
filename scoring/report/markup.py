"""What a page may hold, and in what order: the second line behind the escaping of the report layer.

One pass over the page lets through known elements and attributes only, and mends what a reader or a screen
reader stumbles over: levels of headings, scope of table headers, wide tables, twice-used ids.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
from bleach.html5lib_shim import Filter  # type: ignore[import-untyped]
from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]

from scoring.report.columns import column_widths, stays_whole
from scoring.report.figures import MissingAltText, images_for_inline_svg

Token = dict[str, Any]

TAGS = frozenset(
    """a abbr address article aside b blockquote br caption cite code col colgroup dd del details dfn div dl dt em
    figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark meter nav ol p pre q s samp section
    small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr""".split()  # noqa: SIM905 - a list would take 70 lines
)
NOT_PLAIN = ("table", "img", "div", "colgroup", "col", "meter", "ul", "ol")
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
CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}
STYLES = (
    "width",
    "min-width",
    "max-width",
    "height",
    "text-align",
    "vertical-align",
    "color",
    "background-color",
    "font-weight",
    "margin-left",
    "flex-grow",
    "left",
    "grid-column",
)


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
        protocols={"data", "https"},  # https lets relative links pass; what leaves the folder is dropped above
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
        filters=[_Ids, _Headings, _Images, _Tables, _Regions],
    )
    html = _LAB_STYLE.sub("", html.translate(CONTROLS))
    cleaned: str = cleaner.clean(images_for_inline_svg(html))
    return cleaned


#: How a notebook looks in JupyterLab; the page has style sheets of its own.
_LAB_STYLE = re.compile(r'<style class="lab">.*?</style>', re.DOTALL)


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
    parts = [
        known.get(t["name"], "") if t["type"] == "Entity" else " " if _opens(t, "br") else t["data"]
        for t in tokens
        if t["type"] in ("Characters", "SpaceCharacters", "Entity") or _opens(t, "br")
    ]
    return " ".join("".join(parts).split())


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
    """Put each chart in a named region that scrolls; of an image from elsewhere only the words stay."""

    def __iter__(self) -> Iterator[Token]:
        for token in Filter.__iter__(self):
            if not _opens(token, "img"):
                yield token
            elif _attribute(token, "src") is None:
                yield {"type": "Characters", "data": _attribute(token, "alt") or ""}
            elif not (words := _attribute(token, "alt")):
                raise MissingAltText
            else:
                kind_and_subject = words.split("。")[0]
                yield from [_region("scroll chart", f"图表：{kind_and_subject}"), token, _end("div")]


class _Regions(Filter):  # type: ignore[misc]
    """Name no two regions alike, so that a list of them tells where each leads."""

    def __iter__(self) -> Iterator[Token]:
        seen: Counter[str] = Counter()
        for token in Filter.__iter__(self):
            if _opens(token, "div") and _attribute(token, "role") == "region":
                label = _attribute(token, "aria-label") or ""
                seen[label] += 1
                if seen[label] > 1:
                    token["data"][(None, "aria-label")] = f"{label}（{seen[label]}）"
            yield token


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
                yield from _framed([token, *_until(tokens, ("table",))], _words(heading))
            else:
                yield token


def _region(kind: str, label: str) -> Token:
    """Open a region that scrolls sideways, by keyboard too."""
    return _start("div", class_=kind, role="region", tabindex="0", aria_label=label)


def _framed(table: list[Token], heading: str) -> Iterator[Token]:
    """Give a table inside its region, headers scoped and, where it is a plain grid, columns measured."""
    label = _attribute(table[0], "aria-label") or _words(_caption(table)) or heading or "数据"
    rows = _rows(table)
    yield _region("scroll", f"表格：{label}")
    yield from _measured(_scoped(table), rows)
    yield _end("div")


def _scoped(table: list[Token]) -> list[Token]:
    in_head = False
    for token in table:
        in_head = _opens(token, "thead") or (in_head and not _closes(token, "thead"))
        if _opens(token, "th") and _attribute(token, "scope") is None:
            token["data"][(None, "scope")] = "col" if in_head else "row"
    return table


def _rows(table: list[Token]) -> list[list[list[Token]]]:
    """Give the tokens of every cell, row by row."""
    rows: list[list[list[Token]]] = []
    for token in table:
        if _opens(token, "tr"):
            rows.append([])
        elif _opens(token, "td", "th") and rows:
            rows[-1].append([token])
        elif rows and rows[-1]:
            rows[-1][-1].append(token)
    return rows


def _measured(table: list[Token], rows: list[list[list[Token]]]) -> list[Token]:
    """Put the widths of the columns into a table, unless it is no plain grid of text or has its own."""
    texts = [[_words(cell) for cell in row] for row in rows]
    spanned = any(_attribute(cell[0], span) for row in rows for cell in row for span in ("colspan", "rowspan"))
    if not rows or len({len(row) for row in rows}) > 1 or spanned or any(_opens(t, *NOT_PLAIN) for t in table[1:]):
        return table
    for row, words in zip(rows, texts, strict=True):
        for cell, text in zip(row, words, strict=True):
            if stays_whole(text):
                _add_class(cell[0], "nowrap")
    _add_class(table[0], "measured")
    headers = sum(all(cell[0]["name"] == "th" for cell in row) for row in rows)
    widths = column_widths(texts, headers)
    columns = [_start("col", style=f"width: {share:g}%") for share in widths.shares]
    table[0]["data"][(None, "style")] = f"min-width: {widths.least:g}em"
    after = next(i for i, token in enumerate(table) if _opens(token, "thead", "tbody", "tr"))
    group = [_start("colgroup"), *({**column, "type": "EmptyTag"} for column in columns), _end("colgroup")]
    return [*table[:after], *group, *table[after:]]


def _add_class(token: Token, name: str) -> None:
    token["data"][(None, "class")] = f"{_attribute(token, 'class') or ''} {name}".strip()


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
