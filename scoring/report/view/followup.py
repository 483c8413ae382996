"""What the department said of findings, and how it mends them: for a report, a finding, and the workbench."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scoring.engine.findings import chinese_date
from scoring.engine.followup import FollowUp, Step
from scoring.engine.ranking import PROVISIONAL, Result, rank_among
from scoring.engine.scorecard import Scorecard
from scoring.report.view.blocks import Block, Text, column, heading, paragraph, table
from scoring.scheme.sheets import CLOSED, MENDED, NOT_MENDED, REPORTED, TO_MEND

#: States of mending, those that are furthest first.
_STATES: Final = (CLOSED, MENDED, NOT_MENDED, REPORTED, TO_MEND)
#: How many findings the appendix lists.
LISTED: Final = 200


def summary(card: Scorecard) -> str:
    """One sentence on objections and mending; empty without any."""
    followed = card.follow_ups.values()
    objected = sum(one.objection is not None for one in followed)
    waiting = len(card.undecided_objections)
    said = (
        [f"部门对 {objected} 项发现提出申诉" + (f"，{waiting} 项待复核" if waiting else "，均已复核")]
        if objected
        else []
    )
    states = Counter(one.state for one in followed if one.state)
    stand = "、".join(f"{state} {states[state]} 项" for state in _STATES if states[state])
    mending = [f"列入整改 {states.total()} 项：{stand}"] if stand else []
    return "；".join([*said, *mending]) + ("。" if said or mending else "")


def step_words(one: FollowUp, step: Step) -> str:
    """A step in a line: 2018年1月5日　申诉（逾期）：…（督查科）."""
    due = f"（期限 {chinese_date(step.due)}）" if step.due is not None else ""
    late = "（逾期）" if one.is_late(step) else ""
    mended = f"，{chinese_date(step.mended_on)}整改到位" if step.mended_on is not None else ""
    about = f"：{step.about}" if step.about else ""
    files = f"；附件：{'、'.join(step.attachments)}" if step.attachments else ""
    return f"{chinese_date(step.done_on)}　{step.step}{due}{late}{mended}{about}{files}（{step.done_by}）"


def follow_up_blocks(card: Scorecard, numbers: Mapping[str, int]) -> Iterator[Block]:
    """申诉与整改: each finding with its steps; nothing without any."""
    if not card.follow_ups:
        return
    found = {finding.id: finding.because for finding in (*card.findings, *card.suspected, *card.set_aside)}
    yield heading(3, "申诉与整改")
    yield paragraph(f"按《整改台账》所记。{summary(card)}申诉在复核决定之前照常计分，整改不改变本次考核的得分。")
    columns = [
        column("序号", number=True),
        column("认定事项", share=4),
        column("经过", share=6),
        column("现状", whole=True),
    ]
    rows: list[list[Text]] = []
    for one in list(card.follow_ups.values())[:LISTED]:
        told = one.told[-1].about if one.told else ""
        because = found.get(one.finding) or f"{told}（{one.finding}，佐证中已没有这项发现）"
        steps = "\n".join(step_words(one, step) for step in one.steps)
        rows.append([str(numbers.get(one.finding, "")), because, steps, stands(card, one)])
    yield table(columns, rows, label="申诉与整改")
    if (more := len(card.follow_ups) - LISTED) > 0:
        yield paragraph(f"其余 {more} 项见案卷的《整改台账》。", role="note")


def rank_words(result: Result, others: Sequence[Result], *, official: bool) -> str:
    """A department's rank among others, 第3名, or why it has none."""
    if (rank := rank_among(result, others, official=official)) is not None:
        return f"第{rank}名"
    return "有指标待评，暂不排名" if result.status == PROVISIONAL else "示例数据不参加排名"


def stands(card: Scorecard, one: FollowUp) -> str:
    """Where it stands: the objection and the mending."""
    objected = "申诉待复核" if one.finding in card.undecided_objections else "申诉已复核" if one.objection else ""
    return "，".join(filter(None, [objected, one.state])) or (one.steps[-1].step if one.steps else "")
