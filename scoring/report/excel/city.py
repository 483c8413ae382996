"""The city's 考核汇总: ranking, scores and losses by node and department, every finding, worked scores of everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from scoring.base.points import number
from scoring.engine.assessment import Assessment
from scoring.engine.ranking import PROVISIONAL
from scoring.engine.scorecard import Scorecard, rank
from scoring.report.excel.book import Book, Column, Formula, Sheet, Value, grouped
from scoring.report.excel.common import DATA, READINGS, WAITING, banner, further_sheets, verdict_formula
from scoring.report.excel.department import PARAPHRASED
from scoring.report.excel.ledger import Ledger, write_ledger
from scoring.report.excel.nodes import Scores, write_nodes
from scoring.report.excel.results import result, write_results
from scoring.scheme import TOTAL, Node

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
    """Write the city's summary workbook of an assessment, also of one without any scorecard.

    Samples among official ones are left out: like is ranked with like.
    """
    scheme, cards = assessment.scheme, assessment.ranked_together
    title = f"{scheme.city}{scheme.year_words}部门网站考核汇总"
    sheets = SHEETS_OF_GATE if scheme.is_gate else SHEETS
    book = Book(title, scheme.year, banner(cards), sheets if cards else sheets[:1])
    if scheme.is_gate:
        _write_gate(book, assessment, title)
        book.save(path)
        return
    ranking = Sheet(book, RANKING, _ranking_columns(assessment), title, landscape=True, print_to="vetoes")
    if not cards:
        _write_ranking(ranking, assessment, None, None)
        book.save(path)
        return
    ledger = write_ledger(book, LEDGER, cards, title=f"{title}：全部认定事项", scores=SCORES, city=True)
    scores = write_nodes(book, SCORES, cards, ledger, title=f"{title}：计分明细")
    _write_ranking(ranking, assessment, ledger, scores)
    _write_matrix(book, f"{title}：各指标得分", cards, scores)
    _write_losses(book, f"{title}：各末级指标失分（不计否决）", cards, scores)
    further_sheets(book, cards, title, city=True)
    book.save(path)


# --- 名次 ----------------------------------------------------------------------------------------------------------


def _ranking_columns(assessment: Assessment) -> tuple[Column, ...]:
    sections = (Column(node.code, node.name, 18, "points") for node in assessment.scheme.sections)
    return (
        Column("rank", "名次", 7, "centred"),
        Column("department", "部门", 26),
        Column("total", "总分", 12, "score"),
        Column("verdict", "结论", 10, "centred"),
        Column("bonus", "其中加分", 10, "points"),
        *sections,
        Column("vetoes", "否决事项数", 10, "count"),
        Column("exact", "名次依据（总分未取整）", 16, "points", technical=True),
    )


def _write_gate(book: Book, whole: Assessment, title: str) -> None:
    """Departments by result, every node's result, every finding."""
    scheme, cards = whole.scheme, whole.ranked_together
    sections = tuple(Column(node.code, f"{node.code} {node.name}", 16, "centred") for node in scheme.sections)
    columns = (
        Column("department", "部门", 26),
        Column("verdict", "结论", 10, "score"),
        Column("vetoes", "否决事项数", 10, "count"),
        *sections,
    )
    sheet = Sheet(book, BY_RESULT, columns, title, landscape=True)
    sheet.note(NOTE_OF_GATE + (PARAPHRASED if scheme.paraphrased else ""))
    sheet.header(freeze=1)
    if cards:
        ledger = write_ledger(book, LEDGER, cards, title=f"{title}：全部认定事项", scores=RESULTS, city=True)
        scores = write_results(book, RESULTS, cards, ledger, title=f"{title}：结果明细")
        for card in cards:
            results = {section.code: result(scores, card, section.code) for section in scheme.sections}
            vetoes = scores.formula(card, TOTAL, "vetoes", len(card.vetoes))
            judged = result(scores, card, TOTAL)
            sheet.row({"department": card.department, "verdict": judged, "vetoes": vetoes, **results})
        sheet.filter()
        _write_matrix(book, f"{title}：各指标结果", cards, scores)
        further_sheets(book, cards, title, city=True)
    else:
        sheet.merged("没有已评定的部门。", "text")
    _failed_rows(sheet, whole)


def _write_ranking(sheet: Sheet, whole: Assessment, ledger: Ledger | None, scores: Scores | None) -> None:
    assessment = replace(whole, scorecards=whole.ranked_together)
    sheet.note(NOTE)
    sheet.header(freeze=sheet.at["department"] + 1)
    if ledger and scores:
        _ranked_rows(sheet, assessment, ledger, scores)
    if sheet.next > sheet.head + 1:
        sheet.filter()
    else:
        sheet.merged("没有可以排名的部门。", "text")
    _provisional_rows(sheet, assessment, scores)
    _failed_rows(sheet, whole)


