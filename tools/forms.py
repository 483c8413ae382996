"""Writes the files made from schemes: the blank workbooks, and the sheets of docs/evidence-parquet.md.

``python -m tools.forms`` writes ``templates/evidence-<scheme>.xlsx`` of the latest scheme and the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scoring.base.files import write_bytes
from scoring.evidence.parquet.index import DEPARTMENT, types_of
from scoring.evidence.template import blank
from scoring.scheme import Scheme, load_scheme
from scoring.scheme.sheets import Sheet

_PAGE: Final = Path("docs/evidence-parquet.md")
_BEGIN: Final = "`*` must be filled in on every record; `?` may be missing altogether.\n"
#: Lists of up to this many words are written out.
_FEW: Final = 10


def page(written: str, scheme: Scheme) -> str:
    """The page with the scheme's sheets."""
    introduction, begin, _ = written.partition(_BEGIN)
    return (
        "\n".join([introduction + begin, *(line for sheet in scheme.sheets_to_fill_in for line in _sheet(sheet))])
        + "\n"
    )


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"### {sheet.name}{' ?' if sheet.optional else ''}\n"
    yield "| column | types | what belongs there |"
    yield "| --- | --- | --- |"
    yield f"| {DEPARTMENT} * | string, integer | 考核对象的名称 |"
    for column in sheet.columns:
        mark = " *" if column.required else " ?" if column.optional else ""
        belongs = "、".join(column.choices) if 0 < len(column.choices) <= _FEW else column.about
        yield f"| {column.name}{mark} | {types_of(column).documented} | {belongs} |"
    yield ""


if __name__ == "__main__":
    latest = load_scheme()
    write_bytes(Path("templates") / f"evidence-{latest.folder.name}.xlsx", blank(latest))
    _PAGE.write_text(page(_PAGE.read_text(encoding="utf-8"), latest), encoding="utf-8")
