"""Reads XML parts of a workbook by expat's events within fixed bounds, so that a hostile part costs little."""

# ruff: noqa: D102, N802 - handlers are named after the elements of the XML

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final
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
#: Elements to skip, and how deep elements may be nested.
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


class Reader:
    """Reads a part by expat's events; subclasses have a method ``start_<name>`` or ``end_<name>`` per element.

    Elements of other namespaces are skipped. Text is collected only between :meth:`begin_text` and :meth:`text`.
    """

    root = ""
    namespaces = MAIN
    most_tags: int = MAX_TAGS_OF_OTHERS
    _starts: ClassVar[dict[str, str]]
    _ends: ClassVar[dict[str, str]]

    def __init_subclass__(cls) -> None:
        """Collect the methods that handle elements."""
        cls._starts, cls._ends = (
            {f"{uri} {name[len(when) :]}": name for name in dir(cls) if name.startswith(when) for uri in cls.namespaces}
            for when in ("start_", "end_")
        )

    def __init__(self) -> None:
        self._text: list[str] | None = None

    def read(self, part: bytes) -> None:
        """Read the part; :class:`Malformed` where it is no XML."""
        if self.most_tags:
            refuse_too_much(part, part.count(b"<"), self.most_tags)

        def refuse_doctype(*_: object) -> None:
            raise Refused("含实体声明，可能是恶意文件，未予打开；请核对文件来源")

        parser: Any = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse_doctype
        parser.StartElementHandler, parser.EndElementHandler = self._handlers(parser)
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(part, True)
        except (Malformed, Refused):
            raise
        except (expat.ExpatError, ValueError, LookupError) as error:  # The latter two of an unknown encoding.
            raise Malformed(str(error)) from error

    def _handlers(self, parser: Any) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
        starts, ends = (
            {element: getattr(self, method) for element, method in methods.items()}
            for methods in (self._starts, self._ends)
        )
        depth = unknown = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth, unknown
            depth += 1
            if depth > MAX_DEPTH or unknown > MAX_UNKNOWN:
                raise Refused("内部结构异常，可能是恶意文件，未予读取；请核对文件来源")
            if (react := starts.get(name)) is not None:
                react(attributes)
            else:
                unknown += 1

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            if (react := ends.get(name)) is not None:
                react()

        def first(name: str, attributes: dict[str, str]) -> None:
            if name not in {f"{uri} {self.root}" for uri in self.namespaces}:
                raise Malformed(f"<{name}> in place of <{self.root}>")
            parser.StartElementHandler = start
            start(name, attributes)

        return first, end

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def begin_text(self) -> None:
        """Collect text from here on."""
        self._text = []

    def text(self) -> str:
        """What was collected."""
        collected, self._text = "".join(self._text or ()), None
        return collected


class RichText(Reader):
    """Collects the runs of a text, without phonetic ones."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self._phonetic = False

    def start_rPh(self, _: object) -> None:
        self._phonetic = True

    def end_rPh(self) -> None:
        self._phonetic = False

    def start_t(self, _: object) -> None:
        self.begin_text()

    def end_t(self) -> None:
        text = self.text()
        if not self._phonetic:
            self.runs.append(text)


class SharedTexts(RichText):
    """The texts of a part of shared strings, None for an empty one; rich text without formats."""

    root = "sst"
    most_tags = MAX_TAGS

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str | None] = []

    def start_si(self, _: object) -> None:
        self.runs = []

    def end_si(self) -> None:
        self.texts.append(unescaped("".join(self.runs)))


def unescaped(text: str) -> str | None:
    """A text with ``_x000D_`` and the like as the characters that Excel shows; None for an empty one."""
    if "_x" in text:  # Characters beyond U+FFFF may be escaped as two surrogates; a lone one is replaced.
        text = unescape(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text or None


def is_true(word: str | None) -> bool:
    """A boolean of XML Schema."""
    return word in {"1", "true"}
