"""Scores added up from the ledger's rows and the scheme's file, as one would with pencil and paper.

Sums are worked out in three places: by the engine (``scoring.engine.settle``), by the formulas of the Excel ledger
(``scoring.report.excel.formulas``), and here. Nothing is shared between them, so that each checks the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

TOTAL: Final = "total"
_ZERO: Final = Fraction(0)


@dataclass(frozen=True)
class Line:
    """A ledger row that counts; if it has no points, it sets ``scope`` to zero."""

    code: str
    points: Fraction | None
    bonus: bool
    scope: str


class Numbers:
    """The numbers of a scheme's file, ``scheme.toml``, and the readings chosen."""

    def __init__(self, scheme: Mapping[str, Any], readings: Mapping[str, str]) -> None:
        self.nodes = {node["code"]: node for node in scheme["node"]}
        self.is_gate = "points" not in scheme
        declared = (
            {}
            if self.is_gate
            else {**{code: node["points"] for code, node in self.nodes.items()}, TOTAL: scheme["points"]}
        )
        self.points = {code: Fraction(points) for code, points in declared.items()}
        self.contradictions = {entry["node"]: entry for entry in scheme.get("contradiction", ())}
        self.readings = readings
        self.under: dict[str, list[str]] = {}
        for code in self.nodes:
            self.under.setdefault(above(code), []).append(code)

    def opening(self, leaf: str) -> Fraction:
        """The points a leaf starts from."""
        return _ZERO if self.nodes[leaf].get("opens_at_zero") else self.points[leaf]

    def settles(self, reading: str, option: str) -> bool:
        """Whether this option of a reading was chosen."""
        return self.readings.get(reading) == option

    def spills(self, leaf: str) -> bool:
        """Whether deductions beyond a leaf's points are taken from the node above."""
        return self.settles(self.nodes[leaf].get("spills", ""), "spill") and self.proportion(leaf) is None

    def proportion(self, leaf: str) -> Fraction | None:
        """For a leaf that loses points in proportion: the sum of deductions that costs all of them."""
        clause = self.nodes[leaf].get("proportion")
        found = clause and self.settles(clause["reading"], "proportional")
        return Fraction(clause["over"]) if found else None


def above(code: str) -> str:
    """The node above."""
    return code.rpartition(".")[0] or TOTAL


def chain(code: str) -> list[str]:
    """A node and all above it."""
    return [code] if code == TOTAL else [code, *chain(above(code))]


def rounded(points: Fraction) -> Fraction:
    """Two decimals, half up."""
    return Fraction((points * 100 + Fraction(1, 2)) // 1, 100)


def add_up(numbers: Numbers, lines: Sequence[Line], pending: Collection[str]) -> dict[str, tuple[Fraction, Fraction]]:
    """Every node's points as a range: pending leaves at zero, then at full points."""
    zero = {line.scope for line in lines if line.points is None}
    void = {code for code in numbers.points if zero & set(chain(code))}
    ends = [_End(numbers, lines, void, dict.fromkeys(pending, _ZERO)).points()]
    ends.append(_End(numbers, lines, void, {code: numbers.points[code] for code in pending}).points())
    return {code: (min(ends[0][code], ends[1][code]), max(ends[0][code], ends[1][code])) for code in ends[0]}


@dataclass(frozen=True)
class _End:
    """One end of the range; ``given`` has the points assumed for pending leaves, ``void`` the nodes set to zero."""

    numbers: Numbers
    lines: Sequence[Line]
    void: Collection[str]
    given: Mapping[str, Fraction]

    def points(self) -> dict[str, Fraction]:
        """Every node's points, the bonus added to its leaf and the nodes above that are not void."""
        points: dict[str, Fraction] = {}
        self._work_out(TOTAL, points)
        leaf = next((code for code, node in self.numbers.nodes.items() if node.get("bonus")), None)
        granted = self._granted(leaf, points) if leaf else _ZERO
        raised = set(chain(leaf)) - set(self.void) if leaf else set()
        return {code: value + granted if code in raised else value for code, value in points.items()}

    def _work_out(self, code: str, points: dict[str, Fraction]) -> Fraction:
        children = self.numbers.under.get(code, ())
        below = sum((self._work_out(child, points) for child in children), _ZERO)
        if code in self.void:
            points[code] = _ZERO
        elif children:
            points[code] = self._contradicted(code, max(_ZERO, below - sum(map(self._spilt, children), _ZERO)))
        else:
            points[code] = self.given[code] if code in self.given else self._leaf(code)
        return points[code]

    def _changes(self, code: str, *, bonus: bool = False) -> Fraction:
        own = (line.points for line in self.lines if line.code == code and line.bonus is bonus)
        return sum((points for points in own if points), _ZERO)

    def _leaf(self, code: str) -> Fraction:
        """Opening and changes, not below zero nor above its points."""
        changed, most = self._changes(code), self.numbers.points[code]
        over = self.numbers.proportion(code)
        added = most * (1 + changed / over) if over else self.numbers.opening(code) + changed
        return min(most, max(_ZERO, added))

    def _spilt(self, code: str) -> Fraction:
        """What deductions beyond a leaf take from the node above."""
        if code in self.given or code in self.void or not self.numbers.spills(code):
            return _ZERO
        return max(_ZERO, -(self.numbers.opening(code) + self._changes(code)))

    def _contradicted(self, code: str, added: Fraction) -> Fraction:
        """A node whose declared points are not the sum of the nodes under it."""
        entry = self.numbers.contradictions.get(code)
        if entry and self.numbers.settles(entry["reading"], "cap"):
            return min(added, Fraction(entry["declared"]))
        if entry and self.numbers.settles(entry["reading"], "scale"):
            return added * Fraction(entry["declared"]) / Fraction(entry["adds_up_to"])
        return added

    def _granted(self, leaf: str, points: Mapping[str, Fraction]) -> Fraction:
        """A leaf's bonus, limited to what the section or the total lacks where the reading says so."""
        named = self.numbers.nodes[leaf]["bonus"]
        if leaf in self.void or self.numbers.settles(named, "none"):
            return _ZERO
        granted = self._changes(leaf, bonus=True)
        for option, node in (("section", chain(leaf)[-2]), ("total", TOTAL)):
            if self.numbers.settles(named, option):
                granted = min(granted, max(_ZERO, self.numbers.points[node] - points[node]))
        return granted
