"""Evidence exported from a system: one Parquet file, or one folder of them, per sheet, with a column 部门.

It is checked and scored by the same rules as workbooks. This module finds the files, matches their columns and indexes
where each department's rows are; :mod:`scoring.evidence.parquet.extract` reads the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from scoring.base.characters import plain
from scoring.evidence.faults import Fault
from scoring.evidence.reading.cells import displayed, read_cells
from scoring.evidence.suggest import missing
from scoring.scheme import Scheme
from scoring.scheme.sheets import NO, YES, Column, Kind, Sheet

DEPARTMENT: Final = "部门"
#: The most bytes of a row group, unpacked: larger ones would not fit in memory together with others.
MAX_GROUP_BYTES: Final = 2 * 2**30

_SUFFIX: Final = ".parquet"
_UNREADABLE: Final = (pa.ArrowException, OSError)
_DAMAGED: Final = "不是 Parquet 文件，或已损坏；请重新导出"

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """One file of a sheet; its columns by key, that of 部门 under ``department``."""

    path: Path
    label: str  # as faults name it: 信息发布.parquet, or 信息发布/part-0001.parquet
    names: Mapping[str, str]  # the file's own
    positions: Mapping[str, int]  # in the file, from 1
    coded: tuple[str, ...]  # own names of the columns with few distinct words; read as dictionary codes


@dataclass(frozen=True)
class Group:
    """A row group of a part: its number in the file, and how many records of the file come before it."""

    part: Part
    number: int
    before: int


@dataclass
class SheetIndex:
    """Which departments (by number) each row group of a sheet holds."""

    groups: list[Group] = field(default_factory=list)
    inside: list[Numbers] = field(default_factory=list)

    def having(self, departments: Numbers) -> tuple[Group, ...]:
        """The groups that hold records of any of these departments, in the order of the files."""
        wanted = np.isin(np.concatenate([*self.inside, departments[:0]]), departments)
        ends = np.cumsum([0, *map(len, self.inside)])
        so_far = np.insert(np.cumsum(wanted), 0, 0)[ends]
        return tuple(compress(self.groups, np.diff(so_far)))


@dataclass
class Export:
    """An indexed export: departments in the order of the files, with their number of records over all sheets.

    Attributes
    ----------
    faults
        Faults of the export as a whole; with any, nothing is scored.
    stray
        Faults of records that belong to no department.
    notices
        Notices, such as unknown columns.
    """

    departments: list[str] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    sheets: dict[str, SheetIndex] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    stray: list[Fault] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def is_export(folder: Path, scheme: Scheme) -> bool:
    """Whether a folder holds Parquet evidence: a file or a folder of Parquet files, of any name."""
    return any(
        path.suffix.lower() == _SUFFIX or (path.name in scheme.sheet_names and path.is_dir())
        for path in folder.iterdir()
        if not path.name.startswith((".", "_"))
    )


def open_export(folder: Path, scheme: Scheme) -> Export:
    """Find and index the sheets of an export; problems become faults and are never raised."""
    export = Export()
    numbers: dict[str, int] = {}
    named = {path.stem for path in folder.iterdir() if path.suffix.lower() == _SUFFIX and path.is_file()}
    unknown = sorted(named - set(scheme.sheet_names) - scheme.others.sheets)
    export.notices += [f"{displayed(name)}{_SUFFIX} 不在规定之列，未读取" for name in unknown]
    lacking = missing(scheme.sheets, {sheet.name for sheet in scheme.sheets if _files(folder, sheet)}, unknown)
    for sheet in scheme.sheets:
        files = _files(folder, sheet)
        if isinstance(files, str):
            export.faults.append(_fault(sheet, f"{sheet.name}{_SUFFIX}", files, "二者之一"))
        elif files:
            known = scheme.others.columns.get(sheet.name, frozenset())
            export.sheets[sheet.key] = _index(export, sheet, files, numbers, known)
        elif not sheet.optional:
            found, expected = "缺少这张表", f"名为“{sheet.name}{_SUFFIX}”的文件，或名为“{sheet.name}”的文件夹"
            export.faults.append(_fault(sheet, folder.name, found, expected, meant=lacking[sheet.name]))
    export.departments = list(numbers)
    return export


def _files(folder: Path, sheet: Sheet) -> list[tuple[Path, str]] | str:
    """The files of a sheet with their names in messages, or a fault."""
    alone, parts = folder / f"{sheet.name}{_SUFFIX}", folder / sheet.name
    inside = sorted(
        path for path in parts.glob("*") if path.suffix.lower() == _SUFFIX and not path.name.startswith((".", "_"))
    )
    if alone.is_file():
        both = f"既有文件“{alone.name}”，又有文件夹“{sheet.name}”，不知以哪个为准"
        return both if inside else [(alone, alone.name)]
    return [(path, f"{sheet.name}/{path.name}") for path in inside]


def _fault(
    sheet: Sheet, file: str, found: str, expected: str, *, cell: str = "", column: int = 0, meant: str = ""
) -> Fault:
    return Fault(file, sheet.order, 0, column, sheet.name, cell, found, expected, meant)


def _index(
    export: Export, sheet: Sheet, files: Iterable[tuple[Path, str]], numbers: dict[str, int], known: Container[str]
) -> SheetIndex:
    index = SheetIndex()
    for path, label in files:
        try:
            with pq.ParquetFile(path) as file:
                part = _part(export, sheet, path, label, file.schema_arrow, known)
                if "department" in part.names:
                    for group, codes in _groups(export, sheet, part, file, numbers):
                        index.groups.append(group)
                        index.inside.append(codes)
        except _UNREADABLE:
            export.faults.append(_fault(sheet, label, _DAMAGED, ""))
    return index


def _groups(
    export: Export, sheet: Sheet, part: Part, file: pq.ParquetFile, numbers: dict[str, int]
) -> Iterator[tuple[Group, Numbers]]:
    """Each row group with the departments in it; new ones get the next number."""
    before = 0
    for at in range(file.num_row_groups):
        described = file.metadata.row_group(at)
        if described.total_byte_size > MAX_GROUP_BYTES:
            size = described.total_byte_size // 2**20
            expected = f"每个行组不超过 {MAX_GROUP_BYTES // 2**20} MB"
            export.faults.append(_fault(sheet, part.label, f"第 {at + 1} 个行组有 {size} MB", expected))
            return
        words, places = departments_of(file.read_row_group(at, columns=[part.names["department"]]).column(0))
        nameless = [number for number, word in enumerate(words) if not word]
        if len(stray := np.flatnonzero(np.isin(places, nameless)) + before + 1):
            export.stray.append(_fault_of_strays(sheet, part, stray))
        counts = np.bincount(places, minlength=len(words))
        own = [numbers.setdefault(word, len(numbers)) for word in words if word]
        export.records += [0] * (len(numbers) - len(export.records))
        for word, count in zip(words, counts.tolist(), strict=True):
            if word:
                export.records[numbers[word]] += count
        yield Group(part, at, before), np.unique(np.array(own, dtype=np.int64))
        before += described.num_rows


def departments_of(column: pa.ChunkedArray) -> tuple[list[Any], Numbers]:
    """The distinct names in a column 部门 (None for an empty one), and the index of each record's name."""
    text = column if is_text(column.type) else column.cast(pa.large_string())
    encoded = text if types.is_dictionary(text.type) else text.dictionary_encode()
    encoded = encoded.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], encoded.type)
    words = [*read_cells(Kind.CODE, encoded.dictionary.to_pylist()), None]
    return words, encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False).astype(np.int64)


