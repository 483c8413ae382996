"""Charts agree with the scorecard, for ordinary and for odd departments."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from evidence_builder import SCHEME, faultless
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox
from reference.random_evidence import random_readings, random_workbook

from scoring import Scheme, Scorecard, assess, rank
from scoring.base.points import shown, shown_range
from scoring.report import charts
from scoring.report.charts.heatmap import wrapped
from scoring.report.charts.sheet import SAMPLE_MARK, SMALL, WIDTH, Chart
from scoring.scheme import TOTAL

CASES = sorted(path.parent for path in (Path(__file__).parents[1] / "cases").glob("*/expected.json"))
NEWS, UPDATES, LETTERS = (partial(charts.drawn, outline=outline) for outline in SCHEME.outline.charts)
DEPARTMENT: tuple[Callable[[Scorecard], Chart | None], ...] = (charts.where_points_went, UPDATES, LETTERS, NEWS)
CITY: tuple[Callable[[Sequence[Scorecard]], Chart | None], ...] = (
    charts.ranking_stacked,
    charts.loss_heatmap,
    charts.city_losses,
)
Scored = Callable[..., Scorecard]


def svg(chart: Chart) -> str:
    """The drawing, as a page takes it."""
    drawn = io.BytesIO()
    chart.figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return drawn.getvalue().decode("utf-8")


def texts(chart: Chart) -> list[Text]:
    """Every text that the drawing shows."""
    return [text for text in chart.figure.findobj(Text) if text.get_text() and text.get_visible()]


def words(chart: Chart) -> list[str]:
    """The texts of the drawing, joined."""
    return [text.get_text() for text in texts(chart)]


def boxes(chart: Chart) -> list[tuple[str, Bbox]]:
    """Each text with its box in mm from the lower left corner, set finely enough to be as in the vector drawing."""
    chart.figure.set_dpi(300)
    renderer = FigureCanvasAgg(chart.figure).get_renderer()
    to_mm = Affine2D().scale(25.4 / 300)
    return [(text.get_text(), text.get_window_extent(renderer).transformed(to_mm)) for text in texts(chart)]


def drawable(chart: Chart) -> None:
    """Properties of every chart."""
    drawn = svg(chart)
    assert "<text" not in drawn
    assert chart.figure.get_figwidth() * 25.4 == pytest.approx(WIDTH)
    assert chart.figure.get_figheight() * 25.4 <= 220
    assert min(text.get_fontsize() for text in texts(chart)) >= SMALL >= 9
    assert not any("-" in word and word.lstrip("-").replace(".", "").isdigit() for word in words(chart))
    assert chart.caption.endswith("。")
    assert chart.alt.endswith("。")
    assert chart.title.endswith("？")
    assert not plt.get_fignums()


def case(folder: Path, scheme: Scheme) -> Scorecard:
    """The scorecard of an acceptance case, under its readings."""
    readings = json.loads((folder / "expected.json").read_text(encoding="utf-8")).get("readings")
    return assess(sorted(folder.glob("*.xlsx")), scheme, readings).scorecards[0]


def random_cards(folder: Path, scheme: Scheme, seed: int) -> tuple[Scorecard, ...]:
    """Nine random departments with many faults."""
    for place, department in enumerate(scheme.departments):
        random_workbook(folder / f"{department}.xlsx", seed * 100 + place, department)
    return assess(sorted(folder.glob("*.xlsx")), scheme, random_readings(seed)).scorecards


@pytest.mark.thorough
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_every_acceptance_case_can_be_drawn_and_says_its_figures(folder: Path, scheme: Scheme) -> None:
    card = case(folder, scheme)
    for chart in filter(None, [*(draw(card) for draw in DEPARTMENT), *(draw([card]) for draw in CITY)]):
        drawable(chart)
        assert SAMPLE_MARK in words(chart)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_where_points_went_states_every_loss_to_the_digit(folder: Path, scheme: Scheme) -> None:
    card = case(folder, scheme)
    chart = charts.where_points_went(card)
    losses = [card.nodes[leaf.code] for leaf in scheme.leaves if card.nodes[leaf.code].lost]
    if chart is None:
        assert not losses
        assert not card.bonus
        assert not card.pending
        return
    assert f"{shown_range(card.total.low, card.total.high)}／{shown(card.total.full)}" in words(chart)
    for node in losses:
        assert f"{node.code} {node.name}失 {shown(node.lost)} 分" in chart.alt
        assert f"−{shown(node.lost)}" in words(chart)
    for code in card.pending:
        assert f"{code} {card.nodes[code].name}待评" in chart.alt
    if card.bonus:
        assert f"加分 {shown(card.bonus)}" in chart.alt


@pytest.mark.parametrize("seed", [4, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2, 3))])
def test_no_label_covers_another_or_leaves_the_sheet(seed: int, tmp_path: Path, scheme: Scheme) -> None:
    cards = random_cards(tmp_path, scheme, seed)
    made = [draw(card) for card in cards for draw in DEPARTMENT] + [draw(cards) for draw in CITY]
    for chart in filter(None, made):
        drawable(chart)
        placed, high = boxes(chart), chart.figure.get_figheight() * 25.4
        for place, (word, box) in enumerate(placed):
            assert box.x0 > -0.5, word
            assert box.x1 < WIDTH + 0.5, word
            assert box.y0 > -0.5, word
            assert box.y1 < high + 0.5, word
            for other, theirs in placed[place + 1 :]:
                across = min(box.x1, theirs.x1) - max(box.x0, theirs.x0)
                down = min(box.y1, theirs.y1) - max(box.y0, theirs.y0)
                assert across < 0.6 or down < 1.2, f"{chart.title} {word} / {other}"


def test_the_same_scorecard_gives_the_same_bytes(scheme: Scheme) -> None:
    card = case(next(folder for folder in CASES if folder.name == "stale-site"), scheme)
    for draw in DEPARTMENT:
        first, second = draw(card), draw(card)
        assert svg(first) == svg(second) == svg(first)


def test_real_evidence_is_not_marked_as_a_sample(scored: Scored) -> None:
    card = scored(faultless().add("基本信息 | 数据性质=正式", "监测发现 | 指标=3.1.1.1"))
    made = [*(draw(card) for draw in DEPARTMENT), *(draw([card]) for draw in CITY)]
    assert all(SAMPLE_MARK not in words(chart) for chart in made if chart is not None)


# --- Where the points went ----------------------------------------------------------------------------------------


def test_a_faultless_department_has_no_chart_of_losses(scored: Scored) -> None:
    card = scored(faultless())
    assert charts.where_points_went(card) is None
    assert charts.city_losses([card]) is None


def test_a_veto_is_shown_apart_from_other_losses(scored: Scored) -> None:
    card = scored(faultless().add("监测发现 ×3 | 指标=3.3.2.1.3", "监测发现 | 指标=3.1.1.1"))
    chart = charts.where_points_went(card)
    assert "单项否决：“网站管理”（3.3）计 0 分，不计否决为 16 分" in words(chart)
    assert "计0分" in words(chart)
    assert chart.caption.startswith("否决之外，共有 2 个指标失分")


def test_pending_points_are_not_lost_even_under_a_veto(scored: Scored) -> None:
    workbook = faultless().add("监测发现 ×3 | 指标=3.3.2.1.3").inspection("3.3.2.2", "未核查")
    card = scored(workbook)
    chart = charts.where_points_went(card)
    assert "网站性能失" not in chart.alt
    assert card.nodes["3.3.2.2"].lost == 0


def test_losses_that_do_not_add_up_to_the_total_are_explained(scored: Scored) -> None:
    chart = charts.where_points_went(scored(faultless().add("监测发现 | 指标=3.3.2.1.1")))
    assert "各指标失分合计 0.5 分，总分比满分少 0 分：网站管理按所属指标之和计，最多 16 分。" in chart.caption


def test_all_pending_shows_every_leaf_as_pending(scored: Scored, scheme: Scheme) -> None:
    workbook = faultless()
    for leaf in scheme.leaves:
        workbook.inspection(leaf.code, "未核查")
    card = scored(workbook)
    chart = charts.where_points_went(card)
    assert words(chart).count("待评") == 1 + len(scheme.leaves)
    assert "28 个指标待评" in chart.caption
    for draw in DEPARTMENT[1:]:
        other = draw(card)
        assert "待评" in other.caption
        drawable(other)


# --- Publications -------------------------------------------------------------------------------------------------


def test_missed_windows_are_those_of_the_findings(scheme: Scheme) -> None:
    card = case(next(folder for folder in CASES if folder.name == "stale-site"), scheme)
    chart = UPDATES(card)
    missed = [finding for finding in card.of("3.1.2") if finding.stands]
    assert missed
    for finding in missed:
        since, until, days = re.findall(r"自\d+年(\S+?日)至\d+年(\S+?日)共(\d+)天", finding.because)[0]
        assert f"未更新：{since}至{until}，{days}天，计{finding.times}次" in words(chart)
        assert f"{since}至{until}，{days}天，计{finding.times}次" in chart.alt


def test_many_missed_windows_of_a_month_are_counted(scored: Scored) -> None:
    days = [dt.date(2017, 1, 1) + dt.timedelta(count) for count in range(0, 365, 16)]
    rows = [f"信息发布 | 发布日期={day}" for day in days]
    card = scored(faultless().replace(*rows))
    chart = UPDATES(card)
    assert len(card.of("3.1.2")) == 22
    assert "未更新：2 段，计 2 次" in words(chart)
    assert chart.alt.count("15天，计1次") == 22
    drawable(chart)


def test_a_withdrawn_missed_window_is_not_drawn(scored: Scored) -> None:
    workbook = faultless().without("信息发布 | 发布日期=2017-03-01..2017-03-20")
    found = scored(workbook).of("3.1.2")
    assert len(found) == 1
    chart = UPDATES(scored(workbook.add(f"复核记录 | 发现编号={found[0].id}")))
    assert chart.caption.endswith("没有一次未按时更新。")
    assert not any(word.startswith("未更新") for word in words(chart))


def test_a_site_without_any_publication_is_one_long_window(scored: Scored) -> None:
    chart = UPDATES(scored(faultless().replace("信息发布 | 无")))
    assert "未更新：1月1日至12月31日，365天，计26次" in words(chart)


# --- Letters ------------------------------------------------------------------------------------------------------


def test_no_letter_or_no_mailbox_no_chart(scored: Scored) -> None:
    assert LETTERS(scored(faultless().replace("领导信箱 | 无"))) is None
    assert LETTERS(scored(faultless().add("基本信息 | 信箱栏目=无"))) is None


def test_late_letters_are_those_of_the_findings(scored: Scored) -> None:
    card = scored(
        faultless().replace(
            "领导信箱 ×3 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-02",
            "领导信箱 | 信件编号=晚一天 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-13",
            "领导信箱 | 信件编号=没回复 | 类型=投诉 | 来信日期=2017-03-01",
            "领导信箱 | 信件编号=被否决 | 类型=建议 | 来信日期=2017-03-01",
            "领导信箱 | 信件编号=还没到期 | 类型=投诉 | 来信日期=2017-12-20",
            "领导信箱 | 信件编号=转走了 | 来信日期=2017-03-01 | 回复日期=2017-03-02 | 回复内容=已转相关部门",
        )
    )
    chart = LETTERS(card)
    assert chart.caption == "有效信件 8 件，逾期 3 件（最长的逾期 262 天），其中 1 件触发否决。"
    assert "咨询 5 件，期限 7 个工作日：按期回复 4 件、逾期回复 1 件。" in chart.alt
    assert "建议 1 件，期限 3 个月：逾期未回复 1 件。" in chart.alt
    assert "投诉 2 件，期限 30 个工作日：逾期未回复 1 件、未回复（未判逾期） 1 件。" in chart.alt
    assert {"按期回复", "逾期回复", "逾期未回复", "未回复（未判逾期）"} <= set(words(chart))
    drawable(chart)


@pytest.mark.parametrize("name", ["$x^2$", "$\\frac{", "<script>alert(1)</script>", "{}|%s", "a_b^c", "甲\U0001f600"])
def test_a_hostile_name_stays_the_text_it_is(name: str, scored: Scored) -> None:
    chart = charts.ranking_stacked([replace(scored(faultless()), department=name)])
    drawable(chart)
    said = [text for text in texts(chart) if text.get_text().startswith("第 1 名")]
    assert [text.get_parse_math() for text in said] == [False]
    assert said[0].get_text() == f"第 1 名　{name}".replace("\U0001f600", "〔U+1F600〕")
    assert "<script" not in svg(chart)


# --- Portal items -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "said", "points"),
    [
        (0, "比要求的 50 条少 50 条", "应扣 15 分，得 0 分"),
        (49, "比要求的 50 条少 1 条", "应扣 0.3 分，得 9.7 分"),
        (50, "正好达到要求的 50 条", "不扣分"),
        (73, "比要求的 50 条多 23 条", "加 2.3 分"),
    ],
)
def test_portal_items_are_counted_against_what_is_required(count: int, said: str, points: str, scored: Scored) -> None:
    rows = [f"门户信息采用 ×{count}"] if count else ["门户信息采用 | 无"]
    chart = NEWS(scored(faultless().replace(*rows)))
    drawable(chart)
    assert {str(count), "要求 50 条"} <= set(words(chart))
    assert said in chart.caption
    assert points in chart.caption
    assert f"累计 {count} 条" in chart.alt


def test_a_limited_bonus_is_shown_as_granted(scored: Scored) -> None:
    chart = NEWS(scored(faultless().replace("门户信息采用 ×73"), news_bonus="section"))
    assert "经限额后加 0 分" in chart.caption


# --- The city -----------------------------------------------------------------------------------------------------


@pytest.fixture
def cards(tmp_path: Path, scheme: Scheme) -> tuple[Scorecard, ...]:
    """Nine departments."""
    return random_cards(tmp_path, scheme, 1)


def test_the_ranking_says_every_total_and_verdict(cards: tuple[Scorecard, ...]) -> None:
    chart = charts.ranking_stacked(cards)
    said = words(chart)
    for place in rank(cards):
        card = place.scorecard
        assert {f"第 {place.rank} 名　{card.department}", shown(card.total.low)} <= set(said)
        assert f"第 {place.rank} 名{card.department} {shown(card.total.low)} 分" in chart.alt
    for card in cards:
        if card.pending:
            assert shown_range(card.total.low, card.total.high) in said
    assert said.count("不合格") == sum(card.qualified is False for card in cards)


def test_the_heat_map_has_every_loss_in_its_cell(cards: tuple[Scorecard, ...], scheme: Scheme) -> None:
    chart = charts.loss_heatmap(cards)
    said = words(chart)
    losses = [lost for card in cards for leaf in scheme.leaves if (lost := card.nodes[leaf.code].lost)]
    for lost in losses:
        assert said.count(shown(lost)) >= losses.count(lost)
    for leaf in scheme.leaves:
        assert any(word.startswith(f"{leaf.code} ") for word in said)
    for card in cards:
        assert card.department in "".join(said)
        assert shown(card.nodes[TOTAL].low) in chart.alt


def test_city_losses_add_up(cards: tuple[Scorecard, ...], scheme: Scheme) -> None:
    chart = charts.city_losses(cards)
    for leaf in scheme.leaves:
        losses = [lost for card in cards if (lost := card.nodes[leaf.code].lost)]
        if losses:
            said = f"{leaf.code} {leaf.name}失 {shown(sum(losses, start=losses[0] * 0))} 分，涉及 {len(losses)} 个部门"
            assert said in chart.alt


def test_no_department_no_city_chart() -> None:
    assert [draw([]) for draw in CITY] == [None, None, None]


def test_the_page_takes_the_names_of_all_departments(scheme: Scheme) -> None:
    for name in scheme.departments:
        lines = wrapped(name)
        assert "".join(lines) == name
        assert max(map(len, lines)) <= 3
