"""Write decisions into 复核记录; at any moment either the whole old workbook is there or the whole new one.

The new workbook is written beside the old one, read back and compared, then moved over it; the old one is kept as a
dated copy. Files left by a process that was killed are removed by the next save.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from lxml import etree

from scoring.base.files import reason_of
from scoring.base.tables import each_row
from scoring.engine.decisions import Decision
from scoring.evidence.files import HISTORY
from scoring.evidence.reading.cells import EARLIEST, LATEST, READERS, Cell, displayed
from scoring.evidence.reading.read import read_workbook
from scoring.evidence.reading.workbook import Workbook
from scoring.review.ooxml import CannotSave, Package
from scoring.review.sheetxml import Place, free_columns, set_cells
from scoring.scheme import Scheme
from scoring.scheme.load import reviews_sheet
from scoring.scheme.sheets import FACTS_NAME, Column, Kind

__all__ = ["HISTORY", "CannotSave", "Saved", "save_decisions"]

_SHEET: Final = reviews_sheet()
_LONGEST_TEXT: Final = 32_767  # of an Excel cell, in UTF-16 units
_NOT_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SECONDS_TO_WAIT: Final = 1
_WRITABLE: Final = 0o222
_FOR_ALL: Final = 0o666  # Another analyst must be able to use a lock file that was left behind.

_CHANGED: Final = "已被改动，本次决定没有写入；请重新载入后再作决定并保存"
_UNTOUCHED: Final = "原工作簿未改动"

#: The cells of a row of 复核记录 by column key, as read by ``scoring.evidence``.
Record = dict[str, Cell]


@dataclass(frozen=True)
class Saved:
    """A workbook that was saved.

    Attributes
    ----------
    path, copy
        The workbook, and the dated copy of its earlier version.
    sha256
        Of the new workbook, in hexadecimal.
    """

    path: Path
    copy: Path
    sha256: str


def save_decisions(
    workbook: Path, scheme: Scheme, read_sha256: str, decisions: Sequence[Decision], *, now: dt.datetime | None = None
) -> Saved:
    """Write decisions into 复核记录; everything else in the workbook stays as it is.

    A decision on a finding that has a row replaces that row's cells; others follow the last row.

    Parameters
    ----------
    workbook
        The workbook; of a symbolic link, the file that it leads to.
    scheme
        The scheme that it is assessed by.
    read_sha256
        SHA-256 of the workbook that the decisions were made on, in hexadecimal.
    decisions
        At least one, at most one a finding. Texts are stripped, and a line break becomes a line feed, as in Excel.
    now
        Date of the copy; local time when left out.

    Raises
    ------
    CannotSave
        The workbook is open elsewhere, was changed, cannot be written or cannot hold the decisions; it is as it was.
    """
    records = _records(decisions)
    try:
        path = workbook.resolve(strict=True)
        _refuse_read_only(path)
        with _only_saver(path):
            _sweep(path)
            _refuse_open(workbook, path)
            return _save(path, scheme, read_sha256, records, now or dt.datetime.now().astimezone())
    except OSError as error:
        raise CannotSave(f"{workbook.name} {_message(error)}；{_UNTOUCHED}") from error


# --- What is to be written -------------------------------------------------------------------------------------------


def _records(decisions: Sequence[Decision]) -> list[Record]:
    """The decisions as rows, each cell as it will be read again."""
    records = [_record(decision) for decision in decisions]
    findings = [str(record["finding"]) for record in records]
    if not findings:
        raise CannotSave("没有要保存的决定")
    if twice := sorted({finding for finding in findings if findings.count(finding) > 1}):
        raise CannotSave(f"发现 {displayed(twice[0])} 有两个决定；请只保留一个后再保存")
    return records


def _record(decision: Decision) -> Record:
    given = asdict(decision)
    record: Record = {}
    for column in _SHEET.columns:
        value = given[column.key]
        if isinstance(value, str):
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        record[column.key] = READERS[column.kind](value)
        if fault := _unfit(column, record[column.key]):
            raise CannotSave(f"发现 {displayed(decision.finding)} 的决定不能保存：“{column.name}”{fault}")
    return record


def _unfit(column: Column, value: Cell) -> str:
    """Why a value does not fit its column; empty when it does."""
    if value is None:
        return f"为空；请填写{column.expected}" if column.required else ""
    if column.choices and value not in column.choices:
        return f"是“{displayed(value)}”；请改为{column.expected}"
    if column.kind is Kind.DATE:
        fits = isinstance(value, dt.date) and EARLIEST <= value <= LATEST
        return "" if fits else f"是“{displayed(value)}”；请改为{column.expected}"
    text = str(value)
    if found := _NOT_IN_XML.search(text):
        return f"第 {found.start() + 1} 个字（U+{ord(found[0]):04X}）不能写入工作簿；请删去后再保存"
    length = len(text.encode("utf-16-le")) // 2
    return f"有 {length} 个字，一个单元格最多 {_LONGEST_TEXT} 个；请缩短后再保存" if length > _LONGEST_TEXT else ""


def _rows(before: Workbook, records: Sequence[Record]) -> dict[int, Record]:
    """Row number to new content: the finding's present row, else the next one after the last."""
    table = before.tables[_SHEET.key]
    rows: dict[int, Record] = {}
    following = max(table["row"].max() if len(table) else 1, 1) + 1
    for record in records:
        own = [int(row) for row in table.loc[table["finding"] == record["finding"], "row"]]
        if len(own) > 1:
            raise CannotSave(
                f"《{_SHEET.name}》第 {'、'.join(map(str, own))} 行都是发现 {displayed(record['finding'])}；"
                "请在 Excel 或 WPS 中只留一行，重新载入后再保存"
            )
        rows[own[0] if own else int(following)] = record
        following += not own
    return rows


