"""The cases of a scheme's tests in words: ``cases.toml`` or ``cases/*.toml`` in its folder, for its tests and its page.

A case starts from a workbook without losses. ``evidence`` replaces all rows of the sheets it names, ``also`` adds
rows, ``without`` removes rows. A line is ``sheet ×times | column=value | …``, or ``sheet | 无`` for no row at all; a
value may be a stretch of days, ``2017-03-01..2017-03-14``, for a row each day. ``given`` is such lines for every case
of a file. What must come out: ``score``, ``void`` or ``pending`` (both ends) of the leaf ``clause``, and ``qualified``,
``total``, ``bonus``, ``nodes``; ``suspected`` is how many findings wait to be confirmed, none if left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scoring.base.points import exact, shown
from scoring.explained.words import quoted
from scoring.scheme import TOTAL, Scheme, SchemeError
from scoring.scheme.parse import Problems, read_toml
from scoring.scheme.sheets import FACTS_NAME, INSPECTIONS

_KEYS: Final = {
    *("name", "clause", "readings", "cut_off", "evidence", "also", "without"),
    *("score", "void", "pending", "qualified", "total", "bonus", "nodes", "suspected"),
}


@dataclass(frozen=True)
class Case:
    """A case in words: its name, what its file's cases have in common, its evidence, its result."""

    name: str
    given: str
    evidence: str
    result: str


def cases_of(scheme: Scheme) -> dict[str, list[Case]]:
    """Leaf code to its cases.

    Raises
    ------
    SchemeError
        When a file cannot be read, or a case lacks its name, leaf or result, or has unknown keys.
    """
    problems, found = Problems(), dict[str, list[Case]]()
    leaves = {leaf.code for leaf in scheme.leaves}
    for path in sorted([*scheme.folder.glob("cases.toml"), *scheme.folder.glob("cases/*.toml")]):
        table, file = read_toml(path, problems), path.relative_to(scheme.folder).as_posix()
        given = "；".join(_line(scheme, line) for line in table.get("given", ()))
        for number, case in enumerate(table.get("case", ()), 1):
            if unknown := sorted(set(case) - _KEYS):
                problems.add(file, f"第 {number} 个 case", f"不认识 {'、'.join(unknown)}")
            elif case.get("clause") in leaves and case.get("name") and {"score", "void", "pending"} & set(case):
                words = Case(case["name"], given, _evidence(scheme, case), "；".join(_results(scheme, case)))
                found.setdefault(case["clause"], []).append(words)
            else:
                expected = "应有 name，clause（末级指标编号），以及 score、void、pending 之一"
                problems.add(file, f"第 {number} 个 case", expected)
    if problems.lines:
        lines = "".join(f"\n  {line}" for line in problems.lines)
        raise SchemeError(f"方案 {scheme.folder.name} 的用例有 {len(problems.lines)} 处错误：{lines}")
    return found


def _evidence(scheme: Scheme, case: Mapping[str, Any]) -> str:
    known, chosen = scheme.readings, case.get("readings", {}).items()
    readings = [(known[key], option) for key, option in chosen if key in known and option in known[key].options]
    parts = [
        *([f"截止日期{_days(str(case['cut_off']))}"] if "cut_off" in case else []),
        *(_line(scheme, line) for line in case.get("evidence", ())),
        *(f"另有{_line(scheme, line)}" for line in case.get("also", ())),
        *(f"去掉{_line(scheme, line)}" for line in case.get("without", ())),
        *(f"解读{quoted(one.title)}取{quoted(one.options[option])}" for one, option in readings),
    ]
    return "；".join(parts) or "没有任何过失"


def _line(scheme: Scheme, line: str) -> str:
    """A line of evidence in words."""
    head, *cells = (part.strip() for part in line.split("|"))
    sheet, _, times = head.partition(" ×")
    if cells == ["无"]:
        return f"《{sheet}》没有记录"
    pairs = [(name.strip(), _days(value.strip())) for name, _, value in (cell.partition("=") for cell in cells)]
    if sheet == FACTS_NAME:
        return f"《{sheet}》" + "，".join(f"{name}{f'为“{value}”' if value else '空着'}" for name, value in pairs)
    words = "，".join(f"{name} {value or '空着'}" for name, value in pairs)
    if sheet == scheme.sheet(INSPECTIONS).name:
        return words
    count = "" if ".." in line else f"{times or 1}行"
    return f"《{sheet}》{count}{f'（{words}）' if words else ''}"


def _days(value: str) -> str:
    """A value with its days as 2017年6月30日, a stretch of days as every day of it."""
    words = re.sub(r"(\d{4})-(\d\d)-(\d\d)", lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", value)
    return f"{words.replace('..', '至')}每天1行" if ".." in value else words


def _results(scheme: Scheme, case: Mapping[str, Any]) -> Iterator[str]:
    def points(figure: float) -> str:
        return f"{shown(exact(figure))}分"

    if "pending" in case:
        yield f"待评（{'～'.join(shown(exact(end)) for end in case['pending'])}分）"
    else:
        yield "计0分" if case.get("void") else f"得{points(case['score'])}"
    if case.get("bonus"):
        yield f"其中加分{points(case['bonus'])}"
    for code, figure in case.get("nodes", {}).items():
        node = scheme.by_code.get(code)
        yield f"{'总分' if code == TOTAL else f'{code} {node.name}' if node else code}{points(figure)}"
    if "total" in case:
        yield f"总分{points(case['total'])}"
    if case.get("qualified") is False:
        yield "网站不合格"
    if case.get("suspected"):
        yield f"{case['suspected']}项疑似问题待确认"
