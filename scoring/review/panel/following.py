"""整改台账: what the department says about the findings that are picked, how it mends, what a new look shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import ipywidgets as widgets

from scoring.review.panel.controls import WIDE, Notice, button
from scoring.review.panel.fields import Fields
from scoring.review.panel.state import PanelState
from scoring.scheme.sheets import ANSWERED, FOLLOWUPS, TO_MEND, TOLD, Column

_ASKED: Final = ("step", "done_on", "done_by", "about", "mended_on", "attachments")


class FollowUpForm(widgets.Accordion):
    """The form of a step."""

    def __init__(self, state: PanelState, notice: Notice, picked: Callable[[], Sequence[str]]) -> None:
        self.state, self.notice, self._picked = state, notice, picked
        self.fields, self.add = Fields(), button("记入整改台账", self._record)
        self._is_asked = False
        form = widgets.VBox([self.fields, self.add])
        super().__init__([form], titles=("登记部门意见和整改",), selected_index=None, layout=WIDE)

    def refresh(self) -> None:
        """Ask, in empty fields after each step that was written down."""
        self.layout.display = "" if self.state.findings(self.state.leaf) else "none"
        if not self._is_asked:
            self._is_asked = True
            sheet = self.state.opened.scheme.sheet(FOLLOWUPS)
            columns = [_without_notices(sheet.column(key)) if key == "step" else sheet.column(key) for key in _ASKED]
            self.fields.ask(columns, done_on=self.state.day)

    def _record(self, _: Any = None) -> None:
        with self.notice.reporting():
            picked, audit = list(self._picked()), self.state.opened
            row = self.fields.given(audit)
            followed = audit.follow([{**row, "finding": finding} for finding in picked])
            self._is_asked = False
            self.state.audit = followed
            self.notice.say(f"已把 {len(picked)} 项发现的“{row['step']}”记入整改台账。尚未保存。")


def _without_notices(step: Column) -> Column:
    """The steps that are written down by hand: notices are written down when they are made."""
    return replace(step, choices=tuple(word for word in step.choices if word not in {TO_MEND, TOLD, ANSWERED}))