def _edited(content: bytes, before: Workbook, rows: Mapping[int, Record]) -> bytes:
    """The workbook with those rows; the sheet, or a column that a decision needs, is added where it is missing."""
    package, present = Package.of(content), _rows_of(before)
    if _SHEET.name not in package.sheets:
        package.add_sheet(_SHEET.name, like=FACTS_NAME)
    columns = {key: number for (sheet, key), number in before.positions.items() if sheet == _SHEET.key}
    free, cells = free_columns(package, _SHEET.name), dict[Place, Any]()
    for column in _SHEET.columns:
        if column.key not in columns and any(record[column.key] for record in rows.values()):
            columns[column.key] = next(free)
            cells[1, columns[column.key]] = column.name
    for row, record in rows.items():
        for key, number in columns.items():
            if record[key] != present.get(row, {}).get(key):
                cells[row, number] = record[key]
    set_cells(package, _SHEET.name, cells)
    return package.to_bytes()


def _rows_of(workbook: Workbook) -> dict[int, Record]:
    """Row number to the cells of 复核记录."""
    keys = [column.key for column in _SHEET.columns]
    return {row.row: {key: getattr(row, key) for key in keys} for row in each_row(workbook.tables[_SHEET.key])}


# --- Replacing the workbook ---------------------------------------------------------------------------------


def _save(path: Path, scheme: Scheme, read_sha256: str, records: Sequence[Record], now: dt.datetime) -> Saved:
    """Write, read back, keep a copy of the old one, replace it; the caller holds the lock."""
    content = path.read_bytes()
    _refuse_changed(path, content, read_sha256)
    before = read_workbook(path, scheme)
    _refuse_faulty(before)
    rows = _rows(before, records)
    try:
        new = _edited(content, before, rows)
    except (etree.XMLSyntaxError, zipfile.BadZipFile, LookupError, ValueError, TypeError, AttributeError) as error:
        raise CannotSave(f"{path.name} 的内部结构异常；请在 Excel 或 WPS 中打开并另存，重新载入后再保存") from error
    with _beside(path.parent, path, new) as written:
        _refuse_different(before, read_workbook(written, scheme), rows)
        copy = _keep(path, content, now)
        try:
            _refuse_open(path)
            _refuse_changed(path, path.read_bytes(), read_sha256)
            os.replace(written, path)  # noqa: PTH105  # atomic
        except BaseException:
            if written.exists():  # Not replaced: no copy is needed.
                copy.unlink(missing_ok=True)
            raise
    _flush_folder(path.parent)
    return Saved(path, copy, hashlib.sha256(new).hexdigest())


def _keep(path: Path, content: bytes, now: dt.datetime) -> Path:
    """Save the old workbook among the dated copies, under a new name."""
    folder = path.parent / HISTORY
    folder.mkdir(exist_ok=True)
    stem = f"{path.stem}-{now:%Y%m%d-%H%M%S}"
    with _beside(folder, path, content) as written:
        shutil.copystat(path, written)
        number, copy = 1, folder / f"{stem}{path.suffix}"
        while copy.exists():
            number += 1
            copy = folder / f"{stem}-{number}{path.suffix}"
        written.rename(copy)
    _flush_folder(folder)
    return copy


@contextlib.contextmanager
def _beside(folder: Path, path: Path, content: bytes) -> Iterator[Path]:
    """A hidden file with that content and the workbook's permissions, flushed to disk; removed unless it was moved."""
    handle, name = tempfile.mkstemp(prefix=_hidden(path), suffix=".saving", dir=folder)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _copy_permissions(path, written)
        yield written
    finally:
        written.unlink(missing_ok=True)


def _copy_permissions(path: Path, to: Path) -> None:
    shutil.copystat(path, to)
    os.utime(to)
    old, new = path.stat(), to.stat()
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(PermissionError):  # Only root may change owners.
            os.chown(to, old.st_uid, old.st_gid)


