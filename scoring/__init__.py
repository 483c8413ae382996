"""Audit workbook for government websites: evidence in, scores out.

>>> from pathlib import Path
>>> from scoring import assess, load_scheme
>>> scheme = load_scheme(2017)
>>> assessment = assess(sorted(Path("data/raw/2017").glob("*.xlsx")), scheme)  # doctest: +SKIP

What is named here is imported when it is first asked for: processes that only render pages start without pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from scoring.engine.assessment import Assessment, assess
    from scoring.engine.scorecard import Finding, NodeScore, Scorecard, rank
    from scoring.evidence import load_evidence, workbooks_in
    from scoring.scheme import Scheme, load_scheme

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

_HOMES: Final = {
    "scoring.engine.assessment": ("Assessment", "assess"),
    "scoring.evidence": ("load_evidence", "workbooks_in"),
    "scoring.scheme": ("Scheme", "load_scheme"),
    "scoring.engine.scorecard": ("Finding", "NodeScore", "Scorecard", "rank"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for (PEP 562); a function keeps its name although its module has the same."""
    for module, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(module), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
