"""方案说明 of the shipped schemes and of small ones: what it says, that it is the same again, and what it refuses."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from evidence_builder import EXERCISE, HEADERS, SCHEME, Evidence

from explained.small_scheme import RULES, SHEETS, small
from explained.small_scheme import SCHEME as SMALL
from scoring import assess, load_scheme
from scoring.explained.cases import cases_of
from scoring.explained.checks import checks
from scoring.explained.examples import Examples
from scoring.explained.page import explained
from scoring.explained.probes import Probes
from scoring.explained.searches import least
from scoring.explained.trials import Row
from scoring.scheme import TOTAL, SchemeError, known_schemes
from scoring.scheme.sheets import INSPECTED

FAILS = """rows = clause.rows(evidence, "notes")
    if len(rows):
        raise ZeroDivisionError("无")"""

pytestmark = pytest.mark.xdist_group("explained")  # One process tries the scheme of 2017.


@pytest.fixture(scope="module")
def tried() -> tuple[Probes, Examples]:
    probes = Probes(SCHEME)
    return probes, Examples(probes)


@pytest.fixture(scope="module")
def remarks(tried: tuple[Probes, Examples]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    return {check.title: [(one.codes, one.text) for one in check.remarks] for check in checks(*tried)}


def text_of(page: bytes) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.decode()))


# --- The scheme of 2017


def test_clean_evidence_is_whole_and_has_every_point(tried: tuple[Probes, Examples], tmp_path: Path) -> None:
    """The draft as a workbook goes through reading and checking like any other."""
    draft = tried[0].clean.draft

    def named(row: Row, columns: Any) -> Mapping[str, Any]:
        return {column.name: row[column.key] for column in columns if column.key in row}

    facts = named({**draft.facts, "department": "人社局"}, SCHEME.facts)
    sheets = {
        sheet.name: [named(row, sheet.columns) for row in draft.rows.get(sheet.key, ())]
        for sheet in SCHEME.sheets_to_fill_in
    }
    sheets[SCHEME.sheets[0].name] = [{"项目": name, "内容": value} for name, value in facts.items()]
    inspected = {"状态": INSPECTED, "核查人": "核查员甲", "核查日期": draft.facts["integrated_on"]}
    sheets["核查情况"] = [{"指标": leaf.code, **inspected} for leaf in SCHEME.leaves]
    workbook = Evidence("人社局", {name: [dict(row) for row in rows] for name, rows in sheets.items()}, HEADERS)
    assessment = assess([workbook.save(tmp_path)], SCHEME)
    assert assessment.faults == {}
    assert assessment.scorecards[0].total.score == 100


@pytest.mark.parametrize(
    ("title", "codes", "text"),
    [
        ("分值自相矛盾", ("3.3", "3.3.1", "3.3.2", "3.3.3", "3.3.4"), "标明16分，所属指标合计18分"),
        ("扣不到、得不到的分", ("3.4.1",), "“国办通报”每次扣10分"),
        ("扣不到、得不到的分", ("3.3.2.3",), "累计扣分超过10分按0分计算，而该指标只有3分"),
        ("扣不到、得不到的分", ("3.1.4",), "这1分怎样都扣不到"),
        ("扣不到、得不到的分", ("2.1",), "没有过失也只得6分"),
        ("不起作用的条款", ("2.1",), "“未被采用”"),
        ("没有计分标准的条款", ("3.3.2.2",), "由考核人员在“网站性能得分”中评0至2分"),
        ("一处过失多处计算", ("3.1.4", "3.3.2.3"), "3.1.4 “未按时更新”扣1分；3.3.2.3 “人事规划类未更新”扣5分；总分"),
        ("落在考核期之外的期限", ("3.2.1",), "来信日期在9月30日之后的，“三个月未回应”"),
        ("含义不止一种而没有解读的措辞", ("3.1.1.1", "3.1.1.2", "3.1.1.3", "3.3.1"), "“未及时”"),
    ],
)  # fmt: skip
def test_what_is_found_in_2017(
    remarks: dict[str, list[tuple[tuple[str, ...], str]]], title: str, codes: tuple[str, ...], text: str
) -> None:
    assert codes in [found for found, remark in remarks[title] if text in remark], remarks[title]


def test_every_kind_of_finding_is_shown(tried: tuple[Probes, Examples]) -> None:
    probes, examples = tried
    shown = {*probes.smallest, *examples.kinds, *probes.clean.kinds}
    assert shown == {(leaf.code, kind) for leaf in SCHEME.leaves for kind in leaf.findings}


def test_every_option_has_an_example_that_differs_from_the_default(tried: tuple[Probes, Examples]) -> None:
    several = tried[1].of
    for key, reading in SCHEME.readings.items():
        seen = {
            option
            for example in several[key]
            for option in example.outcomes
            if example.differs(option, reading.default)
        }
        assert seen == set(reading.options) - {reading.default}, key


def test_faults_from_full_marks_to_zero(tried: tuple[Probes, Examples]) -> None:
    found = {code: one.faults for code, one in least(tried[0]).items()}
    assert {code: found[code] for code in ("1.1", "2.2", "2.4", "3.1.2", "3.3.1", "3.3.2.1.3", TOTAL)} == {
        "1.1": 1, "2.2": 20, "2.4": 34, "3.1.2": 8, "3.3.1": 4, "3.3.2.1.3": 1, "total": 1,
    }  # fmt: skip
    assert "3.1.4" not in found


@pytest.mark.parametrize("named", [*known_schemes(), EXERCISE])
def test_every_clause_is_there_word_for_word_and_nothing_takes_long(named: str) -> None:
    started = time.process_time()
    page, paper = explained(load_scheme(named=named))
    assert time.process_time() - started < 30  # some 6 on a machine with nothing else to do
    assert paper.startswith(b"%PDF")
    words = "".join(text_of(page).split())
    scheme = load_scheme(named=named)
    for leaf in scheme.leaves:
        for text in (leaf.description, leaf.standard, leaf.remark):
            assert all("".join(line.split()) in words for line in text.splitlines()), leaf.code


def test_a_gate_has_no_points(tmp_path: Path) -> None:
    text = text_of(explained(load_scheme(named="census_2015"))[0])
    assert "从合格到不合格" in text
    assert not re.search(r"分值自相矛盾|得不到的分|得\d+分|满分", text)


# --- Cases


def test_cases_are_written_in_words() -> None:
    cases = {(code, case.name): case for code, several in cases_of(SCHEME).items() for case in several}
    case = cases["2.2", "缺19项，剩0.5分"]
    assert (case.evidence, case.result) == ("《门户栏目报送》19行", "得0.5分")
    case = cases["2.1", "年中还没有报送，待评"]
    assert (case.evidence, case.result) == ("截止日期2017年6月30日；《门户征集调查》没有记录", "待评（0～10分）")
    case = cases["3.1.2", "另一种解读：全年没有更新是一段间隔，计1次"]
    assert case.evidence.endswith("解读“未按时更新的次数”取“每段逾期未更新的间隔计一次”")
    assert case.given == "3.3.2.3 未核查"


def test_a_scheme_without_cases_has_none(tmp_path: Path) -> None:
    assert cases_of(load_scheme(named=small(tmp_path))) == {}


def test_a_wrong_case_is_refused(tmp_path: Path) -> None:
    named = small(tmp_path)
    (Path(named) / "cases").mkdir()
    text = '[[case]]\nname = "甲"\nclause = "9.9"\nscore = 1\n\n[[case]]\nname = "乙"\nclause = "1.1"\nscor = 1\n'
    (Path(named) / "cases" / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError) as refused:
        cases_of(load_scheme(named=named))
    assert str(refused.value).splitlines()[1:] == [
        "  cases/a.toml 的 第 1 个 case：应有 name，clause（末级指标编号），以及 score、void、pending 之一",
        "  cases/a.toml 的 第 2 个 case：不认识 scor",
    ]


# --- Text and the command line


def test_markup_in_a_clause_is_text(tmp_path: Path) -> None:
    hostile = "#panic[甲] *乙* $丙$ <script>alert(1)</script> {{ 7 * 7 }} _丁_ \\\\u{41}"
    page, paper = explained(load_scheme(named=small(tmp_path, ("scheme.toml", "公开的信息是否准确。", hostile))))
    assert "<script>alert" not in page.decode()
    assert hostile.replace("\\\\", "\\") in text_of(page)
    assert paper.startswith(b"%PDF")


def command(*args: str, seed: int = 1) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    call = [sys.executable, "-m", "scoring", "scheme", *args]
    return subprocess.run(call, capture_output=True, text=True, env=environment, check=False)


def test_the_command_gives_the_same_bytes_again(tmp_path: Path) -> None:
    named, made = small(tmp_path), []
    for seed in (1, 2):
        done = command(named, "--out", str(tmp_path / str(seed)), seed=seed)
        assert (done.returncode, done.stderr) == (0, "")
        made.append({path.name: path.read_bytes() for path in (tmp_path / str(seed)).iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == {"方案说明-small.html", "方案说明-small.pdf"}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("scheme.toml", 'sheets = ["letters"]', 'sheets = ["letter"]'), "没有工作表 letter"),
        (
            ("rules.py", 'rows = clause.rows(evidence, "notes")', FAILS),
            "指标 1.1 的规则：rules.py 第 11 行出错（ZeroDivisionError：无）",
        ),
    ],
)  # fmt: skip
def test_an_unusable_scheme_is_refused(tmp_path: Path, edit: tuple[str, str, str], message: str) -> None:
    done = command(small(tmp_path, edit), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_scheme_is_a_wrong_call(tmp_path: Path) -> None:
    done = command("nowhere", "--out", str(tmp_path / "out"))
    assert (done.returncode, "没有方案“nowhere”" in done.stderr) == (2, True)


def test_the_small_scheme_is_sound_without_points_too(tmp_path: Path) -> None:
    """A gate of one's own: what cost points is a veto."""
    gate = [('points = "10"\n', ""), ('points = "6"\n', ""), ('points = "2"\n', ""), ('points = "4"\n', "")]
    kinds = [(f'each = "-{n}"', f'scope = "{code}"\nveto = "否决"') for n, code in ((1, "1.1"), (2, "1.2"))]
    assert all(old in SMALL for old, _ in (*gate, *kinds))
    edits = [("scheme.toml", old, new) for old, new in (*gate, *kinds)]
    edits += [("rules.py", f'change("{kind}"', f'void("{kind}"') for kind in ("差错", "没有机构", "没有回复")]
    text = text_of(explained(load_scheme(named=small(tmp_path, *edits)))[0])
    assert "从合格到不合格" in text


