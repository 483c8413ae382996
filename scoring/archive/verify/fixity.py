"""Fixity: every file that was changed, removed, added or replaced by a link is named.

The library ``bagit`` is not used here: its validation stops at the first file of another size without naming it,
follows symbolic links, ignores lines of a manifest that it cannot read, and allows tag files that no manifest lists.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scoring.archive import layout
from scoring.archive.layout import INFO, MANIFEST, PAYLOAD, TAG_MANIFEST, identifier_of
from scoring.archive.verify.report import Part
from scoring.base.files import reason_of

_ENTRY: Final = re.compile(r"([0-9a-f]{128})  (\S.*)")
#: Tag files that no manifest can list.
_UNLISTED: Final = (TAG_MANIFEST, layout.SEAL, layout.SIGNATURE)
#: Tag files that every archive has, and all that it may have.
_NEEDED: Final = (layout.DECLARATION, INFO, MANIFEST, TAG_MANIFEST, layout.SEAL)
_TAGS: Final = frozenset({*_NEEDED, *_UNLISTED, layout.README})


@dataclass
class _Disk:
    """The files found, with their digests; and links and unreadable files, with the reason."""

    digests: dict[str, str] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)


def check_fixity(bag: Path) -> Part:
    """Compare every file with the manifests, and the manifests with the seal."""
    part, disk = Part("文件核对"), _look(bag)
    for name, why in disk.unusable.items():
        part.differs(name, why)
    _check_seal(bag, disk, part)
    listed = {**_entries(bag, MANIFEST, disk, part), **_entries(bag, TAG_MANIFEST, disk, part)}
    for name in sorted(listed.keys() | disk.digests.keys()):
        if name not in disk.digests:
            if name not in disk.unusable and name not in _NEEDED:
                part.differs(name, "缺失")
        elif name not in listed:
            if name not in _UNLISTED:
                part.differs(name, "多出的文件，不在清单中")
        elif listed[name] != disk.digests[name]:
            part.differs(name, "内容被改动")
        elif name not in _TAGS and not name.startswith(f"{PAYLOAD}/"):
            part.differs(name, "归档中不应有的文件")
    part.checked = f"共 {len(disk.digests)} 个文件"
    return part


def _look(bag: Path) -> _Disk:
    """All files of the folder and its subfolders; links are not followed."""
    disk, folders = _Disk(), [bag]
    while folders:  # Not recursive: folders may be nested deeper than Python's stack.
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            disk.unusable[folder.relative_to(bag).as_posix()] = f"读不出来（{reason_of(error)}）"
            continue
        for entry in entries:
            name = Path(entry.path).relative_to(bag).as_posix()
            junction = getattr(entry, "is_junction", bool)()  # A link to a folder on Windows; Python 3.12
            try:
                if entry.is_dir(follow_symlinks=False) and not junction:
                    folders.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    with Path(entry.path).open("rb") as file:
                        disk.digests[name] = hashlib.file_digest(file, "sha512").hexdigest()
                else:
                    disk.unusable[name] = "是符号链接或特殊文件，归档中不应有，没有跟随"
            except OSError as error:
                disk.unusable[name] = f"读不出来（{reason_of(error)}）"
    return disk


def _check_seal(bag: Path, disk: _Disk, part: Part) -> None:
    """The seal must be the digest of the tag manifest, and bagit.txt the same in every archive."""
    for name in _NEEDED:
        if name not in disk.digests:
            part.differs(name, "缺失")
    if TAG_MANIFEST in disk.digests and layout.SEAL in disk.digests:
        identifier = identifier_of((bag / TAG_MANIFEST).read_bytes())
        if (bag / layout.SEAL).read_bytes() != f"{identifier}  {TAG_MANIFEST}\n".encode():
            part.differs(f"{TAG_MANIFEST}、{layout.SEAL}", "互不相符，二者之一被改动")
    if layout.DECLARATION in disk.digests and (bag / layout.DECLARATION).read_bytes() != layout.DECLARED:
        part.differs(layout.DECLARATION, "内容应为 BagIt 1.0、UTF-8 的声明")


def _entries(bag: Path, manifest: str, disk: _Disk, part: Part) -> dict[str, str]:
    """The entries of a manifest by name; a line that is not an entry of this manifest is a difference."""
    entries: dict[str, str] = {}
    *lines, rest = (bag / manifest).read_bytes().split(b"\n") if manifest in disk.digests else [b""]
    if rest:
        part.differs(manifest, "末尾不完整")
    for number, content in enumerate(lines, start=1):
        line = content.decode("utf-8", "replace")
        found = _ENTRY.fullmatch(line)
        if found is None or line.encode() != content:
            part.differs(f"{manifest} 第 {number} 行", "应为 128 位摘要、两个空格和文件名")
        elif not _belongs(found[2], manifest):
            part.differs(f"{manifest} 第 {number} 行", f"“{found[2]}”越出了归档，或不该列在这份清单中")
        elif found[2] in entries:
            part.differs(f"{manifest} 第 {number} 行", f"“{found[2]}”列了两次")
        else:
            entries[found[2]] = found[1]
    return entries


def _belongs(name: str, manifest: str) -> bool:
    """Whether a path stays inside the archive, and in the part of it that the manifest lists."""
    parts = name.split("/")
    if "\\" in name or ":" in parts[0] or {"", ".", ".."} & set(parts):
        return False
    return (parts[0] == PAYLOAD) == (manifest == MANIFEST) and name not in _UNLISTED
