"""The scheme of 2017 as data, and what loading it checks."""

from __future__ import annotations

import copy
import dataclasses
import tomllib
from collections.abc import Callable
from string import Formatter
from typing import Any

import pytest
from evidence_builder import BY_KEY

from scoring import Scheme, load_scheme
from scoring.scheme import YEARS, SchemeError, build_scheme, known_years

RULEBOOK = {
    "1.1": 10, "2.1": 10, "2.2": 10, "2.3": 10, "2.4": 10,
    "3.1.1.1": 2, "3.1.1.2": 2, "3.1.1.3": 2, "3.1.2": 4, "3.1.3.1": 1, "3.1.3.2": 1, "3.1.4": 2, "3.1.5": 2,
    "3.2.1": 5, "3.2.2": 3,
    "3.3.1": 2, "3.3.2.1.1": 1, "3.3.2.1.2": 1, "3.3.2.1.3": 1, "3.3.2.2": 2, "3.3.2.3": 3,
    "3.3.3.1": 1, "3.3.3.2": 1, "3.3.3.3": 2, "3.3.4.1": 2, "3.3.4.2": 2,
    "3.4.1": 5, "3.4.2": 5,
}  # fmt: skip
DEPARTMENTS = "市经济开发区办公室、人社局、教育局、住建局、规划局、国土资源局、卫计局、统计局、林业局"
Data = dict[str, Any]


@pytest.fixture
def data() -> Data:
    return tomllib.loads((YEARS / "y2017" / "scheme.toml").read_text(encoding="utf-8"))


def build(data: Data, **changes: Any) -> Scheme:
    scheme = load_scheme(2017)
    return build_scheme(data, changes.get("readings", scheme.readings), changes.get("rules", scheme.rules))


def node(data: Data, code: str) -> Data:
    return next(entry for entry in data["node"] if entry["code"] == code)


def test_leaves_and_their_points_are_the_rulebooks(scheme: Scheme) -> None:
    assert {leaf.code: leaf.points for leaf in scheme.leaves} == RULEBOOK
    assert len(scheme.leaves) == 28


def test_departments_are_the_schemes(scheme: Scheme) -> None:
    assert "、".join(scheme.departments) == DEPARTMENTS


def test_leaves_add_up_to_102_and_the_contradiction_is_declared(scheme: Scheme) -> None:
    assert sum(leaf.points for leaf in scheme.leaves) == 102
    (contradiction,) = scheme.contradictions
    assert (contradiction.node, contradiction.declared, contradiction.adds_up_to) == ("3.3", 16, 18)
    assert contradiction.reading == "management-sum"


def test_every_leaf_but_one_has_its_standard(scheme: Scheme) -> None:
    """The scheme gives none for 网站性能."""
    assert [leaf.code for leaf in scheme.leaves if not leaf.standard] == ["3.3.2.2"]
    assert [leaf.code for leaf in scheme.leaves if not leaf.description] == []


def test_only_the_five_leaves_spill(scheme: Scheme) -> None:
    assert {leaf.code for leaf in scheme.leaves if leaf.spills} == {"3.3.2.3", "3.3.3.1", "3.3.3.2", "3.4.1", "3.4.2"}


def test_one_leaf_opens_at_nought_and_one_has_a_bonus(scheme: Scheme) -> None:
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


def test_sentences_name_fields_only(scheme: Scheme) -> None:
    for leaf in scheme.leaves:
        for kind in leaf.findings.values():
            fields = [name for _, name, _, _ in Formatter().parse(kind.because) if name is not None]
            assert all(name.isidentifier() for name in fields), kind.because


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
    assert scheme.most_marks == 2


def test_phrases_belong_to_the_data(scheme: Scheme) -> None:
    assert scheme.phrases["fob_off"] == ("已电话回复当事人", "已转相关部门")


def test_a_branch_is_no_leaf(scheme: Scheme) -> None:
    with pytest.raises(KeyError):
        scheme.leaf("3.3")


def test_lineage_ends_with_the_total(scheme: Scheme) -> None:
    assert scheme.lineage("3.3.2.1.3") == ("3.3.2.1.3", "3.3.2.1", "3.3.2", "3.3", "3", "total")
    assert scheme.under("3.3.2.1") == ("3.3.2.1.1", "3.3.2.1.2", "3.3.2.1.3")


def test_a_year_without_scheme_is_told() -> None:
    assert 2017 in known_years()
    with pytest.raises(SchemeError, match="没有 1999 年的考核方案；已有：2017"):
        load_scheme(1999)


def wrong_sum(data: Data) -> None:
    node(data, "3.2.1")["points"] = "6"


def undeclared(data: Data) -> None:
    del data["contradiction"]


def wrongly_declared(data: Data) -> None:
    data["contradiction"][0]["adds_up_to"] = "17"


def declared_where_there_is_none(data: Data) -> None:
    data["contradiction"].append({"node": "3.1", "declared": "16", "adds_up_to": "15", "reading": "management-sum"})


