"""Which leaves of two schemes correspond, and the evidence of one year prepared for the rules of the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from scoring.evidence import Evidence, load_evidence
from scoring.scheme import Scheme, SchemeError


@dataclass(frozen=True)
class Correspondence:
    """The leaves of two schemes, by their codes."""

    pairs: tuple[tuple[str, str], ...]  # In the earlier scheme, in the later one; in the order of the later.
    dropped: tuple[str, ...]  # Only the earlier has them.
    added: tuple[str, ...]  # Only the later has them.


def corresponding(before: Scheme, after: Scheme) -> Correspondence:
    """Pair leaves of the same code and name, and those that the later scheme declares to correspond.

    Raises
    ------
    SchemeError
        When the later scheme declares a leaf to correspond to none of the earlier, or two to one.
    """
    names = {leaf.code: leaf.name for leaf in before.leaves}
    pairs = []
    for leaf in after.leaves:
        declared = leaf.corresponds if after.follows == before.folder.name else None
        code = declared or leaf.code
        if declared or (names.get(code) == leaf.name and not leaf.new):
            pairs.append((code, leaf.code))
    claims = Counter(code for code, _ in pairs)
    if wrong := [f"{later} 对应 {code}" for code, later in pairs if code not in names or claims[code] > 1]:
        raise SchemeError(
            f"方案 {after.folder.name} 的 corresponds 有误：{'、'.join(wrong)}；"
            f"应为方案 {before.folder.name} 的末级指标，且各不相同"
        )
    taken = set(claims)
    found = {code for _, code in pairs}
    return Correspondence(
        tuple(pairs),
        tuple(leaf.code for leaf in before.leaves if leaf.code not in taken),
        tuple(leaf.code for leaf in after.leaves if leaf.code not in found),
    )


def under(evidence: Evidence, scheme: Scheme, codes: Mapping[str, str]) -> Evidence:
    """Prepare evidence for the rules of another scheme: in its own period, with the other's codes, sheets and columns.

    Sheets and columns that only the other scheme has are empty; a leaf of both that uses such a sheet is pending.
    ``codes`` maps leaf codes of the evidence's own scheme to those of the other.
    """
    tables = {}
    for key, template in load_evidence([], scheme).evidence.everything.items():
        table = _shaped(evidence.everything[key], template) if key in evidence.everything else template
        named = scheme.sheet(key).of_leaf
        tables[key] = _recoded(table, named.key, codes) if named else table
    looked_at = {key for code in codes.values() for key in scheme.leaf(code).sheets}
    lacking = frozenset(looked_at - evidence.everything.keys())
    return replace(
        evidence,
        scheme=replace(scheme, year=evidence.scheme.year),
        everything=tables,
        absent={name: evidence.absent.get(name, frozenset()) | lacking for name in evidence.departments},
    )


def _shaped(table: pd.DataFrame, template: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns of another; a column is empty if it is missing, or not of dates where the other's is."""
    empty = {
        str(name): pd.Series(index=table.index, dtype=values.dtype)
        for name, values in template.items()
        if name not in table or (table[name].dtype.kind == "M") is not (values.dtype.kind == "M")
    }
    return table.assign(**empty)[list(template)]


def _recoded(table: pd.DataFrame, column: str, codes: Mapping[str, str]) -> pd.DataFrame:
    known = table[table[column].isin(list(codes))]
    return known.assign(**{column: [codes[code] for code in known[column]]})
