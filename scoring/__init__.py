"""Audit workbook for government websites: evidence in, scores out.

>>> from pathlib import Path
>>> from scoring import assess, load_scheme
>>> scheme = load_scheme(2017)
>>> assessment = assess(sorted(Path("data/raw/2017").glob("*.xlsx")), scheme)  # doctest: +SKIP
"""

from scoring.assess import Assessment, assess
from scoring.evidence import load_evidence, workbooks_in
from scoring.scheme import Scheme, load_scheme
from scoring.scorecard import Finding, NodeScore, Scorecard, rank

__all__ = [
    "Assessment",
    "Finding",
    "NodeScore",
    "Scheme",
    "Scorecard",
    "assess",
    "load_evidence",
    "load_scheme",
    "rank",
    "workbooks_in",
]
