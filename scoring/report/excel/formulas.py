"""The formulas of 计分: the rulebook's sums, floors, caps and voids in a spreadsheet.

They mirror :mod:`scoring.engine.settle` under the readings of the run; recalculated, they give the scorecard. Only the
scores shown are rounded. :mod:`scoring.archive.verify.arithmetic` computes the same sums a third time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from scoring.report.excel.book import quoted
from scoring.report.excel.ledger import EARNS, NO, SCORES, YES, scope_label
from scoring.scheme import TOTAL, Contradiction, Node, Scheme, parent

#: Mark after a score that is not final although its range is a single figure.
PENDING: Final = "（待评）"


@dataclass(frozen=True)
class NodeFormulas:
    """The formulas of one department's tree."""

    scheme: Scheme
    readings: Mapping[str, str]
    names: Mapping[str, str]  # of the ledger's columns (scoring.report.excel.ledger.NAMED)
    columns: Mapping[str, str]  # key of a column of 计分 to its letters
    rows: Mapping[str, int]  # code of a node to its row, from 1
    by_department: bool  # the ledger holds other departments too, in the column ``department``

    def of(self, code: str) -> dict[str, str]:
        """Every formula of a node's row, by column."""
        formulas = {
            "void": self._void(code, "void", ""),
            "void_without_veto": self._void(code, "void_without_veto", f'*({self.names["veto"]}="")'),
            **(self._branch(code) if code in self.scheme.children else self._leaf(self.scheme.by_code[code])),
            **self._bonus(code),
            **self._shown(code),
        }
        return {key: f"={text}" for key, text in formulas.items()}

    def cell(self, key: str, code: str) -> str:
        """A cell of a node's row."""
        return f"{self.columns[key]}{self.rows[code]}"

    def _matching(self, code: str, condition: str) -> str:
        """Ledger rows of this department that count and meet a condition."""
        mine = f"({self.names['department']}=${self.cell('department', code)})*" if self.by_department else ""
        return f'{mine}({self.names["counts"]}="{YES}")*{condition}'

    def _void(self, code: str, key: str, only: str) -> str:
        """Void by a finding with exactly this scope, or because the node above is."""
        scope = f"({self.names['scope']}={quoted(scope_label(self.scheme, code))})"
        own = f"SUMPRODUCT({self._matching(code, scope + only)})>0"
        either = own if code == TOTAL else f'OR({own},{self.cell(key, parent(code))}="{YES}")'
        return f'IF({either},"{YES}","{NO}")'

    def _changes(self, code: str, effect: str) -> str:
        of_leaf = f'({self.names["code"]}=${self.cell("code", code)})*({self.names["effect"]}="{effect}")'
        return f"SUMPRODUCT({self._matching(code, of_leaf)},{self.names['points']})"

    # --- Before any bonus ------------------------------------------------------------------------------------------

    def _leaf(self, leaf: Node) -> dict[str, str]:
        code = leaf.code
        void, pending, full = (self.cell(key, code) for key in ("void", "pending", "full"))
        settled = f"MIN({full},MAX(0,{self._open(leaf)}))"
        at_best = f'IF({self.cell("void_without_veto", code)}="{YES}",0,IF({pending}="{YES}",{full},{settled}))'
        high = self._with_bonus("high", code)
        formulas = {
            "changed": self._changes(code, SCORES),
            "base_low": f'IF(OR({void}="{YES}",{pending}="{YES}"),0,{settled})',
            "base_high": f'IF({void}="{YES}",0,IF({pending}="{YES}",{full},{settled}))',
            "lost": half_up(f"MAX(0,{full}-MAX({high},{at_best}))"),
        }
        if leaf.may_spill(self.readings):
            beyond = f"MAX(0,-({self._open(leaf)}))"
            formulas["spilt"] = f'IF(OR({void}="{YES}",{pending}="{YES}"),0,{beyond})'
        return formulas

    def _open(self, leaf: Node) -> str:
        """Opening and changes, before floor and cap."""
        changed = self.cell("changed", leaf.code)
        if clause := leaf.lost_in_proportion(self.readings):
            return f"{self.cell('full', leaf.code)}*(1+{changed}/{clause.over})"
        return f"{self.cell('opening', leaf.code)}+{changed}"

    def _branch(self, code: str) -> dict[str, str]:
        children = self.scheme.children[code]
        pending = ",".join(f'{self.cell("pending", child)}="{YES}"' for child in children)
        spilt = [
            self.cell("spilt", child)
            for child in children
            if child not in self.scheme.children and self.scheme.by_code[child].may_spill(self.readings)
        ]
        formulas = {"pending": f'IF(OR({pending}),"{YES}","{NO}")'}
        for end in ("base_low", "base_high"):
            added = "+".join(self.cell(end, child) for child in children)
            settled = self._settled_sum(code, f"MAX(0,{added}{''.join(f'-{cell}' for cell in spilt)})")
            formulas[end] = f'IF({self.cell("void", code)}="{YES}",0,{settled})'
        return formulas

    def _settled_sum(self, code: str, added: str) -> str:
        """A contradiction: the sum capped at the declared points, scaled to them, or unchanged."""
        entry = self.contradiction(code)
        match self.readings[entry.reading] if entry else None:
            case "cap":
                return f"MIN({_figure(entry.declared)},{added})" if entry else added
            case "scale":
                return f"{added}*{_figure(entry.declared)}/{_figure(entry.adds_up_to)}" if entry else added
        return added

    def contradiction(self, code: str) -> Contradiction | None:
        """The declared contradiction of a node, if it has one."""
        return next((entry for entry in self.scheme.contradictions if entry.node == code), None)

    # --- Bonus, and what is shown ----------------------------------------------------------------------------------

    def _bonus(self, code: str) -> dict[str, str]:
        """The bonus, granted after every cap to its leaf and the nodes above that are not void; else empty."""
        leaf = self.scheme.bonus_leaf
        if leaf is None or code not in self.scheme.lineage(leaf.code):
            return {}
        void = f'{self.cell("void", code)}="{YES}"'
        if code != leaf.code:
            return {key: f"IF({void},0,{self.cell(key, leaf.code)})" for key in ("granted_low", "granted_high")}
        earned = {"earned": self._changes(code, EARNS)}
        return earned | {
            f"granted_{end}": f"IF({void},0,{self._limited(leaf, f'base_{end}')})" for end in ("low", "high")
        }

    def _limited(self, leaf: Node, base: str) -> str:
        """The bonus limited by the leaf's reading: not at all, by what the section or total lacks, or to none."""
        earned = self.cell("earned", leaf.code)
        section = self.scheme.lineage(leaf.code)[-2]
        match self.readings[str(leaf.bonus)]:
            case "section":
                points = self.scheme.by_code[section].points
                return f"MIN({earned},MAX(0,{_figure(points)}-{self.cell(base, section)}))"
            case "total":
                return f"MIN({earned},MAX(0,{_figure(self.scheme.by_code[TOTAL].points)}-{self.cell(base, TOTAL)}))"
            case "none":
                return "0"
        return earned

    def _shown(self, code: str) -> dict[str, str]:
        """The range, and the score: a number if both ends agree and it is void or has nothing pending under it."""
        ends = self._with_bonus("low", code), self._with_bonus("high", code)
        low, high = self.cell("low", code), self.cell("high", code)
        known = f'OR({self.cell("void", code)}="{YES}",{self.cell("pending", code)}="{NO}")'
        return {
            "low": half_up(f"MIN({ends[0]},{ends[1]})"),
            "high": half_up(f"MAX({ends[0]},{ends[1]})"),
            "score": f'IF({low}={high},IF({known},{low},{low}&"{PENDING}"),{low}&"～"&{high})',
        }

    def _with_bonus(self, end: str, code: str) -> str:
        base, leaf = self.cell(f"base_{end}", code), self.scheme.bonus_leaf
        lifted = leaf is not None and code in self.scheme.lineage(leaf.code)
        return f"{base}+{self.cell(f'granted_{end}', code)}" if lifted else base


def half_up(points: str) -> str:
    """Rounded half up; first to nine decimals, so that noise of binary fractions does not undo a half."""
    return f"ROUND(ROUND({points},9),2)"


def _figure(points: Fraction) -> str:
    """A scheme's number in a formula."""
    return str(points.numerator) if points.denominator == 1 else f"({points.numerator}/{points.denominator})"
