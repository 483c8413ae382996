"""A notice's files: HTML, PDF/A and Word; all three are written, or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoring.base.files import write_bytes
from scoring.base.names import issued_files, notice_files, reply_files
from scoring.report.notice.content import Notice
from scoring.report.notice.layout import notice_blocks
from scoring.report.notice.reply import Reply
from scoring.report.notice.word import docx_to, notice_docx
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page, html_of


def files_of(notice: Notice) -> dict[str, bytes]:
    """The notice as HTML, PDF and Word, by file name."""
    named = issued_files(notice.department, notice.number) if notice.number else None
    names = named or notice_files(notice.department, notice.year)
    return {
        names.html: notice_html(notice).encode("utf-8"),
        names.word: notice_docx(notice),
        names.pdf: notice_pdf(notice),
    }


def files_of_reply(reply: Reply) -> dict[str, bytes]:
    """The 复核结果告知书 as HTML, PDF and Word, by file name; the same reply gives the same bytes."""
    names, about, blocks = reply_files(reply.department, reply.number), _about(reply), reply.blocks
    return {
        names.html: html_of(blocks, about).encode("utf-8"),
        names.word: docx_to(reply, blocks),
        names.pdf: pdf_of(blocks, about),
    }


def write_notice(notice: Notice, folder: Path) -> tuple[Path, ...]:
    """Write a draft as HTML, PDF and Word; all three are made before the first is written.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    try:
        contents = files_of(notice)
        for name, content in contents.items():
            write_bytes(folder / name, content)
    except OSError:
        remove_notice(notice.department, notice.year, folder)
        raise
    return tuple(folder / name for name in contents)


def remove_notice(department: str, year: int, folder: Path) -> None:
    """Remove a notice that can no longer be made, so that it does not look current."""
    if folder.is_dir():
        for name in vars(notice_files(department, year)).values():
            (folder / name).unlink(missing_ok=True)


def notice_html(notice: Notice) -> str:
    """The notice as one self-contained HTML file."""
    return html_of(notice_blocks(notice), _about(notice))


def notice_pdf(notice: Notice) -> bytes:
    """The notice as PDF/A-3a and PDF/UA-1; the same notice gives the same bytes."""
    return pdf_of(notice_blocks(notice), _about(notice))


def _about(notice: Notice | Reply) -> dict[str, Any]:
    sizes = {key: getattr(notice.layout, key) for key in ("text", "table", "cell")}
    about = {key: getattr(notice, key) for key in ("title", "department", "year", "sample")}
    return about_page({**about, "date": notice.as_of, "sizes": sizes})
