"""Selects the records of some departments from an export and reads them like workbooks.

A department's records of a sheet are numbered from 2 in the order of the files, as the rows of its own workbook would
be, so other departments' records do not affect its results. A fault names the file and the
record's number in it, counted from 1.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from scoring.base.characters import UNSEEN
from scoring.evidence.faults import Fault
from scoring.evidence.parquet.index import Group, Numbers, Part, departments_of, is_day
from scoring.evidence.reading.cells import compact, days, read_cells, texts
from scoring.evidence.reading.workbook import Cells, Tables, Workbook, labelled, of_others, scheme_column
from scoring.scheme import Scheme
from scoring.scheme.sheets import ATTACHED, FACTS, NO, YES, Column, Kind, Sheet

_FIRST, _LAST = np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31T23:59:59", "s")
#: The length that marks an empty cell.
_EMPTY: Final = -1


@dataclass(frozen=True)
class Extract:
    """Some departments of an export, and by sheet key the row groups that hold their records."""

    departments: tuple[str, ...]
    groups: Mapping[str, tuple[Group, ...]]
    notices: tuple[str, ...] = ()
    folder: Path | None = None  # Where the export is, beside the folders of attachments.


@dataclass
class _Records:
    """A sheet's records in the order of the departments, with their locations."""

    sheet: Sheet
    table: pa.Table
    workbook: Numbers
    part: Numbers
    record: Numbers
    parts: Sequence[Part]

    def __post_init__(self) -> None:
        self.starts = np.searchsorted(self.workbook, np.arange(self.workbook.max(initial=-1) + 2))

    def start(self, number: int) -> int:
        return int(self.starts[min(number, len(self.starts) - 1)])

    @property
    def rows(self) -> Numbers:
        """Each record's row number within its department, from 2."""
        return np.arange(len(self.workbook)) - self.starts[self.workbook] + 2


@dataclass
class Exported(Workbook):
    """A department's part of an export; locations are files and records."""

    number: int = 0
    records: Mapping[str, _Records] = field(default_factory=dict, repr=False)

    @property
    def origin(self) -> Exported:
        """Itself, since it knows the locations of its records."""
        return self

    def location(self, sheet: Sheet | None, row: int, column: int) -> tuple[str, str]:
        """The file, and the record and column in it."""
        if sheet is None or sheet.key not in self.records or not row:
            return self.file, ""
        records = self.records[sheet.key]
        at = records.start(self.number) + row - 2
        part = records.parts[records.part[at]]
        return part.label, f"第 {records.record[at]} 条记录“{sheet.columns[column - 1].name}”"


def read_extract(extract: Extract, scheme: Scheme) -> tuple[list[Workbook], Tables]:
    """One workbook per department, and their rows joined; damaged files become faults of all departments."""
    found: dict[str, _Records] = {}
    damaged: list[Fault] = []
    for sheet in scheme.sheets:
        groups = extract.groups.get(sheet.key, ())
        try:
            found[sheet.key] = _gathered(sheet, groups, extract.departments)
        except (pa.ArrowException, OSError, ValueError):
            label = "、".join(dict.fromkeys(group.part.label for group in groups))
            found_there = "文件已损坏，或在读取时被改动；请重新导出"
            damaged.append(Fault(label, sheet.order, 0, 0, sheet.name, "", found_there, ""))
            found[sheet.key] = _gathered(sheet, (), extract.departments)
    # Columns are numbered in the scheme's order, not the file's.
    positions = {
        (sheet.key, column.key): number for sheet in scheme.sheets for number, column in enumerate(sheet.columns, 1)
    }
    digests = _digests(found, len(extract.departments))
    workbooks: list[Workbook] = [
        Exported(
            department=department,
            file=f"{scheme.sheet(FACTS).name}.parquet",
            sha256=digests[number],
            positions=positions,
            cells={key: Cells([], {}) for key in found},
            faults=list(damaged),
            notices=list(extract.notices),
            absent={sheet.key for sheet in scheme.sheets if sheet.optional and sheet.key not in extract.groups},
            folder=extract.folder,
            number=number,
            records=found,
        )
        for number, department in enumerate(extract.departments)
    ]
    return workbooks, {key: _table(records, extract.departments, scheme) for key, records in found.items()}


def _gathered(sheet: Sheet, groups: Sequence[Group], departments: Sequence[str]) -> _Records:
    """Collect the records of these departments from some row groups, department by department."""
    numbers = {department: number for number, department in enumerate(departments)}
    tables, workbooks, parts, records = [], [], [], []
    named = list({group.part.label: group.part for group in groups}.values())
    for group in groups:
        table, workbook, at = _picked(sheet, group, numbers)
        tables.append(table)
        workbooks.append(workbook)
        records.append(at + group.before + 1)
        parts.append(np.full(len(at), named.index(group.part)))
    if not tables:
        none = np.empty(0, dtype=np.int64)
        nulls = {column.key: pa.nulls(0) for column in sheet.columns}
        return _Records(sheet, pa.table(nulls), none, none, none, named)
    table = pa.table({column.key: _united([table.column(column.key) for table in tables]) for column in sheet.columns})
    workbook, part, record = map(np.concatenate, (workbooks, parts, records))
    if (np.diff(workbook) < 0).any():
        order = np.argsort(workbook, kind="stable")
        table, workbook, part, record = table.take(pa.array(order)), workbook[order], part[order], record[order]
    return _Records(sheet, table, workbook, part, record, named)


