"""The ledgers: every Excel ledger's rows added up without the engine, and held against the archived scorecards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell

from scoring.archive.layout import RESULTS, SCHEME, UnusableArchive
from scoring.archive.opened import Archive
from scoring.archive.readiness import RANKING
from scoring.archive.verify.arithmetic import TOTAL, Line, Sheet, add_up, rounded
from scoring.archive.verify.differences import hold
from scoring.archive.verify.program import has_installed_scheme, is_same_program, other_packages, parsed
from scoring.archive.verify.report import Part
from scoring.base.names import SCORECARD, city_files, department_files
from scoring.base.points import exact
from scoring.engine.findings import CHANGE
from scoring.engine.scorecard import rank
from scoring.evidence.reading.worksheet import Grid
from scoring.evidence.reading.xlsx import UnreadableWorkbook, grids_of
from scoring.report.excel import city, department
from scoring.report.excel.book import cell_text
from scoring.report.excel.ledger import EARNS, NO, SCORES, TOTAL_LABEL, VOIDS, YES

LEDGERS: Final = "台账复加"
#: Columns of the ledger and of the worked scores that are needed.
_LEDGER: Final = (
    *("编号", "指标", "效果", "每次分值", "次数", "分值", "成立", "计入", "计0分范围"),
    *("累计否决标记", "累计否决所需项数", "支撑的累计否决"),
)
_SCORES: Final = ("指标", "得分下限", "得分上限", "待评")
#: What ledgers of 0.1.0 call it.
_FORMER: Final = {
    "全部发现": city.LEDGER,
    "发现编号": "编号",
    "是否成立": "成立",
    "是否计入": "计入",
    "是否待评": "待评",
    "归零范围": "计0分范围",
    "归零": VOIDS,
}
_DEPARTMENT: Final = "部门"

#: Notes that at a place something is told.
_Differs = Callable[[str, str], None]


@dataclass(frozen=True)
class Row:
    """A row of a table in a workbook: its cells by the title of their column, and where they stand."""

    sheet: str
    number: int
    columns: Mapping[str, int]
    values: Sequence[Any]

    def __getitem__(self, title: str) -> Any:
        return self.values[self.columns[title]]

    def points(self, title: str) -> Fraction:
        """A cell as exact points; what holds no number is no ledger."""
        value = self[title]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnusableArchive(f"{self.at(title)} 应为数字，却是“{value}”")
        return Fraction(Decimal(str(value)))

    def at(self, title: str) -> str:
        """Where a cell stands, such as 台账!H12."""
        return f"{self.sheet}!{xl_rowcol_to_cell(self.number, self.columns[title])}"


def check_ledgers(archive: Archive) -> Part:
    """Add up every department's ledger, and the city's; hold their formulas against those that are written today."""
    part, cards = Part(LEDGERS), {}
    for name in archive.scored:
        with part.guarded(f"{RESULTS}/{name}/{SCORECARD}"):
            cards[name] = archive.scorecard(name)
    sheet = Sheet(parsed(archive.payload / SCHEME / "scheme.toml"), archive.chosen)
    rows = 0
    for name, card in cards.items():
        path = archive.results / name / department_files(name, archive.year).excel
        rows += check_book(path, (department.LEDGER, department.SCORES), {name: card}, sheet, part)
    summary = archive.results / city_files(archive.year).excel
    if summary.exists():
        apart = {entry["department"] for entry in archive.read_json(f"{RESULTS}/{RANKING}").get("samples", ())}
        together = {name: card for name, card in cards.items() if name not in apart}
        rows += check_book(summary, (city.LEDGER, city.SCORES), together, sheet, part)
    if is_same_program(archive) and has_installed_scheme(archive):
        _check_written(archive, cards, part)
    else:
        part.notes.append("归档的程序或方案与本程序的不同，公式未核对：Excel 打开时会按公式重算，只核对了存储的值")
    part.checked = f"{len(cards)} 个部门的台账{'和全市台账' if summary.exists() else ''}，共 {rows} 行"
    return part


def check_book(path: Path, names: tuple[str, str], cards: Mapping[str, Any], sheet: Sheet, part: Part) -> int:
    """Hold a workbook against the scorecards of its departments; returns how many rows were added up.

    Parameters
    ----------
    names
        The sheets of the ledger and of the worked scores.
    """

    def differs(where: str, told: str) -> None:
        part.differs(f"{path.name} {where}".strip(), told)

    found: list[Row] = []
    with part.guarded(path.name):
        try:
            grids = grids_of(path.read_bytes(), max(1, len(cards)))
        except UnreadableWorkbook as error:
            raise UnusableArchive(f"打不开：{error}") from error
        book = {_FORMER.get(name, name): grid for name, grid in grids.items()}
        found, nodes = [*_rows(book, names[0], _LEDGER, "效果")], [*_rows(book, names[1], _SCORES, "待评")]
        for row in (*found, *nodes):
            if _DEPARTMENT in row.columns and row[_DEPARTMENT] not in cards:
                differs(row.at(_DEPARTMENT), f"没有部门“{row[_DEPARTMENT]}”的得分文件")
        for name, card in cards.items():
            with part.guarded(f"{path.name} {name}"):
                own, of = _of(name, found), _of(name, nodes)
                counts = _counts(own)
                _check_findings(own, counts, card, differs, names[0], sheet)
                _check_nodes(_added_up(own, counts, of, sheet), of, card, differs, names[1])
    return len(found)


def _of(name: str, rows: Sequence[Row]) -> list[Row]:
    """A department's rows: those under its name, or all where the workbook is its own."""
    return [row for row in rows if _DEPARTMENT not in row.columns or row[_DEPARTMENT] == name]


