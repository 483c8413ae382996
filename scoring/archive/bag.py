"""Writing an archive: a BagIt bag and its .zip, made beside their place and moved into it when they are whole.

The library ``bagit`` declares version 0.97 and lists tag files in the order of the disk, so the few lines of a bag of
RFC 8493 are written here, in one order; the library then validates the bag before it is moved.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import bagit

from scoring.archive import layout
from scoring.archive.contents import Contents
from scoring.archive.layout import PAYLOAD, UnusableArchive, identifier_of, reading
from scoring.archive.opened import opened
from scoring.archive.sign import SigningKey, sign
from scoring.archive.verify.fixity import check_fixity
from scoring.batch.publish import locked, writing

#: What a .zip says of every entry's time, so that the same archive is the same .zip.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE: Final = 0o100644
_BLOCK: Final = 2**20


@dataclass(frozen=True)
class Sealed:
    """An archive that is in its place."""

    folder: Path
    packed: Path
    identifier: str


@contextmanager
def only_archiver(to: Path) -> Iterator[None]:
    """Hold the folder of archives against another, and clear away what one that was killed left unfinished.

    Raises
    ------
    NotWritable
        When another archive is being made there, or nobody can write there.
    """
    with locked(to, "另一个归档"):
        for folder in to.glob(f"{layout.STAGING}*"):
            shutil.rmtree(folder, ignore_errors=True)
        yield


@dataclass(frozen=True)
class Unsealed:
    """What an archive is to hold."""

    contents: Contents
    readme: str
    #: Lines of bag-info.txt, besides those that every bag has.
    info: Mapping[str, str]
    #: How the archive's name begins; the day of archiving and a part of its identifier follow.
    stem: str
    day: dt.date
    #: Whether what was written into the payload's folder is what it was when it was looked at.
    holds: Callable[[Path], bool]


def seal(unsealed: Unsealed, key: SigningKey | None, to: Path) -> Sealed:
    """Write an archive and put it in its place.

    Raises
    ------
    NotWritable
        When it cannot be written; nothing is left.
    UnusableArchive
        When the very same archive is there already, or one of its name that is no longer whole; when a file cannot be
        read, or what was written is not what was to be written.
    """
    with writing(to), only_archiver(to), tempfile.TemporaryDirectory(prefix=layout.STAGING, dir=to) as beside:
        bag = Path(beside) / "归档"
        identifier = _write(bag, unsealed, key)
        _validate(bag, unsealed)
        name = f"{unsealed.stem}-{unsealed.day:%Y%m%d}-{identifier[:8]}"
        place = Sealed(to / name, to / f"{name}.zip", identifier)
        there = [path for path in (place.folder, place.packed) if path.exists()]
        for path in there:
            _require_the_same(path, bag)
        if len(there) > 1:
            raise UnusableArchive(f"已有内容相同的归档 {place.folder}，没有另写一份")
        packed = Path(beside) / "归档.zip"
        _pack(bag, name, packed)
        for made, final in ((bag, place.folder), (packed, place.packed)):
            if final not in there:  # One may have been put there before the other was to be.
                made.rename(final)
    return place


def _require_the_same(path: Path, bag: Path) -> None:
    """What stands where an archive is to be, a folder or a .zip, must be that very archive, and whole.

    No manifest lists the signature; Ed25519 gives the same for the same key and manifest.
    """
    try:
        with opened(path) as there:
            problems = [*map(str, check_fixity(there.bag).differences)]
            for name in (layout.TAG_MANIFEST, layout.SIGNATURE):
                one, other = (file.read_bytes() if file.is_file() else b"" for file in (there.bag / name, bag / name))
                problems += [] if one == other else [f"{name}：与应有的不同"]
    except UnusableArchive as error:
        problems = [str(error)]
    if problems:
        raise UnusableArchive(
            f"已有同名归档 {path}，但已不完好（{problems[0]}），没有改动它，也没有另写一份；"
            "请用 verify 核对，把它移到别处后再归档"
        )


def _write(bag: Path, unsealed: Unsealed, key: SigningKey | None) -> str:
    """Every file of the bag, the seal last; returns the archive's identifier."""
    lines, size = [], 0
    for name, content in unsealed.contents.items():
        digest, written = _copy(content, bag / PAYLOAD / name)
        lines.append(f"{digest}  {PAYLOAD}/{name}\n")
        size += written
    stated = {
        **unsealed.info,
        "Bagging-Date": unsealed.day.isoformat(),
        "Bag-Software-Agent": f"site-audit-workbook {metadata.version('site-audit-workbook')}",
        "Payload-Oxum": f"{size}.{len(lines)}",
    }
    tags = {
        layout.DECLARATION: layout.DECLARED,
        layout.INFO: "".join(f"{label}: {value}\n" for label, value in stated.items()).encode("utf-8"),
        layout.MANIFEST: "".join(lines).encode("utf-8"),
        layout.README: unsealed.readme.encode("utf-8"),
    }
    listed = "".join(f"{hashlib.sha512(content).hexdigest()}  {name}\n" for name, content in sorted(tags.items()))
    tag_manifest = listed.encode("utf-8")
    identifier = identifier_of(tag_manifest)
    sealing = {layout.TAG_MANIFEST: tag_manifest, layout.SEAL: f"{identifier}  {layout.TAG_MANIFEST}\n".encode()}
    signing = {} if key is None else {layout.SIGNATURE: sign(tag_manifest, key)}
    for name, content in {**tags, **signing, **sealing}.items():
        (bag / name).write_bytes(content)
    return identifier


def _copy(content: Path | bytes, to: Path) -> tuple[str, int]:
    """Write a file of the payload; returns its digest and its size."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        with reading(content):
            content = content.read_bytes()
    to.write_bytes(content)
    return hashlib.sha512(content).hexdigest(), len(content)


def _validate(bag: Path, unsealed: Unsealed) -> None:
    """Read everything again, as any program that knows bags does."""
    if not unsealed.holds(bag / PAYLOAD):
        raise UnusableArchive("归档过程中佐证或报告被改动，归档没有完成；请再运行一次")
    try:
        bagit.Bag(str(bag)).validate()
    except bagit.BagError as error:
        raise UnusableArchive(f"写入后核对不符，归档没有完成；请检查磁盘：{error}") from error


def _pack(bag: Path, name: str, to: Path) -> None:
    """The archive as a .zip, the same bytes for the same archive and name."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, strict_timestamps=True) as packed:
        for path in sorted(path for path in bag.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(bag).as_posix()}", _NO_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _PLAIN_FILE << 16, 3
            entry.file_size = path.stat().st_size  # so that one of more than 4 GB is announced
            with path.open("rb") as file, packed.open(entry, "w") as into:
                shutil.copyfileobj(file, into, _BLOCK)
