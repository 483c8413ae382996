"""A whole verification: files and signature first; the content only if those are sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sshsig.ssh_public_key import PublicKey

from scoring.archive.layout import UnusableArchive
from scoring.archive.opened import Archive, opened
from scoring.archive.seal.label import lines_of
from scoring.archive.verify.again import RERUN, SCORES, check_rederivation, check_rerun
from scoring.archive.verify.fixity import check_fixity
from scoring.archive.verify.label import LABELS, check_label, check_signature
from scoring.archive.verify.ledger import LEDGERS, check_ledgers
from scoring.archive.verify.program import archived_program
from scoring.archive.verify.report import Part, Verified

_BROKEN: Final = "文件、签名或编号核对未通过"
_NOT_ASKED: Final = "没有加 --rerun，网页、PDF、笔记本的内容和台账的公式没有核对"
_WARNING: Final = "将在本机运行归档自带的程序和规则（{}）；来源不明、未核对签名或编号的归档，请勿如此验证"
_OF_UNKNOWN_ORIGIN: Final = "归档自带的程序未经核对来源，此项结论只在签名或编号已核对时可信"


@dataclass(frozen=True)
class Asked:
    """How an archive is to be verified.

    Attributes
    ----------
    signer, expected
        Who must have signed it; the identifier on record, or its first digits.
    rules
        Folder of the scheme's rules, where they are not the installed ones.
    archived_source, rerun
        Whether to use the archive's own program; whether to make the reports again.
    warn
        Called before code of the archive runs.
    """

    signer: PublicKey | None = None
    expected: str = ""
    rules: Path | None = None
    archived_source: bool = False
    rerun: bool = False
    warn: Callable[[str], None] = lambda _: None


def verify(path: Path, asked: Asked) -> Verified:
    """Verify an archive, a folder or its .zip.

    Raises
    ------
    UnusableArchive
        When it is not an archive, or not safe to open.
    """
    with opened(path, asked.rules) as archive:
        sealed = [check_fixity(archive.bag), check_signature(archive.bag, asked.signer, asked.expected)]
        if any(part.differences for part in sealed):
            parts = [*sealed, *(Part(name, skipped=_BROKEN) for name in (LABELS, SCORES, LEDGERS, RERUN))]
            return Verified(str(path), _identifier(archive), [], parts)
        if asked.archived_source:
            asked.warn(_WARNING.format(archive.program))
        with archived_program(archive) if asked.archived_source else nullcontext() as program:
            parts = [*sealed, *_check_content(archive, program, asked)]
        try:
            label = lines_of(archive.label)
        except (UnusableArchive, KeyError, TypeError, AttributeError):  # A difference in the part about the label.
            label = ["标　签：读不懂"]
        return Verified(str(path), archive.identifier, label, parts)


def _check_content(archive: Archive, program: Path | None, asked: Asked) -> Iterator[Part]:
    yield _checked(LABELS, check_label, archive)
    scores = _checked(SCORES, check_rederivation, archive, program)
    if program is not None and not (asked.signer or asked.expected):
        scores.caveats.append(_OF_UNKNOWN_ORIGIN)
    yield scores
    yield _checked(LEDGERS, check_ledgers, archive)
    if asked.rerun:
        yield _checked(RERUN, check_rerun, archive, program)
    else:
        yield Part(RERUN, skipped=_NOT_ASKED, wanted=False)


def _checked(name: str, check: Callable[..., Part], *arguments: Any) -> Part:
    """Run one part of the verification; content that cannot be read is a difference."""
    failed = Part(name)
    with failed.reading("归档内容"):
        return check(*arguments)
    return failed


def _identifier(archive: Archive) -> str:
    try:
        return archive.identifier
    except UnusableArchive:
        return "（无）"
