"""The archive's metadata as an RO-Crate: what was made from what, and by which code.

Profile Process Run Crate 0.5: each report is an action. Its instrument is the notebook, its objects are evidence,
scheme, readings, calendar and the notebook with its parameters, its results the files of the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
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
from scoring.evidence.files import HISTORY, folder_of_attachments

_PROFILE: Final = "https://w3id.org/ro/wfrun/process/0.5"
_VERSION: Final = "1.1"
_TYPES: Final = {
    ".bmp": "image/bmp",
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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
    scheme = [name for name in contents if name.startswith(f"{SCHEME}/") and name.count("/") > 1]
    root["mentions"] = [
        _entity(
            crate,
            f"#生成-{name}",
            "CreateAction",
            name=f"生成{name}的报告",
            description=f"以所列佐证、方案、解读和参数运行 {kind}.ipynb，得出评分、报告和台账",
            instrument={"@id": files[_instrument(kind)].id},
            agent={"@id": office.id},
            object=[{"@id": files[file].id} for file in (*evidence, *scheme, CHOSEN, DEPARTMENTS, CALENDAR, notebook)],
            result=[{"@id": files[file].id} for file in results],
        )
        for name, kind, evidence, notebook, results in _reports(contents, label)
    ]
    crated = crate.metadata.generate()
    graph = [{key: _sorted(value) for key, value in entity.items()} for entity in crated["@graph"]]
    return json_bytes({**crated, "@graph": graph})


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> ContextEntity:
    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))


def _add_files(crate: ROCrate, contents: Contents, label: Mapping[str, Any]) -> dict[str, Any]:
    """Add an entity for every file; of the program only its folder and its notebooks."""
    code = {"version": label["program"]["version"], "programmingLanguage": "Python"}
    folder = {"@type": ["Dataset", "SoftwareSourceCode"], "name": label["program"]["name"], **code}
    crate.add_dataset(dest_path=PROGRAM, properties=folder)
    files: dict[str, dict[str, Any]] = {name: {} for name in contents if not name.startswith(f"{PROGRAM}/")}
    files |= {_instrument(kind): {"@type": ["File", "SoftwareSourceCode"], **code} for kind in ("department", "city")}
    return {
        name: crate.add_file(dest_path=name, properties={"name": name, "encodingFormat": _type_of(name), **properties})
        for name, properties in files.items()
    }


def _reports(contents: Contents, label: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str], str, list[str]]]:
    """Every report: its name, the kind of its notebook, its evidence, its notebook with parameters, its files."""
    year, city = label["year"], f"{NOTEBOOKS}/{city_files(label['year']).notebook}"
    evidence = [file for file in contents if file.startswith(f"{EVIDENCE}/") and f"/{HISTORY}/" not in file]
    names = {entry["department"] for entry in label["departments"]}
    for entry in label["departments"]:
        name = entry["department"]
        made = [file for file in contents if file.startswith(f"{RESULTS}/{name}/")]
        folder = folder_of_attachments(name, Path(EVIDENCE)).as_posix()
        own = [file for file in evidence if department_of(Path(file), names) == name or file.startswith(f"{folder}/")]
        yield name, "department", own, f"{NOTEBOOKS}/{department_files(name, year).notebook}", made
    if city in contents:
        made = [file for file in contents if file.startswith(f"{RESULTS}/") and file.count("/") == 1]
        yield CITY_NAME, "city", evidence, city, made


def _type_of(name: str) -> str:
    """The media type of a file; attachments may be of any kind."""
    return _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def _instrument(kind: str) -> str:
    return f"{PROGRAM}/notebooks/{kind}.ipynb"


def _sorted(value: Any) -> Any:
    """References sorted by name, since the library keeps them in no fixed order; a single one is not a list."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return value
    references = sorted(value, key=lambda one: str(one["@id"]))
    return references[0] if len(references) == 1 else references
