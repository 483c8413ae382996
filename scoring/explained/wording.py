"""Finds ambiguous wording in clauses without a reading for it."""

from __future__ import annotations

import re
from typing import Final

from scoring.scheme import Node, Scheme

_LIMIT: Final = r"[\d一二三四五六七八九十两]+个?(?:工作日|日|天|周|月|年|小时)"
#: Pattern of the wording, pattern of what makes it clear, and what is unclear.
_WORDING: Final = (
    (r"(?:未|不|没有)?(?:及时|按时|按期|定期)", rf"{_LIMIT}(?:以?内|前|必须)|\d+月(?:\d+日|底)?前", "没有写明期限"),
    (r"(?:未|不能|没有|无|少于)[^，。；\n]{1,10}每次", "", "怎样算一次没有写明：一个问题、一次监测，还是一段时间"),
    (r"超过（含）", "", "“超过”不含本数，“（含）”又含本数"),
    (r"(?<![\d一二三四五六七八九十两个])[\d一二三四五六七八九十两]+天(?:以?内)", "", "是自然日还是工作日没有写明"),
    (r"每(?:多|超过|增加)[^，。；\n]{1,8}加", r"最多|不超过|上限|封顶", "加分有没有上限没有写明"),
    (r"每(?:少|缺)[一1][个条次项件]", r"扣完为止|最多", "按缺少的数目逐一扣，还是不足即扣一次，没有写明"),
    (r"[^，。；\n]{0,6}不得分", "", "只失这一次的分，还是整个指标不得分"),
    (r"等(?:内容|情形|情况|问题|方面|信息|“[^”]+”)", "", "列举没有穷尽，其余的算不算没有写明"),
    (r"长期(?:未|没有|不)\w{0,2}", "", "多久算长期没有写明"),
)


def unclear(scheme: Scheme) -> dict[tuple[str, str], list[Node]]:
    """Wording and what is unclear about it, to the leaves with it."""
    found: dict[tuple[str, str], list[Node]] = {}
    for leaf in scheme.leaves:
        text = f"{leaf.description}\n{leaf.standard}\n{leaf.remark}"
        lineage = set(scheme.lineage(leaf.code))
        read = "".join(one.clause + one.title for one in scheme.readings.values() if lineage & set(one.nodes))
        for pattern, unless, meaning in _WORDING:
            for word in dict.fromkeys(re.findall(pattern, text)):
                if not (_is_read(word, read) or (unless and re.search(unless, text))):
                    found.setdefault((word, meaning), []).append(leaf)
    return found


def _is_read(word: str, read: str) -> bool:
    """Whether a reading quotes the word; what is counted one by one is clear where any reading names the node."""
    return word.strip("未不") in read or (word.startswith("每") and bool(read))
