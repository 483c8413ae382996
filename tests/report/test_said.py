"""For any evidence and readings, every figure and cause on a page is that of the scorecard.

A page is read as its reader does. What a figure must be is worked out from scorecard.json: the points of its nodes, and
its findings with their points, scopes and rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from reference.random_evidence import random_workbook
from saying import calculated, tables

from scoring import Scorecard, load_scheme
from scoring.base.points import shown, shown_range
from scoring.engine.assessment import assess_evidence
from scoring.engine.scorecard import rank
from scoring.evidence import Loaded, load_evidence
from scoring.report import charts
from scoring.report.charts.heatmap import SHADES
from scoring.report.charts.sheet import PAPER, Chart
from scoring.report.view.blocks import Block, plain, words
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport
from scoring.report.view.nodes import VOID_MARK
from scoring.report.view.words import scope_words, verdict

SCHEME = load_scheme(2017)
LATE = ("咨询类逾期回复", "投诉举报类逾期回复", "建议类逾期回复", "三个月未回应")
CODE, POINTS, RANGE = r"(\d(?:\.\d+)+)", r"(−?[\d.]+)", r"(−?[\d.]+(?:～[\d.]+)?)"
readings = st.fixed_dictionaries(
    {key: st.sampled_from(list(reading.options)) for key, reading in SCHEME.readings.items()}
)


def exact(figure: float) -> Fraction:
    return Fraction(str(figure))


@dataclass(frozen=True)
class Facts:
    """The facts of a department's scorecard.json, and conclusions from them."""

    card: Scorecard
    place: int | None
    ranked: int

    @cached_property
    def json(self) -> dict[str, Any]:
        return self.card.to_json()

    @cached_property
    def nodes(self) -> dict[str, dict[str, Any]]:
        return {node["code"]: node for node in self.json["nodes"]}

    @cached_property
    def valid(self) -> list[dict[str, Any]]:
        return [finding for finding in self.json["findings"] if finding.get("stands", True)]

    @cached_property
    def vetoes(self) -> list[dict[str, Any]]:
        return [finding for finding in self.valid if finding.get("veto")]

    @cached_property
    def unvetoed(self) -> dict[str, str]:
        """Every node's points, or their range, had there been no veto."""
        settled = self.card.settle(one for one in self.card.findings if one.stands and not one.veto)
        return {code: shown_range(settled.low[code][0], settled.high[code][0]) for code in settled.low}

    @cached_property
    def waiting(self) -> set[str]:
        return {entry["code"] for entry in self.json["pending"]}

    @cached_property
    def lost(self) -> dict[str, Fraction]:
        """Leaf to what it lost, vetoes aside; pending points are not lost."""
        return {leaf.code: lost for leaf in SCHEME.leaves if (lost := self._lost(leaf.code))}

    def _lost(self, code: str) -> Fraction:
        leaf, changes = SCHEME.by_code[code], self.changes(code)
        zeros = [one for one in self.valid if one["effect"] == "void" and not one.get("veto")]
        if any(one["scope"] in SCHEME.lineage(code) for one in zeros):
            return leaf.points
        if code in self.waiting:
            return Fraction(0)
        changed = sum((exact(one["points"]) for one in changes if not one["bonus"]), Fraction(0))
        clause = leaf.lost_in_proportion(self.json["readings"])
        kept = leaf.points * (1 + changed / clause.over) if clause else leaf.opening + changed
        return leaf.points - min(leaf.points, max(Fraction(0), kept))

    def changes(self, code: str) -> list[dict[str, Any]]:
        return [one for one in self.valid if one["code"] == code and one["effect"] == "change"]

    def points(self, code: str) -> str:
        return shown_range(*map(exact, self.nodes[code]["range"]))

    def late(self, *kinds: str) -> int:
        """Letters that the findings of these kinds rest on."""
        return len({one["evidence"]["row"] for one in self.valid if one["kind"] in kinds})

    def counted(self, code: str) -> tuple[int, int, str]:
        """How many findings a leaf has, how often they count, and what for."""
        found = self.changes(code)
        return len(found), sum(one["times"] for one in found), shown(sum(-exact(one["points"]) for one in found))

    def bonus(self) -> str:
        """What 2.4 has over its points, or the range of it."""
        full, *ends = map(exact, (self.nodes["2.4"]["max"], *self.nodes["2.4"]["range"]))
        return shown_range(*(end - full for end in ends)) if self.json["bonus"] else "0"


