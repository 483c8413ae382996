"""What an evidence workbook holds: the one statement of its sheets, columns and kinds of value.

Reading and checking are made from it. ``name`` is what stands in the
workbook (Chinese), ``key`` what the code calls it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How the value of a cell is read."""

    TEXT = "text"  # kept as it stands, blanks around it aside
    CODE = "code"  # an identifier: also where Excel made a lossless number of it
    DATE = "date"
    CHOICE = "choice"
    NUMBER = "number"
    REFERENCE = "reference"  # an id copied out of a report, where a line may break within it
    ANY = "any"  # read by what the row is about


@dataclass(frozen=True)
class Column:
    """One column of a sheet, or one 项目 of 基本信息.

    Attributes
    ----------
    key, name
        The code's and the workbook's word for it.
    required
        It must be filled in on every row that is not wholly empty.
    choices
        The list that a ``CHOICE`` is taken from.
    not_before
        Key of the date column of the same row that this date may not precede.
    """

    key: str
    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    not_before: str | None = None

    @property
    def expected(self) -> str:
        """What belongs here, in the words of an error message."""
        match self.kind:
            case Kind.CHOICE:
                return "、".join(self.choices) + "之一"
            case Kind.DATE:
                return "日期，如 2017-03-05（1990年至2100年）"
            case Kind.NUMBER:
                return "数字"
            case _:
                return "文字"


