"""What a verification found: its parts, each with differences (an archive is not what it says) and notes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
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
    skipped
        Why it was not done; empty when it was.
    """

    name: str
    checked: str = ""
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""

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
    def holds(self) -> bool:
        """Whether no part found a difference."""
        return not any(part.differences for part in self.parts)

    def lines(self) -> list[str]:
        """The verification as an auditor reads it."""
        return [printable(line) for line in self._lines()]

    def _lines(self) -> list[str]:
        lines = [f"归　档：{self.archive}", f"编　号：{self.identifier}", *self.label, ""]
        for number, part in zip("一二三四五六", self.parts, strict=False):
            lines.append(f"{number}、{part.name}：{part.outcome}" + (f"（{part.checked}）" if part.checked else ""))
            lines += [f"　　{difference}" for difference in part.differences]
            lines += [f"　　注意：{note}" for note in part.notes]
        return [*lines, "", f"结　论：{self._verdict()}"]

    def _verdict(self) -> str:
        different = [part.name for part in self.parts if part.differences]
        if different:
            return f"归档不可信：{'、'.join(different)}不符"
        undone = "、".join(part.name for part in self.parts if part.skipped)
        return "已进行的核对全部相符" + (f"；未进行：{undone}" if undone else "")

    def to_json(self) -> dict[str, Any]:
        """The verification as ``verification/1``."""
        told = {
            "schema": "verification/1",
            "archive": self.archive,
            "identifier": self.identifier,
            "holds": self.holds,
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
