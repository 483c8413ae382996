"""A score added up as somebody would with pencil and paper: from the ledger's rows and the scheme's numbers.

Nothing here is shared with the engine (``scoring.settle``), so that one holds the other to account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

TOTAL: Final = "total"
_ZERO: Final = Fraction(0)
_HALF_CENT, _CENTS = Fraction(1, 2), 100


@dataclass(frozen=True)
class Line:
    """A row of the ledger that counts.

    Attributes
    ----------
    points
        What it takes or gives; None where it sets ``scope`` to zero.
    """

    code: str
    points: Fraction | None
    bonus: bool
    scope: str


class Sheet:
    """The scheme's numbers as its file gives them, and the readings chosen.

    Parameters
    ----------
    scheme
        The parsed ``scheme.toml``.
    """

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
    return Fraction((points * _CENTS + _HALF_CENT) // 1, _CENTS)


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
    ends = [_one_end(sheet, lines, pending, void, full=full) for full in (False, True)]
    return {code: (min(ends[0][code], ends[1][code]), max(ends[0][code], ends[1][code])) for code in ends[0]}


def _one_end(
    sheet: Sheet, lines: Sequence[Line], pending: Collection[str], void: Collection[str], *, full: bool
) -> dict[str, Fraction]:
    points: dict[str, Fraction] = {}

    def work_out(code: str) -> Fraction:
        children = sheet.under.get(code)
        if code in void:
            points[code] = _ZERO
            for child in children or ():
                work_out(child)
        elif children is None:
            given = sheet.points[code] if full else _ZERO
            points[code] = given if code in pending else _leaf(sheet, lines, code)
        else:
            added = sum(map(work_out, children), _ZERO) - sum(_spilt(sheet, lines, pending, void, children), _ZERO)
            points[code] = _contradicted(sheet, code, max(_ZERO, added))
        return points[code]

    work_out(TOTAL)
    return _with_bonus(sheet, lines, void, points)


def _changes(lines: Sequence[Line], code: str, *, bonus: bool) -> Fraction:
    return sum((line.points for line in lines if line.code == code and line.bonus is bonus and line.points), _ZERO)


def _leaf(sheet: Sheet, lines: Sequence[Line], code: str) -> Fraction:
    """Opening and changes, not below zero nor above its points."""
    changed = _changes(lines, code, bonus=False)
    added = sheet.opening(code) + changed
    if over := sheet.proportion(code):
        added = sheet.points[code] * (1 + changed / over)
    return min(sheet.points[code], max(_ZERO, added))


def _spilt(
    sheet: Sheet, lines: Sequence[Line], pending: Collection[str], void: Collection[str], children: Collection[str]
) -> list[Fraction]:
    """What deductions beyond a leaf take from the node above, when the clause is read so."""
    spilling = [code for code in children if code not in {*pending, *void} and sheet.spills(code)]
    return [max(_ZERO, -(sheet.opening(code) + _changes(lines, code, bonus=False))) for code in spilling]


def _contradicted(sheet: Sheet, code: str, added: Fraction) -> Fraction:
    """A node whose declared points are not those of what stands under it."""
    entry = sheet.contradictions.get(code)
    if entry and sheet.settles(entry["reading"], "cap"):
        return min(added, Fraction(entry["declared"]))
    if entry and sheet.settles(entry["reading"], "scale"):
        return added * Fraction(entry["declared"]) / Fraction(entry["adds_up_to"])
    return added


def _with_bonus(
    sheet: Sheet, lines: Sequence[Line], void: Collection[str], points: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    """The bonus, added to its leaf and all above it that is not void."""
    leaf = next((code for code in sheet.nodes if sheet.bonus(code)), None)
    if leaf is None:
        return dict(points)
    named, section = sheet.bonus(leaf), chain(leaf)[-2]
    granted = _ZERO if leaf in void else _changes(lines, leaf, bonus=True)
    if sheet.settles(named, "none"):
        granted = _ZERO
    for option, node in (("section", section), ("total", TOTAL)):
        if sheet.settles(named, option):
            granted = min(granted, max(_ZERO, sheet.points[node] - points[node]))
    lifted = set(chain(leaf)) - set(void)
    return {code: value + granted if code in lifted else value for code, value in points.items()}
