"""Writes files whole or not at all: to a temporary file, then moved into place."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from scoring.base.errors import NotDone
from scoring.base.stopping import uninterrupted

#: The most common reasons, in plain Chinese.
_REASONS: Final = {
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "只读的磁盘",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOENT: "文件不在",
    errno.EISDIR: "它是文件夹",
    errno.ENOTDIR: "同名的文件占了它的位置",
    errno.EEXIST: "同名的文件占了它的位置",
}


def reason_of(error: OSError) -> str:
    """The reason of a system error, in Chinese if it is a frequent one."""
    return _REASONS.get(error.errno or 0) or str(error.strerror or error)


class NotWritable(NotDone):
    """Results cannot be written; the message says why and what to do, in Chinese."""


@contextmanager
def writing(failure: str) -> Iterator[None]:
    """Report what cannot be written by a message with the reason; raises :class:`NotWritable`."""
    try:
        yield
    except OSError as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # Cleaning up, shutil may close a file twice.
            raise error.__context__ from None
        raise NotWritable(f"{failure}（{reason_of(error)}）；请检查磁盘空间和写入权限") from error


def write_bytes(path: Path, content: bytes, *, make_folder: bool = True) -> None:
    """Write a file in one move; an older one stays until then.

    Its folder is made if missing. Not a temporary one (``make_folder=False``): once removed, it must stay removed.
    """
    if make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    with uninterrupted(), _beside(path, content) as written:
        written.replace(path)


def write_new(path: Path, content: bytes) -> None:
    """Write a new file in one move; raises FileExistsError when there is one, even if it was just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with uninterrupted(), _beside(path, content) as written:
        try:
            path.hardlink_to(written)
        except FileExistsError:
            raise
        except OSError:  # No hard links, as on a USB stick: take the name, then move.
            path.touch(exist_ok=False)
            written.replace(path)


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A temporary file with the content, in the same folder."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as beside:
            beside.write(content)
        Path(name).chmod(0o644)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


class TemporaryFolder(tempfile.TemporaryDirectory[str]):
    """A temporary folder that Ctrl-C does not leave half removed."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix=prefix, ignore_cleanup_errors=True)

    def cleanup(self) -> None:
        """Remove it with all that it holds."""
        with uninterrupted():
            super().cleanup()


def json_bytes(data: Any) -> bytes:
    """JSON in UTF-8, the same bytes for the same data."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_json(path: Path, data: Any, *, make_folder: bool = True) -> None:
    """Write JSON; see :func:`json_bytes` and :func:`write_bytes`."""
    write_bytes(path, json_bytes(data), make_folder=make_folder)
