"""The scheme of 2017 as data, what loading a scheme checks, and which scheme a year is assessed by."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_builder import BY_KEY
from scheme_copies import Change, copy_of, refusal

from scoring import Scheme, load_scheme
from scoring.cli.options import scheme_of, year_of
from scoring.scheme import SchemeError, known_schemes, load

RULEBOOK = {
    "1.1": 10, "2.1": 10, "2.2": 10, "2.3": 10, "2.4": 10,
    "3.1.1.1": 2, "3.1.1.2": 2, "3.1.1.3": 2, "3.1.2": 4, "3.1.3.1": 1, "3.1.3.2": 1, "3.1.4": 2, "3.1.5": 2,
    "3.2.1": 5, "3.2.2": 3,
    "3.3.1": 2, "3.3.2.1.1": 1, "3.3.2.1.2": 1, "3.3.2.1.3": 1, "3.3.2.2": 2, "3.3.2.3": 3,
    "3.3.3.1": 1, "3.3.3.2": 1, "3.3.3.3": 2, "3.3.4.1": 2, "3.3.4.2": 2,
    "3.4.1": 5, "3.4.2": 5,
}  # fmt: skip
DEPARTMENTS = "市经济开发区办公室、人社局、教育局、住建局、规划局、国土资源局、卫计局、统计局、林业局"


# --- The scheme of 2017 ---------------------------------------------------------------------------------------------


def test_leaves_points_and_departments_are_the_rulebooks(scheme: Scheme) -> None:
    assert {leaf.code: leaf.points for leaf in scheme.leaves} == RULEBOOK
    assert "、".join(scheme.departments) == DEPARTMENTS


def test_leaves_add_up_to_102_and_the_contradiction_is_declared(scheme: Scheme) -> None:
    assert (len(scheme.leaves), sum(leaf.points for leaf in scheme.leaves)) == (28, 102)
    (contradiction,) = scheme.contradictions
    assert (contradiction.node, contradiction.declared, contradiction.adds_up_to) == ("3.3", 16, 18)
    assert contradiction.reading == "management-sum"


def test_every_leaf_but_one_has_its_standard(scheme: Scheme) -> None:
    """The scheme gives none for 网站性能."""
    assert [leaf.code for leaf in scheme.leaves if not leaf.standard] == ["3.3.2.2"]
    assert [leaf.code for leaf in scheme.leaves if not leaf.description] == []


def test_five_leaves_spill_one_opens_at_zero_and_one_has_a_bonus(scheme: Scheme) -> None:
    assert {leaf.code for leaf in scheme.leaves if leaf.spills} == {"3.3.2.3", "3.3.3.1", "3.3.3.2", "3.4.1", "3.4.2"}
    assert [leaf.code for leaf in scheme.leaves if leaf.opens_at_zero] == ["2.1"]
    assert [leaf.code for leaf in scheme.leaves if leaf.bonus] == ["2.4"]


def test_vetoes_are_the_rulebooks(scheme: Scheme) -> None:
    vetoes = {
        (leaf.code, kind.veto, kind.scope) for leaf in scheme.leaves for kind in leaf.findings.values() if kind.veto
    }
    assert vetoes == {
        ("3.2.1", "单项否决", "total"),
        ("3.3.2.1.3", "单项否决", "3.3"),
        ("3.3.2.3", "单项否决", "total"),
        ("3.3.3.1", "一票否决", "3"),
    }


def test_every_finding_that_costs_has_advice(scheme: Scheme) -> None:
    earns_all = {"采用并公布结果", "两类均采用并公布结果", "超额采用"}
    for leaf in scheme.leaves:
        for kind in leaf.findings.values():
            assert kind.advice or kind.name in earns_all, f"{leaf.code} {kind.name}"
            assert kind.because


def test_every_leaf_names_the_sheets_it_is_judged_by(scheme: Scheme) -> None:
    assert {sheet for leaf in scheme.leaves for sheet in leaf.sheets} == set(BY_KEY) - {"inspections", "reviews"}


def test_pairs_are_the_rulebooks(scheme: Scheme) -> None:
    assert scheme.pairs == {
        "faults": {
            **dict.fromkeys(("3.1.1.1", "3.1.1.2", "3.1.1.3"), ("未及时更新",)),
            "3.2.2": ("未能提交信息",),
            **dict.fromkeys(("3.3.2.1.1", "3.3.2.1.2"), ("打不开",)),
            "3.3.2.1.3": ("错别字", "虚假内容", "伪造内容", "暴力内容", "色情内容"),
            "3.3.2.3": ("发布不准确",),
            "3.3.4.1": ("未落实",),
        },
        "censures": {
            "通报": ("国办", "省政府办公厅", "市电子政务办"),
            "曝光": ("中国政府网", "省政府门户网站", "市党政门户网站"),
        },
    }


def test_a_site_may_get_two_points_for_performance(scheme: Scheme) -> None:
    (performance,) = [fact for fact in scheme.facts if fact.marks]
    assert (performance.marks, performance.least, performance.most) == ("3.3.2.2", 0, 2)


def test_branches_and_leaves(scheme: Scheme) -> None:
    with pytest.raises(KeyError):
        scheme.leaf("3.3")
    assert scheme.lineage("3.3.2.1.3") == ("3.3.2.1.3", "3.3.2.1", "3.3.2", "3.3", "3", "total")
    assert scheme.under("3.3.2.1") == ("3.3.2.1.1", "3.3.2.1.2", "3.3.2.1.3")


# --- Mistakes -------------------------------------------------------------------------------------------------------

S, H, R = "scheme.toml", "sheets.toml", "readings.toml"
#: A column, from its key to what is said of it; and the column with another key, name or more.
URL = 'key = "url", name = "网址", about = "信'
LEVELS = '"高危", "中危", "低危"'
MISTAKES: dict[str, tuple[Change, str]] = {
    # Values and keys
    "unknown key": ((S, "spills =", "spill ="), "scheme.toml 的 node 3.3.2.3：不认识 spill；应为 code、name、points"),
    "missing key": ((H, 'row_is = "一封来信"\n', ""), "sheets.toml 的 letters：缺少 row_is；应为文字"),
    "missing code": ((S, 'code = "3.1.1"\n', ""), "scheme.toml 的 node[9]：缺少 code；应为文字"),
    "no text": ((S, 'name = "机构信息"', "name = 5"), "scheme.toml 的 node 3.1.1.name：应为文字，现为 5"),
    "no whole number": ((S, "since = 2017", 'since = "2017"'), 'scheme.toml 的 since：应为整数，现为 "2017"'),
    "no list": (
        (S, 'sheets = ["faults"]', 'sheets = "faults"'),
        'node 3.1.1.1.sheets：应为列表，如 [ … ]，现为 "faults"',
    ),
    "no table": (
        (S, 'censures = { kind = "通报" }', "censures = 5"),
        "node 3.4.1.where.censures：应为表，如 { … }，现为 5",
    ),
    "no yes or no": (
        (S, "opens_at_zero = true", "opens_at_zero = 1"),
        "node 2.1.opens_at_zero：应为 true 或 false，现为 1",
    ),
    "no number": (
        (S, 'each = "-0.1"', 'each = "-0,1"'),
        'scheme.toml 的 node 3.1.1.1.finding 未及时更新.each：应为加引号的数，如 "0.5"，现为 "-0,1"',
    ),
    "a float": ((S, 'points = "100"', "points = 100.0"), 'scheme.toml 的 points：应为加引号的数，如 "0.5"，现为 100.0'),
    "unknown kind of column": (
        (H, 'kind = "host"', 'kind = "url"'),
        "sheets.toml 的 facts.domain.kind：应为 text、code、",
    ),
    "required is a star": (
        (H, 'name = "网址"', 'name = "网址", required = true'),
        "sheets.toml 的 portal_news.url：不认识 required；应为 key、name、kind",
    ),
    "reading without a clause": (
        (R, 'clause = "3.3 网', 'klause = "3.3 网'),
        "readings.toml 的 management-sum：缺少 clause",
    ),
    # The head
    "year before 1990": (
        (S, "since = 2017", "since = 17"),
        "scheme.toml 的 since：应为 1990 至 2099 之间的年度，现为 17",
    ),
    "no line": ((S, 'line = "leiyang"', 'line = ""'), "scheme.toml 的 line：不能为空"),
    "department twice": ((S, '"统计局", "林', '"林业局", "林'), "scheme.toml 的 departments：“林业局”重复"),
    "department that is no file name": (
        (S, '"统计局"', '"统计局/普查中心"'),
        "scheme.toml 的 departments：“统计局/普查中心”含有不能用于文件名的符号“/”",
    ),
    "department that cannot be seen": ((S, '"统计局"', '"统计局\\u200b"'), "含有控制字符或不可见字符"),
    "department named as a result": ((S, '"统计局"', '"全市汇总"'), "“全市汇总”是系统或程序保留的名称"),
    # The tree
    "code twice": ((S, 'code = "3.4.2"', 'code = "3.4.1"'), "scheme.toml 的 node 3.4.1：编号重复；每个指标一个编号"),
    "code with a dash": ((S, 'code = "3.1.5"', 'code = "3.1-5"'), "scheme.toml 的 node 3.1-5：编号应由文字、数字组成"),
    "no parent": ((S, 'code = "3.2.2"', 'code = "3.9.2"'), "scheme.toml 的 node 3.9.2：没有上级指标 3.9；请补上"),
    "negative points": (
        (S, 'name = "人事信息"\npoints = "2"', 'name = "人事信息"\npoints = "-2"'),
        "node 3.1.5.points：应不小于 0，现为 -2",
    ),
    "findings of a branch": (
        (S, 'name = "机构信息"', 'name = "机构信息"\nstandard = "略"'),
        "scheme.toml 的 node 3.1.1：有下级指标，不应有 finding、standard、sheets、terms",
    ),
    # Sums
    "wrong sum": (
        (S, 'name = "文件解读"\npoints = "1"', 'name = "文件解读"\npoints = "2"'),
        "scheme.toml 的 node 3.1.3：分值 2，下级合计 3；应相等，或用 [[contradiction]] 写明",
    ),
    "wrong total": ((S, 'points = "100"', 'points = "99"'), "scheme.toml 的 points：分值 99，下级合计 100"),
    "wrong contradiction": (
        (S, 'adds_up_to = "18"', 'adds_up_to = "17"'),
        "scheme.toml 的 contradiction 3.3：写明 16 与 17 不一致，实为 16 与 18",
    ),
    "contradiction of a leaf": (
        (S, 'node = "3.3"', 'node = "3.3.1"'),
        "contradiction 3.3.1：没有这个指标，或它没有下级指标",
    ),
    "contradiction without a reading": (
        (S, 'reading = "management-sum"', 'reading = "sum"'),
        "scheme.toml 的 contradiction 3.3：readings.toml 中没有解读 sum",
    ),
    "no points at all": (
        (S, 'points = "100"\n', ""),
        "scheme.toml 的 points：没有写明总分的方案不计分，而 1、1.1、2等 41 个指标有 points 或 each",
    ),
    # What a leaf says of the evidence
    "no sheet": ((S, 'sheets = ["portal_news"]', "sheets = []"), "scheme.toml 的 node 2.4：没有 sheets；应为 facts、"),
    "unknown sheet": (
        (S, 'sheets = ["portal_news"]', 'sheets = ["news"]'),
        "node 2.4.sheets：sheets.toml 中没有工作表 news",
    ),
    "where against the list": (
        (S, 'kind = "曝光"', 'kind = "公开"'),
        "scheme.toml 的 node 3.4.2.where：“公开”不在列 censures.kind 的选项中；应为 通报、曝光 之一",
    ),
    "where without its column": (
        (S, 'valid = "是"', 'good = "是"'),
        "node 3.2.1.where：sheets.toml 中没有列 letters.good",
    ),
    "where without its sheet": (
        (S, 'where = { letters = { valid = "是" } }', 'where = { faults = { kind = "x" } }'),
        "scheme.toml 的 node 3.2.1.where：faults 不在这个指标的 sheets 中",
    ),
    "term against the list": (
        (S, 'veto_kinds = ["咨询", "建议"]', 'veto_kinds = ["咨询", "求助"]'),
        "scheme.toml 的 node 3.2.1.terms.veto_kinds：“求助”不在列 letters.kind 的选项中；应为 咨询、投诉、",
    ),
    "term deep within": (
        (S, 'kinds = ["投诉", "举报"], days', 'kinds = ["投诉", 3], days'),
        "scheme.toml 的 node 3.2.1.terms.kinds：“3”不在列 letters.kind 的选项中",
    ),
    "list without its term": ((S, "lists = { kinds", "lists = { kind"), "node 3.2.1.lists：terms 中没有 kind"),
    "judged on no day": (
        (S, 'judged_on = "checkpoints"', 'judged_on = "columns"'),
        "scheme.toml 的 node 3.3.2.3.judged_on：应为有 dated_by 的工作表，现为 columns",
    ),
    "kinds of fault without their sheet": (
        (S, 'where = { censures = { kind = "通报" } }', 'fault_kinds = ["打不开"]'),
        "node 3.4.1.fault_kinds：sheets 中没有逐行写明指标和问题类型的工作表",
    ),
    "faults without their kinds": (
        (S, 'fault_kinds = ["未落实"]\n', ""),
        "node 3.3.4.1.fault_kinds：没有写明；faults 的每一行",
    ),
    # Findings
    "sentence with a number": (
        (S, "信箱没有常见问题列表", "信箱没有{0}"),
        "finding 无常见问题列表.because：应为一句话",
    ),
    "sentence cut off": ((S, "信箱没有常见问题列表", "信箱没有{"), "花括号中只写列名，如 {day}"),
    "unknown scope": ((S, 'scope = "3.2.1"', 'scope = "3.7"'), "node 3.2.1.finding 未建立信箱.scope：没有指标 3.7"),
    "veto without a scope": (
        (S, 'scope = "3.3"\nveto = "单项否决"', 'veto = "单项否决"'),
        "node 3.3.2.1.3.finding 错别字累计否决.scope：否决应写明计 0 分的范围",
    ),
    "scope by a reading without scopes": (
        (S, 'scope_by = "site-veto-scope"', 'scope_by = "overflow"'),
        "node 3.3.3.1.finding 重大安全事件.scope_by：解读 overflow 的 scopes 中应有 3",
    ),
    # Readings and settlement
    "spills by no reading": (
        (S, 'spills = "overflow"', 'spills = "flood"'),
        "node 3.3.2.3.spills：readings.toml 中没有解读 flood",
    ),
    "spills by another kind of reading": (
        (S, 'spills = "overflow"', 'spills = "news-bonus"'),
        "readings.toml 的 news-bonus.options：应为 floor、spill 中的选项",
    ),
    "proportion of nothing": ((S, "{ over = 10,", "{ over = 0,"), "node 3.3.2.3.proportion.over：应为正整数，现为 0"),
    "second bonus": (
        (S, 'where = { portal_deliveries = { column = "投资耒阳" } }', 'bonus = "news-bonus"'),
        "scheme.toml 的 node 2.4.bonus：只能有一个加分指标",
    ),
    "reading of no node": (
        (R, 'nodes = ["3.3"]', 'nodes = ["3.9"]'),
        "readings.toml 的 management-sum.nodes：没有指标 3.9",
    ),
    "reading without options": (
        (R, 'options.calendar = "自然日"\noptions.working = "工作日"', "options = {}"),
        "readings.toml 的 three-days.options：没有选项；第一个选项即默认",
    ),
    "reading that cannot be chosen": (
        (R, "options.calendar", 'options."calendar days"'),
        "readings.toml 的 three-days：“calendar days”不能用作名称；名称中不能有空格、“=”和“:”",
    ),
    "scopes that are no options": (
        (R, 'scopes = { section = "3", total = "total" }', 'scopes = { section = "3" }'),
        "readings.toml 的 site-veto-scope.scopes：应为 section、total 逐一列出",
    ),
    "scope that is no node": (
        (R, 'scopes = { section = "3", total = "total" }', 'scopes = { section = "3", total = "9" }'),
        "readings.toml 的 site-veto-scope.scopes：没有指标 9",
    ),
    # Sheets
    "sheet twice": ((H, 'name = "安全通报"', 'name = "安全漏洞"'), "sheets.toml 的 sheet 的 name：“安全漏洞”重复"),
    "sheet of every scheme": ((H, 'key = "censures"', 'key = "reviews"'), "sheets.toml 的 sheet 的 key：“reviews”重复"),
    "column twice": ((H, URL, 'key = "title", name = "网址", about = "信'), "portal_news 各列的 key：“title”重复"),
    "column name twice": (
        (H, 'name = "网址", about = "信', 'name = "标题", about = "信'),
        "portal_news 各列的 name：“标题”重复",
    ),
    "fact twice": ((H, 'key = "staff"', 'key = "office"'), "sheets.toml 的 facts 的 key：“office”重复"),
    "fact of every scheme": ((H, 'name = "网站域名*"', 'name = "部门*"'), "sheets.toml 的 facts 的 name：“部门”重复"),
    "key that is no name": ((H, URL, 'key = "网址", name = "网址", about = "信'), "key 应为英文字母、数字和下划线"),
    "key that tables have": (
        (H, URL, 'key = "row", name = "网址", about = "信'),
        "portal_news.row：key 不能是 counting、",
    ),
    "sheet name with brackets": (
        (H, 'name = "通报曝光"', 'name = "通报/曝光"'),
        "censures.name：“通报/曝光”不能用作工作表名称",
    ),
    "dated by no date": (
        (H, 'dated_by = "submitted"', 'dated_by = "title"'),
        "portal_consultations.dated_by：应为种类是 date 或 moment",
    ),
    "dated by what may be empty": (
        (H, 'name = "开展日期*"', 'name = "开展日期"'),
        "site_consultations.dated_by：应为种类是 date",
    ),
    "unique of no column": ((H, 'unique = "number"', 'unique = "no"'), "sheets.toml 的 letters.unique：没有列 no"),
    "looked back without days": (
        (H, 'row_is = "部门网站的一个栏目"', 'row_is = "部门网站的一个栏目"\nlook_back = "回溯"'),
        "sheets.toml 的 columns.look_back：应与 dated_by 同时有",
    ),
    "optional day": (
        (H, 'name = "开展日期*", kind = "date"', 'name = "开展日期*", kind = "date", optional = true'),
        "site_consultations.held.optional：是 dated_by 或 unique 的列不能缺少",
    ),
    "needs no column": (
        (H, 'needs = "replied"', 'needs = "answered"'),
        "sheets.toml 的 letters.reply.needs：没有列 answered",
    ),
    "not before no column": (
        (H, 'not_before = "held"', 'not_before = "start"'),
        "result_published.not_before：没有列 start",
    ),
    "not before a text": (
        (H, 'not_before = "held"', 'not_before = "title"'),
        "not_before：两列的种类都应是 date 或 moment",
    ),
    "one of no list": (
        (H, 'one_of = "columns"', 'one_of = "letters2"'),
        "publications.column.one_of：应为 checkpoints、columns、",
    ),
    "choice without a list": (
        (H, f"choices = [{LEVELS}]", 'kind = "choice"'),
        "vulnerabilities.level：choices 与 kind",
    ),
    "choice twice": ((H, LEVELS, '"高危", "中危", "高危"'), "sheets.toml 的 vulnerabilities.level.choices：选项重复"),
    "choice that Excel splits": ((H, LEVELS, '"高危,急", "中危", "低危"'), "“高危,急”不能用作选项；不能为空"),
    "list too long for Excel": ((H, LEVELS, '"' + '", "'.join(f"级别{n:05d}" for n in range(40)) + '"'), "超过 255 字"),
    "bounds of a text": ((H, URL, 'key = "url", name = "网址", most = 3, about = "信'), "least、most、marks 应与 kind"),
    "bounds upside down": (
        (H, URL, 'key = "url", name = "网址", kind = "number", least = "2.5", most = 2, about = "信'),
        "portal_news.url：least 5/2 大于 most 2",
    ),
    "marks of no leaf": (
        (H, 'marks = "3.3.2.2"', 'marks = "3.3.2"'),
        "sheets.toml 的 facts.performance.marks：没有末级指标 3.3.2",
    ),
    "marks in a row": (
        (H, URL, 'key = "url", name = "网址", kind = "number", marks = "3.3.2.2", about = "信'),
        "portal_news.url.marks：只有 基本信息 的项目才有 marks",
    ),
    "fact that looks at another": (
        (H, 'needs = "performance_note"', 'not_before = "domain"'),
        "facts.performance：基本信息 的项目没有 not_before",
    ),
    "pairs of one word": (
        (H, ', "曝光" = ["中国政府网", "省政府门户网站", "市党政门户网站"]', ""),
        "censures.source.pairs：应为 通报、曝光 逐一列出",
    ),
    "pairs of faults": (
        (H, 'paired_with = "code"', 'paired_with = "code", pairs = { x = ["y"] }'),
        "faults.kind.pairs：应与 paired_with 同时有；问题类型在各指标的 fault_kinds 中",
    ),
    "paired with a text": (
        (H, 'paired_with = "kind", pairs', 'paired_with = "description", pairs'),
        "censures.source.paired_with：列 description 应有 choices",
    ),
    # Rules
    "leaf without a rule": (
        ("portal.py", '@rule("2.4")', ""),
        '规则 的 node 2.4：没有规则；应有一个 @rule("2.4") 的函数',
    ),
    "rule without a leaf": (
        ("portal.py", '@rule("2.4")', '@rule("2.4", "2.5")'),
        '规则 的 @rule("2.5")：scheme.toml 中没有末级指标 2.5',
    ),
    "rule of a branch": (
        ("portal.py", '@rule("2.4")', '@rule("2.4", "2")'),
        '规则 的 @rule("2")：scheme.toml 中没有末级指标 2',
    ),
    "two rules": (
        ("portal.py", '@rule("2.4")', '@rule("2.4", "1.1")'),
        '规则 的 @rule("1.1")：一个指标只有一条规则，现有 integration.py 的 integration、portal.py 的 adopted_news',
    ),
    "rules that are no Python": (
        ("portal.py", "KINDS =", "KINDS = ="),
        "portal.py：第 11 行出错（SyntaxError：invalid syntax）",
    ),
    "rules that raise": (
        ("portal.py", "KINDS =", "KINDS = 1 / 0 #"),
        "portal.py：第 11 行出错（ZeroDivisionError：division by zero）",
    ),
    "rules that leave": (("portal.py", "KINDS =", "raise SystemExit  #"), "portal.py：第 11 行出错（SystemExit：）"),
    "rules that import nothing": (
        ("portal.py", "from .shared", "from .shard"),
        "portal.py：第 9 行出错（ModuleNotFoundError：No module",
    ),
    # What follows another scheme
    "corresponds without a scheme": (
        (S, 'code = "3.4.1"', 'code = "3.4.1"\ncorresponds = "3.4.2"'),
        "node 3.4.1.corresponds：应与 follows 同时有",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_with_file_and_key(name: str, tmp_path: Path) -> None:
    change, message = MISTAKES[name]
    lines = refusal(copy_of(tmp_path / "own", change))
    assert any(message in line for line in lines), lines


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """Five of different kinds, in four files; a rule of another code is two mistakes."""
    changes = (
        (S, "spills =", "spill ="),
        (H, 'kind = "host"', 'kind = "url"'),
        ("census.py", '@rule("3.4.2")', '@rule("3.4.3")'),
        (S, 'name = "文件解读"\npoints = "1"', 'name = "文件解读"\npoints = "2"'),
        (R, 'nodes = ["3.1.2", ', 'nodes = ["3.1.9", '),
    )
    lines = refusal(copy_of(tmp_path / "own", *changes))
    assert [line.split("：")[0] for line in lines] == [
        "scheme.toml 的 node 3.3.2.3",
        "sheets.toml 的 facts.domain.kind",
        "scheme.toml 的 node 3.1.3",
        "规则 的 node 3.4.2",
        '规则 的 @rule("3.4.3")',
        "readings.toml 的 missed-update.nodes",
    ]


def test_files_that_cannot_be_read_are_reported_together(tmp_path: Path) -> None:
    own = copy_of(tmp_path / "own", (S, 'line = "leiyang"', "line = leiyang"), ("portal.py", "KINDS =", "KINDS = ="))
    (own / H).unlink()
    (own / R).write_bytes("[三天]".encode("gbk"))
    assert refusal(own) == [
        "scheme.toml：第 10 行第 8 列不合 TOML 的写法（Invalid value (at line 10, column 8)）",
        "sheets.toml：打不开（文件不在）；方案文件夹中应有这个文件",
        "readings.toml：不是 UTF-8 编码的文本文件；请另存为 UTF-8",
        "portal.py：第 11 行出错（SyntaxError：invalid syntax）",
    ]


def test_a_mistake_that_was_mended_is_gone(tmp_path: Path) -> None:
    """In the same process: nothing of the first attempt is kept."""
    own = copy_of(tmp_path / "own", ("portal.py", "KINDS =", "KINDS = 1 / 0 #"))
    assert len(refusal(own)) == 1
    rules = own / "portal.py"
    rules.write_text(rules.read_text(encoding="utf-8").replace("1 / 0 #", ""), encoding="utf-8")
    assert load_scheme(named=str(own)).title == load_scheme(2017).title


# --- Which scheme -----------------------------------------------------------------------------------------------------

LATER: tuple[Change, ...] = ((S, "since = 2017", "since = 2026"), (S, 'title = "2017', 'title = "2026'))


@pytest.fixture
def schemes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of schemes in place of the program's, with that of 2017 alone."""
    folder = tmp_path / "schemes"
    copy_of(folder / "leiyang_2017")
    (folder / "default.txt").write_text("leiyang\n", encoding="utf-8")
    monkeypatch.setattr(load, "SCHEMES", folder)
    return folder


