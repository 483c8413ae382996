"""How far a workbook has been filled in, as far as it can be read; faulty cells do not matter."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.base.characters import plain
from scoring.evidence.reading.workbook import Workbook
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import FACTS, INSPECTED, INSPECTIONS


@dataclass(frozen=True)
class Completeness:
    """What of a workbook is still open.

    Attributes
    ----------
    leaves
        How many leaves the scheme has.
    pending
        The leaves that are not inspected; None where 核查情况 cannot be read.
    empty_sheets
        Names of the sheets without a row that every workbook has.
    empty_facts
        The 项目 of 基本信息 that may be left empty and are.
    nature
        正式 or 示例; empty without it.
    """

    leaves: int
    pending: tuple[Node, ...] | None
    empty_sheets: tuple[str, ...]
    empty_facts: tuple[str, ...]
    nature: str

    @property
    def is_complete(self) -> bool:
        """Whether every leaf is inspected; an empty sheet or fact may well be right."""
        return self.pending == ()


def completeness_of(workbook: Workbook, scheme: Scheme) -> Completeness:
    """What is open in a workbook that could be opened."""
    tables = workbook.tables
    contents = _contents(workbook)
    by_key = {fact.key: fact.name for fact in scheme.facts}
    return Completeness(
        leaves=len(scheme.leaves),
        pending=_pending(workbook, scheme),
        empty_sheets=tuple(
            sheet.name
            for sheet in scheme.sheets
            if not sheet.optional and sheet.key in tables and tables[sheet.key].empty
        ),
        empty_facts=tuple(
            fact.name
            for fact in scheme.facts
            if not (fact.required or fact.choices) and contents.get(fact.name, "filled") == ""
        ),
        nature=contents.get(by_key["nature"], ""),
    )


def _pending(workbook: Workbook, scheme: Scheme) -> tuple[Node, ...] | None:
    if not {(INSPECTIONS, "code"), (INSPECTIONS, "status")} <= workbook.positions.keys():
        return None
    table = workbook.tables[INSPECTIONS]
    inspected = set(table.loc[table["status"] == INSPECTED, "code"])
    return tuple(leaf for leaf in scheme.leaves if leaf.code not in inspected)


def _contents(workbook: Workbook) -> dict[str, str]:
    """项目 to 内容 as text, empty where there is none; no 项目 where 基本信息 cannot be read."""
    if not {(FACTS, "item"), (FACTS, "content")} <= workbook.positions.keys():
        return {}
    table = workbook.tables[FACTS]
    return {
        str(item): "" if content is None else plain(str(content))
        for item, content in zip(table["item"], table["content"], strict=True)
    }
