"""What an evidence workbook holds: the one statement of its sheets, columns and kinds of value.

Reading, checking and the blank workbook are made from it. ``name`` is what stands in the
workbook (Chinese), ``key`` what the code calls it. Words that go together (问题类型 with 指标, 来源 with 类型) are the
scheme's: :attr:`scoring.scheme.Scheme.pairs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

#: The year that examples are of; 核查 and 复核 may lie in the year after it.
_EXAMPLE_YEAR: Final = 2017
_EXAMPLES_ARE_OF: Final = re.compile(rf"(?<!\d){_EXAMPLE_YEAR}|(?<!\d){_EXAMPLE_YEAR + 1}")


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
    optional
        The whole column may be missing from the sheet.
    about, example
        What belongs here, in plain Chinese, and one such value.
    one_of
        A list that stands elsewhere: :data:`LEAVES`, or the key of the sheet whose unique column it is.
    paired_with
        Key of the column of the same row whose word says, by the scheme's pairs, which words belong here.
    """

    key: str
    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    not_before: str | None = None
    optional: bool = False
    about: str = ""
    example: str = ""
    one_of: str | None = None
    paired_with: str | None = None

    def example_of(self, year: int) -> str:
        """The example, its days and numbers moved to the year and the one after."""
        return _EXAMPLES_ARE_OF.sub(lambda found: str(int(found[0]) + year - _EXAMPLE_YEAR), self.example)

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

#: The codes of the scheme's leaves, as a list to choose from.
LEAVES: Final = "leaves"


def _columns_of(kind: Kind, example: str = "") -> Callable[..., Column]:
    """Makes columns of a kind: key, name (with * for required), what belongs there, an example, what else there is."""

    def column(key: str, name: str, about: str, example: str = example, **more: Any) -> Column:
        return Column(key, name.rstrip("*"), kind, name.endswith("*"), about=about, example=example, **more)

    return column


_text, _code, _reference, _number = map(_columns_of, (Kind.TEXT, Kind.CODE, Kind.REFERENCE, Kind.NUMBER))
_date = _columns_of(Kind.DATE, "2017-03-05")


def _choice(key: str, name: str, *choices: str, about: str) -> Column:
    return _columns_of(Kind.CHOICE, choices[0])(key, name, about, choices=choices)


def _sheet(key: str, name: str, row_is: str, *columns: Column, **more: Any) -> Sheet:
    return Sheet(key, name, row_is, columns, **more)


#: The 项目 of 基本信息, in the order of the template. ``required`` means that 内容 may not be empty.
FACTS: Final = (
    _code("department", "部门*", "考核对象的名称，与文件名一致", "人社局"),
    _code("year", "年度*", "考核年度", "2017"),
    _choice("nature", "数据性质*", FORMAL, SAMPLE, about=f"真实考核填“{FORMAL}”；演示、培训用的虚构数据填“{SAMPLE}”"),
    _date("cut_off", "截止日期", "核查截至哪一天，应在考核年度之内；留空即 12月31日", "2017-12-31"),
    _code("domain", "网站域名*", "部门网站的域名，不含 http:// 和路径", "rsj.leiyang.gov.cn"),
    _date("integrated_on", "集约化完成日期", "网站整合上移到市本级统一平台的日期；没有完成则留空", "2017-06-20"),
    _choice("mailbox", "信箱栏目*", HAS, HAS_NOT, about="网站有没有领导（主任、局长）信箱"),
    _choice("faq", "常见问题列表*", HAS, HAS_NOT, about="网站有没有常见问题列表"),
    _date("faq_updated", "常见问题更新日期", "常见问题列表最近一次更新的日期；没有列表则留空", "2017-09-01"),
    _choice("consultation_column", "网站征集调查栏目*", HAS, HAS_NOT, about="部门网站有没有征集调查栏目"),
    _choice("office", "专门科室*", HAS, HAS_NOT, about="有没有管理网站的专门科室"),
    _choice("staff", "专人管理*", HAS, HAS_NOT, about="有没有安排专人管理网站"),
    _choice("funding", "资金保障*", HAS, HAS_NOT, about="有没有安排网站运行的资金"),
    _choice("staff_change", "管理人员变更*", "未变更", "已报备", "未报备", about="网站管理人员变更的，是否已报备"),
    _date("report_submitted", "年度运维报告提交日期", "提交本年度网站运维报告的日期；没有提交则留空", "2017-11-20"),
    _number("performance", "网站性能得分", "考核人员对 3.3.2.2 网站性能评的分；还没有评则留空", "1.8"),
    _text(
        "performance_note",
        "网站性能评分说明",
        "得分的依据，如何时、用什么方法测得；填了得分就必须填写",
        "12月3日至5日用三种网络各测10次，首页平均2.1秒打开",
    ),
)

