"""docs/evidence-parquet.md, made from the schema by ``python -m scoring.evidence.parquet_form``."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.evidence.parquet import DEPARTMENT, MAX_GROUP_BYTES, is_yes_or_no
from scoring.evidence.schema import SHEETS, Column, Kind, Sheet

_INTRODUCTION = f"""\
# Evidence as Parquet

For exports from systems, instead of workbooks filled in by hand. A folder holds one file a sheet, `信息发布.parquet`,
or one folder of files a sheet, `信息发布/*.parquet`, read in the order of their names. The sheets, the columns and
what belongs in them are those of the workbook; every file has one column more, {DEPARTMENT}, which says whose record
it is. `python -m scoring score FOLDER --out OUT --departments LIST` scores it.

- **Either, or.** A folder with workbooks and with Parquet files is refused, and so is a sheet that is both a file and a
  folder. Files whose name begins with `.` or `_` are passed over; other Parquet files and unknown columns are left
  alone, with a notice.
- **Order.** Records may stand in any order, departments mixed or one after the other. Where they are mixed throughout,
  every chunk of departments has to look through all row groups: sort an export of many departments by {DEPARTMENT}.
- **Row groups** may have up to {MAX_GROUP_BYTES // 2**20} MB unpacked.
- **Cells** are read as those of a workbook: blanks around a text, full-width digits and the written forms of a date are
  read as meant. null and an empty text are an empty cell. Of a timestamp the day counts.
- **基本信息** has a record for each 项目 of a department, 内容 as text: `2017-06-20`, `1.8`, `有`.

## Where a fault is

A fault names the file, the record and the column: `信息发布/part-0001.parquet《信息发布》第 17 条记录“发布日期”`.
Records are counted from 1 in each file. What concerns a whole sheet (it is missing, lacks a column, has a column of a
wrong type, is damaged) is told once, and nothing of the export is scored. A record without {DEPARTMENT} is a fault of
its file; the departments are scored without it, and the command ends with 1.

A scorecard names a row as the department's own workbook would: the department's records of the sheet, in the order of
the files, are rows 2, 3, 4 and so on. So a scorecard is the same as from a workbook of the same records, and does not
change with the records of others. Its `evidence.sha256` is a digest of the department's own records (each cell as
text, days as 2017-03-05, sheet by sheet and column by column in the order below); the files' compression, encoding,
row groups and order of columns make no difference.

## Sheets

`*` must be filled in on every record; `?` may be missing altogether.
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join([_INTRODUCTION, *(line for sheet in SHEETS for line in _sheet(sheet))]) + "\n"


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"### {sheet.name}{' ?' if sheet.optional else ''}\n"
    yield "| column | types | what belongs there |"
    yield "| --- | --- | --- |"
    yield f"| {DEPARTMENT} * | string, integer | 考核对象的名称 |"
    for column in sheet.columns:
        mark = " *" if column.required else " ?" if column.optional else ""
        yield f"| {column.name}{mark} | {_types(column)} | {_belongs(column)} |"
    yield ""


def _types(column: Column) -> str:
    match column.kind:
        case Kind.DATE:
            return "date32, date64, timestamp without a zone, string"
        case Kind.CHOICE:
            return "string, bool" if is_yes_or_no(column) else "string"
        case Kind.TEXT | Kind.CODE | Kind.REFERENCE:
            return "string, integer"
    return "string"


def _belongs(column: Column) -> str:
    """Its list of words where that is short, else what it is about."""
    few = 10
    return "、".join(column.choices) if 0 < len(column.choices) <= few else column.about


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
