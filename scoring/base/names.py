"""Names of result files, for the code that writes them and the code that links to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: A department's scorecard.
SCORECARD: Final = "scorecard.json"
#: The city's files have this name after the year; a department may not have it.
CITY: Final = "年度考核汇总"
#: Files that a notebook writes for the program that runs it: the ledger of its report, and data for the page template.
LEDGER: Final = "ledger.xlsx"
ABOUT: Final = "about.json"


@dataclass(frozen=True)
class ReportFiles:
    """File names of one report, within its folder; empty for a file that it does not have."""

    html: str
    pdf: str
    excel: str
    notebook: str


def department_files(department: str, year: int) -> ReportFiles:
    """A department's files; each bears its name, since it may be sent alone."""
    stem = f"{department}{year}年度评分报告"
    return ReportFiles(f"{stem}.html", f"{stem}.pdf", f"{department}{year}年度评分台账.xlsx", f"{stem}.ipynb")


@dataclass(frozen=True)
class NoticeFiles:
    """File names of a 整改通知书, within the department's folder."""

    html: str
    pdf: str
    word: str


def notice_files(department: str, year: int) -> NoticeFiles:
    """A department's 整改通知书."""
    stem = f"{department}{year}年度整改通知书"
    return NoticeFiles(f"{stem}.html", f"{stem}.pdf", f"{stem}.docx")


#: Folder, in a department's results, of the papers that went out to it and of the forms with them.
PAPERS: Final = "文书"


def issued_files(department: str, number: str) -> NoticeFiles:
    """A 整改通知书 that was issued; its number keeps it apart from earlier ones."""
    stem = f"{department}整改通知书（{number}）"
    return NoticeFiles(f"{stem}.html", f"{stem}.pdf", f"{stem}.docx")


def reply_files(department: str, number: str) -> NoticeFiles:
    """A 复核结果告知书."""
    stem = f"{department}复核结果告知书（{number}）"
    return NoticeFiles(f"{stem}.html", f"{stem}.pdf", f"{stem}.docx")


def city_files(year: int) -> ReportFiles:
    """The city's files."""
    stem = f"{year}{CITY}"
    return ReportFiles("index.html", f"{stem}.pdf", f"{stem}.xlsx", f"{stem}.ipynb")


def years_files(years: Sequence[int]) -> ReportFiles:
    """The files of a comparison of years."""
    stem = f"{'、'.join(map(str, years))}年度对比"
    return ReportFiles(f"{stem}.html", f"{stem}.pdf", "", f"{stem}.ipynb")


def period_words(first: dt.date, last: dt.date) -> tuple[str, int]:
    """A period in words, and the number of the quarter that it is, or 0.

    >>> period_words(dt.date(2017, 4, 1), dt.date(2017, 6, 30))
    ('2017年第二季度', 2)
    """
    quarter, rest = divmod(first.month + 2, 3)
    if (rest, first.day) == (0, 1) and last + dt.timedelta(1) == _next_quarter(first):
        return f"{first.year}年第{'一二三四'[quarter - 1]}季度", quarter
    return f"{first.year}年{first.month}月{first.day}日至{last.month}月{last.day}日", 0


def _next_quarter(first: dt.date) -> dt.date:
    months = first.year * 12 + first.month + 2
    return first.replace(year=months // 12, month=months % 12 + 1)


@dataclass(frozen=True)
class CircularFiles(ReportFiles):
    """File names of a 季度通报, which offices edit as well."""

    word: str


def circular_files(first: dt.date, last: dt.date) -> CircularFiles:
    """The files of a 季度通报."""
    stem = f"{period_words(first, last)[0]}通报"
    return CircularFiles(f"{stem}.html", f"{stem}.pdf", "", f"{stem}.ipynb", f"{stem}.docx")
