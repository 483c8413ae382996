"""Examples for readings: a small piece of evidence, scored under every option."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scoring.explained.probes import NOTHING, Probes, told_of
from scoring.explained.trials import Change, Kind, Outcome, again, batch_of
from scoring.explained.words import day_words
from scoring.scheme.readings import Reading, choose

#: Days at which the evidence may end.
_CUT_OFFS: Final = ((6, 29), (9, 30), (3, 31))


@dataclass(frozen=True, eq=False)
class Example:
    """A piece of evidence that shows what options of a reading change: what came of it, and the nodes that differ."""

    change: Change
    outcomes: Mapping[str, Outcome]
    codes: tuple[str, ...]

    def differs(self, option: str, default: str) -> bool:
        """Whether an office sees another result under an option."""
        one, other = self.outcomes[option], self.outcomes[default]
        return any(one.seen(code) != other.seen(code) for code in self.codes)


class Examples:
    """Examples of all readings.

    Attributes
    ----------
    of
        Reading to examples that together show every option found to have an effect.
    kinds
        Kind of finding to a reading and an option, other than the default, under which it was found.
    """

    def __init__(self, probes: Probes) -> None:
        self.kinds: dict[Kind, tuple[Reading, str]] = {}
        self._probes, scheme = probes, probes.scheme
        days = [dt.date(scheme.year, month, day) for month, day in _CUT_OFFS]
        ends = [NOTHING, *(Change(f"截止日期为{day_words(day)}", facts={"cut_off": day}) for day in days)]
        more = probes.of([(change, None, 1) for change in (*ends, *self._mixed())])
        self._pool = sorted([*probes.tried, *more], key=lambda probe: probe.change.size)
        self.of = {key: tuple(self._examples(reading)) for key, reading in scheme.readings.items()}

    def _mixed(self) -> Iterator[Change]:
        """A fault so many times that it is a veto; and one less, with one other fault of the same sheet."""
        counted = [probe for probe in self._probes.repeated if any(row.needs for row in probe.outcome.findings)]
        first = {str(probe.fault): probe for probe in reversed(counted)}
        for probe in first.values():
            yield probe.change
            needs = min(row.needs for row in probe.outcome.findings if row.needs)
            fault = probe.fault
            less = fault.at(needs - 1) if fault and needs > 1 else None
            for other in self._probes.singles:
                if fault and less and other.fault and other.fault.sheet is fault.sheet and other.fault != fault:
                    yield less + other.change

    def _examples(self, reading: Reading) -> Iterator[Example]:
        """The changes that tell most options apart, until each that can be told from the default is."""
        found, missing = self._scored(reading), set(reading.options) - {reading.default}
        while missing and found:
            shown = [{option for option in missing if one.differs(option, reading.default)} for one in found]
            seen = [{tuple(map(outcome.seen, one.codes)) for outcome in one.outcomes.values()} for one in found]
            best = min(range(len(found)), key=lambda at: (-len(shown[at]), -len(seen[at]), found[at].change.size, at))
            if not shown[best]:
                return
            missing -= shown[best]
            yield found[best]

    def _scored(self, reading: Reading) -> list[Example]:
        """Evidence about the reading's leaves, the smallest of what is alike, with what comes of it by option."""
        scheme = self._probes.scheme
        codes = frozenset(leaf for node in reading.nodes for leaf in scheme.under(node))
        about = [probe for probe in self._pool if probe.change is NOTHING or codes & probe.change.touched(scheme)]
        rules = () if reading.key in {one.reading for one in scheme.contradictions} else codes
        under = {reading.default: [probe.outcome for probe in about]}
        for option in list(reading.options)[1:]:
            under[option] = again(under[reading.default], choose(scheme.readings, {reading.key: option}), rules)
            for kind in sorted({kind for outcome in under[option] for kind in outcome.kinds}):
                self.kinds.setdefault(kind, (reading, option))
        alike: dict[object, int] = {}
        for at, outcomes in enumerate(zip(*under.values(), strict=True)):
            found = ((frozenset(told_of(row)[:-1] for row in one.findings), one.pending) for one in outcomes)
            alike.setdefault(tuple(found), at)
        # Settled once more without those that are like another.
        few = {
            option: batch_of(scheme, several[0].batch.readings, [several[at].found for at in alike.values()])
            for option, several in under.items()
        }
        examples = []
        for number, at in enumerate(alike.values()):
            by = {option: several[number] for option, several in few.items()}
            differing = [code for code in scheme.by_code if len({one.seen(code) for one in by.values()}) > 1]
            examples += [Example(about[at].change, by, tuple(differing))] if differing else []
        return examples
