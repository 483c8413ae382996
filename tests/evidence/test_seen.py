"""What a person sees is what is read: unseen characters, hidden and merged cells, rows that are no records."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import nodes_of
from evidence_builder import HEADERS, SCHEME, Evidence, faultless

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.base.characters import hidden_in, plain, quoted, visible
from scoring.evidence.reading.cells import read_cells
from scoring.evidence.reading.read import read_workbook
from scoring.scheme.sheets import Kind

FaultsOf = Callable[[Evidence], list[str]]
Score = Callable[[Evidence], Scorecard]
Edit = Callable[[Any], None]
ODD = "人社局.xlsx《领导信箱》"


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["公告", "通知"], ["公告", "通知"]),
        (["公告 ", "通知"], ["公告", "通知"]),
        (["\u200e公告", " \u200b"], ["公告", None]),
        (["", "公告"], [None, "公告"]),
        ([""], [None]),
    ],
)
def test_texts_of_a_column_are_read_without_what_cannot_be_seen_at_their_ends(
    cells: list[str], read: list[str | None]
) -> None:
    assert read_cells(Kind.TEXT, cells) == read


def minimal(department: str = "人社局") -> Evidence:
    """Quick to read: one publication, one item of the portal; three letters, in the rows 2 to 4."""
    evidence = faultless(department).replace("信息发布 ×1", "门户信息采用 ×1")
    evidence.sheets["领导信箱"] = evidence.sheets["领导信箱"][:3]
    return evidence


@pytest.fixture
def edited(tmp_path: Path, scheme: Scheme) -> Callable[[Edit], tuple[list[str], list[str]]]:
    """Faults and notices of the minimal workbook after an edit."""

    def run(edit: Edit) -> tuple[list[str], list[str]]:
        path = minimal().save(tmp_path)
        book = openpyxl.load_workbook(path)
        edit(book)
        book.save(path)
        assessment = assess([path], scheme)
        faults = [str(fault) for several in assessment.faults.values() for fault in several]
        return faults, [notice for card in assessment.scorecards for notice in card.source.notices]

    return run


# --- characters


@pytest.mark.parametrize(
    ("mark", "at"),
    [("\u200b", 0), ("\u200e", 2), ("\ufeff", None), ("\u00ad", 0), ("\u2060", 2), ("\u202c", None), ("\U000e0020", 2)],
)
def test_invisible_characters_in_codes_dates_and_words_of_lists(mark: str, at: int | None, scored: Score) -> None:
    """Of any sheet, and in the names of sheets and columns."""

    def marked(text: Any) -> str:
        text = str(text)
        return text + mark if at is None else text[:at] + mark + text[at:]

    evidence, plainly = some_loss(), nodes_of(scored(some_loss()))
    for sheet, columns in {
        "核查情况": ["指标", "状态", "核查日期"],
        "门户征集调查": ["类型", "报送日期", "是否采用"],
        "信息发布": ["发布日期", "首页显示"],
        "监测发现": ["指标", "问题类型", "监测日期"],
        "领导信箱": ["信件编号", "类型", "来信日期", "回复日期", "有效"],
        "安全通报": ["漏洞编号", "层级"],
        "通报曝光": ["类型", "来源"],
    }.items():
        for row in evidence.sheets[sheet]:
            row.update({column: marked(row[column]) for column in columns if row[column] is not None})
    evidence.fact("年度", marked("2017")).fact("网站域名", marked("rsj.leiyang.gov.cn")).fact("专门科室", marked("有"))
    evidence.fact("部门", marked("人社局")).fact("网站性能得分", marked("2"))
    evidence.headers["通报曝光"] = [f"{mark}{name}" for name in evidence.headers["通报曝光"]]
    for row in evidence.sheets["通报曝光"]:
        row.update({f"{mark}{name}": row.pop(name) for name in list(row)})
    evidence.sheets = {f"{name}{mark}": rows for name, rows in evidence.sheets.items()}
    evidence.headers = {f"{name}{mark}": header for name, header in evidence.headers.items()}
    assert nodes_of(scored(evidence)) == plainly


def some_loss() -> Evidence:
    return minimal().add(
        "监测发现 | 指标=3.1.1.1", "领导信箱 | 来信日期=2017-09-28 | 回复日期=2017-10-14",
        "安全通报 | 漏洞编号=V-1", "安全通报 | 漏洞编号=V-1", "通报曝光 | 类型=通报 | 来源=市电子政务办",
    )  # fmt: skip


def test_the_same_number_with_and_without_an_invisible_character(faults_of: FaultsOf) -> None:
    evidence = minimal().add("领导信箱 | 信件编号=A1", "领导信箱 | 信件编号=A1\u200e")
    assert faults_of(evidence) == [
        f"{ODD}A6：“A1”与A5重复（A6 中有看不见或易混的字符：U+200E）；应为：每个“信件编号”只出现一次"
    ]


def test_an_invisible_character_in_a_faulty_cell_is_named(faults_of: FaultsOf) -> None:
    evidence = minimal()
    evidence.row_of("领导信箱", 2)["类型"] = "咨\u200e讯"
    evidence.row_of("领导信箱", 3)["来信日期"] = "2017-02-30\u200b"
    evidence.fact("专门科室", "冇\u200d")
    faults = faults_of(evidence)
    assert [fault.partition("；应为")[0] for fault in faults] == [
        "人社局.xlsx《基本信息》B11：“冇”（B11 中有看不见或易混的字符：U+200D）",
        f"{ODD}B2：“咨讯”（B2 中有看不见或易混的字符：U+200E）",
        f"{ODD}C3：“2017-02-30”没有这一天（C3 中有看不见或易混的字符：U+200B）",
    ]


@pytest.mark.parametrize("nothing", ["\u200b", " \u200e\u3000", "\ufeff\n", "\u3164", "\u2800"])
def test_a_cell_with_nothing_visible_in_it_is_empty(nothing: str, faults_of: FaultsOf, scored: Score) -> None:
    evidence = minimal().add("领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-03-02")
    evidence.row_of("领导信箱", 5)["回复内容"] = nothing
    assert [fault.partition("；")[0] for fault in faults_of(evidence)] == [f"{ODD}E5：“回复内容”为空，而D5已填写"]
    evidence = minimal()
    evidence.sheets["领导信箱"].append(dict.fromkeys(evidence.headers["领导信箱"], nothing))
    evidence.sheets["核查情况"][0]["备注"] = nothing
    assert nodes_of(scored(evidence)) == nodes_of(scored(minimal()))


def test_an_invisible_character_within_a_reply_hides_no_phrase(scored: Score) -> None:
    (finding,) = scored(
        minimal().add("领导信箱 | 来信日期=2017-03-01 | 回复日期=2017-03-02 | 回复内容=已电\u200b话回复\u200e当事人")
    ).of("3.2.1")
    assert (finding.kind.name, finding.row) == ("万能回复", 5)


#: Kangxi radicals (U+2F00..) and CJK radical supplements (U+2E80..) beside the characters that they stand for.
LOOK_ALIKE = dict(zip("⼯⼊⼾⽂⼈⼀⻔⻚⺠", "工入户文人一门页民", strict=True))


@pytest.mark.parametrize("radical", LOOK_ALIKE)
def test_a_radical_is_the_character_that_it_stands_for(radical: str) -> None:
    meant = LOOK_ALIKE[radical]
    assert (plain(f"甲{radical}乙"), hidden_in(radical)) == (f"甲{meant}乙", f"U+{ord(radical):04X}“{radical}”")
    assert quoted(radical) == f"{radical}〔U+{ord(radical):04X}〕"


def test_radicals_in_names_codes_and_words_of_lists(scored: Score) -> None:
    alike = {meant: radical for radical, meant in LOOK_ALIKE.items()}

    def lookalike(text: Any) -> Any:
        return "".join(alike.get(char, char) for char in text) if isinstance(text, str) else text

    evidence = minimal().add("网站栏目 | 栏目=人民政策 | 类别=政策文件", "信息发布 | 栏目=人民政策")
    before = nodes_of(scored(evidence))
    for sheet, column in (("网站栏目", "栏目"), ("网站栏目", "类别"), ("门户栏目报送", "栏目")):
        for row in evidence.sheets[sheet]:
            row[column] = lookalike(row[column])
    evidence.fact("部门", "⼈社局")
    evidence.sheets = {lookalike(name): rows for name, rows in evidence.sheets.items()}
    evidence.headers = {lookalike(name): header for name, header in evidence.headers.items()}
    assert "⻔⼾信息采用" in evidence.sheets
    assert nodes_of(scored(evidence)) == before


def test_every_radical_stands_for_a_character() -> None:
    for code in (*range(0x2F00, 0x2FD6), *range(0x2E80, 0x2EF4)):
        if code in (0x2E80, 0x2E9A):  # A repeat mark of its own; not assigned.
            continue
        (char,) = plain(chr(code))
        assert unicodedata.name(char).startswith("CJK UNIFIED IDEOGRAPH"), hex(code)


@pytest.mark.parametrize(
    ("text", "seen"), [(" \u200e已回复\u3000\ufeff", "已回复"), ("\u200b \u3164", ""), ("a\u200bb", "a\u200bb")]
)
def test_what_is_seen_of_a_text(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize("listed", ["教育局(高新区)", "教育局（高新区）", "教育局　高新区"])
@pytest.mark.parametrize("inside", ["教育局(高新区)", "教育局（高新区）", "教育局　高新区"])
def test_full_width_brackets_in_a_listed_departments_name(listed: str, inside: str, tmp_path: Path) -> None:
    """The file bears the name of the list; in the workbook brackets of either width are the same."""
    (tmp_path / "部门名单.txt").write_text(listed, encoding="utf-8")
    scheme = load_scheme(2017, departments=tmp_path / "部门名单.txt")
    assessment = assess([minimal(listed).fact("部门", inside).save(tmp_path)], scheme)
    assert bool(assessment.faults) == (plain(listed) != plain(inside))
    assert [card.department for card in assessment.scorecards] == [listed] * (not assessment.faults)


# --- hidden


def hide_sheet(book: Any) -> None:
    book["领导信箱"].sheet_state = "hidden"


def hide_empty_sheet(book: Any) -> None:
    book["安全漏洞"].sheet_state = "veryHidden"


def hide_rows(book: Any) -> None:
    for row in (2, 3, 40):
        book["领导信箱"].row_dimensions[row].hidden = True


def hide_column(book: Any) -> None:
    for letter in ("C", "D", "Z"):
        book["领导信箱"].column_dimensions[letter].hidden = True


HIDDEN: dict[Edit, list[str]] = {
    hide_sheet: ["工作表《领导信箱》是隐藏的，其中的 3 行已照常读取；请确认应当计入"],
    hide_empty_sheet: [],
    hide_rows: ["《领导信箱》第 2–3 行是隐藏的，已照常读取；请确认应当计入"],
    hide_column: [
        "《领导信箱》C 列“来信日期”是隐藏的，已照常读取；请确认应当计入",
        "《领导信箱》D 列“回复日期”是隐藏的，已照常读取；请确认应当计入",
    ],
}


@pytest.mark.parametrize("edit", HIDDEN, ids=lambda edit: edit.__name__)
def test_hidden_evidence_is_read_with_a_notice(edit: Edit, edited: Any) -> None:
    assert edited(edit) == ([], HIDDEN[edit])


# --- merged


MERGED = "：这里的单元格合并了，只有左上角一格有内容；应为：没有合并的单元格；请取消合并，并在每一行、每一列分别填写"
#: Range, and whether it hides evidence: G and H are columns that are not read, and the rows end with row 4.
MERGES = {
    "D2:D4": True,
    "C2:D2": True,
    "A2:F4": True,
    "D1:D3": True,
    "D4:E6": True,
    "G3:H4": False,
    "F1:G1": False,
    "A6:F12": False,
    "D4:D9": False,
    "F2:G2": False,
}


@pytest.mark.parametrize("area", MERGES)
def test_merged_cells(area: str, edited: Any) -> None:
    """One fault per range and none for its cells; a merge that covers only one of them hides nothing."""

    def merge(book: Any) -> None:
        sheet = book["领导信箱"]
        sheet["G1"], sheet["G2"] = "经办人", "甲"
        sheet.merge_cells(area)

    faults, _ = edited(merge)
    assert faults == ([f"{ODD}{area}{MERGED}"] if MERGES[area] else [])


def test_merged_cells_of_basic_facts(edited: Any) -> None:
    faults, _ = edited(lambda book: book["基本信息"].merge_cells("B8:B10"))
    assert faults == [f"人社局.xlsx《基本信息》B8:B10{MERGED}"]


# --- rows that are no records


HEADER = "：这一行又是表头；应为：一条记录；请删除这一行"
TOTAL = "：这一行是合计，不是记录；应为：一条记录；请删除这一行，程序会自行统计"
NOTE = "：这一行只有说明文字，不是记录；应为：一条记录；请把说明移到别的工作表，或补全这一行"
#: Cells of a row below the letters, and the fault reported for it.
ROWS: list[tuple[dict[str, Any], str]] = [
    (dict(zip("ABCDEF", HEADERS["领导信箱"], strict=True)), f"A5{HEADER}"),
    ({"B": "类型", "C": "来信日期"}, f"B5{HEADER}"),
    ({"A": "合计", "F": 3}, f"A5：“合计”{TOTAL}"),
    ({"A": "总计：", "B": 3}, f"A5：“总计：”{TOTAL}"),
    ({"C": "共3件"}, f"C5：“共3件”{TOTAL}"),
    ({"A": "小计", "C": 3, "D": 2}, f"A5：“小计”{TOTAL}"),
    ({"A": "注：以上信件由办公室提供。"}, f"A5：“注：以上信件由办公室提供。”{NOTE}"),
    ({"C": "数据截至12月31日"}, f"C5：“数据截至12月31日”{NOTE}"),
    ({"G": "合计", "A": 3}, f"A5：“合计”{TOTAL}"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "message"), ROWS, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("merged", [False, True], ids=["", "merged"])
def test_a_row_that_is_no_record(cells: dict[str, Any], message: str, merged: bool, edited: Any) -> None:
    """Exactly one fault, also where its cells are merged."""

    def write(book: Any) -> None:
        sheet = book["领导信箱"]
        for letter, value in cells.items():
            sheet[f"{letter}5"] = value
        if merged and len(cells) == 1:
            sheet.merge_cells(f"{next(iter(cells))}5:F5")

    assert edited(write)[0] == [ODD + message]


@pytest.mark.parametrize("row", [2, 4])
def test_the_header_again_between_two_records(row: int, edited: Any) -> None:
    def paste(book: Any) -> None:
        sheet = book["领导信箱"]
        sheet.insert_rows(row)
        for cell in sheet[1]:
            sheet.cell(row, cell.column, cell.value)

    assert edited(paste)[0] == [f"{ODD}A{row}{HEADER}"]


def test_records_that_look_like_totals_and_notes(scored: Score) -> None:
    """A title may say 合计, and a column's name may be a text: a complete row is a record."""
    evidence = minimal().add(
        "门户征集调查 | 标题=合计", "门户征集调查 | 标题=标题", "监测发现 | 指标=3.1.1.1 | 描述=注：以上各处均未更新",
        "安全漏洞 | 漏洞编号=合计", "网站栏目 | 栏目=合计", "网站栏目 | 栏目=栏目", "信息发布 | 栏目=合计 | 标题=标题",
    )  # fmt: skip
    evidence.fact("网站性能评分说明", "说明：按统计")
    assert scored(evidence).of("3.1.1.1")[0].row == 2


def test_an_odd_row_of_every_sheet(tmp_path: Path) -> None:
    """The header again, and a note, below the rows of each sheet: one fault each, at the row."""
    for extra, found in (("header", "这一行又是表头"), ("注：以上由办公室填报。", "这一行只有说明文字")):
        path = minimal().save(tmp_path)
        book = openpyxl.load_workbook(path)
        places = []
        for sheet in book:
            header = [cell.value for cell in sheet[1]]
            at = sheet.max_row + 1
            for column, value in enumerate(header if extra == "header" else [extra], 1):
                sheet.cell(at, column, value)
            places.append((sheet.title, f"A{at}"))
        book.save(path)
        workbook = read_workbook(path, SCHEME)
        cells = [(fault.sheet, fault.cell) for fault in workbook.faults if found in fault.found]
        assert cells == places