def test_a_scheme_is_in_force_until_the_next_of_its_line(schemes: Path) -> None:
    copy_of(schemes / "leiyang_2026", *LATER)
    assert [load_scheme(year).name for year in (2017, 2025, 2026, 2030)] == [
        *("leiyang_2017", "leiyang_2017"),
        *("leiyang_2026", "leiyang_2026"),
    ]
    assert load_scheme(2025).year == 2025
    assert load_scheme().name == "leiyang_2026"
    assert load_scheme(2026, "leiyang_2017").name == "leiyang_2017"
    assert load_scheme(2020, "leiyang").name == "leiyang_2017"


def test_a_year_before_the_first_scheme_has_none(schemes: Path) -> None:
    with pytest.raises(SchemeError, match="没有 2016 年施行的考核方案；已有：leiyang_2017（2017 年起）"):
        load_scheme(2016)
    with pytest.raises(SchemeError, match="方案 leiyang_2017 自 2017 年起施行，不能用来考核 2016 年"):
        load_scheme(2016, "leiyang_2017")


def test_another_line_is_asked_for_by_name(schemes: Path) -> None:
    copy_of(schemes / "hengyang_2017", (S, 'line = "leiyang"', 'line = "hengyang"'))
    assert load_scheme(2017).name == "leiyang_2017"
    assert load_scheme(2017, "hengyang").name == "hengyang_2017"
    assert set(known_schemes()) == {"leiyang_2017", "hengyang_2017"}


