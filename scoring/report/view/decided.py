"""What the readings decide, in words: ranges of totals and ranks, what moves them, what decides between neighbours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from scoring.base.points import shown, shown_range, signed
from scoring.engine.readings import Alone, Decided, Outcome, Pair, Standing
from scoring.report import charts
from scoring.report.charts import chart_part
from scoring.report.view.blocks import Block, Run, Text, bullets, column, heading, link, paragraph, strong, table
from scoring.scheme import Scheme

#: How many pairs of neighbours are listed where there are very many.
_LISTED: Final = 20
#: What is said where there is nothing to choose, nobody scored, or nobody to compare with.
NO_READINGS: Final = "方案没有需要选择解读的条款，结果只有一种。"
NOBODY: Final = "没有已评分的部门。"
NO_PAIR: Final = "有名次的部门不足两个，没有先后可比。"
TOO_MANY: Final = "解读的组合过多，没有逐一算出。"


def ranks_words(standing: Standing | None) -> str:
    """第 3 至 5 名, or why there is no rank."""
    if standing is None:
        return "示例数据不参加排名"
    if standing.best is None:
        return "暂不排名"
    ranks = (
        f"第 {standing.best} 名" if standing.best == standing.worst else f"第 {standing.best} 至 {standing.worst} 名"
    )
    return f"{ranks}（{standing.unranked} 种解读组合下待评，暂不排名）" if standing.unranked else ranks


def result_words(one: Decided) -> str:
    """In how many combinations the site is 合格."""
    open_ = one.combinations - one.qualified - one.unqualified
    counts = {"合格": one.qualified, "不合格": one.unqualified, "待评": open_}
    there = {word: count for word, count in counts.items() if count}
    if len(there) == 1:
        return f"任何解读下均{'为' if '待评' in there else ''}{next(iter(there))}"
    return f"{one.combinations} 种解读组合中，{'、'.join(f'{count} 种{word}' for word, count in there.items())}"


def totals_words(outcome: Outcome) -> str:
    """A total, or its range while a leaf is pending."""
    return shown_range(outcome.low, outcome.high)


def range_words(one: Decided) -> str:
    """From the lowest to the highest total."""
    return shown_range(one.lowest.low, one.highest.high)


def options_words(scheme: Scheme, changed: Mapping[str, str]) -> str:
    """Readings with options that are not the chosen ones."""
    named = ((scheme.readings[key].title, scheme.readings[key].options[to]) for key, to in changed.items())
    return "、".join(f"{title if '“' in title else f'“{title}”'}改为“{option}”" for title, option in named)


def end_words(scheme: Scheme, outcome: Outcome) -> str:
    """What leads to the lowest or highest total."""
    return options_words(scheme, outcome.changed) if outcome.changed else "即所用解读"


def effect_words(alone: Alone, *, gate: bool = False) -> str:
    """What one other option changes by itself: points, and the result where it is another."""
    low, high = alone.change
    moved = (
        []
        if gate or not (low or high)
        else [f"{signed(low)} 分" if low == high else f"下限变化 {signed(low)} 分，上限变化 {signed(high)} 分"]
    )
    results = {True: "合格", False: "不合格", None: "待评"}
    if alone.before.qualified is not alone.after.qualified:
        moved.append(f"结论变为{results[alone.after.qualified]}")
    return "，".join(moved) or "没有影响，与其他解读一同改变时才有影响"


def pair_words(scheme: Scheme, pair: Pair, combinations: int) -> str:
    """Whether the order of two neighbours ever is another, and the fewest readings that make it so."""
    names = f"{pair.ahead}与{pair.behind}"
    if pair.flip is None:
        if pair.level:
            return f"{names}在任何解读下都同分。"
        tied = f"，其中 {pair.tied} 种解读组合下同分" if pair.tied else ""
        return (
            f"{pair.ahead}在任何解读下都不落后于{pair.behind}{tied}。"
            if tied
            else f"{pair.ahead}在任何解读下都排在{pair.behind}之前。"
        )
    turned, such = ("即分出先后", "分出先后") if pair.level else (f"{pair.behind}即排到前面", f"{pair.behind}在前")
    together = "同时把" if len(pair.flip) > 1 else ""
    share = f"{combinations} 种解读组合中，{such}的有 {pair.flipped} 种"
    return f"{names}的先后取决于解读：{together}{options_words(scheme, pair.flip)}，{turned}（{share}）。"


def firmness(scheme: Scheme, one: Decided) -> str:
    """In a sentence: the ranges of total and rank, the result, and what decides the order with its neighbours."""
    any_ = f"条款有 {len(scheme.readings)} 处可作不同解读，不论采用哪种，"
    if not one.moves:
        return f"{any_}本部门的结果都不变：{result_words(one)}。"
    if scheme.is_gate:
        return f"{result_words(one)}。"
    pairs = [(pair, pair.flip) for pair in (one.before, one.after) if pair and pair.flip]
    decisive = [
        f"与{pair.ahead if pair is one.before else pair.behind}的先后取决于如何解读{_titles(scheme, flip)}"
        for pair, flip in pairs
    ]
    ends = "，".join([f"总分为 {range_words(one)} 分", _reached_ranks(one), *decisive])
    return f"{any_}{ends}；{result_words(one)}。"


def _titles(scheme: Scheme, keys: Iterable[str]) -> str:
    titles = (scheme.readings[key].title for key in keys)
    return "、".join(title if "“" in title else f"“{title}”" for title in titles)


def lines(scheme: Scheme, one: Decided) -> Iterator[str]:
    """A department in a few lines, as a command prints them."""
    if scheme.is_gate:
        yield f"{one.department}：{result_words(one)}"
    else:
        totals = f"按所用解读 {totals_words(one.now)} 分，任何解读下 {range_words(one)} 分"
        yield f"{one.department}：{totals}，{ranks_words(one.standing)}；{result_words(one)}"
        if range_words(one) != totals_words(one.now):
            yield f"  最低 {shown(one.lowest.low)} 分：{end_words(scheme, one.lowest)}"
            yield f"  最高 {shown(one.highest.high)} 分：{end_words(scheme, one.highest)}"
    for alone in one.alone:
        changed = options_words(scheme, {alone.reading: alone.option})
        yield f"  单独把{changed}：{effect_words(alone, gate=scheme.is_gate)}"
    if one.after:
        yield f"  {pair_words(scheme, one.after, one.combinations)}"


# --- A department ----------------------------------------------------------------------------------------------------


def for_department(scheme: Scheme, one: Decided | None, parts: Collection[str] = ()) -> Iterator[Block]:
    """The range of its results, what each other option changes by itself, and its neighbours.

    ``parts`` are the leaves that have a part in the report; they are led to.
    """
    if not scheme.readings or one is None:
        yield paragraph(TOO_MANY if scheme.readings else NO_READINGS)
        return
    what = f"方案有 {len(scheme.readings)} 处条款可作不同解读，各种解读的组合共 {one.combinations} 种。"
    if not one.moves:
        same = (
            result_words(one) if scheme.is_gate else f"任何解读下都是 {totals_words(one.now)} 分，{result_words(one)}"
        )
        yield paragraph(f"{what}本部门的结果与解读无关：{same}。")
    elif scheme.is_gate:
        yield paragraph(what, strong(f"{result_words(one)}。"))
    else:
        yield paragraph(what, f"本部门按所用解读为 {totals_words(one.now)} 分；", strong(_reach(one)))
        yield bullets(
            [_end(scheme, "最低", one.lowest.low, one.lowest), _end(scheme, "最高", one.highest.high, one.highest)]
        )
    if one.alone:
        columns = [column("条款", share=2), column("改为", share=3), column("单独改变的影响", share=2)]
        yield table(columns, _effects(scheme, one, parts), label="每种解读单独改变的影响")
    if pairs := [pair for pair in (one.before, one.after) if pair]:
        yield paragraph("与名次相邻部门的先后：")
        yield bullets(pair_words(scheme, pair, one.combinations) for pair in pairs)


def _reach(one: Decided) -> str:
    return f"任何解读下总分为 {range_words(one)} 分，{_reached_ranks(one)}；{result_words(one)}。"


def _reached_ranks(one: Decided) -> str:
    return f"{'名次为' if one.standing and one.standing.best else ''}{ranks_words(one.standing)}"


def _end(scheme: Scheme, name: str, points: Fraction, outcome: Outcome) -> str:
    return f"{name} {shown(points)} 分：{end_words(scheme, outcome)}"


def _effects(scheme: Scheme, one: Decided, parts: Collection[str]) -> Iterator[list[Text]]:
    for alone in one.alone:
        reading = scheme.readings[alone.reading]
        nodes: list[Run] = [link(code, f"#{code}") if code in parts else code for code in reading.nodes]
        named = [run for node in nodes for run in ("、", node)][1:]
        yield [
            [f"{reading.title}（", *named, "）"],
            reading.options[alone.option],
            effect_words(alone, gate=scheme.is_gate),
        ]


# --- The city --------------------------------------------------------------------------------------------------------


def for_city(scheme: Scheme, found: Sequence[Decided]) -> Iterator[Block]:
    """Every department's range of totals and ranks, what moves them, and neighbours whose order may change."""
    if not scheme.readings or not found:
        yield paragraph(TOO_MANY if scheme.readings else NO_READINGS)
        return
    count = f"{len(scheme.readings)} 处条款可作不同解读，各种解读的组合共 {found[0].combinations} 种，全部算过。"
    if scheme.is_gate:
        yield paragraph(count)
        rows: list[list[Text]] = [[one.department, result_words(one)] for one in _listed(found)]
        yield table([column("部门", whole=True), column("结果")], rows, label="任何解读下的结果")
        return
    ranked = _ranked(found)
    yield paragraph(count, strong(firm_ranks(found) or NO_PAIR))
    order = [*ranked, *(one for one in found if one not in ranked)]
    yield from chart_part(charts.reading_intervals(order), paper=True).blocks
    names = ("所用解读下", "任何解读下", "名次")
    columns = [column("部门", whole=True), *(column(name, whole=True) for name in names), column("结论")]
    rows = [
        [one.department, totals_words(one.now), range_words(one), ranks_words(one.standing), result_words(one)]
        for one in _listed(order)
    ]
    yield table(columns, rows, label="任何解读下的总分和名次")
    yield from chart_part(charts.reading_effects(scheme, order), paper=True).blocks
    yield from _neighbours(scheme, ranked)


