"""What the sections of the workbench say: live, or as static tables where no front-end shows widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from scoring.base.points import shown, shown_range
from scoring.engine.findings import VOID, chinese_date
from scoring.engine.ranking import Result
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.view import words
from scoring.report.view.attachments import shown_picture
from scoring.report.view.blocks import Block, Text, bullets, column, group, heading, paragraph, strong, table, verdict
from scoring.report.view.followup import rank_words
from scoring.report.view.nodes import clause_blocks
from scoring.report.view.pictures import thumbnail
from scoring.review.audit import Audit
from scoring.review.casefile import Record
from scoring.review.explain import effect_label, findings_of
from scoring.review.grouping import in_order
from scoring.review.panel.state import PanelState
from scoring.scheme.sheets import REVIEWS, Sheet


class Figure(NamedTuple):
    """A large figure with its label and a hint; ``style`` is the class of its value."""

    label: str
    value: str
    hint: str
    style: str = ""
    trying: bool = False


def figures(audit: Audit) -> list[Figure]:
    """The total (in a gate, the result) before any review, as saved, and with unsaved decisions."""
    return _results(audit) if audit.card.scheme.is_gate else _totals(audit)


def _results(audit: Audit) -> list[Figure]:
    card, saved, unsaved = audit.card, audit.saved, audit.count
    hint = f"含未保存的 {unsaved} 项" if unsaved else "没有未保存的内容"
    now = "试算结果" if unsaved else "现结果"
    return [
        Figure("已保存的结果", words.verdict(saved), _counted(saved), words.verdict_class(saved)),
        Figure(now, words.verdict(card), hint, words.verdict_class(card), trying=bool(unsaved)),
        Figure("否决情形", f"{len(card.vetoes)} 项", f"{len(card.pending)} 个指标待评"),
    ]


def _totals(audit: Audit) -> list[Figure]:
    card, unsaved = audit.card, audit.count
    raw, saved, now = card.stages[0], audit.saved.total, card.total
    reviewed = words.changed_words(raw.low, raw.high, saved.low, saved.high)
    changed = words.changed_words(saved.low, saved.high, now.low, now.high)
    hint = f"含未保存的 {unsaved} 项，比已保存的：{changed}" if unsaved else "没有未保存的内容"
    label = "试算总分" if unsaved else "现总分"
    full = "" if card.pending or card.vetoes else f"满分 {shown(now.full)} 分"
    return [
        Figure("复核前总分", shown_range(raw.low, raw.high), "不计任何复核决定"),
        Figure("已保存的总分", shown_range(saved.low, saved.high), f"复核前后：{reviewed}"),
        Figure(label, shown_range(now.low, now.high), hint, trying=bool(unsaved)),
        Figure("判定", words.verdict(card), full or _counted(card), words.verdict_class(card)),
    ]


def _counted(card: Scorecard) -> str:
    """How many vetoes there are, and how many leaves are pending."""
    counts = (len(card.vetoes), "项否决情形"), (len(card.pending), "个指标待评")
    return "，".join(f"{count} {name}" for count, name in counts if count) or "未触发否决"


def change_words(before: Scorecard, after: Scorecard) -> str:
    """The change made by a decision: in the total's points, or in the gate's result."""
    if not after.scheme.is_gate:
        return f"总分变化：{words.changed_words(before.low, before.high, after.low, after.high)}"
    old, new = (f"{words.verdict(card)}（{_counted(card)}）" for card in (before, after))
    return f"结果不变：{new}" if old == new else f"结果：{old} → {new}"


def rank_line(audit: Audit, others: Sequence[Result], *, official: bool) -> str:
    """The rank before any review, as saved, and with what is not saved; the others are as they are saved."""
    raw, saved, now = audit.card.stages[0], audit.saved.result, audit.card.result
    results = {
        "复核前": replace(now, low=raw.low, high=raw.high),
        "已保存": saved,
        "试算" if audit.count else "现": now,
    }
    ranks = {name: rank_words(result, others, official=official) for name, result in results.items()}
    told = "，".join(f"{name} {rank}" for name, rank in ranks.items())
    return f"名次：{told}（其他 {len(others)} 个部门按已保存的佐证）"


def leaf_state(card: Scorecard, code: str) -> str:
    """The state of a leaf: 待评, 计 0 分, the points lost, or the result in a gate; and how much is suspected."""
    suspected = sum(finding.code == code for finding in card.to_confirm)
    return _state(card, code) + (f"，疑似 {suspected} 项待确认" if suspected else "")


def _state(card: Scorecard, code: str) -> str:
    node = card.nodes[code]
    if card.scheme.is_gate:
        return words.gate_result(card, code)
    if code in card.pending:
        return "待评"
    lost = f"失 {shown(node.lost)} 分" if node.lost else ""
    won = f"加 {shown(node.low)} 分" if node.node.bonus and node.low else ""
    is_void = node.status == VOIDED and not words.is_void_from_above(card, code)
    return "，".join(filter(None, [lost or won, "计 0 分" if is_void else ""])) or "未失分"


def void_words(card: Scorecard) -> list[str]:
    """What is set to zero above the leaves, and why: said once, so that each leaf shows what it is otherwise."""
    voids = [one for one in card.findings if one.stands and one.effect == VOID and one.scope in card.scheme.children]
    scopes = dict.fromkeys(one.scope for one in voids)
    return [
        f"{words.scope_words(card.scheme, scope)}计 0 分：" + "；".join(words.veto_reason(card, one) for one in own)
        for scope in scopes
        if (own := [one for one in voids if one.scope == scope])
    ]


def _own_result(card: Scorecard, code: str) -> str:
    """A leaf's result for use after its name; of one that is void from above, what it is otherwise."""
    node = card.nodes[code]
    if card.scheme.is_gate or not words.is_void_from_above(card, code):
        return words.result_of(card, code)
    return f"（满分 {shown(node.full)} 分，不计否决得 {words.unvetoed_words(node)} 分）"


