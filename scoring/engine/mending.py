"""What is cheapest to put right: the fewest findings that, once gone, lift a veto, reach a total or gain ranks.

A finding goes for one of two reasons, which are never mixed in one plan. A review withdraws it (撤销): that is possible
for every finding. Or what it states is put right (改正): only for kinds that the scheme calls mendable.

What goes is chosen exactly, by dynamic programming over the tree. A curve says, for every number of findings, the most
points that a node can have. A leaf's curve comes from its findings, branches join the curves under them, and the steps
of :mod:`scoring.engine.settle` make points of sums. A node that is set to zero from within has the better of two
curves, void or lifted. Where voids reach across nodes, or decide on the bonus, every choice of scopes is tried.

Two shapes of schemes are not exact: a total whose own points are a contradiction, beside a bonus limited by its
section; and a veto by count that sets to zero the very leaf that spills, while another veto of that leaf is lifted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import chain, combinations, repeat
from typing import NamedTuple, Self

from scoring.base.points import ZERO
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import changed_leaf, limited_bonus, own_of_branch
from scoring.scheme import TOTAL


@dataclass(frozen=True)
class Plan:
    """Findings that go, in the order of the report, and the total that is then reached."""

    findings: tuple[Finding, ...]
    total: Fraction  # with every pending leaf at zero


class _Point(NamedTuple):
    """The most points with this many findings gone, and which."""

    size: int
    value: Fraction
    gone: int  # a bit for each finding, the first one's the highest


#: Points by size; each has more than the one before it. Empty when what is wanted cannot be reached.
_Curve = tuple[_Point, ...]
_NOTHING: _Curve = (_Point(0, ZERO, 0),)


class Mending:
    """The plans of one department; see :meth:`by_withdrawal` and :meth:`by_mending`.

    A veto by count goes with the findings that it counts, and is never withdrawn itself. Of equally good plans the same
    one is always taken, by the order of the report.
    """

    def __init__(self, card: Scorecard, findings: Iterable[Finding]) -> None:
        self.card, self.findings = card, tuple(findings)
        self.voids = tuple(one for one in card.findings if one.stands and one.effect == VOID)
        lineage, leaf = card.scheme.lineage, card.scheme.bonus_leaf
        apart = {TOTAL, *(lineage(leaf.code) if leaf else ())}
        across = (void.scope for void in self.voids if void.scope in apart or void.scope not in lineage(void.code))
        self.scopes = tuple(map(str, dict.fromkeys(across)))
        self._gains = [-(one.points or ZERO) for one in self.findings]
        self._bits = [1 << place for place in reversed(range(len(self.findings)))]
        self._curves: dict[frozenset[str], _Curve] = {}
        self._leaves: dict[tuple[str, frozenset[str]], _Curve] = {}

    @classmethod
    def by_withdrawal(cls, card: Scorecard) -> Self:
        """Plans of decisions that withdraw findings."""
        return cls(card, _worth_it(card))

    @classmethod
    def by_mending(cls, card: Scorecard) -> Self:
        """Plans of what can still be put right."""
        return cls(card, (one for one in _worth_it(card) if one.kind.mendable))

    @property
    def now(self) -> Fraction:
        """The present total, with every pending leaf at zero."""
        return self._curve(frozenset())[0].value

    def most(self, count: int) -> Plan:
        """The most points by this many findings at most, and no more than that takes."""
        return self._plan([point for point in self._curve(frozenset()) if point.size <= count][-1])

    def to_reach(self, points: Fraction) -> Plan | None:
        """The fewest findings by which the total is at least so many points; None when nothing helps."""
        return next((self._plan(point) for point in self._curve(frozenset()) if point.value >= points), None)

    def to_rise(self) -> Plan | None:
        """The fewest findings that raise the total at all; None when nothing helps."""
        return next(map(self._plan, self._curve(frozenset())[1:]), None)

    def to_gain(self, ranks: int, others: Iterable[Fraction]) -> Plan | None:
        """The fewest findings that gain so many ranks or more; None when nothing helps.

        ``others`` are the totals of the other departments that are ranked.
        """
        above = sorted((total for total in others if total > self.now), reverse=True)
        return self.to_reach(above[len(above) - ranks]) if 0 < ranks <= len(above) else None

    def to_lift(self, vetoes: Iterable[Finding]) -> Plan | None:
        """The fewest findings that lift these vetoes, with the most points among them; None when nothing helps."""
        curve = self._curve(frozenset(veto.id for veto in vetoes))
        return self._plan(curve[0]) if curve else None

    def to_qualify(self) -> Plan | None:
        """The fewest findings that lift every veto; None when nothing helps."""
        return self.to_lift(self.card.vetoes)

    def _plan(self, point: _Point) -> Plan:
        return Plan(
            tuple(one for one, bit in zip(self.findings, self._bits, strict=True) if point.gone & bit), point.value
        )

    # --- The tree -----------------------------------------------------------------------------------------------------

    def _curve(self, wanted: frozenset[str]) -> _Curve:
        """The total's curve when these voids have to go."""
        if wanted not in self._curves:
            choices = map(self._total_of, repeat(wanted), self._choices())
            self._curves[wanted] = _best(chain.from_iterable(choices))
        return self._curves[wanted]

    def _choices(self) -> Iterator[frozenset[str]]:
        """The scopes to lift, of those that are not chosen node by node: none without those around it."""
        lineage, scopes = self.card.scheme.lineage, frozenset(self.scopes)
        for size in range(len(scopes) + 1):
            for chosen in map(frozenset, combinations(self.scopes, size)):
                if all(scopes.intersection(lineage(scope)) <= chosen for scope in chosen):
                    yield chosen

    def _total_of(self, wanted: frozenset[str], lifted: frozenset[str]) -> _Curve:
        """The total's curve, bonus included, when these voids go and these scopes are lifted, and no others."""
        going = wanted.union(void.id for void in self.voids if void.scope in lifted)
        scheme, readings, leaf = self.card.scheme, self.card.readings, self.card.scheme.bonus_leaf
        section = scheme.lineage(leaf.code)[-2] if leaf else scheme.children[TOTAL][0]
        zero = bool(self._kept(TOTAL, going))
        rest = [self._node(code, going, zero=zero) for code in scheme.children[TOTAL] if code != section]
        inside, outside = self._node(section, going, zero=zero), reduce(_joined, rest, _NOTHING)
        if zero:
            return _joined(inside, outside)
        granted = leaf and not any(self._kept(code, going) for code in scheme.lineage(leaf.code))
        earned = self.card.settled.earned[0] if granted else ZERO
        points = []
        for one in inside:
            for other in outside:
                total = own_of_branch(scheme, readings, TOTAL, one.value + other.value)
                bonus = limited_bonus(scheme, readings, earned, max(ZERO, one.value), total)
                points.append(_Point(one.size + other.size, total + bonus, one.gone | other.gone))
        return _best(points)

    def _kept(self, scope: str, going: frozenset[str]) -> list[str]:
        """The voids that set a node to zero when these go."""
        return [void.id for void in self.voids if void.scope == scope and void.id not in going]

    def _node(self, code: str, going: frozenset[str], *, zero: bool) -> _Curve:
        """A node's curve: its points, less what it spills into the branch above; ``zero`` if something above is."""
        kept = self._kept(code, going)
        if zero or not kept:
            return self._inside(code, going, zero=zero)
        void = self._inside(code, going, zero=True)
        return void if code in self.scopes else _best((*void, *self._inside(code, going.union(kept), zero=False)))

    def _inside(self, code: str, going: frozenset[str], *, zero: bool) -> _Curve:
        """A node's curve from what is in it; ``zero`` if it is set to zero."""
        scheme, readings = self.card.scheme, self.card.readings
        if code not in scheme.children:
            own = frozenset(void.id for void in self.voids if void.code == code and void.id in going)
            if (code, own) not in self._leaves:
                self._leaves[code, own] = self._leaf(code, own)
            curve = [(point, self._net(code, point.value)) for point in self._leaves[code, own]]
        else:
            under = (self._node(child, going, zero=zero) for child in scheme.children[code])
            joined = reduce(_joined, under, _NOTHING)
            curve = [(point, own_of_branch(scheme, readings, code, point.value)) for point in joined]
        made = _best(_Point(point.size, value, point.gone) for point, value in curve)
        return _at_zero(made) if zero else made

    def _net(self, code: str, gained: Fraction) -> Fraction:
        """A leaf's points less what it spills, with some deductions gone."""
        leaf, readings = self.card.scheme.by_code[code], self.card.readings
        if code in self.card.pending:
            return ZERO
        added: Fraction = changed_leaf(leaf, readings, self.card.settled.changed[code][0] + gained)
        return min(leaf.points, added if leaf.may_spill(readings) else max(ZERO, added))

    # --- A leaf -------------------------------------------------------------------------------------------------------

    def _leaf(self, code: str, going: frozenset[str]) -> _Curve:
        """The most deductions that go with each number of findings, when some of the leaf's voids have to go."""
        numbers = {one.id: number for number, one in enumerate(self.findings) if one.code == code}
        voids = [void for void in self.voids if void.id in going]
        crossing = [group for group in _connected(void for void in voids if void.needs) if not _nested(group)]
        apart = {one for group in crossing for void in group for one in void.rests_on}
        nested = [void for void in voids if apart.isdisjoint(_basis(void))]
        curve = self._thinned(nested, {name: number for name, number in numbers.items() if name not in apart})
        for group in crossing:
            counted = set(chain.from_iterable(void.rests_on for void in group))
            over = [void for void in voids if not counted.isdisjoint(_basis(void))]
            curve = _joined(curve, self._lifting(over, [number for name, number in numbers.items() if name in counted]))
        return curve

    def _thinned(self, voids: Sequence[Finding], numbers: Mapping[str, int]) -> _Curve:
        """The most deductions that go with each number of findings that lifts all of these nested voids.

        What stays has to stay below the number that each void needs. As the voids are nested, such sets are a matroid:
        keeping the cheapest first is the best for every number.
        """
        room = {void.id: max(0, void.needs - 1) - sum(one not in numbers for one in _basis(void)) for void in voids}
        if min(room.values(), default=0) < 0:
            return ()
        of = defaultdict[str, list[str]](list)
        for void in voids:
            for one in _basis(void):
                of[one].append(void.id)
        points = [self._all(numbers.values())]
        for name, number in sorted(numbers.items(), key=lambda item: (self._gains[item[1]], -item[1])):
            if all(room[void] for void in of[name]):
                room.update((void, room[void] - 1) for void in of[name])
                size, value, gone = points[-1]
                points.append(_Point(size - 1, value - self._gains[number], gone - self._bits[number]))
        return _best(points)

    def _all(self, numbers: Collection[int]) -> _Point:
        gains, bits = [self._gains[number] for number in numbers], [self._bits[number] for number in numbers]
        return _Point(len(numbers), sum(gains, ZERO), sum(bits))

    def _lifting(self, voids: Sequence[Finding], numbers: Iterable[int]) -> _Curve:
        """The same for voids that overlap, with the number that each veto by count still lacks as the state."""
        lacking = tuple(len(_basis(void)) - max(1, void.needs) + 1 for void in voids)
        states: dict[tuple[tuple[int, ...], int], _Point] = {(lacking, 0): _NOTHING[0]}
        for number in numbers:
            counted = [self.findings[number].id in _basis(void) for void in voids]
            for (lacks, count), point in list(states.items()):
                left = tuple(max(0, lack - one) for lack, one in zip(lacks, counted, strict=True)), count + 1
                more = _Point(count + 1, point.value + self._gains[number], point.gone + self._bits[number])
                states[left] = _better(more, states.get(left, more))
        return _best(point for (lacks, _), point in states.items() if not any(lacks))


