"""Pictures from the evidence, made anew to be shown: small, without metadata, the same bytes in every run.

A picture may come from anywhere and is never shown as it is.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

#: The only decoders that a file may reach.
_FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
#: A picture of more pixels is not decoded: a small file can claim any number.
_MOST_PIXELS: Final = 50_000_000
#: Pixels of the longer side as shown.
_LONGEST: Final = 1000
_WHITE: Final = "#ffffff"


def thumbnail(path: Path) -> bytes | None:
    """The picture in a file as a small JPEG, of an animation its first frame; None if it cannot be shown."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (_LONGEST, _LONGEST))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
        upright.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
        shown = Image.new("RGB", upright.size, _WHITE)
        shown.paste(upright, mask=upright)
        made = io.BytesIO()
        shown.save(made, "JPEG", quality=85, subsampling=0)
        return made.getvalue()
    except Exception:  # noqa: BLE001 - decoders raise anything for damaged or hostile content
        return None
