"""The ledger sheet: one row per finding, the only sheet that an auditor changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from scoring.engine.findings import CHANGE
from scoring.engine.scorecard import Finding, Scorecard
from scoring.report.excel.book import Book, Column, Formula, Sheet, Value
from scoring.scheme import TOTAL, Scheme

YES, NO = "是", "否"
SCORES, EARNS, VOIDS = "计分", "加分", "计0分"
TOTAL_LABEL: Final = "总分"

DEPARTMENT: Final = Column("department", "部门", 19)

COLUMNS: Final = (
    Column("id", "编号", 24, "wrapped"),
    Column("because", "事由", 42, "wrapped"),
    Column("where", "表行", 22, "wrapped"),
    Column("points", "分值", 11, "points"),
    Column("stands", "成立", 7, "choice-input"),
    Column("each", "每次分值", 9, "points-input"),
    Column("times", "次数", 7, "points-input"),
    Column("code", "指标", 9),
    Column("name", "指标名称", 16, "wrapped"),
    Column("kind", "类型", 13, "wrapped"),
    Column("cells", "佐证内容", 38, "wrapped"),
    Column("advice", "整改建议", 28, "wrapped"),
    Column("decision", "复核决定", 9, "centred"),
    Column("reason", "复核理由", 20, "wrapped"),
    Column("reviewer", "复核人", 10, "wrapped"),
    Column("reviewed_on", "复核日期", 11, "date"),
    Column("effect", "效果", 7, "centred", technical=True),
    Column("counts", "计入", 7, "centred", technical=True),
    Column("scope", "计0分范围", 13, "wrapped", technical=True),
    Column("veto", "否决", 9, "centred", technical=True),
    Column("veto_mark", "累计否决标记", 14, "centred", technical=True),
    Column("needs", "累计否决所需项数", 14, "count", technical=True),
    Column("supports", "支撑的累计否决", 16, "wrapped", technical=True),
)
LAST_PRINTED: Final = "stands"
#: Columns that a gate does not have.
_OF_POINTS: Final = frozenset({"points", "each", "times", "effect", "scope"})

#: Columns that formulas elsewhere refer to by name.
NAMED: tuple[str, ...] = ("department", "code", "effect", "points", "counts", "scope", "veto", "stands", "supports")

HOW_TO: Final = (
    "黄色单元格可以修改：成立（是/否）{points}。《{scores}》是公式，随之重算。"
    "累计否决只在它所依据的认定事项仍有足够项数成立时计入；点右上方的“＋”可展开有关各列。"
)
END: Final = "（增加认定事项：在本行之上插入整行，并从上一行复制{formulas}的公式）"


@dataclass(frozen=True)
class Ledger:
    """A written ledger sheet: its names for formulas, and the row of each finding by department and id."""

    sheet: Sheet
    names: dict[str, str]
    rows: dict[tuple[str, str], int]

    def counts(self, department: str, finding: Finding) -> Formula:
        """计入 of a finding, as another sheet shows it."""
        address = self.sheet.elsewhere("counts", self.rows[department, finding.id])
        return Formula(f"={address}", YES if finding.stands else NO)

    def vetoes(self, department: str, *conditions: str) -> str:
        """Formula: how many vetoes count; in a city's ledger, those of the department named in that cell."""
        names = self.names
        mine = [f"({names['department']}={department})"] if "department" in names else []
        found = [f'({names["veto"]}<>"")', f'({names["counts"]}="{YES}")']
        return f"SUMPRODUCT({'*'.join([*mine, *conditions, *found])})"


