"""The archive's metadata as an RO-Crate: what was made from what, and by which code.

Profile Process Run Crate 0.5: each report is an action. Its instrument is the notebook, its objects are evidence,
scheme, readings, calendar and the notebook with its parameters, its results the files of the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from scoring.archive.layout import CALENDAR, CHOSEN, DEPARTMENTS, EVIDENCE, NOTEBOOKS, PROGRAM, RESULTS, SCHEME
from scoring.archive.seal.contents import Contents
from scoring.base.files import json_bytes
from scoring.base.names import city_files, department_files
from scoring.batch.plan import CITY_NAME
from scoring.evidence import department_of

_PROFILE: Final = "https://w3id.org/ro/wfrun/process/0.5"
_VERSION: Final = "1.1"
_TYPES: Final = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".py": "text/x-python",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class _Report:
    """A report: of a department, or of the city; ``kind`` is that of its notebook."""

    name: str
    kind: str
    evidence: tuple[str, ...]
    notebook: str
    results: tuple[str, ...]


def metadata_of(contents: Contents, label: Mapping[str, Any], day: dt.date) -> bytes:
    """The content of ``ro-crate-metadata.json``: the same bytes for the same contents, label and day."""
    crate = ROCrate(version=_VERSION)
    crate.name = label["title"]
    crate.description = f"{label['title']}：佐证、方案、解读、工作日历、评分结果、报告和程序源码"
    _entity(crate, _PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    licence = _entity(crate, "#许可", "CreativeWork", name="考核存档材料，仅供考核机关及审计使用；程序部分为 MIT 许可")
    office = _entity(crate, "#考核机关", "Organization", name=f"{label['city']}网站考核机关")
    root = crate.root_dataset
    root["datePublished"] = day.isoformat()
    root["conformsTo"] = {"@id": _PROFILE}
    root["license"] = licence
    root["author"] = root["publisher"] = office
    files = _add_files(crate, contents, label)
    root["mentions"] = [_action(crate, contents, report, files, office) for report in _reports(contents, label)]
    return json_bytes(_in_order(crate.metadata.generate()))


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> ContextEntity:
    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))


def _add_files(crate: ROCrate, contents: Contents, label: Mapping[str, Any]) -> dict[str, Any]:
    """Every file with its entity; of the program only its folder and its notebooks."""
    code = {"version": label["program"]["version"], "programmingLanguage": "Python"}
    folder = {"@type": ["Dataset", "SoftwareSourceCode"], "name": label["program"]["name"], **code}
    crate.add_dataset(dest_path=PROGRAM, properties=folder)
    files: dict[str, dict[str, Any]] = {name: {} for name in contents if not name.startswith(f"{PROGRAM}/")}
    files |= {_instrument(kind): {"@type": ["File", "SoftwareSourceCode"], **code} for kind in ("department", "city")}
    return {
        name: crate.add_file(
            dest_path=name, properties={"name": name, "encodingFormat": _TYPES[Path(name).suffix.lower()], **properties}
        )
        for name, properties in files.items()
    }


def _reports(contents: Contents, label: Mapping[str, Any]) -> Iterator[_Report]:
    year = label["year"]
    evidence = tuple(file for file in contents if file.startswith(f"{EVIDENCE}/") and file.count("/") == 1)
    for entry in label["departments"]:
        name = entry["department"]
        made = tuple(file for file in contents if file.startswith(f"{RESULTS}/{name}/"))
        own = tuple(file for file in evidence if department_of(Path(file)) == name)
        yield _Report(name, "department", own, department_files(name, year).notebook, made)
    notebook = city_files(year).notebook
    if f"{NOTEBOOKS}/{notebook}" in contents:
        made = tuple(file for file in contents if file.startswith(f"{RESULTS}/") and file.count("/") == 1)
        yield _Report(CITY_NAME, "city", evidence, notebook, made)


def _action(
    crate: ROCrate, contents: Contents, report: _Report, files: Mapping[str, Any], office: ContextEntity
) -> ContextEntity:
    scheme = (name for name in contents if name.startswith(f"{SCHEME}/") and name.count("/") > 1)
    objects = (*report.evidence, *scheme, CHOSEN, DEPARTMENTS, CALENDAR, f"{NOTEBOOKS}/{report.notebook}")
    return _entity(
        crate,
        f"#生成-{report.name}",
        "CreateAction",
        name=f"生成{report.name}的报告",
        description=f"以所列佐证、方案、解读和参数运行 {report.kind}.ipynb，得出评分、报告和台账",
        instrument={"@id": files[_instrument(report.kind)].id},
        agent={"@id": office.id},
        object=[{"@id": files[name].id} for name in objects],
        result=[{"@id": files[name].id} for name in report.results],
    )


def _instrument(kind: str) -> str:
    return f"{PROGRAM}/notebooks/{kind}.ipynb"


def _in_order(crate: dict[str, Any]) -> dict[str, Any]:
    """References sorted by name, since the library keeps them in no fixed order; a single one is not a list."""
    graph = [{key: _sorted(value) for key, value in entity.items()} for entity in crate["@graph"]]
    return {**crate, "@graph": graph}


def _sorted(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return value
    references = sorted(value, key=lambda one: str(one["@id"]))
    return references[0] if len(references) == 1 else references
