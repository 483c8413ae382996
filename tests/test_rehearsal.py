"""A scheme's rules are rehearsed before they judge anybody: what they use must be there, what they find be declared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from evidence_builder import EXERCISE, faultless
from scheme_copies import copy_of

from scoring import assess, load_scheme
from scoring.engine.judge import RuleFailed
from scoring.engine.rehearsal import rehearse
from scoring.scheme import known_schemes


@pytest.mark.parametrize("named", [*known_schemes(), EXERCISE])
def test_schemes_of_the_program_get_nothing_wrong(named: str) -> None:
    assert list(rehearse(load_scheme(named=named))) == []


def changed(folder: Path, file: str, old: str, new: str) -> list[str]:
    """What is wrong with the scheme of 2017 after one change."""
    return list(rehearse(load_scheme(named=str(copy_of(folder / "own", (file, old, new))))))


ABSENT = "用到的“{}”不存在；应为方案中的工作表、列、terms、finding 或解读"
FAULTS = 'sheets = ["facts", "faults", "letters"]\nfault_kinds = ["打不开"]'
MINOR = '[node.finding."较大安全事件"]\nbecause = "有"\n\n'


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("sheets.toml", 'key = "faq"', 'key = "questions"', f"指标 3.2.1 的规则：{ABSENT.format('faq')}"),
        ("scheme.toml", "due_days = 3", "days = 3", f"指标 3.3.3.3 的规则：{ABSENT.format('due_days')}"),
        (
            *("scheme.toml", '"无常见问题列表"', '"没有常见问题列表"'),
            "指标 3.2.1 的规则：产生的认定“无常见问题列表”不在 scheme.toml 中",
        ),
        (
            *("scheme.toml", "“{phrase}”", "“{words}”"),
            "指标 3.2.1 的规则：认定“万能回复”要用到“words”，规则没有给出",
        ),
        (
            *("scheme.toml", 'sheets = ["facts", "letters"]', FAULTS),
            "scheme.toml 的 node 3.2.1.sheets：规则没有用到工作表 faults，不应列出",
        ),
        (
            *("scheme.toml", 'sheets = ["vulnerabilities", "security_notices"]', 'sheets = ["vulnerabilities"]'),
            "scheme.toml 的 node 3.3.3.1.sheets：规则用到工作表 security_notices，应当列出",
        ),
        (
            *("scheme.toml", 'advice = "全面排查更正错别字', 'mendable = true\nadvice = "全面排查更正错别字'),
            "指标 3.3.2.1.3 的规则：认定“错别字累计否决”按数量否决，改正的是它所依据的认定；mendable 应写在那些认定上",
        ),
        (
            *("scheme.toml", '[node.finding."重大安全事件"]', f'{MINOR}[node.finding."重大安全事件"]'),
            "scheme.toml 的 node 3.3.3.1.finding 较大安全事件：规则不会产生这种认定",
        ),
    ],
)
def test_what_the_rules_get_wrong_is_reported(file: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    assert message in changed(tmp_path, file, old, new)


def test_a_rule_is_rehearsed_under_every_option_of_its_readings(tmp_path: Path) -> None:
    assert changed(tmp_path, "scheme.toml", "仅计采用分", "只计采用分") == [
        "指标 2.1 的规则：产生的认定“仅计采用分”不在 scheme.toml 中",
        "scheme.toml 的 node 2.1.finding 只计采用分：规则不会产生这种认定",
    ]


def test_a_folder_with_such_a_mistake_is_refused(tmp_path: Path) -> None:
    changed(tmp_path, "scheme.toml", "due_days = 3", "days = 3")
    command = [sys.executable, "-m", "scoring", "check", "data/raw/2017", "--scheme", str(tmp_path / "own")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "方案 own 的规则有 1 处错误" in done.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('raise ValueError("no")', "own.py 第 3 行出错（ValueError：no）"),
        ("raise SystemExit(3)", "own.py 第 3 行出错（SystemExit：3）"),
        ("yield 1", "应逐项用 yield 给出 clause.change、void、veto_by_count 或 pending 的结果"),
        ("return None", "应逐项用 yield 给出 clause.change、void、veto_by_count 或 pending 的结果"),
        (
            'yield clause.change("较大", evidence.facts)',
            "认定“较大”没有分值；scheme.toml 中应有 each，或由规则的 each 给出",
        ),
    ],
)
def test_a_rule_that_fails_or_gives_something_else(line: str, message: str, tmp_path: Path) -> None:
    found, *_ = _with_a_rule(tmp_path, line)
    assert found == f"指标 1 的规则：{message}"


def test_a_rule_that_fails_on_rows_is_named_with_its_line(tmp_path: Path) -> None:
    rule = "yield clause.change('较大', evidence.facts.assign(lost=0.5), each='lost')"
    assert _with_a_rule(tmp_path, rule) == []
    scheme = load_scheme(named=str(tmp_path / "own"))
    with pytest.raises(RuleFailed, match=r"指标 1 的规则：own\.py 第 3 行出错（TypeError：“较大”的分值是浮点数"):
        assess([faultless("甲局").save(tmp_path)], scheme)


def _with_a_rule(folder: Path, line: str) -> list[str]:
    """What is wrong with a scheme of one leaf, whose rule has this line."""
    own = folder / "own"
    own.mkdir()
    (own / "scheme.toml").write_text(ONE_LEAF, encoding="utf-8")
    (own / "sheets.toml").write_text("", encoding="utf-8")
    head = 'from scoring.engine.rulekit import rule\n@rule("1")\ndef own(evidence, clause): '
    (own / "own.py").write_text(f"{head}{line}\n", encoding="utf-8")
    return list(rehearse(load_scheme(named=str(own))))


ONE_LEAF = """
line = "own"
since = 2017
title = "方案"
city = "某市"
points = "1"
departments = ["甲局"]

[[node]]
code = "1"
name = "指标"
points = "1"
sheets = ["facts"]
description = "说明"
standard = "标准"

[node.finding."较大"]
because = "较大"
"""
