"""Extracts the files attached to a report's PDF. The PDF may come from anywhere: nothing in it is trusted."""

from __future__ import annotations

import hashlib
import io
import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pypdf import PdfReader
from pypdf.errors import DependencyError

from scoring.base.errors import NotDone
from scoring.base.files import reason_of, write_new
from scoring.evidence.reading.cells import displayed
from scoring.scheme.departments import why_no_file_name

#: Maximum bytes of a PDF and of its attachments, and number of files: many times a report's.
LARGEST_PDF, LARGEST_FILES, MOST_FILES = 200_000_000, 100_000_000, 50
#: Maximum bytes of a file's name in UTF-8: a department's name with an extension.
_LONGEST_NAME: Final = 240
_BEGINNING: Final = 1024


class NotExtracted(NotDone):
    """The files inside a PDF cannot be taken out; the message says why, in Chinese."""


def take_out(path: Path, folder: Path) -> list[str]:
    """Write the files inside a PDF into a folder, all or none, and give their names; what is there already is kept.

    Raises
    ------
    NotExtracted
        When one cannot be read or written, or a file of that name with other content exists.
    """
    files = attached_in(path)
    paths = {folder / name: content for name, content in files.items()}
    try:
        there = [path for path in paths if path.exists()]
        if others := [path.name for path in there if not path.is_file() or path.read_bytes() != paths[path]]:
            differing = f"{folder} 中已有内容不同的 {'、'.join(others)}"
            raise NotExtracted(f"{differing}，没有覆盖，也没有取出附件；请用 --to 另选文件夹")
        _write_all(paths)
    except OSError as error:
        raise NotExtracted(f"附件写不进 {folder}（{reason_of(error)}）；请检查磁盘空间和写入权限") from error
    return list(files)


def attached_in(path: Path) -> dict[str, bytes]:
    """The files inside a PDF by name; each can be a file's name on any system, and no two are one to a file system.

    Raises
    ------
    NotExtracted
        When it is unreadable, not a PDF, damaged, encrypted or too large, or holds no file, or one with an unsafe name
        or changed content.
    """
    content = _content(path)
    with _damage_reported(path):
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise NotExtracted(f"{path.name} 已加密，无法取出附件；请换用未加密的 PDF")
        files = _checked(path, list(islice(reader.attachment_list, MOST_FILES + 1)))
    if not files:
        raise NotExtracted(f"{path.name} 中没有附件；部门评分报告须用 python -m scoring report 生成，才附有佐证")
    return files


def _write_all(paths: Mapping[Path, bytes]) -> None:
    """Write new files; if one fails, all are removed."""
    absent = {path: content for path, content in paths.items() if not path.exists()}
    written: list[Path] = []
    try:
        for path, content in absent.items():
            write_new(path, content)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_PDF + 1)
    except OSError as error:
        raise NotExtracted(f"{path} 打不开（{reason_of(error)}）") from error
    if b"%PDF-" not in content[:_BEGINNING]:
        raise NotExtracted(f"{path.name} 不是 PDF 文件")
    if len(content) > LARGEST_PDF:
        raise NotExtracted(f"{path.name} 超过 {LARGEST_PDF // 1_000_000} MB，不是本程序生成的报告")
    return content


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    """Report in Chinese what a damaged or malicious PDF makes pypdf raise."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        yield
    except NotExtracted:
        raise
    except DependencyError as error:  # pypdf needs optional packages to decrypt, and for Brotli.
        raise NotExtracted(f"{path.name} 已加密，或使用了不支持的压缩方式，无法取出附件") from error
    except Exception as error:
        raise NotExtracted(f"{path.name} 已损坏，无法取出附件（{type(error).__name__}）") from error


def _checked(path: Path, entries: list[Any]) -> dict[str, bytes]:
    """The content of each file by name, after checking name, size and digest."""
    if len(entries) > MOST_FILES:
        raise NotExtracted(f"{path.name} 的附件超过 {MOST_FILES} 个，不是本程序生成的报告")
    files: dict[str, bytes] = {}
    seen: set[str] = set()
    for entry in entries:
        name = str(entry.name if entry.alternative_name is None else entry.alternative_name)
        _refuse_name(name, seen)
        files[name] = content = entry.content
        if not _as_attached(entry, content):
            raise NotExtracted(f"{path.name} 已损坏：附件 {name} 与附入时不同")
        if sum(map(len, files.values())) > LARGEST_FILES:
            raise NotExtracted(f"{path.name} 的附件展开后超过 {LARGEST_FILES // 1_000_000} MB，不是本程序生成的报告")
    return files


def _refuse_name(name: str, seen: set[str]) -> None:
    """Refuse a name with a path, one reserved by a system, or one that some file system takes for another's."""
    reason = why_no_file_name(name, _LONGEST_NAME) if name == name.strip() else "首尾有空格"
    same = unicodedata.normalize("NFC", name).casefold()
    reason = reason or ("重复" if same in seen else "") or ("" if name else "是空的")
    seen.add(same)
    if reason:
        raise NotExtracted(f"附件名“{displayed(name)}”{reason}；没有取出任何附件")


def _as_attached(entry: Any, content: bytes) -> bool:
    """Whether a file has the recorded size and digest.

    The description has the SHA-256; reports of version 0.1.0 have PDF's own checksum, MD5.
    """
    digest = re.search(r"SHA-256 ([0-9a-f]{64})", entry.description or "")
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    noted = entry.checksum
    if isinstance(noted, str):  # pypdf gives text where the bytes can be read as text
        noted = getattr(noted, "original_bytes", b"")
    return (
        entry.size in (None, len(content))
        and noted in (None, md5)
        and (digest is None or digest[1] == hashlib.sha256(content).hexdigest())
    )
