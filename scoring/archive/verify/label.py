"""Taking stock: what the label claims, what must lie there, what the metadata list, what records of reports say.

What follows from other files of the archive is made again by the code that made it, and held against what lies there.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from scoring.archive import label as labels
from scoring.archive import layout
from scoring.archive.calendar import write_calendar
from scoring.archive.contents import decisions_page, not_executed
from scoring.archive.crate import metadata_of
from scoring.archive.layout import INFO, LABEL, PAYLOAD, README, RESULTS
from scoring.archive.opened import Archive
from scoring.archive.readiness import RANKING, Cause, lacking_of, lacking_of_all, lacking_of_city, run_logs
from scoring.archive.readme import readme_of
from scoring.archive.verify.differences import hold, json_differences
from scoring.archive.verify.program import RULES, is_other_environment, is_same_program, parsed
from scoring.archive.verify.report import Part
from scoring.base.names import SCORECARD, city_files, department_files, notice_files
from scoring.base.points import number
from scoring.batch.digests import basis_of, digest_of
from scoring.batch.plan import CITY_NAME
from scoring.batch.records import CITY_RECORD, RECORD, read_record
from scoring.evidence import department_of

STOCK: Final = "标签和清点"
#: What every archive has, whatever version made it.
_ALWAYS: Final = (
    *(f"{layout.SCHEME}/{name}" for name in RULES),
    *(layout.CHOSEN, layout.DEPARTMENTS, layout.CALENDAR, layout.DECISIONS, LABEL, layout.CRATE, layout.ENVIRONMENT),
    *(f"{layout.PROGRAM}/{name}" for name in ("pyproject.toml", "requirements.lock", "scoring/archive/rederive.py")),
)
_ANOTHER: Final = "归档的程序与本程序不同，"


def check_stock(archive: Archive) -> Part:
    """Hold the label, and what lies in the archive, against each other, its metadata and its reports' records."""
    part = Part(STOCK)
    for name, check in _CHECKS:
        with part.guarded(name):
            check(archive, part)
    part.checked = f"标签、{README}、{INFO}、生成记录和 {len(archive.files)} 个文件的清单"
    return part


# --- The label -------------------------------------------------------------------------------------------------------


def _scheme(archive: Archive) -> dict[str, Any]:
    """The scheme's file, which also a version without rules for it can read."""
    return parsed(archive.payload / layout.SCHEME / "scheme.toml")


def _check_label(archive: Archive, part: Part) -> None:
    """City, year and results, and with the same program title and program too, are those of what lies here."""
    label, scheme = archive.label, _scheme(archive)
    wanted: dict[str, Any] = {key: scheme[key] for key in ("city", "year")}
    wanted["departments"] = [labels.result_of(card) for card in archive.scorecards.values()]
    if is_same_program(archive):
        wanted["title"] = labels.title_of(archive.scheme)
        if not is_other_environment(archive):
            wanted["program"] = labels.program_of(basis_of(archive.scheme))
    if "program" not in wanted:
        part.notes.append("归档的程序或软件包与本机的不同，标签所写的程序摘要没有核对")
    for where, told in json_differences({key: label[key] for key in wanted}, wanted, words=("标签", "归档内容")):
        part.differs(f"{LABEL} {where}", told)


def _check_departments(archive: Archive, part: Part) -> None:
    """A list that was not given in place of the scheme's is the scheme's: no department can be left out."""
    own, listed = _scheme(archive)["departments"], archive.label["listed"]
    if listed is True:
        part.notes.append("部门名单是归档时另行给出的，不是方案自己的；有没有漏掉部门，须另行核对")
    elif list(archive.departments) != own:
        lacking = [f"缺 {name}" for name in own if name not in archive.departments]
        more = [f"多 {name}" for name in archive.departments if name not in own]
        told = "、".join([*lacking, *more]) or "先后不同"
        part.differs(layout.DEPARTMENTS, f"标签写明用方案的部门名单，却与方案的不同：{told}")


def _check_lacking(archive: Archive, part: Part) -> None:
    """What is lacking is what lacks, no more and no less; how it is put may be another version's."""
    label, same = archive.label, is_same_program(archive)
    if label["complete"] is not (not label["lacking"]):
        part.differs(LABEL, "“完整”与所列的原因不相符")
    if not same:
        part.notes.append(f"{_ANOTHER}标签所列原因的措辞没有核对，只核对了种类和部门")
    causes = [Cause(**entry) for entry in label["lacking"]]
    told, found = (
        Counter((one.kind, one.of, one.told if same else "") for one in them) for them in (causes, _causes(archive))
    )
    for kind, of, why in told - found:
        part.differs(LABEL, f"所列的原因与归档内容不符：{of}（{kind}）{why}")
    for kind, of, why in found - told:
        part.differs(LABEL, f"没有列出的原因：{of}（{kind}）{why}")


