"""Every sum and sentence of a report agrees with the ledger to the digit."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from evidence_builder import faultless
from saying import calculated
from scheme_copies import copy_of

from scoring import assess, load_scheme
from scoring.base.points import rounded, shown
from scoring.report.view import words
from scoring.report.view.first_page import largest_losses, main_reason, summary

TESTS = Path(__file__).parents[1]
FOLDERS = [*sorted((TESTS / "cases").iterdir()), TESTS.parent / "data" / "raw" / "2017"]


@pytest.mark.parametrize(
    ("lines", "readings", "code", "expected"),
    [
        ([], {}, "2.4", "10，无扣分"),
        (["领导信箱 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-20"] * 1, {}, "3.2.1", "5 − 0.5 = 4.5"),
        (["安全漏洞 | 级别=高危"], {}, "3.3.3.1", "1 − 3 = −2，扣至 0 分为止"),
        (
            ["安全漏洞 | 级别=高危"],
            {"overflow": "spill"},
            "3.3.3.1",
            "1 − 3 = −2，扣至 0 分为止，超出的 2 分从“网站安全”中扣除",
        ),
        (["通报曝光 | 类型=曝光 | 来源=市党政门户网站"], {}, "3.4.2", "5 − 4 = 1"),
        (["监测发现 | 指标=3.1.1.1 | 问题类型=未及时更新"], {}, "3.1.1.1", "2 − 0.1 = 1.9"),
        (
            ["监测发现 | 指标=3.3.2.3 | 问题类型=发布不准确"],
            {"update-volume": "proportional"},
            "3.3.2.3",
            "累计扣 0.5 = 0.5 分；3 ×（1 − 0.5/10）= 2.85",
        ),
        (["基本信息 | 信箱栏目=无"], {}, "3.2.1", "未建立信箱，本项计 0 分"),
    ],
)
def test_a_leafs_sum_is_worked_out(scored, lines, readings, code, expected):
    card = scored(faultless().add(*lines), **readings)
    assert words.worked_sum(card, code) == expected


@pytest.mark.parametrize(
    ("lines", "code", "message", "where"),
    [
        (
            ["领导信箱 | 类型=咨询 | 来信日期=2017-09-27 | 回复日期=2017-10-13"],
            "3.2.1",
            "（期限自收到次日起计，其间9月30日周六调休上班，计入；10月1日至10月8日放假，不计）",
            "《领导信箱》第",
        ),
        (["领导信箱 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-20"], "3.2.1", "20日回复", "《领导信箱》第"),
        (["门户征集调查 | 类型=调查 | 是否采用=否"], "2.1", "的征集（佐证未列报送）", "（按全表核查）"),
        (["门户征集调查 | 类型=征集 | 是否采用=否"], "2.1", "的征集（报送1项，未采用）", "《门户征集调查》第2行"),
        (["门户征集调查 ×2 | 类型=征集 | 是否采用=否"], "2.1", "征集（报送2项，均未采用）", "《门户征集调查》第2行"),
        (["信息发布 | 发布日期=2017-06-01"], "3.1.5", "未更新1次（自考核期首日起计）", "（按全表核查）"),
        (["信息发布 | 栏目=人事信息 | 发布日期=2017-06-01"], "3.3.2.3", "（佐证未列此前的发布记录）", "《网站栏目》第"),
    ],
)
def test_a_remark_explains_the_count(scored, lines, code, message, where):
    card = scored(faultless().replace(*lines))
    assert any(one.sentence.endswith(message) and where in one.where for one in card.of(code)), [
        (one.sentence, one.where) for one in card.of(code)
    ]


def test_a_faultless_department_lost_nothing(scored):
    card = scored(faultless())
    assert summary(card, 1, 9) == [
        "人社局2017年度网站管理工作考核得 100 分，在已评定的 9 个部门中排第 1 名，判定为合格。",
        "各项指标均未失分。",
    ]
    assert largest_losses(card) == []


def test_one_loss_is_named_whole(scored):
    card = scored(faultless().add("领导信箱 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-20"))
    assert summary(card, 2, 9)[1] == "仅“3.2.1 领导（主任、局长）信箱”一项失分，失 0.5 分。"


def test_a_veto_says_what_the_total_would_be_without_it(scored):
    card = scored(faultless().add("领导信箱 | 类型=咨询 | 来信日期=2017-03-01 | 信件编号=A7"))
    veto = summary(card, 9, 9)[1]
    assert "咨询类信件A7于2017年3月1日收到，至2017年6月1日已满3个月仍未回应" in veto
    assert veto.endswith(f"触发单项否决，总分计 0 分；不计否决，总分为 {shown(card.total.unvetoed)} 分。")
    assert words.verdict(card) == "不合格"


def test_a_withdrawn_typo_is_not_counted_in_the_veto(scored):
    typos = ["监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字"] * 4
    found = scored(faultless().add(*typos)).of("3.3.2.1.3")
    first = next(finding for finding in found if finding.kind.name == "错别字")
    card = scored(faultless().add(*typos, f"复核记录 | 发现编号={first.id}"))
    assert [veto.because for veto in card.vetoes] == ["错别字累计3个（满3个即否决）"]
    assert main_reason(card, "3.3.2.1.3") == "错别字（3 项）"


def test_what_earns_all_that_it_can_is_no_problem(tmp_path):
    best = 'because = "征集和调查均被门户网站采用并公布了结果"'
    folder = copy_of(tmp_path / "scheme", ("scheme.toml", best, f'{best}\nadvice = "继续报送。"'))
    path, scheme = faultless().save(tmp_path), load_scheme(2017, str(folder))
    (card,) = assess([path], scheme, {"consultation-credit": "both"}).scorecards
    assert largest_losses(card)[0].code == "2.1"
    assert main_reason(card, "2.1") == "无扣分事项：0 + 6 = 6"


def test_what_earns_less_than_it_could_is_a_problem(scored):
    card = scored(faultless().replace("门户征集调查 | 类型=征集"))
    assert main_reason(card, "2.1") == "未被采用、采用未公布结果"


def test_a_pending_department_is_not_called_faultless(scored):
    card = scored(faultless().inspection("3.2.1", "未核查"))
    sentences = summary(card, None, 8)
    assert sentences[0] == "人社局2017年度网站管理工作有 1 个指标待评，总分在 95～100 分之间，暂不排名。"
    assert sentences[1] == "已核查的指标均未失分。"
    assert words.worked_sum(card, "3.2.1") == "待评：0～5"


def test_a_pending_leaf_under_a_veto_lost_nothing(scored):
    typos = ["监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字"] * 3
    card = scored(faultless().add(*typos).inspection("3.3.2.2", "未核查"))
    assert card.nodes["3.3.2.2"].status == "void"
    assert [node.code for node in largest_losses(card)] == ["3.3.2.1.3"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_sums_of_the_acceptance_cases_and_samples_add_up(folder, scheme):
    """Random evidence is tried in test_said.py."""
    cards = assess(sorted(folder.glob("*.xlsx")), scheme).scorecards
    for card, leaf in ((card, leaf) for card in cards for leaf in scheme.leaves):
        sentence = words.worked_sum(card, leaf.code)
        if added := re.match(r"([\d. +−×]+) = (−?[\d.]+)", sentence):
            result, node = calculated(added[2]), card.nodes[leaf.code]
            assert abs(calculated(added[1]) - result) <= Decimal("0.01"), sentence
            if node.status == "scored" and not leaf.bonus:
                assert min(max(result, Decimal(0)), rounded(leaf.points)) == rounded(node.low), sentence
