"""How long letters waited for their replies, kind by kind, against the days allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import chinese_calendar
import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.evidence.schema import BY_KEY
from scoring.findings import VOID
from scoring.report.charts.sheet import (
    ACCENT,
    HEADER,
    INK,
    LINE,
    LOSS,
    PAPER,
    SOFT,
    WASH,
    WIDTH,
    Chart,
    Sheet,
    Year,
    day_words,
    measured,
    shortened,
)
from scoring.scheme import Node
from scoring.scorecard import Scorecard
from scoring.workdays import months_after

LEFT, PLOT_WIDE, PLOT_HIGH, BAND = 12.0, 144.0, 34.0, 6.0
MOST_LABELS: Final = 8
#: Marks stop growing at this many letters of the same day, wait and fate.
BIGGEST: Final = 6
#: From this many marks in a panel on, they are drawn smaller.
CROWD: Final = 400
STEPS: Final = (1, 2, 5, 10, 20, 30, 50, 100, 200)

Box = tuple[float, float, float, float]
#: Findings of this name say that a reply came after its due day, or not at all.
LATE: Final = "逾期回复"


@dataclass(frozen=True)
class Group:
    """The kinds of letters that share a due day.

    Attributes
    ----------
    letters
        ``received``, ``replied``, ``number``, ``waited`` (days, NA while unanswered), ``late``, ``vetoed``.
    allowed
        Days allowed for each letter; with ``unit``, 个工作日 or 天.
    limit
        What is allowed, in a word.
    rule
        The same as a sentence.
    """

    name: str
    letters: pd.DataFrame
    allowed: pd.Series
    unit: str
    limit: str
    rule: str

    @property
    def late(self) -> pd.DataFrame:
        """The letters that a finding holds against the department, the longest wait first."""
        late = self.letters[self.letters["late"]]
        return late.assign(long=late["waited"].fillna(10**6)).sort_values(
            ["vetoed", "long", "received", "number"], ascending=[False, False, True, True]
        )

    @property
    def words(self) -> str:
        """The group in figures."""
        is_late, is_open = self.letters["late"], self.letters["replied"].isna()
        late, both, in_time = (int(some.sum()) for some in (is_late, is_late & is_open, is_open & ~is_late))
        words = f"{self.name}类 {len(self.letters)} 件，{self.rule}"
        words += f"，逾期 {late} 件" if late else "，无逾期"
        words += f"（其中 {both} 件未回复）" if both else ""
        return words + (f"，另有 {in_time} 件未回复、未判逾期" if in_time else "")


def letter_reply_times(card: Scorecard) -> Chart | None:
    """Each letter by the day it came and the days it waited; which ones are late, the findings say.

    Returns
    -------
    Chart or None
        None when there is no valid letter, or no mailbox, so that no letter is judged.
    """
    leaf = next((leaf for leaf in card.scheme.leaves if "letters" in leaf.sheets), None)
    groups = [] if leaf is None or _without_mailbox(card, leaf) else list(_groups(card, leaf))
    if leaf is None or not groups:
        return None
    panels = [_Panel(Year(card.year, LEFT, PLOT_WIDE), group, card.as_of) for group in groups]
    sheet, top = Sheet(HEADER + 2 + sum(panel.height for panel in panels), sample=card.sample), HEADER + 2
    _key(sheet, groups)
    for panel in panels:
        panel.draw(sheet, top)
        top += panel.height
    caption = _caption(card, leaf, groups)
    return Chart(sheet.figure, _alt(card, groups, caption), "来信是否按期回复？", caption)


def _without_mailbox(card: Scorecard, leaf: Node) -> bool:
    return any(found.stands and found.effect == VOID and found.scope == leaf.code for found in card.of(leaf.code))


def _groups(card: Scorecard, leaf: Node) -> Iterator[Group]:
    letters = card.source.tables["letters"]
    letters = letters[letters["valid"] == "是"].sort_values(["received", "number"])
    held = [found for found in card.of(leaf.code) if found.stands and found.sheet == BY_KEY["letters"].name]
    vetoed = letters["row"].isin([found.row for found in held if found.veto])
    late = vetoed | letters["row"].isin([found.row for found in held if found.kind.name.endswith(LATE)])
    letters = letters.assign(late=late, vetoed=vetoed)
    terms = leaf.terms
    suggestions_too = card.readings["suggestion-deadline"] == "consultation"
    quick = ("咨询", "建议") if suggestions_too else ("咨询",)
    for kinds, days in ((quick, terms["consultation_days"]), (("投诉", "举报"), terms["complaint_days"])):
        of_kind = letters[letters["kind"].isin(kinds)]
        if len(of_kind):
            of_kind = of_kind.assign(waited=working_days(of_kind["received"], of_kind["replied"]))
            allowed = pd.Series(days, index=of_kind.index)
            name, rule = "、".join(kinds), f"应在 {days} 个工作日内回复"
            yield Group(name, of_kind, allowed, "个工作日", f"期限 {days}", rule)
    rest = letters[~letters["kind"].isin([*quick, "投诉", "举报"])]
    if len(rest):
        months = terms["veto_months"]
        allowed = (months_after(rest["received"], months) - rest["received"]).dt.days
        rest = rest.assign(waited=(rest["replied"] - rest["received"]).dt.days.astype("Float64"))
        name, rule = "、".join(sorted(set(rest["kind"]))), f"应在 {months} 个月内回应"
        yield Group(name, rest, allowed, "天", f"{months} 个月", rule)


def working_days(received: pd.Series, replied: pd.Series) -> pd.Series:
    """On which working day after receipt each reply came, 0 on the day of receipt; NA without a reply.

    A reply on a day off counts as of the next working day, as it came too late for the one before.
    """
    answered = replied.notna()
    days = _calendar(received.min().year, max(received.max().year, replied.max().year if answered.any() else 0))
    start = np.searchsorted(days, received[answered].to_numpy().astype("datetime64[D]"), side="right")
    end = np.searchsorted(days, replied[answered].to_numpy().astype("datetime64[D]"), side="left")
    waited = pd.Series(pd.NA, index=received.index, dtype="Float64")
    waited[answered] = np.where(received[answered] == replied[answered], 0, end + 1 - start)
    return waited


@cache
def _calendar(first: int, last: int) -> npt.NDArray[np.datetime64]:
    """The State Council's working days of these years."""
    start, end = pd.Timestamp(first, 1, 1), pd.Timestamp(last, 12, 31)
    return np.array(chinese_calendar.get_workdays(start.date(), end.date()), dtype="datetime64[D]")


