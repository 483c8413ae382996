"""A department's story: what differs from a well-run site, declared in ``stories/<scheme>/<department>.toml``.

A story that continues another (``like = "leiyang_2017"``) says only what differs from it; the other's days are moved.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from scoring.scheme import Scheme

TEXTS: Final = Path(__file__).parent / "texts"
STORIES: Final = Path(__file__).parent / "stories"
#: A year, alone or at the beginning of a month or a day.
_YEAR: Final = re.compile(r"(?<!\d)\d{4}(?=\D|\d\d\D|\d{4}\D|$)")
FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
#: The year that the days in ``texts/`` are of.
TEXTS_ARE_OF: Final = 2017


@dataclass(frozen=True)
class Mailbox:
    """How letters were treated.

    Attributes
    ----------
    number
        Letters received in the year.
    late, late_complaints
        How many 咨询, and how many 投诉 or 举报, were answered after their due day.
    fobbed
        Replies that fob the writer off, one per letter.
    explicit
        Single letters: kind, received, ask, and if answered, replied and answer.
    """

    number: int = 60
    late: int = 0
    late_complaints: int = 0
    fobbed: Sequence[str] = ()
    explicit: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Visits:
    """How the homepage answered in the week before the last day of inspection.

    Attributes
    ----------
    failed, unmeasured
        How many visits failed, and how many could not be measured.
    few
        Days on which there were fewer visits than on others, and how many.
    """

    failed: int = 0
    unmeasured: int = 0
    few: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """What differs from a well-run site; every default is a well-run site's.

    Attributes
    ----------
    texts
        Name of the department's file under ``texts/``.
    publications
        About how many items the site published, look-back included.
    quiet
        Stretches (columns, from, to) in which columns, named singly or by 类别, published nothing; ``*`` is all.
    blank
        Columns without any content.
    portal_consultations
        The outcome of the 征集 and the 调查 offered to the portal: 已公布, 未公布结果, 未采用 or 未报送.
    late, missing
        Deliveries to each portal 栏目 that came late, or never.
    consultations, results
        How many activities the site held, and how many results it published.
    facts
        项目 of 基本信息 that differ.
    not_inspected
        Leaf code to the reason why it has not been inspected yet.
    faults, vulnerabilities, notices, censures, reviews
        Rows of 监测发现, 安全漏洞, 安全通报, 通报曝光 and 复核记录, in the columns' own names.
    """

    department: str
    texts: str
    publications: int
    checkpoints: Sequence[date]
    quiet: Sequence[Mapping[str, Any]] = ()
    blank: Sequence[str] = ()
    portal_news: int = 50
    portal_consultations: Mapping[str, str] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    consultations: int = 5
    results: int = 5
    letters: Mailbox = Mailbox()
    visits: Visits = Visits()
    facts: Mapping[str, Any] = field(default_factory=dict)
    inspector: str = "核查一组（示例）"
    not_inspected: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()
    vulnerabilities: Sequence[Mapping[str, Any]] = ()
    notices: Sequence[Mapping[str, Any]] = ()
    censures: Sequence[Mapping[str, Any]] = ()
    reviews: Sequence[Mapping[str, Any]] = ()


def load_stories(scheme: Scheme) -> list[Story]:
    """Every story of a scheme, in the order of their file names, its days in the scheme's year.

    Raises
    ------
    ValueError
        When there are no stories of that scheme; the message is in Chinese.
    """
    folders = (STORIES / scheme.folder.name, scheme.folder / "stories")
    files = [file for folder in folders for file in sorted(folder.glob("*.toml"))]
    if not files:
        raise ValueError(f"方案 {scheme.name} 没有示例数据")
    return [_story(file, scheme) for file in files]


def _data(file: Path, since: int) -> dict[str, Any]:
    """The data of a story, and of the one that it continues; its days in the scheme's first year."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    if "like" not in data:
        return data
    before = STORIES / data.pop("like") / file.name
    moved: dict[str, Any] = _moved(_data(before, TEXTS_ARE_OF), TEXTS_ARE_OF, since, words=True)
    return moved | data


def _moved(value: Any, since: int, year: int, *, words: bool) -> Any:
    """Days moved from one year to another, and the years that ``words`` name with them."""
    move = partial(_moved, since=since, year=year, words=words)
    match value:
        case dict():
            return {key: move(entry) for key, entry in value.items()}
        case list():
            return [move(entry) for entry in value]
        case date():
            return (pd.Timestamp(value) + pd.DateOffset(years=year - since)).date()
        case str() if words:
            return _YEAR.sub(lambda found: _moved_year(found[0], since, year), value)
    return value


def _moved_year(digits: str, since: int, year: int) -> str:
    """A year near the first one, moved; full-width digits stay full-width."""
    if abs(int(digits) - since) > 1:
        return digits
    moved = str(int(digits) + year - since)
    return moved if digits.isascii() else moved.translate(FULL_WIDTH)


def _story(file: Path, scheme: Scheme) -> Story:
    data = _moved(_data(file, scheme.since), scheme.since, scheme.year, words=True)
    return Story(texts=file.stem, letters=Mailbox(**data.pop("letters", {})), visits=_visits(data), **data)


def _visits(data: dict[str, Any]) -> Visits:
    visits = data.pop("visits", {})
    few = {date.fromisoformat(day): count for day, count in visits.pop("few", {}).items()}
    return Visits(**visits, few=few)


def load_texts(name: str, year: int) -> dict[str, Any]:
    """The words of a department (or ``common``), as ``texts/<name>.toml`` holds them, their days in that year."""
    data = tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))
    moved: dict[str, Any] = _moved(data, TEXTS_ARE_OF, year, words=False)
    return moved
