"""Attachments for tests: real pictures, and files in a department's folder."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from evidence_builder import Evidence, minimal
from PIL import Image, ImageDraw

FAULT = "监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字"


def picture(kind: str = "PNG", size: tuple[int, int] = (1600, 900), **options: Any) -> bytes:
    """A picture with something in it."""
    made, content = Image.new("RGB", size, "#dde4ee"), io.BytesIO()
    ImageDraw.Draw(made).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill="#b0301c")
    made.save(content, kind, **options)
    return content.getvalue()


def attach(folder: Path, department: str = "人社局", **files: bytes) -> Path:
    """Write files into a department's folder of attachments; ``__`` in a name stands for a dot."""
    into = folder / f"{department}.附件"
    into.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (into / name.replace("__", ".")).write_bytes(content)
    return into


def naming(*cells: str) -> Evidence:
    """A workbook with a fault for each cell, which names its files."""
    return minimal().add(*(f"{FAULT} | 附件={cell}" for cell in cells))
