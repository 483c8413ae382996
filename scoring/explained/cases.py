"""The cases of a scheme's tests in words: ``cases.toml`` or ``cases/*.toml`` in its folder, for its tests and its page.

A case starts from a workbook without losses. ``evidence`` replaces all rows of the sheets it names, ``also`` adds
rows, ``without`` removes rows. A line is ``sheet ×times | column=value | …``, or ``sheet | 无`` for no row at all; a
value may be a stretch of days, ``2017-03-01..2017-03-14``, for a row each day. ``given`` is such lines for every case
of a file. What must come out: ``score``, ``void`` or ``pending`` (both ends) of the leaf ``clause``, and ``qualified``,
``total``, ``bonus``, ``nodes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from scoring.base.points import exact, shown
from scoring.explained.words import quoted
from scoring.scheme import TOTAL, Scheme, SchemeError
from scoring.scheme.parse import Problems, read_toml
from scoring.scheme.sheets import FACTS, INSPECTIONS

_KEYS: Final = {
    *("name", "clause", "readings", "cut_off", "evidence", "also", "without"),
    *("score", "void", "pending", "qualified", "total", "bonus", "nodes"),
}
_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


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
    for path in sorted([*scheme.folder.glob("cases.toml"), *scheme.folder.glob("cases/*.toml")]):
        for code, case in _of_file(scheme, path, problems):
            found.setdefault(code, []).append(case)
    if problems.lines:
        lines = "".join(f"\n  {line}" for line in problems.lines)
        raise SchemeError(f"方案 {scheme.folder.name} 的用例有 {len(problems.lines)} 处错误：{lines}")
    return found


def _of_file(scheme: Scheme, path: Path, problems: Problems) -> Iterator[tuple[str, Case]]:
    table = read_toml(path, problems)
    file, leaves = path.relative_to(scheme.folder).as_posix(), {leaf.code for leaf in scheme.leaves}
    for number, case in enumerate(table.get("case", ()), 1):
        where = f"第 {number} 个 case"
        if unknown := sorted(set(case) - _KEYS):
            problems.add(file, where, f"不认识 {'、'.join(unknown)}")
        elif case.get("clause") not in leaves or not case.get("name") or not {"score", "void", "pending"} & set(case):
            problems.add(file, where, "应有 name，clause（末级指标编号），以及 score、void、pending 之一")
        else:
            given = "；".join(_line(scheme, line) for line in table.get("given", ()))
            yield case["clause"], Case(case["name"], given, _evidence(scheme, case), "；".join(_results(scheme, case)))


def _evidence(scheme: Scheme, case: Mapping[str, Any]) -> str:
    parts = [f"截止日期{_words(case['cut_off'])}"] if "cut_off" in case else []
    parts += [_line(scheme, line) for line in case.get("evidence", ())]
    parts += [f"另有{_line(scheme, line)}" for line in case.get("also", ())]
    parts += [f"去掉{_line(scheme, line)}" for line in case.get("without", ())]
    parts += [
        f"解读{quoted(scheme.readings[key].title)}取{quoted(scheme.readings[key].options[option])}"
        for key, option in case.get("readings", {}).items()
        if key in scheme.readings and option in scheme.readings[key].options
    ]
    return "；".join(parts) or "没有任何过失"


def _line(scheme: Scheme, line: str) -> str:
    """A line of evidence in words."""
    head, *cells = (part.strip() for part in line.split("|"))
    sheet, _, times = head.partition(" ×")
    if cells == ["无"]:
        return f"《{sheet}》没有记录"
    pairs = [(name.strip(), _words(value)) for name, _, value in (cell.partition("=") for cell in cells)]
    if sheet == scheme.sheet(FACTS).name:
        return f"《{sheet}》" + "，".join(f"{name}{f'为“{value}”' if value else '空着'}" for name, value in pairs)
    if sheet == scheme.sheet(INSPECTIONS).name:
        return "，".join(f"{name} {value}" for name, value in pairs)
    told = "，".join(f"{name} {value or '空着'}" for name, value in pairs)
    count = "" if ".." in line else f"{times or 1}行"
    return f"《{sheet}》{count}{f'（{told}）' if told else ''}"


def _words(value: date | str) -> str:
    """A value in words: days as 2017年6月30日, a stretch of days as every day of it."""
    stretch = ".." in str(value)
    day = _DAY.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", str(value))
    return f"{day.replace('..', '至')}每天1行" if stretch else day


def _results(scheme: Scheme, case: Mapping[str, Any]) -> Iterator[str]:
    if "pending" in case:
        yield f"待评（{_range(case['pending'])}分）"
    elif case.get("void"):
        yield "计0分"
    else:
        yield f"得{_points(case['score'])}分"
    if case.get("bonus"):
        yield f"其中加分{_points(case['bonus'])}分"
    for code, points in case.get("nodes", {}).items():
        name = "总分" if code == TOTAL else f"{code} {scheme.by_code[code].name}" if code in scheme.by_code else code
        yield f"{name}{_points(points)}分"
    if "total" in case:
        yield f"总分{_points(case['total'])}分"
    if case.get("qualified") is False:
        yield "网站不合格"


def _range(ends: Sequence[float]) -> str:
    return "～".join(map(_points, ends))


def _points(figure: float) -> str:
    return shown(exact(figure))
