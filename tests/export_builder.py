"""Parquet exports for tests, out of the same evidence as workbooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from evidence_builder import Evidence

from scoring import Assessment, Scheme
from scoring.engine.assessment import assess_evidence
from scoring.evidence.folders import read_folder

Columns = dict[str, list[Any]]


def columns_of(evidences: Iterable[Evidence]) -> dict[str, Columns]:
    """Sheet name to its columns, department by department; empty columns and sheets included."""
    sheets: dict[str, Columns] = {}
    for evidence in evidences:
        for name, rows in evidence.sheets.items():
            header = [column for column in evidence.headers[name] if column]
            columns = sheets.setdefault(name, {"部门": [], **{column: [] for column in header}})
            for row in rows:
                columns["部门"].append(evidence.department)
                for column in header:
                    columns[column].append(row.get(column))
    contents = sheets["基本信息"]["内容"]
    sheets["基本信息"]["内容"] = [None if value is None else str(value) for value in contents]
    return sheets


def save_export(
    folder: Path, *evidences: Evidence, types: Mapping[tuple[str, str], pa.DataType] | None = None, parts: int = 0
) -> Path:
    """An export of some departments: ``types`` by sheet and column, each sheet in one file or in so many ``parts``."""
    folder.mkdir(exist_ok=True)
    for name, columns in columns_of(evidences).items():
        arrays = {key: array_of(values, (types or {}).get((name, key))) for key, values in columns.items()}
        save_sheet(folder, name, pa.table(arrays), parts)
    return folder


def save_sheet(folder: Path, name: str, table: pa.Table, parts: int = 0) -> None:
    """Write one sheet."""
    if not parts:
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=7)
        return
    (folder / name).mkdir()
    step = -(-max(len(table), 1) // parts)
    for part in range(parts):
        pq.write_table(table.slice(part * step, step), folder / name / f"part-{part}.parquet", row_group_size=7)


def array_of(values: list[Any], wanted: pa.DataType | None) -> pa.Array:
    """A column as a system would export it."""
    given = {type(value) for value in values if value is not None}
    if given == {dt.date}:
        array = pa.array(values, pa.date32())
    else:
        array = pa.array([None if value is None else str(value) for value in values], pa.string())
    return array if wanted is None else array.cast(wanted)


def edited(folder: Path, name: str, **columns: pa.Array | None) -> None:
    """Replace columns of a sheet's file; None takes one away."""
    path = folder / f"{name}.parquet"
    table = pq.read_table(path)
    for key, array in columns.items():
        if key in table.column_names:
            table = table.drop([key])
        if array is not None:
            table = table.append_column(key, array)
    save_sheet(folder, name, table)


def assessed(folder: Path, scheme: Scheme) -> Assessment:
    """The assessment of an export that is sound as a whole."""
    found = read_folder(folder, scheme)
    assert found.faults == ()
    (chunk,) = found.chunks
    return assess_evidence(chunk.load(scheme))
