"""Results are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson


def write_bytes(path: Path, content: bytes) -> None:
    """Put a file in its place in one move; whatever stood there stays until then."""
    with _beside(path, content) as written:
        written.replace(path)


def write_new(path: Path, content: bytes) -> None:
    """Put a file where none is, in one move.

    Raises
    ------
    FileExistsError
        When there is one, even if it appeared meanwhile; it is left as it is.
    """
    with _beside(path, content) as written:
        try:
            path.hardlink_to(written)
        except FileExistsError:
            raise
        except OSError:  # A drive without hard links, such as a USB stick: claim the name, then move.
            path.touch(exist_ok=False)
            written.replace(path)


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A file with the content next to where it belongs; gone afterwards, unless it was moved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as beside:
            beside.write(content)
        Path(name).chmod(0o644)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def json_bytes(data: Any) -> bytes:
    """JSON in UTF-8, the same bytes for the same data."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_json(path: Path, data: Any) -> None:
    """Write JSON; see :func:`json_bytes`."""
    write_bytes(path, json_bytes(data))
