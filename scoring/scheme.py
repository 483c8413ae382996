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

from scoring.errors import ForAnalysts
from scoring.readings import Reading, Readings, read_readings

TOTAL: Final = "total"

#: The options that settlement understands, of a reading that a year names for: a contradiction, what exceeds a leaf,
#: a deduction in proportion, a bonus. The clause, and which option is the default, are the year's own.
SUMS: Final = frozenset({"cap", "scale", "sum"})
OVERFLOWS: Final = frozenset({"floor", "spill"})
PROPORTIONS: Final = frozenset({"literal", "proportional"})
BONUSES: Final = frozenset({"open", "section", "total", "none"})
YEARS: Final = Path(__file__).parent / "years"


class SchemeError(ForAnalysts, ValueError):
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
    scope_by
        The reading that decides the scope; None where the scheme leaves no doubt.
    veto
        单项否决 or 一票否决 when it makes the site 不合格.
    """

    name: str
    because: str
    each: Fraction | None = None
    advice: str = ""
    scope: str | None = None
    scope_by: str | None = None
    veto: str | None = None


@dataclass(frozen=True)
class Proportion:
    """A clause by which a leaf loses points in proportion: all of them where ``over`` points or more are deducted.

    Attributes
    ----------
    reading
        The reading that decides whether it is read so (``proportional``) or the points come off directly (``literal``).
    """

    over: int
    reading: str


@dataclass(frozen=True)
class Node:
    """A node of the tree; a leaf carries clauses and kinds of findings.

    Attributes
    ----------
    spills
        The reading that decides whether what exceeds the leaf is taken from its parent; None where it never is.
    bonus
        The reading that limits the leaf's bonus; None for a leaf without one.
    fault_kinds
        The 问题类型 of 监测发现 that it is judged by.
    proportion
        Its clause of deductions in proportion, if it has one.
    corresponds
        The leaf's code in the scheme that this one follows, where its code or name changed.
    new
        Whether it is another leaf than the one of that code and name in the scheme that this one follows.
    """

    code: str
    name: str
    points: Fraction
    description: str = ""
    standard: str = ""
    remark: str = ""
    sheets: tuple[str, ...] = ()
    opens_at_zero: bool = False
    spills: str | None = None
    bonus: str | None = None
    fault_kinds: tuple[str, ...] = ()
    proportion: Proportion | None = None
    corresponds: str | None = None
    new: bool = False
    terms: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, FindingKind] = field(default_factory=dict)

    @property
    def opening(self) -> Fraction:
        """Points that the leaf starts from."""
        return Fraction(0) if self.opens_at_zero else self.points

    def lost_in_proportion(self, readings: Readings) -> Proportion | None:
        """How the leaf loses points in proportion, where the readings have it so."""
        clause = self.proportion
        return clause if clause and readings[clause.reading] == "proportional" else None

    def may_spill(self, readings: Readings) -> bool:
        """Whether what exceeds the leaf is taken from its parent; a loss in proportion has nothing to spill."""
        return bool(self.spills) and readings[str(self.spills)] == "spill" and not self.lost_in_proportion(readings)


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
    follows
        The year whose scheme this one takes the place of, as far as its data say which leaves correspond.
    exercise
        What a scheme that is no official document is, in Chinese; empty for an official one. Everything that it gives
        is marked by it, and as 示例.
    censures
        类型 of 通报曝光 to the 来源 that count.
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
    censures: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, Callable[..., Any]]
    follows: int | None = None
    exercise: str = ""

    def __repr__(self) -> str:
        return f"<Scheme {self.city} {self.year}>"

    @property
    def year_words(self) -> str:
        """The year as titles name it, with what the scheme is where it is no official one: 2018年度（演示方案）."""
        return f"{self.year}年度（{self.exercise}）" if self.exercise else f"{self.year}年度"

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

    @cached_property
    def pairs(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Words of a row that go together, by sheet: 监测发现 has 问题类型 by 指标, 通报曝光 来源 by 类型."""
        faults = {leaf.code: leaf.fault_kinds for leaf in self.leaves if leaf.fault_kinds}
        return MappingProxyType({"faults": faults, "censures": self.censures})

    @cached_property
    def most_marks(self) -> Fraction | None:
        """The highest 网站性能得分, the points of the leaf that it marks; None where no leaf is marked so."""
        return next((leaf.points for leaf in self.leaves if leaf.terms.get("marked_by") == "performance"), None)

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

    def scope_of(self, kind: FindingKind, readings: Readings) -> str | None:
        """Where a void's zero reaches: the scheme's word, unless a reading decides."""
        if kind.scope_by is None:
            return kind.scope
        return self.readings[kind.scope_by].scopes[readings[kind.scope_by]]

    def settles_above_leaves(self, reading: str) -> bool:
        """Whether a reading decides how far a veto reaches, how a branch is summed or what spills, no leaf's score."""
        return (
            bool(self.readings[reading].scopes)
            or any(contradiction.reading == reading for contradiction in self.contradictions)
            or any(leaf.spills == reading for leaf in self.leaves)
        )

    @cached_property
    def bonus_leaf(self) -> Node | None:
        """The leaf that can earn a bonus, if there is one."""
        return next((leaf for leaf in self.leaves if leaf.bonus), None)

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
        censures={kind: tuple(sources) for kind, sources in data["censures"].items()},
        rules=rules,
        follows=data.get("follows"),
        exercise=data.get("exercise", ""),
    )
    checks = (_disagreeing_sums, _disagreeing_codes, _disagreeing_words, _disagreeing_readings)
    if problems := [problem for check in checks for problem in check(scheme)]:
        raise SchemeError("；".join(problems))
    return scheme


