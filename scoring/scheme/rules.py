"""Rules bound to the leaves of their scheme: one rule for one leaf, one leaf for one rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

_Rule = TypeVar("_Rule", bound=Callable[..., Any])

#: Rules as their modules bind them: (module, leaf code) to rule.
_BOUND: dict[tuple[str, str], Callable[..., Any]] = {}


def rule(*codes: str) -> Callable[[_Rule], _Rule]:
    """Bind a rule to its leaf; leaves with the same clause but for its words share one function."""

    def bind(function: _Rule) -> _Rule:
        for code in codes:
            _bind(function.__module__, code, function)
        return function

    return bind


def take_over(module: str, rules: Mapping[str, Callable[..., Any]]) -> None:
    """Bind rules of an earlier scheme to leaves whose clauses read the same but for their numbers.

    Parameters
    ----------
    module
        The module of the scheme that takes them over (``__name__``).
    rules
        Leaf code to rule.
    """
    for code, function in rules.items():
        _bind(module, code, function)


def _bind(module: str, code: str, function: Callable[..., Any]) -> None:
    if _BOUND.setdefault((module, code), function) is not function:
        raise ValueError(f"two rules for leaf {code}")


def bound_in(modules: Sequence[str]) -> dict[str, Callable[..., Any]]:
    """Leaf code to rule, of the modules of one scheme.

    Raises
    ------
    ValueError
        When two modules claim the same leaf.
    """
    found: dict[str, Callable[..., Any]] = {}
    for (module, code), function in _BOUND.items():
        if module in modules and found.setdefault(code, function) is not function:
            raise ValueError(f"two rules for leaf {code}")
    return found
