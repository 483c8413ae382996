"""Replaces a workbook that the program writes; at any moment either the whole old file is there or the whole new one.

The new file is written beside the old one, then moved over it; the old one is kept as a dated copy. Files left by a
process that was killed are removed by the next save.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from scoring.base.errors import NotDone
from scoring.base.files import reason_of
from scoring.evidence.files import HISTORY

_SECONDS_TO_WAIT: Final = 1
_WRITABLE: Final = 0o222
_FOR_ALL: Final = 0o666  # Another analyst must be able to use a lock file that was left behind.
_USUAL: Final = 0o644
_UNTOUCHED: Final = "没有写入，原有文件未改动"


class CannotSave(NotDone):
    """Why a workbook cannot be written and what to do, in Chinese; nothing was changed."""


def replace(path: Path, content: bytes, read_sha256: str, *, now: dt.datetime | None = None) -> Path | None:
    """Write a workbook whole; an older one is kept under ``历史版本/``.

    Parameters
    ----------
    path
        The workbook, in a folder that is made where it is missing; of a symbolic link, the file that it leads to.
    content
        The whole new file.
    read_sha256
        SHA-256, in hexadecimal, of the file that the content was made from; empty when there was none.
    now
        Date of the copy; local time when left out.

    Returns
    -------
    Path or None
        The dated copy; None when there was no file.

    Raises
    ------
    CannotSave
        The workbook is open elsewhere, was changed or cannot be written; it is as it was.
    """
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        _refuse_read_only(target)
        with _only_saver(target):
            _sweep(target)
            old = _unchanged(path, target, read_sha256)
            with _beside(target.parent, target, content) as written:
                copy = None if old is None else _keep(target, old, now or dt.datetime.now().astimezone())
                try:
                    _unchanged(path, target, read_sha256)
                    os.replace(written, target)  # noqa: PTH105  # atomic
                except BaseException:
                    if copy and written.exists():  # Not replaced: no copy is needed.
                        copy.unlink(missing_ok=True)
                    raise
            _flush_folder(target.parent)
            return copy
    except OSError as error:
        raise CannotSave(f"{path.name} {_message(error)}。{_UNTOUCHED}") from error


def _unchanged(path: Path, target: Path, read_sha256: str) -> bytes | None:
    """The present file, None without one; refused when it is open, or is not the one that was read."""
    _refuse_open(path, target)
    old = target.read_bytes() if target.exists() else None
    if (hashlib.sha256(old).hexdigest() if old is not None else "") != read_sha256:
        raise CannotSave(f"{path.name} 在读取以后已被改动；请重新载入或重新运行后再试。{_UNTOUCHED}")
    return old


def _keep(path: Path, content: bytes, now: dt.datetime) -> Path:
    """Save the old workbook among the dated copies, under a new name."""
    folder = path.parent / HISTORY
    folder.mkdir(exist_ok=True)
    stem = f"{path.stem}-{now:%Y%m%d-%H%M%S}"
    with _beside(folder, path, content) as written:
        shutil.copystat(path, written)
        number, copy = 1, folder / f"{stem}{path.suffix}"
        while copy.exists():
            number += 1
            copy = folder / f"{stem}-{number}{path.suffix}"
        written.rename(copy)
    _flush_folder(folder)
    return copy


@contextlib.contextmanager
def _beside(folder: Path, path: Path, content: bytes) -> Iterator[Path]:
    """A hidden file with that content and the workbook's permissions, flushed to disk; removed unless it was moved."""
    handle, name = tempfile.mkstemp(prefix=_hidden(path), suffix=".saving", dir=folder)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            _copy_permissions(path, written)
        else:
            written.chmod(_USUAL)
        yield written
    finally:
        written.unlink(missing_ok=True)


def _copy_permissions(path: Path, to: Path) -> None:
    shutil.copystat(path, to)
    os.utime(to)
    old, new = path.stat(), to.stat()
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(PermissionError):  # Only root may change owners.
            os.chown(to, old.st_uid, old.st_gid)


def _flush_folder(folder: Path) -> None:
    """Flush the folder's entries to disk, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- One saver at a time ---------------------------------------------------------------------------------------------


def _hidden(path: Path) -> str:
    """Prefix of a workbook's own hidden files; cut, as the length of a file name is limited."""
    return f".{path.name[:40]}."


@contextlib.contextmanager
def _only_saver(path: Path) -> Iterator[None]:
    """Hold the lock of a workbook. It is released when its process ends, so a lock file alone locks nothing."""
    lock = FileLock(path.parent / f"{_hidden(path)}lock", timeout=_SECONDS_TO_WAIT, mode=_FOR_ALL)
    try:
        lock.acquire()
    except Timeout as error:
        raise CannotSave(f"{path.name} 正由另一个程序写入；请稍候再试。{_UNTOUCHED}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # On Windows a file in use stays; filelock removes it there.
            Path(lock.lock_file).unlink()  # While it is held, so that the next holder makes a new file.
        with contextlib.suppress(OSError):  # The lock ends with the process.
            lock.release()


def _sweep(path: Path) -> None:
    """Remove files left by a process that was killed; the lock keeps out others that are running."""
    left_over = re.compile(re.escape(_hidden(path)) + r"\w+\.saving")
    for folder in (path.parent, path.parent / HISTORY):
        for file in folder.iterdir() if folder.is_dir() else ():
            if left_over.fullmatch(file.name):
                with contextlib.suppress(OSError):  # Another user's, in a folder where only owners delete.
                    file.unlink()


# --- Refused ---------------------------------------------------------------------------------------------------------


def _refuse_read_only(path: Path) -> None:
    # The mode counts for root too.
    if path.exists() and not (path.stat().st_mode & _WRITABLE and os.access(path, os.W_OK)):
        raise CannotSave(f"{path.name} 是只读文件；请取消“只读”属性后再试。{_UNTOUCHED}")
    folder = path.parent
    if not folder.stat().st_mode & _WRITABLE or not os.access(folder, os.W_OK | os.X_OK):
        raise CannotSave(f"{path.name} 所在的文件夹不能写入；请取得写入权限后再试。{_UNTOUCHED}")


def _refuse_open(*paths: Path) -> None:
    """Refuse a workbook that an office program has open, by the file that each makes beside it.

    Excel: ``~$name``; WPS: ``.~name``; both may drop up to two leading characters of the name for it. LibreOffice:
    ``.~lock.name#``.
    """
    for path in paths:
        name, folder = path.name, path.parent
        # A shortened name is also the whole name of another workbook, if there is one.
        names = [name, *(name[cut:] for cut in (1, 2) if not (folder / name[cut:]).exists())]
        owners = [f".~lock.{name}#", *(f"{sign}{each}" for sign in ("~$", ".~") for each in names)]
        for owner in owners:
            if os.path.lexists(folder / owner):
                raise CannotSave(
                    f"{name} 正在 Excel、WPS 或 LibreOffice 中打开；请先关闭再试"
                    f"（若并没有打开，请删除同一文件夹中遗留的隐藏文件 {owner}）。{_UNTOUCHED}"
                )


def _message(error: OSError) -> str:
    """What is wrong with a file, and what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "写不进去：磁盘已满；请清理磁盘空间后再试"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "写不进去：没有写入权限，或正被其他程序占用；请关闭其他程序、取得写入权限后再试"
        case _:
            return f"写不进去：磁盘或文件夹出错（{reason_of(error)}）；请检查后再试"
