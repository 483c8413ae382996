"""Rows by kind: how many were done in time, how many late or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, Scorecard
from scoring.report.charts.bars import Row, as_sentences, bar_chart
from scoring.report.charts.rows import filled, rows_of
from scoring.report.charts.sheet import ACCENT, INK, LOSS, LOSS_PALE, PAPER, SOFT, Chart, Look
from scoring.scheme.outline import RepliesByKind


def replies_by_kind(card: Scorecard, outline: RepliesByKind) -> Chart | None:
    """The rows by kind and by what became of them; which ones are late, the findings say.

    None without a row, or where the leaf is zero for another reason, so that no row is judged.
    """
    rows_judged = rows_of(card, outline)
    if rows_judged is None or rows_judged.empty or _is_void_otherwise(card, outline):
        return None
    late = _late(card, outline)
    rows = list(_rows(card, outline, rows_judged, late))
    caption, heads = _caption(card, outline, len(rows_judged), late), ("期限", "合计", "按期", "逾期", "未判逾期")
    alt = f"条形图，{card.department}各类{outline.counted}的{outline.done}情况。{caption}{as_sentences(rows)}"
    figure = bar_chart(rows, heads, sample=card.sample)
    return Chart(figure, alt, filled(card, outline), caption, as_sentences(rows))


def _late(card: Scorecard, outline: RepliesByKind) -> list[Finding]:
    """The findings that say that a row is late."""
    name = card.scheme.sheet(outline.sheet).name
    return [one for one in card.of(outline.leaf) if one.stands and one.sheet == name and one.kind.name in outline.late]


def _is_void_otherwise(card: Scorecard, outline: RepliesByKind) -> bool:
    own = (one for one in card.of(outline.leaf) if one.stands and one.effect == VOID and one.scope == outline.leaf)
    return any(one.kind.name not in outline.late for one in own)


def _rows(card: Scorecard, outline: RepliesByKind, table: pd.DataFrame, late: list[Finding]) -> Iterator[Row]:
    """A row a kind: those with a limit first, then the others."""
    limits = outline.limits_under(card.readings)
    is_late, is_done = table["row"].isin([one.row for one in late]), table[outline.done_on].notna()
    verb = outline.done
    fates = (
        (Look(f"按期{verb}", ACCENT, ink=PAPER), ~is_late & is_done),
        (Look(f"逾期{verb}", LOSS, ink=PAPER), is_late & is_done),
        (Look(f"逾期未{verb}", LOSS_PALE, LOSS, "////"), is_late & ~is_done),
        (Look(f"未{verb}（未判逾期）", PAPER, SOFT, ink=INK), ~is_late & ~is_done),
    )
    for kind in dict.fromkeys((*limits, *card.scheme.sheet(outline.sheet).column(outline.by).choices)):
        of_kind = table[outline.by] == kind
        parts = [(look, int((of_kind & fate).sum())) for look, fate in fates]
        in_time, tardy, never, still = (count for _, count in parts)
        if total := int(of_kind.sum()):
            limit = filled(card, outline, limits[kind]) if kind in limits else "—"
            figures = limit, str(total), str(in_time), str(tardy + never), str(still)
            became = "、".join(f"{look.word} {count} {outline.unit}" for look, count in parts if count)
            until = f"，期限 {limit}" if kind in limits else ""
            yield Row(kind, parts, "", figures, f"{kind} {total} {outline.unit}{until}：{became}")


def _caption(card: Scorecard, outline: RepliesByKind, count: int, late: list[Finding]) -> str:
    unit, words = outline.unit, f"{outline.counted} {count} {outline.unit}"
    if outline.leaf in card.pending:
        return f"{words}；“{card.nodes[outline.leaf].name}”待评，未判定是否逾期。"
    rows, vetoed = {one.row for one in late}, {one.row for one in late if one.veto}
    longest = max((one.days_late for one in late if one.days_late is not None), default=0)
    words += f"，逾期 {len(rows)} {unit}" if rows else "，没有逾期"
    words += f"（最长的逾期 {longest} 天）" if longest else ""
    return words + (f"，其中 {len(vetoed)} {unit}触发否决。" if vetoed else "。")
