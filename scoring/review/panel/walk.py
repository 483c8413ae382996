"""Walking through the leaves: the bar above and below, and which leaves it offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import ipywidgets as widgets

from scoring.review.panel.controls import Choice, Html, Notice, button
from scoring.review.panel.pages import leaf_state
from scoring.review.panel.state import PanelState

ALL: Final = "全部指标"
FOUND: Final = "有发现的"
WAITING: Final = "有疑似问题的"
UNINSPECTED: Final = "未核查的"


class Walk:
    """Which leaf is shown, and how one comes to the next."""

    def __init__(self, state: PanelState, notice: Notice) -> None:
        self.state, self.notice = state, notice
        self.only = Choice(self._filter, options=[ALL, FOUND, WAITING, UNINSPECTED], description="显示")
        self.only.layout, self.only.style = {"width": "14em"}, {"description_width": "3em"}
        look = {"description": "指标", "style": {"description_width": "3em"}, "layout": {"width": "34em"}}
        self.choice = Choice(self._choose, **look)
        self.position = Html()
        self.above = self._steps(self.choice, self.position, self.only)
        self.below = self._steps()
        self.bars = self.above, self.below

    def _steps(self, *between: widgets.Widget) -> widgets.HBox:
        steps = button("← 上一个", self.back), button("下一个 →", self.on)
        bar = widgets.HBox([steps[0], *between[:1], steps[1], *between[1:]])
        bar.add_class("bar")
        return bar

    def refresh(self) -> None:
        """Show the leaf, and those that are offered."""
        leaf, codes = self.state.leaf, self.codes
        self.choice.offer([(self._label(code), code) for code in codes], leaf)
        at = codes.index(leaf)
        self.position.fill("position.html.j2", number=at + 1, count=len(codes))
        for bar in self.bars:
            first, last = (one for one in bar.children if isinstance(one, widgets.Button))
            first.disabled, last.disabled = at == 0, at == len(codes) - 1

    @property
    def codes(self) -> list[str]:
        """The leaves that are offered, always with the one that is shown."""
        wanted = {*self._wanted(), self.state.leaf}
        return [leaf.code for leaf in self.state.leaves() if leaf.code in wanted]

    def _wanted(self) -> list[str]:
        wanted: dict[str, Callable[[], Iterable[str]]] = {
            ALL: lambda: (leaf.code for leaf in self.state.leaves()),
            FOUND: lambda: (finding.code for finding in self.state.findings()),
            WAITING: lambda: (leaf.code for leaf in self.state.waiting()),
            UNINSPECTED: lambda: self.state.opened.uninspected,
        }
        return [*wanted[self.only.value]()]

    def _label(self, code: str) -> str:
        card = self.state.opened.card
        return f"{code} {card.nodes[code].name}　{leaf_state(card, code)}"

    def _choose(self, code: str) -> None:
        with self.notice.reporting():
            self.state.leaf = code

    def on(self, _: Any = None) -> None:
        """Go to the next leaf."""
        self._go(1)

    def back(self, _: Any = None) -> None:
        """Go to the leaf before."""
        self._go(-1)

    def _go(self, steps: int) -> None:
        with self.notice.reporting():
            codes = self.codes
            at = codes.index(self.state.leaf) + steps
            if 0 <= at < len(codes):
                self.state.leaf = codes[at]

    def _filter(self, _: Any) -> None:
        with self.notice.reporting():
            if (wanted := self._wanted()) and self.state.leaf not in wanted:
                self.state.leaf = next(leaf.code for leaf in self.state.leaves() if leaf.code in wanted)
            self.refresh()
