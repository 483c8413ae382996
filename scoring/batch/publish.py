"""Results appear whole or not at all: a folder is made beside its place, then takes the place of the one before.

Only one batch at a time may write into a folder of results; what a batch that was killed has left is put in order by
the next one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from filelock import FileLock, Timeout

from scoring.base.files import reason_of
from scoring.batch.records import RECORD

_STAGING: Final = ".staging"
_REPLACED: Final = "replaced"


class NotWritable(Exception):
    """Results cannot be written; the message says why and what to do, in Chinese."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell in Chinese that a folder cannot be written to.

    Raises
    ------
    NotWritable
        On a full disk, a folder without permission, or a file that another program holds open.
    """
    try:
        yield
    except OSError as error:
        raise NotWritable(f"结果写不进 {folder}（{reason_of(error)}）；请检查磁盘空间和写入权限") from error


@contextmanager
def only_batch(out: Path) -> Iterator[None]:
    """Hold the folder of results against another batch, and put in order what a killed one left; see :func:`held`."""
    with held(out, "另一次运行"):
        try:
            _recover(out)
            yield
        finally:
            _recover(out)


@contextmanager
def held(folder: Path, other: str) -> Iterator[None]:
    """Hold a folder, which is made where there is none, against whoever else would write there.

    Parameters
    ----------
    other
        What they would write, in Chinese.

    Raises
    ------
    NotWritable
        When somebody else is writing there, or nobody can.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    with writing(folder):
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
    """A folder that was moved away and not replaced goes back; all else that a run left undone goes."""
    replaced = out / _STAGING / _REPLACED
    with writing(out):
        for folder in replaced.iterdir() if replaced.is_dir() else ():
            if not (out / folder.name).exists():
                folder.rename(out / folder.name)
    shutil.rmtree(out / _STAGING, ignore_errors=True)


def publish(folder: Path, files: Mapping[str, bytes], ours: Collection[str]) -> None:
    """Put a department's results in place of those before, all in one move; other people's files stay.

    Parameters
    ----------
    folder
        The department's folder; it goes when nothing is left to be in it.
    ours
        Names that a batch writes; what else lies in the folder is carried over.

    Raises
    ------
    NotWritable
        When they cannot be written; what was there before is there still.
    """
    with writing(folder), _staged(folder.parent, files) as beside:
        _carry_over(folder, beside, {*files, *ours})
        _exchange(folder, beside)


def _exchange(folder: Path, beside: Path) -> None:
    """Put one folder in the place of another, which comes back when that cannot be done."""
    replaced = folder.parent / _STAGING / _REPLACED / folder.name
    done_with = beside.with_name(uuid4().hex)
    try:
        if folder.exists():
            replaced.parent.mkdir(exist_ok=True)
            folder.rename(replaced)
        if any(beside.iterdir()):
            beside.rename(folder)
        if replaced.exists():
            replaced.rename(done_with)  # From here on it is not put back, be there another in its place or none.
    except OSError:
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        raise
    shutil.rmtree(done_with, ignore_errors=True)


def publish_file(out: Path, name: str, content: bytes) -> None:
    """Put a single file in its place in one move; its name is its path within the folder of results.

    Raises
    ------
    NotWritable
        When it cannot be written; what was there before is there still.
    """
    path = out / name
    with writing(path.parent), _staged(out, {path.name: content}) as beside:
        path.parent.mkdir(exist_ok=True)
        (beside / path.name).replace(path)


@contextmanager
def _staged(out: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with the files beside their place; gone afterwards, unless it was moved."""
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
            _link_or_copy(path, beside / path.name)


def _link_or_copy(path: Path, to: Path) -> None:
    try:
        os.link(path, to, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, to, follow_symlinks=False)


def publish_city(out: Path, files: Mapping[str, bytes], ours: Sequence[str]) -> None:
    """Put the city's files, which lie beside the departments' folders, in their places.

    Those before go first and the new ones come in the opposite order, so that old and new never lie side by side, and
    the index, which leads to the others, is there only when all are.

    Parameters
    ----------
    ours
        Names of all that a run leaves of the city, the index first.

    Raises
    ------
    NotWritable
        When they cannot be written.
    """
    with writing(out), _staged(out, files) as beside:
        withdraw_city(out, ours)
        for name in reversed([name for name in ours if name in files]):
            (beside / name).rename(out / name)


def withdraw(folder: Path, ours: Collection[str]) -> None:
    """Take away a department's results, all in one move; other people's files stay. Raises :class:`NotWritable`."""
    if not folder.is_dir() or not any(path.name in ours for path in folder.iterdir()):
        return
    try:
        publish(folder, {}, ours)
    except NotWritable:  # A full disk has no room for anything beside, but what is there can be removed.
        with writing(folder):
            for name in sorted(ours, key=RECORD.__eq__):  # The record last: by it the next run knows what is left.
                (folder / name).unlink(missing_ok=True)
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def withdraw_city(out: Path, ours: Sequence[str]) -> None:
    """Take away the city's results: first the index, without which nothing looks finished."""
    with writing(out):
        for name in ours:
            (out / name).unlink(missing_ok=True)