def leaf_blocks(card: Scorecard, code: str) -> Iterator[Block]:
    """A leaf with its clause, findings, sum and evidence; if it is pending, why."""
    yield heading(3, f"{code} {card.nodes[code].name}{_own_result(card, code)}")
    yield group("clause", clause_blocks(card.scheme, code))
    if code in card.pending:
        yield paragraph(f"待评：{card.pending[code]}。", role="note")
    if found := in_order(card, code):
        effect = column(effect_label(card.scheme), whole=True)
        columns = [column("认定事项", share=3), column("佐证", share=3), effect, column("状态", share=2)]
        yield table(columns, [_finding_row(card, finding) for finding in found], label="认定事项")
    else:
        yield paragraph("没有认定事项。")
    if not card.scheme.is_gate:
        yield paragraph(words.own_sum(card, code), role="sum")
    yield paragraph(words.looked_at(card, code))


def picture_blocks(card: Scorecard, code: str) -> Iterator[Block]:
    """The pictures that the leaf's findings name; other files are listed."""
    files = dict.fromkeys(one for finding in findings_of(card, code) for one in finding.attachments)
    if not files:
        return
    shown_as = {one: thumbnail(one.path) if one.is_picture else None for one in files}
    yield paragraph(f"附件：{'、'.join(f'{one.name}（{one.size_words}）' for one in files)}。")
    for one, content in shown_as.items():
        if content:
            yield shown_picture(content, f"附件的图片：{one.name}", one.name)


def row_words(sheet: Sheet, row: Record | None) -> str:
    """A row of the case file in a line, without the word that names it; 删去 for one that goes."""
    if row is None:
        return "从案卷中删去"
    shown_columns = [column for column in sheet.columns if column.key not in {sheet.unique, "basis", "name"}]
    cells = ((column.name, row.get(column.key)) for column in shown_columns)
    return "，".join(f"{name}：{value}" for name, value in cells if value is not None and str(value))


def _finding_row(card: Scorecard, finding: Finding) -> list[Text]:
    cells = f"\n{words.evidence_words(finding)}" if finding.cells else ""
    review = finding.review
    reason = f"\n{review.reason}（{review.reviewer}，{chinese_date(review.reviewed_on)}）" if review else ""
    return [
        f"{finding.sentence}\n编号：{finding.id}",
        f"{finding.where}{cells}",
        words.finding_points(finding, card.scheme),
        f"{words.finding_status(card, finding)}{reason}",
    ]


def decision_blocks(audit: Audit) -> Iterator[Block]:
    """Every decision, saved or not, with the change that it made in the total."""
    card = audit.card
    if not card.reviews:
        yield paragraph("还没有复核决定。", role="note")
        return
    effects = words.review_effects(card)
    columns = [
        column("认定事项", share=3),
        column("决定", whole=True),
        column("理由", share=2),
        column("复核人、日期"),
        column("状态"),
        *([] if card.scheme.is_gate else [column("对总分的影响")]),
    ]
    yield paragraph(words.review_summary(card))
    yield table(columns, [row[: len(columns)] for row in _decision_rows(audit, effects)], label="复核决定")
    if len(effects) > 1 and not card.scheme.is_gate:
        yield paragraph("各项决定按复核日期先后逐项计入，影响之和即复核前后总分之差。", role="note")


