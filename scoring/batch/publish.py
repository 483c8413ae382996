"""Results appear whole or not at all: a folder is made elsewhere, then replaces the old one.

Only one batch at a time writes into a folder of results; the next one cleans up after a batch that was killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from filelock import FileLock, Timeout

from scoring.base.files import NotWritable, writing
from scoring.batch.records import RECORD

_STAGING: Final = ".staging"
_REPLACED: Final = "replaced"


@contextmanager
def only_batch(out: Path) -> Iterator[None]:
    """Lock the folder of results, and clean up after a batch that was killed; see :func:`locked`."""
    with locked(out, "另一次运行"):
        try:
            _recover(out)
            yield
        finally:
            _recover(out)


@contextmanager
def locked(folder: Path, other: str) -> Iterator[None]:
    """Lock a folder, made if need be, against another writer, which the message calls ``other`` (in Chinese).

    Raises :class:`NotWritable` when that one is writing there, or the folder cannot be written to.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    with writing(f"结果写不进 {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as busy:
            raise NotWritable(f"{other}正在写入 {folder}；请等它完成后再运行") from busy
    try:
        yield
    finally:
        lock.release()


def _recover(out: Path) -> None:
    """Put back a folder that was moved away and not replaced; remove everything else that is unfinished."""
    replaced = out / _STAGING / _REPLACED
    with writing(f"结果写不进 {out}"):
        for folder in replaced.iterdir() if replaced.is_dir() else ():
            if not (out / folder.name).exists():
                folder.rename(out / folder.name)
    shutil.rmtree(out / _STAGING, ignore_errors=True)


def publish(folder: Path, files: Mapping[str, bytes], ours: Collection[str]) -> None:
    """Replace a department's results, all in one move; other files than ``ours`` stay, an empty folder goes.

    Raises :class:`NotWritable`; the old results are then still there.
    """
    with writing(f"结果写不进 {folder}"), _staged(folder.parent, files) as beside:
        _carry_over(folder, beside, {*files, *ours})
        _exchange(folder, beside)


def _exchange(folder: Path, beside: Path) -> None:
    """Replace one folder by another; when that fails, the first one is put back."""
    replaced = folder.parent / _STAGING / _REPLACED / folder.name
    discarded = beside.with_name(uuid4().hex)
    try:
        if folder.exists():
            replaced.parent.mkdir(exist_ok=True)
            folder.rename(replaced)
        if any(beside.iterdir()):
            beside.rename(folder)
        if replaced.exists():
            replaced.rename(discarded)  # From here on it is not put back.
    except OSError:
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        raise
    shutil.rmtree(discarded, ignore_errors=True)


def publish_file(out: Path, name: str, content: bytes) -> None:
    """Write a single file, named by its path in the folder of results, in one move.

    Raises :class:`NotWritable`; the old file is then still there.
    """
    path = out / name
    with writing(f"结果写不进 {path.parent}"), _staged(out, {path.name: content}) as beside:
        path.parent.mkdir(exist_ok=True)
        (beside / path.name).replace(path)


@contextmanager
def _staged(out: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """A temporary folder with the files, on the same disk as the results."""
    beside = out / _STAGING / uuid4().hex
    try:
        beside.mkdir(parents=True)
        for name, content in files.items():
            (beside / name).write_bytes(content)
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _carry_over(folder: Path, beside: Path, ours: Collection[str]) -> None:
    for path in folder.iterdir() if folder.exists() else ():
        if path.name not in ours and path.is_dir() and not path.is_symlink():
            shutil.copytree(path, beside / path.name, symlinks=True)
        elif path.name not in ours:
            shutil.copy2(path, beside / path.name, follow_symlinks=False)


def publish_city(out: Path, files: Mapping[str, bytes], ours: Sequence[str]) -> None:
    """Replace the city's files, which are beside the departments' folders.

    The old ones are removed first and the new ones come in reverse order, so that old and new are never mixed, and the
    index, which comes first in ``ours`` and links to the others, is there only when all are.
    """
    with writing(f"结果写不进 {out}"), _staged(out, files) as beside:
        withdraw_city(out, ours)
        for name in reversed([name for name in ours if name in files]):
            (beside / name).rename(out / name)


def withdraw(folder: Path, ours: Collection[str]) -> None:
    """Remove a department's results, all in one move; other files stay. Raises :class:`NotWritable`."""
    if not folder.is_dir() or not any(path.name in ours for path in folder.iterdir()):
        return
    try:
        publish(folder, {}, ours)
    except NotWritable:  # A full disk has no room for the temporary folder, but files can be removed.
        with writing(f"结果写不进 {folder}"):
            for name in sorted(ours, key=RECORD.__eq__):  # The record last: the next run needs it.
                (folder / name).unlink(missing_ok=True)
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def withdraw_city(out: Path, ours: Sequence[str]) -> None:
    """Remove the city's results, the index first."""
    with writing(f"结果写不进 {out}"):
        for name in ours:
            (out / name).unlink(missing_ok=True)
