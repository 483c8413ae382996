"""Unpacking the .zip of an archive, which anybody may have made: what is not safe is refused before it is written."""

from __future__ import annotations

import errno
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from scoring.archive.layout import (
    DECLARATION,
    INFO,
    PAYLOAD,
    DamagedArchive,
    UnusableArchive,
    found_size,
    stated_size,
    why_unfit,
)
from scoring.base.files import reason_of
from scoring.evidence.reading.cells import displayed

#: Far more than a province's archive needs.
MOST_ENTRIES: Final = 1_000_000
MOST_BYTES: Final = 64 * 2**30
#: How many times the size of the .zip its files may have: text has some ten times, a bomb a thousand.
MOST_TIMES: Final = 200
#: Far more than a path of an archive has; more cannot be written everywhere.
MOST_BYTES_OF_A_NAME: Final = 1000
#: What bag-info.txt and its like may have.
MOST_BYTES_OF_A_TAG: Final = 2**20
#: How many damaged files are named.
_MOST_TOLD: Final = 10
#: What the library raises when it comes upon damage.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The archive's folder, unpacked into a temporary one that is gone afterwards.

    Raises
    ------
    UnusableArchive
        When it is no .zip of an archive, is damaged, or is not safe to unpack.
    """
    with tempfile.TemporaryDirectory(prefix="archive-", ignore_cleanup_errors=True) as folder:
        try:
            with zipfile.ZipFile(path) as packed:
                entries = packed.infolist()
                bag = _checked(packed, entries, path.stat().st_size)
                needed, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
                if needed > free:
                    raise UnusableArchive(f"解开需要 {needed} 字节，临时文件夹所在的磁盘只剩 {free} 字节")
                damaged = [entry.filename for entry in entries if not _unpack(packed, entry, Path(folder))]
        except _BROKEN as error:
            raise DamagedArchive(f"{path} 不是完好的 .zip 文件：目录读不出来，可能没有传完，或不是压缩包") from error
        except OSError as error:
            raise UnusableArchive(f"{path} 解不开（{reason_of(error)}）") from error
        if damaged:
            names = "、".join(displayed(name, limit=200) for name in damaged[:_MOST_TOLD])
            told = f"其中 {len(damaged)} 个文件已损坏：{names}{' 等' if len(damaged) > _MOST_TOLD else ''}"
            raise DamagedArchive(f"{path} 不是完好的 .zip 文件：{told}")
        yield Path(folder) / bag


def _checked(packed: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], size: int) -> str:
    """Refuse what is not safe; returns the name of the one folder at the top."""
    if len(entries) > MOST_ENTRIES:
        raise UnusableArchive(f"压缩包内有 {len(entries)} 项，超过 {MOST_ENTRIES} 项的上限，拒绝解开")
    for entry in entries:
        if why := _why_unsafe(entry):
            raise UnusableArchive(f"压缩包内“{displayed(entry.filename)}”{why}，拒绝解开")
    _refuse_repeated(entries)
    total = sum(entry.file_size for entry in entries)
    if total > min(MOST_BYTES, MOST_TIMES * size):
        raise UnusableArchive(f"压缩包只有 {size} 字节，解开后却有 {total} 字节，疑为压缩炸弹，拒绝解开")
    top, *others = {PurePosixPath(entry.filename).parts[0] for entry in entries} or {""}
    if others or f"{top}/{DECLARATION}" not in {entry.filename for entry in entries}:
        raise UnusableArchive(f"压缩包内应当只有一个归档文件夹，其中有 {DECLARATION}")
    _refuse_other_size(packed, entries, top)
    return top


def _why_unsafe(entry: zipfile.ZipInfo) -> str:
    """Why an entry cannot be unpacked, in Chinese; empty when it can."""
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if len(name.encode()) > MOST_BYTES_OF_A_NAME:
        return "的路径过长"
    if any(part in {"", ".", ".."} for part in name.removesuffix("/").split("/")):
        return "的路径不是相对路径，或越出了归档文件夹"
    if why := why_unfit(name.removesuffix("/")):
        return f"的名称{why}"
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "是符号链接或特殊文件"
    if entry.flag_bits & 1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "设有密码，或用了少见的压缩方法"
    return ""


def _refuse_repeated(entries: Sequence[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.filename).casefold().rstrip("/")
        if name in seen:
            raise UnusableArchive(f"压缩包内“{displayed(entry.filename)}”出现了两次，拒绝解开")
        seen.add(name)


def _refuse_other_size(packed: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], top: str) -> None:
    """The payload must be as large as bag-info.txt states, before any of it is unpacked."""
    info = next((entry for entry in entries if entry.filename == f"{top}/{INFO}"), None)
    if info is None or info.file_size > MOST_BYTES_OF_A_TAG:
        raise UnusableArchive(f"压缩包内没有 {INFO}，或它大得不合常理")
    with packed.open(info) as content:
        stated = stated_size(content.read(info.file_size))  # no more of it than that, whatever it unpacks to
    payload = [e.file_size for e in entries if e.filename.startswith(f"{top}/{PAYLOAD}/") and not e.is_dir()]
    if (found := found_size(payload)) != stated:
        told = f"写明 {stated or '（没有写明）'}，压缩包内却是 {found}"
        raise UnusableArchive(f"{INFO} 的 Payload-Oxum（{PAYLOAD}/ 的字节数.文件数）{told}，拒绝解开")


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> bool:
    """Write an entry, of which the library gives no more bytes than it states; says whether it was whole."""
    to = folder / entry.filename
    if entry.is_dir():
        to.mkdir(parents=True, exist_ok=True)
        return True
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("xb") as written:
        try:
            with packed.open(entry) as content:
                shutil.copyfileobj(content, written)
        except _BROKEN:
            return False
        except OSError as error:
            if error.errno != errno.EINVAL:  # That is a place outside the .zip, where the entry should be.
                raise
            return False
    return True
