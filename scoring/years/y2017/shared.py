"""What several branches of 2017 say in the same words."""

from __future__ import annotations

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import Clause, Pending, chinese_date
from scoring.workdays import made_up_and_off


def day_of_year(evidence: Evidence, month_and_day: str) -> pd.Timestamp:
    """A fixed day of the scheme's year, from ``06-30``."""
    return pd.Timestamp(f"{evidence.scheme.year}-{month_and_day}")


def target_open(evidence: Evidence, clause: Clause, unmet: pd.Series) -> Pending:
    """A year's target that is unmet at a cut-off before 31 December, which more of the year may still meet.

    Under the reading ``annual-target`` = ``cut-off`` it is judged as if the year ended at the cut-off.

    Parameters
    ----------
    unmet
        A mask of :attr:`Evidence.facts`.
    """
    facts = evidence.facts
    early = facts["cut_off"] < day_of_year(evidence, "12-31")
    waits = unmet & early & (clause.readings["annual-target"] == "year-end")
    return clause.pending(facts[waits], "全年的要求在截止日期之后仍可达到，尚未到期")


def is_late(rows: pd.DataFrame, due: pd.Series, met: pd.Series) -> pd.Series:
    """Late (rulebook 1): not met by the end of the due day, which is on or before the cut-off."""
    return (due <= rows["cut_off"]) & ~(met <= due)


def outcome(rows: pd.DataFrame, met: str, done: str, undone: str) -> list[str]:
    """What became of an obligation: ``实际于……回复``, or ``截至……未回复``."""
    return [
        f"截至{chinese_date(cut_off)}{undone}" if pd.isna(day) else f"实际于{chinese_date(day)}{done}"
        for day, cut_off in zip(rows[met], rows["cut_off"], strict=True)
    ]


def unusual_days(received: pd.Series, due: pd.Series) -> list[str]:
    """What a reader who counts weekdays from receipt to due day must know: 调休上班日 and days off on weekdays."""
    spans = list(zip(received, due, strict=True))
    told = {span: _unusual(*span) for span in set(spans)}
    return [told[span] for span in spans]


def _unusual(received: pd.Timestamp, due: pd.Timestamp) -> str:
    made_up, off = made_up_and_off(received, due)
    worked = "、".join(f"{_in_year(day)}周{'一二三四五六日'[day.weekday()]}" for day in made_up)
    rested = "、".join(_in_year(first) + (f"至{_in_year(last)}" if last > first else "") for first, last in off)
    parts = [*([f"{worked}调休上班，计入"] if worked else []), *([f"{rested}放假，不计"] if rested else [])]
    return f"期限自收到次日起计，其间{'；'.join(parts)}" if parts else ""


def _in_year(day: pd.Timestamp) -> str:
    return f"{day.month}月{day.day}日"


def faults_of(evidence: Evidence, code: str, *kinds: str) -> pd.DataFrame:
    """监测发现 of a leaf, of those 问题类型."""
    faults = evidence.rows("faults")
    return faults[(faults["code"] == code) & faults["kind"].isin(kinds)]
