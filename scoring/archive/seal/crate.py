"""The archive's metadata: an RO-Crate that says what was made from what, by which code, with which parameters.

Profile Process Run Crate 0.5: each report is an action; its instrument is the notebook, its objects are evidence,
scheme, readings, calendar and parameters, its results the files of the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from scoring.archive.contents import Contents, parameters_of
from scoring.archive.layout import CALENDAR, CHOSEN, DEPARTMENTS, EVIDENCE, NOTEBOOKS, PROGRAM, RESULTS, SCHEME
from scoring.archive.readiness import RunLog
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
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: A file's name in the payload to the entity that tells of it.
Files = Mapping[str, Any]


@dataclass(frozen=True)
class _Report:
    """A report that was made: of a department, or of the city."""

    name: str
    kind: str  # Of the notebook that made it.
    evidence: tuple[str, ...]
    notebook: str
    results: tuple[str, ...]


def metadata_of(contents: Contents, label: Mapping[str, Any], logs: Iterable[RunLog], day: dt.date) -> bytes:
    """The content of ``ro-crate-metadata.json``: the same for the same contents, label and logs.

    Parameters
    ----------
    logs
        Of the runs that made the reports, the earliest first.
    day
        The day of archiving, which stands for the day of the reports where no log tells it.
    """
    ends: dict[str, str] = {}  # The last run, under "", stands for reports that no log names.
    for log in logs:
        ends |= dict.fromkeys([*log.made, ""], log.finished.isoformat())
    crate = ROCrate(version=_VERSION)
    crate.name = label["title"]
    crate.description = f"{label['title']}：佐证、方案、解读、工作日历、评分结果、报告和程序源码"
    crate.root_dataset["datePublished"] = ends.get("", day.isoformat())
    _entity(crate, _PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    licence = _entity(crate, "#许可", "CreativeWork", name="考核存档材料，仅供考核机关及审计使用；程序部分为 MIT 许可")
    office = _entity(crate, "#考核机关", "Organization", name=f"{label['city']}网站考核机关")
    crate.root_dataset["conformsTo"] = {"@id": _PROFILE}
    crate.root_dataset["license"] = licence
    crate.root_dataset["author"] = crate.root_dataset["publisher"] = office
    files = _add_files(crate, contents, label)
    actions = [_action(crate, contents, report, files, office, ends) for report in _reports(contents, label)]
    crate.root_dataset["mentions"] = actions
    return json_bytes(_in_order(crate.metadata.generate()))


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> ContextEntity:
    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))


def _add_files(crate: ROCrate, contents: Contents, label: Mapping[str, Any]) -> Files:
    """Every file but the program's, which is told of as one folder and its notebooks."""
    version = label["program"]["version"]
    code = {"version": version, "programmingLanguage": "Python"}
    folder = {"@type": ["Dataset", "SoftwareSourceCode"], "name": label["program"]["name"], **code}
    crate.add_dataset(dest_path=PROGRAM, properties=folder)
    told: dict[str, dict[str, Any]] = {name: {} for name in contents if not name.startswith(f"{PROGRAM}/")}
    told |= {_instrument(kind): {"@type": ["File", "SoftwareSourceCode"], **code} for kind in ("department", "city")}
    return {
        name: crate.add_file(
            dest_path=name, properties={"name": name, "encodingFormat": _TYPES[Path(name).suffix.lower()], **properties}
        )
        for name, properties in told.items()
    }


def _reports(contents: Contents, label: Mapping[str, Any]) -> Iterator[_Report]:
    year = label["year"]
    evidence = tuple(file for file in contents if file.startswith(f"{EVIDENCE}/") and file.count("/") == 1)
    for entry in label["departments"]:
        name = entry["department"]
        notebook = department_files(name, year).notebook
        made = tuple(file for file in contents if file.startswith(f"{RESULTS}/{name}/"))
        own = tuple(file for file in evidence if department_of(Path(file)) == name)
        yield _Report(name, "department", own, notebook, made)
    notebook = city_files(year).notebook
    if f"{NOTEBOOKS}/{notebook}" in contents:
        made = tuple(file for file in contents if file.startswith(f"{RESULTS}/") and file.count("/") == 1)
        yield _Report(CITY_NAME, "city", evidence, notebook, made)


def _action(
    crate: ROCrate, contents: Contents, report: _Report, files: Files, office: ContextEntity, ends: Mapping[str, str]
) -> ContextEntity:
    notebook = f"{NOTEBOOKS}/{report.notebook}"
    rests_on = (f"{SCHEME}/scheme.toml", f"{SCHEME}/readings.toml", CHOSEN, DEPARTMENTS, CALENDAR, notebook)
    content = contents[notebook]
    given = parameters_of(content if isinstance(content, bytes) else content.read_bytes())
    parameters = _entity(crate, f"#参数-{report.name}", "PropertyValue", name=f"{report.name}的参数", value=given)
    return _entity(
        crate,
        f"#生成-{report.name}",
        "CreateAction",
        name=f"生成{report.name}的报告",
        description=f"以所列佐证、方案、解读和参数运行 {report.kind}.ipynb，得出评分、报告和台账",
        instrument={"@id": files[_instrument(report.kind)].id},
        agent={"@id": office.id},
        object=[{"@id": one.id} for one in (*(files[name] for name in (*report.evidence, *rests_on)), parameters)],
        result=[{"@id": files[name].id} for name in report.results],
        **({"endTime": ends.get(report.name) or ends[""]} if ends else {}),
    )


def _instrument(kind: str) -> str:
    return f"{PROGRAM}/notebooks/{kind}.ipynb"


def _in_order(crate: dict[str, Any]) -> dict[str, Any]:
    """References in the order of their names, whatever order the library keeps them in; a single one stands alone."""
    graph = [{key: _sorted(value) for key, value in entity.items()} for entity in crate["@graph"]]
    return {**crate, "@graph": graph}


def _sorted(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return value
    references = sorted(value, key=lambda one: str(one["@id"]))
    return references[0] if len(references) == 1 else references
