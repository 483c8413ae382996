"""Evidence workbooks in: read, checked, and turned into the tables that rules see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scoring.evidence.check import check
from scoring.evidence.faults import Fault
from scoring.evidence.files import department_of, workbooks_in
from scoring.evidence.model import Evidence
from scoring.evidence.parquet.extract import Extract, read_extract
from scoring.evidence.reading.department import read_department
from scoring.evidence.reading.workbook import Tables, Workbook, joined
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, FORMAL

__all__ = [
    "Evidence",
    "Extract",
    "Fault",
    "Loaded",
    "by_department",
    "department_of",
    "in_order",
    "load_evidence",
    "load_extract",
    "load_workbooks",
    "workbooks_in",
]


@dataclass(frozen=True)
class Loaded:
    """The evidence of the sound workbooks, and each faulty one's faults by department.

    ``official`` says whether any workbook, sound or faulty, states that it is 正式.
    """

    evidence: Evidence
    faults: dict[str, list[Fault]]
    official: bool = False


def load_evidence(paths: Sequence[Path], scheme: Scheme) -> Loaded:
    """Read and check workbooks, each named after its department; a faulty one never stops the others."""
    found = by_department(paths, scheme)
    return load_workbooks([read_department(name, files, scheme) for name, files in found.items()], scheme)


def load_workbooks(workbooks: Sequence[Workbook], scheme: Scheme) -> Loaded:
    """Check workbooks that have been read, one a department; see :func:`load_evidence`."""
    return _loaded(workbooks, joined(workbooks, scheme), scheme)


def by_department(paths: Sequence[Path], scheme: Scheme) -> dict[str, list[Path]]:
    """Department to its workbook and parts, in the scheme's order; other files stand under their own names."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        department = department_of(path, scheme.positions)
        found.setdefault(department if department in scheme.positions else path.name, []).append(path)
    return dict(sorted(found.items(), key=lambda item: in_order(item[0], scheme)))


def load_extract(extract: Extract, scheme: Scheme) -> Loaded:
    """Read and check some departments of an export; see :func:`load_evidence`."""
    return _loaded(*read_extract(extract, scheme), scheme)


def _loaded(workbooks: Sequence[Workbook], tables: Tables, scheme: Scheme) -> Loaded:
    tables = check(workbooks, tables, scheme)
    sound = [number for number, workbook in enumerate(workbooks) if not workbook.faults]
    evidence = Evidence(
        scheme,
        _typed(workbooks, tables, sound, scheme),
        {workbooks[number].department: workbooks[number].origin for number in sound},
        {workbooks[number].department: tuple(workbooks[number].notices) for number in sound},
        {workbooks[number].department: frozenset(workbooks[number].absent) for number in sound},
    )
    official = not scheme.exercise and bool((tables["facts"]["nature"] == FORMAL).any())
    return Loaded(evidence, {book.department: book.faults for book in workbooks if book.faults}, official)


def in_order(department: str, scheme: Scheme) -> tuple[int, str]:
    """Sorts departments as the scheme lists them, unknown ones last."""
    return scheme.positions.get(department, len(scheme.positions)), department


def _typed(workbooks: Sequence[Workbook], tables: Tables, sound: list[int], scheme: Scheme) -> Tables:
    """The sound workbooks' rows with real dates, and each row's cut-off date."""
    facts = tables["facts"]
    facts = facts[facts["workbook"].isin(sound)].reset_index(drop=True)
    facts = _with_dates(facts, [fact.key for fact in scheme.facts if fact.kind in DAYS])
    names = [workbooks[number].department for number in facts["workbook"]]  # 部门 may be spelt in another way.
    facts["department"] = pd.Series(names, dtype=object)
    facts["cut_off"] = facts["cut_off"].fillna(pd.Timestamp(scheme.year, 12, 31))
    cut_off = facts.set_index("workbook")["cut_off"]
    typed = {"facts": facts.drop(columns="workbook")}
    for sheet in scheme.rows_sheets:
        table = tables[sheet.key]
        table = table[table["workbook"].isin(sound)].reset_index(drop=True)
        table = _with_dates(table, [column.key for column in sheet.columns if column.kind in DAYS])
        typed[sheet.key] = table.assign(cut_off=cut_off.reindex(table["workbook"]).to_numpy()).drop(columns="workbook")
    return typed


def _with_dates(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Convert columns of days to dates; a faulty workbook in the same table may have left them as objects."""
    untidy = [name for name in columns if table[name].dtype.kind != "M"]
    return table.assign(**{name: pd.to_datetime(table[name]).astype("datetime64[s]") for name in untidy})