#: A phrase, and the expected values of its gaps, given the first.
SAID: dict[str, Callable[[Facts, str], tuple[Any, ...]]] = {
    rf"考核得 {POINTS} 分": lambda facts, _: (facts.points("total"),),
    r"已评定的 (\d+) 个部门中排第 (\d+) 名": lambda facts, _: (facts.ranked, facts.place),
    rf"有 (\d+) 个指标待评，总分在 {RANGE} 分之间": lambda facts, _: (len(facts.waiting), facts.points("total")),
    r"(?:另有|全部) (\d+) 个指标待评": lambda facts, _: (len(facts.waiting),),
    rf"不计否决，总分为 {POINTS} 分": lambda facts, _: (facts.unvetoed["total"],),
    r"等 (\d+) 项，触发": lambda facts, _: (len(facts.vetoes),),
    r"共 (\d+) 项否决情形": lambda facts, _: (len(facts.vetoes),),
    r"共有 (\d+) 个指标失分": lambda facts, _: (len(facts.lost),),
    rf"{CODE} [^（“”、]+”?（失 {POINTS} 分）": lambda facts, code: (code, shown(facts.lost[code])),
    rf"仅“{CODE} [^“”]+”一项失分，失 {POINTS} 分": lambda facts, code: (code, *map(shown, facts.lost.values())),
    rf"{CODE} \S+（满分 {POINTS} 分，得 {RANGE} 分）$": lambda facts, code: (
        *(code, shown(exact(facts.nodes[code]["max"])), facts.points(code)),
    ),
    rf"(?:含|另有)加分 {RANGE} 分": lambda facts, _: (facts.bonus(),),
    rf"指标失分合计 {POINTS} 分": lambda facts, _: (shown(sum(facts.lost.values())),),
    rf"比满分少 {POINTS} 分": lambda facts, _: (
        shown(facts.card.total.full - facts.card.low + facts.card.bonus),  # Exact: rounded ones may differ by 0.01.
    ),
    rf"有 (\d+) 段时间未按时更新，共计 (\d+) 次，应扣 {POINTS} 分": lambda facts, _: facts.counted("3.1.2"),
    r"^有效信件 \d+ 件，逾期 (\d+) 件": lambda facts, _: (facts.late(*LATE),),
    r"^有效信件 .*其中 (\d+) 件触发否决": lambda facts, _: (facts.late("三个月未回应"),),
    rf"条少 (\d+) 条.*应扣 {POINTS} 分": lambda facts, _: facts.counted("2.4")[1:],
    rf"条多 (\d+) 条.*加 {RANGE} 分": lambda facts, _: (facts.counted("2.4")[1], facts.bonus()),
}  # fmt: skip


def check_phrases(facts: Facts, texts: Sequence[str]) -> set[str]:
    """Check all phrases in a text; returns those that occurred."""
    met = set()
    for text in texts:
        for phrase, wanted in SAID.items():
            for found in re.finditer(phrase, text):
                met.add(phrase)
                assert found.groups() == tuple(map(str, wanted(facts, found[1]))), text
    return met


def check_sums(text: str) -> None:
    """Both sides of an equation are equal, apart from the rounding of each figure."""
    for terms, result in re.findall(r"((?:[\d.]+ [^ +=]+ [\d.～]+ \+ )+[\d.]+ [^ +=]+ [\d.～]+) = ([\d.～]+)", text):
        addends = [term.rsplit(" ", 1)[1].split("～") for term in terms.split(" + ")]
        for end in (0, -1):
            added = sum(Decimal(addend[end]) for addend in addends)
            assert abs(added - Decimal(result.split("～")[end])) <= Decimal("0.005") * (len(addends) + 1), text
    if found := re.match(r"(?:计分：)?(?:累计扣 )?((?:[−+ ]*[\d.]+(?:×\d+)?)+) = ([−+]?[\d.]+)", text):
        assert abs(calculated(found[1]) - calculated(found[2])) <= Decimal("0.01"), text


def labelled(page: Sequence[Block]) -> Iterator[tuple[str, list[list[str]]]]:
    """The label of each table, and what stands in its cells."""
    for table in tables(page):
        rows = [*table["rows"], *([table["foot"]] if table["foot"] else [])]
        yield table["label"], [[plain(cell) for cell in row] for row in rows]


