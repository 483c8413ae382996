"""Section 1: 部门政府网站集约化建设."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import Clause, Pending, chinese_date
from scoring.rules import rule
from scoring.years.y2017.shared import day_of_year


@rule("1.1")
def integration(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame | Pending]:
    """6月底前完成网站平台整合上移……是否属于leiyang.gov.cn二级域名。未完成扣完该项分值.

    Met when completed on or before 30 June under a name below leiyang.gov.cn. Not met, and the cut-off is before
    30 June: pending.
    """
    facts = evidence.facts
    due = day_of_year(evidence, clause.terms["due"])
    below = facts["domain"].str.lower().str.endswith(f".{clause.terms['domain']}")
    in_time = facts["integrated_on"] <= due
    unmet = facts[~(below & in_time)]
    early = unmet["cut_off"] < due
    yield clause.pending(unmet[early], "整合期限（6月30日）在截止日期之后，尚未到期")
    late = unmet[~early]
    reasons = [
        f"截至{chinese_date(row.cut_off)}没有完成整合的记录"
        if pd.isna(row.integrated_on)
        else f"整合完成日期为{chinese_date(row.integrated_on)}"
        if row.integrated_on > due
        else f"网站域名“{row.domain}”不属于 {clause.terms['domain']} 二级域名"
        for row in late.itertuples()
    ]
    at = ["integrated_on" if pd.isna(row.integrated_on) or row.integrated_on > due else "domain" for row in late.itertuples()]
    late = late.assign(reason=reasons, row_blamed=[getattr(row, f"row_{key}") for row, key in zip(late.itertuples(), at, strict=True)])
    yield clause.change("未完成整合", late, at="facts.blamed")
