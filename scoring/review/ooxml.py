"""A workbook edited as a zip package: a few parts are changed, all others stay byte for byte.

openpyxl writes only what it understands: images, charts, form controls, rich text and newer validations would be lost.
So only the parts that must change are parsed here.
"""

from __future__ import annotations

import io
import itertools
import posixpath
import zipfile
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from scoring.base.characters import plain

Element = Any  # lxml has no types of its own

WORKBOOK: Final = "xl/workbook.xml"
_CONTENT_TYPES: Final = "[Content_Types].xml"
_WORKSHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELATIONS: Final = {  # of a workbook's parts, by the namespace of the parts: transitional and ISO strict
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "http://purl.oclc.org/ooxml/officeDocument/relationships",
}

_EMPTY_SHEET: Final = """<worksheet xmlns="{space}"><sheetViews><sheetView workbookViewId="0">\
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>\
<sheetFormatPr defaultColWidth="20" defaultRowHeight="15"/>\
<sheetData><row r="1"><c r="A1" s="{style}"/></row></sheetData></worksheet>"""


class CannotSave(Exception):
    """Why a workbook cannot be saved and what to do, in Chinese; nothing was changed."""


@dataclass
class Package:
    """The parts of a workbook by name.

    Attributes
    ----------
    entries
        The zip entry of each part, in order.
    changed
        Names of the parts that were changed.
    """

    entries: dict[str, zipfile.ZipInfo]
    content: dict[str, bytes]
    comment: bytes = b""
    changed: set[str] = field(default_factory=set)
    _trees: dict[str, Element] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes) -> Package:
        """Unpack a workbook that ``scoring.evidence.reading.xlsx.open_book`` has found safe."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            names = [info.filename.lstrip("/") for info in infos]
            if len(set(names)) < len(names):
                raise CannotSave("工作簿内部有重名的部件；请在 Excel 或 WPS 中打开并另存，重新载入后再保存")
            if any(name.startswith("_xmlsignatures/") for name in names):
                raise CannotSave("工作簿带有数字签名，改动会使签名失效；请先在 Excel 或 WPS 中取消签名")
            parts = {name: archive.read(info) for name, info in zip(names, infos, strict=True)}
            return cls(dict(zip(names, infos, strict=True)), parts, archive.comment)

    def to_bytes(self) -> bytes:
        """The workbook: parts in their order and compression, new ones at the end."""
        for name in self.changed & self._trees.keys():
            self.content[name] = _serialised(self._trees[name])
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.comment = self.comment
            for name, data in self.content.items():
                archive.writestr(_entry(name, self.entries.get(name)), data)
        return target.getvalue()

    def tree(self, name: str) -> Element:
        """The root element of a part; changes to it count once ``touch`` was called."""
        if name not in self._trees:
            # Entities were refused before; should one get here, it is not resolved and loads nothing.
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            self._trees[name] = etree.fromstring(self.content[name], parser)
        return self._trees[name]

    def touch(self, name: str) -> None:
        """Mark a part's tree as changed."""
        self.changed.add(name)

    def related(self, part: str, kind: str) -> dict[str, str]:
        """The parts that a part refers to as ``kind`` (``worksheet``, ``table``, ``styles``), by relation id."""
        folder, relations = posixpath.dirname(part), _relations_of(part)
        if relations not in self.content:
            return {}
        return {
            relation.get("Id"): posixpath.normpath(posixpath.join("/", folder, relation.get("Target"))).lstrip("/")
            for relation in self.tree(relations)
            if relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External"
        }

    @property
    def space(self) -> str:
        """The namespace of the workbook's parts: the transitional or the strict one."""
        return str(etree.QName(self.tree(WORKBOOK)).namespace)

    def named(self, name: str) -> str:
        """An element's name with the namespace of the workbook's parts."""
        return f"{{{self.space}}}{name}"

    @property
    def sheets(self) -> dict[str, str]:
        """The worksheets' parts by name, as the reader matches names."""
        targets, reference = self.related(WORKBOOK, "worksheet"), f"{{{_RELATIONS[self.space]}}}id"
        return {
            plain(sheet.get("name", "")): targets[sheet.get(reference)]
            for sheet in self.tree(WORKBOOK).find(self.named("sheets"))
            if sheet.get(reference) in targets
        }

    def add_sheet(self, name: str, *, like: str) -> None:
        """Append an empty worksheet, with its first row frozen and styled like that of the sheet ``like``."""
        first = self.tree(self.sheets[like]).find(f".//{self.named('c')}") if like in self.sheets else None
        style = "0" if first is None else first.get("s", "0")
        parts = {part.lower() for part in self.content}
        number = next(n for n in itertools.count(1) if f"xl/worksheets/sheet{n}.xml" not in parts)
        part, relations = f"xl/worksheets/sheet{number}.xml", _relations_of(WORKBOOK)
        self._trees[part] = etree.fromstring(_EMPTY_SHEET.format(space=self.space, style=style))
        self.content[part] = b""
        _append(self.tree(_CONTENT_TYPES), "Override", PartName=f"/{part}", ContentType=_WORKSHEET_TYPE)
        taken = {relation.get("Id") for relation in self.tree(relations)}
        own = next(f"rId{n}" for n in itertools.count(1) if f"rId{n}" not in taken)
        kind = f"{_RELATIONS[self.space]}/worksheet"
        _append(self.tree(relations), "Relationship", Id=own, Type=kind, Target=f"worksheets/sheet{number}.xml")
        sheets = self.tree(WORKBOOK).find(self.named("sheets"))
        sheet_id = max(int(sheet.get("sheetId")) for sheet in sheets) + 1
        _append(sheets, "sheet", name=name, sheetId=str(sheet_id)).set(f"{{{_RELATIONS[self.space]}}}id", own)
        self.changed |= {part, _CONTENT_TYPES, WORKBOOK, relations}


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def _append(parent: Element, tag: str, /, **attributes: str) -> Element:
    """Add a child in its parent's namespace."""
    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{tag}", attributes)


def _serialised(root: Element) -> bytes:
    standalone = root.getroottree().docinfo.standalone
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=standalone is not False))


def _entry(name: str, old: zipfile.ZipInfo | None) -> zipfile.ZipInfo:
    """A new zip entry for a part; writing fills in sizes and flags."""
    if old is None:
        old = zipfile.ZipInfo(name)
        old.compress_type = zipfile.ZIP_DEFLATED
    new = zipfile.ZipInfo(old.filename, old.date_time)
    new.compress_type, new.comment = old.compress_type, old.comment
    new.external_attr, new.create_system = old.external_attr, old.create_system
    return new
