"""Findings: the results of rules. A rule yields them; it never adds up points.

Three effects are enough. ``change`` gives or takes points of a leaf; ``void`` sets a node and all under it to zero; a
pending leaf is one that cannot be judged yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from string import Formatter
from typing import Any, Final

import pandas as pd

from scoring.base.points import shown
from scoring.evidence.model import Evidence
from scoring.evidence.reading.cells import displayed
from scoring.scheme import FindingKind, Node, Scheme
from scoring.scheme.readings import Readings
from scoring.scheme.sheets import ATTACHED

CHANGE: Final = "change"
VOID: Final = "void"

#: Placeholder in the sentence of a veto by count until the number of its valid findings is known.
COUNT: Final = "{count}"

#: One row per finding.
COLUMNS: Final = (
    "department",
    "code",
    "kind",
    "id",
    "effect",
    "points",  # each × times, both Fractions
    "each",
    "times",
    "bonus",
    "scope",
    "veto",
    "suspected",  # counts only when a review has confirmed it
    "because",
    "counting",  # a remark needed to get the same count, if the sentence lacks it; else empty
    "since",  # the first and last day of a stretch
    "until",
    "due",  # the day an obligation was due
    "days_late",  # by the day it was met, or by the cut-off
    "lacking",  # how many are lacking to the number required
    "sheet",
    "row",  # Excel's number, or NA
    "needs",  # of a void: valid only while this many of the findings in rests_on are valid
    "rests_on",
)

#: Columns of a rule's rows that become columns of its findings.
_TAKEN: Final = ("since", "until", "due", "days_late", "lacking")

#: A rule's result when nothing was found, the usual case.
NO_FINDINGS: Final = pd.DataFrame(columns=list(COLUMNS), dtype=object)


@dataclass(frozen=True)
class Pending:
    """Leaves that a rule cannot judge yet: ``rows`` has ``department``; ``reason`` is in Chinese."""

    code: str
    rows: pd.DataFrame
    reason: str


@dataclass(frozen=True)
class Clause:
    """A leaf as its rule sees it: its terms, the readings of the run, and the findings it may make."""

    leaf: Node
    scheme: Scheme
    readings: Readings
    near: bool = False  # makes vetoes by count that lack findings, too; they never count

    @property
    def terms(self) -> Any:
        """The leaf's numbers and words."""
        return self.leaf.terms

    def rows(self, evidence: Evidence, sheet: str) -> pd.DataFrame:
        """The rows of a sheet that count and are about this leaf, by its code and its ``where``."""
        return self._own(evidence.rows(sheet), sheet)

    def looked_back(self, evidence: Evidence, sheet: str) -> pd.DataFrame:
        """The same, rows before the period included; see :meth:`Evidence.looked_back`."""
        return self._own(evidence.looked_back(sheet), sheet)

    def _own(self, rows: pd.DataFrame, sheet: str) -> pd.DataFrame:
        for column, word in self.scheme.looked_at(self.leaf, sheet).items():
            rows = rows[rows[column] == word]
        return rows

    def change(
        self,
        kind: str,
        rows: pd.DataFrame,
        *,
        at: str | None = None,
        key: str | Sequence[str] = (),
        times: str | None = None,
        each: str | None = None,
    ) -> pd.DataFrame:
        """One finding with points for every row.

        Parameters
        ----------
        kind
            Name of the kind of finding in the scheme.
        rows
            ``department``, and every field of the kind's sentence; ``row`` when it rests on a row of a sheet (NA where
            none does); ``counting`` for a remark on the count.
        at
            Sheet key, or ``facts.<key>`` for an item of 基本信息; None when it rests on something missing.
        key
            Columns that identify the finding; when empty, the row's date and a digest of its content.
        times, each
            Columns of how many times it counts (1 when None) and of points each (the scheme's when None).

        Raises
        ------
        TypeError
            When points are floats, which are not exact.
        """
        scheme_kind = self.leaf.findings[kind]
        if rows.empty:
            return NO_FINDINGS
        counts = pd.Series(1, index=rows.index) if times is None else rows[times]
        prices = pd.Series(scheme_kind.each, index=rows.index, dtype=object) if each is None else rows[each]
        if any(isinstance(price, float) for price in prices):
            raise TypeError(f"“{kind}”的分值是浮点数，不精确；应为 Fraction")
        return self._findings(
            scheme_kind,
            rows,
            at,
            key,
            effect=CHANGE,
            times=counts.astype("int64"),
            each=prices,
            points=_objects([price * int(count) for price, count in zip(prices, counts, strict=True)], rows),
            bonus=_objects([bool(self.leaf.bonus) and price > 0 for price in prices], rows),
        )

    def void(
        self,
        kind: str,
        rows: pd.DataFrame,
        *,
        at: str | None = None,
        key: str | Sequence[str] = (),
        needs: str | None = None,
        rests_on: str | None = None,
    ) -> pd.DataFrame:
        """A void for every row, with the scope that the scheme and the readings give it; see :meth:`change`."""
        scheme_kind = self.leaf.findings[kind]
        if rows.empty:
            return NO_FINDINGS
        rests = {"needs": rows[needs], "rests_on": rows[rests_on]} if needs and rests_on else {}
        scope = self.scope_of(scheme_kind)
        return self._findings(
            scheme_kind, rows, at, key, effect=VOID, scope=scope, veto=scheme_kind.veto, times=1, **rests
        )

    def scope_of(self, kind: FindingKind) -> str | None:
        """What a void of this kind sets to zero."""
        return self.scheme.scope_of(kind, self.readings)

    def veto_by_count(self, kind: str, findings: pd.DataFrame, *, at: int, by: pd.Series | None = None) -> pd.DataFrame:
        """A void where ``at`` or more single findings occur together; only valid ones count.

        Parameters
        ----------
        findings
            Findings of :meth:`change`.
        by
            The groups to count in, such as the 监测日期 of the rows behind the findings; has the same index.
        """
        key = [] if by is None else [str(by.name)]
        groups = ["department", *key]
        if by is not None:
            findings = findings.assign(**{key[0]: by.reindex(findings.index)})
        counted = findings.groupby(groups, sort=False, as_index=False).agg(count=("id", "size"), rests_on=("id", tuple))
        counted = counted[counted["count"] >= (1 if self.near else at)].assign(at=at, count=COUNT)
        return self.void(kind, counted, key=key, needs="at", rests_on="rests_on")

    def pending(self, rows: pd.DataFrame, reason: str) -> Pending:
        """The leaf cannot be judged yet for the departments of these rows."""
        return Pending(self.leaf.code, rows[["department"]], reason)

    def _findings(
        self, kind: FindingKind, rows: pd.DataFrame, at: str | None, key: str | Sequence[str], **columns: Any
    ) -> pd.DataFrame:
        """A finding for every row, with the columns of its effect."""
        sheet, _, fact = (at or "").partition(".")
        columns = {
            **dict.fromkeys(COLUMNS),
            "department": rows["department"],
            "code": self.leaf.code,
            "kind": kind.name,
            "suspected": kind.suspected,
            "id": self._ids(kind, rows, sheet, [key] if isinstance(key, str) else list(key)),
            "because": _objects(worded(kind.because, rows), rows),
            "counting": rows.get("counting", ""),
            **{name: rows[name] for name in _TAKEN if name in rows},
            "sheet": self.scheme.sheet(sheet).name if sheet else None,
            "row": rows[f"row_{fact}"] if fact else rows["row"] if sheet else pd.NA,
            "needs": 0,
            "bonus": False,
            **columns,
        }
        return pd.DataFrame(columns, index=rows.index, dtype=object)

    def _ids(self, kind: FindingKind, rows: pd.DataFrame, sheet: str, key: list[str]) -> pd.Series:
        """Readable ids from the content of the evidence, so that inserted rows do not change them."""
        base = f"{self.leaf.code}-{kind.name}"
        if key:
            names = [
                "-".join([base, *(_plain(value) for value in values)]) for values in rows[key].itertuples(index=False)
            ]
        elif sheet and (dated := self.scheme.sheet(sheet).dated_by):
            columns = self.scheme.sheet(sheet).columns
            digests = _digests(rows, [column.key for column in columns if column != ATTACHED])
            names = [f"{base}-{day:%Y-%m-%d}-{digest}" for day, digest in zip(rows[dated], digests, strict=True)]
        else:
            names = [base] * len(rows)
        ids = pd.Series(["".join(name.split()) for name in names], index=rows.index, dtype=object)
        if not pd.DataFrame({"department": rows["department"], "id": ids}).duplicated().any():
            return ids
        nth = ids.groupby([rows["department"], ids]).cumcount()
        return ids.where(nth == 0, ids + "-" + (nth + 1).astype(str))


