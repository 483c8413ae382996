"""A scheme as data: the tree with its clauses word for word, its numbers, its findings, its sheets and readings.

All of it comes from one folder; :mod:`scoring.scheme.load` reads it, :mod:`scoring.scheme.check` checks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from scoring.base.points import ZERO
from scoring.scheme.outline import Outline, Section
from scoring.scheme.readings import Reading, Readings
from scoring.scheme.sheets import FACTS, INSPECTIONS, Column, Kind, Sheet

TOTAL: Final = "total"


@dataclass(frozen=True)
class FindingKind:
    """One kind of finding of a leaf."""

    name: str  # in Chinese, also part of a finding's id
    because: str  # the sentence, with fields of the evidence row in braces
    each: Fraction | None = None  # points of one, negative for a loss; None when the rule gives them
    advice: str = ""  # 整改建议: what to do about it
    scope: str | None = None  # what a void sets to zero: a node's code or the total; None for points
    scope_by: str | None = None  # the reading that decides the scope, if any
    veto: str | None = None  # 单项否决 or 一票否决 when it makes the site 不合格
    suspected: bool = False  # the rule only suspects it: it counts when a review has confirmed it
    yearly: bool = False  # the clause speaks of the whole year: only at its end is it sure
    mendable: bool = False  # it states what can still be put right, so that the next inspection does not find it again
    mend: int | None = None  # workdays to do so after a notice; the scheme's when None


@dataclass(frozen=True)
class Terms:
    """Workdays that a department has after a notice; the program's own unless a clause of the scheme gives them."""

    mend: int = 10  # to report what was mended
    object: int = 5  # to object to a finding
    clause: str = ""  # where the scheme says so; empty for the program's own


@dataclass(frozen=True)
class Proportion:
    """A clause by which a leaf loses points in proportion: all of them where ``over`` points or more are deducted."""

    over: int
    reading: str  # decides between this (proportional) and direct deduction (literal)


@dataclass(frozen=True)
class Node:
    """A node of the tree; a leaf carries clauses and kinds of findings."""

    code: str
    name: str
    points: Fraction = ZERO
    description: str = ""
    standard: str = ""
    remark: str = ""
    source_note: str = ""  # what is garbled in the published clause, in Chinese; shown wherever the clause is
    sheets: tuple[str, ...] = ()  # keys of the sheets that its rule uses
    where: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # sheet, column: words of rows about it
    lists: Mapping[str, str] = field(default_factory=dict)  # term to the column (sheet.column) that lists its words
    judged_on: str | None = None  # the sheet of days on which it is judged; needs one in the period
    opens_at_zero: bool = False
    spills: str | None = None  # the reading that decides whether what exceeds the leaf is taken from its parent
    bonus: str | None = None  # the reading that limits its bonus, if it has one
    fault_kinds: tuple[str, ...] = ()  # its kinds of fault, for sheets whose rows name leaf and kind
    proportion: Proportion | None = None
    corresponds: str | None = None  # its code in the earlier scheme, if code or name changed
    new: bool = False  # differs from the leaf of the same code and name in the earlier scheme
    terms: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, FindingKind] = field(default_factory=dict)

    @property
    def opening(self) -> Fraction:
        """Points that the leaf starts from."""
        return ZERO if self.opens_at_zero else self.points

    def lost_in_proportion(self, readings: Readings) -> Proportion | None:
        """How the leaf loses points in proportion, if it does under these readings."""
        clause = self.proportion
        return clause if clause and readings[clause.reading] == "proportional" else None

    def may_spill(self, readings: Readings) -> bool:
        """Whether excess deductions are taken from the parent; with a loss in proportion there are none."""
        return bool(self.spills) and readings[str(self.spills)] == "spill" and not self.lost_in_proportion(readings)


@dataclass(frozen=True)
class Contradiction:
    """A node whose declared points differ from the sum of its children, and the reading that settles it."""

    node: str
    declared: Fraction
    adds_up_to: Fraction
    reading: str


