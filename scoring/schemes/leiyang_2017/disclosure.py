"""Section 3.1: 政府信息公开."""

from __future__ import annotations

from scoring.engine.rulekit import Clause, Evidence, Found, gaps_between, rule

from .shared import faults_of


@rule("3.1.1.1", "3.1.1.2", "3.1.1.3")
def outdated_profiles(evidence: Evidence, clause: Clause) -> Found:
    """机构简介、领导简介、内设机构：未及时更新每次扣0.1分."""
    yield clause.change("未及时更新", faults_of(evidence, clause, "未及时更新"), at="faults")


@rule("3.1.2", "3.1.3.1", "3.1.3.2", "3.1.4", "3.1.5")
def missed_updates(evidence: Evidence, clause: Clause) -> Found:
    """2周内必须有更新 / 6个月以内要求要有更新 / 1年内必须更新。未按时更新每次扣分.

    All columns of the 类别 together. Between neighbouring days of publication (and from the last day of the year
    before, to the day after the cut-off) every whole period that ran out is a missed update; under ``per-gap`` a gap
    counts once.
    """
    columns = clause.rows(evidence, "columns")[["department", "column"]]
    published = evidence.rows("publications").merge(columns, on=["department", "column"])
    gaps = gaps_between(evidence, published.rename(columns={"published": "day"}), clause.terms["every"])
    missed = gaps[gaps["times"] > 0]
    if clause.readings["missed-update"] == "per-gap":
        missed = missed.assign(times=1)
    from_start = missed["since"] == evidence.period_start  # Whether it was silent before, nobody has to say.
    missed = missed.assign(
        every=clause.terms["every_is"], counting=from_start.map({True: "自考核期首日起计", False: ""})
    )
    yield clause.change("未按时更新", missed, key="since", times="times")
