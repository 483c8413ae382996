"""File names in an archive, shared by the code that writes, reads and verifies it."""

from __future__ import annotations

import hashlib
from typing import Final

from scoring.base.characters import printable
from scoring.base.errors import ForAnalysts, NotDone
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.scheme.departments import why_no_file_name

# --- The bag (RFC 8493) ----------------------------------------------------------------------------------------------

#: Folder of the payload, which is also the root of the RO-Crate.
PAYLOAD: Final = "data"
DECLARATION: Final = "bagit.txt"
#: Content of bagit.txt. The library ``bagit`` would declare 0.97.
DECLARED: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha512.txt"
TAG_MANIFEST: Final = "tagmanifest-sha512.txt"
#: Digest of the tag manifest in the format of ``sha512sum``: the archive's identifier.
SEAL: Final = f"{TAG_MANIFEST}.sha512"
#: Signature of the tag manifest, in the format of ``ssh-keygen -Y sign``.
SIGNATURE: Final = f"{TAG_MANIFEST}.sig"
README: Final = "归档说明.txt"

# --- The payload -----------------------------------------------------------------------------------------------------

LABEL: Final = "标签.json"
EVIDENCE: Final = "佐证"
#: Holds the scheme, in a folder named after it, and the choices made for the run.
SCHEME: Final = "方案"
CHOSEN: Final = f"{SCHEME}/所用解读.json"
DEPARTMENTS: Final = f"{SCHEME}/考核对象.txt"
CALENDAR: Final = "工作日历.csv"
DECISIONS: Final = "复核决定.html"
NOTEBOOKS: Final = "参数化笔记本"
RESULTS: Final = "结果"
#: The ranking, in the folder of results.
RANKING: Final = "ranking.json"
LOGS: Final = "运行日志"
PROGRAM: Final = "程序"
ENVIRONMENT: Final = "运行环境.json"
CRATE: Final = "ro-crate-metadata.json"

#: The longest file name in bytes that common file systems allow.
_MOST_BYTES: Final = 255

#: Prefix of the temporary folder an archive is written in; leftovers of interrupted runs have it too.
STAGING: Final = ".归档未完成-"


class UnusableArchive(ForAnalysts):
    """A folder or file that is not an archive, or is not safe to open; the message gives the reason in Chinese."""

    def __str__(self) -> str:
        return printable(super().__str__())


class DamagedArchive(UnusableArchive, NotDone):
    """The .zip of an archive is damaged."""


def why_unfit(name: str) -> str:
    """Why a path in an archive, with ``/``, cannot be written on every system, in Chinese; empty when it can.

    The batch's records are the only hidden files allowed.
    """
    parts = (part for part in name.split("/") if part not in {RECORD, CITY_RECORD})
    return next(filter(None, (why_no_file_name(part, _MOST_BYTES) for part in parts)), "")


def identifier_of(tag_manifest: bytes) -> str:
    """The archive's identifier (归档编号): the SHA-512 of its tag manifest, which covers every other file."""
    return hashlib.sha512(tag_manifest).hexdigest()
