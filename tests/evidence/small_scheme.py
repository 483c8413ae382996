"""A small scheme in a folder of its own: a gate that shares the workbooks of 2017 and has moments, bounds and a sheet
that may be missing.
"""

from __future__ import annotations

from pathlib import Path

from evidence_builder import SCHEME as OF_2017

from scoring.scheme import Scheme, load_scheme

SCHEME = f"""
line = "small"
since = 2015
title = "小方案"
city = "示例市"
departments = {list(OF_2017.departments)}

[[node]]
code = "甲1"
name = "探测"
standard = "打不开的否决"
sheets = ["probes"]
where = {{ probes = {{ outcome = "打不开" }} }}
[node.finding."打不开"]
scope = "甲1"
veto = "单项否决"
because = "{{at}}打不开"

[[node]]
code = "甲2"
name = "严重错误"
standard = "有严重错误的否决"
sheets = ["faults"]
fault_kinds = ["严重错别字"]
[node.finding."严重错误"]
scope = "甲2"
veto = "单项否决"
because = "{{description}}"
"""
SHEETS = """
facts = [
  { key = "contact", name = "联系人", about = "网站联系人", optional = true },
  { key = "share", name = "完成比例", kind = "number", least = 0, most = 100, about = "百分数", optional = true },
]

[[sheet]]
key = "probes"
name = "探测记录"
row_is = "一次探测"
dated_by = "at"
unique = "at"
optional = true
columns = [
  { key = "at", name = "探测时间*", kind = "moment", about = "探测的日期和时间" },
  { key = "outcome", name = "结果*", choices = ["打开", "打不开"], about = "结果" },
  { key = "seconds", name = "用时", kind = "number", least = 0, most = "60.5", about = "秒" },
  { key = "mended", name = "修复日期", kind = "date", not_before = "at", about = "修复的日期" },
]

[[sheet]]
key = "faults"
name = "监测发现"
row_is = "一个问题"
dated_by = "day"
columns = [
  { key = "day", name = "监测日期*", kind = "date", about = "日期" },
  { key = "code", name = "指标*", kind = "code", one_of = "leaves", about = "指标" },
  { key = "kind", name = "问题类型*", kind = "code", paired_with = "code", about = "类型" },
  { key = "description", name = "描述*", about = "描述" },
  { key = "picture", name = "截图", optional = true, about = "截图的文件名" },
]
"""
RULES = '''
"""The rules of the small scheme."""

from scoring.engine.rulekit import rule


@rule("甲1")
def probes(evidence, clause):
    """打不开的否决."""
    yield clause.void("打不开", clause.rows(evidence, "probes"), at="probes", key="at")


@rule("甲2")
def errors(evidence, clause):
    """有严重错误的否决."""
    yield clause.void("严重错误", clause.rows(evidence, "faults"), at="faults")
'''


def write_small(folder: Path) -> Path:
    """Write the scheme's files."""
    folder.mkdir(parents=True)
    for name, text in {"scheme.toml": SCHEME, "sheets.toml": SHEETS, "readings.toml": "", "rules.py": RULES}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load_small(folder: Path) -> Scheme:
    """Write and load it, for 2017."""
    return load_scheme(2017, str(write_small(folder)))