def _flush_folder(folder: Path) -> None:
    """Flush the folder's entries to disk, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- One saver at a time ---------------------------------------------------------------------------------


def _hidden(path: Path) -> str:
    """Prefix of a workbook's own hidden files; cut, as the length of a file name is limited."""
    return f".{path.name[:40]}."


@contextlib.contextmanager
def _only_saver(path: Path) -> Iterator[None]:
    """Hold the lock of a workbook. It is released when its process ends, so a lock file alone locks nothing."""
    lock = FileLock(path.parent / f"{_hidden(path)}lock", timeout=_SECONDS_TO_WAIT, mode=_FOR_ALL)
    try:
        lock.acquire()
    except Timeout as error:
        raise CannotSave(f"{path.name} 正由另一个笔记本保存；请稍候，重新载入后再保存。{_UNTOUCHED}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # On Windows a file in use stays; filelock removes it there.
            Path(lock.lock_file).unlink()  # While it is held, so that the next holder makes a new file.
        with contextlib.suppress(OSError):  # The lock ends with the process.
            lock.release()


def _sweep(path: Path) -> None:
    """Remove files left by a process that was killed; the lock keeps out others that are running."""
    left_over = re.compile(re.escape(_hidden(path)) + r"\w+\.saving")
    for folder in (path.parent, path.parent / HISTORY):
        for file in folder.iterdir() if folder.is_dir() else ():
            if left_over.fullmatch(file.name):
                with contextlib.suppress(OSError):  # Another user's, in a folder where only owners delete.
                    file.unlink()


# --- Refused ---------------------------------------------------------------------------------------------------------


def _refuse_read_only(path: Path) -> None:
    if not path.stat().st_mode & _WRITABLE or not os.access(path, os.W_OK):  # The mode counts for root too.
        raise CannotSave(f"{path.name} 是只读文件；请取消“只读”属性后再保存。{_UNTOUCHED}")
    folder = path.parent
    if not folder.stat().st_mode & _WRITABLE or not os.access(folder, os.W_OK | os.X_OK):
        raise CannotSave(f"{path.name} 所在的文件夹不能写入；请取得写入权限后再保存。{_UNTOUCHED}")


def _refuse_open(*paths: Path) -> None:
    """Refuse a workbook that an office program has open, by the file that each makes beside it.

    Excel: ``~$name``; WPS: ``.~name``; both may drop up to two leading characters of the name for it. LibreOffice:
    ``.~lock.name#``.
    """
    for path in paths:
        name, folder = path.name, path.parent
        # A shortened name is also the whole name of another workbook, if there is one.
        names = [name, *(name[cut:] for cut in (1, 2) if not (folder / name[cut:]).exists())]
        owners = [f".~lock.{name}#", *(f"{sign}{each}" for sign in ("~$", ".~") for each in names)]
        for owner in owners:
            if os.path.lexists(folder / owner):
                raise CannotSave(
                    f"{name} 正在 Excel、WPS 或 LibreOffice 中打开；请先关闭，重新载入后再保存"
                    f"（若并没有打开，请删除同一文件夹中遗留的隐藏文件 {owner}）。{_UNTOUCHED}"
                )


def _refuse_changed(path: Path, content: bytes, read_sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != read_sha256:
        raise CannotSave(f"{path.name} {_CHANGED}")


def _refuse_faulty(before: Workbook) -> None:
    """Refuse a workbook whose 复核记录 cannot be read; faults elsewhere do not matter here."""
    for fault in before.faults:
        if fault.sheet in {"", _SHEET.name}:
            raise CannotSave(f"{fault}。请改正、重新载入后再保存")


def _refuse_different(before: Workbook, after: Workbook, rows: Mapping[int, Record]) -> None:
    """Refuse a new workbook that does not read back as the old one with those rows."""
    same = all(
        key in after.tables and table.equals(after.tables[key])
        for key, table in before.tables.items()
        if key != _SHEET.key
    )
    moved = any(after.positions.get(key) != number for key, number in before.positions.items())
    faults = [[(fault.sheet, fault.cell, fault.found) for fault in workbook.faults] for workbook in (before, after)]
    if moved or not same or faults[0] != faults[1] or _rows_of(after) != _rows_of(before) | dict(rows):
        raise CannotSave(f"{before.file} 写好后的核对没有通过（内部检查），没有保存；{_UNTOUCHED}，请报告维护人员")


def _message(error: OSError) -> str:
    """What is wrong with a file, and what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "没有保存：磁盘已满；请清理磁盘空间后再保存"
        case errno.ENOENT:
            return "没有保存：文件已不在原处；请放回后重新载入"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "没有保存：没有写入权限，或正被其他程序占用；请关闭其他程序、取得写入权限后再保存"
        case _:
            return f"没有保存：磁盘或文件夹出错（{reason_of(error)}）；请检查后再保存"
