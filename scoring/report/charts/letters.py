"""Letters by kind: how many were answered in time, how many late or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from scoring.engine.findings import VOID
from scoring.engine.scorecard import Scorecard
from scoring.report.charts.bars import Row, bar_chart, told
from scoring.report.charts.sheet import ACCENT, INK, LOSS, LOSS_PALE, PAPER, SOFT, Chart, Look
from scoring.scheme import Node

IN_TIME, LATE, NEVER, OPEN = (
    Look("按期回复", ACCENT, ink=PAPER),
    Look("逾期回复", LOSS, ink=PAPER),
    Look("逾期未回复", LOSS_PALE, LOSS, "////"),
    Look("未回复（未判逾期）", PAPER, SOFT, ink=INK),
)
#: Findings of this name say that a reply came after its due day, or not at all.
_LATE: Final = "逾期回复"


def letter_reply_times(card: Scorecard) -> Chart | None:
    """Valid letters by kind and by what became of them; which ones are late, the findings say.

    None without a valid letter, or without a mailbox, so that no letter is judged.
    """
    leaf = next((leaf for leaf in card.scheme.leaves if "letters" in leaf.sheets), None)
    if leaf is None or any(one.stands and one.effect == VOID and one.scope == leaf.code for one in card.of(leaf.code)):
        return None
    letters = _judged(card, leaf)
    if letters.empty:
        return None
    rows = list(_rows(letters, _limits(card, leaf)))
    caption, heads = _caption(card, leaf, letters), ("期限", "有效", "按期", "逾期", "未判逾期")
    alt = f"条形图，{card.department}各类来信的回复情况。{caption}{told(rows)}"
    return Chart(bar_chart(rows, heads, sample=card.sample), alt, "来信是否按期回复？", caption, told(rows))


def _judged(card: Scorecard, leaf: Node) -> pd.DataFrame:
    """The valid letters: ``kind``, ``vetoed``, and what became of each as its ``look``."""
    letters = card.source.tables["letters"]
    letters = letters[letters["valid"] == "是"]
    held = [found for found in card.of(leaf.code) if found.stands and found.sheet == card.scheme.sheet("letters").name]
    vetoed = letters["row"].isin([found.row for found in held if found.veto])
    late = vetoed | letters["row"].isin([found.row for found in held if found.kind.name.endswith(_LATE)])
    fates = {(True, True): LATE, (True, False): NEVER, (False, True): IN_TIME, (False, False): OPEN}
    looks = [fates[fate] for fate in zip(late, letters["replied"].notna(), strict=True)]
    return letters[["kind"]].assign(vetoed=vetoed, look=pd.Series(looks, index=letters.index, dtype=object))


def _limits(card: Scorecard, leaf: Node) -> dict[str, str]:
    """Kind of letter to the time allowed."""
    consultation, complaint = (f"{days} 个工作日" for days in (7, 30))
    months = f"{leaf.terms['veto_months']} 个月"
    suggestion = consultation if card.readings["suggestion-deadline"] == "consultation" else months
    return {"咨询": consultation, "建议": suggestion, "投诉": complaint, "举报": complaint}


def _rows(letters: pd.DataFrame, limits: dict[str, str]) -> Iterator[Row]:
    for kind, limit in limits.items():
        looks = letters.loc[letters["kind"] == kind, "look"]
        parts = [(look, int((looks == look).sum())) for look in (IN_TIME, LATE, NEVER, OPEN)]
        in_time, late, never, still = (count for _, count in parts)
        if len(looks):
            figures = limit, str(len(looks)), str(in_time), str(late + never), str(still)
            told_of = "、".join(f"{look.word} {count} 件" for look, count in parts if count)
            yield Row(kind, parts, "", figures, f"{kind} {len(looks)} 件，期限 {limit}：{told_of}")


def _caption(card: Scorecard, leaf: Node, letters: pd.DataFrame) -> str:
    words = f"有效信件 {len(letters)} 件"
    if leaf.code in card.pending:
        return f"{words}；“{leaf.name}”待评，未判定是否逾期。"
    late, vetoed = int(letters["look"].isin([LATE, NEVER]).sum()), int(letters["vetoed"].sum())
    words += f"，逾期 {late} 件" if late else "，没有逾期"
    return words + (f"，其中 {vetoed} 件触发否决。" if vetoed else "。")