def _basis(void: Finding) -> tuple[str, ...]:
    """The findings that a void rests on: those that it counts, or itself."""
    return void.rests_on if void.needs else (void.id,)


def _nested(voids: Sequence[Finding]) -> bool:
    """Whether of any two voids that count the same findings, one counts all that the other counts."""
    pairs = combinations([set(void.rests_on) for void in voids], 2)
    return all(one.isdisjoint(other) or one <= other or one >= other for one, other in pairs)


def _connected(voids: Iterable[Finding]) -> list[list[Finding]]:
    """Voids that rest on the same findings, directly or through others, together."""
    groups: list[tuple[set[str], list[Finding]]] = []
    for void in voids:
        near = [group for group in groups if not group[0].isdisjoint(void.rests_on)]
        groups = [group for group in groups if group not in near]
        groups.append((set(void.rests_on).union(*(ids for ids, _ in near)), [*chain(*(own for _, own in near)), void]))
    return [own for _, own in groups]


def _worth_it(card: Scorecard) -> list[Finding]:
    """The findings that cost points, set something to zero, or are counted by a veto; but for vetoes by count."""
    counted = {name for void in card.findings if void.stands for name in void.rests_on}
    standing = (one for one in card.findings if one.stands and not one.needs)
    return [one for one in standing if one.effect == VOID or (one.points or ZERO) < 0 or one.id in counted]


# --- Curves -----------------------------------------------------------------------------------------------------------


def _better(one: _Point, other: _Point) -> _Point:
    """The one with more points; of equal ones, the one whose findings come first."""
    if one.value != other.value:
        return one if one.value > other.value else other
    return one if one.gone >= other.gone else other


def _best(points: Iterable[_Point]) -> _Curve:
    """A curve of the points that no other outdoes with as few findings."""
    by_size: dict[int, _Point] = {}
    for point in points:
        by_size[point.size] = _better(by_size.get(point.size, point), point)
    curve: list[_Point] = []
    for _, point in sorted(by_size.items()):
        if not curve or point.value > curve[-1].value:
            curve.append(point)
    return tuple(curve)


def _joined(one: _Curve, other: _Curve) -> _Curve:
    """The curve of both together."""
    return _best(_Point(a.size + b.size, a.value + b.value, a.gone | b.gone) for a in one for b in other)


def _at_zero(curve: _Curve) -> _Curve:
    """The curve of what is set to zero: only what has to go anyway."""
    return tuple(point._replace(value=ZERO) for point in curve[:1])
