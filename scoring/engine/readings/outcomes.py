"""What the rule of a leaf comes to under every option that it looks at; each of them is tried once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, product

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.base.errors import ForAnalysts
from scoring.engine.decisions import turned_among
from scoring.engine.findings import NO_FINDINGS, Clause, Pending
from scoring.engine.judge import outcomes_of
from scoring.engine.settle import Flags, Tally, are_among, still_valid, tally_of
from scoring.evidence import Evidence
from scoring.scheme import FindingKind, Node, Scheme
from scoring.scheme.readings import Readings


class TooManyReadings(ForAnalysts):
    """More combinations than can be worked out; the message is in Chinese."""


@dataclass(frozen=True)
class Result:
    """What a leaf comes to under some options, for all departments."""

    options: Readings  # those that it depends on
    tally: Tally
    vetoed: Flags  # whether a veto of the leaf counts


@dataclass(frozen=True)
class LeafOutcomes:
    """All results of a leaf."""

    leaf: Node
    scheme: Scheme
    results: tuple[Result, ...]

    @cached_property
    def numbers(self) -> npt.NDArray[np.intp]:
        """The position of the result under each combination: an axis per reading, of one entry where it is the same."""
        looked_at = {key for result in self.results for key in result.options}
        readings = self.scheme.readings
        shape = [len(reading.options) if key in looked_at else 1 for key, reading in readings.items()]
        numbers = np.zeros(shape, dtype=np.intp)
        for number, result in enumerate(self.results):
            numbers[
                tuple(
                    list(reading.options).index(result.options[key]) if key in result.options else slice(None)
                    for key, reading in readings.items()
                )
            ] = number
        return numbers


def outcomes(evidence: Evidence, chosen: Readings) -> Iterator[LeafOutcomes]:
    """Every leaf's results. A decision counts where its finding is found, on the evidence it was made on.

    Raises
    ------
    RuleFailed
        When a rule cannot judge the evidence.
    """
    for leaf in evidence.scheme.leaves:
        results = (
            result
            for options, found, pending in _runs(evidence, leaf, chosen)
            for result in _results(evidence, leaf, options, found, pending)
        )
        yield LeafOutcomes(leaf, evidence.scheme, tuple(results))


class _Noted(Mapping[str, str]):
    """Readings that note which of them are looked at, in order."""

    def __init__(self, options: Readings) -> None:
        self.options = options
        self.seen: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        self.seen[key] = self.options[key]
        return self.seen[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.options)

    def __len__(self) -> int:
        return len(self.options)


@dataclass(frozen=True)
class _Unscoped(Clause):
    """A clause whose voids get their scopes afterwards: no rule has to run again for them."""

    options: Readings = field(default_factory=dict)

    def scope_of(self, kind: FindingKind) -> str | None:
        return self.scheme.scope_of(kind, self.options)


def _runs(
    evidence: Evidence, leaf: Node, chosen: Readings
) -> Iterator[tuple[dict[str, str], pd.DataFrame, pd.DataFrame]]:
    """A leaf's findings and what is pending by its rule, under each combination of the options that it looks at.

    A rule is a function of the evidence and of what it looks at. So another option of one that it looked at, with the
    same options of those before, is all that is left to try.
    """
    todo: list[dict[str, str]] = [{}]
    while todo:
        fixed = todo.pop()
        noted = _Noted({**chosen, **fixed})
        made = outcomes_of(evidence, _Unscoped(leaf, evidence.scheme, noted, options=noted.options))
        for place, key in islice(enumerate(noted.seen), len(fixed), None):
            before = dict(islice(noted.seen.items(), place))
            others = (option for option in evidence.scheme.readings[key].options if option != noted.seen[key])
            todo += [{**before, key: option} for option in others]
        found = [one for one in made if isinstance(one, pd.DataFrame) and len(one)]
        pending = [one.rows.assign(code=one.code) for one in made if isinstance(one, Pending)]
        yield noted.seen, _together(found, NO_FINDINGS), _together(pending, NO_FINDINGS[["department", "code"]])


def _together(tables: list[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else empty


def _results(
    evidence: Evidence, leaf: Node, options: Readings, findings: pd.DataFrame, pending: pd.DataFrame
) -> Iterator[Result]:
    """The results of one run: one for each scope that readings give its voids."""
    scheme, names = evidence.scheme, evidence.departments
    stands = findings[still_valid(findings, are_among(findings, turned_among(evidence, findings)))]
    vetoed = np.isin(names, stands.loc[stands["veto"].notna(), "department"].unique())
    by = {kind: leaf.findings[kind].scope_by for kind in stands["kind"].unique()}
    keys = [key for key in dict.fromkeys(by.values()) if key]
    for each in product(*([options[key]] if key in options else scheme.readings[key].options for key in keys)):
        scopes = dict(zip(keys, each, strict=True))
        named = {kind: scheme.readings[key].scopes[scopes[key]] for kind, key in by.items() if key}
        scoped = stands.assign(scope=stands["kind"].map(named).fillna(stands["scope"])) if named else stands
        yield Result({**options, **scopes}, tally_of(scheme, [leaf.code], names, scoped, pending), vetoed)
