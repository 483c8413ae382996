"""What lies ahead as a calendar file (RFC 5545), which calendars take in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC

from icalendar import Calendar, Event

from scoring.engine.outlook import Outlook
from scoring.report.outlook.items import Item, effect
from scoring.report.render.screen import AUTHOR


def calendar_of(found: Iterable[Outlook], title: str) -> bytes:
    """An entry of a whole day for every loss; the same losses give the same bytes, and the same day the same UID."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{AUTHOR}//zh-CN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for ahead in found:
        for loss in ahead.losses:
            if loss.day is not None:
                calendar.add_component(_entry(Item(ahead, loss.day, loss)))
    made: bytes = calendar.to_ical()
    return made


def _entry(item: Item) -> Event:
    ahead, loss, entry = item.ahead, item.first, Event()
    named = [
        ahead.scheme.folder.name,
        ahead.department,
        loss.code,
        f"{item.day:%Y-%m-%d}",
        *(one.id for one in loss.findings),
    ]
    mark = "【示例】" if ahead.sample else ""
    tried = "如监测将认定" if loss.if_judged else "最后一天："
    entry.add("uid", f"{hashlib.sha256(chr(31).join(named).encode()).hexdigest()[:32]}@site-audit-workbook")
    entry.add("dtstamp", ahead.on.to_pydatetime().replace(tzinfo=UTC))
    entry.add("dtstart", item.day.date())
    entry.add("summary", f"{mark}{ahead.department}　{tried}{item.kinds}（{effect(ahead, loss)}）")
    entry.add(
        "description",
        f"{loss.code} {ahead.scheme.by_code[loss.code].name}\n{item.sentence}\n{item.still_lacking}".rstrip(),
    )
    entry.add("transp", "TRANSPARENT")
    return entry
