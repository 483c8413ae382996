"""Section 1: 部门政府网站集约化建设."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scoring.base.tables import each_row
from scoring.engine.rulekit import Clause, Evidence, Found, chinese_date, day_of_year, rule


@rule("1.1")
def integration(evidence: Evidence, clause: Clause) -> Found:
    """按照《耒阳市政府网站集约化建设实施方案》要求，6月底前完成网站平台整合上移。考核市直部门是否整合到市本级统一平台，
    是否属于leiyang.gov.cn二级域名。

    未完成扣完该项分值

    Full points when 集约化完成日期 is on or before 30 June and 网站域名 is a name below leiyang.gov.cn. If not, and the
    cut-off is before 30 June: pending.
    """
    facts = evidence.facts
    due = day_of_year(evidence, clause.terms["due"])
    below = facts["domain"].str.lower().str.endswith(f".{clause.terms['domain']}")
    in_time = facts["integrated_on"] <= due
    unmet = facts[~(below & in_time)]
    early = unmet["cut_off"] < due
    yield clause.pending(unmet[early], f"整合期限（{chinese_date(due)}）在截止日期之后，尚未到期")
    late = unmet[~early]
    blamed = [_blamed(row, due, clause.terms["domain"]) for row in each_row(late)]
    late = late.assign(row_blamed=[row for row, _ in blamed], reason=[reason for _, reason in blamed])
    yield clause.change("未完成整合", late, at="facts.blamed")


def _blamed(facts: Any, due: pd.Timestamp, domain: str) -> tuple[int, str]:
    """The row of 基本信息 that shows why the leaf is lost, and the reason in words."""
    if pd.isna(facts.integrated_on):
        return facts.row_integrated_on, f"截至{chinese_date(facts.cut_off)}没有完成整合的记录"
    if facts.integrated_on > due:
        return facts.row_integrated_on, f"整合完成日期为{chinese_date(facts.integrated_on)}"
    return facts.row_domain, f"网站域名“{facts.domain}”不属于 {domain} 二级域名"
