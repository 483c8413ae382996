"""The drawing area of charts: as wide as the printed page, in millimetres.

Texts are placed by their measured width, so that no label covers another. Colour is never the only sign.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.textpath import TextToPath

from scoring.report.fonts import FAMILY, use_in_matplotlib
from scoring.report.render.fontface import written_out
from scoring.report.view import blocks
from scoring.report.view.blocks import Part

INK, SOFT, LINE, PAPER = "#1b2430", "#4a5462", "#d3d9e1", "#ffffff"
ACCENT, MIDDLE, PALE = "#17497a", "#86aacd", "#c9d8e8"
LOSS, LOSS_PALE = "#b0301c", "#f8e3de"

WIDTH: Final = 170.0
SMALL = 9.0
SAMPLE_MARK: Final = "示例数据"
HEADER: Final = 8.0
KEY_LINE: Final = 5.4
_INCH, _POINT = 25.4, 25.4 / 72

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Chart:
    """A chart for a page."""

    figure: Figure  # 170 mm wide
    alt: str  # the facts that it shows, for those who do not see it
    title: str  # the question that it answers
    caption: str  # the answer in one or two sentences
    figures: str = ""  # its rows in words, for a page that does not draw it and does not have them already


@dataclass(frozen=True)
class Look:
    """The look of a part of a drawing, and its word in the key; with ``ink``, its figure is written inside."""

    word: str
    fill: str
    edge: str | None = None
    hatch: str | None = None
    ink: str = ""


#: Hatches mean the same on every chart.
VOID = Look("否决计0分", PAPER, SOFT, "xxxx")
PENDING = Look("待评", PAPER, SOFT, "////")
LOST = Look("失分", LOSS)


def _key_places(key: Sequence[Look]) -> list[tuple[float, float]]:
    """Positions of the entries of a key; the right end of the first line is reserved for the mark of sample data."""
    places: list[tuple[float, float]] = []
    x = y = 0.0
    for look in key:
        wide = 6.2 + measured(look.word)
        if x and x + wide > WIDTH - 20:
            x, y = 0.0, y + KEY_LINE
        places.append((x, y))
        x += wide + 5
    return places


class Sheet:
    """A drawing: x runs from the left, y down from below the key, both in mm; that of a ``sample`` says so."""

    def __init__(self, height: float, *, sample: bool, key: Sequence[Look] = ()) -> None:
        use_in_matplotlib()
        places = _key_places(key)
        self.head = HEADER + (places[-1][1] if places else 0)
        size = WIDTH / _INCH, (self.head + height) / _INCH
        self.figure = Figure(figsize=size, facecolor=PAPER)
        self.page = self.figure.add_axes((0, 0, 1, 1), facecolor="none")
        self.page.set(xlim=(0, WIDTH), ylim=(height, -self.head), autoscale_on=False)
        self.page.set_axis_off()
        for look, (x, y) in zip(key, places, strict=True):
            self.bar(x, y + 1.4 - self.head, 5, 3.4, look)
            self.write(x + 6.2, y + 3.1 - self.head, look.word, color=SOFT)
        if sample:
            width, top = measured(SAMPLE_MARK, bold=True) + 4, 0.3 - self.head
            self.bar(WIDTH - width - 0.3, top, width, 5.6, Look("", PAPER, LOSS))
            self.write(WIDTH - width / 2 - 0.3, top + 2.8, SAMPLE_MARK, color=LOSS, bold=True, align="center")

    def write(
        self,
        x: float,
        y: float,
        words: str,
        *,
        color: str = INK,
        bold: bool = False,
        align: Align = "left",
        halo: bool = False,
    ) -> None:
        """Write one line with its middle at ``y``, readable on a hatch with ``halo``; never math text."""
        font, words = _font(bold=bold), _drawable(words)
        text = Text(x, y, words, color=color, ha=align, va="center_baseline", parse_math=False, font=font)
        if halo:
            text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85})
        self.page.add_artist(text)

    def bar(self, x: float, y: float, width: float, height: float, look: Look) -> None:
        """A rectangle from its upper left corner; a hatch takes the colour of the edge."""
        edge, line = (look.edge, 0.7) if look.edge else ("none", 0.0)
        patch = Rectangle((x, y), width, height, facecolor=look.fill, edgecolor=edge, linewidth=line, hatch=look.hatch)
        patch.set_hatch_linewidth(0.6)
        self.page.add_artist(patch)

    def line(self, x: Sequence[float], y: Sequence[float], *, color: str = LINE, **style: Any) -> None:
        """A line in mm, under everything else."""
        self.page.plot(x, y, color=color, **{"linewidth": 0.6, "solid_capstyle": "butt", "zorder": 0, **style})


#: What the font lacks is written out; each text is looked up once.
_drawable = lru_cache(maxsize=4096)(written_out)


@lru_cache(maxsize=2)
def _font(*, bold: bool) -> FontProperties:
    return FontProperties(family=[FAMILY], size=SMALL, weight="bold" if bold else "normal")


@lru_cache(maxsize=4096)
def measured(words: str, *, bold: bool = False) -> float:
    """Width of a line in mm."""
    use_in_matplotlib()
    width, _, _ = TextToPath().get_text_width_height_descent(_drawable(words), _font(bold=bold), ismath=False)
    return float(width) * _POINT * 1.01 + 0.2  # screens set type a little wider than paper does


def fitted(words: str, width: float, *, bold: bool = False) -> str:
    """A line cut so that it stays within ``width`` mm."""
    if measured(words, bold=bold) <= width:
        return words
    cuts = (f"{words[:end]}…" for end in range(len(words) - 1, 0, -1))
    return next((cut for cut in cuts if measured(cut, bold=bold) <= width), "…")


def chart_part(chart: Chart | None, *, paper: bool = False) -> Part:
    """A chart as a part of a page, on paper too if wanted; nothing when there is nothing to show."""
    if chart is None:
        return Part()
    drawn = io.BytesIO()
    chart.figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    svg = drawn.getvalue().decode("utf-8")
    return Part(blocks.chart(svg, chart.alt, chart.title, chart.caption, paper=paper, figures=chart.figures))