def test_leaves_without_clean_evidence_are_named(tmp_path: Path) -> None:
    always = ("rules.py", 'facts[facts["office"] == "无"]', "facts")
    text = text_of(explained(load_scheme(named=small(tmp_path, always)))[0])
    assert "没有试出使这些指标完全没有过失的佐证：1.2 机构。" in text


def test_a_scheme_without_sheets_of_its_own(tmp_path: Path) -> None:
    named = small(tmp_path)
    scheme = SMALL.replace('points = "10"', 'points = "2"').replace('points = "6"', 'points = "2"')
    first, _, rest = scheme.partition('[[node]]\ncode = "1.1"')
    leaf = rest[rest.index('[[node]]\ncode = "1.2"') : rest.index('[[node]]\ncode = "2"\n')]
    (Path(named) / "scheme.toml").write_text(first + leaf, encoding="utf-8")
    (Path(named) / "sheets.toml").write_text(SHEETS.partition("[[sheet]]")[0], encoding="utf-8")
    head, _, rules = RULES.partition('@rule("1.1")')
    office = rules[rules.index('@rule("1.2")') : rules.index('@rule("2.1")')]
    (Path(named) / "rules.py").write_text(head + office, encoding="utf-8")
    assert "1.2 机构" in text_of(explained(load_scheme(named=named))[0])
