"""A department's 评分台账: summary, worked scores, ledger, what is pending, what was read; shared with the city's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from scoring.base.points import number
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Finding, Scorecard, Source
from scoring.report.excel.book import SAMPLE, Book, Column, Formula, Sheet, Value
from scoring.report.excel.ledger import (
    COLUMNS,
    DEPARTMENT,
    YES,
    Ledger,
    columns_of,
    finding_cells,
    scope_label,
    write_ledger,
)
from scoring.report.excel.nodes import Scores, flag, write_nodes
from scoring.report.view.words import verdict
from scoring.scheme import TOTAL

SUMMARY, SCORES, RESULTS, LEDGER = "概要", "计分", "结果", "台账"
WAITING, DATA, READINGS = "待评与搁置", "数据说明", "解读"

#: What only a finding that has been settled has.
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

_SUMMARY: Final = tuple(Column(key, "", width) for key, width in zip("abcdef", (18, 36, 8, 14, 10, 16), strict=True))
HOW: Final = (
    "复算方法：在《台账》黄色单元格中把“成立”改为“否”，或修改每次分值、次数，《计分》各项得分和本页总分随之重算。"
    "名次按评分时的结果填写，不随修改变动。"
)
HOW_OF_GATE: Final = "复算方法：在《台账》黄色单元格中把“成立”改为“否”，《结果》和本页结论随之重算。"
PARAPHRASED: Final = "方案所列条款为条款大意，不是原文。"


def write_department(card: Scorecard, rank: int | None, path: Path) -> None:
    """Write a department's ledger workbook in one move; its rank is None while it is not ranked."""
    title = f"{card.department}{card.scheme.year_words}网站考核评分台账"
    gate = card.scheme.is_gate
    nodes = RESULTS if gate else SCORES
    book = Book(title, card.year, banner([card]), (SUMMARY, nodes, LEDGER, WAITING, DATA, READINGS))
    ledger = write_ledger(book, LEDGER, [card], title=f"{title}：全部认定事项", scores=nodes, city=False)
    scores = write_nodes(book, nodes, [card], ledger, title=f"{title}：各级指标{'结果' if gate else '得分'}")
    summary = Sheet(book, SUMMARY, _SUMMARY, title, pages=1)
    summary.note((HOW_OF_GATE if gate else HOW) + (PARAPHRASED if card.scheme.paraphrased else ""))
    _write_result(summary, card, rank, ledger, scores)
    _write_sections(summary, card, scores)
    _write_vetoes(summary, card, ledger)
    further_sheets(book, [card], title, city=False)
    book.save(path)


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
        *(("SHA-256", digest, "wrapped") for digest in _digests(card.source)),
        ("数据性质", SAMPLE if card.sample else "正式", "wrapped"),
    ]
    for label, value, style in facts:
        sheet.span(0, 0, label, "label")
        sheet.span(1, len(sheet.columns) - 1, value, style)
        sheet.skip(height=20 if style == "result" else None)


def _digests(source: Source) -> list[str]:
    return [f"{sha256}　{file}" for file, sha256 in source.parts.items()] or [source.sha256]


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


# --- Sheets and words of both workbooks -----------------------------------------------------------------------------


def banner(cards: Sequence[Scorecard]) -> str:
    """What stands on top of every sheet when some evidence is 示例; otherwise nothing."""
    samples = [card.department for card in cards if card.sample]
    if not samples:
        return ""
    which = "" if len(samples) == len(cards) else f"（{'、'.join(samples)}）"
    return f"{SAMPLE}{which}：单位真实，内容均为虚构，不作任何评价依据"


def verdict_formula(card: Scorecard, ledger: Ledger, scores: Scores) -> Formula:
    """合格, 不合格 or 待评, as the ledger now stands."""
    pending = f'{scores.address(card, TOTAL, "pending")}="{YES}"'
    department = scores.address(card, TOTAL, "department") if "department" in ledger.names else ""
    text = f'=IF({ledger.vetoes(department)}>0,"不合格",IF({pending},"待评","合格"))'
    return Formula(text, verdict(card))


def further_sheets(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """待评与搁置, 数据说明 and 解读: what explains the scores, and no formula needs."""
    _write_waiting(book, cards, f"{title}：待评与搁置", city=city)
    _write_data(book, cards, f"{title}：读入的数据", city=city)
    _write_readings(book, cards[0], f"{title}：方案条文有多种读法之处，本次采用的解读")


def _write_waiting(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """What has no effect: leaves that could not be judged yet, what was found under them, what is only suspected."""
    gate = cards[0].scheme.is_gate
    columns = (
        replace(column, style=column.style.removesuffix("-input"), technical=False)
        for column in COLUMNS
        if column.key not in _SETTLED
    )
    printed = "where" if gate else "points"
    sheet = Sheet(book, WAITING, columns_of(columns, gate=gate, city=city), title, print_to=printed)
    _write_pending(sheet, cards, city=city)
    if suspected := [(card, finding) for card in cards for finding in card.suspected]:
        sheet.heading("疑似问题（待确认或经复核排除，均不计入；所列分值在确认后才计）")
        _write_findings(sheet, suspected)
    sheet.heading("搁置的认定事项（所属指标待评，暂不计入）")
    found = [(card, finding) for card in cards for finding in card.set_aside]
    _write_findings(sheet, found)
    if found:
        sheet.filter()
    else:
        sheet.merged("没有搁置的认定事项。", "text")


def _write_findings(sheet: Sheet, found: Sequence[tuple[Scorecard, Finding]]) -> None:
    sheet.header()
    for card, finding in found:
        sheet.row({"department": card.department, **finding_cells(card.scheme, finding)})


def _write_pending(sheet: Sheet, cards: Sequence[Scorecard], *, city: bool) -> None:
    gate = cards[0].scheme.is_gate
    sheet.heading("待评指标" if gate else "待评指标（得分按 0 分至满分计为区间）")
    pending = [(card, code, reason) for card in cards for code, reason in card.pending.items()]
    if not pending:
        sheet.merged("没有待评指标。", "text")
        return
    own = int(not city)  # Without the column 部门, everything stands one to the left.
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
    """Which meaning every clause was given that has more than one."""
    sheet = Sheet(book, READINGS, _READINGS, title)
    sheet.header(freeze=1)
    for key, reading in card.scheme.readings.items():
        option = card.readings[key]
        which = "默认" if option == reading.default else "选用"
        sheet.row({"title": reading.title, "clause": reading.clause, "which": which, "option": reading.options[option]})
