"""Sample evidence: nine real offices, invented facts, nine different stories for each scheme.

``stories/`` says what happened at each office, ``texts/`` holds its words. Every workbook is marked 示例 and depends
only on its own story, not on the time or on other departments.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from scoring.base.files import write_bytes
from scoring.base.workdays import LAST_YEAR
from scoring.scheme import Scheme
from tools.sample import inspection, mailbox, publishing
from tools.sample.story import Story, load_stories, load_texts
from tools.sample.visits import visits
from tools.sample.workbook import workbook_of

Row = dict[str, Any]

__all__ = ["write_samples"]


def write_samples(folder: Path, scheme: Scheme, departments: Sequence[str] | None = None) -> list[Path]:
    """Write the sample workbooks.

    Parameters
    ----------
    folder
        Where the workbooks go, as ``<department>.xlsx``; made when absent, files of the same name replaced.
    scheme
        The scheme that they are evidence for, and its year.
    departments
        Which ones; all of the scheme's when None.

    Returns
    -------
    list of Path
        The workbooks, in the scheme's order of departments.

    Raises
    ------
    ValueError
        When there are no stories of that scheme, or the calendar has no working days of its year.
    OSError
        When they cannot be written; those that were written stay.
    """
    if scheme.year >= LAST_YEAR:
        raise ValueError(f"示例数据要用到次年的工作日历；日历只到 {LAST_YEAR} 年，不能生成 {scheme.year} 年的示例")
    stories = {story.department: story for story in load_stories(scheme)}
    wanted = scheme.departments if departments is None else departments
    for story in (stories[department] for department in wanted):
        content = workbook_of(_sheets(story, scheme), scheme, _chance(story, "cells"))
        write_bytes(folder / f"{story.department}.xlsx", content)
    return [folder / f"{department}.xlsx" for department in wanted]


def _chance(story: Story, purpose: str) -> Random:
    """A random source for each department and purpose, so that a change in one does not affect the others."""
    return Random(f"{story.department}/{purpose}")  # noqa: S311 - nothing here is secret


def _sheets(story: Story, scheme: Scheme) -> dict[str, list[Row]]:
    year = scheme.year
    texts, common = load_texts(story.texts, year), load_texts("common", year)
    published = publishing.publications(texts, common, story, year, _chance(story, "publications"))
    news = {column["name"] for column in texts["columns"] if column["category"] == publishing.NEWS}
    leaves = [leaf.code for leaf in scheme.leaves]
    known = {fact.name for fact in scheme.facts}
    return {
        "基本信息": [row for row in inspection.facts(texts, story, year) if row["项目"] in known],
        "核查情况": inspection.inspections(leaves, story, year, _chance(story, "inspections")),
        "门户征集调查": inspection.portal_consultations(texts, story, year),
        "门户栏目报送": inspection.portal_deliveries(texts, story, year, _chance(story, "deliveries")),
        "门户信息采用": publishing.portal_news(published, news, story, year, _chance(story, "portal")),
        "网站栏目": publishing.site_columns(texts, story),
        "信息发布": published,
        "监测时点": [{"监测日期": day} for day in story.checkpoints],
        "可用性监测": visits(story, _chance(story, "visits")),
        "监测发现": inspection.fault_rows(texts, story),
        "领导信箱": mailbox.letters(texts, common, story, year, _chance(story, "letters")),
        "网站征集调查": inspection.site_consultations(texts, story),
        "安全漏洞": [dict(row) for row in story.vulnerabilities],
        "安全通报": [dict(row) for row in story.notices],
        "通报曝光": [dict(row) for row in story.censures],
        "复核记录": [dict(row) for row in story.reviews],
    }
