"""Reads XML parts of a workbook by expat's events within fixed bounds, so that a hostile part costs little."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from xml.parsers import expat

from openpyxl.utils.escape import unescape

#: Transitional and strict workbooks differ in the namespace only.
MAIN: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
#: Tags of a part. A cell with a value has four; an empty one that was only formatted has one.
MAX_TAGS: Final = 2_500_000
#: Tags of the parts that describe the workbook and its styles.
MAX_TAGS_OF_OTHERS: Final = 200_000
#: Bytes without a tag: a cell has at most 32,767 characters.
MAX_BETWEEN_TAGS: Final = 2**19
#: What is done at the start of an element, with its attributes, and at its end, by the name of the element.
Starts = Mapping[str, Callable[[Mapping[str, str]], None]]
Ends = Mapping[str, Callable[[], None]]

#: Elements that mean nothing here, and how deep elements may be nested.
MAX_UNKNOWN: Final = 500_000
MAX_DEPTH: Final = 100


class Malformed(ValueError):
    """A part that is not XML, or not a valid worksheet, workbook or list of texts."""


class Refused(ValueError):
    """A part that holds more than an evidence workbook ever does, or is ambiguous; the message is Chinese."""


def refuse_too_much(part: bytes, tags: int, most_tags: int) -> None:
    """Refuse a part that would take too long, by the number of ``<`` and the length of text between them."""
    if tags > most_tags:
        raise Refused("行列数远大于正常的工作簿，未予读取；请删除多余的行列后重新保存")
    windows = range(0, len(part) - MAX_BETWEEN_TAGS, MAX_BETWEEN_TAGS)
    if any(part.find(b"<", at, at + MAX_BETWEEN_TAGS) < 0 for at in windows):
        raise Refused("有一处内容远大于一个单元格所能容纳的，未予读取；请核对文件来源")


def read_part(
    part: bytes,
    root: str,
    starts: Starts,
    ends: Ends = MappingProxyType({}),
    *,
    on_text: Callable[[str], None] | None = None,
    namespaces: tuple[str, ...] = MAIN,
    most_tags: int = MAX_TAGS_OF_OTHERS,
) -> None:
    """Read a part by its events; :class:`Malformed` when it is no XML, or its root is another one.

    Elements of other namespaces are skipped. 0 tags: the caller has counted them.
    """
    if most_tags:
        refuse_too_much(part, part.count(b"<"), most_tags)
    parser: Any = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.CharacterDataHandler = on_text
    roots = {f"{uri} {root}" for uri in namespaces}
    start_of = {f"{uri} {name}": react for name, react in starts.items() for uri in namespaces}
    end_of = {f"{uri} {name}": react for name, react in ends.items() for uri in namespaces}
    depth = unknown = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, unknown
        if not depth and name not in roots:
            raise Malformed(f"<{name}> in place of <{root}>")
        depth += 1
        if depth > MAX_DEPTH or unknown > MAX_UNKNOWN:
            raise Refused("内部结构异常，可能是恶意文件，未予读取；请核对文件来源")
        if (react := start_of.get(name)) is not None:
            react(attributes)
        else:
            unknown += 1

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if (react := end_of.get(name)) is not None:
            react()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(part, True)
    except (Malformed, Refused):
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:  # The latter two of an unknown encoding.
        raise Malformed(str(error)) from error


def _refuse_doctype(*_: object) -> None:
    raise Refused("含实体声明，可能是恶意文件，未予打开；请核对文件来源")


class RichText:
    """Collects the runs of a text, without phonetic ones."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self._text: list[str] | None = None
        self._phonetic = False

    def read(self, part: bytes, root: str, starts: Starts, ends: Ends, most_tags: int) -> None:
        """Read a part that has texts, with what is done at other elements."""
        # Not kept: an object that holds its own methods, and all it has read, waits for the garbage collector.
        starts = {"rPh": self._phonetic_from, "t": self.begin_text, **starts}
        ends = {"rPh": self._phonetic_until, "t": self._end_run, **ends}
        read_part(part, root, starts, ends, on_text=self._characters, most_tags=most_tags)

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def begin_text(self, _: object = None) -> None:
        """Collect text from here on."""
        self._text = []

    def text(self) -> str:
        """What was collected."""
        collected, self._text = "".join(self._text or ()), None
        return collected

    def _phonetic_from(self, _: object) -> None:
        self._phonetic = True

    def _phonetic_until(self) -> None:
        self._phonetic = False

    def _end_run(self) -> None:
        text = self.text()
        if not self._phonetic:
            self.runs.append(text)


def shared_texts(part: bytes) -> list[str | None]:
    """The texts of a part of shared strings, None for an empty one; rich text without formats."""
    texts: list[str | None] = []
    rich = RichText()
    starts: Starts = {"si": lambda _: rich.runs.clear()}
    rich.read(part, "sst", starts, {"si": lambda: texts.append(unescaped("".join(rich.runs)))}, MAX_TAGS)
    return texts


def unescaped(text: str) -> str | None:
    """A text with ``_x000D_`` and the like as the characters that Excel shows; None for an empty one."""
    if "_x" in text:  # Characters beyond U+FFFF may be escaped as two surrogates; a lone one is replaced.
        text = unescape(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text or None


def is_true(word: str | None) -> bool:
    """A boolean of XML Schema."""
    return word in {"1", "true"}
