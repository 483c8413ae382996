"""Choosing a department and a year, with the department's score or its workbook's faults."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scoring.review.panel.controls import LABEL, WIDE, Choice, Html, Notice, Section, button
from scoring.review.panel.pages import figures, void_words
from scoring.review.panel.state import PanelState


class Chooser(Section):
    """The years and departments that have evidence, and the score or the faults of the one chosen."""

    def __init__(self, state: PanelState) -> None:
        self.year = Choice(self._choose_year, description="年度", style=LABEL, layout={"width": "12em"})
        self.department = Choice(self._choose_department, description="部门", style=LABEL, layout={"width": "22em"})
        self.reload = button("重新载入", self._reload)
        self.notice, self.score = Notice(), Html(layout=WIDE)
        bar = widgets.HBox([self.year, self.department, self.reload])
        super().__init__(state, [bar, self.notice, self.score], watched=("audit", "problem"))

    def show(self) -> None:
        """Show the choices, and the score or the faults."""
        state = self.state
        self.year.offer(sorted({*state.years, state.year}), state.year)
        names = state.departments(state.year)
        known = names if state.department in names else [*names, state.department]
        self.department.offer(known, state.department)
        if state.audit is None:
            self.score.fill("problem.html.j2", lines=state.problem.splitlines())
        else:
            self.score.fill(
                "department.html.j2",
                card=state.audit.card,
                figures=figures(state.audit),
                voids=void_words(state.audit.card),
            )

    def _choose_year(self, year: int) -> None:
        names = self.state.departments(year)
        same = self.state.department in names or not names
        self._open(self.state.department if same else names[0], year)

    def _choose_department(self, department: str) -> None:
        self._open(department, self.state.year)

    def _open(self, department: str, year: int) -> None:
        with self.notice.reporting():
            self.state.open(department, year)
        self.show()

    def _reload(self, _: Any) -> None:
        with self.notice.reporting():
            left_out = self.state.reload()
            self.show()
            self.notice.say(f"已重新读入{self.state.department}的佐证。", *map(_not_kept, left_out))


def _not_kept(finding: str) -> str:
    return f"“{finding}”的佐证或案卷已改动，对它的未保存的决定没有保留，请核对后重新决定。"