def _decision_rows(audit: Audit, effects: Mapping[int, str]) -> Iterator[list[Text]]:
    because = {finding.id: finding.because for finding in findings_of(audit.card)}
    for review in audit.card.reviews:
        saved: Text = strong("未保存") if review.finding in audit.unsaved.get(REVIEWS, {}) else "已保存"
        yield [
            f"{because.get(review.finding, '（这一认定事项已不存在）')}\n编号：{review.finding}",
            review.decision,
            review.reason,
            f"{review.reviewer}\n{chinese_date(review.reviewed_on)}",
            [strong("复核失效"), f"：{review.stale}"] if review.stale else saved,
            effects.get(review.row, "不变"),
        ]


# --- Static tables, where no front-end shows widgets ----------------------------------------------------------------


def static_score(state: PanelState) -> Iterator[Block]:
    """The department's score or result, or its workbook's faults."""
    if state.audit is None:
        first, *faults = state.problem.splitlines()
        yield paragraph(strong(first))
        if faults:
            yield paragraph(f"共 {len(faults)} 处差错。请在所列的文件中改正、保存，再重新载入：")
            yield bullets(faults)
        return
    card = state.audit.card
    if card.sample:
        yield paragraph(words.SAMPLE_WORDS, role="sample")
    yield heading(3, f"{card.department}{card.scheme.year_words}")
    judged = words.verdict_class(card), words.verdict(card)
    if card.scheme.is_gate:
        facts = [("待评", f"{len(card.pending)} 个", "尚未核查或佐证不足")]
        yield verdict(*judged, str(len(card.vetoes)), facts, unit="项否决情形")
    else:
        raw = card.stages[0]
        facts = [("复核前总分", f"{shown_range(raw.low, raw.high)} 分", "不计任何复核决定")]
        yield verdict(*judged, shown_range(card.low, card.high), facts)


def static_desk(audit: Audit) -> Iterator[Block]:
    """Every leaf, then every decision."""
    yield from static_leaves(audit)
    yield heading(3, "复核决定")
    yield from decision_blocks(audit)


def static_leaves(audit: Audit) -> Iterator[Block]:
    """Every leaf: those with findings, losses or pending in full, the others in a line each."""
    card = audit.card
    if voids := void_words(card):
        yield paragraph(strong("；".join(voids)))
        yield paragraph("下面各指标写的是不计否决的得失分。", role="note")
    codes = [leaf.code for leaf in card.scheme.leaves]
    whole = [code for code in codes if findings_of(card, code) or code in card.pending or card.nodes[code].lost]
    yield from (group("leaf", leaf_blocks(card, code)) for code in whole)
    if rest := [code for code in codes if code not in whole]:
        label = "没有认定事项的指标" if card.scheme.is_gate else "没有认定事项、也未失分的指标"
        yield heading(3, label)
        yield _plain(card, rest, label)


def _plain(card: Scorecard, codes: Sequence[str], label: str) -> Block:
    """One line per leaf: its result in a gate, else its points and their sum."""
    points = column("满分", number=True), column("得分", number=True), column("计算", share=2)
    figures = [column("结果", whole=True)] if card.scheme.is_gate else [*points]
    rows: list[list[Text]] = []
    for code in codes:
        scored = [words.gate_result(card, code)] if card.scheme.is_gate else _points(card, code)
        rows.append([f"{code} {card.nodes[code].name}", *scored, words.looked_at(card, code)])
    seen = column("核查材料", share=3 if card.scheme.is_gate else 2)
    return table([column("指标", share=2), *figures, seen], rows, label=label)


def _points(card: Scorecard, code: str) -> list[str]:
    node = card.nodes[code]
    is_void = words.is_void_from_above(card, code)
    return [
        shown(node.full),
        words.unvetoed_words(node) if is_void else words.points_words(node),
        words.own_sum(card, code),
    ]


def static_readings(audit: Audit) -> Iterator[Block]:
    """The changes that each option of each reading would make."""
    columns = [column("解读"), column("改为", share=2), column("本部门的变化", share=2)]
    yield table(columns, list(_other_options(audit)), label="其他解读")


def _other_options(audit: Audit) -> Iterator[list[Text]]:
    used = audit.card.readings
    for key, reading in audit.card.scheme.readings.items():
        for option, meaning in reading.options.items():
            if option != used[key]:
                moved = audit.moved_by({key: option}).itertuples(index=False)
                rows = [
                    f"{code} {name}：{old} → {new}{''.join(f'（{change}）' for change in changes)}"
                    for code, name, old, new, *changes in moved
                ]
                yield [reading.title, meaning, "\n".join(rows) or "都不变"]
