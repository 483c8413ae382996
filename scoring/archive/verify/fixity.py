"""Fixity: every file of an archive that was changed, removed, added, renamed or swapped is named.

Manifests are read here, and not by the library ``bagit``, which passes over tag files that nobody lists, over symbolic
links and over what stands in a manifest beside its entries. A manifest that was edited to match is told by the manifest
above it; all of them together, only by the signature, the identifier or the re-derivation.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scoring.archive import layout
from scoring.archive.layout import INFO, MANIFEST, PAYLOAD, TAG_MANIFEST, found_size, identifier_of, stated_size
from scoring.archive.verify.report import Part
from scoring.base.files import reason_of

_ENTRY: Final = re.compile(r"([0-9a-f]{128})  (\S.*)")
#: Tag files that no manifest can list: the manifest itself, and what is made of it.
_UNLISTED: Final = (TAG_MANIFEST, layout.SEAL, layout.SIGNATURE)
#: Tag files that every archive has, and all that it may have.
_NEEDED: Final = (layout.DECLARATION, INFO, MANIFEST, TAG_MANIFEST, layout.SEAL)
_TAGS: Final = frozenset({*_NEEDED, *_UNLISTED, layout.README})


@dataclass
class _Disk:
    """What lies in the folder: files with their digests; links, empty folders and what cannot be read, with why."""

    digests: dict[str, str] = field(default_factory=dict)
    amiss: dict[str, str] = field(default_factory=dict)


def check_fixity(bag: Path) -> Part:
    """Hold every file against the manifests, and the manifests against the seal."""
    part, disk = Part("文件核对"), _look(bag)
    for name, why in disk.amiss.items():
        part.differs(name, why)
    _check_seal(bag, disk, part)
    listed = {**_entries(bag, MANIFEST, disk, part), **_entries(bag, TAG_MANIFEST, disk, part)}
    _compare(listed, disk.digests, part)
    if not part.differences:
        _check_tags(bag, disk, part)
    part.checked = f"共 {len(disk.digests)} 个文件"
    return part


def _look(bag: Path) -> _Disk:
    """What lies in the folder, however deep; no link is followed."""
    disk, folders = _Disk(), [bag]
    while folders:
        folder = folders.pop()
        name = folder.relative_to(bag).as_posix()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            disk.amiss[name] = f"读不出来（{reason_of(error)}）"
            continue
        if not entries and folder != bag:
            disk.amiss[f"{name}/"] = "多出的空文件夹"
        for entry in entries:
            junction = getattr(entry, "is_junction", bool)()  # a folder of Windows that leads elsewhere; Python 3.12
            if entry.is_dir(follow_symlinks=False) and not junction:
                folders.append(Path(entry.path))
            else:
                _look_at(entry, Path(entry.path).relative_to(bag).as_posix(), disk)
    return disk


def _look_at(entry: os.DirEntry[str], name: str, disk: _Disk) -> None:
    try:
        if not entry.is_file(follow_symlinks=False):
            disk.amiss[name] = "是符号链接或特殊文件，归档中不应有，没有跟随"
            return
        with Path(entry.path).open("rb") as file:
            disk.digests[name] = hashlib.file_digest(file, "sha512").hexdigest()
    except OSError as error:
        disk.amiss[name] = f"读不出来（{reason_of(error)}）"


def _check_seal(bag: Path, disk: _Disk, part: Part) -> None:
    """The seal must be that of the tag manifest, and bagit.txt as every archive has it."""
    for name in _NEEDED:
        if name not in disk.digests:
            part.differs(name, "缺失")
    if TAG_MANIFEST in disk.digests and layout.SEAL in disk.digests:
        identifier = identifier_of((bag / TAG_MANIFEST).read_bytes())
        if (bag / layout.SEAL).read_bytes() != f"{identifier}  {TAG_MANIFEST}\n".encode():
            part.differs(f"{TAG_MANIFEST}、{layout.SEAL}", "互不相符，二者之一被改动")
    if layout.DECLARATION in disk.digests and (bag / layout.DECLARATION).read_bytes() != layout.DECLARED:
        part.differs(layout.DECLARATION, "内容应为 BagIt 1.0、UTF-8 的声明")


def _check_tags(bag: Path, disk: _Disk, part: Part) -> None:
    """Beside the payload lies what every archive has and no more, and the payload is as large as is stated there."""
    payload = [name for name in disk.digests if name.startswith(f"{PAYLOAD}/")]
    for name in sorted(disk.digests.keys() - {*payload} - _TAGS):
        part.differs(name, "归档中不应有的文件")
    found = found_size([(bag / name).stat().st_size for name in payload])
    if (stated := stated_size((bag / INFO).read_bytes())) != found:
        part.differs(INFO, f"Payload-Oxum（{PAYLOAD}/ 的字节数.文件数）写明 {stated or '（没有写明）'}，实为 {found}")


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
    if "\\" in name or ":" in parts[0] or {"", ".", ".."} & set(parts):
        return False
    return (parts[0] == PAYLOAD) == (manifest == MANIFEST) and name not in _UNLISTED


def _compare(listed: Mapping[str, str], found: Mapping[str, str], part: Part) -> None:
    """Listed against found, files that were renamed or swapped told as such."""
    gone = {listed[name]: name for name in listed.keys() - found.keys()}
    new = sorted(found.keys() - listed.keys() - {*_UNLISTED})
    changed = {name for name in listed.keys() & found.keys() if listed[name] != found[name]}
    renamed = {gone.pop(found[name]): name for name in new if found[name] in gone}
    by_content = {found[name]: name for name in changed}
    for name in sorted(changed):
        other = by_content.get(listed[name], "")
        if name < other and listed[other] == found[name] and {name, other} <= changed:
            part.differs(f"{name}、{other}", "内容互换")
            changed -= {name, other}
    for old, name in renamed.items():
        part.differs(old, f"改名为 {name}")
    for name in sorted(changed):
        part.differs(name, "内容被改动")
    for name in sorted(listed.keys() - found.keys() - renamed.keys() - {*_NEEDED}):  # Of these it is told already.
        part.differs(name, "缺失")
    for name in new:
        if name not in renamed.values():
            part.differs(name, "多出的文件，不在清单中")
