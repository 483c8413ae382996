"""What to mend first, in the words of pages and notices; remedies.toml has them, the samples re-done by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from evidence_builder import faultless

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.report.notice import notice_of
from scoring.report.view.blocks import Block, plain
from scoring.report.view.department import DepartmentReport
from scoring.report.view.remedies import remedy_blocks

RAW = Path(__file__).parents[2] / "data" / "raw"
EXPECTED = tomllib.loads(Path(__file__).with_name("remedies.toml").read_text(encoding="utf-8"))
SAMPLES, CASES = EXPECTED["samples"], EXPECTED["cases"]


@pytest.fixture(scope="module")
def samples(scheme: Scheme) -> dict[str, Scorecard]:
    return {card.department: card for card in assess(sorted((RAW / "2017").glob("*.xlsx")), scheme).scorecards}


def said(card: Scorecard) -> list[str]:
    return [plain(block["text"]) for block in remedy_blocks(card)]


@pytest.mark.parametrize("department", SAMPLES)
def test_the_samples_by_hand(department: str, samples: dict[str, Scorecard]) -> None:
    assert said(samples[department]) == SAMPLES[department]["said"]


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(name: str, scored: Callable[..., Scorecard]) -> None:
    assert said(scored(faultless().add(*CASES[name]["also"]))) == CASES[name]["said"]


def test_a_gate_speaks_of_vetoes_only() -> None:
    cards = assess(sorted((RAW / "2015").glob("*.xlsx")), load_scheme(2015, "census_2015")).scorecards
    assert {card.department: said(card) for card in cards} == EXPECTED["gate"]


def links_in(blocks: list[Block]) -> set[str]:
    return {run["href"] for block in blocks for run in block["text"] if isinstance(run, dict) and "href" in run}


def anchors_in(blocks: list[Block]) -> set[str]:
    """Where links lead: headings with a name, in groups too."""
    own = {f"#{block['name']}" for block in blocks if block["kind"] == "heading" and block["name"]}
    return own.union(*(anchors_in(block["blocks"]) for block in blocks if block["kind"] == "group"))


def test_every_finding_named_is_led_to(samples: dict[str, Scorecard]) -> None:
    for card in samples.values():
        links = links_in(list(remedy_blocks(card)))
        assert links <= anchors_in(list(DepartmentReport(card, None, 0).sections().blocks))
        assert bool(links) == any("序号" in text for text in said(card))


def test_a_notice_says_the_same_with_the_places(samples: dict[str, Scorecard]) -> None:
    lifting, most = notice_of(samples["卫计局"]).first
    assert (
        lifting == "改正这 1 处（3.3.2.1.3 内容准确性“错别字”《监测发现》第2行），再次核查时即可解除否决并挽回 16 分。"
    )
    assert "3.1.1.1 机构简介“未及时更新”《监测发现》第7行；3.3.2.1.3 内容准确性“错别字”《监测发现》第2行" in most
