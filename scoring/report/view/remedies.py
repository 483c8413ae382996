"""What to mend first, in sentences: the fewest findings that lift the vetoes, and the few that win back most points.

Each sentence says which way it speaks of: 改正 (what a finding states is put right, and the next inspection finds it no
more) or 撤销 (a review withdraws the finding, which changes this result).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from scoring.base.points import shown
from scoring.engine.mending import Mending, Plan
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.vetoes import VetoKind, vetoes_by_kind
from scoring.report.view.blocks import Block, Run, link, paragraph

#: For how many findings the most points are named.
FEW: Final = 3
#: How many kinds of findings, and of each kind how many, a sentence names.
KINDS_NAMED, NAMED = 4, 6


@dataclass(frozen=True)
class Remedy:
    """A sentence with the findings that it is about; they are named between its two parts."""

    before: str
    after: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def by_kind(self) -> list[list[Finding]]:
        """Its findings, those of a leaf's kind together."""
        kinds: dict[tuple[str, str], list[Finding]] = {}
        for one in self.findings:
            kinds.setdefault((one.code, one.kind.name), []).append(one)
        return list(kinds.values())


def remedies(card: Scorecard) -> Iterator[Remedy]:
    """The sentences; none where nothing was lost."""
    mending = Mending.by_mending(card)
    lifting = mending.to_qualify() if card.vetoes else None
    if lifting:
        yield _mended(lifting, f"即可解除{_vetoes(card)}{_won_back(card, lifting, mending.now, '并')}")
    elif card.vetoes:
        yield from _not_lifted(card, mending)
    if card.unvetoed_steps.lost:
        yield from _most(card, mending, lifting)


def _vetoes(card: Scorecard) -> str:
    return "全部否决" if len(card.vetoes) > 1 else "否决"


def _named(kinds: Iterable[VetoKind]) -> str:
    return "、".join(f"“{kind.kind.name}”" for kind in kinds)


def _mended(plan: Plan, effect: str) -> Remedy:
    return Remedy(f"改正这 {len(plan.findings)} 处", f"，再次核查时{effect}。", plan.findings)


def _won_back(card: Scorecard, plan: Plan, now: Fraction, joined: str = "") -> str:
    """The points that a plan wins back; empty when it wins none."""
    apart = "（待评指标按 0 分计）" if card.pending else ""
    return f"{joined}挽回 {shown(plan.total - now)} 分{apart}" if plan.total > now else ""


def _not_lifted(card: Scorecard, mending: Mending) -> Iterator[Remedy]:
    """Which vetoes mending lifts, and what has to be withdrawn for the others."""
    kinds = vetoes_by_kind(card)
    liftable = [kind for kind in kinds if mending.to_lift(kind.findings)]
    if lifting := mending.to_lift([veto for kind in liftable for veto in kind.findings]) if liftable else None:
        yield _mended(lifting, f"可解除{_named(liftable)}")
    stuck = _named(kind for kind in kinds if kind not in liftable)
    if withdrawn := Mending.by_withdrawal(card).to_qualify():
        least = f"解除{_vetoes(card)}，只有经复核撤销，最少撤销 {len(withdrawn.findings)} 项"
        total = f"撤销后总分{'不低于' if card.pending else '为'} {shown(withdrawn.total)} 分"
        after = "。" if card.scheme.is_gate else f"，{total}。"
        yield Remedy(f"{stuck}已成事实，事后改正解除不了；{least}", after, withdrawn.findings)


def _most(card: Scorecard, mending: Mending, lifting: Plan | None) -> Iterator[Remedy]:
    """The few findings that win back most points, or what stands against it."""
    plan = mending.most(FEW)
    if plan.findings:
        if not lifting or plan.findings != lifting.findings:
            most = f"改正 {FEW} 处以内，挽回最多的是这 {len(plan.findings)} 处"
            yield Remedy(most, f"，再次核查时可{_won_back(card, plan, mending.now)}。", plan.findings)
    elif rising := mending.to_rise():
        yield _mended(rising, f"可{_won_back(card, rising, mending.now)}，少于此数不能提高总分")
    elif card.vetoes:
        yield Remedy("否决未解除的，改正其余问题不能提高总分。")
    elif mending.findings:
        yield Remedy("能改正的问题即使全部改正，总分也不提高；其余失分已成事实，认定有误的可申请复核。")
    else:
        yield Remedy("失分的问题均已成事实，事后改正不能挽回；认定有误的可申请复核。")


def remedy_blocks(card: Scorecard) -> Iterator[Block]:
    """The sentences as paragraphs, each finding by its number in the report and a link to its leaf."""
    numbers = {finding.id: number for number, finding in enumerate(card.findings, 1)}
    for remedy in remedies(card):
        named: list[Run] = []
        for group in remedy.by_kind[:KINDS_NAMED]:
            leaf = f"{group[0].code} {card.nodes[group[0].code].name}"
            listed = "、".join(str(numbers[one.id]) for one in group[:NAMED])
            more = f"等 {len(group)} 项" if len(group) > NAMED else ""
            named += [
                "；" if named else "",
                link(leaf, f"#{group[0].code}"),
                f"“{group[0].kind.name}”，序号 {listed}{more}",
            ]
        more = "等" if len(remedy.by_kind) > KINDS_NAMED else ""
        yield paragraph(remedy.before, *(["（", *named, f"{more}）"] if named else []), remedy.after)
