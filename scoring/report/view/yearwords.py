"""The sentences of a comparison of years, in Chinese. Nothing here scores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from scoring.base.points import shown, signed
from scoring.comparison import Comparison, DepartmentChange, LeafChange, Split
from scoring.engine.findings import VOID
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.settle import VOIDED
from scoring.report.view.words import correction, points_words, scope_words
from scoring.scheme import Node

CAUSES: Final = ("表现", "规则", "解读")
ABOVE: Final = "否决计0分、封顶"
PENDING: Final = "待评，不作分解"
WITHIN: Final = "在解读的差别之内"

#: How many leaves are named for a cause; the table has all.
_NAMED: Final = 3
_SENTENCE: Final = re.compile(r"[^。；;\n]+[。；;]?")


# --- A department --------------------------------------------------------------------------------------------------


def summary(change: DepartmentChange) -> str:
    """The totals of both years and the difference, in a sentence."""
    before, after = change.before, change.after
    ends = (
        f"总分由{before.scheme.year_words}的 {points_words(before.total)} 分"
        f"变为{after.scheme.year_words}的 {points_words(after.total)} 分"
    )
    if change.change is None:
        pending = [f"{card.year}年度有 {len(card.pending)} 个指标待评" for card in (before, after) if card.pending]
        return f"{ends}；{'，'.join(pending)}，总分的变化{PENDING.removeprefix('待评，')}。"
    if not change.change:
        return f"{ends}，没有增减。"
    return f"{ends}，{'增加' if change.change > 0 else '减少'} {shown(abs(change.change))} 分{within(change)}。"


def within(change: DepartmentChange) -> str:
    """A remark on a change that other readings may undo; else empty."""
    return f"，{WITHIN}" if change.ranges and not change.outlasts_readings else ""


def causes(change: DepartmentChange) -> list[tuple[str, Fraction, str]]:
    """Each cause with an effect: name, points, and the leaves with the largest change."""
    splits = [(leaf.node.name, leaf.split) for leaf in change.leaves] + [(ABOVE, change.above)]
    known = [(name, split) for name, split in splits if split is not None]
    changed = []
    for at, cause in enumerate(CAUSES):
        moved = [(name, points) for name, split in known if (points := parts(split)[at])]
        if moved:
            moved.sort(key=lambda entry: abs(entry[1]), reverse=True)
            named = "、".join(f"{name} {signed(points)}" for name, points in moved[:_NAMED])
            more = f" 等 {len(moved)} 项" if len(moved) > _NAMED else ""
            whole = cause if change.split is not None else f"{cause}（不含待评指标）"
            changed.append((whole, sum((points for _, points in moved), Fraction(0)), named + more))
    return changed


# --- Above the leaves ----------------------------------------------------------------------------------------------


def above(comparison: Comparison, change: DepartmentChange) -> tuple[str, str] | None:
    """The effect of vetoes, caps and spilt points on the total, by cause, and the reasons; None if there is none."""
    cards = change.before, change.after
    happened = "；".join(f"{card.year}年度{_above_words(card)}" for card in cards)
    if change.above is None:
        return (PENDING, happened) if any(_voids(card) for card in cards) else None
    moved = zip(CAUSES, parts(change.above), strict=True)
    moved_by = "，".join(f"{cause} {signed(points)}" for cause, points in moved if points)
    reread = reading_changes(comparison, None, above_leaves=True) if change.above.reading else []
    return (moved_by, "；".join([happened, *reread])) if moved_by else None


def _above_words(card: Scorecard) -> str:
    """The vetoes of a year with what they set to zero, and the sums changed by caps, scaling or spilt points."""
    happened = []
    if voids := _voids(card):
        kinds = "、".join(dict.fromkeys(finding.veto or finding.kind.name for finding in voids))
        scopes = "、".join(dict.fromkeys(scope_words(card.scheme, finding.scope) for finding in voids))
        happened.append(f"因{kinds}，{scopes}计 0 分")
    for code, steps in card.steps.branches.items():
        node, added = card.nodes[code], steps.added[0]
        if node.status != VOIDED and added != node.low:
            happened.append(f"“{node.name}”所属指标合计 {shown(added)} 分{correction(card, code)}")
    return "，".join(happened) or "没有计0分、封顶"


def _voids(card: Scorecard) -> list[Finding]:
    above = (finding for finding in card.findings if finding.effect == VOID and finding.scope != finding.code)
    return [finding for finding in above if finding.stands]


# --- A leaf --------------------------------------------------------------------------------------------------------


def label(leaf: LeafChange) -> str:
    """Code and name, marked 原 for a dropped leaf, whose code may have been reused."""
    return f"{'原 ' if leaf.after is None else ''}{leaf.node.code} {leaf.node.name}"


def moved(change: DepartmentChange) -> list[LeafChange]:
    """The leaves to list: changed, added, dropped, or without a split."""
    return [
        leaf
        for leaf in change.leaves
        if leaf.split is None or leaf.before is None or leaf.after is None or any(parts(leaf.split))
    ]


def parts(split: Split) -> tuple[Fraction, Fraction, Fraction]:
    """Behaviour, rules, reading."""
    return split.behaviour, split.rules, split.reading


def reasons(comparison: Comparison, change: DepartmentChange, leaf: LeafChange) -> Iterator[tuple[str, str]]:
    """Why a leaf changed: each cause with its points and explanation."""
    if leaf.split is None:
        yield PENDING, "有一年尚未核查，或换用另一年的方案无法评定"
        return
    named = zip(CAUSES, parts(leaf.split), strict=True)
    behaviour, rules, reading = (f"{cause} {signed(points)}" for cause, points in named)
    full = f"满分 {shown(leaf.node.points)} 分"
    if leaf.after is None:
        yield rules, f"取消指标，原{full}"
    elif leaf.before is None:
        yield rules, f"新增指标，{full}；{change.after.year}年度：{found_words(change.after, leaf.node.code)}"
    else:
        own = (change.before, leaf.before.node), (change.after, leaf.after.node)
        if leaf.split.behaviour:
            yield behaviour, "；".join(f"{card.year}年度：{found_words(card, node.code)}" for card, node in own)
        if leaf.split.rules:
            yield rules, "；".join(rule_changes(leaf.before.node, leaf.after.node)) or "计分方法有改动"
        if leaf.split.reading:
            reread = reading_changes(comparison, leaf.after.node.code, above_leaves=False)
            yield reading, "；".join(reread) or "其他条款的解读不同"


def found_words(card: Scorecard, code: str) -> str:
    """The findings of a leaf in a year: the costliest in full, the number of others."""
    found = [finding for finding in card.of(code) if finding.stands and (finding.points or _sets_own_zero(finding))]
    if not found:
        return "没有得分项" if card.scheme.by_code[code].opens_at_zero else "没有扣分"
    found.sort(key=lambda finding: (not _sets_own_zero(finding), -abs(finding.points or 0)))
    more = f"，另有 {len(found) - 1} 项" if len(found) > 1 else ""
    points = found[0].points
    return f"{found[0].because}（{'本项计 0 分' if points is None else f'{signed(points)} 分'}）{more}"


def _sets_own_zero(finding: Finding) -> bool:
    return finding.effect == VOID and finding.scope == finding.code


# --- The schemes ---------------------------------------------------------------------------------------------------


def rule_changes(before: Node, after: Node) -> list[str]:
    """The differences of a leaf from the year before: code, points, clauses, points of findings."""
    changes = []
    if before.code != after.code:
        changes.append(f"编号由 {before.code} 改为 {after.code}")
    if before.name != after.name:
        changes.append(f"名称由“{before.name}”改为“{after.name}”")
    if before.points != after.points:
        changes.append(f"满分由 {shown(before.points)} 分改为 {shown(after.points)} 分")
    for old, new in ((getattr(before, text), getattr(after, text)) for text in ("description", "standard", "remark")):
        if old != new:
            changes.append(_reworded(old, new))
    for name in (name for name in before.findings if name in after.findings):
        old, new = before.findings[name].each, after.findings[name].each
        if old is not None and new is not None and old != new:
            changes.append(f"“{name}”每项由 {signed(old)} 分改为 {signed(new)} 分")
    return changes


def scheme_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Leaf, 改动 or 新增 or 取消, and the change; in the order of the later scheme, dropped ones last."""
    before, after = comparison.before.scheme, comparison.after.scheme
    earlier = {later: code for code, later in comparison.leaves.pairs}
    rows = []
    for leaf in after.leaves:
        name = f"{leaf.code} {leaf.name}"
        if leaf.code not in earlier:
            rows.append(
                (name, "新增", f"满分 {shown(leaf.points)} 分；{leaf.description}{leaf.standard}{leaf.source_note}")
            )
        elif changes := rule_changes(before.by_code[earlier[leaf.code]], leaf):
            rows.append((name, "改动", "；".join(changes)))
    dropped = (before.by_code[code] for code in comparison.leaves.dropped)
    return rows + [(f"原 {leaf.code} {leaf.name}", "取消", f"原满分 {shown(leaf.points)} 分") for leaf in dropped]


