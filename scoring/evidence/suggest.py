"""Suggests what a faulty cell was probably meant to say. Suggestions are shown with the fault and never applied.

There is one only if a single answer is clearly nearest; ambiguous values (3/5/2017, 17.3.5) get none. The only
synonyms known are the ways in which people tick a box in a column of 是/否 or 有/无.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from scoring.base.characters import plain
from scoring.evidence.reading.cells import EARLIEST, LATEST, as_moment, as_text, is_host_name
from scoring.scheme.sheets import HAS, HAS_NOT, NO, YES, Column, Kind, Sheet

#: The share of two texts that must agree: 撤消 and 撤销, 来信时间 and 来信日期 agree by half.
CUTOFF: Final = 0.5
#: Longer texts are not typing errors, and longer lists not meant to choose from; also limits the cost of hostile input.
LONGEST: Final = 60
MOST: Final = 100

_TICKED: Final = frozenset({YES, HAS, "对", "√", "✓", "Y", "YES", "T", "TRUE", "1"})
_NOT_TICKED: Final = frozenset({NO, HAS_NOT, "没有", "不是", "×", "✗", "N", "NO", "F", "FALSE", "0"})
_BOXES: Final = frozenset({(YES, NO), (HAS, HAS_NOT)})
_NEGATIONS: Final = frozenset("不没未非无否")
_LOOK_ALIKES: Final = str.maketrans({"l": "1", "I": "1", "|": "1", "O": "0", "o": "0"})
_STOPS: Final = re.compile(r"[.。．·、,，_\-—]+")

_YEAR_FIRST: Final = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\s*[日号.。]?|(\d{4})(\d\d)(\d\d)")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_AFTER_THE_DAY: Final = re.compile(
    r"\s*[(]?(?:星期|周)[一二三四五六日天][)]?$|(?<=[\d日号])(?:\s+|T)\d{1,2}:\d\d(?::\d\d)?$"
)
_TIME_AT_END: Final = re.compile(r"(.*[^\s\d]\d{1,2}\D?|\d{8})(?:\s+|T)(\d{1,2}:\d\d(?::\d\d)?)")
_DAY_SECONDS: Final = 24 * 60 * 60
_SERIAL_ZERO: Final = dt.date(1899, 12, 30)
_CODES_UNTIL: Final = 2010
_WITH_UNIT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*[分秒次个件条]")


def of_value(column: Column, value: Any) -> str:
    """What a value that does not fit its column was probably meant to be; empty where that is not clear."""
    if column.kind is Kind.CHOICE:
        return choice(value, column.choices)
    if column.kind is Kind.NUMBER:
        return number(value, column.most)
    of_kind = {Kind.DATE: day, Kind.MOMENT: moment, Kind.HOST: host_name}.get(column.kind)
    return of_kind(value) if of_kind else ""


def choice(value: Any, choices: Sequence[str]) -> str:
    """A word of the list: equal but for blanks, a tick for 是 or 有, else the nearest that is not its negation.

    >>> choice("咨 询", ("咨询", "投诉")), choice("√", ("是", "否")), choice("变更", ("未变更", "已报备"))
    ('咨询', '是', '')
    """
    text = squeezed(value)
    if text in choices:
        return text
    if tuple(choices) in _BOXES:
        return ticked(text, choices)
    negated = _NEGATIONS & set(text)
    return nearest(text, tuple(word for word in choices if _NEGATIONS & set(word) == negated))


def ticked(text: str, choices: Sequence[str]) -> str:
    """What a tick means in a list of 是 and 否, or 有 and 无; empty for other lists and other texts.

    >>> ticked("y", ("是", "否")), ticked("0", ("有", "无")), ticked("1", ("高危", "低危"))
    ('是', '无', '')
    """
    if tuple(choices) not in _BOXES:
        return ""
    return choices[0] if text.upper() in _TICKED else choices[1] if text.upper() in _NOT_TICKED else ""


def day(value: Any) -> str:
    """The only day that a malformed date can mean, as 2017-03-05.

    >>> day("2017年3月5号"), day("20170305"), day(42799.0), day("3/25/2017"), day("3/5/2017"), day("2017-2-29")
    ('2017-03-05', '2017-03-05', '2017-03-05', '2017-03-25', '', '')
    """
    return _only({found.isoformat() for parts in _readings_of_a_day(value) if (found := _existing(*parts))})


def moment(value: Any) -> str:
    """The only moment that a malformed one can mean, as 2017-03-05 09:30.

    >>> moment("2017年3月5号 9:30"), moment("20170305 09:30:15"), moment(42799.5), moment("3/5/2017 9:30")
    ('2017-03-05 09:30', '2017-03-05 09:30:15', '2017-03-05 12:00', '')
    """
    if isinstance(value, float) and math.isfinite(value) and not value.is_integer():
        seconds = round(value % 1 * _DAY_SECONDS)
        on, at = day(value // 1), f"{dt.timedelta(seconds=seconds)}" if seconds < _DAY_SECONDS else ""
    else:
        match = _TIME_AT_END.fullmatch(plain(str(as_text(value) or ""))[:LONGEST])
        on, at = (day(match[1]), match[2]) if match else (day(value), "0:00")
    found = as_moment(f"{on} {at}")
    return f"{found}".removesuffix(":00") if on and isinstance(found, dt.datetime) else ""


def code(value: Any, names: Mapping[str, str]) -> str:
    """The code of a leaf, from a mistyped code (3.2.l), a date that Excel made of it (3.1.4), or the leaf's name.

    ``names`` gives the codes that are allowed, each with its leaf's name.
    """
    if isinstance(value, dt.date):  # 3.1.4 became the year 2003, and 1.1 a day of the year in which it was typed.
        year = f"{value.year - 2000}." if value.year < _CODES_UNTIL else ""
        typed = f"{year}{value.month}.{value.day}"
        return typed if typed in names else ""
    text = squeezed(value)
    for typed in (text, re.split(r"[^\d.]", text, maxsplit=1)[0]):
        if (tidy := _STOPS.sub(".", typed.translate(_LOOK_ALIKES)).strip(".")) in names:
            return tidy
    same = nearest(text, tuple(dict.fromkeys(names.values())))
    return _only({leaf for leaf, name in names.items() if name == same})


def host_name(value: Any) -> str:
    """The host name within an address: http://www.example.gov.cn/index.html."""
    text = re.sub(r"^[a-z]+:/*", "", squeezed(value).lower().replace("。", "."))
    host = re.split(r"[/:?#]", text, maxsplit=1)[0]
    return host if len(host) < LONGEST and is_host_name(host) else ""