def _ranked_rows(sheet: Sheet, assessment: Assessment, ledger: Ledger, scores: Scores) -> None:
    places = rank(assessment.scorecards)
    first, last = sheet.next, sheet.next + len(places) - 1
    everyone = f"{sheet.cell('exact', first, fixed=True)}:{sheet.cell('exact', last, fixed=True)}"
    for place in places:
        card = place.scorecard
        own = sheet.cell("exact", sheet.next)
        # A billionth of a point is the noise of binary fractions, never a difference between two scores.
        better = f"SUMPRODUCT(({everyone}>{own}+0.000000001)*1)"
        ends = "+".join(scores.address(card, TOTAL, key) for key in ("base_low", "granted_low"))
        sheet.row(
            {
                "rank": Formula(f"=1+{better}", place.rank),
                "department": card.department,
                "total": scores.score(card, TOTAL),
                "verdict": verdict_formula(card, ledger, scores),
                "bonus": scores.formula(card, TOTAL, "granted_low", float(card.bonus)),
                **{node.code: scores.score(card, node.code) for node in card.scheme.sections},
                "vetoes": _vetoes(card, ledger, scores),
                "exact": Formula(f"={ends}", float(card.total.low)),
            }
        )


def _vetoes(card: Scorecard, ledger: Ledger, scores: Scores) -> Formula:
    names = ledger.names
    mine = f"({names['department']}={scores.address(card, TOTAL, 'department')})"
    return Formula(f'=SUMPRODUCT({mine}*({names["veto"]}<>"")*({names["counts"]}="是"))', len(card.vetoes))


def _provisional_rows(sheet: Sheet, assessment: Assessment, scores: Scores | None) -> None:
    provisional = [card for card in assessment.scorecards if card.status == PROVISIONAL]
    if not provisional or scores is None:
        return
    sheet.heading("待评部门（有指标尚未核查，只给出总分区间，暂不排名）")
    spans = ((0, 1), (2, 2), (3, 3), (4, sheet.last))
    sheet.cells(("部门", "总分下限", "总分上限", "待评指标"), ("header",) * 4, spans)
    for card in provisional:
        ends = [
            scores.formula(card, TOTAL, key, number(points))
            for key, points in (("low", card.total.low), ("high", card.total.high))
        ]
        waiting = "、".join(f"{code} {card.nodes[code].name}" for code in card.pending)
        sheet.cells((card.department, *ends, waiting), ("wrapped", "points", "points", "wrapped"), spans)


def _failed_rows(sheet: Sheet, assessment: Assessment) -> None:
    spans = ((0, 1), (2, 2), (3, sheet.last))
    if assessment.faults:
        sheet.heading("未能评分的工作簿（改正后重新评分）")
        sheet.cells(("部门或文件", "错误数", "第一处错误"), ("header",) * 3, spans)
        for department, faults in assessment.faults.items():
            first = str(faults[0]) if faults else ""
            sheet.cells((department, len(faults), first), ("wrapped", "count", "wrapped"), spans)
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
    """Scores or results of every node: a row a node, a column a department; a range where something is pending."""
    scheme = cards[0].scheme
    sheet = Sheet(
        book, RESULTS_MATRIX if scheme.is_gate else MATRIX, _matrix_columns(cards), title, landscape=True, pages=1
    )
    sheet.header(freeze=sheet.at[cards[0].department])
    for code, node in cards[0].nodes.items():
        branch = code in scheme.children
        values = _node_cells(node.node, float(node.full))
        shown = partial(result, scores) if scheme.is_gate else scores.score
        values |= {card.department: shown(card, code) for card in cards}
        styles = grouped(sheet.columns) if branch else None
        sheet.row(values, styles=styles, indent=0 if code == TOTAL else code.count("."))
    sheet.filter()


def _node_cells(node: Node, full: float) -> dict[str, Value]:
    total = node.code == TOTAL
    return {"code": node.name if total else node.code, "name": None if total else node.name, "full": full}


def _write_losses(book: Book, title: str, cards: Sequence[Scorecard], scores: Scores) -> None:
    """Points lost on every leaf, vetoes aside, with their sums by leaf and by department; the darker the more."""
    sheet = Sheet(book, LOSSES, _matrix_columns(cards, Column("sum", "全市合计", 11, "score")), title, landscape=True)
    sheet.header(freeze=sheet.at["full"] + 1)
    first = sheet.next
    columns = [sheet.at[card.department] for card in cards]
    for leaf in cards[0].scheme.leaves:
        lost = {
            card.department: scores.formula(card, leaf.code, "lost", number(card.nodes[leaf.code].lost))
            for card in cards
        }
        ends = [f"{xl_col_to_name(column)}{sheet.next + 1}" for column in (columns[0], columns[-1])]
        total = Formula(f"=SUM({ends[0]}:{ends[1]})", sum(float(formula.value) for formula in lost.values()))
        sheet.row({**_node_cells(leaf, float(leaf.points)), **lost, "sum": total})
    last = sheet.next - 1
    sheet.filter()
    sheet.sheet.conditional_format(
        first, columns[0], last, columns[-1], {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#F4A6A0"}
    )
    _sum_row(sheet, cards, first, last)


def _sum_row(sheet: Sheet, cards: Sequence[Scorecard], first: int, last: int) -> None:
    totals: dict[str, Value] = {"code": "合计", "name": "各末级指标失分之和"}
    everything = 0.0
    for card in cards:
        lost = sum(number(card.nodes[leaf.code].lost) for leaf in card.scheme.leaves)
        everything += lost
        totals[card.department] = _column_sum(sheet, card.department, first, last, lost)
    totals["sum"] = _column_sum(sheet, "sum", first, last, everything)
    sheet.row(totals, styles=grouped(sheet.columns))


def _column_sum(sheet: Sheet, key: str, first: int, last: int, value: float) -> Formula:
    return Formula(f"=SUM({sheet.cell(key, first)}:{sheet.cell(key, last)})", value)
