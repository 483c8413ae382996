"""The label: everything that it claims, derived again from what lies in the archive; and what repeats its claims."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import metadata
from itertools import zip_longest
from typing import Any, Final

from scoring.archive.label import COMPLETE, INCOMPLETE, PACKAGE, status_of, title_of
from scoring.archive.layout import (
    DEPARTMENTS,
    INFO,
    LABEL,
    PROGRAM,
    SCHEME,
    SIGNATURE,
    TAG_MANIFEST,
)
from scoring.archive.layout import README as GUIDE
from scoring.archive.logs import run_logs
from scoring.archive.opened import Archive
from scoring.archive.readme import readme_of
from scoring.archive.standing import RANKING, Cause, There, lacking_of, lacking_of_all, lacking_of_city
from scoring.archive.verify.likeness import json_differences
from scoring.archive.verify.report import Part
from scoring.archive.verify.sameness import is_other_environment, is_same_program, parsed
from scoring.batch.digests import basis_of
from scoring.batch.records import CITY_RECORD
from scoring.evidence import department_of

#: What the label repeats of a scorecard.
_REPEATED: Final = ("department", "status", "qualified", "total", "range", "sample")
_UNSIGNED: Final = "unsigned"


def _check_year(archive: Archive, part: Part) -> None:
    """City, year and title are the scheme's."""
    scheme, label = _scheme(archive), archive.label
    for key in ("city", "year"):
        if label[key] != scheme[key]:
            part.differs(LABEL, f"{key} 与方案的不同：标签 {label[key]}，方案 {scheme[key]}")
    wanted = f"{scheme['city']}{scheme['year']}年度"
    alike = label["title"].startswith(wanted) and scheme.get("exercise", "") in label["title"]
    if not (label["title"] == title_of(archive.scheme) if is_same_program(archive) else alike):
        part.differs(LABEL, f"标题“{label['title']}”与方案的不同")


def _check_departments(archive: Archive, part: Part) -> None:
    """A list that was not given in place of the scheme's is the scheme's: no department can be left out."""
    own, listed = tuple(_scheme(archive)["departments"]), archive.label["listed"]
    if listed is True:
        part.notes.append("部门名单是归档时另行给出的，不是方案自己的；有没有漏掉部门，须另行核对")
    elif archive.departments != own:
        lacking = [f"缺 {name}" for name in own if name not in archive.departments]
        more = [f"多 {name}" for name in archive.departments if name not in own]
        told = "、".join([*lacking, *more]) or "先后不同"
        part.differs(DEPARTMENTS, f"标签写明用方案的部门名单，却与方案的不同：{told}")


def _check_results(archive: Archive, part: Part) -> None:
    """The departments' results are those of the scorecards."""
    told = {entry["department"]: entry for entry in archive.label["departments"]}
    cards = {name: {key: card[key] for key in _REPEATED} for name, card in archive.scorecards.items()}
    for where, difference in json_differences(told, cards, words=("标签", "得分文件")):
        part.differs(f"标签 {where}", difference)


def _check_lacking(archive: Archive, part: Part) -> None:
    """What is lacking is what lacks, no more and no less; how it is put may be another version's."""
    label = archive.label
    if label["complete"] is not (not label["lacking"]):
        part.differs(LABEL, "“完整”与所列的原因不相符")
    told = Counter((entry["kind"], entry["of"]) for entry in label["lacking"])
    found = Counter((cause.kind, cause.of) for cause in causes_of(archive))
    for kind, of in told - found:
        part.differs(LABEL, f"所列的原因不存在：{of}（{kind}）")
    for kind, of in found - told:
        part.differs(LABEL, f"没有列出的原因：{of}（{kind}）")
    if told == found:
        _check_words(archive, part)


def _check_words(archive: Archive, part: Part) -> None:
    """Each cause in the words of the program that told it."""
    told = {f"{entry['of']}：{entry['told']}" for entry in archive.label["lacking"]}
    found = set(map(str, causes_of(archive)))
    if told != found and is_same_program(archive):
        for one in sorted(told - found):
            part.differs(LABEL, f"所列的原因与归档内容不符：{one}")
    elif told != found:
        part.notes.append("归档的程序与本程序不同，标签所列原因的措辞没有核对，只核对了种类和部门")


def causes_of(archive: Archive) -> list[Cause]:
    """What the archive lacks, by what lies in it, as it was told when it was made."""
    ranking = _ranking(archive)
    failed = {entry["department"]: entry["errors"] for entry in ranking.get("failed", ())}
    failed |= {entry["name"]: entry["errors"] for entry in ranking.get("unlisted", ())}
    departments = [(department_of(path), path.name) for path in archive.workbooks]
    with_evidence = {name if name in archive.departments else file for name, file in departments}
    causes: list[Cause] = []
    for name in dict.fromkeys([*archive.departments, *with_evidence]):
        folder = archive.results / name
        files = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        there = There(name in with_evidence, failed.get(name, 0), archive.scorecards.get(name), files)
        causes += lacking_of(name, archive.year, there)
    city = (archive.results / CITY_RECORD).is_file()
    causes += lacking_of_city(archive.year, [path.name for path in archive.results.iterdir()] if city else None)
    causes += lacking_of_all(_scheme(archive).get("exercise", ""), logged=bool(run_logs(archive.payload)))
    return causes


