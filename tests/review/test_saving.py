"""What saving writes, and that everything else in the workbook stays."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from evidence_builder import SCHEME, faultless
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from libreoffice import recalculated
from lxml import etree
from savers import DAY, PART, REVIEWS, decision, parts, repacked, rich, sha256, small

from scoring.engine.decisions import Decision
from scoring.evidence import workbooks_in
from scoring.evidence.reading.cells import as_text
from scoring.evidence.reading.read import read_workbook
from scoring.review.saving import CannotSave, Saved, save_decisions

STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}
Row = tuple[object, ...]


def save(path: Path, *decisions: object) -> Saved:
    return save_decisions(path, SCHEME, sha256(path), list(decisions))


def reviews(path: Path) -> list[Row]:
    """The rows of 复核记录: number, finding, decision, reason, reviewer, day, basis."""
    workbook = read_workbook(path, SCHEME)
    assert workbook.faults == []
    return list(workbook.tables["reviews"].itertuples(index=False, name=None))


def edit(path: Path, old: str, new: str, part: str = PART) -> Path:
    """The workbook with a change in one part; ``old`` is a pattern that must be there."""

    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        changed, count = re.subn(old, new, data.decode(), count=1)
        assert count
        return changed.encode()

    return repacked(path, change)


def cells(path: Path, part: str = PART) -> dict[str, etree._Element]:
    return {cell.get("r"): cell for cell in etree.fromstring(parts(path)[part]).iter("{*}c")}


OLD = [
    (2, "2.1:甲", "撤销", "经复核不属实", "复核员甲", dt.date(2017, 12, 30), None),
    (3, "2.1:乙", "撤销", "经复核不属实", "复核员甲", dt.date(2017, 12, 30), None),
]


# --- What is written -------------------------------------------------------------------------------------------------


def test_a_new_decision_follows_the_last_and_another_replaces_its_row(tmp_path: Path) -> None:
    """佐证摘要 is replaced too; saving again changes no cell."""
    path = small(tmp_path)
    path.chmod(0o640)
    read, replaced = sha256(path), decision("2.1:甲", decision="维持", reason="属实", basis="")
    saved = save(path, decision(), replaced)
    assert reviews(path) == [
        (2, "2.1:甲", "维持", "属实", "复核员乙", DAY, None),
        OLD[1],
        (4, "2.1:戊", "撤销", "已更正", "复核员乙", DAY, "sha256:0f"),
    ]
    assert (saved.path, sha256(saved.copy)) == (path, read)
    assert {file.stat().st_mode & 0o777 for file in (path, saved.copy)} == {0o640}
    assert workbooks_in(tmp_path) == [path]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["人社局.xlsx", "历史版本"]
    before = parts(path)
    save(path, decision(), replaced)
    assert parts(path) == before
    save(path, decision(basis=""))
    assert reviews(path)[-1][-1] is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40), st.text(max_size=20))
@example("=1+1", "@SUM(A1)")
@example("_x0041_ _x005F_ _x_x0041_x0042_", "_x000a_")
@example("  前后有空格\n第二行\t", " 甲\u3000")
@example("一\r\n二\r三", "<b>&amp;]]>")
@example("\x0b", "\ud800")
@example("\ufffe", "\u0085\u2028")
@example("😀" * 3, "\u202e")
def test_any_text_reads_back_the_same_or_is_refused(tmp_path: Path, reason: str, reviewer: str) -> None:
    path = small(tmp_path)
    try:
        save(path, decision(reason=reason, reviewer=reviewer))
    except CannotSave as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert re.search(r"“(理由|复核人)”(为空|第 .* 个字（U\+[0-9A-F]{4}）)", refused)
        assert reviews(path) == OLD
        return
    expected = [as_text(re.sub("\r\n?", "\n", text)) for text in (reason, reviewer)]
    assert reviews(path)[-1] == (4, "2.1:戊", "撤销", *expected, DAY, "sha256:0f")
    assert cells(path)["C4"].get("t") == "inlineStr"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reason": " \u3000"}, "“理由”为空"),
        ({"reviewer": ""}, "“复核人”为空"),
        ({"finding": ""}, "“发现编号”为空"),
        ({"decision": "撤消"}, "“决定”是“撤消”"),
        ({"reviewed_on": dt.date(1899, 1, 1)}, "“复核日期”是“1899-01-01”"),
        ({"reason": "长" * 32_768}, "有 32768 个字"),
        ({"reason": "甲\x00乙"}, r"第 2 个字（U\+0000）不能写入工作簿"),
    ],
)
def test_a_decision_that_does_not_fit_the_sheet_is_refused(tmp_path: Path, changed: dict, message: str) -> None:
    path = small(tmp_path)
    with pytest.raises(CannotSave, match=message):
        save(path, decision(**changed))
    assert reviews(path) == OLD


# --- Everything else stays -------------------------------------------------------------------------------------------


def test_the_sheet_changes_in_its_rows_its_table_grows_and_all_other_parts_stay(tmp_path: Path) -> None:
    path = rich(tmp_path)

    def entries() -> list[tuple[object, ...]]:
        with zipfile.ZipFile(path) as archive:
            return [(at.filename, at.date_time, at.compress_type, at.external_attr) for at in archive.infolist()]

    def besides_rows() -> list[bytes]:
        root = etree.fromstring(parts(path)[PART])
        around = [child for child in root if etree.QName(child).localname not in {"sheetData", "dimension"}]
        return list(map(etree.tostring, around))

    before, listed, around, rows = parts(path), entries(), besides_rows(), cells(path)
    kinds = [re.sub(r"\d+\.", ".", name.rpartition("/")[2]) for name in before]
    assert {"image.png", "chart.xml", "drawing.xml", "vmlDrawing.vml", "comments.xml", "table.xml"} <= set(kinds)
    save(path, *(decision(f"2.1:{number}") for number in range(12)))
    after, new = parts(path), cells(path)
    assert {name for name in before if before[name] != after.get(name)} == {PART, "xl/tables/table1.xml"}
    assert (entries(), besides_rows()) == (listed, around)
    assert {name for name, cell in rows.items() if etree.tostring(cell) != etree.tostring(new[name])} == set()
    assert [new[f"{column}15"].get("s") for column in "ABCDE"] == [rows[f"{column}3"].get("s") for column in "ABCDE"]
    places = [openpyxl.utils.cell.coordinate_to_tuple(name) for name in new]
    assert (len(new), places) == (len(rows) + 12 * 6, sorted(places)), "what Excel would repair, and readers forgive"
    table = openpyxl.load_workbook(path)[REVIEWS].tables["复核"]
    assert (table.ref, table.autoFilter.ref) == ("A1:F15", "A1:F15")


@pytest.mark.thorough
def test_workbooks_of_every_origin_are_saved_and_libreoffice_reads_them_the_same(tmp_path: Path) -> None:
    """What xlsxwriter and openpyxl wrote, and what LibreOffice makes of these."""
    saved = {name: rich(tmp_path).rename(tmp_path / f"{name}.xlsx") for name in ("xlsxwriter", "openpyxl")}
    openpyxl.load_workbook(saved["openpyxl"]).save(saved["openpyxl"])

    def decide(path: Path, *made: Decision) -> None:
        before, old = read_workbook(path, SCHEME), parts(path)
        save(path, *made)
        changed = {part for part, data in parts(path).items() if old[part] != data}
        assert changed <= {PART, "xl/tables/table1.xml", "xl/styles.xml", "xl/workbook.xml"}, path
        for key, table in read_workbook(path, SCHEME).tables.items():
            assert key == "reviews" or table.equals(before.tables[key]), (path, key)

    for path in saved.values():
        decide(path, decision(reason="=不是公式 _x0041_\n第二行"), decision("2.1:甲", decision="维持"))
    recalculated([*saved.values()], tmp_path)
    for path in saved.values():
        again = tmp_path / "after" / path.name
        for key, table in read_workbook(path, SCHEME).tables.items():
            assert table.equals(read_workbook(again, SCHEME).tables[key]), (path.name, key)
        decide(again, decision("2.1:己"))
        assert [row[0] for row in reviews(again)] == [2, 3, 4, 5]


# --- Workbooks as people have them -----------------------------------------------------------------------------------


def _strict(_: str, data: bytes) -> bytes:
    for transitional, strict in STRICT.items():
        data = data.replace(transitional, strict)
    return data


def _prefixed(name: str, data: bytes) -> bytes:
    data = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", data) if name == PART else data
    return data.replace(b"xmlns=", b"xmlns:x=") if name == PART else data


def _without_places(name: str, data: bytes) -> bytes:
    return re.sub(rb'(<(?:row|c)\b[^>]*?) r="\w+"', rb"\1", data) if name == PART else data


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (_strict, b'xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"'),
        (_prefixed, b"<x:is><x:t xml:space"),
        (_without_places, b"sheetData"),
    ],
)
def test_every_way_to_write_a_sheet_is_kept(change: Callable[..., bytes], kept: bytes, tmp_path: Path) -> None:
    path = repacked(small(tmp_path), change)
    save(path, decision("2.1:甲", decision="维持"), decision())
    assert [row[:3] for row in reviews(path)] == [(2, "2.1:甲", "维持"), (3, "2.1:乙", "撤销"), (4, "2.1:戊", "撤销")]
    assert kept in parts(path)[PART]


def test_columns_stay_where_the_workbook_has_them(tmp_path: Path) -> None:
    evidence = faultless().add("复核记录 | 发现编号=2.1:甲", "复核记录 | 发现编号=2.1:乙")
    evidence.headers[REVIEWS] = ["备注", "复核日期", "理由", "佐证摘要", "决定", "发现编号", "复核人"]
    evidence.headers["领导信箱"].remove("类型")  # Faults elsewhere do not matter.
    path = evidence.save(tmp_path)
    save(path, decision())
    rows = read_workbook(path, SCHEME).tables["reviews"].itertuples(index=False, name=None)
    assert [*rows][-1] == (4, "2.1:戊", "撤销", "已更正", "复核员乙", DAY, "sha256:0f")
    assert "A4" not in cells(path)


def test_a_missing_column_is_added_after_the_last_header(tmp_path: Path) -> None:
    path = rich(tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book[REVIEWS]
    sheet.tables.clear()
    sheet.delete_cols(6)
    sheet["F9"] = "边注"
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="复核", ref="A1:E3"))
    book.save(path)
    save(path, decision(basis=""))
    assert "G1" not in cells(path)
    save(path, decision())
    sheet = openpyxl.load_workbook(path)[REVIEWS]
    assert (sheet["G1"].value, sheet["G4"].value, sheet["F9"].value) == ("佐证摘要", "sha256:0f", "边注")
    assert sheet.tables["复核"].ref == "A1:E4"


@pytest.mark.thorough
@pytest.mark.parametrize("change", [lambda _, data: data, _strict])
def test_a_missing_sheet_comes_last_and_looks_like_the_others(change: Callable[..., bytes], tmp_path: Path) -> None:
    """The sheet 复核记录 may be missing."""
    path = rich(tmp_path)
    book = openpyxl.load_workbook(path)
    del book[REVIEWS]
    book.save(path)
    before = parts(repacked(path, change))
    save(path, decision(), decision("2.1:己", basis=""))
    assert [row[:2] for row in reviews(path)] == [(2, "2.1:戊"), (3, "2.1:己")]
    after = parts(path)
    changed = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert {name for name in before if before[name] != after[name]} <= changed
    recalculated([path], tmp_path)
    assert reviews(tmp_path / "after" / path.name) == reviews(path)
    book = openpyxl.load_workbook(tmp_path / "after" / path.name)
    assert book.sheetnames[-1] == REVIEWS
    assert [(cell.font.b, cell.fill.fgColor.rgb) for cell in book[REVIEWS][1]] == [(True, "FFDDEBF7")] * 6
    assert book[REVIEWS]["E2"].is_date


def test_days_are_styled_and_counted_as_the_workbook_does(tmp_path: Path) -> None:
    """From 1904; in empty rows of their own style; where a day was typed as text."""
    path = small(tmp_path)
    book = openpyxl.load_workbook(path)
    book.epoch, sheet = openpyxl.utils.datetime.CALENDAR_MAC_1904, book[REVIEWS]
    sheet["E3"].value, sheet["E3"].number_format = "2017年12月30日", "@"
    for row in range(4, 9):
        for column in range(1, 7):
            sheet.cell(row, column).fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    book.save(path)
    save(path, decision("2.1:乙", reviewed_on=dt.date(2017, 12, 30)))
    assert openpyxl.load_workbook(path)[REVIEWS]["E3"].number_format == "@", "the day is the same"
    save(path, decision("2.1:乙"), decision())
    assert [row[5] for row in reviews(path)] == [OLD[0][5], DAY, DAY]
    sheet = openpyxl.load_workbook(path)[REVIEWS]
    assert [sheet[cell].number_format for cell in ("E3", "E4")] == ["yyyy-mm-dd"] * 2
    assert [cell.fill.fgColor.rgb for cell in sheet[4]] == ["00FFFF00"] * 6
    assert sheet.max_row == 8


TABLE = "xl/tables/table1.xml"
MERGED = '</sheetData><mergeCells count="1"><mergeCell ref="{}"/></mergeCells>'


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        (PART, '<c r="C3" t="s">', '<c r="C3" t="str"><f>A3</f>', "C3 是公式"),
        (PART, "</sheetData>", MERGED.format("B3:C3"), r"《复核记录》B3:C3：这里的单元格合并了"),
        (PART, "</sheetData>", MERGED.format("B4:C4"), "《复核记录》B4 在合并的单元格内"),
        (PART, '<c r="A2" t="s">', '<c r="A2" t="str"><f t="array" ref="A2:D3">H1</f>', "数组公式"),
        (PART, '<c r="A1"', '<c r="ZZZZZ1"', "《复核记录》已损坏"),
        (PART, '<c r="E2" s="1">', '<c r="E2" s="99">', "《复核记录》已损坏"),
        (TABLE, ' ref="A1:F3"', ' ref="A1:F3" totalsRowCount="1"', "汇总行"),
    ],
)
def test_cells_that_cannot_be_set_are_refused(tmp_path: Path, part: str, old: str, new: str, message: str) -> None:
    path = edit((small if part == PART else rich)(tmp_path), old, new, part)
    before = path.read_bytes()
    with pytest.raises(CannotSave, match=message):
        save(path, decision("2.1:甲"), decision("2.1:乙", decision="维持", reason="改"), decision())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("columns", "rows", "made", "message"),
    [
        (..., [], [], "没有要保存的决定"),
        (..., [], [decision(), decision()], "有两个决定"),
        (..., ["2.1:甲"] * 2, [decision("2.1:甲")], r"第 2、3 行都是发现 2\.1:甲"),
        (["理由"], [], [decision()], "缺少列“理由”"),
    ],
)
def test_what_does_not_fit_the_sheet_is_refused(
    tmp_path: Path, columns: object, rows: list[str], made: list[object], message: str
) -> None:
    evidence = faultless().add(*(f"复核记录 | 发现编号={finding}" for finding in rows))
    if columns is not ...:
        evidence.headers[REVIEWS] = [name for name in evidence.headers[REVIEWS] if name not in columns]
    with pytest.raises(CannotSave, match=message):
        save(evidence.save(tmp_path), *made)


def test_a_signed_workbook_is_refused(tmp_path: Path) -> None:
    path = small(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("_xmlsignatures/origin.sigs", "")
    with pytest.raises(CannotSave, match="数字签名"):
        save(path, decision())


# --- The file itself -------------------------------------------------------------------------------------------------


def test_copies_are_dated_and_never_overwritten(tmp_path: Path) -> None:
    path, now = small(tmp_path), dt.datetime(2017, 12, 31, 15, 30)  # noqa: DTZ001
    before = []
    for number in range(3):
        before.append(path.read_bytes())
        save_decisions(path, SCHEME, sha256(path), [decision(reason=f"第{number}次")], now=now)
    names = ["人社局-20171231-153000.xlsx", "人社局-20171231-153000-2.xlsx", "人社局-20171231-153000-3.xlsx"]
    assert [(tmp_path / "历史版本" / name).read_bytes() for name in names] == before


def test_a_linked_workbook_is_saved_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "库").mkdir()
    target = small(tmp_path / "库")
    link = tmp_path / "人社局.xlsx"
    link.symlink_to(target)
    saved = save(link, decision())
    assert link.is_symlink()
    assert (saved.path, len(reviews(link)), saved.copy.parent) == (target, 3, tmp_path / "库" / "历史版本")
