"""File names that a disk keeps in another Unicode form than the manifests: the same names, not other files.

An old macOS disk (HFS+) writes names decomposed, é as e and an accent; so does a .zip that was made there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.archive.layout import MANIFEST, TAG_MANIFEST, UnusableArchive
from scoring.files import reason_of


@contextmanager
def as_listed(bag: Path) -> Iterator[tuple[Path, int]]:
    """The archive's folder under the names that its manifests list, and how many files stood under others.

    Where there are any, it is a temporary copy; the archive itself is not touched.
    """
    renamed = _renamed(bag)
    if not renamed:
        yield bag, 0
        return
    with tempfile.TemporaryDirectory(prefix="archive-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / bag.name
        try:
            shutil.copytree(bag, copy, symlinks=True)
            for found, listed in renamed.items():
                os.renames(copy / found, copy / listed)
        except (OSError, shutil.Error) as error:
            why = reason_of(error) if isinstance(error, OSError) and error.errno else "无法复制"
            raise UnusableArchive(f"{bag} 的文件名写法与清单不同，又复制不到临时文件夹（{why}）") from error
        yield copy, len(renamed)


def _renamed(bag: Path) -> dict[str, str]:
    """Files that no manifest lists to the listed ones that have the same name in another form and are not there."""
    there = {path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file() and not path.is_symlink()}
    missing = {_composed(name): name for name in _listed(bag) - there}
    return {name: missing[_composed(name)] for name in sorted(there) if missing and _composed(name) in missing}


def _listed(bag: Path) -> set[str]:
    manifests = (bag / name for name in (MANIFEST, TAG_MANIFEST))
    lines = (line for path in manifests if path.is_file() for line in path.read_bytes().split(b"\n"))
    return {line.decode("utf-8", "replace").partition("  ")[2] for line in lines} - {""}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