def _ranking(archive: Archive) -> Mapping[str, Any]:
    path = archive.results / RANKING
    ranking: Mapping[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return ranking


def _scheme(archive: Archive) -> dict[str, Any]:
    """The scheme's file, which also a version without rules for it can read."""
    return parsed(archive.payload / SCHEME / "scheme.toml")


def _check_program(archive: Archive, part: Part) -> None:
    """The digest of the program, which this one can only give of itself, with the packages that lie here."""
    if not is_same_program(archive) or is_other_environment(archive):
        part.notes.append("归档的程序或软件包与本机的不同，标签所写的程序摘要没有核对")
        return
    told, own = archive.label["program"], asdict(basis_of(archive.year))
    if (told.get("name"), told.get("version")) != (PACKAGE, metadata.version(PACKAGE)):
        part.differs(LABEL, f"写明的程序名称或版本不是 {PROGRAM} 中程序的")
    if (told["digest"], told.get("digests", own)) != (own["code"], own):
        part.differs(LABEL, f"写明的程序摘要不是 {PROGRAM} 中程序的")


# --- What repeats the label ------------------------------------------------------------------------------------------


def _check_info(archive: Archive, part: Part) -> None:
    """bag-info.txt says the same."""
    label, found = archive.label, _info(archive, part)
    signed, replaced = label["signed_by"], label["replaces"]
    status, signer = found.get("Archive-Status", ""), found.get("Archive-Signed-By", "")
    lacking = [" ".join(f"{entry['of']}：{entry['told']}".split()) for entry in label["lacking"]]
    alike = status.startswith(INCOMPLETE) and all(told in status for told in lacking)
    incomplete = status == status_of(label["lacking"]) if is_same_program(archive) else alike
    agrees = {
        "External-Description": found.get("External-Description") == " ".join(label["title"].split()),
        "Archive-Status": incomplete if lacking else status == COMPLETE,
        "Archive-Signed-By": signer == signed["fingerprint"] if signed else signer.startswith(_UNSIGNED),
        "Archive-Replaces": found.get("Archive-Replaces") == (_one_line(replaced) if replaced else None),
    }
    for name, agreeing in agrees.items():
        if not agreeing:
            part.differs(INFO, f"{name} 与标签不符：{found.get(name, '没有')}")
    if replaced:
        part.notes.append(f"标签写明替代 {replaced['name']}；那份归档不在手边，是否属实须另行核对")


def _one_line(replaced: Mapping[str, str]) -> str:
    return " ".join(f"{replaced['name']} {replaced['identifier']}".split())


def _info(archive: Archive, part: Part) -> dict[str, str]:
    """The lines of bag-info.txt by their names; a name twice is a difference."""
    pairs = archive.info
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            part.differs(INFO, f"{name} 写了 {times} 次")
    return dict(pairs)


def _check_guide(archive: Archive, part: Part) -> None:
    """归档说明.txt is as this program writes it; as another does, it holds at least the facts of the label."""
    text = (archive.bag / GUIDE).read_text(encoding="utf-8")
    if not is_same_program(archive):
        part.notes.append(f"归档的程序与本程序不同，{GUIDE} 只核对了标签上的事实，没有核对全文")
        for fact in _facts(archive.label):
            if fact not in text:
                part.differs(GUIDE, f"没有写明标签上的“{fact}”")
        return
    cards = {entry["department"]: archive.scorecards[entry["department"]] for entry in archive.label["departments"]}
    wanted = readme_of(archive.label, cards, archive.scheme)
    lines = zip_longest(wanted.split("\n"), text.split("\n"), fillvalue="（没有这一行）")
    for number, (should, stands) in enumerate(lines, start=1):
        if should != stands:
            part.differs(f"{GUIDE} 第 {number} 行", f"应为“{should}”，却是“{stands}”")
            break


def _facts(label: Mapping[str, Any]) -> Iterator[str]:
    """What a reader of the guide has to find in it, whatever version wrote it."""
    yield label["title"]
    yield from (entry["told"] for entry in label["lacking"])
    yield from (entry["department"] for entry in label["departments"])
    if label["signed_by"]:
        yield from (label["signed_by"]["fingerprint"], SIGNATURE, TAG_MANIFEST)
    if label["replaces"]:
        yield label["replaces"]["identifier"]


#: What is checked of the label, under which name it is told that it cannot be.
OF_LABEL: Final = (
    (LABEL, _check_year),
    (DEPARTMENTS, _check_departments),
    (LABEL, _check_results),
    (LABEL, _check_lacking),
    (LABEL, _check_program),
    (INFO, _check_info),
    (GUIDE, _check_guide),
)
