"""Rules bound to their leaves, and one run of them over the evidence of all departments."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

import pandas as pd

from scoring.evidence.model import Evidence
from scoring.findings import COLUMNS, Clause, Pending
from scoring.readings import Readings

#: A rule reads evidence of many departments at once and yields findings, or says that a leaf cannot be judged yet.
Rule = Callable[[Evidence, Clause], Iterator[pd.DataFrame | Pending]]

WAITING = "尚未核查"


#: Rules as their modules bind them: (module, leaf code) to rule.
_BOUND: dict[tuple[str, str], Rule] = {}


def rule(*codes: str) -> Callable[[Rule], Rule]:
    """Bind a rule to its leaf; leaves with the same clause but for its words share one function."""

    def bind(function: Rule) -> Rule:
        for code in codes:
            _bind(function.__module__, code, function)
        return function

    return bind


def take_over(module: str, rules: Mapping[str, Rule]) -> None:
    """Bind rules of an earlier year to leaves of a year whose clauses read the same but for their numbers.

    Parameters
    ----------
    module
        The module of the year that takes them over (``__name__``).
    rules
        Leaf code to rule.
    """
    for code, function in rules.items():
        _bind(module, code, function)


def _bind(module: str, code: str, function: Rule) -> None:
    if _BOUND.setdefault((module, code), function) is not function:
        raise ValueError(f"two rules for leaf {code}")


def rules_of(package: ModuleType) -> dict[str, Rule]:
    """Leaf code to rule, from every module of a year's package.

    Raises
    ------
    ValueError
        When two modules claim the same leaf.
    """
    modules = [info.name for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")]
    for module in modules:
        importlib.import_module(module)
    found: dict[str, Rule] = {}
    for (module, code), function in _BOUND.items():
        if module in modules and found.setdefault(code, function) is not function:
            raise ValueError(f"two rules for leaf {code}")
    return found


@dataclass(frozen=True)
class Judgement:
    """What the rules found.

    Attributes
    ----------
    findings
        One row a finding of a leaf that can be judged.
    set_aside
        Findings under pending leaves: told, but without effect (rulebook 1, 待评).
    pending
        ``department``, ``code``, ``reason`` of every leaf that is pending.
    """

    findings: pd.DataFrame
    set_aside: pd.DataFrame
    pending: pd.DataFrame


def judge(evidence: Evidence, readings: Readings) -> Judgement:
    """Run every rule once over all departments."""
    scheme = evidence.scheme
    found: list[pd.DataFrame] = []
    pending = [evidence.pending_inspection().assign(reason=WAITING)]
    for leaf in scheme.leaves:
        for outcome in scheme.rules[leaf.code](evidence, Clause(leaf, scheme, readings)):
            if isinstance(outcome, Pending):
                pending.append(outcome.rows.assign(code=outcome.code, reason=outcome.reason))
            elif len(outcome):
                found.append(outcome)
    findings = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS), dtype=object)
    waiting = pd.concat(pending, ignore_index=True).drop_duplicates(["department", "code"], ignore_index=True)
    aside = pd.MultiIndex.from_frame(findings[["department", "code"]]).isin(
        pd.MultiIndex.from_frame(waiting[["department", "code"]])
    )
    return Judgement(findings[~aside].reset_index(drop=True), findings[aside].reset_index(drop=True), waiting)
