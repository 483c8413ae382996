"""What lies ahead as a calendar file (RFC 5545), which calendars take in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC

import pandas as pd
from icalendar import Calendar, Event

from scoring.engine.outlook import Outlook
from scoring.report.outlook.items import Item, effect
from scoring.report.render.screen import AUTHOR


def calendar_of(found: Iterable[Outlook], title: str, on: pd.Timestamp, nothing: str) -> bytes:
    """An entry of a whole day for every loss; the same losses give the same bytes, and the same day the same UID.

    Where there is none, an entry on the day of the outlook says ``nothing``: a calendar needs one by RFC 5545.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{AUTHOR}//zh-CN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for ahead in found:
        for loss in ahead.losses:
            if loss.day is not None:
                calendar.add_component(_entry_of(Item(ahead, loss.day, loss)))
    if not calendar.subcomponents:
        calendar.add_component(_entry([title, f"{on:%Y-%m-%d}"], on, on, nothing))
    made: bytes = calendar.to_ical()
    return made


def _entry_of(item: Item) -> Event:
    ahead, loss = item.ahead, item.first
    named = [
        ahead.scheme.folder.name,
        ahead.department,
        loss.code,
        f"{item.day:%Y-%m-%d}",
        *(one.id for one in loss.findings),
    ]
    mark = "【示例】" if ahead.sample else ""
    tried = "如监测，将认定" if loss.if_judged else "今日截止，否则认定"
    summary = f"{mark}{ahead.department}　{tried}{item.kinds}（{effect(ahead, loss)}）"
    entry = _entry(named, ahead.on, item.day, summary)
    entry.add(
        "description",
        f"{loss.code} {ahead.scheme.by_code[loss.code].name}\n{item.sentence}\n{item.still_lacking}".rstrip(),
    )
    return entry


def _entry(named: Iterable[str], on: pd.Timestamp, day: pd.Timestamp, summary: str) -> Event:
    """A whole day that is not kept free; what it is named by gives its UID."""
    entry = Event()
    entry.add("uid", f"{hashlib.sha256(chr(31).join(named).encode()).hexdigest()[:32]}@site-audit-workbook")
    entry.add("dtstamp", on.to_pydatetime().replace(tzinfo=UTC))
    entry.add("dtstart", day.date())
    entry.add("summary", summary)
    entry.add("transp", "TRANSPARENT")
    return entry
