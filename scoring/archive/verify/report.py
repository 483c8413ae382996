"""The result of a verification: its parts, each with differences and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from scoring.archive.layout import UnusableArchive
from scoring.base.characters import printable

_ABSENT: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_OF_ANOTHER: Final = "但归档的程序与本程序不同，请加 --with-archived-source 再验证，才能断定"


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was archived: the file, cell or node, and what differs, in Chinese."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}：{self.message}"


@dataclass
class Part:
    """One part of a verification; its texts are Chinese.

    Attributes
    ----------
    checked
        What was compared, and how much.
    caveats
        What the result rests on without having been checked; repeated in the conclusion.
    skipped
        Why it was not done; empty when it was.
    wanted
        Whether the verification is incomplete without it.
    inconclusive
        Whether differences may come from another program than the one that made the archive.
    """

    name: str
    checked: str = ""
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    skipped: str = ""
    wanted: bool = True
    inconclusive: bool = False

    def differs(self, where: str, message: str) -> None:
        """Note a difference."""
        self.differences.append(Difference(where, message))

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Turn an error in reading the archive into a difference under that name, and go on.

        Faults of this machine, such as a full disk or no permission, are raised.
        """
        try:
            yield
        except OSError as error:
            if not isinstance(error, _ABSENT):
                raise
            self.differs(name, f"缺少文件 {Path(str(error.filename)).name}，无法比较")
        except UnusableArchive as error:
            self.differs(name, str(error))
        except Exception as error:  # noqa: BLE001 - a forged file may raise anything
            self.differs(name, f"内容读不懂，无法比较（{type(error).__name__}：{error}）")

    @property
    def is_open(self) -> bool:
        """Whether this part cannot say if the archive is sound."""
        return bool(self.differences) or bool(self.skipped and self.wanted)

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
        """For programs: ``holds``, ``differs``, or ``unfinished`` (not everything could be checked)."""
        if any(part.differences and not part.inconclusive for part in self.parts):
            return "differs"
        return "unfinished" if any(part.is_open for part in self.parts) else "holds"

    @property
    def holds(self) -> bool:
        """Whether every wanted part was done without a difference."""
        return self.outcome == "holds"

    @property
    def conclusion(self) -> str:
        """One line: what was found, what that rests on, what was not asked for."""
        result = "已进行的核对全部相符"
        if self.outcome == "differs":
            result = f"归档不可信：{'、'.join(part.name for part in self.parts if part.differences)}不符"
        elif self.outcome == "unfinished":
            why = (
                part.name + (f"未进行（{part.skipped}）" if part.skipped else f"{part.outcome}，{_OF_ANOTHER}")
                for part in self.parts
                if part.is_open
            )
            result = f"没有验证完：{'；'.join(why)}"
        caveats = "；".join(caveat for part in self.parts for caveat in part.caveats)
        left_out = "".join(f"；{part.skipped}" for part in self.parts if part.skipped and not part.wanted)
        return result + (f"；但{caveats}" if caveats else "") + left_out

    def lines(self) -> list[str]:
        """The verification as an auditor reads it."""
        lines = [f"归　档：{self.archive}", f"编　号：{self.identifier}", *self.label, ""]
        for number, part in zip("一二三四五六七", self.parts, strict=False):
            lines.append(f"{number}、{part.name}：{part.outcome}" + (f"（{part.checked}）" if part.checked else ""))
            lines += [f"　　{difference}" for difference in part.differences]
            lines += [f"　　注意：{note}" for note in (*part.caveats, *part.notes)]
        return [printable(line) for line in (*lines, "", f"结　论：{self.conclusion}")]

    def to_json(self) -> dict[str, Any]:
        """The verification as ``verification/2``."""
        head = {"archive": self.archive, "identifier": self.identifier, "holds": self.holds, "outcome": self.outcome}
        parts = [asdict(part) for part in self.parts]
        texts: dict[str, Any] = _printable({**head, "conclusion": self.conclusion, "parts": parts})
        return {"schema": "verification/2", **texts}


def _printable(value: Any) -> Any:
    """All texts of a piece of JSON, made printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list) else value
