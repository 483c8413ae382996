"""A notice's files: all three in their places, or none, or all but the PDF where Pango is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoring.files import write_bytes
from scoring.report.names import notice_files
from scoring.report.notice.content import Notice
from scoring.report.notice.page import notice_html, notice_pdf
from scoring.report.notice.word import notice_docx
from scoring.report.pdf import PangoMissing


@dataclass(frozen=True)
class Made:
    """The files written, and what is to be told of one that was not."""

    files: tuple[Path, ...]
    warning: str | None


def write_notice(notice: Notice, folder: Path) -> Made:
    """Write a notice as HTML, PDF and Word: made before any is written, and written all or none.

    Without Pango there is no PDF, and no older one.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    try:
        contents, warning = _contents(notice)
        for name in _names(notice.department, notice.year) - contents.keys():
            (folder / name).unlink(missing_ok=True)
        for name, content in contents.items():
            write_bytes(folder / name, content)
    except OSError:
        remove_notice(notice.department, notice.year, folder)
        raise
    return Made(tuple(folder / name for name in contents), warning)


def remove_notice(department: str, year: int, folder: Path) -> None:
    """Take away a notice that can no longer be made, so that it does not look current."""
    if folder.is_dir():
        for name in _names(department, year):
            (folder / name).unlink(missing_ok=True)


def _contents(notice: Notice) -> tuple[dict[str, bytes], str | None]:
    """Name to content, and a warning when there is no PDF."""
    names = notice_files(notice.department, notice.year)
    contents = {names.html: notice_html(notice).encode("utf-8"), names.word: notice_docx(notice)}
    try:
        return {**contents, names.pdf: notice_pdf(notice)}, None
    except PangoMissing as missing:
        return contents, str(missing)


def _names(department: str, year: int) -> set[str]:
    return set(vars(notice_files(department, year)).values())
