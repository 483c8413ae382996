"""Section 3.4: 网站普查."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import Clause
from scoring.rules import rule


def _censures(evidence: Evidence, clause: Clause, kind: str) -> Iterator[pd.DataFrame]:
    rows = evidence.rows("censures")
    for source in clause.scheme.censures[kind]:
        of_source = rows[(rows["kind"] == kind) & (rows["source"] == source)]
        yield clause.change(f"{source}{kind}", of_source, at="censures")


@rule("3.4.1")
def circulars(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """被国办通报每次扣10分，被省办公厅通报每次扣6分，被市电子政办通报次扣4分."""
    yield from _censures(evidence, clause, "通报")


@rule("3.4.2")
def exposures(evidence: Evidence, clause: Clause) -> Iterator[pd.DataFrame]:
    """被中国政府网曝光每次扣10分，被省政府门户网站曝光每次扣6分，被市党政门户网站曝光每次扣4分."""
    yield from _censures(evidence, clause, "曝光")
