"""What saving writes, and that everything else in the workbook stays."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from evidence_builder import faultless
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from libreoffice import recalculated
from lxml import etree
from savers import DAY, PART, REVIEWS, decision, parts, repacked, rich, sha256, small

from scoring.evidence import workbooks_in
from scoring.evidence.cells import as_text
from scoring.evidence.read import read_workbook
from scoring.review.saving import CannotSave, Saved, save_decisions

STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}
Row = tuple[object, ...]


def save(path: Path, *decisions: object) -> Saved:
    return save_decisions(path, sha256(path), list(decisions))


def reviews(path: Path) -> list[Row]:
    """The rows of 复核记录: number, finding, decision, reason, reviewer, day, basis."""
    workbook = read_workbook(path)
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


def shown(path: Path, cell: str) -> str:
    return openpyxl.load_workbook(path)[REVIEWS][cell].number_format


OLD = [
    (2, "2.1:甲", "撤销", "经复核不属实", "复核员甲", dt.date(2017, 12, 30), None),
    (3, "2.1:乙", "撤销", "经复核不属实", "复核员甲", dt.date(2017, 12, 30), None),
]


# --- What is written -------------------------------------------------------------------------------------------------


def test_a_new_decision_follows_the_last_and_another_replaces_its_row(tmp_path: Path) -> None:
    path = small(tmp_path)
    read = sha256(path)
    saved = save(path, decision(), decision("2.1:甲", decision="维持", reason="属实", basis=""))
    assert reviews(path) == [
        (2, "2.1:甲", "维持", "属实", "复核员乙", DAY, None),
        OLD[1],
        (4, "2.1:戊", "撤销", "已更正", "复核员乙", DAY, "sha256:0f"),
    ]
    assert (saved.path, saved.sha256, sha256(saved.copy)) == (path, sha256(path), read)


def test_a_replaced_decision_takes_the_old_digest_away(tmp_path: Path) -> None:
    path = small(tmp_path)
    save(path, decision())
    save(path, decision(basis="", decision="维持"))
    assert reviews(path)[-1] == (4, "2.1:戊", "维持", "已更正", "复核员乙", DAY, None)


def test_saving_the_same_again_changes_no_cell(tmp_path: Path) -> None:
    path = small(tmp_path)
    save(path, decision())
    before = parts(path)
    save(path, decision())
    assert parts(path) == before


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
    ("changed", "told"),
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
def test_a_decision_that_cannot_stand_in_the_sheet_is_refused(tmp_path: Path, changed: dict, told: str) -> None:
    path = small(tmp_path)
    with pytest.raises(CannotSave, match=told):
        save(path, decision(**changed))
    assert reviews(path) == OLD


def test_nothing_to_save_and_two_decisions_on_one_finding_are_refused(tmp_path: Path) -> None:
    path = small(tmp_path)
    with pytest.raises(CannotSave, match="没有要保存的决定"):
        save(path)
    with pytest.raises(CannotSave, match="有两个决定"):
        save(path, decision(), decision())


# --- Everything else stays -------------------------------------------------------------------------------------------


def test_every_part_but_the_sheet_and_its_table_stays_byte_for_byte(tmp_path: Path) -> None:
    path = rich(tmp_path)
    before = parts(path)
    kinds = [re.sub(r"\d+\.", ".", name.rpartition("/")[2]) for name in before]
    assert {"image.png", "chart.xml", "drawing.xml", "vmlDrawing.vml", "comments.xml", "table.xml"} <= set(kinds)
    with zipfile.ZipFile(path) as archive:
        told = [(info.filename, info.date_time, info.compress_type, info.external_attr) for info in archive.infolist()]
    save(path, decision(), decision("2.1:甲", decision="维持"))
    after = parts(path)
    assert {name for name in before if before[name] != after.get(name)} == {PART, "xl/tables/table1.xml"}
    with zipfile.ZipFile(path) as archive:
        assert told == [
            (info.filename, info.date_time, info.compress_type, info.external_attr) for info in archive.infolist()
        ]


def test_the_sheet_changes_in_its_rows_only(tmp_path: Path) -> None:
    path = rich(tmp_path)

    def besides_rows() -> list[bytes]:
        root = etree.fromstring(parts(path)[PART])
        return [etree.tostring(child) for child in root if etree.QName(child).localname != "sheetData"]

    before, rows = besides_rows(), cells(path)
    save(path, decision())
    assert besides_rows() == before
    after = cells(path)
    assert {name: etree.tostring(cell) for name, cell in rows.items()}.items() <= {
        name: etree.tostring(cell) for name, cell in after.items()
    }.items()
    assert [after[f"{column}4"].get("s") for column in "ABCDE"] == [rows[f"{column}3"].get("s") for column in "ABCDE"]
    assert "I9" in after


def test_a_table_grows_with_its_rows(tmp_path: Path) -> None:
    path = rich(tmp_path)
    save(path, decision(), decision("2.1:己"))
    table = openpyxl.load_workbook(path)[REVIEWS].tables["复核"]
    assert (table.ref, table.autoFilter.ref) == ("A1:F5", "A1:F5")


def test_a_table_grows_by_the_column_that_was_missing(tmp_path: Path) -> None:
    path = _without_basis(faultless_rows(), tmp_path)
    book = openpyxl.load_workbook(path)
    book[REVIEWS].add_table(openpyxl.worksheet.table.Table(displayName="复核", ref="A1:E3"))
    book.save(path)
    save(path, decision())
    table = openpyxl.load_workbook(path)[REVIEWS].tables["复核"]
    assert (table.ref, [column.name for column in table.tableColumns][-1]) == ("A1:F4", "佐证摘要")


def test_a_filter_grows_with_its_hidden_name(tmp_path: Path) -> None:
    path = small(tmp_path)
    edit(path, "</sheetData>", '</sheetData><autoFilter ref="A1:F3"/>')
    position = openpyxl.load_workbook(path).sheetnames.index(REVIEWS)
    name = f'<definedName name="_xlnm._FilterDatabase" localSheetId="{position}" hidden="1">'
    names = f"<definedNames>{name}{REVIEWS}!$A$1:$F$3</definedName></definedNames>"
    edit(path, "</sheets>", f"</sheets>{names}", "xl/workbook.xml")
    save(path, decision())
    assert b'<autoFilter ref="A1:F4"/>' in parts(path)[PART]
    assert f"{REVIEWS}!$A$1:$F$4<".encode() in parts(path)["xl/workbook.xml"]


def _through_openpyxl(path: Path) -> Path:
    book = openpyxl.load_workbook(path)
    book.save(path)
    return path


def _through_libreoffice(path: Path) -> Path:
    folder = path.parent / "office"
    folder.mkdir()
    recalculated([path], folder)
    shutil.copy(folder / "after" / path.name, path)
    return path


def test_workbooks_of_every_origin_are_saved_and_libreoffice_reads_them_the_same(tmp_path: Path) -> None:
    origins: dict[str, Callable[[Path], Path]] = {
        "xlsxwriter": lambda path: path,
        "openpyxl": _through_openpyxl,
        "libreoffice": _through_libreoffice,
    }
    saved = []
    for name, through in origins.items():
        folder = tmp_path / name
        folder.mkdir()
        path = through(rich(folder))
        before = read_workbook(path)
        old = parts(path)
        save(path, decision(reason="=不是公式 _x0041_\n第二行"), decision("2.1:甲", decision="维持"))
        changed = {part for part, data in parts(path).items() if old[part] != data}
        assert changed <= {PART, "xl/tables/table1.xml", "xl/styles.xml", "xl/workbook.xml"}, name
        assert [row[0] for row in reviews(path)] == [2, 3, 4]
        for key, table in read_workbook(path).tables.items():
            assert key == "reviews" or table.equals(before.tables[key]), (name, key)
        saved.append(path.rename(tmp_path / f"{name}.xlsx"))
    recalculated(saved, tmp_path)
    for path in saved:
        again = read_workbook(tmp_path / "after" / path.name)
        for key, table in read_workbook(path).tables.items():
            assert table.equals(again.tables[key]), (path.name, key)


# --- Workbooks as people have them -----------------------------------------------------------------------------------


def faultless_rows() -> object:
    return faultless().add("复核记录 | 发现编号=2.1:甲", "复核记录 | 发现编号=2.1:乙")


def _without_basis(evidence: object, folder: Path) -> Path:
    evidence.headers[REVIEWS] = [name for name in evidence.headers[REVIEWS] if name != "佐证摘要"]
    return evidence.save(folder)


def test_the_columns_stand_where_the_workbook_has_them(tmp_path: Path) -> None:
    evidence = faultless_rows()
    evidence.headers[REVIEWS] = ["备注", "复核日期", "理由", "佐证摘要", "决定", "发现编号", "复核人"]
    path = evidence.save(tmp_path)
    save(path, decision())
    assert reviews(path)[-1] == (4, "2.1:戊", "撤销", "已更正", "复核员乙", DAY, "sha256:0f")
    assert "A4" not in cells(path)


def test_a_missing_column_comes_behind_the_last_header(tmp_path: Path) -> None:
    path = _without_basis(faultless_rows(), tmp_path)
    save(path, decision(basis=""))
    assert "F1" not in cells(path)
    save(path, decision())
    assert reviews(path)[-1][-1] == "sha256:0f"
    assert "".join(cells(path)["F1"].itertext()) == "佐证摘要"


def test_a_missing_column_keeps_clear_of_notes_beside_the_table(tmp_path: Path) -> None:
    path = _without_basis(faultless_rows(), tmp_path)
    book = openpyxl.load_workbook(path)
    book[REVIEWS]["F9"] = "边注"
    book.save(path)
    save(path, decision())
    assert openpyxl.load_workbook(path)[REVIEWS]["G1"].value == "佐证摘要"
    assert openpyxl.load_workbook(path)[REVIEWS]["F9"].value == "边注"


@pytest.mark.parametrize("strict", [False, True])
def test_a_missing_sheet_comes_last(tmp_path: Path, strict: bool) -> None:  # noqa: FBT001
    evidence = faultless()
    del evidence.sheets[REVIEWS]
    path = evidence.save(tmp_path)
    if strict:
        repacked(path, _strict)
    before = parts(path)
    save(path, decision(), decision("2.1:己", basis=""))
    assert [row[:2] for row in reviews(path)] == [(2, "2.1:戊"), (3, "2.1:己")]
    after = parts(path)
    changed = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", PART}
    assert {name for name in after if before.get(name) != after[name]} <= changed
    if not strict:
        assert openpyxl.load_workbook(path).sheetnames[-1] == REVIEWS
        assert shown(path, "E2") in {"mm-dd-yy", "yyyy-mm-dd"}


def test_an_added_sheet_has_the_headers_of_the_others(tmp_path: Path) -> None:
    path = rich(tmp_path)
    book = openpyxl.load_workbook(path)
    del book[REVIEWS]
    book.save(path)
    save(path, decision())
    headers = openpyxl.load_workbook(path)[REVIEWS][1]
    assert [cell.font.b for cell in headers] == [True] * 6
    assert {cell.fill.fgColor.rgb for cell in headers} == {"FFDDEBF7"}


def _strict(_: str, data: bytes) -> bytes:
    for transitional, strict in STRICT.items():
        data = data.replace(transitional, strict)
    return data


def test_a_strict_workbook_stays_strict(tmp_path: Path) -> None:
    path = repacked(small(tmp_path), _strict)
    save(path, decision())
    assert reviews(path)[-1][1] == "2.1:戊"
    assert b"schemas.openxmlformats.org/spreadsheetml" not in parts(path)[PART]


def test_a_prefix_of_the_namespace_is_kept(tmp_path: Path) -> None:
    def prefixed(name: str, data: bytes) -> bytes:
        data = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", data) if name == PART else data
        return data.replace(b"xmlns=", b"xmlns:x=") if name == PART else data

    path = repacked(small(tmp_path), prefixed)
    save(path, decision())
    assert reviews(path)[-1][1] == "2.1:戊"
    assert b"<x:is><x:t xml:space" in parts(path)[PART]


def test_rows_and_cells_that_do_not_say_where_they_stand(tmp_path: Path) -> None:
    path = repacked(
        small(tmp_path),
        lambda name, data: re.sub(rb'(<(?:row|c)\b[^>]*?) r="\w+"', rb"\1", data) if name == PART else data,
    )
    save(path, decision("2.1:甲", decision="维持"), decision())
    assert [row[:3] for row in reviews(path)] == [(2, "2.1:甲", "维持"), (3, "2.1:乙", "撤销"), (4, "2.1:戊", "撤销")]


def test_styled_empty_rows_are_filled_in_their_own_style(tmp_path: Path) -> None:
    path = small(tmp_path)
    book = openpyxl.load_workbook(path)
    for row in range(4, 9):
        for column in range(1, 7):
            book[REVIEWS].cell(row, column).fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    book.save(path)
    save(path, decision())
    row = openpyxl.load_workbook(path)[REVIEWS][4]
    assert [cell.fill.fgColor.rgb for cell in row] == ["00FFFF00"] * 6
    assert row[4].is_date
    assert [cell.get("r") for cell in cells(path).values() if cell.get("r").startswith("A")] == [
        f"A{number}" for number in range(1, 9)
    ]


def test_days_count_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    path = small(tmp_path)
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path)
    save(path, decision())
    assert [row[5] for row in reviews(path)] == [OLD[0][5], OLD[1][5], DAY]


def test_a_day_typed_as_text_gets_a_date_style_when_replaced(tmp_path: Path) -> None:
    path = small(tmp_path)
    book = openpyxl.load_workbook(path)
    book[REVIEWS]["E3"].value, book[REVIEWS]["E3"].number_format = "2017年12月30日", "@"
    book.save(path)
    save(path, decision("2.1:乙", reviewed_on=dt.date(2017, 12, 30)))
    assert shown(path, "E3") == "@"
    save(path, decision("2.1:乙"), decision())
    assert [row[5] for row in reviews(path)][1:] == [DAY, DAY]
    assert shown(path, "E3") not in {"@", "General"}


def test_a_day_looks_like_the_other_days_of_its_workbook(tmp_path: Path) -> None:
    path = faultless().save(tmp_path)
    book = openpyxl.load_workbook(path)
    book[REVIEWS]["A2"].font = openpyxl.styles.Font(bold=True)
    book[REVIEWS]["E2"].font = openpyxl.styles.Font(bold=True)
    book.save(path)
    styles = parts(path)["xl/styles.xml"].count(b"<xf ")
    save(path, decision(), decision("2.1:己"))
    sheet = openpyxl.load_workbook(path)[REVIEWS]
    assert [sheet[cell].number_format for cell in ("E2", "E3")] == ["yyyy-mm-dd"] * 2
    assert (sheet["E2"].font.b, sheet["E2"].is_date) == (True, True)
    assert parts(path)["xl/styles.xml"].count(b"<xf ") == styles + 1


def test_shared_and_rich_texts_elsewhere_are_left_alone(tmp_path: Path) -> None:
    path = rich(tmp_path)
    before = parts(path)["xl/sharedStrings.xml"]
    save(path, decision("2.1:甲", decision="维持"))
    assert parts(path)["xl/sharedStrings.xml"] == before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('<c r="C3" t="s">', '<c r="C3" t="str"><f>A3</f>', "C3 是公式"),
        (
            "</sheetData>",
            '</sheetData><mergeCells count="1"><mergeCell ref="B3:C3"/></mergeCells>',
            r"《复核记录》B3:C3：这里的单元格合并了",
        ),
        ('<c r="A2" t="s">', '<c r="A2" t="str"><f t="array" ref="A2:D3">H1</f>', "数组公式"),
        ('<c r="A1"', '<c r="ZZZZZ1"', "《复核记录》已损坏"),
        ('<c r="E2" s="1">', '<c r="E2" s="99">', "《复核记录》已损坏"),
    ],
)
def test_cells_that_cannot_be_set_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = edit(small(tmp_path), old, new)
    before = path.read_bytes()
    made = [decision("2.1:甲"), decision("2.1:乙", decision="维持", reason="改")]
    with pytest.raises(CannotSave, match=told):
        save(path, *made)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_decision_is_not_put_into_cells_that_are_merged_below_the_others(tmp_path: Path) -> None:
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="B4:C4"/></mergeCells>'
    path = edit(small(tmp_path), "</sheetData>", merged)
    with pytest.raises(CannotSave, match="《复核记录》B4 在合并的单元格内"):
        save(path, decision("2.1:己"))
    save(path, decision("2.1:甲", decision="维持"))


def test_a_table_with_a_row_of_totals_is_told(tmp_path: Path) -> None:
    path = edit(rich(tmp_path), ' ref="A1:F3"', ' ref="A1:F3" totalsRowCount="1"', "xl/tables/table1.xml")
    with pytest.raises(CannotSave, match="汇总行"):
        save(path, decision())


def test_two_rows_of_one_finding_and_faults_of_the_sheet_are_told(tmp_path: Path) -> None:
    path = faultless().add("复核记录 | 发现编号=2.1:甲", "复核记录 | 发现编号=2.1:甲").save(tmp_path)
    with pytest.raises(CannotSave, match=r"第 2、3 行都是发现 2\.1:甲"):
        save(path, decision("2.1:甲"))
    evidence = faultless_rows()
    evidence.headers[REVIEWS].remove("理由")
    path = evidence.save(tmp_path)
    with pytest.raises(CannotSave, match="缺少列“理由”"):
        save(path, decision())


def test_a_signed_workbook_is_told(tmp_path: Path) -> None:
    path = small(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("_xmlsignatures/origin.sigs", "")
    with pytest.raises(CannotSave, match="数字签名"):
        save(path, decision())


def test_faults_of_other_sheets_do_not_stand_in_the_way(tmp_path: Path) -> None:
    evidence = faultless_rows()
    del evidence.sheets["领导信箱"]
    path = evidence.save(tmp_path)
    save(path, decision())
    assert len(read_workbook(path).tables["reviews"]) == 3


# --- The file itself -------------------------------------------------------------------------------------------------


def test_permissions_survive_and_only_the_workbook_is_seen_in_its_folder(tmp_path: Path) -> None:
    path = small(tmp_path)
    path.chmod(0o640)
    saved = save(path, decision())
    assert {file.stat().st_mode & 0o777 for file in (path, saved.copy)} == {0o640}
    assert workbooks_in(tmp_path) == [path]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["人社局.xlsx", "历史版本"]


def test_copies_are_dated_and_never_overwritten(tmp_path: Path) -> None:
    path, now = small(tmp_path), dt.datetime(2017, 12, 31, 15, 30)  # noqa: DTZ001
    before = []
    for number in range(3):
        before.append(path.read_bytes())
        save_decisions(path, sha256(path), [decision(reason=f"第{number}次")], now=now)
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


def test_a_long_name_is_no_hindrance(tmp_path: Path) -> None:
    path = small(tmp_path).rename(tmp_path / f"{'局' * 70}.xlsx")
    assert save(path, decision()).copy.exists()


def test_rows_and_cells_stand_in_order_and_once(tmp_path: Path) -> None:
    """No element stands twice or out of order: what Excel would repair, and readers here forgive."""
    path = rich(tmp_path)
    save(path, *(decision(f"2.1:{number}") for number in range(12)))
    rows = list(etree.fromstring(parts(path)[PART]).iter("{*}row"))
    numbers = [int(row.get("r")) for row in rows]
    assert numbers == sorted(set(numbers))
    for row in rows:
        columns = [openpyxl.utils.cell.coordinate_to_tuple(cell.get("r")) for cell in row]
        assert columns == sorted(set(columns))
