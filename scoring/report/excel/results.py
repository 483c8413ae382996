"""The sheet 结果 of a gate: one row a node, its vetoes counted by live formulas over the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scoring.engine.scorecard import Scorecard
from scoring.report.excel.book import Book, Column, Formula, Sheet, Value, grouped
from scoring.report.excel.ledger import DEPARTMENT, YES, Ledger
from scoring.report.excel.nodes import Scores, flag
from scoring.report.view.words import NOT_VETOED, VETOED, WAITING, gate_result, verdict
from scoring.scheme import TOTAL

COLUMNS: Final = (
    Column("code", "指标", 10),
    Column("name", "指标名称", 40, "wrapped"),
    Column("result", "结果", 14, "score"),
    Column("vetoes", "否决项数", 10, "count"),
    Column("pending", "待评", 8, "centred"),
)
NOTE: Final = (
    "“否决项数”和“结果”均为公式，依据《{ledger}》计算，修改《{ledger}》后自动重算：有一项否决计入的，为“触发否决”；"
    "没有否决而待评的，为“待评”；其余为“未触发”。"
)


def write_results(book: Book, name: str, cards: Sequence[Scorecard], ledger: Ledger, *, title: str) -> Scores:
    """Write the tree of one department, or of all with a column 部门."""
    city = "department" in ledger.names
    sheet = Sheet(book, name, (DEPARTMENT, *COLUMNS) if city else COLUMNS, title)
    sheet.note(NOTE.format(ledger=ledger.sheet.name))
    sheet.header(freeze=sheet.at["name"] + 1)
    rows: dict[tuple[str, str], int] = {}
    for card in cards:
        rows |= {(card.department, code): sheet.next + place for place, code in enumerate(card.nodes)}
        for code in card.nodes:
            branch = code in card.scheme.children
            styles, indent = (grouped(sheet.columns) if branch else None), (0 if code == TOTAL else code.count("."))
            sheet.row(_cells(sheet, card, code, ledger, rows), styles=styles, indent=indent)
    sheet.filter()
    return Scores(sheet, rows)


def result(scores: Scores, card: Scorecard, code: str) -> Formula:
    """A node's result, shown on another sheet."""
    return scores.formula(card, code, "result", _result(card, code))


def _result(card: Scorecard, code: str) -> str:
    return verdict(card) if code == TOTAL else gate_result(card, code)


def _cells(
    sheet: Sheet, card: Scorecard, code: str, ledger: Ledger, rows: dict[tuple[str, str], int]
) -> dict[str, Value]:
    under = [rows[card.department, child] for child in card.scheme.children.get(code, ())]
    leaves, row = card.scheme.under(code), sheet.next
    vetoes, pending = sum(veto.code in leaves for veto in card.vetoes), sheet.cell("pending", row)
    counted = "+".join(sheet.cell("vetoes", child) for child in under) if under else _vetoes(sheet, row, ledger)
    words = ("不合格", "待评", "合格") if code == TOTAL else (VETOED, WAITING, NOT_VETOED)
    result = f'=IF({sheet.cell("vetoes", row)}>0,"{words[0]}",IF({pending}="{YES}","{words[1]}","{words[2]}"))'
    return {
        "department": card.department,
        "code": card.total.name if code == TOTAL else code,
        "name": None if code == TOTAL else card.nodes[code].name,
        "result": Formula(result, _result(card, code)),
        "vetoes": Formula(f"={counted}", vetoes),
        "pending": flag(not card.pending.keys().isdisjoint(leaves)),
    }


def _vetoes(sheet: Sheet, row: int, ledger: Ledger) -> str:
    """Rows of the ledger that are a veto of this leaf and count."""
    names = ledger.names
    mine = f"({names['department']}={sheet.cell('department', row)})*" if "department" in names else ""
    of_leaf = f"({names['code']}={sheet.cell('code', row)})"
    return f'SUMPRODUCT({mine}{of_leaf}*({names["veto"]}<>"")*({names["counts"]}="{YES}"))'
