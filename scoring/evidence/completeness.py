"""How far a workbook has been filled in, as far as it can be read: faulty cells are no hindrance."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.base.characters import plain
from scoring.evidence.reading.workbook import Workbook
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import INSPECTED


@dataclass(frozen=True)
class Completeness:
    """What of a workbook is still open.

    Attributes
    ----------
    leaves
        How many leaves the scheme has.
    pending
        The leaves that nobody inspected; None where 核查情况 lacks what tells of it.
    empty_sheets
        Names of the sheets without a row, 复核记录 aside.
    empty_facts
        The 项目 of 基本信息 that may be left empty and are.
    nature
        正式 or 示例 as it stands there; empty without it.
    """

    leaves: int
    pending: tuple[Node, ...] | None
    empty_sheets: tuple[str, ...]
    empty_facts: tuple[str, ...]
    nature: str

    @property
    def is_complete(self) -> bool:
        """Whether every leaf was inspected; an empty sheet or fact may well be true, and is only told."""
        return self.pending == ()


def completeness_of(workbook: Workbook, scheme: Scheme) -> Completeness:
    """What is open in a workbook that could be opened."""
    contents = _contents(workbook)
    return Completeness(
        leaves=len(scheme.leaves),
        pending=_pending(workbook, scheme),
        empty_sheets=tuple(
            sheet.name
            for sheet in scheme.sheets
            if not sheet.optional and sheet.key in workbook.tables and workbook.tables[sheet.key].empty
        ),
        empty_facts=tuple(
            fact.name
            for fact in scheme.facts
            if not (fact.required or fact.choices) and fact.name in contents and not contents[fact.name]
        ),
        nature=contents.get("数据性质", ""),
    )


def _pending(workbook: Workbook, scheme: Scheme) -> tuple[Node, ...] | None:
    if not {("inspections", "code"), ("inspections", "status")} <= workbook.positions.keys():
        return None
    table = workbook.tables["inspections"]
    inspected = set(table.loc[table["status"] == INSPECTED, "code"])
    return tuple(leaf for leaf in scheme.leaves if leaf.code not in inspected)


def _contents(workbook: Workbook) -> dict[str, str]:
    """项目 to 内容 as text, empty where nothing stands there; nothing where 基本信息 cannot be read."""
    if not {("facts", "item"), ("facts", "content")} <= workbook.positions.keys():
        return {}
    table = workbook.tables["facts"]
    return {
        str(item): "" if content is None else plain(str(content))
        for item, content in zip(table["item"], table["content"], strict=True)
    }