#: What of a node is not taken as it stands in the data.
_OF_THEIR_OWN: Final = frozenset({"points", "finding", "sheets", "fault_kinds", "proportion"})


def _node(entry: Mapping[str, Any]) -> Node:
    kinds = {
        name: FindingKind(name, **{**kind, "each": Fraction(kind["each"])} if "each" in kind else {**kind})
        for name, kind in entry.get("finding", {}).items()
    }
    plain = {key: value for key, value in entry.items() if key not in _OF_THEIR_OWN}
    return Node(
        points=Fraction(entry["points"]),
        findings=kinds,
        sheets=tuple(entry.get("sheets", ())),
        fault_kinds=tuple(entry.get("fault_kinds", ())),
        proportion=Proportion(**entry["proportion"]) if "proportion" in entry else None,
        **plain,
    )


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


def _disagreeing_words(scheme: Scheme) -> list[str]:
    """Kinds of fault and sources of censure without their place in the evidence; leaves that correspond to nothing."""
    from scoring.evidence.schema import BY_KEY  # The evidence package knows schemes in its turn.

    problems = [
        f"{node.code}: corresponds goes with follows, and not with new"
        for node in scheme.nodes
        if node.corresponds and (node.new or scheme.follows is None)
    ]
    problems += [
        f"{node.code}: fault_kinds go with the sheet faults, and with a leaf"
        for node in scheme.nodes
        if node.fault_kinds and (node.code in scheme.children or "faults" not in node.sheets)
    ]
    kinds = BY_KEY["censures"].column("kind").choices
    if set(scheme.censures) != set(kinds):
        problems.append(f"censures: should be given for {'、'.join(kinds)}")
    return problems


def _disagreeing_readings(scheme: Scheme) -> list[str]:
    """Readings that are named for a step of the settlement and are not there, or whose options it does not know."""
    named = [(entry.node, entry.reading, SUMS) for entry in scheme.contradictions]
    for leaf in scheme.leaves:
        named += [(leaf.code, leaf.spills, OVERFLOWS)] if leaf.spills else []
        named += [(leaf.code, leaf.bonus, BONUSES)] if leaf.bonus else []
        named += [(leaf.code, leaf.proportion.reading, PROPORTIONS)] if leaf.proportion else []
    problems = [
        f"{code}: reading {key} should have options among {', '.join(sorted(known))}"
        for code, key, known in named
        if key in scheme.readings and not set(scheme.readings[key].options) <= known
    ]
    problems += [f"{code}: no reading {key}" for code, key, _ in named if key not in scheme.readings]
    problems += [f"{leaf.code}: a second leaf with a bonus" for leaf in scheme.leaves if leaf.bonus][1:]
    problems += [problem for reading in scheme.readings.values() for problem in _unknown_scopes(scheme, reading)]
    return problems + [
        f"{leaf.code} {kind.name}: its scope {kind.scope} is not by reading {kind.scope_by}"
        for leaf in scheme.leaves
        for kind in leaf.findings.values()
        if kind.scope_by is not None
        and (kind.scope_by not in scheme.readings or kind.scope not in scheme.readings[kind.scope_by].scopes.values())
    ]


def _unknown_scopes(scheme: Scheme, reading: Reading) -> list[str]:
    if not reading.scopes:
        return []
    if set(reading.scopes) != set(reading.options):
        return [f"{reading.key}: its scopes and its options differ"]
    return [f"{reading.key}: unknown scope {code}" for code in reading.scopes.values() if code not in scheme.by_code]
