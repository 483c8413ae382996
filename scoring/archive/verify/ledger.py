"""The ledgers: every Excel ledger's rows added up without the engine, and compared with the archived scorecards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell

from scoring.archive.layout import RANKING, RESULTS, UnusableArchive
from scoring.archive.opened import Archive, parsed
from scoring.archive.verify.arithmetic import TOTAL, Line, Numbers, add_up, chain, rounded
from scoring.archive.verify.report import Part
from scoring.base.names import SCORECARD, city_files, department_files
from scoring.base.points import exact
from scoring.evidence.reading.worksheet import Grid
from scoring.evidence.reading.xlsx import UnreadableWorkbook, grids_of
from scoring.report.excel import city, department
from scoring.report.excel.book import cell_text
from scoring.report.excel.ledger import EARNS, TOTAL_LABEL, VOIDS, YES
from scoring.scheme.load import SCHEME

LEDGERS: Final = "台账复加"
_DEPARTMENT: Final = "部门"
#: The columns read from the ledger, and from the sheet of scores (for a gate, of results).
_LEDGER: Final = ("编号", "指标", "成立", "累计否决标记", "累计否决所需项数", "支撑的累计否决")
_OF_POINTS: Final = (("效果", "每次分值", "次数", "计0分范围"), ("指标", "待评", "得分下限", "得分上限"))
_OF_GATE: Final = (("否决",), ("指标", "待评", "结果", "否决项数"))
#: Their names in ledgers of 0.1.0.
_FORMER: Final = {
    "全部发现": city.LEDGER,
    "发现编号": "编号",
    "是否成立": "成立",
    "是否待评": "待评",
    "归零范围": "计0分范围",
    "归零": VOIDS,
}
#: A gate's result with a veto, with something pending, and with neither: for the total, then for a node.
_OF_ALL, _OF_NODE = ("不合格", "待评", "合格"), ("触发否决", "待评", "未触发")
_QUALIFIED: Final = {False: "不合格", None: "待评", True: "合格"}
#: A point in more parts than these is taken as it is written; what lies closer to a part than this is that part.
_MOST_PARTS, _NOISE = 10_000, Fraction(1, 10**12)
#: A location and what differs there, in Chinese.
_Problems = Iterator[tuple[str, str]]


def as_points(value: float) -> Fraction:
    """A number of a cell or a scorecard as exact points: a third is written there with 15 or 16 digits.

    >>> as_points(-0.333333333333333), as_points(0.125)
    (Fraction(-1, 3), Fraction(1, 8))
    """
    written = Fraction(Decimal(str(value)))
    simple = written.limit_denominator(_MOST_PARTS)
    return simple if abs(simple - written) < _NOISE else written


@dataclass(frozen=True)
class Row:
    """A row of a table in a workbook: its cells by the title of their column."""

    sheet: str
    number: int
    columns: Mapping[str, int]
    values: Sequence[Any]

    def __getitem__(self, title: str) -> Any:
        return self.values[self.columns[title]]

    def points(self, title: str) -> Fraction:
        """A cell as exact points; raises :class:`UnusableArchive` when it is not a number."""
        value = self[title]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnusableArchive(f"{self.at(title)} 应为数字，却是“{value}”")
        return as_points(value)

    def at(self, title: str) -> str:
        """The address of a cell, such as 台账!H12."""
        return f"{self.sheet}!{xl_rowcol_to_cell(self.number, self.columns[title])}"


def check_ledgers(archive: Archive) -> Part:
    """Add up every department's ledger, and the city's."""
    part, cards = Part(LEDGERS), {}
    for name in archive.scored:
        with part.reading(f"{RESULTS}/{name}/{SCORECARD}"):
            cards[name] = archive.scorecard(name)
    numbers, rows = Numbers(parsed(archive.scheme_folder / SCHEME), archive.chosen), 0
    for name, card in cards.items():
        path = archive.results / name / department_files(name, archive.year).excel
        rows += check_book(path, department, {name: card}, numbers, part)
    summary = archive.results / city_files(archive.year).excel
    if summary.exists():
        apart = {entry["department"] for entry in archive.read_json(f"{RESULTS}/{RANKING}").get("samples", ())}
        together = {name: card for name, card in cards.items() if name not in apart}
        rows += check_book(summary, city, together, numbers, part)
    part.checked = f"{len(cards)} 个部门的台账{'和全市台账' if summary.exists() else ''}，共 {rows} 行"
    return part


def check_book(path: Path, kind: Any, cards: Mapping[str, Any], numbers: Numbers, part: Part) -> int:
    """Compare a workbook with the scorecards of its departments; returns how many rows were added up.

    Parameters
    ----------
    kind
        The module that writes such workbooks: ``department`` or ``city``.
    """
    found: list[Row] = []
    ledger, scores = kind.LEDGER, kind.RESULTS if numbers.is_gate else kind.SCORES
    more, of_scores = _OF_GATE if numbers.is_gate else _OF_POINTS
    with part.reading(path.name):
        try:
            grids = grids_of(path.read_bytes(), max(1, len(cards)))
        except UnreadableWorkbook as error:
            raise UnusableArchive(f"打不开：{error}") from error
        book = {_FORMER.get(name, name): grid for name, grid in grids.items()}
        found, nodes = _rows(book, ledger, (*_LEDGER, *more), "成立"), _rows(book, scores, of_scores, "待评")
        for row in (*found, *nodes):
            if _DEPARTMENT in row.columns and row[_DEPARTMENT] not in cards:
                part.differs(f"{path.name} {row.at(_DEPARTMENT)}", f"没有部门“{row[_DEPARTMENT]}”的得分文件")
        for name, card in cards.items():
            with part.reading(f"{path.name} {name}"):
                own, of = _of(name, found), _of(name, nodes)
                for where, message in (*_findings(own, card, ledger), *_nodes(own, of, card, numbers, scores)):
                    part.differs(f"{path.name} {where}", message)
    return len(found)


def _of(name: str, rows: Sequence[Row]) -> list[Row]:
    """A department's rows: those under its name, or all if the workbook is its own."""
    return [row for row in rows if _DEPARTMENT not in row.columns or row[_DEPARTMENT] == name]


