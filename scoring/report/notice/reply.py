"""复核结果告知书: what was decided on a department's objections, on one page if it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from scoring.base.points import shown_range, signed
from scoring.engine.findings import chinese_date
from scoring.engine.objections import Decided, Objections
from scoring.engine.ranking import Result
from scoring.engine.scorecard import Scorecard
from scoring.report.notice.items import labelled, shortened
from scoring.report.notice.layout import DENSE, ROOMY, TIGHT, Layout, pages_of
from scoring.report.view import words
from scoring.report.view.blocks import Block, Text, column, group, heading, paragraph, strong, table
from scoring.report.view.followup import rank_words

_SAMPLE: Final = "示例数据　本告知书依虚构的示例佐证生成，不是任何单位的真实复核结果"
_WHOLE, _CUT = 10_000, 60
#: Layout, and how many letters a finding or a reason may have, in the order in which they are tried.
_TRIED: Final = (
    *((layout, _WHOLE) for layout in (*ROOMY, *DENSE)),
    *((layout, _CUT) for layout in (*DENSE, *TIGHT)),
)


@dataclass(frozen=True)
class Reply:
    """A 复核结果告知书, ready to be written."""

    department: str
    year: int
    as_of: str  # the day on which it goes out (ISO)
    sample: bool
    number: str
    title: str
    blocks: tuple[Block, ...]
    layout: Layout


def reply_to(
    found: Objections, number: str, on: pd.Timestamp, by: str, others: Sequence[Result], *, official: bool
) -> Reply:
    """The reply to a department, whole in the largest letters that one page holds, else with long texts cut.

    Parameters
    ----------
    on, by
        The day on which it goes out, and who sends it.
    others, official
        The results of the other departments, and whether there is official evidence: for the rank.
    """
    card = found.after
    title = f"关于{card.department}{card.scheme.year_words}网站考核申诉复核结果的告知书"
    top = [
        heading(1, title),
        *([paragraph(_SAMPLE, role="sample")] if card.sample else []),
        paragraph(f"编号：{number}"),
        paragraph(strong(f"{card.department}：")),
        paragraph(_opening(found), role="indented"),
    ]
    remarks = [*_result(found, others, official=official), *_waiting(found), "特此告知。"]
    closing = ["签发单位（盖章）：＿＿＿＿＿＿＿＿＿＿", f"经办：{by}", f"签发日期：{chinese_date(on)}"]
    end = [*(paragraph(line, role="indented") for line in remarks), group("closing", map(paragraph, closing))]
    for layout, letters in _TRIED:
        blocks = [*top, _table(found, letters), *_cut(letters), *end]
        if pages_of(blocks, layout) == 1:
            break
    return Reply(card.department, card.year, f"{on:%Y-%m-%d}", card.sample, number, title, tuple(blocks), layout)


def _opening(found: Objections) -> str:
    upheld = sum(one.review.upholds for one in found.decided)
    counts = ((upheld, "维持"), (len(found.decided) - upheld, "撤销"))
    decided = "、".join(f"{word} {count} 项" for count, word in counts if count)
    basis = f"《{found.after.scheme.title}》"
    return f"你单位对按{basis}认定的 {len(found.decided)} 项问题提出的申诉已经复核，{decided}。现将复核结果告知如下。"


def _table(found: Objections, letters: int) -> Block:
    is_gate = found.after.scheme.is_gate
    columns = [column("序号", number=True), column("认定事项、申诉理由和复核决定")]
    columns += [] if is_gate else [column("增减", number=True)]
    rows: list[list[Text]] = [
        [str(number), _item(found.after, one, letters), *([] if is_gate else [_change(one)])]
        for number, one in enumerate(found.decided, 1)
    ]
    return table(columns, rows, label="复核结果")


def _item(card: Scorecard, one: Decided, letters: int) -> Text:
    finding, said, review = one.finding, one.said, one.review
    late = "，逾期提出" if one.is_late else ""
    runs = labelled([(f"{finding.code} {card.nodes[finding.code].name}　", "认定：")])
    lines = [
        (f"{shortened(finding.sentence, letters)}（{finding.where.strip('（）')}）", ""),
        (f"{shortened(said.about, letters)}（{chinese_date(said.done_on)}{late}）", "申诉："),
        (f"{review.decision}。{shortened(review.reason, letters)}（{chinese_date(review.reviewed_on)}）", "复核："),
    ]
    for text, label in lines:
        runs += [*(["\n"] if label else []), *labelled([(label, text)] if label else []), *([] if label else [text])]
    return runs


def _change(one: Decided) -> str:
    low, high = one.change
    return signed(low) if low == high else f"{signed(low)}～{signed(high)}"


def _cut(letters: int) -> list[Block]:
    return [] if letters == _WHOLE else [paragraph("较长的文字从略，全文见评分报告附录。", role="indented")]


def _result(found: Objections, others: Sequence[Result], *, official: bool) -> Iterator[str]:
    """The total, the rank and the verdict before and after the decisions."""
    before, after = found.before, found.after
    verdicts = words.verdict(before), words.verdict(after)
    judged = _changed("判定", *verdicts)
    if after.scheme.is_gate:
        yield f"按以上决定，你单位网站{judged}。"
        return
    totals = (f"{shown_range(card.low, card.high)} 分" for card in (before, after))
    ranks = [rank_words(card.result, others, official=official) for card in (before, after)]
    place = f"{_changed('名次', *ranks)}（其他部门按目前的得分）" if ranks[1].startswith("第") else ranks[1]
    judged = f"{judged}，" if verdicts[0] != verdicts[1] else ""
    yield f"按以上决定，你单位{_changed('总分', *totals)}，{judged}{place}。“增减”为各项决定依次使总分增减的分值。"


def _changed(what: str, before: str, after: str) -> str:
    return f"{what}仍为{_spaced(after)}" if before == after else f"{what}由{_spaced(before)}变为{_spaced(after)}"


def _spaced(text: str) -> str:
    """A figure stands apart from Chinese letters."""
    return f" {text}" if text[0].isdecimal() or text[0] == "−" else text


def _waiting(found: Objections) -> Iterator[str]:
    card = found.after
    every = {one.id: one for one in (*card.findings, *card.suspected, *card.set_aside)}
    waiting = [one for one in found.waiting if not one.gone]
    if waiting:
        named = dict.fromkeys(
            f"{every[one.finding].code} {card.nodes[every[one.finding].code].name}" for one in waiting
        )
        yield f"另有 {len(waiting)} 项申诉尚在复核（{'、'.join(named)}），结果另行告知。"
    if gone := len(found.waiting) - len(waiting):
        yield f"另有 {gone} 项申诉所指的问题，在现有佐证中已经没有，不再计分。"
