"""What both workbooks say in the same words: banner, verdict, readings, findings set aside, rows counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scoring.readings import Reading
from scoring.report.excel.book import A3, SAMPLE, Book, Column, Formula, Sheet, Value
from scoring.report.excel.ledger import COLUMNS, DEPARTMENT, YES, Ledger, finding_cells
from scoring.report.excel.nodes import Scores
from scoring.report.words import verdict
from scoring.scheme import TOTAL
from scoring.scorecard import Scorecard

READINGS: Final = "本次采用的解读（方案条文有多种读法之处）"
SET_ASIDE_KEYS: Final = (
    *("id", "code", "name", "kind", "effect", "each", "times", "points", "scope", "veto", "because", "sheet", "row"),
    *("cells", "decision", "reason", "reviewer", "reviewed_on"),
)


def banner(cards: Sequence[Scorecard]) -> str:
    """What stands on top of every sheet when some evidence is 示例; otherwise nothing."""
    samples = [card.department for card in cards if card.sample]
    if not samples:
        return ""
    which = "" if len(samples) == len(cards) else f"（{'、'.join(samples)}）"
    return f"{SAMPLE}{which}：单位真实，内容均为虚构，不作任何评价依据"


def verdict_formula(card: Scorecard, ledger: Ledger, scores: Scores) -> Formula:
    """合格, 不合格 or 待评, as the ledger now stands."""
    names = ledger.names
    conditions = [f'({names["veto"]}<>"")', f'({names["counts"]}="{YES}")']
    if "department" in names:
        conditions.insert(0, f"({names['department']}={scores.address(card, TOTAL, 'department')})")
    pending = f'{scores.address(card, TOTAL, "pending")}="{YES}"'
    text = f'=IF(SUMPRODUCT({"*".join(conditions)})>0,"不合格",IF({pending},"待评","合格"))'
    return Formula(text, verdict(card))


def write_readings(
    sheet: Sheet, readings: Mapping[str, Reading], chosen: Mapping[str, str], *, spans: Sequence[tuple[int, int]]
) -> None:
    """Which meaning every clause was given that has more than one; ``spans`` are the columns of the four cells."""
    sheet.cells(("解读", "条文", "默认/选用", "采用的读法"), ("header",) * 4, spans)
    for key, reading in readings.items():
        which = "默认" if chosen[key] == reading.default else "选用"
        option = f"{reading.options[chosen[key]]}（{key}={chosen[key]}）"
        sheet.cells((reading.title, reading.clause, which, option), ("wrapped", "wrapped", "centred", "wrapped"), spans)


def write_set_aside(sheet: Sheet, cards: Sequence[Scorecard]) -> None:
    """Findings under pending leaves: told, without effect."""
    found = [(card, finding) for card in cards for finding in card.set_aside]
    header = sheet.next
    sheet.header()
    for card, finding in found:
        sheet.row({"department": card.department, **finding_cells(card.scheme, finding)})
    if found:
        sheet.filter(header, sheet.next - 1)
    else:
        sheet.merged("没有搁置的发现。", "text")


def waiting_sheet(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """The sheet 待评与搁置: leaves that nobody could judge yet, and what was found under them."""
    columns = tuple(
        Column(column.key, column.title, column.width, column.style.removesuffix("-input"))
        for column in COLUMNS
        if column.key in SET_ASIDE_KEYS
    )
    sheet = Sheet(book, "待评与搁置", (DEPARTMENT, *columns) if city else columns, title, paper=A3)
    sheet.heading("待评指标（得分按 0 分至满分计为区间）")
    _pending_rows(sheet, cards, city=city)
    sheet.heading("搁置的发现（所属指标待评，暂不计入）")
    write_set_aside(sheet, cards)
    sheet.close()


def _pending_rows(sheet: Sheet, cards: Sequence[Scorecard], *, city: bool) -> None:
    pending = [(card, code, reason) for card in cards for code, reason in card.pending.items()]
    if not pending:
        sheet.merged("没有待评指标。", "text")
        return
    labels = ["指标", "指标名称", "满分", "待评原因"]
    styles = ["text", "wrapped", "points", "wrapped"]
    spans = _spans(sheet)
    if city:
        labels, styles, spans = ["部门", *labels], ["wrapped", *styles], [(0, 0), *spans]
    sheet.cells(labels, ["header"] * len(labels), spans)
    for card, code, reason in pending:
        node = card.nodes[code]
        values: list[Value] = [code, node.name, float(node.full), reason]
        sheet.cells([card.department, *values] if city else values, styles, spans)


def _spans(sheet: Sheet) -> list[tuple[int, int]]:
    """Columns of the findings put together, for a table with fewer columns."""
    first = sheet.at["id"]
    return [(first, first), (first + 1, first + 3), (first + 4, first + 5), (first + 6, sheet.at["because"])]


def data_sheet(book: Book, cards: Sequence[Scorecard], title: str, *, city: bool) -> None:
    """The sheet 数据说明: rows read, counted and left out of every sheet; notices."""
    columns = (
        Column("sheet", "工作表", 40),
        Column("read", "读入行数", 18, "count"),
        Column("counted", "计入行数", 18, "count"),
        Column("left_out", "未计入行数（考核期外）", 26, "count"),
    )
    sheet = Sheet(book, "数据说明", (DEPARTMENT, *columns) if city else columns, title)
    header = sheet.next
    sheet.header(freeze=1)
    for card in cards:
        for row in card.source.tally:
            counts = {"read": row.read, "counted": row.counted, "left_out": row.left_out}
            sheet.row({"department": card.department, "sheet": row.sheet, **counts})
    sheet.filter(header, sheet.next - 1)
    sheet.heading("提示")
    notices = [(card.department, notice) for card in cards for notice in card.source.notices]
    for department, notice in notices or [("", "没有需要提示的事项。")]:
        sheet.note(f"{department}：{notice}" if city and department else notice)
    sheet.close()
