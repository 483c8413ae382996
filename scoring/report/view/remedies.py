"""What to mend first, in sentences: the fewest findings that lift the vetoes, and the few that win back most points.

Each sentence says which way it speaks of: 改正 (what a finding states is put right, and the next inspection finds it no
more) or 撤销 (a review withdraws the finding, which changes this result).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from scoring.base.points import shown
from scoring.engine.mending import Mending, Plan
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.vetoes import VetoKind, vetoes_by_kind
from scoring.report.view import words
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


def remedies(card: Scorecard, above: Fraction | None = None) -> Iterator[Remedy]:
    """The sentences; none where nothing was lost. ``above`` is the lowest total above its own in the ranking."""
    mending = Mending.by_mending(card)
    lifting = mending.to_qualify() if card.vetoes else None
    if lifting:
        yield _mended(lifting, f"即可解除{_vetoes(card)}{_won_back(card, lifting, mending.now, '并')}")
    elif card.vetoes:
        yield from _not_lifted(card, mending)
    most = mending.most(FEW)
    if card.unvetoed_steps.lost:
        yield from _most(card, mending, most, lifting)
    rising = mending.to_reach(above) if above is not None else None
    if rising and all(rising.findings != plan.findings for plan in (most, lifting) if plan):
        yield _mended(rising, "可升一名（其他部门得分不变）")


def lifting(card: Scorecard) -> Iterator[Remedy]:
    """What lifts every veto at the next inspection, for papers that tell no points; none where mending does not."""
    if card.vetoes and (plan := Mending.by_mending(card).to_qualify()):
        yield _mended(plan, f"即可解除{_vetoes(card)}")


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
        least = f"认定有误的可申请复核，最少须撤销 {len(withdrawn.findings)} 项"
        total = f"，撤销后总分{'不低于' if card.pending else '为'} {shown(withdrawn.total)} 分"
        after = f"才能解除{_vetoes(card)}{'' if card.scheme.is_gate else total}。"
        yield Remedy(f"{stuck}已成事实，事后改正不能解除；{least}", after, withdrawn.findings)


def _most(card: Scorecard, mending: Mending, plan: Plan, lifting: Plan | None) -> Iterator[Remedy]:
    """The few findings that win back most points, or what stands against it."""
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


def remedy_blocks(card: Scorecard, above: Fraction | None = None) -> Iterator[Block]:
    """The sentences as paragraphs, each finding by its number in the report and a link to its leaf."""
    numbers = {finding.id: number for number, finding in enumerate(card.findings, 1)}
    for remedy in remedies(card, above):
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


# --- As the command answers -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goals:
    """What is asked for besides the vetoes: the most points by so many findings; ranks and points where given."""

    count: int = FEW
    ranks: int | None = None
    points: Fraction | None = None


def answers(card: Scorecard, others: Collection[Fraction] | None, goals: Goals) -> Iterator[str]:
    """For every goal the fewest findings that have to go, by id: by mending (改正), or by withdrawal (撤销).

    ``others`` are the totals of the departments that it is ranked with; None where it has no rank.
    """
    total = "" if card.scheme.is_gate else f" {words.points_words(card.total)} 分，"
    yield f"{card.department}：现为{total}{words.verdict(card)}"
    for way, mending in (("改正", Mending.by_mending(card)), ("撤销", Mending.by_withdrawal(card))):
        for goal, answer in _answers(mending, others, goals):
            yield f"  {way}，{goal}：{answer}"


def _answers(mending: Mending, others: Collection[Fraction] | None, goals: Goals) -> Iterator[tuple[str, str]]:
    card, kinds = mending.card, vetoes_by_kind(mending.card)
    for kind in kinds:
        yield f"解除“{kind.kind.name}”", _plan_words(card, mending.to_lift(kind.findings))
    if len(kinds) > 1:
        yield "解除全部否决", _plan_words(card, mending.to_qualify())
    if card.scheme.is_gate:
        return
    most = mending.most(goals.count)
    yield f"{goals.count} 项以内挽回最多", _plan_words(card, most) if most.findings else "没有可以挽回的"
    if goals.ranks:
        yield f"升 {goals.ranks} 名", _gained(mending, others, goals.ranks)
    if goals.points is not None:
        reached = mending.now >= goals.points
        plan = mending.to_reach(goals.points)
        yield f"达到 {shown(goals.points)} 分", "已经达到" if reached else _plan_words(card, plan)


def _gained(mending: Mending, others: Collection[Fraction] | None, ranks: int) -> str:
    if others is None:
        return "没有名次"
    ahead = sum(total > mending.now for total in others)
    if ranks > ahead:
        return f"前面只有 {ahead} 个部门" if ahead else "已是第 1 名"
    return _plan_words(mending.card, mending.to_gain(ranks, others))


def _plan_words(card: Scorecard, plan: Plan | None) -> str:
    if plan is None:
        return "做不到"
    total = "" if card.scheme.is_gate else f"，总分{'至少' if card.pending else '为'} {shown(plan.total)} 分"
    return f"{len(plan.findings)} 项（{'、'.join(one.id for one in plan.findings)}）{total}"
