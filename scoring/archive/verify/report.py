"""What a verification found: its parts, each with differences (an archive is not what it says) and notes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

#: Kinds of characters that end a line, steer a terminal, turn a line's direction, or cannot be written at all. Those
#: that Python's tables do not know yet are none: newer Han characters are among them.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """A text out of an archive, or of a program that it brought along, as one line that can be shown anywhere."""
    return "".join(f"\\u{ord(char):04x}" if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was archived.

    Attributes
    ----------
    where
        The file, or file and cell, or department and node.
    told
        What is different, in Chinese.
    """

    where: str
    told: str

    def __str__(self) -> str:
        return f"{self.where}：{self.told}"


@dataclass
class Part:
    """One part of a verification.

    Attributes
    ----------
    checked
        What was held against what, and how much of it, in Chinese.
    caveats
        What its result rests on that was not shown; the conclusion names them.
    skipped
        Why it was not done; empty when it was.
    wanted
        Whether the verification is not whole without it.
    inconclusive
        Whether its differences may come of another program having done it than the one that made the archive.
    """

    name: str
    checked: str = ""
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    skipped: str = ""
    wanted: bool = True
    inconclusive: bool = False

    def differs(self, where: str, told: str) -> None:
        """Note a difference."""
        self.differences.append(Difference(where, told))

    @property
    def outcome(self) -> str:
        """The part's result, in a few Chinese words."""
        if self.skipped:
            return f"未进行：{self.skipped}"
        return f"不符 {len(self.differences)} 处" if self.differences else "相符"


@dataclass(frozen=True)
class Verified:
    """A whole verification."""

    archive: str
    identifier: str
    label: Sequence[str]
    parts: Sequence[Part]

    @property
    def outcome(self) -> str:
        """For programs: ``holds``, ``differs``, or ``unfinished``: nothing tells against it, but not all was done."""
        if any(part.differences and not part.inconclusive for part in self.parts):
            return "differs"
        return "unfinished" if any(map(self._is_open, self.parts)) else "holds"

    @staticmethod
    def _is_open(part: Part) -> bool:
        return bool(part.differences) or bool(part.skipped and part.wanted)

    @property
    def holds(self) -> bool:
        """Whether every part that was wanted was done, and none found a difference."""
        return self.outcome == "holds"

    @property
    def conclusion(self) -> str:
        """The verification in one line."""
        told = {"differs": self._different, "unfinished": self._unfinished, "holds": self._agreeing}[self.outcome]()
        caveats = "；".join(caveat for part in self.parts for caveat in part.caveats)
        return told + (f"；但{caveats}" if caveats else "") + self._left_out()

    def _different(self) -> str:
        return f"归档不可信：{'、'.join(part.name for part in self.parts if part.differences)}不符"

    def _unfinished(self) -> str:
        undone = (f"{part.name}{self._why_open(part)}" for part in self.parts if self._is_open(part))
        return f"没有验证完：{'；'.join(undone)}"

    @staticmethod
    def _why_open(part: Part) -> str:
        if part.skipped:
            return f"未进行（{part.skipped}）"
        return (
            f"不符 {len(part.differences)} 处，但归档的程序与本程序不同，请加 --with-archived-source 再验证，才能断定"
        )

    def _agreeing(self) -> str:
        return "已进行的核对全部相符"

    def _left_out(self) -> str:
        """Parts that nobody asked for."""
        return "".join(f"；{part.skipped}" for part in self.parts if part.skipped and not part.wanted)

    def lines(self) -> list[str]:
        """The verification as an auditor reads it."""
        return [printable(line) for line in self._lines()]

    def _lines(self) -> Iterator[str]:
        yield from (f"归　档：{self.archive}", f"编　号：{self.identifier}", *self.label, "")
        for number, part in zip("一二三四五六七", self.parts, strict=False):
            yield f"{number}、{part.name}：{part.outcome}" + (f"（{part.checked}）" if part.checked else "")
            yield from (f"　　{difference}" for difference in part.differences)
            yield from (f"　　注意：{note}" for note in (*part.caveats, *part.notes))
        yield from ("", f"结　论：{self.conclusion}")

    def to_json(self) -> dict[str, Any]:
        """The verification as ``verification/1``."""
        told = {
            "schema": "verification/1",
            "archive": self.archive,
            "identifier": self.identifier,
            "holds": self.holds,
            "outcome": self.outcome,
            "conclusion": self.conclusion,
            "parts": [asdict(part) for part in self.parts],
        }
        return {key: _printable(value) for key, value in told.items()}


def _printable(value: Any) -> Any:
    """All texts of a piece of JSON, made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list) else value
