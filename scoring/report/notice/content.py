"""The content of a 整改通知书: every sentence and row, computed once for all three forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from scoring.base.points import shown, shown_range
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Scorecard
from scoring.engine.vetoes import vetoes_by_kind
from scoring.report.notice.items import ELSEWHERE, Item, Row, items_of, without_remedy
from scoring.report.notice.layout import CLOSING, LADDER, ROOMY, TRIED, Layout, pages_needed
from scoring.report.notice.vetoes import ROWS_NAMED_BRIEFLY, VetoEntry, locations, veto_entries
from scoring.report.view import words
from scoring.report.view.remedies import KINDS_NAMED, Remedy, lifting, remedies

Part = Literal["vetoes", "items", "pending"]

ONLY_KINDS = f"只列类别和数量的问题，{ELSEWHERE}。"
#: How many pages a notice may have.
PAGES = 2


@dataclass(frozen=True)
class Notice:
    """A 整改通知书, ready to be written."""

    department: str
    year: int
    as_of: str  # day up to which the evidence counts (ISO)
    sample: bool
    title: str
    opening: str
    veto_intro: str
    vetoes: tuple[VetoEntry, ...]
    reckoning: tuple[str, ...]  # how the points of the rows add up to the total
    pending: tuple[str, ...]
    notes: tuple[str, ...]
    first: tuple[str, ...] = ()  # what helps most for least
    number: str = ""  # empty for a draft
    closing: tuple[str, ...] = CLOSING
    interim: bool = False  # issued before the year is over: without points, which only its end can give
    rows: tuple[Row, ...] = ()
    layout: Layout = ROOMY[0]

    @property
    def remarks(self) -> tuple[str, ...]:
        """The paragraphs after the parts."""
        if len(self.notes) < 2:  # noqa: PLR2004 - one note needs no number
            return (*self.reckoning, *(f"注：{note}" for note in self.notes))
        return (*self.reckoning, "注：" + "　".join(f"{number}.{note}" for number, note in enumerate(self.notes, 1)))

    @property
    def parts(self) -> tuple[tuple[Part, str], ...]:
        """The numbered parts that there are, with their headings."""
        titles: dict[Part, str] = {"vetoes": "否决情形及解除条件", "items": "整改事项", "pending": "待评指标"}
        filled = {"vetoes": self.vetoes, "items": self.rows, "pending": self.pending}
        present = [(part, title) for part, title in titles.items() if filled[part]]
        return tuple((part, f"{words.ordinal_section(n)}、{title}") for n, (part, title) in enumerate(present, 1))


@dataclass(frozen=True)
class Issue:
    """How a notice is issued.

    Attributes
    ----------
    due
        By the finding's id, the last day to report its mending; None where there is nothing to mend.
    object_by
        The last day for objections.
    terms
        What the days rest on, in Chinese.
    interim
        Whether the year is not over yet.
    """

    number: str
    on: pd.Timestamp
    by: str
    due: Mapping[str, pd.Timestamp | None]
    object_by: pd.Timestamp
    terms: str
    interim: bool = False


def notice_of(card: Scorecard, issue: Issue | None = None) -> Notice:
    """The notice of a department, with as much detail as two pages hold; costlier items get more.

    Without an ``issue`` it is a draft about every finding that stands, with days to fill in.
    """
    items, vetoes = items_of(card, issue.due if issue else None), vetoes_by_kind(card)
    if issue:
        vetoes = tuple(veto for veto in vetoes if any(finding.id in issue.due for finding in veto.findings))
    something = bool(items or card.vetoes)
    nothing = "无整改事项" if words.judged(card) else "待评情况"
    subject = "网站管理问题的整改通知" if something else f"网站管理考核{nothing}的通知"
    draft = Notice(
        department=card.department,
        year=card.year,
        as_of=f"{issue.on if issue else card.as_of:%Y-%m-%d}",
        sample=card.sample,
        title=f"关于{card.department}{card.scheme.year_words}{subject}",
        opening=_opening(card, items),
        veto_intro=_veto_intro(card),
        vetoes=veto_entries(card, vetoes, brief=False),
        reckoning=tuple(_reckoning(card)),
        pending=_pending(card),
        notes=tuple(_notes(items, issue)),
        first=tuple(_first(card, remedies(card))),
        closing=CLOSING if something else CLOSING[1:],  # nothing to mend, no day to mend it by
    )
    if issue:
        draft = replace(draft, number=issue.number, closing=tuple(_closing(issue)))
    if issue and issue.interim:
        brief = veto_entries(card, vetoes, brief=True)
        opening, intro = _interim_opening(card, items, issue), f"截至目前，已有下列否决情形。{_LIFTED}"
        draft = replace(draft, opening=opening, veto_intro=intro, vetoes=brief, interim=True)
        told = all(veto.id in issue.due for veto in card.vetoes)
        draft = replace(draft, reckoning=(), pending=(), first=tuple(_first(card, lifting(card))) if told else ())
    return _fitted({False: draft, True: replace(draft, vetoes=veto_entries(card, vetoes, brief=True))}, items)


# --- As much as two pages hold ------------------------------------------------------------------------------------


def _fitted(drafts: Mapping[bool, Notice], items: tuple[Item, ...]) -> Notice:
    """The first layout that fits, with as much detail as then fits; the last one where none does."""
    for rung, layout in TRIED:
        rungs = [rung] * len(items)
        if pages_needed(made := _with_rows(drafts[layout.brief], items, rungs, layout)) <= PAGES:
            return _enriched(made, items, rungs)
    return made


def _enriched(notice: Notice, items: tuple[Item, ...], rungs: list[int]) -> Notice:
    """Add detail level by level, to the costliest items first, as long as it fits."""
    for rung in range(min(rungs, default=0) + 1, len(LADDER)):
        for number in range(len(items)):
            if rungs[number] == rung - 1:
                tried = [*rungs[:number], rung, *rungs[number + 1 :]]
                if pages_needed(made := _with_rows(notice, items, tried, notice.layout)) <= PAGES:
                    notice, rungs = made, tried
    return notice


def _with_rows(notice: Notice, items: tuple[Item, ...], rungs: list[int], layout: Layout) -> Notice:
    marks = {entry.code: "否决依据" for entry in notice.vetoes}
    details = [LADDER[rung] for rung in rungs]
    rows = tuple(
        item.row(number, detail, marks.get(item.node.code, ""))
        for number, (item, detail) in enumerate(zip(items, details, strict=True), 1)
    )
    notes = [note for note in notice.notes if note != ONLY_KINDS]
    if not all(detail.findings for detail in details):
        notes.append(ONLY_KINDS)
    if notice.interim:
        rows = tuple(replace(row, points=None) for row in rows)
    return replace(notice, rows=rows, notes=tuple(notes), layout=layout)


# --- Sentences ----------------------------------------------------------------------------------------------------


def _opening(card: Scorecard, items: tuple[Item, ...]) -> str:
    period = f"{card.year}年1月1日至{chinese_date(card.as_of)}"
    site = f"（考核网站：{card.source.site}）" if card.source.site else ""
    basis = f"根据《{card.scheme.title}》，对你单位{period}的网站管理工作{site}进行了考核。"
    return f"{basis}{_result(card)}{_found(card, items)}"


def _interim_opening(card: Scorecard, items: tuple[Item, ...], issue: Issue) -> str:
    site = f"（考核网站：{card.source.site}）" if card.source.site else ""
    problems = sum(len(item.findings) for item in items)
    return (
        f"根据《{card.scheme.title}》，对你单位网站管理工作{site}截至{chinese_date(issue.on)}的情况进行了检查，"
        f"发现问题 {problems} 处。要到年底才能认定的，不在此列。现将整改事项通知如下，请逐项整改到位。"
    )


def _result(card: Scorecard) -> str:
    judged = "判定为不合格" if card.qualified is False else "判定为合格" if card.qualified else "暂不判定是否合格"
    if card.scheme.is_gate:
        pending = f"有 {len(card.pending)} 个指标待评，" if card.pending else ""
        return f"你单位网站{pending}{judged}。"
    full = f"满分 {shown(card.total.full)} 分"
    if card.pending:
        reach = shown_range(card.total.low, card.total.high)
        where = f"总分暂为 {reach} 分" if card.total.score is not None else f"总分暂在 {reach} 分之间"
        return f"你单位{where}（{full}，{len(card.pending)} 个指标待评），{judged}。"
    bonus = f"，含加分 {shown(card.bonus)} 分" if card.bonus else ""
    return f"你单位总分为 {shown(card.total.low)} 分（{full}{bonus}），{judged}。"


def _found(card: Scorecard, items: tuple[Item, ...]) -> str:
    if not (judged := words.judged(card)):
        return "各项指标均待评，有无整改事项尚不能确定。"
    if card.scheme.is_gate:
        return _found_by_gate(card, items)
    losing = sum(bool(item.node.lost) for item in items)
    problems = sum(len(item.findings) for item in items)
    no_loss = f"{judged}均未失分，"
    if losing:
        found = f"{'除否决情形外，' if card.vetoes else ''}共有 {losing} 个指标失分，涉及问题 {problems} 处"
    elif items:
        found = f"{no_loss}但有 {problems} 处问题应当整改"
    elif card.vetoes:
        found = "存在否决情形"
    else:
        return f"经核查，{'' if without_remedy(card) else no_loss}没有需要整改的事项。"
    return f"经核查，{found}。现将整改事项通知如下，请逐项整改到位。"


def _found_by_gate(card: Scorecard, items: tuple[Item, ...]) -> str:
    problems = sum(len(item.findings) for item in items)
    if not card.vetoes and not problems:
        return f"经核查，{words.judged(card)}均未触发否决，没有需要整改的事项。"
    vetoed = len({veto.code for veto in card.vetoes})
    found = [f"{vetoed} 个指标触发否决"] if vetoed else []
    if problems:
        found.append(f"{'另有' if vetoed else '未触发否决，但有'} {problems} 处问题应当整改")
    return f"经核查，{'，'.join(found)}。现将整改事项通知如下，请逐项整改到位。"


def _first(card: Scorecard, said: Iterable[Remedy]) -> Iterator[str]:
    """What to mend first, each finding by its place in the evidence."""
    for remedy in said:
        named = [
            f"{code} {card.nodes[code].name}“{group[0].kind.name}”{locations(group, ROWS_NAMED_BRIEFLY)}"
            for group in remedy.by_kind[:KINDS_NAMED]
            for code in [group[0].code]
        ]
        more = "等" if len(remedy.by_kind) > KINDS_NAMED else ""
        places = f"（{'；'.join(named)}{more}）" if named else ""
        yield f"{remedy.before}{places}{remedy.after}"


#: The basis of a veto, and how it can be undone.
_LIFTED = (
    "否决依据核查记录的事实认定，事后整改不改变本次认定，只有所依据的发现经复核撤销，本次的否决方可解除；"
    "整改到位，可避免今后再次被否决。"
)


def _veto_intro(card: Scorecard) -> str:
    if not card.vetoes:
        return ""
    if card.scheme.is_gate:
        paraphrased = "所列条款为条款大意，不是原文。" if card.scheme.paraphrased else ""
        return f"因下列情形，判定为不合格。{_LIFTED}{paraphrased}"
    scopes = "、".join(dict.fromkeys(words.scope_words(card.scheme, veto.scope) for veto in card.vetoes))
    without = shown_range(card.total.unvetoed, card.total.at_best)
    return f"因下列情形，{scopes}计 0 分；不计否决，总分为 {without} 分。{_LIFTED}"


def _reckoning(card: Scorecard) -> Iterator[str]:
    """How the losses lead to the total, and points lost only because of a reading."""
    if reckoning := words.reckoning(card):
        yield reckoning
    for leaf in without_remedy(card):
        lost = f"“{leaf.code} {leaf.name}”失 {shown(leaf.lost)} 分"
        yield f"{lost}，系按所采用的条款解读计分所致，没有对应的整改事项。"


def _pending(card: Scorecard) -> tuple[str, ...]:
    reasons: dict[str, list[str]] = {}
    for code, reason in card.pending.items():
        points = "" if card.scheme.is_gate else f"（{shown(card.nodes[code].full)} 分）"
        reasons.setdefault(reason, []).append(f"{code} {card.nodes[code].name}{points}")
    return tuple(f"{reason}：{'、'.join(leaves)}。" for reason, leaves in reasons.items())


def _closing(issue: Issue) -> Iterator[str]:
    days = Counter(day for day in issue.due.values() if day is not None)
    dues = "、".join(f"{chinese_date(day)}（{days[day]} 项）" for day in sorted(days))
    yield f"整改反馈期限：{dues or '没有需要反馈整改情况的事项'}"
    yield f"申诉期限：{chinese_date(issue.object_by)}"
    yield "签发单位（盖章）：＿＿＿＿＿＿＿＿＿＿"
    yield f"经办：{issue.by}　{chinese_date(issue.on)}"


def _notes(items: tuple[Item, ...], issue: Issue | None) -> Iterator[str]:
    if any(item.node.lost for item in items) and not (issue and issue.interim):
        yield (
            "“失分”为该指标满分与得分（不计否决）之差，即此类问题今后不再发生时至多可多得的分值；"
            "本次考核的得分不因事后整改而改变，认定事项经复核撤销的除外。"
        )
    if issue:
        yield f"请逐项填写所附的反馈表，在期限内报回：有异议的写明理由申诉，可以整改的写明整改情况。{issue.terms}"
    elif items:
        yield "对认定事项有异议的，请写明评分报告附录所列的编号，申请复核。"
