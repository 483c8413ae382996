"""What several branches of 2017 say in the same words."""

from __future__ import annotations

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import chinese_date


def day_of_year(evidence: Evidence, month_and_day: str) -> pd.Timestamp:
    """A fixed day of the scheme's year, from ``06-30``."""
    return pd.Timestamp(f"{evidence.scheme.year}-{month_and_day}")


def is_late(rows: pd.DataFrame, due: pd.Series, met: pd.Series) -> pd.Series:
    """Late (rulebook 1): not met by the end of the due day, which is on or before the cut-off."""
    return (due <= rows["cut_off"]) & ~(met <= due)


def outcome(rows: pd.DataFrame, met: str, done: str, undone: str) -> list[str]:
    """What became of an obligation: ``实际于……回复``, or ``截至……未回复``."""
    return [
        f"截至{chinese_date(cut_off)}{undone}" if pd.isna(day) else f"实际于{chinese_date(day)}{done}"
        for day, cut_off in zip(rows[met], rows["cut_off"], strict=True)
    ]


def faults_of(evidence: Evidence, code: str, *kinds: str) -> pd.DataFrame:
    """监测发现 of a leaf, of those 问题类型."""
    faults = evidence.rows("faults")
    return faults[(faults["code"] == code) & faults["kind"].isin(kinds)]
