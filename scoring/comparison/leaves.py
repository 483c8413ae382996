"""Which leaves of two schemes correspond, and one year's evidence as the other's rules would see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from scoring.evidence import Evidence
from scoring.scheme import Scheme, SchemeError
from scoring.scheme.sheets import INSPECTED, INSPECTIONS


@dataclass(frozen=True)
class Correspondence:
    """The leaves of two schemes.

    Attributes
    ----------
    pairs
        Codes of the leaves that correspond: in the earlier scheme, in the later one; in the order of the later.
    dropped, added
        Codes of the leaves that only the earlier, or only the later one has.
    """

    pairs: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]


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
    if wrong := [f"{later} to {code}" for code, later in pairs if code not in names or claims[code] > 1]:
        raise SchemeError(f"{after.year}: corresponds to no leaf of {before.year}, or two to one: {', '.join(wrong)}")
    taken = set(claims)
    found = {code for _, code in pairs}
    return Correspondence(
        tuple(pairs),
        tuple(leaf.code for leaf in before.leaves if leaf.code not in taken),
        tuple(leaf.code for leaf in after.leaves if leaf.code not in found),
    )


def under(evidence: Evidence, scheme: Scheme, codes: Mapping[str, str]) -> Evidence:
    """Give evidence to the rules of another year: in its own period, with the other scheme's codes of the leaves.

    A leaf that has nothing in the evidence's own scheme counts as inspected, so that it holds up nothing else; its
    score says nothing and is left alone.

    Parameters
    ----------
    codes
        The code of each leaf in the evidence's own scheme, to its code in the other.
    """
    tables = {
        sheet.key: _recoded(evidence.everything[sheet.key], sheet.of_leaf.key, codes)
        for sheet in evidence.scheme.sheets
        if sheet.of_leaf
    }
    unknown = [leaf.code for leaf in scheme.leaves if leaf.code not in codes.values()]
    every = pd.MultiIndex.from_product([evidence.departments, unknown], names=["department", "code"])
    inspected = every.to_frame(index=False).assign(status=INSPECTED)
    known = tables[INSPECTIONS][list(inspected)]
    tables[INSPECTIONS] = pd.concat([known, inspected], ignore_index=True) if unknown else known
    own_period = replace(scheme, year=evidence.scheme.year)
    return replace(evidence, scheme=own_period, everything={**evidence.everything, **tables})


def _recoded(table: pd.DataFrame, column: str, codes: Mapping[str, str]) -> pd.DataFrame:
    """The rows of known leaves, with the other scheme's codes."""
    known = table[table[column].isin(list(codes))]
    return known.assign(**{column: [codes[code] for code in known[column]]})
