"""The thirteen readings: their options and defaults are the rulebook's, and wrong choices are refused in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference.tree import READINGS

from scoring import Scheme, load_evidence
from scoring.engine.assessment import assess_evidence
from scoring.scheme.readings import UnknownReading, choose, parse_choices

ROOT = Path(__file__).parents[1]


def test_readings_are_the_rulebooks_in_its_order(scheme: Scheme) -> None:
    assert [(key, tuple(reading.options)) for key, reading in scheme.readings.items()] == list(READINGS.items())


def test_the_first_option_is_the_default_and_a_choice_replaces_it(scheme: Scheme) -> None:
    defaults = {key: options[0] for key, options in READINGS.items()}
    assert choose(scheme.readings) == defaults
    assert choose(scheme.readings, {"news-bonus": "none"}) == defaults | {"news-bonus": "none"}


def test_every_option_is_explained_in_chinese(scheme: Scheme) -> None:
    for reading in scheme.readings.values():
        for text in (reading.title, reading.clause, *reading.options.values()):
            assert any("\u4e00" <= char <= "\u9fff" for char in text), text


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"news": "none"}, "没有名为“news”的解读；可选：management-sum"),
        ({"news-bonus": "some"}, "解读“news-bonus”没有选项“some”；可选：open、section、total、none"),
        ({"news-bonus": ""}, "没有选项“”"),
    ],
)
def test_an_unknown_choice_is_refused(chosen: dict[str, str], message: str, scheme: Scheme) -> None:
    with pytest.raises(UnknownReading, match=message):
        choose(scheme.readings, chosen)


def test_choices_of_the_command_line() -> None:
    assert parse_choices(["a=b", " c = d ", "a=b"]) == {"a": "b", "c": "d"}


@pytest.mark.parametrize(
    ("words", "message"), [(["a"], "“a”应写成 名称=选项"), (["a=b", "a=c"], "“a”给出了两个不同的选项：b、c")]
)
def test_a_choice_that_is_no_pair_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(UnknownReading, match=message):
        parse_choices(words)


def test_a_reading_moves_the_nodes_it_reads_and_those_above(scheme: Scheme) -> None:
    """A reading of how far a veto reaches may set any node to zero."""
    loaded = load_evidence(sorted((ROOT / "data/raw/2017").glob("*.xlsx")), scheme)
    plain = assess_evidence(loaded).scorecards
    for key, reading in scheme.readings.items():
        near = {code for node in reading.nodes for code in (*scheme.lineage(node), *_at_or_under(scheme, node))}
        for option in reading.options:
            for before, after in zip(plain, assess_evidence(loaded, {key: option}).scorecards, strict=True):
                moved = {code for code, node in before.nodes.items() if after.nodes[code].low != node.low}
                assert moved <= near or key.endswith("-veto-scope"), (key, option, before.department)


def _at_or_under(scheme: Scheme, node: str) -> set[str]:
    return {code for code in scheme.by_code if node in scheme.lineage(code)}