def without_reading(data: Data) -> None:
    data["contradiction"][0]["reading"] = "nothing"


def unknown_parent(data: Data) -> None:
    node(data, "3.2.2")["code"] = "3.9.2"


def twice(data: Data) -> None:
    data["node"].append(copy.deepcopy(node(data, "3.4.2")))


def unknown_scope(data: Data) -> None:
    node(data, "3.2.1")["finding"]["未建立信箱"]["scope"] = "3.7"


def no_sheet(data: Data) -> None:
    node(data, "3.2.1")["sheets"] = []


def findings_of_a_branch(data: Data) -> None:
    node(data, "3.2")["finding"] = {"其他": {"because": "其他"}}


def faults_without_their_sheet(data: Data) -> None:
    node(data, "3.4.1")["fault_kinds"] = ["打不开"]


def faults_of_a_branch(data: Data) -> None:
    node(data, "3.4")["fault_kinds"] = ["打不开"]


def censures_of_one_kind(data: Data) -> None:
    del data["censures"]["曝光"]


def corresponds_to_no_scheme(data: Data) -> None:
    node(data, "3.4.1")["corresponds"] = "3.4.2"


def spills_by_no_reading(data: Data) -> None:
    node(data, "3.4.1")["spills"] = "nothing"


def spills_by_another_kind_of_reading(data: Data) -> None:
    node(data, "3.4.1")["spills"] = "news-bonus"


def proportion_by_another_kind_of_reading(data: Data) -> None:
    node(data, "3.3.2.3")["proportion"]["reading"] = "overflow"


def second_bonus(data: Data) -> None:
    node(data, "2.3")["bonus"] = "news-bonus"


def scope_by_a_reading_that_says_none(data: Data) -> None:
    node(data, "3.3.3.1")["finding"]["重大安全事件"]["scope_by"] = "overflow"


def scope_that_its_reading_does_not_have(data: Data) -> None:
    node(data, "3.3.3.1")["finding"]["重大安全事件"]["scope"] = "2"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (wrong_sum, "3.2: declared 8 points, children add up to 9"),
        (undeclared, "3.3: declared 16 points, children add up to 18"),
        (wrongly_declared, "3.3: declared contradiction 16/17, found 16/18"),
        (declared_where_there_is_none, "3.1: declared contradiction 16/15, found 16/16"),
        (without_reading, "3.3: contradiction without a reading nothing"),
        (unknown_parent, "3.9.2: parent unknown"),
        (twice, "3.4.2: given twice"),
        (unknown_scope, "3.2.1 未建立信箱: unknown scope 3.7"),
        (no_sheet, "3.2.1: no sheet of evidence"),
        (findings_of_a_branch, "3.2: only a leaf has findings and a standard"),
        (faults_without_their_sheet, "3.4.1: fault_kinds go with the sheet faults, and with a leaf"),
        (faults_of_a_branch, "3.4: fault_kinds go with the sheet faults, and with a leaf"),
        (censures_of_one_kind, "censures: should be given for 通报、曝光"),
        (corresponds_to_no_scheme, "3.4.1: corresponds goes with follows, and not with new"),
        (spills_by_no_reading, "3.4.1: no reading nothing"),
        (spills_by_another_kind_of_reading, "3.4.1: reading news-bonus should have options among floor, spill"),
        (proportion_by_another_kind_of_reading, "3.3.2.3: reading overflow should have options among literal"),
        (second_bonus, "2.4: a second leaf with a bonus"),
        (scope_by_a_reading_that_says_none, "3.3.3.1 重大安全事件: its scope 3 is not by reading overflow"),
        (scope_that_its_reading_does_not_have, "3.3.3.1 重大安全事件: its scope 2 is not by reading site-veto-scope"),
    ],
)
def test_loading_checks_the_scheme(change: Callable[[Data], None], told: str, data: Data) -> None:
    build(data)
    change(data)
    with pytest.raises(SchemeError, match=told):
        build(data)


@pytest.mark.parametrize(
    ("scopes", "told"),
    [
        ({"section": "3"}, "site-veto-scope: its scopes and its options differ"),
        ({"section": "3", "total": "9"}, "site-veto-scope: unknown scope 9"),
    ],
)
def test_loading_checks_the_scopes_of_a_reading(scopes: dict[str, str], told: str, data: Data, scheme: Scheme) -> None:
    changed = dataclasses.replace(scheme.readings["site-veto-scope"], scopes=scopes)
    with pytest.raises(SchemeError, match=told):
        build(data, readings={**scheme.readings, changed.key: changed})


def test_a_leaf_without_a_rule_and_a_rule_without_a_leaf_are_told(data: Data, scheme: Scheme) -> None:
    rules = dict(scheme.rules)
    rules["9.9"] = rules.pop("3.4.2")
    with pytest.raises(SchemeError, match=r"3\.4\.2: leaf without a rule；9\.9: rule without a leaf"):
        build(data, rules=rules)
