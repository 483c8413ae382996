"""A department's 评分台账: summary, scores with formulas, ledger, pending leaves, data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scoring.base.points import number
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Scorecard
from scoring.report.excel.book import SAMPLE, Book, Column, Sheet, Value
from scoring.report.excel.common import DATA, READINGS, WAITING, banner, further_sheets, verdict_formula
from scoring.report.excel.ledger import Ledger, scope_label, write_ledger
from scoring.report.excel.nodes import Scores, flag, write_nodes
from scoring.scheme import TOTAL

SUMMARY, SCORES, RESULTS, LEDGER = "概要", "计分", "结果", "台账"

COLUMNS: Final = tuple(Column(key, "", width) for key, width in zip("abcdef", (18, 36, 8, 14, 10, 16), strict=True))
HOW: Final = (
    "复算方法：在《台账》黄色单元格中把“成立”改为“否”，或修改每次分值、次数，《计分》各项得分和本页总分随之重算。"
    "名次按评分时的结果填写，不随修改变动。"
)
HOW_OF_GATE: Final = "复算方法：在《台账》黄色单元格中把“成立”改为“否”，《结果》和本页结论随之重算。"
PARAPHRASED: Final = "方案所列条款为条款大意，不是原文。"


def write_department(card: Scorecard, rank: int | None, path: Path) -> None:
    """Write a department's ledger workbook.

    Parameters
    ----------
    rank
        Its rank among the final scorecards; None if it is not ranked.
    path
        The file to write; it is replaced in one move.
    """
    title = f"{card.department}{card.scheme.year_words}网站考核评分台账"
    gate = card.scheme.is_gate
    nodes = RESULTS if gate else SCORES
    book = Book(title, card.year, banner([card]), (SUMMARY, nodes, LEDGER, WAITING, DATA, READINGS))
    ledger = write_ledger(book, LEDGER, [card], title=f"{title}：全部认定事项", scores=nodes, city=False)
    scores = write_nodes(book, nodes, [card], ledger, title=f"{title}：各级指标{'结果' if gate else '得分'}")
    _write_summary(Sheet(book, SUMMARY, COLUMNS, title, pages=1), card, rank, ledger, scores)
    further_sheets(book, [card], title, city=False)
    book.save(path)


def _write_summary(sheet: Sheet, card: Scorecard, rank: int | None, ledger: Ledger, scores: Scores) -> None:
    gate = card.scheme.is_gate
    sheet.note((HOW_OF_GATE if gate else HOW) + (PARAPHRASED if card.scheme.paraphrased else ""))
    _write_result(sheet, card, rank, ledger, scores)
    _write_sections(sheet, card, scores)
    _write_vetoes(sheet, card, ledger)


def _write_result(sheet: Sheet, card: Scorecard, rank: int | None, ledger: Ledger, scores: Scores) -> None:
    sheet.heading("考核结果")
    facts: list[tuple[str, Value, str]] = [
        ("部门", card.department, "wrapped"),
        ("考核年度", f"{card.year}年（截止{chinese_date(card.as_of)}）", "wrapped"),
        *([(card.scheme.site.name, card.source.site, "wrapped")] if card.scheme.site else []),
        ("结论", verdict_formula(card, ledger, scores), "result"),
        *_points(card, rank, scores),
        ("待评指标", f"{len(card.pending)} 个", "wrapped"),
        ("佐证工作簿", card.source.file, "wrapped"),
        ("SHA-256", card.source.sha256, "wrapped"),
        ("数据性质", SAMPLE if card.sample else "正式", "wrapped"),
    ]
    for label, value, style in facts:
        sheet.span(0, 0, label, "label")
        sheet.span(1, len(sheet.columns) - 1, value, style)
        sheet.skip(height=20 if style == "result" else None)


def _points(card: Scorecard, rank: int | None, scores: Scores) -> list[tuple[str, Value, str]]:
    if card.scheme.is_gate:
        return []
    return [
        ("总分" if not card.pending else "总分（区间）", scores.score(card, TOTAL), "result"),
        ("其中加分", scores.formula(card, TOTAL, "granted_low", number(card.bonus)), "left"),
        ("名次", "暂不排名" if rank is None else f"第 {rank} 名", "wrapped"),
    ]


def _write_sections(sheet: Sheet, card: Scorecard, scores: Scores) -> None:
    sheet.heading("各指标结果" if card.scheme.is_gate else "各部分得分")
    rows: list[tuple[Value, ...]] = []
    for code, name in ((section.code, section.name) for section in card.scheme.sections):
        node, leaves = card.nodes[code], card.scheme.under(code)
        if card.scheme.is_gate:
            vetoes = sum(veto.code in leaves for veto in card.vetoes)
            rows.append((code, name, scores.formula(card, code, "vetoes", vetoes), scores.score(card, code)))
            continue
        void = scores.formula(card, code, "void", flag(node.status == "void"))
        pending = scores.formula(card, code, "pending", flag(not card.pending.keys().isdisjoint(leaves)))
        rows.append((code, name, float(node.full), scores.score(card, code), void, pending))
    if card.scheme.is_gate:
        spans = ((0, 0), (1, 2), (3, 3), (4, 5))
        sheet.table(("指标", "名称", "否决项数", "结果"), ("text", "wrapped", "count", "score"), rows, spans)
    else:
        styles = ("text", "wrapped", "points", "score", "centred", "centred")
        sheet.table(("指标", "名称", "满分", "得分", "计0分", "待评"), styles, rows)


def _write_vetoes(sheet: Sheet, card: Scorecard, ledger: Ledger) -> None:
    sheet.heading("否决事项")
    vetoes = [finding for finding in card.findings if finding.veto]
    if not vetoes:
        sheet.merged("没有否决事项。", "text")
        return
    rows = []
    for finding in vetoes:
        name = f"{finding.code} {card.scheme.by_code[finding.code].name}"
        scope = "不合格" if card.scheme.is_gate else scope_label(card.scheme, str(finding.scope))
        where = f"累计{len(finding.rests_on)}项" if finding.needs else finding.where
        rows.append((finding.veto, name, ledger.counts(card.department, finding), scope, where, finding.because))
    effect = "处理结果" if card.scheme.is_gate else "计0分范围"
    styles = ("text", "wrapped", "centred", "wrapped", "wrapped", "wrapped")
    sheet.table(("否决", "指标", "计入", effect, "表行", "事由"), styles, rows)
