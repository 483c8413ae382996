"""What lies where in an archive: one place for those who write it, read it and verify it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scoring.base.files import reason_of
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.scheme.departments import why_no_file_name

# --- The bag (RFC 8493) ----------------------------------------------------------------------------------------------

#: Folder of the payload, which is also the root of the RO-Crate.
PAYLOAD: Final = "data"
DECLARATION: Final = "bagit.txt"
#: What bagit.txt holds. The library declares 0.97, which a reader of 1.0 need not know.
DECLARED: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha512.txt"
TAG_MANIFEST: Final = "tagmanifest-sha512.txt"
#: Digest of the tag manifest, in the form of ``sha512sum``; what it says is the archive's identifier.
SEAL: Final = f"{TAG_MANIFEST}.sha512"
#: Signature of the tag manifest, in the form of ``ssh-keygen -Y sign``.
SIGNATURE: Final = f"{TAG_MANIFEST}.sig"
#: For a stranger, beside the payload, where it is seen first.
README: Final = "归档说明.txt"

# --- The payload -----------------------------------------------------------------------------------------------------

LABEL: Final = "标签.json"
EVIDENCE: Final = "佐证"
SCHEME: Final = "方案"
CHOSEN: Final = f"{SCHEME}/所用解读.json"
DEPARTMENTS: Final = f"{SCHEME}/考核对象.txt"
CALENDAR: Final = "工作日历.csv"
DECISIONS: Final = "复核决定.html"
NOTEBOOKS: Final = "参数化笔记本"
RESULTS: Final = "结果"
LOGS: Final = "运行日志"
PROGRAM: Final = "程序"
ENVIRONMENT: Final = "运行环境.json"
CRATE: Final = "ro-crate-metadata.json"

#: Bytes of a file's name, which no file system has more of.
_MOST_BYTES: Final = 255

_STATED: Final = re.compile(rb"^Payload-Oxum: (\d{1,18}\.\d{1,18})\s*$", re.MULTILINE)

#: How the name of a folder begins that an archive is made in; what was left there was never finished.
STAGING: Final = ".归档未完成-"


class UnusableArchive(Exception):
    """A folder or file that is no archive, or not a safe one; the message says why, in Chinese."""


class DamagedArchive(UnusableArchive):
    """An archive's .zip that was damaged on its way."""


def stated_size(info: bytes) -> str:
    """How much the payload is by bag-info.txt, its bytes and its files as Payload-Oxum states them; may be empty."""
    stated = _STATED.search(info)
    return stated[1].decode() if stated else ""


def found_size(sizes: Sequence[int]) -> str:
    """The same of files of these sizes."""
    return f"{sum(sizes)}.{len(sizes)}"


def why_unfit(name: str) -> str:
    """Why a path in an archive, with ``/``, cannot be written everywhere, in Chinese; empty when it can.

    The records are hidden files; no other is.
    """
    parts = (part for part in name.split("/") if part not in {RECORD, CITY_RECORD})
    return next(filter(None, (why_no_file_name(part, _MOST_BYTES) for part in parts)), "")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tell in Chinese that a file cannot be read.

    Raises
    ------
    UnusableArchive
        With the file and the reason.
    """
    try:
        yield
    except OSError as error:
        raise UnusableArchive(f"{path} 读不出来（{reason_of(error)}）；请检查读取权限") from error


def identifier_of(tag_manifest: bytes) -> str:
    """The archive's identifier (归档编号): the SHA-512 of its tag manifest, which covers every other file."""
    return hashlib.sha512(tag_manifest).hexdigest()
