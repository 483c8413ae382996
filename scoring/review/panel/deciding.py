"""复核: a decision on one finding, or on all that are alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import ipywidgets as widgets

from scoring.engine.scorecard import Finding
from scoring.evidence.reading.cells import displayed
from scoring.report.view import words
from scoring.report.view.followup import step_words
from scoring.review.explain import effect_label
from scoring.review.grouping import day_of, groups, is_decided, waits
from scoring.review.panel.controls import WIDE, Html, Notice, button, text_field
from scoring.review.panel.pages import change_words
from scoring.review.panel.state import PanelState
from scoring.scheme.sheets import UPHOLD, WITHDRAW

#: The reason of a decision on what is suspected, where the assessor writes no other.
_USUAL: Final = {UPHOLD: "经核对佐证，情况属实", WITHDRAW: "经核对佐证，不属此类情形"}
_ROWS: Final = 10


class DecisionForm(widgets.VBox):
    """The findings of the leaf, and what is decided on those that are picked."""

    def __init__(self, state: PanelState, notice: Notice) -> None:
        self.state, self.notice = state, notice
        self._leaf, self._offering = "", False
        self.groups = widgets.Box()
        self.groups.add_class("groups")
        self.findings = widgets.SelectMultiple(description="发现", style={"description_width": "3em"}, layout=WIDE)
        self.findings.observe(self._picked, "value")
        self.chosen = Html(layout=WIDE)
        asked = "写明依据，让被考核部门和以后的人看得懂"
        self.reason = text_field(
            "理由", long=True, placeholder=asked, rows=2, style={"description_width": "3em"}, layout=WIDE
        )
        self.uphold, self.withdraw = (button("", partial(self.decide, decision)) for decision in (UPHOLD, WITHDRAW))
        self.title = Html()
        self.title.fill("title.html.j2", title="复核")
        buttons = widgets.HBox([self.uphold, self.withdraw])
        super().__init__([self.title, self.groups, self.findings, self.chosen, self.reason, buttons])
        self.add_class("form")

    def refresh(self) -> None:
        """Offer the findings of the leaf; on another leaf, pick those to be decided on first."""
        found = self.state.findings(self.state.leaf)
        ids = [finding.id for finding in found]
        if self.state.leaf != self._leaf or not self.picked_ids:
            self._leaf = self.state.leaf
            self._offer(found, self._next(found))
        else:
            self._offer(found, [finding for finding in self.picked_ids if finding in ids])
        for part in (self.groups, self.findings, self.chosen, self.reason, self.uphold, self.withdraw):
            part.layout.display = "" if found else "none"
        self.title.fill("title.html.j2", title="复核" if found else "复核：本指标没有发现")

    @property
    def picked_ids(self) -> tuple[str, ...]:
        """The ids of the findings that are picked."""
        return tuple(self.findings.value)

    @property
    def picked(self) -> list[Finding]:
        """The findings that are picked."""
        return [finding for finding in self.state.findings(self.state.leaf) if finding.id in self.picked_ids]

    def pick(self, ids: Sequence[str], _: Any = None) -> None:
        """Pick findings of the leaf."""
        self._offer(self.state.findings(self.state.leaf), ids)

    def _next(self, found: list[Finding]) -> list[str]:
        """The first group with something left to decide, else the first finding."""
        left = [[finding.id for finding in group if not is_decided(finding)] for group in groups(found)]
        return next(filter(None, left), [finding.id for finding in found[:1]])

    def _offer(self, found: list[Finding], picked: Sequence[str]) -> None:
        self._offering = True
        with self.findings.hold_sync():
            self.findings.options = [(self._label(finding), finding.id) for finding in found]
            self.findings.value = tuple(picked)
            self.findings.rows = max(2, min(len(found), _ROWS))
        self._offering = False
        alike = [group for group in groups(found) if len(group) > 1]
        self.groups.children = [
            button(f"{_named(group)}：{len(group)} 项全选", partial(self.pick, [finding.id for finding in group]))
            for group in alike
        ]
        self._picked()

    def _label(self, finding: Finding) -> str:
        card = self.state.opened.card
        day = day_of(card, finding)
        return f"{day}{'　' if day else ''}{displayed(finding.because, 60)}（{words.finding_status(card, finding)}）"

    def _picked(self, _: Any = None) -> None:
        if self._offering:
            return
        card, picked = self.state.opened.card, self.picked
        self.chosen.fill(
            "chosen.html.j2",
            picked=picked,
            card=card,
            effect_label=effect_label(card.scheme),
            step_words=step_words,
        )
        suspected = _are_suspected(picked)
        self.uphold.description, self.withdraw.description = (
            ("确认（Y）", "排除（N）") if suspected else ("维持（Y）", "撤销（N）")
        )
        self.uphold.disabled = self.withdraw.disabled = not picked

    def decide(self, decision: str, _: Any = None) -> None:
        """Try a decision on all that are picked, and go on to the next that are alike."""
        with self.notice.reporting():
            picked, before = self.picked, self.state.opened.card
            reason = self.reason.value.strip() or (_USUAL[decision] if _are_suspected(picked) else "")
            ids = [finding.id for finding in picked]
            self.state.audit = self.state.opened.decide(ids, decision, reason, self.state.who, self.state.day)
            self.reason.value = ""
            self.pick(self._next(self.state.findings(self.state.leaf)))
            change = change_words(before, self.state.opened.card)
            self.notice.say(f"已{_done(decision, picked)} {len(ids)} 项，{change}。尚未保存。")


def _named(group: list[Finding]) -> str:
    return f"{group[0].kind.name}{'（待确认）' if waits(group[0]) else ''}"


def _done(decision: str, picked: list[Finding]) -> str:
    return {UPHOLD: "确认", WITHDRAW: "排除"}[decision] if _are_suspected(picked) else decision


def _are_suspected(picked: list[Finding]) -> bool:
    return bool(picked) and all(finding.kind.suspected for finding in picked)
