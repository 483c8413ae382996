"""核查: who works, marking leaves as inspected, and findings of the assessor's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import traitlets

from scoring.review.audit import Audit, Refused
from scoring.review.panel.controls import LABEL, WIDE, Choice, Html, Notice, button, text_field
from scoring.review.panel.fields import Fields
from scoring.review.panel.state import PanelState
from scoring.scheme.sheets import INSPECTED, LEAVES, Sheet


class MarkForm(widgets.VBox):
    """Who works on which day, and whether the leaf is inspected."""

    def __init__(self, state: PanelState, notice: Notice) -> None:
        self.state, self.notice = state, notice
        self.who = text_field("姓名", placeholder="姓名或小组", style=LABEL, layout={"width": "20em"})
        self.day = widgets.DatePicker(description="日期", style=LABEL)
        traitlets.link((state, "who"), (self.who, "value"))
        traitlets.link((state, "day"), (self.day, "value"))
        self.status = Html(layout=WIDE)
        self.one, self.rest = button("标为已核查（M）", self.mark), button("", self.mark_rest)
        super().__init__([widgets.HBox([self.who, self.day]), self.status, widgets.HBox([self.one, self.rest])])
        self.add_class("form")

    def refresh(self) -> None:
        """Show whether the leaf is inspected, and how many are not."""
        audit, leaf = self.state.opened, self.state.leaf
        left = audit.uninspected
        inspections = audit.card.source.inspections
        rows = inspections[(inspections["code"] == leaf) & (inspections["status"] == INSPECTED)]
        row = next(iter(rows.to_dict("records")), None)
        self.status.fill("inspected.html.j2", row=row, left=len(left))
        self.one.disabled = leaf not in left
        self.rest.description = f"未核查的 {len(left)} 个都标为已核查"
        self.rest.disabled = not left

    def mark(self, _: Any = None) -> None:
        """Mark the leaf that is shown."""
        self._mark([self.state.leaf])

    def mark_rest(self, _: Any = None) -> None:
        """Mark all leaves that are left."""
        self._mark(list(self.state.opened.uninspected))

    def _mark(self, codes: list[str]) -> None:
        with self.notice.reporting():
            self.state.audit = self.state.opened.mark(codes, self.state.who, self.state.day)
            self.notice.say(f"已把 {len(codes)} 个指标标为已核查。尚未保存。")


class OwnFinding(widgets.Accordion):
    """The form of a finding of one's own: a row in a sheet of faults, field by field as the sheet asks for it."""

    def __init__(self, state: PanelState, notice: Notice) -> None:
        self.state, self.notice = state, notice
        self.sheet = Choice(self._choose, description="工作表", style=LABEL, layout=WIDE)
        self.note, self.fields = Html(layout=WIDE), Fields()
        self.add = button("记录这项发现", self._record)
        self.form = widgets.VBox([self.sheet, self.note, self.fields, self.add])
        self._shown: tuple[Sheet, str] | None = None
        super().__init__([self.form], titles=("记录自己的发现",), selected_index=None, layout=WIDE)

    def refresh(self) -> None:
        """Offer the sheets in which faults of the leaf are recorded."""
        audit, leaf = self.state.opened, self.state.leaf
        sheets = [sheet for sheet in map(audit.scheme.sheet, audit.scheme.leaf(leaf).sheets) if sheet.faults]
        current = self.sheet.value if self.sheet.value in {sheet.key for sheet in sheets} else None
        self.sheet.offer([(sheet.name, sheet.key) for sheet in sheets], current or next((s.key for s in sheets), None))
        self.sheet.layout.display = "" if len(sheets) > 1 else "none"
        self.fields.layout.display = self.add.layout.display = "" if sheets else "none"
        self.note.fill("own.html.j2", sheets=sheets, leaf=audit.scheme.leaf(leaf), scheme=audit.scheme)
        self._choose(self.sheet.value)

    def _choose(self, key: str | None) -> None:
        if key is None:
            self._shown = None
            return
        audit, leaf = self.state.opened, self.state.leaf
        sheet = audit.scheme.sheet(key)
        if self._shown != (sheet, leaf):
            self._shown = sheet, leaf
            fixed = fixed_cells(audit, sheet, leaf)
            asked = [column for column in sheet.columns if column.key not in fixed]
            # A day of another year would be a row that does not count.
            day = self.state.day if self.state.day and self.state.day.year == audit.scheme.year else None
            self.fields.ask(asked, fixed, **{sheet.dated_by or "": day})

    def _record(self, _: Any = None) -> None:
        with self.notice.reporting():
            if self._shown is None:
                raise Refused("请先选择工作表")
            (sheet, leaf), audit = self._shown, self.state.opened
            row = {**fixed_cells(audit, sheet, leaf), **self.fields.given(audit)}
            self.state.audit = audit.record(sheet.key, row)
            self._shown = None  # An empty form for the next one.
            self._choose(sheet.key)
            self.notice.say(f"已记入案卷的《{sheet.name}》。尚未保存。")


def fixed_cells(audit: Audit, sheet: Sheet, leaf: str) -> Mapping[str, str]:
    """The cells of a row that follow from the leaf it is about."""
    code = {column.key: leaf for column in sheet.columns if column.one_of == LEAVES}
    return {**code, **audit.scheme.looked_at(audit.scheme.leaf(leaf), sheet.key)}
