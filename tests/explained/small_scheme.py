"""A small sound scheme in a temporary folder, and edits of it: each makes it unsound in one way."""

from __future__ import annotations

from pathlib import Path

SCHEME = """
line = "small"
since = 2017
title = "小方案"
city = "某市"
points = "10"
departments = ["甲局", "乙局"]

[[node]]
code = "1"
name = "公开"
points = "6"

[[node]]
code = "1.1"
name = "差错"
points = "4"
sheets = ["notes"]
description = "公开的信息是否准确。"
standard = "每发现一处差错扣1分。"

[node.finding."差错"]
each = "-1"
because = "{day}发现差错"

[[node]]
code = "1.2"
name = "机构"
points = "2"
sheets = ["facts"]
description = "是否设立专门机构。"
standard = "没有专门机构扣2分。"

[node.finding."没有机构"]
each = "-2"
because = "没有专门机构"

[[node]]
code = "2"
name = "来信"
points = "4"

[[node]]
code = "2.1"
name = "回复"
points = "4"
sheets = ["letters"]
description = "来信是否回复。"
standard = "没有回复的，每件扣2分。"
terms = { days = 5 }

[node.finding."没有回复"]
each = "-2"
because = "{received}的来信没有回复"
"""

SHEETS = """
facts = [{ key = "office", name = "专门机构*", choices = ["有", "无"], about = "有没有专门机构" }]

[[sheet]]
key = "notes"
name = "差错记录"
row_is = "一处差错"
dated_by = "day"
columns = [
  { key = "day", name = "日期*", kind = "date", about = "发现的日期" },
  { key = "what", name = "描述*", about = "差错在哪里", example = "标题" },
]

[[sheet]]
key = "letters"
name = "来信"
row_is = "一封来信"
dated_by = "received"
columns = [
  { key = "received", name = "来信日期*", kind = "date", about = "收到的日期" },
  { key = "replied", name = "回复日期", kind = "date", not_before = "received", about = "回复的日期" },
]
"""

RULES = '''
from scoring.engine.rulekit import Clause, Evidence, Found, late_rows, rule
import pandas as pd


@rule("1.1")
def errors(evidence: Evidence, clause: Clause) -> Found:
    """每发现一处差错扣1分."""
    rows = clause.rows(evidence, "notes")
    yield clause.change("差错", rows, at="notes")


@rule("1.2")
def office(evidence: Evidence, clause: Clause) -> Found:
    """没有专门机构扣2分."""
    facts = evidence.facts
    yield clause.change("没有机构", facts[facts["office"] == "无"], at="facts.office")


@rule("2.1")
def replies(evidence: Evidence, clause: Clause) -> Found:
    """没有回复的，每件扣2分."""
    rows = clause.rows(evidence, "letters")
    yield clause.change("没有回复", rows[rows["replied"].isna()], at="letters")
'''

FILES = {"scheme.toml": SCHEME, "sheets.toml": SHEETS, "readings.toml": "", "rules.py": RULES}


def small(folder: Path, *edits: tuple[str, str, str]) -> str:
    """The scheme in a folder, with edits: a file, what stands in it, and what stands there instead."""
    own = folder / "small"
    own.mkdir()
    for name, text in FILES.items():
        for file, old, new in edits:
            if file == name:
                assert old in text
                text = text.replace(old, new)  # noqa: PLW2901 - edit after edit
        (own / name).write_text(text, encoding="utf-8")
    return str(own)
