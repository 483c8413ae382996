"""Trying other readings: which nodes of this department would change, and by how much. Nothing is saved."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scoring.review.panel.controls import WIDE, Choice, Html, Notice, Section, button
from scoring.review.panel.state import PanelState
from scoring.scheme import Scheme
from scoring.scheme.readings import Reading


class ReadingTrial(Section):
    """A list of options for each reading, and the nodes that change under those chosen."""

    def __init__(self, state: PanelState) -> None:
        self.choices: dict[str, Choice] = {}
        self._scheme: Scheme | None = None
        self.rows = widgets.Box()
        self.rows.add_class("readings")
        self.back = button("恢复所用解读", self._restore)
        self.notice, self.moved = Notice(), Html(layout=WIDE)
        super().__init__(state, [self.notice, self.moved, self.rows, widgets.HBox([self.back])])

    def refresh(self) -> None:
        """Show the changes under the chosen options; when the scheme changes, start from the options in use."""
        card = self.state.opened.card
        if self._scheme is not card.scheme:
            self._scheme = card.scheme
            self.choices = {key: self._choice(reading) for key, reading in card.scheme.readings.items()}
            self.rows.children = [_row(reading, self.choices[key]) for key, reading in card.scheme.readings.items()]
            self._restore()
        else:
            self._try()

    @property
    def chosen(self) -> dict[str, str]:
        """The options that differ from those in use."""
        used = self.state.opened.card.readings
        return {key: choice.value for key, choice in self.choices.items() if choice.value != used[key]}

    def _choice(self, reading: Reading) -> Choice:
        return Choice(self._try, description=reading.title, style={"description_width": "11em"}, layout=WIDE)

    def _restore(self, _: Any = None) -> None:
        card = self.state.opened.card
        for key, reading in card.scheme.readings.items():
            used = card.readings[key]
            options = [(_meaning(reading, option, used), option) for option in reading.options]
            self.choices[key].offer(options, used)
        self._try()

    def _try(self, _: Any = None) -> None:
        with self.notice.reporting():
            audit, chosen = self.state.opened, self.chosen
            self.moved.fill(
                "moved.html.j2",
                chosen=[(audit.card.scheme.readings[key], option) for key, option in chosen.items()],
                moved=audit.moved_by(chosen) if chosen else None,
            )


def _row(reading: Reading, choice: Choice) -> widgets.Widget:
    clause = Html(layout=WIDE)
    clause.fill("clause-read.html.j2", reading=reading)
    return widgets.VBox([clause, choice])


def _meaning(reading: Reading, option: str, used: str) -> str:
    return reading.options[option] + ("（所用）" if option == used else "")
