"""The evidence rows of a leaf as tables, and its pictures.

A table is searched, sorted and paged in the browser, without any network.
"""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets
import itables.options
import pandas as pd
from itables.widget import ITable

from scoring.review.audit import Audit
from scoring.review.panel.controls import WIDE, Html

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


class EvidenceView(widgets.VBox):
    """The evidence rows of one leaf."""

    def __init__(self) -> None:
        self.tables: list[EvidenceTable] = []
        super().__init__(layout=WIDE)

    def show(self, audit: Audit, leaf: str) -> None:
        """Show the rows that a leaf is judged by."""
        looked_at = audit.looked_at(leaf)
        if len(looked_at) > len(self.tables):
            self.tables += [EvidenceTable() for _ in range(len(looked_at) - len(self.tables))]
            self.children = tuple(self.tables)
        none_left = [("", None)] * len(self.tables)
        for table, (name, rows) in zip(self.tables, [*looked_at.items(), *none_left], strict=False):
            table.show(name, rows)
