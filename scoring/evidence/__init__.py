"""Evidence workbooks in: read, checked, and turned into the tables that rules see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scoring.evidence.check import Tables, check
from scoring.evidence.faults import Fault
from scoring.evidence.model import Evidence
from scoring.evidence.read import read_workbook, workbooks_in
from scoring.evidence.schema import BY_KEY, FACTS, SHEETS, Kind
from scoring.scheme import Scheme

__all__ = ["Evidence", "Fault", "Loaded", "load_evidence", "workbooks_in"]


@dataclass(frozen=True)
class Loaded:
    """The evidence of the sound workbooks, and each faulty one's faults by department."""

    evidence: Evidence
    faults: dict[str, list[Fault]]


def load_evidence(paths: Sequence[Path], scheme: Scheme) -> Loaded:
    """Read and check workbooks; a faulty one never stops the others.

    Parameters
    ----------
    paths
        Workbooks, each named after its department.
    scheme
        The scheme of their year.
    """
    workbooks = [read_workbook(path) for path in sorted(paths, key=lambda path: _order(path.stem, scheme))]
    tables = check(workbooks, scheme)
    sound = [number for number, workbook in enumerate(workbooks) if not workbook.faults]
    evidence = Evidence(
        scheme,
        _typed(tables, sound, scheme),
        {workbooks[number].department: workbooks[number].sha256 for number in sound},
        {workbooks[number].department: tuple(workbooks[number].notices) for number in sound},
        {workbooks[number].department: workbooks[number].positions for number in sound},
    )
    return Loaded(evidence, {workbook.department: workbook.faults for workbook in workbooks if workbook.faults})


def _order(department: str, scheme: Scheme) -> tuple[int, str]:
    known = scheme.departments
    return (known.index(department) if department in known else len(known), department)


def _typed(tables: Tables, sound: list[int], scheme: Scheme) -> Tables:
    """The sound workbooks' rows with real dates, and each row's cut-off date."""
    facts = tables["facts"]
    facts = (
        facts[facts["workbook"].isin(sound)]
        .drop(columns="department")
        .rename(columns={f"fact_{fact.key}": fact.key for fact in FACTS})
    )
    facts = _with_dates(facts.reset_index(drop=True), [fact.key for fact in FACTS if fact.kind is Kind.DATE])
    facts["cut_off"] = facts["cut_off"].fillna(pd.Timestamp(scheme.year, 12, 31))
    cut_off = facts.set_index("workbook")["cut_off"]
    typed = {"facts": facts.drop(columns="workbook")}
    for sheet in SHEETS[1:]:
        table = tables[sheet.key]
        table = table[table["workbook"].isin(sound)].reset_index(drop=True)
        table = _with_dates(table, [column.key for column in BY_KEY[sheet.key].columns if column.kind is Kind.DATE])
        typed[sheet.key] = table.assign(cut_off=cut_off.reindex(table["workbook"]).to_numpy()).drop(columns="workbook")
    return typed


def _with_dates(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return table.assign(**{name: pd.to_datetime(table[name]).astype("datetime64[s]") for name in columns})
