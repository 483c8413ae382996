"""The attachments that rows name: each a plain name of a file in the department's folder, there, and not too large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from scoring.base.characters import quoted
from scoring.base.files import reason_of
from scoring.base.tables import each_row
from scoring.evidence.attachments import Attachment, names_in, read_attachment
from scoring.evidence.files import (
    LARGEST_ATTACHMENT,
    LARGEST_ATTACHMENTS,
    attachments_in,
    folder_of_attachments,
    why_no_attachment,
)
from scoring.evidence.reading.workbook import Tables, Workbook
from scoring.scheme import Scheme
from scoring.scheme.sheets import ATTACHED, Sheet

_MB: Final = 2**20
#: How many files that no row names a notice lists.
_MOST_LISTED: Final = 10

#: Row of a sheet.
_Place = tuple[Sheet, int]


def check_attachments(workbooks: Sequence[Workbook], tables: Tables, scheme: Scheme) -> None:
    """Find the files that rows name; faults, notices and what was found are added to the workbooks."""
    named: dict[int, dict[str, list[_Place]]] = {}
    for sheet in scheme.sheets:
        if ATTACHED not in sheet.columns:
            continue
        table = tables[sheet.key]
        for row in each_row(table[table[ATTACHED.key].notna()]):
            if not workbooks[row.workbook].has_fault(sheet, row.row, ATTACHED.key):
                for name in names_in(str(row.attachments)):
                    named.setdefault(row.workbook, {}).setdefault(name, []).append((sheet, row.row))
    for number, workbook in enumerate(workbooks):
        if workbook.folder is not None and workbook.readable:
            _check(workbook, folder_of_attachments(workbook.department, workbook.folder), named.get(number, {}))


def _check(workbook: Workbook, folder: Path, named: Mapping[str, Sequence[_Place]]) -> None:
    there = attachments_in(folder)
    found = []
    for name, places in named.items():
        read = _read(name, there, folder, workbook, places)
        if isinstance(read, Attachment):
            found.append(read)
            continue
        meant = "" if name in there else next((one for one in there if one.casefold() == name.casefold()), "")
        for sheet, row in places:
            workbook.add_fault(sheet, *read, row=row, column=ATTACHED.key, meant=meant)
    if (size := sum(one.size for one in found)) > LARGEST_ATTACHMENTS:
        most = f"一个部门的附件合计不超过 {LARGEST_ATTACHMENTS // _MB} MB"
        workbook.add_fault(None, f"{folder.name} 中的附件合计 {size / _MB:.0f} MB", most)
    workbook.attachments = tuple(found)
    if others := [name for name in there if name not in named]:
        more = "等" if len(others) > _MOST_LISTED else ""
        listed = "、".join(quoted(name) for name in others[:_MOST_LISTED])
        workbook.notices.append(f"{folder.name} 中有 {len(others)} 个文件没有一行写明是它的附件：{listed}{more}")


def _read(
    name: str, there: Mapping[str, Path], folder: Path, workbook: Workbook, places: Sequence[_Place]
) -> Attachment | tuple[str, str]:
    """The attachment of that name, or what is wrong with it and what is expected."""
    shown = f"附件“{quoted(name)}”"
    if why := why_no_attachment(name):
        return f"{shown}{why}", f"只写文件夹 {folder.name} 中一个文件的名称"
    if name not in there:
        expected = f"文件夹 {folder.name} 中一个文件的名称，大小写也相同（不能是链接或文件夹）"
        return f"{shown}不在 {folder.name} 中", expected
    try:
        size = there[name].stat().st_size
        if 0 < size <= LARGEST_ATTACHMENT:
            rows = [(sheet.name, row) for sheet, row in places]
            located = ((sheet, *workbook.place(row)) for sheet, row in rows)
            named = [f"{file}《{sheet}》第{line}行" for sheet, file, line in located]
            return read_attachment(name, there[name], rows, named)
    except OSError as error:
        return f"{shown}打不开（{reason_of(error)}）", "能打开的文件；请检查读取权限"
    what = f"有 {size / _MB:.1f} MB" if size else "是空文件"
    return f"{shown}{what}", f"有内容、不超过 {LARGEST_ATTACHMENT // _MB} MB 的文件"
