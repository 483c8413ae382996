"""The scheme of a year as data: the tree with its clauses word for word, its numbers, its findings, its readings.

Everything that a new year changes lies in ``scoring/years/y<year>/``: ``scheme.toml``, ``readings.toml`` and one
module of rules a branch. Loading checks all of it against each other.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from scoring.readings import Reading, read_readings

TOTAL: Final = "total"
YEARS: Final = Path(__file__).parent / "years"


class SchemeError(ValueError):
    """The data of a scheme contradict themselves."""


@dataclass(frozen=True)
class FindingKind:
    """One kind of finding of a leaf.

    Attributes
    ----------
    name
        The kind in Chinese, also part of a finding's id.
    each
        Points that one of it costs (negative) or earns; None when the rule works them out.
    because
        The sentence of the finding, with fields of the evidence row in braces.
    advice
        整改建议: what to do about it.
    scope
        What a void sets to zero: a node's code or ``total``; None for a change of points.
    veto
        单项否决 or 一票否决 when it makes the site 不合格.
    """

    name: str
    because: str
    each: Fraction | None = None
    advice: str = ""
    scope: str | None = None
    veto: str | None = None


@dataclass(frozen=True)
class Node:
    """A node of the tree; a leaf carries clauses and kinds of findings."""

    code: str
    name: str
    points: Fraction
    description: str = ""
    standard: str = ""
    remark: str = ""
    sheets: tuple[str, ...] = ()
    opens_at_zero: bool = False
    spills: bool = False
    bonus: bool = False
    terms: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, FindingKind] = field(default_factory=dict)

    @property
    def opening(self) -> Fraction:
        """Points that the leaf starts from."""
        return Fraction(0) if self.opens_at_zero else self.points


@dataclass(frozen=True)
class Contradiction:
    """A node whose declared points differ from the sum of its children, and the reading that settles it."""

    node: str
    declared: Fraction
    adds_up_to: Fraction
    reading: str


@dataclass(frozen=True, repr=False)
class Scheme:
    """A year's scheme.

    Attributes
    ----------
    nodes
        Every node but the total, in the scheme's order.
    rules
        Leaf code to its rule.
    """

    year: int
    title: str
    city: str
    points: Fraction
    departments: tuple[str, ...]
    nodes: tuple[Node, ...]
    contradictions: tuple[Contradiction, ...]
    readings: Mapping[str, Reading]
    phrases: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, Callable[..., Any]]

    def __repr__(self) -> str:
        return f"<Scheme {self.city} {self.year}>"

    @cached_property
    def by_code(self) -> Mapping[str, Node]:
        """Every node by its code, the total included."""
        total = Node(TOTAL, "总分", self.points)
        return MappingProxyType({TOTAL: total, **{node.code: node for node in self.nodes}})

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Department to its place in the list, from 0."""
        return MappingProxyType({department: place for place, department in enumerate(self.departments)})

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the nodes straight under each node, in the scheme's order."""
        under: dict[str, list[str]] = {}
        for node in self.nodes:
            under.setdefault(parent(node.code), []).append(node.code)
        return MappingProxyType({code: tuple(codes) for code, codes in under.items()})

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The leaves, in the scheme's order."""
        return tuple(node for node in self.nodes if node.code not in self.children)

    @cached_property
    def judged_at_checkpoints(self) -> tuple[str, ...]:
        """Leaves that cannot be inspected without a 监测时点 in the period."""
        return tuple(leaf.code for leaf in self.leaves if leaf.terms.get("judged_at_checkpoints"))

    def leaf(self, code: str) -> Node:
        """The leaf of that code; KeyError when there is none."""
        if code in self.children:
            raise KeyError(f"{code} is no leaf")
        return self.by_code[code]

    def lineage(self, code: str) -> tuple[str, ...]:
        """A node and everything above it, ending with the total."""
        chain = [code]
        while chain[-1] != TOTAL:
            chain.append(parent(chain[-1]))
        return tuple(chain)

    def under(self, code: str) -> tuple[str, ...]:
        """The leaves at or under a node."""
        return tuple(leaf.code for leaf in self.leaves if code in self.lineage(leaf.code))

    @property
    def sections(self) -> tuple[Node, ...]:
        """The nodes straight under the total."""
        return tuple(self.by_code[code] for code in self.children[TOTAL])


def parent(code: str) -> str:
    """The code of the node above.

    >>> parent("3.2.1"), parent("3")
    ('3.2', 'total')
    """
    return code.rpartition(".")[0] or TOTAL


def known_years() -> tuple[int, ...]:
    """Years that have a scheme, in order."""
    return tuple(sorted(int(folder.name[1:]) for folder in YEARS.glob("y[0-9][0-9][0-9][0-9]")))


def load_scheme(year: int, departments: Path | None = None) -> Scheme:
    """Load and check the scheme of a year.

    Parameters
    ----------
    departments
        File that lists the departments, one name a line, in place of the scheme's own; see
        :mod:`scoring.departments`.

    Raises
    ------
    SchemeError
        When the year has no scheme, or its sums, codes, readings and rules disagree.
    UnusableDepartments
        When the list of departments cannot be used.
    """
    from scoring.departments import read_departments

    scheme = _load(year)
    return scheme if departments is None else with_departments(scheme, read_departments(departments))


