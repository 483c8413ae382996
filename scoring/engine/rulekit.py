"""The toolkit for rules: the decorator, evidence, findings, and helpers that many schemes need.

The helpers work on tables with a column ``department``, and know no sheet by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from scoring.base.workdays import made_up_and_off, months_after, nth_working_day
from scoring.engine.findings import Clause, Pending, chinese_date
from scoring.evidence.model import Evidence
from scoring.scheme.rules import rule, take_over

__all__ = [
    "Clause",
    "Evidence",
    "Found",
    "Pending",
    "chinese_date",
    "count_in_window",
    "day_of_year",
    "gaps_between",
    "last_before",
    "late_rows",
    "months_after",
    "nth_working_day",
    "outcome",
    "rule",
    "stale_since",
    "take_over",
    "unusual_days",
    "window_start",
]

#: The result of a rule.
Found = Iterator[pd.DataFrame | Pending]

_DAY: Final = pd.Timedelta(days=1)


def day_of_year(evidence: Evidence, month_and_day: str) -> pd.Timestamp:
    """A fixed day of the year that is assessed, from ``06-30``."""
    return pd.Timestamp(f"{evidence.scheme.year}-{month_and_day}")


# --- Obligations with a due day --------------------------------------------------------------------------------------


def is_late(rows: pd.DataFrame, due: pd.Series, met: pd.Series) -> pd.Series:
    """Which obligations were not met by the end of the due day, which is on or before the cut-off."""
    return (due <= rows["cut_off"]) & ~(met < due + _DAY)


def late_rows(rows: pd.DataFrame, due: pd.Series, met: pd.Series) -> pd.DataFrame:
    """The obligations that are late, with ``due`` and ``days_late``: until they were met, else until the cut-off."""
    late = is_late(rows, due, met)
    rows, due, met = rows[late], due[late], met[late]
    until = met.fillna(rows["cut_off"]) if len(rows) else met
    return rows.assign(due=due, days_late=(until - due).dt.days)


def outcome(rows: pd.DataFrame, met: str, done: str, undone: str) -> list[str]:
    """The outcome of an obligation: ``实际于……回复``, or ``截至……未回复``."""
    return [
        f"截至{chinese_date(cut_off)}{undone}" if pd.isna(day) else f"实际于{chinese_date(day)}{done}"
        for day, cut_off in zip(rows[met], rows["cut_off"], strict=True)
    ]


def unusual_days(received: pd.Series, due: pd.Series) -> list[str]:
    """A remark for readers who count the weekdays from receipt to due day: 调休上班日 and days off on weekdays."""
    spans = list(zip(received, due, strict=True))
    words = {span: _unusual(*span) for span in set(spans)}
    return [words[span] for span in spans]


def _unusual(received: pd.Timestamp, due: pd.Timestamp) -> str:
    made_up, off = made_up_and_off(received, due)
    worked = "、".join(f"{_in_year(day)}周{'一二三四五六日'[day.weekday()]}" for day in made_up)
    rested = "、".join(_in_year(first) + (f"至{_in_year(last)}" if last > first else "") for first, last in off)
    parts = [*([f"{worked}调休上班，计入"] if worked else []), *([f"{rested}放假，不计"] if rested else [])]
    return f"期限自收到次日起计，其间{'；'.join(parts)}" if parts else ""


def _in_year(day: pd.Timestamp) -> str:
    return f"{day.month}月{day.day}日"


# --- Updates ---------------------------------------------------------------------------------------------------------


def gaps_between(evidence: Evidence, days: pd.DataFrame, every: Mapping[str, int]) -> pd.DataFrame:
    """The stretches without an update that are longer than allowed.

    31 December of the year before and the day after the cut-off count as days of an update, so that every stretch
    lies within the period; earlier days are ignored.

    Parameters
    ----------
    days
        ``department`` and ``day``, in any order and any number of times.
    every
        The longest stretch allowed: ``{"days": 14}`` or ``{"months": 6}``, calendar months.

    Returns
    -------
    pd.DataFrame
        ``department``, ``previous`` and ``following`` (the neighbouring days p < q), ``since`` and ``until`` (the
        first and last day without update), ``days`` between, ``times`` (whole numbers k ≥ 1 with p + k periods < q).
    """
    facts = evidence.facts
    before = facts[["department"]].assign(day=evidence.period_start - _DAY)
    after = facts[["department"]].assign(day=facts["cut_off"] + _DAY)
    known = days.loc[days["day"] >= evidence.period_start, ["department", "day"]]
    days = pd.concat([before, known, after]).drop_duplicates()
    gaps = days.sort_values(["department", "day"], ignore_index=True).rename(columns={"day": "previous"})
    gaps["following"] = gaps.groupby("department")["previous"].shift(-1)
    gaps = gaps.dropna(subset="following").reset_index(drop=True)
    gaps["since"], gaps["until"] = gaps["previous"] + _DAY, gaps["following"] - _DAY
    gaps["days"] = (gaps["following"] - gaps["previous"]).dt.days - 1
    gaps["times"] = _periods_run_out(gaps["previous"], gaps["following"], every)
    return gaps[gaps["times"] > 0]


def _periods_run_out(previous: pd.Series, following: pd.Series, every: Mapping[str, int]) -> pd.Series:
    """How many whole numbers k ≥ 1 have previous + k periods < following."""
    if "days" in every:
        return ((following - previous).dt.days - 1) // every["days"]
    times = pd.Series(0, index=previous.index)
    longest = int(np.ceil((following - previous).dt.days.max() / (28 * every["months"]))) if len(previous) else 0
    for k in range(1, 1 + longest):
        times += (months_after(previous, every["months"] * k) < following).astype("int64")
    return times


def window_start(days: pd.Series, window: Mapping[str, int]) -> pd.Series:
    """The day before the window that ends with each of these days: ``{"days": 14}`` or ``{"months": 6}``."""
    return days - pd.Timedelta(days=window["days"]) if "days" in window else months_after(days, -window["months"])


def count_in_window(days: pd.DataFrame, events: pd.DataFrame, window: Mapping[str, int]) -> pd.DataFrame:
    """How many events lie in the window that ends with each day.

    Parameters
    ----------
    days, events
        ``department`` and ``day``.

    Returns
    -------
    pd.DataFrame
        ``days`` with ``count`` (int) added.
    """
    pairs = days[["department", "day"]].merge(
        events[["department", "day"]].rename(columns={"day": "happened"}), on="department"
    )
    inside = (pairs["happened"] > window_start(pairs["day"], window)) & (pairs["happened"] <= pairs["day"])
    counts = pairs[inside].groupby(["department", "day"]).size().rename("count").reset_index()
    counted = days.merge(counts, on=["department", "day"], how="left")
    return counted.assign(count=counted["count"].fillna(0).astype("int64"))


def last_before(days: pd.DataFrame, things: pd.DataFrame, events: pd.DataFrame, name: str) -> pd.DataFrame:
    """Every thing on every day, with its ``latest`` event on or before that day; NaT if there was none.

    Parameters
    ----------
    days
        ``department`` and ``day``.
    things
        ``department``, ``row``, the column ``name`` that identifies them, and any others.
    events
        ``department``, ``name`` and ``day``.
    """
    pairs = days[["department", "day"]].merge(things, on="department").sort_values("day", ignore_index=True)
    known = events[["department", name, "day"]].rename(columns={"day": "latest"}).sort_values("latest")
    known = known.assign(at=known["latest"])
    latest = pd.merge_asof(pairs, known, left_on="day", right_on="at", by=["department", name])
    return latest.drop(columns="at").sort_values(["department", "day", "row"], ignore_index=True)


def stale_since(things: pd.DataFrame, group: Mapping[str, Any]) -> pd.DataFrame:
    """The things of a group without an event in its window, with ``last``: their latest event, in words.

    Parameters
    ----------
    things
        The result of :func:`last_before`, with the column ``category``.
    group
        ``categories``, and the window: ``days`` or ``months``.
    """
    of_group = things[things["category"].isin(group["categories"])]
    stale = of_group[~(of_group["latest"] > window_start(of_group["day"], group))]
    last = [
        "佐证未列此前的发布记录" if pd.isna(day) else f"此前最近更新于{chinese_date(day)}" for day in stale["latest"]
    ]
    return stale.assign(last=last)