def _rows(book: Mapping[str, Grid], name: str, titles: Sequence[str], filled: str) -> list[Row]:
    """The rows of the table on a sheet, below its titles; the notes under it leave the column ``filled`` empty."""
    if name not in book:
        raise UnusableArchive(f"没有工作表《{name}》")
    table = [[_FORMER.get(cell, cell) for cell in cells] for cells in book[name].table()]
    header = next((number for number, cells in enumerate(table) if titles[0] in cells), None)
    if header is None or (lacking := [title for title in titles if title not in table[header]]):
        raise UnusableArchive(f"工作表《{name}》没有表头，或缺少列：{'、'.join(titles if header is None else lacking)}")
    columns = {str(title): number for number, title in enumerate(table[header]) if title}
    rows = (Row(name, number, columns, cells) for number, cells in enumerate(table) if number > header)
    return [row for row in rows if row[filled] != ""]


def _findings(rows: Sequence[Row], card: Any, sheet: str) -> _Problems:
    """Rows that the scorecard lacks or that have other points there, and findings that the ledger lacks."""
    findings = {cell_text(entry["id"]): entry for entry in card["findings"]}
    for row in rows:
        finding = findings.pop(row["编号"], None)
        if finding is None:
            yield row.at("编号"), f"得分文件中没有认定事项“{row['编号']}”，或它列了两次"
        elif "次数" in row.columns and finding["points"] is not None and _worth(row) != as_points(finding["points"]):
            yield row.at("每次分值"), f"{row['编号']} 的分值与得分文件的不同，得分文件是 {finding['points']}"
    for name in findings:
        yield sheet, f"台账中没有认定事项“{name}”"