def _reworded(old: str, new: str) -> str:
    """The sentences of a clause that changed."""
    before, after = (_SENTENCE.findall(text) for text in (old, new))
    gone = "".join(sentence for sentence in before if sentence not in after).strip()
    come = "".join(sentence for sentence in after if sentence not in before).strip()
    if not gone and not come:
        return "条款的次序或排版有改动"
    if not gone:
        return f"条款增加“{come}”"
    return f"条款“{gone}”改为“{come}”" if come else f"条款删去“{gone}”"


def reading_changes(comparison: Comparison, code: str | None = None, *, above_leaves: bool | None = None) -> list[str]:
    """The readings, of a clause of a node or one above it, or by level, that both years know and chose otherwise."""
    before, after = comparison.before, comparison.after
    about = None if code is None else set(after.scheme.lineage(code))
    changes = []
    for key, reading in after.scheme.readings.items():
        of_node = about is None or not about.isdisjoint(reading.nodes)
        of_level = above_leaves is None or after.scheme.settles_above_leaves(key) == above_leaves
        if of_node and of_level and key in before.readings and before.readings[key] != after.readings[key]:
            options = before.scheme.readings[key].options[before.readings[key]], reading.options[after.readings[key]]
            changes.append(f"“{reading.title}”由“{options[0]}”改为“{options[1]}”")
    return changes


def readings_of_one_year(comparison: Comparison) -> list[str]:
    """The readings that only one year's scheme has, with the options chosen."""
    years = comparison.before, comparison.after
    return [
        f"只有{year.year}年度有“{reading.title}”，按“{reading.options[year.readings[key]]}”"
        for year, other in (years, years[::-1])
        for key, reading in year.scheme.readings.items()
        if key not in other.scheme.readings
    ]


def most_moved(changes: Sequence[DepartmentChange]) -> str:
    """Which departments gained and lost most, in a sentence; empty where none did."""
    known = [(change.change, change.department, within(change)) for change in changes if change.change]
    words = []
    for points, how in ((max(known, default=None), "上升"), (min(known, default=None), "下降")):
        if points and points[0] is not None and (points[0] > 0) == (how == "上升"):
            words.append(f"{how}最多的是{points[1]}（{signed(points[0])} 分{points[2]}）")
    return f"总分{'，'.join(words)}。" if words else ""
