"""Exports of other systems become rows of a part; nothing is half understood, doubled or lost."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from calling import Output, Run
from evidence_builder import SCHEME
from hypothesis import given
from hypothesis import strategies as st

from scoring.evidence import files
from scoring.evidence.files import COMPARISONS
from scoring.evidence.importing.matching import Words
from scoring.evidence.importing.merging import merged
from scoring.evidence.reading.read import read_workbook
from scoring.evidence.saving import replace
from scoring.evidence.template import part

#: Exported by LibreOffice: 信件 has a title, numbers shown as RSJ-007, moments, days, ticks; 差错 an error and a 50%.
XLS = Path(__file__).parents[1] / "data" / "letters.xls"
HEADER = "编号,信件类别,来信时间（必填）,回复时间,答复内容,是否有效,手机号"
LETTERS = (
    "L-1,咨询类,2017/3/5 9:30:00,2017-03-09 10:00,您好，已办理。,Y,139",
    "L-2,投诉,2017年3月6日,,,有效,",
    'L-3,建议,2017-03-07 23:59:59.0,2017-03-10,"=1+1,\n+您好",0,',
)
ROWS = [
    ("L-1", "咨询", dt.date(2017, 3, 5), dt.date(2017, 3, 9), "您好，已办理。", "是"),
    ("L-2", "投诉", dt.date(2017, 3, 6), None, None, "是"),
    ("L-3", "建议", dt.date(2017, 3, 7), dt.date(2017, 3, 10), "=1+1,\n+您好", "否"),
]
Import = Callable[..., Output]


@pytest.fixture
def imported(run: Run, tmp_path: Path) -> Import:
    """Import a file, or lines of text as one, into 人社局.信箱.xlsx."""

    def call(given: Path | Sequence[str], sheet: str = "领导信箱", *more: object, encoding: str = "utf-8") -> Output:
        path = given if isinstance(given, Path) else tmp_path / "导出.csv"
        if not isinstance(given, Path):
            path.write_bytes("\n".join(given).encode(encoding))
        options = ("--department", "人社局", "--sheet", sheet, "--part", "信箱", "--out", tmp_path / "raw")
        return run("import", path, *options, *more)

    return call


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "2017" / "人社局.信箱.xlsx"


def rows(path: Path, key: str = "letters") -> list[tuple[Any, ...]]:
    """The rows of a sheet of a part, as the reader of workbooks reads them."""
    table = read_workbook(path, SCHEME).tables[key]
    return list(table.drop(columns="row").itertuples(index=False, name=None))


def fill_in(path: Path, old: str, new: str) -> None:
    """Complete 导入对照.toml by hand."""
    text = (path.parent / COMPARISONS).read_text(encoding="utf-8")
    assert old in text
    (path.parent / COMPARISONS).write_text(text.replace(old, new, 1), encoding="utf-8")


# --- What is read


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", ","), ("gb18030 BOM", "\t"), ("utf-16", "\t"),
        ("utf-16-be BOM", ","),
    ],
)  # fmt: skip
def test_a_text_in_any_usual_encoding_read_twice(imported: Import, target: Path, encoding: str, separator: str) -> None:
    codec, _, bom = encoding.partition(" ")
    lines = ["人社局局长信箱", "", *(line.replace(",", separator) for line in (HEADER, *LETTERS[:2]))]
    lines[0] = "\ufeff" * bool(bom) + lines[0]
    first = imported(lines, encoding=codec)
    assert (first.code, first.err) == (0, "")
    assert "第 3 行是表头" in first.out
    assert "来信时间（必填） → 来信日期" in first.out
    assert "未使用的列：手机号" in first.out
    assert "读到 2 行：新增 2 行，已有 0 行，改动 0 格" in first.out
    assert rows(target) == ROWS[:2]
    before = target.read_bytes()
    again = imported(lines, encoding=codec)
    assert again.code == 0
    assert "新增 0 行，已有 2 行" in again.out
    assert "没有新的内容" in again.out
    assert target.read_bytes() == before
    assert not (target.parent / files.HISTORY).exists()


def test_a_longer_file_adds_rows_and_updates_cells(imported: Import, target: Path) -> None:
    imported([HEADER, *LETTERS[:2]])
    book = openpyxl.load_workbook(target)
    book["领导信箱"]["F2"] = "否"  # Corrected by hand in a column that the next file does not have.
    book["领导信箱"]["D2"], book["领导信箱"]["E2"] = None, None
    book.save(target)
    fixed = '["人社局.信箱"."领导信箱"."固定值"]\n"有效" = "是"'
    fill_in(target, '"有效" = "是否有效"', f'"有效" = ""\n{fixed}')
    longer = [line.rsplit(",", 2)[0] for line in (HEADER, *LETTERS)]
    longer[2] = "L-2,投诉,2017-03-06,2017-03-20,已答复"
    found = imported(longer)
    assert "读到 3 行：新增 1 行，已有 2 行，改动 4 格" in found.out
    assert "  L-2 回复日期：（空） → 2017-03-20" in found.out
    assert "历史版本" in found.out
    expected = [(*ROWS[0][:5], "否"), (*ROWS[1][:3], dt.date(2017, 3, 20), "已答复", "是"), (*ROWS[2][:5], "是")]
    assert rows(target) == expected
    shorter = imported([longer[0], "L-2,投诉,2017-03-06,,"])
    assert "文件中是空的、原来已有内容的 2 格，没有改动" in shorter.out
    assert rows(target) == expected


@pytest.mark.parametrize("suffix", [".xls", ".et", ".csv"])
def test_an_xls_whatever_it_is_called_is_read_as_it_looks(
    imported: Import, target: Path, tmp_path: Path, suffix: str
) -> None:
    path = Path(shutil.copy(XLS, tmp_path / f"信箱{suffix}"))
    for news in ("新增 3 行", "新增 0 行"):
        found = imported(path)
        assert "工作表《信件》第 3 行是表头" in found.out
        assert news in found.out
    assert rows(target) == [
        ("RSJ-007", "咨询", dt.date(2017, 3, 5), dt.date(2017, 3, 9), "您好，已办理。", "是"),
        ("RSJ-008", "投诉", dt.date(2017, 3, 6), None, None, "是"),
        ("RSJ-009", "建议", dt.date(2017, 3, 7), dt.date(2017, 3, 10), "=您好", "否"),
    ]


def test_an_xlsx_with_two_sheets_that_fit_needs_a_choice_once(imported: Import, target: Path, tmp_path: Path) -> None:
    path = tmp_path / "导出.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name in ("三月", "四月"):
            book.add_worksheet(name).write_row(0, 0, ["编号", "类别", "来信时间", "有效性"])
            book.worksheets()[-1].write_row(
                1, 0, [f"{name}1", "咨询", dt.datetime.fromisoformat("2017-04-05 09:30"), True]
            )
    assert "工作表 “三月”、“四月” 都可能是要导入的；请用 --from" in imported(path).err
    assert not target.parent.exists()
    assert imported(path, "领导信箱", "--from", "四月").code == 0
    assert "已有 1 行" in imported(path).out  # Noted down.
    assert rows(target) == [("四月1", "咨询", dt.date(2017, 4, 5), None, None, "是")]
    assert "没有工作表“五月”；现有 “三月”、“四月”" in imported(path, "领导信箱", "--from", "五月").err


def test_rows_of_a_sheet_without_a_key_are_known_as_often_as_they_occur(imported: Import, target: Path) -> None:
    header, row = "发布时间,所属栏目,文章标题,首页", "2017-03-05 10:00,人社动态,招聘会,√"
    imported([header, row, row], "信息发布")
    assert "新增 1 行，已有 2 行" in imported([header, row, row, row], "信息发布").out
    assert "没有新的内容" in imported([header, row], "信息发布").out
    assert rows(target, "publications") == [(dt.date(2017, 3, 5), "人社动态", "招聘会", "是")] * 3
    imported([HEADER, LETTERS[0]])  # Another sheet of the same part.
    assert (rows(target), len(rows(target, "publications"))) == (ROWS[:1], 3)


def test_ten_thousand_rows_take_seconds(imported: Import, target: Path) -> None:
    lines = [HEADER, *(LETTERS[0].replace("L-1", f"L-{number}") for number in range(12_000))]
    began = time.monotonic()
    assert imported(lines).code == 0
    assert time.monotonic() - began < 30
    assert len(rows(target)) == 12_000


# --- Completed by hand


def test_columns_and_words_that_are_not_known_are_asked_for_and_then_remembered(imported: Import, target: Path) -> None:
    lines = ["信号,类别,收信时间,状态", "1,信访,2017-03-05,办结", "2,信访,2017-03-06,办结", "合计,,,", ",,,导出人"]
    asked = imported(lines)
    assert (asked.code, target.exists()) == (1, False)
    for words in (
        '在 ["人社局.信箱"."领导信箱"."列"] 中填 "信件编号" = "文件中的列名"',
        '在 ["人社局.信箱"."领导信箱"."固定值"] 中填 "有效" = "是"（是、否之一）',
        "文件中还没有用到的列：信号、状态",
        "“类型”中的“信访”（2 行）不知是什么意思",
        '在 ["人社局.信箱"."领导信箱"."字词"."类型"] 中填 "信访" = "…"',
    ):
        assert words in asked.err
    fill_in(target, '"信件编号" = "" #', '"信件编号" = "信号" # 我填的')
    fill_in(target, '"有效" = "" # 每', '"有效" = "是" # 每')
    fill_in(target, '"信访" = ""', '"信访" = "投诉"')
    refused = imported(lines)
    assert (refused.code, target.exists()) == (1, False)
    assert "第 4 行“类别”：“类型”为空" in refused.err
    del lines[3]
    assert "没有读取的行：第 4 行" in imported(lines).out
    assert [(row[0], row[1], row[5]) for row in rows(target)] == [("1", "投诉", "是"), ("2", "投诉", "是")]
    assert "# 我填的" in (target.parent / COMPARISONS).read_text(encoding="utf-8")


def test_a_header_that_changed_is_refused(imported: Import, target: Path) -> None:
    imported([HEADER, LETTERS[0]])
    before = target.read_bytes(), (target.parent / COMPARISONS).read_bytes()
    found = imported([HEADER.replace("信件类别", "诉求"), *LETTERS])
    assert found.code == 1
    assert "表头变了：缺少 导入对照.toml 所记的列 “信件类别”（类型）；文件现有的列：编号、诉求、来信时间" in found.err
    assert (target.read_bytes(), (target.parent / COMPARISONS).read_bytes()) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[甲", "第 1 行"),
        ("甲 = 1", "不合 TOML"),
        ('["人社局.信箱"."领导信箱"."列"]\n"来信" = "x"', "没有列“来信”；是否要用“来信日期”"),
        ('["人社局.信箱"."领导信箱"."列"]\n"类型" = 1', "“类型”应为加引号的文字"),
        ('["人社局.信箱"]\n"领导信箱" = 1', "“领导信箱”应为一节"),
        ('["人社局.信箱"."领导信箱"]\n"栏" = 1', "不认识“栏”"),
        ('["人社局.信箱"."领导信箱"."固定值"]\n"有效" = "对的"', "“有效”是“对的”；应为：是、否之一"),
    ],
)
def test_mistakes_in_the_comparison_are_named(imported: Import, target: Path, text: str, message: str) -> None:
    target.parent.mkdir(parents=True)
    (target.parent / COMPARISONS).write_text(text, encoding="utf-8")
    found = imported([HEADER, LETTERS[0]])
    assert (found.code, target.exists()) == (1, False)
    assert message in found.err
    (target.parent / COMPARISONS).write_bytes(text.encode("utf-16"))
    assert "不是 UTF-8 编码；请另存为 UTF-8" in imported([HEADER, LETTERS[0]]).err


# --- Refused whole


def test_all_that_does_not_fit_is_listed_by_row_and_nothing_is_written(imported: Import, target: Path) -> None:
    found = imported(
        [
            HEADER.removesuffix(",手机号"),
            "L-1,咨询,2017-03-35,,,是",
            "L-1,咨询,2017-03-05,2017-03-01,好,是",
            "L-3,,2017-03-05,2017-03-06,,是",
            "L-4,咨询,3月5日,,,是,多,一格",
            "#N/A,咨询,2017-03-05,,,是",
            "2.01703E+11,咨询,2017-03-05,,,是",
            f"L-7,咨询,2017-03-05,2017-03-06,{'长' * 32_768},是",
        ]
    )
    assert found.code == 1
    listed = found.err.splitlines()
    assert listed[0] == "错误：没有导入：导出.csv 有 10 处差错，行号是文件中的行号："
    for line, words in zip(
        listed[1:],
        [
            "第 2 行“来信时间（必填）”：“2017-03-35”没有这一天；应为：日期",
            "第 3 行“编号”：“L-1”与A2重复",
            "第 3 行“回复时间”：“2017-03-01”早于C3的来信日期“2017-03-05”",
            "第 4 行“信件类别”：“类型”为空；应为：必须填写咨询",
            "第 4 行“答复内容”：“回复内容”为空，而D4已填写",
            "第 5 行“来信时间（必填）”：“3月5日”；应为：日期",
            "第 5 行第 7 列：表头没有这一列；多半是内容里的分隔符没有加引号",
            "第 6 行“编号”：“#N/A”没有可以读取的值",
            "第 7 行“编号”：“2.01703E+11”是 Excel 的科学计数",
            "第 8 行“答复内容”：有 32768 个字，一个单元格最多 32767 个",
        ],
        strict=True,
    ):
        assert words in line
    assert not target.parent.exists()


def test_cells_of_an_xls_that_show_no_value_or_another_are_refused(imported: Import, target: Path) -> None:
    found = imported(XLS, "领导信箱", "--from", "差错")
    assert (found.code, target.parent.exists()) == (1, False)
    for words in ("第 2 行“编号”：“#N/A”", "存储的数值 0.5 不同", "第 3 行“来信日期”：“42799”是数字，不是日期"):
        assert words in found.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "是空的"),
        (b"\xef\xbb\xbf\n\n", "是空的"),
        (bytes(range(128, 256)) * 9, "既不是工作簿，也不是 UTF-8、GB18030 或 UTF-16 编码的文本表格"),
        ("编号,类型\n1\0,2".encode(), "第 2 行有不是文字的字符（U+0000）"),
        ("编号,类型".encode("utf-16-le"), "不是"),
        (b"<html><table>", "内容是网页或 XML"),
        ("一段话。\n又一段。".encode(), "找不到表头，不像是表格"),
        ('编号,类型\n"1,2'.encode(), "第 2 行的引号不成对"),
        ('"编号,类型'.encode(), "第 1 行的引号不成对"),
        ('编号,类型\n1,"2"3\n4,a\tb'.encode(), "第 2 行的引号不成对"),
        (b"PK\x03\x04" + b"0" * 100, "不是 .xlsx 工作簿，或已损坏"),
        (XLS.read_bytes()[:3000], "不是表格文件，或已损坏"),
        (XLS.read_bytes().replace(b"\xe1\x00\x02\x00", b"\x2f\x00\x02\x00", 1), "设有打开密码"),
        (XLS.read_bytes()[:512] + "EncryptedPackage".encode("utf-16-le"), "设有打开密码"),
        ("编号,类型,来信日期,有效,编号\n1,咨询,2017-03-05,是,2".encode(), "“编号”有 2 列（第 1、5 列）"),
    ],
)
def test_files_that_are_no_table_are_refused(
    imported: Import, target: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "导出.csv"
    path.write_bytes(content)
    found = imported(path)
    assert found.code == 1
    assert message in found.err
    assert not target.parent.exists()


def test_what_another_hand_added_to_the_part_is_not_lost(imported: Import, target: Path) -> None:
    imported([HEADER, LETTERS[0]])
    book = openpyxl.load_workbook(target)
    book["领导信箱"]["H1"] = "我的备注"
    book["基本信息"].append(["数据性质", "正式"])
    book.create_sheet("草稿")
    book.save(target)
    before = target.read_bytes()
    found = imported([HEADER, *LETTERS])
    assert found.code == 1
    for words in ("不能保留的内容", "《领导信箱》的列“我的备注”", "工作表《草稿》", "数据性质 正式"):
        assert words in found.err
    assert target.read_bytes() == before
    (target.parent / f"~${target.name}").touch()
    target.write_bytes(part(SCHEME, "人社局", ["letters"]))
    assert "正在 Excel、WPS 或 LibreOffice 中打开" in imported([HEADER, *LETTERS]).err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--department", "人社", "考核对象中没有“人社”；是否要用“人社局”"),
        ("--sheet", "领导邮箱", "没有工作表“领导邮箱”；是否要用“领导信箱”"),
        ("--sheet", "复核记录", "没有工作表“复核记录”"),
        ("--part", "案卷", "“案卷”另有用处"),
        ("--part", "a/b", "不能用；应为"),
        ("--part", "信.箱", "不能用；应为"),
    ],
)
def test_wrong_usage(imported: Import, target: Path, option: str, value: str, message: str) -> None:
    found = imported([HEADER, LETTERS[0]], "领导信箱", option, value)
    assert (found.code, target.parent.exists()) == (2, False)
    assert message in found.err


# --- A part


def test_a_part_is_laid_down_with_the_sheets_asked_for(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    made = run(
        "new", "人社局", "--part", "李组", "--sheets", "信息发布、领导信箱", "--sheets", "核查情况", "--out", "raw"
    )
    path = tmp_path / "raw" / "2017" / "人社局.李组.xlsx"
    assert f"已生成 {path}；" in made.out
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["填写说明", "基本信息", "核查情况", "信息发布", "领导信箱"]
    assert list(book["基本信息"].values) == [("项目", "内容"), ("部门", "人社局"), ("年度", "2017")]
    assert book["核查情况"].max_row == 1
    restricted = {str(rule.sqref).split(":")[0] for rule in book["信息发布"].data_validations.dataValidation}
    assert restricted == {"A2", "D2"}  # 栏目 is chosen from a sheet that is not here.
    assert "网站栏目清单" not in book.defined_names
    assert run("new", "人社局", "--part", "李组", "--sheets", "领导信箱", "--out", "raw").code == 1
    assert "是否要用“领导信箱”" in run("new", "人社局", "--part", "甲", "--sheets", "领导信件").err
    assert "应同时使用" in run("new", "人社局", "--part", "甲").err


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip)


@given(
    st.lists(
        st.one_of(TEXT, TEXT.map(lambda text: f"<r>{text}</r>"), st.sampled_from(["=1", "+1", "@a", "_x0041_", "'1"]))
    )
)
def test_texts_of_a_part_are_read_as_they_were_given(tmp_path_factory: Any, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("甲") / "人社局.甲.xlsx"
    given_rows = [{"title": "甲", "content": text, "due": dt.date(2017, 1, 2)} for text in texts]
    content = part(SCHEME, "人社局", ["portal_deliveries"], {"portal_deliveries": given_rows})
    assert content == part(SCHEME, "人社局", ["portal_deliveries"], {"portal_deliveries": given_rows})
    replace(path, content, "")
    read = rows(path, "portal_deliveries")
    seen = [text for text in (row[1] for row in read) if text]
    assert [text.split() for text in seen] == [text.split() for text in texts if text.split()]
    assert {row[2] for row in read} <= {dt.date(2017, 1, 2)}


def test_words_of_every_list_mean_one_thing() -> None:
    kind = SCHEME.sheet("letters").column("valid")
    words = Words(kind, {"测试": "否", "未定": ""})
    assert [words.read(text) for text in ("ｙ", 1.0, True, "无效", "测试", "未定", None)] == [
        "是", "是", "是", "否", "否", "未定", None,
    ]  # fmt: skip
    assert words.unknown == {"未定": 1}


def test_a_constant_never_overwrites() -> None:
    old = [dict(zip(("number", "valid"), ("1", "否"), strict=True))]
    sheet = SCHEME.sheet("letters")
    empty = {column.key: None for column in sheet.columns}
    found = merged([empty | old[0]], [empty | {"number": "1", "valid": "是"}], sheet, {"number"})
    assert (found.rows[0]["valid"], found.known, found.changes) == ("否", 1, [])
