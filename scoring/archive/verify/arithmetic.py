"""A score added up again from the ledger's rows and the scheme's numbers.

Independent of :mod:`scoring.engine.settle` on purpose, so that each checks the other. The third place of these sums is
:mod:`scoring.report.excel.formulas`, which mirrors the engine.
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
    """A row of the ledger that counts; without points it sets ``scope`` to zero."""

    code: str
    points: Fraction | None
    bonus: bool
    scope: str


class Sheet:
    """The scheme's numbers as its file, ``scheme.toml``, gives them, and the readings chosen."""

    def __init__(self, scheme: Mapping[str, Any], readings: Mapping[str, str]) -> None:
        self.nodes = {node["code"]: node for node in scheme["node"]}
        self.points = {code: Fraction(node["points"]) for code, node in self.nodes.items()}
        self.points[TOTAL] = Fraction(scheme["points"])
        self.contradictions = {entry["node"]: entry for entry in scheme.get("contradiction", ())}
        self.readings = readings
        self.under: dict[str, list[str]] = {}
        for code in self.nodes:
            self.under.setdefault(above(code), []).append(code)

    def opening(self, leaf: str) -> Fraction:
        """What a leaf starts from."""
        return _ZERO if self.nodes[leaf].get("opens_at_zero") else self.points[leaf]

    def settles(self, reading: str, option: str) -> bool:
        """Whether an ambiguous clause was read this way."""
        return self.readings.get(reading) == option

    def spills(self, leaf: str) -> bool:
        """Whether what exceeds a leaf is taken from the node above, as its clause was read."""
        reading = _named(self.nodes[leaf].get("spills"), "overflow")
        return self.settles(reading, "spill") and self.proportion(leaf) is None

    def bonus(self, leaf: str) -> str:
        """The reading that a leaf's bonus is granted by; empty when it earns none."""
        return _named(self.nodes[leaf].get("bonus"), "news-bonus")

    def proportion(self, leaf: str) -> Fraction | None:
        """Deductions by which all of a leaf is lost, where it is lost in proportion to them."""
        node = self.nodes[leaf]
        before = {"over": node.get("terms", {}).get("proportional_over"), "reading": "update-volume"}
        clause = node.get("proportion", before)
        found = clause["over"] is not None and self.settles(clause["reading"], "proportional")
        return Fraction(clause["over"]) if found else None


def _named(reading: str | bool | None, before: str) -> str:  # noqa: FBT001
    """The reading that a scheme names; the first schemes that were archived said only that there is one."""
    return before if reading is True else reading or ""


def above(code: str) -> str:
    """The node above."""
    return code.rpartition(".")[0] or TOTAL


def chain(code: str) -> list[str]:
    """A node and all above it."""
    return [code] if code == TOTAL else [code, *chain(above(code))]


def rounded(points: Fraction) -> Fraction:
    """Two decimals, half up."""
    return Fraction((points * 100 + Fraction(1, 2)) // 1, 100)


def add_up(sheet: Sheet, lines: Sequence[Line], pending: Collection[str]) -> dict[str, tuple[Fraction, Fraction]]:
    """Every node's points with each pending leaf at zero and at its points, the lower figure first.

    Parameters
    ----------
    lines
        Rows of the ledger that count.
    pending
        Leaves that nobody inspected.
    """
    zero = {line.scope for line in lines if line.points is None}
    void = {code for code in sheet.points if zero & set(chain(code))}
    ends = [_End(sheet, lines, void, dict.fromkeys(pending, _ZERO)).points()]
    ends.append(_End(sheet, lines, void, {code: sheet.points[code] for code in pending}).points())
    return {code: (min(ends[0][code], ends[1][code]), max(ends[0][code], ends[1][code])) for code in ends[0]}


@dataclass(frozen=True)
class _End:
    """One end of the range: ``given`` is what a pending leaf is taken to have, ``void`` what is set to zero."""

    sheet: Sheet
    lines: Sequence[Line]
    void: Collection[str]
    given: Mapping[str, Fraction]

    def points(self) -> dict[str, Fraction]:
        """Every node's, the bonus added to its leaf and all above it that is not void."""
        points: dict[str, Fraction] = {}
        self._work_out(TOTAL, points)
        leaf = next((code for code in self.sheet.nodes if self.sheet.bonus(code)), None)
        granted = self._granted(leaf, points) if leaf else _ZERO
        lifted = set(chain(leaf)) - set(self.void) if leaf else set()
        return {code: value + granted if code in lifted else value for code, value in points.items()}

    def _work_out(self, code: str, points: dict[str, Fraction]) -> Fraction:
        children = self.sheet.under.get(code, ())
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
        changed, most = self._changes(code), self.sheet.points[code]
        over = self.sheet.proportion(code)
        added = most * (1 + changed / over) if over else self.sheet.opening(code) + changed
        return min(most, max(_ZERO, added))

    def _spilt(self, code: str) -> Fraction:
        """What deductions beyond a leaf take from the node above, when the clause is read so."""
        if code in self.given or code in self.void or not self.sheet.spills(code):
            return _ZERO
        return max(_ZERO, -(self.sheet.opening(code) + self._changes(code)))

    def _contradicted(self, code: str, added: Fraction) -> Fraction:
        """A node whose declared points are not those of what stands under it."""
        entry = self.sheet.contradictions.get(code)
        if entry and self.sheet.settles(entry["reading"], "cap"):
            return min(added, Fraction(entry["declared"]))
        if entry and self.sheet.settles(entry["reading"], "scale"):
            return added * Fraction(entry["declared"]) / Fraction(entry["adds_up_to"])
        return added

    def _granted(self, leaf: str, points: Mapping[str, Fraction]) -> Fraction:
        """A leaf's bonus, of which the section's or the total's points leave only so much."""
        named = self.sheet.bonus(leaf)
        if leaf in self.void or self.sheet.settles(named, "none"):
            return _ZERO
        granted = self._changes(leaf, bonus=True)
        for option, node in (("section", chain(leaf)[-2]), ("total", TOTAL)):
            if self.sheet.settles(named, option):
                granted = min(granted, max(_ZERO, self.sheet.points[node] - points[node]))
        return granted
