"""What is to be saved: the changes of the case file, each of which can be taken back; and what is in it already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import ipywidgets as widgets

from scoring.engine.decisions import GONE
from scoring.review.casefile import Record
from scoring.review.panel.controls import WIDE, Html, Notice, button
from scoring.review.panel.pages import decision_blocks, row_words
from scoring.review.panel.state import PanelState

#: Goes to a finding and its leaf.
Go = Callable[[str], None]


class CaseBook(widgets.VBox):
    """The unsaved changes, the save button, stale decisions, and what the case file holds."""

    def __init__(self, state: PanelState, notice: Notice, go: Go) -> None:
        self.state, self.notice, self._go = state, notice, go
        self.save_it = button("保存到案卷（S）", self.save, "success")
        self.unsaved, self.stale = widgets.VBox(layout=WIDE), widgets.VBox(layout=WIDE)
        self.kept, self.decisions = widgets.VBox(layout=WIDE), Html(layout=WIDE)
        self.more = widgets.Accordion([widgets.VBox([self.kept, self.decisions])], selected_index=None, layout=WIDE)
        self.more.titles = ("案卷中已有的内容与全部复核决定",)
        super().__init__([self.stale, self.unsaved, widgets.HBox([self.save_it]), self.more])

    def refresh(self) -> None:
        """Show the changes and what is kept."""
        audit = self.state.opened
        self.save_it.disabled = not audit.count
        self.unsaved.children = _titled(
            f"{audit.department}：未保存的 {audit.count} 项", list(self._lines(audit.unsaved))
        )
        self.stale.children = _titled("复核失效的决定", list(self._stale()))
        self.kept.children = _titled(f"{audit.case.path.name} 中已有的内容", list(self._lines(audit.case.rows)))
        self.decisions.present(decision_blocks(audit))

    def save(self, _: Any = None) -> None:
        """Write the changes into the case file."""
        with self.notice.reporting():
            opened = self.state.opened
            self.state.audit, copy = opened.save()
            kept = [f"保存前的案卷留在同一文件夹的 {copy.parent.name}/{copy.name}。"] if copy else []
            self.notice.say(f"已把 {opened.count} 项写入 {opened.case.path.name}。", *kept)

    def _lines(self, changes: Mapping[str, Mapping[str, Record | None]]) -> Iterator[widgets.Widget]:
        """A line for each change; decisions and marks made together share one."""
        scheme = self.state.opened.scheme
        for key, rows in changes.items():
            sheet = scheme.sheet(key)
            for shared, same in groupby(rows.items(), key=lambda named: row_words(sheet, named[1])):
                names = [name for name, _ in same]
                text = Html(layout={"flex": "1"})
                text.fill("change.html.j2", sheet=sheet, names=names if sheet.unique else (), words=shared)
                yield _beside(text, button("撤回", partial(self._drop, key, names)))

    def _drop(self, sheet: str, names: Sequence[str], _: Any = None) -> None:
        with self.notice.reporting():
            audit = self.state.opened
            for name in names:
                audit = audit.drop(sheet, name)
            self.state.audit = audit
            self.notice.say(f"已撤回 {len(names)} 项。")

    def _stale(self) -> Iterator[widgets.Widget]:
        audit = self.state.opened
        origin = audit.loaded.evidence.origins[audit.department]
        for review in audit.card.reviews:
            if review.stale:
                text, (file, line) = Html(layout={"flex": "1"}), origin.place(review.row)
                text.fill("stale.html.j2", review=review, gone=review.stale == GONE, file=file, line=line)
                renew = button("重新复核", partial(self._renew, review.finding))
                yield text if review.stale == GONE else _beside(text, renew)

    def _renew(self, finding: str, _: Any = None) -> None:
        with self.notice.reporting():
            self._go(finding)


def _beside(text: widgets.Widget, does: widgets.Button) -> widgets.HBox:
    row = widgets.HBox([text, does], layout=WIDE)
    row.add_class("listed")
    return row


def _titled(title: str, rows: list[widgets.Widget]) -> list[widgets.Widget]:
    """Rows under a title; nothing where there are none."""
    heading = Html()
    heading.fill("title.html.j2", title=title)
    return [heading, *rows] if rows else []
