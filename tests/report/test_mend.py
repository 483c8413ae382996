"""The command mend: what is asked for, and what it answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from calling import Run
from evidence_builder import faultless

ROOT = Path(__file__).parents[2]
#: Three typos set 3.3 (16 points) to zero; with two, 3.3 has 17 of its 16 points left. 2.2 loses 0.5 for what is late.
VETOED = ("监测发现 ×3 | 指标=3.3.2.1.3", "门户栏目报送 ×2")

ANSWERS = {
    "教育局": ("100 分，合格", "升 1 名：已是第 1 名", "达到 99 分：已经达到"),
    "人社局": ("99.9 分，合格", "升 2 名：前面只有 1 个部门", "2 项以内挽回最多：1 项（3.1.1.1-未及时更新-"),
    "规划局": ("100 分，待评", "升 1 名：没有名次", "2 项以内挽回最多：没有可以挽回的"),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw") / "2017"
    faultless("教育局").save(folder)
    faultless("人社局").add("监测发现 | 指标=3.1.1.1").save(folder)
    faultless("林业局").add(*VETOED).save(folder)
    faultless("规划局").inspection("3.3.1", "未核查").save(folder)
    return folder


def answers(run: Run, raw: Path, *options: str) -> list[str]:
    printed = run("mend", raw, "--count", "2", "--points", "99", *options)
    assert printed.code == 0, printed.err
    return printed.out.splitlines()


def test_a_veto_points_and_ranks_by_mending_and_by_withdrawal(run: Run, raw: Path) -> None:
    """One typo less lifts the veto: 99. Late deliveries stay late; withdrawn, they give the other point."""
    head, *lines = answers(run, raw, "--ranks", "2", "--department", "林业局")
    said = [re.sub("（.*）", "", line) for line in lines]
    assert head == "林业局：现为 83 分，不合格"
    assert said == [
        "  改正，解除“错别字累计否决”：1 项，总分为 99 分",
        "  改正，2 项以内挽回最多：1 项，总分为 99 分",
        "  改正，升 2 名：做不到",
        "  改正，达到 99 分：1 项，总分为 99 分",
        "  撤销，解除“错别字累计否决”：1 项，总分为 99 分",
        "  撤销，2 项以内挽回最多：2 项，总分为 99.5 分",
        "  撤销，升 2 名：3 项，总分为 100 分",
        "  撤销，达到 99 分：1 项，总分为 99 分",
    ]


@pytest.mark.parametrize("department", ANSWERS)
def test_what_stands_in_the_way_is_said(department: str, run: Run, raw: Path) -> None:
    head, *expected = ANSWERS[department]
    ranks = "2" if department == "人社局" else "1"
    first, *lines = answers(run, raw, "--ranks", ranks, "--department", department)
    assert first == f"{department}：现为 {head}"
    for words in expected:
        assert any(words in line for line in lines), words


def test_a_gate_has_vetoes_only(run: Run) -> None:
    printed = run("mend", ROOT / "data/raw/2015", "--scheme", "census_2015", "--department", "住建局")
    assert printed.out.splitlines() == [
        "住建局：现为不合格",
        "  改正，解除“空白栏目否决”：1 项（普3-空白栏目-2015-06-03-政策法规）",
        "  撤销，解除“空白栏目否决”：1 项（普3-空白栏目-2015-06-03-政策法规）",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--points", "高分"], "“高分”不是分数；应为数字，如 85.5"),
        (["--points", "nan"], "“nan”不是分数"),
        (["--count", "0"], "--count"),
        (["--department", "水利局"], "水利局"),
        (["--scheme", "census_2015", "--ranks", "1"], "方案不计分，没有总分和名次；请去掉 --ranks、--points"),
    ],
)
def test_what_cannot_be_asked(options: list[str], words: str, run: Run, raw: Path) -> None:
    printed = run("mend", raw, *options)
    assert (printed.code, words in printed.err) == (2, True), printed.err