def with_departments(scheme: Scheme, departments: tuple[str, ...]) -> Scheme:
    """The scheme for other departments, in this order."""
    return replace(scheme, departments=departments)


@cache
def _load(year: int) -> Scheme:
    if year not in known_years():
        raise SchemeError(f"没有 {year} 年的考核方案；已有：{'、'.join(map(str, known_years()))}")
    return read_scheme(year, YEARS / f"y{year}")


def read_scheme(year: int, folder: Path) -> Scheme:
    """The scheme of the files in a folder, such as an archive's, with the rules that this program has for the year.

    Raises
    ------
    SchemeError
        When the program has no rules for the year, or files and rules disagree.
    """
    from scoring.rules import rules_of

    if year not in known_years():
        raise SchemeError(f"没有 {year} 年的计分规则；已有：{'、'.join(map(str, known_years()))}")
    package = importlib.import_module(f"scoring.years.y{year}")
    data = tomllib.loads((folder / "scheme.toml").read_text(encoding="utf-8"))
    readings = read_readings(tomllib.loads((folder / "readings.toml").read_text(encoding="utf-8")))
    return build_scheme(data, readings, rules_of(package))


def build_scheme(
    data: Mapping[str, Any], readings: Mapping[str, Reading], rules: Mapping[str, Callable[..., Any]]
) -> Scheme:
    """A scheme from parsed data, checked.

    Raises
    ------
    SchemeError
        With every disagreement found.
    """
    scheme = Scheme(
        year=data["year"],
        title=data["title"],
        city=data["city"],
        points=Fraction(data["points"]),
        departments=tuple(data["departments"]),
        nodes=tuple(_node(entry) for entry in data["node"]),
        contradictions=tuple(
            Contradiction(entry["node"], Fraction(entry["declared"]), Fraction(entry["adds_up_to"]), entry["reading"])
            for entry in data.get("contradiction", ())
        ),
        readings=readings,
        phrases={name: tuple(words) for name, words in data.get("phrases", {}).items()},
        rules=rules,
    )
    if problems := [*_disagreeing_sums(scheme), *_disagreeing_codes(scheme)]:
        raise SchemeError("；".join(problems))
    return scheme


def _node(entry: Mapping[str, Any]) -> Node:
    kinds = {
        name: FindingKind(name, **{**kind, "each": Fraction(kind["each"])} if "each" in kind else {**kind})
        for name, kind in entry.get("finding", {}).items()
    }
    plain = {key: value for key, value in entry.items() if key not in {"points", "finding", "sheets"}}
    return Node(points=Fraction(entry["points"]), findings=kinds, sheets=tuple(entry.get("sheets", ())), **plain)


def _disagreeing_sums(scheme: Scheme) -> list[str]:
    """Nodes whose children do not add up, unless declared; and declarations that are not so."""
    declared = {entry.node: entry for entry in scheme.contradictions}
    problems = []
    for code, children in scheme.children.items():
        points = scheme.by_code[code].points if code in scheme.by_code else None
        added = sum((scheme.by_code[child].points for child in children), Fraction(0))
        entry = declared.pop(code, None)
        if entry and (entry.declared, entry.adds_up_to) != (points, added):
            problems.append(
                f"{code}: declared contradiction {entry.declared}/{entry.adds_up_to}, found {points}/{added}"
            )
        elif entry and entry.reading not in scheme.readings:
            problems.append(f"{code}: contradiction without a reading {entry.reading}")
        elif entry is None and points is not None and points != added:
            problems.append(f"{code}: declared {points} points, children add up to {added}")
    return problems + [f"{code}: contradiction of a node without children" for code in declared]


def _disagreeing_codes(scheme: Scheme) -> list[str]:
    """Unknown or repeated codes, leaves without a rule, rules without a leaf, scopes that are no node."""
    from scoring.evidence.schema import BY_KEY  # The evidence package knows schemes in its turn.

    codes = [node.code for node in scheme.nodes]
    leaves = {leaf.code for leaf in scheme.leaves}
    problems = [f"{code}: given twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
    problems += [f"{code}: parent unknown" for code in codes if parent(code) not in {TOTAL, *codes}]
    problems += [f"{code}: leaf without a rule" for code in sorted(leaves - set(scheme.rules))]
    problems += [f"{code}: rule without a leaf" for code in sorted(set(scheme.rules) - leaves)]
    problems += [
        f"{leaf.code}: no sheet of evidence"
        for leaf in scheme.leaves
        if not set(leaf.sheets) <= set(BY_KEY) or not leaf.sheets
    ]
    problems += [
        f"{reading.key}: reads unknown node {code}"
        for reading in scheme.readings.values()
        for code in reading.nodes
        if code not in codes
    ]
    for node in scheme.nodes:
        if node.code not in leaves and (node.findings or node.standard):
            problems.append(f"{node.code}: only a leaf has findings and a standard")
        for kind in node.findings.values():
            if kind.scope not in {None, TOTAL, *codes}:
                problems.append(f"{node.code} {kind.name}: unknown scope {kind.scope}")
    return problems