def write_ledger(book: Book, name: str, cards: Sequence[Scorecard], *, title: str, scores: str, city: bool) -> Ledger:
    """Write the findings of one department, or of all with a column 部门; the sheet ``scores`` adds them up."""
    gate = cards[0].scheme.is_gate
    columns = columns_of(COLUMNS, gate=gate, city=city)
    sheet = Sheet(book, name, columns, title, print_to=LAST_PRINTED)
    sheet.note(HOW_TO.format(scores=scores, points="" if gate else "、每次分值、次数"))
    sheet.header(freeze=sheet.at["id"] + 1)
    first = sheet.next
    # The row after the last: inside every range, so that a line added above it counts.
    end = first + sum(len(card.findings) for card in cards)
    names = {key: f"{name}_{columns[sheet.at[key]].title}" for key in NAMED if key in sheet.at}
    for key, called in names.items():
        book.workbook.define_name(called, f"={sheet.range(key, first, end)}")
    rows = {}
    for card, finding, marks in _marked(cards):
        styles = {} if finding.effect == CHANGE else {"each": "points", "times": "points"}  # A void has none to change.
        cells = {"department": card.department, **finding_cells(card.scheme, finding), **marks}
        if finding.points is not None and not gate:
            product = f"={sheet.cell('each', sheet.next)}*{sheet.cell('times', sheet.next)}"
            cells["points"] = Formula(product, float(finding.points))
        cells |= {"stands": NO if finding.withdrawn else YES, "counts": _counts(sheet, names, finding)}
        rows[card.department, finding.id] = sheet.row(cells, styles=styles)
    sheet.filter()
    choice = {"validate": "list", "source": [YES, NO], "error_title": "成立", "error_message": "请填“是”或“否”。"}
    sheet.sheet.data_validation(first, sheet.at["stands"], end, sheet.at["stands"], choice)
    sheet.merged(END.format(formulas="“计入”" if gate else "“分值”“计入”两列"), "end")
    return Ledger(sheet, names, rows)


def columns_of(columns: Iterable[Column], *, gate: bool, city: bool) -> tuple[Column, ...]:
    """The columns of a ledger: without points for a gate, with 部门 for a city."""
    own = (column for column in columns if not gate or column.key not in _OF_POINTS)
    return (DEPARTMENT, *own) if city else tuple(own)


def _marked(cards: Sequence[Scorecard]) -> Iterator[tuple[Scorecard, Finding, dict[str, Value]]]:
    """Every finding with its mark and what it needs if it is a veto by count, and the marks of those that rest on it.

    Marks are unique in the workbook; brackets keep 1 from matching in 11.
    """
    used = count(1)
    for card in cards:
        own = {finding.id: f"〔{next(used)}〕" for finding in card.findings if finding.needs}
        for finding in card.findings:
            supported = (own[one.id] for one in card.findings if one.needs and finding.id in one.rests_on)
            marks: dict[str, Value] = {"veto_mark": own.get(finding.id), "needs": finding.needs or None}
            yield card, finding, {**marks, "supports": "".join(supported) or None}


def finding_cells(scheme: Scheme, finding: Finding) -> dict[str, Value]:
    """What a finding says, by column; without the formulas."""
    change, review = finding.effect == CHANGE, finding.review
    # Of a void, what it sets to zero: formulas count a text as nothing.
    void = f"{TOTAL_LABEL if finding.scope == TOTAL else finding.scope} {VOIDS}"
    return {
        "id": finding.id,
        "code": finding.code,
        "name": scheme.by_code[finding.code].name,
        "kind": finding.kind.name,
        "effect": (EARNS if finding.bonus else SCORES) if change else VOIDS,
        "each": None if finding.each is None else float(finding.each),
        "times": finding.times if change else None,
        "points": void if finding.points is None else float(finding.points),
        "scope": None if finding.scope is None else scope_label(scheme, finding.scope),
        "veto": finding.veto,
        "because": finding.sentence,
        "where": finding.where if finding.row is not None else "累计" if finding.needs else "全表",
        "cells": "；".join(f"{name}：{value}" for name, value in finding.cells.items()) or None,
        "advice": finding.kind.advice or None,
        "decision": f"{review.decision}{'（复核失效）' if review.stale else ''}" if review else None,
        "reason": review.reason if review else None,
        "reviewer": review.reviewer if review else None,
        "reviewed_on": review.reviewed_on.to_pydatetime() if review else None,
    }


def scope_label(scheme: Scheme, scope: str) -> str:
    """What a void sets to zero: code and name, so that it is not taken for a number."""
    return TOTAL_LABEL if scope == TOTAL else f"{scope} {scheme.by_code[scope].name}"


def _counts(sheet: Sheet, names: dict[str, str], finding: Finding) -> Formula:
    """Formula: a finding counts unless withdrawn; a veto by count also needs enough valid findings."""
    row = sheet.next
    stands = sheet.cell("stands", row)
    text = f"={stands}"
    if finding.needs:
        supporting = f'ISNUMBER(FIND({sheet.cell("veto_mark", row)},{names["supports"]}))*({names["stands"]}="{YES}")'
        enough = f"SUMPRODUCT({supporting})>={sheet.cell('needs', row)}"
        text = f'=IF(AND({stands}="{YES}",{enough}),"{YES}","{NO}")'
    return Formula(text, YES if finding.stands else NO)