def check_tables(facts: Facts, blocks: Sequence[Block]) -> None:
    for label, rows in labelled(blocks):
        if label == "三个部分得分":
            codes = (*SCHEME.children["total"], "total")
            assert [row[3 if facts.vetoes else 2] for row in rows] == [facts.points(code) for code in codes]
            assert not facts.vetoes or [row[2] for row in rows] == [facts.unvetoed[code] for code in codes]
        elif label == "各指标的算式和得分":
            check_score_table(facts, rows)
        elif label == "失分情况":
            for name, _, lost, why, _ in rows:
                check_losses(facts, name.split()[0], lost, why)
        elif label == "否决情形":
            assert len(rows) == min(3, len(facts.vetoes))
        elif label.endswith("的认定事项"):
            check_findings(facts, rows)


def check_score_table(facts: Facts, rows: list[list[str]]) -> None:
    """Every node's figures, and every leaf's points as its sum gives them."""
    codes = [code for code in SCHEME.by_code if code != "total"]
    for code, (_, full, worked, *unvetoed, counted, _) in zip([*codes, "total"], rows, strict=True):
        node, leaf = facts.nodes[code], SCHEME.by_code[code]
        assert (full, counted.rstrip(VOID_MARK)) == (shown(exact(node["max"])), facts.points(code))
        assert counted.endswith(VOID_MARK) == (node["status"] == "void")
        assert unvetoed == ([facts.unvetoed[code]] if facts.vetoes else []), code
        if node["status"] == "scored" and code not in SCHEME.children:
            (result,) = re.findall(r"(?:^|= )(−?[\d.]+)(?=$|，|（)", worked)[-1:]
            settled = min(leaf.points, max(Fraction(0), Fraction(result.replace("−", "-"))))
            assert shown(settled) == counted or (leaf.bonus and settled == leaf.points), worked


def check_losses(facts: Facts, code: str, lost: str, why: str) -> None:
    """A leaf's loss, and the kinds of finding that it comes of with their numbers; a zero from above is named."""
    assert lost == f"−{shown(facts.lost[code])}"
    kinds = Counter(one["kind"] for one in facts.valid if one["code"] == code and not one.get("veto"))
    for cause in [] if why.startswith("无扣分事项：") else why.split("、"):
        name, count, scope = re.fullmatch(r"(.+?)(?:（(\d+) 项）|，(.+)计 0 分)?", cause).groups()
        if scope:
            assert (name, scope) in {(one["kind"], scope_words(SCHEME, one["scope"])) for one in facts.valid}
        else:
            assert kinds[name] == int(count or 1), cause


def check_findings(facts: Facts, rows: list[list[str]]) -> None:
    """Each row is the finding of its number: its sentence, the row it rests on, what it costs."""
    for number, sentence, where, points in rows:
        finding = facts.json["findings"][int(number) - 1]
        assert sentence.startswith(finding["because"])
        assert where.endswith(f"第{row}行") if (row := finding["evidence"]["row"]) else "第" not in where
        if finding["effect"] == "change":
            assert points.endswith(shown(exact(finding["points"]))), points
        elif finding["scope"] != finding["code"]:
            assert points == f"{scope_words(SCHEME, finding['scope'])}计 0 分"


def check_causes(facts: Facts, texts: Sequence[str]) -> None:
    """The reasons under the 计分表 are valid findings, those of the widest scope over each zero."""
    reasons = {text[2:-1] for text in texts if text.startswith(f"{VOID_MARK} ")}
    voids = [one for one in facts.valid if one["effect"] == "void"]
    scopes = {one["scope"] for one in voids}
    widest = {scope for scope in scopes if not scopes & set(SCHEME.lineage(scope)) - {scope}}
    known = {
        f"{one.get('veto') or one['kind']}，{scope_words(SCHEME, one['scope'])}计 0 分": one["scope"] for one in voids
    }
    assert {known[reason] for reason in reasons} == widest


