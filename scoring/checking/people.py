"""Who has inspected what, and what is missing, over departments and people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scoring.base.characters import breadth, displayed
from scoring.checking import Checked
from scoring.engine.decisions import names
from scoring.evidence.completeness import Inspection

NO_NAME: Final = "（未填核查人）"
#: Why a department is not in the figures.
UNCOUNTED: Final = "无法统计，见所列差错"
#: More departments than these are not listed on the terminal, only those that are not fully inspected.
_MOST_LISTED: Final = 100
#: So many names stand in a cell of the terminal.
_MOST_NAMES: Final = 3
#: Names are compared in half width; an office writes its brackets so.
_BRACKETS: Final = str.maketrans("()", "（）")


@dataclass(frozen=True)
class Person:
    """What a person has inspected, alone or with others: (department, code, day), the day None if it is unclear."""

    name: str
    inspected: tuple[tuple[str, str, dt.date | None], ...]

    @property
    def departments(self) -> list[str]:
        """In which departments, in the scheme's order."""
        return list(dict.fromkeys(department for department, _, _ in self.inspected))

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day; empty if none is known."""
        days = [day for _, _, day in self.inspected if day]
        return (min(days).isoformat(), max(days).isoformat()) if days else ("", "")


def people_of(results: Sequence[Checked]) -> list[Person]:
    """Everybody who has inspected, those with most leaves first."""
    found: dict[str, list[tuple[str, str, dt.date | None]]] = {}
    for checked in results:
        for code, inspection in inspected_in(checked).items():
            for name in inspectors_of(inspection):
                found.setdefault(name, []).append((checked.department, code, inspection.day))
    people = [Person(name, tuple(inspected)) for name, inspected in found.items()]
    return sorted(people, key=lambda person: (-len(person.inspected), person.name))


def inspectors_of(inspection: Inspection) -> list[str]:
    """The people of a cell, fit to be shown."""
    written = (displayed(name).translate(_BRACKETS) for name in names(inspection.inspector or ""))
    return sorted(written) or [NO_NAME]


def inspected_in(checked: Checked) -> dict[str, Inspection]:
    """The inspected leaves by code; none where the evidence does not count."""
    return dict(checked.completeness.inspected) if checked.completeness and checked.is_counted else {}


def who(checked: Checked) -> list[str]:
    """Who has inspected a department's leaves."""
    return sorted({name for inspection in inspected_in(checked).values() for name in inspectors_of(inspection)})


def missing(checked: Checked) -> list[str]:
    """Codes and names of the leaves that are not inspected."""
    pending = checked.completeness.pending if checked.completeness else None
    return [f"{leaf.code} {leaf.name}" for leaf in pending or ()]


def totals_of(results: Sequence[Checked]) -> str:
    """How many departments are fully inspected."""
    done = sum(checked.is_complete for checked in results)
    uncounted = sum(not checked.is_counted for checked in results)
    more = f"（其中无法统计 {uncounted} 个）" if uncounted else ""
    return f"核查完 {done} 个，未核查完 {len(results) - done} 个{more}"


def tables_of(results: Sequence[Checked]) -> Iterator[str]:
    """The lines of the tables by person and, of several departments, by department."""
    if people := people_of(results):
        yield "按核查人："
        yield from _aligned(["核查人", "已核查", "首次", "末次", "部门"], map(_person_row, people))
    if len(results) > 1:
        yield f"按部门：{totals_of(results)}"
        if listed := [one for one in results if len(results) <= _MOST_LISTED or not one.is_complete]:
            yield from _aligned(["部门", "已核查", "核查人", "未核查"], map(_department_row, listed))


def _person_row(person: Person) -> list[str]:
    return [person.name, str(len(person.inspected)), *person.days, some(person.departments)]


def _department_row(checked: Checked) -> list[str]:
    done, leaves = len(inspected_in(checked)), len(checked.scheme.leaves)
    if not checked.is_counted:
        return [displayed(checked.department), "", "", UNCOUNTED]
    return [checked.department, f"{done}/{leaves}", some(who(checked)), some(missing(checked))]


def some(words: Sequence[str], most: int = _MOST_NAMES) -> str:
    """The first of several words, and how many there are."""
    return "、".join(words[:most]) + (f"等 {len(words)} 个" if len(words) > most else "")


def _aligned(titles: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    """Lines with their columns one below the other, a Chinese character two columns wide."""
    lines = [list(titles), *rows]
    widths = [max(map(breadth, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - breadth(cell)) for cell, width in zip(line, widths, strict=True))
        yield f"  {'  '.join(padded)}".rstrip()
