"""The signature and the identifier: what whoever can rewrite the whole folder cannot forge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshsig.ssh_public_key import PublicKey

from scoring.archive.layout import LABEL, SIGNATURE, TAG_MANIFEST, UnusableArchive, identifier_of
from scoring.archive.opened import Archive
from scoring.archive.sign import UnusableKey, public_key_of, signer_of
from scoring.archive.verify.report import Part


@dataclass(frozen=True)
class _Seal:
    """What lies beside the payload, and what is wanted of it.

    Attributes
    ----------
    there, empty
        Whether there is a file of the signature's name, whatever it holds; whether it holds nothing.
    signer
        Whose valid signature it is, if anybody's.
    wanted, expected
        Who must have signed; the identifier noted elsewhere, or how it begins.
    """

    identifier: str
    there: bool
    empty: bool
    signer: PublicKey | None
    wanted: PublicKey | None
    expected: str


def check_signature(archive: Archive, wanted: PublicKey | None, expected: str) -> Part:
    """Hold signature and identifier against what the label says of them, and against what was given from elsewhere.

    Parameters
    ----------
    wanted
        Who must have signed it.
    expected
        The identifier that was noted elsewhere, or how it begins.
    """
    part, path = Part("签名和编号"), archive.bag / SIGNATURE
    tag_manifest, signature = _read(archive.bag / TAG_MANIFEST), _read(path)
    there = path.is_symlink() or path.exists()
    signer = signer_of(tag_manifest, signature)
    seal = _Seal(identifier_of(tag_manifest), there, not signature, signer, wanted, expected)
    for where, told in (*_as_noted(seal), *_as_labelled(seal, archive), *_as_wanted(seal)):
        part.differs(where, told)
    told = f"签名者 {seal.signer.sha256_str()}" if seal.signer else "未签名"
    part.checked = told + ("，与所给公钥一致" if seal.signer and seal.signer == wanted else "")
    part.notes += _notes(seal)
    return part


def _as_noted(seal: _Seal) -> Iterator[tuple[str, str]]:
    if seal.expected and not seal.identifier.startswith(seal.expected):
        yield TAG_MANIFEST, f"归档编号与登记的不同：登记 {seal.expected}，实为 {seal.identifier}"


def _as_labelled(seal: _Seal, archive: Archive) -> Iterator[tuple[str, str]]:
    """The label says who signed; a label that cannot be read is told of elsewhere."""
    try:
        said = archive.label.get("signed_by")
    except UnusableArchive:
        return
    if said and seal.empty:
        yield SIGNATURE, "缺失：标签写明有签名"
    elif seal.there and not said:
        yield SIGNATURE, "多出的文件：标签写明未签名"
    elif said:
        yield from _as_named(seal.signer, _key(said))


def _as_named(signer: PublicKey | None, named: PublicKey | None) -> Iterator[tuple[str, str]]:
    if named is None:
        yield LABEL, "写明的签名者不是公钥及其指纹"
    elif signer and signer != named:
        yield SIGNATURE, f"签名者不是标签写明的：应为 {named.sha256_str()}，实为 {signer.sha256_str()}"


def _key(said: Any) -> PublicKey | None:
    """The key that a label names; None where it names none, or another's fingerprint."""
    try:
        key = public_key_of(said["public_key"])
    except (UnusableKey, KeyError, TypeError, AttributeError):
        return None
    return key if isinstance(said, Mapping) and said.get("fingerprint") == key.sha256_str() else None


def _as_wanted(seal: _Seal) -> Iterator[tuple[str, str]]:
    if seal.there and seal.signer is None:
        yield SIGNATURE, "签名无效：签名或被签的清单被改动"
    elif seal.wanted and seal.signer is None:
        yield SIGNATURE, "没有签名，无法证明出自所给公钥的持有人"
    elif seal.wanted and seal.signer and seal.signer != seal.wanted:
        yield (
            SIGNATURE,
            f"签名者不是所给公钥的持有人：应为 {seal.wanted.sha256_str()}，实为 {seal.signer.sha256_str()}",
        )


def _notes(seal: _Seal) -> Iterator[str]:
    """What was not given from elsewhere, and so not shown."""
    if not seal.there:
        yield "没有签名：能改写全部文件的人也能重做清单和封条" + ("" if seal.expected else "，请与登记的归档编号核对")
    elif seal.wanted is None and seal.signer:
        yield "没有给出公钥（--signer），只核对了签名有效，没有核对签名者是谁"


def _read(path: Path) -> bytes:
    """A file's content; nothing where there is none, or no plain file."""
    try:
        return b"" if path.is_symlink() else path.read_bytes()
    except OSError:
        return b""
