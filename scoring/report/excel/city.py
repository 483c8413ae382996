"""The city's 考核汇总: ranking, scores and losses by node and department, findings, scores with formulas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from scoring.base.points import number
from scoring.engine.assessment import Assessment
from scoring.engine.ranking import PROVISIONAL
from scoring.engine.scorecard import Scorecard, rank
from scoring.report.excel.book import Book, Column, Formula, Sheet
from scoring.report.excel.department import (
    DATA,
    PARAPHRASED,
    READINGS,
    WAITING,
    banner,
    further_sheets,
    verdict_formula,
)
from scoring.report.excel.ledger import Ledger, write_ledger
from scoring.report.excel.nodes import Scores, depth, labels, write_nodes
from scoring.scheme import TOTAL, Scheme

RANKING, MATRIX, LOSSES, LEDGER, SCORES = "名次", "各指标得分", "失分情况", "全部认定事项", "计分明细"
#: The same for a gate, which has no ranking.
BY_RESULT, RESULTS_MATRIX, RESULTS = "各部门结果", "各指标结果", "结果明细"
SHEETS: Final = (RANKING, MATRIX, LOSSES, LEDGER, SCORES, WAITING, DATA, READINGS)
SHEETS_OF_GATE: Final = (BY_RESULT, RESULTS_MATRIX, LEDGER, RESULTS, WAITING, DATA, READINGS)

NOTE: Final = (
    "总分、名次、各部分得分均为公式：修改《全部认定事项》中的黄色单元格后自动重算（各行的先后不变）。"
    "总分相同的并列，其后名次顺延；不合格的同样按总分排名，并予标明。"
)
NOTE_OF_GATE: Final = (
    "结论和各指标结果均为公式：修改《全部认定事项》中的黄色单元格后自动重算。部门按名单先后列出，不排名。"
)


def write_city(assessment: Assessment, path: Path) -> None:
    """Write the city's summary workbook of an assessment, even one without scorecards.

    Samples among official ones are left out.
    """
    scheme, cards = assessment.scheme, assessment.ranked_together
    gate, title = scheme.is_gate, f"{scheme.city}{scheme.year_words}部门网站考核汇总"
    sheets = SHEETS_OF_GATE if gate else SHEETS
    book = Book(title, scheme.year, banner(cards), sheets if cards else sheets[:1])
    columns, last = (_columns_of_gate(scheme), None) if gate else (_ranking_columns(scheme), "vetoes")
    first = Sheet(book, sheets[0], columns, title, landscape=True, print_to=last)
    first.note(NOTE_OF_GATE + (PARAPHRASED if scheme.paraphrased else "") if gate else NOTE)
    first.header(freeze=first.at["department"] + 1)
    scores = None
    if cards:
        name = RESULTS if gate else SCORES
        ledger = write_ledger(book, LEDGER, cards, title=f"{title}：全部认定事项", scores=name, city=True)
        scores = write_nodes(book, name, cards, ledger, title=f"{title}：{name}")
        (_result_rows if gate else _ranked_rows)(first, cards, ledger, scores)
    if first.next > first.head + 1:
        first.filter()
    else:
        first.merged("没有已评定的部门。" if gate else "没有可以排名的部门。", "text")
    if scores is not None:
        if not gate:
            _provisional_rows(first, cards, scores)
            _write_losses(book, f"{title}：各末级指标失分（不计否决）", cards, scores)
        _write_matrix(book, title, cards, scores)
        further_sheets(book, cards, title, city=True)
    _failed_rows(first, assessment)
    book.save(path)


# --- 名次 ----------------------------------------------------------------------------------------------------------


def _ranking_columns(scheme: Scheme) -> tuple[Column, ...]:
    return (
        Column("rank", "名次", 7, "centred"),
        Column("department", "部门", 26),
        Column("total", "总分", 12, "score"),
        Column("verdict", "结论", 10, "centred"),
        Column("bonus", "其中加分", 10, "points"),
        *(Column(node.code, node.name, 18, "points") for node in scheme.sections),
        Column("vetoes", "否决事项数", 10, "count"),
        Column("exact", "名次依据（总分未取整）", 16, "points", technical=True),
    )


def _columns_of_gate(scheme: Scheme) -> tuple[Column, ...]:
    return (
        Column("department", "部门", 26),
        Column("verdict", "结论", 10, "score"),
        Column("vetoes", "否决事项数", 10, "count"),
        *(Column(node.code, f"{node.code} {node.name}", 16, "centred") for node in scheme.sections),
    )


def _result_rows(sheet: Sheet, cards: Sequence[Scorecard], _: Ledger, scores: Scores) -> None:
    for card in cards:
        results = {section.code: scores.score(card, section.code) for section in card.scheme.sections}
        vetoes = scores.formula(card, TOTAL, "vetoes", len(card.vetoes))
        judged = scores.score(card, TOTAL)
        sheet.row({"department": card.department, "verdict": judged, "vetoes": vetoes, **results})


def _ranked_rows(sheet: Sheet, cards: Sequence[Scorecard], ledger: Ledger, scores: Scores) -> None:
    places = rank(cards)
    first, last = sheet.next, sheet.next + len(places) - 1
    everyone = f"{sheet.cell('exact', first, fixed=True)}:{sheet.cell('exact', last, fixed=True)}"
    for place in places:
        card = place.scorecard
        own = sheet.cell("exact", sheet.next)
        # Differences of a billionth are noise of binary fractions.
        better = f"SUMPRODUCT(({everyone}>{own}+0.000000001)*1)"
        ends = "+".join(scores.address(card, TOTAL, key) for key in ("base_low", "granted_low"))
        vetoes = ledger.vetoes(scores.address(card, TOTAL, "department"))
        sheet.row(
            {
                "rank": Formula(f"=1+{better}", place.rank),
                "department": card.department,
                "total": scores.score(card, TOTAL),
                "verdict": verdict_formula(card, ledger, scores),
                "bonus": scores.formula(card, TOTAL, "granted_low", float(card.bonus)),
                **{node.code: scores.score(card, node.code) for node in card.scheme.sections},
                "vetoes": Formula(f"={vetoes}", len(card.vetoes)),
                "exact": Formula(f"={ends}", float(card.total.low)),
            }
        )


def _provisional_rows(sheet: Sheet, cards: Sequence[Scorecard], scores: Scores) -> None:
    provisional = [card for card in cards if card.status == PROVISIONAL]
    if not provisional:
        return
    sheet.heading("待评部门（有指标尚未核查，只给出总分区间，暂不排名）")
    rows = []
    for card in provisional:
        low = scores.formula(card, TOTAL, "low", number(card.total.low))
        high = scores.formula(card, TOTAL, "high", number(card.total.high))
        waiting = "、".join(f"{code} {card.nodes[code].name}" for code in card.pending)
        rows.append((card.department, low, high, waiting))
    styles, spans = ("wrapped", "points", "points", "wrapped"), ((0, 1), (2, 2), (3, 3), (4, sheet.last))
    sheet.table(("部门", "总分下限", "总分上限", "待评指标"), styles, rows, spans)


def _failed_rows(sheet: Sheet, assessment: Assessment) -> None:
    if faults := assessment.faults:
        sheet.heading("未能评分的工作簿（改正后重新评分）")
        rows = [(name, len(found), str(found[0]) if found else "") for name, found in faults.items()]
        spans = ((0, 1), (2, 2), (3, sheet.last))
        sheet.table(("部门或文件", "错误数", "第一处错误"), ("wrapped", "count", "wrapped"), rows, spans)
    if samples := assessment.samples:
        sheet.heading("示例工作簿（只评分，不参加排名，也不计入本工作簿其他各表）")
        sheet.note("、".join(f"{card.department}（示例）" for card in samples))
    there = {card.department for card in assessment.scorecards} | set(assessment.faults)
    if absent := [name for name in assessment.scheme.departments if name not in there]:
        sheet.heading("没有佐证工作簿的部门")
        sheet.note("、".join(absent))


# --- 矩阵 ----------------------------------------------------------------------------------------------------------


def _matrix_columns(cards: Sequence[Scorecard], *extra: Column) -> tuple[Column, ...]:
    return (
        Column("code", "指标", 10),
        Column("name", "指标名称", 40, "wrapped"),
        *([] if cards[0].scheme.is_gate else [Column("full", "满分", 8, "points")]),
        *(Column(card.department, card.department, 13, "points") for card in cards),
        *extra,
    )


def _write_matrix(book: Book, title: str, cards: Sequence[Scorecard], scores: Scores) -> None:
    """Scores or results of every node: one row per node, one column per department; a range if something is pending."""
    name = RESULTS_MATRIX if cards[0].scheme.is_gate else MATRIX
    sheet = Sheet(book, name, _matrix_columns(cards), f"{title}：{name}", landscape=True, pages=1)
    sheet.header(freeze=sheet.at[cards[0].department])
    for code, node in cards[0].nodes.items():
        values = {card.department: scores.score(card, code) for card in cards}
        group = code in cards[0].scheme.children
        sheet.row({**labels(node.node), "full": float(node.full), **values}, group=group, indent=depth(code))
    sheet.filter()


def _write_losses(book: Book, title: str, cards: Sequence[Scorecard], scores: Scores) -> None:
    """Points lost on every leaf, without vetoes, with sums by leaf and department; darker means more."""
    sheet = Sheet(book, LOSSES, _matrix_columns(cards, Column("sum", "全市合计", 11, "score")), title, landscape=True)
    sheet.header(freeze=sheet.at["full"] + 1)
    first = sheet.next
    columns = [sheet.at[card.department] for card in cards]
    for leaf in cards[0].scheme.leaves:
        own = {card.department: number(card.nodes[leaf.code].lost) for card in cards}
        cells = {card.department: scores.formula(card, leaf.code, "lost", own[card.department]) for card in cards}
        ends = [f"{xl_col_to_name(column)}{sheet.next + 1}" for column in (columns[0], columns[-1])]
        total = Formula(f"=SUM({ends[0]}:{ends[1]})", sum(own.values()))
        sheet.row({**labels(leaf), "full": float(leaf.points), **cells, "sum": total})
    last = sheet.next - 1
    sheet.filter()
    shades = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#F4A6A0"}
    sheet.sheet.conditional_format(first, columns[0], last, columns[-1], shades)
    lost = {card.department: sum(number(card.nodes[leaf.code].lost) for leaf in card.scheme.leaves) for card in cards}
    sums = {
        key: Formula(f"=SUM({sheet.cell(key, first)}:{sheet.cell(key, last)})", value)
        for key, value in {**lost, "sum": sum(lost.values())}.items()
    }
    sheet.row({"code": "合计", "name": "各末级指标失分之和", **sums}, group=True)
