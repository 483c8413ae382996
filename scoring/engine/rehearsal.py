"""Runs a scheme's rules once on evidence without rows, to find mistakes that the files alone do not show.

Such as a rule that uses a column, a term or a reading that does not exist, a sentence with a field that the rule does
not fill, or a kind of finding that no rule makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from string import Formatter
from typing import Any

import pandas as pd

from scoring.engine.findings import NO_FINDINGS, Clause, Pending
from scoring.engine.judge import raised
from scoring.evidence import load_evidence
from scoring.evidence.model import Evidence
from scoring.scheme import Node, Scheme, SchemeError, load_scheme
from scoring.scheme.readings import choose
from scoring.scheme.sheets import FACTS


def rehearsed(scheme: Scheme) -> Scheme:
    """The scheme after rehearsing its rules; SchemeError with all their mistakes."""
    if problems := _problems(scheme.name):
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise SchemeError(f"方案 {scheme.folder.name} 的规则有 {len(problems)} 处错误：{lines}")
    return scheme


@cache
def _problems(named: str) -> tuple[str, ...]:
    return tuple(rehearse(load_scheme(named=named)))


def rehearse(scheme: Scheme) -> Iterator[str]:
    """All mistakes of the rules under any option of the readings of their leaves, in Chinese."""
    empty = load_evidence([], scheme).evidence
    evidence = _Watched(**{one.name: getattr(empty, one.name) for one in fields(Evidence)})
    for leaf in scheme.leaves:
        yield from dict.fromkeys(_of_leaf(evidence, leaf, scheme))


def _of_leaf(evidence: _Watched, leaf: Node, scheme: Scheme) -> Iterator[str]:
    clauses = [_Rehearsed(leaf, scheme, readings) for readings in _choices(leaf, scheme)]
    evidence.used.clear()
    for clause in clauses:
        try:
            made = scheme.rules[leaf.code](evidence, clause)
            given = list(made) if isinstance(made, Iterator) else [None]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a scheme's rules may raise anything
            yield f"指标 {leaf.code} 的规则：{raised(error, scheme)}"
            return
        if not all(isinstance(one, pd.DataFrame | Pending) for one in given):
            yield f"指标 {leaf.code} 的规则：应逐项用 yield 给出 clause.change、void、veto_by_count 或 pending 的结果"
        yield from (f"指标 {leaf.code} 的规则：{problem}" for problem in clause.problems)
    for key in sorted(evidence.used - {FACTS, *leaf.sheets}):
        yield f"scheme.toml 的 node {leaf.code}.sheets：规则用到工作表 {key}，应当列出"
    for key in sorted({*leaf.sheets} - {FACTS, *evidence.used}):
        yield f"scheme.toml 的 node {leaf.code}.sheets：规则没有用到工作表 {key}，不应列出"
    for kind in leaf.findings:
        if not any(kind in clause.made for clause in clauses):
            yield f"scheme.toml 的 node {leaf.code}.finding {kind}：规则不会产生这种认定"


def _choices(leaf: Node, scheme: Scheme) -> Iterator[dict[str, str]]:
    """The default readings, then each other option of those that concern the leaf or a node above it."""
    lineage = set(scheme.lineage(leaf.code))
    yield choose(scheme.readings)
    for key, reading in scheme.readings.items():
        if lineage.intersection(reading.nodes):
            yield from (choose(scheme.readings, {key: option}) for option in list(reading.options)[1:])


@dataclass(frozen=True)
class _Watched(Evidence):
    """Evidence that records which sheets are used."""

    used: set[str] = field(default_factory=set)

    def rows(self, key: str) -> pd.DataFrame:
        self.used.add(key)
        return super().rows(key)

    def looked_back(self, key: str) -> pd.DataFrame:
        self.used.add(key)
        return super().looked_back(key)


@dataclass(frozen=True)
class _Rehearsed(Clause):
    """A clause that checks the findings its rule makes."""

    problems: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)

    def change(self, kind: str, rows: pd.DataFrame, **how: Any) -> pd.DataFrame:
        if kind in self.leaf.findings and self.leaf.findings[kind].each is None and not how.get("each"):
            self.problems.append(f"认定“{kind}”没有分值；scheme.toml 中应有 each，或由规则的 each 给出")
        return self._make(kind, rows, **how)

    def void(self, kind: str, rows: pd.DataFrame, **how: Any) -> pd.DataFrame:
        if kind in self.leaf.findings and self.leaf.findings[kind].scope is None:
            self.problems.append(f"认定“{kind}”计 0 分，而 scheme.toml 没有写明 scope")
        return self._make(kind, rows, **how)

    def _make(
        self, kind: str, rows: pd.DataFrame, *, at: str | None = None, key: str | Sequence[str] = (), **how: Any
    ) -> pd.DataFrame:
        self.made.add(kind)
        if kind not in self.leaf.findings:
            self.problems.append(f"产生的认定“{kind}”不在 scheme.toml 中")
            return NO_FINDINGS
        if self.leaf.findings[kind].mendable and how.get("rests_on"):
            self.problems.append(f"认定“{kind}”按数量否决，改正的是它所依据的认定；mendable 应写在那些认定上")
        blanks = {name.split(".")[0] for _, name, _, _ in Formatter().parse(self.leaf.findings[kind].because) if name}
        keys = {key} if isinstance(key, str) else {*key}
        columns = {name for name in (how.get("times"), how.get("each"), how.get("needs"), how.get("rests_on")) if name}
        sheet, _, fact = (at or "").partition(".")
        if sheet and sheet not in {one.key for one in self.scheme.sheets}:
            self.problems.append(f"认定“{kind}”的佐证 {sheet} 不是工作表")
        row = {f"row_{fact}"} if fact else {"row"} if sheet else set()
        charts = [chart for chart in self.scheme.outline.charts if chart.leaf == self.leaf.code]
        drawn = {name for chart in charts for name in chart.needs.get(kind, ())}
        for name in sorted({"department", *blanks, *keys, *columns, *row, *drawn} - set(rows.columns)):
            self.problems.append(f"认定“{kind}”要用到“{name}”，规则没有给出")
        return NO_FINDINGS