def _worth(row: Row) -> Fraction:
    return row.points("每次分值") * row.points("次数")


def _counting(rows: Sequence[Row]) -> list[Row]:
    """The rows that count: not withdrawn and, for a veto by count, with enough supporting rows that count."""
    stand = [row for row in rows if row["成立"] == YES]

    def counts(row: Row) -> bool:
        mark = str(row["累计否决标记"])
        support = sum(mark in str(other["支撑的累计否决"]) for other in stand)
        return not mark or support >= row.points("累计否决所需项数")

    return [row for row in stand if counts(row)]


def _nodes(rows: Sequence[Row], nodes: Sequence[Row], card: Any, numbers: Numbers, sheet: str) -> _Problems:
    """Nodes whose points or result, worked out from the ledger, are not those of the scorecard or of the workbook."""
    totals = {TOTAL_LABEL, card["nodes"][0]["name"]}
    shown = {TOTAL if row["指标"] in totals else str(row["指标"]): row for row in nodes}
    counting = _counting(rows)
    vetoes = Counter(code for row in counting if numbers.is_gate and row["否决"] for code in chain(str(row["指标"])))
    added = {} if numbers.is_gate else _added_up(counting, shown, numbers)
    for node in card["nodes"]:
        code, label = node["code"], f"{card['department']} {node['code']} {node['name']}"
        row = shown.pop(code, None)
        if row is None or code not in {TOTAL, *numbers.nodes}:
            yield sheet, f"没有 {label} 的一行" if row is None else f"方案中没有 {label}"
        elif numbers.is_gate:
            yield from _result(node, row, vetoes[code], card, label)
        else:
            yield from _points(node, row, added[code], label)
    for row in shown.values():
        yield row.at("指标"), f"得分文件中没有指标“{row['指标']}”"


def _added_up(rows: Sequence[Row], nodes: Mapping[str, Row], numbers: Numbers) -> dict[str, tuple[Fraction, Fraction]]:
    """Every node's points, from the rows of the ledger that count and the nodes that are pending."""
    lines = []
    for row in rows:
        scope = TOTAL if row["计0分范围"] == TOTAL_LABEL else str(row["计0分范围"]).partition(" ")[0]
        points = None if row["效果"] == VOIDS else _worth(row)
        lines.append(Line(str(row["指标"]), points, row["效果"] == EARNS, scope))
    pending = {code for code, row in nodes.items() if row["待评"] == YES}
    return add_up(numbers, lines, pending & (numbers.nodes.keys() - numbers.under.keys()))


def _points(node: Any, row: Row, added: tuple[Fraction, Fraction], label: str) -> _Problems:
    ends = tuple(map(rounded, added))
    if ends != tuple(map(exact, node["range"])):
        yield row.at("得分下限"), f"{label}：台账相加得 {_range(ends)}，得分文件是 {_range(node['range'])}"
    for title, end in zip(("得分下限", "得分上限"), ends, strict=True):
        if row.points(title) != end:
            yield row.at(title), f"{label} 的{title}：台账相加得 {float(end):g}，表中是 {row[title]}"


def _range(ends: Sequence[Any]) -> str:
    low, high = (f"{float(end):g}" for end in ends)
    return low if low == high else f"{low}～{high}"


def _result(node: Any, row: Row, vetoes: int, card: Any, label: str) -> _Problems:
    """A node of a gate: its vetoes counted, and the result that they give."""
    is_whole = node["code"] == TOTAL
    result = (_OF_ALL if is_whole else _OF_NODE)[0 if vetoes else 1 if row["待评"] == YES else 2]
    if (row["否决项数"], row["结果"]) != (vetoes, result):
        yield row.at("结果"), f"{label}：台账有 {vetoes} 项否决计入，应为“{result}”，表中是“{row['结果']}”"
    if is_whole and result != _QUALIFIED[card["qualified"]]:
        yield row.at("结果"), f"{label}：由台账得出“{result}”，得分文件是“{_QUALIFIED[card['qualified']]}”"
