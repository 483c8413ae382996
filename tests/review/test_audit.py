"""An audit without a screen: leaf by leaf, readings and decisions tried, nothing saved unasked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from evidence_builder import Evidence, faultless

from scoring.report.places import NotScored
from scoring.report.view.blocks import paragraph
from scoring.report.view.nodes import clause_blocks
from scoring.review.audit import Audit, Refused
from scoring.review.explain import explain

TYPO = "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月”"
LATE = "领导信箱 | 信件编号=X-1 | 类型=建议 | 来信日期=2017-09-04 | 回复日期=2017-10-13"
ASKED = LATE.replace("建议", "咨询")
DAY = dt.date(2018, 2, 1)

Open = Callable[[Evidence], Audit]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Open the audit of one workbook."""

    def run(evidence: Evidence) -> Audit:
        folder = tmp_path / "2017"
        evidence.save(folder)
        return Audit.open(evidence.department, 2017, tmp_path)

    return run


def found_at(audit: Audit, code: str) -> str:
    """Id of the one finding of a leaf."""
    (finding,) = audit.card.of(code)
    return finding.id


def typo_of(audit: Audit) -> str:
    return found_at(audit, "3.3.2.1.3")


def test_a_later_decision_takes_the_place_of_an_older_one(opened: Open) -> None:
    audit = opened(faultless().add(ASKED))
    again = opened(faultless().add(ASKED, f"复核记录 | 发现编号={found_at(audit, '3.2.1')} | 决定=撤销"))
    assert again.card.total.score == 100
    upheld = again.decide([found_at(audit, "3.2.1")], "维持", "再次核对，确已逾期", "复核员丙", DAY)
    assert upheld.card.total.score == 99.5
    assert [review.reviewer for review in upheld.card.reviews] == ["复核员丙"]


@pytest.mark.parametrize(
    ("finding", "decision", "reason", "reviewer", "day", "message"),
    [
        ("3.2.1-没有的", "撤销", "理由", "复核员乙", DAY, "没有编号为“3.2.1-没有的”的发现"),
        ("", "撤销", "  ", "复核员乙", DAY, "理由"),
        ("", "撤销", "理由", "", DAY, "复核人"),
        ("", "搁置", "理由", "复核员乙", DAY, "决定"),
        ("", "撤销", "理由", "核查员甲", DAY, "就是指标 3.3.2.1.3 的核查人"),
        ("", "撤销", "理由", "复核员乙", dt.date(2016, 1, 1), "早于指标 3.3.2.1.3 的核查日期"),
    ],
)
def test_a_decision_that_cannot_be_made_is_refused(
    finding: str, decision: str, reason: str, reviewer: str, day: dt.date, message: str, opened: Open
) -> None:
    evidence = faultless().add(TYPO)
    for row in evidence.sheets["核查情况"]:
        row["核查人"] = "核查员甲"
    audit = opened(evidence)
    with pytest.raises(Refused, match=message):
        audit.decide([finding or typo_of(audit)], decision, reason, reviewer, day)
    assert not audit.count


def test_rows_looked_at_keep_their_numbers_and_say_what_counts(opened: Open) -> None:
    audit = opened(faultless().add("领导信箱 | 信件编号=旧 | 来信日期=2016-12-30 | 回复日期=2017-01-03"))
    letters = audit.looked_at("3.2.1")["领导信箱"]
    assert list(letters["行号"]) == list(range(2, len(letters) + 2))
    assert letters.set_index("信件编号").loc["旧", "是否计入"] == "否"
    assert letters.iloc[-1]["来信日期"] == "2016-12-30"
    facts = audit.looked_at("3.2.1")["基本信息"]
    assert facts.set_index("项目").loc["部门", "内容"] == "人社局"


def test_a_leaf_sees_only_its_own_faults(opened: Open) -> None:
    audit = opened(faultless().add(TYPO, "监测发现 | 指标=3.1.1.1"))
    assert list(audit.looked_at("3.3.2.1.3")["监测发现"]["指标"]) == ["3.3.2.1.3"]


def test_another_reading_moves_the_nodes_it_reads_and_those_above(opened: Open) -> None:
    audit = opened(faultless().add(LATE))
    assert audit.moved_by({"suggestion-deadline": "none"}).empty
    moved = audit.moved_by({"suggestion-deadline": "consultation"})
    assert list(moved["指标"]) == ["", "3", "3.2", "3.2.1"]
    assert set(moved["变化"]) == {"−0.5 分"}


def test_a_decision_on_what_another_reading_does_not_find_has_no_effect(opened: Open) -> None:
    audit = opened(faultless().add(LATE)).reread({"suggestion-deadline": "consultation"})
    (finding,) = [found.id for found in audit.card.of("3.2.1")]
    tried = audit.decide([finding], "撤销", "节假日", "复核员乙", DAY)
    assert tried.card.total.score == 100
    back = tried.reread({"suggestion-deadline": "none"})
    assert back.card.total.score == 100
    assert back.card.reviews[0].stale


def test_what_is_garbled_in_the_source_stands_below_its_clause(opened: Open) -> None:
    card = opened(faultless()).card
    note = card.scheme.by_code["3.3.2.3"].source_note
    assert note.startswith("原文如此")
    assert f"\n　　{note}\n" in explain(card, "3.3.2.3")
    *_, last = clause_blocks(card.scheme, "3.3.2.3")
    assert last == paragraph(note, role="note")
    assert note not in explain(card, "3.2.1")


def test_every_node_is_explained(opened: Open) -> None:
    audit = opened(faultless().add(TYPO, LATE))
    for code, node in audit.card.nodes.items():
        text = audit.explain(code)
        assert not any(f"{key}=" in text for key in audit.card.scheme.readings), "names of the command line"
        assert text.startswith("【部门】人社局（2017年度）\n【得分】")
        assert node.name in text
    with pytest.raises(KeyError, match="没有编号为“9”的指标"):
        audit.explain("9")


def test_the_chain_of_a_finding_is_whole(opened: Open) -> None:
    audit = opened(faultless().add(TYPO))
    text = audit.decide([typo_of(audit)], "维持", "确为错别字", "复核员乙", DAY).explain("3.3.2.1.3")
    chain = [
        "少于3个错别字每个扣1分",
        "《监测发现》",
        "“签约”误为“签月”",
        "分值：−1",
        "确为错别字",
        "1 − 1 = 0",
        "【上级】3.3.2.1 ",
        "【上级】总分",
    ]
    at = [text.index(part) for part in chain]
    assert at == sorted(at)


def test_no_workbook_and_a_faulty_one_are_refused(tmp_path: Path, opened: Open) -> None:
    with pytest.raises(NotScored, match="没有佐证文件夹"):
        Audit.open("人社局", 2017, tmp_path)
    with pytest.raises(NotScored, match="《监测发现》"):
        opened(faultless().add("监测发现 | 指标=9.9"))
    with pytest.raises(NotScored, match="没有教育局的佐证工作簿"):
        Audit.open("教育局", 2017, tmp_path)
