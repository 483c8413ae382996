"""复核: try, take back and save decisions on findings; list those already in the workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import ipywidgets as widgets

from scoring.engine.decisions import GONE
from scoring.engine.scorecard import Finding
from scoring.evidence.reading.cells import displayed
from scoring.report.view import words
from scoring.review.explain import effect_label
from scoring.review.panel.controls import LABEL, WIDE, Choice, Html, Notice, Section, button
from scoring.review.panel.pages import change_words, decision_blocks, figures
from scoring.review.panel.state import PanelState
from scoring.scheme.sheets import REVIEWS, UPHOLD, WITHDRAW

HERE, ALL = "当前指标", "全部指标"


class DecisionForm(Section):
    """The form of a decision, the score with it, and the decisions made so far."""

    def __init__(self, state: PanelState) -> None:
        self._shown: str | None = None
        self.scope = widgets.RadioButtons(
            description="范围", options=[HERE, ALL], orientation="horizontal", style=LABEL
        )
        self.finding = Choice(self._choose, description="发现", style=LABEL, layout=WIDE)
        self.decision = widgets.RadioButtons(
            description="决定", options=[UPHOLD, WITHDRAW], value=None, orientation="horizontal", style=LABEL
        )
        self.reason = widgets.Textarea(
            description="理由", placeholder="写明依据，让被考核部门和以后的人看得懂", rows=3, style=LABEL, layout=WIDE
        )
        self.reviewer = widgets.Text(description="复核人", placeholder="姓名或复核小组", style=LABEL)
        today = dt.datetime.now().astimezone().date()
        self.reviewed_on = widgets.DatePicker(description="复核日期", value=today, style=LABEL)
        self.try_it = button("试算", self._try, "primary")
        self.save = button("保存到案卷", self._save, "success")
        self.notice, self.chosen, self.score, self.decisions = Notice(), *(Html(layout=WIDE) for _ in range(3))
        self.unsaved, self.stale = widgets.VBox(layout=WIDE), widgets.VBox(layout=WIDE)
        self.scope.observe(self._offer_findings, "value")
        rows = widgets.HBox([self.reviewer, self.reviewed_on]), widgets.HBox([self.try_it, self.save]), self.notice
        form = widgets.VBox([self.scope, self.finding, self.chosen, self.decision, self.reason, *rows])
        form.add_class("form")
        controls = [self.stale, form, self.unsaved, self.score, self.decisions]
        super().__init__(state, controls, watched=("audit", "leaf"))

    def refresh(self) -> None:
        """Show the findings to choose from, the figures and the decisions."""
        audit = self.state.opened
        self.notice.value = ""
        self._offer_findings()
        self.save.disabled = not audit.count
        self.score.fill("score.html.j2", figures=figures(audit))
        self.decisions.present(decision_blocks(audit))
        self.unsaved.children = _titled(f"未保存的内容（{audit.count} 项）", list(self._unsaved()))
        self.stale.children = _titled("复核失效的决定", list(self._stale()))

    def _offer_findings(self, _: Any = None) -> None:
        found = self.state.findings(self.state.leaf if self.scope.value == HERE else None)
        ids = [finding.id for finding in found]
        value = self.finding.value if self.finding.value in ids else next(iter(ids), None)
        self.finding.offer([(self._label(each), each.id) for each in found], value)
        self.finding.disabled = self.try_it.disabled = not found
        self._show_chosen()

    def _label(self, finding: Finding) -> str:
        card = self.state.opened.card
        code = f"{finding.code}　" if self.scope.value == ALL else ""
        return f"{code}{displayed(finding.because, 60)}（{words.finding_status(card, finding)}）"

    def _choose(self, _: Any) -> None:
        with self.notice.reporting():
            self._show_chosen()

    def _show_chosen(self) -> None:
        card = self.state.opened.card
        found = next((each for each in self.state.findings() if each.id == self.finding.value), None)
        if self._shown != self.finding.value:
            self.decision.value = None  # It was meant for another finding.
        self._shown = self.finding.value
        label = effect_label(card.scheme)
        self.chosen.fill("chosen.html.j2", finding=found, card=card, scope=self.scope.value, effect_label=label)

    def choose(self, finding: str, _: Any = None) -> None:
        """Go to a finding and its leaf."""
        with self.notice.reporting():
            self.scope.value = HERE
            self.state.leaf = next(each.code for each in self.state.findings() if each.id == finding)
            self.finding.value = finding

    def _try(self, _: Any) -> None:
        with self.notice.reporting():
            finding, before = self.finding.value, self.state.opened.card
            self.state.audit = self.state.opened.decide(
                [finding], self.decision.value or "", self.reason.value, self.reviewer.value, self.reviewed_on.value
            )
            change = change_words(before, self.state.opened.card)
            self.notice.say(f"已试算，{change}。尚未保存；满意后请点“保存到案卷”。")
            self.decision.value, self.reason.value = None, ""

    def _save(self, _: Any) -> None:
        with self.notice.reporting():
            opened = self.state.opened
            self.state.audit, copy = opened.save()
            kept = [f"保存前的案卷留在同一文件夹的 {copy.parent.name}/{copy.name}。"] if copy else []
            self.notice.say(f"已把 {opened.count} 项写入 {opened.case.path.name}。", *kept)

    def _undo(self, finding: str, _: Any = None) -> None:
        with self.notice.reporting():
            self.state.audit = self.state.opened.drop(REVIEWS, finding)
            self.notice.say("已撤回这项未保存的决定。")

    def _unsaved(self) -> Iterator[widgets.Widget]:
        card = self.state.opened.card
        effects = words.review_effects(card)
        for finding, made in self.state.opened.unsaved.get(REVIEWS, {}).items():
            text = Html(layout={"flex": "1"})
            effect = None if card.scheme.is_gate else effects.get(finding, "不变")
            text.fill("unsaved.html.j2", made=made, effect=effect)
            yield _beside(text, button("撤回", partial(self._undo, finding)))

    def _stale(self) -> Iterator[widgets.Widget]:
        for review in self.state.opened.card.reviews:
            if review.stale:
                gone = review.stale == GONE
                text = Html(layout={"flex": "1"})
                text.fill("stale.html.j2", review=review, gone=gone)
                renew = button("重新复核", partial(self.choose, review.finding))
                yield _beside(text, renew) if not gone else text


def _beside(text: widgets.Widget, does: widgets.Button) -> widgets.HBox:
    row = widgets.HBox([text, does], layout=WIDE)
    row.add_class("listed")
    return row


def _titled(title: str, rows: list[widgets.Widget]) -> list[widgets.Widget]:
    """Rows under a title; nothing where there are none."""
    heading = Html()
    heading.fill("title.html.j2", title=title)
    return [heading, *rows] if rows else []
