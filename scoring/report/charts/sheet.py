"""The sheet that charts are drawn on: as wide as the printed page, measured in millimetres, lettered for reading.

Everything is placed by its measured width, so that no label covers another. No colour carries a meaning alone.
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.textpath import TextToPath

from scoring.evidence.cells import displayed
from scoring.report import blocks
from scoring.report.blocks import Part
from scoring.report.fontface import written_out
from scoring.report.fonts import FAMILY, use_in_matplotlib

INK, SOFT, LINE, WASH, PAPER = "#1b2430", "#4a5462", "#d3d9e1", "#f1f3f6", "#ffffff"
ACCENT, MIDDLE, PALE = "#17497a", "#86aacd", "#c9d8e8"
LOSS, LOSS_PALE = "#b0301c", "#f8e3de"

#: Hatches mean the same on every chart.
PENDING_HATCH, VOID_HATCH = "////", "xxxx"

WIDTH: Final = 170.0
SMALL = 9.0
LINE_HEIGHT: Final = 4.6
SAMPLE_MARK: Final = "示例数据"
HEADER: Final = 8.0
KEY_LINE: Final = 5.4
_INCH, _POINT = 25.4, 25.4 / 72

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Chart:
    """A chart for a page.

    Attributes
    ----------
    figure
        170 mm wide; the caller saves it.
    alt
        The facts that the chart shows, for those who do not see it.
    title
        The question that it answers.
    caption
        The answer in one or two sentences.
    """

    figure: Figure
    alt: str
    title: str
    caption: str


@dataclass(frozen=True)
class Swatch:
    """A part of a chart's key."""

    words: str
    fill: str
    edge: str | None = None
    hatch: str | None = None


VOID_SWATCH = Swatch("否决归零", PAPER, SOFT, VOID_HATCH)
PENDING_SWATCH = Swatch("待评", PAPER, SOFT, PENDING_HATCH)


def key_height(swatches: Sequence[Swatch]) -> float:
    """Height in mm that a key takes at the top of a sheet."""
    return HEADER + _key_places(swatches)[-1][1] if swatches else HEADER


def _key_places(swatches: Sequence[Swatch]) -> list[tuple[float, float]]:
    """Where each swatch stands; the right end of the first line is kept free for the mark of sample data."""
    places: list[tuple[float, float]] = []
    x, y = 0.0, 0.0
    for swatch in swatches:
        wide = 6.2 + measured(swatch.words)
        if x and x + wide > WIDTH - 20:
            x, y = 0.0, y + KEY_LINE
        places.append((x, y))
        x += wide + 5
    return places


class Sheet:
    """A drawing of ``WIDTH`` by ``height`` mm; x runs from the left, y from the top.

    Parameters
    ----------
    height
        In mm.
    sample
        Whether the evidence is made up; the drawing then says so.
    """

    def __init__(self, height: float, *, sample: bool) -> None:
        use_in_matplotlib()
        self.height = height
        self.figure = Figure(figsize=(WIDTH / _INCH, height / _INCH), facecolor=PAPER)
        self.page = self.figure.add_axes((0, 0, 1, 1), zorder=5, facecolor="none")
        self.page.set(xlim=(0, WIDTH), ylim=(height, 0), autoscale_on=False)
        self.page.set_axis_off()
        if sample:
            self._mark_as_sample()

    def _mark_as_sample(self) -> None:
        width = measured(SAMPLE_MARK, SMALL, bold=True) + 4
        self.bar(WIDTH - width - 0.3, 0.3, width, 5.6, fill=PAPER, edge=LOSS)
        self.write(WIDTH - width / 2 - 0.3, 3.1, SAMPLE_MARK, color=LOSS, bold=True, align="center")

    def key(self, swatches: Sequence[Swatch]) -> None:
        """The key, at the top."""
        for swatch, (x, y) in zip(swatches, _key_places(swatches), strict=True):
            self.bar(x, y + 1.4, 5, 3.4, fill=swatch.fill, edge=swatch.edge, hatch=swatch.hatch)
            self.write(x + 6.2, y + 3.1, swatch.words, color=SOFT)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = SMALL,
        color: str = INK,
        bold: bool = False,
        align: Align = "left",
        halo: bool = False,
    ) -> None:
        """Write one line with its middle at ``y``; formulas in evidence stay the text they are."""
        font = _font(size, bold=bold)
        text = Text(x, y, _drawable(words), color=color, ha=align, va="center_baseline", parse_math=False, font=font)
        if halo:
            text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85})
        self.page.add_artist(text)

    def bar(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = ACCENT,
        edge: str | None = None,
        hatch: str | None = None,
    ) -> None:
        """A rectangle from its upper left corner; a hatch takes the colour of ``edge``."""
        line = 0.0 if edge is None else 0.7
        patch = Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge or "none", linewidth=line, hatch=hatch)
        patch.set_hatch_linewidth(0.6)
        self.page.add_artist(patch)

    def line(
        self, x: Sequence[float], y: Sequence[float], *, color: str = LINE, width: float = 0.6, **style: Any
    ) -> None:
        """A line in mm."""
        self.page.plot(x, y, color=color, linewidth=width, solid_capstyle="butt", **style)


