"""Rules bound to the leaves of their scheme: one rule for one leaf, one leaf for one rule."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, Final, TypeVar

_Rule = TypeVar("_Rule", bound=Callable[..., Any])

#: The variable of a module that holds its rules: (leaf code, rule).
_BOUND: Final = "__rules__"


def rule(*codes: str) -> Callable[[_Rule], _Rule]:
    """Bind a rule to its leaf; leaves whose clauses differ only in terms share one function."""

    def bind(function: _Rule) -> _Rule:
        take_over(function.__module__, dict.fromkeys(codes, function))
        return function

    return bind


def take_over(module: str, rules: Mapping[str, Callable[..., Any]]) -> None:
    """Reuse rules of an earlier scheme, by leaf code, in a module (``__name__``) of a scheme with equal clauses."""
    vars(sys.modules[module]).setdefault(_BOUND, []).extend(rules.items())


def bound_in(modules: Iterable[ModuleType]) -> dict[str, list[Callable[..., Any]]]:
    """Leaf code to the rules that modules bind to it; more than one is a mistake."""
    found: dict[str, list[Callable[..., Any]]] = {}
    for module in modules:
        for code, function in vars(module).get(_BOUND, ()):
            found.setdefault(code, []).append(function)
    return found