def _stacked(group: Group) -> pd.DataFrame:
    """Letters of the same day, wait and fate as one mark with their ``count``."""
    return group.letters.groupby(["received", "waited", "late"], dropna=False).size().rename("count").reset_index()


def _key(sheet: Sheet, groups: Sequence[Group]) -> None:
    """The marks that occur."""
    marks = pd.concat([_stacked(group) for group in groups])
    unanswered, late = marks["waited"].isna(), marks["late"]
    x = 1.5
    for occurs, words, mark in (
        (~unanswered & ~late, "按期回复", ("o", ACCENT, ACCENT)),
        (~unanswered & late, "逾期回复", ("D", LOSS, LOSS)),
        (unanswered & late, "逾期未回复", ("^", LOSS, LOSS)),
        (unanswered & ~late, "未回复，未判逾期", ("^", SOFT, PAPER)),
    ):
        if occurs.any():
            _mark(sheet, [x], [3.1], mark)
            sheet.write(x + 2.6, 3.1, words, color=SOFT)
            x += measured(words) + 8
    if (marks["count"] > 1).any():
        sheet.write(x, 3.1, "点越大，件数越多", color=SOFT)


def _mark(
    sheet: Sheet, x: Sequence[float], y: Sequence[float], mark: tuple[str, str, str], count: int = 1, scale: float = 1.0
) -> None:
    """Marks (shape, edge, fill) of the same size, which grows with the number of letters that each stands for."""
    marker, edge, fill = mark
    size = scale * (12.0 + 8.0 * min(count, BIGGEST)) ** 0.5 * (0.85 if marker == "D" else 1.0)
    sheet.page.plot(x, y, marker, markersize=size, markeredgecolor=edge, markerfacecolor=fill, markeredgewidth=0.7)


