"""Where two scorecards or rankings differ, with locations in Chinese.

Entries of a list are matched by what identifies them, and a location names them; a general library (deepdiff) gives
paths of keys and numbers, which would have to be translated with as much code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

#: Locations, and how the content there differs, in Chinese.
Differences = Iterator[tuple[str, str]]

#: Chinese names of the keys of scorecards and rankings.
_NAMES: Final = dict(
    re.findall(
        r"(\S+)=(\S+)",
        """
        max=满分 score=得分 range=得分范围 status=状态 total=总分 bonus=加分 qualified=是否合格 findings=发现
        set_aside=搁置的发现 pending=待评 readings=解读 evidence=佐证 review=复核 decisions=决定 points=分值
        because=事由 counting=计数说明 scheme=方案 unqualified=不合格 due=期限 days_late=逾期天数
        sample=示例 ranked=排名 samples=示例 absent=没有佐证的部门 unlisted=名单以外的文件 rank=名次 department=部门
        year=年度 as_of=截止日 exercise=方案性质 schema=格式 name=名称 code=指标 id=编号 kind=类型 effect=效果
        each=每次分值 times=次数 scope=归零范围 stands=是否成立 veto=否决 withdrawn=是否撤销 rests_on=依据的发现
        needs=所需项数 sheet=工作表 row=行 cells=内容 file=文件 sha256=摘要（SHA-256） notices=提示
        raw_range=复核前得分范围 finding=发现 decision=决定 reason=理由 reviewer=复核人 date=日期 difference=总分变动
        suspected=疑似问题 confirmed=是否确认
        stale=失效原因 errors=差错数 provisional=暂不排名 failed=未评分 departments=部门
        """,
    )
)
#: Keys that identify the entries of a list.
_IDENTIFIERS: Final = ("id", "code", "finding", "department")
_ABSENT: Final = object()
_PLAIN: Final = {None: "无", True: "是", False: "否"}
_LONGEST: Final = 120


def json_differences(
    before: Any, after: Any, names: tuple[str, str] = ("归档", "现为"), where: str = "", *, more: bool = False
) -> Differences:
    """Where two pieces of JSON differ.

    Parameters
    ----------
    names
        What the two are called, in Chinese.
    more
        Whether objects of ``after`` may have more keys than those of ``before``.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        one, other = before, {key: value for key, value in after.items() if key in before or not more}
        labels = {key: "" if key == "nodes" else _NAMES.get(key, key) for key in [*one, *other]}
    elif key := next((key for key in _IDENTIFIERS if _identifies(before, key) and _identifies(after, key)), None):
        one, other = ({_title(entry, key): entry for entry in entries} for entries in (before, after))
        labels = {title: title for title in [*one, *other]}
    else:
        if before != after or isinstance(before, bool) is not isinstance(after, bool):
            yield where, f"{names[0]} {_shown(before)}，{names[1]} {_shown(after)}"
        return
    for key, label in labels.items():
        below = f"{where} {label}".strip()
        yield from json_differences(one.get(key, _ABSENT), other.get(key, _ABSENT), names, below, more=more)


def _identifies(entries: Any, key: str) -> bool:
    """Whether all entries of a list have the key, each with another value."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and key in entry for entry in entries):
        return False
    return len({_title(entry, key) for entry in entries}) == len(entries)


def _title(entry: Mapping[str, Any], key: str) -> str:
    return f"{entry['code']} {entry['name']}" if key == "code" and "name" in entry else str(entry[key])


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "没有"
    if value is None or isinstance(value, bool):
        return _PLAIN[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
