"""Fixity: every file of an archive that was changed, removed, added, renamed or swapped is named.

Manifests are read here, and not by the library, which passes over tag files that nobody lists, over symbolic links and
over what stands in a manifest beside its entries. A manifest that was edited to match is told by the manifest above it;
all of them together, only by the signature, the identifier or the re-derivation.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scoring.archive.layout import (
    DECLARATION,
    DECLARED,
    INFO,
    MANIFEST,
    PAYLOAD,
    README,
    SEAL,
    SIGNATURE,
    TAG_MANIFEST,
    Size,
    identifier_of,
    stated_size,
)
from scoring.archive.verify.report import Part
from scoring.files import reason_of

_ENTRY: Final = re.compile(r"([0-9a-f]{128})  (\S.*)")
#: What Windows calls a junction (IO_REPARSE_TAG_MOUNT_POINT); ``stat`` has the name on Windows only.
_MOUNT_POINT: Final = 0xA0000003
#: All tag files that an archive may have.
_TAGS: Final = frozenset({DECLARATION, INFO, MANIFEST, TAG_MANIFEST, SEAL, SIGNATURE, README})
#: Tag files that no manifest can list: the manifest itself, and what is made of it.
_UNLISTED: Final = (TAG_MANIFEST, SEAL, SIGNATURE)


@dataclass
class _Disk:
    """What lies in the folder: files with their digests, links and folders without a file."""

    digests: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)


def check_fixity(bag: Path) -> Part:
    """Hold every file against the manifests, and the manifests against the seal."""
    part, disk = Part("文件核对"), _look(bag)
    for name in disk.links:
        part.differs(name, "是符号链接或特殊文件，归档中不应有，没有跟随")
    for name in disk.empty:
        part.differs(name, "多出的空文件夹")
    for name, why in disk.unreadable.items():
        part.differs(name, f"读不出来（{why}）")
    _check_seal(bag, disk, part)
    tags = _entries(bag, TAG_MANIFEST, disk, part)
    payload = _entries(bag, MANIFEST, disk, part)
    _compare({**payload, **tags}, disk, part)
    if not part.differences:
        _check_tags(bag, disk, part)
    part.checked = f"共 {len(disk.digests)} 个文件"
    return part


def _look(bag: Path) -> _Disk:
    """What lies in the folder, however deep; no link is followed."""
    disk, folders = _Disk(), [bag]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            disk.unreadable[folder.relative_to(bag).as_posix()] = reason_of(error)
            continue
        if not entries and folder != bag:
            disk.empty.append(f"{folder.relative_to(bag).as_posix()}/")
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                folders.append(Path(entry.path))
            else:
                _look_at(entry, Path(entry.path).relative_to(bag).as_posix(), disk)
    return disk


def _look_at(entry: os.DirEntry[str], name: str, disk: _Disk) -> None:
    try:
        if entry.is_file(follow_symlinks=False):
            disk.digests[name] = _digest(Path(entry.path))
        else:
            disk.links.append(name)
    except OSError as error:
        disk.unreadable[name] = reason_of(error)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder of Windows that leads elsewhere; ``isjunction`` came with Python 3.12 only."""
    try:
        return getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _MOUNT_POINT
    except OSError:  # told when it is to be read
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").hexdigest()


def _check_seal(bag: Path, disk: _Disk, part: Part) -> None:
    """The seal must be that of the tag manifest, and bagit.txt as every archive has it."""
    for name in (DECLARATION, INFO, MANIFEST, TAG_MANIFEST, SEAL):
        if name not in disk.digests:
            part.differs(name, "缺失")
    if TAG_MANIFEST in disk.digests and SEAL in disk.digests:
        identifier = identifier_of((bag / TAG_MANIFEST).read_bytes())
        if (bag / SEAL).read_bytes() != f"{identifier}  {TAG_MANIFEST}\n".encode():
            part.differs(f"{TAG_MANIFEST}、{SEAL}", "互不相符，二者之一被改动")
    if DECLARATION in disk.digests and (bag / DECLARATION).read_bytes() != DECLARED:
        part.differs(DECLARATION, "内容应为 BagIt 1.0、UTF-8 的声明")


def _check_tags(bag: Path, disk: _Disk, part: Part) -> None:
    """Beside the payload lies what every archive has and no more, and the payload is as large as is stated there."""
    for name in disk.digests:
        if not name.startswith(f"{PAYLOAD}/") and name not in _TAGS:
            part.differs(name, "归档中不应有的文件")
    payload = [(bag / name).stat().st_size for name in disk.digests if name.startswith(f"{PAYLOAD}/")]
    stated, found = stated_size((bag / INFO).read_bytes()), Size(sum(payload), len(payload))
    if stated != found:
        part.differs(INFO, f"Payload-Oxum 写明 {PAYLOAD}/ 有 {stated or '（没有写明）'}，实有 {found}")


def _entries(bag: Path, manifest: str, disk: _Disk, part: Part) -> dict[str, str]:
    """The entries of a manifest, by name; what is no entry, or none that belongs there, is a difference."""
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
    """Whether a path stays in the archive, and in the part of it that the manifest lists."""
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in parts[0] or {"", ".", ".."} & set(parts):
        return False
    return (parts[0] == PAYLOAD) == (manifest == MANIFEST) and name not in _UNLISTED


def _compare(listed: Mapping[str, str], disk: _Disk, part: Part) -> None:
    """Listed against found, files that were renamed or swapped told as such."""
    found = disk.digests
    gone = [name for name in listed if name not in found]
    new = [name for name in found if name not in listed and name not in _UNLISTED]
    for old, name in _pairs(gone, new, listed, found):
        part.differs(old, f"改名为 {name}")
        gone.remove(old)
        new.remove(name)
    changed = [name for name in listed if name in found and listed[name] != found[name]]
    for one, other in _pairs(changed, changed, listed, found):
        if one < other and {one, other} <= set(changed) and listed[other] == found[one]:
            part.differs(f"{one}、{other}", "内容互换")
            changed.remove(one)
            changed.remove(other)
    for name in changed:
        part.differs(name, "内容被改动")
    for name in gone:
        if name not in (DECLARATION, INFO, MANIFEST):  # These are told of already.
            part.differs(name, "缺失")
    for name in new:
        part.differs(name, "多出的文件，不在清单中")


def _pairs(
    lost: list[str], there: list[str], listed: Mapping[str, str], found: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Files whose content stands under another name; each name once."""
    by_digest = {found[name]: name for name in there}
    pairs = [(name, by_digest[listed[name]]) for name in lost if listed[name] in by_digest]
    taken: set[str] = set()
    for old, new in pairs:
        if new not in taken and old != new:
            taken.add(new)
            yield old, new
