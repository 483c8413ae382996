"""The workbench of the review notebook, section by section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython
from ipywidgets import Widget

from scoring.report.places import NotScored
from scoring.report.view.blocks import Block, Part
from scoring.review.audit import Audit
from scoring.review.panel import pages
from scoring.review.panel.chooser import Chooser
from scoring.review.panel.desk import Desk
from scoring.review.panel.explaining import Explanation
from scoring.review.panel.readings import ReadingTrial
from scoring.review.panel.state import PanelState
from scoring.scheme import TOTAL


class Text(str):
    """Text that a notebook's cell shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Workbench:
    """The sections of the review notebook; all of them show one :class:`PanelState`.

    Attributes
    ----------
    interactive
        True for widgets, False for static tables with the same content.
    """

    def __init__(
        self,
        department: str,
        year: int,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        scheme: str = "",
        *,
        interactive: bool | None = None,
    ) -> None:
        """Open a department's workbook.

        Parameters
        ----------
        raw
            Folder with one subfolder per year.
        readings
            Reading to option, for those that differ from the default.
        scheme
            Name or folder of the scheme; the one in force when empty.
        interactive
            None detects whether a front end shows the notebook.
        """
        self.state = PanelState(department, year, raw, readings, scheme)
        self.interactive = has_front_end() if interactive is None else interactive
        if self.interactive:
            Widget.close_all()  # Else the page would also open the widgets of earlier runs in this kernel.

    def choose(self) -> Any:
        """Department and year, and the department's score or its workbook's faults."""
        return Chooser(self.state) if self.interactive else Part(*pages.static_score(self.state))

    def desk(self) -> Any:
        """The leaves one by one, and what is done with each; static, all leaves and all decisions."""
        return Desk(self.state) if self.interactive else self._static(pages.static_desk)

    def readings(self) -> Any:
        """Which nodes other readings change."""
        return ReadingTrial(self.state) if self.interactive else self._static(pages.static_readings)

    def _static(self, blocks: Callable[[Audit], Iterator[Block]]) -> Part:
        return Part() if self.state.audit is None else Part(*blocks(self.state.audit))

    def explain(self, code: str = "") -> Any:
        """The chain behind a node's score or result; when no code is given, that of the leaf that is shown, always."""
        if self.interactive and not code:
            return Explanation(self.state)
        try:
            return Text(self.state.opened.explain(code or self.state.leaf))
        except NotScored as error:
            return Text(error)
        except KeyError as error:
            card, shown = self.state.opened.card, self.state.leaf
            return Text(f"{error.args[0]}；编号如 {shown}，{card.total.name}用 {TOTAL}")


def has_front_end() -> bool:
    """Whether the cell runs in a front end that can ask for input, such as JupyterLab; a batch cannot."""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    return bool(kernel.get_parent().get("content", {}).get("allow_stdin", False))
