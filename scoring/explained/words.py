"""Made-up evidence and what comes of it, in the words of an office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from scoring.base.points import shown
from scoring.engine.findings import VOID
from scoring.explained.trials import Outcome, Row
from scoring.scheme import TOTAL, FindingKind, Scheme
from scoring.scheme.sheets import DAYS, FACTS_NAME, Kind, Sheet


def quoted(text: str) -> str:
    """A text in quotation marks, those within it in single ones."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def fact_words(scheme: Scheme, facts: Row) -> str:
    """项目 with their values."""
    names = {fact.key: fact.name for fact in scheme.facts}
    return "，".join(f"《{FACTS_NAME}》{names[key]}{_holds(value)}" for key, value in facts.items())


def added_words(sheet: Sheet, row: Row, cells: Row, times: int) -> str:
    """Rows besides, with the cells that make them a fault and the words that say what they are about."""
    has_days = any(sheet.column(key).kind in DAYS for key in cells)
    return (
        f"《{sheet.name}》增加{times}行{_cells(sheet, row, {*cells, *_listed(sheet), *([sheet.dated_by] * has_days)})}"
    )


def gone_words(sheet: Sheet, rows: Sequence[Row], *, whole: bool) -> str:
    """Rows that are gone."""
    about = (
        _cells(sheet, rows[0], {key for key in _listed(sheet) if len({row[key] for row in rows}) == 1}) if rows else ""
    )
    days = [row[sheet.dated_by] for row in rows] if sheet.dated_by else []
    if whole and days and min(days) < max(days):
        return f"《{sheet.name}》{day_words(min(days))}至{day_words(max(days))}没有记录{about}"
    return f"《{sheet.name}》减少{len(rows)}行{about}"


def altered_words(sheet: Sheet, rows: Sequence[Row], cells: Row) -> str:
    """Rows that hold something else."""
    named = ({sheet.unique} if sheet.unique else _listed(sheet)) - set(cells)
    words = "、".join(f"{sheet.column(key).name}{_holds(value)}" for key, value in cells.items())
    return f"《{sheet.name}》{len(rows)}行{_cells(sheet, rows[0], named)}的{words}"


def day_words(day: dt.date) -> str:
    """A day as 6月30日."""
    return f"{day.month}月{day.day}日"


def _holds(value: Any) -> str:
    return "空着" if value is None else f"为“{_plain(value)}”"


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return f"{value.year}年{day_words(value)}"
    return value if isinstance(value, str) else shown(value)


def _listed(sheet: Sheet) -> set[str]:
    """The columns whose words say what a row is about."""
    return {column.key for column in sheet.columns if column.one_of or column.paired_with or column.kind is Kind.CHOICE}


def _cells(sheet: Sheet, row: Row, keys: Collection[str | None]) -> str:
    cells = [(column.name, row[column.key]) for column in sheet.columns if column.key in keys]
    words = "，".join(f"{name}{'空着' if value is None else f' {_plain(value)}'}" for name, value in cells)
    return f"（{words}）" if words else ""


def result_words(outcome: Outcome, code: str) -> str:
    """What an outcome is for a leaf: its points or 计0分, and what else is set to zero."""
    scheme, leaf = outcome.draft.scheme, outcome.of(code)
    rows = [row for row in outcome.findings if row.code == code]
    vetoed = any(isinstance(row.veto, str) for row in rows)
    if leaf.is_pending:
        return f"{code} 待评"
    if scheme.is_gate:
        return "网站不合格" if vetoed else "合格"
    if voids := dict.fromkeys(scheme.by_code[row.scope].name for row in rows if row.effect == VOID):
        return f"{'、'.join(voids)}计0分{'，网站不合格' if vetoed else ''}"
    return f"{code} 得{shown(leaf.score)}分（满分{shown(scheme.by_code[code].points)}分）"


def node_words(outcome: Outcome, code: str) -> str:
    """An outcome for a node: 3.1.2 得3分, 总分计0分; for a gate, whether the site passes."""
    scheme, node = outcome.draft.scheme, outcome.of(code)
    name = scheme.by_code[code].name if code == TOTAL else f"{code} "
    if node.is_pending:
        return f"{name}待评"
    if scheme.is_gate:
        return "网站不合格" if outcome.is_vetoed else "网站合格"
    return f"{name}计0分" if node.is_void else f"{name}得{shown(node.score)}分"


def points_words(scheme: Scheme, kind: FindingKind) -> str:
    """The points of one finding of a kind, or what it sets to zero."""
    return f"{'疑似，经复核确认后' if kind.suspected else ''}{_points_words(scheme, kind)}"


def _points_words(scheme: Scheme, kind: FindingKind) -> str:
    if kind.scope and (kind.each is None or kind.veto):
        name = scheme.by_code[kind.scope].name
        what = f"{kind.veto}，网站不合格" if scheme.is_gate else f"{name}计0分{f'（{kind.veto}）' if kind.veto else ''}"
        return f"{what}；范围有不同解读" if kind.scope_by else what
    if kind.each is None:
        return "按所评的分计"
    if not kind.each:
        return "不扣分，只作认定"
    words = f"每次{'扣' if kind.each < 0 else '得'}{shown(abs(kind.each))}分"
    return f"{words}，或计0分（有不同解读）" if kind.scope else words
