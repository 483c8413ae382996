"""Shared by both workbooks: banner, verdict, readings, findings set aside, rows counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scoring.engine.scorecard import Scorecard
from scoring.report.excel.book import SAMPLE, Book, Column, Formula, Sheet, Value
from scoring.report.excel.ledger import COLUMNS, DEPARTMENT, YES, Ledger, columns_of, finding_cells
from scoring.report.excel.nodes import Scores
from scoring.report.view.words import verdict
from scoring.scheme import TOTAL

WAITING, DATA, READINGS = "待评与搁置", "数据说明", "解读"

#: Columns that only settled findings have.
_SETTLED: Final = ("stands", "counts", "advice", "veto_mark", "needs", "supports")
_TALLY: Final = (
    Column("sheet", "工作表", 40),
    Column("read", "读入行数", 14, "count"),
    Column("counted", "计入行数", 14, "count"),
    Column("left_out", "未计入行数（考核期外）", 26, "count"),
)
_READINGS: Final = (
    Column("title", "解读", 20, "wrapped"),
    Column("clause", "条文", 36, "wrapped"),
    Column("which", "默认/选用", 10, "centred"),
    Column("option", "采用的读法", 36, "wrapped"),
)


def banner(cards: Sequence[Scorecard]) -> str:
    """The text on top of every sheet if some evidence is 示例, else empty."""
    samples = [card.department for card in cards if card.sample]
    if not samples:
        return ""
    which = "" if len(samples) == len(cards) else f"（{'、'.join(samples)}）"
    return f"{SAMPLE}{which}：单位真实，内容均为虚构，不作任何评价依据"


def verdict_formula(card: Scorecard, ledger: Ledger, scores: Scores) -> Formula:
    """Formula for 合格, 不合格 or 待评, from the ledger."""
    pending = f'{scores.address(card, TOTAL, "pending")}="{YES}"'
    department = scores.address(card, TOTAL, "department") if "department" in ledger.names else ""
    text = f'=IF({ledger.vetoes(department)}>0,"不合格",IF({pending},"待评","合格"))'
    return Formula(text, verdict(card))


def further_sheets(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """待评与搁置, 数据说明 and 解读: explanations that no formula uses."""
    _write_waiting(book, cards, f"{title}：待评与搁置", city=city)
    _write_data(book, cards, f"{title}：读入的数据", city=city)
    _write_readings(book, cards[0], f"{title}：方案条文有多种读法之处，本次采用的解读")


def _write_waiting(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """Leaves that cannot be judged yet, and findings under them, which have no effect."""
    gate = cards[0].scheme.is_gate
    columns = (
        replace(column, style=column.style.removesuffix("-input"), technical=False)
        for column in COLUMNS
        if column.key not in _SETTLED
    )
    printed = "where" if gate else "points"
    sheet = Sheet(book, WAITING, columns_of(columns, gate=gate, city=city), title, print_to=printed)
    _write_pending(sheet, cards, city=city)
    sheet.heading("搁置的认定事项（所属指标待评，暂不计入）")
    found = [(card, finding) for card in cards for finding in card.set_aside]
    sheet.header()
    for card, finding in found:
        sheet.row({"department": card.department, **finding_cells(card.scheme, finding)})
    if found:
        sheet.filter()
    else:
        sheet.merged("没有搁置的认定事项。", "text")


def _write_pending(sheet: Sheet, cards: Sequence[Scorecard], *, city: bool) -> None:
    gate = cards[0].scheme.is_gate
    sheet.heading("待评指标" if gate else "待评指标（得分按 0 分至满分计为区间）")
    pending = [(card, code, reason) for card in cards for code, reason in card.pending.items()]
    if not pending:
        sheet.merged("没有待评指标。", "text")
        return
    own = int(not city)  # Without the column 部门, all are one to the left.
    shown = slice(own, 3 if gate else 4)
    spans = [(place - own, end - own) for place, end in ((0, 0), (1, 1), (2, 3), (4, 4))][shown]
    rows: list[Sequence[Value]] = []
    for card, code, reason in pending:
        node = card.nodes[code]
        values: list[Value] = [card.department, f"{code} {node.name}", reason, float(node.full)]
        rows.append(values[shown])
    sheet.table(
        ("部门", "指标", "待评原因", "满分")[shown], ("wrapped", "wrapped", "wrapped", "points")[shown], rows, spans
    )


def _write_data(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """Rows read, counted and left out of every sheet; notices."""
    sheet = Sheet(book, DATA, (DEPARTMENT, *_TALLY) if city else _TALLY, title)
    sheet.header(freeze=1)
    for card in cards:
        for row in card.source.tally:
            counts = {"read": row.read, "counted": row.counted, "left_out": row.left_out}
            sheet.row({"department": card.department, "sheet": row.sheet, **counts})
    sheet.filter()
    sheet.heading("提示")
    notices = [(card.department, notice) for card in cards for notice in card.source.notices]
    for department, notice in notices or [("", "没有需要提示的事项。")]:
        sheet.note(f"{department}：{notice}" if city and department else notice)


def _write_readings(book: Book, card: Scorecard, title: str) -> None:
    """The reading chosen for every clause that has more than one."""
    sheet = Sheet(book, READINGS, _READINGS, title)
    sheet.header(freeze=1)
    for key, reading in card.scheme.readings.items():
        option = card.readings[key]
        which = "默认" if option == reading.default else "选用"
        sheet.row({"title": reading.title, "clause": reading.clause, "which": which, "option": reading.options[option]})