def _picked(sheet: Sheet, group: Group, numbers: Mapping[str, int]) -> tuple[pa.Table, Numbers, Numbers]:
    """Select some departments' records from a row group: columns by key, each record's department, and its position."""
    names = group.part.names
    with pq.ParquetFile(group.part.path, read_dictionary=list(group.part.coded)) as file:
        table = file.read_row_group(group.number, columns=list(names.values()))
    words, places = departments_of(table.column(names["department"]))
    workbook = np.array([numbers.get(word, -1) for word in words], dtype=np.int64)[places]
    at = np.flatnonzero(workbook >= 0)
    absent = pa.nulls(len(table))
    columns_by_key = {
        column.key: _simple(column, table.column(names[column.key])) if column.key in names else absent
        for column in sheet.columns
    }
    picked = pa.table(columns_by_key)
    return (picked if len(at) == len(table) else picked.take(pa.array(at))), workbook[at], at


def _simple(column: Column, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as days, moments, texts or coded texts; other types are converted to text."""
    if is_day(cells.type):
        return cells.cast(pa.timestamp("s") if column.kind is Kind.MOMENT else pa.date32(), safe=False)
    if types.is_boolean(cells.type):
        return pc.if_else(cells, YES, NO)
    return cells if types.is_dictionary(cells.type) or types.is_null(cells.type) else cells.cast(pa.large_string())


def _united(parts: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Join a column of several row groups; as texts where the files' types differ."""
    if len({part.type for part in parts}) > 1:
        parts = [part.cast(pa.large_string()) for part in parts]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)


def _table(records: _Records, departments: Sequence[str], scheme: Scheme) -> pd.DataFrame:
    """The records, cells parsed, without empty ones and those of other schemes."""
    read = {column.key: read_column(column, records.table.column(column.key)) for column in records.sheet.columns}
    table = labelled(pd.DataFrame({"row": records.rows, **read}), records.workbook, departments)
    if not any(values.notna().all() for values in read.values()):
        table = table[table[list(read)].notna().any(axis=1)].reset_index(drop=True)
    key = scheme_column(records.sheet)
    foreign = of_others(table[key].dropna().unique(), records.sheet, scheme) if key else ()
    return table[~table[key].isin(list(foreign))].reset_index(drop=True) if foreign else table


def read_column(column: Column, cells: pa.ChunkedArray) -> pd.Series:
    """Parse the cells of a column: whole columns at once, and each distinct text once."""
    if is_day(cells.type):
        return _days(cells)
    if types.is_null(cells.type):
        return compact(column.kind, [None] * len(cells))
    if column.kind is Kind.TEXT:
        text = pc.utf8_trim(cells.cast(pa.large_string()), "".join(sorted(UNSEEN)))
        return texts(pc.if_else(pc.equal(text, ""), None, text))
    encoded = cells if types.is_dictionary(cells.type) else cells.dictionary_encode()
    encoded = encoded.unify_dictionaries()
    if not encoded.num_chunks:
        return compact(column.kind, [])
    words = compact(column.kind, read_cells(column.kind, encoded.chunk(0).dictionary.to_pylist()))
    places = pa.chunked_array([chunk.indices for chunk in encoded.chunks]).fill_null(-1).to_numpy()
    taken = words.array.take(places, allow_fill=True)
    return pd.Series(taken) if words.dtype != object else pd.Series([None if pd.isna(one) else one for one in taken])


def _days(cells: pa.ChunkedArray) -> pd.Series:
    """Days or moments; objects where the year of one has more than four digits, which is quoted as a text."""
    read = days(cells)
    if ((read < _FIRST) | (read > _LAST)).any():
        unit = "D" if types.is_date(cells.type) else "s"
        each = read.to_numpy().astype(f"datetime64[{unit}]")
        quotable = [day.item() if day.item() is None or isinstance(day.item(), dt.date) else str(day) for day in each]
        return pd.Series(quotable, dtype=object)
    return read


def _digests(found: Mapping[str, _Records], count: int) -> list[str]:
    """SHA-256 of each department's records: sheet by sheet and column by column in the scheme's order, as texts.

    Independent of the files' compression, encoding and column order, and of other departments' records.
    """
    digests = [hashlib.sha256() for _ in range(count)]
    for key, records in found.items():
        hashed = [(column.key, *_plain(records.table.column(column.key))) for column in records.sheet.columns]
        for number in np.unique(records.workbook).tolist():
            first, last = records.start(number), records.start(number + 1)
            digests[number].update(f"{key}\x1f{last - first}\x1e".encode())
            for name, lengths, offsets, data in hashed:
                if name == ATTACHED.key and not (lengths[first:last] > 0).any():
                    continue  # As if the column were missing, which it may be.
                digests[number].update(f"{name}\x1f".encode())
                digests[number].update(lengths[first:last])
                digests[number].update(data[offsets[first] : offsets[last]])
    return [digest.hexdigest() for digest in digests]


def _plain(cells: pa.ChunkedArray) -> tuple[Numbers, Numbers, memoryview]:
    """A column as texts: lengths in bytes, start offsets, and the bytes."""
    text = pa.concat_arrays([*cells.cast(pa.large_string()).chunks, pa.array([], pa.large_string())])
    lengths = pc.binary_length(text).fill_null(_EMPTY).to_numpy(zero_copy_only=False)
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    return np.ascontiguousarray(lengths), offsets, memoryview(text.buffers()[2] or b"")
