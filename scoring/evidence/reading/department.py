"""A department's evidence: its workbook and the parts beside it, the rows of a sheet joined."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from scoring.evidence.faults import ROWS
from scoring.evidence.files import part_of
from scoring.evidence.reading.read import read_workbook
from scoring.evidence.reading.workbook import Cells, Workbook
from scoring.evidence.suggest import missing
from scoring.scheme import Scheme


def read_department(department: str, files: Sequence[Path], scheme: Scheme) -> Workbook:
    """Read a department's files as one workbook; problems are added to its ``faults`` and never raised."""
    return as_one(read_files(department, files, scheme), scheme)


def read_files(department: str, files: Sequence[Path], scheme: Scheme) -> list[Workbook]:
    """Read a department's files one by one; of files of one name only that fault is known."""
    if len({part_of(path, department).casefold() for path in files}) < len(files):
        return [_doubled(department, files)]
    return [read_workbook(path, scheme, department=department) for path in files]


def as_one(files: Sequence[Workbook], scheme: Scheme) -> Workbook:
    """The workbook that a department's files make together.

    Rows are in the order of the workbook named after the department, of the parts by name, of the case file.
    """
    ordered = sorted(files, key=lambda file: (file.is_case, part_of(Path(file.file), file.department)))
    workbook = _copy(ordered[0]) if len(ordered) == 1 else _joined(ordered)
    if workbook.readable:
        _note_missing_sheets(workbook, scheme)
    return workbook


def _copy(file: Workbook) -> Workbook:
    """A file that can be completed and checked, and later be joined with others."""
    return replace(
        file, cells={**file.cells}, faulty={*file.faulty}, faults=[*file.faults], notices=[*file.notices], absent=set()
    )


def _joined(parts: Sequence[Workbook]) -> Workbook:
    evidence = [part for part in parts if not part.is_case]
    numbered = list(enumerate(parts))
    return Workbook(
        parts[0].department,
        "、".join(part.file for part in evidence),
        _digest(evidence),
        {key: at for part in reversed(parts) for key, at in part.positions.items()},
        tuple(part.origin for part in parts),
        cells={
            key: _cells([(number, part.cells[key]) for number, part in numbered if key in part.cells])
            for key in dict.fromkeys(chain.from_iterable(part.cells for part in parts))
        },
        faulty={(order, row + at * ROWS, column) for at, part in numbered for order, row, column in part.faulty},
        hidden={
            (key, row + at * ROWS, column): characters
            for at, part in numbered
            for (key, row, column), characters in part.hidden.items()
        },
        faults=[*chain.from_iterable(part.faults for part in parts)],
        notices=[f"{part.file}：{notice}" for part in parts for notice in part.notices],
        readable=all(part.readable for part in parts),
        names=tuple(chain.from_iterable(part.names for part in parts)),
        folder=parts[0].folder,
    )


def _cells(parts: Sequence[tuple[int, Cells]]) -> Cells:
    """The rows of a sheet in several files, numbered through."""
    rows = [number * ROWS + row for number, cells in parts for row in cells.rows]
    return Cells(
        rows, {key: [*chain.from_iterable(cells.columns[key] for _, cells in parts)] for key in parts[0][1].columns}
    )


def _digest(parts: Sequence[Workbook]) -> str:
    """SHA-256 of the list that sha256sum prints for the files; of a single file, its own."""
    if len(parts) == 1:
        return parts[0].sha256
    return hashlib.sha256("".join(f"{part.sha256}  {part.file}\n" for part in parts).encode()).hexdigest()


def _note_missing_sheets(workbook: Workbook, scheme: Scheme) -> None:
    """Note the sheets that no file has; those that may be missing are empty."""
    is_part = bool(workbook.parts) or bool(part_of(Path(workbook.file), workbook.department))
    found = {sheet.name for sheet in scheme.sheets if sheet.key in workbook.cells}
    lacking = missing(scheme.sheets, found, workbook.names)
    for sheet in scheme.sheets:
        if sheet.key in workbook.cells:
            continue
        if sheet.optional:
            workbook.absent.add(sheet.key)
            workbook.cells[sheet.key] = Cells([], {column.key: [] for column in sheet.columns})
        elif not workbook.is_misnamed_part(scheme):
            expected = f"名为“{sheet.name}”的工作表{'，在哪一个文件中都可以' if is_part else ''}"
            workbook.add_fault(sheet, "缺少这张工作表", expected, meant=lacking[sheet.name])


def _doubled(department: str, files: Sequence[Path]) -> Workbook:
    """Faults for two files of one name, such as 人社局.xlsx and 人社局.XLSX: it is unclear which one counts."""
    names = sorted(path.name for path in files)
    workbook = Workbook(department, names[0], readable=False)
    workbook.add_fault(None, f"同一部门有重名的工作簿：{'、'.join(names)}", "每个名称只有一个；请移走其余的")
    return workbook
