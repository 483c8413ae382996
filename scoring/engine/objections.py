"""Objections that are decided and not answered yet, and what the decisions did to the total."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from scoring.engine.assessment import assess_evidence
from scoring.engine.followup import FollowUp, Step
from scoring.engine.scorecard import Finding, Review, Scorecard
from scoring.evidence import Loaded
from scoring.scheme.sheets import REVIEWS, UPHOLD


@dataclass(frozen=True)
class Decided:
    """A decision on an objection."""

    finding: Finding
    said: Step
    is_late: bool
    review: Review
    change: tuple[Fraction, Fraction]  # of both ends of the total, after the decisions before it


@dataclass(frozen=True)
class Objections:
    """The objections of a department that are not answered yet."""

    before: Scorecard  # as if every decision had upheld its finding
    after: Scorecard
    decided: tuple[Decided, ...]  # in the order of the findings
    waiting: tuple[FollowUp, ...]  # without a decision, or about a finding that is gone


def objections(loaded: Loaded, readings: Mapping[str, str], card: Scorecard) -> Objections:
    """What there is to answer to a department.

    The effect of a decision depends on those before it; in the order of the findings they add up to the whole.

    Parameters
    ----------
    loaded
        The evidence of this department alone.
    card
        Its scorecard under the readings.
    """
    found = _to_answer(card)
    reviews = [finding.review for finding, _, _ in found if finding.review]
    cards = [card]
    for number in range(len(reviews) - 1, -1, -1):
        is_turned = not reviews[number].upholds
        rest = {review.row for review in reviews[number:]}
        cards.append(_as_if_upheld(loaded, readings, rest) if is_turned else cards[-1])
    cards.reverse()
    decided = tuple(
        Decided(finding, said, one.is_late(said), review, (now.low - then.low, now.high - then.high))
        for (finding, one, said), review, then, now in zip(found, reviews, cards, cards[1:], strict=False)
    )
    answered = {one.finding.id for one in decided}
    waiting = (one for one in card.follow_ups.values() if one.unanswered and one.finding not in answered)
    return Objections(cards[0], card, decided, tuple(waiting))


def _to_answer(card: Scorecard) -> list[tuple[Finding, FollowUp, Step]]:
    """The findings whose objection is decided and not answered; what is gone has no decision that holds."""
    every = {finding.id: finding for finding in (*card.findings, *card.suspected, *card.set_aside)}
    return [
        (finding, one, said)
        for finding in every.values()
        if (one := card.follow_ups.get(finding.id)) and (said := one.unanswered)
        if finding.id not in card.undecided_objections
    ]


def _as_if_upheld(loaded: Loaded, readings: Mapping[str, str], rows: Collection[int]) -> Scorecard:
    """The scorecard with some decisions the other way."""
    evidence = loaded.evidence
    reviews = evidence.everything[REVIEWS]
    upheld = reviews.assign(decision=reviews["decision"].mask(reviews["row"].isin(rows), UPHOLD))
    other = replace(evidence, everything={**evidence.everything, REVIEWS: upheld})
    return assess_evidence(replace(loaded, evidence=other), readings).scorecards[0]
