"""What the readings decide, step by step, for the notebook of readings. Nothing here scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ipywidgets import Dropdown, interactive

from scoring.engine.ranking import samples_apart
from scoring.engine.readings import Decided, Field, Outcome, Pair, Spread, TooManyReadings, decided
from scoring.evidence import workbooks_in
from scoring.report.decided import every_spread
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.view import words
from scoring.report.view.blocks import Block, Part, Text, column, heading, paragraph, table
from scoring.report.view.decided import (
    NO_PAIR,
    NO_READINGS,
    NOBODY,
    for_city,
    for_department,
    options_words,
    pair_words,
    totals_words,
)
from scoring.scheme import Scheme


@dataclass(frozen=True)
class ReadingsReport:
    """The parts of the notebook: the city, a department, a pair."""

    scheme: Scheme
    spreads: Mapping[str, Spread]  # by department
    decided: Mapping[str, Decided]
    official: bool  # whether any evidence is, scored or not

    @classmethod
    def load(
        cls,
        year: int,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        departments: str | Path = "",
        scheme: str = "",
    ) -> Self:
        """Work out all combinations for the year's workbooks; the parameters are those of a department's report.

        Raises
        ------
        NotScored
            When no department can be scored, or there are too many combinations.
        """
        by = scheme_of(year, departments, scheme)
        try:
            found, official = every_spread(workbooks_in(evidence_folder(raw, year)), by, readings)
            every = decided(found, official=official)
        except TooManyReadings as error:
            raise NotScored(str(error)) from error
        if not found:
            raise NotScored(f"{year} 年没有能评分的部门；运行 check 命令可看到差错")
        return cls(by, {one.department: one for one in found}, every, official)

    @property
    def _ranked(self) -> list[str]:
        """The departments with a rank under the chosen readings, the first one first."""
        ranked = [one for one in self.decided.values() if one.standing and not self._is_pending(one.department)]
        return [one.department for one in sorted(ranked, key=lambda one: -one.now.low)]

    def _is_pending(self, name: str) -> bool:
        spread = self.spreads[name]
        return bool(spread.pending[spread.here])

    def city(self) -> Part:
        """All departments, samples among official ones left out."""
        title = heading(1, f"{self.scheme.city}{self.scheme.year_words}条款解读的影响")
        together, samples = samples_apart(list(self.decided.values()), official=self.official)
        mark = [paragraph(words.SAMPLE_WORDS, role="sample")] if any(one.sample for one in together) else []
        left_out = words.left_out([], [one.department for one in samples])
        note = [paragraph(left_out, role="note")] if left_out else []
        return Part(title, *mark, *(for_city(self.scheme, together) if together else [paragraph(NOBODY)]), *note)

    def department(self, name: str = "") -> Part:
        """One department, the first in the ranking by default."""
        name = name or next(iter(self._ranked or self.decided))
        self._known(name)
        mark = "（示例数据）" if self.decided[name].sample else ""
        return Part(paragraph(f"{name}{mark}："), *for_department(self.scheme, self.decided[name]))

    def pair(self, first: str = "", second: str = "") -> Part:
        """Two departments, the first two of the ranking by default: whether their order may change, and why."""
        ranked = self._ranked
        if not self.scheme.readings:
            return Part(paragraph(NO_READINGS))
        if self.scheme.is_gate:
            return Part(paragraph("方案只判定是否合格，部门之间没有先后可比。"))
        if not first and not second:
            if len(ranked) < 2:  # noqa: PLR2004 - a pair
                return Part(paragraph(NO_PAIR))
            first, second = ranked[:2]
        for name in (first, second):
            self._known(name)
            if name not in ranked:
                raise NotScored(f"{name}按所用解读没有名次，不能比较先后；可选：{'、'.join(ranked) or '无'}")
        if first == second:
            return Part(paragraph(f"两个都是{first}；请选两个不同的部门。"))
        ahead, behind = sorted((first, second), key=ranked.index)
        pair = Field([self.spreads[ahead], self.spreads[behind]]).pair(ahead, behind)
        return Part(*self._why(pair))

    def choose(self) -> interactive | None:
        """Two lists to choose the pair from; None where there is no pair."""
        ranked = self._ranked
        if len(ranked) < 2:  # noqa: PLR2004 - a pair
            return None
        first, second = (Dropdown(options=ranked, value=name, description="部门") for name in ranked[:2])
        return interactive(self.pair, first=first, second=second)

    def _known(self, name: str) -> None:
        if name not in self.decided:
            raise NotScored(f"没有“{name}”的评分结果；可选：{'、'.join(self.decided)}")

    def _why(self, pair: Pair) -> Iterator[Block]:
        """What the readings that decide do to either of them, one after the other."""
        yield paragraph(pair_words(self.scheme, pair, self.decided[pair.ahead].combinations))
        steps: dict[str, str] = {}
        rows = [self._row("所用解读", pair, steps)]
        for key, option in (pair.flip or {}).items():
            steps = {**steps, key: option}
            rows.append(self._row(options_words(self.scheme, {key: option}), pair, steps))
        names = (column(name, number=True) for name in (pair.ahead, pair.behind))
        columns = [column("解读（逐项改变）", share=3), *names]
        yield table(columns, rows, label=f"{pair.ahead}与{pair.behind}的总分")

    def _row(self, what: str, pair: Pair, changed: Mapping[str, str]) -> list[Text]:
        ends: list[Outcome] = [self.spreads[name].under(changed) for name in (pair.ahead, pair.behind)]
        return [what, *map(totals_words, ends)]
