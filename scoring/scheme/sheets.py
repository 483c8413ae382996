"""The sheets of an evidence workbook, their columns, and how cells are read.

``common.toml`` has those of every workbook, a scheme's ``sheets.toml`` adds its own. Reading, checking, the blank
workbook and the documentation are made from them. ``name`` is the name in the workbook (Chinese), ``key`` the name
in rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from scoring.base.points import ZERO, shown

YES, NO = "是", "否"
HAS, HAS_NOT = "有", "无"
INSPECTED, NOT_INSPECTED = "已核查", "未核查"
UPHOLD, WITHDRAW = "维持", "撤销"
TO_MEND, TOLD = "待整改", "已告知"
ACCEPT, OBJECT, ANSWERED = "认可", "申诉", "已答复"
REPORTED, MENDED, NOT_MENDED, CLOSED = "已反馈", "复查合格", "复查不合格", "销号"
FORMAL, SAMPLE = "正式", "示例"

#: Keys of the sheets that every workbook has.
FACTS, INSPECTIONS, REVIEWS = "facts", "inspections", "reviews"
#: Key of the sheet of what happens about findings: told, answered, mended.
FOLLOWUPS = "followups"
FACTS_NAME: Final = "基本信息"
#: Sheet and column that the program fills in for the reader; what stands there is not read.
FILLED_IN: Final = (INSPECTIONS, "name")
#: In ``one_of``: the codes of the scheme's leaves.
LEAVES: Final = "leaves"


class Kind(StrEnum):
    """How the value of a cell is read."""

    TEXT = "text"  # unchanged, without blanks around it
    CODE = "code"  # an identifier, also one that Excel turned into a number without loss
    DATE = "date"
    MOMENT = "moment"  # a day and a time of day
    CHOICE = "choice"
    NUMBER = "number"
    HOST = "host"  # a host name, without http:// or a path
    REFERENCE = "reference"  # an id copied out of a report, where a line may break within it
    ANY = "any"  # parsed by the row's 项目


#: Kinds whose values are days.
DAYS: Final = frozenset({Kind.DATE, Kind.MOMENT})
_EXAMPLES: Final = {Kind.DATE: "{year}-03-05", Kind.MOMENT: "{year}-03-05 09:30"}


@dataclass(frozen=True)
class Column:
    """One column of a sheet, or one 项目 of 基本信息."""

    key: str
    name: str
    kind: Kind = Kind.TEXT
    required: bool = False  # must be filled in on every row that is not empty
    choices: tuple[str, ...] = ()  # the list of a CHOICE
    not_before: str | None = None  # key of the row's date column that this date may not precede
    needs: str | None = None  # key of the row's column that must be filled in if this one is
    one_of: str | None = None  # LEAVES, or the key of a sheet whose unique column lists the words
    paired_with: str | None = None  # key of the row's column that decides which words are allowed
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # deciding word to allowed words
    least: Fraction | None = None  # bounds of a NUMBER, inclusive
    most: Fraction | None = None
    also: tuple[str, ...] = ()  # what other systems call the column, for imports
    means: Mapping[str, str] = field(default_factory=dict)  # words of other systems to words of ``choices``
    marks: str | None = None  # code of the leaf whose points this NUMBER gives, from 0 to full points
    optional: bool = False  # the column may be missing
    about: str = ""  # what belongs here, in plain Chinese
    example: str = ""  # an example; {year} and {next_year} are replaced

    def example_of(self, year: int) -> str:
        """The example, with years filled in; for a list, its first word."""
        example = self.example or _EXAMPLES.get(self.kind) or next(iter(self.choices), "")
        return example.replace("{year}", str(year)).replace("{next_year}", str(year + 1))

    @property
    def range_words(self) -> str:
        """The allowed range, in Chinese."""
        if self.most is None:
            return f"不小于 {shown(self.least or ZERO)} 的数字"
        if self.least is None:
            return f"不大于 {shown(self.most)} 的数字"
        return f"{shown(self.least)} 到 {shown(self.most)} 之间的数字"

    @property
    def expected(self) -> str:
        """The expected value, in the words of an error message."""
        words = {
            Kind.CHOICE: "、".join(self.choices) + "之一",
            Kind.DATE: "日期，如 2017-03-05（1990年至2100年）",
            Kind.MOMENT: "日期和时间，如 2017-03-05 09:30（1990年至2100年）",
            Kind.NUMBER: "数字",
            Kind.HOST: f"网站域名，如 {self.example or 'www.gov.cn'}（不含 http:// 和路径）",
        }
        return words.get(self.kind, "文字")


#: The column that sheets of faults have besides their own.
ATTACHED: Final = Column(
    "attachments",
    "附件",
    optional=True,
    about="截图等文件的名称，文件放在工作簿旁边的“部门名称.附件”文件夹中；几个文件用、隔开，没有则留空",
    example="首页截图.png、扫描报告.pdf",
)


@dataclass(frozen=True)
class Sheet:
    """One sheet."""

    key: str
    name: str
    row_is: str  # what one row is, in Chinese
    columns: tuple[Column, ...]
    dated_by: str | None = None  # key of the date column that decides if a row is in the period; None: every row counts
    unique: str | None = None  # key of the column with unique values
    optional: bool = False  # may be missing; then the leaves that use it are pending
    look_back: str = ""  # use of rows before the period, in Chinese; empty if not used
    faults: bool = False  # each row states a fault: rows may name files that show it, in one more column
    recorded: bool = False  # written by the program alone: not in the blank workbook, and no rule reads it
    order: int = 0  # position among the sheets of a workbook

    def column(self, key: str) -> Column:
        """The column of that key; KeyError when there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"{self.key} has no column {key}")

    @property
    def of_leaf(self) -> Column | None:
        """The column that says which leaf a row is about, if there is one."""
        return next((column for column in self.columns if column.one_of == LEAVES), None)

    @property
    def of_finding(self) -> bool:
        """Whether a row is about a finding, whose id it gives; its dates may lie after the cut-off."""
        return any(column.key == "finding" for column in self.columns)