@dataclass(frozen=True)
class Others:
    """Names of leaves, sheets and 项目 of other schemes, which are ignored in evidence."""

    codes: frozenset[str] = frozenset()
    sheets: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Scheme:
    """A scheme, for one year in which it is in force."""

    name: str  # name for --scheme
    folder: Path
    line: str  # shared with the schemes that replace it in later years
    since: int  # the first year in which it is in force
    year: int  # the year that is assessed
    title: str
    city: str
    points: Fraction | None  # None for a gate, which only decides whether a site passes
    departments: tuple[str, ...]
    nodes: tuple[Node, ...]  # all nodes but the total, in the scheme's order
    contradictions: tuple[Contradiction, ...]
    readings: Mapping[str, Reading]
    phrases: Mapping[str, tuple[str, ...]]
    facts: tuple[Column, ...]  # the 项目 of 基本信息, the common ones first
    sheets: tuple[Sheet, ...]  # as in the blank workbook: 基本信息, 核查情况, the scheme's own, 复核记录
    rules: Mapping[str, Callable[..., Any]]  # by leaf code
    follows: str = ""  # the scheme that it replaces, for the correspondence of leaves
    exercise: str = ""  # for a scheme that no office issued: the mark on all results, in Chinese
    paraphrased: bool = False  # clauses are not word for word
    terms: Terms = field(default_factory=Terms)
    outline: Outline = field(default_factory=Outline)
    others: Others = field(default_factory=Others)

    def __repr__(self) -> str:
        return f"<Scheme {self.name} {self.year}>"

    @property
    def year_words(self) -> str:
        """The year in titles, with the mark of an unofficial scheme: 2018年度（演示方案）."""
        return f"{self.year}年度（{self.exercise}）" if self.exercise else f"{self.year}年度"

    @cached_property
    def by_code(self) -> Mapping[str, Node]:
        """Every node by its code, the total included."""
        total = Node(TOTAL, "结果" if self.is_gate else "总分", self.points or ZERO)
        return MappingProxyType({TOTAL: total, **{node.code: node for node in self.nodes}})

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Department to its position in the list, from 0."""
        return MappingProxyType({department: place for place, department in enumerate(self.departments)})

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of each node's children, in the scheme's order."""
        under: dict[str, list[str]] = {}
        for node in self.nodes:
            under.setdefault(parent(node.code), []).append(node.code)
        return MappingProxyType({code: tuple(codes) for code, codes in under.items()})

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The leaves, in the scheme's order."""
        return tuple(node for node in self.nodes if node.code not in self.children)

    @property
    def is_installed(self) -> bool:
        """Whether it is one of the program's own schemes."""
        return self.name != str(self.folder)

    @property
    def is_gate(self) -> bool:
        """Whether it gives no points and only decides whether a site passes."""
        return self.points is None

    def sheet(self, key: str) -> Sheet:
        """The sheet of that key; KeyError when there is none."""
        return self._sheets[key]

    @cached_property
    def _sheets(self) -> Mapping[str, Sheet]:
        return MappingProxyType({sheet.key: sheet for sheet in self.sheets})

    @cached_property
    def sheet_names(self) -> Mapping[str, Sheet]:
        """The sheets by name."""
        return MappingProxyType({sheet.name: sheet for sheet in self.sheets})

    @cached_property
    def rows_sheets(self) -> tuple[Sheet, ...]:
        """The sheets but 基本信息, which is read as one row per department."""
        return tuple(sheet for sheet in self.sheets if sheet.key != FACTS)

    @cached_property
    def sheets_to_fill_in(self) -> tuple[Sheet, ...]:
        """The sheets of a blank workbook: all but those that the program writes."""
        return tuple(sheet for sheet in self.sheets if not sheet.recorded)

    @cached_property
    def pairs(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """By sheet, the pairs of words that go together: deciding word to the words allowed with it."""
        return MappingProxyType({sheet.key: one.pairs for sheet in self.sheets for one in sheet.columns if one.pairs})

    @cached_property
    def site(self) -> Column | None:
        """The 项目 that names the site, if one does."""
        return next((fact for fact in self.facts if fact.kind is Kind.HOST), None)

    def leaf(self, code: str) -> Node:
        """The leaf of that code; KeyError when there is none."""
        if code in self.children:
            raise KeyError(f"{code} is no leaf")
        return self.by_code[code]

    def under(self, code: str) -> tuple[str, ...]:
        """The leaves at or under a node."""
        return tuple(leaf.code for leaf in self.leaves if code in self.lineage(leaf.code))

    def lineage(self, code: str) -> tuple[str, ...]:
        """A node and everything above it, ending with the total."""
        chain = [code]
        while chain[-1] != TOTAL:
            chain.append(parent(chain[-1]))
        return tuple(chain)

    def scope_of(self, kind: FindingKind, readings: Readings) -> str | None:
        """The scope of a void: the scheme's, unless a reading decides."""
        if kind.scope_by is None:
            return kind.scope
        return self.readings[kind.scope_by].scopes[readings[kind.scope_by]]

    def settles_above_leaves(self, reading: str) -> bool:
        """Whether a reading affects only what happens above leaves: a veto's scope, a branch's sum, or what spills."""
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
        """The children of the total."""
        return tuple(self.by_code[code] for code in self.children[TOTAL])

    @property
    def report_sections(self) -> tuple[Section, ...]:
        """The sections of a department's report: those of the outline, or all children of the total."""
        return self.outline.sections or tuple(Section(node.code) for node in self.sections)

    def looked_at(self, leaf: Node, key: str) -> Mapping[str, str]:
        """The words that a row of a sheet must hold to be about a leaf, by column key."""
        sheet = self.sheet(key)
        own = {sheet.of_leaf.key: leaf.code} if sheet.of_leaf and key != INSPECTIONS else {}
        return own | dict(leaf.where.get(key, {}))


def with_departments(scheme: Scheme, departments: tuple[str, ...]) -> Scheme:
    """The scheme for other departments, in this order."""
    return replace(scheme, departments=departments)


def parent(code: str) -> str:
    """The code of the node above.

    >>> parent("3.2.1"), parent("3")
    ('3.2', 'total')
    """
    return code.rpartition(".")[0] or TOTAL