def _causes(archive: Archive) -> Iterator[Cause]:
    """What the archive lacks, by what lies in it."""
    ranked = (archive.results / RANKING).is_file()
    ranking = archive.read_json(f"{RESULTS}/{RANKING}") if ranked else {}
    faults = {entry["department"]: entry["errors"] for entry in ranking.get("failed", ())}
    faults |= {entry["name"]: entry["errors"] for entry in ranking.get("unlisted", ())}
    files = {department_of(path): path.name for path in archive.workbooks}
    with_evidence = {name if name in archive.departments else file for name, file in files.items()}
    for name in dict.fromkeys([*archive.departments, *sorted(with_evidence)]):
        card, made = archive.scorecards.get(name), _names(archive.results / name)
        yield from lacking_of(name, archive.year, name in with_evidence, faults.get(name, 0), card, made)
    city = (archive.results / CITY_RECORD).is_file()
    yield from lacking_of_city(archive.year, _names(archive.results) if city else None)
    yield from lacking_of_all(_scheme(archive).get("exercise", ""), logged=bool(run_logs(archive.payload)))


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _check_info(archive: Archive, part: Part) -> None:
    """bag-info.txt repeats the label."""
    found, wanted = dict(archive.info), labels.info_of(archive.label)
    for name, times in Counter(name for name, _ in archive.info).items():
        if times > 1:
            part.differs(INFO, f"{name} 写了 {times} 次")
    for name in (*wanted, *(name for name in found.keys() - wanted.keys() if name.startswith("Archive-"))):
        if found.get(name) != wanted.get(name):
            part.differs(INFO, f"{name} 与标签不符：{found.get(name, '没有')}")
    if replaced := archive.label["replaces"]:
        part.notes.append(f"标签写明替代 {replaced['name']}；那份归档不在手边，是否属实须另行核对")


def _check_guide(archive: Archive, part: Part) -> None:
    """归档说明.txt as another program writes it holds at least the facts of the label."""
    if is_same_program(archive):
        return
    part.notes.append(f"{_ANOTHER}{README} 只核对了标签上的事实，没有核对全文")
    label, text = archive.label, (archive.bag / README).read_text(encoding="utf-8")
    facts = [entry["told"] for entry in label["lacking"]] + [entry["department"] for entry in label["departments"]]
    facts += [label["signed_by"]["fingerprint"]] if label["signed_by"] else []
    facts += [label["replaces"]["identifier"]] if label["replaces"] else []
    for fact in (fact for fact in (label["title"], *facts) if fact not in text):
        part.differs(README, f"没有写明标签上的“{fact}”")


# --- What must lie there ---------------------------------------------------------------------------------------------


def _check_required(archive: Archive, part: Part) -> None:
    """Every archive's files, and those of every report that the label does not say to be lacking."""
    lacking = {(entry["kind"], entry["of"]) for entry in archive.label["lacking"]}
    reports = {
        entry["department"]: (f"{entry['department']}/", department_files(entry["department"], archive.year))
        for entry in archive.label["departments"]
    }
    if ("no-report", CITY_NAME) not in lacking:
        reports[CITY_NAME] = ("", city_files(archive.year))
    required = [f"{PAYLOAD}/{name}" for name in _ALWAYS]
    for name, (folder, files) in reports.items():
        made = [files.html, files.excel, files.notebook, *([] if ("no-pdf", name) in lacking else [files.pdf])]
        made += [RECORD, SCORECARD] if folder else [CITY_RECORD, RANKING]
        required += [f"{PAYLOAD}/{RESULTS}/{folder}{file}" for file in made]
        required.append(f"{PAYLOAD}/{layout.NOTEBOOKS}/{files.notebook}")
    for name in (README, *required):
        if not (archive.bag / name).is_file():
            part.differs(name, "缺失，标签没有写明缺它")


def _check_metadata(archive: Archive, part: Part) -> None:
    """The metadata list every file but the program's and their own, and no other; they are made again too."""
    graph = archive.read_json(layout.CRATE)["@graph"]
    files = (unquote(entity["@id"]) for entity in graph if "File" in entity["@type"])
    listed, there = set(filter(_is_listed, files)), set(filter(_is_listed, archive.files))
    for name in sorted(there - listed):
        part.differs(f"{PAYLOAD}/{name}", f"多出的文件，{layout.CRATE} 中没有")
    for name in sorted(listed - there):
        part.differs(f"{PAYLOAD}/{name}", f"缺失，{layout.CRATE} 中有")
    if there == listed and is_same_program(archive):
        before, after = (archive.payload / layout.CRATE).read_bytes(), metadata_again(archive)
        hold(part, layout.CRATE, before, after, exact=not is_other_environment(archive))