def check_department(facts: Facts) -> set[str]:
    """The report's pages and the captions of its charts; gives the phrases that were met."""
    card = facts.card
    report = DepartmentReport(card, facts.place, facts.ranked)
    parts = (report.first_page(), report.score_table(), report.sections())
    blocks = [block for part in parts for block in part.blocks]
    drawn = (charts.where_points_went(card), *(charts.drawn(card, outline) for outline in SCHEME.outline.charts))
    captions = [chart.caption for chart in drawn if chart]
    texts = [*words(blocks), *captions]
    check_tables(facts, blocks)
    check_causes(facts, texts)
    for text in texts:
        check_sums(text)
    return check_phrases(facts, texts)


def check_city(report: CityReport, facts: Sequence[Facts]) -> None:
    """The city's tables, and the captions of its charts, each against what its own chart shows."""
    by_department = {one.card.department: one for one in facts}
    parts = (report.first_page(), report.vetoes(), report.apart(), report.losses())
    for label, rows in labelled([block for part in parts for block in part.blocks]):
        if label == "名次":
            for place, department, result, *sections, bonus, total in rows:
                one = by_department[department]
                assert place == str(one.place or "—")
                assert (result, bonus, total) == (verdict(one.card), one.bonus(), one.points("total"))
                assert sections == [one.points(code) for code in SCHEME.children["total"]]
        elif label == "否决情形":
            assert len(rows) == sum(len(one.vetoes) for one in facts)
        elif label == "待评部门":
            assert dict(row[:2] for row in rows) == {
                one.card.department: one.points("total") for one in facts if one.waiting
            }
        elif label == "全市失分最多的指标":
            for name, lost, count, _ in rows:
                losses = [one.lost[code] for one in facts if (code := name.split()[0]) in one.lost]
                assert (lost, count) == (shown(sum(losses)), str(len(losses)))
    check_city_charts([one.card for one in facts], facts)


def check_city_charts(cards: list[Scorecard], facts: Sequence[Facts]) -> None:
    """A cell of the heat map and a bar of the losses for each loss that the caption counts."""
    heat, losses, ranking = charts.loss_heatmap(cards), charts.city_losses(cards), charts.ranking_stacked(cards)
    cells, hit = sum(len(one.lost) for one in facts), {code for one in facts for code in one.lost}
    assert coloured(heat) - len(SHADES) == cells  # The key has one of each shade.
    assert (f"{len(facts)} 个部门共有 {cells} 处失分" in heat.caption) == bool(cells)
    if hit:
        total = shown(sum(sum(one.lost.values()) for one in facts))
        assert f"{len(facts)} 个部门在 {len(hit)} 个指标上共失 {total} 分" in losses.caption
        assert coloured(losses) - 1 == len(hit)
    ranked, waiting = ([one for one in facts if bool(one.waiting) is wait] for wait in (False, True))
    failed, also = (sum(bool(one.vetoes) for one in some) for some in (ranked, waiting))
    assert (f"已评定 {len(ranked)} 个部门" in ranking.caption) == bool(ranked)
    assert (f"；{failed} 个部门不合格" in ranking.caption) == bool(failed)
    assert (f"{len(waiting)} 个部门待评" in ranking.caption) == bool(waiting)
    assert (f"（其中 {also} 个已触发否决）" in ranking.caption) == bool(also)


def coloured(chart: Chart) -> int:
    """How many of a chart's bars and cells have a colour of their own."""
    fills = (to_hex(box.get_facecolor(), keep_alpha=True) for box in chart.figure.findobj(Rectangle))
    return sum(fill not in {f"{PAPER}ff", "#00000000"} for fill in fills)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Random evidence of every department; of two thirds of them everything is known."""
    folder = tmp_path_factory.mktemp("random")
    paths = [folder / f"{department}.xlsx" for department in SCHEME.departments]
    for seed, path in enumerate(paths):
        random_workbook(path, seed, path.stem, **({"uninspected": 0, "cut_off": None} if seed % 3 else {}))
    return load_evidence(paths, SCHEME)


def test_every_figure_and_cause_is_the_scorecards(loaded: Loaded) -> None:
    met: set[str] = set()

    @settings(max_examples=8)
    @given(readings, st.integers(0, 2))
    def said(chosen: dict[str, str], some: int) -> None:
        assessment = assess_evidence(loaded, chosen)
        places = {place.scorecard.department: place.rank for place in rank(assessment.scorecards)}
        facts = [Facts(card, places.get(card.department), len(places)) for card in assessment.scorecards]
        check_city(CityReport(assessment), facts)
        met.update(*map(check_department, facts[some::3]))

    said()
    assert met == set(SAID)
