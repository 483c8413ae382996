"""可用性监测: visits to the homepage in the week before each day of inspection."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random
from typing import Any, Final

from tools.sample.story import Story

Row = dict[str, Any]

#: Visits per day, one every hour.
A_DAY: Final = 24
DAYS: Final = 7


def visits(story: Story, rng: Random) -> list[Row]:
    """Rows of 可用性监测; failures occur in the week before the last day of inspection."""
    return [
        row
        for number, checkpoint in enumerate(story.checkpoints, 1)
        for row in _week(story, datetime.combine(checkpoint, time()), rng, last=number == len(story.checkpoints))
    ]


def _week(story: Story, end: datetime, rng: Random, *, last: bool) -> list[Row]:
    moments = [
        end - timedelta(days=back) + timedelta(hours=hour, minutes=rng.randrange(60))
        for back in reversed(range(DAYS))
        for hour in range(story.visits.few.get((end - timedelta(days=back)).date(), A_DAY))
    ]
    marked = rng.sample(range(len(moments)), story.visits.failed + story.visits.unmeasured) if last else []
    failed = set(marked[: story.visits.failed])
    return [_visit(at, number in failed, number in marked, rng) for number, at in enumerate(moments)]


def _visit(at: datetime, failed: bool, marked: bool, rng: Random) -> Row:  # noqa: FBT001 - two marks of a row
    if not marked:
        return {"监测时间": at, "结果": "打开", "用时": round(rng.uniform(0.6, 4.8), 1)}
    if failed:
        slow = rng.random() < 0.5  # noqa: PLR2004 - half of them never open
        return (
            {"监测时间": at, "结果": "打开", "用时": round(rng.uniform(15, 28), 1)}
            if slow
            else {"监测时间": at, "结果": "打不开"}
        )
    return {"监测时间": at, "结果": "未能测得", "说明": "监测程序所在线路中断"}
