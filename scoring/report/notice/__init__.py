"""整改通知书: what a department has to correct, computed once, then written as HTML, PDF and Word."""

from scoring.report.notice.content import Issue, Notice, notice_of
from scoring.report.notice.files import files_of, remove_notice, write_notice

__all__ = ["Issue", "Notice", "files_of", "notice_of", "remove_notice", "write_notice"]
