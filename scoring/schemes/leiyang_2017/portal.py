"""Section 2: what the department supplies to 耒阳党政门户网站."""

from __future__ import annotations

import pandas as pd

from scoring.engine.rulekit import Clause, Evidence, Found, late_rows, rule

from .shared import target_open

KINDS = ("征集", "调查")


@rule("2.1")
def consultations(evidence: Evidence, clause: Clause) -> Found:
    """对耒阳党政门户网站征集调查内容保障及采纳（公开）情况；必须保障民意征集和网上调查各1次，并把征集调查结果和采纳情况
    公布。

    征集和调查各被采用并有结果反馈计6分；报送征集或调查1次被采用无结果反馈计1分，未报送计0分。

    Opens at 0. For each kind the best item counts: adopted with its result published, else adopted. Under the reading
    ``consultation-credit`` = ``both``, 6 points in all when both kinds are adopted and published, otherwise 1 for
    each kind adopted. Until both are, the leaf is pending while the year runs (``annual-target``).
    """
    items = evidence.rows("portal_consultations")
    adopted = items[items["adopted"] == "是"].sort_values(["result_published", "submitted", "row"], na_position="last")
    best = adopted.drop_duplicates(["department", "kind"])
    published = best["result_published"].notna()
    complete_kinds = evidence.facts["department"].map(best[published].groupby("department").size()).fillna(0)
    yield target_open(evidence, clause, complete_kinds < len(KINDS))
    if clause.readings["consultation-credit"] == "both":
        both = best[published].groupby("department")["kind"].transform("size").eq(len(KINDS))
        complete = best.loc[both[both].index]
        rest = best[~best["department"].isin(complete["department"])]
        complete = complete.drop_duplicates("department")
        yield clause.change("两类均采用并公布结果", complete, at="portal_consultations", key=[])
        yield clause.change("仅计采用分", rest, at="portal_consultations", key="kind")
    else:
        yield clause.change("采用并公布结果", best[published], at="portal_consultations", key="kind")
        yield clause.change("采用未公布结果", best[~published], at="portal_consultations", key="kind")
    every = pd.MultiIndex.from_product([evidence.departments, KINDS], names=["department", "kind"])
    lacking = every.difference(pd.MultiIndex.from_frame(best[["department", "kind"]]), sort=False).to_frame(index=False)
    yield clause.change("未被采用", _offered(items, lacking), at="portal_consultations", key="kind")


def _offered(items: pd.DataFrame, lacking: pd.DataFrame) -> pd.DataFrame:
    """Kinds without an adopted item, each with the row of the first item offered, or NA."""
    of_kind = items.sort_values(["submitted", "row"]).groupby(["department", "kind"], as_index=False)
    offered = lacking.merge(of_kind.agg(row=("row", "first"), count=("row", "size")), how="left")
    counts = offered["count"].fillna(0).astype("int64")
    words = [f"报送{n}项，{'均' if n > 1 else ''}未采用" if n else "佐证未列报送" for n in counts]
    return offered.assign(counting=words)


@rule("2.2", "2.3")
def deliveries(evidence: Evidence, clause: Clause) -> Found:
    """根据耒阳党政门户网站栏目内容保障分工及时主动报送

    不及时报送不得分，每缺一个扣0.5分，扣完为止。

    Each item due in the period that came late or not at all. Under ``late-delivery`` = ``forfeit`` one of them voids
    the leaf.
    """
    items = clause.rows(evidence, "portal_deliveries")
    late = late_rows(items, items["due"], items["delivered"])
    finding = clause.void if clause.readings["late-delivery"] == "forfeit" else clause.change
    missing = late["delivered"].isna()
    yield finding("逾期报送", late[~missing], at="portal_deliveries")
    yield finding("未报送", late[missing], at="portal_deliveries")


@rule("2.4")
def adopted_news(evidence: Evidence, clause: Clause) -> Found:
    """各单位全年在政府网站首页更新不得少于50条

    每少一条扣0.3分，超过部分每超过1条加0.1分。

    Rows of 门户信息采用. Each one beyond 50 earns a bonus, which the reading ``news-bonus`` may limit. Short of 50, the
    leaf is pending while the year runs (``annual-target``).
    """
    required = clause.terms["required"]
    counts = evidence.rows("portal_news").groupby("department").size()
    adopted = evidence.facts["department"].map(counts).fillna(0).astype("int64")
    table = evidence.facts[["department"]].assign(adopted=adopted, required=required, times=(adopted - required).abs())
    yield target_open(evidence, clause, adopted < required)
    short = table[adopted < required]
    yield clause.change("采用不足", short.assign(lacking=short["times"]), times="times")
    if clause.readings["news-bonus"] != "none":
        yield clause.change("超额采用", table[adopted > required], times="times")
