"""Helpers for clauses of several branches of 2017."""

from __future__ import annotations

import pandas as pd

from scoring.engine.rulekit import Clause, Evidence, Pending, day_of_year


def target_open(evidence: Evidence, clause: Clause, unmet: pd.Series) -> Pending:
    """The departments whose yearly target is unmet at a cut-off before 31 December, and may still be met.

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


def faults_of(evidence: Evidence, clause: Clause, *kinds: str) -> pd.DataFrame:
    """监测发现 of a leaf, of those 问题类型."""
    faults = clause.rows(evidence, "faults")
    return faults[faults["kind"].isin(kinds)]
