"""The signature and the identifier: what whoever can rewrite the whole folder cannot forge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sshsig.ssh_public_key import PublicKey

from scoring.archive.layout import LABEL, SIGNATURE, TAG_MANIFEST, UnusableArchive, identifier_of
from scoring.archive.opened import Archive
from scoring.archive.sign import UnusableKey, public_key_of, signer_of
from scoring.archive.verify.report import Part


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
    there, signer = path.is_symlink() or path.exists(), signer_of(tag_manifest, signature)
    if not (identifier := identifier_of(tag_manifest)).startswith(expected):
        part.differs(TAG_MANIFEST, f"归档编号与登记的不同：登记 {expected}，实为 {identifier}")
    _hold_against_label(archive, part, signer, there=there, empty=not signature)
    if there and signer is None:
        part.differs(SIGNATURE, "签名无效：签名或被签的清单被改动")
    elif wanted and signer is None:
        part.differs(SIGNATURE, "没有签名，无法证明出自所给公钥的持有人")
    elif wanted and signer and signer != wanted:
        told = f"应为 {wanted.sha256_str()}，实为 {signer.sha256_str()}"
        part.differs(SIGNATURE, f"签名者不是所给公钥的持有人：{told}")
    part.checked = f"签名者 {signer.sha256_str()}" if signer else "未签名"
    if signer and signer == wanted:
        part.checked += "，与所给公钥一致"
    if not there:
        register = "" if expected else "，请与登记的归档编号核对"
        part.notes.append(f"没有签名：能改写全部文件的人也能重做清单和封条{register}")
    elif wanted is None and signer:
        part.notes.append("没有给出公钥（--signer），只核对了签名有效，没有核对签名者是谁")
    return part


def _hold_against_label(archive: Archive, part: Part, signer: PublicKey | None, *, there: bool, empty: bool) -> None:
    """The label says who signed; a label that cannot be read is told of elsewhere."""
    try:
        said = archive.label.get("signed_by")
    except UnusableArchive:
        return
    if not said:
        if there:
            part.differs(SIGNATURE, "多出的文件：标签写明未签名")
    elif empty:
        part.differs(SIGNATURE, "缺失：标签写明有签名")
    elif (named := _key(said)) is None:
        part.differs(LABEL, "写明的签名者不是公钥及其指纹")
    elif signer and signer != named:
        told = f"应为 {named.sha256_str()}，实为 {signer.sha256_str()}"
        part.differs(SIGNATURE, f"签名者不是标签写明的：{told}")


def _key(said: Any) -> PublicKey | None:
    """The key that a label names; None where it names none, or another's fingerprint."""
    try:
        key = public_key_of(said["public_key"])
        return key if said["fingerprint"] == key.sha256_str() else None
    except (UnusableKey, KeyError, TypeError, AttributeError):
        return None


def _read(path: Path) -> bytes:
    """A file's content; nothing where there is none, or no plain file."""
    try:
        return b"" if path.is_symlink() else path.read_bytes()
    except OSError:
        return b""
