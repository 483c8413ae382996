"""One leaf at a time: clause, findings, sum, and the evidence rows as a table.

The table is searched, sorted and paged in the browser, without any network.
"""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets
import itables.options
import pandas as pd
from itables.widget import ITable

from scoring.review.panel.controls import WIDE, Choice, Html, Notice, Section, button
from scoring.review.panel.pages import leaf_blocks, leaf_state
from scoring.review.panel.state import PanelState

# itables expects a flat mapping; DataTables nests the texts for screen readers one level down.
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
#: Letters of a column whose cells stay in one line.
_SHORT: Final = 16


class EvidenceTable(widgets.VBox):
    """The rows of one sheet. Its script is half a megabyte, so a table is used again for other rows."""

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


class LeafView(Section):
    """One leaf at a time: its clause, its findings, its sum, its evidence rows."""

    def __init__(self, state: PanelState) -> None:
        self.only_findings = widgets.Checkbox(description="只看有发现的", indent=False, layout={"width": "auto"})
        self.only_findings.observe(self._filter, "value")
        self.previous, self.next = (button(label, self._go) for label in ("← 上一个", "下一个 →"))
        self.choice = Choice(
            self._choose, description="指标", style={"description_width": "3em"}, layout={"width": "38em"}
        )
        self.notice, self.position, self.text = Notice(), Html(), Html(layout=WIDE)
        self._evidence_of: tuple[Any, str] = None, ""
        self.tables: list[EvidenceTable] = []
        self.evidence = widgets.VBox(layout=WIDE)
        bar = widgets.HBox([self.previous, self.choice, self.next, self.position, self.only_findings])
        bar.add_class("bar")
        super().__init__(state, [bar, self.notice, self.text, self.evidence], watched=("audit", "leaf"))

    def refresh(self) -> None:
        """Show the leaf; the tables of evidence only when another one is to be seen."""
        leaf, codes = self.state.leaf, self._codes()
        self.choice.offer([(self._label(code), code) for code in codes], leaf)
        at = codes.index(leaf)
        self.previous.disabled, self.next.disabled = at == 0, at == len(codes) - 1
        self.position.fill("position.html.j2", number=at + 1, count=len(codes))
        self.text.present(leaf_blocks(self.state.opened.card, leaf))
        self._show_evidence()

    def _show_evidence(self) -> None:
        audit, leaf, shown = self.state.opened, self.state.leaf, self._evidence_of
        if audit.loaded is shown[0] and leaf == shown[1]:
            return  # A decision changes no evidence.
        self._evidence_of = audit.loaded, leaf
        looked_at = audit.looked_at(leaf)
        if len(looked_at) > len(self.tables):
            self.tables += [EvidenceTable() for _ in range(len(looked_at) - len(self.tables))]
            self.evidence.children = tuple(self.tables)
        none_left = [("", None)] * len(self.tables)
        for table, (name, rows) in zip(self.tables, [*looked_at.items(), *none_left], strict=False):
            table.show(name, rows)

    def _codes(self) -> list[str]:
        """The leaves to choose from, always including the one that is shown."""
        wanted = {leaf.code for leaf in self.state.leaves(with_findings=self.only_findings.value)}
        return [leaf.code for leaf in self.state.leaves() if leaf.code in {*wanted, self.state.leaf}]

    def _label(self, code: str) -> str:
        return f"{code} {self.state.opened.card.nodes[code].name}　{leaf_state(self.state.opened.card, code)}"

    def _choose(self, code: str) -> None:
        with self.notice.reporting():
            self.state.leaf = code

    def _go(self, clicked: widgets.Button) -> None:
        codes = self._codes()
        with self.notice.reporting():
            self.state.leaf = codes[codes.index(self.state.leaf) + (1 if clicked is self.next else -1)]

    def _filter(self, _: Any) -> None:
        with self.notice.reporting():
            codes = [leaf.code for leaf in self.state.leaves(with_findings=self.only_findings.value)]
            if codes and self.state.leaf not in codes:
                self.state.leaf = codes[0]
            self.refresh()
