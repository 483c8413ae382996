"""Choosing a department, and walking from leaf to leaf: clause, findings, sum, and the evidence rows as a table.

The table is searched, sorted and paged in the browser, without any network.
"""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets
import itables.options
import pandas as pd
from itables.widget import ITable

from scoring.review.panel.pages import leaf_blocks, leaf_state, score_values
from scoring.review.panel.parts import LABEL, WIDE, Choice, Html, Notice, Part, button
from scoring.review.panel.state import Desk

# It takes a language for a flat mapping; DataTables' own has the words for screen readers one level down.
itables.options.warn_on_unexpected_option_type = False

#: DataTables' own texts; given here since a link to a translation would need the network.
LANGUAGE: Final[dict[str, Any]] = {
    "search": "搜索：",
    "lengthMenu": "每页 _MENU_ 行",
    "info": "第 _START_～_END_ 行，共 _TOTAL_ 行",
    "infoEmpty": "没有符合的行",
    "infoFiltered": "（从 _MAX_ 行中筛选）",
    "emptyTable": "这张工作表没有行",
    "zeroRecords": "没有符合的行",
    "thousands": "",
    "aria": {
        "orderable": "：点击排序",
        "orderableReverse": "：点击倒序",
        "orderableRemove": "：点击取消排序",
        "paginate": {"first": "首页", "previous": "上一页", "next": "下一页", "last": "末页", "number": "第 "},
    },
}
_OPTIONS: Final[dict[str, Any]] = {
    "allow_html": False,  # evidence is hostile: every cell is text
    "maxBytes": 0,  # rows are paged, never left out
    "maxColumns": 0,
    "showIndex": False,
    "classes": "display compact",
    "style": "width:100%",
    "language": LANGUAGE,
    "pageLength": 10,
    "lengthMenu": [[10, 25, 50, 100, -1], [10, 25, 50, 100, "全部"]],
    "autoWidth": False,
    "text_in_header_can_be_selected": False,
}
#: Dates, numbers and words that stand in one line.
_SHORT: Final = 16


class EvidenceTable(widgets.VBox):
    """The rows of one sheet. A table's script is half a megabyte, so one table serves whatever is to be shown."""

    def __init__(self) -> None:
        self.title = Html()
        self.table: ITable | None = None
        self.rows: pd.DataFrame | None = None
        super().__init__([self.title], layout={"display": "none"})

    def show(self, sheet: str, rows: pd.DataFrame | None) -> None:
        """Show the rows of a sheet; None hides the table."""
        self.layout.display = "none" if rows is None else ""
        if rows is None or (self.rows is not None and self.rows.equals(rows)):
            self.rows = rows
            return
        self.rows = rows
        self.title.fill("title.html.j2", title=f"《{sheet}》{len(rows)} 行")
        if self.table is None:
            self.table = ITable(rows, **_OPTIONS, columnDefs=_columns(rows))
            self.children = [self.title, self.table]
        else:
            self.table.update(rows, **_OPTIONS, columnDefs=_columns(rows))


