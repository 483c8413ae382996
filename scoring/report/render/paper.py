"""A page on paper: Typst makes PDF/A-3a and PDF/UA-1 of its blocks, the same bytes for the same page.

Typst gets data, never markup: texts from evidence are plain strings in the template.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import typst

from scoring.base.files import TemporaryFolder
from scoring.report.fonts import FOLDER
from scoring.report.places import template_folder
from scoring.report.render.fontface import written_out
from scoring.report.view.blocks import Block

Relationship = Literal["source", "data", "alternative", "supplement", "unspecified"]
#: The standards for archiving and for screen readers; Typst refuses a page that violates them.
STANDARDS: Final = ["a-3a", "ua-1"]
#: Its types are stricter than necessary.
_COMPILE: Final[Any] = typst.compile
#: The date of a page without one, since PDF/A requires a date.
_NO_DAY: Final = "1970-01-01"


@dataclass(frozen=True)
class Attached:
    """A file that travels inside the PDF."""

    name: str  # the file's name as the reader sees it
    content: bytes
    description: str  # what it is, in a few words
    relationship: Relationship = "source"  # what it is to the report (PDF's ``AFRelationship``)
    media_type: str = "application/octet-stream"


def pdf_of(
    blocks: Sequence[Block], about: Mapping[str, Any], attached: Iterable[Attached] = (), template: str = "page"
) -> bytes:
    """Lay a page out; what it is ``about`` says :func:`scoring.report.render.screen.about_page`.

    Raises
    ------
    typst.TypstError
        When it would violate a standard: a bug of this program.
    """
    files = sorted(attached, key=lambda file: file.name)
    pictures = {f"picture-{at}": one["data"] for at, one in enumerate(blocks) if one["kind"] == "picture"}
    blocks = [{**one, "data": f"picture-{at}"} if one["kind"] == "picture" else one for at, one in enumerate(blocks)]
    page_data = {
        "blocks": blocks,
        "about": {**about, "date": date.fromisoformat(about.get("date") or _NO_DAY).timetuple()[:3]},
        "attached": [
            {
                "name": file.name,
                # Typst notes no checksum; `extract`, and readers of the attachment pane, find one here.
                "description": f"{file.description}，SHA-256 {hashlib.sha256(file.content).hexdigest()}",
                "relationship": file.relationship,
                "type": file.media_type,
            }
            for file in files
        ],
    }
    with TemporaryFolder("paper-") as work:
        folder = Path(work)
        (folder / "page.json").write_text(written_out(json.dumps(page_data, ensure_ascii=False)), encoding="utf-8")
        for name, data in pictures.items():
            (folder / name).write_bytes(base64.b64decode(data))
        for number, file in enumerate(files):
            (folder / f"attached-{number}").write_bytes(file.content)
        page = shutil.copy(template_folder() / "paper" / f"{template}.typ", folder)
        made: bytes = _COMPILE(
            page, root=folder, font_paths=[FOLDER], ignore_system_fonts=True, pdf_standards=STANDARDS
        )
    return made
