"""领导信箱: letters whose replies quote what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pandas as pd

from tools.sample.inspection import working_day_after
from tools.sample.publishing import spread
from tools.sample.story import Mailbox, Story
from tools.sample.wording import Filler

Row = dict[str, Any]

#: Working days that a well-run office takes for a reply, by type.
PACE: Final = {"咨询": (1, 6), "投诉": (4, 24), "举报": (6, 27), "建议": (3, 20)}
LATE: Final = {"咨询": (8, 17), "投诉": (31, 40), "举报": (31, 40)}
KINDS: Final = ("咨询",) * 7 + ("投诉",) * 3 + ("举报",) * 2 + ("建议",) * 2
#: When the evidence was collected, in the year after: a later reply is not known.
COLLECTED: Final = (1, 26)
INVALID: Final = 0.03


def letters(texts: Mapping[str, Any], common: Mapping[str, Any], story: Story, year: int, rng: Random) -> list[Row]:
    """Rows of 领导信箱, by day of receipt and numbered; two came the year before, one the year after."""
    writer = _Writer(texts, common, rng)
    mailbox = story.letters
    within = spread([*pd.date_range(date(year, 1, 2), date(year, 12, 28)).date], mailbox.number, rng)
    days = [date(year - 1, 12, 19), date(year - 1, 12, 27), *within, date(year + 1, 1, 3)]
    rows = [writer.letter(day) for day in days]
    _delay(rows, mailbox, year, rng)
    _fob_off(rows, mailbox, year, rng)
    rows += [writer.explicit(one) for one in mailbox.explicit]
    for row in rows:
        if row["回复日期"] and row["回复日期"] > date(year + 1, *COLLECTED):
            row["回复日期"] = row["回复内容"] = None
    rows.sort(key=lambda row: row["来信日期"])
    prefix = texts["letter_prefix"]
    return [{"信件编号": f"{prefix}-{row['来信日期'].year}-{number:04d}", **row} for number, row in enumerate(rows, 1)]


class _Writer:
    def __init__(self, texts: Mapping[str, Any], common: Mapping[str, Any], rng: Random) -> None:
        self._topics, self._reply, self._rng = texts["letters"], common["reply"], rng
        self._slots = common["slots"] | texts["slots"]

    def letter(self, received: date) -> Row:
        """A letter on a random topic, answered in time."""
        kind = self._rng.choice(KINDS)
        topic = self._rng.choice([topic for topic in self._topics if topic["kind"] == kind])
        replied = working_day_after(received, self._rng.randint(*PACE[kind]))
        if self._rng.random() < INVALID:
            return _row(kind, received, replied, self._rng.choice(self._reply["invalid"]), valid="否")
        return _row(kind, received, replied, self._text(topic, received))

    def explicit(self, one: Mapping[str, Any]) -> Row:
        """A letter of the story; without a reply if it has none."""
        if "replied" not in one:
            return _row(one["kind"], one["received"], None, "")
        return _row(one["kind"], one["received"], one["replied"], self._text(one, one["received"]))

    def _text(self, topic: Mapping[str, Any], day: date) -> str:
        fill = Filler(self._slots | self._reply["kinds"][topic["kind"]] | {"ask": topic["ask"]}, day, self._rng)
        opening = self._rng.choice(self._reply["openings"])
        return fill(opening + topic["answer"] + self._rng.choice(self._reply["closings"]))


def _row(kind: str, received: date, replied: date | None, reply: str, valid: str = "是") -> Row:
    return {"类型": kind, "来信日期": received, "回复日期": replied, "回复内容": reply or None, "有效": valid}


def _delay(rows: list[Row], mailbox: Mailbox, year: int, rng: Random) -> None:
    """Answer as many letters late as the story says, all of them before the year's end."""
    inquiries = [row for row in rows if row["类型"] == "咨询" and _early(row, date(year, 11, 20))]
    complaints = [row for row in rows if row["类型"] in ("投诉", "举报") and _early(row, date(year, 10, 15))]
    for row in [*rng.sample(inquiries, mailbox.late), *rng.sample(complaints, mailbox.late_complaints)]:
        row["回复日期"] = working_day_after(row["来信日期"], rng.randint(*LATE[row["类型"]]))


def _fob_off(rows: list[Row], mailbox: Mailbox, year: int, rng: Random) -> None:
    candidates = [row for row in rows if row["类型"] != "建议" and _early(row, date(year, 12, 1))]
    for row, reply in zip(rng.sample(candidates, len(mailbox.fobbed)), mailbox.fobbed, strict=True):
        row["回复内容"] = reply


def _early(row: Row, before: date) -> bool:
    return bool(row["有效"] == "是" and before - timedelta(days=320) <= row["来信日期"] < before)