def _columns(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Narrow columns stay in one line, so that the width goes to those with sentences."""
    longest = [max([len(name), *rows[name].astype(str).str.len()]) for name in rows.columns]
    narrow = [at for at, length in enumerate(longest) if length <= _SHORT]
    return [{"targets": narrow, "className": "dt-nowrap"}]


class Chooser(Part):
    """Department and year from what lies in data/raw, with the totals or the workbook's faults."""

    def __init__(self, desk: Desk) -> None:
        self.year = Choice(self._choose_year, description="年度", style=LABEL, layout={"width": "12em"})
        self.department = Choice(self._choose_department, description="部门", style=LABEL, layout={"width": "22em"})
        self.reload = button("重新载入工作簿", self._reload)
        self.notice, self.score = Notice(), Html(layout=WIDE)
        bar = widgets.HBox([self.year, self.department, self.reload])
        super().__init__(desk, [bar, self.notice, self.score], watched=("audit", "problem"))

    def show(self) -> None:
        """Show what there is to choose from, and the totals or what is wrong."""
        desk = self.desk
        self.year.offer(sorted({*desk.years, desk.year}), desk.year)
        names = desk.departments(desk.year)
        known = names if desk.department in names else [*names, desk.department]
        self.department.offer(known, desk.department)
        if desk.audit is None:
            self.score.fill("problem.html.j2", lines=desk.problem.splitlines())
        else:
            self.score.fill("department.html.j2", **score_values(desk.audit))

    def _choose_year(self, year: int) -> None:
        names = self.desk.departments(year)
        same = self.desk.department in names or not names
        self._open(self.desk.department if same else names[0], year)

    def _choose_department(self, department: str) -> None:
        self._open(department, self.desk.year)

    def _open(self, department: str, year: int) -> None:
        with self.notice.telling():
            self.desk.open(department, year)
        self.show()

    def _reload(self, _: Any) -> None:
        with self.notice.telling():
            left_out = self.desk.reload()
            self.show()
            self.notice.say(f"已重新读入 {self.desk.department}.xlsx。", *map(_not_kept, left_out))


def _not_kept(finding: str) -> str:
    return f"“{finding}”的佐证已改动，对它的未保存的决定没有保留，请核对后重新决定。"


class LeafWalk(Part):
    """One leaf at a time: where it stands, its clause, its findings, its sum, the rows that were looked at."""

    #: No leaf is judged by more sheets.
    _MOST_SHEETS = 4

    def __init__(self, desk: Desk) -> None:
        self.only_findings = widgets.Checkbox(description="只看有发现的", indent=False, layout={"width": "auto"})
        self.only_findings.observe(self._filter, "value")
        self.previous, self.next = (button(label, self._step) for label in ("← 上一个", "下一个 →"))
        self.choice = Choice(
            self._choose, description="指标", style={"description_width": "3em"}, layout={"width": "38em"}
        )
        self.notice, self.place, self.text = Notice(), Html(), Html(layout=WIDE)
        self._evidence_of: tuple[Any, str] = None, ""
        self.tables = [EvidenceTable() for _ in range(self._MOST_SHEETS)]
        bar = widgets.HBox([self.previous, self.choice, self.next, self.place, self.only_findings])
        bar.add_class("bar")
        super().__init__(desk, [bar, self.notice, self.text, *self.tables], watched=("audit", "leaf"))

    def refresh(self) -> None:
        """Show the leaf; the tables of evidence only when another one is to be seen."""
        desk = self.desk
        codes = self._codes()
        self.choice.offer([(self._label(code), code) for code in codes], desk.leaf)
        at = codes.index(desk.leaf)
        self.previous.disabled, self.next.disabled = at == 0, at == len(codes) - 1
        self.place.fill("place.html.j2", number=at + 1, count=len(codes))
        self.text.present(leaf_blocks(desk.opened.card, desk.leaf))
        self._show_evidence()

    def _show_evidence(self) -> None:
        audit, leaf, shown = self.desk.opened, self.desk.leaf, self._evidence_of
        if audit.loaded is shown[0] and leaf == shown[1]:
            return  # A decision moves no evidence.
        self._evidence_of = audit.loaded, leaf
        looked_at = [*audit.looked_at(leaf).items(), *[("", None)] * len(self.tables)]
        for table, (name, rows) in zip(self.tables, looked_at, strict=False):
            table.show(name, rows)

    def _codes(self) -> list[str]:
        """The leaves to walk along; the one that is looked at is always among them."""
        wanted = {leaf.code for leaf in self.desk.leaves(with_findings=self.only_findings.value)}
        return [leaf.code for leaf in self.desk.leaves() if leaf.code in {*wanted, self.desk.leaf}]

    def _label(self, code: str) -> str:
        return f"{code} {self.desk.opened.card.nodes[code].name}　{leaf_state(self.desk.opened.card, code)}"

    def _choose(self, code: str) -> None:
        with self.notice.telling():
            self.desk.leaf = code

    def _step(self, clicked: widgets.Button) -> None:
        codes = self._codes()
        with self.notice.telling():
            self.desk.leaf = codes[codes.index(self.desk.leaf) + (1 if clicked is self.next else -1)]

    def _filter(self, _: Any) -> None:
        with self.notice.telling():
            codes = [leaf.code for leaf in self.desk.leaves(with_findings=self.only_findings.value)]
            if codes and self.desk.leaf not in codes:
                self.desk.leaf = codes[0]
            self.refresh()
