"""The sheet 计分 (结果 in a gate): one row per node of the tree, with live formulas over the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from scoring.base.points import number, shown, shown_range
from scoring.engine.scorecard import NodeScore, Scorecard
from scoring.report.excel.book import FOLDED, OPENS, Book, Column, Formula, Sheet, Value
from scoring.report.excel.formulas import PENDING, NodeFormulas
from scoring.report.excel.ledger import DEPARTMENT, NO, YES, Ledger
from scoring.report.view.words import NOT_VETOED, VETOED, WAITING, gate_result, verdict
from scoring.scheme import TOTAL, Node

COLUMNS: Final = (
    Column("code", "指标", 10),
    Column("name", "指标名称", 32, "wrapped"),
    Column("full", "满分", 7, "points"),
    Column("changed", "计分合计", 7, "points"),
    Column("score", "得分", 12, "score"),
    Column("lost", "失分（不计否决）", 9, "points"),
    Column("void", "计0分", 7, "centred"),
    Column("pending", "待评", 7, "centred"),
    Column("how", "算法", 44, "wrapped"),
    Column("low", "得分下限", 9, "points", technical=True),
    Column("high", "得分上限", 9, "points", technical=True),
    Column("opening", "起评分", 8, "points", technical=True),
    Column("base_low", "基础分（待评按0分）", 12, "points", technical=True),
    Column("base_high", "基础分（待评按满分）", 12, "points", technical=True),
    Column("spilt", "超出部分（从上一级扣除）", 13, "points", technical=True),
    Column("earned", "应得加分", 9, "points", technical=True),
    Column("granted_low", "加分（待评按0分）", 11, "points", technical=True),
    Column("granted_high", "加分（待评按满分）", 11, "points", technical=True),
    Column("void_without_veto", "不计否决时计0分", 10, "centred", technical=True),
)
NOTE: Final = (
    "本表各分数均为公式，依据《{ledger}》计算，修改《{ledger}》后自动重算。"
    "计算过程不取整，仅得分、失分四舍五入保留两位小数；计0分的指标，其下级也都计0分。"
    "点右上方的“＋”可展开中间各步。"
)


#: The same for a gate, with its vetoes counted.
COLUMNS_OF_GATE: Final = (
    Column("code", "指标", 10),
    Column("name", "指标名称", 40, "wrapped"),
    Column("score", "结果", 14, "score"),
    Column("vetoes", "否决项数", 10, "count"),
    Column("pending", "待评", 8, "centred"),
)
NOTE_OF_GATE: Final = (
    "“否决项数”和“结果”均为公式，依据《{ledger}》计算，修改《{ledger}》后自动重算：有一项否决计入的，为“触发否决”；"
    "没有否决而待评的，为“待评”；其余为“未触发”。"
)


@dataclass(frozen=True)
class Scores:
    """A written sheet that others refer to: the row of each node by department and code."""

    sheet: Sheet
    rows: Mapping[tuple[str, str], int]

    def formula(self, card: Scorecard, code: str, key: str, value: float | str) -> Formula:
        """A cell of a node's row, shown elsewhere."""
        return Formula(f"={self.address(card, code, key)}", value)

    def score(self, card: Scorecard, code: str) -> Formula:
        """得分, a number or the range; of a gate 结果."""
        value = _result(card, code) if card.scheme.is_gate else score_shown(card.nodes[code])
        return self.formula(card, code, "score", value)

    def address(self, card: Scorecard, code: str, key: str) -> str:
        """The address of a node's figure."""
        return self.sheet.elsewhere(key, self.rows[card.department, code])


def write_nodes(book: Book, name: str, cards: Sequence[Scorecard], ledger: Ledger, *, title: str) -> Scores:
    """Write the tree of one department on one page; or of all with a column 部门, each folded under its total.

    A gate's tree may take several pages and is not folded.
    """
    gate, city = cards[0].scheme.is_gate, "department" in ledger.names
    own, note = (COLUMNS_OF_GATE, NOTE_OF_GATE) if gate else (COLUMNS, NOTE)
    pages, last = (0, None) if gate else (int(not city), "how")
    sheet = Sheet(book, name, (DEPARTMENT, *own) if city else own, title, pages=pages, print_to=last)
    sheet.note(note.format(ledger=ledger.sheet.name))
    sheet.header(freeze=sheet.at["name"] + 1)
    letters = {key: xl_col_to_name(column) for key, column in sheet.at.items()}
    rows: dict[tuple[str, str], int] = {}
    for card in cards:
        at = {code: sheet.next + place for place, code in enumerate(card.nodes)}
        rows |= {(card.department, code): row for code, row in at.items()}
        numbers = {code: row + 1 for code, row in at.items()}
        formulas = NodeFormulas(card.scheme, card.readings, ledger.names, letters, numbers, by_department=city)
        for code, node in card.nodes.items():
            cells = _result_cells(sheet, card, code, ledger, at) if gate else _score_cells(card, node, formulas)
            sheet.row(
                {"department": card.department, **labels(node.node), **cells},
                group=code in card.scheme.children,
                indent=depth(code),
                outline=(OPENS if code == TOTAL else FOLDED) if city and not gate else None,
            )
    sheet.filter()
    return Scores(sheet, rows)