def firm_ranks(found: Sequence[Decided]) -> str:
    """How many ranks are the same whatever the readings; empty where not even two departments are ranked."""
    standings = [one.standing for one in _ranked(found) if one.standing]
    firm = sum(one.best == one.worst for one in standings)
    return f"不论条款采用哪种解读，{len(standings)} 个部门中名次都不变的有 {firm} 个。" if len(standings) > 1 else ""


def _ranked(found: Sequence[Decided]) -> list[Decided]:
    """Those that have a rank under some readings, by total."""
    return sorted((one for one in found if one.standing and one.standing.best), key=lambda one: -one.now.low)


def _listed(found: Sequence[Decided]) -> Sequence[Decided]:
    return found if len(found) <= charts.MANY else found[:_LISTED]


def _neighbours(scheme: Scheme, ranked: Sequence[Decided]) -> Iterator[Block]:
    pairs = [(one.after, one.combinations) for one in ranked if one.after]
    open_ = [pair_words(scheme, pair, of) for pair, of in pairs if pair.flip is not None]
    if not pairs:
        return
    level = sum(pair.level and pair.flip is None for pair, _ in pairs)
    kinds = {
        "的先后在任何解读下都不变": len(pairs) - level - len(open_),
        "在任何解读下都同分": level,
        "取决于解读": len(open_),
    }
    yield heading(3, "名次相邻部门的先后")
    counted = "，".join(f"{count} 对{kind}" for kind, count in kinds.items() if count)
    yield paragraph(f"{len(pairs)} 对相邻部门中，{counted}。")
    listed = open_ if len(ranked) <= charts.MANY else open_[:_LISTED]
    if listed:
        yield bullets(listed)
    if more := len(open_) - len(listed):
        yield paragraph(f"另有 {more} 对，运行 readings 命令可看到全部。", role="note")