def _rows(book: Mapping[str, Grid], name: str, titles: Sequence[str], filled: str) -> Iterator[Row]:
    """The rows of a sheet's table, which begin under its titles; small print below leaves a column unfilled."""
    if name not in book:
        raise UnusableArchive(f"没有工作表《{name}》")
    table = [[_FORMER.get(cell, cell) for cell in cells] for cells in book[name].table()]
    header = next((number for number, cells in enumerate(table) if titles[0] in cells), None)
    if header is None or (lacking := [title for title in titles if title not in table[header]]):
        raise UnusableArchive(f"工作表《{name}》没有表头，或缺少列：{'、'.join(titles if header is None else lacking)}")
    columns = {str(title): number for number, title in enumerate(table[header]) if title}
    rows = (Row(name, number, columns, cells) for number, cells in enumerate(table) if number > header)
    return (row for row in rows if row[filled] != "")


# --- Rows ------------------------------------------------------------------------------------------------------------


def _counts(rows: Sequence[Row]) -> dict[int, bool]:
    """Row to whether it counts: it stands, and, for a veto by count, enough of those that it rests on do."""
    standing = [row for row in rows if row["成立"] == YES]
    counts = {row.number: False for row in rows}
    for row in standing:
        mark = str(row["累计否决标记"])
        support = sum(mark in str(other["支撑的累计否决"]) for other in standing) if mark else 0
        counts[row.number] = not mark or support >= row.points("累计否决所需项数")
    return counts


def _added_up(
    rows: Sequence[Row], counts: Mapping[int, bool], nodes: Sequence[Row], sheet: Sheet
) -> dict[str, tuple[Fraction, Fraction]]:
    """Every node's points, from the rows of the ledger alone."""
    lines = []
    for row in (row for row in rows if counts[row.number]):
        points = None if row["效果"] == VOIDS else row.points("每次分值") * row.points("次数")
        scope = TOTAL if row["计0分范围"] == TOTAL_LABEL else str(row["计0分范围"]).partition(" ")[0]
        lines.append(Line(str(row["指标"]), points, row["效果"] == EARNS, scope))
    pending = {str(row["指标"]) for row in nodes if row["待评"] == YES}
    return add_up(sheet, lines, pending & (sheet.nodes.keys() - sheet.under.keys()))


def _check_findings(
    rows: Sequence[Row], counts: Mapping[int, bool], card: Any, differs: _Differs, ledger: str, sheet: Sheet
) -> None:
    """Every row against its finding, and against itself."""
    findings = {cell_text(entry["id"]): entry for entry in card["findings"]}
    for row in rows:
        finding = findings.pop(row["编号"], None)
        if finding is None:
            differs(row.at("编号"), f"得分文件中没有认定事项“{row['编号']}”，或它列了两次")
            continue
        for title, told in _expected(finding, sheet, counts=counts[row.number]).items():
            if (row.points(title) if isinstance(told, Fraction) else row[title]) != told:
                shown = float(told) if isinstance(told, Fraction) else told
                differs(row.at(title), f"{row['编号']} 的{title}：台账 {row[title]}，应为 {shown}")
    for name in findings:
        differs(ledger, f"台账中没有认定事项“{name}”")


