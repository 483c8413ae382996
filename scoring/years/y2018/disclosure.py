"""Section 3.1 of the exercise: what it adds to 政府信息公开."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import Clause
from scoring.rules import rule
from scoring.years.y2017.shared import faults_of


@rule("3.1.5")
def annual_disclosure_report(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """未公布扣2分；内容不完整，每缺一项扣0.5分."""
    for kind in clause.leaf.fault_kinds:
        yield clause.change(kind, faults_of(evidence, clause.leaf.code, kind), at="faults")
