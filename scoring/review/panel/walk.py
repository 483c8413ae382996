"""Choosing a department, and walking from leaf to leaf: clause, evidence, findings, sum."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scoring.evidence import Loaded
from scoring.review.panel.desk import Desk
from scoring.review.panel.pages import leaf_blocks, leaf_state, score_values
from scoring.review.panel.parts import LABEL, WIDE, Choice, Html, Notice, Part, button
from scoring.review.panel.tables import EvidenceTable


class Chooser(Part):
    """Department and year from what lies in data/raw, with the totals or the workbook's faults."""

    def __init__(self, desk: Desk) -> None:
        self.year = Choice(self._choose_year, description="年度", style=LABEL, layout={"width": "12em"})
        self.department = Choice(self._choose_department, description="部门", style=LABEL, layout={"width": "22em"})
        self.reload = button("重新载入工作簿", self._reload)
        self.notice, self.score = Notice(), Html(layout=WIDE)
        bar = widgets.HBox([self.year, self.department, self.reload])
        super().__init__(desk, [bar, self.notice, self.score], watched=("audit", "problem"))

    def show(self) -> None:
        """Show what there is to choose from, and the totals or what is wrong."""
        desk = self.desk
        self.year.offer(sorted({*desk.years, desk.year}), desk.year)
        names = desk.departments(desk.year)
        known = names if desk.department in names else [*names, desk.department]
        self.department.offer(known, desk.department)
        if desk.audit is None:
            self.score.fill("problem.html.j2", lines=desk.problem.splitlines())
        else:
            self.score.fill("department.html.j2", **score_values(desk.audit))

    def _choose_year(self, year: int) -> None:
        names = self.desk.departments(year)
        same = self.desk.department in names or not names
        self._open(self.desk.department if same else names[0], year)

    def _choose_department(self, department: str) -> None:
        self._open(department, self.desk.year)

    def _open(self, department: str, year: int) -> None:
        with self.notice.telling():
            self.desk.open(department, year)
        self.show()

    def _reload(self, _: Any) -> None:
        with self.notice.telling():
            left_out = self.desk.reload()
            self.show()
            self.notice.say(f"已重新读入 {self.desk.department}.xlsx。", *map(_not_kept, left_out))


def _not_kept(finding: str) -> str:
    return f"“{finding}”的佐证已改动，对它的未保存的决定没有保留，请核对后重新决定。"


class LeafWalk(Part):
    """One leaf at a time: where it stands, its clause, its findings, its sum, the rows that were looked at."""

    #: No leaf is judged by more sheets.
    _MOST_SHEETS = 4

    def __init__(self, desk: Desk) -> None:
        self.only_findings = widgets.Checkbox(description="只看有发现的", indent=False, layout={"width": "auto"})
        self.only_findings.observe(self._filter, "value")
        self.previous, self.next = (button(label, self._step) for label in ("← 上一个", "下一个 →"))
        self.choice = Choice(
            self._choose, description="指标", style={"description_width": "3em"}, layout={"width": "38em"}
        )
        self.notice, self.place, self.text = Notice(), Html(), Html(layout=WIDE)
        self._evidence_of: tuple[Loaded, str] | None = None
        self.tables = [EvidenceTable() for _ in range(self._MOST_SHEETS)]
        bar = widgets.HBox([self.previous, self.choice, self.next, self.place, self.only_findings])
        bar.add_class("bar")
        super().__init__(desk, [bar, self.notice, self.text, *self.tables], watched=("audit", "leaf"))

    def refresh(self) -> None:
        """Show the leaf; the tables of evidence only when another one is to be seen."""
        desk = self.desk
        codes = self._codes()
        self.choice.offer([(self._label(code), code) for code in codes], desk.leaf)
        at = codes.index(desk.leaf)
        self.previous.disabled, self.next.disabled = at == 0, at == len(codes) - 1
        self.place.fill("place.html.j2", number=at + 1, count=len(codes))
        self.text.present(leaf_blocks(desk.opened.card, desk.leaf))
        self._show_evidence()

    def _show_evidence(self) -> None:
        of = self.desk.opened.loaded, self.desk.leaf
        if self._evidence_of is not None and self._evidence_of[0] is of[0] and self._evidence_of[1] == of[1]:
            return  # A decision moves no evidence.
        self._evidence_of = of
        looked_at = list(self.desk.opened.looked_at(self.desk.leaf).items())
        for number, table in enumerate(self.tables):
            name, rows = looked_at[number] if number < len(looked_at) else ("", None)
            table.show(name, rows)

    def _codes(self) -> list[str]:
        """The leaves to walk along; the one that is looked at is always among them."""
        wanted = {leaf.code for leaf in self.desk.leaves(with_findings=self.only_findings.value)}
        return [leaf.code for leaf in self.desk.leaves() if leaf.code in {*wanted, self.desk.leaf}]

    def _label(self, code: str) -> str:
        return f"{code} {self.desk.opened.card.nodes[code].name}　{leaf_state(self.desk.opened.card, code)}"

    def _choose(self, code: str) -> None:
        with self.notice.telling():
            self.desk.leaf = code

    def _step(self, clicked: widgets.Button) -> None:
        codes = self._codes()
        with self.notice.telling():
            self.desk.leaf = codes[codes.index(self.desk.leaf) + (1 if clicked is self.next else -1)]

    def _filter(self, _: Any) -> None:
        with self.notice.telling():
            codes = [leaf.code for leaf in self.desk.leaves(with_findings=self.only_findings.value)]
            if codes and self.desk.leaf not in codes:
                self.desk.leaf = codes[0]
            self.refresh()
