"""Attachments: pictures and other files beside the workbooks, which rows of faults name in their column 附件."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scoring.base.characters import visible
from scoring.evidence.files import composed

_BETWEEN: Final = re.compile(r"[、；;\r\n]+")
#: How the files of pictures begin: PNG, JPEG, GIF, BMP, WebP. A name says nothing.
_PICTURE: Final = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0{4}|RIFF.{4}WEBP", re.DOTALL)


@dataclass(frozen=True)
class Attachment:
    """A file that shows what rows state.

    ``rows`` are these in the department's tables, each with the name of its sheet; ``places`` names them in reports.
    """

    name: str
    size: int  # in bytes
    sha256: str
    is_picture: bool  # by its content; it may still be damaged
    rows: tuple[tuple[str, int], ...]
    places: tuple[str, ...]
    path: Path = field(compare=False)

    @property
    def size_words(self) -> str:
        """Its size as reports write it."""
        return f"{self.size:,} 字节"


def names_in(cell: str) -> list[str]:
    """The names in a cell, in composed Unicode, each once."""
    names = (visible(composed(name)) for name in _BETWEEN.split(cell))
    return list(dict.fromkeys(filter(None, names)))


def read_attachment(name: str, path: Path, rows: Sequence[tuple[str, int]], places: Sequence[str]) -> Attachment:
    """Read a file; raises OSError when it cannot be read."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    is_picture = _PICTURE.match(content) is not None
    return Attachment(name, len(content), digest, is_picture, tuple(rows), tuple(places), path)


def counted(attachments: Iterable[Attachment]) -> str:
    """How many there are, in words."""
    pictures = [one.is_picture for one in attachments]
    return f"附件 {len(pictures)} 个（其中图片 {sum(pictures)} 个）"
