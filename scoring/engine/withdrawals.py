"""What each withdrawal is worth: the total before any review, and after each of them in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import pandas as pd

from scoring.engine.judge import Judgement
from scoring.engine.settle import settle, still_valid
from scoring.scheme import TOTAL, Scheme
from scoring.scheme.readings import Readings

#: The total's range.
Range = tuple[Fraction, Fraction]


def totals_after_each(
    scheme: Scheme, readings: Readings, judgement: Judgement, withdrawals: Mapping[str, tuple[str, ...]]
) -> dict[str, list[Range]]:
    """The total's range of a department before its withdrawals and after each one more, in their order.

    Floors, caps and vetoes make a withdrawal's worth depend on those before it; in turn they add up to the whole.
    Every stage of a department is settled as if it were a department of its own, all in one settlement.

    Parameters
    ----------
    withdrawals
        Department to the ids of its withdrawn findings; departments without any are not worked out.
    """
    stages = [(name, count) for name, ids in withdrawals.items() for count in range(len(ids) + 1)]
    if not stages:
        return {}
    findings = pd.concat(_staged(judgement.findings, stages), ignore_index=True)
    pending = pd.concat(_staged(judgement.pending, stages), ignore_index=True)
    gone = {(_label(name, count), finding) for name, count in stages for finding in withdrawals[name][:count]}
    withdrawn = pd.Series(
        [key in gone for key in zip(findings["department"], findings["id"], strict=True)], findings.index, dtype=bool
    )
    settled = settle(
        scheme, readings, tuple(_label(*stage) for stage in stages), findings[still_valid(findings, withdrawn)], pending
    )
    totals: dict[str, list[Range]] = {}
    for (name, _), low, high in zip(stages, settled.low[TOTAL], settled.high[TOTAL], strict=True):
        totals.setdefault(name, []).append((low, high))
    return totals


def _staged(table: pd.DataFrame, stages: list[tuple[str, int]]) -> Iterator[pd.DataFrame]:
    of = dict(iter(table.groupby("department", sort=False)))
    for name, count in stages:
        rows = of.get(name, table.iloc[:0])
        yield rows.assign(department=_label(name, count))


def _label(department: str, count: int) -> str:
    return f"{department}\x1f{count}"
