"""A notice's files: all three in their places, or none."""

from __future__ import annotations

from pathlib import Path

from scoring.base.files import write_bytes
from scoring.base.names import notice_files
from scoring.report.notice.content import Notice
from scoring.report.notice.page import notice_html, notice_pdf
from scoring.report.notice.word import notice_docx


def write_notice(notice: Notice, folder: Path) -> tuple[Path, ...]:
    """Write a notice as HTML, PDF and Word: made before any is written, and written all or none.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    try:
        contents = _contents(notice)
        for name, content in contents.items():
            write_bytes(folder / name, content)
    except OSError:
        remove_notice(notice.department, notice.year, folder)
        raise
    return tuple(folder / name for name in contents)


def remove_notice(department: str, year: int, folder: Path) -> None:
    """Take away a notice that can no longer be made, so that it does not look current."""
    if folder.is_dir():
        for name in _names(department, year):
            (folder / name).unlink(missing_ok=True)


def _contents(notice: Notice) -> dict[str, bytes]:
    """Name to content."""
    names = notice_files(notice.department, notice.year)
    return {
        names.html: notice_html(notice).encode("utf-8"),
        names.word: notice_docx(notice),
        names.pdf: notice_pdf(notice),
    }


def _names(department: str, year: int) -> set[str]:
    return set(vars(notice_files(department, year)).values())