@lru_cache(maxsize=4096)
def _drawable(words: str) -> str:
    """The words, what the font lacks written out; each text is looked up once."""
    return written_out(words)


@lru_cache(maxsize=8)
def _font(size: float, *, bold: bool) -> FontProperties:
    return FontProperties(family=[FAMILY], size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=4096)
def measured(words: str, size: float = SMALL, *, bold: bool = False) -> float:
    """Width of a line in mm."""
    use_in_matplotlib()
    width, _, _ = TextToPath().get_text_width_height_descent(_drawable(words), _font(size, bold=bold), ismath=False)
    return float(width) * _POINT * 1.01 + 0.2  # screens set type a little wider than paper does


def shortened(words: str, limit: int) -> str:
    """A text of the evidence as one line of at most ``limit`` characters."""
    return displayed(words, limit=limit)


def fitted(words: str, width: float, *, bold: bool = False) -> str:
    """A line cut so that it stays within ``width`` mm."""
    if measured(words, bold=bold) <= width:
        return words
    cuts = (f"{words[:end]}…" for end in range(len(words) - 1, 0, -1))
    return next((cut for cut in cuts if measured(cut, bold=bold) <= width), "…")


def day_words(day: pd.Timestamp) -> str:
    """A day of the year in question: 3月5日."""
    return f"{day.month}月{day.day}日"


@dataclass(frozen=True)
class Year:
    """The year as a horizontal scale in mm, from ``left`` over ``width``."""

    year: int
    left: float
    width: float

    @property
    def start(self) -> pd.Timestamp:
        """1 January."""
        return pd.Timestamp(self.year, 1, 1)

    @property
    def days(self) -> int:
        """365 or 366."""
        return 366 if calendar.isleap(self.year) else 365

    def at(self, day: pd.Timestamp) -> float:
        """Where a day begins."""
        return self.left + (day - self.start).days / self.days * self.width

    def months(self, sheet: Sheet, top: float, bottom: float) -> None:
        """Thin lines between months, and their names under them."""
        for month in range(1, 13):
            first = pd.Timestamp(self.year, month, 1)
            middle = self.at(first + pd.Timedelta(days=first.days_in_month / 2))
            if month > 1:
                sheet.line([self.at(first)] * 2, [top, bottom], width=0.5, zorder=0)
            sheet.write(middle, bottom + 3.2, f"{month}月", color=SOFT, align="center")

    def unknown_after(self, sheet: Sheet, cut_off: pd.Timestamp, top: float, bottom: float) -> None:
        """Mark the cut-off; what lies behind it is not known."""
        x, end = self.at(cut_off + pd.Timedelta(days=1)), self.left + self.width
        if cut_off.day_of_year < self.days:
            sheet.bar(x, top, end - x, bottom - top, fill=WASH)
        sheet.line([x, x], [top - 1, bottom], color=SOFT, width=0.9, linestyle=(0, (4, 2)))
        words = f"截止{day_words(cut_off)}"
        if x + 1 + measured(words) <= WIDTH:
            sheet.write(x + 1, top - 3.2, words, color=SOFT)
        else:
            sheet.write(x, top - 3.2, words, color=SOFT, align="right")


def count_scale(top: int, most_lines: int = 5) -> list[int]:
    """Round numbers from 0 up to the first one at or over ``top``, at most ``most_lines`` steps."""
    steps = (base * 10**power for power in range(9) for base in (1, 2, 5))
    step = next(step for step in steps if step * most_lines >= top)
    return list(range(0, max(top, 1) + step, step))


def chart_part(chart: Chart | None, *, paper: bool = False) -> Part:
    """A chart as a part of a page, on paper too if wanted; nothing when there is nothing to show."""
    if chart is None:
        return Part()
    drawn = io.BytesIO()
    chart.figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return Part(blocks.chart(drawn.getvalue().decode("utf-8"), chart.alt, chart.title, chart.caption, paper=paper))
