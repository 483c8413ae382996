"""A column of moments: a day and a time of day, in every form in which they come; and numbers with bounds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import libreoffice
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from evidence.small_scheme import load_small
from evidence.test_template import as_formula, validations
from evidence_builder import FAULTLESS, faultless, minimal
from export_builder import edited, save_export
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring import Scheme
from scoring.evidence import Loaded, load_evidence, suggest
from scoring.evidence.folders import read_folder
from scoring.evidence.model import as_written
from scoring.evidence.reading.cells import as_moment
from scoring.evidence.template import blank

HEADER = ["探测时间", "结果", "用时", "修复日期"]
NINE = dt.datetime(2017, 3, 5, 9, 30)  # noqa: DTZ001 - as it was noted down
FORMAT, SECONDS = "yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss"
EXPECTED = "日期和时间，如 2017-03-05 09:30（1990年至2100年）"
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Scheme:
    return load_small(tmp_path_factory.mktemp("schemes") / "small")


def typed(folder: Path, *rows: tuple[Any, ...], form: str = FORMAT, others: str = FORMAT) -> Path:
    """A workbook with these probes, their moments under a number format: that of the first, and of the others."""
    book = openpyxl.load_workbook(FAULTLESS)
    sheet = book.create_sheet("探测记录")
    sheet.append(HEADER)
    for number, row in enumerate(rows, 2):
        sheet.append([*row, *["打开", None, None][len(row) - 1 :]])
        sheet.cell(number, 1).number_format = form if number == 2 else others
    path = folder / "人社局.xlsx"
    book.save(path)
    return path


def probes(loaded: Loaded) -> pd.DataFrame:
    assert loaded.faults == {}, [str(fault) for fault in loaded.faults["人社局"]]
    return loaded.evidence.rows("probes")


def read(path: Path, scheme: Scheme) -> list[dt.datetime]:
    return [moment.to_pydatetime() for moment in probes(load_evidence([path], scheme))["at"]]


def faults(path: Path, scheme: Scheme) -> list[str]:
    return [
        str(fault).removeprefix("人社局.xlsx《探测记录》") for fault in load_evidence([path], scheme).faults["人社局"]
    ]


# --- Read as meant


@pytest.mark.parametrize(
    ("cell", "form", "moment"),
    [
        (NINE, FORMAT, NINE),
        (42799.3958333333, FORMAT, NINE),
        (42799.395833333336, 'yyyy"年"m"月"d"日" h"时"mm"分"', NINE),
        (NINE.replace(second=15), "yyyy-mm-dd hh:mm:ss", NINE.replace(second=15)),
        (42799.39600694, "[$-804]yyyy/m/d h:mm:ss;@", NINE.replace(second=15)),
        (NINE.replace(second=15), FORMAT, NINE),
        (42799.39600115741, "yyyy-mm-dd hh:mm:ss", NINE.replace(second=15)),
        (NINE, "yyyy-mm-dd", NINE.replace(hour=0, minute=0)),
        (42799, FORMAT, NINE.replace(hour=0, minute=0)),
        (dt.date(2017, 3, 5), "yyyy-mm-dd", NINE.replace(hour=0, minute=0)),
        ("2017-03-05 09:30", "General", NINE),
        ("２０１７－０３－０５　０９：３０", "@", NINE),
        ("2017/3/5 9:30", "@", NINE),
        (" 2017.3.5  9:30:00 ", "@", NINE),
        ("2017年3月5日9:30", "@", NINE),
        ("2017年3月5日 9时30分", "@", NINE),
        ("2017年3月5日9时30分15秒", "@", NINE.replace(second=15)),
        ("2017-03-05T09:30:15", "@", NINE.replace(second=15)),
        ("2017-03-05 09:30:15.250", "@", NINE.replace(second=15)),
        ("2017-03-05\u200e 09:30", "@", NINE),
        ("2017-03-05", "@", NINE.replace(hour=0, minute=0)),
        ("2017-12-31 23:59", "@", NINE.replace(month=12, day=31, hour=23, minute=59)),
    ],
)
def test_a_moment_is_read_as_its_cell_shows_it(
    cell: Any, form: str, moment: dt.datetime, small: Scheme, tmp_path: Path
) -> None:
    assert read(typed(tmp_path, (cell,), form=form), small) == [moment]


@pytest.mark.parametrize(
    ("cell", "form", "found", "meant"),
    [
        ("春天", "@", "“春天”", ""),
        ("09:30", "@", "“09:30”", ""),
        ("2017-02-29 09:30", "@", "“2017-02-29 09:30”没有这个时间", ""),
        ("2017-03-05 24:00", "@", "“2017-03-05 24:00”没有这个时间", ""),
        ("2017-03-05 09:30+08:00", "@", "“2017-03-05 09:30+08:00”", ""),
        ("2017年3月5号 9:30", "@", "“2017年3月5号 9:30”", "2017-03-05 09:30"),
        ("20170305 09:30:15", "@", "“20170305 09:30:15”", "2017-03-05 09:30:15"),
        ("3/5/2017 9:30", "@", "“3/5/2017 9:30”", ""),
        ("2017-3-5 下午3:30", "@", "“2017-3-5 下午3:30”", ""),
        (dt.time(9, 30), "hh:mm", "“09:30:00”", ""),
        (42799.5, "General", "“42799.5”是数字，不是日期和时间", "2017-03-05 12:00"),
        (42799.395, "h:mm", "“42799.395”是数字，不是日期和时间", "2017-03-05 09:28:48"),
        (NINE.replace(year=1989), FORMAT, "“1989-03-05 09:30”", ""),
        (dt.datetime(2101, 1, 1), FORMAT, "“2101-01-01”", ""),  # noqa: DTZ001
        ("2101-01-01 00:01", "@", "“2101-01-01 00:01”", ""),
        (True, "General", "“TRUE”", ""),
    ],
)
def test_what_is_no_moment_is_a_fault(
    cell: Any, form: str, found: str, meant: str, small: Scheme, tmp_path: Path
) -> None:
    guess = f"（是否要填“{meant}”）" if meant else ""
    path = typed(tmp_path, (cell,), (NINE,), form=form)
    assert faults(path, small) == [f"A2：{found}；应为：{EXPECTED}{guess}"]


def test_an_empty_moment_is_a_fault(small: Scheme, tmp_path: Path) -> None:
    assert faults(typed(tmp_path, (None,)), small) == [f"A2：“探测时间”为空；应为：必须填写{EXPECTED}"]


@pytest.mark.parametrize("day", [dt.date(1990, 1, 1), dt.date(2100, 12, 31)])
def test_first_and_last_day_of_the_range_hold_moments(day: dt.date, small: Scheme, tmp_path: Path) -> None:
    moment = dt.datetime.combine(day, dt.time(23, 59, 59))
    assert load_evidence([typed(tmp_path, (moment,))], small).faults == {}


@settings(max_examples=60, suppress_health_check=SLOW)
@given(
    moment=st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 12, 31, 23, 59, 59)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    form=st.sampled_from(
        (
            "{0:%Y-%m-%d %H:%M:%S}", "{0:%Y/%m/%d %H:%M:%S}", "{0.year}.{0.month}.{0.day} {0.hour}:{0:%M:%S}",
            "{0.year}年{0.month}月{0.day}日 {0.hour}时{0.minute}分{0.second}秒", "{0:%Y-%m-%dT%H:%M:%S}",
        )
    ),
    wide=st.booleans(),
)  # fmt: skip
def test_every_written_form_is_the_same_moment(moment: dt.datetime, form: str, wide: bool) -> None:
    text = form.format(moment)
    if wide:
        text = text.translate({ord("!") + at: ord("！") + at for at in range(94) if chr(ord("!") + at) != "T"})
    assert as_moment(text) == moment


@settings(max_examples=10, suppress_health_check=SLOW)
@given(
    moments=st.lists(
        st.datetimes(dt.datetime(2017, 1, 1), dt.datetime(2017, 12, 31, 23, 59, 59)),  # noqa: DTZ001
        min_size=1,
        max_size=40,
        unique_by=lambda moment: moment.replace(microsecond=0),
    )
)
def test_excel_and_parquet_hold_the_same_moments(
    moments: list[dt.datetime], small: Scheme, tmp_path_factory: pytest.TempPathFactory
) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    folder = tmp_path_factory.mktemp("moments")
    path = typed(folder, *((moment,) for moment in moments), form=SECONDS, others=SECONDS)
    assert read(path, small) == moments
    export = exported(folder / "export", pa.array(moments, pa.timestamp("us")))
    assert [one.to_pydatetime() for one in probes(loaded(export, small))["at"]] == moments


# --- What moments are compared with


def test_a_cut_off_day_counts_whole(small: Scheme, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(typed(tmp_path, (NINE.replace(hour=23, minute=59),), (NINE + dt.timedelta(1),)))
    book["基本信息"]["B5"] = dt.date(2017, 3, 5)
    book.save(tmp_path / "人社局.xlsx")
    evidence = load_evidence([tmp_path / "人社局.xlsx"], small).evidence
    assert list(evidence.rows("probes")["row"]) == [2]
    assert [(tally.read, tally.counted) for tally in evidence.tally("人社局") if tally.sheet == "探测记录"] == [(2, 1)]
    assert list(evidence.everything["probes"]["row"]) == [2, 3]


def test_a_day_is_not_before_a_moment_of_that_day(small: Scheme, tmp_path: Path) -> None:
    same_day = (NINE, "打不开", None, dt.date(2017, 3, 5))
    day_before = (NINE + dt.timedelta(1), "打不开", None, dt.date(2017, 3, 5))
    assert faults(typed(tmp_path, same_day, day_before), small) == [
        "D3：“2017-03-05”早于A3的探测时间“2017-03-06 09:30”；应为：不早于探测时间的日期"
    ]


def test_the_same_moment_twice(small: Scheme, tmp_path: Path) -> None:
    assert faults(typed(tmp_path, (NINE,), (NINE + dt.timedelta(0, 60),), (NINE,)), small) == [
        "A4：“2017-03-05 09:30”与A2重复；应为：每个“探测时间”只出现一次"
    ]


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2017-03-05", "2017-03-05"),
        ("2017-03-05 09:30", "2017-03-05 09:30"),
        ("2017-03-05 09:30:15", "2017-03-05 09:30:15"),
        ("2017-03-05 09:00:00", "2017-03-05 09:00"),
    ],
)
def test_a_moment_as_reports_write_it(moment: str, written: str) -> None:
    assert as_written(pd.Timestamp(moment)) == written


# --- Numbers


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (0, ""), (60.5, ""), ("２．５", ""), (None, ""), ("60.50", ""),
        (60.51, "“60.51”；应为：0 到 60.5 之间的数字"),
        (-0.01, "“-0.01”；应为：0 到 60.5 之间的数字"),
        ("2.1秒", "“2.1秒”；应为：数字（是否要填“2.1”）"),
        ("快", "“快”；应为：数字"),
    ],
)  # fmt: skip
def test_a_number_lies_within_its_bounds(cell: Any, message: str, small: Scheme, tmp_path: Path) -> None:
    path = typed(tmp_path, (NINE, "打开", cell), (NINE + dt.timedelta(1), "打开", 3))
    found = load_evidence([path], small).faults
    assert [str(fault) for fault in found.get("人社局", [])] == (
        [f"人社局.xlsx《探测记录》C2：{message}"] if message else []
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [(100, ""), (0, ""), (None, ""), (100.5, "0 到 100 之间的数字，或留空"), ("-1", "0 到 100 之间的数字，或留空")],
)
def test_a_fact_lies_within_its_bounds(content: Any, message: str, small: Scheme, tmp_path: Path) -> None:
    evidence = faultless()
    evidence.sheets["基本信息"].append({"项目": "完成比例", "内容": content})
    found = load_evidence([evidence.save(tmp_path)], small).faults
    assert [(fault.cell, fault.expected) for fault in found.get("人社局", [])] == (
        [("B19", message)] if message else []
    )


@pytest.mark.parametrize(
    ("value", "most", "meant"), [("2.1秒", None, "2.1"), ("3 次", None, "3"), ("1万", None, ""), ("50%", None, "")]
)
def test_a_number_with_its_unit(value: str, most: Any, meant: str) -> None:
    assert suggest.number(value, most) == meant


# --- Parquet


def exported(folder: Path, at: pa.Array, **columns: pa.Array) -> Path:
    evidence = minimal()
    evidence.headers["探测记录"] = HEADER
    evidence.sheets["探测记录"] = [{"探测时间": f"2017-01-01 00:{n:02}", "结果": "打开"} for n in range(len(at))]
    save_export(folder, evidence)
    edited(folder, "探测记录", 探测时间=at, **columns)
    return folder


def loaded(folder: Path, scheme: Scheme) -> Loaded:
    found = read_folder(folder, scheme)
    assert found.faults == (), [str(fault) for fault in found.faults]
    (chunk,) = found.chunks
    return chunk.load(scheme)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([NINE, None], pa.timestamp("s")),
        pa.array([NINE, None], pa.timestamp("ns")),
        pa.array([NINE.replace(microsecond=999_999), None], pa.timestamp("us")),
        pa.array(["2017-03-05 09:30", None]),
        pa.array(["2017年3月5日 9时30分", None]).dictionary_encode(),
    ],
    ids=["s", "ns", "us", "text", "coded"],
)
def test_moments_of_an_export(array: pa.Array, small: Scheme, tmp_path: Path) -> None:
    found = loaded(exported(tmp_path / "export", array), small).faults["人社局"]
    assert [(fault.cell, fault.found) for fault in found] == [("第 2 条记录“探测时间”", "“探测时间”为空")]
    folder = exported(tmp_path / "whole", array.slice(0, 1))
    assert [one.to_pydatetime() for one in probes(loaded(folder, small))["at"]] == [NINE]


@pytest.mark.parametrize("of", [pa.date32(), pa.date64()])
def test_days_of_an_export_are_their_midnights(of: pa.DataType, small: Scheme, tmp_path: Path) -> None:
    folder = exported(tmp_path / "export", pa.array([dt.date(2017, 3, 5)], of))
    assert list(probes(loaded(folder, small))["at"]) == [pd.Timestamp(2017, 3, 5)]


def test_a_moment_beyond_any_calendar_is_a_fault(small: Scheme, tmp_path: Path) -> None:
    array = pa.array([10**12, -(10**12), 1_488_706_200], pa.int64()).cast(pa.timestamp("s"))
    found = loaded(exported(tmp_path / "export", array), small).faults["人社局"]
    assert [(fault.cell, fault.expected) for fault in found] == [
        (f"第 {record} 条记录“探测时间”", EXPECTED) for record in (1, 2)
    ]


def test_parts_may_hold_moments_in_different_forms(small: Scheme, tmp_path: Path) -> None:
    folder = exported(tmp_path / "export", pa.array([NINE, NINE + dt.timedelta(1)], pa.timestamp("s")))
    table = pq.read_table(folder / "探测记录.parquet")
    (folder / "探测记录.parquet").unlink()
    (folder / "探测记录").mkdir()
    texts = pa.array(["2017-03-05 09:30", "2017-03-06 09:30:00"])
    for part, column in enumerate((table.column("探测时间"), texts)):
        own = table.set_column(table.column_names.index("探测时间"), "探测时间", column).slice(part, 1)
        pq.write_table(own, folder / "探测记录" / f"part-{part}.parquet")
    assert [one.to_pydatetime() for one in probes(loaded(folder, small))["at"]] == [NINE, NINE + dt.timedelta(1)]


def test_the_digest_holds_the_time_of_day(small: Scheme, tmp_path: Path) -> None:
    def digest(name: str, array: pa.Array) -> str:
        return loaded(exported(tmp_path / name, array), small).evidence.sources["人社局"]

    before = digest("a", pa.array([NINE], pa.timestamp("s")))
    assert digest("b", pa.array([NINE], pa.timestamp("ns"))) == before
    assert digest("c", pa.array(["2017-03-05 09:30:00"])) == before
    assert digest("d", pa.array([NINE.replace(second=1)], pa.timestamp("s"))) != before


@pytest.mark.parametrize(
    "array",
    [pa.array([2.5]), pa.array([2.5], pa.float32()), pa.array(["2.5"]), pa.array([2.5]).cast(pa.decimal128(4, 2))],
)
def test_numbers_of_an_export(array: pa.Array, small: Scheme, tmp_path: Path) -> None:
    folder = exported(tmp_path / "export", pa.array([NINE], pa.timestamp("s")), 用时=array)
    (seconds,) = probes(loaded(folder, small))["seconds"]
    assert seconds == 2.5


# --- The blank workbook


@pytest.fixture(scope="module")
def template(small: Scheme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "blank.xlsx"
    path.write_bytes(blank(small))
    return path


def test_the_blank_workbook_shows_date_and_time(template: Path, small: Scheme) -> None:
    sheet = openpyxl.load_workbook(template)["探测记录"]
    look = sheet.column_dimensions["A"]
    assert (look.number_format, look.width > len("2017-03-05 09:30")) == (FORMAT, True)
    assert "示例：2017-03-05 09:30" in sheet["A1"].comment.text
    assert EXPECTED in sheet["A1"].comment.text


def test_a_sheet_offers_only_the_leaves_that_kinds_go_with(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    (rule,) = validations(book, "监测发现", "B2")
    ((sheet, cells),) = book.defined_names[rule.formula1].destinations
    area = book[sheet][cells.replace("$", "")]
    assert (area[0][0] if isinstance(area, tuple) else area).value == "甲2"


#: Cell, what is typed there, and whether it is accepted.
TYPED = [
    ("探测记录", "A2", NINE, True),
    ("探测记录", "A3", dt.datetime(2100, 12, 31, 23, 59), True),  # noqa: DTZ001
    ("探测记录", "A4", dt.datetime(2101, 1, 1, 0, 1), False),  # noqa: DTZ001
    ("探测记录", "A5", dt.datetime(2018, 1, 1, 9, 30), False),  # noqa: DTZ001 - given twice
    ("探测记录", "A6", dt.datetime(2018, 1, 1, 9, 30), False),  # noqa: DTZ001
    ("探测记录", "A7", "三月", False),
    ("探测记录", "C2", 60.5, True),
    ("探测记录", "C3", 60.6, False),
    ("探测记录", "C4", -1, False),
    ("探测记录", "D2", dt.date(2017, 3, 5), True),
    ("探测记录", "D3", dt.date(2100, 12, 30), False),
    ("基本信息", "B7", 100, True),
]


@pytest.mark.thorough
def test_the_blank_workbook_accepts_and_refuses(template: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template)
    for sheet, cell, value, _ in TYPED:
        book[sheet][cell] = value
        (rule,) = validations(book, sheet, cell)
        book[sheet][f"{chr(ord(cell[0]) + 10)}{cell[1:]}"] = as_formula(rule, cell)
    path = tmp_path / "typed.xlsx"
    book.save(path)
    (after,) = libreoffice.recalculated([path], tmp_path / "office")
    for sheet, cell, value, accepted in TYPED:
        outcome = after[sheet][f"{chr(ord(cell[0]) + 10)}{cell[1:]}"].value
        assert (outcome is True) == accepted, (sheet, cell, value, outcome)
