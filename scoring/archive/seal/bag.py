"""Writing an archive: a BagIt bag and its .zip, written to a temporary folder and moved into place when complete.

The library ``bagit`` declares version 0.97 and lists tag files in directory order, so the files of a bag (RFC 8493) are
written here, in a fixed order; the library then validates the bag before it is moved.
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
from typing import Any, Final

import bagit

from scoring.archive import layout
from scoring.archive.layout import PAYLOAD, UnusableArchive, identifier_of
from scoring.archive.seal.contents import Contents
from scoring.archive.seal.label import PACKAGE, readme_of
from scoring.archive.sign import SigningKey, sign
from scoring.base.files import reason_of, writing
from scoring.batch.publish import locked

#: The time of every entry of a .zip, so that the same archive gives the same .zip.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE: Final = 0o100644
_BLOCK: Final = 2**20


@dataclass(frozen=True)
class Sealed:
    """A finished archive."""

    folder: Path
    packed: Path
    identifier: str


@contextmanager
def only_archiver(to: Path) -> Iterator[None]:
    """Lock the folder of archives, and remove what an interrupted run left there."""
    with locked(to, "另一个归档"):
        for folder in to.glob(f"{layout.STAGING}*"):
            shutil.rmtree(folder, ignore_errors=True)
        yield


def seal(
    contents: Contents,
    label: Mapping[str, Any],
    day: dt.date,
    key: SigningKey | None,
    to: Path,
    unchanged: Callable[[Path], bool],
) -> Sealed:
    """Write an archive: a folder and its .zip. If one of the two exists already, it is not touched.

    If it cannot be written (:class:`NotWritable`), or the files changed while they were copied
    (:class:`UnusableArchive`), nothing is left behind. ``unchanged`` compares the copied payload with what was checked.
    """
    with (
        writing(f"结果写不进 {to}"),
        only_archiver(to),
        tempfile.TemporaryDirectory(prefix=layout.STAGING, dir=to) as staging,
    ):
        bag = Path(staging) / "归档"
        identifier = _write(bag, contents, label, day, key)
        if not unchanged(bag / PAYLOAD):
            raise UnusableArchive("归档过程中佐证或报告被改动，归档没有完成；请再运行一次")
        try:  # Other programs that read bags use this library.
            bagit.Bag(str(bag)).validate()
        except bagit.BagError as error:
            raise UnusableArchive(f"写入后核对不符，归档没有完成；请检查磁盘：{error}") from error
        name = f"{label['year']}年度考核归档-{label['scheme']['name']}-{day:%Y%m%d}-{identifier[:8]}"
        sealed = Sealed(to / name, to / f"{name}.zip", identifier)
        if sealed.folder.exists() and sealed.packed.exists():
            raise UnusableArchive(
                f"已有同名归档 {sealed.folder}，没有另写一份；它若已改动（用 verify 核对），请先移到别处"
            )
        packed = Path(staging) / "归档.zip"
        _pack(bag, name, packed)
        for made, final in ((bag, sealed.folder), (packed, sealed.packed)):
            if not final.exists():  # An interrupted run may have left one of the two.
                made.rename(final)
    return sealed


def _write(bag: Path, contents: Contents, label: Mapping[str, Any], day: dt.date, key: SigningKey | None) -> str:
    """Write every file of the bag, the seal last; returns the archive's identifier."""
    lines, size = [], 0
    for name, content in contents.items():
        try:
            data = content if isinstance(content, bytes) else content.read_bytes()
        except OSError as error:
            raise UnusableArchive(f"{error.filename} 读不出来（{reason_of(error)}）；请检查读取权限") from error
        path = bag / PAYLOAD / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        lines.append(f"{hashlib.sha512(data).hexdigest()}  {PAYLOAD}/{name}\n")
        size += len(data)
    info = {
        "External-Description": label["title"],
        "Bagging-Date": day.isoformat(),
        "Bag-Software-Agent": f"{PACKAGE} {metadata.version(PACKAGE)}",
        "Payload-Oxum": f"{size}.{len(lines)}",
    }
    tags = {
        layout.DECLARATION: layout.DECLARED,
        layout.INFO: "".join(f"{label}: {value}\n" for label, value in info.items()).encode("utf-8"),
        layout.MANIFEST: "".join(lines).encode("utf-8"),
        layout.README: readme_of(label).encode("utf-8"),
    }
    listed = "".join(f"{hashlib.sha512(content).hexdigest()}  {name}\n" for name, content in sorted(tags.items()))
    tag_manifest = listed.encode("utf-8")
    identifier = identifier_of(tag_manifest)
    sealing = {layout.TAG_MANIFEST: tag_manifest, layout.SEAL: f"{identifier}  {layout.TAG_MANIFEST}\n".encode()}
    signing = {} if key is None else {layout.SIGNATURE: sign(tag_manifest, key)}
    for name, content in {**tags, **signing, **sealing}.items():
        (bag / name).write_bytes(content)
    return identifier


def _pack(bag: Path, name: str, to: Path) -> None:
    """Write the .zip: the same bytes for the same archive and name."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, strict_timestamps=True) as packed:
        for path in sorted(path for path in bag.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(bag).as_posix()}", _NO_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _PLAIN_FILE << 16, 3
            entry.file_size = path.stat().st_size  # Needed for more than 4 GB.
            with path.open("rb") as file, packed.open(entry, "w") as into:
                shutil.copyfileobj(file, into, _BLOCK)
