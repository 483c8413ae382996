"""A folder of evidence, workbooks or Parquet, split into chunks that can be scored independently.

A chunk is small data that says where the evidence of some departments lies. It can be sent to another process, or to
another machine that sees the same folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from scoring.base.errors import ForAnalysts
from scoring.evidence import Fault, Loaded, by_department, load_evidence, load_extract, workbooks_in
from scoring.evidence.files import department_of, unread_in
from scoring.evidence.parquet.extract import Extract
from scoring.evidence.parquet.index import Export, is_export, open_export
from scoring.evidence.suggest import nearest
from scoring.scheme import Scheme

#: The most departments of a chunk, and about how many bytes of workbooks or records of an export it has: large enough
#: that the cost per chunk is negligible, small enough for a worker's memory.
WORKBOOKS: Final = 250
BYTES: Final = 24 * 2**20
DEPARTMENTS: Final = 500
RECORDS: Final = 1_000_000


class UnusableFolder(ForAnalysts, ValueError):
    """A folder without usable evidence; the message says why, in Chinese."""


@dataclass(frozen=True)
class Chunk:
    """The evidence of some departments: their workbooks, or their part of an export."""

    departments: tuple[str, ...]
    files: tuple[tuple[Path, ...], ...] = ()  # By department.
    extract: Extract | None = None

    def load(self, scheme: Scheme) -> Loaded:
        """Read and check it."""
        return load_extract(self.extract, scheme) if self.extract else load_evidence([*chain(*self.files)], scheme)

    def halves(self) -> tuple[Chunk, Chunk]:
        """The same departments in two chunks."""
        middle = len(self.departments) // 2
        return self._only(slice(middle)), self._only(slice(middle, None))

    def _only(self, wanted: slice) -> Chunk:
        departments = self.departments[wanted]
        extract = self.extract and replace(self.extract, departments=departments)
        return replace(self, departments=departments, files=self.files[wanted], extract=extract)


@dataclass(frozen=True)
class Folder:
    """What a folder holds.

    Attributes
    ----------
    departments
        Those that are scored, unordered; a file that belongs to no department is listed under its own name.
    faults
        Of an export: faults that prevent scoring any of it.
    stray
        Of an export: file to the faults of its records without a department.
    present
        All that have evidence, wanted or not.
    unread
        Other files, which are not read; in Chinese.
    """

    departments: frozenset[str]
    chunks: tuple[Chunk, ...]
    faults: tuple[Fault, ...] = ()
    stray: Mapping[str, list[Fault]] | None = None
    present: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What a department's evidence is called."""
        return "工作簿" if self.stray is None else "佐证"

    def reported(self, faults: Mapping[str, list[Fault]]) -> Mapping[str, Sequence[Fault]]:
        """The faults to report: those of the whole export once, not for each department."""
        if not self.faults:
            return faults
        return {f"全部 {len(self.departments)} 个部门": self.faults, **(self.stray or {})}


def read_folder(raw: Path, scheme: Scheme, only: Collection[str] = (), at_most: int | None = None) -> Folder:
    """List a folder's evidence without reading it.

    ``only`` names the departments wanted, all of them when it is empty; ``at_most`` is how many a chunk may have.

    Raises
    ------
    UnusableFolder
        When there is no evidence, evidence in both forms, or none of a department that is wanted.
    """
    if not raw.is_dir():
        raise UnusableFolder(f"没有文件夹 {raw}")
    workbooks = workbooks_in(raw)
    if not is_export(raw, scheme):
        return _of_workbooks(raw, workbooks, scheme, only, at_most or WORKBOOKS)
    if workbooks:
        raise UnusableFolder(
            f"{raw} 中既有 .xlsx 工作簿（如 {workbooks[0].name}），又有 Parquet 文件，不知以哪个为准；"
            "请分别放在两个文件夹中"
        )
    return _of_export(raw, open_export(raw, scheme), only, at_most or DEPARTMENTS)


def refuse_garbled(workbooks: Iterable[Path]) -> None:
    """Raise :class:`UnusableFolder` for an undecodable file name, as from a zip made on another system."""
    for path in workbooks:
        name = path.name.encode("utf-8", "backslashreplace").decode("utf-8")
        if name != path.name:
            raise UnusableFolder(f"{path.parent} 中有文件名不是 UTF-8 编码的工作簿（{name}）；请改名后再运行")


def _of_workbooks(raw: Path, workbooks: Sequence[Path], scheme: Scheme, only: Collection[str], at_most: int) -> Folder:
    refuse_garbled(workbooks)
    found = by_department(workbooks, scheme)
    named = {name: {name, department_of(paths[0], scheme.positions)} for name, paths in found.items()}
    refuse_missing(raw, {*chain(*named.values())}, only, "工作簿")
    if not workbooks:
        raise UnusableFolder("；".join([f"{raw} 中没有 .xlsx 工作簿", *unread_in(raw)]))
    files = {name: tuple(paths) for name, paths in found.items() if not only or named[name] & {*only}}
    ordered = list(files)
    sizes = [sum(path.stat().st_size for path in files[department]) for department in ordered]
    chunks = (
        Chunk(tuple(ordered[at] for at in own), tuple(files[ordered[at]] for at in own))
        for own in _filled(range(len(ordered)), sizes, at_most, BYTES)
    )
    return Folder(frozenset(files), tuple(chunks), present=frozenset(found), unread=tuple(unread_in(raw)))


def _of_export(raw: Path, export: Export, only: Collection[str], at_most: int) -> Folder:
    refuse_missing(raw, export.departments, only, "记录")
    wanted = [number for number, name in enumerate(export.departments) if not only or name in only]
    departments = frozenset(export.departments[number] for number in wanted)
    stray: dict[str, list[Fault]] = {}
    for fault in export.stray:
        stray.setdefault(fault.file, []).append(fault)
    if export.faults:
        return Folder(departments, (), tuple(export.faults), stray, frozenset(export.departments))
    if not export.departments:
        raise UnusableFolder(f"{raw} 的 Parquet 文件中没有记录")
    chunks = []
    for own in _filled(wanted, export.records, at_most, RECORDS):
        names = tuple(export.departments[number] for number in own)
        groups = {key: sheet.having(np.array(own, dtype=np.int64)) for key, sheet in export.sheets.items()}
        chunks.append(Chunk(names, extract=Extract(names, groups, tuple(export.notices), raw)))
    return Folder(departments, tuple(chunks), (), stray, frozenset(export.departments))


def _filled(numbers: Iterable[int], sizes: Sequence[int], at_most: int, size: int) -> Iterator[list[int]]:
    """Group departments until there are enough of them, or they are large enough."""
    own: list[int] = []
    held = 0
    for number in numbers:
        if own and (len(own) >= at_most or held + sizes[number] > size):
            yield own
            own, held = [], 0
        own.append(number)
        held += sizes[number]
    if own:
        yield own


def refuse_missing(raw: Path, there: Collection[str], only: Collection[str], what: str) -> None:
    """Raise :class:`UnusableFolder` for departments without evidence; a misspelt one gets a suggestion."""
    if missing := sorted(set(only) - set(there)):
        names = (f"{name}（是否指“{near}”）" if (near := nearest(name, tuple(there))) else name for name in missing)
        raise UnusableFolder(f"{raw} 中没有这些部门的{what}：{'、'.join(names)}")
