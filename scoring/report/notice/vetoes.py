"""The basis of a veto, and how it could be undone, without promising more than the scheme does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scoring.base.points import shown, shown_range
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.vetoes import VetoKind
from scoring.report.notice.items import Runs, clause_of, shortened
from scoring.report.view import words

#: How many evidence rows a veto names, in full and in brief; letters of a brief reason.
ROWS_NAMED, ROWS_NAMED_BRIEFLY, LETTERS = 8, 3, 60


@dataclass(frozen=True)
class VetoEntry:
    """A printed veto: its leaf, a heading (none in brief), and labelled sentences."""

    code: str
    heading: str
    runs: Runs


def veto_entries(card: Scorecard, vetoes: Sequence[VetoKind], *, brief: bool) -> tuple[VetoEntry, ...]:
    """The vetoes in words, numbered."""
    entries = []
    for number, veto in enumerate(vetoes, 1):
        leaf = f"{veto.code} {card.nodes[veto.code].name}"
        heading = f"（{words.ordinal_section(number)}）{veto.kind.veto}：{leaf}——{veto.kind.name}"
        runs = ((f"{heading}。", _brief(card, veto)),) if brief else tuple(_runs(card, veto))
        entries.append(VetoEntry(veto.code, "" if brief else heading, runs))
    return tuple(entries)


def _runs(card: Scorecard, veto: VetoKind) -> Iterator[tuple[str, str]]:
    yield "事由：", f"{_reason(veto)}，{words.veto_effect(card.scheme, veto.findings[0])}。"
    if card.scheme.is_gate:
        yield "条款：", clause_of(card.scheme, veto.code)
    yield "依据：", f"{locations(veto.rests_on, ROWS_NAMED)}，共 {len(veto.rests_on)} 项发现。"
    without = "" if card.scheme.is_gate else f"；{_total_without(card, veto)}"
    yield "解除条件：", f"{_condition(veto)}，此项否决方可解除{without}。"
    yield "整改：", f"{veto.kind.advice}{_from_now_on(veto)}"


def _brief(card: Scorecard, veto: VetoKind) -> str:
    reason = f"{_reason(veto, LETTERS)}，{words.veto_effect(card.scheme, veto.findings[0])}"
    basis = f"依据{locations(veto.rests_on, ROWS_NAMED_BRIEFLY)}共 {len(veto.rests_on)} 项发现"
    return f"{reason}。{basis}，{_condition(veto)}，方可解除。{veto.kind.advice}"


def _reason(veto: VetoKind, letters: int = 200) -> str:
    count = len(veto.findings)
    more = f"；此类情形共 {count} 次" if count > 1 else ""
    return shortened(veto.findings[0].because, letters) + more


def _condition(veto: VetoKind) -> str:
    count, times = len(veto.rests_on), len(veto.findings)
    if not veto.needs:
        return "上述发现经复核撤销" if count == 1 else f"上述 {count} 项发现全部经复核撤销"
    if times == 1:
        return f"上述 {count} 项发现中至少 {veto.to_withdraw} 项经复核撤销，余下不满 {veto.needs} 项"
    return f"上述发现中至少 {veto.to_withdraw} 项经复核撤销，{times} 次监测余下的均不满 {veto.needs} 项"


def _total_without(card: Scorecard, veto: VetoKind) -> str:
    """The total without the veto, as a minimum: withdrawn findings may give back points as well."""
    if (veto.low, veto.high) == (card.total.low, card.total.high):
        return f"其他否决仍成立的，总分仍为 {shown_range(veto.low, veto.high)} 分"
    return f"解除后总分不低于 {shown(veto.low)} 分（其余各项照计）"


def _from_now_on(veto: VetoKind) -> str:
    if not veto.needs:
        return "今后不再发生此类情形，即不触发此项否决。"
    when = "每次监测时" if "{day}" in veto.kind.because else "一个考核年度内"
    return f"今后{when}此类问题不满 {veto.needs} 个，即不触发此项否决。"


def locations(findings: Iterable[Finding], named: int) -> str:
    """Where the findings are, with up to ``named`` row numbers: 《监测发现》第5、6、9行."""
    rows: dict[str, set[int]] = {}
    for finding in findings:
        if finding.line is not None:
            rows.setdefault(f"{finding.file}《{finding.sheet}》", set()).add(finding.line)
    listed = [
        f"{sheet}第{'、'.join(map(str, sorted(numbers)[:named]))}行"
        + (f"等 {len(numbers)} 行" if len(numbers) > named else "")
        for sheet, numbers in rows.items()
    ]
    return "、".join(listed) or "按全表核查"