def test_two_schemes_of_a_line_begin_in_different_years(schemes: Path) -> None:
    copy_of(schemes / "leiyang_again")
    with pytest.raises(SchemeError, match="方案 leiyang_2017 与 leiyang_again 同属 leiyang，又同自 2017 年起施行"):
        load_scheme(2017)


def test_a_broken_scheme_does_not_hinder_the_others(schemes: Path) -> None:
    copy_of(schemes / "other", (S, 'line = "leiyang"', "line ="), (H, "facts = [", "facts = 3\nx = ["))
    assert load_scheme(2017).name == "leiyang_2017"


def test_a_folder_that_is_no_scheme(tmp_path: Path) -> None:
    expected = "应为 census_2015、leiyang_2017、census、leiyang 之一，或含有 scheme.toml 的文件夹"
    with pytest.raises(SchemeError, match=rf"没有方案“{tmp_path}”；{expected}"):
        load_scheme(2017, str(tmp_path))


@pytest.mark.parametrize("year", [2017, 2026])
def test_a_folder_of_evidence_is_assessed_by_the_scheme_of_its_year(year: int, tmp_path: Path) -> None:
    raw = tmp_path / str(year)
    raw.mkdir()
    scheme = scheme_of(year_of(raw, None))
    assert (scheme.name, scheme.year) == ("leiyang_2017", year)
