"""What the checks find: each in a small scheme with the fault in question, and nothing in the sound one."""

from __future__ import annotations

from pathlib import Path

import pytest

from explained.small_scheme import small
from scoring import load_scheme
from scoring.explained.checks import Remark, checks, unclear
from scoring.explained.examples import Examples
from scoring.explained.probes import Probes
from scoring.explained.searches import least

Edit = tuple[str, str, str]

READ_SUM = '\n[sum]\ntitle = "合计"\nclause = "2"\nnodes = ["2"]\noptions.cap = "最多4分"\noptions.sum = "照加"\n'
LATE = """late = late_rows(rows, rows["received"] + pd.Timedelta(days=5), rows["replied"])
    yield clause.change("没有回复", late, at="letters")"""
NOT_REPLIED = 'yield clause.change("没有回复", rows[rows["replied"].isna()], at="letters")'
NO_VETOES = '[node.finding."差错"]\neach = "-1"\nbecause = "{day}发现差错"\n'
AGAIN = '[node.finding."又扣"]\neach = "-1"\nbecause = "又扣"\n\n[node.finding."没有回复"]'
FROM_NOTES = f"""{NOT_REPLIED}
    yield clause.change("又扣", evidence.rows("notes"), at="notes")"""
CONTRADICTION = """[[contradiction]]
node = "2"
declared = "3"
adds_up_to = "4"
reading = "sum"

[[node]]
code = "1"
"""
TWO_VETOES = """errors = clause.change("差错", rows, at="notes")
    yield errors
    yield clause.veto_by_count("小否决", errors, at=3)
    yield clause.veto_by_count("大否决", errors, at=2)"""
ERRORS = 'yield clause.change("差错", rows, at="notes")'
TWICE = "1.1 “差错”扣1分；2.1 “又扣”扣1分；总分合计少2分"
VETO = '\n[node.finding."{0}"]\nscope = "{1}"\nveto = "单项否决"\nbecause = "否决"\n'


def found(named: str) -> dict[str, tuple[Remark, ...]]:
    probes = Probes(load_scheme(named=named))
    return {check.title: check.remarks for check in checks(probes, Examples(probes)) if check.remarks}


def test_nothing_is_found_in_a_sound_scheme(tmp_path: Path) -> None:
    assert found(small(tmp_path)) == {}


