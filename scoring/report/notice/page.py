"""A notice as a page: HTML for the screen, and the same on paper as PDF/A."""

from __future__ import annotations

from typing import Any

from scoring.report.notice.blocks import notice_blocks
from scoring.report.notice.content import Notice
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page, html_of


def notice_html(notice: Notice) -> str:
    """The notice as one HTML file that asks for nothing from outside."""
    return html_of(notice_blocks(notice), _about(notice))


def notice_pdf(notice: Notice) -> bytes:
    """The notice as PDF/A-3a and PDF/UA-1; the same notice gives the same bytes."""
    return pdf_of(notice_blocks(notice), _about(notice))


def _about(notice: Notice) -> dict[str, Any]:
    return about_page(
        {
            "title": notice.title,
            "department": notice.department,
            "year": notice.year,
            "date": notice.as_of,
            "sample": notice.sample,
            "sizes": {key: getattr(notice.layout, key) for key in ("text", "table", "cell")},
        }
    )
