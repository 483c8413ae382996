"""Why the leaf that is shown has its result, and why the total has."""

from __future__ import annotations

import ipywidgets as widgets

from scoring.review.panel.controls import WIDE, Choice, Html, Notice, Section
from scoring.review.panel.state import PanelState
from scoring.scheme import TOTAL

HERE = ""


class Explanation(Section):
    """The chain behind the result of the leaf that is shown, or of another node; it follows every change."""

    def __init__(self, state: PanelState) -> None:
        self.notice, self.text = Notice(), Html(layout=WIDE)
        look = {"description": "说明", "style": {"description_width": "3em"}, "layout": {"width": "34em"}}
        self.node = Choice(self._choose, **look)
        super().__init__(state, [widgets.HBox([self.node]), self.notice, self.text], watched=("audit", "leaf"))

    def refresh(self) -> None:
        """Explain the chosen node."""
        card = self.state.opened.card
        above = [(f"{code} {node.name}".removeprefix(f"{TOTAL} "), code) for code, node in card.nodes.items()]
        known = {code for _, code in above}
        self.node.offer([("正在查看的指标", HERE), *above], self.node.value if self.node.value in known else HERE)
        self._choose(self.node.value)

    def _choose(self, code: str) -> None:
        with self.notice.reporting():
            self.text.fill("explained.html.j2", text=self.state.opened.explain(code or self.state.leaf))
