"""What the parts of the workbench say: live, or as static tables where no front-end shows widgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scoring.base.points import shown, shown_range
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.view import words
from scoring.report.view.blocks import Block, Text, bullets, column, group, heading, paragraph, strong, table, verdict
from scoring.report.view.nodes import clause_blocks
from scoring.review.audit import Audit
from scoring.review.panel.state import Desk


def score_values(audit: Audit) -> dict[str, Any]:
    """The total before any review, as saved, and with what is being tried."""
    return {"card": audit.card, "saved": audit.saved, "raw": audit.card.stages[0], "unsaved": len(audit.tried)}


def leaf_state(card: Scorecard, code: str) -> str:
    """What became of a leaf, in a word: 待评, 计0分, or the points lost."""
    node = card.nodes[code]
    if code in card.pending:
        return "待评"
    lost = f"失 {shown(node.lost)} 分" if node.lost else ""
    won = f"加 {shown(node.low)} 分" if node.node.bonus and node.low else ""
    return "，".join(filter(None, [lost or won, "计 0 分" if node.status == VOIDED else ""])) or "未失分"


def leaf_blocks(card: Scorecard, code: str) -> Iterator[Block]:
    """A leaf with its clause, findings, sum and what was looked at; of a pending one, why it is pending."""
    node = card.nodes[code]
    yield heading(3, f"{code} {node.name}（{shown(node.full)} 分，得 {words.points_words(node)} 分）")
    yield group("clause", clause_blocks(card.scheme, code))
    if code in card.pending:
        yield paragraph(f"待评：{card.pending[code]}。", role="note")
    if found := _found(card, code):
        columns = [column("认定事项", share=3), column("佐证", share=3), column("分值", whole=True), column("状态")]
        yield table(columns, [_finding_row(card, finding) for finding in found], label="认定事项")
    else:
        yield paragraph("没有认定事项。")
    yield paragraph(words.worked_sum(card, code), role="sum")
    yield paragraph(words.looked_at(card, code))


def _found(card: Scorecard, code: str) -> list[Finding]:
    return [finding for finding in (*card.findings, *card.set_aside) if finding.code == code]


def _finding_row(card: Scorecard, finding: Finding) -> list[Text]:
    cells = f"\n{words.evidence_words(finding)}" if finding.cells else ""
    review = finding.review
    said = f"\n{review.reason}（{review.reviewer}，{chinese_date(review.reviewed_on)}）" if review else ""
    return [
        f"{finding.sentence}\n编号：{finding.id}",
        f"{finding.where}{cells}",
        words.finding_points(finding, card.scheme),
        f"{words.finding_status(card, finding)}{said}",
    ]


def decision_blocks(audit: Audit) -> Iterator[Block]:
    """Every decision, saved or being tried, with what it changed in the total."""
    card = audit.card
    if not card.reviews:
        yield paragraph("还没有复核决定。", role="note")
        return
    because = {finding.id: finding.because for finding in (*card.findings, *card.set_aside)}
    effects = words.review_effects(card)
    columns = [
        column("认定事项", share=3),
        column("决定", whole=True),
        column("理由", share=2),
        column("复核人、日期"),
        column("对总分的影响"),
        column("状态"),
    ]
    rows = [
        [
            f"{because.get(one.finding, '（这一认定事项已不存在）')}\n编号：{one.finding}",
            one.decision,
            one.reason,
            f"{one.reviewer}\n{chinese_date(one.reviewed_on)}",
            effects.get(one.finding, "不变"),
            [strong("复核失效"), f"：{one.stale}"]
            if one.stale
            else strong("未保存")
            if one.finding in audit.tried
            else "已保存",
        ]
        for one in card.reviews
    ]
    yield paragraph(words.review_summary(card))
    yield table(columns, rows, label="复核决定")
    if len(effects) > 1:
        yield paragraph("各项撤销按复核日期先后逐项计入，影响之和即复核前后总分之差。", role="note")


# --- Static tables, where no front-end shows widgets ----------------------------------------------------------------


def static_score(desk: Desk) -> Iterator[Block]:
    """The department's totals, or its workbook's faults."""
    if desk.audit is None:
        first, *faults = desk.problem.splitlines()
        yield paragraph(strong(first))
        if faults:
            yield paragraph(f"共 {len(faults)} 处差错。请在工作簿中改正、保存，再重新载入：")
            yield bullets(faults)
        return
    card = desk.audit.card
    before, now = card.stages[0], card.stages[-1]
    if card.sample:
        yield paragraph(words.SAMPLE_WORDS, role="sample")
    yield heading(3, f"{card.department}{card.scheme.year_words}")
    facts = [("复核前总分", f"{shown_range(before.low, before.high)} 分", "不计任何复核决定")]
    yield verdict(words.verdict_class(card), words.verdict(card), shown_range(now.low, now.high), facts)


def static_leaves(audit: Audit) -> Iterator[Block]:
    """Every leaf: those with findings, losses or pending in full, the others in a line each."""
    card = audit.card
    codes = [leaf.code for leaf in card.scheme.leaves]
    told = [code for code in codes if _found(card, code) or code in card.pending or card.nodes[code].lost]
    yield from (group("leaf", leaf_blocks(card, code)) for code in told)
    columns = [
        column("指标", share=2),
        column("满分", number=True),
        column("得分", number=True),
        column("计算", share=2),
        column("核查材料", share=2),
    ]
    rows = [
        [
            f"{code} {card.nodes[code].name}",
            shown(card.nodes[code].full),
            words.points_words(card.nodes[code]),
            words.worked_sum(card, code),
            words.looked_at(card, code),
        ]
        for code in codes
        if code not in told
    ]
    if rows:
        yield heading(3, "没有认定事项、也未失分的指标")
        yield table(columns, rows, label="没有认定事项、也未失分的指标")


def static_readings(audit: Audit) -> Iterator[Block]:
    """What each option of each reading would move."""
    columns = [column("解读"), column("改为", share=2), column("本部门的变化", share=2)]
    yield table(columns, list(_other_options(audit)), label="其他解读")


def _other_options(audit: Audit) -> Iterator[list[Text]]:
    used = audit.card.readings
    for key, reading in audit.card.scheme.readings.items():
        for option, meaning in reading.options.items():
            if option != used[key]:
                moved = audit.moved_by({key: option}).to_dict("records")
                rows = [f"{r['指标']} {r['名称']}：{r['现得分']} → {r['改后得分']}（{r['变化']}）" for r in moved]
                yield [reading.title, f"{meaning}\n{key}={option}", "\n".join(rows) or "都不变"]
