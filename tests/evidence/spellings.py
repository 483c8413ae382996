"""The same workbook in many spellings: XML written in the ways of programs other than Excel.

Every spelling looks the same in Excel. The test draws what varies by workbook; a generator seeded by the
spelling draws what varies by cell.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

Table = Sequence[Sequence[Any]]

TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = {
    TRANSITIONAL: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    STRICT: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
#: Formats under which a number shows as a day: number, and code where it is written out.
DAY_FORMATS = (
    (14, ""),
    (31, ""),
    (58, ""),
    (176, "yyyy\\-mm\\-dd"),
    (177, 'yyyy"年"m"月"d"日";@'),
    (178, "[$-804]yyyy/m/d"),
    (179, "[Red]d\\.m\\.yyyy"),
    (180, "yyyy-mm-dd hh:mm:ss"),
)
#: Invisible characters before and after a text.
BEFORE = ("", " ", "\u3000", "\u2003")
AFTER = ("", "\t", "\u00a0", "\u200e", "\ufeff")
ENCODINGS = ("declared", "undeclared", "bom", "utf-16")


@dataclass(frozen=True)
class Broken:
    """A cell that shows no value: its content is reported with its position."""

    kind: str  # error, pasted, no value, blank value, recalculated
    word: str = "#N/A"


@dataclass(frozen=True)
class Spelling:
    """How a workbook is written."""

    seed: int = 0
    prefix: str = ""  # before the names of worksheets' elements
    other_prefix: str = ""  # before those of the workbook, its styles and texts
    strict: bool = False
    places: str = "all"  # all, none, rows, cells: which elements have a reference
    texts: str = "shared"  # shared, inline, formula, mixed
    rich: bool = False
    phonetic: bool = False
    cdata: bool = False
    references: bool = False  # characters as &#x....;
    days: str = "serial"  # serial, iso, text, mixed
    from_1904: bool = False
    numbers: bool = False  # codes that are digits, as numbers
    quote: str = '"'
    spaced: bool = False  # blanks around =, attributes in another order
    pretty: bool = False  # line breaks between elements
    comments: bool = False
    encoding: str = "declared"
    targets: str = "relative"  # relative, absolute, dotted, odd case, other folder, backslash
    dimension: str = "right"  # right, none, lying
    empty_texts: bool = False
    empty_cells: bool = False  # formatted cells and rows without content
    styles: bool = True
    stored: bool = False
    blanks: bool = False  # around texts, and invisible characters
    recalculates: bool = False


#: Properties of the whole workbook.
OF_WORKBOOK = ("other_prefix", "strict", "styles", "from_1904", "targets", "stored", "empty_texts", "recalculates")


@dataclass
class _Writer:
    """One workbook as it is written."""

    spelling: Spelling
    chance: random.Random
    shared: dict[str, int] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)

    def of_sheet(self, own: Spelling) -> _Writer:
        """Writes one sheet in its own spelling, apart from properties of the whole workbook."""
        whole = {name: getattr(self.spelling, name) for name in OF_WORKBOOK}
        chance = random.Random(own.seed)  # noqa: S311 - no secret
        return _Writer(replace(own, **whole), chance, self.shared, self.items)

    def attributes(self, **given: Any) -> str:
        pairs = [(name.replace("_", ":"), str(value)) for name, value in given.items() if value is not None]
        if self.spelling.spaced:
            self.chance.shuffle(pairs)
        equals, quote = (" = " if self.spelling.spaced else "="), self.spelling.quote
        return "".join(f" {name}{equals}{quote}{escape(value, {quote: '&quot;'})}{quote}" for name, value in pairs)

    def text(self, text: str) -> str:
        """Characters of a text."""
        if self.spelling.cdata and "]]>" not in text:
            middle = len(text) // 2
            return f"<![CDATA[{text[:middle]}]]>{escape(text[middle:])}"
        if self.spelling.references:
            return "".join(f"&#x{ord(char):x};" if self.chance.random() < 0.3 else escape(char) for char in text)
        return escape(text)

    def runs(self, text: str, p: str) -> str:
        """The inside of a text: plain, or in runs of their own formats, perhaps with a phonetic run."""
        keep = self.attributes(xml_space="preserve")
        body = f"<{p}t{keep}>{self.text(text)}</{p}t>"
        if self.spelling.rich and len(text) > 1:
            cut, gap = self.chance.randrange(1, len(text)), "\n  " if self.spelling.pretty else ""
            body = "".join(
                f"{gap}<{p}r><{p}rPr><{p}b/></{p}rPr><{p}t{keep}>{self.text(part)}</{p}t></{p}r>{gap}"
                for part in (text[:cut], text[cut:])
            )
        if self.spelling.phonetic:
            body += f"<{p}rPh{self.attributes(sb=0, eb=1)}><{p}t>pinyin</{p}t></{p}rPh>"
            body += f"<{p}phoneticPr{self.attributes(fontId=1)}/>"
        return body

    def shared_index(self, text: str) -> int:
        p = self.spelling.other_prefix and f"{self.spelling.other_prefix}:"
        if text not in self.shared:
            if self.spelling.empty_texts:
                self.items.append(self.chance.choice((f"<{p}si/>", f"<{p}si><{p}t/></{p}si>")))
            self.shared[text] = len(self.items)
            self.items.append(f"<{p}si>{self.runs(text, p)}</{p}si>")
        return self.shared[text]

    # --- Cells ---

    def cell(self, value: Any, column: str, row: int, place: str | None) -> str:
        p = self.spelling.prefix and f"{self.spelling.prefix}:"
        kind, style, inside = self.content(value, p)
        return f"<{p}c{self.attributes(r=place, s=style, t=kind)}>{inside}</{p}c>"

    def content(self, value: Any, p: str) -> tuple[str | None, int | None, str]:
        """Type, style and inside of a cell."""
        if isinstance(value, Broken):
            return self.broken(value, p)
        if isinstance(value, dt.date):
            return self.day(value, p)
        if isinstance(value, int | float):
            return self.chance.choice((None, "n")), None, f"<{p}v>{value:g}</{p}v>"
        if self.spelling.numbers and value.isdigit() and value[0] != "0":
            return None, None, f"<{p}v>{value}</{p}v>"
        return self.content_of_text(value, p)

    def content_of_text(self, value: str, p: str) -> tuple[str | None, int | None, str]:
        if self.spelling.blanks:
            value = f"{self.chance.choice(BEFORE)}{value}{self.chance.choice(AFTER)}"
        how = self.spelling.texts
        if how == "mixed":
            how = self.chance.choice(("shared", "inline", "formula"))
        if how == "inline":
            return "inlineStr", None, f"<{p}is>{self.runs(value, p)}</{p}is>"
        if how == "formula":
            return "str", None, f"<{p}f>A1&amp;&quot;&quot;</{p}f><{p}v>{self.text(value)}</{p}v>"
        return "s", None, f"<{p}v>{self.shared_index(value)}</{p}v>"

    def day(self, day: dt.date, p: str) -> tuple[str | None, int | None, str]:
        how = self.spelling.days
        if how == "mixed":
            how = self.chance.choice(("serial", "iso", "text"))
        if how == "serial" and not self.spelling.styles:
            how = "iso"
        if how == "text":
            forms = (
                f"{day}",
                f"{day:%Y/%m/%d}",
                f"{day.year}.{day.month}.{day.day}",
                f"{day.year}年{day.month}月{day.day}日",
            )
            return self.content_of_text(self.chance.choice(forms), p)
        style = self.chance.randrange(1, 1 + len(DAY_FORMATS)) if self.spelling.styles else None
        if how == "iso":
            return "d", style, f"<{p}v>{day}{self.chance.choice(('', 'T00:00:00', 'T00:00:00.000Z'))}</{p}v>"
        first = dt.date(1904, 1, 1) if self.spelling.from_1904 else dt.date(1899, 12, 30)
        serial = (day - first).days
        formula = f"<{p}f>TODAY()</{p}f>" if self.chance.random() < 0.1 else ""
        return (
            self.chance.choice((None, "n")),
            style,
            f"{formula}<{p}v>{self.chance.choice((f'{serial}', f'{serial}.0'))}</{p}v>",
        )

    def broken(self, cell: Broken, p: str) -> tuple[str | None, int | None, str]:
        style = self.chance.choice((None, 1)) if self.spelling.styles else None
        formula = f"<{p}f>VLOOKUP(A1,B:B,1,0)</{p}f>"
        match cell.kind:
            case "error":
                return "e", style, f"{self.chance.choice(('', formula))}<{p}v>{cell.word}</{p}v>"
            case "pasted":
                return "inlineStr", style, f"<{p}is>{self.runs(cell.word, p)}</{p}is>"
            case "no value":
                return self.chance.choice((None, "str", "n")), style, formula
            case "blank value":
                return (
                    self.chance.choice((None, "str")),
                    style,
                    formula + self.chance.choice((f"<{p}v></{p}v>", f"<{p}v/>", f"<{p}v> </{p}v>")),
                )
        return None, style, f"{formula}<{p}v>0</{p}v>"

    # --- Parts ---

    def element(self, name: str, space: str, p: str, inside: str, **attributes: Any) -> str:
        declared = {f"xmlns_{p}" if p else "xmlns": space} | attributes
        head = (
            f"<?xml version={self.spelling.quote}1.0{self.spelling.quote}{{}}?>"
            if self.spelling.encoding != "undeclared"
            else ""
        )
        q = f"{p}:" if p else ""
        comment = (
            "<!-- <sheetData><row r='1'><c r='A1'/></row></sheetData> --><?note x?>" if self.spelling.comments else ""
        )
        return f"{head}{comment}<{q}{name}{self.attributes(**declared)}>{comment}{inside}</{q}{name}>"

    def encoded(self, xml: str) -> bytes:
        q = self.spelling.quote
        if self.spelling.encoding == "utf-16":
            return xml.replace("{}", f" encoding={q}UTF-16{q}", 1).encode("utf-16")
        xml = xml.replace("{}", f" encoding={q}UTF-8{q} standalone={q}yes{q}", 1)
        return xml.encode("utf-8-sig" if self.spelling.encoding == "bom" else "utf-8")

    def worksheet(self, table: Table, space: str) -> bytes:
        p = self.spelling.prefix and f"{self.spelling.prefix}:"
        gap = "\n    " if self.spelling.pretty else ""
        rows = gap.join(
            self.row(cells, number, p, gap)
            for number, cells in enumerate(table, 1)
            if cells or self.spelling.places in {"none", "cells"}
        )
        dimension = {"none": "", "lying": f"<{p}dimension{self.attributes(ref='A1:XFD1048576')}/>"}.get(
            self.spelling.dimension, f"<{p}dimension{self.attributes(ref=f'A1:H{len(table)}')}/>"
        )
        inside = f"{gap}{dimension}{gap}<{p}sheetData>{gap}{rows}{gap}</{p}sheetData>{gap}"
        return self.encoded(self.element("worksheet", space, self.spelling.prefix, inside))

    def raw_worksheet(self, rows: Callable[[str], str], after: Callable[[str], str], before: str, space: str) -> bytes:
        p = self.spelling.prefix and f"{self.spelling.prefix}:"
        inside = f"<{p}sheetData>{rows(p)}</{p}sheetData>{after(p)}"
        xml = self.element("worksheet", space, self.spelling.prefix, inside)
        head, mark, rest = xml.partition("?>")
        return self.encoded(f"{head}{mark}{before}{rest}" if mark else before + xml)

    def row(self, cells: Sequence[Any], number: int, p: str, gap: str) -> str:
        spelled = []
        for column, value in enumerate(cells, 1):
            letter = get_column_letter(column)
            place = f"{letter}{number}" if self.spelling.places in {"all", "cells"} else None
            if value is not None:
                spelled.append(self.cell(value, letter, number, place))
            elif place is None or self.spelling.empty_cells:
                spelled.append(
                    self.chance.choice(
                        (f"<{p}c{self.attributes(r=place)}/>", f"<{p}c{self.attributes(r=place)}></{p}c>")
                    )
                )
        r = number if self.spelling.places in {"all", "rows"} else None
        extra = {"spans": "1:8", "ht": "15.75"} if self.spelling.empty_cells else {}
        if not spelled:
            return f"<{p}row{self.attributes(r=r)}/>"
        return f"<{p}row{self.attributes(r=r, **extra)}>{gap}{gap.join(spelled)}{gap}</{p}row>"

    def styles(self, space: str) -> bytes:
        q = self.spelling.other_prefix and f"{self.spelling.other_prefix}:"
        codes = "".join(
            f"<{q}numFmt{self.attributes(numFmtId=number, formatCode=code)}/>" for number, code in DAY_FORMATS if code
        )
        cells = "".join(
            f"<{q}xf{self.attributes(numFmtId=number)}/>" for number in (0, *(number for number, _ in DAY_FORMATS))
        )
        base = f"<{q}cellStyleXfs><{q}xf{self.attributes(numFmtId=14)}/></{q}cellStyleXfs>"
        inside = f"<{q}numFmts>{codes}</{q}numFmts>{base}<{q}cellXfs>{cells}</{q}cellXfs>"
        return self.encoded(self.element("styleSheet", space, self.spelling.other_prefix, inside))

    def workbook(self, names: Sequence[str], space: str) -> bytes:
        q = self.spelling.other_prefix and f"{self.spelling.other_prefix}:"
        sheets = "".join(
            f"<{q}sheet{self.attributes(name=name, sheetId=at, r_id=f'rId{at}')}/>" for at, name in enumerate(names, 1)
        )
        calculation = f"<{q}calcPr{self.attributes(fullCalcOnLoad='1')}/>" if self.spelling.recalculates else ""
        date1904 = "true" if self.spelling.from_1904 else None
        inside = f"<{q}workbookPr{self.attributes(date1904=date1904)}/><{q}sheets>{sheets}</{q}sheets>{calculation}"
        return self.encoded(self.element("workbook", space, self.spelling.other_prefix, inside, xmlns_r=OFFICE[space]))

    def relations(self, targets: Mapping[str, tuple[str, str]]) -> bytes:
        inside = "".join(
            f"<Relationship{self.attributes(Id=identifier, Type=kind, Target=target)}/>"
            for identifier, (kind, target) in targets.items()
        )
        return self.encoded(self.element("Relationships", PACKAGE, "", inside))


#: Rows and what follows them, given the prefix of elements; and what stands before the root.
Raw = tuple[Callable[[str], str], Callable[[str], str], str]


def spelled(
    tables: Mapping[str, Table],
    spelling: Spelling,
    raw: Mapping[str, Raw] | None = None,
    sheets: Sequence[Spelling] = (),
) -> bytes:
    """The workbook's bytes; ``raw`` stands in for some sheets' tables; a sheet may have a spelling of its own."""
    writer = _Writer(spelling, random.Random(spelling.seed))  # noqa: S311 - no secret
    space = STRICT if spelling.strict else TRANSITIONAL
    folder = "xl/sheets of office" if spelling.targets == "other folder" else "xl/worksheets"
    writers = [writer.of_sheet(own) for own in sheets] or [writer] * len(tables)
    parts = {
        f"{folder}/sheet{at}.xml": own.raw_worksheet(*raw[name], space)
        if raw and name in raw
        else own.worksheet(table, space)
        for at, (own, (name, table)) in enumerate(zip(writers, tables.items(), strict=True), 1)
    }
    names = [*parts]
    targets = {f"rId{at}": (f"{OFFICE[space]}/worksheet", _target(name, spelling)) for at, name in enumerate(names, 1)}
    if writer.items:
        inside = "".join(writer.items)
        parts["xl/sharedStrings.xml"] = writer.encoded(writer.element("sst", space, spelling.other_prefix, inside))
        targets["rIdS"] = f"{OFFICE[space]}/sharedStrings", _target("xl/sharedStrings.xml", spelling)
    if spelling.styles:
        parts["xl/styles.xml"] = writer.styles(space)
        targets["rIdF"] = f"{OFFICE[space]}/styles", _target("xl/styles.xml", spelling)
    parts["xl/workbook.xml"] = writer.workbook(list(tables), space)
    parts["xl/_rels/workbook.xml.rels"] = writer.relations(targets)
    root = {"rId1": (f"{OFFICE[space]}/officeDocument", "xl/workbook.xml")}
    parts["_rels/.rels"] = writer.relations(root)
    parts["[Content_Types].xml"] = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return packed({_zip_name(name, spelling): content for name, content in parts.items()}, stored=spelling.stored)


def _target(name: str, spelling: Spelling) -> str:
    """How the workbook refers to a part."""
    relative = name.removeprefix("xl/")
    return {
        "absolute": f"/{name}",
        "dotted": f"./../xl/./{relative}",
        "odd case": relative.replace("sheet", "Sheet").replace("styles", "STYLES"),
        "other folder": relative.replace(" ", "%20"),
        "backslash": relative.replace("/", "\\"),
    }.get(spelling.targets, relative)


def _zip_name(name: str, spelling: Spelling) -> str:
    if spelling.targets == "odd case":
        return name.replace("worksheets/sheet", "Worksheets/SHEET")
    return name.replace("/", "\\") if spelling.targets == "backslash" and "worksheets" in name else name


def packed(parts: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """A zip of the parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return file.getvalue()


def each_alone() -> Iterator[Spelling]:
    """The plain spelling with one thing changed at a time: what hostile files are tried in."""
    plain = Spelling()
    yield plain
    for change in (
        {"prefix": "x"}, {"strict": True}, {"places": "none"}, {"places": "rows"}, {"places": "cells"}, {"cdata": True},
        {"texts": "inline"}, {"quote": "'"}, {"spaced": True}, {"pretty": True}, {"comments": True},
        {"empty_cells": True}, {"encoding": "utf-16"}, {"encoding": "bom"}, {"targets": "odd case"},
        {"targets": "absolute"}, {"dimension": "lying"},
    ):  # fmt: skip
        yield replace(plain, **change)
