"""Unpacking the .zip of an archive from anywhere: what is not safe is refused before it is written."""

from __future__ import annotations

import errno
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from scoring.archive.layout import DECLARATION, DamagedArchive, UnusableArchive, why_unfit
from scoring.base.files import TemporaryFolder, reason_of
from scoring.evidence.reading.cells import displayed

#: Far more than the archive of a province needs.
MOST_ENTRIES: Final = 1_000_000
MOST_BYTES: Final = 64 * 2**30
#: Unpacked bytes for each byte of the .zip: some ten for text, a thousand for a zip bomb.
MOST_TIMES: Final = 200
#: Bytes of a path; longer ones cannot be written on every system.
MOST_BYTES_OF_A_NAME: Final = 1000
#: How many damaged files are named.
_MOST_NAMED: Final = 10
#: What the library raises for damaged files.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack a .zip into a temporary folder; raises :class:`UnusableArchive` when it is damaged or not safe."""
    with TemporaryFolder("archive-") as folder:
        try:
            with zipfile.ZipFile(path) as packed:
                entries = packed.infolist()
                bag = _checked(entries, path.stat().st_size)
                damaged = [entry.filename for entry in entries if not _unpack(packed, entry, Path(folder))]
        except _BROKEN as error:
            raise DamagedArchive(f"{path} 不是完好的 .zip 文件：目录读不出来，可能没有传完，或不是压缩包") from error
        except OSError as error:
            raise UnusableArchive(f"{path} 解不开（{reason_of(error)}）") from error
        if damaged:
            names = "、".join(displayed(name, limit=200) for name in damaged[:_MOST_NAMED])
            damage = f"其中 {len(damaged)} 个文件已损坏：{names}{' 等' if len(damaged) > _MOST_NAMED else ''}"
            raise DamagedArchive(f"{path} 不是完好的 .zip 文件：{damage}")
        yield Path(folder) / bag


def _checked(entries: Sequence[zipfile.ZipInfo], size: int) -> str:
    """Refuse what is not safe; returns the name of the only top-level folder."""
    if len(entries) > MOST_ENTRIES:
        raise UnusableArchive(f"压缩包内有 {len(entries)} 项，超过 {MOST_ENTRIES} 项的上限，拒绝解开")
    seen: set[str] = set()
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.filename).casefold().rstrip("/")
        if why := _why_unsafe(entry) or ("出现了两次" if name in seen else ""):
            raise UnusableArchive(f"压缩包内“{displayed(entry.filename)}”{why}，拒绝解开")
        seen.add(name)
    total = sum(entry.file_size for entry in entries)
    if total > min(MOST_BYTES, MOST_TIMES * size):
        raise UnusableArchive(f"压缩包只有 {size} 字节，解开后却有 {total} 字节，疑为压缩炸弹，拒绝解开")
    top, *others = {PurePosixPath(entry.filename).parts[0] for entry in entries} or {""}
    if others or f"{top}/{DECLARATION}" not in {entry.filename for entry in entries}:
        raise UnusableArchive(f"压缩包内应当只有一个归档文件夹，其中有 {DECLARATION}")
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


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> bool:
    """Write an entry; returns whether it is undamaged. The library never reads more bytes than the entry states."""
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
            if error.errno != errno.EINVAL:  # The entry's offset lies outside the .zip.
                raise
            return False
    return True
