"""Evidence workbooks for tests: the faultless one of the acceptance cases, with a few edits.

An edit is a line that an official can read; a row's other cells are filled in:

    领导信箱 | 类型=咨询 | 来信日期=2017-09-29 | 回复日期=2017-10-13
    门户信息采用 ×49                  this many rows
    信息发布 | 发布日期=2017-03-01..2017-03-14      a row for each day; in ``without``: the rows of these days
    基本信息 | 常见问题列表=无          sets that 项目
    核查情况 | 3.2.1=未核查            sets that leaf
    监测发现 | 无                     no row at all
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from scoring import load_scheme
from scoring.scheme import Scheme

FAULTLESS = Path(__file__).parent / "cases" / "faultless" / "人社局.xlsx"
#: The scheme that most tests are about, and its sheets.
SCHEME = load_scheme(2017)
SHEETS = SCHEME.sheets_to_fill_in
FACTS = SCHEME.facts
BY_KEY = {sheet.key: sheet for sheet in SHEETS}
FACTS_SHEET = SHEETS[0]
NAMES = BY_KEY["inspections"].column("name")
#: An exercise that follows it, in a folder of its own.
EXERCISE = str(Path(__file__).parent / "schemes" / "exercise_2018")


def exercise() -> Scheme:
    """The exercise of 2018."""
    return load_scheme(2018, EXERCISE)


#: Without the names of leaves, which only new workbooks have.
HEADERS = {sheet.name: [one.name for one in sheet.columns if one is not NAMES] for sheet in SHEETS}
Row = dict[str, Any]

_DAY = dt.date(2017, 5, 10)
DEFAULTS: dict[str, Row] = {
    "门户征集调查": {"类型": "征集", "标题": "征集第{n}项", "报送日期": _DAY, "是否采用": "是"},
    "门户栏目报送": {"栏目": "走进耒阳", "内容": "稿件{n}", "应报送日期": _DAY},
    "门户信息采用": {"发布日期": _DAY, "标题": "动态{n}"},
    "网站栏目": {"栏目": "栏目{n}", "类别": "其他", "是否空白": "否"},
    "信息发布": {"发布日期": _DAY, "栏目": "工作动态", "标题": "信息{n}", "首页显示": "否"},
    "监测时点": {"监测日期": _DAY},
    "监测发现": {"监测日期": _DAY, "描述": "问题{n}"},
    "领导信箱": {"信件编号": "信{n}", "类型": "咨询", "来信日期": _DAY, "有效": "是"},
    "网站征集调查": {"类型": "征集", "标题": "活动{n}", "开展日期": _DAY},
    "安全漏洞": {"发现日期": _DAY, "级别": "低危", "描述": "漏洞{n}"},
    "安全通报": {"通报日期": _DAY, "层级": "市", "正式书面": "否", "重大安全事件": "否", "描述": "通报{n}"},
    "通报曝光": {"日期": _DAY, "描述": "情况{n}"},
    "复核记录": {"决定": "撤销", "理由": "经复核不属实", "复核人": "复核员甲", "复核日期": dt.date(2017, 12, 30)},
}
WRITER = {
    "in_memory": True,
    "default_date_format": "yyyy-mm-dd",
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
REPLY = "您好，您反映的问题已核实，现答复如下：按规定办理。"


@dataclass
class Evidence:
    """One department's workbook: the rows of each sheet, headers and cells as they will be written."""

    department: str = "人社局"
    sheets: dict[str, list[Row]] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=lambda: copy.deepcopy(HEADERS))

    def fact(self, item: str, content: Any) -> Evidence:
        """Set one 项目 of 基本信息."""
        for row in self.sheets["基本信息"]:
            if row["项目"] == item:
                row["内容"] = content
        return self

    def inspection(self, code: str, status: str) -> Evidence:
        """Set the 状态 of one leaf."""
        for row in self.sheets["核查情况"]:
            if row["指标"] == code:
                row["状态"] = status
        return self

    def add(self, *lines: str) -> Evidence:
        """Rows in addition to those of the faultless workbook."""
        for sheet, rows in _read_lines(lines):
            self._put(sheet, rows)
        return self

    def replace(self, *lines: str) -> Evidence:
        """Rows in place of all rows of their sheets in the faultless workbook."""
        read = list(_read_lines(lines))
        for sheet in {sheet for sheet, _ in read} - {"基本信息", "核查情况"}:
            self.sheets[sheet] = []
        for sheet, rows in read:
            self._put(sheet, rows)
        return self

    def without(self, *lines: str) -> Evidence:
        """The faultless workbook without the rows that a line describes."""
        for line in lines:
            sheet, wanted = _parts(line)
            self.sheets[sheet] = [row for row in self.sheets[sheet] if not all(_fits(row, *pair) for pair in wanted)]
        return self

    def _put(self, sheet: str, rows: list[Row]) -> None:
        for row in rows:
            if sheet == "基本信息":
                for item, content in row.items():
                    self.fact(item, content)
            elif sheet == "核查情况":
                for code, status in row.items():
                    self.inspection(code, status)
            else:
                self.sheets[sheet].append(_completed(sheet, row, len(self.sheets[sheet]) + 1))

    def row_of(self, sheet: str, number: int) -> Row:
        """A row by the number that Excel gives it."""
        return self.sheets[sheet][number - 2]

    def content(self) -> bytes:
        """The workbook's bytes."""
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file, WRITER)
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in self.sheets.items():
            sheet = book.add_worksheet(name)
            header = self.headers.get(name, [])
            for number, cells in enumerate([header, *([row.get(column) for column in header] for row in rows)]):
                sheet.write_row(number, 0, cells)
                for at, cell in enumerate(cells):
                    if isinstance(cell, dt.datetime):
                        sheet.write_datetime(number, at, cell, moment)
        book.close()
        return file.getvalue()

    def save(self, folder: Path) -> Path:
        """Write it as <department>.xlsx, in a folder that is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.department}.xlsx"
        path.write_bytes(self.content())
        return path


def faultless(department: str = "人社局") -> Evidence:
    """A workbook without any loss: 100 points."""
    return Evidence(department, copy.deepcopy(_faultless_rows())).fact("部门", department)


def minimal(department: str = "人社局") -> Evidence:
    """The same, but quick to read: one publication, one item of the portal."""
    return faultless(department).replace("信息发布 ×1", "门户信息采用 ×1")


@cache
def _faultless_rows() -> dict[str, list[Row]]:
    book = openpyxl.load_workbook(FAULTLESS)
    sheets = {}
    for sheet in book:
        header, *rows = sheet.iter_rows(values_only=True)
        sheets[sheet.title] = [
            {
                name: value.date() if isinstance(value, dt.datetime) else value
                for name, value in zip(header, row, strict=True)
            }
            for row in rows
        ]
    return sheets


def _completed(sheet: str, given: Row, number: int) -> Row:
    """A row with what the line leaves out."""
    usual = DEFAULTS.get(sheet, {}).items()
    row = {key: value.format(n=number) if isinstance(value, str) else value for key, value in usual}
    row |= given
    if sheet == "监测发现":
        row = {"问题类型": load_scheme(2017).pairs["faults"].get(row["指标"], ("",))[0]} | row
    elif sheet == "领导信箱" and row.get("回复日期"):
        row.setdefault("回复内容", REPLY)
    elif sheet == "安全通报":
        row = {"处置完成日期": row["通报日期"], "书面回复日期": row["通报日期"]} | row
    return row


def _read_lines(lines: Iterable[str]) -> Iterator[tuple[str, list[Row]]]:
    for line in lines:
        name, _, times = line.partition(" | ")[0].partition(" ×")
        if line.endswith("| 无"):
            yield name, []
            continue
        rows = [{}] if "|" not in line else _every_day(dict(_parts(line)[1]))
        yield name, [dict(row) for row in rows for _ in range(int(times or 1))]


def _parts(line: str) -> tuple[str, list[tuple[str, Any]]]:
    sheet, *cells = (part.strip() for part in line.split("|"))
    pairs = (cell.split("=", 1) for cell in cells)
    return sheet.partition(" ×")[0], [(name, _value(text)) for name, text in pairs]


def _value(text: str) -> Any:
    """A cell: a day, a stretch of days, nothing, or text; a day that does not exist stays text."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(text)
    if match := re.fullmatch(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", text):
        first, last = map(dt.date.fromisoformat, match.groups())
        return [first + dt.timedelta(count) for count in range((last - first).days + 1)]
    return text.replace("\\n", "\n") or None


def _every_day(row: Row) -> list[Row]:
    stretch = next((name for name, value in row.items() if isinstance(value, list)), None)
    return [row] if stretch is None else [row | {stretch: day} for day in row[stretch]]


def _fits(row: Row, name: str, wanted: Any) -> bool:
    return row[name] in wanted if isinstance(wanted, list) else row[name] == wanted


def a_year_later(evidence: Evidence) -> Evidence:
    """The same workbook with every day a year later."""
    later = Evidence(evidence.department, copy.deepcopy(evidence.sheets)).fact("年度", "2018")
    for rows in later.sheets.values():
        for row in rows:
            for name, value in row.items():
                if isinstance(value, dt.date):
                    row[name] = value.replace(year=value.year + 1)
    return later