@dataclass(frozen=True)
class Sheet:
    """One sheet: what a row is, its columns, the date that places a row in the period, the key of a row."""

    key: str
    name: str
    row_is: str
    columns: tuple[Column, ...]
    dated_by: str | None = None
    unique: str | None = None
    optional: bool = False

    def column(self, key: str) -> Column:
        """The column of that key; KeyError when there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"{self.key} has no column {key}")


YES, NO = "是", "否"
HAS, HAS_NOT = "有", "无"
INSPECTED, NOT_INSPECTED = "已核查", "未核查"
UPHOLD, WITHDRAW = "维持", "撤销"
FORMAL, SAMPLE = "正式", "示例"


def _text(key: str, name: str, *, required: bool = False) -> Column:
    return Column(key, name, Kind.TEXT, required)


def _code(key: str, name: str, *, required: bool = False) -> Column:
    return Column(key, name, Kind.CODE, required)


def _date(key: str, name: str, *, required: bool = False, not_before: str | None = None) -> Column:
    return Column(key, name, Kind.DATE, required, not_before=not_before)


def _choice(key: str, name: str, *choices: str, required: bool = True) -> Column:
    return Column(key, name, Kind.CHOICE, required, choices)


#: The 项目 of 基本信息, in the order of the template. ``required`` means that 内容 may not be empty.
FACTS: Final = (
    _code("department", "部门", required=True),
    _code("year", "年度", required=True),
    _choice("nature", "数据性质", FORMAL, SAMPLE),
    _date("cut_off", "截止日期"),
    _code("domain", "网站域名", required=True),
    _date("integrated_on", "集约化完成日期"),
    _choice("mailbox", "信箱栏目", HAS, HAS_NOT),
    _choice("faq", "常见问题列表", HAS, HAS_NOT),
    _date("faq_updated", "常见问题更新日期"),
    _choice("consultation_column", "网站征集调查栏目", HAS, HAS_NOT),
    _choice("office", "专门科室", HAS, HAS_NOT),
    _choice("staff", "专人管理", HAS, HAS_NOT),
    _choice("funding", "资金保障", HAS, HAS_NOT),
    _choice("staff_change", "管理人员变更", "未变更", "已报备", "未报备"),
    _date("report_submitted", "年度运维报告提交日期"),
    Column("performance", "网站性能得分", Kind.NUMBER),
    _text("performance_note", "网站性能评分说明"),
)

FACTS_SHEET: Final = Sheet(
    "facts",
    "基本信息",
    "一项部门基本情况",
    (_choice("item", "项目", *(fact.name for fact in FACTS)), Column("content", "内容", Kind.ANY)),
    unique="item",
)

#: All sheets, in the order of the template.
SHEETS: Final = (
    FACTS_SHEET,
    Sheet(
        "inspections",
        "核查情况",
        "一个末级指标的核查状态",
        (
            _code("code", "指标", required=True),
            _choice("status", "状态", INSPECTED, NOT_INSPECTED),
            _text("inspector", "核查人"),
            _date("inspected_on", "核查日期"),
            _text("note", "备注"),
        ),
        unique="code",
    ),
    Sheet(
        "portal_consultations",
        "门户征集调查",
        "一项报送市党政门户网站的征集或调查",
        (
            _choice("kind", "类型", "征集", "调查"),
            _text("title", "标题", required=True),
            _date("submitted", "报送日期", required=True),
            _choice("adopted", "是否采用", YES, NO),
            _date("result_published", "结果公布日期", not_before="submitted"),
        ),
        dated_by="submitted",
    ),
    Sheet(
        "portal_deliveries",
        "门户栏目报送",
        "一项应向市党政门户网站栏目报送的内容",
        (
            _choice("column", "栏目", "走进耒阳", "投资耒阳"),
            _text("content", "内容", required=True),
            _date("due", "应报送日期", required=True),
            _date("delivered", "实际报送日期"),
        ),
        dated_by="due",
    ),
    Sheet(
        "portal_news",
        "门户信息采用",
        "一条被市党政门户网站采用的信息",
        (_date("published", "发布日期", required=True), _text("title", "标题", required=True), _text("url", "网址")),
        dated_by="published",
    ),
    Sheet(
        "columns",
        "网站栏目",
        "部门网站的一个栏目",
        (
            _code("column", "栏目", required=True),
            _choice("category", "类别", "工作动态", "通知公告", "政策文件", "文件解读", "规划计划", "人事信息", "其他"),
            _choice("blank", "是否空白", YES, NO),
        ),
        unique="column",
    ),
    Sheet(
        "publications",
        "信息发布",
        "部门网站发布的一条信息",
        (
            _date("published", "发布日期", required=True),
            _code("column", "栏目", required=True),
            _text("title", "标题", required=True),
            _choice("on_homepage", "首页显示", YES, NO),
        ),
        dated_by="published",
    ),
    Sheet(
        "checkpoints",
        "监测时点",
        "对全站监测一次的日期",
        (_date("day", "监测日期", required=True),),
        dated_by="day",
        unique="day",
    ),
    Sheet(
        "faults",
        "监测发现",
        "监测发现的一个问题",
        (
            _date("day", "监测日期", required=True),
            _code("code", "指标", required=True),
            _text("kind", "问题类型", required=True),
            _text("description", "描述", required=True),
            _text("url", "网址"),
        ),
        dated_by="day",
    ),
    Sheet(
        "letters",
        "领导信箱",
        "一封来信",
        (
            _code("number", "信件编号", required=True),
            _choice("kind", "类型", "咨询", "投诉", "举报", "建议"),
            _date("received", "来信日期", required=True),
            _date("replied", "回复日期", not_before="received"),
            _text("reply", "回复内容"),
            _choice("valid", "有效", YES, NO),
        ),
        dated_by="received",
        unique="number",
    ),
    Sheet(
        "site_consultations",
        "网站征集调查",
        "部门网站开展的一次征集或调查",
        (
            _choice("kind", "类型", "征集", "调查"),
            _text("title", "标题", required=True),
            _date("held", "开展日期", required=True),
            _date("result_published", "结果公布日期", not_before="held"),
        ),
        dated_by="held",
    ),
    Sheet(
        "vulnerabilities",
        "安全漏洞",
        "一个安全漏洞",
        (
            _date("found", "发现日期", required=True),
            _choice("level", "级别", "高危", "中危", "低危"),
            _code("number", "漏洞编号"),
            _text("description", "描述", required=True),
        ),
        dated_by="found",
    ),
    Sheet(
        "security_notices",
        "安全通报",
        "一次安全通报",
        (
            _date("issued", "通报日期", required=True),
            _choice("level", "层级", "国家", "省", "市"),
            _choice("written", "正式书面", YES, NO),
            _code("number", "漏洞编号"),
            _date("resolved", "处置完成日期", not_before="issued"),
            _date("answered", "书面回复日期", not_before="issued"),
            _choice("major", "重大安全事件", YES, NO),
            _text("description", "描述", required=True),
        ),
        dated_by="issued",
    ),
    Sheet(
        "censures",
        "通报曝光",
        "一次通报或曝光",
        (
            _date("day", "日期", required=True),
            _choice("kind", "类型", "通报", "曝光"),
            _text("source", "来源", required=True),
            _text("description", "描述", required=True),
        ),
        dated_by="day",
    ),
    Sheet(
        "reviews",
        "复核记录",
        "对一项发现的复核决定",
        (
            Column("finding", "发现编号", Kind.REFERENCE, required=True),
            _choice("decision", "决定", UPHOLD, WITHDRAW),
            _text("reason", "理由", required=True),
            _text("reviewer", "复核人", required=True),
            _date("reviewed_on", "复核日期", required=True),
        ),
        unique="finding",
        optional=True,
    ),
)

BY_KEY: Final = {sheet.key: sheet for sheet in SHEETS}

#: Bounds of 网站性能得分, in points.
PERFORMANCE_MARKS: Final = (0, 2)

#: 监测发现: which 问题类型 belongs to which 指标. 通报曝光: which 来源 to which 类型.
PAIRS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "faults": {
        "3.1.1.1": ("未及时更新",),
        "3.1.1.2": ("未及时更新",),
        "3.1.1.3": ("未及时更新",),
        "3.2.2": ("未能提交信息",),
        "3.3.2.1.1": ("打不开",),
        "3.3.2.1.2": ("打不开",),
        "3.3.2.1.3": ("错别字", "虚假内容", "伪造内容", "暴力内容", "色情内容"),
        "3.3.2.3": ("发布不准确",),
        "3.3.4.1": ("未落实",),
    },
    "censures": {
        "通报": ("国办", "省政府办公厅", "市电子政务办"),
        "曝光": ("中国政府网", "省政府门户网站", "市党政门户网站"),
    },
}
