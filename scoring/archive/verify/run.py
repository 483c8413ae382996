"""A whole verification: fixity and signature first; what rests on the archive's content only when that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshsig.ssh_public_key import PublicKey

from scoring.archive import label as labels
from scoring.archive.layout import SIGNATURE, TAG_MANIFEST, UnusableArchive, identifier_of
from scoring.archive.opened import Archive, opened
from scoring.archive.sign import signer_of
from scoring.archive.verify.archived import archived_program
from scoring.archive.verify.fixity import check_fixity
from scoring.archive.verify.ledger import check_ledgers
from scoring.archive.verify.rederivation import check_rederivation
from scoring.archive.verify.report import Part, Verified
from scoring.archive.verify.rerun import check_rerun

_BROKEN = "文件、签名或编号核对未通过"


@dataclass(frozen=True)
class Asked:
    """How an archive is to be verified.

    Attributes
    ----------
    signer
        Who must have signed it.
    expected
        The identifier that was noted elsewhere, or how it begins.
    archived_source
        Whether the archive's own program does the work.
    rerun
        Whether reports are made again.
    warn
        Told before code of the archive is run.
    """

    signer: PublicKey | None = None
    expected: str = ""
    archived_source: bool = False
    rerun: bool = False
    warn: Callable[[str], None] = lambda _: None


def verify(path: Path, asked: Asked) -> Verified:
    """Verify an archive, a folder or its .zip.

    Raises
    ------
    UnusableArchive
        When it is no archive, or is not safe to open.
    """
    with opened(path) as archive:
        sealed = [check_fixity(archive.bag), _check_signature(archive.bag, asked)]
        if any(part.differences for part in sealed):
            parts = [*sealed, *(Part(name, skipped=_BROKEN) for name in ("重新计算得分", "台账复加"))]
            return Verified(str(path), _identifier(archive), [], parts)
        with _program(archive, asked) as program:
            parts = [*sealed, *_check_content(archive, program, asked)]
        return Verified(str(path), archive.identifier, _label(archive), parts)


def _check_content(archive: Archive, program: Path | None, asked: Asked) -> Iterator[Part]:
    yield _guarded("重新计算得分", check_rederivation, archive, program)
    yield _guarded("台账复加", check_ledgers, archive)
    if asked.rerun:
        yield _guarded("重做报告", check_rerun, archive, program)


def _guarded(name: str, check: Callable[..., Part], *arguments: Any) -> Part:
    """A part of the verification; content that it cannot read at all is a difference too."""
    try:
        return check(*arguments)
    except OSError as error:
        if not isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
            raise  # This machine's fault: a full disk, no permission.
        return _unreadable(name, f"缺少文件 {Path(str(error.filename)).name}")
    except Exception as error:  # noqa: BLE001 - whatever a forged archive holds, an auditor gets a line and the other parts
        own = isinstance(error, UnusableArchive)
        return _unreadable(name, str(error) if own else f"读不懂（{type(error).__name__}：{error}）")


def _unreadable(name: str, told: str) -> Part:
    part = Part(name)
    part.differs("归档内容", told)
    return part


def _program(archive: Archive, asked: Asked) -> AbstractContextManager[Path | None]:
    """The program that scores: a copy of the archive's own, or None for the one that runs."""
    if not asked.archived_source:
        return nullcontext()
    asked.warn(f"将在本机运行归档自带的程序（{archive.program}）；来源不明、未核对签名或编号的归档，请勿如此验证")
    return archived_program(archive)


def _check_signature(bag: Path, asked: Asked) -> Part:
    """The signature and the identifier: what whoever can rewrite the folder cannot forge."""
    part = Part("签名和编号")
    tag_manifest = _read(bag / TAG_MANIFEST)
    if asked.expected and not identifier_of(tag_manifest).startswith(asked.expected):
        part.differs(TAG_MANIFEST, f"归档编号与登记的不同：登记 {asked.expected}，实为 {identifier_of(tag_manifest)}")
    signature = _read(bag / SIGNATURE)
    signer = signer_of(tag_manifest, signature) if signature else None
    if signature and signer is None:
        part.differs(SIGNATURE, "签名无效：签名或被签的清单被改动")
    elif asked.signer and signer is None:
        part.differs(SIGNATURE, "没有签名，无法证明出自所给公钥的持有人")
    elif asked.signer and signer != asked.signer:
        part.differs(SIGNATURE, f"签名者不是所给公钥的持有人：应为 {asked.signer.sha256_str()}，实为 {_told(signer)}")
    part.checked = f"{_told(signer)}" + ("，与所给公钥一致" if signer and signer == asked.signer else "")
    if signer is None and not signature:
        part.notes.append(
            "没有签名：能改写全部文件的人也能重做清单和封条" + ("" if asked.expected else "，请与登记的归档编号核对")
        )
    elif asked.signer is None and signer:
        part.notes.append("没有给出公钥（--signer），只核对了签名有效，没有核对签名者是谁")
    return part


def _told(signer: PublicKey | None) -> str:
    return f"签名者 {signer.sha256_str()}" if signer else "未签名"


def _label(archive: Archive) -> list[str]:
    """What the label says; a label that says nothing is a difference of the re-derivation."""
    try:
        return labels.told(archive.label)
    except (UnusableArchive, KeyError, TypeError, AttributeError):
        return ["标　签：读不懂"]


def _identifier(archive: Archive) -> str:
    try:
        return archive.identifier
    except UnusableArchive:
        return "（无）"


def _read(path: Path) -> bytes:
    """A file's content; nothing where there is none, or no plain file."""
    try:
        return b"" if path.is_symlink() else path.read_bytes()
    except OSError:
        return b""
