"""The subset of the font that a page needs, for its style sheet.

Of the 33,000 glyphs of each weight, a page embeds only those it uses, as ``data:`` URLs.
"""

import base64
import io
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont

from scoring.base.characters import UNSEEN
from scoring.report.fonts import BOLD, FAMILY, REGULAR

#: Always included: printable ASCII and list markers, which would otherwise come from a system font.
ALWAYS = frozenset("•◦▪") | frozenset(map(chr, range(0x20, 0x7F)))


def lacking(characters: Iterable[str]) -> tuple[str, ...]:
    """The visible characters that the font lacks, by code point."""
    return tuple(sorted(char for char in _uncovered(characters) if char not in UNSEEN))


def _uncovered(characters: Iterable[str]) -> Iterator[str]:
    return (char for char in set(characters) if ord(char) not in _covered() and is_shown(char))


def written_out(text: str) -> str:
    """The text with characters that the font lacks as code points, and without invisible ones.

    >>> written_out("已办好👍")
    '已办好〔U+1F44D〕'
    """
    codes = {ord(char): f"〔U+{ord(char):04X}〕" for char in _uncovered(text)}
    unseen = {code: " " if chr(code).isspace() else "" for code in codes if chr(code) in UNSEEN}
    return text.translate(codes | unseen)


def font_faces(characters: Iterable[str]) -> str:
    """``@font-face`` rules of both weights, cut down to these characters, printable ASCII and the marks of lists."""
    characters = frozenset(characters) | ALWAYS
    return "\n".join(_font_face(path, weight, characters) for path, weight in ((REGULAR, 400), (BOLD, 700)))


def is_shown(char: str) -> bool:
    """Whether a character needs a glyph; control characters do not, and are left out."""
    return unicodedata.category(char) != "Cc"


def _font_face(path: Path, weight: int, characters: frozenset[str]) -> str:
    data = base64.b64encode(_as_woff(_subset(path, characters))).decode("ascii")
    return (
        f'@font-face{{font-family:"{FAMILY}";font-style:normal;font-weight:{weight};'
        f'src:url("data:font/woff;base64,{data}") format("woff")}}'
    )


@cache
def _face(path: Path) -> uharfbuzz.Face:
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))


@cache
def _covered() -> frozenset[int]:
    """Code points that both weights have."""
    return frozenset(_face(REGULAR).unicodes) & frozenset(_face(BOLD).unicodes)


def _subset(path: Path, characters: frozenset[str]) -> bytes:
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update({ord(char) for char in characters})
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    data: bytes = uharfbuzz.subset(_face(path), wanted).blob.data
    return data


def _as_woff(font: bytes) -> bytes:
    """Pack as WOFF, not WOFF2: WOFF2 makes Chinese outlines a tenth smaller, but takes fifty times as long."""
    packed = io.BytesIO()
    with TTFont(io.BytesIO(font), lazy=True, recalcTimestamp=False, recalcBBoxes=False) as opened:
        opened.flavor = "woff"
        opened.save(packed, reorderTables=None)
    return packed.getvalue()
