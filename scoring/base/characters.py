"""A text as a person sees it: invisible characters, and characters that look like others.

Names, codes, days, numbers and values of lists are compared as they look (:func:`plain`). Messages write out what
cannot be seen (:func:`quoted`, :func:`hidden_in`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import dropwhile
from typing import Final

#: Blanks: Unicode's Zs, Zl, Zp and control characters.
_BLANKS: Final = "\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u2800"
#: Unicode's Cf (format characters) and Default_Ignorable_Code_Point: nothing is drawn for them.
_INVISIBLE: Final = (
    "\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: Radicals, strokes, compatibility ideographs, private characters, Greek and Cyrillic: they look like other characters.
_LOOK_ALIKE: Final = (
    "\u2e80-\u2fdf\u31c0-\u31ef\uf900-\ufaff\U0002f800-\U0002fa1f\ue000-\uf8ff\u0391-\u03a9\u03bf\u0401-\u045f"
)
_NOTES: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_SPECIAL: Final = re.compile(f"[{_INVISIBLE}{_LOOK_ALIKE}\x00-\x08\x0e-\x1f\x7f-\x9f]")

#: Categories of characters that end a line, control a terminal, change the direction of text or cannot be encoded.
#: Unassigned ones (Cn) are excluded: some are Han characters newer than Python's tables.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})

_LONGEST_CELL: Final = 32_767  # in UTF-16 units
_NOT_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: A character in a message.
CODE_POINT: Final = re.compile(r"U\+[0-9A-F]{4,6}")

#: The ideographs that the radicals from U+2E81 on look like (Unicode's EquivalentUnifiedIdeograph.txt).
_RADICALS: Final = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵\u2e9a旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒"
    "㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼"
    "鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)


def _ranges(of: str) -> list[int]:
    """The code points of a character class."""
    return [
        code
        for first, last in re.findall("(.)(?:-(.))?", of, re.DOTALL)
        for code in range(ord(first), ord(last or first) + 1)
    ]


#: Every character that cannot be seen.
UNSEEN: Final = frozenset(map(chr, _ranges(_INVISIBLE + _BLANKS)))

_PLAIN: Final[dict[int, str | None]] = {
    **dict.fromkeys(_ranges(_INVISIBLE)),
    **dict.fromkeys(_ranges(_BLANKS), " "),
    **{ord("！") + i: chr(ord("!") + i) for i in range(94)},
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)},
    0x2F3E: "户",  # As drawn in simplified Chinese; Unicode names the traditional 戶.
    **dict(enumerate(_RADICALS, 0x2E81)),
}


def visible(text: str) -> str:
    """The text without invisible characters at its ends.

    >>> visible(" \u200e已回复\u3000\ufeff"), visible("\u200b \u3164")
    ('已回复', '')
    """
    text = text.strip()
    if not text or (text[0] not in UNSEEN and text[-1] not in UNSEEN):
        return text
    return "".join(dropwhile(UNSEEN.__contains__, text[: _end(text)]))


def _end(text: str) -> int:
    return max((end for end, char in enumerate(text, 1) if char not in UNSEEN), default=0)


def plain(text: str) -> str:
    """A name, code, number or value of a list as it looks: one spelling for all that look the same.

    Invisible characters are removed, full-width signs become half-width ones, radicals become ideographs, and
    composed characters become one (NFC).

    >>> plain(" Ｒ\u200eSJ－１２ "), plain("⼯作动态") == "工作动态"
    ('RSJ-12', True)
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    return unicodedata.normalize("NFC", text.translate(_PLAIN)).strip()


def folded(text: str) -> str:
    """A word of another system, for comparison: without blanks and letter case.

    >>> folded(" Ｙ es")
    'yes'
    """
    return "".join(plain(text).split()).casefold()


def bare(header: str) -> str:
    r"""A header of another system, for comparison: :func:`folded`, without notes in brackets, stars and colons.

    >>> bare("来信\n日期（必填）*："), bare("（空）")
    ('来信日期', '')
    """
    return _NOTES.sub("", folded(header)).strip("*:")


def as_seen(text: str) -> str:
    """A text to search for words: :func:`plain` if it has special characters, else the text itself."""
    return plain(text) if _SPECIAL.search(text) else text


def hidden_in(text: str) -> str:
    """The characters of a text that cannot be seen, or look like others, by their code points; empty without any.

    >>> hidden_in("L000\u200e"), hidden_in("⼯作动态"), hidden_in("工作动态")
    ('U+200E', 'U+2F2F“⼯”', '')
    """
    found = dict.fromkeys(_SPECIAL.findall(text))
    return "、".join(f"{_code_point(char)}{'' if char in UNSEEN else f'“{char}”'}" for char in found)


def displayed(text: str, limit: int = 40) -> str:
    """A text for a sentence: one line, cut when long, without invisible characters."""
    text = "".join(" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in text)
    return text if len(text) <= limit else f"{text[:limit]}…"


def quoted(text: str, limit: int = 40) -> str:
    r"""A text for an error message: one line, cut when long; what cannot be seen is written out.

    >>> quoted("L000\u200e"), quoted("已\n回复")
    ('L000〔U+200E〕', '已 回复')
    """
    text = text if len(text) <= limit else f"{text[:limit]}…"
    return _SPECIAL.sub(_written_out, " ".join(text.split()))


def named(text: str) -> str:
    """A name with the blanks at its ends; what cannot be seen is written out."""
    return _SPECIAL.sub(_written_out, text)


def unwritable(text: str) -> str:
    r"""Why a text cannot stand in a cell of a workbook, and what to do, in Chinese; empty when it can.

    >>> unwritable("已\x01回复"), unwritable("已回复")
    ('第 2 个字（U+0001）不能写入工作簿；请删去', '')
    """
    if found := _NOT_IN_XML.search(text):
        return f"第 {found.start() + 1} 个字（U+{ord(found[0]):04X}）不能写入工作簿；请删去"
    length = len(text.encode("utf-16-le")) // 2
    return f"有 {length} 个字，一个单元格最多 {_LONGEST_CELL} 个；请缩短" if length > _LONGEST_CELL else ""


def breadth(text: str) -> int:
    """Columns that a text takes on one line: a Chinese character is two wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def printable(text: str) -> str:
    """A text from an archive, or from its program, as one line that is safe to print."""
    return "".join(f"\\u{ord(char):04x}" if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


def _written_out(found: re.Match[str]) -> str:
    char = found[0]
    return ("" if char in UNSEEN else char) + f"〔{_code_point(char)}〕"


def _code_point(char: str) -> str:
    return f"U+{ord(char):04X}"
