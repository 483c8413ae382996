"""Signature, identifier and label: what still helps when the whole folder may have been rewritten.

A signature covers the whole label; without one, anything in the folder may be forged. So only the results, the
departments and the signer on the label are compared with the archive: they decide what is scored again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sshsig.ssh_public_key import PublicKey

from scoring.archive.layout import DEPARTMENTS, LABEL, SIGNATURE, TAG_MANIFEST, identifier_of
from scoring.archive.opened import Archive, parsed
from scoring.archive.seal.label import REPEATED, result_of
from scoring.archive.sign import signer_of
from scoring.archive.verify.differences import json_differences
from scoring.archive.verify.report import Part
from scoring.scheme.load import SCHEME

LABELS: Final = "标签"


def check_signature(bag: Path, wanted: PublicKey | None, expected: str) -> Part:
    """Check the signature; compare its signer, and the identifier, with what is known from elsewhere."""
    part, path = Part("签名和编号"), bag / SIGNATURE
    is_signed, signer = path.is_symlink() or path.exists(), _signer_in(bag)
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


def check_label(archive: Archive) -> Part:
    """Compare the label with the scorecards, the scheme's departments and the signer."""
    part, label = Part(LABELS), archive.label
    wanted = [result_of(card) for card in archive.scorecards.values()]
    results = [{key: entry[key] for key in REPEATED} for entry in label["departments"]]
    for where, message in json_differences({"departments": results}, {"departments": wanted}, ("标签", "得分文件")):
        part.differs(f"{LABEL} {where}", message)
    if label["complete"] is bool(label["lacking"]):
        part.differs(LABEL, "“完整”与所列的原因不相符")
    if label["listed"] is True:
        part.notes.append("部门名单是归档时另行给出的，不是方案自己的；有没有漏掉部门，须另行核对")
    elif list(archive.departments) != parsed(archive.scheme_folder / SCHEME)["departments"]:
        part.differs(DEPARTMENTS, "标签写明用方案的部门名单，却与方案的不同")
    stated, signer = label["signed_by"], _signer_in(archive.bag)
    if (stated and stated["fingerprint"]) != (signer and signer.sha256_str()):
        part.differs(SIGNATURE, "签名者与标签写明的不同，或有一处没有签名")
    if replaced := label["replaces"]:
        part.notes.append(f"标签写明替代 {replaced['name']}；那份归档不在手边，是否属实须另行核对")
    part.checked = f"{len(results)} 个部门的结果"
    return part


def _signer_in(bag: Path) -> PublicKey | None:
    return signer_of(_read(bag / TAG_MANIFEST), _read(bag / SIGNATURE))


def _read(path: Path) -> bytes:
    """A file's content; empty when it is missing or not a regular file."""
    try:
        return b"" if path.is_symlink() else path.read_bytes()
    except OSError:
        return b""
