"""Adds the rows of an export to those of a part: known rows are not doubled, and nothing in the part is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scoring.base.characters import plain, quoted
from scoring.evidence.check.rows import rewritten
from scoring.evidence.importing.rows import Record
from scoring.evidence.importing.stored import CannotImport
from scoring.evidence.reading.cells import as_code, as_is, displayed
from scoring.evidence.reading.read import GUIDE, read_workbook
from scoring.evidence.reading.workbook import Cells
from scoring.evidence.reading.xlsx import open_book
from scoring.scheme import Scheme
from scoring.scheme.sheets import FACTS, Column, Sheet


@dataclass(frozen=True)
class Part:
    """A part as it is: SHA-256 of the file, empty without one, and the rows of its sheets by key."""

    sha256: str = ""
    rows: Mapping[str, list[Record]] = field(default_factory=dict)


def read_part(path: Path, department: str, scheme: Scheme) -> Part:
    """Read a part that will be written anew.

    Raises
    ------
    CannotImport
        When it cannot be read whole, or has something that writing it anew would lose.
    """
    if not path.exists():
        return Part()
    book = read_workbook(path, scheme)
    present = {key: cells for key, cells in book.cells.items() if key not in book.absent}
    faults = [fault for fault in book.faults if not fault.sheet or scheme.sheet_names[fault.sheet].key in present]
    if faults:
        raise CannotImport("\n  ".join([f"{path} 有差错，先改正再导入：", *map(str, faults)]))
    if lost := [*_unread(path, scheme, present), *other_facts(present.get(FACTS), department, scheme)]:
        raise CannotImport("\n  ".join([f"{path} 中有导入后不能保留的内容，请先移到别的文件：", *lost]))
    rows = {}
    for key in present.keys() - {FACTS}:
        columns = {column.key: _spelt(column, present[key].columns[column.key]) for column in scheme.sheet(key).columns}
        rows[key] = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return Part(book.sha256, rows)


def _spelt(column: Column, cells: Sequence[Any]) -> list[Any]:
    """The cells with the words of lists as the scheme spells them."""
    words = rewritten(column)
    return [words.get(cell, cell) if isinstance(cell, str) else cell for cell in cells] if words else list(cells)


def _unread(path: Path, scheme: Scheme, present: Mapping[str, Any]) -> Iterator[str]:
    """Sheets, columns and rows of a file that reading it with this scheme leaves out."""
    book = open_book(path)
    for part in book.sheets:
        sheet = scheme.sheet_names.get(plain(part.name))
        if sheet is None:
            if plain(part.name) != GUIDE:
                yield f"工作表《{quoted(part.name)}》"
            continue
        names = {column.name for column in sheet.columns}
        read, rows = set(present[sheet.key].rows), set[int]()
        for numbers, cells in book.grid(part).columns.values():
            header = plain(str(cells[0])) if numbers[0] == 1 else ""
            if header not in names:
                yield f"《{sheet.name}》的列“{quoted(header)}”"
            filled = (number for number, cell in zip(numbers, cells, strict=True) if as_is(cell) is not None)
            rows.update(number for number in filled if number > 1)
        yield from (f"《{sheet.name}》第 {row} 行" for row in sorted(rows - read))


def other_facts(facts: Cells | None, department: str, scheme: Scheme) -> Iterator[str]:
    """What 基本信息 holds besides 部门 and 年度, or other ones: a part that is written has only these."""
    own = {"部门": department, "年度": str(scheme.year)}
    for item, content in zip(*facts.columns.values(), strict=True) if facts else ():
        if content is not None and as_code(content) != own.get(str(item)):
            yield f"基本信息：{displayed(item)} {displayed(content)}"


@dataclass
class Merged:
    """The rows of a sheet after an import; ``kept`` are cells of the part that the file has empty."""

    rows: list[Record]
    added: int = 0
    known: int = 0
    changes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def merged(old: Sequence[Record], new: Sequence[Record], sheet: Sheet, given: Collection[str]) -> Merged:
    """Add rows; ``given`` are the keys of the columns that the file has, constants are for new rows only."""
    result = Merged([dict(row) for row in old])
    if sheet.unique in given:
        _by_key(result, new, sheet, given)
    else:
        own = Counter(_cells(row, given) for row in old)
        for row in new:
            cells = _cells(row, given)
            if own[cells] > 0:
                own[cells] -= 1
                result.known += 1
            else:
                result.rows.append(row)
                result.added += 1
    return result


def _cells(row: Record, given: Collection[str]) -> tuple[Any, ...]:
    return tuple(row[key] for key in sorted(given))


def _by_key(result: Merged, new: Sequence[Record], sheet: Sheet, given: Collection[str]) -> None:
    unique = str(sheet.unique)
    present = {row[unique]: row for row in reversed(result.rows)}
    for row in new:
        own = present.get(row[unique])
        if own is None:
            result.rows.append(row)
            result.added += 1
            continue
        result.known += 1
        for column in sheet.columns:
            before, after = own[column.key], row[column.key]
            if column.key in given and before != after:
                which = f"{displayed(row[unique])} {column.name}："
                if after is None:
                    result.kept.append(f"{which}{displayed(before)}")
                else:
                    result.changes.append(f"{which}{displayed(before) or '（空）'} → {displayed(after)}")
                    own[column.key] = after
