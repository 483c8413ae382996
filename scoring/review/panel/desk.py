"""The desk: one leaf with its evidence on the left, what the assessor does about it on the right."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scoring.report.view.blocks import paragraph
from scoring.review.panel.casebook import CaseBook
from scoring.review.panel.controls import WIDE, Html, Keyboard, Notice, Section, button
from scoring.review.panel.deciding import DecisionForm
from scoring.review.panel.evidence import EvidenceView
from scoring.review.panel.following import FollowUpForm
from scoring.review.panel.pages import figures, leaf_blocks, picture_blocks, rank_line, void_words
from scoring.review.panel.recording import MarkForm, OwnFinding
from scoring.review.panel.state import PanelState
from scoring.review.panel.walk import Walk
from scoring.scheme.sheets import UPHOLD, WITHDRAW


class Desk(Section):
    """Everything that is done with a leaf, in one place."""

    def __init__(self, state: PanelState) -> None:
        self.notice = Notice(layout=WIDE)
        self.score, self.text, self.pictures = (Html(layout=WIDE) for _ in range(3))
        self.rank, self.ranks = button("名次变化", self._rank), Html()
        self.walk, self.evidence = Walk(state, self.notice), EvidenceView()
        self.marks, self.form = MarkForm(state, self.notice), DecisionForm(state, self.notice)
        self.followed = FollowUpForm(state, self.notice, lambda: self.form.picked_ids)
        self.own = OwnFinding(state, self.notice)
        self.case = CaseBook(state, self.notice, self.go)
        left = widgets.VBox([self.text, self.pictures, self.evidence])
        right = widgets.VBox([self.marks, self.form, self.followed, self.own, self.notice, self.case])
        sides = widgets.Box([left, right], layout=WIDE)
        sides.add_class("sides")
        right.add_class("right")
        self.keyboard = Keyboard(
            {
                "arrowleft": self.walk.back,
                "arrowright": self.walk.on,
                "m": self.marks.mark,
                "y": lambda: self.form.decide(UPHOLD),
                "n": lambda: self.form.decide(WITHDRAW),
                "s": self.case.save,
            }
        )
        controls = [self.score, widgets.HBox([self.rank, self.ranks]), self.walk.above, sides, self.walk.below]
        super().__init__(state, controls, watched=("audit", "leaf"))
        state.observe(lambda _: self._show_rank(), "scored")

    def refresh(self) -> None:
        """Show the leaf, its evidence, and what is done with it."""
        audit, leaf = self.state.opened, self.state.leaf
        self.notice.value = ""
        self.score.fill("line.html.j2", card=audit.card, figures=figures(audit), voids=void_words(audit.card))
        self.rank.layout.display = "none" if audit.scheme.is_gate else ""
        self._show_rank()
        self.walk.refresh()
        self.text.present(leaf_blocks(audit.card, leaf))
        self.pictures.present(picture_blocks(audit.card, leaf))
        self.evidence.show(audit, leaf)
        for part in (self.marks, self.form, self.followed, self.own, self.case):
            part.refresh()

    def _rank(self, _: Any = None) -> None:
        with self.notice.reporting():
            self.state.others()

    def _show_rank(self) -> None:
        """Show it from the first click on, until the evidence is read again."""
        self.ranks.value = ""
        if self.state.audit is not None and self.state.scored:
            others, is_official = self.state.others()
            self.ranks.present([paragraph(rank_line(self.state.audit, others, official=is_official))])

    def go(self, finding: str) -> None:
        """Go to a finding and its leaf."""
        self.state.leaf = next(each.code for each in self.state.findings() if each.id == finding)
        self.form.pick([finding])