class _Panel:
    """One group's letters by the days they waited; the longest waits and the unanswered ones in bands above."""

    def __init__(self, year: Year, group: Group, cut_off: pd.Timestamp) -> None:
        self.year, self.group = year, group
        self.cut_off = None if (cut_off.month, cut_off.day) == (12, 31) else cut_off
        self.head = 7.0 if self.cut_off is None else 11.5
        limit, longest = int(group.allowed.max()), group.letters["waited"].max()
        longest = 0 if pd.isna(longest) else float(longest)
        self.most = int(max(limit * 1.4, min(limit * 3, longest))) + 1
        self.bands = [f"＞{self.most}"] if longest > self.most else []
        self.bands += ["未回复"] if group.letters["replied"].isna().any() else []
        self.height = self.head + BAND * len(self.bands) + PLOT_HIGH + 9
        self.taken: list[Box] = []

    def draw(self, sheet: Sheet, top: float) -> None:
        """Scale, marks, and the numbers of the latest letters."""
        self.sheet, self.top = sheet, top + self.head + BAND * len(self.bands)
        self.bottom, self.ceiling = self.top + PLOT_HIGH, top + self.head - 1
        sheet.write(0, top + 2.5, self.group.words, bold=True)
        self.year.months(sheet, top + self.head, self.bottom)
        if self.cut_off is not None:
            self.year.unknown_after(sheet, self.cut_off, top + self.head, self.bottom)
        self._scale()
        self._limit()
        self._marks()
        self._labels()

    def y(self, waited: Any) -> float:
        """Where a wait stands; NA is unanswered."""
        if pd.isna(waited):
            return self.top - BAND * (len(self.bands) - 0.5)
        return self.top - BAND / 2 if waited > self.most else self.bottom - float(waited) / self.most * PLOT_HIGH

    def x(self, received: pd.Timestamp) -> float:
        """Where a day stands: its middle."""
        return self.year.at(received) + PLOT_WIDE / self.year.days / 2

    def _scale(self) -> None:
        sheet, step = self.sheet, next(step for step in STEPS if step * 5 >= self.most)
        for value in range(0, self.most + 1, step):
            color = LINE if value else SOFT
            width = 0.5 if value else 0.9
            sheet.line([LEFT, LEFT + PLOT_WIDE], [self.y(value)] * 2, color=color, width=width, zorder=0)
            if not self.bands or self.y(value) > self.top + 2:
                sheet.write(LEFT - 1.5, self.y(value), str(value), color=SOFT, align="right")
        sheet.write(0, self.bottom + 3.2, self.group.unit.removeprefix("个"), color=SOFT)
        for place, words in enumerate(self.bands):
            y = self.top - BAND * (place + 0.5)
            sheet.bar(LEFT, y - BAND / 2 + 0.3, PLOT_WIDE, BAND - 0.6, fill=WASH)
            sheet.write(LEFT - 1.5, y, words, color=SOFT, align="right")

    def _limit(self) -> None:
        """The line of what is allowed; with months allowed, as many days as the months of each letter have."""
        days = pd.Series(self.group.allowed.to_numpy(), index=self.group.letters["received"]).groupby(level=0).first()
        x = [LEFT, *map(self.x, days.index), LEFT + PLOT_WIDE]
        y = [self.y(value) for value in (days.iloc[0], *days, days.iloc[-1])]
        self.sheet.line(x, y, color=INK, width=1.0, linestyle=(0, (5, 2)))
        self.sheet.write(LEFT + PLOT_WIDE + 1.5, y[-1], self.group.limit)
        self.taken += [(LEFT, min(y) - 0.3, WIDTH, max(y) + 0.3), (LEFT + PLOT_WIDE, y[-1] - 2, WIDTH, y[-1] + 2)]

    def _marks(self) -> None:
        marks = _stacked(self.group).assign(size=lambda table: table["count"].clip(upper=BIGGEST))
        marks["none"] = marks["waited"].isna()
        scale = 1.0 if len(marks) < CROWD else 0.6
        size: Any
        for (late, unanswered, size), alike in marks.groupby(["late", "none", "size"]):
            edge = LOSS if late else SOFT if unanswered else ACCENT
            shape = ("^" if unanswered else "D" if late else "o", edge, PAPER if unanswered and not late else edge)
            x, y = [self.x(day) for day in alike["received"]], [self.y(waited) for waited in alike["waited"]]
            _mark(self.sheet, x, y, shape, size, scale)
            self.taken += [(a - 0.9, b - 0.9, a + 0.9, b + 0.9) for a, b in zip(x, y, strict=True)]

    def _labels(self) -> None:
        """Numbers of the latest letters, where there is room beside their marks."""
        row: Any
        for row in self.group.late.head(MOST_LABELS).itertuples():
            words = shortened(str(row.number), 16) + ("（否决）" if row.vetoed else "")
            words += f" {int(row.waited)} {self.group.unit}" if pd.notna(row.waited) else ""
            self._place(words, self.x(row.received), self.y(row.waited))

    def _place(self, words: str, x: float, y: float) -> None:
        wide = measured(words)
        beside, above = ((x + 2.2, y), (x - 2.2 - wide, y)), [(x - wide * part, y - 3.6) for part in (0.5, 0, 1)]
        for left, middle in (*beside, *above):
            box = (left, middle - 1.9, left + wide, middle + 1.9)
            if self._is_free(box):
                self.taken.append(box)
                self.sheet.write(left, middle, words, color=LOSS, halo=True)
                return

    def _is_free(self, box: Box) -> bool:
        inside = box[0] >= LEFT and box[2] <= WIDTH and box[1] >= self.ceiling and box[3] <= self.bottom
        return inside and not any(_meet(box, other) for other in self.taken)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _caption(card: Scorecard, leaf: Node, groups: Sequence[Group]) -> str:
    letters = sum(len(group.letters) for group in groups)
    if leaf.code in card.pending:
        return f"有效信件 {letters} 件；“{leaf.name}”待评，未判定是否逾期。"
    late = sum(int(group.letters["late"].sum()) for group in groups)
    vetoed = sum(int(group.letters["vetoed"].sum()) for group in groups)
    words = f"有效信件 {letters} 件，" + (f"逾期 {late} 件" if late else "没有逾期")
    return words + (f"，其中 {vetoed} 件触发否决。" if vetoed else "。")


def _alt(card: Scorecard, groups: Sequence[Group], caption: str) -> str:
    parts = "；".join(_group_words(group) for group in groups)
    return f"散点图，{card.department}每封来信的来信日期和回复用时。{caption}{parts}。"


def _group_words(group: Group) -> str:
    answered = group.letters["waited"].dropna()
    words = group.words
    if len(answered):
        words += f"；已回复的最快 {int(answered.min())} {group.unit}，最慢 {int(answered.max())} {group.unit}"
    late = [_late_words(row, group.unit) for row in group.late.head(MOST_LABELS).itertuples()]
    more = len(group.late) - len(late)
    words += f"；逾期信件：{'、'.join(late)}" if late else ""
    return words + (f"等，另有 {more} 件" if more else "")


def _late_words(row: Any, unit: str) -> str:
    outcome = "未回复" if pd.isna(row.waited) else f"用时 {int(row.waited)} {unit}"
    vetoed = "，触发否决" if row.vetoed else ""
    return f"{shortened(str(row.number), 40)}（{day_words(row.received)}来信，{outcome}{vetoed}）"