def number(value: Any, most: Fraction | None) -> str:
    """The number in 1.5分, unless it is more than allowed."""
    found = _WITH_UNIT.fullmatch(plain(str(value)))
    if found is None or len(found[1]) >= LONGEST or (most is not None and Fraction(found[1]) > most):
        return ""
    return found[1]


def renamed(missing: Sequence[str], unknown: Sequence[str]) -> dict[str, str]:
    """Missing name of a sheet or column to the unknown name in its place, if each is nearest to the other.

    >>> renamed(["来信日期", "回复日期"], ["来信时间", "经办人"])
    {'来信日期': '来信时间'}
    """
    as_they_stand = {squeezed(name): name for name in unknown}
    found = {name: nearest(name, tuple(as_they_stand)) for name in missing}
    mutual = {name: near for name, near in found.items() if near and nearest(near, tuple(missing)) == name}
    return {name: as_they_stand[near] for name, near in mutual.items()}


def missing(wanted: Sequence[Sheet | Column], present: Container[str], names: Iterable[str]) -> dict[str, str]:
    """Name of each missing sheet or column to the name found in its place; empty if none is."""
    known = {one.name for one in wanted}
    lacking = [one.name for one in wanted if not (one.optional or one.name in present)]
    near = renamed(lacking, [name for name in names if name and name not in known]) if lacking else {}
    return {name: near.get(name, "") for name in lacking}


def nearest(text: str, candidates: tuple[str, ...]) -> str:
    """The only candidate that is within the text or agrees with it most; empty if there is none, or more than one.

    >>> nearest("核查情况 (2)", ("核查情况", "复核记录")), nearest("核查", ("已核查", "未核查"))
    ('核查情况', '')
    """
    return "" if len(text) > LONGEST or len(candidates) > MOST else _nearest(text, candidates)


@lru_cache(maxsize=1024)
def _nearest(text: str, candidates: tuple[str, ...]) -> str:
    within = [candidate for candidate in candidates if len(candidate) > 1 and candidate in text]
    if within:
        return _only(set(within))
    near = get_close_matches(text, candidates, n=2, cutoff=CUTOFF)
    agreements = {SequenceMatcher(None, one, text).ratio() for one in near}
    return near[0] if near and len(agreements) == len(near) else ""


def squeezed(value: Any) -> str:
    """A cell's text without any blank, full-width signs as half-width ones."""
    return "".join(plain(str(as_text(value) or "")).split())


def _only(found: set[str]) -> str:
    return found.pop() if len(found) == 1 else ""


def _readings_of_a_day(value: Any) -> Iterator[tuple[int, int, int]]:
    """Every (year, month, day) that a value can be read as; the day need not exist."""
    if isinstance(value, float) and value.is_integer():
        if (EARLIEST - _SERIAL_ZERO).days <= value <= (LATEST - _SERIAL_ZERO).days:
            day_of = _SERIAL_ZERO + dt.timedelta(value)  # A date whose cell is formatted as a number.
            yield day_of.year, day_of.month, day_of.day
        value = str(int(value))
    if not isinstance(value, str) or len(value) > LONGEST:
        return
    text = _AFTER_THE_DAY.sub("", plain(value)).strip().translate(_LOOK_ALIKES)
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day_of_month = (int(part) for part in match.groups() if part)
        yield year, month, day_of_month
    if match := _YEAR_LAST.fullmatch(text):
        one, other, year = map(int, match.groups())
        yield from {(year, one, other), (year, other, one)}


def _existing(year: int, month: int, day_of_month: int) -> dt.date | None:
    try:
        found = dt.date(year, month, day_of_month)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
