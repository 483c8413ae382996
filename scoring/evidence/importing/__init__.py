"""Imports an export of a mailbox, a content system or a monitor into a part of a department's evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from scoring.evidence.files import COMPARISONS
from scoring.evidence.importing.matching import Match, match, to_fill_in, words_to_fill_in
from scoring.evidence.importing.merging import Merged, merged, read_part
from scoring.evidence.importing.rows import Rows
from scoring.evidence.importing.stored import CannotImport, Comparisons, Section
from scoring.evidence.importing.tables import read_tables
from scoring.evidence.parts import file_of, refuse_unknown, sheet_of
from scoring.evidence.reading.worksheet import MAX_ROWS
from scoring.evidence.saving import replace
from scoring.evidence.template import part as part_of
from scoring.scheme import Scheme
from scoring.scheme.sheets import Sheet

__all__ = ["CannotImport", "import_file"]

#: How many rows or cells of one sort are named.
_MOST_NAMED: Final = 50


def import_file(
    path: Path, scheme: Scheme, department: str, sheet_name: str, part: str, folder: Path, asked: str = ""
) -> Iterator[str]:
    """Add the rows of an export to a sheet of a part; what is done is told line by line, in Chinese.

    Parameters
    ----------
    path
        The export: .xlsx, .xls, .et, or text with commas, tabs or semicolons.
    scheme, department, sheet_name, part
        The scheme, one of its departments, the name of a sheet, and of the part, as in ``人社局.信箱.xlsx``.
    folder
        The year's folder of evidence, with the part and 导入对照.toml.
    asked
        Name of the sheet in the export; empty for the one that fits best.

    Raises
    ------
    ForAnalysts
        When the file is not understood in full; then nothing is written but open entries in 导入对照.toml.
    """
    refuse_unknown(department, scheme)
    sheet = sheet_of(sheet_name, [one for one in scheme.rows_sheets if not one.of_finding])
    target = folder / file_of(department, part)
    comparisons = Comparisons(folder / COMPARISONS)
    section, where = f"{department}.{part}", f'"{department}.{part}"."{sheet.name}"'
    known = comparisons.section(section, sheet)
    found = match(read_tables(path), sheet, known, asked or known.source)
    yield from found.lines()
    rows = Rows(found, known, scheme, department, path)
    asking = [
        *to_fill_in(found, where, scheme.year),
        *(line for one in rows.words.values() for line in words_to_fill_in(one, where)),
    ]
    comparisons.add(section, sheet, _learnt(found, rows, asked), found.headers.values())
    if asking:
        comparisons.write()
        raise CannotImport("\n  ".join([f"没有导入。请补全 {comparisons.path.resolve()}，再导入一次：", *asking]))
    if rows.faults:
        count = len(rows.faults)
        raise CannotImport(
            "\n  ".join([f"没有导入：{path.name} 有 {count} 处差错，行号是文件中的行号：", *rows.faults])
        )
    yield from _add(rows, found, sheet, scheme, department, target)
    if comparisons.write():
        yield f"列的对应已记入 {comparisons.path.resolve()}，下次导入照此对应"


def _add(rows: Rows, found: Match, sheet: Sheet, scheme: Scheme, department: str, target: Path) -> Iterator[str]:
    """Write the part with the rows that it does not have yet, unless it has them all."""
    old = read_part(target, department, scheme)
    result = merged(old.rows.get(sheet.key, ()), rows.records, sheet, found.columns)
    if len(result.rows) >= MAX_ROWS:
        raise CannotImport(f"没有导入：导入后《{sheet.name}》超过 {MAX_ROWS} 行；请另用一个分册")
    yield from _told(result, rows)
    if result.added or result.changes:
        together = {**old.rows, sheet.key: result.rows}
        copy = replace(target, part_of(scheme, department, together, together), old.sha256)
        yield f"已写入 {target.resolve()}" + (f"；原来的一份在 {copy}" if copy else "")
    else:
        yield f"没有新的内容，{target.resolve()} 没有改动"


def _learnt(found: Match, rows: Rows, asked: str) -> Section:
    """What to note down: the matched columns, and open entries for columns and words."""
    columns = {key: found.headers[number] for key, number in found.columns.items()}
    return Section(
        columns | dict.fromkeys(found.open, ""),
        dict.fromkeys(found.open.keys() - {found.sheet.unique}, ""),
        {key: dict.fromkeys(words.to_ask, "") for key, words in rows.words.items() if words.to_ask},
        asked,
    )


def _told(result: Merged, rows: Rows) -> Iterator[str]:
    """What was read, new, known and changed."""
    yield f"读到 {len(rows.records)} 行：新增 {result.added} 行，已有 {result.known} 行，改动 {len(result.changes)} 格"
    yield from _named(result.changes, "处改动")
    if result.kept:
        yield f"文件中是空的、原来已有内容的 {len(result.kept)} 格，没有改动："
        yield from _named(result.kept, "格")
    if rows.skipped:
        numbers = "、".join(map(str, rows.skipped[:_MOST_NAMED]))
        yield f"所对应的列中没有内容、没有读取的行：第 {numbers}{'……' if len(rows.skipped) > _MOST_NAMED else ''} 行"


def _named(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:_MOST_NAMED])
    if len(lines) > _MOST_NAMED:
        yield f"  ……共 {len(lines)} {what}"
