"""What the readings decide, in words: ranges of totals and ranks, what moves them, what decides between neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scoring.base.points import shown, shown_range, signed
from scoring.engine.readings import Alone, Decided, Outcome, Pair, Standing
from scoring.scheme import Scheme


def ranks_words(standing: Standing | None) -> str:
    """第 3 至 5 名, or what stands in the way of a rank; empty where there is no ranking."""
    if standing is None:
        return ""
    if standing.best is None:
        return "不排名"
    ranks = (
        f"第 {standing.best} 名" if standing.best == standing.worst else f"第 {standing.best} 至 {standing.worst} 名"
    )
    return f"{ranks}（{standing.unranked} 种组合下待评，不排名）" if standing.unranked else ranks


def result_words(one: Decided) -> str:
    """In how many combinations the site is 合格."""
    open_ = one.combinations - one.qualified - one.unqualified
    counts = {"合格": one.qualified, "不合格": one.unqualified, "待评": open_}
    there = {word: count for word, count in counts.items() if count}
    if len(there) == 1:
        return f"任何解读下均{'为' if '待评' in there else ''}{next(iter(there))}"
    return "，".join(f"{count} 种组合下{word}" for word, count in there.items())


def totals_words(outcome: Outcome) -> str:
    """A total, or its range while a leaf is pending."""
    return shown_range(outcome.low, outcome.high)


def range_words(one: Decided) -> str:
    """From the lowest to the highest total."""
    return shown_range(one.lowest.low, one.highest.high)


def options_words(scheme: Scheme, changed: Mapping[str, str]) -> str:
    """Readings with options that are not the chosen ones."""
    named = (f"“{scheme.readings[key].title}”改为“{scheme.readings[key].options[to]}”" for key, to in changed.items())
    return "、".join(named)


def end_words(scheme: Scheme, outcome: Outcome) -> str:
    """What leads to the lowest or highest total."""
    return options_words(scheme, outcome.changed) if outcome.changed else "所用解读"


def effect_words(alone: Alone, *, gate: bool = False) -> str:
    """What one other option changes by itself: points, and the result where it is another."""
    low, high = alone.change
    moved = (
        [] if gate or not (low or high) else [f"{signed(low) if low == high else f'{signed(low)}～{signed(high)}'} 分"]
    )
    results = {True: "合格", False: "不合格", None: "待评"}
    if alone.before.qualified is not alone.after.qualified:
        moved.append(f"结论变为{results[alone.after.qualified]}")
    return "，".join(moved) or "没有影响，与其他解读一同改变时才有"


def pair_words(scheme: Scheme, pair: Pair, combinations: int) -> str:
    """Whether the order of two neighbours ever is another, and the fewest readings that make it so."""
    names = f"{pair.ahead}与{pair.behind}"
    if pair.flip is None:
        if pair.level:
            return f"{names}在任何解读下都同分。"
        tied = f"，其中 {pair.tied} 种组合下同分" if pair.tied else ""
        return (
            f"{pair.ahead}在任何解读下都不落后于{pair.behind}{tied}。"
            if tied
            else f"{pair.ahead}在任何解读下都排在{pair.behind}之前。"
        )
    turned = "即分出先后" if pair.level else f"{pair.behind}即排到前面"
    share = f"{combinations} 种组合中有 {pair.flipped} 种如此"
    return f"{names}的先后取决于解读：{options_words(scheme, pair.flip)}，{turned}（{share}）。"


def lines(scheme: Scheme, one: Decided) -> Iterator[str]:
    """A department in a few lines, as a command prints them."""
    if scheme.is_gate:
        yield f"{one.department}：{result_words(one)}"
    else:
        parts = (f"现为 {totals_words(one.now)} 分", f"任何解读下 {range_words(one)} 分", ranks_words(one.standing))
        yield f"{one.department}：{'，'.join(filter(None, parts))}；{result_words(one)}"
        if one.lowest.low != one.highest.high:
            yield f"  最低 {shown(one.lowest.low)} 分：{end_words(scheme, one.lowest)}"
            yield f"  最高 {shown(one.highest.high)} 分：{end_words(scheme, one.highest)}"
    for alone in one.alone:
        changed = options_words(scheme, {alone.reading: alone.option})
        yield f"  单独把{changed}：{effect_words(alone, gate=scheme.is_gate)}"
    if one.after:
        yield f"  {pair_words(scheme, one.after, one.combinations)}"