@pytest.mark.parametrize(
    ("edits", "title", "codes", "text", "shown_by"),
    [
        (
            [
                ("scheme.toml", 'name = "来信"\npoints = "4"', 'name = "来信"\npoints = "3"'),
                ("scheme.toml", 'name = "公开"\npoints = "6"', 'name = "公开"\npoints = "7"'),
                ("scheme.toml", 'name = "差错"\npoints = "4"', 'name = "差错"\npoints = "5"'),
                ("scheme.toml", '[[node]]\ncode = "1"\n', CONTRADICTION),
                ("readings.toml", "", READ_SUM),
            ],
            *("分值自相矛盾", ("2", "2.1"), "标明3分，所属指标合计4分", "“照加”时，来信4分，总分11分"),
        ),
        (
            [("scheme.toml", 'each = "-1"', 'each = "-5"')],
            *("扣不到、得不到的分", ("1.1",), "“差错”每次扣5分，而该指标只有4分", "1.1 得0分"),
        ),
        (
            [("scheme.toml", "没有专门机构扣2分。", "没有专门机构扣2分，累计扣分超过10分按0分计算。")],
            *("扣不到、得不到的分", ("1.2",), "累计扣分超过10分按0分计算，而该指标只有2分", "“无”：1.2 得0分"),
        ),
        (
            [("scheme.toml", 'each = "-2"\nbecause = "没有专门机构"', 'each = "-1.5"\nbecause = "没有专门机构"')],
            *("扣不到、得不到的分", ("1.2",), "最低也得0.5分，这0.5分怎样都扣不到", "专门机构为“无”"),
        ),
        (
            [("scheme.toml", 'each = "-1"', 'each = "0"')],
            *("不起作用的条款", ("1.1",), "“差错”（不扣分，只作认定）不改变任何得分和结果", "《差错记录》增加1行"),
        ),
        (
            [("scheme.toml", 'standard = "没有专门机构扣2分。"\n', "")],
            *("没有计分标准的条款", ("1.2",), "没有写计分标准", "1.2 得0分"),
        ),
        (
            [
                ("scheme.toml", 'sheets = ["letters"]', 'sheets = ["letters", "notes"]'),
                ("scheme.toml", '[node.finding."没有回复"]', AGAIN),
                ("rules.py", NOT_REPLIED, FROM_NOTES),
            ],
            *("一处过失多处计算", ("1.1", "2.1"), TWICE, "《差错记录》增加1行"),
        ),
        (
            [
                ("scheme.toml", NO_VETOES, NO_VETOES + VETO.format("小否决", "1.1") + VETO.format("大否决", "1")),
                ("rules.py", ERRORS, TWO_VETOES),
            ],
            *("被其他否决包含的否决", ("1.1",), "“小否决”出现时，1.1“大否决”也都出现", "《差错记录》增加3行"),
        ),
        (
            [("rules.py", NOT_REPLIED, LATE)],
            *("落在考核期之外的期限", ("2.1",), "来信日期在12月26日之后的，“没有回复”", "来信日期12月27日的1行"),
        ),
        (
            [("scheme.toml", "每发现一处差错扣1分。", "未及时更正每次扣1分。")],
            *("含义不止一种而没有解读的措辞", ("1.1",), "“未及时”：没有写明期限", "1.1 得3分"),
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_with_its_clause_and_the_smallest_evidence(
    tmp_path: Path, edits: list[Edit], title: str, codes: tuple[str, ...], text: str, shown_by: str
) -> None:
    remarks = found(small(tmp_path, *edits))[title]
    assert [remark.codes for remark in remarks if text in remark.text] == [codes], remarks
    assert any(shown_by in remark.shown_by for remark in remarks), remarks


def test_the_smallest_number_of_faults(tmp_path: Path) -> None:
    probes = Probes(load_scheme(named=small(tmp_path)))
    assert probes.lacking == ()
    assert {code: one.faults for code, one in least(probes).items()} == {"1.1": 4, "1.2": 1, "2.1": 2, "total": 7}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("三天内答复", ["三天内"]),
        ("三个工作日内按时答复", []),
        ("未按时答复扣分", ["未按时"]),
        ("11月30日前按时报送", []),
        ("无更新超过（含）5个", ["超过（含）"]),
        ("每少一条扣1分", ["每少一条"]),
        ("每少一条扣1分，扣完为止", []),
        ("每超过1条加1分", ["每超过1条加"]),
        ("每超过1条加1分，最多加5分", []),
        ("不及时报送不得分", ["不及时", "不及时报送不得分"]),
        ("长期未更新的栏目", ["长期未更新"]),
        ("不得出现虚假等内容", ["等内容"]),
    ],
)
def test_wording_of_more_than_one_meaning(tmp_path: Path, text: str, words: list[str]) -> None:
    named = small(tmp_path, ("scheme.toml", "没有专门机构扣2分。", text))
    assert [word for word, _ in unclear(load_scheme(named=named))] == words


def test_wording_that_a_reading_quotes_is_clear(tmp_path: Path) -> None:
    reading = (
        '[days]\ntitle = "三天"\nclause = "1.2 “三天内答复”"\nnodes = ["1.2"]\noptions.a = "甲"\noptions.b = "乙"\n'
    )
    edits = [("scheme.toml", "没有专门机构扣2分。", "三天内答复"), ("readings.toml", "", reading)]
    assert unclear(load_scheme(named=small(tmp_path, *edits))) == {}
