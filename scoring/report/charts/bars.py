"""Bar charts, the most common kind: rows with a name before the bar and columns of figures after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeVar

from matplotlib.figure import Figure

from scoring.base.points import shown
from scoring.report.charts.sheet import INK, LINE, LOSS, SOFT, WIDTH, Look, Sheet, fitted, measured

ROW, BAR, GAP = 6.0, 4.0, 4.0
#: Maximum width of a name before a bar.
NAMES: Final = 62.0
#: With more than MANY entries, a chart shows this many of the first and last; captions are always about all.
MANY, ENDS = 60, 10

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Row:
    """A row of a chart."""

    name: str
    parts: Sequence[tuple[Look, Fraction | int]] = ()  # of the bar; what is below nought goes to the left
    note: str = ""  # beside the bar
    figures: Sequence[str] = ()  # one for each column
    words: str = ""  # the row as a sentence, for those who do not see it
    bold: bool = False  # the head or the sum of others, under a line
    alarm: bool = False  # about a veto

    def reach(self, sign: int) -> float:
        """How far the bar goes to the right (1) or to the left (-1)."""
        return float(sum(max(size * sign, 0) for _, size in self.parts))


def as_sentences(rows: Sequence[Row]) -> str:
    """The rows as sentences."""
    return "".join(f"{row.words}。" for row in rows if row.words)


def ends(entries: Sequence[Entry], first: int, last: int) -> list[Entry | None]:
    """All entries, or of more than MANY the first and last ones, with None for those between.

    >>> len(ends(range(60), 20, 20)), len(ends(range(61), 20, 20)), ends(range(61), 2, 1)
    (60, 41, [0, 1, None, 60])
    """
    if len(entries) <= MANY:
        return list(entries)
    return [*entries[:first], None, *entries[len(entries) - last :]]


def bar_chart(
    rows: Sequence[Row], heads: Sequence[str], *, sample: bool, goal: tuple[int, str] | None = None
) -> Figure:
    """Draw rows of bars to the largest scale at which each bar and its note fit.

    ``heads`` names the columns of figures; ``goal`` is a line across the bars: where it stands, and its name.
    """
    key = list(dict.fromkeys(look for row in rows for look, size in row.parts if size and look.word))
    sheet = Sheet(ROW * (len(rows) + 1) + 1, sample=sample, key=key)
    right = WIDTH
    for column, head in reversed([*enumerate(heads)]):
        sheet.write(right, ROW / 2, head, color=SOFT, align="right")
        figures = [row.figures[column] if row.figures else "" for row in rows]
        for place, (row, words) in enumerate(zip(rows, figures, strict=True), start=1):
            lost = words.startswith("−")
            color, y = LOSS if lost else INK, (place + 0.5) * ROW
            sheet.write(right, y, words, color=color, bold=lost or row.bold, align="right")
        right -= max(measured(words, bold=True) for words in (head, *figures)) + GAP
    left = min(NAMES, max((measured(row.name) for row in rows if row.parts), default=0)) + GAP
    zero, scale = _scale(rows, left, right, goal[0] if goal else 0)
    if goal is not None:
        x = zero + goal[0] * scale
        sheet.line([x, x], [ROW, ROW * (len(rows) + 1)], color=INK, linewidth=1.0, linestyle=(0, (5, 2)), zorder=3)
        sheet.write(x, ROW / 2, goal[1], align="right")
    for place, row in enumerate(rows, start=1):
        _draw(sheet, place * ROW, row, zero, scale, left, right)
    return sheet.figure


def _scale(rows: Sequence[Row], left: float, right: float, least: float) -> tuple[float, float]:
    """Position of zero, and mm per unit."""
    below = max((row.reach(-1) for row in rows), default=0.0)
    reaches = [(row.reach(1), right - left - 2 - measured(row.note)) for row in rows if row.parts]
    reaches.append((least, right - left))
    scale = min((space / (below + reach) for reach, space in reaches if below + reach), default=1)
    return left + below * scale, scale


def _draw(sheet: Sheet, top: float, row: Row, zero: float, scale: float, left: float, right: float) -> None:
    middle, color = top + ROW / 2, LOSS if row.alarm else INK
    if row.bold:
        sheet.line([0, WIDTH], [top, top], color=LINE, linewidth=0.8)
    room = (left - GAP / 2 if row.parts else right) - (0 if row.parts else measured(row.note) + 2)
    sheet.write(0, middle, fitted(row.name, room, bold=row.bold), color=color, bold=row.bold)
    after = before = zero
    for look, size in row.parts:
        wide = abs(float(size)) * scale
        x = after if size > 0 else before - wide
        after, before = (after + wide, before) if size > 0 else (after, x)
        if size:
            sheet.bar(x, top + (ROW - BAR) / 2, wide, BAR, look)
        if look.ink and measured(shown(Fraction(size))) + 0.8 < wide:
            sheet.write(x + wide / 2, middle, shown(Fraction(size)), color=look.ink, align="center")
    at = after if row.parts else max(left - 1.5, measured(row.name, bold=row.bold) + 2)
    sheet.write(at + 1.5, middle, row.note, color=LOSS if row.alarm else SOFT)
