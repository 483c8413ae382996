"""A department's story: what differs from a well-run site, declared in ``stories/<year>/<department>.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
PORTAL_OUTCOMES: Final = ("已公布", "未公布结果", "未采用", "未报送")


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
        Whole replies that fob the writer off, one a letter.
    explicit
        Letters told one by one: kind, received, ask, and where answered, replied and answer.
    """

    number: int = 60
    late: int = 0
    late_complaints: int = 0
    fobbed: tuple[str, ...] = ()
    explicit: tuple[Mapping[str, Any], ...] = ()


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
        What became of the 征集 and the 调查 offered to the portal: one of ``PORTAL_OUTCOMES``.
    late, missing
        Deliveries to each portal 栏目 that came late, or never.
    consultations, results
        How many activities the site held, and how many results it published.
    facts
        项目 of 基本信息 that differ.
    not_inspected
        Leaf code to the reason why nobody has inspected it yet.
    faults, vulnerabilities, notices, censures, reviews
        Rows of 监测发现, 安全漏洞, 安全通报, 通报曝光 and 复核记录, in the columns' own names.
    """

    department: str
    texts: str
    publications: int
    checkpoints: tuple[date, ...]
    quiet: tuple[Mapping[str, Any], ...] = ()
    blank: tuple[str, ...] = ()
    portal_news: int = 50
    portal_consultations: Mapping[str, str] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    consultations: int = 5
    results: int = 5
    letters: Mailbox = Mailbox()
    facts: Mapping[str, Any] = field(default_factory=dict)
    inspector: str = "核查一组（示例）"
    not_inspected: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    vulnerabilities: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[Mapping[str, Any], ...] = ()
    censures: tuple[Mapping[str, Any], ...] = ()
    reviews: tuple[Mapping[str, Any], ...] = ()


def load_stories(year: int) -> list[Story]:
    """Every story of a year, in the order of their file names.

    Raises
    ------
    ValueError
        When there are no stories of that year; the message is in Chinese.
    """
    files = sorted((HERE / "stories" / str(year)).glob("*.toml"))
    if not files:
        known = sorted(folder.name for folder in (HERE / "stories").iterdir() if folder.name.isdigit())
        raise ValueError(f"没有 {year} 年的示例数据；已有：{'、'.join(known)}")
    return [_story(file) for file in files]


def _story(file: Path) -> Story:
    data = _frozen(tomllib.loads(file.read_text(encoding="utf-8")))
    mailbox = Mailbox(**data.pop("letters", {}))
    return Story(texts=file.stem, letters=mailbox, **data)


def _frozen(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _value(value) for key, value in data.items()}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return _frozen(value) if isinstance(value, dict) else value


def load_texts(name: str) -> dict[str, Any]:
    """The words of a department (or ``common``), as ``texts/<name>.toml`` holds them."""
    return tomllib.loads((HERE / "texts" / f"{name}.toml").read_text(encoding="utf-8"))