def labels(node: Node) -> dict[str, Value]:
    """Code and name of a node; the total's code is its name."""
    return {"code": node.name, "name": None} if node.code == TOTAL else {"code": node.code, "name": node.name}


def flag(holds: object) -> str:
    """是 or 否."""
    return YES if holds else NO


def depth(code: str) -> int:
    """The indent of a node's name."""
    return 0 if code == TOTAL else code.count(".")


# --- A gate -------------------------------------------------------------------------------------------------------


def _result_cells(sheet: Sheet, card: Scorecard, code: str, ledger: Ledger, at: Mapping[str, int]) -> dict[str, Value]:
    leaves, children, row = card.scheme.under(code), card.scheme.children.get(code), sheet.next
    vetoes, pending = sum(veto.code in leaves for veto in card.vetoes), sheet.cell("pending", row)
    if children:
        counted = "+".join(sheet.cell("vetoes", at[child]) for child in children)
    else:
        department = sheet.cell("department", row) if "department" in sheet.at else ""
        counted = ledger.vetoes(department, f"({ledger.names['code']}={sheet.cell('code', row)})")
    words = ("不合格", "待评", "合格") if code == TOTAL else (VETOED, WAITING, NOT_VETOED)
    result = f'=IF({sheet.cell("vetoes", row)}>0,"{words[0]}",IF({pending}="{YES}","{words[1]}","{words[2]}"))'
    return {
        "score": Formula(result, _result(card, code)),
        "vetoes": Formula(f"={counted}", vetoes),
        "pending": flag(not card.pending.keys().isdisjoint(leaves)),
    }


def _result(card: Scorecard, code: str) -> str:
    return verdict(card) if code == TOTAL else gate_result(card, code)


# --- Points -------------------------------------------------------------------------------------------------------


def score_shown(node: NodeScore) -> float | str:
    """得分 as the sheet gives it."""
    if node.score is not None:
        return number(node.score)
    return shown_range(node.low, node.high) + (PENDING if number(node.low) == number(node.high) else "")


def _score_cells(card: Scorecard, node: NodeScore, formulas: NodeFormulas) -> dict[str, Value]:
    values = _values(card, node)
    return {
        "full": float(node.full),
        "opening": None if node.code in card.scheme.children else float(node.node.opening),
        "pending": values["pending"],
        "how": _how(card, node.node, formulas),
        **{key: Formula(text, values[key]) for key, text in formulas.of(node.code).items()},
    }


def _values(card: Scorecard, node: NodeScore) -> dict[str, float | str]:
    """The engine's figure for every formula of a row."""
    code, settled, leaf = node.code, card.settled, card.steps.leaves.get(node.code)
    is_void = settled.void[code][0]
    low, high = sorted(end.points[code][0] for end in settled.ends)
    granted = [0.0 if is_void else float(points) for points in card.granted]
    return {
        "void": flag(is_void),
        "void_without_veto": flag(card.unvetoed.void[code][0]),
        "pending": flag(settled.pending[code][0]),
        "changed": float(settled.changed[code][0]) if leaf else 0.0,
        "spilt": float(leaf.spilt) if leaf else 0.0,
        "earned": float(leaf.earned) if leaf else 0.0,
        "base_low": float(low),
        "base_high": float(high),
        "granted_low": granted[0],
        "granted_high": granted[1],
        "low": number(node.low),
        "high": number(node.high),
        "score": score_shown(node),
        "lost": number(node.lost),
    }


def _how(card: Scorecard, node: Node, formulas: NodeFormulas) -> str:
    """How a node is calculated, in words."""
    if node.code in card.scheme.children:
        return _how_branch(card, node, formulas)
    opening = "从0分起计" if node.opens_at_zero else f"起评{shown(node.opening)}分"
    words = f"{opening}，加计分合计，不低于0分、不高于{shown(node.points)}分"
    if clause := node.lost_in_proportion(card.readings):
        words = f"{shown(node.points)}×（1＋计分合计÷{clause.over}），不低于0分"
    if node.bonus:
        words += f"；另计加分（{card.scheme.readings[node.bonus].options[card.readings[node.bonus]]}）"
    if node.spills and card.readings[node.spills] == "spill":
        words += "；扣分超出本指标的部分从上一级扣除"
    return words


def _how_branch(card: Scorecard, node: Node, formulas: NodeFormulas) -> str:
    words = "下级指标基础分之和"
    spilling = (card.scheme.by_code[child].spills for child in card.scheme.children[node.code])
    if any(reading and card.readings[reading] == "spill" for reading in spilling):
        words += "，减去下级超出部分，不低于0分"
    if entry := formulas.contradiction(node.code):
        words += f"；{card.scheme.readings[entry.reading].options[card.readings[entry.reading]]}"
    return words
