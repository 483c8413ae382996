"""The signature and the identifier: proof against someone who can rewrite the whole folder."""

from __future__ import annotations

from pathlib import Path

from sshsig.ssh_public_key import PublicKey

from scoring.archive.layout import SIGNATURE, TAG_MANIFEST, identifier_of
from scoring.archive.sign import signer_of
from scoring.archive.verify.report import Part


def check_signature(bag: Path, wanted: PublicKey | None, expected: str) -> Part:
    """Check the signature, and compare signer and identifier with what is known from elsewhere.

    Parameters
    ----------
    wanted
        Who must have signed it.
    expected
        The identifier on record, or its first digits.
    """
    part, path = Part("签名和编号"), bag / SIGNATURE
    is_signed, signer = path.is_symlink() or path.exists(), signer_in(bag)
    if not (identifier := identifier_of(_read(bag / TAG_MANIFEST))).startswith(expected):
        part.differs(TAG_MANIFEST, f"归档编号与登记的不同：登记 {expected}，实为 {identifier}")
    if is_signed and signer is None:
        part.differs(SIGNATURE, "签名无效：签名或被签的清单被改动")
    elif wanted and signer is None:
        part.differs(SIGNATURE, "没有签名，无法证明出自所给公钥的持有人")
    elif wanted and signer and signer != wanted:
        keys = f"应为 {wanted.sha256_str()}，实为 {signer.sha256_str()}"
        part.differs(SIGNATURE, f"签名者不是所给公钥的持有人：{keys}")
    part.checked = f"签名者 {signer.sha256_str()}" if signer else "未签名"
    if signer and signer == wanted:
        part.checked += "，与所给公钥一致"
    if not is_signed:
        register = "" if expected else "，请与登记的归档编号核对"
        part.notes.append(f"没有签名：能改写全部文件的人也能重做清单和封条{register}")
    elif wanted is None and signer:
        part.notes.append("没有给出公钥（--signer），只核对了签名有效，没有核对签名者是谁")
    return part


def signer_in(bag: Path) -> PublicKey | None:
    """The key that an archive is validly signed with, if any."""
    return signer_of(_read(bag / TAG_MANIFEST), _read(bag / SIGNATURE))


def _read(path: Path) -> bytes:
    """A file's content; empty when it is missing or not a regular file."""
    try:
        return b"" if path.is_symlink() else path.read_bytes()
    except OSError:
        return b""
