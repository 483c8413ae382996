"""Section 3.1 of the exercise: what it adds to 政府信息公开."""

from __future__ import annotations

from scoring.engine.rulekit import Clause, Evidence, Found, rule
from scoring.schemes.leiyang_2017.shared import faults_of


@rule("3.1.5")
def annual_disclosure_report(evidence: Evidence, clause: Clause) -> Found:
    """未公布扣2分；内容不完整，每缺一项扣0.5分."""
    for kind in clause.leaf.fault_kinds:
        yield clause.change(kind, faults_of(evidence, clause, kind), at="faults")
