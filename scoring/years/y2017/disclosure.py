"""Section 3.1: 政府信息公开."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import Clause
from scoring.rules import rule
from scoring.workdays import months_after
from scoring.years.y2017.shared import faults_of


@rule("3.1.1.1", "3.1.1.2", "3.1.1.3")
def outdated_profiles(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """机构简介、领导简介、内设机构：未及时更新每次扣0.1分."""
    yield clause.change("未及时更新", faults_of(evidence, clause.leaf.code, "未及时更新"), at="faults")


@rule("3.1.2", "3.1.3.1", "3.1.3.2", "3.1.4", "3.1.5")
def missed_updates(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """2周内必须有更新 / 6个月以内要求要有更新 / 1年内必须更新。未按时更新每次扣分.

    All columns of the 类别 together. Between neighbouring days of publication (and from the last day of the year
    before, to the day after the cut-off) every whole period that ran out is a missed update; under ``per-gap`` a gap
    counts once.
    """
    gaps = update_gaps(evidence, clause.terms["category"], clause.terms["every"])
    missed = gaps[gaps["times"] > 0]
    if clause.readings["missed-update"] == "per-gap":
        missed = missed.assign(times=1)
    from_start = missed["since"] == evidence.period_start  # Whether it was silent before, nobody has to say.
    missed = missed.assign(
        every=clause.terms["every_is"], counting=from_start.map({True: "自考核期首日起计", False: ""})
    )
    yield clause.change("未按时更新", missed, key="since", times="times")


def update_gaps(evidence: Evidence, category: str, every: dict[str, int]) -> pd.DataFrame:
    """The stretches without an update of a category.

    Returns
    -------
    pd.DataFrame
        ``department``, ``previous`` and ``following`` (the neighbouring days p < q of rulebook 3), ``since`` and
        ``until`` (the first and last day without update), ``days`` between, ``times`` (whole periods that ran out).
    """
    columns = evidence.rows("columns")
    wanted = columns.loc[columns["category"] == category, ["department", "column"]]
    published = evidence.days_published.merge(wanted, on=["department", "column"])
    days = published[["department", "published"]].rename(columns={"published": "day"})
    facts = evidence.facts
    before = facts[["department"]].assign(day=evidence.period_start - pd.Timedelta(days=1))
    after = facts[["department"]].assign(day=facts["cut_off"] + pd.Timedelta(days=1))
    days = pd.concat([before, days, after]).drop_duplicates().sort_values(["department", "day"], ignore_index=True)
    gaps = days.rename(columns={"day": "previous"})
    gaps["following"] = gaps.groupby("department")["previous"].shift(-1)
    gaps = gaps.dropna(subset="following").reset_index(drop=True)
    one_day = pd.Timedelta(days=1)
    gaps["since"], gaps["until"] = gaps["previous"] + one_day, gaps["following"] - one_day
    gaps["days"] = (gaps["following"] - gaps["previous"]).dt.days - 1
    gaps["times"] = periods_run_out(gaps["previous"], gaps["following"], every)
    return gaps


def periods_run_out(previous: pd.Series, following: pd.Series, every: dict[str, int]) -> pd.Series:
    """How many whole numbers k ≥ 1 have previous + k periods < following; months are calendar months."""
    if "days" in every:
        return ((following - previous).dt.days - 1) // every["days"]
    times = pd.Series(0, index=previous.index)
    for k in range(1, 1 + longest_run(previous, following, every["months"])):
        times += (months_after(previous, every["months"] * k) < following).astype("int64")
    return times


def longest_run(previous: pd.Series, following: pd.Series, months: int) -> int:
    """An upper bound of the number of periods in any of the gaps."""
    if previous.empty:
        return 0
    return int(np.ceil((following - previous).dt.days.max() / (28 * months)))
