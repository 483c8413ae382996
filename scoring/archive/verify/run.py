"""A whole verification: fixity and signature first; what rests on the archive's content only when that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sshsig.ssh_public_key import PublicKey

from scoring.archive import label as labels
from scoring.archive.layout import UnusableArchive
from scoring.archive.opened import Archive, opened
from scoring.archive.verify.fixity import check_fixity
from scoring.archive.verify.ledger import LEDGERS, check_ledgers
from scoring.archive.verify.program import archived_program
from scoring.archive.verify.rederivation import SCORES, check_rederivation
from scoring.archive.verify.report import Part, Verified
from scoring.archive.verify.rerun import RERUN, check_rerun
from scoring.archive.verify.signature import check_signature
from scoring.archive.verify.stock import STOCK, check_stock

_BROKEN: Final = "文件、签名或编号核对未通过"
_NOT_ASKED: Final = "没有加 --rerun，网页、PDF、笔记本的内容没有核对"
_WARNING: Final = "将在本机运行归档自带的程序（{}）；来源不明、未核对签名或编号的归档，请勿如此验证"
_OF_UNKNOWN_ORIGIN: Final = "归档自带的程序未经核对来源，此项结论只在签名或编号已核对时可信"


@dataclass(frozen=True)
class Asked:
    """How an archive is to be verified."""

    #: Who must have signed it.
    signer: PublicKey | None = None
    #: The identifier that was noted elsewhere, or how it begins.
    expected: str = ""
    #: Whether the archive's own program does the work.
    archived_source: bool = False
    #: Whether reports are made again.
    rerun: bool = False
    #: Told before code of the archive is run.
    warn: Callable[[str], None] = lambda _: None


def verify(path: Path, asked: Asked) -> Verified:
    """Verify an archive, a folder or its .zip.

    Raises
    ------
    UnusableArchive
        When it is no archive, or is not safe to open.
    """
    with opened(path) as archive:
        sealed = [check_fixity(archive.bag), check_signature(archive, asked.signer, asked.expected)]
        if any(part.differences for part in sealed):
            parts = [*sealed, *(Part(name, skipped=_BROKEN) for name in (STOCK, SCORES, LEDGERS, RERUN))]
            return Verified(str(path), _identifier(archive), [], parts)
        if asked.archived_source:
            asked.warn(_WARNING.format(archive.program))
        with archived_program(archive) if asked.archived_source else nullcontext() as program:
            parts = [*sealed, *_check_content(archive, program, asked)]
        return Verified(str(path), archive.identifier, _label(archive), parts)


def _check_content(archive: Archive, program: Path | None, asked: Asked) -> Iterator[Part]:
    yield _whole(STOCK, check_stock, archive)
    scores = _whole(SCORES, check_rederivation, archive, program)
    if program is not None and not (asked.signer or asked.expected):
        scores.caveats.append(_OF_UNKNOWN_ORIGIN)
    yield scores
    yield _whole(LEDGERS, check_ledgers, archive)
    if asked.rerun:
        yield _whole(RERUN, check_rerun, archive, program)
    else:
        yield Part(RERUN, skipped=_NOT_ASKED, wanted=False)


def _whole(name: str, check: Callable[..., Part], *arguments: Any) -> Part:
    """A part of the verification; content that it cannot read at all is a difference too."""
    failed = Part(name)
    with failed.guarded("归档内容"):
        return check(*arguments)
    return failed


def _label(archive: Archive) -> list[str]:
    """What the label says; a label that says nothing is a difference of the stock-taking."""
    try:
        return labels.told(archive.label)
    except (UnusableArchive, KeyError, TypeError, AttributeError):
        return ["标　签：读不懂"]


def _identifier(archive: Archive) -> str:
    try:
        return archive.identifier
    except UnusableArchive:
        return "（无）"
