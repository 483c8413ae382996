"""What the readings decide: the ranges of totals, and what each reading changes by itself. Nothing here scores."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from scoring.base.points import ZERO, shown, shown_range, signed
from scoring.engine.readings import Decided
from scoring.report.charts.bars import ENDS, GAP, NAMES, ROW, ends
from scoring.report.charts.heatmap import LAST, LEAF_ROW, LEAVES, LINE_HIGH, UNTOUCHED, wrapped
from scoring.report.charts.sheet import ACCENT, INK, LINE, PALE, SOFT, WIDTH, Chart, Look, Sheet, fitted, measured
from scoring.scheme import Scheme

_RANGE: Final = Look("任何解读下的总分", PALE)
_NOW: Final = Look("按所用解读", ACCENT)
_LESS: Final = Look("单独改变使总分减少", "#eeb09f", ink=INK)
_MORE: Final = Look("使总分增加", PALE, ink=INK)
_ELSE: Final = Look("只改变结论，或与其他解读一同才有影响", "#f1f3f6", SOFT, ink=SOFT)


def _ranks(one: Decided) -> str:
    standing = one.standing
    if standing is None or standing.best is None:
        return "—"
    return str(standing.best) if standing.best == standing.worst else f"{standing.best}～{standing.worst}"


def reading_intervals(found: Sequence[Decided]) -> Chart | None:
    """From the lowest to the highest total of each department; of very many the first and last."""
    if not found:
        return None
    drawn = ends(list(found), ENDS, ENDS)
    rows = [one for one in drawn if one]
    sheet = Sheet(ROW * (len(drawn) + 2) + 1, sample=any(one.sample for one in found), key=[_RANGE, _NOW])
    left, right = min(NAMES, max(measured(one.department) for one in rows)) + GAP, WIDTH
    for head, words in (("名次", _ranks), ("总分", _range)):
        sheet.write(right, ROW / 2, head, color=SOFT, align="right")
        for place, one in enumerate(drawn, start=1):
            sheet.write(right, (place + 0.5) * ROW, words(one) if one else "", align="right")
        right -= max(measured(text, bold=True) for text in (head, *map(words, rows))) + GAP
    low, high = min(one.lowest.low for one in rows), max(one.highest.high for one in rows)
    scale = (right - left - 2) / (float(high - low) or 1)
    for place, one in enumerate(drawn, start=1):
        name = fitted(one.department, left - GAP / 2) if one else f"…… 另有 {len(found) - len(rows)} 个部门"
        sheet.write(0, (place + 0.5) * ROW, name, color=INK if one else SOFT)
        for ends_, tall, look in _bars(one):
            x, wide = left + float(ends_[0] - low) * scale, max(0.9, float(ends_[1] - ends_[0]) * scale)
            sheet.bar(x, (place + 0.5) * ROW - tall / 2, wide, tall, look)
    bottom = ROW * (len(drawn) + 1)
    sheet.line([left, right - 2], [bottom + 0.4] * 2, color=LINE)
    sheet.write(left, bottom + ROW / 2, shown(low), color=SOFT)
    sheet.write(right - 2, bottom + ROW / 2, shown(high), color=SOFT, align="right")
    caption, alt = _interval_words(found, rows)
    return Chart(sheet.figure, alt, "换一种解读，各部门的总分会在哪里？", caption)


def _bars(one: Decided | None) -> list[tuple[tuple[Fraction, Fraction], float, Look]]:
    """The whole range, and on it the total under the chosen readings: ends, height, look."""
    if one is None:
        return []
    return [((one.lowest.low, one.highest.high), 3.2, _RANGE), ((one.now.low, one.now.high), 5.0, _NOW)]


def _range(one: Decided) -> str:
    return shown_range(one.lowest.low, one.highest.high)


def _interval_words(found: Sequence[Decided], rows: Sequence[Decided]) -> tuple[str, str]:
    """Caption and alternative text."""
    widest = max(found, key=lambda one: one.highest.high - one.lowest.low)
    most = widest.highest.high - widest.lowest.low
    what = "横条从任何解读下的最低总分到最高总分，深色处是按所用解读的总分"
    caption = (
        f"{what}；{f'相差最大的是{widest.department}，{shown(most)} 分' if most else '没有部门的总分因解读而不同'}。"
    )
    each = (
        f"{one.department} {_range(one)} 分，按所用解读 {shown_range(one.now.low, one.now.high)} 分" for one in rows
    )
    return caption, f"区间图，各部门任何解读下的总分。{caption}{'；'.join(each)}。"


def reading_effects(scheme: Scheme, found: Sequence[Decided]) -> Chart | None:
    """The largest change that each reading makes by itself, by reading (rows) and department (columns)."""
    keys = [key for key in scheme.readings if any(key in one.moves for one in found)]
    if not keys:
        return None
    drawn = list(found) if len(found) <= LAST else [*found][-LAST:]
    names = [wrapped(one.department) for one in drawn]
    wide, head = (WIDTH - LEAVES) / len(drawn), LINE_HIGH * max(map(len, names)) + 2
    sample = any(one.sample for one in found)
    sheet = Sheet(head + LEAF_ROW * len(keys) + 1, sample=sample, key=[_LESS, _MORE, _ELSE])
    for place, lines in enumerate(names):
        for line, words in enumerate(lines, start=1 - len(lines)):
            sheet.write(LEAVES + (place + 0.5) * wide, head - 2.6 + LINE_HIGH * line, words, align="center")
    for row, key in enumerate(keys):
        top = head + row * LEAF_ROW
        sheet.write(0, top + LEAF_ROW / 2, fitted(scheme.readings[key].title, LEAVES - 4))
        for place, one in enumerate(drawn):
            words, look = _cell(one, key)
            sheet.bar(LEAVES + place * wide + 0.25, top + 0.25, wide - 0.5, LEAF_ROW - 0.5, look)
            sheet.write(
                LEAVES + (place + 0.5) * wide, top + LEAF_ROW / 2, words, color=look.ink or SOFT, align="center"
            )
    few = "" if len(drawn) == len(found) else f"图中为排名最后的 {len(drawn)} 个部门，其余见各部门的评分报告。"
    caption = f"每格是单独改变一处解读时总分的变化，有几种改法的取变化最大的，空格表示没有影响。{few}"
    alt = f"热力图，各处解读对各部门总分的影响。{caption}{'；'.join(_effects(scheme, one) for one in drawn)}。"
    return Chart(sheet.figure, alt, "哪处解读影响哪个部门？", caption)


def _effects(scheme: Scheme, one: Decided) -> str:
    named = [f"{scheme.readings[key].title} {_cell(one, key)[0]}" for key in one.moves]
    return f"{one.department}：{'、'.join(named) or '没有影响'}"


def _cell(one: Decided, key: str) -> tuple[str, Look]:
    if key not in one.moves:
        return "", UNTOUCHED
    changes = [change for alone in one.alone if alone.reading == key for change in alone.change]
    most = max(changes, key=abs, default=ZERO)
    if not most:
        return "·", _ELSE
    return signed(most), _LESS if most < 0 else _MORE