def _is_listed(name: str) -> bool:
    return name != layout.CRATE and not name.startswith(f"{layout.PROGRAM}/")


def _check_records(archive: Archive, part: Part) -> None:
    """Every report's files are those of its record; notices and the ranking lie beside them."""
    for path in sorted(archive.results.glob(f"*/{RECORD}")):
        notices = set(vars(notice_files(path.parent.name, archive.year)).values())
        _check_record(archive, path, notices, part)
    if (path := archive.results / CITY_RECORD).is_file():
        _check_record(archive, path, {RANKING}, part)


def _check_record(archive: Archive, path: Path, beside: set[str], part: Part) -> None:
    """A record against the files in its folder, some of which lie there beside the record's."""
    folder = path.parent.relative_to(archive.payload).as_posix()
    if (record := read_record(path)) is None:
        part.differs(f"{folder}/{path.name}", "生成记录读不懂")
        return
    if result := record.result:
        card = archive.scorecards.get(path.parent.name, {})
        told = (result.department, result.status, result.qualified, [number(result.low), number(result.high)])
        if told != tuple(card.get(key) for key in ("department", "status", "qualified", "range")):
            part.differs(f"{folder}/{path.name}", f"记录的结果与 {SCORECARD} 不符")
    there = {file.name: digest_of(file.read_bytes()) for file in path.parent.iterdir() if file.is_file()}
    for file in sorted((there.keys() - {path.name, *beside}) | record.files.keys()):
        if file not in there:
            part.differs(f"{folder}/{file}", f"缺失，{path.name} 中有")
        elif file not in record.files:
            part.differs(f"{folder}/{file}", f"多出的文件，{path.name} 中没有")
        elif there[file] != record.files[file]:
            part.differs(f"{folder}/{file}", f"与 {path.name} 记录的不同，生成后被改动")


# --- What is made of other files of the archive ----------------------------------------------------------------------


def _check_made(archive: Archive, part: Part) -> None:
    """What follows from other files is made again; by another program, the calendar's table alone."""
    made: dict[str, Callable[[], bytes]] = {layout.CALENDAR: lambda: write_calendar(archive.calendar)}
    if is_same_program(archive):
        made |= _made(archive)
    else:
        told = f"没有重做 {layout.DECISIONS} 和 {layout.NOTEBOOKS} 来比较，{layout.CRATE} 只核对了所列的文件"
        part.notes.append(f"{_ANOTHER}{told}")
    exact = not is_other_environment(archive)
    for name, make in made.items():
        with part.guarded(name):
            path = (archive.bag if name == README else archive.payload) / name
            hold(part, name, path.read_bytes(), make(), exact=exact)


def _made(archive: Archive) -> Iterator[tuple[str, Callable[[], bytes]]]:
    order = [entry["department"] for entry in archive.label["departments"]]

    def cards() -> dict[str, Any]:
        return {name: archive.scorecard(name) for name in order}

    yield README, lambda: readme_of(archive.label, cards(), archive.scheme).encode("utf-8")
    yield layout.DECISIONS, lambda: decisions_page(archive.year, cards())
    executed = [archive.results / name / department_files(name, archive.year).notebook for name in order]
    city = archive.results / city_files(archive.year).notebook
    for path in (*executed, *([city] if city.is_file() else [])):
        yield f"{layout.NOTEBOOKS}/{path.name}", partial(_parameterised, path)


def _parameterised(executed: Path) -> bytes:
    return not_executed(executed.read_bytes())


def metadata_again(archive: Archive) -> bytes:
    """The metadata of what lies here, by the label, the logs and the day of archiving."""
    contents = {name: path for name, path in archive.files.items() if name != layout.CRATE}
    day = dt.date.fromisoformat(dict(archive.info)["Bagging-Date"])
    return metadata_of(contents, archive.label, run_logs(archive.payload).values(), day)


#: What is checked, under which name it is told that it cannot be.
_CHECKS: Final = (
    (LABEL, _check_label),
    (layout.DEPARTMENTS, _check_departments),
    (LABEL, _check_lacking),
    (INFO, _check_info),
    (README, _check_guide),
    ("归档内容", _check_required),
    (layout.CRATE, _check_metadata),
    (RESULTS, _check_records),
    (layout.DECISIONS, _check_made),
)
