"""One run of the rules over the evidence of all departments."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scoring.base.errors import ForAnalysts
from scoring.engine.findings import NO_FINDINGS, Clause, Pending
from scoring.evidence.model import Evidence
from scoring.scheme import Scheme
from scoring.scheme.readings import Readings

#: A rule reads the evidence of many departments at once and yields findings, or :class:`Pending`.
Rule = Callable[[Evidence, Clause], Iterator[pd.DataFrame | Pending]]

WAITING = "尚未核查"


class RuleFailed(ForAnalysts):
    """A rule of a scheme cannot judge the evidence; the message is in Chinese."""


@dataclass(frozen=True)
class Judgement:
    """What the rules found."""

    findings: pd.DataFrame  # one row per finding, of leaves that can be judged
    set_aside: pd.DataFrame  # findings under pending leaves: reported, but without effect (rulebook 1, 待评)
    pending: pd.DataFrame  # department, code, reason of every leaf that is pending


def judge(evidence: Evidence, readings: Readings, *, near: bool = False) -> Judgement:
    """Run every rule once over all departments; for ``near`` see :class:`Clause`."""
    scheme = evidence.scheme
    found: list[pd.DataFrame] = []
    pending = [waiting(evidence)]
    for leaf in scheme.leaves:
        for outcome in outcomes_of(evidence, Clause(leaf, scheme, readings, near)):
            if isinstance(outcome, Pending):
                pending.append(outcome.rows.assign(code=outcome.code, reason=outcome.reason))
            elif len(outcome):
                found.append(outcome)
    findings = pd.concat(found, ignore_index=True) if found else NO_FINDINGS
    unjudged = pd.concat(pending, ignore_index=True).drop_duplicates(["department", "code"], ignore_index=True)
    aside = pd.MultiIndex.from_frame(findings[["department", "code"]]).isin(
        pd.MultiIndex.from_frame(unjudged[["department", "code"]])
    )
    return Judgement(findings[~aside].reset_index(drop=True), findings[aside].reset_index(drop=True), unjudged)


def waiting(evidence: Evidence) -> pd.DataFrame:
    """The leaves that no rule can judge, whatever the readings: department, code, reason."""
    uninspected = evidence.pending_inspection().assign(reason=WAITING)
    return pd.concat([uninspected, _without_sheets(evidence)], ignore_index=True)


def outcomes_of(evidence: Evidence, clause: Clause) -> list[pd.DataFrame | Pending]:
    """What the rule of a leaf yields; :class:`RuleFailed` when it raises what is no message for analysts."""
    try:
        return list(clause.scheme.rules[clause.leaf.code](evidence, clause))
    except ForAnalysts:
        raise
    except Exception as error:
        named = f"方案 {clause.scheme.folder.name} 中指标 {clause.leaf.code} 的规则"
        raise RuleFailed(f"{named}：{raised(error, clause.scheme)}；请改正规则再评分") from error


def raised(error: BaseException, scheme: Scheme) -> str:
    """What a rule raised, and in which line of the scheme's own modules."""
    if isinstance(error, KeyError) and error.args:
        return f"用到的“{error.args[0]}”不存在；应为方案中的工作表、列、terms、finding 或解读"
    lines = [
        f"{path.relative_to(scheme.folder).as_posix()} 第 {one.lineno} 行"
        for one in traceback.extract_tb(error.__traceback__)
        if (path := Path(one.filename)).is_relative_to(scheme.folder)
    ]
    return f"{lines[-1] if lines else '规则'}出错（{type(error).__name__}：{error}）"


def _without_sheets(evidence: Evidence) -> pd.DataFrame:
    """Leaves that use an optional sheet which the evidence lacks."""
    scheme = evidence.scheme
    rows = [
        (department, leaf.code, f"佐证中没有《{scheme.sheet(key).name}》")
        for department, absent in evidence.absent.items()
        for leaf in scheme.leaves
        for key in leaf.sheets
        if key in absent
    ]
    return pd.DataFrame(rows, columns=["department", "code", "reason"], dtype=object)
