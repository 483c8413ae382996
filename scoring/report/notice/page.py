"""A notice as a page: HTML for the screen, and the same page as PDF/A."""

from __future__ import annotations

from scoring.report import pdf
from scoring.report.frame import framed, with_fonts
from scoring.report.notice import layout
from scoring.report.notice.content import Notice
from scoring.report.pages import environment, fragment


def notice_html(notice: Notice) -> str:
    """The notice as one HTML file that asks for nothing from outside."""
    return with_fonts(_page(notice), "woff")


def notice_pdf(notice: Notice) -> bytes:
    """The notice as PDF/A-3a and PDF/UA-1; the same notice gives the same bytes.

    Raises
    ------
    scoring.report.pdf.PangoMissing
        Pango is not installed.
    """
    return pdf.write_pdf(with_fonts(_page(notice), "opentype"), date=notice.as_of)


def _page(notice: Notice) -> str:
    body = fragment(
        "notice/notice.html.j2",
        notice=notice,
        headers=layout.HEADERS,
        widths=[f"{100 * width / sum(layout.COLUMNS):.2f}" for width in layout.COLUMNS],
    )
    told = {
        "title": notice.title,
        "department": notice.department,
        "year": notice.year,
        "date": notice.as_of,
        "sample": notice.sample,
    }
    return framed(body.html, told, styles=_styles(notice))


def _styles(notice: Notice) -> str:
    return (
        environment()
        .get_template("notice/notice.css.j2")
        .render(
            layout=notice.layout,
            cell_side=layout.CELL_SIDE,
            after_title=layout.AFTER_TITLE,
            before_heading=layout.BEFORE_HEADING,
            before_closing=layout.BEFORE_CLOSING,
        )
    )
