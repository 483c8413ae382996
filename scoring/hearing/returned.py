"""Reads a 反馈表 that came back, as .xlsx, .xls or .et; every cell that cannot be taken is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from scoring.base.characters import quoted
from scoring.base.errors import NotDone
from scoring.evidence.importing.tables import UnreadableFile, read_tables
from scoring.evidence.reading.cells import READERS
from scoring.evidence.reading.worksheet import Broken
from scoring.hearing.form import BY, DEPARTMENT, LOCKED, NUMBER, OWN, SHEET
from scoring.scheme.sheets import ACCEPT, OBJECT, Kind

#: Letters that a cell may have.
_LONGEST: Final = 2000
#: How many mistakes are listed.
_LISTED: Final = 20
_AT: Final = {name: at for at, name in enumerate((*LOCKED, *OWN))}

Row = list[Any]


class UnusableForm(NotDone):
    """A form that cannot be taken; the message says where, what stands there and what is expected, in Chinese."""


@dataclass(frozen=True)
class Reply:
    """What a department filled in about a finding."""

    row: int  # as Excel numbers it
    finding: str
    problem: str
    view: str
    reason: str
    about: str
    mended_on: dt.date | None
    attachments: str

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return not (self.view or self.reason or self.about or self.mended_on or self.attachments)


@dataclass(frozen=True)
class Form:
    """A form that came back."""

    notice: str
    department: str
    by: str
    replies: tuple[Reply, ...]


def read_form(path: Path) -> Form:
    """Read a form.

    Raises
    ------
    UnusableForm
        When it is none, or some cells cannot be taken.
    """
    try:
        rows = next((table.rows for table in read_tables(path) if table.name == SHEET), None)
    except UnreadableFile as error:
        raise UnusableForm(str(error).removeprefix(f"{path.name}：")) from error
    if rows is None:
        raise UnusableForm(f"没有工作表《{SHEET}》，不是随整改通知书发出的反馈表")
    cells = _Cells(rows)
    head = next((at for at, row in enumerate(rows) if LOCKED[1] in row), None)
    if head is None or rows[head][: len(_AT)] != [*_AT]:
        raise UnusableForm(f"《{SHEET}》的表头被改动；应为：{'、'.join(_AT)}")
    above = {row[0]: at for at, row in enumerate(rows[:head]) if row and isinstance(row[0], str)}
    notice, department, by = (
        cells.text(above[label], 1) if label in above else "" for label in (NUMBER, DEPARTMENT, BY)
    )
    replies = tuple(reply for at in range(head + 1, len(rows)) for reply in _reply(cells, at))
    if not by:
        cells.problems.append(f"“{BY}”没有填写")
    if cells.problems:
        raise UnusableForm(listed(f"有 {len(cells.problems)} 处差错：", cells.problems))
    return Form(notice, department, by, replies)


def listed(title: str, lines: Sequence[str]) -> str:
    """A title and lines under it, of very many only the first."""
    more = [f"……共 {len(lines)} 处"] if len(lines) > _LISTED else []
    return "\n  ".join([title, *lines[:_LISTED], *more])


class _Cells:
    """Reads cells, by row and column from 0; what cannot be taken is collected."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows, self.problems = rows, list[str]()

    def text(self, row: int, column: int, kind: Kind = Kind.TEXT) -> str:
        """The text of a cell; empty for a blank one."""
        value = self._value(row, column)
        text = str(READERS[kind](value) or "")
        if isinstance(value, Broken):
            self.wrong(row, column, f"“{quoted(value)}”没有可以读取的值", "文字；公式请改成它的结果")
        elif len(text) > _LONGEST:
            self.wrong(row, column, f"有 {len(text)} 字", f"不超过 {_LONGEST} 字")
        return text

    def day(self, row: int, column: int) -> dt.date | None:
        """The day of a cell."""
        value = self._value(row, column)
        day = READERS[Kind.DATE](value)
        if day is None or isinstance(day, dt.date):
            return pd.Timestamp(day).date() if day else None
        self.wrong(row, column, f"“{quoted(str(value))}”", "日期，如 2017-04-20")
        return None

    def _value(self, row: int, column: int) -> Any:
        return self.rows[row][column] if column < len(self.rows[row]) else None

    def wrong(self, row: int, column: int, found: str, expected: str) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(f"{chr(ord('A') + column)}{row + 1}：{found}；应为：{expected}")


def _reply(cells: _Cells, row: int) -> Iterator[Reply]:
    """The reply in a row, if there is one; ``cells`` notes what is wrong with it."""
    finding = cells.text(row, _AT["发现编号"], Kind.REFERENCE)
    view, reason, about, attachments = (cells.text(row, _AT[name]) for name in ("意见", "理由", "整改情况", "附件"))
    mended_on = cells.day(row, _AT["整改日期"])
    reply = Reply(row + 1, finding, cells.text(row, _AT["问题"]), view, reason, about, mended_on, attachments)
    wrong = {
        "发现编号": (not finding and not reply.is_blank, "空白，而这一行填了内容", "原来的发现编号；请勿增加行"),
        "意见": (view not in {"", ACCEPT, OBJECT}, f"“{quoted(view)}”", f"{ACCEPT}、{OBJECT}之一"),
        "理由": (view == OBJECT and not reason, "申诉没有写理由", "申诉的理由"),
        "整改情况": (bool(mended_on) and not about, "填了整改日期，没有写整改情况", "整改了什么"),
    }
    for name, (is_wrong, found, expected) in wrong.items():
        if is_wrong:
            cells.wrong(row, _AT[name], found, expected)
    if finding:
        yield reply