FACTS_SHEET: Final = _sheet(
    "facts",
    "基本信息",
    "一项部门基本情况",
    _choice("item", "项目*", *(fact.name for fact in FACTS), about="已经列好，请勿增删或改名"),
    _columns_of(Kind.ANY)("content", "内容", "按左边的项目填写，各项的要求见该项目的批注", "人社局"),
    unique="item",
)

_VULNERABILITY: Final = _code(
    "number", "漏洞编号", "漏洞的统一编号；同一漏洞在各处编号应相同，再次通报由此认定", "CNVD-2017-01234"
)
_PAGE: Final = _text("url", "网址", "有关网页的地址", "http://rsj.leiyang.gov.cn/xxgk/jgjj/")
_RESULT: Final = "公布结果的日期；没有公布则留空"

#: All sheets, in the order of the template.
SHEETS: Final = (
    FACTS_SHEET,
    _sheet(
        "inspections",
        "核查情况",
        "一个末级指标的核查状态",
        _code("code", "指标*", "末级指标的编号，每个指标一行", "3.2.1", one_of=LEAVES),
        _choice(
            "status",
            "状态*",
            INSPECTED,
            NOT_INSPECTED,
            about=f"看过这个指标、该记的都记好了，填“{INSPECTED}”；“{NOT_INSPECTED}”的指标列为待评，不计分也不扣分",
        ),
        _text("inspector", "核查人", f"谁核查的，可以是小组；状态为“{INSPECTED}”时必填", "核查一组"),
        _date("inspected_on", "核查日期", f"哪一天核查的；状态为“{INSPECTED}”时必填", "2017-12-28"),
        _text("note", "备注", "需要说明的情况", "网站改版期间曾停用两天"),
        unique="code",
    ),
    _sheet(
        "portal_consultations",
        "门户征集调查",
        "一项报送市党政门户网站的征集或调查",
        _choice("kind", "类型*", "征集", "调查", about="民意征集还是网上调查"),
        _text("title", "标题*", "征集或调查的标题", "关于就业服务工作的意见征集"),
        _date("submitted", "报送日期*", "报送市党政门户网站的日期"),
        _choice("adopted", "是否采用*", YES, NO, about="门户网站是否采用"),
        _date("result_published", "结果公布日期", _RESULT, "2017-05-10", not_before="submitted"),
        dated_by="submitted",
    ),
    _sheet(
        "portal_deliveries",
        "门户栏目报送",
        "一项应向市党政门户网站栏目报送的内容",
        _choice("column", "栏目*", "走进耒阳", "投资耒阳", about="报送到门户网站的哪个栏目"),
        _text("content", "内容*", "按保障分工应报送的内容", "人力资源概况（3月更新）"),
        _date("due", "应报送日期*", "按保障分工应在哪一天以前报送", "2017-03-20"),
        _date("delivered", "实际报送日期", "实际报送的日期；没有报送则留空", "2017-03-17"),
        dated_by="due",
    ),
    _sheet(
        "portal_news",
        "门户信息采用",
        "一条被市党政门户网站采用的信息",
        _date("published", "发布日期*", "门户网站发布的日期"),
        _text("title", "标题*", "信息的标题", "市人社局举办春季专场招聘会"),
        _text("url", "网址", "信息在门户网站的地址", "http://www.leiyang.gov.cn/zwgk/bmdt/t20170305_1.html"),
        dated_by="published",
    ),
    _sheet(
        "columns",
        "网站栏目",
        "部门网站的一个栏目",
        _code("column", "栏目*", "部门网站栏目的名称，每个栏目一行", "人社动态"),
        _choice(
            "category",
            "类别*",
            *("工作动态", "通知公告", "政策文件", "文件解读", "规划计划", "人事信息", "其他"),
            about="栏目的内容属于哪一类；更新时限按类别计算",
        ),
        _choice("blank", "是否空白*", YES, NO, about="栏目里是否什么内容也没有"),
        unique="column",
    ),
    _sheet(
        "publications",
        "信息发布",
        "部门网站发布的一条信息",
        _date("published", "发布日期*", "信息发布的日期；上一年的信息也可记入，用来判断年初是否及时更新"),
        _code("column", "栏目*", "发布在哪个栏目，须先列入《网站栏目》", "人社动态", one_of="columns"),
        _text("title", "标题*", "信息的标题", "全市就业工作会议召开"),
        _choice("on_homepage", "首页显示*", YES, NO, about="信息是否显示在网站首页"),
        dated_by="published",
    ),
    _sheet(
        "checkpoints",
        "监测时点",
        "对全站监测一次的日期",
        _date("day", "监测日期*", "对全站监测的日期，每次一行；3.3.2.3 更新量按这些日期判断", "2017-06-15"),
        dated_by="day",
        unique="day",
    ),
    _sheet(
        "faults",
        "监测发现",
        "监测发现的一个问题",
        _date("day", "监测日期*", "发现问题的日期", "2017-06-15"),
        _code("code", "指标*", "问题属于哪个指标", "3.3.2.1.3"),
        _code("kind", "问题类型*", "先填指标，再从该指标的问题类型中选", "错别字", paired_with="code"),
        _text("description", "描述*", "问题是什么、在哪里，让人能够核对", "通知第二段“按时”误为“按实”"),
        _PAGE,
        dated_by="day",
    ),
    _sheet(
        "letters",
        "领导信箱",
        "一封来信",
        _code("number", "信件编号*", "信箱给来信的编号，不可重复", "RSJ-2017-0012"),
        _choice("kind", "类型*", "咨询", "投诉", "举报", "建议", about="来信的类型；回复时限按类型计算"),
        _date("received", "来信日期*", "收到来信的日期"),
        _date("replied", "回复日期", "回复的日期；没有回复则与回复内容一起留空", "2017-03-10", not_before="received"),
        _text(
            "reply",
            "回复内容",
            "回复的全文，照原文粘贴，程序据此找出“万能回复”；与回复日期同时填写或同时留空",
            "您好，失业保险金申领需携带身份证和解除劳动关系证明，到市就业服务窗口办理。",
        ),
        _choice("valid", "有效*", YES, NO, about="是否有效信件；测试信件、广告等填“否”，不参与评分"),
        dated_by="received",
        unique="number",
    ),
    _sheet(
        "site_consultations",
        "网站征集调查",
        "部门网站开展的一次征集或调查",
        _choice("kind", "类型*", "征集", "调查", about="民意征集还是网上调查"),
        _text("title", "标题*", "征集或调查的标题", "公共就业服务满意度调查"),
        _date("held", "开展日期*", "开始征集或调查的日期"),
        _date("result_published", "结果公布日期", _RESULT, "2017-05-10", not_before="held"),
        dated_by="held",
    ),
    _sheet(
        "vulnerabilities",
        "安全漏洞",
        "一个安全漏洞",
        _date("found", "发现日期*", "发现漏洞的日期"),
        _choice("level", "级别*", "高危", "中危", "低危", about="漏洞的级别"),
        _VULNERABILITY,
        _text("description", "描述*", "漏洞是什么、在哪里", "后台登录页存在弱口令"),
        dated_by="found",
    ),
    _sheet(
        "security_notices",
        "安全通报",
        "一次安全通报",
        _date("issued", "通报日期*", "通报发出的日期；应在三天内完成处置并书面回复"),
        _choice("level", "层级*", "国家", "省", "市", about="哪一级通报的"),
        _choice("written", "正式书面*", YES, NO, about="是否正式书面通报"),
        _VULNERABILITY,
        _date("resolved", "处置完成日期", "处置完成的日期；没有完成则留空", "2017-03-06", not_before="issued"),
        _date("answered", "书面回复日期", "书面回复的日期；没有回复则留空", "2017-03-07", not_before="issued"),
        _choice("major", "重大安全事件*", YES, NO, about="是否重大网站安全事件；填“是”即一票否决"),
        _text("description", "描述*", "通报了什么问题", "网站存在可被篡改的上传漏洞"),
        dated_by="issued",
    ),
    _sheet(
        "censures",
        "通报曝光",
        "一次通报或曝光",
        _date("day", "日期*", "通报或曝光的日期"),
        _choice("kind", "类型*", "通报", "曝光", about="通报还是曝光"),
        _code(
            "source", "来源*", "谁通报、在哪里曝光；先填类型，再从该类型的来源中选", "市电子政务办", paired_with="kind"
        ),
        _text("description", "描述*", "为什么被通报或曝光", "第一季度网站普查：三个栏目长期未更新"),
        dated_by="day",
    ),
    _sheet(
        "reviews",
        "复核记录",
        "对一项发现的复核决定",
        _reference(
            "finding",
            "发现编号*",
            "评分报告或复核笔记本所列的发现编号，照抄；每项发现只决定一次",
            "3.2.1-咨询类逾期回复-RSJ-2017-0012",
        ),
        _choice("decision", "决定*", UPHOLD, WITHDRAW, about=f"“{WITHDRAW}”的发现不再计分，但仍列在报告中"),
        _text("reason", "理由*", "维持或撤销的理由", "经复核，该信已在期限内回复，原记录的日期有误"),
        _text("reviewer", "复核人*", "谁复核的，不得只是该指标的核查人", "复核一组"),
        _date("reviewed_on", "复核日期*", "哪一天复核的，不早于该指标的核查日期", "2018-01-08"),
        _reference(
            "basis",
            "佐证摘要",
            "由程序填写，请勿改动；手工登记复核时留空。佐证在决定之后改动的，程序由此发现，该决定失效",
            "sha256:0123456789abcdef",
            optional=True,
        ),
        unique="finding",
        optional=True,
    ),
)

BY_KEY: Final = {sheet.key: sheet for sheet in SHEETS}
