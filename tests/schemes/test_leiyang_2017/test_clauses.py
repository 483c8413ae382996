"""Above every rule of 2017 its clauses stand, word for word: they cannot drift from those of scheme.toml."""

from __future__ import annotations

import inspect

import pytest
from evidence_builder import SCHEME

from scoring.scheme import Node

LEAVES = {leaf.code: leaf for leaf in SCHEME.leaves}


def without_blanks(text: str) -> str:
    """A docstring breaks its lines where they are full."""
    return "".join(text.split())


@pytest.mark.parametrize("code", LEAVES)
def test_a_rule_is_headed_by_its_clauses(code: str) -> None:
    leaf: Node = LEAVES[code]
    docstring = without_blanks(inspect.getdoc(SCHEME.rules[code]) or "")
    for clause in (leaf.description, leaf.standard, leaf.remark):
        assert without_blanks(clause) in docstring