def _objects(values: list[Any], rows: pd.DataFrame) -> pd.Series:
    return pd.Series(values, index=rows.index, dtype=object)


def worded(template: str, rows: pd.DataFrame) -> list[str]:
    """The sentence of each row: the template's fields filled with what stands in the row, dates in Chinese.

    A moment is written with its time: 2017年3月5日08:30.
    """
    fields = list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))
    if not fields:
        return [template] * len(rows)
    words = [[_word(value) for value in rows[name]] for name in fields]
    return [template.format_map(dict(zip(fields, values, strict=True))) for values in zip(*words, strict=True)]


def chinese_date(day: pd.Timestamp) -> str:
    """A day as a report writes it: 2017年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _word(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return chinese_date(value) + (f"{value:%H:%M}" if value != value.normalize() else "")
    if isinstance(value, Fraction):
        return shown(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.normalize():f}"
    return "（空）" if pd.isna(value) else displayed(str(value), limit=120)


def _plain(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%dT%H%M%S}"
    return str(value)


def _digests(rows: pd.DataFrame, names: list[str]) -> list[str]:
    """Six hexadecimal digits of a digest of a row's content, independent of its position."""
    contents = (
        "\x1f".join("" if pd.isna(value) else _plain(value) for value in values)
        for values in rows[names].itertuples(index=False)
    )
    return [hashlib.sha256(content.encode()).hexdigest()[:6] for content in contents]
