"""The label against the archive: what neither the signature nor scoring again shows.

The signature covers every word of the label, and without one, everything in the folder can be rewritten. So only
results and the list of departments are checked here: those decide what is scored again.
"""

from __future__ import annotations

from typing import Final

from scoring.archive.layout import DEPARTMENTS, LABEL, SIGNATURE
from scoring.archive.opened import Archive, parsed
from scoring.archive.seal.label import REPEATED, result_of
from scoring.archive.verify.differences import json_differences
from scoring.archive.verify.report import Part
from scoring.archive.verify.signature import signer_in
from scoring.scheme.load import SCHEME

LABELS: Final = "标签"


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
    stated, signer = label["signed_by"], signer_in(archive.bag)
    if (stated and stated["fingerprint"]) != (signer and signer.sha256_str()):
        part.differs(SIGNATURE, "签名者与标签写明的不同，或有一处没有签名")
    if replaced := label["replaces"]:
        part.notes.append(f"标签写明替代 {replaced['name']}；那份归档不在手边，是否属实须另行核对")
    part.checked = f"{len(results)} 个部门的结果"
    return part