def _fault_of_strays(sheet: Sheet, part: Part, records: Numbers) -> Fault:
    """Records without a department; where there are many, the first and how many."""
    more = f"（这样的记录共 {len(records)} 条）" if len(records) > 1 else ""
    found, cell = f"“{DEPARTMENT}”为空{more}", f"第 {records[0]} 条记录“{DEPARTMENT}”"
    column = part.positions["department"]
    return _fault(sheet, part.label, found, "每条记录都必须填写部门", cell=cell, column=column)


def _part(export: Export, sheet: Sheet, path: Path, label: str, schema: pa.Schema, known: Container[str]) -> Part:
    """Match the columns of a file with those of its sheet; a mismatch is a fault of the whole export."""
    wanted = (Column("department", DEPARTMENT, Kind.CODE, required=True), *sheet.columns)
    by_name = {plain(column.name): column for column in wanted}
    names: dict[str, str] = {}
    positions: dict[str, int] = {}
    for number, found in enumerate(schema, start=1):
        column = by_name.get(plain(found.name))
        cell = f"“{displayed(found.name)}”列"
        if column is None and plain(found.name) in known:
            continue
        if column is None:
            export.notices.append(f"{label} 的列“{displayed(found.name)}”不在规定之列，未读取")
        elif column.key in names:
            export.faults.append(_fault(sheet, label, f"列“{column.name}”重复", "只有一列", cell=cell, column=number))
        else:
            names[column.key], positions[column.key] = found.name, number
            readable = types_of(column)
            if not (is_text(found.type) or types.is_null(found.type) or readable.fits(found.type)):
                wrong = f"类型为 {found.type}"
                export.faults.append(_fault(sheet, label, wrong, readable.expected, cell=cell, column=number))
    present = {column.name for column in wanted if column.key in names}
    for name, meant in missing(wanted, present, map(plain, schema.names)).items():
        export.faults.append(_fault(sheet, label, f"缺少列“{name}”", f"有“{name}”一列", meant=meant))
    coded = tuple(
        names[column.key]
        for column in wanted
        if (column.choices or column.one_of or column.paired_with or column.key == "department")
        and column.key in names
        and is_text(schema.field(names[column.key]).type)
    )
    return Part(path, label, names, positions, coded)


def _is_number(of: pa.DataType) -> bool:
    return bool(types.is_integer(of) or types.is_floating(of) or types.is_decimal(of))


def is_text(of: pa.DataType) -> bool:
    """Whether a column holds texts, coded or not."""
    plain = of.value_type if types.is_dictionary(of) else of
    return bool(types.is_string(plain) or types.is_large_string(plain) or types.is_string_view(plain))


def is_day(of: pa.DataType) -> bool:
    """Whether a column holds days, or moments without a time zone."""
    return bool(types.is_date(of) or (types.is_timestamp(of) and of.tz is None))


class Types(NamedTuple):
    """The types allowed for a column: a test for those but text, and all in words, in Chinese and for the docs."""

    fits: Callable[[pa.DataType], bool]
    expected: str
    documented: str


def types_of(column: Column) -> Types:
    """The types allowed for a column; a column of 是 or 否 may be boolean."""
    match column.kind:
        case Kind.DATE | Kind.MOMENT:
            expected = "日期（date32、date64）、不带时区的时间（timestamp）或文字（string）"
            return Types(is_day, expected, "date32, date64, timestamp without a zone, string")
        case Kind.NUMBER:
            return Types(_is_number, "数字或文字（string）", "integer, float, decimal, string")
        case Kind.CHOICE if column.choices == (YES, NO):
            return Types(types.is_boolean, "布尔值（bool）或文字（string）", "string, bool")
        case Kind.CODE | Kind.TEXT | Kind.REFERENCE | Kind.HOST:
            return Types(types.is_integer, "文字（string）或整数", "string, integer")
    return Types(types.is_null, "文字（string）", "string")