def _expected(finding: Any, sheet: Sheet, *, counts: bool) -> dict[str, Any]:
    """What a row must say, by its scorecard's finding; and that it counts as its own rows make it count."""
    stands, changes, scope = finding.get("stands", True), finding["effect"] == CHANGE, finding["scope"]
    label = TOTAL_LABEL if scope == TOTAL else f"{scope} {sheet.nodes[scope]['name']}" if scope is not None else ""
    said: dict[str, Any] = {
        "指标": finding["code"],
        "效果": (EARNS if finding.get("bonus") else SCORES) if changes else VOIDS,
        "计0分范围": label,
        "计入": YES if stands else NO,
    }
    if counts is not stands:
        said["成立"] = YES if stands else NO
    if changes:
        each, times = exact(finding["each"]), Fraction(finding["times"])
        said |= {"每次分值": each, "次数": times, "分值": exact(finding["points"])}
    return said


# --- Nodes -----------------------------------------------------------------------------------------------------------


def _check_nodes(
    added: Mapping[str, tuple[Fraction, Fraction]], rows: Sequence[Row], card: Any, differs: _Differs, scores: str
) -> None:
    """What was added up, against the scorecard and against what the workbook shows."""
    shown = {TOTAL if row["指标"] == TOTAL_LABEL else str(row["指标"]): row for row in rows}
    for node in card["nodes"]:
        code, told = node["code"], f"{card['department']} {node['code']} {node['name']}"
        row = shown.pop(code, None)
        if row is None or code not in added:
            differs(scores, f"没有 {told} 的一行" if row is None else f"方案中没有 {told}")
            continue
        ends = tuple(map(rounded, added[code]))
        if ends != tuple(map(exact, node["range"])):
            differs(row.at("得分下限"), f"{told}：台账相加得 {_range(ends)}，得分文件是 {_range(node['range'])}")
        for title, end in zip(("得分下限", "得分上限"), ends, strict=True):
            if row.points(title) != end:
                differs(row.at(title), f"{told} 的{title}：台账相加得 {float(end):g}，表中是 {row[title]}")
    for row in shown.values():
        differs(row.at("指标"), f"得分文件中没有指标“{row['指标']}”")


def _range(ends: Sequence[Any]) -> str:
    low, high = (f"{float(end):g}" for end in ends)
    return low if low == high else f"{low}～{high}"


# --- Formulas --------------------------------------------------------------------------------------------------------


def _check_written(archive: Archive, cards: Mapping[str, Any], part: Part) -> None:
    """The ledgers of scores that follow from the evidence, written again: Excel shows what their formulas give.

    With the same packages every byte must be the same: a number's format, or a hidden row, shows something else too.
    Cells that were told of already are not told of twice.
    """
    told = {difference.where for difference in part.differences}
    again, exact = Part(part.name), not other_packages(archive)
    with again.guarded("台账"), tempfile.TemporaryDirectory(prefix="ledgers-", ignore_cleanup_errors=True) as folder:
        for path in _write_again(archive, cards, Path(folder)):
            archived = archive.results / path.relative_to(folder)
            if archived.is_file():
                with again.guarded(path.name):
                    hold(again, path.name, archived.read_bytes(), path.read_bytes(), exact=exact)
    part.differences += [difference for difference in again.differences if difference.where not in told]


def _write_again(archive: Archive, cards: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """Write the ledgers of those whose archived scorecard is what comes out now; of the city, when all are so."""
    assessment = archive.assess()
    ranks = {place.scorecard.department: place.rank for place in rank(assessment.ranked_together)}
    found = [card for card in assessment.scorecards if card.to_json() == cards.get(card.department)]
    for card in found:
        path = folder / card.department / department_files(card.department, archive.year).excel
        path.parent.mkdir()
        department.write_department(card, ranks.get(card.department), path)
        yield path
    if len(found) == len(assessment.scorecards) == len(cards):
        path = folder / city_files(archive.year).excel
        city.write_city(assessment, path)
        yield path
